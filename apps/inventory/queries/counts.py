"""What a count found, beside the book: differences, what they are worth, what has moved since, what is left to count."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Exists, F, OuterRef, Sum

from apps.inventory.models import CountLine, CountStatus, Stock, StockMove, Wallet
from apps.inventory.models.stock import share

ZERO = Decimal(0)
MOVED = """
    select line.id,
           coalesce(sum(move.quantity) filter (where move.to_location_id = %(place)s and move.to_bin = line.bin_location), 0)
           - coalesce(sum(move.quantity) filter (where move.from_location_id = %(place)s and move.from_bin = line.bin_location), 0)
    from stock_count_lines line join stock_moves move
        on move.tenant_id = line.tenant_id and move.part_id = line.part_id and move.seq > line.seen_seq
    where line.tenant_id = %(tenant)s and line.id = any(%(lines)s)
    group by 1"""


@dataclass(frozen=True)
class ReviewLine:
    """A counted bin beside the book. value: what the difference is worth, below zero what is missing; posted, as it was
    booked; None where no cost is known. moved: what came since it was counted, below zero what went."""

    line: CountLine
    value: Decimal | None
    moved: Decimal


def review(count, lines) -> list[ReviewLine]:
    """The figures of some lines of a count (with part, counted_by, move); five queries, whatever their number."""
    lines = list(lines)
    if count.status != CountStatus.OPEN:
        return [ReviewLine(line, _booked(line), ZERO) for line in lines]
    costs = _costs(count, lines)
    with connection.cursor() as cursor:
        cursor.execute(
            MOVED, {"place": count.location_id, "tenant": count.tenant_id, "lines": [line.pk for line in lines]}
        )
        moved = dict(cursor.fetchall())
    return [ReviewLine(line, _worth(line, costs), moved.get(line.pk, ZERO)) for line in lines]


def _booked(line) -> Decimal | None:
    if not line.variance:
        return ZERO
    return line.move and (line.move.value if line.variance > 0 else -line.move.value)


def _worth(line, costs) -> Decimal | None:
    if not line.variance:
        return ZERO
    value, quantity = costs.get((line.part_id, line.bin_location)) or costs.get(line.part_id) or (None, None)
    return share(value, line.variance, quantity) if quantity else None


def _costs(count, lines) -> dict:
    """{(part, bin of the count's warehouse), or part: (value, quantity)}: as services.moving.usual_value takes them."""
    parts, found = {line.part_id for line in lines if line.variance}, {}
    if not parts:
        return found
    stock = Stock.objects.for_tenant(count.tenant_id).filter(part__in=parts, qty_on_hand__gt=0)
    for part, place, bin, quantity, value in stock.values_list(
        "part_id", "location_id", "bin_location", "qty_on_hand", "value"
    ):
        if place == count.location_id:
            found[part, bin] = value, quantity
        _add(found, part, value, quantity)
    wallets = Wallet.objects.for_tenant(count.tenant_id).filter(part__in=parts, qty_held__gt=0).order_by()
    for part, quantity, value in (
        wallets.values("part_id").annotate(q=Sum("qty_held"), v=Sum("value")).values_list("part_id", "q", "v")
    ):
        _add(found, part, value, quantity)
    moves = StockMove.objects.for_tenant(count.tenant_id).filter(part__in=parts - found.keys())
    for part, value, quantity in (
        moves.order_by("part_id", "-seq").distinct("part_id").values_list("part_id", "value", "quantity")
    ):
        found[part] = value, quantity
    return found


def _add(found, part, value, quantity) -> None:
    former = found.get(part, (ZERO, ZERO))
    found[part] = former[0] + value, former[1] + quantity


def differing(count):
    """The lines of a count that differ from the book."""
    return count.lines.exclude(qty_counted=F("qty_expected"))


def in_scope(count):
    """The stock of what a count is of: its warehouse, or some bins of it."""
    stock = Stock.objects.for_tenant(count.tenant_id).filter(location_id=count.location_id)
    return stock.filter(bin_location__in=count.bins) if count.bins else stock


def left_to_count(count):
    """What the book has in a count's scope, and nobody has counted in it yet."""
    same = CountLine.objects.filter(count=count, part=OuterRef("part"), bin_location=OuterRef("bin_location"))
    return in_scope(count).filter(~Exists(same), qty_on_hand__gt=0)
