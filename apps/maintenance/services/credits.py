"""What an order's end means for the schedules whose cycles it did: credited, skipped, or withdrawn again."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.maintenance.due import Standing, credit, done, skip
from apps.maintenance.models import CoveredCycle, PmCredit, PmSchedule
from apps.maintenance.readings import lifetime_of

DATES, METERS = ("due_date", "last_date"), ("due_meter", "last_meter")


def credit_cycles(order, *, meter=None) -> None:
    """The order is done: its own schedule, and those that it covers, were done with it. The asset is locked."""
    on = order.tenant.local(order.performed_at).date()
    for schedule in _schedules(order):
        if schedule.cycle != _cycle_of(order, schedule):
            continue  # it was credited or skipped elsewhere, and has gone on
        value = meter if meter is not None else lifetime_of(order.asset, schedule.meter)
        value = value if schedule.interval_meter else None
        act = done if schedule.pk == order.pm_schedule_id else credit
        PmCredit.objects.create(
            tenant_id=order.tenant_id, work_order=order, pm_schedule=schedule, cycle=schedule.cycle,
            performed_date=on, performed_meter=value, before=_as_text(schedule.standing),
        )  # fmt: skip
        schedule.standing = act(schedule.plain, schedule.standing, on=on, meter=value)
        _save(schedule)
    _end_covers(order)


def skip_cycles(order) -> None:
    """The order was not done: its own cycle is skipped; what it covered comes back with its own due date."""
    for schedule in _schedules(order):
        if schedule.cycle != _cycle_of(order, schedule):
            continue
        if schedule.pk == order.pm_schedule_id:
            schedule.standing = skip(schedule.plain, schedule.standing)
        else:
            schedule.cycle += 1  # the same occurrence: but the order that was closed for this one keeps its number
        _save(schedule)
    _end_covers(order)


def withdraw_credits(order) -> None:
    """The order is open again: where its schedules stood before comes back.

    Raises BrokenRule where a schedule has gone on since: its next order has been made.
    """
    for row in order.credits.filter(withdrawn_at=None).order_by("pm_schedule_id"):
        schedule = PmSchedule.objects.locked().get(pk=row.pm_schedule_id)
        later = schedule.orders.filter(cycle__gt=row.cycle).first()
        if schedule.cycle != row.cycle + 1 or later:
            raise BrokenRule(
                _("%(schedule)s has gone on since (%(order)s); the order stays closed.")
                % {"schedule": schedule, "order": later or _("another cycle")},
                code="gone_on",
            )
        schedule.standing = _from_text(row.before)
        _save(schedule)
        row.withdrawn_at = timezone.now()
        row.save()
        if schedule.pk != order.pm_schedule_id:
            for cover in order.covered_cycles.filter(pm_schedule=schedule):
                cover.is_open = True
                cover.save()


def _schedules(order) -> list[PmSchedule]:
    """The order's own schedule and those whose cycle it does, locked in the order of keys."""
    keys = {order.pm_schedule_id, *order.covered_cycles.filter(is_open=True).values_list("pm_schedule_id", flat=True)}
    rows = PmSchedule.objects.filter(tenant_id=order.tenant_id, pk__in=keys - {None})
    return list(rows.order_by("pk").locked())


def _cycle_of(order, schedule) -> int:
    if schedule.pk == order.pm_schedule_id:
        return order.cycle
    return order.covered_cycles.get(pm_schedule=schedule, is_open=True).cycle


def _end_covers(order) -> None:
    for cover in CoveredCycle.objects.filter(tenant_id=order.tenant_id, work_order=order, is_open=True):
        cover.is_open = False
        cover.save()


def _save(schedule) -> None:
    schedule.version += 1
    schedule.save()


def _as_text(at: Standing) -> dict:
    values = {name: getattr(at, name) for name in (*DATES, *METERS)}
    return {"cycle": at.cycle, "anchor_day": at.anchor_day} | {
        name: None if value is None else str(value) for name, value in values.items()
    }


def _from_text(values: dict) -> Standing:
    found: dict[str, Any] = {name: values[name] and date.fromisoformat(values[name]) for name in DATES}
    found |= {name: None if values[name] is None else Decimal(values[name]) for name in METERS}
    return Standing(cycle=values["cycle"], anchor_day=values["anchor_day"], **found)
