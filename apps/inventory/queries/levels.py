"""What is available of each part, what is to be reordered, which orders are late, what to count, what hardly moves."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Case, DateTimeField, DurationField, Exists, F, Max, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from apps.inventory.models import (
    QUANTITY,
    VALUE,
    AbcClass,
    CountLine,
    CountStatus,
    MoveKind,
    Part,
    PartOrder,
    Reservation,
    Stock,
    StockMove,
    Wallet,
)
from apps.inventory.models.parts import decimal_field
from apps.registry.models import LocationType

ZERO = Decimal(0)
USE_DAYS = 90  # the mean daily use is of so many days
CLASS_DAYS = 365  # and classes are of so many
COUNT_EVERY = {AbcClass.A: timedelta(days=30), AbcClass.B: timedelta(days=90), AbcClass.C: timedelta(days=365)}
UP_TO = ((AbcClass.A, Decimal("0.8")), (AbcClass.B, Decimal("0.95")))  # of the value used


def _sum(rows, field, kind=QUANTITY):
    """The sum of a field over each part's rows, 0 without any."""
    of_part = rows.filter(part=OuterRef("pk")).order_by().values("part").annotate(sum=Sum(field)).values("sum")
    return Coalesce(Subquery(of_part), Value(ZERO), output_field=decimal_field(kind))


def with_levels(parts):
    """Adds on_hand (warehouses alone), reserved, ordered, and available = on_hand − reserved to a queryset of parts."""
    in_warehouses = Stock.objects.filter(location__type=LocationType.WAREHOUSE)
    return parts.annotate(
        on_hand=_sum(in_warehouses, "qty_on_hand"),
        reserved=_sum(Reservation.objects.all(), "qty_open"),
        ordered=_sum(PartOrder.objects.open(), "qty_open"),
        available=F("on_hand") - F("reserved"),
    )


def levels(part) -> Part:
    """One part with its levels."""
    return with_levels(Part.objects.filter(pk=part.pk)).get()


def to_reorder(tenant):
    """Parts whose available quantity is below their minimum, with their levels."""
    return with_levels(Part.objects.for_tenant(tenant).filter(is_active=True, min_level__gt=0)).filter(
        available__lt=F("min_level")
    )


@dataclass(frozen=True)
class ReorderLine:
    """A part's figures for ordering. suggested = maximum (else minimum) − available − ordered, never below zero."""

    part: Part
    daily_use: Decimal
    suggested: Decimal
    days_left: int | None  # at the mean daily use; None where nothing is used
    is_due: bool  # below its minimum


def reorder_lines(tenant, parts, *, now) -> list[ReorderLine]:
    """The figures of parts that have their levels (with_levels); one query, whatever their number."""
    uses = used_since(tenant, now - timedelta(days=USE_DAYS), parts=parts)
    return [_reorder_line(part, uses.get(part.pk, (ZERO, ZERO))[0]) for part in parts]


def _reorder_line(part, used) -> ReorderLine:
    daily = max(used, ZERO) / USE_DAYS
    wanted = part.max_level if part.max_level is not None else part.min_level or ZERO
    return ReorderLine(
        part=part,
        daily_use=daily.quantize(Decimal("0.001")),
        suggested=max(wanted - part.available - part.ordered, ZERO),
        is_due=bool(part.min_level and part.available < part.min_level),
        days_left=int(max(part.available, ZERO) / daily) if daily else None,
    )


def used_since(tenant, since, *, parts=None) -> dict:
    """{key of a part: (quantity, value)} that orders used since a moment, less what was brought back."""
    moves = StockMove.objects.for_tenant(tenant).filter(
        kind__in=[MoveKind.CONSUME, MoveKind.UNCONSUME], created_at__gte=since
    )
    if parts is not None:
        moves = moves.filter(part__in=parts)
    back = Q(kind=MoveKind.UNCONSUME)
    sums = moves.order_by().values("part_id").annotate(
        quantity=_used("quantity", back), value=_used("value", back)
    )  # fmt: skip
    return {row["part_id"]: (row["quantity"], row["value"]) for row in sums}


def _used(field, back):
    whole = decimal_field(VALUE)
    return Sum(Case(When(back, then=-F(field)), default=F(field), output_field=whole), output_field=whole)


def late_orders(tenant, today):
    """Orders that were expected before today and are not all there, the oldest first."""
    return PartOrder.objects.for_tenant(tenant).open().filter(expected_on__lt=today).order_by("expected_on", "id")


def abc_classes(tenant, *, now) -> dict:
    """{key of a part: its class} by the value used in a year: A the first 80 % of it, B up to 95 %, C the rest."""
    used = used_since(tenant, now - timedelta(days=CLASS_DAYS))
    values = {key: max(value, ZERO) for key, (_quantity, value) in used.items()}
    total, so_far, found = sum(values.values()), ZERO, {}
    for key in sorted(values, key=lambda key: (-values[key], str(key))):
        share = so_far / total if total else Decimal(1)
        found[key] = next((letter for letter, most in UP_TO if share < most), AbcClass.C)
        so_far += values[key]
    parts = Part.objects.for_tenant(tenant).filter(is_active=True).values_list("pk", flat=True)
    return {key: found.get(key, AbcClass.C) for key in parts}


def to_count(tenant, *, now):
    """Parts in stock whose turn it is to be counted, by class (A every 30 days, B 90, C 365); never counted comes first.

    Adds last_counted and due_at (both empty where it was never counted), in that order.
    """
    posted = CountLine.objects.filter(count__status=CountStatus.POSTED, part=OuterRef("pk")).order_by().values("part")
    every = Case(
        *(When(abc_class=letter, then=Value(length)) for letter, length in COUNT_EVERY.items()),
        default=Value(COUNT_EVERY[AbcClass.C]),
        output_field=DurationField(),
    )
    in_stock = Exists(Stock.objects.filter(part=OuterRef("pk"), qty_on_hand__gt=0))
    parts = Part.objects.for_tenant(tenant).filter(in_stock, is_active=True)
    parts = parts.annotate(last_counted=Subquery(posted.annotate(last=Max("counted_at")).values("last")))
    parts = parts.annotate(due_at=Case(When(last_counted=None, then=None), default=F("last_counted") + every,
                                       output_field=DateTimeField()))  # fmt: skip
    return parts.filter(Q(due_at=None) | Q(due_at__lte=now)).order_by(F("due_at").asc(nulls_first=True), "sku")


def slow_movers(tenant, *, since):
    """Parts of which something is held and nothing was used since a moment, with what that is worth, the most first.

    Adds held_value and last_used (None: never).
    """
    used = StockMove.objects.filter(kind=MoveKind.CONSUME, part=OuterRef("pk"), tenant=tenant)
    parts = Part.objects.for_tenant(tenant).annotate(
        held_value=_sum(Stock.objects.all(), "value", VALUE) + _sum(Wallet.objects.all(), "value", VALUE),
        last_used=Subquery(used.order_by("-seq").values("created_at")[:1]),
    )
    parts = parts.filter(held_value__gt=0).filter(Q(last_used=None) | Q(last_used__lt=since))
    return parts.order_by("-held_value", "sku")
