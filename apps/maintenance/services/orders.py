"""The life of a work order: made, approved, started, held, finished, closed, reopened, cancelled.

A technician finishes; where another person must close, the order waits for review.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, NotAllowed
from apps.core.hooks import journeys_of
from apps.core.moments import entered, past, reasoned
from apps.core.numbers import next_numbers
from apps.core.roles import Role
from apps.inventory import services as stores
from apps.maintenance.models import (
    HoldReason,
    OrderStatus,
    Origin,
    Outcome,
    Priority,
    TaskResult,
    WorkOrder,
)
from apps.maintenance.readings import lifetime_at
from apps.maintenance.services.credits import credit_cycles, skip_cycles, take_back_skips, withdraw_credits
from apps.maintenance.services.labour import end_own_timer, end_timers
from apps.maintenance.services.steps import (
    lock_begun,
    lock_order,
    needs_another,
    refuse_over,
    save_order,
    stands,
)
from apps.maintenance.telling import tell_assigned
from apps.registry.models import AssetStatus
from apps.registry.services import post_reading

REFERENCES = [field.name for field in WorkOrder._meta.fields if field.is_relation]


@transaction.atomic
def create_order(order, *, by):
    """Store a new order for an asset, a place or a station: a draft, in agile mode ready at once. Returns it."""
    if not (order.asset_id or order.location_id or order.station_id):
        raise BrokenRule(_("Say what it is for: an asset, a place or a station."))
    if order.asset and order.asset.status == AssetStatus.RETIRED:
        raise BrokenRule(_("%s is retired; nothing is done on it any more.") % order.asset)
    _check_person(order, order.assigned_to)
    _check_downtime(order)
    order.number = next_numbers(order.tenant, "WO")[0]
    order.status = OrderStatus.READY if order.tenant.rules.agile_mode else OrderStatus.DRAFT
    order.created_by = by
    _check_words(order)
    order.save()
    tell_assigned(order, by=by)
    return order


@transaction.atomic
def change_order(order, *, by, seen=None, **fields):
    """Change what an order that is not over says: title, description, priority, due and planned dates, downtime.

    Returns it. Raises Conflict; BrokenRule for an order that is over, or downtime that ends before it begins.
    """
    order = lock_order(order, seen=seen)
    refuse_over(order)
    for name, value in fields.items():
        setattr(order, name, value)
    _check_downtime(order)
    _check_words(order)
    return save_order(order)


@transaction.atomic
def approve_order(order, *, by, at=None, seen=None):
    """A draft becomes ready to be started; what was started without approval is confirmed."""
    order = lock_order(order, seen=seen, at=at)
    if order.is_unapproved:
        order.is_unapproved = False
    elif order.status == OrderStatus.IN_PROGRESS:  # not back to ready: whoever works on it goes on
        raise BrokenRule(_("%s is in progress; there is nothing to approve any more.") % order)
    else:
        order.move_to(OrderStatus.READY)
    order.approved_by = by
    return save_order(order)


@transaction.atomic
def assign_order(order, person, *, by, at=None, seen=None):
    """Say whose it is; None: nobody's. Raises BrokenRule for an order that is over, and for who has left."""
    order = lock_order(order, seen=seen, at=at)
    refuse_over(order)
    _check_person(order, person)
    is_new = person and person.pk != order.assigned_to_id
    order.assigned_to = person
    save_order(order)
    if is_new:
        tell_assigned(order, by=by)
    return order


@transaction.atomic
def start_order(order, *, by, reason="", at=None, seen=None):
    """Begin a ready order; whoever starts an order of nobody takes it. A draft may begin where something stands, or is
    critical: it is marked as started without approval, until a supervisor approves it.

    reason: why on an asset in transit, where only a breakdown is worked on. at: when it began; now, if None.
    """
    order = lock_order(order, seen=seen)
    if order.asset and _is_away(order.asset, at):
        if order.origin == Origin.PM:
            raise BrokenRule(_("%s is in transit; the order can start when it has arrived.") % order.asset)
        if not reason.strip():
            raise BrokenRule(_("%s is in transit; say why it is worked on now.") % order.asset)
    if order.status == OrderStatus.DRAFT and is_emergency(order):
        order.is_unapproved = True
        order.move_to(OrderStatus.READY)
    order.move_to(OrderStatus.IN_PROGRESS)
    order.started_at = order.started_at or entered(at)
    order.started_by = by
    order.assigned_to = order.assigned_to or by
    order.reason = reason.strip()
    return save_order(order)


def is_emergency(order) -> bool:
    """Whether it may begin without approval: its station is blocked, its asset stands, or it is critical."""
    is_down = order.down_from is not None and order.down_until is None
    return order.priority == Priority.CRITICAL or is_down or stands(order)


