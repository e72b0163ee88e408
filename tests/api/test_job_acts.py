"""`jobs/{code}/rank/`, `cancel/`, `reopen/`, and making and changing jobs: what they change, answer, refuse."""

import pytest

from apps.shopfloor import services
from apps.shopfloor.models import Job, JobStatus
from tests.api.floor import JOB, done, events, nothing_written, refused
from tests.factories import create_job, create_station


@pytest.fixture
def job(tenant):
    return create_job(tenant=tenant, code="JOB-1", qty_total=10)


def test_a_job_is_made_changed_and_read_again(supervising, tenant):
    body = {"code": "JOB-7", "part_name": "Shelf", "qty_total": 5, "due_date": "2026-12-24", "cycle_seconds": 30}

    made = done(supervising.post("jobs/", body), JOB, status=201)

    assert {name: made[name] for name in body} == body | {"cycle_seconds": 30.0}
    assert (made["status"], made["qty_done"], made["priority"], made["version"]) == ("waiting", 0, "normal", 1)
    assert events() == [("job_created", {"qty_total": 5, "part": "Shelf"})]
    changed = done(supervising.patch("jobs/JOB-7/", {"qty_total": 6}), JOB)
    assert changed == made | {"qty_total": 6, "version": 2}
    assert done(supervising.put("jobs/JOB-7/", changed), JOB) == changed  # what it is already
    with nothing_written():
        refused(supervising.post("jobs/", body), 400, "taken")
        refused(supervising.patch("jobs/JOB-7/", {"status": "completed"}), 400, "not changed here")
        refused(supervising.patch("jobs/JOB-7/", {"qty_total": 0}), 400, "qty_total")


def test_a_quantity_below_what_is_done_is_refused(supervising, job, tenant):
    station = create_station(tenant=tenant, code="ST-01")
    services.assign_job(station, job, by=None)
    supervising.post("stations/ST-01/report/", {"good": 4})
    with nothing_written():
        refused(supervising.patch("jobs/JOB-1/", {"qty_total": 3}), 400, "cannot be less", code="rule")


def test_a_job_is_pinned_to_its_place_and_let_go(supervising, operating, job, tenant):
    create_job(tenant=tenant, code="JOB-2")

    said = done(supervising.post("jobs/JOB-2/rank/", {"rank": 1}), JOB)

    assert (said["rank"], said["version"]) == (1, 2)
    assert [row["code"] for row in supervising.get("jobs/?ordering=rank").json()["results"]] == ["JOB-2", "JOB-1"]
    assert events("job_changed") == [("job_changed", {"rank": [None, 1]})]
    assert done(supervising.post("jobs/JOB-2/rank/", {"rank": None}), JOB)["rank"] is None
    with nothing_written():
        for body in ({}, {"rank": 0}, {"rank": -1}, {"rank": "1"}, {"rank": 1.5}, {"rank": 2**31}, {"place": 1}):
            refused(supervising.post("jobs/JOB-2/rank/", body), 400)
        refused(operating.post("jobs/JOB-2/rank/", {"rank": 1}), 403, code="not_allowed")


def test_a_job_is_given_up_and_what_was_made_stays(supervising, operating, job, tenant):
    station = create_station(tenant=tenant, code="ST-01", status="running")
    services.assign_job(station, job, by=None)
    supervising.post("stations/ST-01/report/", {"good": 4})
    with nothing_written():
        refused(operating.post("jobs/JOB-1/cancel/"), 403, code="not_allowed")

    said = done(supervising.post("jobs/JOB-1/cancel/", {"reason": "no more"}), JOB)

    assert (said["status"], said["qty_done"], said["completed_at"]) == ("cancelled", 4, None)
    assert supervising.get("stations/ST-01/").json()["status"] == "idle"
    assert events("job_cancelled") == [("job_cancelled", {"reason": "no more"})]
    with nothing_written():
        again = refused(supervising.post("jobs/JOB-1/cancel/"), 409, "cancelled already", code="conflict")
    assert again["current"] == said


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.CANCELLED])
def test_what_has_ended_is_reopened(supervising, operating, tenant, status):
    station = create_station(tenant=tenant, code="ST-01")
    create_job(tenant=tenant, code="JOB-1", qty_total=10, on=station, qty_done=10)
    supervising.post("stations/ST-01/complete/") if status == JobStatus.COMPLETED else supervising.post(
        "jobs/JOB-1/cancel/"
    )
    assert Job.objects.get().status == status
    with nothing_written():
        refused(operating.post("jobs/JOB-1/reopen/"), 403, code="not_allowed")

    said = done(supervising.post("jobs/JOB-1/reopen/", {"reason": "one more"}), JOB)

    assert (said["status"], said["qty_done"], said["completed_at"]) == ("waiting", 10, None)
    assert events("job_reopened") == [("job_reopened", {"reason": "one more"})]
    with nothing_written():
        refused(supervising.post("jobs/JOB-1/reopen/"), 400, "already waiting", code="rule")
        refused(supervising.post("jobs/JOB-1/reopen/", {"reason": 1}), 400, "Not a valid string")


def test_a_running_job_is_not_reopened(supervising, job, tenant):
    services.assign_job(create_station(tenant=tenant), job, by=None)
    with nothing_written():
        refused(supervising.post("jobs/JOB-1/reopen/"), 400, "is running", code="rule")
        refused(supervising.post("jobs/JOB-9/reopen/"), 404, code="not_found")
