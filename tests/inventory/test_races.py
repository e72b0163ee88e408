"""Several people at once, over real connections: nothing is lost, nothing doubled, nothing below zero."""

import random
from collections import Counter
from functools import partial

import pytest
from django.db import connection

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.inventory import ledger, services
from apps.inventory.models import Handover, PartOrder, Stock, StockMove, Wallet
from tests.factories import create_part, create_person, create_stock, create_tenant, create_warehouse
from tests.shopfloor.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plant():
    return create_tenant()


def told(plant, act):
    """What an act came to: its result, or the sentence that refused it."""
    try:
        with tenant_context(plant):
            with connection.cursor() as cursor:
                cursor.execute("set local lock_timeout = 0")  # they wait for two cores, not for each other
            return act()
    except BrokenRule as refused:
        return str(refused)


def furnish(plant, parts=1, quantity=30):
    with tenant_context(plant):
        store = create_warehouse(tenant=plant, name="Main store")
        found = [create_part(tenant=plant, sku=f"P{n}") for n in range(parts)]
        for part in found:
            create_stock(part, quantity, warehouse=store, bin="A-3", unit_cost=3)
        people = [create_person(tenant=plant, role="technician") for _ in range(5)]
    return store, found, people


def holds(plant):
    with tenant_context(plant):
        assert ledger.check(plant) == []


def test_of_fifty_takers_of_thirty_exactly_thirty_get_one(plant):
    store, (part,), people = furnish(plant)

    def take(n):
        return told(
            plant, lambda: services.issue_to_wallet(part, 1, warehouse=store, user=people[n % 5], by=people[n % 5])
        )

    answers = Counter(answer if isinstance(answer, str) else "got one" for answer in at_once(50, take))

    assert answers == {"got one": 30, "There is no P0 in Main store; 1 were asked for.": 20}
    with tenant_context(plant):
        assert Stock.objects.get().qty_on_hand == 0
        assert sum(wallet.qty_held for wallet in Wallet.objects.all()) == 30
        assert StockMove.objects.filter(kind="issue").count() == 30
    holds(plant)


def test_two_who_take_the_last_piece_one_succeeds_and_one_is_told(plant):
    store, (part,), people = furnish(plant, quantity=1)
    answers = at_once(
        2, lambda n: told(plant, lambda: services.consume(part, 1, warehouse=store, reference=f"WO-{n}", by=people[n]))
    )

    assert sorted(isinstance(answer, str) for answer in answers) == [False, True]
    holds(plant)


def test_transfers_that_cross_in_any_order_wait_for_nobody_in_a_circle(plant):
    store, parts, people = furnish(plant, parts=3, quantity=100)
    with tenant_context(plant):
        other = create_warehouse(tenant=plant, name="Other")
        for part in parts:
            create_stock(part, 100, warehouse=other, bin="A-3", unit_cost=7)

    def cross(n):
        chance, done = random.Random(n), 0
        for _ in range(12):
            source, target = chance.sample([store, other], 2)
            part, quantity = chance.choice(parts), chance.randint(1, 9)
            act = chance.choice(["transfer", "issue", "return"])
            who = people[n % 5]

            acts = {
                "transfer": partial(services.transfer, source=source, target=target, from_bin="A-3", to_bin="A-3"),
                "issue": partial(services.issue_to_wallet, warehouse=source, user=who),
                "return": partial(services.return_from_wallet, user=who, warehouse=target, bin="A-3"),
            }
            done += not isinstance(told(plant, partial(acts[act], part, quantity, by=who)), str)
        return done

    assert sum(at_once(10, cross)) > 40  # (what is not there is refused; a deadlock would raise)
    holds(plant)


def test_writing_off_whole_wallets_at_once_deadlocks_nobody(plant):
    store, parts, people = furnish(plant, parts=6, quantity=60)
    with tenant_context(plant):
        for person in people[:2]:
            for part in parts:
                services.issue_to_wallet(part, 3, warehouse=store, user=person, by=None)

    moves = at_once(
        6, lambda n: told(plant, lambda: services.write_off_wallet(people[n % 2], reason="gone", by=people[3]))
    )

    assert sum(len(found) for found in moves) == 12
    holds(plant)


