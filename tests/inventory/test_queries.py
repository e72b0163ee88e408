"""What pages and programs ask: what to reorder, what to count, what was where on a past date, who carries what."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.inventory import queries, services
from apps.inventory.models import PartBarcode, Stock
from tests.factories import create_part, create_person, create_stock, create_tenant, create_warehouse

NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)


@pytest.fixture
def part(tenant):
    return create_part(tenant=tenant, sku="6204-2RS", min_level=20, max_level=50, lead_days=7, category="bearings")


@pytest.fixture
def store(tenant):
    return create_warehouse(tenant=tenant, name="Main store")


@pytest.fixture
def ann(tenant):
    return create_person(tenant=tenant, role="technician", name="Ann")


def at(moment):
    """The ledger's clock, set: moves written inside are of that moment."""
    return patch("apps.inventory.services.moving.timezone.now", lambda: moment)


def count_queries(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


# -- reordering -----------------------------------------------------------------------------------------------------------


def lines(tenant, now=None):
    return queries.reorder_lines(tenant, queries.to_reorder(tenant).order_by("sku"), now=now or timezone.now())


def test_a_part_is_reordered_below_its_minimum_of_what_is_available(part, store, tenant):
    create_stock(part, 20, warehouse=store)
    assert lines(tenant) == []
    services.reserve(part, 5, reference="WO-1", by=None)
    (line,) = lines(tenant)

    assert (line.part.available, line.suggested, line.is_due) == (15, 35, True)  # 50 − 15
    services.mark_ordered(part, 12, by=None)
    assert lines(tenant)[0].suggested == 23


def test_only_warehouses_count_and_not_wallets_or_vans(part, store, ann, tenant):
    create_stock(part, 30, warehouse=store)
    van = create_warehouse(tenant=tenant, type="vehicle")
    services.transfer(part, 6, source=store, target=van, by=None)
    services.issue_to_wallet(part, 6, warehouse=store, user=ann, by=None)

    (line,) = lines(tenant)
    assert (line.part.on_hand, line.suggested) == (18, 32)


def test_the_suggestion_is_never_below_zero_and_goes_up_to_the_minimum_without_a_maximum(part, store, tenant):
    part.max_level = None
    services.save_part(part, by=None)
    assert lines(tenant)[0].suggested == 20
    services.mark_ordered(part, 100, by=None)
    assert lines(tenant)[0].suggested == 0


def test_the_mean_daily_use_is_of_ninety_days_less_what_came_back(part, store, tenant):
    now = timezone.now()
    create_stock(part, 200, warehouse=store)
    with at(now - timedelta(days=91)):
        services.consume(part, 100, warehouse=store, reference="WO-1", by=None)
    with at(now - timedelta(days=9)):
        used = services.consume(part, 100, warehouse=store, reference="WO-1", by=None)
    services.unconsume(used, quantity=10, by=None)

    (line,) = lines(tenant)
    assert (line.daily_use, line.days_left) == (1, 10)
    assert queries.levels(part).available == 10


def test_a_part_without_minimum_or_out_of_use_is_not_on_the_list(part, tenant):
    create_part(tenant=tenant, sku="NO-MINIMUM")
    part.is_active = False
    services.save_part(part, by=None)

    assert lines(tenant) == []


def test_the_reorder_list_costs_the_same_for_many_parts(part, tenant):
    few = count_queries(lambda: lines(tenant))
    for n in range(9):
        create_part(tenant=tenant, sku=f"P{n}", min_level=1)

    assert len(lines(tenant)) == 10 and count_queries(lambda: lines(tenant)) == few == 2


def test_late_orders_are_shown_until_they_are_there_or_closed(part, store, tenant):
    first = services.mark_ordered(part, 5, expected_on=date(2026, 3, 1), by=None)
    second = services.mark_ordered(part, 5, expected_on=date(2026, 2, 1), by=None)
    services.mark_ordered(part, 5, expected_on=date(2026, 3, 2), by=None)
    services.mark_ordered(part, 5, by=None)
    today = date(2026, 3, 2)
    assert list(queries.late_orders(tenant, today)) == [second, first]
    services.receive(part, 5, warehouse=store, unit_cost=1, order=first, by=None)
    services.close_order(second, reason="never comes", by=None)

    assert list(queries.late_orders(tenant, today)) == []


# -- classes, counts, slow movers -----------------------------------------------------------------------------------------


def test_classes_follow_the_value_used_in_a_year(store, tenant):
    used = {"A1": 700, "A2": 150, "B1": 100, "C1": 50, "C2": 0}
    parts = {sku: create_part(tenant=tenant, sku=sku) for sku in used}
    for sku, quantity in used.items():
        create_stock(parts[sku], 1000, warehouse=store, unit_cost=1)
        if quantity:
            services.consume(parts[sku], quantity, warehouse=store, reference="WO-1", by=None)
    with at(timezone.now() - timedelta(days=366)):
        services.consume(parts["C2"], 1000, warehouse=store, reference="WO-0", by=None)

    found = queries.abc_classes(tenant, now=timezone.now())

    assert {sku: found[part.pk] for sku, part in parts.items()} == {
        "A1": "a", "A2": "a", "B1": "b", "C1": "c", "C2": "c",
    }  # fmt: skip


def test_the_count_plan_names_what_was_not_counted_within_its_time(store, tenant):
    now = timezone.now()
    days = {("A", "a"): 31, ("B", "b"): 31, ("OLD", ""): 366, ("FRESH", "a"): 29}
    parts = {name: create_part(tenant=tenant, sku=name, abc_class=letter) for name, letter in days}
    for (name, _letter), age in days.items():
        create_stock(parts[name], 1, warehouse=store)
        count = services.start_count(store, by=None)
        line = services.count_bin(count, parts[name], 1, by=None)
        line.counted_at = now - timedelta(days=age)
        line.save()
        services.post_count(count, reason="", by=None)
    create_stock(create_part(tenant=tenant, sku="NEVER"), 1, warehouse=store)
    create_part(tenant=tenant, sku="NONE-THERE")
    count = services.start_count(store, by=None)
    services.count_bin(count, parts["A"], 1, by=None)  # is not posted yet

    assert [part.sku for part in queries.to_count(tenant, now=now)] == ["NEVER", "A", "OLD"]


def test_slow_movers_are_what_lies_there_unused(part, store, ann, tenant):
    now = timezone.now()
    idle = create_part(tenant=tenant, sku="IDLE")
    create_stock(idle, 3, warehouse=store, unit_cost=5)
    services.issue_to_wallet(idle, 1, warehouse=store, user=ann, by=None)
    for sku in ("USED", "USED-LONG-AGO"):
        create_stock(create_part(tenant=tenant, sku=sku), 9, warehouse=store, unit_cost=1)
    used, long_ago = (Stock.objects.get(part__sku=sku).part for sku in ("USED", "USED-LONG-AGO"))
    services.consume(used, 1, warehouse=store, reference="WO-1", by=None)
    with at(now - timedelta(days=200)):
        services.consume(long_ago, 1, warehouse=store, reference="WO-1", by=None)

    found = queries.slow_movers(tenant, since=now - timedelta(days=180))
    assert [(p.sku, p.held_value) for p in found] == [("IDLE", 15), ("USED-LONG-AGO", 8)]


# -- the past -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def past(part, store, ann, tenant):
    """Ten came on 2 March, four were issued on 3 March, three of them used on 5 March; seals came on 4 March."""
    seal = create_part(tenant=tenant, sku="SEAL", category="seals")
    van = create_warehouse(tenant=tenant, name="Van", type="vehicle")
    with at(NOON):
        create_stock(part, 10, warehouse=store, unit_cost=3)
    with at(NOON + timedelta(days=1)):
        services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None)
    with at(NOON + timedelta(days=2)):
        create_stock(seal, 2, warehouse=store, unit_cost=Decimal("0.5"))
        services.transfer(part, 1, source=store, target=van, by=None)
    with at(NOON + timedelta(days=3)):
        services.consume(part, 3, user=ann, reference="WO-1", by=None)
    return tenant


