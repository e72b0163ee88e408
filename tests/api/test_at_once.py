"""Programs that send at once, over real connections: one key acts once, and of many who expect a status one wins."""

from collections import Counter

import pytest

from apps.core.isolation import tenant_context
from apps.core.models import RequestKey
from apps.core.roles import Role
from apps.shopfloor.models import Event, Job, Station, StationAssignment
from tests.api.client import Program
from tests.api.floor import refused
from tests.factories import create_job, create_person, create_station, create_stop_reason, create_tenant
from tests.shopfloor.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

REPORT = "stations/ST-01/report/"


@pytest.fixture
def plant():
    """ST-01 runs JOB-1; `plant.program` is a supervisor's."""
    tenant = create_tenant()
    with tenant_context(tenant):
        create_stop_reason(tenant=tenant)
        create_job(tenant=tenant, code="JOB-1", on=create_station(tenant=tenant, code="ST-01", status="running"))
        tenant.program = Program(create_person(tenant=tenant, role=Role.SUPERVISOR))
    return tenant


def again(program) -> Program:
    """Another connection of the same program."""
    copy = object.__new__(Program)
    copy.__dict__ |= program.__dict__ | {"client": type(program.client)(raise_request_exception=False)}
    return copy


@pytest.mark.parametrize("number", [2, 20])
def test_a_key_that_is_sent_at_once_acts_once_and_all_get_its_answer(plant, number):
    programs = [again(plant.program) for _ in range(number)]

    answers = at_once(number, lambda n: programs[n].post(REPORT, {"good": 3}, Idempotency_Key="k 1"))

    assert [answer.status_code for answer in answers] == [200] * number
    assert Counter(answer.get("Idempotent-Replay") for answer in answers) == {None: 1, "true": number - 1}
    assert len({answer.content for answer in answers}) == 1 and len({answer["ETag"] for answer in answers}) == 1
    with tenant_context(plant):
        assert StationAssignment.objects.get().qty_done == 3
        assert Event.objects.count() == 1 and RequestKey.objects.count() == 1


def test_a_key_makes_one_row_whoever_is_first(plant):
    programs, body = [again(plant.program) for _ in range(10)], {"code": "JOB-9", "part_name": "x", "qty_total": 1}

    answers = at_once(10, lambda n: programs[n].post("jobs/", body, Idempotency_Key="k"))

    assert [answer.status_code for answer in answers] == [201] * 10
    assert len({answer.json()["id"] for answer in answers}) == 1
    with tenant_context(plant):
        assert Job.objects.filter(code="JOB-9").count() == 1


def test_with_another_body_or_address_it_is_refused_and_does_nothing(plant):
    plant.program.post(REPORT, {"good": 3}, Idempotency_Key="k")

    for address, body in ((REPORT, {"good": 4}), (REPORT, {}), ("stations/ST-01/call/", {"good": 3})):
        refused(plant.program.post(address, body, Idempotency_Key="k"), 422, "came before", code="key_reused")
    for wrong in ("", "x" * 201, "schlüssel"):
        refused(plant.program.post(REPORT, {"good": 3}, Idempotency_Key=wrong), 422, "not usable", code="key_reused")

    with tenant_context(plant):
        assert StationAssignment.objects.get().qty_done == 3


def test_of_two_bodies_under_one_key_at_once_one_acts(plant):
    programs = [again(plant.program) for _ in range(10)]

    answers = at_once(10, lambda n: programs[n].post(REPORT, {"good": n + 1}, Idempotency_Key="k"))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 422: 9}
    with tenant_context(plant):
        assert Event.objects.count() == 1
        assert StationAssignment.objects.get().qty_done == Event.objects.get().payload["good"]


def test_a_key_of_a_refusal_may_act_later(plant):
    refused(plant.program.post(REPORT, {"scrap": 1}, Idempotency_Key="k"), 400, code="reason_needed")
    done = plant.program.post(REPORT, {"good": 1}, Idempotency_Key="k")

    assert done.status_code == 200 and "Idempotent-Replay" not in done


def test_another_persons_key_is_another_key(plant):
    with tenant_context(plant):
        other = Program(create_person(tenant=plant, role=Role.OPERATOR))
    for program in (plant.program, other):
        assert "Idempotent-Replay" not in program.post(REPORT, {"good": 1}, Idempotency_Key="k")

    with tenant_context(plant):
        assert StationAssignment.objects.get().qty_done == 2


def test_of_fifty_who_expect_one_status_one_wins(plant):
    programs = [again(plant.program) for _ in range(50)]
    body = {"status": "blocked", "reason": "machine", "expected_status": "running"}

    answers = at_once(50, lambda n: programs[n].post("stations/ST-01/status/", body))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 49}
    (won,) = (answer.json() for answer in answers if answer.status_code == 200)
    for answer in answers:
        if answer.status_code == 409:
            said = refused(answer, 409, "ST-01 has changed meanwhile: status changed by", code="conflict")
            assert said["current"] == won
    with tenant_context(plant):
        assert Event.objects.filter(event_type="status_change").count() == 1
        assert Station.objects.get().version == won["version"]
