"""What an order needs, uses and costs beside labour: reservations, parts, other costs."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, NotAllowed
from apps.core.moments import entered
from apps.core.roles import Role
from apps.inventory import services as stores
from apps.maintenance.models import Consumable, PartSource, WorkOrderCost
from apps.maintenance.services.steps import lock_begun, lock_order, refuse_over


@transaction.atomic
def use_part(order, part, quantity, *, by, source, warehouse=None, bin=None, user=None, at=None, key=""):
    """Use a part on an order in progress, from a wallet (one's own, or as a supervisor `user`'s) or a warehouse.

    at: when it was used, at most seven days back; now, if None; the stock moves now, and its cost of now stays with the
    order. Returns the Consumable. Raises BrokenRule, saying what is there,
    where there is not enough.
    """
    order, holder, at = lock_begun(order), user or by, entered(at)
    if source not in PartSource.values:
        raise BrokenRule(_("Say where it is taken from: a wallet or a warehouse."))
    if source == PartSource.WALLET and holder.pk != by.pk and not by.is_at_least(Role.SUPERVISOR):
        raise NotAllowed(_("Parts are taken from the own wallet; a supervisor takes from others'."))
    if source == PartSource.WAREHOUSE and warehouse is None:
        raise BrokenRule(_("Say which warehouse it is taken from."))
    place = {"user": holder} if source == PartSource.WALLET else {"warehouse": warehouse, "bin": bin}
    move = stores.consume(part, quantity, reference=order.number, by=by, key=key, **place)
    if former := Consumable.objects.for_tenant(order.tenant_id).filter(work_order=order, move=move).first():
        return former
    return Consumable.objects.create(
        tenant_id=order.tenant_id, work_order=order, part=move.part, qty_used=move.quantity, value=move.value,
        cost_at_time=move.unit_cost, source=source, move=move, used_by=holder,
        created_at=at,
    )  # fmt: skip


@transaction.atomic
def undo_use(consumable, *, by, key=""):
    """Bring parts back to where they were taken from, at the cost they left with; the order pays nothing for them."""
    refuse_over(lock_order(consumable.work_order))
    row = Consumable.objects.locked().select_related("move").get(pk=consumable.pk)
    if row.undone_id:
        return row
    if row.move is None:
        raise BrokenRule(_("This use was loaded from elsewhere; it moved no stock here, and cannot be undone."))
    if row.used_by_id != by.pk and not by.is_at_least(Role.SUPERVISOR):
        raise NotAllowed(_("%s used it; a supervisor brings it back.") % row.used_by)
    row.undone = stores.unconsume(row.move, by=by, key=key)
    row.save()
    return row


@transaction.atomic
def need_part(order, part, quantity, *, by, warehouse=None):
    """Keep a quantity of a part for an order that is not over. Returns the Reservation."""
    order = lock_order(order)
    refuse_over(order)
    return stores.reserve(part, quantity, reference=order.number, by=by, warehouse=warehouse)


@transaction.atomic
def need_part_no_more(order, part, *, by):
    """Keep nothing of a part for an order any more."""
    stores.release(part, reference=lock_order(order).number, by=by)


@transaction.atomic
def book_cost(order, *, by, kind, amount, supplier="", reference=""):
    """Book what an order cost beside time and parts; a credit note is negative. Returns the WorkOrderCost."""
    order = lock_order(order)
    cost = WorkOrderCost(
        tenant_id=order.tenant_id, work_order=order, kind=kind, amount=amount, supplier=supplier.strip(),
        reference=reference.strip(), created_by=by,
    )  # fmt: skip
    cost.full_clean(exclude=["tenant", "work_order"], validate_constraints=False)
    cost.save()
    return cost


@transaction.atomic
def remove_cost(cost, *, by):
    """Take back a cost that was booked by mistake; taken back already, nothing happens."""
    lock_order(cost.work_order)
    for row in WorkOrderCost.objects.filter(pk=cost.pk):
        row.delete()