def told(tenant, on):
    return [(str(row.place), row.category, row.value) for row in queries.stock_value(tenant, on)]


DAYS = {
    1: [],
    2: [("Main store", "bearings", 30)],
    3: [("Main store", "bearings", 18), ("Ann", "bearings", 12)],
    4: [("Main store", "bearings", 15), ("Main store", "seals", 1), ("Van", "bearings", 3), ("Ann", "bearings", 12)],
    5: [("Main store", "bearings", 15), ("Main store", "seals", 1), ("Van", "bearings", 3), ("Ann", "bearings", 3)],
}


@pytest.mark.parametrize("is_backwards", [True, False])
@pytest.mark.parametrize("day", DAYS)
def test_the_value_of_each_place_on_each_past_day(past, day, is_backwards):
    """From both ends of the ledger: from nothing, and back from today's balances."""
    now = NOON + (timedelta(days=4) if not is_backwards else timedelta(days=-400))
    with patch("apps.inventory.queries.value.timezone.now", lambda: now):
        assert told(past, date(2026, 3, day)) == DAYS[day]


def test_both_ways_of_reading_the_past_are_taken(past):
    with CaptureQueriesContext(connection) as captured:
        told(past, date(2026, 3, 2))
        told(past, timezone.localdate() + timedelta(days=1))
    asked = ["inventory_stock" in query["sql"] for query in captured if "cross join lateral" in query["sql"]]
    assert asked == [False, True]


