"""Several people at once, over real connections: one movement has one end, and custody stays whole."""

import pytest
from django.db import IntegrityError, connection, transaction

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.logistics import services
from apps.logistics.custody import faults
from apps.logistics.models import AssetMovement, Shipment
from apps.registry.models import Asset
from apps.registry.services import move_asset
from tests.factories import create_asset, create_location, create_movement, create_person, create_tenant
from tests.shopfloor.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


class Plant:
    def __init__(self):
        self.tenant = create_tenant()
        with tenant_context(self.tenant):
            self.hall, self.yard = (create_location(tenant=self.tenant, name=name) for name in ("Hall", "Yard"))
            self.sender, self.taker = (create_person(tenant=self.tenant) for _ in range(2))

    def told(self, act):
        """What an act came to, or the sentence that refused it."""
        try:
            with tenant_context(self.tenant):
                with connection.cursor() as cursor:
                    cursor.execute("set local lock_timeout = 0")  # they wait for two cores, not for each other
                return act()
        except BrokenRule as refused:
            return str(refused)


@pytest.fixture
def plant():
    return Plant()


def test_of_two_who_dispatch_an_asset_one_does(plant):
    with tenant_context(plant.tenant):
        grinder = create_asset(tenant=plant.tenant, location=plant.hall)
        row = create_movement(grinder, plant.yard, by=plant.sender)

    answers = at_once(
        2, lambda n: plant.told(lambda: services.dispatch_movements([row], by=plant.sender, gate_pass_ref=f"A-{n}"))
    )

    assert sorted(isinstance(answer, str) for answer in answers) == [False, True]
    assert "Edge grinder → Yard is already in transit." in answers
    with tenant_context(plant.tenant):
        assert AssetMovement.objects.get().history.count() == 2


def test_of_two_who_prepare_an_asset_one_does(plant):
    with tenant_context(plant.tenant):
        grinder = create_asset(tenant=plant.tenant, location=plant.hall)

    answers = at_once(2, lambda n: plant.told(lambda: services.plan_movements([grinder], plant.yard, by=plant.sender)))

    assert sorted(isinstance(answer, str) for answer in answers) == [False, True]


def test_of_a_dispatch_and_a_cancel_at_once_one_wins(plant):
    with tenant_context(plant.tenant):
        row = create_movement(create_asset(tenant=plant.tenant, location=plant.hall), plant.yard, by=plant.sender)

    acts = [
        lambda: services.dispatch_movements([row], by=plant.sender, gate_pass_ref="A"),
        lambda: services.cancel_movements([row], by=plant.sender),
    ]
    answers = at_once(2, lambda n: plant.told(acts[n]))

    assert sorted(isinstance(answer, str) for answer in answers) == [False, True]


@pytest.mark.parametrize("other", ["cancel", "lose"])
def test_of_a_receipt_and_another_end_at_once_one_wins(plant, other):
    with tenant_context(plant.tenant):
        grinder = create_asset(tenant=plant.tenant, location=plant.hall)
        row = create_movement(grinder, plant.yard, by=plant.sender, dispatched=True)

    acts = [
        lambda: services.receive_movements([row], by=plant.taker),
        lambda: (
            services.cancel_movements([row], by=plant.taker)
            if other == "cancel"
            else services.lose_movements([row], by=plant.taker, reason="gone")
        ),
    ]
    answers = at_once(2, lambda n: plant.told(acts[n]))

    with tenant_context(plant.tenant):
        status, at = AssetMovement.objects.get().status, Asset.objects.get().location
        assert faults(plant.tenant) == []
    if other == "cancel":
        assert (status, at, isinstance(answers[1], str)) == ("received", plant.yard, True)
    else:
        assert sorted(isinstance(answer, str) for answer in answers) == [False, True]
        assert (status, at) in (("received", plant.yard), ("lost", plant.hall))


def test_a_shipment_received_at_two_gates_is_received_once(plant):
    with tenant_context(plant.tenant):
        shipment = services.save_shipment(Shipment(tenant=plant.tenant, jms_reference="T-1"), by=plant.sender)
        assets = [create_asset(tenant=plant.tenant, location=plant.hall, name=f"M{n}") for n in range(6)]
        services.plan_movements(assets, plant.yard, by=plant.sender, shipment=shipment)
        services.dispatch_shipment(shipment, by=plant.sender, gate_pass_ref="A")
        rows = list(shipment.movements.order_by("pk"))

    scans = [rows[:4], rows[2:]]
    first, second = at_once(
        2, lambda n: plant.told(lambda: services.receive_shipment(shipment, by=plant.taker, movements=scans[n]))
    )

    received = [row.pk for receipt in (first, second) for row in receipt.received]
    assert sorted(received) == [row.pk for row in rows]
    assert len(first.already) + len(second.already) == 2
    with tenant_context(plant.tenant):
        assert Shipment.objects.get().status == "received"
        assert {row.history.count() for row in AssetMovement.objects.all()} == {3}
        assert faults(plant.tenant) == []


def test_what_is_mounted_while_its_unit_leaves_is_on_board_or_stays(plant):
    with tenant_context(plant.tenant):
        unit, part = (create_asset(tenant=plant.tenant, location=plant.hall, name=name) for name in ("Unit", "Part"))
        row = create_movement(unit, plant.yard, by=plant.sender)

    acts = [
        lambda: services.dispatch_movements([row], by=plant.sender, gate_pass_ref="A"),
        lambda: move_asset(part, parent=unit),
    ]
    _left, mounted = at_once(2, lambda n: plant.told(acts[n]))

    with tenant_context(plant.tenant):
        is_on_board = AssetMovement.objects.filter(asset=part, status="in_transit").exists()
        assert is_on_board != isinstance(mounted, str)
        assert Asset.objects.get(pk=part.pk).status == ("in_transit" if is_on_board else "in_service")


def test_two_who_write_past_the_services_do_not_break_a_line(plant):
    """Each sees no other row when it begins; the database has the second wait, and look again."""
    with tenant_context(plant.tenant):
        grinder = create_asset(tenant=plant.tenant, location=plant.yard)
        now = grinder.created_at

    def write(n):
        try:
            with tenant_context(plant.tenant), transaction.atomic():
                AssetMovement.objects.create(
                    tenant=plant.tenant, asset=grinder, from_location=plant.hall, to_location=plant.yard,
                    received_location=plant.yard, status="received", dispatched_at=now, received_at=now,
                )  # fmt: skip
        except IntegrityError as refused:
            return str(refused)
        return "written"

    answers = at_once(4, write)

    assert answers.count("written") == 1
    assert all("custody" in answer for answer in answers if answer != "written")
