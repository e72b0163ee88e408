"""The shop floor's part of the API: one line a resource."""

from apps.core.api.router import router
from apps.shopfloor.api import floor
from apps.shopfloor.api.jobs import Assignments, Jobs
from apps.shopfloor.api.kpis import FloorKpis
from apps.shopfloor.api.shifts import ShiftExceptions, Shifts
from apps.shopfloor.api.stations import Stations

router.add("board", floor.Board)
router.add("stations", Stations)
router.add("jobs", Jobs)
router.add("assignments", Assignments)
router.add("stop-reasons", floor.StopReasons)
router.add("scrap-reasons", floor.ScrapReasons)
router.add("calls", floor.Calls)
router.add("shifts", Shifts)
router.add("shift-exceptions", ShiftExceptions)
router.add("stops", floor.Stops)
router.add("events", floor.Events)
router.add("performance-logs", floor.PerformanceLogs)
router.register("kpis/shop-floor", FloorKpis, basename="kpis-shop-floor")
