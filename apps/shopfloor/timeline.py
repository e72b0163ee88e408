"""Time in status: from a station's events to half-open intervals [start, end), as a pure function.

Equal instants count in the order of writing, the later wins; a repeat starts nothing; undone events are dropped;
corrected periods are laid over the log in the order they were written; before the first event a station is unknown.
apps.shopfloor.time_sums says the same of many stations at once, in SQL: what is changed here is changed there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.shopfloor.models import TIME_EVENTS, Event, EventType, StationStatus

UNKNOWN = "unknown"
# A moment as a correction's payload has it, always with its offset; PostgreSQL reads what matches this as Python does.
MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
    r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$"
)
STATUSES = tuple(StationStatus.values)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Interval:
    """A stretch of one status with one reason (a stop reason's code, or "")."""

    status: str
    reason: str
    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()

    @property
    def word(self):
        """The status as people call it."""
        return StationStatus(self.status).label if self.status != UNKNOWN else _("not known")


def intervals(events: Iterable, start: datetime, end: datetime) -> list[Interval]:
    """The station's statuses within [start, end), without gaps: their lengths add up to the window's.

    events: the station's events of TIME_EVENTS, in any order, with event_type, payload, occurred_at, seq and id; those
    before the window tell what it began with. Source: domain §6, "time in status".
    """
    events = sorted(filter(_counts, events), key=lambda event: (event.occurred_at, event.seq))
    undone = {e.payload.get("event") for e in events if e.event_type == EventType.REVERTED}
    events = [e for e in events if str(e.pk) not in undone]

    found, stops = _from_changes(events, end)
    for event in sorted(events, key=lambda event: event.seq):
        if event.event_type == EventType.STATUS_CORRECTED:
            found = _lay_over(found, event.payload)
        elif event.event_type == EventType.STOP_RECLASSIFIED:
            stop = stops.get(event.payload["event"])
            if stop and stop.start <= event.occurred_at:
                found = _rename(found, stop, event.payload.get("reason") or "")
    return _clip(_merge(found), start, end)


def _counts(event) -> bool:
    """The payload is as LeanOps writes it; others, from elsewhere, are kept and shown, but do not count for time."""
    payload = event.payload
    if event.event_type == EventType.REVERTED:
        return isinstance(payload.get("event"), str)
    if not isinstance(payload.get("reason"), str | None):
        return False
    if event.event_type == EventType.STOP_RECLASSIFIED:
        return isinstance(payload.get("event"), str)
    if event.event_type == EventType.STATUS_CORRECTED:
        start, end = _moment(payload.get("from")), _moment(payload.get("to"))
        # it tells of the past: one that reaches beyond its own moment is none of ours
        return payload.get("status") in STATUSES and bool(start and end and start < end <= event.occurred_at)
    return event.event_type == EventType.STATUS_CHANGE and payload.get("new_status") in STATUSES


def _moment(text) -> datetime | None:
    try:
        return parse_datetime(text) if isinstance(text, str) and re.fullmatch(MOMENT, text) else None
    except ValueError:  # the 30th of February
        return None


def _from_changes(events, end) -> tuple[list[Interval], dict[str, Interval]]:
    """The intervals as the changes tell them, and by each change's id the whole stretch it began or repeated."""
    changes = [e for e in events if e.event_type == EventType.STATUS_CHANGE]
    horizon = max([end, *(e.occurred_at for e in changes)])
    found: list[Interval] = []
    stretches: list[list] = []  # [interval, ids of the changes that began or repeated it]
    for event, following in pairwise([*changes, None]):
        status, reason = event.payload["new_status"], event.payload.get("reason") or ""
        until = following.occurred_at if following else horizon
        interval = Interval(status, reason, event.occurred_at, until)
        if stretches and (stretches[-1][0].status, stretches[-1][0].reason) == (status, reason):
            stretches[-1][0] = replace(stretches[-1][0], end=until)
            stretches[-1][1].append(str(event.pk))
        else:
            stretches.append([interval, [str(event.pk)]])
        found.append(interval)
    stops = {key: stretch for stretch, keys in stretches for key in keys}
    return [interval for interval in found if interval.end > interval.start], stops


def _rename(found: list[Interval], stop: Interval, reason: str) -> list[Interval]:
    """Give what lies within a stop, and has its status, another reason."""
    renamed = []
    for interval in found:
        start, end = max(interval.start, stop.start), min(interval.end, stop.end)
        if interval.status != stop.status or start >= end:
            renamed.append(interval)
            continue
        pieces = [
            replace(interval, end=start),
            replace(interval, start=start, end=end, reason=reason),
            replace(interval, start=end),
        ]
        renamed += [piece for piece in pieces if piece.start < piece.end]
    return renamed


def _lay_over(found: list[Interval], payload: dict) -> list[Interval]:
    start, end = parse_datetime(payload["from"]), parse_datetime(payload["to"])
    before = [replace(i, end=min(i.end, start)) for i in found if i.start < start]
    after = [replace(i, start=max(i.start, end)) for i in found if i.end > end]
    return [*before, Interval(payload["status"], payload.get("reason") or "", start, end), *after]


def _merge(found: list[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for interval in found:
        last = merged[-1] if merged else None
        if last and last.end == interval.start and (last.status, last.reason) == (interval.status, interval.reason):
            merged[-1] = replace(last, end=interval.end)
        else:
            merged.append(interval)
    return merged


def _clip(found: list[Interval], start: datetime, end: datetime) -> list[Interval]:
    clipped, edge = [], start
    for interval in found:
        begins, ends = max(interval.start, start), min(interval.end, end)
        if ends <= begins:
            continue
        if begins > edge:  # nothing is known before the first event, nor between an early correction and it
            clipped.append(Interval(UNKNOWN, "", edge, begins))
        clipped.append(replace(interval, start=begins, end=ends))
        edge = ends
    if edge < end:
        clipped.append(Interval(UNKNOWN, "", edge, end))
    return clipped


def station_timeline(station, start: datetime, end: datetime) -> list[Interval]:
    """A station's intervals within [start, end), read from the log."""
    log = Event.objects.filter(station=station, event_type__in=TIME_EVENTS).standing()
    since = _told_since(log, start)
    return intervals(log.filter(occurred_at__gte=since) if since else log, start, end)


def _told_since(log, start: datetime) -> datetime | None:
    """From which change on the log tells all of the stretch that a window begins in; None: from the first one on."""
    changes = (
        log.annotate(
            status=KeyTextTransform("new_status", "payload"),
            reason=Coalesce(KeyTextTransform("reason", "payload"), Value(""), output_field=TextField()),
        )
        .filter(event_type=EventType.STATUS_CHANGE, status__in=STATUSES, occurred_at__lt=start)
        .order_by("-occurred_at", "-seq")
    )
    last = changes.first()
    if last is None:
        return start
    other = changes.exclude(status=last.status, reason=last.reason).first()
    return other and other.occurred_at


def current_state(station, now: datetime) -> tuple[str, str, datetime | None]:
    """Status, reason code and since when, as the log tells them at `now`; ("unknown", "", None) without events.

    Reads backwards until it finds where the present status began, however long ago that was.
    """
    log = Event.objects.filter(station=station, event_type__in=TIME_EVENTS).order_by("-occurred_at", "-seq")
    size = 50
    while True:
        events = list(log[:size])
        if not events:
            return UNKNOWN, "", None
        oldest = events[-1].occurred_at
        # one beyond now: an event of this very instant counts as the present
        found = intervals(events, min(oldest, now), max(now, events[0].occurred_at) + _INSTANT)
        last = found[-1]
        if last.start > oldest or len(events) < size:
            return last.status, last.reason, last.start if last.status != UNKNOWN else None
        size *= 10
