"""Orders to suppliers, and the catalogue."""

from datetime import date

import pytest

from apps.core.errors import BrokenRule
from apps.inventory import services
from apps.inventory.models import PartBarcode, PartOrder, PartUnit
from tests.factories import create_part, create_stock, create_warehouse


@pytest.fixture
def part(tenant):
    return create_part(tenant=tenant, sku="6204-2RS", supplier="Bearings Ltd")


@pytest.fixture
def store(tenant):
    return create_warehouse(tenant=tenant)


def test_what_is_received_comes_off_the_order(part, store, supervisor):
    order = services.mark_ordered(part, 10, reference="PO-1", expected_on=date(2026, 3, 2), by=supervisor)
    assert (order.supplier, order.qty_open) == ("Bearings Ltd", 10)
    assert order.is_late(date(2026, 3, 3)) and not order.is_late(date(2026, 3, 2))
    move = services.receive(part, 4, warehouse=store, unit_cost=1, order=order, by=None)
    order.refresh_from_db()
    assert (order.qty_received, order.qty_open, move.supplier) == (4, 6, "Bearings Ltd")
    assert PartOrder.objects.open().get() == order

    services.receive(part, 7, warehouse=store, unit_cost=1, order=order, by=None)  # one more than was ordered
    order.refresh_from_db()
    assert order.qty_open == 0 and not order.is_late(date(2027, 1, 1)) and not PartOrder.objects.open()


def test_a_receipt_sent_twice_comes_off_once(part, store):
    order = services.mark_ordered(part, 10, by=None)
    for _ in range(3):
        services.receive(part, 4, warehouse=store, unit_cost=1, order=order, key="k", by=None)
    order.refresh_from_db()

    assert order.qty_open == 6


def test_an_order_of_another_part_or_a_closed_one_is_refused(part, store):
    order = services.mark_ordered(create_part(tenant=part.tenant), 10, by=None)
    with pytest.raises(BrokenRule, match="That order is of another part than 6204-2RS"):
        services.receive(part, 1, warehouse=store, unit_cost=1, order=order, by=None)
    order = services.mark_ordered(part, 10, by=None)
    with pytest.raises(BrokenRule, match="a reason is needed"):
        services.close_order(order, reason="", by=None)
    services.close_order(order, reason="not made any more", by=None)
    with pytest.raises(BrokenRule, match="The order of 10 × 6204-2RS is closed"):
        services.receive(part, 1, warehouse=store, unit_cost=1, order=order, by=None)
    for act in (
        lambda: services.close_order(order, reason="x", by=None),
        lambda: services.change_order(order, by=None),
    ):
        with pytest.raises(BrokenRule, match="is closed already"):
            act()


def test_an_order_counts_in_the_parts_own_unit_and_once_per_key(part):
    box = services.save_unit(PartUnit(tenant=part.tenant, part=part, code="box", factor=12), by=None)
    order = services.mark_ordered(part, 2, unit=box, key="k", by=None)
    assert order.quantity == 24
    assert services.mark_ordered(part, 2, unit=box, key="k", by=None) == order
    with pytest.raises(BrokenRule, match="came before"):
        services.mark_ordered(part, 3, unit=box, key="k", by=None)
    assert services.change_order(order, expected_on=date(2026, 5, 1), by=None).expected_on == date(2026, 5, 1)


def test_a_code_finds_one_part(part):
    services.save_barcode(PartBarcode(tenant=part.tenant, part=part, barcode=" 400638 "), by=None)
    for code in ("6204-2RS", "400638"):
        with pytest.raises(BrokenRule, match=f"“{code}” is of 6204-2RS; choose another"):
            create_part(tenant=part.tenant, barcode=code)
        with pytest.raises(BrokenRule, match=f"“{code}” is of 6204-2RS; choose another"):
            other = create_part(tenant=part.tenant)
            services.save_barcode(PartBarcode(tenant=part.tenant, part=other, barcode=code), by=None)
    with pytest.raises(BrokenRule, match="“reorder” cannot be a SKU"):
        create_part(tenant=part.tenant, sku="reorder")


def test_a_part_that_is_held_reserved_or_ordered_stays_in_use(part, technician):
    store = create_stock(part, 2)
    services.issue_to_wallet(part, 1, warehouse=store, user=technician, by=None)
    services.reserve(part, 1, reference="WO-1", by=None)
    order = services.mark_ordered(part, 1, by=None)
    part.is_active = False
    with pytest.raises(
        BrokenRule, match=r"6204-2RS is still in warehouses, in wallets, reserved, ordered; it goes out of use when"
    ):
        services.save_part(part, by=None)

    services.consume(part, 1, warehouse=store, reference="WO-1", by=None)
    services.consume(part, 1, user=technician, reference="WO-1", by=None)
    services.close_order(order, reason="enough", by=None)
    services.save_part(part, by=None)
    with pytest.raises(BrokenRule, match="not in use any more"):
        services.mark_ordered(part, 1, by=None)
    with pytest.raises(BrokenRule, match="not in use any more"):
        services.reserve(part, 1, reference="WO-1", by=None)


def test_the_unit_of_what_has_moved_stays(part):
    part.unit = "kg"
    services.save_part(part, by=None)
    create_stock(part, 1)
    part.unit = "g"
    with pytest.raises(BrokenRule, match="6204-2RS has been moved in kg; its unit stays"):
        services.save_part(part, by=None)
    with pytest.raises(BrokenRule, match="a name of its own"):
        services.save_unit(PartUnit(tenant=part.tenant, part=part, code="kg", factor=12), by=None)


def test_classes_are_stored_with_history(part):
    assert services.set_classes(part.tenant, {part.pk: "a"}, by=None, reason="use of 90 days") == 1
    assert services.set_classes(part.tenant, {part.pk: "a"}, by=None, reason="use of 90 days") == 0
    part.refresh_from_db()
    assert (part.abc_class, part.history.latest().history_change_reason) == ("a", "use of 90 days")
