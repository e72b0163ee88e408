"""All addresses: one include for each app, and the admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("apps.core.urls")),
    path("", include("apps.shopfloor.urls")),
]

handler500 = "apps.core.outage.server_error"
