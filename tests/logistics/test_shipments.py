"""Shipments: several movements on one truck; their status is what their movements come to."""

import pytest

from apps.core.errors import BrokenRule
from apps.logistics import services
from apps.logistics.models import Shipment
from apps.logistics.services.steps import status_of
from tests.factories import create_asset


@pytest.fixture
def loaded(tenant, hall, yard, shop, sender):
    """A truck with three machines, two for the yard and one for the shop; a fourth was prepared for another day."""
    shipment = services.save_shipment(Shipment(tenant=tenant, jms_reference="TRIP-1", vehicle="Lorry"), by=sender)
    one, two, three, four = (create_asset(tenant=tenant, location=hall, name=name) for name in ("One", "Two", "Three", "Four"))  # fmt: skip
    services.plan_movements([one, two], yard, by=sender, shipment=shipment)
    services.plan_movements([three], shop, by=sender, shipment=shipment)
    services.plan_movements([four], yard, by=sender)
    return Shipment.objects.get()


def names(rows):
    return [row.asset.name for row in rows]


def test_it_leaves_with_all_that_is_on_it_and_what_is_missing_is_named(loaded, hall, yard, sender, taker):
    shipment = services.dispatch_shipment(loaded, by=sender, gate_pass_ref="A-1")

    assert (shipment.status, shipment.departed_at is not None) == ("in_transit", True)
    one, two, three = shipment.movements.order_by("created_at", "pk")
    stray = create_asset(tenant=loaded.tenant, location=hall, name="Stray")

    receipt = services.receive_shipment(shipment, by=taker, movements=[one], assets=[two.asset, stray])

    assert (names(receipt.received), names(receipt.missing), receipt.unexpected) == (["One", "Two"], ["Three"], [stray])
    assert receipt.words == "2 received. Still missing: Three. Not of this shipment: Stray."
    assert Shipment.objects.get().status == "partly_received"
    again = services.receive_shipment(shipment, by=taker, movements=[one, three])
    assert (names(again.received), names(again.already), again.missing) == (["Three"], ["One"], [])
    assert Shipment.objects.get().status == "received"
    with pytest.raises(BrokenRule, match="Nothing of TRIP-1 is on its way"):
        services.receive_shipment(shipment, by=taker)


def test_what_was_not_scanned_when_it_left_stays_planned(loaded, sender, taker):
    one, two, three = loaded.movements.order_by("created_at", "pk")

    shipment = services.dispatch_shipment(loaded, by=sender, movements=[one, three], gate_pass_ref="A-1")

    assert shipment.movements.filter(status="planned").get() == two
    services.receive_shipment(shipment, by=taker)
    assert Shipment.objects.get().status == "partly_received"
    services.unload_movements([two], by=sender)
    assert Shipment.objects.get().status == "received"


def test_nothing_is_put_on_what_has_left_and_nothing_taken_off_what_is_on_its_way(loaded, hall, yard, sender):
    shipment = services.dispatch_shipment(loaded, by=sender, gate_pass_ref="A-1")
    late = create_asset(tenant=loaded.tenant, location=hall, name="Late")

    with pytest.raises(BrokenRule, match="has left, or was cancelled"):
        services.plan_movements([late], yard, by=sender, shipment=shipment)
    with pytest.raises(BrokenRule, match="has left already"):
        services.unload_movements(list(shipment.movements.all()), by=sender)
    with pytest.raises(BrokenRule, match="it can only be received"):
        services.cancel_shipment(shipment, by=sender)


def test_cancelled_with_all_that_is_on_it(loaded, sender):
    shipment = services.cancel_shipment(loaded, by=sender, reason="no driver")

    assert shipment.status == "cancelled"
    assert set(shipment.movements.values_list("status", "reason")) == {("cancelled", "no driver")}
    with pytest.raises(BrokenRule, match="TRIP-1 is cancelled"):
        services.dispatch_shipment(shipment, by=sender)


def test_a_reference_is_one_shipments(loaded, sender):
    with pytest.raises(BrokenRule, match="There is a shipment TRIP-1 already"):
        services.save_shipment(Shipment(tenant=loaded.tenant, jms_reference=" TRIP-1 "), by=sender)


@pytest.mark.parametrize(
    ("states", "status"),
    [
        (set(), "planned"),
        ({"planned"}, "planned"),
        ({"planned", "cancelled"}, "planned"),
        ({"cancelled"}, "cancelled"),
        ({"planned", "in_transit"}, "in_transit"),
        ({"in_transit", "received"}, "partly_received"),
        ({"planned", "received"}, "partly_received"),
        ({"received", "lost", "cancelled"}, "received"),
    ],
)
def test_its_status_is_what_its_movements_come_to(states, status):
    assert status_of(states, Shipment(status="planned")) == status
