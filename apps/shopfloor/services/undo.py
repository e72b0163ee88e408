"""Undo: the last status change, report or completion at a station, with the original start."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, Conflict
from apps.core.roles import Role
from apps.shopfloor import timeline
from apps.shopfloor.events import record_event, tell_board
from apps.shopfloor.models import (
    Event,
    EventType,
    Job,
    JobStatus,
    Station,
    StationAssignment,
    StationStatus,
)
from apps.shopfloor.services.calls import CALL_OF_GROUP, cancel_calls_of_stop, open_call_of_stop
from apps.shopfloor.services.quantities import job_stations
from apps.shopfloor.services.state import (
    BUILT_ON,
    active_assignment,
    reason_of_log,
    recount_excluded,
    refuse_out_of_use,
    touch,
)

# What such an act carries when LeanOps wrote it; what came from elsewhere cannot be undone here.
OURS: dict[str, set[str]] = {
    EventType.STATUS_CHANGE: {"old_status", "new_status"},
    EventType.QUANTITY_REPORTED: {"good", "scrap", "assignment"},
    EventType.JOB_COMPLETED: {"assignments", "qty_booked"},
}
UNDOABLE = tuple(OURS)
JOB_ENDED = (EventType.JOB_COMPLETED, EventType.JOB_CANCELLED, EventType.JOB_REOPENED)
BY_SUPERVISOR = timedelta(minutes=15)


RECENT = 30  # of a station's acts and undos looked at: nobody undoes further back in a quarter of an hour


def undo_offer(station, by) -> Event | None:
    """What `by` could undo at a station now, or None."""
    event = _last_undoable(station)
    return event if event and not _too_late(event, by) else None


def _last_undoable(station) -> Event | None:
    """The last act at the station that is not undone yet; what another action caused goes with that action."""
    recent = Event.objects.for_tenant(station.tenant_id).filter(station=station)
    events = list(recent.filter(event_type__in=[*UNDOABLE, EventType.REVERTED]).order_by("-seq")[:RECENT])
    undone = [e.payload.get("event") for e in events if e.event_type == EventType.REVERTED]
    oldest = timezone.now() - BY_SUPERVISOR - timedelta(minutes=1)
    for event in events:
        if event.created_at < oldest or event.event_type == EventType.REVERTED:
            continue
        is_ours = OURS[event.event_type] <= event.payload.keys() and "caused_by" not in event.payload
        if is_ours and str(event.pk) not in undone:
            event.station, event.tenant = station, station.tenant
            return event
    return None


def _too_late(event, by) -> str:
    age = timezone.now() - event.created_at
    if by.is_at_least(Role.SUPERVISOR):
        return "" if age <= BY_SUPERVISOR else _("That was more than 15 minutes ago; correct it instead.")
    if event.user_id != by.pk:
        return _("Only the person who did it, or a supervisor, can undo this.")
    if age > timedelta(seconds=event.tenant.rules.undo_seconds):
        return _("It is too late to undo this; ask a supervisor.")
    return ""


@transaction.atomic
def undo(station, *, by, event_id=None):
    """Undo the last status change, report or completion at a station: by the same person within the tenant's
    `undo_seconds`, or by a supervisor within 15 minutes.

    event_id: the event the person means, refused if another came since. State, quantities and the original start come
    back, for every station involved. Returns the fresh Station. Raises BrokenRule, with the reason, where it is too
    late or something was built on it.
    """
    event = _last_undoable(station)
    if event is None:
        raise BrokenRule(_("There is nothing to undo on %s.") % station)
    if event_id is not None and str(event.pk) != str(event_id):
        raise Conflict(_("Something else happened on %s since; nothing was undone.") % station, current=station)
    if refused := _too_late(event, by):
        raise BrokenRule(refused)

    at = timezone.now()
    undo_one = {
        EventType.STATUS_CHANGE: _undo_status,
        EventType.QUANTITY_REPORTED: _undo_report,
        EventType.JOB_COMPLETED: _undo_completion,
    }[EventType(event.event_type)]
    stations = undo_one(event, by=by, at=at)
    tell_board(*stations, tenant=event.tenant, queue=True)
    return Station.objects.select_related("tenant", "stop_reason").get(pk=station.pk)


def _revert(event, *, by, at, caused_by=None):
    if Event.objects.for_tenant(event.tenant).undoing(event).exists():
        raise Conflict(_("This was undone already."), current=event.station)
    return record_event(
        EventType.REVERTED,
        tenant=event.tenant,
        by=by,
        at=max(at, event.occurred_at),
        station=event.station,
        job=event.job,
        event=str(event.pk),
        undone=event.event_type,
        **({"caused_by": str(caused_by.pk)} if caused_by else {}),
    )


def _refuse_if_built_on(event, station):
    """Refuse where the station, or the event's job, has moved on since; what was undone meanwhile does not count."""
    here = Q(station=station, event_type__in=BUILT_ON)
    arrived = Q(event_type=EventType.JOB_REASSIGNED, payload__to=station.code)
    ended = Q(job=event.job_id, event_type__in=JOB_ENDED) if event.job_id else Q(pk=None)
    later = Event.objects.for_tenant(event.tenant).filter(seq__gt=event.seq, occurred_at__gte=event.occurred_at)
    undone = list(later.filter(event_type=EventType.REVERTED).values_list("payload__event", flat=True))
    for other in later.filter(here | arrived | ended).order_by("seq"):
        if str(other.pk) not in undone and other.payload.get("caused_by") != str(event.pk):
            raise BrokenRule(
                _("%(station)s has moved on since (%(what)s); this cannot be undone any more.")
                % {"station": station, "what": other.get_event_type_display().lower()}
            )


