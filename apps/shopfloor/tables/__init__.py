"""The files of the floor, in the order of the seed, for load_tables and dump_tables (apps/core/tables).

What they tell each other stands in `Load.noted`: "stations" whose tiles show something else than before, "explained"
ones, whose status was looked up in the log, and "log_changed" ones, whose log got events that count for time, all by
id; and "lines" of the board, "" being the queue.
"""

from .events import Events
from .logs import PerformanceLogs
from .master import Calls, ScrapReasons, StationAssets, StopReasons
from .shifts import ShiftExceptions, Shifts
from .stations import Stations
from .work import Assignments, Jobs

TABLES = (
    Stations(), Jobs(), Assignments(), PerformanceLogs(), Events(),
    StopReasons(), ScrapReasons(), StationAssets(), Calls(), Shifts(), ShiftExceptions(),
)  # fmt: skip
