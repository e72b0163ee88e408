"""Maintenance's part of the API: one line a resource."""

from apps.core.api.router import router
from apps.maintenance.api import booked, figures, orders, requests, schedules

router.add("failure-codes", schedules.FailureCodes)
router.add("pm-schedules", schedules.Schedules)
router.add("work-orders", orders.Orders)
router.add("labour", booked.Labour)
router.add("costs", booked.Costs)
router.add("consumables", booked.Consumables)
router.add("service-requests", requests.Requests)
router.register("kpis/maintenance", figures.MaintenanceFigures, basename="kpis-maintenance")
