"""Wallets: issued, returned, handed over when the receiver confirms, written off; what a leaver still carries."""

from decimal import Decimal

import pytest

from apps.core import hooks
from apps.core.errors import BrokenRule, NotAllowed
from apps.core.isolation import tenant_context
from apps.inventory import ledger, services
from apps.inventory.models import Handover, Stock, StockMove, Wallet
from tests.factories import create_part, create_person, create_stock, create_tenant, create_warehouse


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


@pytest.fixture
def bob(tenant):
    return create_person(tenant=tenant, role="technician", name="Bob")


def held(person):
    wallet = Wallet.objects.filter(user=person).first()
    return (wallet.qty_held, wallet.value) if wallet else (0, 0)


def test_issuing_moves_value_from_store_to_wallet_and_returning_back(part, store, ann, supervisor):
    move = services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=supervisor)
    assert (held(ann), move.kind, move.value) == ((4, 12), "issue", 12)
    back = services.return_from_wallet(part, Decimal("1.5"), user=ann, warehouse=store, bin="R-1", by=ann)

    assert (held(ann), back.kind) == ((Decimal("2.5"), Decimal("7.5")), "return")
    assert Stock.objects.get(bin_location="R-1").value == Decimal("4.5")
    assert ledger.check(part.tenant) == []


def test_more_than_is_there_is_refused(part, store, ann):
    with pytest.raises(BrokenRule, match=r"^Only 10 pcs of 6204-2RS are in Main store; 11 were asked for.$"):
        services.issue_to_wallet(part, 11, warehouse=store, user=ann, by=None)
    with pytest.raises(BrokenRule, match=r"^There is no 6204-2RS in the wallet of Ann; 1 were asked for.$"):
        services.return_from_wallet(part, 1, user=ann, warehouse=store, by=None)
    services.issue_to_wallet(part, 2, warehouse=store, user=ann, by=None)
    with pytest.raises(BrokenRule, match=r"^Only 2 pcs of 6204-2RS are in the wallet of Ann; 3 were asked for.$"):
        services.return_from_wallet(part, 3, user=ann, warehouse=store, by=None)
    assert held(ann) == (2, 6)


def test_nothing_is_issued_to_who_has_left_or_is_another_tenants(part, store, ann):
    ann.is_active = False
    ann.save()
    with pytest.raises(BrokenRule, match=r"^Ann has left; nothing can be put into the wallet.$"):
        services.issue_to_wallet(part, 1, warehouse=store, user=ann, by=None)
    other = create_tenant()
    with tenant_context(other):
        theirs = create_person(tenant=other, name="Jon")
    with pytest.raises(BrokenRule, match=r"^Jon belongs to another tenant.$"):
        services.issue_to_wallet(part, 1, warehouse=store, user=theirs, by=None)


def test_handing_over_moves_when_the_receiver_confirms(part, store, ann, bob):
    services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None)
    handover = services.hand_over(part, 3, giver=ann, receiver=bob, by=ann, note="for line 2")
    assert (held(ann), held(bob)) == ((4, 12), (0, 0))

    with pytest.raises(NotAllowed, match="Only Bob can confirm this"):
        services.confirm_handover(handover, by=ann)
    handover = services.confirm_handover(handover, by=bob)

    assert (held(ann), held(bob)) == ((1, 3), (3, 9))
    assert (handover.status, handover.move.kind, handover.move.reason) == ("confirmed", "handover", "for line 2")
    assert services.confirm_handover(handover, by=bob).move == handover.move
    assert StockMove.objects.filter(kind="handover").count() == 1
    assert ledger.check(part.tenant) == []


def test_a_refused_or_withdrawn_handover_moves_nothing(part, store, ann, bob):
    services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None)
    first, second = (services.hand_over(part, 2, giver=ann, receiver=bob, by=ann) for _ in range(2))
    with pytest.raises(NotAllowed, match="Only Bob can refuse this"):
        services.refuse_handover(first, by=ann)
    services.refuse_handover(first, by=bob)
    services.withdraw_handover(second, by=ann)

    assert (held(ann), held(bob)) == ((4, 12), (0, 0))
    for ended in (first, second):
        with pytest.raises(BrokenRule, match="cannot become confirmed"):
            services.confirm_handover(ended, by=bob)


