"""Tiles as HTML. A tile is drawn once for what it shows, and kept: the next board that shows the same takes it.

What differs from page to page (the form's token and request key) stands in the kept text as a mark and is put in last.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from apps.core.fields import uuid7
from apps.shopfloor.models import StationStatus
from apps.shopfloor.queries import Queue, Tile
from apps.shopfloor.rights import FloorRights, rights_of

# marks that nobody can type into a name
TOKEN, KEY = (f"={secrets.token_hex(16)}-{name}=" for name in ("token", "key"))


def tiles_html(request, tiles, *, oob=False) -> SafeString:
    """The tiles one after the other, drawn with the reader's rights; oob: each to take the place of its old self."""
    now, rights = timezone.now(), rights_of(request)
    today = timezone.localdate(now)
    language, zone = translation.get_language(), timezone.get_current_timezone_name()
    html = "".join(_draw(Face.of(tile, now, today), rights, language, zone) for tile in tiles)
    html = html.replace(TOKEN, get_token(request)).replace(KEY, uuid7().hex)
    if oob:
        html = html.replace("<article ", '<article hx-swap-oob="true" ')
    return mark_safe(html)  # noqa: S308 (made of escaped templates)


def tile_html(request, tile, **options) -> SafeString:
    return tiles_html(request, [tile], **options)


def queue_html(request, queue: Queue, *, oob=False) -> SafeString:
    """The queue beside the board; oob: to take the place of its old self."""
    html = _draw_queue(queue, rights_of(request), timezone.localdate(), translation.get_language())
    if oob:
        html = html.replace('id="queue"', 'id="queue" hx-swap-oob="true"', 1)
    return mark_safe(html)  # noqa: S308 (made of an escaped template)


@lru_cache(maxsize=256)
def _draw_queue(queue: Queue, rights: FloorRights, today: date, language: str) -> str:
    return render_to_string("shopfloor/_queue.html", {"queue": queue, "rights": rights, "today": today})


@dataclass(frozen=True)
class Face:
    """A tile at a moment: what is written on it, down to the minute and the unit."""

    tile: Tile
    minutes: int | None  # how long the status has lasted
    today: date
    planned: int | None = None

    @classmethod
    def of(cls, tile: Tile, now: datetime, today: date) -> "Face":
        minutes = int((now - tile.since).total_seconds() // 60) if tile.since else None
        return cls(tile, minutes, today, tile.job.planned_here(now) if tile.job else None)

    @property
    def label(self) -> str:
        return badge_words()[self.tile.badge]

    @property
    def lasted(self) -> str:
        return lasted(self.minutes) if self.minutes is not None else ""

    @property
    def lasted_short(self) -> str:
        """For walls, where letters are large: “17m”, “1:12”, “2d”; static/wall.js goes on with it."""
        hours, minutes = divmod(self.minutes or 0, 60)
        return f"{minutes}m" if hours < 1 else f"{hours}:{minutes:02}" if hours < 24 else f"{hours // 24}d"

    @property
    def since_epoch(self) -> int:
        return int(self.tile.since.timestamp())

    @property
    def icon(self) -> str:
        return BADGE_ICONS[self.tile.badge]

    @property
    def turns(self) -> str:
        """The status that a press on the badge sets."""
        return StationStatus.IDLE if self.tile.status == StationStatus.RUNNING else StationStatus.RUNNING

    # --- the job's progress
    @property
    def done_share(self) -> str:
        return _share(self.tile.job.done, self.tile.job.total)

    @property
    def planned_total(self) -> int:
        """How many of the job should be done by now, if the other stations are where they should be."""
        return self.tile.job.done - self.tile.job.here + self.planned

    @property
    def plan_share(self) -> str:
        return _share(self.planned_total, self.tile.job.total, most=99)

    @property
    def pace(self) -> int | None:
        return None if self.planned is None else self.tile.job.here - self.planned

    @property
    def pace_words(self) -> str:
        return pace_words(self.pace)

    @property
    def plan_from(self) -> int | None:
        """When, in epoch seconds, a plan that ran without stops would have begun; None while it stands still."""
        job = self.tile.job
        if job.cycle is None or job.paused_at:
            return None
        return int(job.begun_at.timestamp()) + job.excluded_seconds

    @property
    def over(self) -> int:
        return max(self.tile.job.done - self.tile.job.total, 0)

    @property
    def due(self) -> str:
        return due_words(self.tile.job.due, self.today)

    @property
    def is_late(self) -> bool:
        return bool(self.tile.job.due and self.tile.job.due < self.today)

    @property
    def next_due(self) -> str:
        return due_words(self.tile.next_job.due, self.today)


def _share(part: int, whole: int, most=100) -> str:
    """In percent, as the drawings take it: with a point, whatever the language."""
    return f"{max(0, min(100 * part / whole, most)):.1f}".removesuffix(".0")


@lru_cache(maxsize=4096)
def _draw(face: Face, rights: FloorRights, language: str, zone: str) -> str:
    tile = face.tile
    context = {"face": face, "tile": tile, "job": tile.job, "rights": rights, "csrf_token": TOKEN, "key": KEY}
    context["base"] = reverse("shopfloor:station_detail", args=[tile.pk])
    context["may_start"] = tile.next_job and rights.starts(is_next=True)
    context["may_complete"] = tile.job and rights.completes(done=tile.job.done, total=tile.job.total)
    return render_to_string("shopfloor/_tile.html", context)


BADGE_ICONS = {"running": "play", "idle": "pause", "blocked": "block", "setup": "swap", "unknown": "clock"}


def badge_words() -> dict[str, str]:
    return {
        "running": _("Running"),
        "idle": _("Idle"),
        "blocked": _("Blocked"),
        "setup": _("Changeover"),
        "unknown": _("Unknown"),
    }


def lasted(minutes: int) -> str:
    """A length of time as the boards write it: “17 min”, “1 h 12 min”, “2 d 4 h”."""
    if minutes < 60:
        return _("%d min") % minutes
    if minutes < 24 * 60:
        return _("%(h)d h %(min)02d min") % {"h": minutes // 60, "min": minutes % 60}
    return _("%(d)d d %(h)d h") % {"d": minutes // 1440, "h": minutes % 1440 // 60}


def pace_words(pace: int | None) -> str:
    if pace is None:
        return ""
    if pace == 0:
        return _("on plan")
    return _("%d ahead") % pace if pace > 0 else _("%d behind") % -pace


def due_words(due: date | None, today: date) -> str:
    """When a job is due, in words: “due today”, “due 28 Nov”, “due 19 Nov, late”."""
    if due is None:
        return ""
    if due == today:
        return _("due today")
    if due == today + timedelta(days=1):
        return _("due tomorrow")
    day = date_format(due, "j M" if due.year == today.year else "j M Y")
    return _("due %s, late") % day if due < today else _("due %s") % day
