"""The managers' tables of maintenance: acts on orders and requests go through the services, and all else is looked at."""

import pytest
from django.urls import reverse

from apps.maintenance import services
from apps.maintenance.models import ServiceRequest, WorkOrder
from tests.factories import create_asset, create_order_of


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant)


def act(client, model, action, *rows, **sent):
    address = reverse(f"admin:maintenance_{model}_changelist")
    return client.post(address, {"action": action, "_selected_action": [row.pk for row in rows]} | sent, follow=True)


def reported(asset, by):
    return services.report(ServiceRequest(tenant=asset.tenant, asset=asset, description="It leaks."), by=by)


def test_chosen_orders_are_approved(signed_in, asset, manager):
    draft, ready = create_order_of(asset), create_order_of(asset, status="ready")

    page = act(signed_in, "workorder", "approve", draft, ready).text

    assert "1 orders are approved" in page and f"{ready} is already ready" in page
    draft.refresh_from_db()
    assert (draft.status, draft.approved_by) == ("ready", manager)


def test_chosen_orders_are_cancelled_for_a_reason(signed_in, asset, technician):
    draft, begun = create_order_of(asset), create_order_of(asset, status="in_progress", by=technician)
    assert "Cancel orders" in act(signed_in, "workorder", "cancel", draft).text
    assert act(signed_in, "workorder", "cancel", draft, apply="1").status_code == 422

    page = act(signed_in, "workorder", "cancel", draft, begun, apply="1", reason="made twice").text

    assert "1 orders are cancelled" in page and f"{begun} is in progress" in page
    assert dict(WorkOrder.objects.values_list("status", "reason"))["cancelled"] == "made twice"


def test_chosen_requests_become_orders_or_are_rejected(signed_in, asset, operator):
    first, second = reported(asset, operator), reported(asset, operator)

    assert "1 requests are orders now" in act(signed_in, "servicerequest", "convert", first).text
    page = act(signed_in, "servicerequest", "reject", first, second, apply="1", reason="as it should be").text

    assert "1 requests are rejected" in page and f"{first} is {WorkOrder.objects.get()} already" in page
    second.refresh_from_db()
    assert (second.status, second.rejection_reason) == ("rejected", "as it should be")


def test_supervisors_do_not_come_in(client, supervisor, asset):
    draft = create_order_of(asset)
    client.force_login(supervisor)

    assert act(client, "workorder", "approve", draft).status_code == 403
    assert WorkOrder.objects.get().status == "draft"