def test_nothing_is_offered_twice(part, store, ann, bob):
    services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None)
    services.hand_over(part, 3, giver=ann, receiver=bob, by=ann)
    with pytest.raises(
        BrokenRule, match=r"^Ann has 4 pcs of 6204-2RS, and 3 pcs of them wait for somebody to confirm.$"
    ):
        services.hand_over(part, 2, giver=ann, receiver=bob, by=ann)
    services.hand_over(part, 1, giver=ann, receiver=bob, by=ann)
    with pytest.raises(BrokenRule, match="Choose somebody else"):
        services.hand_over(part, 1, giver=bob, receiver=bob, by=ann)


def test_what_was_used_meanwhile_is_not_handed_over(part, store, ann, bob):
    services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None)
    handover = services.hand_over(part, 3, giver=ann, receiver=bob, by=ann)
    services.consume(part, 2, user=ann, reference="WO-000001", by=ann)

    with pytest.raises(BrokenRule, match=r"^Only 2 pcs of 6204-2RS are in the wallet of Ann; 3 were asked for.$"):
        services.confirm_handover(handover, by=bob)
    assert Handover.objects.get().status == "pending"


def test_the_same_key_offers_once(part, store, ann, bob):
    services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None)
    same = {"giver": ann, "receiver": bob, "by": ann, "key": "k"}
    assert services.hand_over(part, 1, **same) == services.hand_over(part, 1, **same)
    with pytest.raises(BrokenRule, match="came before"):
        services.hand_over(part, 2, **same)


def test_writing_off_takes_it_out_for_a_reason(part, store, ann, manager):
    services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None)
    with pytest.raises(BrokenRule, match="a reason is needed"):
        services.write_off(part, 1, user=ann, reason="", by=manager)
    move = services.write_off(part, 1, user=ann, reason="fell into the press", by=manager)

    assert (held(ann), move.kind, move.reason) == ((3, 9), "adjust", "fell into the press")


def told(tenant, person):
    return [held.what for held in hooks.held_by(tenant, [person]).get(person.pk, [])]


def test_what_a_leaver_carries_is_listed_until_it_is_returned_handed_over_or_written_off(part, store, ann, bob, tenant):
    seal = create_part(tenant=tenant, sku="SEAL-9", name="Seal", unit="m")
    nut = create_part(tenant=tenant, sku="NUT-1", name="Nut")
    create_stock(seal, 2, warehouse=store)
    create_stock(nut, 5, warehouse=store)
    for one, quantity in ((part, 4), (seal, Decimal("0.5")), (nut, 5)):
        services.issue_to_wallet(one, quantity, warehouse=store, user=ann, by=None)
    ann.is_active = False
    ann.save()
    assert told(tenant, ann) == [
        "4 pcs of 6204-2RS (Ball bearing) in the wallet", "5 pcs of NUT-1 (Nut) in the wallet",
        "0.5 m of SEAL-9 (Seal) in the wallet",
    ]  # fmt: skip

    services.return_from_wallet(seal, Decimal("0.5"), user=ann, warehouse=store, by=bob)
    services.confirm_handover(services.hand_over(nut, 5, giver=ann, receiver=bob, by=None), by=bob)
    assert told(tenant, ann) == ["4 pcs of 6204-2RS (Ball bearing) in the wallet"]
    moves = services.write_off_wallet(ann, reason="took it along", by=None)
    assert [(move.part, move.quantity, move.value) for move in moves] == [(part, 4, 12)]
    assert told(tenant, ann) == []
    assert ledger.check(tenant) == []


def test_the_same_key_issues_returns_and_writes_off_once(part, store, ann):
    for _ in range(3):
        services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None, key="a")
        services.return_from_wallet(part, 1, user=ann, warehouse=store, by=None, key="b")
        services.write_off(part, 1, user=ann, reason="lost", by=None, key="c")

    assert held(ann) == (2, 6)
