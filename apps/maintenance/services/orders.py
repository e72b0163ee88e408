"""The life of a work order: made, approved, started, held, finished, closed, reopened, cancelled.

Locks: the asset, then the order. A technician finishes; where another person must close, the order waits for review.
"""

from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, Conflict, NotAllowed
from apps.core.numbers import next_numbers
from apps.core.roles import Role
from apps.maintenance.models import (
    HoldReason,
    OrderStatus,
    Origin,
    Outcome,
    Priority,
    TaskResult,
    WorkOrder,
)
from apps.maintenance.services.credits import credit_cycles, skip_cycles, withdraw_credits
from apps.registry.models import Asset, AssetStatus


@transaction.atomic
def create_order(order, *, by):
    """Store a new order for an asset, a place or a station: a draft, in agile mode ready at once. Returns it."""
    if not (order.asset_id or order.location_id or order.station_id):
        raise BrokenRule(_("Say what it is for: an asset, a place or a station."))
    if order.asset_id and Asset.objects.get(pk=order.asset_id).status == AssetStatus.RETIRED:
        raise BrokenRule(_("%s is retired; nothing is done on it any more.") % order.asset)
    order.number = next_numbers(order.tenant, "WO")[0]
    order.status = OrderStatus.READY if order.tenant.rules.agile_mode else OrderStatus.DRAFT
    order.created_by = by
    order.full_clean(exclude=["tenant", "asset", "location", "station", "assigned_to"], validate_constraints=False)
    order.save()
    return order


@transaction.atomic
def approve_order(order, *, by, seen=None):
    """A draft becomes ready to be started."""
    return _step(order, OrderStatus.READY, seen=seen)


@transaction.atomic
def assign_order(order, person, *, by, seen=None):
    """Say whose it is; None: nobody's. Raises BrokenRule for an order that is over, and for who has left."""
    order = lock_order(order, seen=seen)
    _refuse_over(order)
    if person and (person.tenant_id != order.tenant_id or not person.is_active):
        raise BrokenRule(_("%s cannot be given work here.") % person)
    order.assigned_to = person
    return _save(order)


@transaction.atomic
def start_order(order, *, by, reason="", at=None, seen=None):
    """Begin a ready order; whoever starts an order of nobody takes it.

    reason: why on an asset in transit, where only a breakdown is worked on. at: when it began; now, if None.
    """
    order = lock_order(order, seen=seen)
    if order.asset and order.asset.status == AssetStatus.IN_TRANSIT:
        if order.origin == Origin.PM:
            raise BrokenRule(_("%s is in transit; the order can start when it has arrived.") % order.asset)
        if not reason.strip():
            raise BrokenRule(_("%s is in transit; say why it is worked on now.") % order.asset)
    order.move_to(OrderStatus.IN_PROGRESS)
    order.started_at = order.started_at or at or timezone.now()
    order.assigned_to = order.assigned_to or by
    order.reason = reason.strip()
    return _save(order)


@transaction.atomic
def hold_order(order, hold_reason, *, by, seen=None):
    """Put an order in progress on hold, for a reason (HoldReason)."""
    order = lock_order(order, seen=seen)
    if order.status != OrderStatus.IN_PROGRESS:
        raise BrokenRule(_("%s is not in progress; only what is can be on hold.") % order)
    if hold_reason not in HoldReason.values:
        raise BrokenRule(_("Say why it is on hold."))
    order.hold_reason = hold_reason
    return _save(order)


@transaction.atomic
def resume_order(order, *, by, seen=None):
    """Work goes on."""
    order = lock_order(order, seen=seen)
    if not order.hold_reason:
        raise BrokenRule(_("%s is not on hold.") % order)
    order.hold_reason = ""
    order.finished_at = order.finished_by = None
    return _save(order)


