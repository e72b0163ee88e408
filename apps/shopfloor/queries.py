"""What the board shows, gathered: a fixed number of queries, whatever the number of stations."""

import math
from collections import namedtuple
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID
from zlib import crc32

from django.db import connection
from django.db.models import Count, FilteredRelation, OuterRef, Q, Subquery, Sum, Value, Window
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.shopfloor.models import (
    BoardVersion,
    Call,
    CallStatus,
    CountsAs,
    Event,
    EventType,
    Job,
    ReasonGroup,
    ScrapReason,
    Station,
    StationAssignment,
    StationStatus,
    StopReason,
)

QUEUE_SHOWN = 30
SETUP = "setup"  # idle with a changeover reason: shown so, stored idle
BADGES = (*StationStatus.values, SETUP)
BADGE_WORDS = {
    "running": _("running"),
    "idle": _("idle"),
    "blocked": _("blocked"),
    "setup": _("changeover"),
}


@dataclass(frozen=True)
class OpenCall:
    pk: UUID
    kind: str
    status: str
    part: str
    qty: Decimal | None
    note: str
    level: int
    opened_at: datetime
    acknowledged_by: str | None

    @property
    def is_acknowledged(self) -> bool:
        return self.status == CallStatus.ACKNOWLEDGED


@dataclass(frozen=True)
class JobOnTile:
    """The job a station works on, with what all its stations made of it and what this one did."""

    pk: UUID
    code: str
    part: str
    total: int
    done: int
    here: int
    scrap_here: int
    assignment: UUID
    due: date | None
    priority: str
    note: str
    begun_at: datetime
    excluded_seconds: int
    cycle: Decimal | None
    shared_with: tuple[str, ...] = ()
    paused_at: datetime | None = None  # since when an excluded stop stops the plan's clock

    def planned_here(self, now: datetime) -> int | None:
        """How many this station should have made by now; None without a cycle time."""
        if self.cycle is None:
            return None
        seconds = ((self.paused_at or now) - self.begun_at).total_seconds() - self.excluded_seconds
        return max(0, math.floor(seconds / float(self.cycle)))

    @property
    def missing(self) -> int:
        return max(self.total - self.done, 0)

    @property
    def is_reached(self) -> bool:
        return self.done >= self.total


@dataclass(frozen=True)
class Tile:
    """One station on the board."""

    pk: UUID
    code: str
    name: str
    line: str
    status: str
    since: datetime | None
    version: int
    reason: str = ""
    reason_code: str | None = None
    reason_group: str = ""
    planned_minutes: int | None = None
    job: JobOnTile | None = None
    calls: tuple[OpenCall, ...] = ()
    next_job: "QueuedJob | None" = None

    @property
    def badge(self) -> str:
        """The status as it is shown: a changeover has a badge of its own."""
        is_setup = self.status == StationStatus.IDLE and self.reason_group == ReasonGroup.CHANGEOVER
        return SETUP if is_setup else self.status


@dataclass(frozen=True)
class QueuedJob:
    pk: UUID
    code: str
    part: str
    total: int
    done: int
    due: date | None
    priority: str
    line: str
    rank: int | None
    version: int

    @property
    def left(self) -> int:
        return max(self.total - self.done, 0)


@dataclass(frozen=True)
class Queue:
    jobs: tuple[QueuedJob, ...] = ()
    count: int = 0

    @property
    def more(self) -> int:
        return self.count - len(self.jobs)

    def next_for(self, line: str) -> QueuedJob | None:
        """The first job for a line: those meant for another line only when there is no other."""
        fitting = (job for job in self.jobs if job.line in ("", line))
        return next(fitting, None)


@dataclass(frozen=True)
class Filter:
    """What part of the floor a person looks at; empty is all of it."""

    lines: tuple[str, ...] = ()
    status: str = ""
    words: str = ""
    is_mine: bool = False  # the lines are the person's own, not chosen here

    def shows_line(self, tile: Tile) -> bool:
        return not self.lines or tile.line in self.lines

    def shows(self, tile: Tile) -> bool:
        return (
            self.shows_line(tile)
            and (not self.status or tile.badge == self.status)
            and (not self.words or self._finds(tile))
        )

    def _finds(self, tile: Tile) -> bool:
        job = f"{tile.job.code} {tile.job.part}" if tile.job else ""
        text = f"{tile.code} {tile.name} {tile.line} {job}".casefold()
        return all(word in text for word in self.words.casefold().split())


