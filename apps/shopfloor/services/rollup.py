"""Shifts that are over: forgotten stations become idle, and what each station made is added up into performance logs."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.core.errors import BrokenRule
from apps.core.services import lines_of
from apps.shopfloor.events import LATE_ENTRY, tell_board
from apps.shopfloor.models import (
    TIME_EVENTS,
    ClosedShift,
    Event,
    EventType,
    PerformanceLog,
    ShiftTime,
    ShiftUnits,
    Source,
    Station,
    StationStatus,
)
from apps.shopfloor.services.shifts import calendar
from apps.shopfloor.services.state import BUILT_ON, change_status, no_shift_reason
from apps.shopfloor.shift_facts import Facts, as_it_is, facts_of
from apps.shopfloor.shift_times import runs_of_line

LOOK_BACK = LATE_ENTRY + timedelta(days=1)  # so far back the log of a closed shift may still change
SIGN_OF_LIFE = timedelta(minutes=30)
FORGOTTEN = timedelta(days=1)  # a shift that ended earlier tells nothing of what a station does now
IN_FLIGHT = timedelta(minutes=1)  # events that others may still be writing: looked at again the next time
REASON = "roll-up"
# What the figures of a shift come from. A correction may tell of any shift, whenever it was written.
COUNTED = {
    *TIME_EVENTS,
    EventType.QUANTITY_REPORTED,
    EventType.JOB_COMPLETED,
    EventType.JOB_STARTED,
    EventType.JOB_REASSIGNED,
    EventType.JOB_PAUSED,
    EventType.JOB_CANCELLED,
}
TIME_COLUMNS = ["station_id", "job_id", "status", "reason", "is_excluded", "time", "stops"]
UNITS_COLUMNS = ["station_id", "job_id", "good", "scrap", "cycle_seconds"]
OF_ANY_SHIFT = {EventType.REVERTED, EventType.STATUS_CORRECTED, EventType.STOP_RECLASSIFIED}


def shifts_to_close(tenant, *, now) -> list[ClosedShift]:
    """The shifts of each line that ended in the last days and were not closed, the oldest first; none is stored yet.

    What lies across a closed one is left out: the week's shifts have changed since, and its time is added up already.
    """
    today = tenant.local(now).date()
    first = today - LOOK_BACK - timedelta(days=1)
    shifts, holidays = calendar(tenant, first)
    closed = list(
        ClosedShift.objects.for_tenant(tenant).filter(closed_at__isnull=False, ended_at__gt=now - 2 * LOOK_BACK)
    )
    found = []
    for line in lines_of(tenant):
        for run in runs_of_line(shifts, line, first, today, tenant.zone, holidays):
            is_added_up = any(c.line == line and c.started_at < run.end and run.start < c.ended_at for c in closed)
            if now - LOOK_BACK < run.end <= now and not is_added_up:
                found.append(as_it_is(tenant, line, run))
    return sorted(found, key=lambda shift: (shift.ended_at, shift.line))


@transaction.atomic
def close_shift(shift: ClosedShift, *, now) -> bool:
    """End a line's shift that is over: forgotten stations become idle, and its figures are added up. Exactly once.

    shift: one of `shifts_to_close`. Returns False where another has closed it meanwhile. Source: domain §6.
    """
    ClosedShift.objects.bulk_create([shift], ignore_conflicts=True)
    shift = _locked(shift)
    if shift.closed_at:
        return False
    if now - shift.ended_at < FORGOTTEN and not _is_followed(shift):
        _stop_forgotten_stations(shift)
    shift.read_to = _read_to(shift.tenant, now)
    add_up(shift, until=shift.ended_at)
    shift.closed_at = now
    shift.save()
    return True


def _locked(shift: ClosedShift) -> ClosedShift:
    """A line's shift of a date as it is stored."""
    same = {"line": shift.line, "log_date": shift.log_date, "shift": shift.shift}
    return ClosedShift.objects.for_tenant(shift.tenant).locked().select_related("tenant").get(**same)


