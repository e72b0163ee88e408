"""What happened in shifts: each station's time by job, status and reason, and what it made, in few queries for many."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from apps.shopfloor.demand import demand_of_lines, without
from apps.shopfloor.models import (
    ClosedShift,
    CountsAs,
    Event,
    EventType,
    ShiftTime,
    ShiftUnits,
    Station,
    StationAssignment,
    StationStatus,
    StopReason,
)
from apps.shopfloor.shift_times import Run
from apps.shopfloor.time_sums import Span, time_in_status


class Facts(NamedTuple):
    """times: of each station, job, status and reason. units: of each station and job. Rows that are not stored."""

    times: list[ShiftTime]
    units: list[ShiftUnits]


class _Key(NamedTuple):
    """What time is added up by: a shift by its place, and whether idle there would be for want of jobs."""

    shift: int
    station: UUID
    job: UUID | None
    is_without_demand: bool


class _Work(NamedTuple):
    job: UUID
    cycle: object
    start: datetime
    end: datetime


def facts_of(tenant, shifts: Collection[ClosedShift], *, now: datetime) -> Facts:
    """What happened in shifts of one tenant, stored or not, up to now. Their breaks count for units, not for time."""
    shifts = [shift for shift in shifts if shift.started_at < now]
    if not shifts:
        return Facts([], [])
    start, end = min(shift.started_at for shift in shifts), min(max(shift.ended_at for shift in shifts), now)
    lines = {shift.line for shift in shifts}
    stations = defaultdict(list)
    for pk, line in Station.objects.for_tenant(tenant).filter(line__in=lines).values_list("pk", "line"):
        stations[line].append(pk)
    work = _work_of([pk for pks in stations.values() for pk in pks], tenant, start, end)
    demand = demand_of_lines(tenant, lines, start, end)
    spans = [
        span
        for number, shift in enumerate(shifts)
        for station in stations[shift.line]
        for begins, ends in worked_of(shift, now)
        for span in _spans(number, station, begins, ends, work[station], demand[shift.line])
    ]
    return Facts(_times(tenant, shifts, spans), _units(tenant, shifts, stations, work, start, end))


def as_it_is(tenant, line: str, run: Run) -> ClosedShift:
    """A line's shift of a date as the week has it now; not stored."""
    return ClosedShift(
        tenant=tenant,
        line=line,
        log_date=run.date,
        shift=run.shift.name,
        kind=run.shift.kind,
        started_at=run.start,
        ended_at=run.end,
        worked=[[start.isoformat(), end.isoformat()] for start, end in run.worked],
    )


def worked_of(shift: ClosedShift, now: datetime) -> list[tuple[datetime, datetime]]:
    """The shift less its breaks, up to now, [from, to) each."""
    moments = [(moment(start), min(moment(end), now)) for start, end in shift.worked]
    return [(start, end) for start, end in moments if start < end]


def moment(told) -> datetime:
    return told if isinstance(told, datetime) else parse_datetime(told)


def _work_of(stations, tenant, start, end) -> dict[UUID, list[_Work]]:
    """By station, what it was on within [start, end), one after the other."""
    rows = (
        StationAssignment.objects.for_tenant(tenant)
        .filter(Q(ended_at=None) | Q(ended_at__gt=start), station__in=stations, started_at__lt=end)
        .order_by("station_id", "started_at", "pk")
        .values_list("station_id", "job_id", "job__cycle_seconds", "started_at", "ended_at")
    )
    found: dict = defaultdict(list)
    for station, job, cycle, started_at, ended_at in rows:
        before = found[station][-1].end if found[station] else start
        begun, ended = max(started_at, before), min(ended_at or end, end)  # loaded ones may lie across each other
        if begun < ended:
            found[station].append(_Work(job, cycle, begun, ended))
    return found


def _spans(shift, station, start, end, work, demand) -> list[Span[_Key]]:
    """A stretch of a shift, by the job that the station was on; without any, by whether one waited."""
    on_jobs = [
        Span(_Key(shift, station, part.job, False), station, max(part.start, start), min(part.end, end))
        for part in work
        if part.start < end and start < part.end
    ]
    free = without([(start, end)], [(span.start, span.end) for span in on_jobs])
    idle = without(free, demand)
    wanted = without(free, idle)
    return [
        *on_jobs,
        *(Span(_Key(shift, station, None, True), station, *stretch) for stretch in idle),
        *(Span(_Key(shift, station, None, False), station, *stretch) for stretch in wanted),
    ]


def _times(tenant, shifts, spans) -> list[ShiftTime]:
    reasons = StopReason.objects.for_tenant(tenant).filter(counts_as=CountsAs.EXCLUDED)
    excluded = set(reasons.values_list("code", flat=True))
    return [
        ShiftTime(
            tenant=tenant, shift=shifts[key.shift], station_id=key.station, job_id=key.job, status=told.status,
            reason=told.reason, time=told.time, stops=told.begun,
            is_excluded=told.reason in excluded or (key.is_without_demand and told.status == StationStatus.IDLE),
        )
        for key, sums in time_in_status(tenant, spans).items()
        for told in sums
    ]  # fmt: skip


def _units(tenant, shifts, stations, work, start, end) -> list[ShiftUnits]:
    """Units that were reported, or booked with a completion, in the shift; none of a job that was on, too."""
    at = {pk: line for line, pks in stations.items() for pk in pks}
    made = defaultdict(lambda: [0, 0])
    cycles = {}
    runs = {line: sorted((s.started_at, n) for n, s in enumerate(shifts) if s.line == line) for line in stations}
    for station, parts in work.items():
        for part in parts:
            for _begun, number in runs[at[station]]:
                if part.start < shifts[number].ended_at and shifts[number].started_at < part.end:
                    made[number, station, part.job]  # nothing made is a figure, too
                    cycles[part.job] = part.cycle
    events = Event.objects.for_tenant(tenant).filter(
        station__in=list(at),
        job__isnull=False,
        event_type__in=[EventType.QUANTITY_REPORTED, EventType.JOB_COMPLETED],
        occurred_at__gte=start,
        occurred_at__lt=end,
    )
    rows = events.standing().values_list("station_id", "job_id", "job__cycle_seconds", "occurred_at", "payload")
    for station, job, cycle, moment, payload in rows:
        line = runs[at[station]]
        place = bisect_right(line, (moment, len(shifts))) - 1
        if place < 0 or moment >= shifts[line[place][1]].ended_at:
            continue  # outside of these shifts
        cycles[job] = cycle
        of_job = made[line[place][1], station, job]
        for index, told in enumerate((payload.get("good", payload.get("qty_booked")), payload.get("scrap"))):
            if isinstance(told, int):  # what came from elsewhere may be anything
                of_job[index] += told
    return [
        ShiftUnits(
            tenant=tenant, shift=shifts[number], station_id=station, job_id=job, good=max(good, 0), scrap=max(scrap, 0),
            cycle_seconds=cycles[job],
        )
        for (number, station, job), (good, scrap) in made.items()
    ]  # fmt: skip
