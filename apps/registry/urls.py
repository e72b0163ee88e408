"""The registry's addresses."""

from django.urls import path

from apps.registry import urls_assets, urls_labels
from apps.registry.views import daily_log, meters

app_name = "registry"
urlpatterns = [
    path("assets/<uuid:pk>/meters/", meters.meters, name="meters"),
    path("assets/<uuid:pk>/meters/read/", meters.meter_read, name="meter_read"),
    path("assets/<uuid:pk>/meters/replace/", meters.meter_replace, name="meter_replace"),
    path("assets/<uuid:pk>/meters/readings.csv", meters.meters_file, {"kind": "csv"}, name="meters_csv"),
    path("assets/<uuid:pk>/meters/readings.xlsx", meters.meters_file, {"kind": "xlsx"}, name="meters_xlsx"),
    path("readings/<uuid:pk>/", meters.reading_correct, name="reading_correct"),
    path("readings/<uuid:pk>/void/", meters.reading_void, name="reading_void"),
    *urls_assets.urlpatterns,
    *urls_labels.urlpatterns,
    path("daily-log/", daily_log.daily_log, name="daily_log"),
    path("daily-log/<uuid:pk>/", daily_log.daily_log_asset, name="daily_log_asset"),
    path("daily-logs/", daily_log.daily_logs, name="daily_logs"),
    path("daily-logs.csv", daily_log.daily_logs_file, {"kind": "csv"}, name="daily_logs_csv"),
    path("daily-logs.xlsx", daily_log.daily_logs_file, {"kind": "xlsx"}, name="daily_logs_xlsx"),
]
