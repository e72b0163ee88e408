"""Two parties: a code that is good once and for a while, or a signature on the screen."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.core.errors import BrokenRule, NotAllowed
from apps.logistics import services
from apps.logistics.models import AssetMovement, Handover, Shipment
from tests.factories import create_asset, create_attachment, create_movement, create_tenant


@pytest.fixture
def row(tenant, hall, yard, sender):
    return create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender, dispatched=True)


def test_who_scans_the_code_takes_what_it_hands_over_once(tenant, row, sender, taker):
    _offer, code = services.offer_handover(row, by=sender)

    receipt = services.take_over(tenant, code, by=taker, condition="Clean")

    kept = Handover.objects.get()
    assert (kept.given_by, kept.taken_by, code.rpartition(".")[2] in kept.code_hash) == (sender, taker, False)
    assert [(moved.status, moved.received_by, moved.condition_in) for moved in receipt.received] == [
        ("received", taker, "Clean")
    ]
    with pytest.raises(BrokenRule, match="This code opens nothing"):
        services.take_over(tenant, code, by=taker)


def test_a_code_is_good_for_ten_minutes_and_in_its_own_plant(tenant, row, sender, taker):
    _offer, code = services.offer_handover(row, by=sender)

    with time_machine.travel(timezone.now() + timedelta(minutes=11)), pytest.raises(BrokenRule, match="opens nothing"):
        services.take_over(tenant, code, by=taker)
    for wrong in (code[:-1] + "-", "x", code.replace(tenant.pk.hex, create_tenant().pk.hex)):
        with pytest.raises(BrokenRule, match="opens nothing"):
            services.take_over(tenant, wrong, by=taker)
    with pytest.raises(NotAllowed, match="your own code"):
        services.take_over(tenant, code, by=sender)
    assert AssetMovement.objects.get().status == "in_transit"


def test_of_a_shipment_what_was_scanned_is_taken(tenant, hall, yard, sender, taker):
    shipment = services.save_shipment(Shipment(tenant=tenant, jms_reference="T"), by=sender)
    one, two = (create_asset(tenant=tenant, location=hall, name=name) for name in ("One", "Two"))
    rows = services.plan_movements([one, two], yard, by=sender, shipment=shipment)
    with pytest.raises(BrokenRule, match="is not on its way"):
        services.offer_handover(shipment, by=sender)
    services.dispatch_shipment(shipment, by=sender, gate_pass_ref="A")
    _offer, code = services.offer_handover(shipment, by=sender)

    receipt = services.take_over(tenant, code, by=taker, movements=rows[:1])

    assert [moved.asset for moved in receipt.missing] == [two]


def test_a_driver_without_an_account_signs_on_the_screen(tenant, row, taker):
    picture = create_attachment(tenant=tenant, by=taker)

    with pytest.raises(BrokenRule, match="Write the name"):
        services.sign_over(row, by=taker, signer_name=" ", signature=picture)
    services.sign_over(row, by=taker, signer_name="A driver", signature=picture)

    kept = Handover.objects.get()
    picture.refresh_from_db()
    assert (kept.signer_name, kept.taken_by, picture.entity_id) == ("A driver", taker, kept.pk)
    assert AssetMovement.objects.get().status == "received"
    assert "signer_name" not in {field.name for field in Handover.history.model._meta.get_fields()}
