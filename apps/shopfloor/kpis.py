"""The floor's figures over shifts: availability, performance, quality, OEE, and what jobs did. Source: domain §6.

Closed shifts are read as they were added up; what runs, or was never closed, is added up from the log.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Avg, Count, DurationField, F, Q, Sum
from django.db.models.aggregates import Aggregate
from django.db.models.functions import TruncDate

from apps.core.models import Tenant
from apps.core.services import lines_of
from apps.shopfloor.models import (
    Call,
    CallStatus,
    ClosedShift,
    Event,
    Job,
    JobStatus,
    ShiftTime,
    ShiftUnits,
    Station,
    StationAssignment,
    StationStatus,
)
from apps.shopfloor.services.shifts import calendar
from apps.shopfloor.shift_facts import Facts, as_it_is, facts_of, moment
from apps.shopfloor.shift_times import DAY, runs_of_line

LONGEST = timedelta(days=366 * 2)  # that may be asked for at once


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The shifts that are asked about: those that start on a date from first to last, of lines, stations and names.

    within: moments [from, to) that shifts are cut at; None: whole shifts.
    """

    tenant: Tenant
    first: date
    last: date
    now: datetime
    line: str = ""
    station: Station | None = None
    shift: str = ""
    within: tuple[datetime, datetime] | None = None

    @cached_property
    def open_shifts(self) -> list[ClosedShift]:
        """Shifts that are not closed, as `live_shifts` finds them."""
        return live_shifts(self)

    @cached_property
    def live(self) -> Facts:
        """What the log tells of shifts that are not closed: read once, whatever is made of it."""
        return live_facts(self)

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """What belongs to no shift is asked by these, [from, to): the midnights of the plant around the dates."""
        first, after = self.first, self.last + DAY
        midnights = (datetime.combine(day, time(), self.tenant.zone) for day in (first, after))
        return self.within or tuple(midnights)

    def of_shifts(self, rows, path=""):
        """Of rows that are closed shifts, or name one by `path`, those in scope."""
        found = {"log_date__range": (self.first, self.last), "closed_at__isnull": False}
        if line := self.station.line if self.station else self.line:
            found["line"] = line
        if self.shift:
            found["shift"] = self.shift
        if self.within:
            found |= {"started_at__gte": self.within[0], "ended_at__lte": self.within[1]}
        return rows.filter(**{f"{path}{name}": value for name, value in found.items()})

    def of_facts(self, model):
        rows = self.of_shifts(model.objects.for_tenant(self.tenant), "shift__")
        return rows.filter(station=self.station) if self.station else rows


@dataclass(kw_only=True)
class Figures:
    """What shifts come to; ratios are None where there is no value: no data is not 0. Ideal: units × their cycle time."""

    planned: timedelta = timedelta()
    excluded: timedelta = timedelta()
    no_demand: timedelta = timedelta()  # of what is excluded: idle, as no job waited
    running: timedelta = timedelta()
    idle: timedelta = timedelta()
    blocked: timedelta = timedelta()
    unknown: timedelta = timedelta()
    stops: int = 0
    good: int = 0
    scrap: int = 0
    ideal: Decimal = Decimal(0)  # seconds, of good and scrap
    ideal_good: Decimal = Decimal(0)
    jobs: int = 0  # how often a job was on a station in a shift
    without_cycle: int = 0  # of those, without a cycle time

    def add_time(self, status: str, reason: str, is_excluded: bool, time: timedelta, stops: int) -> None:
        if is_excluded:
            self.excluded += time
            self.no_demand += timedelta() if reason else time
        else:
            self.planned += time
            self.stops += stops if status == StationStatus.BLOCKED else 0
            setattr(self, status, getattr(self, status) + time)

    def add_units(self, good: int, scrap: int, cycle: Decimal | None, jobs: int = 1) -> None:
        self.good, self.scrap, self.jobs = self.good + good, self.scrap + scrap, self.jobs + jobs
        if cycle is None:
            self.without_cycle += jobs
        else:
            self.ideal += (good + scrap) * cycle
            self.ideal_good += good * cycle

    def add(self, other: "Figures") -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def is_scheduled(self) -> bool:
        return self.planned > timedelta()

    @property
    def has_data(self) -> bool:
        return self.planned > self.unknown

    @property
    def has_cycles(self) -> bool:
        return self.jobs > 0 and not self.without_cycle

    @property
    def ideal_seconds(self) -> int | None:
        return round(self.ideal) if self.has_cycles else None

    @property
    def availability(self) -> float | None:
        return self.running / self.planned if self.has_data else None

    @property
    def performance(self) -> float | None:
        """May be above 1: then a cycle time is wrong, or the log is."""
        return float(self.ideal) / self.running.total_seconds() if self.running and self.has_cycles else None

    @property
    def is_too_fast(self) -> bool:
        return (self.performance or 0) > 1

    @property
    def quality(self) -> float | None:
        total = self.good + self.scrap
        return self.good / total if total else None

    @property
    def oee(self) -> float | None:
        return float(self.ideal_good) / self.planned.total_seconds() if self.has_data and self.has_cycles else None