@transaction.atomic
def return_order(order, *, by, reason="", seen=None):
    """Give an order back: a ready one becomes a draft, one in progress ready again.

    In progress, who works on it may as long as nothing is booked; else a supervisor, with a reason.
    """
    order = lock_order(order, seen=seen)
    if order.status == OrderStatus.IN_PROGRESS:
        is_untouched = order.assigned_to_id == by.pk and not order.tasks.exclude(result="").exists()
        if not is_untouched:
            if not by.is_at_least(Role.SUPERVISOR):
                raise NotAllowed(_("Something is booked on %s already; a supervisor gives it back.") % order)
            _needs(reason)
        order.hold_reason = ""
        order.move_to(OrderStatus.READY)
    else:
        order.move_to(OrderStatus.DRAFT)
    order.reason = reason.strip()
    return _save(order)


@transaction.atomic
def cancel_order(order, *, by, reason, seen=None):
    """End an order that was not begun. The cycle of a preventive one is skipped; what it covered comes back."""
    order = lock_order(order, seen=seen)
    _needs(reason)
    order.move_to(OrderStatus.CANCELLED)
    order.reason = reason.strip()
    _save(order)
    skip_cycles(order)
    return order


@transaction.atomic
def record_task(task, result, *, by, value="", comment="", at=None):
    """Note what a task of an order in progress came to. A number decides by itself whether it passes.

    Raises BrokenRule for an order that is not in progress, a number that is none, a failure without a comment, and a
    mandatory task that is said not to apply without one.
    """
    lock_order(task.work_order)
    task = type(task).objects.locked().select_related("work_order").get(pk=task.pk)
    if task.work_order.status != OrderStatus.IN_PROGRESS:
        raise BrokenRule(_("%s is not in progress; start it first.") % task.work_order)
    if result not in TaskResult.values:
        raise BrokenRule(_("Say whether it passes, fails or does not apply."))
    if task.kind in ("number", "meter") and result != TaskResult.NOT_APPLICABLE:
        result = _of_number(task, value)
    if task.kind == "text" and result == TaskResult.INPUT and not value.strip():
        raise BrokenRule(_("Write something."))
    if result == TaskResult.FAIL and not comment.strip():
        raise BrokenRule(_("Say what is wrong, or add a photo."), code="comment_needed")
    if result == TaskResult.NOT_APPLICABLE and task.is_mandatory and not comment.strip():
        raise BrokenRule(_("This task is mandatory; say why it does not apply."), code="comment_needed")
    task.result, task.value, task.comment = result, value.strip(), comment.strip()
    task.done_by, task.done_at = by, at or timezone.now()
    task.save()
    return task


def _of_number(task, text) -> str:
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise BrokenRule(_("Write a number.")) from None
    if not number.is_finite() or abs(number) >= 10**10:
        raise BrokenRule(_("Write a number."))
    is_low = task.min is not None and number < task.min
    is_high = task.max is not None and number > task.max
    return TaskResult.FAIL if is_low or is_high else TaskResult.PASS


@transaction.atomic
def finish_order(order, *, by, performed_at=None, down_until=None, seen=None):
    """The work is done: the downtime ends, the maintenance is dated. What another person must close waits for review."""
    order = lock_order(order, seen=seen)
    _check_begun(order)
    _refuse_undone(order)
    order.performed_at = _past(performed_at) or timezone.now()
    if order.down_from:
        order.down_until = order.down_until or _past(down_until) or order.performed_at
        if order.down_until < order.down_from:
            raise BrokenRule(_("It cannot run again before it stood."))
    order.finished_at, order.finished_by = timezone.now(), by
    order.hold_reason = HoldReason.REVIEW if needs_another(order) else order.hold_reason
    return _save(order)


