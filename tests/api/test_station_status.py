"""`stations/{code}/status/`, `correct/` and `timeline/`: what they change, what they answer, what they refuse."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.shopfloor import services
from apps.shopfloor.models import Call, Event
from tests.api.floor import STATION, done, events, nothing_written, refused
from tests.factories import create_job, create_station, create_stop_reason

AT = "stations/ST-01/status/"


def test_blocking_is_told_with_its_reason_and_calls_for_help(operating, station):
    before = timezone.now()

    said = done(operating.post(AT, {"status": "blocked", "reason": "machine", "note": "belt"}), STATION)

    assert (said["code"], said["status"], said["stop_reason"]) == ("ST-01", "blocked", "machine")
    assert before <= parse_datetime(said["status_since"]) <= timezone.now()
    assert said["version"] == station.version + 1 and said["asset"] is None
    assert operating.get("stations/ST-01/").json() == said
    change = ("status_change", {"old_status": "idle", "new_status": "blocked", "reason": "machine", "note": "belt"})
    assert events("status_change") == [(change[0], change[1] | {"old_reason": None})]
    assert Event.objects.get(event_type="status_change").user == operating.token.user
    assert Call.objects.get().kind == "maintenance"

    said = done(operating.post(AT, {"status": "running"}), STATION)

    assert (said["status"], said["stop_reason"]) == ("running", None)
    assert Call.objects.get().status == "resolved"


def test_what_it_has_already_is_no_change(operating, station):
    done(operating.post(AT, {"status": "running"}), STATION)
    with nothing_written():
        said = done(operating.post(AT, {"status": "running", "note": "again"}), STATION)
    assert said["version"] == station.version + 1


@pytest.mark.parametrize(
    "body, word",
    [
        ({"status": "blocked"}, "choose a reason"),
        ({"status": "blocked", "reason": None}, "choose a reason"),
        ({"status": "blocked", "reason": "none"}, "There is no “none”"),
        ({"status": "blocked", "reason": "old"}, "no longer in use"),
        ({"status": "running", "reason": "machine"}, "has no stop reason"),
        ({"status": "broken"}, "is not a valid choice"),
        ({"status": None}, "may not be null"),
        ({}, "required"),
        ({"status": "running", "speed": 3}, "There is no field “speed” here"),
        ({"status": "running", "note": 3}, "Not a valid string"),
        ({"status": "running", "note": "x" * 2001}, "no more than 2000"),
    ],
)
def test_what_says_too_little_or_too_much_is_refused(operating, station, tenant, body, word):
    create_stop_reason(tenant=tenant, code="old", is_active=False)
    with nothing_written():
        refused(operating.post(AT, body), 400, word)


def test_a_station_out_of_use_takes_no_status(operating, tenant):
    create_station(tenant=tenant, code="ST-09", is_active=False)
    with nothing_written():
        refused(operating.post("stations/ST-09/status/", {"status": "running"}), 400, "out of use", code="rule")
        refused(operating.post("stations/ST-99/status/", {"status": "running"}), 404, code="not_found")


# --- correct -----------------------------------------------------------------------------------------------------------


def window(begin, end, **body):
    now = timezone.now()
    edges = {"from": now - begin, "to": now - end}
    return {name: moment.isoformat() for name, moment in edges.items()} | body


HOUR = timedelta(hours=1)


def test_a_period_is_corrected_and_the_timeline_tells_so(supervising, station, tenant):
    body = window(2 * HOUR, HOUR, status="blocked", reason="machine", note="nobody pressed")

    said = done(supervising.post("stations/ST-01/correct/", body), STATION)

    assert (said["status"], said["version"]) == ("idle", station.version + 1)
    ((_kind, told),) = events("status_corrected")
    assert {name: told[name] for name in ("status", "reason", "note")} == {
        "status": "blocked", "reason": "machine", "note": "nobody pressed",
    }  # fmt: skip
    assert parse_datetime(told["from"]) == parse_datetime(body["from"])
    found = supervising.get(f"stations/ST-01/timeline/?from={body['from']}&to={body['to']}").json()
    assert found["totals"] == {"running": 0, "idle": 0, "blocked": 3600, "unknown": 0} and found["stops"] == 1


def test_why_a_running_period_is_corrected_is_its_note(supervising, station):
    """api.md gives `correct` one reason; one that ran has no stop reason."""
    done(
        supervising.post("stations/ST-01/correct/", window(HOUR, HOUR / 2, status="running", reason="it ran")), STATION
    )

    ((_kind, told),) = events("status_corrected")
    assert (told["status"], told["reason"], told["note"]) == ("running", None, "it ran")


@pytest.mark.parametrize(
    "body, word",
    [
        (window(HOUR, 2 * HOUR, status="idle"), "begin before it ends"),
        (window(HOUR, HOUR, status="idle"), "begin before it ends"),
        (window(HOUR, -HOUR, status="idle"), "end by now"),
        (window(timedelta(days=8), HOUR, status="idle"), "last 7 days"),
        (window(2 * HOUR, HOUR, status="blocked"), "choose a reason"),
        (window(2 * HOUR, HOUR, status="blocked", reason="none"), "no stop reason “none”"),
        (window(2 * HOUR, HOUR, status="unknown"), "is not a valid choice"),
        ({"from": "2026-01-02T03:04:05", "to": "2026-01-02T04:04:05Z", "status": "idle"}, "with its offset"),
        ({"status": "idle"}, "required"),
    ],
)
def test_a_period_that_cannot_be_is_refused(supervising, station, body, word):
    with nothing_written():
        refused(supervising.post("stations/ST-01/correct/", body), 400, word)


def test_a_period_is_corrected_by_supervisors_alone(operating, station):
    with nothing_written():
        refused(
            operating.post("stations/ST-01/correct/", window(2 * HOUR, HOUR, status="idle")), 403, code="not_allowed"
        )


# --- timeline ----------------------------------------------------------------------------------------------------------


def test_the_timeline_adds_up_to_its_window(supervising, station, tenant):
    create_job(tenant=tenant, on=station)
    now = timezone.now()
    services.set_status(station, "running", by=None, at=now - timedelta(minutes=50))
    reason = create_stop_reason(tenant=tenant)
    services.set_status(station, "blocked", reason=reason, by=None, at=now - timedelta(minutes=20))
    start, end = (now - timedelta(hours=1)).isoformat(), now.isoformat()

    found = supervising.get(f"stations/ST-01/timeline/?from={start}&to={end}").json()

    assert set(found) == {"from", "to", "intervals", "totals", "stops"}
    assert all(set(one) == {"status", "reason", "from", "to", "seconds"} for one in found["intervals"])
    told = [(one["status"], one["reason"], one["seconds"]) for one in found["intervals"]]
    assert told[1:] == [("running", None, 1800), ("blocked", "machine", 1200)] and told[0][2] == 600
    assert sum(found["totals"].values()) == 3600
    assert set(found["totals"]) == {"running", "idle", "blocked", "unknown"} and found["stops"] == 1
    assert parse_datetime(found["from"]) == parse_datetime(start) and parse_datetime(found["to"]) == parse_datetime(end)


def test_the_timeline_is_todays_and_ends_now(operating, station):
    found = operating.get("stations/ST-01/timeline/").json()
    assert parse_datetime(found["from"]).time().isoformat() == "00:00:00"

    ahead = (timezone.now() + HOUR).isoformat().replace("+", "%2B")
    found = operating.get(f"stations/ST-01/timeline/?to={ahead}").json()
    assert parse_datetime(found["to"]) <= timezone.now()


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2026-01-02",
        "from=2026-01-02T03:04:05",
        "to=",
        "day=1",
        "from=2026-01-03T00:00:00Z&to=2026-01-02T00:00:00Z",
        "from=2025-01-03T00:00:00Z&to=2026-01-02T00:00:00Z",
        "from=9999-12-31T23:59:59Z",
    ],
)
def test_a_window_that_is_none_is_refused(operating, station, query):
    refused(operating.get(f"stations/ST-01/timeline/?{query}"), 400)
