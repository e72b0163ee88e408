"""Stations: run, idle, block; correct what the log says; notes."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.uploads import attach, store_upload
from apps.registry.models import HoursSource
from apps.registry.services import book_hours_from
from apps.shopfloor import timeline
from apps.shopfloor.events import LATE_ENTRY, moment, record_event, tell_board
from apps.shopfloor.models import EventType, Station, StationAsset, StationStatus
from apps.shopfloor.services.calls import open_call_of_stop, resolve_calls_of_stop
from apps.shopfloor.services.state import (
    active_assignment,
    change_status,
    check_reason,
    lock_station,
    reason_of_log,
    recount_excluded,
)

MOST_PHOTOS = 4


@transaction.atomic
def set_status(station, status, *, by, reason=None, note="", seen=None, at=None):
    """Run, idle or block a station. Setting what it already has, with the same reason, does nothing.

    reason: a StopReason; needed to block, allowed when idle. seen: the station's version that the person saw.
    at: when it happened (None: now).
    Blocking opens the call of the reason's group, leaving blocked resolves it.
    Returns the fresh Station. Raises Conflict when it moved meanwhile, BrokenRule without a needed reason.
    Source: LeanOps schema v2, section 1; domain §6.
    """
    station = lock_station(station, seen=seen)
    if status not in StationStatus.values:
        raise BrokenRule(_("A station is running, idle or blocked; “%s” is none of these.") % status)
    if (status, reason and reason.pk) == (station.status, station.stop_reason_id):
        return station
    if status == StationStatus.BLOCKED and reason is None:
        raise BrokenRule(_("Say why %s is blocked: choose a reason.") % station, code="reason_needed")
    if status == StationStatus.RUNNING and reason is not None:
        raise BrokenRule(_("A running station has no stop reason."))
    check_reason(reason, station)

    was_blocked = station.status == StationStatus.BLOCKED
    assignment = active_assignment(station)
    event = change_status(
        station, status, reason=reason, note=note, by=by, at=moment(at, station), assignment=assignment
    )
    station.save()

    if status == StationStatus.BLOCKED:
        open_call_of_stop(station, reason, by=by, event=event, job=assignment and assignment.job)
    elif was_blocked:
        resolve_calls_of_stop(station, by=by, event=event)
    tell_board(station, tenant=station.tenant)
    station.act = event
    return station


@transaction.atomic
def add_note(station, text, *, by, at=None, photos=()):
    """Write a note into the station's story, with photos or of photos alone. Returns the Event.

    photos: the files as they were sent. Raises BrokenRule for a note of nothing, or a file that is no good picture.
    """
    text = text.strip()
    if not text and not photos:
        raise BrokenRule(_("Write the note first, or take a photo."))
    if len(photos) > MOST_PHOTOS:
        raise BrokenRule(_("At most %d photos go with a note.") % MOST_PHOTOS)
    attachments = [store_upload(photo, tenant=station.tenant, by=by) for photo in photos]
    assignment = active_assignment(station)
    job = assignment.job if assignment else None
    what = {"note": text} | ({"photos": [str(attachment.pk) for attachment in attachments]} if attachments else {})
    at = moment(at, station)
    event = record_event(EventType.NOTE, tenant=station.tenant, by=by, at=at, station=station, job=job, **what)
    attach(attachments, event)
    tell_board(station, tenant=station.tenant)
    return event


@transaction.atomic
def correct_period(station, *, start, end, status, by, reason=None, note=""):
    """Say what a station's status really was in [start, end), at most 7 days back; quantities stay as they are.

    note: why it is corrected; pages ask for it. Returns the fresh Station. Raises BrokenRule for a period that is empty, in the future
    or too old, or a blocked one without a stop reason.
    """
    station = lock_station(station)
    now = timezone.now()
    if not start < end <= now:
        raise BrokenRule(_("The period must begin before it ends, and end by now."))
    if start < now - LATE_ENTRY:
        raise BrokenRule(_("Only the last 7 days can be corrected."))
    if status == StationStatus.BLOCKED and reason is None:
        raise BrokenRule(_("Say why %s was blocked: choose a reason.") % station, code="reason_needed")
    check_reason(reason, station)
    record_event(
        EventType.STATUS_CORRECTED,
        tenant=station.tenant,
        by=by,
        at=now,
        station=station,
        status=status,
        reason=reason.code if reason else None,
        note=note.strip(),
        **{"from": start.isoformat(), "to": end.isoformat()},
    )
    _reread(station, now)
    return station


@transaction.atomic
def reclassify_stop(event, reason, *, by, note=""):
    """Give a whole stop another reason; its start and the count of stops stay. event: the change that began it.

    Returns the fresh Station. Raises BrokenRule where the event began no stop.
    """
    station = lock_station(event.station)
    if event.event_type != EventType.STATUS_CHANGE or event.payload.get("new_status") not in ("blocked", "idle"):
        raise BrokenRule(_("No stop began there; choose the moment at which the station stopped."))
    check_reason(reason, station)
    record_event(
        EventType.STOP_RECLASSIFIED,
        tenant=station.tenant,
        by=by,
        at=timezone.now(),
        station=station,
        event=str(event.pk),
        reason=reason.code,
        note=note,
    )
    _reread(station, timezone.now())
    return station


def _reread(station, now):
    """After the log was corrected: what the station shows (reason, since) is read from it again."""
    status, code, since = timeline.current_state(station, now + timedelta(microseconds=1))
    if status == station.status:
        station.status_since = since
        if station.status != StationStatus.RUNNING and code:
            station.stop_reason = reason_of_log(station, status, code)
    station.version += 1
    station.save()
    if assignment := active_assignment(station):
        recount_excluded(assignment, at=now)
    tell_board(station, tenant=station.tenant)


@transaction.atomic
def save_station(station, *, by, at=None):
    """Store a new or changed station's master data (code, name, line, active, asset). Returns it.

    at: since when a changed asset serves here (None: from now on).

    Another asset begins to serve at once, and `station_assets` tells from when. Raises BrokenRule where a station with
    a job goes out of use, or the asset serves another station.
    """
    former = None
    if not station._state.adding:
        former = Station.objects.locked().get(pk=station.pk)
        if former.is_active and not station.is_active and active_assignment(former):
            raise BrokenRule(_("%s has a job; take it off before the station goes out of use.") % former)
        for name in ("status", "status_since", "stop_reason_id", "version"):  # the floor's, not this form's
            setattr(station, name, getattr(former, name))
        station.version += 1
    station.save()
    if former is None or former.asset_id != station.asset_id:
        _serve(station, at or timezone.now())
    tell_board(station, *([former] if former else []), tenant=station.tenant)
    return station


def _serve(station, at):
    """Note which asset serves at a station from then on, and which one no longer does; its hours come from there."""
    served = StationAsset.objects.locked().filter(station=station, ended_at=None).select_related("asset").first()
    if served:
        served.ended_at = at
        served.save()
        if served.asset.run_hours_source == HoursSource.STATION:
            book_hours_from(served.asset, HoursSource.DAILY_LOG, reason=_("taken off %s") % station)
    if station.asset_id is None:
        return
    elsewhere = StationAsset.objects.filter(asset=station.asset, ended_at=None).select_related("station").first()
    if elsewhere:
        raise BrokenRule(
            _("%(asset)s serves %(station)s; take it off there first.")
            % {"asset": station.asset, "station": elsewhere.station}
        )
    StationAsset.objects.create(tenant=station.tenant, station=station, asset=station.asset, started_at=at)
    book_hours_from(station.asset, HoursSource.STATION, reason=_("serves %s") % station)