@transaction.atomic
def close_order(order, *, by, outcome=Outcome.DONE, reason="", problem=None, cause=None, remedy=None,
                performed_at=None, meter_reading=None, seen=None):  # fmt: skip
    """End an order: done, or not done for a reason. A preventive one that is done dates its schedule, and all it covers.

    meter_reading: what the meter's lifetime value was then; None: as it is. Refused, naming what is missing, while a
    mandatory task has no result, or a corrective order has no problem, cause and remedy.
    """
    order = lock_order(order, seen=seen)
    _check_begun(order)
    if outcome == Outcome.DONE:
        _refuse_undone(order)
        _code(order, problem=problem, cause=cause, remedy=remedy)
        if needs_another(order) and by.pk == (order.finished_by_id or order.assigned_to_id):
            raise NotAllowed(_("%s is critical; another person closes it.") % order)
        order.performed_at = _past(performed_at) or order.performed_at or order.finished_at or timezone.now()
    else:
        _needs(reason)
    now = timezone.now()
    if order.finished_at is None:
        order.finished_at, order.finished_by = now, by
    if order.down_from and order.down_until is None and outcome == Outcome.DONE:
        order.down_until = max(order.performed_at, order.down_from)
    order.hold_reason = ""
    order.move_to(OrderStatus.CLOSED)
    order.outcome, order.reason, order.closed_at, order.closed_by = outcome, reason.strip(), now, by
    _save(order)
    if outcome == Outcome.DONE:
        credit_cycles(order, meter=meter_reading)
    else:
        skip_cycles(order)
    return order


@transaction.atomic
def reopen_order(order, *, by, reason, seen=None):
    """Work on a closed order again: what it credited is withdrawn until it is closed again."""
    order = lock_order(order, seen=seen)
    _needs(reason)
    if order.covered_by_id:
        raise BrokenRule(_("Its work is done with %s; reopen that one.") % order.covered_by)
    order.move_to(OrderStatus.IN_PROGRESS)
    order.outcome, order.closed_at, order.closed_by, order.reason = "", None, None, reason.strip()
    order.finished_at = order.finished_by = None
    withdraw_credits(order)
    return _save(order)


# -- steps --------------------------------------------------------------------------------------------------------------


def lock_order(order, *, seen=None) -> WorkOrder:
    """The order, locked with its asset and fresh. Raises Conflict where it is not at the version that was seen."""
    if order.asset_id:
        Asset.objects.locked().get(pk=order.asset_id)  # the lock of its schedules, too
    rows = WorkOrder.objects.locked().select_related("asset", "assigned_to", "closed_by", "tenant")
    order = rows.get(pk=order.pk)
    if seen not in (None, order.version):
        raise Conflict(_("%s has changed meanwhile; nothing was done. Look at it again.") % order, current=order)
    return order


def needs_another(order) -> bool:
    """Whether another person than who did the work has to close it: a critical order, where control goes before speed."""
    return order.priority == Priority.CRITICAL and not order.tenant.rules.agile_mode


def _step(order, status, *, seen) -> WorkOrder:
    order = lock_order(order, seen=seen)
    order.move_to(status)
    return _save(order)


def _save(order) -> WorkOrder:
    order.version += 1
    order.save()
    return order


def _needs(reason) -> None:
    if not reason.strip():
        raise BrokenRule(_("Say why."), code="reason_needed")


def _past(moment):
    if moment and moment > timezone.now():
        raise BrokenRule(_("That is in the future."))
    return moment


def _refuse_over(order) -> None:
    if not order.is_open:
        raise BrokenRule(_("%(order)s is %(status)s.") % {"order": order, "status": order.get_status_display().lower()})


def _check_begun(order) -> None:
    if order.status == OrderStatus.CLOSED:
        words = {"order": order, "person": order.closed_by or _("The system")}
        raise BrokenRule(_("%(order)s was closed by %(person)s already.") % words, code="closed")
    if order.status != OrderStatus.IN_PROGRESS:
        raise BrokenRule(_("%s is not in progress; start it first.") % order)


def _refuse_undone(order) -> None:
    undone = list(order.tasks.filter(is_mandatory=True, result="").order_by("position"))
    if undone:
        names = ", ".join(f"“{task}”" for task in undone[:3]) + (" …" if len(undone) > 3 else "")
        raise BrokenRule(_("Still to be done: %s.") % names, code="tasks")


def _code(order, **codes) -> None:
    for kind, code in codes.items():
        if code is not None:
            if code.kind != kind or code.tenant_id != order.tenant_id:
                raise BrokenRule(_("%s is no code for that.") % code)
            setattr(order, kind, code)
    missing = [kind for kind in codes if getattr(order, f"{kind}_id") is None]
    if order.origin != Origin.PM and missing:
        raise BrokenRule(_("Say what was wrong, why, and what helped: %s.") % ", ".join(missing), code="codes")
