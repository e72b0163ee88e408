"""What the demo's plants show of logistics: something of everything, on lines that are whole."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.audit.verify import verify
from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.logistics.custody import faults
from apps.logistics.demo.load import ship
from apps.logistics.models import AssetMovement, Shipment
from apps.registry.demo.load import furnish
from apps.registry.models import Location, LocationType
from apps.registry.services import save_location
from apps.shopfloor.demo.load import create_people, create_stations
from apps.shopfloor.demo.plants import PLANTS


@pytest.mark.django_db
@pytest.mark.parametrize("slug", PLANTS)
def test_the_demos_logistics_is_whole(slug):
    now, plant = timezone.now(), PLANTS[slug]
    tenant = Tenant(name=plant.name, slug=plant.slug, timezone=plant.timezone, settings=plant.settings)
    with tenant_context(tenant):
        tenant.save()
        people = create_people(plant, tenant)
        create_stations(plant, tenant, by=people["manager"], since=now - timedelta(days=7))
        if not Location.objects.for_tenant(tenant).filter(type=LocationType.SITE).exists():
            save_location(Location(tenant=tenant, name=plant.site, type=LocationType.SITE))
        furnish(tenant, people=people, now=now, seed=1)

        ship(tenant, people=people, now=now, seed=1)

        assert verify(tenant).problems == []
        assert faults(tenant) == []
        assert {"planned", "in_transit", "received"} <= set(AssetMovement.objects.values_list("status", flat=True))
        assert set(Shipment.objects.values_list("status", flat=True)) == {"planned", "in_transit"}
        assert AssetMovement.objects.overdue(tenant.local(now).date()).count() == 1
