"""What pages and programs ask about parts and stock."""

from apps.inventory.queries.counts import ReviewLine, differing, in_scope, left_to_count, review
from apps.inventory.queries.found import categories, named, parts_found, stock_found, stores
from apps.inventory.queries.ledger import moves_found, note_left
from apps.inventory.queries.levels import (
    COUNT_EVERY,
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
from apps.inventory.queries.places import Carried, carried_by, carried_since, carriers, find_part, note_reserved
from apps.inventory.queries.use import UsedRow, classed, parts_by_key, used_by_month, used_in
from apps.inventory.queries.value import ValueRow, stock_on, stock_value
from apps.inventory.queries.wallets import handovers_of, held, people_found

__all__ = [
    "COUNT_EVERY",
    "Carried",
    "ReorderLine",
    "ReviewLine",
    "UsedRow",
    "ValueRow",
    "abc_classes",
    "carried_by",
    "carried_since",
    "carriers",
    "categories",
    "classed",
    "differing",
    "find_part",
    "handovers_of",
    "held",
    "in_scope",
    "late_orders",
    "left_to_count",
    "levels",
    "moves_found",
    "named",
    "note_left",
    "note_reserved",
    "parts_by_key",
    "parts_found",
    "people_found",
    "reorder_lines",
    "review",
    "slow_movers",
    "stock_found",
    "stock_on",
    "stock_value",
    "stores",
    "to_count",
    "to_reorder",
    "used_by_month",
    "used_in",
    "used_since",
    "with_levels",
]
