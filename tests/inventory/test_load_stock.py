"""load_tables for parts and stock: figures of AMMS open a ledger, ours comes back as it was, and no sum is wrong after it."""

from decimal import Decimal

import pytest
from django.db import transaction

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.inventory import ledger, services
from apps.inventory.models import CostKnown, CountLine, Part, PartBarcode, PartUnit, Stock, StockMove, Wallet
from tests.factories import create_part, create_person, create_stock, create_tenant, create_warehouse
from tests.registry.test_load_trees import key
from tests.tables import content, dump, load, write

STORE, VAN, YARD = key(21), key(22), key(23)
BEARING, BELT, OIL = key(31), key(32), key(33)
ANN, LEO = key(41), key(42)

PLACES = f"id,parent_id,name,type\n{STORE},,Main store,Warehouse\n{VAN},,Van 1,Vehicle\n{YARD},,Yard,Yard"
PEOPLE = f"""
    id,tenant_id,email,display_name,role,is_active
    {ANN},{key(99)},ann@example.com,Ann,technician,t
    {LEO},{key(99)},leo@example.com,Leo,technician,f
"""
PARTS = f"""
    id,tenant_id,sku,name,category,min_level
    {BEARING},{key(99)},6204-2RS,Ball bearing,Bearings,4
    {BELT},{key(99)},XPZ-1250,V-belt,Belts,
    {OIL},{key(99)},CLP-220,Gear oil,Oils,
"""
STOCK = f"""
    id,part_id,location_id,qty_on_hand,bin_location,unit_cost
    {key(51)},{BEARING},{STORE},12,A-03,2.5
    {key(52)},{BEARING},{VAN},3,,
    {key(53)},{BELT},{STORE},2,A-04,0
    {key(54)},{OIL},{STORE},0,C-01,
"""
WALLETS = f"""
    id,user_id,part_id,qty_held
    {key(61)},{ANN},{BEARING},1.5
    {key(62)},{LEO},{OIL},4
"""
AMMS = {
    "locations": PLACES, "users": PEOPLE, "parts": PARTS, "inventory_stock": STOCK, "inventory_wallets": WALLETS
}  # fmt: skip


@pytest.fixture
def stocked(tenant, tmp_path):
    code, said = load(write(tmp_path / "amms", **AMMS), tenant)
    assert code == 0, said
    return tenant


def held():
    stock = [
        (row.part.sku, row.location.name, row.bin_location, row.qty_on_hand, row.value)
        for row in Stock.objects.order_by("pk")
    ]
    return stock + [
        (row.part.sku, row.user.display_name, row.qty_held, row.value) for row in Wallet.objects.order_by("pk")
    ]


def test_figures_become_moves_with_what_is_known_of_their_cost(stocked):
    assert held() == [
        ("6204-2RS", "Main store", "A-03", 12, 30),
        ("6204-2RS", "Van 1", "", 3, Decimal("7.5")),  # at what it usually costs
        ("XPZ-1250", "Main store", "A-04", 2, 0),
        ("CLP-220", "Main store", "C-01", 0, 0),
        ("6204-2RS", "Ann", Decimal("1.5"), Decimal("3.75")),
        ("CLP-220", "Leo", 4, 0),  # who has left: it is listed until it is brought back
    ]  # fmt: skip
    moves = StockMove.objects.order_by("seq").values_list("part__sku", "kind", "reason", "cost_known", "unit_cost")
    assert list(moves) == [
        ("6204-2RS", "adjust", "opening balance", CostKnown.KNOWN, Decimal("2.5")),
        ("6204-2RS", "adjust", "opening balance", CostKnown.UNKNOWN, Decimal("2.5")),
        ("XPZ-1250", "adjust", "opening balance", CostKnown.ZERO, 0),
        ("6204-2RS", "adjust", "opening balance", CostKnown.UNKNOWN, Decimal("2.5")),
        ("CLP-220", "adjust", "opening balance", CostKnown.UNKNOWN, 0),
    ]
    assert ledger.check(stocked) == []


def test_the_same_files_again_change_nothing(stocked, tmp_path):
    before = held()

    code, said = load(tmp_path / "amms", stocked)

    assert (code, said.count(", 0 created, 0 updated"), "Warnings" in said) == (0, 5, False), said
    assert (held(), StockMove.objects.count()) == (before, 5)


