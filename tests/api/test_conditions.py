"""`If-Match`: what changes something is done to the row that was seen, or not at all."""

import pytest

from apps.core.roles import Role
from apps.shopfloor import services
from apps.shopfloor.models import CallKind, Event, StationAssignment
from tests.api.client import Program
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
