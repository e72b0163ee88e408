"""Parts for orders: reserved, released, consumed at the cost of the moment, brought back at the cost they left with."""

from decimal import Decimal

import pytest

from apps.core.errors import BrokenRule
from apps.inventory import ledger, queries, services
from apps.inventory.models import Reservation, Stock, Wallet
from tests.factories import create_part, create_person, create_stock, create_warehouse

ORDER = "WO-000123"


@pytest.fixture
def part(tenant):
    return create_part(tenant=tenant, sku="6204-2RS")


@pytest.fixture
def store(tenant, part):
    """A warehouse with ten of the part at 3."""
    return create_stock(part, 10, unit_cost=3, warehouse=create_warehouse(tenant=tenant, name="Main store"))


@pytest.fixture
def ann(tenant):
    return create_person(tenant=tenant, role="technician", name="Ann")


def available(part):
    return queries.levels(part).available


def test_consuming_freezes_the_cost_of_the_moment(part, store):
    first = services.consume(part, 2, warehouse=store, reference=ORDER, by=None)
    create_stock(part, 8, warehouse=store, unit_cost=100)  # a later price
    second = services.consume(part, 2, warehouse=store, reference=ORDER, by=None)

    first.refresh_from_db()
    assert (first.value, first.unit_cost, first.reference) == (6, 3, ORDER)
    assert second.value == 103  # (24 + 800) ÷ 16 × 2
    assert ledger.check(part.tenant) == []


def test_it_comes_from_a_wallet_or_a_warehouse(part, store, ann):
    services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None)
    move = services.consume(part, 3, user=ann, reference=ORDER, by=ann)

    assert (Wallet.objects.get().qty_held, Stock.objects.get().qty_on_hand) == (1, 6)
    assert (move.from_user, move.from_location, move.value) == (ann, None, 9)
    for wrong in ({}, {"user": ann, "warehouse": store}):
        with pytest.raises(BrokenRule, match="a wallet or a warehouse"):
            services.consume(part, 1, reference=ORDER, by=ann, **wrong)
    with pytest.raises(BrokenRule, match="the number of an order"):
        services.consume(part, 1, warehouse=store, reference=" ", by=ann)
    with pytest.raises(BrokenRule, match="Only 1 pcs of 6204-2RS are in the wallet of Ann; 2 were"):
        services.consume(part, 2, user=ann, reference=ORDER, by=ann)


def test_bringing_back_returns_it_at_the_cost_it_left_with(part, store):
    used = services.consume(part, 3, warehouse=store, reference=ORDER, by=None)
    create_stock(part, 3, warehouse=store, unit_cost=50)
    back = services.unconsume(used, by=None)

    assert (back.kind, back.quantity, back.value, back.undoes, back.reference) == ("unconsume", 3, 9, used, ORDER)
    assert (Stock.objects.get().qty_on_hand, Stock.objects.get().value) == (13, 180)
    with pytest.raises(BrokenRule, match="^0 pcs of the 3 pcs of 6204-2RS that were used can still be brought back"):
        services.unconsume(used, by=None)
    assert ledger.check(part.tenant) == []


def test_a_third_of_it_comes_back_with_its_share_and_the_last_with_the_rest(part, store):
    create_stock(part, 1, warehouse=store, unit_cost=Decimal("0.0001"))
    used = services.consume(part, 3, warehouse=store, reference=ORDER, by=None)
    with pytest.raises(BrokenRule, match="^3 pcs of the 3 pcs"):
        services.unconsume(used, quantity=4, by=None)
    shares = [services.unconsume(used, quantity=1, by=None, key=f"k{n % 3}").value for n in range(6)]

    assert shares[:3] == shares[3:] and sum(shares[:3]) == used.value
    assert ledger.check(part.tenant) == []