def test_a_day_ends_at_the_plants_midnight(part, store, tenant):
    with at(datetime(2026, 3, 2, 23, 30, tzinfo=UTC)):  # half past midnight in Warsaw
        create_stock(part, 1, warehouse=store, unit_cost=3)

    assert told(tenant, date(2026, 3, 2)) == []
    assert told(tenant, date(2026, 3, 3)) == [("Main store", "bearings", 3)]


def test_what_was_where_part_by_part(past, part, store, ann):
    found = {(p, location, user): (q, v) for p, location, user, q, v in queries.stock_on(past, date(2026, 3, 3))}

    assert found == {(part.pk, store.pk, None): (6, 18), (part.pk, None, ann.pk): (4, 12)}


def test_another_tenants_stock_is_no_part_of_it(past, part):
    other = create_tenant()
    with tenant_context(other):
        create_stock(create_part(tenant=other, category="bearings"), 7)
        assert told(other, timezone.localdate())[0][2] == 70
    assert told(past, timezone.localdate()) == DAYS[5]


# -- places ---------------------------------------------------------------------------------------------------------------


def test_a_wallet_knows_since_when_its_oldest_piece_is_carried(part, store, ann, tenant):
    create_stock(part, 30, warehouse=store, unit_cost=2)
    for day, quantity in ((0, 4), (10, 3), (20, 2)):
        with at(NOON + timedelta(days=day)):
            services.issue_to_wallet(part, quantity, warehouse=store, user=ann, by=None)
    services.consume(part, 5, user=ann, reference="WO-1", by=None)  # the four oldest, and one of the next

    (carried,) = queries.carried_by(tenant, ann)
    assert (carried.wallet.qty_held, carried.wallet.value, carried.since) == (4, 8, NOON + timedelta(days=10))
    services.consume(part, 4, user=ann, reference="WO-1", by=None)
    assert queries.carried_by(tenant, ann) == []


def test_what_somebody_carries_costs_two_queries(store, ann, tenant):
    for n in range(8):
        part = create_part(tenant=tenant, sku=f"P{n}")
        create_stock(part, 2, warehouse=store)
        services.issue_to_wallet(part, 1, warehouse=store, user=ann, by=None)

    assert count_queries(lambda: [str(row.wallet.part) for row in queries.carried_by(tenant, ann)]) == 2


def test_who_else_carries_a_part(part, store, ann, tenant):
    create_stock(part, 30, warehouse=store)
    bob = create_person(tenant=tenant, name="Bob")
    for person, quantity in ((ann, 2), (bob, 5)):
        services.issue_to_wallet(part, quantity, warehouse=store, user=person, by=None)
    services.return_from_wallet(part, 2, user=ann, warehouse=store, by=None)

    assert [(str(wallet.user), wallet.qty_held) for wallet in queries.carriers(part)] == [("Bob", 5)]


def test_a_code_finds_its_part(part, tenant):
    services.save_barcode(PartBarcode(tenant=tenant, part=part, barcode="990"), by=None)
    part.barcode = "400638"
    services.save_part(part, by=None)
    for code in (
        "6204-2RS",
        " 6204-2rs ",
        "400638",
        "990",
        f"https://plant.example/parts/{part.pk}/",
        f"/parts/{part.pk}",
    ):
        assert queries.find_part(tenant, code) == part, code
    for code in ("", "6204", "\x00", "/parts/00000000-0000-0000-0000-000000000000/", "/parts/" + "-" * 36):
        assert queries.find_part(tenant, code) is None, code
    other = create_tenant()
    with tenant_context(other):
        assert queries.find_part(other, "400638") is None


def rests(tenant):
    rows = list(Stock.objects.for_tenant(tenant).select_related("location").order_by("location__name", "bin_location"))
    queries.note_reserved(tenant, rows)
    return {f"{row.location} {row.bin_location}": (row.reserved, row.available) for row in rows}


def test_what_is_reserved_rests_on_its_warehouse_or_on_what_is_left(part, store, tenant):
    other = create_warehouse(tenant=tenant, name="Other store")
    create_stock(part, 5, warehouse=store, bin="A")
    create_stock(part, 5, warehouse=store, bin="B")
    create_stock(part, 5, warehouse=other, bin="C")
    services.reserve(part, 7, reference="WO-1", warehouse=store, by=None)
    found = rests(tenant)
    assert (found["Main store A"], found["Main store B"]) == ((5, 0), (2, 3))
    services.reserve(part, 20, reference="WO-2", by=None)
    found = rests(tenant)

    assert sum(reserved for reserved, _available in found.values()) == 27
    assert sum(available for _reserved, available in found.values()) == queries.levels(part).available == -12
