"""Counts: blind, against the book of that moment; differences are posted one by one, with a reason, and only once."""

import pytest

from apps.core.errors import BrokenRule, Conflict
from apps.inventory import ledger, services
from apps.inventory.models import CountLine, Stock, StockMove
from tests.factories import create_location, create_part, create_stock, create_warehouse


@pytest.fixture
def part(tenant):
    return create_part(tenant=tenant, sku="6204-2RS")


@pytest.fixture
def store(tenant, part):
    """A warehouse with ten of the part, at 3, in bin A-3."""
    store = create_warehouse(tenant=tenant, name="Main store")
    return create_stock(part, 10, unit_cost=3, warehouse=store, bin="A-3")


def on_hand(bin="A-3"):
    return Stock.objects.get(bin_location=bin).qty_on_hand


def counted():
    return StockMove.objects.filter(kind="count")


def test_differences_are_posted_each_by_itself(part, store, supervisor, manager):
    seal = create_part(tenant=store.tenant, sku="SEAL")
    create_stock(seal, 5, warehouse=store, bin="B-1", unit_cost=2)
    count = services.start_count(store, by=supervisor)
    services.count_bin(count, part, 8, bin="A-3", by=supervisor)
    services.count_bin(count, part, 2, bin="A-4", by=supervisor)  # the two that are missing lie next to it
    line = services.count_bin(count, seal, 6, bin="B-1", by=supervisor)
    count = services.post_count(count, reason="stocktaking", reasons={line.pk: "found behind"}, by=manager)

    assert (on_hand(), on_hand("A-4"), on_hand("B-1")) == (8, 2, 6)
    told = {(m.part.sku, m.quantity, m.value, m.reason) for m in counted()}
    assert told == {("6204-2RS", 2, 6, "stocktaking"), ("SEAL", 1, 2, "found behind")}
    assert counted().count() == 3  # −2 and +2 of one part are not netted
    assert (count.status, count.ended_by) == ("posted", manager)
    assert ledger.check(store.tenant) == []


def test_counting_changes_nothing_until_it_is_posted(part, store):
    count = services.start_count(store, by=None)
    line = services.count_bin(count, part, 8, bin="A-3", by=None)

    assert (on_hand(), line.qty_expected, line.variance) == (10, 10, -2)
    services.cancel_count(count, by=None)
    assert on_hand() == 10


def test_what_moved_since_it_was_counted_stays_moved(part, store):
    count = services.start_count(store, by=None)
    services.count_bin(count, part, 8, bin="A-3", by=None)
    services.consume(part, 3, warehouse=store, reference="WO-1", by=None)
    services.post_count(count, reason="stocktaking", by=None)

    assert on_hand() == 5


def test_the_book_is_that_of_the_moment_of_counting(part, store):
    count = services.start_count(store, by=None)
    services.consume(part, 3, warehouse=store, reference="WO-1", by=None)
    services.count_bin(count, part, 7, bin="A-3", by=None)
    services.post_count(count, reason="", by=None)  # nothing differs, so no reason is asked for

    assert counted().count() == 0 and on_hand() == 7


def test_a_difference_is_posted_once_though_two_counts_found_it(part, store):
    first, second = (services.start_count(store, by=None) for _ in range(2))
    for count in (first, second):
        services.count_bin(count, part, 8, bin="A-3", by=None)
    services.post_count(first, reason="stocktaking", by=None)

    with pytest.raises(Conflict, match="bin A-3 of Main store was corrected since it was counted; count it again"):
        services.post_count(second, reason="stocktaking", by=None)
    services.count_bin(second, part, 8, bin="A-3", by=None, again=True)
    services.post_count(second, reason="stocktaking", by=None)
    assert on_hand() == 8


def test_an_adjustment_since_is_a_correction_too_but_not_one_of_another_bin(part, store):
    create_stock(part, 1, warehouse=store, bin="B-1")
    count = services.start_count(store, by=None)
    services.count_bin(count, part, 8, bin="A-3", by=None)
    services.adjust(part, 1, warehouse=store, bin="B-1", reason="found", by=None)
    services.adjust(part, -2, warehouse=store, bin="A-3", reason="missing", by=None)

    with pytest.raises(Conflict, match="was corrected since"):
        services.post_count(count, reason="stocktaking", by=None)
    services.drop_line(CountLine.objects.get(), by=None)
    services.count_bin(count, part, 2, bin="B-1", by=None)
    services.post_count(count, reason="stocktaking", by=None)
    assert (on_hand(), on_hand("B-1")) == (8, 2)


def test_what_was_corrected_before_it_was_counted_is_in_nobodys_way(part, store):
    services.adjust(part, -1, warehouse=store, bin="A-3", reason="broken", by=None)
    count = services.start_count(store, by=None)
    services.count_bin(count, part, 8, bin="A-3", by=None)
    services.post_count(count, reason="stocktaking", by=None)

    assert on_hand() == 8


def test_a_bin_is_counted_once_unless_it_is_said(part, store, supervisor, technician):
    count = services.start_count(store, by=None)
    line = services.count_bin(count, part, 8, bin="A-3", by=supervisor)
    assert services.count_bin(count, part, 8, bin="A-3", by=supervisor) == line
    for who, quantity in ((supervisor, 7), (technician, 8)):
        with pytest.raises(Conflict, match=f"was counted by {supervisor} at"):
            services.count_bin(count, part, quantity, bin="A-3", by=who)
    line = services.count_bin(count, part, 7, bin="A-3", by=technician, again=True)

    assert (CountLine.objects.count(), line.qty_counted, line.counted_by) == (1, 7, technician)


def test_posting_needs_a_reason_something_counted_and_what_is_missing_there(part, store):
    count = services.start_count(store, by=None)
    with pytest.raises(BrokenRule, match="Nothing was counted yet"):
        services.post_count(count, reason="stocktaking", by=None)
    services.count_bin(count, part, 2, bin="A-3", by=None)
    with pytest.raises(BrokenRule, match="a reason is needed"):
        services.post_count(count, reason=" ", by=None)
    services.consume(part, 5, warehouse=store, reference="WO-1", by=None)
    with pytest.raises(
        BrokenRule, match="Only 5 pcs of 6204-2RS are in bin A-3 of Main store by now, and 8 pcs were missing"
    ):
        services.post_count(count, reason="stocktaking", by=None)
    assert on_hand() == 5 and not counted()


def test_a_count_that_has_ended_takes_nothing_more(part, store):
    count = services.start_count(store, by=None)
    line = services.count_bin(count, part, 10, bin="A-3", by=None)
    services.post_count(count, reason="", by=None)

    for act in (
        lambda: services.count_bin(count, part, 9, bin="A-3", by=None, again=True),
        lambda: services.post_count(count, reason="once more", by=None),
        lambda: services.cancel_count(count, by=None),
        lambda: services.drop_line(line, by=None),
    ):
        with pytest.raises(Conflict, match="is posted; start another one"):
            act()


def test_a_count_is_of_a_warehouse_and_of_whole_quantities(part, store, tenant):
    with pytest.raises(BrokenRule, match="is not a warehouse"):
        services.start_count(create_location(tenant=tenant, name="Hall"), by=None)
    count = services.start_count(store, by=None)
    assert services.count_bin(count, part, 0, bin="A-3", by=None).variance == -10
    with pytest.raises(BrokenRule, match="more than zero"):
        services.count_bin(count, part, -1, bin="A-3", by=None, again=True)
