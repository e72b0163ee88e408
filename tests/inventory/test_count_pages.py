"""Counts on their pages: started, counted blind, looked at beside the book, posted by a manager; what is due."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from apps.core.errors import BrokenRule
from apps.inventory import ledger, queries, services
from apps.inventory.models import CountLine, CountStatus, Stock, StockCount, StockMove
from tests.core.test_pdf import words_on
from tests.factories import create_location, create_part, create_person, create_stock, create_warehouse


@pytest.fixture
def part(tenant):
    return create_part(tenant=tenant, sku="6204-2RS", name="Ball bearing", barcode="4006381")


@pytest.fixture
def store(tenant, part):
    """A warehouse with 137 of the part, at 3, in bin A-3."""
    store = create_warehouse(tenant=tenant, name="Main store")
    return create_stock(part, 137, unit_cost=3, warehouse=store, bin="A-3")


@pytest.fixture
def count(store, supervisor):
    return services.start_count(store, by=supervisor)


@pytest.fixture
def signed_in(client, supervisor):
    client.force_login(supervisor)
    return client


@pytest.fixture
def boss(manager):
    client = Client()
    client.force_login(manager)
    return client


def at(count, *rest):
    return "/".join(["/stock/counts", str(count.pk), *rest, ""])


def note(client, count, part, quantity, bin="A-3", **more):
    return client.post(at(count, "count"), {"part": part.pk, "bin": bin, "quantity": quantity} | more)


def rows_of(answer):
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def words_of(answer):
    assert answer["Content-Type"] == "application/pdf", answer.content[:500]
    return " ".join(words_on(page) for page in pypdfium2.PdfDocument(answer.content))


# -- starting -------------------------------------------------------------------------------------------------------------


def test_a_count_of_some_bins_is_started_and_leads_to_counting(signed_in, store, supervisor):
    answer = signed_in.post("/stock/counts/new/", {"warehouse": store.pk, "bins": "B-1; A-3 A-3", "note": "cycle"})

    count = StockCount.objects.get()
    assert answer["Location"] == at(count, "count")
    assert (count.location, count.bins, count.note, count.started_by) == (store, ["A-3", "B-1"], "cycle", supervisor)
    assert "A-3, B-1" in signed_in.get("/stock/counts/").text


def test_what_is_no_warehouse_or_no_bin_is_refused_beside_its_field(signed_in, store, part):
    hall = create_location(tenant=store.tenant, name="Hall", type="building")
    for body in ({"warehouse": hall.pk}, {"warehouse": store.pk, "bins": "<x>"}, {}):
        assert signed_in.post("/stock/counts/new/", body).status_code == 422
    assert not StockCount.objects.exists()


def test_a_link_of_the_plan_fills_in_the_place(signed_in, store, part):
    page = signed_in.get("/stock/counts/due/").text
    assert f"?warehouse={store.pk}&amp;bins=A-3#start" in page

    start = signed_in.get(f"/stock/counts/?warehouse={store.pk}&bins=A-3").text
    assert 'value="A-3"' in start and f'<option value="{store.pk}" selected>' in start


# -- counting, blind ------------------------------------------------------------------------------------------------------


def test_a_bin_then_a_part_then_how_much(signed_in, count, part, supervisor):
    assert "?bin=A-3" in signed_in.get(at(count, "count")).text
    assert "6204-2RS" in signed_in.get(at(count, "count"), {"bin": "A-3"}).text
    for code in ("6204-2RS", "4006381", f"https://plant.example/parts/{part.pk}/"):
        page = signed_in.get(at(count, "count"), {"bin": "A-3", "code": code}).text
        assert "Ball bearing" in page and 'name="quantity"' in page

    answer = note(signed_in, count, part, "131.5")

    assert (answer.status_code, answer["Location"]) == (302, at(count, "count") + "?bin=A-3")
    line = CountLine.objects.get()
    assert (line.qty_counted, line.qty_expected, line.counted_by) == (131.5, 137, supervisor)


def test_the_book_is_nowhere_while_one_counts(signed_in, count, part):
    other = create_person(tenant=part.tenant, role="supervisor")
    services.adjust(part, Decimal("0.125"), warehouse=count.location, bin="A-3", reason="a scrap", by=None)
    services.count_bin(count, part, Decimal("77.375"), bin="A-3", by=other)
    asked = [{}, {"bin": "A-3"}, {"bin": "A-3", "code": part.sku}, {"bin": "A-3", "code": "unknown"}, {"bin": "<x>"}]
    answers = [signed_in.get(at(count, "count"), query) for query in asked]
    answers += [note(signed_in, count, part, quantity) for quantity in ("130", "-1", "x")]
    answers.append(note(signed_in, count, part, "130", again="1"))
    answers.append(signed_in.get(answers[-1]["Location"]))
    answers.append(signed_in.get(at(count, "sheet")))

    told = [
        str(answer.headers) + (words_of(answer) if "pdf" in answer["Content-Type"] else answer.text)
        for answer in answers
    ]
    assert [answer.status_code for answer in answers] == [200] * 5 + [409, 422, 422, 302, 200, 200]
    for text in told:
        assert "137.125" not in text and "77.375" not in text


def test_none_is_there(signed_in, count, part):
    note(signed_in, count, part, "", none="1")
    assert CountLine.objects.get().qty_counted == 0


@pytest.mark.parametrize("quantity", ["", "-1", "1.2345", "NaN", "1e308", "many", "9" * 40])
def test_what_is_no_quantity_is_refused_beside_it(signed_in, count, part, quantity):
    answer = note(signed_in, count, part, quantity)
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text and not CountLine.objects.exists()


def test_two_people_counting_one_bin_get_a_clear_sentence(signed_in, count, part):
    ann = create_person(tenant=part.tenant, role="supervisor", name="Ann")
    line = services.count_bin(count, part, 77, bin="A-3", by=ann)
    answer = note(signed_in, count, part, "130")

    assert answer.status_code == 409 and "was counted by Ann at" in answer.text and "Count it again" in answer.text
    line.refresh_from_db()
    assert line.qty_counted == 77
    assert note(signed_in, count, part, "130", again="1").status_code == 302
    line.refresh_from_db()
    assert line.qty_counted == 130


def test_a_bin_of_another_count_and_a_count_that_has_ended(signed_in, store, part, supervisor):
    count = services.start_count(store, bins=["B-1"], by=supervisor)
    assert "This count is of B-1" in signed_in.get(at(count, "count"), {"bin": "A-3"}).text
    assert note(signed_in, count, part, "1").status_code == 422
    with pytest.raises(BrokenRule, match="This count is of B-1, and not of bin A-3 of Main store"):
        services.count_bin(count, part, 1, bin="A-3", by=supervisor)
    assert note(signed_in, count, part, "1", bin="B-1").status_code == 302

    services.cancel_count(count, by=None)
    assert "This count has ended" in signed_in.get(at(count, "count")).text
    assert note(signed_in, count, part, "1", bin="B-1").status_code == 409


def test_an_unknown_code_and_another_tenants_part(signed_in, count):
    page = signed_in.get(at(count, "count"), {"bin": "A-3", "code": "<b>x"}).text
    assert "No part has the code “&lt;b&gt;x”" in page
    answer = signed_in.post(at(count, "count"), {"part": count.pk, "bin": "A-3", "quantity": "1"})
    assert answer.status_code == 422 and "Scan it again" in answer.text


# -- differences ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def differs(count, part, supervisor):
    """131 of 137 were found; of a seal 6 instead of 5, and of a nut what the book says."""
    for sku, on_hand, found in (("SEAL", 5, 6), ("NUT", 9, 9)):
        other = create_part(tenant=part.tenant, sku=sku)
        create_stock(other, on_hand, warehouse=count.location, bin="B-1", unit_cost=2)
        services.count_bin(count, other, found, bin="B-1", by=supervisor)
    return services.count_bin(count, part, 131, bin="A-3", by=supervisor)


def test_differences_stand_beside_the_book_with_their_value(signed_in, count, differs, part):
    services.consume(part, 2, warehouse=count.location, reference="WO-1", by=None)
    page = signed_in.get(at(count)).text

    for words in ("6204-2RS", "137", "131", "-6", "-18.00", "SEAL", "+1", "+2.00", "-2 moved since"):
        assert words in page
    assert "NUT" not in page and "NUT" in signed_in.get(at(count) + "?show=all").text


def test_what_nobody_has_counted_is_listed(signed_in, count, part, store):
    page = signed_in.get(at(count) + "?show=left").text
    assert "6204-2RS" in page and "137" not in page  # blind for who has still to count it
    (row,) = rows_of(signed_in.get(at(count, "csv") + "?show=left"))
    assert (row["sku"], row["bin"], row["expected"], row["counted"]) == ("6204-2RS", "A-3", "", "")
    services.count_bin(count, part, 0, bin="A-3", by=None)
    assert "All of it is counted" in signed_in.get(at(count) + "?show=left").text


def test_values_are_what_posting_books(count, differs, part, manager):
    other = create_part(tenant=part.tenant, sku="NEW")  # in another place at 4, never here
    create_stock(other, 10, unit_cost=4)
    services.count_bin(count, other, 3, bin="C-1", by=None)
    told = {row.line.pk: row.value for row in queries.review(count, _lines(count))}

    count = services.post_count(count, reason="so", by=manager)
    assert {row.line.pk: row.value for row in queries.review(count, _lines(count))} == told
    assert sorted(told.values()) == [-18, 0, 2, 12]


def _lines(count):
    return count.lines.select_related("part", "counted_by", "move")


def test_a_line_has_a_reason_of_its_own_and_others_that_of_all(signed_in, boss, count, differs, tenant):
    address = f"/stock/count-lines/{differs.pk}/?show=all"
    assert signed_in.post(address, {"reason": "broken"})["Location"] == at(count) + "?show=all"

    assert boss.post(at(count, "post"), {"reason": ""}).status_code == 409  # the seal has none
    assert boss.post(at(count, "post"), {"reason": "stocktaking"}).status_code == 302
    moves = StockMove.objects.filter(kind="count")
    assert {(m.part.sku, m.quantity, m.reason) for m in moves} == {
        ("6204-2RS", 6, "broken"),
        ("SEAL", 1, "stocktaking"),
    }
    assert Stock.objects.get(bin_location="A-3").qty_on_hand == 131 and ledger.check(tenant) == []
    page = signed_in.get(at(count)).text
    assert "Posted" in page and "broken" in page and "Recount" not in page


def test_only_managers_post(signed_in, count, differs):
    assert signed_in.post(at(count, "post"), {"reason": "so"}).status_code == 403
    assert "A manager looks at them" in signed_in.get(at(count)).text


def test_what_was_corrected_since_is_told_beside_the_reason(boss, count, differs, part):
    services.adjust(part, -6, warehouse=count.location, bin="A-3", reason="missing", by=None)
    answer = boss.post(at(count, "post"), {"reason": "so"})

    assert answer.status_code == 409 and "was corrected since it was counted; count it again" in answer.text
    count.refresh_from_db()
    assert count.status == CountStatus.OPEN


def test_a_line_is_left_out_and_a_count_given_up(signed_in, count, differs):
    assert signed_in.post(f"/stock/count-lines/{differs.pk}/drop/").status_code == 302
    assert not CountLine.objects.filter(pk=differs.pk).exists()
    assert signed_in.post(at(count, "cancel"), {"reason": "not now"}).status_code == 302
    again = signed_in.post(at(count, "cancel"), {})
    assert again.status_code == 409 and "is cancelled" in again.text
    line = count.lines.first()
    assert signed_in.post(f"/stock/count-lines/{line.pk}/", {"reason": "late"}).status_code == 409


def test_the_result_as_files_and_on_paper(signed_in, count, differs):
    assert [row["sku"] for row in rows_of(signed_in.get(at(count, "csv")))] == ["6204-2RS", "SEAL"]
    rows = rows_of(signed_in.get(at(count, "csv") + "?show=all"))
    found = rows[0]
    assert (found["bin"], found["expected"], found["counted"], found["difference"]) == (
        "A-3",
        "137.000",
        "131.000",
        "-6.000",
    )
    sheet = load_workbook(io.BytesIO(signed_in.get(at(count, "xlsx") + "?show=all").content)).active
    assert sheet.max_row == 4
    words = words_of(signed_in.get(at(count, "pdf")))
    for expected in ("Count of Main store", "137 pcs", "131 pcs", "-18.00", "Posted by"):
        assert expected in words


# -- lists ----------------------------------------------------------------------------------------------------------------


def test_counts_are_listed_newest_first_by_status(signed_in, store):
    first = services.start_count(store, by=None, note="first")
    services.start_count(store, by=None, note="second")
    services.cancel_count(first, by=None)

    assert [row["note"] for row in rows_of(signed_in.get("/stock/counts/csv/"))] == ["second", "first"]
    assert [row["note"] for row in rows_of(signed_in.get("/stock/counts/csv/?status=open"))] == ["second"]
    page = signed_in.get("/stock/counts/?status=cancelled").text
    assert "first" in page and "second" not in page


def test_counts_go_on_page_by_page_and_ask_the_same(signed_in, store, part):
    def queries_of(address):
        with CaptureQueriesContext(connection) as captured:
            signed_in.get(address)
        return len(captured)

    count = services.start_count(store, by=None)
    services.count_bin(count, part, 1, bin="B-0", by=None)
    pages = ["/stock/counts/", "/stock/counts/due/", at(count) + "?show=all", at(count, "count") + "?bin=A-3"]
    signed_in.get(pages[0])
    few = [queries_of(page) for page in pages]
    for number in range(55):
        services.start_count(store, by=None)
        other = create_part(tenant=part.tenant, sku=f"S-{number}")
        create_stock(other, 1, warehouse=store, bin="A-3")
        services.count_bin(count, other, 2, bin="A-3", by=None)

    assert [queries_of(page) for page in pages] == few
    for address, key in (
        (pages[0], lambda row: row.pk),
        (pages[1], lambda row: row[0].pk),
        (pages[2], lambda row: row.line.pk),
    ):
        first = signed_in.get(address)
        second = signed_in.get(address, {"after": first.context["next"], "show": "all"})
        keys = [key(row) for page in (first, second) for row in page.context["rows"]]
        assert len(keys) == len(set(keys)) == 56


def test_the_plan_begins_with_what_was_never_counted(signed_in, boss, store, part, tenant):
    old, fresh = (
        create_part(tenant=tenant, sku="OLD", abc_class="a"),
        create_part(tenant=tenant, sku="FRESH", abc_class="a"),
    )
    for other in (old, fresh):
        create_stock(other, 1, warehouse=store, bin="B-1")
        count = services.start_count(store, by=None)
        line = services.count_bin(count, other, 1, bin="B-1", by=None)
        if other == old:
            CountLine.objects.filter(pk=line.pk).update(counted_at=timezone.now() - timedelta(days=31))
        services.post_count(count, reason="", by=None)

    assert [row["sku"] for row in rows_of(signed_in.get("/stock/counts/due/csv/"))] == ["6204-2RS", "OLD"]
    assert [row["sku"] for row in rows_of(signed_in.get("/stock/counts/due/csv/?abc=a"))] == ["OLD"]
    page = signed_in.get("/stock/counts/due/").text
    assert page.index("6204-2RS") < page.index("OLD") and "FRESH" not in page and "never" in page


def test_empty_lists_say_what_to_do_next(signed_in, tenant):
    assert "Nothing was counted yet" in signed_in.get("/stock/counts/").text
    assert "No count fits" in signed_in.get("/stock/counts/?status=open").text
    assert "Nothing is due" in signed_in.get("/stock/counts/due/").text