# What rows are grouped by: the column, and what its values are called.
GROUPS: dict[str, tuple[str, Callable]] = {
    "station": ("station__code", str),
    "line": ("shift__line", str),
    "shift": ("shift__shift", str),
    "kind": ("shift__kind", str),
    "day": ("shift__log_date", date.isoformat),
    "week": ("shift__log_date", lambda day: "{}-W{:02}".format(*day.isocalendar())),
    "job": ("job__code", lambda code: code),
    "part": ("job__part_name", lambda name: name),
}


@dataclass(kw_only=True)
class Floor:
    """The figures of a scope by group, in order, and of all."""

    rows: dict[Hashable, Figures] = field(default_factory=dict)
    total: Figures = field(default_factory=Figures)


def floor_figures(scope: Scope, by: str) -> Floor:
    """The figures of a scope, by one of GROUPS. Totals are sums, never averages of ratios."""
    column, named = GROUPS[by]
    rows: dict = {}

    def row(key) -> Figures:
        return rows.setdefault(named(key), Figures())

    times = scope.of_facts(ShiftTime).values(column, "status", "is_excluded", is_unexplained=Q(reason="")).order_by()
    for told in times.annotate(time_sum=Sum("time"), stops_sum=Sum("stops")):
        reason = "" if told["is_unexplained"] else "some"
        row(told[column]).add_time(told["status"], reason, told["is_excluded"], told["time_sum"], told["stops_sum"])
    units = scope.of_facts(ShiftUnits).values(column, "cycle_seconds").order_by()
    for told in units.annotate(good_sum=Sum("good"), scrap_sum=Sum("scrap"), jobs=Count("pk")):
        row(told[column]).add_units(told["good_sum"], told["scrap_sum"], told["cycle_seconds"], told["jobs"])
    facts = scope.live
    for spent in facts.times:
        row(_value(spent, column)).add_time(spent.status, spent.reason, spent.is_excluded, spent.time, spent.stops)
    for made in facts.units:
        row(_value(made, column)).add_units(made.good, made.scrap, made.cycle_seconds)
    ordered = dict(sorted(rows.items(), key=lambda item: (item[0] is None, item[0])))
    found = Floor(rows=ordered)
    for figures in ordered.values():
        found.total.add(figures)
    return found


def stop_sums(scope: Scope) -> list[dict]:
    """Stops within planned time by status and reason: {status, reason, time, stops}, the longest first."""
    rows = scope.of_facts(ShiftTime).filter(status__in=STOPPED, is_excluded=False).values("status", "reason").order_by()
    found = {
        (told["status"], told["reason"]): (told["time_sum"], told["stops_sum"])
        for told in rows.annotate(time_sum=Sum("time"), stops_sum=Sum("stops"))
    }
    for fact in scope.live.times:
        if fact.status in STOPPED and not fact.is_excluded:
            time, stops = found.get((fact.status, fact.reason), (timedelta(), 0))
            found[fact.status, fact.reason] = (time + fact.time, stops + fact.stops)
    rows = [
        {"status": status, "reason": reason, "time": time, "stops": stops}
        for (status, reason), (time, stops) in found.items()
    ]
    return sorted(rows, key=lambda told: (-told["time"], told["status"], told["reason"]))


STOPPED = (StationStatus.BLOCKED, StationStatus.IDLE)


def _value(fact, column):
    for name in column.split("__"):
        fact = fact and getattr(fact, name)
    return fact


def live_facts(scope: Scope) -> Facts:
    """What happened in shifts that are not closed, with their stations and jobs; of the station that is asked for."""
    facts = facts_of(scope.tenant, scope.open_shifts, now=scope.now)
    if scope.station:
        own = scope.station.pk
        facts = Facts(
            [time for time in facts.times if time.station_id == own],
            [made for made in facts.units if made.station_id == own],
        )
    rows: list[ShiftTime | ShiftUnits] = [*facts.times, *facts.units]
    stations = Station.objects.for_tenant(scope.tenant).in_bulk({row.station_id for row in rows})
    jobs = Job.objects.for_tenant(scope.tenant).in_bulk({row.job_id for row in rows} - {None})
    for row in rows:
        row.station, row.job = stations[row.station_id], jobs.get(row.job_id)
    return facts