def test_what_has_moved_since_keeps_what_its_moves_come_to(stocked, tmp_path):
    store = Stock.objects.get(pk=key(51)).location
    services.consume(Part.objects.get(pk=BEARING), 2, warehouse=store, reference="WO-1", by=None)

    code, said = load(write(tmp_path / "again", inventory_stock=STOCK), stocked)

    assert code == 0 and 'line 2, column qty_on_hand, value "12.000": its moves come to 10.000; kept so' in said, said
    assert Stock.objects.get(pk=key(51)).qty_on_hand == 10
    assert ledger.check(stocked) == []


def test_an_empty_bin_that_is_known_opens_once_it_has_a_figure(stocked, tmp_path):
    row = f"{key(54)},{OIL},{STORE},60,C-01,3.2"

    code, said = load(
        write(tmp_path / "filled", inventory_stock=f"id,part_id,location_id,qty_on_hand,bin_location,unit_cost\n{row}"),
        stocked,
    )

    assert code == 0 and "1 read, 1 created" in said, said
    assert Stock.objects.get(pk=key(54)).value == 192
    assert ledger.check(stocked) == []


def test_a_dry_run_counts_and_writes_nothing(tenant, tmp_path):
    code, said = load(write(tmp_path / "amms", **AMMS), tenant, "--dry-run")

    assert code == 0 and "inventory_stock.csv     4 read, 4 created" in said, said
    assert not StockMove.objects.exists() and not Part.objects.exists()


HEADER = "id,part_id,location_id,qty_on_hand,bin_location,value,unit_cost"


@pytest.mark.parametrize(
    "row, sentence",
    [
        (f"{key(71)},{key(98)},{STORE},1,A,,", f'column part_id, value "{key(98)}": neither in parts.csv nor in the tenant'),
        (f"{key(71)},{OIL},{STORE},-1,A,,", 'column qty_on_hand, value "-1": must be 0 or more'),
        (f"{key(71)},{OIL},{STORE},1.0005,A,,", 'column qty_on_hand, value "1.0005": has more than 3 decimals'),
        (f"{key(71)},{OIL},{STORE},NaN,A,,", "no number"),
        (f"{key(71)},{OIL},{STORE},1e308,A,,", "no number"),
        (f"{key(71)},{OIL},{STORE},2000000000,A,,", "more than one place can keep"),
        (f"{key(71)},{OIL},{STORE},1000000000,A,,200", "more than one place can keep"),
        (f"{key(71)},{OIL},{YARD},1,A,,", f'column location_id, value "{YARD}": is no warehouse, but a place of the type yard'),
        (f"{key(71)},{OIL},{key(97)},1,A,,", "neither in locations.csv nor in the tenant"),
        (f"{key(71)},{OIL},{STORE},1,<b>,,", "a code has letters"),
        (f"{key(71)},{OIL},{STORE},1,A,5,5", "give the value of all or the cost of one, not both"),
        (f"{key(71)},{OIL},{STORE},0,A,5,", "where there is nothing, nothing is worth anything"),
        (f"{key(71)},{OIL},{STORE},1,A,,-5", "must be 0 or more"),
        (f"{key(51)},{OIL},{STORE},1,A,,", "in the tenant this is another balance"),
        (f"{key(71)},{OIL},{STORE},1,A,,\n{key(72)},{OIL},{STORE},2,A,,", "of this place: line 2 has it already"),
    ],
)  # fmt: skip
def test_a_figure_that_cannot_be_is_refused_with_its_row(stocked, tmp_path, row, sentence):
    before = held()

    code, said = load(write(tmp_path / "bad", inventory_stock=f"{HEADER}\n{row}"), stocked)

    assert code == 1 and sentence in said, said
    assert (held(), StockMove.objects.count()) == (before, 5)


@pytest.mark.parametrize(
    "row, sentence",
    [
        (f"{key(71)},{key(96)},{OIL},1", "neither in app_users.csv nor in the tenant"),
        (f"{key(71)},{ANN},{OIL},-0.5", "must be 0 or more"),
        (f"{key(71)},{ANN},{OIL},0.0001", "has more than 3 decimals"),
    ],
)
def test_a_wallet_that_cannot_be_is_refused_with_its_row(stocked, tmp_path, row, sentence):
    code, said = load(write(tmp_path / "bad", inventory_wallets=f"id,user_id,part_id,qty_held\n{row}"), stocked)

    assert code == 1 and sentence in said, said