def _is_followed(shift: ClosedShift) -> bool:
    """Whether the line works on when the shift ends."""
    today = shift.tenant.local(shift.ended_at).date()
    first = today - timedelta(days=1)
    shifts, holidays = calendar(shift.tenant, first)
    runs = runs_of_line(shifts, shift.line, first, today, shift.tenant.zone, holidays)
    return any(run.start <= shift.ended_at < run.end for run in runs)


def _stop_forgotten_stations(shift: ClosedShift) -> None:
    """Stations that still run, though nobody gave a sign of life at the shift's end, have stood since then."""
    end, tenant = shift.ended_at, shift.tenant
    running = Station.objects.for_tenant(tenant).filter(
        line=shift.line, is_active=True, status=StationStatus.RUNNING, status_since__lte=end
    )
    stations = list(running.select_related("tenant", "stop_reason").locked().order_by("pk"))
    acts = Event.objects.for_tenant(tenant).filter(station__in=stations, occurred_at__gt=end - SIGN_OF_LIFE)
    acts = acts.filter(Q(event_type=EventType.QUANTITY_REPORTED) | Q(event_type__in=BUILT_ON, occurred_at__gt=end))
    alive = set(acts.order_by().values_list("station_id", flat=True))
    forgotten = [station for station in stations if station.pk not in alive]
    for station in forgotten:
        change_status(
            station,
            StationStatus.IDLE,
            by=None,
            at=end,
            reason=no_shift_reason(tenant.pk),
            note=_("%s ended, and nobody reported for half an hour.") % shift.shift,
        )
        station.save()
    if forgotten:
        tell_board(*forgotten, tenant=tenant)


def _read_to(tenant, now) -> int:
    """The number up to which events are sure to be seen: what is written just now may be committed in another order."""
    written = Event.objects.for_tenant(tenant).filter(created_at__lt=now - IN_FLIGHT)
    return written.aggregate(newest=Max("seq"))["newest"] or 0


@transaction.atomic
def revise_closed_shifts(tenant, *, now) -> int:
    """Add up again the closed shifts whose log was changed since: late entries, corrections, undos.

    Logs whose figures change are marked as revised, and so is their shift. Returns how many shifts were revised.
    """
    recent = ClosedShift.objects.for_tenant(tenant).filter(closed_at__isnull=False, ended_at__gt=now - LOOK_BACK)
    closed = list(recent.select_related("tenant").locked().order_by("pk"))
    if not closed:
        return 0
    read_to = _read_to(tenant, now)
    events = (
        Event.objects.for_tenant(tenant)
        .filter(seq__gt=min(shift.read_to for shift in closed), event_type__in=COUNTED, station__isnull=False)
        .values_list("seq", "station__line", "event_type", "occurred_at")
    )
    touched = {
        shift
        for seq, line, event_type, occurred_at in events
        for shift in closed
        if line == shift.line
        and seq > shift.read_to
        and (event_type in OF_ANY_SHIFT or shift.started_at <= occurred_at < shift.ended_at)
    }
    revised = [shift for shift in sorted(touched, key=lambda shift: shift.pk) if add_up(shift, until=shift.ended_at)]
    recent.filter(pk__in=[shift.pk for shift in revised]).update(is_revised=True)
    recent.filter(read_to__lt=read_to).update(read_to=read_to)
    return len(revised)


