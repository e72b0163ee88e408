"""Events in words: one sentence each, for the feeds of a station, a job, a person and the whole floor."""

from collections.abc import Callable
from functools import partial

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.uploads import attachments_of
from apps.shopfloor.models import CallKind, Event, EventType, StationStatus

ICONS: dict[str, str] = {
    EventType.JOB_CREATED: "plus",
    EventType.JOB_CHANGED: "note",
    EventType.JOB_STARTED: "play",
    EventType.QUANTITY_REPORTED: "plus",
    EventType.JOB_REASSIGNED: "move",
    EventType.JOB_PAUSED: "off",
    EventType.JOB_COMPLETED: "check",
    EventType.JOB_REOPENED: "undo",
    EventType.JOB_CANCELLED: "close",
    EventType.STATUS_CORRECTED: "clock",
    EventType.STOP_RECLASSIFIED: "clock",
    EventType.CALL_ACKNOWLEDGED: "check",
    EventType.CALL_RESOLVED: "check",
    EventType.CALL_CANCELLED: "close",
    EventType.NOTE: "note",
    EventType.REVERTED: "undo",
}
STATUS_ICONS = {"running": "play", "idle": "pause", "blocked": "block"}
FIELD_WORDS = {
    "code": "code",
    "part_name": "part",
    "qty_total": "quantity",
    "due_date": "due date",
    "priority": "priority",
    "line_hint": "line",
    "rank": "rank",
    "cycle_seconds": "cycle time",
}


def describe(event: Event, *, reasons: dict[str, str] | None = None) -> str:
    """What happened, as a sentence without its time, station and person.

    event: with its job at hand (select_related). reasons: names of stop and scrap reasons by code; a code that is not
    among them stands for itself. A kind that came from elsewhere is told by its name and details.
    """
    told = _TELL.get(event.event_type)
    if told is None:
        return _foreign(event)
    try:
        return told(event, event.payload, (reasons or {}).get)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):  # a payload that another system wrote
        return _foreign(event)


def icon(event: Event) -> str:
    """The name of the event's icon in templates/_icons.html."""
    if event.event_type == EventType.STATUS_CHANGE:
        return STATUS_ICONS.get(str(event.payload.get("new_status")), "clock")
    return ICONS.get(event.event_type, "bell" if event.event_type.endswith(("_request", "escalation")) else "pulse")


def photos_of(events) -> dict:
    """{event's key: its photos} of one tenant's events; one query, none where no note is among them."""
    return attachments_of([event for event in events if event.event_type == EventType.NOTE])


def _foreign(event) -> str:
    payload = event.payload  # of another system's making: any JSON
    if isinstance(payload, dict):
        payload = ", ".join(f"{name}: {value}" for name, value in payload.items())
    return " · ".join(str(part) for part in (event.get_event_type_display(), payload) if part)


def _with_note(text: str, payload: dict, name="note") -> str:
    return f"{text} · {payload[name]}" if payload.get(name) else text


def _status(event, payload, reason):
    status = dict(StationStatus.choices).get(payload["new_status"], payload["new_status"])
    code = payload.get("reason")
    text = f"{status}: {reason(code, code)}" if code else str(status)
    if payload.get("caused_by"):
        text = _("%s, as its job left") % text if payload["new_status"] == "idle" else _("%s, with its job") % text
    return _with_note(text, payload)


def _created(event, payload, reason):
    return _("%(job)s created: %(qty)d × %(part)s") % {
        "job": event.job,
        "qty": payload["qty_total"],
        "part": payload["part"],
    }


def _changed(event, payload, reason):
    moved = ", ".join(
        _("%(field)s %(old)s → %(new)s")
        % {"field": _(FIELD_WORDS.get(name, name)), "old": _or_none(old), "new": _or_none(new)}
        for name, (old, new) in payload.items()
    )
    return _("%(job)s changed: %(moved)s") % {"job": event.job, "moved": moved}


def _or_none(value):
    return _("none") if value in (None, "") else value


def _started(event, payload, reason):
    return _with_note(_("%s started") % event.job, payload)


