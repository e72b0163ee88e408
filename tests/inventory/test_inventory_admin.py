"""The managers' tables of the stores: found by any code, and their acts go through the services."""

import pytest
from django.urls import reverse

from apps.inventory import services
from apps.inventory.models import (
    CountStatus,
    HandoverStatus,
    Part,
    PartBarcode,
    PartOrder,
    Reservation,
    Stock,
    StockCount,
    StockMove,
)
from tests.factories import create_part, create_person, create_stock, create_warehouse


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def part(tenant):
    return create_part(tenant=tenant, sku="6204-2RS", name="Bearing")


@pytest.fixture
def seal(tenant):
    return create_part(tenant=tenant, sku="SEAL-9", name="Seal")


def act(client, model, action, *rows, **sent):
    address = reverse(f"admin:inventory_{model}_changelist")
    return client.post(address, {"action": action, "_selected_action": [row.pk for row in rows]} | sent, follow=True)


def test_parts_are_found_by_any_of_their_codes(signed_in, part, seal):
    for code in ("990", "991"):
        services.save_barcode(PartBarcode(tenant=part.tenant, part=part, barcode=code), by=None)
    assert list(signed_in.get("/admin/inventory/part/?q=99").context["cl"].result_list) == [part]


def test_parts_go_out_of_use_but_not_those_still_in_stock(signed_in, part, seal):
    create_stock(seal, 3)
    page = act(signed_in, "part", "take_out_of_use", part, seal).text

    assert "1 parts are out of use" in page and "SEAL-9 is still in warehouses" in page
    assert dict(Part.objects.values_list("sku", "is_active")) == {"6204-2RS": False, "SEAL-9": True}
    act(signed_in, "part", "put_into_use", part)
    assert Part.objects.get(pk=part.pk).is_active


def test_the_class_of_chosen_parts_is_set_by_hand(signed_in, part, seal):
    assert "Set the ABC class" in act(signed_in, "part", "set_class", part, seal).text
    page = act(signed_in, "part", "set_class", part, seal, apply="1", abc_class="a").text

    assert "2 parts have another class now" in page
    assert set(Part.objects.values_list("abc_class", flat=True)) == {"a"}
    assert Part.history.filter(id=part.pk).latest().history_change_reason == "set by hand"


def test_orders_are_closed_for_a_reason_and_found_by_their_state(signed_in, part, seal):
    late = services.mark_ordered(part, 5, reference="LATE", expected_on="2026-01-02", by=None)
    order = services.mark_ordered(seal, 5, reference="OTHER", by=None)
    assert act(signed_in, "partorder", "close", order, apply="1", reason="").status_code == 422
    page = act(signed_in, "partorder", "close", order, apply="1", reason="no more").text

    assert "1 orders are closed" in page and PartOrder.objects.get(pk=order.pk).close_reason == "no more"
    for state, reference in (("late", "LATE"), ("open", "LATE"), ("closed", "OTHER")):
        rows = signed_in.get(f"/admin/inventory/partorder/?state={state}").context["cl"].result_list
        assert [row.reference for row in rows] == [reference], state
    again = act(signed_in, "partorder", "close", order, late, apply="1", reason="no more").text
    assert "is closed already" in again and PartOrder.objects.get(pk=late.pk).closed_at


def test_reservations_are_released_handovers_withdrawn_counts_given_up(signed_in, part, tenant):
    ann, bob = (create_person(tenant=tenant, role="technician") for _ in range(2))
    store = create_stock(part, 9, warehouse=create_warehouse(tenant=tenant))
    reservation = services.reserve(part, 2, reference="WO-1", by=None)
    services.issue_to_wallet(part, 3, warehouse=store, user=ann, by=None)
    handover = services.hand_over(part, 1, giver=ann, receiver=bob, by=None)
    count = services.start_count(store, by=None)

    act(signed_in, "reservation", "release", reservation)
    act(signed_in, "handover", "withdraw", handover)
    act(signed_in, "stockcount", "cancel", count, apply="1", reason="not now")
    assert not Reservation.objects.filter(qty_open__gt=0)
    handover.refresh_from_db()
    assert handover.status == HandoverStatus.WITHDRAWN
    count = StockCount.objects.get()
    assert (count.status, count.reason) == (CountStatus.CANCELLED, "not now")


@pytest.mark.parametrize("model", ["partorder", "stockcount", "stockmove", "stock"])
def test_what_services_write_is_not_changed_by_a_form(signed_in, part, model):
    store = create_stock(part, 9)
    services.mark_ordered(part, 2, by=None)
    services.start_count(store, by=None)
    rows = {"partorder": PartOrder, "stockcount": StockCount, "stockmove": StockMove, "stock": Stock}
    row = rows[model].objects.get()
    address = reverse(f"admin:inventory_{model}_change", args=[row.pk])

    assert signed_in.get(address).status_code == 200
    assert signed_in.post(address, {"note": "x", "quantity": "1"}).status_code == 403
    assert signed_in.get(reverse(f"admin:inventory_{model}_add")).status_code == 403