@pytest.mark.parametrize(
    "row, sentence",
    [
        (f"{key(71)},6204-2RS,x,,,", f"finds another part, too: {BEARING}"),
        (f"{key(71)},new,x,,,6204-2RS", f"finds another part, too: {BEARING}"),
        (f"{key(71)},new,x,,,7\n{key(72)},newer,x,,,7", "finds another part, too"),
        (f"{key(71)},reorder,x,,,", "is a word of our addresses"),
        (f"{key(71)},new,x,4,3,", "below the minimum, 4"),
        (f"{key(71)},new,x,-1,,", "must be 0 or more"),
        (f"{key(71)},{'9' * 61},x,,,", "a code has at most 60 characters"),
        (f"{BELT},XPZ-1250,x,,,\n{BELT},XPZ-1250,x,,,", "line 2 has it already"),
    ],
)
def test_a_part_that_cannot_be_is_refused_with_its_row(stocked, tmp_path, row, sentence):
    code, said = load(write(tmp_path / "bad", parts=f"id,sku,name,min_level,max_level,barcode\n{row}"), stocked)

    assert code == 1 and sentence in said, said
    assert Part.objects.count() == 3


def test_a_part_keeps_its_unit_and_stays_in_use_while_it_is_held(stocked, tmp_path):
    rows = f"id,sku,name,unit,is_active,lead_days\n{BEARING},6204-2RS,x,box,f,\n{BELT},XPZ-1250,V-belt,pcs,t,40000"

    code, said = load(write(tmp_path / "bad", parts=rows), stocked)

    assert code == 1
    assert "the part was moved in pcs; its unit stays" in said and "still held, reserved or ordered" in said
    assert "must be at most 32767" in said


def test_rows_of_another_tenant_are_not_to_be_had(stocked, tmp_path):
    other = create_tenant(slug="other")

    code, said = load(write(tmp_path / "theirs", inventory_stock=STOCK), other)

    assert code == 1 and "neither in parts.csv nor in the tenant" in said and "another tenant uses this id" in said
    with tenant_context(other):
        assert not Stock.objects.exists()


def lively(tenant) -> None:
    """A part with all that can happen to it."""
    ann, bob = (create_person(tenant=tenant, role="technician", name=name) for name in ("Ann", "Bob"))
    store, van = (
        create_warehouse(tenant=tenant, name="Store"),
        create_warehouse(tenant=tenant, name="Van", type="vehicle"),
    )
    part = create_part(
        tenant=tenant, sku="6204/2RS", name='Bearing, "deep" ö', barcode="4006", min_level=3, abc_class="a"
    )
    services.save_unit(PartUnit(tenant=tenant, part=part, code="box", factor=12), by=ann)
    services.save_barcode(PartBarcode(tenant=tenant, part=part, barcode="=990"), by=ann)
    order = services.mark_ordered(part, 30, supplier="ABC", by=bob, expected_on="2026-01-02", key="k-1")
    create_stock(part, 60, warehouse=store, bin="A-1", unit_cost=15)
    create_stock(part, 140, warehouse=store, bin="A-1", unit_cost="15.5")
    services.receive(part, 7, warehouse=store, cost="unknown", by=ann, order=order, reference="DN-7", key="k-2")
    services.receive(part, 1, warehouse=van, cost="zero", by=ann)
    services.transfer(part, 11, source=store, target=van, by=ann, from_bin="A-1", to_bin="L", reason="trip")
    services.issue_to_wallet(part, Decimal("4.125"), warehouse=store, user=ann, by=bob)
    count = services.start_count(store, note="half", by=ann)
    services.count_bin(count, part, 180, bin="A-1", by=ann)
    services.count_bin(count, part, 7, by=ann)
    services.post_count(count, reason="found less", by=bob)
    used = services.consume(part, 2, reference="WO-1", by=ann, user=ann)
    services.unconsume(used, quantity=Decimal("0.5"), by=ann)
    services.reserve(part, 9, reference="WO-2", warehouse=store, by=bob)
    services.consume(part, 3, reference="WO-2", by=ann, warehouse=store)
    services.confirm_handover(services.hand_over(part, 1, giver=ann, receiver=bob, note="lent", by=ann), by=bob)
    services.refuse_handover(services.hand_over(part, 1, giver=ann, receiver=bob, by=ann), by=bob)
    services.hand_over(part, 1, giver=bob, receiver=ann, by=ann, key="k-3")
    services.write_off(part, 1, user=ann, reason="lost", by=bob)
    services.adjust(part, -11, warehouse=van, bin="L", reason="broken", by=bob)  # an empty bin stays known
    open_count = services.start_count(van, by=ann)
    services.count_bin(open_count, part, 1, by=ann)


