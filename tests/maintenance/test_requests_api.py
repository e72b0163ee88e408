"""Service requests through the API: reported by everyone, with photos; answered once, by whom it is for."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.core.models import Attachment
from apps.maintenance.models import ServiceRequest, WorkOrder
from tests.api.client import Program
from tests.api.floor import done, nothing_written, refused
from tests.factories import create_asset, create_order_of, create_station, photo

REQUEST = {
    "id", "number", "asset", "location", "station", "description", "urgency", "is_down", "status", "reported_by",
    "reporter_name", "photo_url", "rejection_reason", "work_order", "triaged_by", "triaged_at", "created_at", "version",
}  # fmt: skip


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant)


@pytest.fixture
def reports(operator):
    return Program(operator)


@pytest.fixture
def leads(supervisor):
    return Program(supervisor)


def reported(program, asset, **fields) -> dict:
    body = {"asset": str(asset.pk), "description": "It leaks."} | fields
    return done(program.post("service-requests/", body), REQUEST, 201)


def send_form(program, data):
    headers = {"Authorization": f"Token {program.text}"}
    return program.client.post("/api/v1/service-requests/", data, headers=headers)


def test_everyone_reports_and_follows(reports, operator, asset, tenant):
    create_station(tenant=tenant, code="ST-01")

    said = reported(reports, asset, urgency="high", is_down=True, station="ST-01")

    assert (said["number"], said["status"], said["work_order"]) == ("SR-000001", "pending", None)
    assert (said["reported_by"], said["urgency"], said["is_down"]) == (str(operator.pk), "high", True)
    assert reports.get(f"service-requests/{said['id']}/").json() == said


def test_what_cannot_be_reported_is_said(reports, asset):
    body = {"asset": str(asset.pk), "description": "It leaks."}
    with nothing_written():
        refused(reports.post("service-requests/", {"description": "It leaks."}), 400, "an asset, a place or a station")
        refused(reports.post("service-requests/", body | {"description": " "}), 400, "may not be blank")
        refused(reports.post("service-requests/", body | {"is_down": "true"}), 400, "valid boolean")
        refused(reports.post("service-requests/", body | {"status": "converted"}), 400, "not changed here")
        refused(reports.post("service-requests/", body | {"photos": ["x"]}), 400, "not a file")
        refused(send_form(reports, body | {"is_down": "maybe"}), 400, "valid boolean")
        refused(send_form(reports, body | {"photos": [photo() for _ in range(5)]}), 400, "no more than 4")


def test_photos_go_along_to_the_order(reports, leads, asset):
    answer = send_form(
        reports, {"asset": str(asset.pk), "description": "See", "is_down": "true", "photos": [photo(), photo()]}
    )
    said = done(answer, REQUEST, 201)
    assert said["is_down"] and said["photo_url"].startswith("/files/")

    said = done(leads.post(f"service-requests/{said['id']}/convert/"), REQUEST)

    order = WorkOrder.objects.get(number=said["work_order"])
    assert Attachment.objects.filter(entity_id=said["id"]).count() == 2
    assert Attachment.objects.filter(entity_id=order.pk).count() == 2


def test_in_agile_mode_it_is_an_order_at_once(reports, asset, tenant):
    tenant.settings = {"agile_mode": True}
    tenant.save()

    said = reported(reports, asset)

    assert said["status"] == "converted"
    assert reports.get(f"work-orders/{said['work_order']}/").json()["status"] == "ready"


def test_it_is_converted_rejected_or_merged_once_by_supervisors(reports, leads, asset, technician, supervisor):
    first, second, third = (reported(reports, asset) for _ in range(3))
    order = create_order_of(asset)
    for name, body in (("convert", {}), ("reject", {"reason": "x"}), ("merge", {"work_order": str(order)})):
        refused(Program(technician).post(f"service-requests/{first['id']}/{name}/", body), 403)

    body = {"priority": "low", "assigned_to": str(technician.pk), "title": "Mend it"}
    said = done(leads.post(f"service-requests/{first['id']}/convert/", body), REQUEST)
    made = leads.get(f"work-orders/{said['work_order']}/").json()
    assert {name: made[name] for name in ("priority", "assigned_to", "title", "status", "service_request")} == {
        **body, "status": "ready", "service_request": first["id"],
    }  # fmt: skip
    refused(leads.post(f"service-requests/{second['id']}/reject/"), 400, "required")
    said = done(leads.post(f"service-requests/{second['id']}/reject/", {"reason": "as it should be"}), REQUEST)
    assert (said["status"], said["rejection_reason"]) == ("rejected", "as it should be")
    said = done(leads.post(f"service-requests/{third['id']}/merge/", {"work_order": str(order)}), REQUEST)
    assert (said["status"], said["work_order"], said["triaged_by"]) == ("converted", str(order), str(supervisor.pk))
    with nothing_written():
        for one in (first, second, third):
            refused(leads.post(f"service-requests/{one['id']}/convert/"), 400, "already")


def test_an_answer_rests_on_what_was_seen(reports, leads, asset):
    said = reported(reports, asset)

    refused(leads.post(f"service-requests/{said['id']}/convert/", If_Match='"9"'), 409, "has changed", code="conflict")

    assert ServiceRequest.objects.get().status == "pending"


def test_an_emergency_is_taken_by_a_technician(reports, asset, technician):
    works = Program(technician)
    calm, urgent = reported(reports, asset), reported(reports, asset, urgency="critical")
    refused(works.post(f"service-requests/{calm['id']}/take/"), 400, "only an emergency")
    refused(reports.post(f"service-requests/{urgent['id']}/take/"), 403)

    said = done(works.post(f"service-requests/{urgent['id']}/take/"), REQUEST)

    order = works.get(f"work-orders/{said['work_order']}/").json()
    assert (order["status"], order["is_unapproved"], order["assigned_to"]) == ("in_progress", True, str(technician.pk))
    assert ServiceRequest.objects.get(pk=calm["id"]).status == "pending"


def test_an_act_takes_no_form(leads, reports, asset):
    said = reported(reports, asset)
    headers = {"Authorization": f"Token {leads.text}"}

    answer = leads.client.post(f"/api/v1/service-requests/{said['id']}/convert/", {"title": "x"}, headers=headers)

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "name, body", [("convert", {}), ("reject", {"reason": "x"}), ("merge", {"work_order": "WO-000001"}), ("take", {})]
)
def test_what_a_device_kept_counts_from_when_it_was(reports, leads, asset, name, body):
    create_order_of(asset)
    then = timezone.now() - timedelta(hours=5)

    said = reported(reports, asset, urgency="critical", occurred_at=then.isoformat())
    late = {"occurred_at": (then + timedelta(hours=1)).isoformat()}
    answer = done(leads.post(f"service-requests/{said['id']}/{name}/", body | late), REQUEST)

    assert parse_datetime(said["created_at"]) == then
    assert parse_datetime(answer["triaged_at"]) == then + timedelta(hours=1)
    if name == "take":
        assert WorkOrder.objects.get(number=answer["work_order"]).started_at == then + timedelta(hours=1)


def test_late_is_within_a_week_and_not_ahead(reports, leads, asset):
    said = reported(reports, asset, urgency="critical")
    now, at = timezone.now(), "service-requests/"
    with nothing_written():
        for name, body in (("convert", {}), ("reject", {"reason": "x"}), ("take", {})):
            for moment, why in ((now + timedelta(minutes=5), "future"), (now - timedelta(days=8), "more than 7 days")):
                late = {"occurred_at": moment.isoformat()}
                refused(leads.post(f"{at}{said['id']}/{name}/", body | late), 400, why)
                refused(reports.post(at, {"asset": str(asset.pk), "description": "x"} | late), 400, why)