def test_who_orders_the_same_parts_the_other_way_round_waits_for_nobody_in_a_circle(plant):
    _store, parts, people = furnish(plant, parts=8)

    def order(n):
        lines = [(part, 2) for part in (parts if n % 2 else reversed(parts))]
        return told(plant, lambda: services.mark_all_ordered(lines, by=people[0], reference=f"PO-{n}"))

    made = at_once(10, order)
    assert [len(orders) for orders in made] == [8] * 10  # (a deadlock would raise)
    with tenant_context(plant):
        assert PartOrder.objects.count() == 80


def test_two_counts_of_one_bin_post_its_difference_once(plant):
    store, (part,), people = furnish(plant)
    with tenant_context(plant):
        counts = [services.start_count(store, by=None) for _ in range(2)]
        for count in counts:
            services.count_bin(count, part, 25, bin="A-3", by=None)

    answers = at_once(
        2, lambda n: told(plant, lambda: services.post_count(counts[n], reason="stocktaking", by=people[n]))
    )

    assert sum("corrected since it was counted" in answer for answer in answers if isinstance(answer, str)) == 1
    with tenant_context(plant):
        assert Stock.objects.get().qty_on_hand == 25
    holds(plant)


def test_two_who_count_one_bin_of_one_count_and_one_is_told(plant):
    store, (part,), people = furnish(plant)
    with tenant_context(plant):
        count = services.start_count(store, by=None)

    answers = at_once(
        5, lambda n: told(plant, lambda: services.count_bin(count, part, 20 + n, bin="A-3", by=people[n]))
    )

    assert sum("was counted by" in answer for answer in answers if isinstance(answer, str)) == 4


@pytest.mark.parametrize("times", [2, 20])
def test_one_press_sent_often_moves_once(plant, times):
    store, (part,), people = furnish(plant)
    who = people[0]

    def press(n):
        act = [
            lambda: services.issue_to_wallet(part, 1, warehouse=store, user=who, by=who, key="one"),
            lambda: services.receive(part, 5, warehouse=store, bin="A-3", unit_cost=3, by=who, key="two"),
        ][n % 2]
        return told(plant, act)

    moves = at_once(times * 2, press)

    assert len({move.pk for move in moves}) == 2
    with tenant_context(plant):
        assert (Stock.objects.get().qty_on_hand, Wallet.objects.get().qty_held) == (34, 1)
    holds(plant)


def test_a_handover_is_confirmed_or_withdrawn_but_not_both(plant):
    store, (part,), people = furnish(plant)
    ann, bob = people[:2]
    with tenant_context(plant):
        services.issue_to_wallet(part, 8, warehouse=store, user=ann, by=None)
        offers = [services.hand_over(part, 2, giver=ann, receiver=bob, by=ann) for _ in range(4)]

    def end(n):
        offer = offers[n // 2]
        if n % 2:
            return told(plant, lambda: services.confirm_handover(offer, by=bob))
        return told(plant, lambda: services.withdraw_handover(offer, by=ann))

    at_once(8, end)

    with tenant_context(plant):
        confirmed = Handover.objects.filter(status="confirmed").count()
        held = Wallet.objects.filter(user=bob).first()
        assert (held.qty_held if held else 0) == 2 * confirmed
    holds(plant)


def test_orders_that_reserve_take_and_release_at_once_leave_what_they_should(plant):
    store, (part,), _people = furnish(plant)

    def order(n):
        def act():
            services.reserve(part, 3, reference=f"WO-{n % 3}", by=None)
            return services.consume(part, 1, warehouse=store, reference=f"WO-{n % 3}", by=None)

        return told(plant, act)

    assert not [answer for answer in at_once(12, order) if isinstance(answer, str)]
    with tenant_context(plant):
        assert sorted(row.qty_open for row in part.reservations.all()) == [0, 0, 0]
        assert sorted(row.qty_taken for row in part.reservations.all()) == [4, 4, 4]
    holds(plant)
