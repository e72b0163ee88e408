"""Parts and stock: what is kept, where it is, what it is worth; one append-only ledger of every move."""

from apps.inventory.models.counts import CountLine, CountStatus, StockCount
from apps.inventory.models.parts import COST, QUANTITY, VALUE, AbcClass, Part, PartBarcode, PartUnit, plain
from apps.inventory.models.planning import (
    Handover,
    HandoverQuerySet,
    HandoverStatus,
    OrderQuerySet,
    PartOrder,
    Reservation,
)
from apps.inventory.models.stock import STORES, Balance, CostKnown, MoveKind, Stock, StockMove, Wallet, unit_cost

__all__ = [
    "COST",
    "QUANTITY",
    "STORES",
    "VALUE",
    "AbcClass",
    "Balance",
    "CostKnown",
    "CountLine",
    "CountStatus",
    "Handover",
    "HandoverQuerySet",
    "HandoverStatus",
    "MoveKind",
    "OrderQuerySet",
    "Part",
    "PartBarcode",
    "PartOrder",
    "PartUnit",
    "Reservation",
    "Stock",
    "StockCount",
    "StockMove",
    "Wallet",
    "plain",
    "unit_cost",
]
