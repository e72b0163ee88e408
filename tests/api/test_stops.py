"""`stops/{id}/` and `stops/{id}/reason/`: one stop, and another reason for the whole of it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.shopfloor import services
from tests.api.floor import done, events, nothing_written, refused
from tests.factories import create_stop_reason

STOP = {"id", "station", "status", "reason", "from", "to", "seconds", "is_over"}


@pytest.fixture
def stop(station, tenant):
    """ST-01 is blocked for twenty minutes."""
    create_stop_reason(tenant=tenant, code="jam")
    create_stop_reason(tenant=tenant, code="old", is_active=False)
    reason, then = create_stop_reason(tenant=tenant), timezone.now() - timedelta(minutes=20)
    return services.set_status(station, "blocked", reason=reason, by=None, at=then).act


def test_a_stop_is_read_while_it_lasts_and_after(operating, stop):
    said = done(operating.get(f"stops/{stop.pk}/"), STOP)

    assert (said["id"], said["station"], said["status"], said["reason"]) == (
        str(stop.pk),
        "ST-01",
        "blocked",
        "machine",
    )
    assert parse_datetime(said["from"]) == stop.occurred_at and not said["is_over"] and 1199 <= said["seconds"] <= 1205
    operating.post("stations/ST-01/status/", {"status": "running"})
    assert done(operating.get(f"stops/{stop.pk}/"), STOP)["is_over"]


def test_the_whole_stop_gets_another_reason_and_keeps_its_start(supervising, stop):
    said = done(supervising.post(f"stops/{stop.pk}/reason/", {"reason": "jam", "note": "looked again"}), STOP)

    assert (said["reason"], said["status"]) == ("jam", "blocked") and parse_datetime(said["from"]) == stop.occurred_at
    shown = supervising.get("stations/ST-01/").json()
    assert shown["stop_reason"] == "jam" and parse_datetime(shown["status_since"]) == stop.occurred_at
    assert events("stop_reclassified") == [
        ("stop_reclassified", {"event": str(stop.pk), "reason": "jam", "note": "looked again"})
    ]
    start = (stop.occurred_at - timedelta(minutes=1)).isoformat()
    found = supervising.get(f"stations/ST-01/timeline/?from={start}").json()
    assert found["stops"] == 1 and found["intervals"][-1]["reason"] == "jam"


def test_what_is_no_reason_or_no_stop_is_refused(supervising, operating, stop, station):
    note = services.add_note(station, "x", by=None)
    run = services.set_status(station, "running", by=None).act
    with nothing_written():
        for body, word in (
            ({}, "required"),
            ({"reason": None}, "may not be null"),
            ({"reason": "none"}, "There is no “none”"),
            ({"reason": "old"}, "no longer in use"),
        ):
            refused(supervising.post(f"stops/{stop.pk}/reason/", body), 400, word)
        for event in (note, run):
            refused(supervising.post(f"stops/{event.pk}/reason/", {"reason": "jam"}), 404, code="not_found")
            refused(supervising.get(f"stops/{event.pk}/"), 404, code="not_found")
        refused(operating.post(f"stops/{stop.pk}/reason/", {"reason": "jam"}), 403, code="not_allowed")
