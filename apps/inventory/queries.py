"""What pages and programs ask about stock."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from apps.inventory.models import Part
from apps.registry.models import LocationType

ZERO = Decimal(0)


@dataclass(frozen=True)
class Levels:
    """A part's figures over all warehouses. available = on_hand − reserved."""

    on_hand: Decimal
    reserved: Decimal
    ordered: Decimal

    @property
    def available(self) -> Decimal:
        return self.on_hand - self.reserved


def levels(part: Part) -> Levels:
    """How much of a part is in the warehouses, reserved and ordered."""
    in_warehouses = part.stock.filter(location__type=LocationType.WAREHOUSE)
    return Levels(
        on_hand=in_warehouses.aggregate(sum=Sum("qty_on_hand"))["sum"] or ZERO,
        reserved=part.reservations.aggregate(sum=Sum("qty_open"))["sum"] or ZERO,
        ordered=part.orders.open().aggregate(sum=Sum("qty_open"))["sum"] or ZERO,
    )
