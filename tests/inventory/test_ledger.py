"""The ledger is the truth: any sequence of acts keeps quantity and value, and replaying it gives today's balances."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.inventory import ledger, services
from apps.inventory.models import Stock, StockMove, Wallet
from tests.factories import create_part, create_person, create_stock, create_tenant, create_warehouse

quantities = st.decimals(min_value=Decimal("0.001"), max_value=Decimal(40), places=3)
costs = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(1000), places=4)
choices = st.integers(0, 1)
bins = st.sampled_from(["", "A-3", "B-1"])
acts = st.one_of(
    st.tuples(st.just("receive"), quantities, costs, choices, bins),
    st.tuples(st.just("transfer"), quantities, choices, bins, bins),
    st.tuples(st.just("issue"), quantities, choices, choices),
    st.tuples(st.just("return"), quantities, choices, choices, bins),
    st.tuples(st.just("hand over"), quantities, choices),
    st.tuples(st.just("use from store"), quantities, choices),
    st.tuples(st.just("use from wallet"), quantities, choices),
    st.tuples(st.just("bring back"), quantities, st.integers(0, 9)),
    st.tuples(st.just("adjust"), quantities, st.sampled_from([-1, 1]), choices, bins),
    st.tuples(st.just("count"), quantities, choices, bins),
    st.tuples(st.just("write off"), quantities, choices),
)


class Plant:
    """One part, two warehouses, two people; and what they did."""

    def __init__(self, tenant):
        self.part = create_part(tenant=tenant)
        self.stores = [create_warehouse(tenant=tenant) for _ in range(2)]
        self.people = [create_person(tenant=tenant) for _ in range(2)]
        self.used = []

    def do(self, act, quantity, *told):
        part, stores, people = self.part, self.stores, self.people
        if act == "receive":
            cost, store, bin = told
            services.receive(part, quantity, warehouse=stores[store], bin=bin, unit_cost=cost, by=None)
        elif act == "transfer":
            store, out, into = told
            source, target = stores[store], stores[store if out != into else 1 - store]
            services.transfer(part, quantity, source=source, target=target, from_bin=out, to_bin=into, by=None)
        elif act == "issue":
            services.issue_to_wallet(part, quantity, warehouse=stores[told[0]], user=people[told[1]], by=None)
        elif act == "return":
            store, who, bin = told
            services.return_from_wallet(part, quantity, user=people[who], warehouse=stores[store], bin=bin, by=None)
        elif act == "hand over":
            giver, receiver = people[told[0]], people[1 - told[0]]
            services.confirm_handover(
                services.hand_over(part, quantity, giver=giver, receiver=receiver, by=None), by=receiver
            )
        elif act == "use from store":
            self.used.append(services.consume(part, quantity, warehouse=stores[told[0]], reference="W", by=None))
        elif act == "use from wallet":
            self.used.append(services.consume(part, quantity, user=people[told[0]], reference="W", by=None))
        elif act == "bring back":
            if self.used:
                services.unconsume(self.used[told[0] % len(self.used)], quantity=quantity, by=None)
        elif act == "adjust":
            sign, store, bin = told
            services.adjust(part, sign * quantity, warehouse=stores[store], bin=bin, reason="so", by=None)
        elif act == "count":
            store, bin = told
            count = services.start_count(stores[store], by=None)
            services.count_bin(count, part, quantity, bin=bin, by=None)
            services.post_count(count, reason="so", by=None)
        else:
            services.write_off(part, quantity, user=people[told[0]], reason="so", by=None)


def total(tenant):
    """(quantity, value) of all balances."""
    rows = [*Stock.objects.for_tenant(tenant), *Wallet.objects.for_tenant(tenant)]
    return sum(row.quantity for row in rows), sum(row.value for row in rows)


def in_and_out(tenant):
    """(quantity, value) that came into the plant, less what left it."""
    quantity = value = Decimal(0)
    for move in StockMove.objects.for_tenant(tenant):
        inside = move.to_location_id or move.to_user_id, move.from_location_id or move.from_user_id
        sign = bool(inside[0]) - bool(inside[1])
        quantity, value = quantity + sign * move.quantity, value + sign * move.value
    return quantity, value


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=1, max_size=25))
def test_any_sequence_keeps_quantity_and_value_and_can_be_replayed(db, sequence):
    with transaction.atomic():
        tenant = create_tenant()
        with tenant_context(tenant):
            plant = Plant(tenant)
            for act in sequence:
                before = total(tenant)
                try:
                    plant.do(*act)
                except BrokenRule:
                    assert total(tenant) == before, "a refusal left something behind"
            assert ledger.check(tenant) == []
            assert total(tenant) == in_and_out(tenant)
            assert all(row.quantity or not row.value for row in Stock.objects.for_tenant(tenant))
        transaction.set_rollback(True)


def checked(**options):
    out = StringIO()
    call_command("check_stock", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
class TestCheckStock:
    @pytest.fixture
    def plant(self):
        tenant = create_tenant(slug="north")
        with tenant_context(tenant):
            part = create_part(tenant=tenant, sku="6204-2RS")
            store = create_stock(part, 10, bin="A-3", unit_cost=3)
            person = create_person(tenant=tenant)
            services.issue_to_wallet(part, 4, warehouse=store, user=person, by=None)
            services.consume(part, 1, user=person, reference="WO-1", by=None)
        return tenant

    def test_it_says_that_all_agrees(self, plant):
        assert checked() == "The balances are the ledger's: 3 moves.\n"
        assert checked(tenant="north") == "The balances are the ledger's: 3 moves.\n"
        with pytest.raises(CommandError, match="There is no tenant south"):
            checked(tenant="south")

    @pytest.mark.parametrize(
        ("statement", "told"),
        [
            (
                "update inventory_stock set qty_on_hand = 7",
                "the balance says 7 worth 18, the sum of its moves 6 worth 18",
            ),
            (
                "update inventory_wallets set value = 8.5",
                "the balance says 3 worth 8.5, the sum of its moves 3 worth 9",
            ),
            ("delete from inventory_wallets", "the balance says 0 worth 0, the replayed ledger 3 worth 9"),
        ],
    )
    def test_a_balance_that_was_changed_is_named(self, plant, statement, told):
        with tenant_context(plant), connection.cursor() as cursor:
            cursor.execute(statement)
        out = StringIO()
        with pytest.raises(CommandError, match="do not agree with the ledger"):
            call_command("check_stock", stdout=out)
        assert told in out.getvalue() and "north: 6204-2RS" in out.getvalue()

    @pytest.mark.parametrize(
        ("statement", "told"),
        [
            ("update stock_moves set value = 11 where kind = 'issue'", "it left with a value of 11; its share was 12"),
            ("update stock_moves set quantity = 20 where kind = 'issue'", "20 left (Issued to a wallet) where 10 were"),
        ],
    )
    def test_a_move_that_was_changed_is_named(self, plant, statement, told):
        with tenant_context(plant), connection.cursor() as cursor:
            cursor.execute("alter table stock_moves disable trigger append_only")
            cursor.execute(statement)
            cursor.execute("set constraints all immediate")
            cursor.execute("alter table stock_moves enable trigger append_only")
        out = StringIO()
        with pytest.raises(CommandError):
            call_command("check_stock", stdout=out)
        assert told in out.getvalue()
