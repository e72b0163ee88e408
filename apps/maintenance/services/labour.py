"""Who worked on an order for how long: timers and minutes, at the hourly rate of that day."""

from datetime import timedelta
from decimal import Decimal
from math import ceil

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, NotAllowed
from apps.core.moments import entered
from apps.core.roles import Role
from apps.maintenance.models import LONG_TIMER, LabourEntry
from apps.maintenance.services.steps import lock_begun, lock_order, refuse_over

MOST = 24 * 60  # minutes in one entry


@transaction.atomic
def start_timer(order, *, by, at=None):
    """Let one's time on an order in progress run; where it runs already, nothing happens. Returns the LabourEntry.

    A timer that runs on another order is refused by name: nobody works on two at once.
    """
    order = lock_begun(order)
    running = LabourEntry.objects.for_tenant(order.tenant_id).filter(user=by, minutes=None)
    row = running.select_related("work_order").first()
    if row and row.work_order_id == order.pk:
        return row
    if row:
        raise BrokenRule(_("Your time runs on %s; stop it there first.") % row.work_order, code="timer_elsewhere")
    return LabourEntry.objects.create(
        tenant_id=order.tenant_id, work_order=order, user=by, started_at=entered(at), hourly_rate=rate_of(by, order),
        created_by=by,
    )  # fmt: skip


@transaction.atomic
def stop_timer(entry, *, by, at=None, minutes=None):
    """Stop a running timer: one's own, or as a supervisor anybody's. Stopped already, nothing happens.

    at: when, at most seven days back; now, if None. minutes: what is booked instead of the time that ran. Raises
    BrokenRule with the code "long_timer" for one that ran over 12 hours, unless the minutes are given. Returns the
    LabourEntry.
    """
    lock_order(entry.work_order)
    entry = LabourEntry.objects.locked().select_related("user").get(pk=entry.pk)
    if not entry.is_running:
        return entry
    if entry.user_id != by.pk and not by.is_at_least(Role.SUPERVISOR):
        raise NotAllowed(_("It is the time of %s; a supervisor may end it.") % entry.user)
    now = max(entered(at), entry.started_at)
    ran = ceil((now - entry.started_at) / timedelta(minutes=1))
    if minutes is None and ran > LONG_TIMER:
        words = {"person": entry.user, "hours": ran // 60}
        raise BrokenRule(
            _("The time of %(person)s has run for %(hours)d hours. Say how many minutes it was.") % words,
            code="long_timer",
        )
    entry.ended_at, entry.minutes = now, ran if minutes is None else _checked(minutes)
    entry.save()
    return entry


@transaction.atomic
def add_minutes(order, minutes, *, by, user=None, note="", at=None):
    """Book minutes by hand: one's own, or as a supervisor anybody's. Returns the LabourEntry."""
    order, user = lock_order(order), user or by
    if user.pk != by.pk and not by.is_at_least(Role.SUPERVISOR):
        raise NotAllowed(_("A supervisor books the time of others."))
    if user.tenant_id != order.tenant_id and not user.is_superuser:
        raise BrokenRule(_("%s does not work here.") % user)
    refuse_over(order)
    return LabourEntry.objects.create(
        tenant_id=order.tenant_id, work_order=order, user=user, minutes=_checked(minutes), note=note.strip(),
        hourly_rate=rate_of(user, order), created_by=by, created_at=entered(at),
    )  # fmt: skip


@transaction.atomic
def remove_labour(entry, *, by):
    """Take back time that was booked by mistake: one's own, or as a supervisor anybody's; gone already, nothing happens."""
    refuse_over(lock_order(entry.work_order))
    entry = LabourEntry.objects.locked().select_related("user").filter(pk=entry.pk).first()
    if entry is None:
        return
    if entry.user_id != by.pk and not by.is_at_least(Role.SUPERVISOR):
        raise NotAllowed(_("It is the time of %s; a supervisor takes it back.") % entry.user)
    entry.delete()


def end_timers(order, *, by, others=False, at=None) -> None:
    """The order is done: one's own timer on it stops. Another's is refused by name, or ended too by a supervisor."""
    running = LabourEntry.objects.for_tenant(order.tenant_id).filter(work_order=order, minutes=None)
    for entry in running.select_related("user", "work_order").order_by("pk"):
        if entry.user_id != by.pk and not (others and by.is_at_least(Role.SUPERVISOR)):
            raise BrokenRule(
                _("The time of %s still runs on this order; let them stop it, or end it as a supervisor.") % entry.user,
                code="timer",
            )
        stop_timer(entry, by=by, at=at)


def end_own_timer(order, *, by, at=None) -> None:
    """Stop the own timer on an order, where one runs."""
    for entry in LabourEntry.objects.for_tenant(order.tenant_id).filter(work_order=order, minutes=None, user=by):
        stop_timer(entry, by=by, at=at)


def rate_of(person, order) -> Decimal:
    """What an hour of a person costs: the own rate, else the tenant's."""
    own = person.labour_rate
    return own if own is not None else Decimal(str(order.tenant.rules.labour_rate))


def _checked(minutes) -> int:
    if not 0 < minutes <= MOST:
        raise BrokenRule(_("Write minutes from 1 to %d; longer work is booked day by day.") % MOST)
    return minutes
