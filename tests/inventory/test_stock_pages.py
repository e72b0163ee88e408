"""Stock on its pages: what is where, moving it, the ledger; and what the pages say where they refuse."""

import csv
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.isolation import tenant_context
from apps.inventory import services
from apps.inventory.models import PartUnit, Stock, StockMove, Wallet
from tests.factories import create_location, create_part, create_person, create_stock, create_tenant, create_warehouse


@pytest.fixture
def sign(client):
    def sign(person):
        client.force_login(person)
        return client

    return sign


@pytest.fixture
def part(tenant):
    return create_part(tenant=tenant, sku="6204", name="Ball bearing", barcode="400638", supplier="Bearings Ltd")


@pytest.fixture
def store(part):
    """Thirteen in bin A-3, at 2 each."""
    return create_stock(part, 13, bin="A-3", unit_cost=2)


def there(part, bin="A-3"):
    return Stock.objects.get(part=part, bin_location=bin).qty_on_hand


def bin_of(part, bin="A-3"):
    return Stock.objects.get(part=part, bin_location=bin).pk


def rows_of(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


# --- what is where


def test_the_page_and_the_file_say_what_lies_in_which_bin(sign, operator, part, store):
    client = sign(operator)
    services.reserve(part, 3, reference="WO-1", by=None)

    assert all(words in client.get("/stock/").text for words in ("6204", "A-3", "13 pcs", "10 pcs", "26.00 EUR"))
    (row,) = rows_of(client.get("/stock.csv"))
    assert (row["warehouse"], row["bin"], row["on_hand"], row["available"]) == (str(store), "A-3", "13", "10")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=ball", ["A-3", "B-1"]),
        ("?q=400638", ["A-3", "B-1"]),
        ("?bin=b", ["B-1"]),
        ("?empty=1", ["A-3", "A-4", "B-1"]),
        ("?q=belt", []),
        ("?place=x&empty=7", ["A-3", "B-1"]),
    ],
)
def test_filters_find_bins_on_the_page_and_in_the_file(sign, operator, part, store, query, found):
    for bin in ("A-4", "B-1"):
        services.receive(part, 2, warehouse=store, bin=bin, unit_cost=1, by=None)
    services.adjust(part, -2, warehouse=store, bin="A-4", reason="gone", by=None)
    client = sign(operator)

    assert [row.bin_location for row in client.get(f"/stock/{query}").context["rows"]] == found
    assert [row["bin"] for row in rows_of(client.get(f"/stock.csv{query}"))] == found


def test_a_warehouse_alone_is_looked_at(sign, operator, part, store):
    other = create_stock(part, 5, bin="Z-9")

    page = sign(operator).get("/stock/", {"place": other.pk})

    assert [row.bin_location for row in page.context["rows"]] == ["Z-9"]


@pytest.mark.parametrize("path", ["/stock/", "/stock/moves/"])
def test_the_lists_ask_as_often_for_many_as_for_few(sign, supervisor, tenant, part, store, path):
    client = sign(supervisor)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    services.consume(part, 1, warehouse=store, reference="WO-1", by=None)
    asked()
    few = asked()
    for number in range(20):
        create_stock(create_part(tenant=tenant), 3, warehouse=store, bin=f"C-{number}")
        services.consume(part, "0.1", warehouse=store, reference="WO-1", by=None)

    assert asked() == few


# --- scanning


@pytest.mark.parametrize("code", ["6204", "400638", "7990", "https://plant.example/parts/{pk}/"])
def test_a_scanned_code_opens_the_form_of_its_part(sign, supervisor, part, store, code):
    part.barcodes.create(tenant=part.tenant, barcode="7990")

    page = sign(supervisor).get("/stock/receive/", {"part": code.format(pk=part.pk), "location": store.pk})

    assert page.context["part"] == part
    assert page.context["form"].initial["warehouse"] == str(store.pk)


def test_an_unknown_code_is_said_to_be_so(sign, supervisor):
    page = sign(supervisor).get("/stock/transfer/", {"part": "<b>nothing"})

    assert page.status_code == 200 and "No part has the code “&lt;b&gt;nothing”." in page.text


# --- receive


def receive(client, row, store, *, follow=True, **fields):
    body = {"part": row.sku, "quantity": "2", "warehouse": store.pk, "bin": "A-3", "cost": "known", "unit_cost": "3"}
    return client.post("/stock/receive/", body | fields, follow=follow)


