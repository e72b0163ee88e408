"""Schedules: made and changed; what their orders come to moves where they stand."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, Conflict
from apps.inventory.models import Part
from apps.maintenance.due import Standing, begin, done, skip
from apps.maintenance.models import PmSchedule
from apps.maintenance.planning import circle, is_longer
from apps.maintenance.readings import lifetime_of
from apps.registry.models import Asset
from apps.registry.services import check_in_service

INTERVALS = ("interval_days", "interval_months", "interval_meter", "meter", "anchor")
STARTS = ("first_due_date", "first_due_meter", "last_performed_date", "last_performed_meter")


@transaction.atomic
def save_schedule(schedule, *, by, seen=None):
    """Store a new or changed schedule, and compute anew when it is due where what that depends on has changed.

    seen: the version that the person saw. A cycle whose order is open keeps it: the order stands as it was made. Returns
    the PmSchedule. Raises Conflict; BrokenRule for a retired asset, and for one that cannot be done with another.
    """
    asset = Asset.objects.locked().get(pk=schedule.asset_id)  # the lock of all its schedules and their orders
    check_in_service(asset)
    former = None
    if not schedule._state.adding:
        former = PmSchedule.objects.locked().get(pk=schedule.pk)
        if seen not in (None, former.version):
            raise Conflict(_("%s has changed meanwhile; nothing was done. Look at it again.") % former, current=former)
        if former.asset_id != schedule.asset_id:
            raise BrokenRule(_("A schedule stays with its asset; make another one for %s.") % asset)
        schedule.version = former.version + 1
    schedule.full_clean(exclude=["asset", "tenant", "suppressed_by_schedule"], validate_constraints=False)
    _check_suppression(schedule)
    _check_parts(schedule)
    if former is None or any(getattr(former, name) != getattr(schedule, name) for name in (*INTERVALS, *STARTS)):
        lifetime = lifetime_of(asset, schedule.meter)
        set_standing(schedule, asset.tenant, lifetime=lifetime, cycle=former.cycle if former else 1)
        if former and _keeps_its_grid(former, schedule):
            schedule.standing = _on_its_grid(former, schedule)
    schedule.save()
    return schedule


def set_standing(schedule, tenant, *, lifetime, cycle) -> None:
    """When it is due: a floating one counts from when it was done last; else from its first due date, or its creation.

    lifetime: what its meter has come to; None where it was never read.
    """
    plain, last = schedule.plain, schedule.last_performed_date
    if last and not plain.is_fixed:
        at = done(plain, schedule.standing, on=last, meter=schedule.last_performed_meter)
    else:
        at = begin(
            plain,
            created_on=last or tenant.local(schedule.created_at).date(),
            meter=schedule.last_performed_meter if last else lifetime,
            first_due_date=schedule.first_due_date,
            first_due_meter=schedule.first_due_meter,
        )
    schedule.cycle = cycle
    schedule.next_due_date, schedule.next_due_meter, schedule.anchor_day = at.due_date, at.due_meter, at.anchor_day


def _keeps_its_grid(former, schedule) -> bool:
    """Whether only the length of a fixed schedule's intervals has changed."""
    legs = [(row.plain.has_dates, row.interval_meter is None) for row in (former, schedule)]
    others = all(getattr(former, name) == getattr(schedule, name) for name in ("meter", "anchor", *STARTS))
    return schedule.plain.is_fixed and legs[0] == legs[1] and others


def _on_its_grid(former, schedule) -> Standing:
    """An open order keeps what it is due at; else it is due a new interval after what was due last, if anything was."""
    if former.orders.open().exists():
        return former.standing
    if former.cycle == 1:
        return schedule.standing
    before, last = skip(former.plain, former.standing, times=-1), schedule.last_performed_date
    if former.interval_days:
        before = replace(before, anchor_day=before.due_date.day)
    if last is None:
        return skip(schedule.plain, before)
    return done(schedule.plain, before, on=last, meter=schedule.last_performed_meter)


def _check_parts(schedule) -> None:
    asked = {part["sku"] for part in schedule.parts}
    known = Part.objects.for_tenant(schedule.tenant_id).filter(sku__in=asked, is_active=True)
    if gone := sorted(asked - set(known.values_list("sku", flat=True))) if asked else ():
        raise BrokenRule(_("No part in use has the SKU %s.") % ", ".join(gone), code="parts")


def _check_suppression(schedule) -> None:
    others = PmSchedule.objects.for_tenant(schedule.tenant_id).filter(asset_id=schedule.asset_id)
    others = {other.pk: other for other in others.exclude(pk=schedule.pk)}
    if schedule.suppressed_by_schedule_id is not None:
        _check_above(schedule, {key: other.plain for key, other in others.items()})
    for other in others.values():
        if other.suppressed_by_schedule_id == schedule.pk and not is_longer(schedule.plain, other.plain):
            raise BrokenRule(
                _("%s is done with it: its interval must stay longer than that one in one way and shorter in none.")
                % other,
                code="suppression",
            )


def _check_above(schedule, plain) -> None:
    above = plain.get(schedule.suppressed_by_schedule_id)
    if above is None:
        raise BrokenRule(_("A schedule is done with another one of the same asset."), code="suppression")
    if not is_longer(above, schedule.plain):
        raise BrokenRule(
            _("%s is not longer: its interval must be longer in one way and shorter in none.")
            % schedule.suppressed_by_schedule,
            code="suppression",
        )
    if circle(schedule.plain, plain | {schedule.pk: schedule.plain}):
        raise BrokenRule(_("That would be a circle: each would wait for the other."), code="suppression")


def today_of(tenant):
    """The tenant's date."""
    return tenant.local(timezone.now()).date()
