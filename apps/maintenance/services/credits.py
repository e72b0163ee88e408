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
    covers = _covers(order)
    on = order.tenant.local(order.performed_at).date()
    for schedule, cycle in _schedules(order, covers):
        if schedule.cycle != cycle:
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
    _end(covers)


def skip_cycles(order) -> None:
    """The order was not done: its own cycle is skipped; what it covered comes back with its own due date."""
    covers = _covers(order)
    for schedule, cycle in _schedules(order, covers):
        if schedule.cycle != cycle:
            continue
        if schedule.pk == order.pm_schedule_id:
            schedule.standing = skip(schedule.plain, schedule.standing)
        else:
            schedule.cycle += 1  # the same occurrence: but the order that was closed for this one keeps its number
        _save(schedule)
    _end(covers)


def withdraw_credits(order) -> None:
    """The order is open again: where its schedules stood before comes back.

    Raises BrokenRule where a schedule has gone on since: its next order has been made.
    """
    for row in order.credits.filter(withdrawn_at=None).order_by("pm_schedule_id"):
        schedule = PmSchedule.objects.locked().get(pk=row.pm_schedule_id)
        if gone_on := _gone_on(schedule, row.cycle):
            raise gone_on
        schedule.standing = _from_text(row.before)
        _save(schedule)
        row.withdrawn_at = timezone.now()
        row.save()
        if schedule.pk != order.pm_schedule_id:
            for cover in order.covered_cycles.filter(pm_schedule=schedule, cycle=row.cycle):
                cover.is_open = True
                cover.save()


def take_back_skips(order) -> None:
    """The order that was not done is open again: its own cycle is due when it was, and it covers what it covered.

    What has gone on without it since is left alone. Raises BrokenRule where that is the order's own schedule.
    """
    covers = {cover.pm_schedule_id: cover for cover in order.covered_cycles.order_by("cycle")}
    for schedule, cycle in _schedules(order, covers.values()):
        gone_on, is_own = _gone_on(schedule, cycle), schedule.pk == order.pm_schedule_id
        if gone_on and is_own:
            raise gone_on
        if gone_on:
            continue
        if is_own:
            schedule.standing = skip(schedule.plain, schedule.standing, times=-1)
        else:
            schedule.cycle = cycle
            covers[schedule.pk].is_open = True
            covers[schedule.pk].save()
        _save(schedule)


def _gone_on(schedule, cycle) -> BrokenRule | None:
    """Why a cycle cannot be opened again: a later one has an order, or is done with that of a longer schedule."""
    cover = schedule.covered_cycles.filter(cycle__gt=cycle).select_related("work_order").first()
    later = schedule.orders.filter(cycle__gt=cycle).first() or (cover and cover.work_order)
    if schedule.cycle == cycle + 1 and not later:
        return None
    words = {"schedule": schedule, "order": later or _("another cycle")}
    return BrokenRule(_("%(schedule)s has gone on since (%(order)s); the order stays closed.") % words, code="gone_on")


def _covers(order) -> list[CoveredCycle]:
    """The cycles of shorter schedules that a preventive order does; only such an order has any."""
    if order.pm_schedule_id is None:
        return []
    return list(CoveredCycle.objects.filter(tenant_id=order.tenant_id, work_order=order, is_open=True))


def _schedules(order, covers) -> list[tuple[PmSchedule, int]]:
    """The order's own schedule and those whose cycle it does, each with that cycle; locked in the order of keys."""
    if order.pm_schedule_id is None:
        return []
    cycles = {cover.pm_schedule_id: cover.cycle for cover in covers}
    if order.cycle:  # what was loaded from elsewhere may say none
        cycles[order.pm_schedule_id] = order.cycle
    rows = PmSchedule.objects.filter(tenant_id=order.tenant_id, pk__in=cycles)
    return [(schedule, cycles[schedule.pk]) for schedule in rows.order_by("pk").locked()]


def _end(covers) -> None:
    for cover in covers:
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