def test_receiving_tells_how_much_there_is_now(sign, supervisor, part, store):
    answer = receive(sign(supervisor), part, store, reference="DN-7", supplier="Shop")

    assert there(part) == 15
    assert "15 pcs" in answer.text and answer.context["stays"]["reference"] == "DN-7"
    move = StockMove.objects.latest("seq")
    assert (move.user, move.reference, move.supplier, move.value) == (supervisor, "DN-7", "Shop", 6)


def test_a_box_of_twelve_is_received_as_twelve(sign, supervisor, part, store):
    box = services.save_unit(PartUnit(tenant=part.tenant, part=part, code="box", factor=12), by=None)

    receive(sign(supervisor), part, store, unit=box.pk, unit_cost="24")

    assert there(part) == 37
    assert StockMove.objects.latest("seq").unit_cost == 2


def test_what_was_ordered_is_received_on_its_order(sign, supervisor, part, store):
    order = services.mark_ordered(part, 12, reference="PO-8", by=None)
    client = sign(supervisor)

    page = client.get("/stock/receive/", {"order": order.pk})
    assert (page.context["form"].initial["quantity"], "12 pcs open" in page.text) == (12, True)
    receive(client, part, store, order=order.pk, quantity="5")

    order.refresh_from_db()
    assert order.qty_open == 7


@pytest.mark.parametrize(("cost", "value"), [("zero", 0), ("unknown", 4)])
def test_a_cost_of_nothing_is_said_to_be_so(sign, supervisor, part, store, cost, value):
    receive(sign(supervisor), part, store, cost=cost, unit_cost="")

    move = StockMove.objects.latest("seq")
    assert (move.cost_known, move.value) == (cost, value)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"quantity": "0"}, "A quantity is more than zero; 0 is not."),
        ({"quantity": "-1"}, "A quantity is more than zero; -1 is not."),
        ({"quantity": "1.2345"}, "Quantities have three decimals at most; 1.2345 has more."),
        ({"quantity": "1e12"}, "is more than is kept of one part"),
        ({"quantity": "NaN"}, "Enter a number."),
        ({"quantity": "1e308"}, "no more than 20 digits"),
        ({"quantity": ""}, "This field is required."),
        ({"unit_cost": ""}, "Say what one costs, or that it is not known yet."),
        ({"unit_cost": "0"}, "say that it was free of charge"),
        ({"unit_cost": "1.23456"}, "A cost has four decimals at most"),
        ({"cost": "zero"}, "A cost is given: then it was not free of charge."),
        ({"cost": "maybe"}, "Select a valid choice."),
        ({"bin": "A;3"}, "cannot be the name of a bin"),
        ({"bin": "A" * 41}, "at most 40 characters"),
        ({"warehouse": "x"}, "That is no warehouse of this plant."),
        ({"part": "nothing"}, "No part has the code “nothing”."),
    ],
)
def test_receiving_is_refused_in_place_with_what_was_typed(sign, supervisor, part, store, fields, sentence):
    answer = receive(sign(supervisor), part, store, reference="DN-7", **fields)

    assert answer.status_code == 422 and sentence in answer.text.replace("&lt;", "<")
    assert StockMove.objects.count() == 1
    if "part" not in fields:
        assert 'value="DN-7"' in answer.text


def test_a_part_out_of_use_is_not_received(sign, supervisor, tenant, store):
    old = create_part(tenant=tenant, sku="OLD", is_active=False)

    assert "is not in use any more" in receive(sign(supervisor), old, store).text


def test_another_plants_warehouse_or_part_is_not_known(sign, supervisor, part, store):
    other = create_tenant()
    with tenant_context(other):
        theirs = create_warehouse(tenant=other)
        create_part(tenant=other, sku="THEIRS")
    room = create_location(tenant=part.tenant, type="site")
    client = sign(supervisor)

    for place in (theirs, room):
        assert "That is no warehouse of this plant." in receive(client, part, store, warehouse=place.pk).text
    assert "No part has the code" in receive(client, part, store, part="THEIRS").text


def test_the_same_press_twice_is_received_once(sign, supervisor, part, store):
    client = sign(supervisor)

    first, second = (receive(client, part, store, request_key="once-and-again", follow=False) for _ in range(2))

    assert there(part) == 15 and first["Location"] == second["Location"]


# --- transfer


