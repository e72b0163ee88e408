"""What the demo's plants show of maintenance: figures to look at, and something of everything that waits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.audit.verify import verify
from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.inventory.demo.load import stock
from apps.inventory.models import Reservation
from apps.maintenance.demo.load import maintain
from apps.maintenance.models import Consumable, FailureCode, LabourEntry, PmSchedule, ServiceRequest, WorkOrder
from apps.maintenance.queries import maintenance_figures
from apps.registry.demo.load import furnish
from apps.registry.models import Location, LocationType
from apps.registry.services import save_location
from apps.shopfloor.demo.load import create_people, create_stations
from apps.shopfloor.demo.plants import NORTH


@pytest.mark.django_db
def test_the_demos_maintenance_is_whole():
    now = timezone.now()
    tenant = Tenant(name=NORTH.name, slug=NORTH.slug, timezone=NORTH.timezone)
    with tenant_context(tenant):
        tenant.save()
        people = create_people(NORTH, tenant)
        create_stations(NORTH, tenant, by=people["manager"], since=now - timedelta(days=7))
        if not Location.objects.for_tenant(tenant).filter(type=LocationType.SITE).exists():
            save_location(Location(tenant=tenant, name=NORTH.site, type=LocationType.SITE))
        furnish(tenant, people=people, now=now, seed=1)
        stock(tenant, people=people, now=now, seed=1)

        maintain(tenant, people=people, now=now, seed=1)

        assert verify(tenant).problems == []
        assert FailureCode.objects.filter(kind="cause", code="not-found").exists()
        assert PmSchedule.objects.filter(suppressed_by_schedule__isnull=False).exists()
        assert {"closed", "in_progress", "draft"} <= set(WorkOrder.objects.values_list("status", flat=True))
        assert WorkOrder.objects.filter(hold_reason="parts").exists()
        assert LabourEntry.objects.filter(minutes=None).count() == 1
        assert set(ServiceRequest.objects.values_list("status", flat=True)) == {"pending", "rejected"}
        # what the stores gave out and keep is of orders that there are
        numbers = set(WorkOrder.objects.values_list("number", flat=True))
        assert set(Reservation.objects.values_list("reference", flat=True)) <= numbers
        assert set(Consumable.objects.values_list("move__reference", flat=True)) <= numbers
        found = maintenance_figures(tenant, now - timedelta(days=90), now)
        assert found.failures > 50 and 0.5 < found.pm_compliance < 1 and found.causes
