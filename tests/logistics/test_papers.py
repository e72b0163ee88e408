"""Gate passes and manifests: frozen and kept when they are issued; what a pass shows to anybody."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from apps.core.errors import BrokenRule
from apps.core.hooks import tenant_of_link
from apps.core.models import Attachment
from apps.logistics import services
from apps.logistics.models import AssetMovement, GatePass, Shipment
from apps.logistics.paper import pass_path
from apps.logistics.public import shown_pass
from tests.core.test_pdf import pages_of, words_on
from tests.factories import create_asset, create_movement


def address(path):
    return f"https://plant.example{path}"


def printed(attachment):
    with default_storage.open(attachment.storage_key) as file:
        return " ".join(words_on(page) for page in pages_of(file.read()))


@pytest.fixture
def rows(tenant, hall, yard, sender):
    one = create_asset(tenant=tenant, location=hall, name="One", serial_number="SN-1", identity={"client_code": "P-1"})
    create_asset(tenant=tenant, parent=one, name="Spindle", serial_number="SN-2")
    two = create_asset(tenant=tenant, location=hall, name="Two")
    return services.plan_movements([one, two], yard, by=sender)


def test_a_pass_is_numbered_printed_and_kept(tenant, rows, sender):
    services.change_movement(rows[0], by=sender, condition_out="Scratched")

    issued = services.issue_gate_pass(rows, by=sender, address=address, bearer="A driver", vehicle="Lorry 7")

    assert issued.number == "GP-000001"
    assert set(AssetMovement.objects.values_list("gate_pass_ref", flat=True)) == {"GP-000001"}
    words = printed(issued.file)
    for word in ("GP-000001", "One", "SN-1", "P-1", "Spindle", "SN-2", "Two", "Scratched", "Lorry 7", "Yard", "Hall 1"):
        assert word in words, word
    assert "Page 1 of 1" in words
    services.dispatch_movements(rows, by=sender)
    assert {row.status for row in AssetMovement.objects.all()} == {"in_transit"}


def test_what_is_printed_stays_as_it_was(tenant, rows, sender):
    issued = services.issue_gate_pass(rows, by=sender, address=address)
    before = issued.file.sha256
    rows[0].asset.name = "Another"
    rows[0].asset.save()

    assert GatePass.objects.get().file.sha256 == before
    assert "Another" not in printed(GatePass.objects.get().file)


def test_one_pass_at_a_time_and_numbers_are_not_taken_twice(tenant, rows, hall, yard, sender):
    issued = services.issue_gate_pass(rows, by=sender, address=address, number="BOOK 7")

    with pytest.raises(BrokenRule, match="BOOK 7 is issued already"):
        services.issue_gate_pass(rows[:1], by=sender, address=address)
    other = create_movement(create_asset(tenant=tenant, location=hall, name="Other"), yard)
    with pytest.raises(BrokenRule, match="BOOK 7 is the pass of One"):
        services.issue_gate_pass([other], by=sender, address=address, number="BOOK 7")
    services.revoke_gate_pass(issued, by=sender, reason="wrong lorry")
    again = services.issue_gate_pass(rows, by=sender, address=address)
    assert again.number == "GP-000001"
    with pytest.raises(BrokenRule, match="The number BOOK 7 is taken"):
        services.issue_gate_pass([other], by=sender, address=address, number="BOOK 7")


def test_nothing_leaves_with_a_pass_that_is_over(tenant, rows, sender):
    today = tenant.local(timezone.now()).date()
    issued = services.issue_gate_pass(rows, by=sender, address=address, valid_until=today)
    GatePass.objects.update(valid_until=today - timedelta(days=1))

    with pytest.raises(BrokenRule, match="GP-000001 is not valid any more"):
        services.dispatch_movements(rows, by=sender)
    with pytest.raises(BrokenRule, match="a day that is over"):
        services.issue_gate_pass(rows, by=sender, address=address, valid_until=today - timedelta(days=1))
    assert shown_pass(tenant, issued.token).is_valid is False


def test_anybody_sees_whether_it_is_valid_its_items_and_until_when(tenant, rows, sender, taker):
    issued = services.issue_gate_pass(rows, by=sender, address=address)

    shown = shown_pass(tenant, issued.token)

    assert (shown.number, shown.is_valid, shown.items, shown.valid_until) == (
        "GP-000001", True, ["One", "Two"], issued.valid_until,
    )  # fmt: skip
    services.dispatch_movements(rows, by=sender)
    assert shown_pass(tenant, issued.token).is_valid
    services.receive_movements(rows, by=taker)
    assert not shown_pass(tenant, issued.token).is_valid
    assert shown_pass(tenant, "x") is None


def test_a_pass_address_names_its_tenant_and_a_guessed_one_none(tenant, rows, sender):
    issued = services.issue_gate_pass(rows, by=sender, address=address)

    assert tenant_of_link(pass_path(issued.token)) == tenant
    assert tenant_of_link(pass_path(issued.token[:-1] + "_")) is None
    assert tenant_of_link("/pass/nonsense/") is None
    assert "token" not in {field.name for field in GatePass.history.model._meta.get_fields()}


def test_a_manifest_says_what_is_on_it_by_where_it_goes(tenant, rows, hall, shop, sender):
    shipment = services.save_shipment(
        Shipment(tenant=tenant, jms_reference="TRIP 1", driver_name="A driver", vehicle="Lorry 7"), by=sender
    )
    with pytest.raises(BrokenRule, match="Nothing is on TRIP 1 yet"):
        services.issue_manifest(shipment, by=sender, address=address)
    services.load_movements(shipment, rows, by=sender)
    third = create_asset(tenant=tenant, location=hall, name="Three")
    services.plan_movements([third], shop, by=sender, shipment=shipment)

    shipment = services.issue_manifest(shipment, by=sender, address=address)

    file = Attachment.objects.get(entity_type="shipments", entity_id=shipment.pk)
    assert shipment.manifest_pdf_url == f"/files/{file.pk}/"
    words = printed(file)
    for word in ("TRIP 1", "A driver", "Lorry 7", "To Yard", "To Repair shop", "One", "Spindle", "Three"):
        assert word in words, word
    services.issue_manifest(shipment, by=sender, address=address)
    assert Attachment.objects.filter(entity_type="shipments").count() == 2
