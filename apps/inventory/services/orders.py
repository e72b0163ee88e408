"""Lines of the reorder list that were ordered from a supplier."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRows, BrokenRule
from apps.inventory.models import PartOrder
from apps.inventory.services.moving import exact, hold, reasoned, refuse_out_of_use
from apps.inventory.services.stock import same_unit

CHANGEABLE = {"quantity", "expected_on", "supplier", "reference"}


@transaction.atomic
def mark_ordered(part, quantity, *, by, supplier="", reference="", expected_on=None, unit=None, key=""):
    """A part was ordered from a supplier; what comes in is received against the order. Returns the PartOrder.

    quantity: of `unit`, or of the part's own. supplier: where none is said, the part's.
    """
    same_unit(part, unit)
    quantity = exact(exact(quantity) * (unit.factor if unit else 1))
    part = hold(part)
    if key and (former := PartOrder.objects.for_tenant(part.tenant_id).filter(key=key).first()):
        if (former.part_id, former.quantity) != (part.pk, quantity):
            raise BrokenRule(_("This key came before, with something else. Nothing was done."), code="key_reused")
        return former
    refuse_out_of_use(part)
    return PartOrder.objects.create(
        tenant_id=part.tenant_id, part=part, quantity=quantity, supplier=supplier.strip() or part.supplier,
        reference=reference.strip(), expected_on=expected_on, ordered_by=by, key=key,
    )  # fmt: skip


@transaction.atomic
def mark_all_ordered(lines, *, by, supplier="", reference="", expected_on=None):
    """Several parts were ordered together: all of them, or none. lines: [(part, quantity)].

    supplier: where none is said, each part's own. expected_on: where no day is said, after each part's lead time.
    Returns the PartOrders, in the order of their parts' keys. Raises BrokenRows with what is wrong at its place.
    """
    made, wrong = [], {}
    for place in sorted(range(len(lines)), key=lambda place: lines[place][0].pk):
        part, quantity = lines[place]
        told = {"supplier": supplier, "reference": reference, "expected_on": expected_on or _after_lead_time(part)}
        try:
            made.append(mark_ordered(part, quantity, by=by, **told))
        except BrokenRule as refused:
            wrong[place] = {"quantity": [str(refused)]}
    if wrong:
        raise BrokenRows(_("Nothing is ordered: some lines have to be looked at."), rows=wrong, unusual={})
    return made


def _after_lead_time(part):
    if part.lead_days is None:
        return None
    return part.tenant.local(timezone.now()).date() + timedelta(days=part.lead_days)


@transaction.atomic
def change_order(order, *, by, **changes):
    """Another quantity, day, supplier or number of an order (fields of CHANGEABLE). Returns the fresh PartOrder.

    Raises BrokenRule for another part, and for fewer than were received.
    """
    order = _open(order)
    if changes.pop("part", order.part) != order.part:
        raise BrokenRule(_("An order stays with its part; close it, and order the other one."))
    for name in CHANGEABLE & set(changes):
        setattr(order, name, changes[name])
    if exact(order.quantity) < order.qty_received:
        words = {"received": order.part.amount(order.qty_received), "order": order}
        raise BrokenRule(_("%(received)s were received; the order of %(order)s cannot be of fewer.") % words)
    order.save()
    return order


@transaction.atomic
def close_order(order, *, reason, by):
    """Expect no more of an order, for a reason: it was cancelled, or the rest never comes. Returns the fresh PartOrder."""
    order = _open(order)
    order.closed_at, order.close_reason = timezone.now(), reasoned(reason)
    order.save()
    return order


def _open(order) -> PartOrder:
    order = PartOrder.objects.locked().select_related("part").get(pk=order.pk)
    if order.closed_at:
        raise BrokenRule(_("The order of %s is closed already.") % order)
    return order
