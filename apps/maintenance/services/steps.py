"""What every act on an order begins and ends with: its lock, its version, and the words of a refusal.

Locks: the asset, then the order; then tasks, labour, parts.
"""

from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, Conflict
from apps.core.moments import entered
from apps.maintenance.models import OrderStatus, Priority, WorkOrder
from apps.registry.models import Asset, AssetStatus


def lock_order(order, *, seen=None, at=None) -> WorkOrder:
    """The order, locked with its asset and fresh. Raises Conflict where it is not at the version that was seen.

    at: when the act was, of one that keeps no moment of its own; only whether it can be entered is looked at.
    """
    if order.asset_id:
        Asset.objects.locked().get(pk=order.asset_id)  # the lock of its schedules, too
    rows = WorkOrder.objects.locked().select_related("asset", "assigned_to", "closed_by", "tenant")
    order = rows.get(pk=order.pk)
    if seen not in (None, order.version):
        raise Conflict(_("%s has changed meanwhile; nothing was done. Look at it again.") % order, current=order)
    entered(at)
    return order


def lock_begun(order, *, seen=None) -> WorkOrder:
    """As lock_order; refused unless the order is in progress."""
    order = lock_order(order, seen=seen)
    check_begun(order)
    return order


def save_order(order) -> WorkOrder:
    """Store what the order itself says, as a further version.

    What people put on it (results, time, parts, costs, comments) is rows of its own, and raises no version: no form that
    rests on one writes over them, finishing and closing look at them anew under the lock, and several people work on an
    order at once: each one's result would refuse the others' presses. What a result may write over is another's result
    of the same task; record_task looks at that.
    """
    order.version += 1
    order.save()
    return order


def check_begun(order) -> None:
    if order.status == OrderStatus.CLOSED:
        words = {"order": order, "person": order.closed_by or _("The system")}
        raise BrokenRule(_("%(order)s was closed by %(person)s already.") % words, code="closed")
    if order.status != OrderStatus.IN_PROGRESS:
        raise BrokenRule(_("%s is not in progress; start it first.") % order)


def refuse_over(order) -> None:
    if not order.is_open:
        raise BrokenRule(_("%(order)s is %(status)s.") % {"order": order, "status": order.get_status_display().lower()})


def stands(row) -> bool:
    """Whether the asset or station of an order or request stands, as far as they say it themselves.

    In SQL: queries.work.STANDS.
    """
    is_out = row.asset is not None and row.asset.status == AssetStatus.OUT_OF_SERVICE
    return is_out or (row.station is not None and row.station.status == "blocked")


def needs_another(order) -> bool:
    """Whether another person than who did the work has to close it: a critical order, where control goes before speed."""
    return order.priority == Priority.CRITICAL and not order.tenant.rules.agile_mode