def test_it_comes_back_to_the_wallet_or_where_it_is_said(part, store, ann):
    services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None)
    used = services.consume(part, 4, user=ann, reference=ORDER, by=ann)
    services.unconsume(used, quantity=1, by=ann)
    assert (Wallet.objects.get().qty_held, Wallet.objects.get().value) == (1, 3)
    ann.is_active = False
    ann.save()
    used.refresh_from_db()
    with pytest.raises(BrokenRule, match="Ann has left"):
        services.unconsume(used, by=None)
    services.unconsume(used, by=None, warehouse=store, bin="R-1")
    assert Stock.objects.get(bin_location="R-1").qty_on_hand == 3


def test_only_what_was_used_is_brought_back(part, store, ann):
    move = services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None)
    with pytest.raises(BrokenRule, match="Only what was used"):
        services.unconsume(move, by=None)


def test_consuming_what_was_reserved_leaves_available_unchanged(part, store):
    services.reserve(part, 4, reference=ORDER, by=None)
    assert available(part) == 6
    used = services.consume(part, 3, warehouse=store, reference=ORDER, by=None)
    assert available(part) == 6
    services.unconsume(used, quantity=1, by=None)
    assert (available(part), Reservation.objects.get().qty_open) == (6, 2)
    services.consume(part, 1, warehouse=store, reference="WO-000999", by=None)
    assert available(part) == 5
    services.release(part, reference=ORDER, by=None)
    assert available(part) == 7


def test_issuing_for_an_order_takes_off_its_reservation_and_using_it_does_not_again(part, store, ann):
    services.reserve(part, 4, reference=ORDER, by=None)
    services.issue_to_wallet(part, 3, warehouse=store, user=ann, reference=ORDER, by=None)
    assert (available(part), Reservation.objects.get().qty_open) == (6, 1)
    services.consume(part, 2, user=ann, reference=ORDER, by=ann)
    assert Reservation.objects.get().qty_open == 1
    services.return_from_wallet(part, 1, user=ann, warehouse=store, reference=ORDER, by=ann)
    assert (available(part), Reservation.objects.get().qty_open) == (6, 2)


def test_what_was_used_before_it_was_reserved_does_not_come_back_to_the_reservation(part, store):
    used = services.consume(part, 2, warehouse=store, reference=ORDER, by=None)
    services.reserve(part, 4, reference=ORDER, by=None)
    services.consume(part, 1, warehouse=store, reference=ORDER, by=None)
    services.unconsume(used, by=None)

    assert Reservation.objects.get().qty_open == 3


def test_reserving_again_says_how_much_in_all(part, store):
    services.reserve(part, 4, reference=ORDER, by=None)
    services.reserve(part, 4, reference=ORDER, by=None)
    services.consume(part, 3, warehouse=store, reference=ORDER, by=None)
    row = services.reserve(part, 12, reference=ORDER, by=None)

    assert (row.qty_open, available(part)) == (9, -2)  # short: to be reordered
    with pytest.raises(BrokenRule, match="the number of an order"):
        services.reserve(part, 1, reference="", by=None)


def test_a_closed_order_keeps_nothing(part, store, tenant):
    other = create_part(tenant=tenant)
    for one in (part, other):
        services.reserve(one, 2, reference=ORDER, by=None)
    services.reserve(part, 1, reference="WO-2", by=None)

    assert services.release_all(tenant, reference=ORDER, by=None) == 2
    assert [row.reference for row in Reservation.objects.all()] == ["WO-2"]
    assert services.release_all(tenant, reference=ORDER, by=None) == 0


def test_the_same_key_consumes_and_brings_back_once(part, store):
    for _ in range(3):
        used = services.consume(part, 2, warehouse=store, reference=ORDER, by=None, key="a")
        services.unconsume(used, quantity=1, by=None, key="b")

    assert Stock.objects.get().qty_on_hand == 9
    with pytest.raises(BrokenRule, match="came before"):
        services.consume(part, 3, warehouse=store, reference=ORDER, by=None, key="a")
