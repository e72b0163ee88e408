"""What pages and programs ask about parts and stock."""

from apps.inventory.queries.found import categories, named, parts_found
from apps.inventory.queries.levels import (
    ReorderLine,
    abc_classes,
    late_orders,
    levels,
    reorder_lines,
    slow_movers,
    to_count,
    to_reorder,
    used_since,
    with_levels,
)
from apps.inventory.queries.places import Carried, carried_by, carriers, find_part, note_reserved
from apps.inventory.queries.value import ValueRow, stock_on, stock_value

__all__ = [
    "Carried",
    "ReorderLine",
    "ValueRow",
    "abc_classes",
    "carried_by",
    "carriers",
    "categories",
    "find_part",
    "late_orders",
    "levels",
    "named",
    "note_reserved",
    "parts_found",
    "reorder_lines",
    "slow_movers",
    "stock_on",
    "stock_value",
    "to_count",
    "to_reorder",
    "used_since",
    "with_levels",
]
