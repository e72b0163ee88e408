"""Counting: blind, bin by bin; differences are looked at, then posted with a reason, each by itself and never netted.

Lock order: the count, then parts by key.
"""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, Conflict
from apps.inventory.models import CountLine, CountStatus, MoveKind, StockCount, StockMove
from apps.inventory.services.moving import (
    bin_name,
    exact,
    hold,
    hold_all,
    reasoned,
    refuse_no_store,
    refuse_out_of_use,
    same_tenant,
    stock_to_fill,
    usual_value,
    write_move,
)


@transaction.atomic
def start_count(warehouse, *, by, note="", bins=()):
    """Begin a count of a warehouse, or of some of its bins. Returns the StockCount."""
    refuse_no_store(warehouse)
    bins = sorted({bin_name(bin) for bin in bins} - {""})
    return StockCount.objects.create(
        tenant_id=warehouse.tenant_id, location=warehouse, bins=bins, note=note.strip(), started_by=by
    )


@transaction.atomic
def count_bin(count, part, quantity, *, by, bin="", again=False):
    """Write down what was found of a part in a bin. What the book says is kept beside it, and not told.

    again: it was counted in this count before, and is counted anew. The same person saying the same again changes
    nothing. Returns the CountLine. Raises Conflict where it was counted before or the count has ended, BrokenRule where
    the count is of other bins.
    """
    quantity, count = exact(quantity, allow_zero=True), _open(count)
    part = hold(part)
    same_tenant(part, count)
    refuse_out_of_use(part)
    stock = stock_to_fill(part, count.location, bin)
    if count.bins and stock.bin_location not in count.bins:
        words = {"bins": ", ".join(count.bins), "place": stock.place}
        raise BrokenRule(_("This count is of %(bins)s, and not of %(place)s; start another one for it.") % words)
    same = {"tenant_id": part.tenant_id, "count": count, "part": part, "bin_location": stock.bin_location}
    line = CountLine.objects.filter(**same).select_related("counted_by").first()
    if line and line.counted_by_id == (by and by.pk) and line.qty_counted == quantity and not again:
        return line
    if line and not again:
        words = {"part": part, "place": stock.place, "who": line.counted_by or _("the system")}
        words["when"] = timezone.localtime(line.counted_at).strftime("%H:%M")
        raise Conflict(
            _("%(part)s in %(place)s was counted by %(who)s at %(when)s; count it again only if that was wrong.")
            % words,
            current=line,
        )
    line = line or CountLine(**same)
    line.qty_counted, line.qty_expected, line.seen_seq = quantity, stock.quantity, _last_move(part)
    line.counted_by, line.counted_at, line.reason = by, timezone.now(), ""
    line.save()
    return line


def _last_move(part) -> int:
    moves = StockMove.objects.filter(tenant_id=part.tenant_id, part=part)
    return moves.aggregate(last=Max("seq"))["last"] or 0


def _open(count) -> StockCount:
    count = StockCount.objects.locked().select_related("location").get(pk=count.pk)
    if count.status != CountStatus.OPEN:
        raise Conflict(
            _("The count of %(count)s is %(status)s; start another one.")
            % {"count": count, "status": count.get_status_display().lower()},
            current=count,
        )
    return count


@transaction.atomic
def drop_line(line, *, by):
    """Leave out a bin that was counted by mistake."""
    _open(line.count)
    line.delete()


@transaction.atomic
def explain_line(line, reason, *, by):
    """Say why what was found differs, before it is posted; "" takes it back. Returns the fresh CountLine."""
    _open(line.count)
    line = CountLine.objects.locked().get(pk=line.pk)
    line.reason = reason.strip()
    line.save()
    return line


@transaction.atomic
def post_count(count, *, reason, by, reasons=None):
    """Make the book say what was found: one move for each difference, and the count ends. Returns the fresh StockCount.

    What moved since a bin was counted stays moved: the difference is posted, not the number. reason: of all differences
    that have none of their own; reasons: of single ones, {key of a line: reason}. Raises BrokenRule where nothing was
    counted, where a difference was corrected since, or where less is there by now than is missing.
    """
    count, reasons = _open(count), reasons or {}
    lines = list(count.lines.select_related("part").order_by("part_id", "bin_location"))
    if not lines:
        raise BrokenRule(_("Nothing was counted yet; cancel the count if it was a mistake."))
    differing = [line for line in lines if line.variance]
    parts = hold_all([line.part for line in differing])
    for line in differing:
        line.reason = reasoned(reasons.get(line.pk) or line.reason or reason)
        line.move = _post(line, parts[line.part_id], count.location, by=by)
        line.save()
    count.move_to(CountStatus.POSTED)
    count.reason, count.ended_by, count.ended_at = reason.strip(), by, timezone.now()
    count.save()
    return count


def _post(line, part, warehouse, *, by) -> StockMove:
    stock, quantity = stock_to_fill(part, warehouse, line.bin_location), abs(line.variance)
    words = {"part": part, "place": stock.place}
    corrected = StockMove.objects.filter(
        tenant_id=part.tenant_id, part=part, seq__gt=line.seen_seq, kind__in=[MoveKind.COUNT, MoveKind.ADJUST]
    )
    sides = {"location": warehouse, "bin": line.bin_location}
    for end in ("from", "to"):
        if corrected.filter(**{f"{end}_{name}": value for name, value in sides.items()}).exists():
            raise Conflict(
                _("%(part)s in %(place)s was corrected since it was counted; count it again.") % words, current=line
            )
    told = {"by": by, "reason": line.reason}
    if line.variance > 0:
        value = usual_value(part, quantity, at=stock)
        return write_move(MoveKind.COUNT, part, quantity, target=stock, value=value, **told)
    if stock.quantity < quantity:
        words |= {"there": part.amount(stock.quantity), "missing": part.amount(quantity)}
        raise BrokenRule(
            _("Only %(there)s of %(part)s are in %(place)s by now, and %(missing)s were missing; count it again.")
            % words
        )
    return write_move(MoveKind.COUNT, part, quantity, source=stock, **told)


@transaction.atomic
def cancel_count(count, *, by, reason=""):
    """Give a count up; the book stays as it is. Returns the fresh StockCount."""
    count = _open(count)
    count.move_to(CountStatus.CANCELLED)
    count.reason, count.ended_by, count.ended_at = reason.strip(), by, timezone.now()
    count.save()
    return count