def transfer(client, part, target, **fields):
    body = {"part": part.sku, "quantity": "4", "stock": bin_of(part), "target": target.pk, "to_bin": "B-1"}
    return client.post("/stock/transfer/", body | fields, follow=True)


def test_a_transfer_tells_both_ends(sign, supervisor, part, store):
    answer = transfer(sign(supervisor), part, store)

    assert (there(part), there(part, "B-1")) == (9, 4)
    assert "9 pcs" in answer.text and "4 pcs" in answer.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"quantity": "14"}, "Only 13 pcs of 6204 are in bin A-3"),
        ({"to_bin": "A-3"}, "is in bin A-3"),
        ({"stock": "01a22a77-94be-7620-b5d7-312679a05599"}, "Nothing of 6204 lies there any more"),
    ],
)
def test_a_transfer_is_refused_with_what_is_there(sign, supervisor, part, store, fields, sentence):
    answer = transfer(sign(supervisor), part, store, **fields)

    assert answer.status_code == 422 and sentence in answer.text
    assert there(part) == 13


def test_the_address_says_where_from(sign, supervisor, part, store):
    van = create_stock(part, 2, bin="V-1")

    page = sign(supervisor).get("/stock/transfer/", {"part": "6204", "location": van.pk})

    assert page.context["form"].initial["stock"] == bin_of(part, "V-1")


# --- issue and return


def test_somebody_is_given_a_part_and_brings_it_back(sign, supervisor, technician, part, store):
    client = sign(supervisor)

    body = {"part": "6204", "quantity": "4", "stock": bin_of(part), "user": technician.pk}
    issued = client.post("/stock/issue/", body, follow=True)
    assert (there(part), Wallet.objects.get(part=part).qty_held) == (9, 4)
    assert "9 pcs" in issued.text and "4 pcs" in issued.text
    assert issued.context["stays"] == {"location": str(store.pk), "user": str(technician.pk)}

    body = {
        "part": "6204",
        "quantity": "3",
        "wallet": Wallet.objects.get(part=part).pk,
        "warehouse": store.pk,
        "bin": "A-3",
    }
    returned = sign(technician).post("/stock/return/", body, follow=True)
    assert (there(part), Wallet.objects.get(part=part).qty_held) == (12, 1)
    assert "12 pcs" in returned.text


def test_more_than_is_there_is_not_issued(sign, supervisor, technician, part, store):
    body = {"part": "6204", "quantity": "13.5", "stock": bin_of(part), "user": technician.pk}

    answer = sign(supervisor).post("/stock/issue/", body)

    assert answer.status_code == 422 and "Only 13 pcs of 6204 are in bin A-3" in answer.text
    assert not Wallet.objects.exists()


def test_nothing_goes_to_who_has_left(sign, supervisor, technician, part, store):
    technician.is_active = False
    technician.save()
    body = {"part": "6204", "quantity": "1", "stock": bin_of(part), "user": technician.pk}

    assert sign(supervisor).post("/stock/issue/", body).status_code == 422


def test_a_technician_returns_what_is_in_the_own_wallet_only(sign, supervisor, technician, part, store):
    other = create_person(tenant=part.tenant, role="technician")
    services.issue_to_wallet(part, 2, warehouse=store, user=other, by=supervisor)
    body = {"part": "6204", "quantity": "1", "wallet": Wallet.objects.get(part=part).pk, "warehouse": store.pk}

    assert "Nothing of 6204 is in that wallet" in sign(technician).post("/stock/return/", body).text
    assert sign(supervisor).post("/stock/return/", body).status_code == 302


# --- adjust


def adjust(client, store, **fields):
    body = {"part": "6204", "way": "missing", "quantity": "3", "warehouse": store.pk, "bin": "A-3", "reason": "Broken"}
    return client.post("/stock/adjust/", body | fields, follow=True)


def test_a_manager_adjusts_for_a_reason(sign, manager, part, store):
    client = sign(manager)

    assert "10 pcs" in adjust(client, store).text
    assert "12 pcs" in adjust(client, store, way="found", quantity="2", unit_cost="2.5").text
    assert StockMove.objects.filter(kind="adjust", reason="Broken").count() == 2
    assert Stock.objects.get(part=part).value == Decimal(25)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": " "}, "This field is required."),
        ({"quantity": "14"}, "Only 13 pcs of 6204 are in bin A-3"),
        ({"bin": "Z-9"}, "is not kept in bin Z-9"),
        ({"quantity": "-3"}, "A quantity is more than zero"),
        ({"way": ""}, "This field is required."),
    ],
)
def test_an_adjustment_is_refused_with_what_is_there(sign, manager, part, store, fields, sentence):
    answer = adjust(sign(manager), store, **fields)

    assert answer.status_code == 422 and sentence in answer.text
    assert there(part) == 13


