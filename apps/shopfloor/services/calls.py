"""Calls for material, maintenance, quality and help; their escalation."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.shopfloor.events import REQUEST_EVENT, moment, record_event, tell_board
from apps.shopfloor.models import Call, CallKind, CallStatus, EventType, ReasonGroup, Station
from apps.shopfloor.services.state import active_assignment
from apps.shopfloor.telling import tell_no_more, tell_of_call

# Whom a stop calls, by the group of its reason; planned stops call nobody.
CALL_OF_GROUP = {
    ReasonGroup.EQUIPMENT: CallKind.MAINTENANCE,
    ReasonGroup.MATERIAL: CallKind.MATERIAL,
    ReasonGroup.DOWNSTREAM: CallKind.HELP,
    ReasonGroup.QUALITY: CallKind.QUALITY,
    ReasonGroup.PEOPLE: CallKind.HELP,
}


@transaction.atomic
def call_for(station, kind, *, by, part="", qty=None, note="", at=None):
    """Call for material (naming part and quantity), maintenance, quality or help.

    A second press on the same open call returns that call. Returns the Call.
    """
    station = Station.objects.locked().get(pk=station.pk)
    assignment = active_assignment(station)
    job = assignment.job if assignment else None
    call = _open_call(
        station, kind, by=by, at=moment(at, station), job=job, part=part.strip(), qty=qty, note=note.strip()
    )
    tell_board(station, tenant=station.tenant)
    return call


def _open_call(station, kind, *, by, at, job=None, part="", qty=None, note="", is_from_stop=False):
    if not station.is_active:
        raise BrokenRule(_("%s is out of use; it takes no calls.") % station)
    if kind not in CallKind.values:
        raise BrokenRule(_("Call for material, maintenance, quality or help."))
    same = station.calls.open().filter(kind=kind, part=part).first()
    if same:
        return same
    call = Call.objects.create(
        tenant=station.tenant,
        station=station,
        kind=kind,
        part=part,
        qty=qty,
        note=note,
        is_from_stop=is_from_stop,
        opened_by=by,
        opened_at=at,
    )
    details = {"part": part, "qty": qty, "note": note} if kind == CallKind.MATERIAL else {"note": note}
    record_event(
        REQUEST_EVENT[kind],
        tenant=station.tenant,
        by=by,
        at=at,
        station=station,
        job=job,
        call=str(call.pk),
        **details,
    )
    tell_of_call(call, level=0, by=by, at=at)
    return call


def open_call_of_stop(station, reason, *, by, event, job):
    """Blocking calls whom the reason's group says; a call of another group, from the same stop, is over."""
    kind = CALL_OF_GROUP.get(reason.group)
    for call in station.calls.open().locked().filter(is_from_stop=True).exclude(kind=kind or ""):
        _end(call, CallStatus.RESOLVED, by=by, at=event.occurred_at)
    if kind:
        _open_call(station, kind, by=by, at=event.occurred_at, job=job, is_from_stop=True)


def resolve_calls_of_stop(station, *, by, event):
    """The station goes on: the calls its stop opened are resolved."""
    for call in station.calls.open().locked().filter(is_from_stop=True).order_by("pk"):
        _end(call, CallStatus.RESOLVED, by=by, at=event.occurred_at)


def cancel_calls_of_stop(station, *, by, at):
    """The stop was undone: what it called for was a mistake."""
    for call in station.calls.open().locked().filter(is_from_stop=True).order_by("pk"):
        _end(call, CallStatus.CANCELLED, by=by, at=at)


@transaction.atomic
def acknowledge_call(call, *, by, at=None):
    """Say “I come”; escalation stops. Returns the fresh Call."""
    call = Call.objects.locked().select_related("station").get(pk=call.pk)
    if call.status == CallStatus.ACKNOWLEDGED and call.acknowledged_by_id == (by and by.pk):
        return call
    call.move_to(CallStatus.ACKNOWLEDGED)
    call.acknowledged_by, call.acknowledged_at = by, moment(at, call.station)
    call.save()
    _tell(EventType.CALL_ACKNOWLEDGED, call, by=by, at=call.acknowledged_at)
    tell_board(call.station, tenant=call.tenant)
    return call


@transaction.atomic
def resolve_call(call, *, by, at=None):
    """The station has what it called for. Returns the fresh Call."""
    return _end_by_hand(call, CallStatus.RESOLVED, by=by, at=at)


@transaction.atomic
def cancel_call(call, *, by, at=None):
    """The call was not needed. Returns the fresh Call."""
    return _end_by_hand(call, CallStatus.CANCELLED, by=by, at=at)


def _end_by_hand(call, status, *, by, at):
    call = Call.objects.locked().select_related("station").get(pk=call.pk)
    _end(call, status, by=by, at=moment(at, call.station))
    tell_board(call.station, tenant=call.tenant)
    return call


def _end(call, status, *, by, at):
    call.move_to(status)
    call.ended_by, call.ended_at = by, at
    call.save()
    kind = EventType.CALL_RESOLVED if status == CallStatus.RESOLVED else EventType.CALL_CANCELLED
    _tell(kind, call, by=by, at=at)
    tell_no_more(call)


def _tell(event_type, call, *, by, at, **details):
    record_event(
        event_type, tenant=call.tenant, by=by, at=at, station=call.station, call=str(call.pk), kind=call.kind, **details
    )


@transaction.atomic
def escalate_calls(tenant, *, now=None):
    """Raise every unacknowledged call to the level its age has reached, one event for each level. Returns how many rose.

    The call is locked and its level compared, so that each level is reached exactly once, whoever runs this how often.
    """
    now = now or timezone.now()
    minutes = tenant.rules.andon_minutes
    raised, risen = 0, {}
    calls = Call.objects.for_tenant(tenant).filter(status=CallStatus.OPEN, level__lt=len(minutes) - 1)
    for call in calls.locked().select_related("station").order_by("pk"):
        call.tenant = tenant
        due = [level for level, after in enumerate(minutes) if now >= call.opened_at + timedelta(minutes=after)]
        for level in range(call.level + 1, max(due, default=0) + 1):
            call.level, at = level, call.opened_at + timedelta(minutes=minutes[level])
            call.save()
            _tell(EventType.ESCALATION, call, by=None, at=at, level=level)
            tell_of_call(call, level=level, by=None, at=at)
            raised += 1
            risen[call.station_id] = call.station
    if risen:
        tell_board(*risen.values(), tenant=tenant)
    return raised