def _reported(event, payload, reason):
    parts = []
    if payload.get("good"):
        parts.append(_("%d good") % payload["good"])
    if payload.get("scrap"):
        scrap = _("%d scrap") % payload["scrap"]
        code = payload.get("reason")
        parts.append(f"{scrap} ({reason(code, code)})" if code else scrap)
    text = _("%(what)s on %(job)s") % {"what": ", ".join(parts), "job": event.job}
    if payload.get("override"):
        text = _("%(text)s, above the limit: %(why)s") % {"text": text, "why": payload["override"]}
    return _with_note(text, payload)


def _reassigned(event, payload, reason):
    return _("%(job)s moved from %(from)s to %(to)s, %(left)d left") % {
        "job": event.job,
        "from": payload["from"],
        "to": payload["to"],
        "left": payload["remaining"],
    }


def _paused(event, payload, reason):
    return _("%(job)s taken off with %(done)d done here") % {"job": event.job, "done": payload["qty_done"]}


def _completed(event, payload, reason):
    text = _("%s completed") % event.job
    if payload.get("qty_booked"):
        text = _("%(text)s, %(n)d booked with it") % {"text": text, "n": payload["qty_booked"]}
    if payload.get("short"):
        text = _("%(text)s, %(n)d short: %(why)s") % {"text": text, "n": payload["short"], "why": payload["reason"]}
    return text


def _reopened(event, payload, reason):
    return _with_note(_("%s reopened") % event.job, payload, "reason")


def _cancelled(event, payload, reason):
    return _with_note(_("%s cancelled") % event.job, payload, "reason")


def _corrected(event, payload, reason):
    code = payload.get("reason")
    status = dict(StationStatus.choices).get(payload["status"], payload["status"])
    return _("%(from)s to %(to)s corrected to %(status)s: %(why)s") % {
        "from": _clock(payload["from"]),
        "to": _clock(payload["to"]),
        "status": f"{status} ({reason(code, code)})" if code else status,
        "why": payload["note"],
    }


def _clock(text):
    return date_format(localtime(parse_datetime(text)), "j M H:i")


def _reclassified(event, payload, reason):
    code = payload["reason"]
    return _with_note(_("Stop reason changed to %s") % reason(code, code), payload)


def _called(kind, event, payload, reason):
    text = _("Called: %s") % CallKind(kind).label.lower()
    if payload.get("part"):
        what = f"{payload['qty']} × {payload['part']}" if payload.get("qty") else payload["part"]
        text = f"{text}, {what}"
    return _with_note(text, payload)


def _of_call(text, event, payload, reason):
    return _(text) % CallKind(payload["kind"]).label.lower()


def _escalated(event, payload, reason):
    return _("Call for %(kind)s climbed to level %(level)d") % {
        "kind": CallKind(payload["kind"]).label.lower(),
        "level": payload["level"],
    }


def _note(event, payload, reason):
    photos = len(payload.get("photos", ()))
    words = ngettext("%d photo", "%d photos", photos) % photos if photos else ""
    return " · ".join(filter(None, [payload["note"], words]))


def _reverted(event, payload, reason):
    kind = dict(EventType.choices).get(payload["undone"], payload["undone"])
    return _("Undone: %s") % str(kind).lower()


_TELL: dict[str, Callable] = {
    EventType.STATUS_CHANGE: _status,
    EventType.JOB_CREATED: _created,
    EventType.JOB_CHANGED: _changed,
    EventType.JOB_STARTED: _started,
    EventType.QUANTITY_REPORTED: _reported,
    EventType.JOB_REASSIGNED: _reassigned,
    EventType.JOB_PAUSED: _paused,
    EventType.JOB_COMPLETED: _completed,
    EventType.JOB_REOPENED: _reopened,
    EventType.JOB_CANCELLED: _cancelled,
    EventType.STATUS_CORRECTED: _corrected,
    EventType.STOP_RECLASSIFIED: _reclassified,
    EventType.MATERIAL_REQUEST: partial(_called, "material"),
    EventType.MAINTENANCE_REQUEST: partial(_called, "maintenance"),
    EventType.QUALITY_REQUEST: partial(_called, "quality"),
    EventType.HELP_REQUEST: partial(_called, "help"),
    EventType.CALL_ACKNOWLEDGED: partial(_of_call, "Coming to the call for %s"),
    EventType.CALL_RESOLVED: partial(_of_call, "Call for %s resolved"),
    EventType.CALL_CANCELLED: partial(_of_call, "Call for %s cancelled"),
    EventType.ESCALATION: _escalated,
    EventType.NOTE: _note,
    EventType.REVERTED: _reverted,
}
