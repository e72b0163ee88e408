"""What becomes of schedules and orders when an asset is retired, or comes back."""

from datetime import date

import pytest
from django.urls import reverse

from apps.maintenance.models import PmSchedule, WorkOrder
from apps.maintenance.services import generate_orders
from apps.registry.services import post_reading, retire_asset, set_in_service, set_out_of_service
from tests.factories import create_asset, create_order_of, create_person, create_schedule


@pytest.fixture
def manager(client, tenant):
    client.force_login(create_person(tenant=tenant, role="manager"))
    return client


def set_status(client, asset, status):
    asset.refresh_from_db()
    body = {"status": status, "seen": asset.version, "reason": "so", "request_key": f"{status}-{asset.version}"}
    return client.post(reverse("registry:asset_status", args=[asset.pk]), body, follow=True).content.decode()


def test_retiring_ends_schedules_and_names_open_orders(tenant, manager):
    unit = create_asset(tenant=tenant)
    component = create_asset(tenant=tenant, parent=unit)
    schedule = create_schedule(asset=component)
    order = create_order_of(component)
    assert f"1 order is still open: {order.number}" in set_status(manager, unit, "retired")
    schedule.refresh_from_db()
    assert (schedule.is_active, schedule.history.count()) == (False, 2)


def test_what_is_out_of_service_pauses_and_tells_on_its_return(tenant, manager):
    asset = create_asset(tenant=tenant)
    post_reading(asset, "run_hours", 200, by=None)
    create_schedule(asset=asset, first_due_date=date(2026, 1, 2), name="Oil")
    create_schedule(asset=asset, first_due_date=date(2026, 1, 2), name="Off", is_active=False)
    create_schedule(asset=asset, interval_meter=250, first_due_meter=100, meter="odometer", name="Other meter")
    set_out_of_service(asset, reason="broken")
    assert generate_orders(tenant).orders == []
    assert "1 schedule fell due meanwhile: Oil" in set_status(manager, asset, "in_service")
    assert len(generate_orders(tenant).orders) == 1


def test_nothing_is_said_where_nothing_is_left(tenant, manager):
    asset = create_asset(tenant=tenant)
    create_schedule(asset=asset)
    set_out_of_service(asset, reason="broken")
    assert "fell due" not in set_status(manager, asset, "in_service")
    asset.refresh_from_db()
    retire_asset(asset)
    assert not WorkOrder.objects.exists() and not PmSchedule.objects.filter(is_active=True).exists()
    set_in_service(asset, reason="sold back")
