"""What orders cost: labour + parts + other. Parts that were brought back cost nothing."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DecimalField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from apps.maintenance.models import Consumable, LabourEntry, WorkOrderCost

COST = DecimalField(max_digits=24, decimal_places=8)
# What each part of the cost is summed of: the rows, and their amount.
PARTS_OF_COST = {
    "labour": (LabourEntry.objects.all(), "cost"),
    "parts": (Consumable.objects.filter(undone=None), "value"),
    "other": (WorkOrderCost.objects.all(), "amount"),
}


def with_costs(orders):
    """Orders, each with `labour_minutes`, `labour_cost`, `parts_cost`, `other_cost` and their sum `cost`."""
    found = {f"{name}_cost": _sum(rows, field) for name, (rows, field) in PARTS_OF_COST.items()}
    minutes = LabourEntry.objects.filter(tenant=OuterRef("tenant"), work_order=OuterRef("pk"))
    minutes = minutes.order_by().values("work_order").annotate(total=Sum("minutes"))
    found["labour_minutes"] = Coalesce(Subquery(minutes.values("total")), 0)
    return orders.annotate(**found, cost=sum(found[f"{name}_cost"] for name in PARTS_OF_COST))


def _sum(rows, field):
    of_order = rows.filter(tenant=OuterRef("tenant"), work_order=OuterRef("pk")).order_by().values("work_order")
    total = of_order.annotate(total=Sum(field)).values("total")
    return Coalesce(Subquery(total, output_field=COST), Decimal(0), output_field=COST)


@dataclass(frozen=True)
class Cost:
    """What an order came to, in the plant's currency; parts that were brought back cost nothing."""

    labour: Decimal
    parts: Decimal
    other: Decimal

    @property
    def total(self) -> Decimal:
        return self.labour + self.parts + self.other


def cost_of(labour, consumables, costs) -> Cost:
    """The cost of an order, by its rows."""
    return Cost(
        sum((row.cost or Decimal(0) for row in labour), Decimal(0)),
        sum((row.value for row in consumables if row.undone_id is None), Decimal(0)),
        sum((row.amount for row in costs), Decimal(0)),
    )