def live_shifts(scope: Scope) -> list[ClosedShift]:
    """Shifts in scope that have begun and are not closed, none of them stored; those that a moment cuts, cut.

    Of the time before the plant's first event nothing is known of any station: it has no shifts.
    """
    tenant = scope.tenant
    lines = [scope.station.line] if scope.station else [scope.line] if scope.line else lines_of(tenant)
    first, last = scope.first, min(scope.last, tenant.local(scope.now).date())
    if last < first:
        return []
    shifts, holidays = calendar(tenant, first)
    told = Event.objects.for_tenant(tenant).order_by("occurred_at", "seq").values_list("occurred_at", flat=True).first()
    stored = ClosedShift.objects.for_tenant(tenant).filter(log_date__range=(first, last), closed_at__isnull=False)
    closed = {(row.line, row.log_date, row.shift): row for row in stored}
    found = [
        as_it_is(tenant, line, run)
        for line in lines
        for run in runs_of_line(shifts, line, first, last, tenant.zone, holidays)
        if (told is None or run.end > told) and run.start < scope.now and (line, run.date, run.shift.name) not in closed
    ]
    if scope.within:  # what a moment cuts is read from the log, closed or not
        start, end = scope.within
        found += [
            row for row in closed.values() if row.line in lines and not start <= row.started_at < row.ended_at <= end
        ]
        found = [piece for row in found if (piece := cut(row, start, end))]
    return [row for row in found if not scope.shift or row.shift == scope.shift]


def cut(row: ClosedShift, start: datetime, end: datetime) -> ClosedShift | None:
    """What of a shift lies within [start, end), as one that is not stored; None where nothing does."""
    begins, ends = max(row.started_at, start), min(row.ended_at, end)
    if begins >= ends:
        return None
    worked = [(max(moment(a), begins), min(moment(b), ends)) for a, b in row.worked]
    names = ("tenant", "line", "log_date", "shift", "kind")
    return ClosedShift(
        **{name: getattr(row, name) for name in names}, started_at=begins, ended_at=ends,
        worked=[(a, b) for a, b in worked if a < b],
    )  # fmt: skip


class Percentile(Aggregate):
    """The value below which a share of all is, between two where it lies between them."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) within group (order by %(expressions)s)"
    output_field = DurationField()


@dataclass(kw_only=True)
class Orders:
    """What became of jobs: completed in the period, and of those with a due date how many in time."""

    completed: int = 0
    on_time: int = 0
    due: int = 0
    lead_time_mean_seconds: int | None = None
    lead_time_median_seconds: int | None = None
    lead_time_p90_seconds: int | None = None
    open_late: int = 0

    @property
    def on_time_ratio(self) -> float | None:
        return self.on_time / self.due if self.due else None


def job_figures(scope: Scope) -> Orders:
    """Jobs completed in the period, and open ones that are late by now; those that were at the station or line, or are meant for it."""
    tenant = scope.tenant
    jobs = Job.objects.for_tenant(tenant)
    if scope.station or scope.line:
        at = {"station": scope.station} if scope.station else {"station__line": scope.line}
        there = Q(pk__in=StationAssignment.objects.for_tenant(tenant).filter(**at).values("job"))
        jobs = jobs.filter(there if scope.station else there | Q(line_hint=scope.line))
    start, end = scope.moments
    zone = tenant.zone
    done = jobs.filter(status=JobStatus.COMPLETED, completed_at__gte=start, completed_at__lt=end)
    told = done.annotate(
        day=TruncDate("completed_at", tzinfo=zone), lead=F("completed_at") - F("created_at")
    ).aggregate(
        completed=Count("pk"),
        due=Count("due_date"),
        on_time=Count("pk", filter=Q(day__lte=F("due_date"))),
        lead_time_mean_seconds=Avg("lead"),
        lead_time_median_seconds=Percentile("lead", share=0.5),
        lead_time_p90_seconds=Percentile("lead", share=0.9),
    )
    told |= {name: round(value.total_seconds()) for name, value in told.items() if isinstance(value, timedelta)}
    late = jobs.open().filter(due_date__lt=tenant.local(scope.now).date()).count()
    return Orders(**told, open_late=late)


@dataclass(kw_only=True)
class CallFigures:
    """Calls of one kind that were opened in the period, and how long people waited until somebody came, and until it was
    put right: of those that were acknowledged, and resolved."""

    kind: str
    number: int
    acknowledged: int
    until_acknowledged: timedelta | None
    resolved: int
    until_resolved: timedelta | None
    escalated: int


def call_figures(scope: Scope) -> list[CallFigures]:
    """By kind, the most frequent first. A call that was resolved without "I come" counts as resolved alone."""
    start, end = scope.moments
    calls = Call.objects.for_tenant(scope.tenant).filter(opened_at__gte=start, opened_at__lt=end)
    if scope.station:
        calls = calls.filter(station=scope.station)
    elif scope.line:
        calls = calls.filter(station__line=scope.line)
    is_resolved = Q(status=CallStatus.RESOLVED)
    told = calls.values("kind").annotate(
        number=Count("pk"),
        acknowledged=Count("acknowledged_at"),
        until_acknowledged=Avg(F("acknowledged_at") - F("opened_at"), output_field=DurationField()),
        resolved=Count("pk", filter=is_resolved),
        until_resolved=Avg(F("ended_at") - F("opened_at"), filter=is_resolved, output_field=DurationField()),
        escalated=Count("pk", filter=Q(level__gt=0)),
    )
    return [CallFigures(**row) for row in told.order_by("-number", "kind")]
