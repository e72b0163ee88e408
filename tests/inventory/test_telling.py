"""Managers are told once of a part that fell below its minimum, and of an order that did not come."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.core.models import Notification
from apps.inventory import services
from apps.inventory.tasks import tell_of_stores
from apps.inventory.telling import LATE_ORDER, REORDER
from tests.factories import create_part, create_stock, create_tenant, create_warehouse


@pytest.fixture
def store(tenant):
    return create_warehouse(tenant=tenant)


@pytest.fixture
def part(tenant, store):
    part = create_part(tenant=tenant, sku="6204 2RS", name="Bearing", min_level=20)
    create_stock(part, 15, warehouse=store)
    return part


def told(kind):
    return [kind.describe(row.parts) for row in Notification.objects.filter(kind=kind.key).order_by("created_at", "pk")]


def test_managers_are_told_once_what_is_below_its_minimum(manager, supervisor, tenant, part):
    create_part(tenant=tenant, sku="ENOUGH")
    services.mark_ordered(create_part(tenant=tenant, sku="COMING", min_level=5), 9, by=None)

    assert tell_of_stores() == 1
    assert tell_of_stores() == 0
    assert told(REORDER) == ["6204 2RS (Bearing) is below its minimum: 15 of 20 pcs are available"]
    row = Notification.objects.get()
    assert (row.person, row.url) == (manager, "/parts/reorder/?q=6204+2RS")


def test_what_falls_again_after_a_receipt_is_told_again(manager, part, store):
    tell_of_stores()
    services.receive(part, 20, warehouse=store, unit_cost=1, by=None)
    assert tell_of_stores() == 0
    services.consume(part, 16, warehouse=store, reference="WO-1", by=None)
    assert tell_of_stores() == 1
    services.consume(part, 1, warehouse=store, reference="WO-1", by=None)
    assert tell_of_stores() == 0


def test_a_late_order_is_told_once_for_each_day_it_was_expected_on(manager, part, tenant):
    today = timezone.localdate(timezone=tenant.zone)
    order = services.mark_ordered(part, 9, supplier="Bearings Ltd", expected_on=today, by=None)
    assert tell_of_stores() == 0

    yesterday = today - timedelta(days=1)
    services.change_order(order, expected_on=yesterday, by=None)
    call_command("tell_of_stores")
    assert tell_of_stores() == 0
    assert told(LATE_ORDER) == [f"9 pcs of 6204 2RS from Bearings Ltd were expected on {yesterday} and are late"]
    services.change_order(order, expected_on=yesterday - timedelta(days=1), by=None)
    assert tell_of_stores() == 1


def test_nobody_is_told_of_another_plant(manager, part):
    create_tenant(name="Another")
    assert tell_of_stores() == 1
