"""The lists of shipments and yard counts read what their page shows, however much there is."""

import json

import pytest

from apps.logistics import lists, services
from apps.logistics.models import Shipment
from tests.factories import create_asset, create_location, create_movement

ALL = {"status": "", "q": ""}


def rows_read(page, table) -> float:
    """How many rows of a table the database takes up for a page."""
    (told,) = json.loads(page.explain(analyze=True, format="json"))

    def walk(node):
        below = sum(map(walk, node.get("Plans", ())))
        return below + (node["Actual Rows"] * node["Actual Loops"] if node.get("Relation Name") == table else 0)

    return walk(told["Plan"])


@pytest.fixture
def trips(tenant, hall, yard, sender):
    """Three shipments, with two movements on each."""
    for number in range(3):
        shipment = services.save_shipment(Shipment(tenant=tenant, jms_reference=f"TRIP-{number}"), by=sender)
        for _n in range(2):
            create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender, shipment=shipment)
    return shipment


def test_a_page_of_shipments_counts_the_movements_of_its_own_alone(tenant, trips, sender, taker):
    first, second = trips.movements.all()
    services.dispatch_shipment(trips, by=sender, gate_pass_ref="A", movements=[first])
    services.receive_shipment(trips, by=taker)
    services.cancel_movements([second], by=sender)

    page = lists.shipments(tenant, ALL | {"status": "all"})[:1]

    assert [(row.jms_reference, row.of, row.arrived) for row in page] == [("TRIP-2", 1, 1)]
    assert rows_read(page, "asset_movements") <= 2
    assert [(row.of, row.arrived) for row in lists.shipments(tenant, ALL)] == [(2, 0)] * 2


def test_a_page_of_yard_counts_counts_its_own_lines_alone(tenant, hall, sender):
    for number in range(3):
        place = create_location(tenant=tenant, name=f"Yard {number}")
        there, _gone = (create_asset(tenant=tenant, location=place) for _n in range(2))
        count = services.start_yard_count(place, by=sender)
        for asset in (there, create_asset(tenant=tenant, location=hall)):
            services.find_in_yard(count, asset, by=sender)

    page = lists.yard_counts(tenant, ALL)[:1]

    assert [(row.pk, row.expected, row.found, row.unexpected) for row in page] == [(count.pk, 2, 1, 1)]
    assert rows_read(page, "yard_count_lines") <= 4  # of three, by three questions
