"""A station under lock: read it as the person saw it, change its status, record that. The other services build on it."""

from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, Conflict
from apps.shopfloor import timeline
from apps.shopfloor.events import record_event
from apps.shopfloor.models import (
    CountsAs,
    Event,
    EventType,
    ReasonGroup,
    Station,
    StationAssignment,
    StationStatus,
    StopReason,
)

UNSPECIFIED, NO_SHIFT = "unspecified", "no-shift"
# What stands on a status or a job at a station: after one of these, what was before cannot come back.
BUILT_ON = (
    EventType.STATUS_CHANGE,
    EventType.STATUS_CORRECTED,
    EventType.STOP_RECLASSIFIED,
    EventType.JOB_STARTED,
    EventType.JOB_REASSIGNED,
    EventType.JOB_PAUSED,
    EventType.JOB_COMPLETED,
    EventType.JOB_CANCELLED,
)


def lock_station(station, *, seen=None):
    """The station, locked and fresh. Raises Conflict, with who changed it, if it is not as the person saw it."""
    station = Station.objects.locked().select_related("tenant", "stop_reason").get(pk=station.pk)
    if seen not in (None, station.version):
        raise moved(station)
    refuse_out_of_use(station)
    return station


def refuse_out_of_use(station) -> None:
    if not station.is_active:
        raise BrokenRule(_("%s is out of use; it takes no status and no job.") % station)


def moved(station) -> Conflict:
    """What to raise where a station is not as somebody saw it: says who changed it, and shows it as it is."""
    return Conflict(_moved_words(station), current=station)


def _moved_words(station) -> str:
    changes = Event.objects.filter(station=station, event_type__in=[*BUILT_ON, EventType.REVERTED])
    event = changes.select_related("user").order_by("-occurred_at", "-seq").first()
    if event is None:
        return _("%s has changed meanwhile; nothing was done.") % station
    return _("%(station)s has changed meanwhile: %(what)s by %(who)s at %(when)s. Nothing was done.") % {
        "station": station,
        "what": event.get_event_type_display().lower(),
        "who": event.user or _("the system"),
        "when": date_format(timezone.localtime(event.occurred_at), "H:i:s"),
    }


def check_reason(reason, station):
    if reason is not None and reason.tenant_id != station.tenant_id:
        raise BrokenRule(_("This reason belongs to another tenant."))
    if reason is not None and not reason.is_active:
        raise BrokenRule(_("The reason “%s” is no longer in use; choose another.") % reason)


def reason_of_log(station, status, code) -> StopReason | None:
    """The stop reason the log names for a status. What the tenant has no reason for is `unspecified` where one is needed."""
    reason = StopReason.objects.for_tenant(station.tenant_id).filter(code=code).first() if code else None
    if status == StationStatus.RUNNING:
        return None
    return reason or (unspecified_reason(station.tenant_id) if status == StationStatus.BLOCKED else None)


def unspecified_reason(tenant_id, *, why=None) -> StopReason:
    """The tenant's reason for stops nobody explained: somebody has to go and look. why: it is made, if it is."""
    return _given_reason(tenant_id, UNSPECIFIED, _("Unspecified"), ReasonGroup.PEOPLE, CountsAs.AVAILABILITY, why=why)


def no_shift_reason(tenant_id) -> StopReason:
    """The tenant's reason for stations that stand because nobody is at work; made where it is not there."""
    return _given_reason(tenant_id, NO_SHIFT, _("No shift"), ReasonGroup.PLANNED, CountsAs.EXCLUDED)


def _given_reason(tenant_id, code, name, group, counts_as, *, why=None) -> StopReason:
    there = StopReason.objects.filter(tenant_id=tenant_id, code=code).first()
    if there:
        return there
    reason = StopReason(tenant_id=tenant_id, code=code, name=name, group=group, counts_as=counts_as)
    reason._change_reason = why  # type: ignore[attr-defined]  # read by the history
    reason.save()
    return reason


def active_assignment(station) -> StationAssignment | None:
    return StationAssignment.objects.active().select_related("job").filter(station=station).first()


def change_status(station, status, *, by, at, reason=None, note="", assignment=None, caused_by=None) -> Event:
    """Set the status of a locked station and record it; the caller saves the station and tells the board."""
    event = record_event(
        EventType.STATUS_CHANGE,
        tenant=station.tenant,
        by=by,
        at=at,
        station=station,
        job=assignment and assignment.job,
        old_status=station.status,
        new_status=status,
        reason=reason.code if reason else None,
        old_reason=station.stop_reason.code if station.stop_reason else None,
        note=note,
        **({"caused_by": str(caused_by.pk)} if caused_by else {}),
    )
    left_excluded = station.stop_reason is not None and station.stop_reason.counts_as == CountsAs.EXCLUDED
    station.status, station.status_since, station.stop_reason = status, at, reason
    station.version += 1
    if left_excluded and assignment:
        assignment.station = station
        recount_excluded(assignment, at=at)
    return event


def recount_excluded(assignment, *, at):
    """Count the seconds of an assignment's finished excluded stops anew, from the log: the pace leaves them out."""
    station = assignment.station
    if station.stop_reason and station.stop_reason.counts_as == CountsAs.EXCLUDED and station.status_since:
        at = min(at, station.status_since)  # the tile itself leaves the stop out that still runs
    codes = set(
        StopReason.objects.for_tenant(assignment.tenant_id)
        .filter(counts_as=CountsAs.EXCLUDED)
        .values_list("code", flat=True)
    )
    found = timeline.station_timeline(station, assignment.started_at, max(at, assignment.started_at))
    seconds = round(sum(i.seconds for i in found if i.reason in codes))
    StationAssignment.objects.filter(pk=assignment.pk).update(excluded_seconds=seconds)


def touch(station) -> None:
    """Raise a locked station's version: what people saw of it (its job) is no longer so."""
    Station.objects.filter(pk=station.pk).update(version=F("version") + 1)
    station.version += 1


def free_station(station, *, by, at, caused_by) -> None:
    """A locked station has lost its job: it becomes idle if it was running; a blocked one stays blocked."""
    if station.status == StationStatus.RUNNING:
        change_status(station, StationStatus.IDLE, by=by, at=at, caused_by=caused_by)
        station.save()
    else:
        touch(station)