@transaction.atomic
def roll_up(tenant, day, shift, *, by, now=None) -> list[PerformanceLog]:
    """Add up a shift of a date on every line that works it: one that is over for good, one that runs up to now.

    shift: its name. Returns its logs. Raises BrokenRule where there is no such shift, or it has not begun.
    """
    now = now or timezone.now()
    closed = {row.line: row for row in ClosedShift.objects.for_tenant(tenant).filter(log_date=day, shift=shift)}
    shifts, holidays = calendar(tenant, day)
    there = {
        line: as_it_is(tenant, line, run)
        for line in lines_of(tenant)
        for run in runs_of_line(shifts, line, day, day, tenant.zone, holidays)
        if run.shift.name == shift
    } | closed
    if not there:
        raise BrokenRule(_("There is no shift “%(shift)s” on %(date)s.") % {"shift": shift, "date": day.isoformat()})
    if all(row.started_at > now for row in there.values()):
        raise BrokenRule(_("“%s” has not begun then; there is nothing to add up.") % shift)
    for _line, row in sorted(there.items()):  # locked in one order
        row.tenant = tenant
        if row.ended_at > now:
            add_up(row, until=now)
        elif not close_shift(row, now=now) and add_up(row := _locked(row), until=row.ended_at):
            row.is_revised = True
            row.save()
    logs = PerformanceLog.objects.for_tenant(tenant).filter(log_date=day, shift=shift)
    return list(logs.select_related("station", "job").order_by("station__code", "job__code", "pk"))


def add_up(shift: ClosedShift, *, until: datetime) -> bool:
    """Write the logs of a line's shift, and if it is closed what its figures come from; again gives the same.

    Rows that people entered stay. Returns whether anything changed.
    """
    tenant = shift.tenant
    stations = list(Station.objects.for_tenant(tenant).filter(line=shift.line))
    facts = facts_of(tenant, [shift], now=until)
    figures = _figures(facts)
    differs = not shift._state.adding and _keep(shift, facts)
    logs = PerformanceLog.objects.for_tenant(tenant).filter(
        station__in=stations, log_date=shift.log_date, shift=shift.shift
    )
    there = {(log.station_id, log.job_id): log for log in logs.locked().order_by("pk")}
    new, changed = [], []
    for (station, job), (units, target) in figures.items():
        log = there.pop((station, job), None)
        if log is None:
            key = {"station_id": station, "job_id": job, "log_date": shift.log_date, "shift": shift.shift}
            log = PerformanceLog(tenant=tenant, source=Source.ROLLED_UP, **key)
            new.append(log)
        elif log.source == Source.MANUAL or (log.units_completed, log.target_units) == (units, target):
            continue
        else:
            changed.append(log)
        log.units_completed, log.target_units = units, target
        log.is_revised = shift.closed_at is not None
    gone = [log for log in there.values() if log.source == Source.ROLLED_UP]
    bulk_create_with_history(new, PerformanceLog, batch_size=500, default_change_reason=REASON)
    bulk_update_with_history(
        changed, PerformanceLog, ["units_completed", "target_units", "is_revised"], default_change_reason=REASON
    )
    for log in gone:  # what it told of was undone
        log._change_reason = REASON
        log.delete()
    return bool(new or changed or gone or differs)


def _figures(facts: Facts) -> dict:
    """{(station, job): (good units, target or None)} of a shift, by keys.

    Without a target that was entered it is the planned time on the job ÷ its cycle time. Source: domain §6.
    """
    planned: dict = defaultdict(timedelta)
    for time in facts.times:
        if time.job_id and not time.is_excluded:
            planned[time.station_id, time.job_id] += time.time
    found = {}
    for units in facts.units:
        key, cycle = (units.station_id, units.job_id), units.cycle_seconds
        target = round(planned[key].total_seconds() / float(cycle)) if cycle and key in planned else None
        if units.good or target:
            found[key] = (units.good, target)
    return found


def _keep(shift, facts) -> bool:
    """Store what a closed shift's figures are added up from, instead of what was; returns whether it differs."""
    differs = False
    for model, rows, names in ((ShiftTime, facts.times, TIME_COLUMNS), (ShiftUnits, facts.units, UNITS_COLUMNS)):
        stored = model.objects.for_tenant(shift.tenant).filter(shift=shift)
        new = {tuple(getattr(row, name) for name in names) for row in rows}
        if set(stored.values_list(*names)) != new:
            stored.delete()
            model.objects.bulk_create(rows, batch_size=1000)
            differs = True
    return differs


@transaction.atomic
def save_performance_log(log, *, by):
    """Store what a person entered of a shift: from then on no roll-up overwrites it. Returns it."""
    log.source, log.is_revised = Source.MANUAL, False
    log.save()
    return log
