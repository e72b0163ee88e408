"""A station's own page, gathered: its tile, its day as stretches of colour, who worked on what, its last events."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from apps.core.models import Attachment
from apps.shopfloor import stories, timeline
from apps.shopfloor.models import (
    Event,
    EventType,
    ReasonGroup,
    ScrapReason,
    StationAssignment,
    StationStatus,
    StopReason,
)
from apps.shopfloor.queries import BADGES, SETUP, Tile, tile_of

FEED_SHOWN = 50


@dataclass(frozen=True)
class Stretch:
    """One colour of a station's day: where it lies in the band (0 to 100), and what it is."""

    status: str  # as shown: a changeover has a colour of its own
    reason: str
    start: datetime
    end: datetime
    x: str
    width: str


@dataclass(frozen=True)
class StationPage:
    """A station's own page."""

    tile: Tile | None
    day: tuple[datetime, datetime]
    stretches: tuple[Stretch, ...]
    totals: tuple[tuple[str, int], ...]  # (status, minutes), of the day so far
    assignments: tuple[StationAssignment, ...]
    events: tuple[Event, ...]
    reasons: dict[str, str]
    undone: frozenset[str]  # ids of events that were undone
    photos: dict[UUID, list[Attachment]]  # by the event they were sent with


def station_page(tenant, station) -> StationPage:
    """Today at a station: tile, timeline, assignments, and its last events."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    # to the next one in the tenant's zone: 23 or 25 hours at the clock changes
    start, end = (moment.astimezone(UTC) for moment in (midnight, midnight + timedelta(days=1)))
    groups = dict(StopReason.objects.for_tenant(tenant).values_list("code", "group"))
    names = dict(StopReason.objects.for_tenant(tenant).values_list("code", "name"))
    names = dict(ScrapReason.objects.for_tenant(tenant).values_list("code", "name")) | names
    length = (end - start).total_seconds()
    stretches, seconds = [], dict.fromkeys((*BADGES, timeline.UNKNOWN), 0.0)
    for part in timeline.station_timeline(station, start, now):
        is_setup = part.status == StationStatus.IDLE and groups.get(part.reason) == ReasonGroup.CHANGEOVER
        status = SETUP if is_setup else part.status
        seconds[status] += part.seconds
        x = 100 * (part.start - start).total_seconds() / length
        width = 100 * part.seconds / length
        reason = names.get(part.reason, part.reason)
        stretches.append(Stretch(status, reason, part.start, part.end, f"{x:.3f}", f"{width:.3f}"))
    feed = tuple(
        Event.objects.for_tenant(tenant)
        .filter(station=station)
        .select_related("job", "user")
        .order_by("-occurred_at", "-seq")[:FEED_SHOWN]
    )
    worked = station.assignments.select_related("job").order_by("-started_at", "-id")[:10]
    return StationPage(
        tile=tile_of(tenant, station.pk),
        day=(start, end),
        stretches=tuple(stretches),
        totals=tuple((status, round(sum_ / 60)) for status, sum_ in seconds.items() if sum_ >= 1),
        assignments=tuple(worked),
        events=feed,
        reasons=names,
        photos=stories.photos_of(feed),
        undone=frozenset(e.payload.get("event") for e in feed if e.event_type == EventType.REVERTED),
    )