def _is_away(asset, at) -> bool:
    """Whether an asset is on its way; of a start that is told later, whether it was then."""
    return bool(journeys_of(asset.tenant_id, [asset.pk], at, at)) if at else asset.status == AssetStatus.IN_TRANSIT


@transaction.atomic
def hold_order(order, hold_reason, *, by, at=None, seen=None):
    """Put an order in progress on hold, for a reason (HoldReason); one's own time on it ends then. at: as stop_timer."""
    order = lock_order(order, seen=seen)
    if order.status != OrderStatus.IN_PROGRESS:
        raise BrokenRule(_("%s is not in progress; only what is can be on hold.") % order)
    end_own_timer(order, by=by, at=past(at))
    if hold_reason not in HoldReason.values:
        raise BrokenRule(_("Say why it is on hold."))
    order.hold_reason = hold_reason
    return save_order(order)


@transaction.atomic
def resume_order(order, *, by, at=None, seen=None):
    """Work goes on."""
    order = lock_order(order, seen=seen, at=at)
    if not order.hold_reason:
        raise BrokenRule(_("%s is not on hold.") % order)
    order.hold_reason = ""
    order.finished_at = order.finished_by = None
    return save_order(order)


@transaction.atomic
def return_order(order, *, by, reason="", at=None, seen=None):
    """Give an order back: a ready one becomes a draft, one in progress ready again.

    In progress, who works on it may as long as nothing is booked; else a supervisor, with a reason.
    """
    order = lock_order(order, seen=seen, at=at)
    if order.status == OrderStatus.IN_PROGRESS:
        is_untouched = order.started_by_id == by.pk and not _is_booked(order)
        if not is_untouched:
            if not by.is_at_least(Role.SUPERVISOR):
                raise NotAllowed(
                    _("Somebody else started %s, or something is booked on it; a supervisor gives it back.") % order
                )
            reasoned(reason)
            end_timers(order, by=by, others=True)
        order.hold_reason = ""
        order.move_to(OrderStatus.READY)
    else:
        order.move_to(OrderStatus.DRAFT)
    order.reason = reason.strip()
    return save_order(order)


@transaction.atomic
def cancel_order(order, *, by, reason, at=None, seen=None):
    """End an order that was not begun. The cycle of a preventive one is skipped; what it covered comes back."""
    order = lock_order(order, seen=seen, at=at)
    order.reason = reasoned(reason)
    if _has_costs(order):
        raise BrokenRule(_("Time or parts are booked on %s; it is closed as not done instead.") % order, code="booked")
    order.move_to(OrderStatus.CANCELLED)
    save_order(order)
    skip_cycles(order)
    stores.release_all(order.tenant, reference=order.number, by=by)
    return order


@transaction.atomic
def finish_order(order, *, by, performed_at=None, down_until=None, at=None, seen=None):
    """The work is done: one's own timer and the downtime end, the maintenance is dated.

    What another person must close waits for review. at: when it was said, at most seven days back; now, if None.
    """
    order = lock_begun(order, seen=seen)
    _refuse_undone(order)
    now = entered(at)
    order.performed_at = past(performed_at) or now
    _end_downtime(order, past(down_until))
    end_own_timer(order, by=by, at=at)
    order.finished_at, order.finished_by = now, by
    order.hold_reason = HoldReason.REVIEW if needs_another(order) else order.hold_reason
    return save_order(order)


@transaction.atomic
def close_order(order, *, by, outcome=Outcome.DONE, reason="", problem=None, cause=None, remedy=None,
                performed_at=None, meter_reading=None, end_timers_of_others=False, at=None, seen=None):  # fmt: skip
    """End an order: done, or not done for a reason. A preventive one that is done dates its schedule, and all it covers.

    meter_reading: what the schedule's meter showed then; it is posted to the meter. Refused, naming what is missing,
    while a mandatory task has no result, a failed one nothing that follows, another's time runs, or a corrective order
    has no problem, cause and remedy. at: when it was said, at most seven days back; now, if None.
    """
    order, now = lock_begun(order, seen=seen), entered(at)
    if outcome == Outcome.DONE:
        _refuse_undone(order)
        _code(order, problem=problem, cause=cause, remedy=remedy)
        if needs_another(order) and by.pk == (order.finished_by_id or order.assigned_to_id):
            raise NotAllowed(_("%s is critical; another person closes it.") % order)
        order.performed_at = past(performed_at) or order.performed_at or order.finished_at or now
        _end_downtime(order)
    elif outcome == Outcome.NOT_DONE:
        reasoned(reason)
    else:
        raise BrokenRule(_("Say whether it was done."))
    end_timers(order, by=by, others=end_timers_of_others, at=at)
    # (While it is open: a reading looks at once which orders are due, and this one's cycle has not gone on yet.)
    meter = _posted(order, meter_reading, by=by) if outcome == Outcome.DONE else None
    if order.finished_at is None:
        order.finished_at, order.finished_by = now, by
    order.hold_reason = ""
    order.move_to(OrderStatus.CLOSED)
    order.outcome, order.reason, order.closed_at, order.closed_by = outcome, reason.strip(), now, by
    save_order(order)
    if outcome == Outcome.DONE:
        credit_cycles(order, meter=meter)
    else:
        skip_cycles(order)
    stores.release_all(order.tenant, reference=order.number, by=by)
    return order


