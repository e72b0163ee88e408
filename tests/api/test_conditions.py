"""`If-Match`: what changes something is done to the row that was seen, or not at all."""

import pytest

from apps.core.roles import Role
from apps.shopfloor import services
from apps.shopfloor.models import CallKind, Event, Job, StationAssignment
from tests.api.client import Program
from tests.api.floor import nothing_written, refused
from tests.factories import create_job, create_person, create_shift, create_station


@pytest.fixture
def admin(tenant):
    return Program(create_person(tenant=tenant, role=Role.ADMIN))


@pytest.mark.parametrize(
    "act, body", [("report", {"good": 1}), ("call", {"kind": "help"}), ("notes", {"text": "x"}), ("undo", {})]
)
def test_no_act_is_done_to_a_station_that_has_changed(admin, tenant, act, body):
    station = create_station(tenant=tenant, code="ST-01")
    create_job(tenant=tenant, on=station)
    services.set_status(station, "running", by=admin.token.user)
    told = Event.objects.count()
    at = f"stations/ST-01/{act}/"
    seen = admin.get("stations/ST-01/")["ETag"]

    refused = admin.post(at, body, If_Match='"99"')

    assert refused.status_code == 409 and refused.json()["current"]["code"] == "ST-01"
    assert Event.objects.count() == told and StationAssignment.objects.get().qty_done == 0
    assert admin.post(at, body, If_Match=seen).status_code in (200, 201)


def test_a_call_that_has_moved_is_not_cancelled(admin, tenant):
    call = services.call_for(create_station(tenant=tenant), CallKind.HELP, by=admin.token.user)
    seen = admin.get(f"calls/{call.pk}/")["ETag"]
    services.acknowledge_call(call, by=admin.token.user)

    refused = admin.post(f"calls/{call.pk}/cancel/", If_Match=seen)

    assert refused.status_code == 409 and refused.json()["current"]["status"] == "acknowledged"


def test_a_shift_that_has_changed_is_not_deleted(admin, tenant):
    shift = create_shift(tenant=tenant)
    seen = admin.get(f"shifts/{shift.pk}/")["ETag"]
    admin.patch(f"shifts/{shift.pk}/", {"name": "First"})

    assert admin.delete(f"shifts/{shift.pk}/", If_Match=seen).status_code == 409
    assert admin.delete(f"shifts/{shift.pk}/", If_Match=admin.get(f"shifts/{shift.pk}/")["ETag"]).status_code == 204


# --- what state an act rests on ----------------------------------------------------------------------------------------

# act: (address, body); those at a station take `expected_status` too.
AT_STATION = {
    "status": {"status": "idle"},
    "start": {"job": "JOB-2", "take_off": True},
    "reassign": {"to": "ST-02"},
    "release": {},
    "complete": {"short": "no more"},
}
TO_JOB = {"rank": {"rank": 1}, "cancel": {}, "reopen": {}}


@pytest.fixture
def busy(tenant, station):
    """ST-01 runs JOB-1; ST-02 is free; JOB-2 waits, JOB-3 was cancelled."""
    create_station(tenant=tenant, code="ST-02")
    create_job(tenant=tenant, code="JOB-2")
    create_job(tenant=tenant, code="JOB-3", status="cancelled")
    services.assign_job(station, create_job(tenant=tenant, code="JOB-1"), by=None, run=True)
    return station


@pytest.mark.parametrize("act, body", AT_STATION.items())
def test_an_act_rests_on_the_status_and_the_version_that_are_expected(admin, busy, act, body):
    at, now = f"stations/ST-01/{act}/", admin.get("stations/ST-01/")
    with nothing_written():
        for sent, headers in (
            ({"expected_status": "blocked"}, {}),
            ({}, {"If_Match": f'"{busy.version}"'}),  # as it was before it ran
            ({}, {"If_Match": '"99999999999999"'}),
            ({}, {"If_Match": '"x"'}),
            ({"expected_status": "running"}, {"If_Match": f'"{busy.version}"'}),
        ):
            said = refused(admin.post(at, body | sent, **headers), 409, "Nothing was done", code="conflict")
            assert set(said) == {"detail", "code", "current"} and said["current"] == now.json()
        refused(admin.post(at, body | {"expected_status": "broken"}), 400, "is not a valid choice")
        refused(admin.post(at, body | {"expected_status": None}), 400, "may not be null")

    answer = admin.post(at, body | {"expected_status": "running"}, If_Match=now["ETag"])

    assert answer.status_code == 200 and answer["ETag"] != now["ETag"]
    assert answer["ETag"] == f'"{answer.json()["version"]}"'


@pytest.mark.parametrize("act, body", TO_JOB.items())
def test_an_act_rests_on_the_version_of_a_job(admin, busy, act, body):
    code = "JOB-3" if act == "reopen" else "JOB-2"
    at, seen = f"jobs/{code}/{act}/", admin.get(f"jobs/{code}/")["ETag"]
    services.change_job(Job.objects.get(code=code), by=None, priority="high")
    now = admin.get(f"jobs/{code}/")
    with nothing_written():
        said = refused(admin.post(at, body, If_Match=seen), 409, "has changed meanwhile", code="conflict")
        assert said["current"] == now.json()

    assert admin.post(at, body, If_Match=now["ETag"]).status_code == 200


@pytest.mark.parametrize("verb", ["patch", "put"])
@pytest.mark.parametrize("kind, key", [("jobs", "JOB-2"), ("stations", "ST-02"), ("stop-reasons", "machine")])
def test_a_change_rests_on_the_version_that_was_seen(admin, busy, kind, key, verb):
    name = "part_name" if kind == "jobs" else "name"
    at, seen = f"{kind}/{key}/", admin.get(f"{kind}/{key}/")
    assert admin.patch(at, {name: "Other"}).status_code == 200
    now = admin.get(at)
    with nothing_written():
        body = seen.json() if verb == "put" else {name: "Mine"}
        said = refused(admin.send(verb, at, body, If_Match=seen["ETag"]), 409, "has changed meanwhile", code="conflict")
        assert said["current"] == now.json()

    body = now.json() | {name: "Mine"} if verb == "put" else {name: "Mine"}
    answer = admin.send(verb, at, body, If_Match=now["ETag"])
    assert answer.status_code == 200 and answer.json()[name] == "Mine"
