"""The registry's part of the API: one line a resource."""

from apps.core.api.router import router
from apps.registry.api.assets import Assets
from apps.registry.api.daily_logs import DailyLogs
from apps.registry.api.locations import Locations

router.add("locations", Locations)
router.add("assets", Assets)
router.add("daily-logs", DailyLogs)
