"""A station's master data, and which asset served where."""

import pytest
from django.db import IntegrityError

from apps.core.errors import BrokenRule
from apps.shopfloor import services
from apps.shopfloor.models import Station, StationAsset
from tests.factories import create_asset, create_job, create_station


def new(tenant, **fields):
    return Station(**({"tenant": tenant, "code": "ST-01", "name": "Cutting", "line": "A"} | fields))


def test_another_asset_serves_from_now_on(manager):
    tenant = manager.tenant
    first, second = create_asset(tenant=tenant), create_asset(tenant=tenant, name="Saw")
    station = services.save_station(new(tenant, asset=first), by=manager)

    station.asset = second
    services.save_station(station, by=manager)

    old, now = StationAsset.objects.order_by("started_at")
    assert (old.asset, now.asset, now.ended_at) == (first, second, None)
    assert old.ended_at == now.started_at


def test_an_asset_serves_one_station_at_a_time(manager):
    tenant = manager.tenant
    asset = create_asset(tenant=tenant)
    services.save_station(new(tenant, asset=asset), by=manager)

    with pytest.raises(BrokenRule, match="serves ST-01"):
        services.save_station(new(tenant, code="ST-02", asset=asset), by=manager)


@pytest.mark.parametrize("side", ["station", "asset"])
def test_the_database_refuses_overlaps_on_either_side(manager, side):
    tenant = manager.tenant
    rows = {"station": create_station(tenant=tenant), "asset": create_asset(tenant=tenant)}
    StationAsset.objects.create(tenant=tenant, **rows, started_at="2026-01-01T00:00Z", ended_at="2026-01-03T00:00Z")
    other = {"station": create_asset, "asset": create_station}[side](tenant=tenant)
    rows["asset" if side == "station" else "station"] = other

    with pytest.raises(IntegrityError, match="at_a_time"):
        StationAsset.objects.create(tenant=tenant, **rows, started_at="2026-01-02T00:00Z")


def test_the_form_does_not_carry_the_floors_fields(manager):
    station = create_station(tenant=manager.tenant)
    stale = Station.objects.get(pk=station.pk)
    services.set_status(station, "running", by=manager)

    stale.name = "Renamed"
    services.save_station(stale, by=manager)

    fresh = Station.objects.get(pk=station.pk)
    assert (fresh.name, fresh.status) == ("Renamed", "running")


def test_a_station_at_work_does_not_go_out_of_use(manager):
    station = create_station(tenant=manager.tenant)
    create_job(tenant=manager.tenant, on=station)
    station.is_active = False

    with pytest.raises(BrokenRule, match="has a job"):
        services.save_station(station, by=manager)
