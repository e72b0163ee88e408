"""What is reported, and what becomes of it, exactly once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.errors import BrokenRule, Conflict
from apps.core.isolation import tenant_context
from apps.core.models import Attachment, Notification
from apps.maintenance import services
from apps.maintenance.models import ServiceRequest, WorkOrder
from apps.registry.services import retire_asset
from tests.factories import (
    create_asset,
    create_attachment,
    create_location,
    create_order_of,
    create_person,
    create_station,
    create_tenant,
)
from tests.shopfloor.test_races import at_once


@pytest.fixture
def operator(tenant):
    return create_person(tenant=tenant, role="operator")


@pytest.fixture
def technician(tenant):
    return create_person(tenant=tenant, role="technician")


@pytest.fixture
def supervisor(tenant):
    return create_person(tenant=tenant, role="supervisor")


def reported(tenant, by, *, photos=(), **fields):
    fields = {"asset": create_asset(tenant=tenant), "description": "It leaks.\nA lot."} | fields
    return services.report(ServiceRequest(tenant=tenant, **fields), by=by, photos=photos)


def test_a_request_becomes_a_ready_order_with_its_photos(tenant, operator, supervisor):
    request = reported(tenant, operator, photos=[create_attachment(tenant=tenant)], urgency="high", is_down=True)
    assert (request.status, request.number) == ("pending", "SR-000001")
    assert request.photo_url.startswith("/files/")
    request = services.convert(request, by=supervisor)
    order = request.work_order
    assert (order.status, order.origin, order.priority, order.title) == ("ready", "defect", "high", "It leaks.")
    assert (order.service_request, order.down_from) == (request, request.created_at)
    assert Attachment.objects.filter(entity_type="work_orders", entity_id=order.pk).count() == 1
    assert [n.kind for n in Notification.objects.filter(person=operator)] == ["answered"]


def test_a_supervisor_says_what_the_order_is_called_whose_it_is_and_how_urgent(
    tenant, operator, technician, supervisor
):
    place = create_location(tenant=tenant)
    request = reported(tenant, operator, asset=None, location=place, station=create_station(tenant=tenant))
    said = {"title": " Mend it ", "priority": "critical", "assigned_to": technician}

    order = WorkOrder.objects.get(pk=services.convert(request, by=supervisor, **said).work_order_id)

    assert (order.title, order.priority, order.assigned_to) == ("Mend it", "critical", technician)
    assert (order.location, order.station) == (place, request.station)
    assert (order.status, order.approved_by, order.down_from) == ("ready", supervisor, None)


def test_a_technicians_order_of_a_request_is_a_draft(tenant, operator, technician):
    assert services.convert(reported(tenant, operator), by=technician).work_order.status == "draft"


def test_nothing_is_reported_of_a_retired_asset(tenant, operator):
    with pytest.raises(BrokenRule, match="is retired"):
        reported(tenant, operator, asset=retire_asset(create_asset(tenant=tenant)))
    assert not ServiceRequest.objects.exists()


def test_no_answer_comes_before_the_report(tenant, operator, supervisor):
    now = timezone.now()
    request = services.report(
        ServiceRequest(tenant=tenant, asset=create_asset(tenant=tenant), description=" It leaks "),
        by=operator,
        at=now - timedelta(hours=1),
    )
    request = services.reject(request, by=supervisor, reason="Known", at=now - timedelta(hours=2))

    assert (request.description, request.created_at) == ("It leaks", now - timedelta(hours=1))
    assert request.triaged_at == request.created_at


def test_in_agile_mode_it_is_an_order_at_once(tenant, operator):
    tenant.settings = {"agile_mode": True}
    tenant.save()
    request = reported(tenant, operator)
    assert (request.status, request.work_order.status) == ("converted", "ready")
    stranger = services.report(
        ServiceRequest(tenant=tenant, asset=request.asset, description="Smoke", reporter_name="A visitor"), by=None
    )
    assert stranger.status == "pending"


def test_what_was_answered_is_not_answered_again(tenant, operator, supervisor):
    request = reported(tenant, operator)
    with pytest.raises(BrokenRule, match="Say why"):
        services.reject(request, by=supervisor, reason=" ")
    services.reject(request, by=supervisor, reason="Known")
    for again in (services.convert, services.take):
        with pytest.raises(BrokenRule, match="rejected already"):
            again(request, by=supervisor)


def test_a_stale_answer_is_refused(tenant, operator, supervisor):
    request = reported(tenant, operator)
    services.reject(request, by=supervisor, reason="Known", seen=1)
    with pytest.raises(Conflict):
        services.convert(request, by=supervisor, seen=1)


def test_it_is_merged_into_an_open_order_only(tenant, operator, supervisor):
    order = create_order_of(create_asset(tenant=tenant))
    request = reported(tenant, operator, asset=order.asset, photos=[create_attachment(tenant=tenant)])
    services.merge(request, order, by=supervisor)
    request.refresh_from_db()
    assert (request.work_order, WorkOrder.objects.count()) == (order, 1)
    services.cancel_order(order, by=supervisor, reason="no")
    with pytest.raises(BrokenRule, match="is cancelled"):
        services.merge(reported(tenant, operator, asset=order.asset), order, by=supervisor)
    with pytest.raises(BrokenRule, match=f"is {order} already"):
        services.convert(request, by=supervisor)
    order.tenant = create_tenant(name="South")
    with pytest.raises(BrokenRule, match="another tenant"):
        services.merge(reported(tenant, operator), order, by=supervisor)


def test_a_technician_begins_at_once_in_an_emergency_only(tenant, operator, technician):
    with pytest.raises(BrokenRule, match="emergency"):
        services.take(reported(tenant, operator), by=technician)
    assert not WorkOrder.objects.exists()
    request = services.take(reported(tenant, operator, is_down=True), by=technician)
    order = request.work_order
    assert (order.status, order.is_unapproved, order.assigned_to) == ("in_progress", True, technician)
    request.refresh_from_db()
    assert (request.status, request.work_order) == ("converted", order)


@pytest.mark.parametrize("why", ["critical", "blocked", "agile"])
def test_what_is_critical_stands_or_is_of_an_agile_plant_is_begun_at_once(tenant, operator, technician, why):
    fields = {
        "critical": {"urgency": "critical"},
        "blocked": {"station": create_station(tenant=tenant, status="blocked")},
    }
    request = reported(tenant, operator, **fields.get(why, {}))
    if why == "agile":
        tenant.settings = {"agile_mode": True}
        tenant.save()
    at = timezone.now() - timedelta(minutes=1)

    order = services.take(request, by=technician, at=at).work_order

    assert (order.status, order.started_at, order.is_unapproved) == ("in_progress", at, why != "agile")


def test_a_request_is_about_something_that_is_there(tenant, operator):
    with pytest.raises(BrokenRule, match="what it is about"):
        services.report(ServiceRequest(tenant=tenant, description="?"), by=operator)


@pytest.mark.django_db(transaction=True)
def test_two_who_answer_at_once_make_one_order():
    tenant = create_tenant()
    with tenant_context(tenant):
        supervisor = create_person(tenant=tenant, role="supervisor")
        request = reported(tenant, supervisor)

    def answer(_n):
        with tenant_context(tenant):
            try:
                services.convert(ServiceRequest.objects.get(pk=request.pk), by=supervisor)
            except BrokenRule as error:
                return str(error)
            return "done"

    said = at_once(4, answer)
    with tenant_context(tenant):
        assert WorkOrder.objects.count() == 1
    assert sorted(word == "done" for word in said) == [False, False, False, True]
    assert all("WO-000001" in word for word in said if word != "done")
