"""`occurred_at`: what is entered late counts from then; by supervisors, within its limits, and nothing else is written."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.shopfloor import services
from apps.shopfloor.models import Event, Station, StationAssignment
from tests.api.floor import nothing_written, refused
from tests.factories import create_job, create_station

# act: (address, body, the event that tells of it)
ACTS = {
    "status": ("stations/ST-01/status/", {"status": "blocked", "reason": "machine"}, "status_change"),
    "start": ("stations/ST-02/start/", {"job": "JOB-2", "run": True}, "job_started"),
    "report": ("stations/ST-01/report/", {"good": 1}, "quantity_reported"),
    "reassign": ("stations/ST-01/reassign/", {"to": "ST-02"}, "job_reassigned"),
    "release": ("stations/ST-01/release/", {}, "job_paused"),
    "complete": ("stations/ST-01/complete/", {"short": "no more"}, "job_completed"),
    "call": ("stations/ST-01/call/", {"kind": "help"}, "help_request"),
    "notes": ("stations/ST-01/notes/", {"text": "x"}, "note"),
    "cancel a job": ("jobs/JOB-1/cancel/", {}, "job_cancelled"),
    "reopen": ("jobs/JOB-3/reopen/", {}, "job_reopened"),
    "acknowledge": ("calls/{call}/acknowledge/", {}, "call_acknowledged"),
    "resolve": ("calls/{call}/resolve/", {}, "call_resolved"),
    "cancel a call": ("calls/{call}/cancel/", {}, "call_cancelled"),
}
AT_A_STATION = [act for act in ACTS if act not in ("reopen", "start")]


@pytest.fixture
def floor(tenant, station):
    """ST-01 runs JOB-1 and has called for quality, three hours ago; ST-02 is free, JOB-2 waits, JOB-3 was cancelled."""
    then = timezone.now() - timedelta(hours=3)
    create_station(tenant=tenant, code="ST-02")
    create_job(tenant=tenant, code="JOB-2")
    services.assign_job(station, create_job(tenant=tenant, code="JOB-1"), by=None, run=True, at=then)
    create_job(tenant=tenant, code="JOB-3", status="cancelled")
    return services.call_for(station, "quality", by=None, at=then)


def send(program, act, floor, at):
    address, body, _event = ACTS[act]
    return program.post(address.format(call=floor.pk), body | {"occurred_at": at.isoformat()})


@pytest.mark.parametrize("act", ACTS)
def test_a_late_entry_counts_from_when_it_was(supervising, floor, act):
    then = timezone.now() - timedelta(hours=1)

    answer = send(supervising, act, floor, then)

    assert answer.status_code in (200, 201), answer.content
    told = Event.objects.filter(event_type=ACTS[act][2]).latest("seq")
    assert told.occurred_at == then and timezone.now() - told.created_at < timedelta(minutes=1)
    assert told.user == supervising.token.user


def test_a_late_status_begins_when_it_was(supervising, floor):
    then = timezone.now() - timedelta(hours=1)
    assert parse_datetime(send(supervising, "status", floor, then).json()["status_since"]) == then
    later = then + timedelta(minutes=1)
    send(supervising, "release", floor, later)
    assert StationAssignment.objects.get().ended_at == later


@pytest.mark.parametrize("act", ACTS)
def test_it_is_a_supervisors_within_a_week_and_not_ahead(supervising, operating, floor, act):
    now = timezone.now()
    with nothing_written():
        refused(send(operating, act, floor, now - timedelta(hours=1)), 403, code="not_allowed")
        refused(send(supervising, act, floor, now + timedelta(minutes=1)), 400, "in the future", code="rule")
        refused(
            send(supervising, act, floor, now - timedelta(days=7, minutes=1)), 400, "more than 7 days ago", code="rule"
        )
        for wrong in ("yesterday", "2026-03-01T06:00:00", 5, "0001-01-01T00:00:00Z"):
            address, body, _event = ACTS[act]
            wrong = supervising.post(address.format(call=floor.pk), body | {"occurred_at": wrong})
            refused(wrong, 400, "with its offset")


@pytest.mark.parametrize("act", AT_A_STATION)
def test_it_is_not_before_the_stations_last_event(supervising, floor, act):
    with nothing_written():
        refused(
            send(supervising, act, floor, timezone.now() - timedelta(hours=4)),
            400,
            "ST-01 has an event at",
            code="rule",
        )


def test_it_is_not_before_the_last_event_of_where_a_job_moves(supervising, floor, tenant):
    services.add_note(Station.objects.get(code="ST-02"), "x", by=None)
    with nothing_written():
        refused(send(supervising, "reassign", floor, timezone.now() - timedelta(hours=1)), 400, "ST-02 has an event at")


def test_undo_and_correct_have_no_other_time(supervising, floor):
    at = timezone.now().isoformat()
    with nothing_written():
        refused(supervising.post("stations/ST-01/undo/", {"occurred_at": at}), 400, "no field “occurred_at”")
        refused(supervising.post("stations/ST-01/correct/", {"occurred_at": at}), 400, "no field “occurred_at”")
