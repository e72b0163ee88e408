"""What orders need and use of a part: reserve, release, consume, undo. `reference` is the order's number.

available = on hand − reserved: what leaves a warehouse for an order comes off what is reserved for it, so that consuming
what was reserved leaves available unchanged.
"""

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from apps.core.errors import BrokenRule
from apps.inventory.models import Balance, MoveKind, Part, Reservation, StockMove
from apps.inventory.models.stock import share
from apps.inventory.services.moving import (
    begin,
    exact,
    hold,
    hold_all,
    refuse_out_of_use,
    same_tenant,
    stock_to_fill,
    stock_to_take,
    wallet_to_fill,
    wallet_to_take,
    write_move,
)


@transaction.atomic
def reserve(part, quantity, *, reference, by, warehouse=None):
    """Keep a quantity of a part for an order: so much is what the order needs in all, what it took already included.

    Saying the same again changes nothing. More than is there may be reserved: then it is short, and to be reordered.
    Returns the Reservation.
    """
    quantity, reference, part = exact(quantity), _named(reference), hold(part)
    same_tenant(part, warehouse)
    refuse_out_of_use(part)
    same = {"tenant_id": part.tenant_id, "part": part, "reference": reference}
    row = Reservation.objects.filter(**same).first() or Reservation(**same, quantity=0, reserved_by=by)
    if (row.quantity, row.warehouse_id) != (quantity, warehouse and warehouse.pk):
        row.quantity, row.warehouse = quantity, warehouse
        row.save()
    return row


def reserve_many(tenant, needs: dict, *, by) -> list[str]:
    """Keep parts for many new orders: {(reference, SKU): quantity}; what is kept already stays as it is.

    Returns the SKUs that nothing was kept of: no such part is in use. A constant number of statements.
    """
    parts = Part.objects.for_tenant(tenant).filter(sku__in={sku for _reference, sku in needs}, is_active=True)
    parts = {part.sku: part for part in parts}
    kept = Reservation.objects.for_tenant(tenant).filter(reference__in={reference for reference, _sku in needs})
    kept = set(kept.values_list("reference", "part_id")) if needs else set()
    rows = [
        Reservation(tenant=tenant, part=parts[sku], reference=reference, quantity=exact(quantity), reserved_by=by)
        for (reference, sku), quantity in needs.items()
        if sku in parts and (reference, parts[sku].pk) not in kept
    ]
    bulk_create_with_history(rows, Reservation, default_user=None)
    return sorted({sku for _reference, sku in needs} - parts.keys())


def _named(reference) -> str:
    reference = str(reference).strip()
    if not reference:
        raise BrokenRule(_("Say what it is for: the number of an order."))
    return reference


@transaction.atomic
def release(part, *, reference, by):
    """Keep nothing of a part for an order any more; nothing happens where nothing was kept."""
    part = hold(part)
    for row in Reservation.objects.filter(tenant_id=part.tenant_id, part=part, reference=_named(reference)):
        row.delete()


@transaction.atomic
def release_all(tenant, *, reference, by):
    """Keep nothing for an order any more: it was closed or cancelled. Returns how many parts were kept for it."""
    rows = Reservation.objects.for_tenant(tenant).filter(reference=_named(reference))
    parts = [row.part for row in rows.select_related("part")]
    if not parts:
        return 0
    hold_all(parts)
    count = 0
    for row in rows.order_by("pk"):
        row.delete()
        count += 1
    return count


def note_taken(part, reference, quantity) -> None:
    """So much has left the warehouses for an order (negative: has come back): it comes off what is reserved for it."""
    row = Reservation.objects.filter(tenant_id=part.tenant_id, part=part, reference=reference).first()
    if reference and row:
        row.qty_taken = max(row.qty_taken + quantity, 0)
        row.save()


@transaction.atomic
def consume(part, quantity, *, reference, by, user=None, warehouse=None, bin=None, reason="", key=""):
    """Use a part up on an order, from a person's wallet (user) or from a warehouse: one of the two.

    From a warehouse it comes off what is reserved for the order; what a wallet holds came off when it was issued for it.
    Returns the StockMove, which is the frozen cost: its `value` exactly, its `unit_cost` to four decimals. Raises
    BrokenRule, saying what is there, where there is not enough; see also begin.
    """
    if (user is None) == (warehouse is None):
        raise BrokenRule(_("Say where it is taken from: a wallet or a warehouse."))
    quantity, reference = exact(quantity), _named(reference)
    place = {"from_user": user, "from_location": warehouse}
    part, former = begin(MoveKind.CONSUME, part, quantity, key=key, reference=reference, **place)
    if former:
        return former
    if user is not None:
        source = wallet_to_take(part, quantity, user)
    else:
        source = stock_to_take(part, quantity, warehouse, bin)
        note_taken(part, reference, quantity)
    return write_move(
        MoveKind.CONSUME, part, quantity, source=source, by=by, key=key, reference=reference, reason=reason.strip()
    )


@transaction.atomic
def unconsume(move, *, by, quantity=None, warehouse=None, bin="", reason="", key=""):
    """Bring back what was used, at the cost it left with, to where it came from, or into a warehouse that is named.

    move: the StockMove of consume. quantity: None: all that was not brought back yet. Returns the StockMove.
    Raises BrokenRule for more than was used, and for the wallet of somebody who has left.
    """
    if move.kind != MoveKind.CONSUME:
        raise BrokenRule(_("Only what was used can be brought back."))
    quantity = quantity and exact(quantity)
    part, former = begin(MoveKind.UNCONSUME, move.part, quantity, key=key, undoes=move, to_location=warehouse)
    if former:
        return former
    left, value = _left_of(move)
    quantity = left if quantity is None else quantity
    if quantity > left or not left:
        words = {"left": part.amount(left), "part": part, "used": part.amount(move.quantity)}
        raise BrokenRule(_("%(left)s of the %(used)s of %(part)s that were used can still be brought back.") % words)
    target: Balance
    if warehouse is None and move.from_user is not None:
        target = wallet_to_fill(part, move.from_user)
    else:
        target = stock_to_fill(part, warehouse or move.from_location, bin if warehouse else move.from_bin)
    if move.from_location_id is not None:
        _note_back(part, move, quantity)
    return write_move(
        MoveKind.UNCONSUME, part, quantity, target=target, value=share(value, quantity, left), by=by, key=key, reference=move.reference,
        undoes=move, reason=reason.strip(),
    )  # fmt: skip


def _left_of(move) -> tuple:
    """(quantity, value) of a use that was not brought back yet."""
    back = StockMove.objects.filter(tenant_id=move.tenant_id, undoes=move)
    sums = back.aggregate(quantity=Sum("quantity"), value=Sum("value"))
    return move.quantity - (sums["quantity"] or 0), move.value - (sums["value"] or 0)


def _note_back(part, move, quantity) -> None:
    """What was used before it was reserved has not come off the reservation, and does not go back to it."""
    rows = Reservation.objects.filter(tenant_id=part.tenant_id, part=part, reference=move.reference)
    if rows.filter(created_at__lte=move.created_at).exists():
        note_taken(part, move.reference, -quantity)