@dataclass(frozen=True)
class Line:
    name: str
    tiles: tuple[Tile, ...]  # those the filter shows
    counts: dict[str, int] = field(default_factory=dict)  # by badge, of the whole line

    @property
    def key(self) -> str:
        """What the line's heading is called in the page."""
        return f"line-{crc32(self.name.encode()):08x}"

    @property
    def words(self) -> str:
        """“2 running · 1 blocked”."""
        return " · ".join(f"{n} {BADGE_WORDS[badge]}" for badge, n in self.counts.items() if n)


@dataclass(frozen=True)
class Floor:
    """The board: its lines and tiles as filtered, the queue, and the version that a polling board compares."""

    lines: tuple[Line, ...]
    queue: Queue
    all_lines: tuple[str, ...]
    counts: dict[str, int]  # by badge, of the lines looked at
    filter: Filter
    version: int
    now: datetime

    @property
    def has_stations(self) -> bool:
        return bool(self.all_lines)

    @property
    def today(self) -> date:
        """The tenant's date."""
        return timezone.localdate(self.now)

    @property
    def tiles(self) -> Iterable[Tile]:
        return (tile for line in self.lines for tile in line.tiles)


def floor(tenant, look: Filter = Filter()) -> Floor:
    """Everything the board shows, in three queries. look: which lines, status, words."""
    tiles, version = _tiles(tenant)
    queue = queue_of(tenant)
    tiles = with_calls(tenant, [_with_next(tile, queue) for tile in tiles])
    in_lines = [tile for tile in tiles if look.shows_line(tile)]
    names = tuple(dict.fromkeys(tile.line for tile in tiles))
    lines = []
    for name in names:
        of_line = [tile for tile in in_lines if tile.line == name]
        shown = tuple(tile for tile in of_line if look.shows(tile))
        if shown:
            lines.append(Line(name, shown, _count(of_line)))
    return Floor(tuple(lines), queue, names, _count(in_lines), look, version, timezone.now())


def _with_next(tile: Tile, queue: Queue) -> Tile:
    """A tile without a job shows which one comes next."""
    return tile if tile.job else replace(tile, next_job=queue.next_for(tile.line))


def tiles_of(tenant, keys) -> list[Tile]:
    """The tiles of a few stations, those out of use left out; three queries at most."""
    tiles, _version = _tiles(tenant, keys)
    if any(tile.job is None for tile in tiles):
        queue = queue_of(tenant)
        tiles = [_with_next(tile, queue) for tile in tiles]
    return with_calls(tenant, tiles)


def _count(tiles: list[Tile]) -> dict[str, int]:
    counts = dict.fromkeys(BADGES, 0)
    for tile in tiles:
        counts[tile.badge] += 1
    return counts


def tile_of(tenant, pk) -> Tile | None:
    """One station's tile, or None where it is out of use or not there."""
    return next(iter(tiles_of(tenant, {pk})), None)


ANY_TENANT = UUID(int=0)  # stands for the tenant in a statement that is kept


@cache
def _statement(build) -> tuple[str, tuple, Any]:
    """The SQL of a queryset of named values: building it anew costs more than the database takes to answer."""
    rows = build(ANY_TENANT)
    sql, params = rows.query.sql_with_params()
    return sql, params, namedtuple("Found", [name.replace("__", "_") for name in rows._fields])


def _rows(build, tenant) -> list:
    """What the queryset of `build(tenant)` finds, as named tuples."""
    sql, params, found = _statement(build)
    with connection.cursor() as cursor:
        cursor.execute(sql, [tenant.pk if param == ANY_TENANT else param for param in params])
        return [found._make(row) for row in cursor.fetchall()]


def _stations(tenant):
    """All stations in use, with their active assignment, its job and the job's sum, and the board's version."""
    done = StationAssignment.objects.filter(job=OuterRef("on__job")).order_by().values("job")
    version = BoardVersion.objects.filter(tenant=tenant).order_by().values("tenant")
    return (
        Station.objects.for_tenant(tenant)
        .filter(is_active=True)
        .annotate(
            on=FilteredRelation("assignments", condition=Q(assignments__is_active=True)),
            done=Subquery(done.annotate(sum=Sum("qty_done")).values("sum")),
            board=Coalesce(Subquery(version.annotate(sum=Sum("version")).values("sum")), Value(0)),
        )
        .order_by("line", "code")
        .values_list(
            "pk", "code", "name", "line", "status", "status_since", "version", "board",
            "stop_reason__name", "stop_reason__code", "stop_reason__group", "stop_reason__planned_minutes", "stop_reason__counts_as",
            "on__pk", "on__qty_done", "on__qty_scrap", "on__started_at", "on__excluded_seconds", "on__notes",
            "on__job__pk", "on__job__code", "on__job__part_name", "on__job__qty_total", "on__job__due_date",
            "on__job__priority", "on__job__cycle_seconds", "done",
            named=True,
        )
    )  # fmt: skip


