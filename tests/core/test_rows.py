"""Short lists in a column of another row: whole, in order, and exact."""

from decimal import Decimal

from django.db.models import OuterRef

from apps.core.models import Tenant
from apps.core.rows import rows_from, rows_in
from apps.maintenance.models import LabourEntry, WorkOrderCost
from apps.registry.models import Asset
from tests.factories import create_asset, create_order_of, create_person


def test_what_was_put_in_comes_out_in_its_order_and_exactly(tenant, supervisor):
    order = create_order_of(create_asset(tenant=tenant))
    made = [
        WorkOrderCost.objects.create(tenant=tenant, work_order=order, kind="other", amount=amount, supplier=words)
        for amount, words in (("-0.10", '"quoted", \\ and {braced}'), ("99999999999.99", "Österreich\n二"))
    ]
    rows = WorkOrderCost.objects.filter(tenant=OuterRef("pk")).order_by("-amount")

    found = Tenant.objects.annotate(costs=rows_in(rows, "id", "amount", "supplier", "created_at")).get(pk=tenant.pk)

    cheap, dear = made
    first, second = rows_from(WorkOrderCost, found.costs)
    assert (first.pk, first.amount, first.supplier) == (dear.pk, Decimal("99999999999.99"), dear.supplier)
    assert (second.pk, second.amount, second.supplier) == (cheap.pk, Decimal("-0.10"), cheap.supplier)
    assert second.created_at == cheap.created_at


def test_what_a_row_refers_to_comes_along_or_is_none(tenant):
    place = create_asset(tenant=tenant).location
    inside, outside = create_asset(tenant=tenant, location=place), create_asset(tenant=tenant, parent=None)
    rows = Asset.objects.filter(tenant=OuterRef("pk"), pk__in=[inside.pk, outside.pk]).order_by("pk")

    found = Tenant.objects.annotate(assets=rows_in(rows, "id", "parent__id", "location__id", "location__name"))
    one, other = rows_from(Asset, found.get(pk=tenant.pk).assets)

    assert one.location.name == place.name and one.location_id == place.pk
    assert one.parent is None and other.parent_id is None


def test_an_empty_list_is_empty(tenant):
    person = create_person(tenant=tenant)
    rows = LabourEntry.objects.filter(tenant=OuterRef("pk"), user=person)

    assert rows_from(LabourEntry, Tenant.objects.annotate(rows=rows_in(rows, "id")).get(pk=tenant.pk).rows) == []