def _posted(order, value, *, by):
    """The lifetime value at which the work was done, by a reading of the schedule's meter; None where none was taken."""
    if value is None:
        return None
    if order.pm_schedule is None or not order.pm_schedule.interval_meter:
        raise BrokenRule(_("%s is not due by a meter; enter the reading at the asset.") % order)
    meter = order.pm_schedule.meter
    # Work may be closed any time after it was done; readings are entered by people for a day. Later, the order tells who.
    is_late = order.performed_at < timezone.now() - timedelta(days=1)
    reading = post_reading(
        order.asset, meter, value, by=None if is_late else by, read_at=order.performed_at, reason=order.number,
        confirmed=True,
    )  # fmt: skip
    return lifetime_at(reading)


@transaction.atomic
def reopen_order(order, *, by, reason, at=None, seen=None):
    """Work on a closed order again: what it credited, or skipped, is withdrawn until it is closed again."""
    order = lock_order(order, seen=seen, at=at)
    reasoned(reason)
    if order.covered_by_id:
        raise BrokenRule(_("Its work is done with %s; reopen that one.") % order.covered_by)
    order.move_to(OrderStatus.IN_PROGRESS)
    if order.outcome == Outcome.DONE:
        withdraw_credits(order)
    else:
        take_back_skips(order)
    order.outcome, order.closed_at, order.closed_by, order.reason = "", None, None, reason.strip()
    order.finished_at = order.finished_by = None
    return save_order(order)


# -- steps --------------------------------------------------------------------------------------------------------------


def _is_booked(order) -> bool:
    return order.tasks.exclude(result="").exists() or _has_costs(order)


def _has_costs(order) -> bool:
    return order.labour.exists() or order.consumables.filter(undone=None).exists() or order.costs.exists()


def _check_person(order, person) -> None:
    is_of_us = person and (person.tenant_id == order.tenant_id or person.is_superuser)
    if person and not (is_of_us and person.is_active):
        raise BrokenRule(_("%s cannot be given work here.") % person)


def _check_words(order) -> None:
    """What was typed can be stored; whom and what it refers to was read before, and needs no statement of its own."""
    order.full_clean(exclude=REFERENCES, validate_unique=False, validate_constraints=False)


def _check_downtime(order) -> None:
    if order.down_until and (order.down_from is None or order.down_until < order.down_from):
        raise BrokenRule(_("It cannot run again before it stood."))


def _end_downtime(order, until=None) -> None:
    if order.down_from:
        order.down_until = order.down_until or until or max(order.performed_at, order.down_from)
        _check_downtime(order)


def _refuse_undone(order) -> None:
    """Raise BrokenRule, naming them, while mandatory tasks have no result, or failed ones nothing that follows."""
    missing = Q(is_mandatory=True, result="") | Q(result=TaskResult.FAIL, follow_up=None, waiver="")
    tasks = list(order.tasks.filter(missing).order_by("position"))
    if undone := [task for task in tasks if not task.result]:
        raise BrokenRule(_("Still to be done: %s.") % _named(undone), code="tasks")
    if failed := [task for task in tasks if task.result]:
        words = _("Failed, and nothing follows: %s. Make a follow-up order, or let a supervisor waive it.")
        raise BrokenRule(words % _named(failed), code="failed")


def _named(tasks) -> str:
    return ", ".join(f"“{task}”" for task in tasks[:3]) + (" …" if len(tasks) > 3 else "")


def _code(order, **codes) -> None:
    for kind, code in codes.items():
        if code is not None:
            if code.kind != kind or code.tenant_id != order.tenant_id:
                raise BrokenRule(_("%s is no code for that.") % code)
            setattr(order, kind, code)
    missing = [kind for kind in codes if getattr(order, f"{kind}_id") is None]
    if order.origin != Origin.PM and missing:
        raise BrokenRule(_("Say what was wrong, why, and what helped: %s.") % ", ".join(missing), code="codes")
