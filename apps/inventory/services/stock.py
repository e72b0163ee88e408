"""Warehouses: receive, transfer, adjust."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.hooks import part_received
from apps.inventory.models import CostKnown, MoveKind, PartOrder, plain
from apps.inventory.models.stock import FOUR
from apps.inventory.services.moving import (
    begin,
    exact,
    reasoned,
    stock_to_fill,
    stock_to_take,
    usual_value,
    write_move,
)


@transaction.atomic
def receive(
    part, quantity, *, warehouse, by, unit_cost=None, cost=CostKnown.KNOWN, bin="", unit=None, order=None,
    supplier="", reference="", key="",
):  # fmt: skip
    """Put what was delivered into a warehouse, and take it off the order it was ordered by.

    quantity, unit_cost: of `unit`, a PartUnit (a box of 12), or of the part's own. cost: known; zero, where it was free;
    or unknown, where it comes in at the part's usual cost until somebody knows. reference: the delivery note.
    Returns the StockMove. Raises BrokenRule for a cost of zero, or none, that is not said to be so; see also begin.
    """
    same_unit(part, unit)
    quantity, count = exact(quantity), exact(Decimal(quantity) * (unit.factor if unit else 1))
    part, former = begin(MoveKind.RECEIVE, part, count, key=key, to_location=warehouse)
    if former:
        return former
    target = stock_to_fill(part, warehouse, bin)
    if order is not None:
        _take_off_order(order, part, count)
    value = _received_value(part, quantity, count, unit_cost, cost)
    move = write_move(
        MoveKind.RECEIVE, part, count, target=target, value=value, by=by, key=key, cost_known=cost,
        supplier=supplier.strip() or (order.supplier if order else ""), reference=reference.strip(),
    )  # fmt: skip
    part_received(part, move)
    return move


def same_unit(part, unit) -> None:
    if unit is not None and unit.part_id != part.pk:
        raise BrokenRule(_("%(unit)s is no unit of %(part)s.") % {"unit": unit, "part": part})


def _received_value(part, quantity, count, unit_cost, cost) -> Decimal:
    if cost == CostKnown.UNKNOWN:
        if unit_cost:
            raise BrokenRule(_("A cost is given: then it is known."))
        return usual_value(part, count)
    if cost == CostKnown.ZERO:
        if unit_cost:
            raise BrokenRule(_("A cost is given: then it was not free of charge."))
        return Decimal(0)
    if cost != CostKnown.KNOWN:
        raise BrokenRule(_("The cost is known, zero or unknown."))
    return quantity * cost_of_one(unit_cost)


def cost_of_one(unit_cost) -> Decimal:
    """A cost as a number above zero with four decimals at most. Raises BrokenRule for anything else."""
    if unit_cost is None:
        raise BrokenRule(_("Say what one costs, or that it is not known yet."))
    unit_cost = Decimal(unit_cost)
    if not unit_cost.is_finite() or unit_cost < 0:
        raise BrokenRule(_("A cost is not below zero; %s is.") % unit_cost)
    if unit_cost == 0:
        raise BrokenRule(_("A cost of 0: say that it was free of charge, or that its cost is not known yet."))
    if unit_cost >= 10**9:
        raise BrokenRule(_("%s is more than one part costs; check the number.") % plain(unit_cost))
    if unit_cost != unit_cost.quantize(FOUR):
        raise BrokenRule(_("A cost has four decimals at most; %s has more.") % plain(unit_cost))
    return unit_cost


def _take_off_order(order, part, count) -> None:
    order_now = PartOrder.objects.locked().get(pk=order.pk)
    if order_now.part_id != part.pk:
        raise BrokenRule(_("That order is of another part than %s.") % part)
    if order_now.closed_at:
        raise BrokenRule(_("The order of %s is closed; receive without it.") % order_now)
    order_now.qty_received += count
    order_now.save()


@transaction.atomic
def transfer(part, quantity, *, source, target, by, from_bin=None, to_bin="", reference="", reason="", key=""):
    """Move a part from one warehouse or bin to another, with its value. from_bin None: the first that has enough.

    Returns the StockMove. Raises BrokenRule, saying what is there, where there is not enough; see also begin.
    """
    quantity = exact(quantity)
    part, former = begin(MoveKind.TRANSFER, part, quantity, key=key, from_location=source, to_location=target)
    if former:
        return former
    into = stock_to_fill(part, target, to_bin)
    if source == target and from_bin is not None and from_bin.strip() == into.bin_location:
        raise BrokenRule(
            _("%(part)s is in %(place)s already; choose another place.") % {"part": part, "place": into.place}
        )
    but = into.bin_location if source == target else None
    out = stock_to_take(part, quantity, source, from_bin and from_bin.strip(), but=but)
    return write_move(
        MoveKind.TRANSFER, part, quantity, source=out, target=into, by=by, key=key,
        reference=reference.strip(), reason=reason.strip(),
    )  # fmt: skip


@transaction.atomic
def adjust(part, quantity, *, warehouse, by, reason, bin=None, unit_cost=None, key=""):
    """Correct what a bin is said to hold, by a signed quantity, for a reason.

    unit_cost: of what is found; None: as what lies there, or as usual. Returns the StockMove. Raises BrokenRule without
    a reason, for zero, and for more than is there.
    """
    quantity = Decimal(quantity)
    size, reason = exact(abs(quantity)), reasoned(reason)
    side = "to_location" if quantity > 0 else "from_location"
    part, former = begin(MoveKind.ADJUST, part, size, key=key, **{side: warehouse})
    if former:
        return former
    bin = bin and bin.strip()
    if quantity < 0:
        source = stock_to_take(part, size, warehouse, bin)
        return write_move(MoveKind.ADJUST, part, size, source=source, by=by, key=key, reason=reason)
    target = stock_to_fill(part, warehouse, bin or "")
    value = usual_value(part, size, at=target) if unit_cost is None else size * cost_of_one(unit_cost)
    return write_move(MoveKind.ADJUST, part, size, target=target, value=value, by=by, key=key, reason=reason)
