"""A day hour by hour: what was made against what could have been, and what kept from it; and when stations stood."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery

from apps.shopfloor.events import LATE_ENTRY
from apps.shopfloor.kpis import STOPPED, Scope, cut
from apps.shopfloor.models import TIME_EVENTS, ClosedShift, Event, EventType, Station
from apps.shopfloor.shift_facts import facts_of
from apps.shopfloor.timeline import Interval, intervals

HOUR = timedelta(hours=1)


@dataclass
class Hour:
    """An hour of a day that has shifts in it. target: its planned time on jobs ÷ their cycle time; None without any."""

    start: datetime
    good: int = 0
    scrap: int = 0
    target: float | None = None
    stops: dict[tuple[str, str], timedelta] = field(default_factory=lambda: defaultdict(timedelta))

    @property
    def end(self) -> datetime:
        return self.start + HOUR

    @property
    def missed(self) -> int:
        """Units below the target."""
        return max(round(self.target) - self.good, 0) if self.target is not None else 0

    @property
    def worst(self) -> list[tuple[str, str, timedelta]]:
        """The two stops, by status and reason, that took most of it."""
        longest = sorted(self.stops.items(), key=lambda stop: -stop[1])[:2]
        return [(status, reason, time) for (status, reason), time in longest]


def shifts_of(scope: Scope) -> list[ClosedShift]:
    """The shifts in scope that have begun, closed or not, by their start."""
    closed = scope.of_shifts(ClosedShift.objects.for_tenant(scope.tenant))
    return sorted([*closed, *scope.open_shifts], key=lambda shift: (shift.started_at, shift.line))


def hours_of(scope: Scope, shifts: Iterable[ClosedShift]) -> list[Hour]:
    """The hours, by the plant's clock, of the shifts of a scope up to now."""
    pieces = [
        piece
        for shift in shifts
        for start in _hours(shift.started_at, min(shift.ended_at, scope.now), scope.tenant)
        if (piece := cut(shift, start, start + HOUR))
    ]
    hours: dict[datetime, Hour] = {}

    def hour(piece) -> Hour:
        start = _hour_of(piece.started_at, scope.tenant)
        return hours.setdefault(start, Hour(start))

    for piece in pieces:
        hour(piece)
    facts = facts_of(scope.tenant, pieces, now=scope.now)
    cycles = {}
    for made in facts.units:
        cycles[made.job_id] = made.cycle_seconds
        if scope.station is None or made.station_id == scope.station.pk:
            hour(made.shift).good += made.good
            hour(made.shift).scrap += made.scrap
    for time in facts.times:
        if time.is_excluded or (scope.station and time.station_id != scope.station.pk):
            continue
        found = hour(time.shift)
        if cycle := cycles.get(time.job_id):
            found.target = (found.target or 0) + time.time.total_seconds() / float(cycle)
        if time.status in STOPPED:
            found.stops[time.status, time.reason] += time.time
    return [hours[start] for start in sorted(hours)]


def _hour_of(moment: datetime, tenant) -> datetime:
    """The full hour before a moment, by the plant's clock."""
    local = tenant.local(moment)
    return moment - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def _hours(start: datetime, end: datetime, tenant) -> Iterable[datetime]:
    moment = _hour_of(start, tenant)
    while moment < end:
        yield moment
        moment += HOUR


def bands(tenant, stations, start: datetime, end: datetime) -> dict:
    """By key, each station's intervals within [start, end); one query, whatever their number."""
    before = Event.objects.for_tenant(tenant).filter(
        station=OuterRef("pk"), event_type=EventType.STATUS_CHANGE, occurred_at__lt=start
    )
    newest = before.standing().order_by("-occurred_at", "-seq").values("pk")[:1]
    last = Station.objects.for_tenant(tenant).filter(pk__in=stations).annotate(last=Subquery(newest)).values("last")
    # what a person corrects is at most so long ago
    told = Q(occurred_at__gte=start, occurred_at__lt=end + LATE_ENTRY, event_type__in=TIME_EVENTS)
    log = Event.objects.for_tenant(tenant).filter(told | Q(pk__in=last), station__in=stations).standing()
    of_station = defaultdict(list)
    for event in log:
        of_station[event.station_id].append(event)
    return {key: intervals(of_station[key], start, end) for key in stations}


def parts_of(found: list[Interval], start: datetime, end: datetime, width: int) -> list[tuple[Interval, float, float]]:
    """(interval, x, width) in a band so wide."""
    scale = width / (end - start).total_seconds()
    return [
        (part, round((part.start - start).total_seconds() * scale, 2), round(max(part.seconds * scale, 0.5), 2))
        for part in found
    ]
