"""The registry's files for load_tables and dump_tables (apps/core/tables): those of AMMS, and what ours have beside them."""

from .identities import Categories, Identities, Labels, Specs
from .logs import DailyLogs
from .meters import Meters, Readings
from .trees import Assets, Locations

TABLES = (Locations(), Categories(), Assets(), Identities(), Specs(), Labels(), Readings(), DailyLogs(), Meters())