# --- the ledger


@pytest.fixture
def moved(part, store, supervisor, technician):
    services.issue_to_wallet(part, 4, warehouse=store, user=technician, reference="WO-1", by=supervisor)
    services.consume(part, 3, user=technician, reference="WO-1", by=technician)
    other = create_part(tenant=part.tenant, sku="BELT")
    create_stock(other, 2, warehouse=store)
    return part


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["receive", "consume", "issue", "receive"]),
        ("?part=6204", ["consume", "issue", "receive"]),
        ("?part=400638&kind=issue", ["issue"]),
        ("?part=nothing", []),
        ("?q=wo-1", ["consume", "issue"]),
        ("?day=2001-01-01", []),
        ("?day=9999-12-31", ["receive", "consume", "issue", "receive"]),
        ("?day=0001-01-01&kind=x&place=y&person=z&after=%00", ["receive", "consume", "issue", "receive"]),
    ],
)
def test_filters_find_moves_on_the_page_and_in_the_file(sign, operator, moved, query, found):
    client = sign(operator)

    page = client.get(f"/stock/moves/{query}")

    assert [move.kind for _day, moves in page.context["days"] for move in moves] == found
    assert [row["kind"] for row in rows_of(client.get(f"/stock/moves.csv{query}"))] == found


def test_a_persons_moves_are_those_they_made_and_those_of_their_wallet(sign, operator, technician, moved):
    page = sign(operator).get("/stock/moves/", {"person": technician.pk})

    assert [move.kind for _day, moves in page.context["days"] for move in moves] == ["consume", "issue"]


def test_pages_of_the_ledger_go_on_where_the_last_ended(sign, operator, part, store):
    for number in range(60):
        services.receive(part, 1 + number, warehouse=store, unit_cost=1, by=None)
    client = sign(operator)

    first = client.get("/stock/moves/")
    second = client.get("/stock/moves/", {"after": first.context["next"]})

    seqs = [move.seq for page in (first, second) for _day, moves in page.context["days"] for move in moves]
    assert len(seqs) == 61 and seqs == sorted(set(seqs), reverse=True)


def test_what_was_used_is_brought_back_where_it_came_from(sign, technician, moved):
    client = sign(technician)
    used = StockMove.objects.get(kind="consume")
    assert f"/stock/moves/{used.pk}/undo/" in client.get("/stock/moves/").text

    client.post(f"/stock/moves/{used.pk}/undo/", {"quantity": "2", "reason": "not needed"})

    assert Wallet.objects.get(part=moved).qty_held == 3
    again = client.post(f"/stock/moves/{used.pk}/undo/", {"quantity": "2"})
    assert again.status_code == 422
    assert "1 pcs of the 3 pcs of 6204 that were used can still be brought back." in again.text


def test_what_somebody_else_used_is_a_supervisors_to_bring_back(sign, supervisor, moved, store):
    used = StockMove.objects.get(kind="consume")
    colleague = create_person(tenant=moved.tenant, role="technician")

    assert sign(colleague).get(f"/stock/moves/{used.pk}/undo/").status_code == 403
    assert f"/stock/moves/{used.pk}/undo/" not in sign(colleague).get("/stock/moves/").text
    sign(supervisor).post(f"/stock/moves/{used.pk}/undo/", {"quantity": "3", "warehouse": store.pk, "bin": "C-1"})
    assert there(moved, "C-1") == 3


def test_only_what_was_used_can_be_brought_back(sign, supervisor, moved):
    move = StockMove.objects.get(kind="issue")

    assert sign(supervisor).get(f"/stock/moves/{move.pk}/undo/").status_code == 404


def test_empty_pages_say_what_to_do_next(sign, supervisor, operator):
    assert "Receive" in sign(supervisor).get("/stock/").text
    assert "A supervisor receives what is delivered." in sign(operator).get("/stock/").text
    assert "Nothing has moved yet." in sign(operator).get("/stock/moves/").text