def _lock(stations) -> list[Station]:
    keys = [station.pk for station in stations]
    locked = list(Station.objects.locked().select_related("tenant", "stop_reason").filter(pk__in=keys).order_by("pk"))
    for station in locked:
        refuse_out_of_use(station)
    return locked


def _restore(station, undone, *, at) -> None:
    """Set a locked station back to before the status change `undone`: the change itself says to what, the log since when."""
    status, code, since = timeline.current_state(station, at)
    before = undone.payload["old_status"]
    if status != before:  # the log does not explain it: loaded, or the first event of all
        status, code, since = before, undone.payload.get("old_reason"), None
    station.status, station.status_since = status, since
    station.stop_reason = reason_of_log(station, status, code)
    station.version += 1
    station.save()


def _undo_status(event, *, by, at):
    (station,) = _lock([event.station])
    _refuse_if_built_on(event, station)
    reverted = _revert(event, by=by, at=at)
    called = CALL_OF_GROUP.get(station.stop_reason.group) if station.stop_reason else None
    had_call = station.calls.filter(is_from_stop=True, ended_at=event.occurred_at).exists()
    _restore(station, event, at=max(at, event.occurred_at))
    is_blocked = station.status == StationStatus.BLOCKED
    if not is_blocked or CALL_OF_GROUP.get(station.stop_reason.group) != called:
        cancel_calls_of_stop(station, by=by, at=reverted.occurred_at)
        if is_blocked and had_call:  # a stop that was loaded never called
            open_call_of_stop(station, station.stop_reason, by=by, event=reverted, job=event.job)
    if assignment := active_assignment(station):
        recount_excluded(assignment, at=at)
    return [station]


def _undo_report(event, *, by, at):
    job = Job.objects.locked().filter(pk=event.job_id).first()
    good, scrap = event.payload["good"], event.payload["scrap"]
    assignment = _own_assignments(event, [event.payload["assignment"]]).locked().first()
    if job is None or assignment is None or not (isinstance(good, int) and isinstance(scrap, int)):
        raise BrokenRule(_("This was recorded elsewhere; correct the quantity instead."))
    if not assignment.is_active or job.status != JobStatus.RUNNING:
        raise BrokenRule(
            _("%(job)s has left %(station)s since; correct the quantity instead.")
            % {"job": job, "station": event.station}
        )
    if assignment.qty_done < good or assignment.qty_scrap < scrap:
        raise BrokenRule(_("The quantity was corrected since; nothing is left to undo."))
    assignment.qty_done -= good
    assignment.qty_scrap -= scrap
    assignment.save()
    _revert(event, by=by, at=at)
    return [event.station, *job_stations(job, but=event.station)]


def _own_assignments(event, keys):
    """The event's assignments of these keys; none where the event came from elsewhere and names others."""
    try:
        wanted = [UUID(key) for key in keys]
    except (ValueError, TypeError, AttributeError):
        wanted = []
    return StationAssignment.objects.filter(pk__in=wanted, job=event.job_id).order_by("station_id")


def _undo_completion(event, *, by, at):
    job = Job.objects.locked().filter(pk=event.job_id).first()
    keys, booked = event.payload["assignments"], event.payload["qty_booked"]
    keys = keys if isinstance(keys, list) else [keys]
    ended = _own_assignments(event, keys)
    stations = _lock([assignment.station for assignment in ended.select_related("station")])
    assignments = list(ended.locked())
    if job is None or not isinstance(booked, int) or len(assignments) != len(keys):
        raise BrokenRule(_("This was recorded elsewhere; reopen the job instead."))
    if job.status != JobStatus.COMPLETED:
        raise BrokenRule(
            _("%(job)s is %(status)s by now; its completion cannot be undone.")
            % {"job": job, "status": job.get_status_display().lower()}
        )
    for station in stations:
        _refuse_if_built_on(event, station)

    _revert(event, by=by, at=at)
    caused = {}
    for other in (
        _caused_by(event).filter(station__in=stations).select_related("station", "job", "tenant").order_by("seq")
    ):
        _revert(other, by=by, at=at, caused_by=event)
        caused[other.station_id] = other
    for assignment in assignments:
        assignment.is_active, assignment.ended_at = True, None
        if assignment.station_id == event.station_id:
            assignment.qty_done -= booked
        assignment.save()
    job.move_to(JobStatus.RUNNING if assignments else JobStatus.WAITING)
    job.completed_at = None
    job.version += 1
    job.save()
    for station in stations:
        if station.pk in caused:
            _restore(station, caused[station.pk], at=max(at, event.occurred_at))
        else:  # the completion left it as it was: blocked, or idle
            touch(station)
    return stations or [event.station]


def _caused_by(event):
    return Event.objects.filter(payload__caused_by=str(event.pk), occurred_at__gte=event.occurred_at)