def _tiles(tenant, keys=None) -> tuple[list[Tile], int]:
    """The tiles without calls, of some stations or (None) of all, and the board's version."""
    rows = _rows(_stations, tenant)
    stations_of: dict[UUID, list[str]] = {}
    for row in rows:
        if row.on_job_pk:
            stations_of.setdefault(row.on_job_pk, []).append(row.code)
    tiles = [
        Tile(
            pk=row.pk,
            code=row.code,
            name=row.name,
            line=row.line,
            status=row.status,
            since=row.status_since,
            version=row.version,
            reason=row.stop_reason_name or "",
            reason_code=row.stop_reason_code,
            reason_group=row.stop_reason_group or "",
            planned_minutes=row.stop_reason_planned_minutes,
            job=_job(row, stations_of) if row.on_job_pk else None,
        )
        for row in rows
        if keys is None or row.pk in keys
    ]
    return tiles, rows[0].board if rows else 0


def _job(row, stations_of) -> JobOnTile:
    is_excluded = row.stop_reason_counts_as == CountsAs.EXCLUDED
    return JobOnTile(
        pk=row.on_job_pk,
        code=row.on_job_code,
        part=row.on_job_part_name,
        total=row.on_job_qty_total,
        done=row.done or 0,
        here=row.on_qty_done,
        scrap_here=row.on_qty_scrap,
        assignment=row.on_pk,
        due=row.on_job_due_date,
        priority=row.on_job_priority,
        note=row.on_notes,
        begun_at=row.on_started_at,
        excluded_seconds=row.on_excluded_seconds,
        cycle=row.on_job_cycle_seconds,
        shared_with=tuple(code for code in stations_of[row.on_job_pk] if code != row.code),
        paused_at=max(row.status_since, row.on_started_at) if is_excluded and row.status_since else None,
    )


def with_calls(tenant, tiles: list[Tile]) -> list[Tile]:
    """The tiles with their open calls, oldest first: one query."""
    calls: dict[UUID, list[OpenCall]] = {}
    for station, *call in _rows(_calls, tenant):
        calls.setdefault(station, []).append(OpenCall(*call))
    return [replace(tile, calls=tuple(calls[tile.pk])) if tile.pk in calls else tile for tile in tiles]


def _calls(tenant):
    return (
        Call.objects.for_tenant(tenant)
        .open()
        .order_by("opened_at")
        .values_list(
            "station_id", "pk", "kind", "status", "part", "qty", "note", "level", "opened_at",
            "acknowledged_by__display_name",
            named=True,
        )
    )  # fmt: skip


def queue_of(tenant) -> Queue:
    """The waiting jobs in the order in which they are to be made: one query."""
    rows = _rows(_waiting, tenant)
    return Queue(tuple(QueuedJob(*row[:-1]) for row in rows), rows[0].count if rows else 0)


def _waiting(tenant):
    return (
        Job.objects.for_tenant(tenant)
        .waiting()
        .with_quantities()
        .in_queue_order()
        .annotate(count=Window(Count("*")))
        .values_list(
            "pk", "code", "part_name", "qty_total", "qty_done", "due_date", "priority", "line_hint", "rank", "version",
            "count",
            named=True,
        )[:QUEUE_SHOWN]
    )  # fmt: skip


def today() -> date:
    """The tenant's date (its time zone is the request's)."""
    return timezone.localdate()


def stop_reasons(tenant) -> list[StopReason]:
    """The stop reasons in use, the most used of the last 30 days first."""
    used = dict(
        Event.objects.for_tenant(tenant)
        .filter(event_type=EventType.STATUS_CHANGE, occurred_at__gte=timezone.now() - timedelta(days=30))
        .exclude(payload__reason=None)
        .order_by()
        .values_list("payload__reason")
        .annotate(times=Count("*"))
    )
    reasons = StopReason.objects.for_tenant(tenant).filter(is_active=True)
    return sorted(reasons, key=lambda reason: (-used.get(reason.code, 0), reason.name))


def scrap_reasons(tenant) -> list[ScrapReason]:
    return list(ScrapReason.objects.for_tenant(tenant).filter(is_active=True))


def open_jobs(tenant):
    """Jobs that can be put on a station: waiting ones in queue order, then those running elsewhere."""
    return Job.objects.for_tenant(tenant).open().with_quantities().in_queue_order()


def stations_of_jobs(tenant, jobs) -> list[Station]:
    """The stations at work on these jobs now."""
    return list(Station.objects.for_tenant(tenant).filter(assignments__job__in=jobs, assignments__is_active=True))
