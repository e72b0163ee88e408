"""Several people at one order at once, over real connections: one of them does it, the others are told."""

import pytest

from apps.core.isolation import tenant_context
from apps.inventory import ledger
from apps.inventory.models import Stock
from apps.maintenance.models import Consumable, FailureCode, ServiceRequest, WorkOrder
from apps.registry.models import Asset
from tests.api.client import Program
from tests.factories import create_asset, create_order_of, create_part, create_person, create_stock, create_tenant
from tests.shopfloor.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CODES = {kind: kind for kind in ("problem", "cause", "remedy")}


@pytest.fixture
def plant():
    plant = create_tenant()
    with tenant_context(plant):
        for kind in CODES:
            FailureCode.objects.create(tenant=plant, kind=kind, code=kind, name=kind)
    return plant


def programs(plant, count, role="supervisor"):
    with tenant_context(plant):
        return [Program(create_person(tenant=plant, role=role)) for _ in range(count)]


def order_in(plant, **fields):
    with tenant_context(plant):
        by = create_person(tenant=plant, role="technician")
        return create_order_of(create_asset(tenant=plant), by=by, **{"status": "in_progress"} | fields)


def test_of_ten_who_close_one_does_and_the_others_are_told_who(plant):
    order, senders = order_in(plant), programs(plant, 10)

    answers = at_once(10, lambda n: senders[n].post(f"work-orders/{order}/close/", CODES))

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] + [400] * 9
    with tenant_context(plant):
        closer = WorkOrder.objects.get().closed_by
    for answer in answers:
        if answer.status_code == 400:
            assert answer.json()["detail"] == f"{order} was closed by {closer} already."


def test_of_ten_who_use_four_parts_four_get_one(plant):
    order, senders = order_in(plant), programs(plant, 10, role="technician")
    with tenant_context(plant):
        part = create_part(tenant=plant, sku="6204-2RS")
        store = create_stock(part, 4, unit_cost=3)
    body = {"part": "6204-2RS", "qty": "1", "source": "warehouse", "warehouse": str(store.pk)}

    answers = at_once(10, lambda n: senders[n].post(f"work-orders/{order}/consume/", body))

    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [400] * 6
    with tenant_context(plant):
        assert Stock.objects.get().qty_on_hand == 0 and Consumable.objects.count() == 4
        assert ledger.check(plant) == []


def test_of_ten_who_start_an_order_one_has_it(plant):
    order, senders = order_in(plant, status="ready"), programs(plant, 10, role="technician")

    answers = at_once(10, lambda n: senders[n].post(f"work-orders/{order}/start/"))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    with tenant_context(plant):
        assert str(WorkOrder.objects.get().assigned_to_id) == won["assigned_to"] == won["started_by"]


def test_what_is_sent_off_meanwhile_is_not_started(plant):
    """Either the order begins while the asset is there, or it is refused because the asset is on its way."""
    for _round in range(5):
        order, (sender, _other) = order_in(plant, status="ready"), programs(plant, 2)

        def send_off(order=order):
            with tenant_context(plant):
                asset = Asset.objects.locked().get(pk=order.asset_id)
                begun = WorkOrder.objects.filter(pk=order.pk, status="in_progress").exists()
                asset.status = "in_transit"
                asset.save()
                return begun

        acts = [lambda order=order, sender=sender: sender.post(f"work-orders/{order}/start/"), send_off]
        answer, was_begun = at_once(2, lambda n, acts=acts: acts[n]())

        assert (answer.status_code == 200) is was_begun, answer.content
        if not was_begun:
            assert "is in transit" in answer.json()["detail"]


def test_of_ten_who_answer_a_request_one_does(plant):
    senders = programs(plant, 10)
    with tenant_context(plant):
        asset = create_asset(tenant=plant)
    said = senders[0].post("service-requests/", {"asset": str(asset.pk), "description": "It leaks."}).json()
    acts = [("convert", {}), ("reject", {"reason": "no"})]

    def answer(n):
        name, body = acts[n % 2]
        return senders[n].post(f"service-requests/{said['id']}/{name}/", body)

    answers = at_once(10, answer)

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9
    with tenant_context(plant):
        report = ServiceRequest.objects.get()
        assert WorkOrder.objects.count() == (report.status == "converted")
