"""A day of another century is refused by each way in, and nothing is stored; what was loaded so stays shown."""

import pytest
from django.urls import reverse

from apps.inventory.models import PartOrder
from apps.inventory.services import mark_ordered
from apps.registry.models import Asset, AssetDocument
from apps.registry.services import add_document
from apps.shopfloor.models import Job, PerformanceLog
from tests.api.client import Program
from tests.factories import create_asset, create_part, create_station, photo

JOB = {"code": "JOB-9", "part_name": "Shelf", "qty_total": "5", "priority": "normal"}
LOG = {"shift": "day", "units_completed": "3", "target_units": "4"}
DAYS = pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31"])


@DAYS
def test_on_a_page_in_the_admin_and_by_a_program(client, admin, day):
    station = create_station(tenant=admin.tenant, code="ST-1")
    client.force_login(admin)
    program = Program(admin)

    answers = [
        client.post(reverse("shopfloor:job_new"), JOB | {"due_date": day}),
        client.post(reverse("admin:shopfloor_job_add"), JOB | {"due_date": day}),
        client.post(reverse("admin:shopfloor_performancelog_add"), LOG | {"station": station.pk, "log_date": day}),
    ]
    told = [
        program.post("jobs/", JOB | {"due_date": day}),
        program.post("performance-logs/", LOG | {"station": "ST-1", "log_date": day}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert [answer.status_code for answer in told] == [400, 400]
    assert all("Write a date from" in answer.text for answer in (*answers, *told))
    assert not Job.objects.exists() and not PerformanceLog.objects.exists()


@DAYS
def test_in_a_sheet(client, admin, day):
    create_station(tenant=admin.tenant, code="ST-1")
    client.force_login(admin)
    for model, sheet in (
        ("job", f"code,part_name,qty_total,due_date\nJOB-9,Shelf,5,{day}\n"),
        ("performancelog", f"log_date,shift,station,units_completed\n{day},day,ST-1,5\n"),
    ):
        answer = client.post(reverse(f"admin:shopfloor_{model}_import"), {"text": sheet})
        assert "from 2000 to 2099" in client.get(answer["Location"]).text, model


OTHER_AGES = pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
ASSET = {"name": "Pump", "criticality": "a", "run_hours_source": "daily_log"}


@OTHER_AGES
def test_machines_and_what_is_ordered_for_them_are_of_three_centuries(client, admin, day):
    asset = create_asset(tenant=admin.tenant)
    part = create_part(tenant=admin.tenant, sku="P-1")
    order = mark_ordered(part, 5, by=admin)
    document = add_document(asset, photo(), by=admin, title="Manual", kind="manual")
    client.force_login(admin)
    program = Program(admin)
    paper = {"title": "Manual", "kind": "manual", "expires_date": day}
    named = [{"purchase_date": day}, {"warranty_end": day}]
    place = {"location": str(asset.location_id)}

    answers = [
        *(client.post(reverse("registry:asset_new"), ASSET | place | one) for one in named),
        *(client.post(reverse("registry:asset_change", args=[asset.pk]), ASSET | one) for one in named),
        *(client.post(reverse("admin:registry_asset_add"), ASSET | place | one) for one in named),
        client.post(reverse("registry:document_new", args=[asset.pk]), paper | {"file": photo()}),
        client.post(reverse("registry:document_change", args=[document.pk]), paper),
        client.post(reverse("inventory:order_change", args=[order.pk]), {"quantity": "5", "expected_on": day}),
    ]
    told = [
        *(program.post("assets/", {"name": "Pump"} | place | one) for one in named),
        *(program.patch(f"assets/{asset.pk}/", one) for one in named),
        program.post("part-orders/", {"part": "P-1", "quantity": "5", "expected_on": day}),
        program.patch(f"part-orders/{order.pk}/", {"expected_on": day}),
    ]
    sheets = [
        client.post(reverse("admin:registry_asset_import"), {"text": f"name,location,{name}\nPump,Plant 1,{day}\n"})
        for one in named
        for name in one
    ] + [
        client.post(reverse("admin:inventory_partorder_import"), {"text": f"part,quantity,expected_on\nP-1,5,{day}\n"})
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert {answer.status_code for answer in told} == {400}
    shown = [answer.text for answer in (*answers, *told)] + [client.get(sheet["Location"]).text for sheet in sheets]
    assert all("from 1900 to 2199" in text for text in shown)
    assert list(Asset.objects.values_list("purchase_date", "warranty_end")) == [(None, None)]
    assert list(PartOrder.objects.values_list("expected_on")) == list(AssetDocument.objects.values_list("expires_date"))
