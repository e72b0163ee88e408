from django.urls import path

from apps.core import file_views, views

app_name = "core"
urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.password_change, name="password_change"),
    path("settings/", views.my_settings, name="my_settings"),
    path("files/<uuid:pk>/", file_views.file, name="file"),
    path("files/<uuid:pk>/thumbnail/", file_views.file_thumbnail, name="file_thumbnail"),
    path("platform/", views.choose_tenant, name="choose_tenant"),
]
