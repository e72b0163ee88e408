"""What orders used: by part, in a time, and by month."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, F, Sum, When
from django.db.models.functions import TruncMonth

from apps.inventory.models import VALUE, MoveKind, Part, StockMove
from apps.inventory.models.parts import decimal_field
from apps.inventory.queries.levels import CLASS_DAYS, abc_classes, used_since

MONTHS = 12
ZERO = Decimal(0)


@dataclass(frozen=True)
class UsedRow:
    """A part's use in a time, less what was brought back. found: the class that a year's use gives it."""

    part: UUID
    quantity: Decimal
    value: Decimal
    found: str = ""


def used_in(tenant, days: int, *, now) -> list[UsedRow]:
    """What was used of each part in so many days, the dearest first."""
    used = used_since(tenant, now - timedelta(days=days))
    return _dearest_first(UsedRow(part, quantity, value) for part, (quantity, value) in used.items() if quantity > 0)


def classed(tenant, *, now) -> list[UsedRow]:
    """Every part in use with what a year used of it and the class that comes of it, the dearest first."""
    used = used_since(tenant, now - timedelta(days=CLASS_DAYS))
    found = abc_classes(tenant, now=now)
    rows = []
    for part, letter in found.items():
        quantity, value = used.get(part, (ZERO, ZERO))
        rows.append(UsedRow(part, quantity, value, letter))
    return _dearest_first(rows)


def _dearest_first(rows) -> list[UsedRow]:
    return sorted(rows, key=lambda row: (-row.value, str(row.part)))


def used_by_month(tenant, *, now, part=None) -> dict[date, Decimal]:
    """{first day of a month: the value that orders used in it}, of the last 12 months by the plant's calendar.

    part: of one part alone, and then the quantity.
    """
    first = tenant.local(now).date().replace(day=1)
    months = [first]
    while len(months) < MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    moves = StockMove.objects.for_tenant(tenant).filter(
        kind__in=[MoveKind.CONSUME, MoveKind.UNCONSUME],
        created_at__gte=datetime.combine(months[-1], time(), tenant.zone),
    )
    field = "value"
    if part is not None:
        moves, field = moves.filter(part=part), "quantity"
    value = Sum(
        Case(When(kind=MoveKind.UNCONSUME, then=-F(field)), default=F(field), output_field=decimal_field(VALUE))
    )
    sums = moves.annotate(month=TruncMonth("created_at", tzinfo=tenant.zone)).order_by().values("month")
    found = {row["month"].date(): row["used"] for row in sums.annotate(used=value)}
    return {month: found.get(month, ZERO) for month in reversed(months)}


def parts_by_key(tenant, keys) -> dict:
    """{key: Part} of some parts."""
    return Part.objects.for_tenant(tenant).in_bulk(list(keys))
