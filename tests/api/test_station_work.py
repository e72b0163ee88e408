"""`stations/{code}/start/`, `report/`, `reassign/`, `release/`, `complete/` and `undo/`: what they change, answer, refuse."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.core.roles import Role
from apps.shopfloor import services
from apps.shopfloor.models import Job, Station, StationAssignment
from tests.api.floor import STATION, by, done, events, nothing_written, refused
from tests.factories import create_job, create_station


def board(program, code="ST-01") -> dict:
    """A station as the board tells it."""
    return next(one for one in program.get("board/").json()["stations"] if one["code"] == code)


@pytest.fixture
def job(tenant, station):
    """JOB-1 of 10, running on ST-01; JOB-2 waits."""
    create_job(tenant=tenant, code="JOB-2", qty_total=4)
    return create_job(tenant=tenant, code="JOB-1", qty_total=10, on=station)


# --- start -------------------------------------------------------------------------------------------------------------


def test_a_job_is_started_and_the_station_runs(supervising, station, tenant):
    create_job(tenant=tenant, code="JOB-1", qty_total=10)

    said = done(supervising.post("stations/ST-01/start/", {"job": "JOB-1", "run": True, "note": "new die"}), STATION)

    assert said["status"] == "running" and said["version"] > station.version
    shown = board(supervising)
    assert shown["job"]["code"] == "JOB-1" and shown["assignment"]["qty_done"] == 0
    assert supervising.get("jobs/JOB-1/").json()["status"] == "running"
    assert [kind for kind, _payload in events()] == ["job_started", "status_change"]
    assert events("job_started")[0][1] == {"qty_before": 0, "note": "new die"}


def test_without_run_an_idle_station_stays_idle(supervising, station, tenant):
    create_job(tenant=tenant, code="JOB-1")
    assert done(supervising.post("stations/ST-01/start/", {"job": "JOB-1"}), STATION)["status"] == "idle"


def test_a_job_takes_the_place_of_another_only_when_told(supervising, job):
    with nothing_written():
        refused(
            supervising.post("stations/ST-01/start/", {"job": "JOB-2"}), 400, "take that off first", code="occupied"
        )

    done(supervising.post("stations/ST-01/start/", {"job": "JOB-2", "take_off": True}), STATION)

    assert board(supervising)["job"]["code"] == "JOB-2"
    assert supervising.get("jobs/JOB-1/").json()["status"] == "waiting"


@pytest.mark.parametrize(
    "body, word",
    [
        ({}, "required"),
        ({"job": "JOB-9"}, "There is no “JOB-9”"),
        ({"job": None}, "may not be null"),
        ({"job": 1}, "A key is a text"),
        ({"job": "JOB-1"}, "is on ST-01 already"),
        ({"job": "JOB-3", "take_off": True}, "reopen it first"),
        ({"job": "JOB-2", "run": "yes"}, "Must be a valid boolean"),
    ],
)
def test_a_job_that_cannot_be_started_is_refused(supervising, job, tenant, body, word):
    create_job(tenant=tenant, code="JOB-3", status="cancelled")
    with nothing_written():
        refused(supervising.post("stations/ST-01/start/", body), 400, word)


def test_an_operator_starts_the_next_job_where_the_plant_is_agile_and_no_other(operating, station, tenant):
    create_job(tenant=tenant, code="FIRST", rank=1)
    create_job(tenant=tenant, code="LATER")
    with nothing_written():
        refused(operating.post("stations/ST-01/start/", {"job": "FIRST"}), 403, code="not_allowed")
    tenant.settings = {"agile_mode": True}
    tenant.save()
    with nothing_written():
        refused(operating.post("stations/ST-01/start/", {"job": "LATER"}), 403, code="not_allowed")

    done(operating.post("stations/ST-01/start/", {"job": "FIRST"}), STATION)


# --- report ------------------------------------------------------------------------------------------------------------


def test_units_are_counted(operating, job, tenant):
    body = {"good": 3, "scrap": 1, "reason": "scratch", "note": "edge"}

    done(operating.post("stations/ST-01/report/", body), STATION)
    done(operating.post("stations/ST-01/report/", {"good": 2}), STATION)

    assert board(operating)["assignment"]["qty_done"] == 5 and board(operating)["assignment"]["qty_scrap"] == 1
    shown = operating.get("jobs/JOB-1/").json()
    assert (shown["qty_done"], shown["qty_scrap"], shown["status"]) == (5, 1, "running")
    first, second = events("quantity_reported")
    assert {name: first[1][name] for name in ("good", "scrap", "reason")} == {
        "good": 3,
        "scrap": 1,
        "reason": "scratch",
    }
    assert (second[1]["good"], second[1]["scrap"], second[1]["reason"]) == (2, 0, None)


@pytest.mark.parametrize(
    "body, word",
    [
        ({}, "at least one unit"),
        ({"good": 0}, "at least one unit"),
        ({"scrap": 1}, "choose a reason"),
        ({"scrap": 1, "reason": "none"}, "There is no “none”"),
        ({"good": 20}, "at most 11 more"),
        ({"good": -1}, "no more than that can be taken back"),
        ({"good": 1.5}, "A valid integer is required"),
        ({"good": "1"}, "A valid integer is required"),
        ({"good": True}, "A valid integer is required"),
        ({"good": 1_000_001}, "less than or equal"),
        ({"good": 1, "assignment": "00000000-0000-0000-0000-000000000000"}, "There is no"),
        ({"good": 20, "override": "they wanted more"}, "A supervisor may allow more"),
    ],
)
def test_what_cannot_be_counted_is_refused(operating, job, body, word):
    with nothing_written():
        refused(operating.post("stations/ST-01/report/", body), 400, word)


def test_a_station_without_a_job_counts_nothing(operating, station):
    with nothing_written():
        refused(operating.post("stations/ST-01/report/", {"good": 1}), 400, "start one first", code="rule")


def test_a_supervisor_goes_beyond_the_limit_and_corrects_an_ended_assignment(supervising, operating, job):
    said = refused(supervising.post("stations/ST-01/report/", {"good": 20}), 400, code="over_limit")
    assert "why it is above the limit" in said["detail"]
    done(supervising.post("stations/ST-01/report/", {"good": 20, "override": "they wanted more"}), STATION)
    assert events("quantity_reported")[0][1]["override"] == "they wanted more"
    key = str(StationAssignment.objects.get().pk)
    done(supervising.post("stations/ST-01/complete/"), STATION)

    with nothing_written():
        refused(operating.post("stations/ST-01/report/", {"good": -1, "assignment": key}), 409, code="conflict")
    done(supervising.post("stations/ST-01/report/", {"good": -1, "assignment": key}), STATION)

    assert StationAssignment.objects.get().qty_done == 19


# --- reassign and release ----------------------------------------------------------------------------------------------


def test_a_job_moves_to_another_station_and_its_count_stays(supervising, job, tenant):
    create_station(tenant=tenant, code="ST-02")
    supervising.post("stations/ST-01/status/", {"status": "running"})
    supervising.post("stations/ST-01/report/", {"good": 4})

    said = done(supervising.post("stations/ST-01/reassign/", {"to": "ST-02"}), STATION)

    assert (said["code"], said["status"]) == ("ST-01", "idle")
    assert board(supervising)["job"] is None and board(supervising, "ST-02")["job"]["code"] == "JOB-1"
    assert board(supervising, "ST-02")["assignment"]["qty_done"] == 0
    assert supervising.get("jobs/JOB-1/").json()["qty_done"] == 4
    assert events("job_reassigned") == [
        ("job_reassigned", {"from": "ST-01", "to": "ST-02", "qty_carried": 4, "remaining": 6})
    ]


def test_a_move_that_cannot_be_is_refused(supervising, operating, job, tenant):
    create_job(tenant=tenant, code="JOB-5", on=create_station(tenant=tenant, code="ST-02"))
    create_station(tenant=tenant, code="ST-03")
    create_station(tenant=tenant, code="ST-04", is_active=False)
    with nothing_written():
        for at, body, word in (
            ("ST-01", {}, "required"),
            ("ST-01", {"to": "ST-99"}, "There is no “ST-99”"),
            ("ST-01", {"to": "ST-01"}, "has this job already"),
            ("ST-01", {"to": "ST-02"}, "take that off first"),
            ("ST-01", {"to": "ST-04"}, "out of use"),
            ("ST-03", {"to": "ST-01"}, "ST-03 has no job"),
        ):
            refused(supervising.post(f"stations/{at}/reassign/", body), 400, word)
        refused(operating.post("stations/ST-01/reassign/", {"to": "ST-03"}), 403, code="not_allowed")


def test_a_job_comes_off_and_waits_again(supervising, operating, job):
    supervising.post("stations/ST-01/status/", {"status": "running"})
    supervising.post("stations/ST-01/report/", {"good": 4})
    with nothing_written():
        refused(operating.post("stations/ST-01/release/"), 403, code="not_allowed")

    said = done(supervising.post("stations/ST-01/release/"), STATION)

    assert said["status"] == "idle" and board(supervising)["job"] is None
    shown = supervising.get("jobs/JOB-1/").json()
    assert (shown["status"], shown["qty_done"]) == ("waiting", 4)
    assert events("job_paused")[0][1]["qty_done"] == 4
    with nothing_written():
        refused(supervising.post("stations/ST-01/release/"), 400, "has no job", code="rule")


# --- complete ----------------------------------------------------------------------------------------------------------


def test_a_whole_job_is_completed_wherever_it_runs(supervising, job, tenant):
    other = create_station(tenant=tenant, code="ST-02", status="running")
    services.assign_job(other, job, by=None)
    supervising.post("stations/ST-01/status/", {"status": "running"})
    supervising.post("stations/ST-01/report/", {"good": 10})

    said = done(supervising.post("stations/ST-01/complete/"), STATION)

    assert said["status"] == "idle"
    assert {one.status for one in Station.objects.all()} == {"idle"}
    shown = supervising.get("jobs/JOB-1/").json()
    assert shown["status"] == "completed" and shown["completed_at"] is not None
    told = events("job_completed")[0][1]
    assert (told["qty_booked"], told["short"]) == (0, 0)
    with nothing_written():
        refused(supervising.post("stations/ST-01/complete/"), 400, "has no job", code="rule")


def test_missing_units_are_booked_or_explained(supervising, job):
    supervising.post("stations/ST-01/report/", {"good": 7})
    with nothing_written():
        refused(supervising.post("stations/ST-01/complete/"), 400, "misses 3 of 10", code="units_missing")
        refused(supervising.post("stations/ST-01/complete/", {"fill": False}), 400, code="units_missing")

    done(supervising.post("stations/ST-01/complete/", {"fill": True}), STATION)

    assert supervising.get("jobs/JOB-1/").json()["qty_done"] == 10
    assert (events("job_completed")[0][1]["qty_booked"], events("job_completed")[0][1]["short"]) == (3, 0)


def test_a_job_ends_short_with_a_reason(supervising, job):
    done(supervising.post("stations/ST-01/complete/", {"short": "no glass"}), STATION)

    told = events("job_completed")[0][1]
    assert (told["qty_booked"], told["short"], told["reason"]) == (0, 10, "no glass")
    assert supervising.get("jobs/JOB-1/").json()["qty_done"] == 0


def test_an_operator_completes_what_is_whole_where_the_plant_is_agile(operating, job, tenant):
    tenant.settings = {"agile_mode": True}
    tenant.save()
    operating.post("stations/ST-01/report/", {"good": 9})
    with nothing_written():
        refused(operating.post("stations/ST-01/complete/", {"fill": True}), 403, code="not_allowed")
    operating.post("stations/ST-01/report/", {"good": 1})

    done(operating.post("stations/ST-01/complete/"), STATION)


# --- undo --------------------------------------------------------------------------------------------------------------


def test_a_status_comes_back_with_its_start(operating, station):
    begun = done(operating.post("stations/ST-01/status/", {"status": "running"}), STATION)["status_since"]
    operating.post("stations/ST-01/status/", {"status": "blocked", "reason": "machine"})

    said = done(operating.post("stations/ST-01/undo/"), STATION)

    assert (said["status"], said["stop_reason"], said["status_since"]) == ("running", None, begun)
    assert [call["status"] for call in operating.get("calls/").json()["results"]] == ["cancelled"]
    reverted, change = events("reverted")[0], events("status_change")[1]
    assert reverted[1]["undone"] == "status_change" and change[1]["new_status"] == "blocked"


def test_a_report_and_a_completion_are_taken_back(supervising, job):
    supervising.post("stations/ST-01/report/", {"good": 4})
    supervising.post("stations/ST-01/complete/", {"fill": True})

    done(supervising.post("stations/ST-01/undo/"), STATION)

    shown = supervising.get("jobs/JOB-1/").json()
    assert (shown["status"], shown["qty_done"], shown["completed_at"]) == ("running", 4, None)
    assert board(supervising)["job"]["code"] == "JOB-1"
    done(supervising.post("stations/ST-01/undo/"), STATION)
    assert supervising.get("jobs/JOB-1/").json()["qty_done"] == 0
    with nothing_written():
        refused(supervising.post("stations/ST-01/undo/"), 400, "nothing to undo", code="rule")


def test_only_the_act_that_is_meant_is_undone(operating, station):
    first = services.set_status(station, "running", by=operating.token.user).act.pk
    services.set_status(station, "idle", by=operating.token.user)
    with nothing_written():
        said = refused(operating.post("stations/ST-01/undo/", {"event": str(first)}), 409, code="conflict")
        refused(operating.post("stations/ST-01/undo/", {"event": "x"}), 400, "Must be a valid UUID")
    assert said["current"] == operating.get("stations/ST-01/").json()


def test_it_is_ones_own_act_and_soon(operating, supervising, station, tenant):
    operating.post("stations/ST-01/status/", {"status": "running"})
    another = by(Role.OPERATOR, tenant)
    with nothing_written():
        refused(another.post("stations/ST-01/undo/"), 400, "Only the person who did it")
    now = timezone.now()
    with time_machine.travel(now + timedelta(seconds=tenant.rules.undo_seconds + 1), tick=True), nothing_written():
        refused(operating.post("stations/ST-01/undo/"), 400, "too late")
    with time_machine.travel(now + timedelta(minutes=15, seconds=30), tick=True), nothing_written():
        refused(supervising.post("stations/ST-01/undo/"), 400, "15 minutes")

    done(supervising.post("stations/ST-01/undo/"), STATION)
    assert Job.objects.count() == 0 and Station.objects.get().status == "idle"
