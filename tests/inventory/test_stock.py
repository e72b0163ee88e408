"""Receiving, transferring and adjusting: what is where, at what value, and what is refused."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.inventory import ledger, services
from apps.inventory.models import PartUnit, Stock, StockMove
from tests.factories import create_location, create_part, create_stock, create_tenant, create_warehouse


@pytest.fixture
def part(tenant):
    return create_part(tenant=tenant, sku="6204-2RS")


@pytest.fixture
def store(tenant):
    return create_warehouse(tenant=tenant, name="Main store")


def held(part, bin=""):
    stock = Stock.objects.get(part=part, bin_location=bin)
    return stock.qty_on_hand, stock.value


def refused(sentence, act, *args, **kwargs):
    """The act is refused in these words, and nothing of it stays."""
    before = list(StockMove.objects.values_list("pk")), list(Stock.objects.order_by("pk").values())
    with pytest.raises(BrokenRule) as error:
        act(*args, **kwargs)
    assert str(error.value) == sentence
    assert before == (list(StockMove.objects.values_list("pk")), list(Stock.objects.order_by("pk").values()))


def test_what_is_received_is_there_at_its_cost_and_in_the_ledger(part, store, supervisor):
    move = services.receive(
        part, 4, warehouse=store, bin="A-3", unit_cost=Decimal("2.5"), supplier="Bearings Ltd", reference="DN-7",
        by=supervisor,
    )  # fmt: skip

    assert held(part, "A-3") == (4, 10)
    move.refresh_from_db()
    assert (move.kind, move.quantity, move.unit_cost, move.value) == ("receive", 4, Decimal("2.5"), 10)
    assert (move.to_location, move.to_bin, move.from_location, move.user) == (store, "A-3", None, supervisor)
    assert (move.supplier, move.reference, move.cost_known) == ("Bearings Ltd", "DN-7", "known")


def test_sixty_at_15_and_140_at_15_50_are_worth_3070(part, store):
    create_stock(part, 60, warehouse=store, unit_cost=15)
    create_stock(part, 140, warehouse=store, unit_cost=Decimal("15.5"))

    assert held(part) == (200, 3070)
    assert Stock.objects.get().unit_cost == Decimal("15.3500")
    assert ledger.check(part.tenant) == []


def test_thirds_leave_nothing_behind(part, store):
    box = services.save_unit(PartUnit(tenant=part.tenant, part=part, code="box", factor=3), by=None)
    services.receive(part, 1, unit=box, unit_cost=10, warehouse=store, by=None)
    shares = [services.adjust(part, -1, warehouse=store, reason="lost", by=None).value for _ in range(3)]

    assert shares == [Decimal("3.33333333"), Decimal("3.33333334"), Decimal("3.33333333")]
    assert held(part) == (0, 0)
    assert ledger.check(part.tenant) == []


def test_a_box_of_twelve_at_10_is_twelve_worth_10(part, store):
    box = services.save_unit(PartUnit(tenant=part.tenant, part=part, code="box", factor=12), by=None)
    move = services.receive(part, 2, unit=box, unit_cost=10, warehouse=store, by=None)

    assert (move.quantity, move.value, move.unit_cost) == (24, 20, Decimal("0.8333"))


def test_a_unit_of_another_part_is_refused(part, store):
    other = create_part(tenant=part.tenant)
    box = services.save_unit(PartUnit(tenant=part.tenant, part=other, code="box", factor=12), by=None)

    refused(
        "box (12 pcs) is no unit of 6204-2RS.",
        services.receive, part, 2, unit=box, unit_cost=10, warehouse=store, by=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "Say what one costs, or that it is not known yet."),
        (
            {"unit_cost": 0},
            "A cost of 0: say that it was free of charge, or that its cost is not known yet.",
        ),
        ({"unit_cost": -1}, "A cost is not below zero; -1 is."),
        ({"unit_cost": Decimal("0.00001")}, "A cost has four decimals at most; 0.00001 has more."),
        ({"unit_cost": Decimal("NaN")}, "A cost is not below zero; NaN is."),
        ({"unit_cost": 10**9}, "1000000000 is more than one part costs; check the number."),
        ({"unit_cost": 1, "cost": "zero"}, "A cost is given: then it was not free of charge."),
        ({"unit_cost": 1, "cost": "unknown"}, "A cost is given: then it is known."),
        ({"unit_cost": 1, "cost": "cheap"}, "The cost is known, zero or unknown."),
    ],
)
def test_the_cost_is_explicit(part, store, given, sentence):
    refused(sentence, services.receive, part, 1, warehouse=store, by=None, **given)


def test_free_of_charge_comes_in_at_nothing_and_unknown_at_the_usual_cost(part, store):
    services.receive(part, 1, warehouse=store, cost="zero", by=None)
    assert held(part) == (1, 0)
    services.receive(part, 1, warehouse=store, unit_cost=5, by=None)
    move = services.receive(part, 4, warehouse=store, bin="B-1", cost="unknown", by=None)

    assert (move.value, move.cost_known) == (10, "unknown")  # 2 were worth 5


def test_an_unknown_cost_is_the_last_one_where_nothing_is_left(part, store):
    create_stock(part, 2, warehouse=store, unit_cost=7)
    services.adjust(part, -2, warehouse=store, reason="lost", by=None)

    assert services.receive(part, 3, warehouse=store, cost="unknown", by=None).value == 21


@pytest.mark.parametrize(
    ("quantity", "sentence"),
    [
        (0, "A quantity is more than zero; 0 is not."),
        (-2, "A quantity is more than zero; -2 is not."),
        (Decimal("NaN"), "A quantity is more than zero; NaN is not."),
        (Decimal("Infinity"), "A quantity is more than zero; Infinity is not."),
        (Decimal("1.2345"), "Quantities have three decimals at most; 1.2345 has more."),
        (10**9 + 1, "1000000001 is more than is kept of one part; check the number."),
    ],
)
def test_no_quantity_but_a_good_one(part, store, quantity, sentence):
    create_stock(part, 5, warehouse=store)
    other = create_warehouse(tenant=part.tenant)

    refused(sentence, services.receive, part, quantity, warehouse=store, unit_cost=1, by=None)
    refused(sentence, services.transfer, part, quantity, source=store, target=other, by=None)


def test_one_place_holds_no_more_than_can_be_counted(part, store):
    sentence = "That is more of 6204-2RS than one place can keep; check quantity and cost."
    refused(sentence, services.receive, part, 10**6, warehouse=store, unit_cost=10**6, by=None)
    create_stock(part, 10**9, warehouse=store, unit_cost=1)
    refused(sentence, services.receive, part, 1, warehouse=store, unit_cost=1, by=None)


def test_three_decimals_are_kept(part, store):
    create_stock(part, Decimal("1.234"), warehouse=store, unit_cost=Decimal("1.0001"))

    assert held(part) == (Decimal("1.234"), Decimal("1.2341234"))


def test_a_transfer_keeps_the_value(part, store):
    create_stock(part, 3, warehouse=store, bin="A-3", unit_cost=Decimal("3.3333"))
    other = create_warehouse(tenant=part.tenant, name="Van", type="vehicle")
    move = services.transfer(part, 2, source=store, target=other, from_bin="A-3", to_bin="left", by=None)

    assert held(part, "A-3") == (1, Decimal("3.3333"))
    assert held(part, "left") == (2, Decimal("6.6666"))
    assert (move.from_location, move.from_bin, move.to_location, move.to_bin) == (store, "A-3", other, "left")
    assert ledger.check(part.tenant) == []


def test_from_bin_to_bin_of_one_warehouse(part, store):
    create_stock(part, 3, warehouse=store, bin="A-3")
    services.transfer(part, 1, source=store, target=store, to_bin="B-1", by=None)  # the other bins are looked into

    assert (held(part, "A-3")[0], held(part, "B-1")[0]) == (2, 1)
    refused(
        "6204-2RS is in bin A-3 of Main store already; choose another place.",
        services.transfer, part, 1, source=store, target=store, from_bin="A-3", to_bin="A-3", by=None,
    )  # fmt: skip


def test_too_much_is_refused_with_what_is_there(part, store):
    other = create_warehouse(tenant=part.tenant, name="Other")
    there = {"source": store, "target": other, "by": None}
    refused("There is no 6204-2RS in Main store; 5 were asked for.", services.transfer, part, 5, **there)
    create_stock(part, 3, warehouse=store, bin="A-3")
    refused(
        "Only 3 pcs of 6204-2RS are in bin A-3 of Main store; 5 were asked for.", services.transfer, part, 5, **there
    )
    refused(
        "Only 3 pcs of 6204-2RS are in bin A-3 of Main store; 5 were asked for.",
        services.transfer, part, 5, from_bin="A-3", **there,
    )  # fmt: skip
    create_stock(part, 4, warehouse=store, bin="B-1")
    refused(
        "No bin of Main store has 5 of 6204-2RS: there are 3 pcs in A-3, 4 pcs in B-1. Take from each.",
        services.transfer, part, 5, **there,
    )  # fmt: skip
    refused("Only 7 pcs of 6204-2RS are in Main store; 8 were asked for.", services.transfer, part, 8, **there)


def test_an_unknown_bin_is_refused_with_the_known_ones(part, store):
    other = create_warehouse(tenant=part.tenant, name="Other")
    refused(
        "6204-2RS is not kept in bin Z-9 of Main store; none is in that warehouse.",
        services.transfer, part, 1, source=store, target=other, from_bin="Z-9", by=None,
    )  # fmt: skip
    create_stock(part, 3, warehouse=store, bin="A-3")
    sentence = "6204-2RS is not kept in bin Z-9 of Main store; there are 3 pcs in A-3."
    refused(sentence, services.transfer, part, 1, source=store, target=other, from_bin="Z-9", by=None)
    refused(sentence, services.adjust, part, -1, warehouse=store, bin="Z-9", reason="lost", by=None)


@pytest.mark.parametrize("bin", ["<b>", "A" * 41, "A\nB"])
def test_a_bin_has_a_name_that_can_stand_on_a_label(part, store, bin):
    with pytest.raises(BrokenRule, match="cannot be the name of a bin"):
        services.receive(part, 1, warehouse=store, bin=bin, unit_cost=1, by=None)


def test_parts_are_kept_in_warehouses_and_vehicles_that_are_in_use(part):
    hall = create_location(tenant=part.tenant, name="Hall", type="building")
    refused(
        "Hall is not a warehouse; parts are kept in warehouses and vehicles.",
        services.receive, part, 1, warehouse=hall, unit_cost=1, by=None,
    )  # fmt: skip
    old = create_warehouse(tenant=part.tenant, name="Old store")
    old.is_active = False
    old.save()
    refused(
        "Old store is not in use any more; nothing can be put there.",
        services.receive, part, 1, warehouse=old, unit_cost=1, by=None,
    )  # fmt: skip


def test_another_tenants_warehouse_is_refused(part, store):
    other = create_tenant()
    with tenant_context(other):
        theirs = create_warehouse(tenant=other, name="Theirs")
    create_stock(part, 3, warehouse=store)
    sentence = "Theirs belongs to another tenant."

    refused(sentence, services.receive, part, 1, warehouse=theirs, unit_cost=1, by=None)
    refused(sentence, services.transfer, part, 1, source=store, target=theirs, by=None)
    refused(sentence, services.adjust, part, 1, warehouse=theirs, reason="found", by=None)


def test_a_part_out_of_use_does_not_move(part, store):
    part.is_active = False
    services.save_part(part, by=None)
    sentence = "6204-2RS is not in use any more; a manager can put it back into use."

    refused(sentence, services.receive, part, 1, warehouse=store, unit_cost=1, by=None)
    refused(sentence, services.adjust, part, 1, warehouse=store, reason="found", by=None)


def test_adjusting_needs_a_reason_and_takes_the_average(part, store):
    create_stock(part, 2, warehouse=store, bin="A-3", unit_cost=4)
    refused("Say why: a reason is needed.", services.adjust, part, 1, warehouse=store, bin="A-3", reason=" ", by=None)
    services.adjust(part, 1, warehouse=store, bin="A-3", reason="found", by=None)
    assert held(part, "A-3") == (3, 12)
    move = services.adjust(part, -2, warehouse=store, bin="A-3", reason="broken", by=None)
    assert (move.kind, move.quantity, move.value, move.reason) == ("adjust", 2, 8, "broken")
    services.adjust(part, 1, warehouse=store, bin="B-1", unit_cost=Decimal("5.5"), reason="found", by=None)
    assert held(part, "B-1") == (1, Decimal("5.5"))
    refused(
        "Only 1 pcs of 6204-2RS are in bin A-3 of Main store; 2 were asked for.",
        services.adjust, part, -2, warehouse=store, bin="A-3", reason="broken", by=None,
    )  # fmt: skip
    assert ledger.check(part.tenant) == []


def test_the_same_key_moves_once_and_means_one_thing(part, store):
    other = create_warehouse(tenant=part.tenant)
    same = {"warehouse": store, "unit_cost": 1, "by": None, "key": "k-1"}
    first = services.receive(part, 4, **same)
    assert services.receive(part, 4, **same) == first
    assert held(part) == (4, 4)

    sentence = "This key came before, with something else. Nothing was done."
    refused(sentence, services.receive, part, 5, **same)
    refused(sentence, services.receive, part, 4, **same | {"warehouse": other})
    refused(sentence, services.receive, create_part(tenant=part.tenant), 4, **same)
    refused(sentence, services.adjust, part, 4, warehouse=store, reason="x", key="k-1", by=None)
    assert services.transfer(part, 1, source=store, target=other, to_bin="X", key="k-2", by=None) == services.transfer(
        part, 1, source=store, target=other, to_bin="X", key="k-2", by=None
    )
    assert services.adjust(part, -1, warehouse=store, reason="x", key="k-3", by=None) == services.adjust(
        part, -1, warehouse=store, reason="x", key="k-3", by=None
    )
    assert held(part) == (2, 2)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("stock_never_below_zero", {"qty_on_hand": -1, "value": 0}),
        ("stock_value_needs_quantity", {"qty_on_hand": 0, "value": 1}),
        ("stock_value_needs_quantity", {"value": -1}),
    ],
)
def test_the_database_refuses_what_cannot_be(part, store, name, changes):
    create_stock(part, 3, warehouse=store)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Stock.objects.update(**changes)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("move_quantity_positive", {"quantity": 0}),
        ("move_value_not_negative", {"value": -1}),
        ("move_goes_a_way_of_its_kind", {"kind": "transfer"}),
        ("move_goes_a_way_of_its_kind", {"from_bin": "A-3"}),
        ("move_cost_known_or_not", {"cost_known": "x"}),
        ("only_an_undone_use_undoes", {"kind": "unconsume"}),
    ],
)
def test_the_ledger_takes_no_move_that_cannot_be(part, store, name, changes):
    good = {"kind": "receive", "quantity": 1, "value": 1, "unit_cost": 1, "to_location": store}
    StockMove.objects.create(tenant=part.tenant, part=part, **good)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        StockMove.objects.create(tenant=part.tenant, part=part, **good | changes)
