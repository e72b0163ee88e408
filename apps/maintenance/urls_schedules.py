"""Maintenance schedules, and maintenance's parts of an asset's page; maintenance/urls.py takes them in."""

from django.urls import path

from apps.core.list_files import files
from apps.maintenance.views import boxes, schedules

urlpatterns = [
    path("schedules/", schedules.schedules, name="schedules"),
    *files("schedules/", schedules.schedules_file, "schedules"),
    path("schedules/new/", schedules.schedule_new, name="schedule_new"),
    path("schedules/<uuid:pk>/", schedules.schedule_detail, name="schedule_detail"),
    path("schedules/<uuid:pk>/change/", schedules.schedule_change, name="schedule_change"),
    path("schedules/<uuid:pk>/generate/", schedules.schedule_generate, name="schedule_generate"),
    path("assets/<uuid:pk>/maintenance/", boxes.asset_maintenance, name="asset_maintenance"),
    path("assets/<uuid:pk>/orders/", boxes.asset_orders, name="asset_orders"),
]