def test_dump_load_dump_gives_the_same_stores_byte_for_byte(db, tmp_path):
    with transaction.atomic():
        tenant = create_tenant(slug="lively")
        with tenant_context(tenant):
            lively(tenant)
            assert ledger.check(tenant) == []
        assert dump(tmp_path / "one", tenant)[0] == 0
        code, said = load(tmp_path / "one", tenant)
        files = len(content(tmp_path / "one"))
        assert (code, said.count(", 0 created, 0 updated"), "Warnings" in said) == (0, files, False), said
        transaction.set_rollback(True)

    code, said = load(tmp_path / "one", "lively", "--create-tenant", "--timezone", "Europe/Warsaw")
    assert code == 0 and "come to" not in said, said
    dump(tmp_path / "two", "lively")

    one, two = content(tmp_path / "one"), content(tmp_path / "two")
    for name, least in (("stock_moves", 14), ("inventory_stock", 4), ("stock_count_lines", 3), ("wallet_handovers", 3)):
        assert len(one[f"{name}.csv"].splitlines()) > least, name
    assert {name: two[name] for name in two if two[name] != one[name]} == {}
    with tenant_context(tenant := Tenant.objects.get()):
        assert ledger.check(tenant) == []
        line = CountLine.objects.get(count__status="open")
        last = StockMove.objects.latest("seq")
        assert line.seen_seq == last.seq
        # What was counted is still what it was: the count can be posted.
        services.post_count(line.count, reason="", by=None)


def test_the_ledger_alone_gives_the_balances(db, tmp_path):
    with transaction.atomic():
        tenant = create_tenant(slug="lively")
        with tenant_context(tenant):
            lively(tenant)
            before = held()
        dump(tmp_path / "one", tenant)
        transaction.set_rollback(True)
    for name in ("inventory_stock", "inventory_wallets"):
        (tmp_path / "one" / f"{name}.csv").unlink()

    code, said = load(tmp_path / "one", "lively", "--create-tenant")

    assert code == 0, said
    with tenant_context(tenant := Tenant.objects.get()):
        assert sorted(map(str, held())) == sorted(map(str, before))
        assert ledger.check(tenant) == []


MOVE = "id,part_id,kind,quantity,unit_cost,value,from_location_id,from_bin,from_user_id,to_location_id,to_bin,to_user_id,undoes_id"
USE = f"{key(82)},{OIL},consume,5,2,10,{STORE},C-01,,,,,"
IN = f"{key(81)},{OIL},receive,10,2,20,,,,{STORE},C-01,,"


@pytest.mark.parametrize(
    "rows, sentence",
    [
        (f"{key(81)},{OIL},receive,10,2,20,,,,,,{ANN},", "goes no way of its kind"),
        (f"{key(81)},{OIL},receive,10,2,20,,X,,{STORE},,,", "goes no way of its kind"),
        (f"{key(81)},{OIL},receive,10,3,20,,,,{STORE},,,", "the value of one is 2.0000"),
        (f"{key(81)},{OIL},receive,0,3,20,,,,{STORE},,,", "must be 0.001 or more"),
        (f"{IN}\n{key(82)},{OIL},consume,11,2,22,{STORE},C-01,,,,,", "11 left (Used) where 10 were"),
        (f"{IN}\n{key(82)},{OIL},consume,5,1,5,{STORE},C-01,,,,,", "it left with a value of 5; its share was 10"),
        (f"{key(82)},{OIL},consume,5,2,10,{STORE},C-01,,,,,\n{IN}", "5 left (Used) where 0 were"),
        (f"{IN}\n{key(82)},{OIL},unconsume,5,2,10,,,,{STORE},C-01,,", "what brings back names the use that it undoes"),
        (f"{IN}\n{key(82)},{OIL},unconsume,5,2,10,,,,{STORE},C-01,,{key(81)}", "has to be a use of the same part"),
        (f"{IN}\n{USE}\n{key(83)},{OIL},unconsume,6,2,12,,,,{STORE},C-01,,{key(82)}", "more is brought back than was used"),
        (f"{IN}\n{key(83)},{OIL},unconsume,5,2,10,,,,{STORE},C-01,,{key(82)}\n{USE}", "and to come before"),
    ],
)  # fmt: skip
def test_a_ledger_that_cannot_be_is_refused_with_its_row(stocked, tmp_path, rows, sentence):
    code, said = load(write(tmp_path / "bad", stock_moves=f"{MOVE}\n{rows}"), stocked)

    assert code == 1 and sentence in said, said
    assert StockMove.objects.count() == 5


def test_the_ledger_takes_no_other_word_for_what_is_there(stocked, tmp_path):
    dump(tmp_path / "dump", stocked)
    text = (tmp_path / "dump" / "stock_moves.csv").read_text()

    code, said = load(write(tmp_path / "other", stock_moves=text.replace(",opening balance,", ",other,")), stocked)

    assert code == 1 and "the tenant has this move with another reason: opening balance" in said, said
