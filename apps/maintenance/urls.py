"""Maintenance's addresses."""

from apps.maintenance import urls_figures, urls_orders, urls_requests, urls_schedules, urls_work

app_name = "maintenance"
urlpatterns = [
    *urls_work.urlpatterns,
    *urls_orders.urlpatterns,
    *urls_requests.urlpatterns,
    *urls_schedules.urlpatterns,
    *urls_figures.urlpatterns,
]
