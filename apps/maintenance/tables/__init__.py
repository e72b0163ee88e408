"""Maintenance's files for load_tables and dump_tables (apps/core/tables): those of AMMS, and what ours have beside them."""

from .orders import Covers, Credits, Orders, Tasks
from .requests import Requests
from .schedules import Codes, Schedules
from .work import Comments, Consumables, Costs, Labour

TABLES = (
    Codes(),
    Schedules(),
    Orders(),
    Tasks(),
    Covers(),
    Credits(),
    Requests(),
    Labour(),
    Consumables(),
    Costs(),
    Comments(),
)
