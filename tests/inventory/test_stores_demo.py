"""The demo's stores: believable parts, months of moves that add up, and something waiting for whoever looks around."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.audit.verify import verify
from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.inventory import ledger, queries
from apps.inventory.demo.load import stock
from apps.inventory.demo.parts import SHELVES, kept
from apps.inventory.models import (
    Handover,
    MoveKind,
    Part,
    PartBarcode,
    PartOrder,
    Stock,
    StockCount,
    StockMove,
)
from apps.registry.models import Location, LocationType
from apps.registry.services import save_location
from apps.shopfloor.demo.load import create_people
from apps.shopfloor.demo.plants import NORTH, SOUTH


@pytest.mark.parametrize("plant", [NORTH, SOUTH], ids=lambda plant: plant.slug)
def test_the_demos_stores_are_whole(db, plant):
    now = timezone.now()
    tenant = Tenant(name=plant.name, slug=plant.slug, timezone=plant.timezone)
    with tenant_context(tenant):
        tenant.save()
        people = create_people(plant, tenant)
        save_location(Location(tenant=tenant, name=plant.site, type=LocationType.SITE))

        stock(tenant, people=people, now=now, seed=1)

        the_ledger_and_the_record_are_whole(tenant)
        each_part_is_described_and_found_by_its_codes(tenant)
        months_went_by(tenant, now)
        something_waits(tenant, people, tenant.local(now).date())


def the_ledger_and_the_record_are_whole(tenant):
    assert ledger.check(tenant) == []
    assert verify(tenant).problems == []


def each_part_is_described_and_found_by_its_codes(tenant):
    parts = Part.objects.for_tenant(tenant)
    assert parts.count() == len(kept(SHELVES[tenant.slug])) >= 110
    assert not parts.filter(supplier="").exists() and parts.exclude(barcode="").count() > 90
    assert len(parts.values_list("category").distinct()) >= 13
    other = PartBarcode.objects.for_tenant(tenant).first()
    assert queries.find_part(tenant, other.barcode) == other.part
    assert {"a", "b", "c"} == set(parts.values_list("abc_class", flat=True))


def months_went_by(tenant, now):
    moves = StockMove.objects.for_tenant(tenant)
    assert set(moves.values_list("kind", flat=True)) >= set(MoveKind) - {MoveKind.HANDOVER}
    assert moves.count() > 600 and moves.earliest("seq").created_at < now - timedelta(days=115)
    assert not moves.filter(created_at__gt=now).exists()
    order = list(moves.order_by("seq").values_list("created_at", flat=True))
    assert order == sorted(order)
    places = Location.objects.filter(pk__in=Stock.objects.filter(qty_on_hand__gt=0).values("location"))
    assert sorted(place.type for place in places) == ["vehicle", "warehouse", "warehouse"]


def something_waits(tenant, people, today):
    assert 5 <= queries.to_reorder(tenant).count() <= 40
    assert queries.late_orders(tenant, today).count() == 1
    assert PartOrder.objects.open().count() >= 1 and PartOrder.objects.filter(qty_received__gt=0).count() > 20
    assert Handover.objects.pending().get().to_user == people["technician"]
    assert sorted(StockCount.objects.values_list("status", flat=True)) == ["open", "posted"]
    assert queries.slow_movers(tenant, since=timezone.now() - timedelta(days=90)).count() >= 4
    for technician in (person for person in people.values() if person.role == "technician"):
        ages = [(timezone.now() - row.since).days for row in queries.carried_by(tenant, technician)]
        assert len(ages) >= 5 and max(ages) > 60 and min(ages) < 30, ages
