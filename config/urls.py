"""All addresses: one include for each app, and the admin."""

from allauth.account.views import reauthenticate
from django.contrib import admin
from django.urls import include, path

from apps.core import views

# django-allauth finds these by name. Of its pages only those that the plant uses have an address.
accounts = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("sign-in/switched-off/", views.account_inactive, name="account_inactive"),
    path("sign-in/again/", reauthenticate, name="account_reauthenticate"),
    path("sign-in/by/<provider_id>/", views.openid_connect_login, name="openid_connect_login"),
    path("sign-in/by/<provider_id>/back/", views.openid_connect_callback, name="openid_connect_callback"),
    path("second-factor/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("apps.core.api.urls")),
    path("", include("apps.core.urls")),
    *accounts,
    path("", include("apps.registry.urls")),
    path("", include("apps.inventory.urls")),
    path("", include("apps.maintenance.urls")),
    path("", include("apps.logistics.urls")),
    path("", include("apps.shopfloor.urls")),
]

handler500 = "apps.core.outage.server_error"
