"""The demo's assets: found by code and label, with specs that fit their category, papers and warranties."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.core.trees import tree_faults
from apps.registry.demo.load import furnish
from apps.registry.ledgers import book_of
from apps.registry.management.commands.check_meters import faults
from apps.registry.meters import mean_daily_use
from apps.registry.models import (
    Asset,
    AssetCategory,
    AssetDocument,
    AssetIdentity,
    AssetSpec,
    DailyLog,
    Location,
    MeterReading,
)
from apps.registry.specs import spec_errors
from apps.shopfloor.demo.load import create_people, create_stations
from apps.shopfloor.demo.plants import NORTH, SOUTH


@pytest.mark.parametrize("plant", [NORTH, SOUTH], ids=lambda plant: plant.slug)
def test_the_demos_assets_are_whole(db, plant):
    now = timezone.now()
    tenant = Tenant(name=plant.name, slug=plant.slug, timezone=plant.timezone)
    with tenant_context(tenant):
        tenant.save()
        people = create_people(plant, tenant)
        create_stations(plant, tenant, by=people["manager"], since=now - timedelta(days=7))

        furnish(tenant, people=people, now=now, seed=1)

        each_asset_has_a_code_and_specs_that_fit(tenant)
        some_warranties_and_papers_end_soon(tenant, tenant.local(now).date())
        three_months_were_logged_and_read(tenant, tenant.local(now).date())
        assert tree_faults(Asset) == tree_faults(Location) == []


def each_asset_has_a_code_and_specs_that_fit(tenant):
    schemas = dict(AssetCategory.objects.for_tenant(tenant).values_list("name", "spec_schema"))
    assets = Asset.objects.for_tenant(tenant).prefetch_related("identity", "spec")

    assert assets.count() == AssetIdentity.objects.count() == AssetSpec.objects.count() >= 40
    assert len({asset.identity.client_code for asset in assets} - {""}) == len(assets)
    for asset in assets:
        assert list(spec_errors(schemas[asset.category], asset.spec.specs)) == []


def some_warranties_and_papers_end_soon(tenant, today):
    soon = (today, today + timedelta(days=60))
    assert Asset.objects.filter(warranty_end__range=soon).exists()
    papers = AssetDocument.objects.for_tenant(tenant)
    assert papers.filter(kind="certificate", expires_date__range=soon).exists()
    assert papers.filter(kind="manual", expires_date=None).count() > 5
    assert all(paper.file.content_type == "application/pdf" for paper in papers)


def three_months_were_logged_and_read(tenant, today):
    logs = DailyLog.objects.for_tenant(tenant)
    assert logs.count() > 300 and logs.filter(fuel_liters_added__gt=0).exists()
    assert not logs.filter(date__gte=today).exists()  # the visitor's to enter
    assert (today - logs.earliest("date").date).days > 80
    assert list(faults(tenant)) == []
    for asset in Asset.objects.for_tenant(tenant).filter(parent=None):
        book = book_of(asset, "run_hours")
        assert 2 < mean_daily_use(book.points) < 15
        assert book.lifetime == asset.meter.current_run_hours > 800
    assert MeterReading.objects.filter(kind="correction").exists()  # the logs said a little less than the dial
    assert MeterReading.objects.filter(meter="odometer").count() > 5
