"""The reorder list and what was ordered: on the page, in files, on paper; several parts marked at once, all or none."""

import csv
import io
from datetime import date, timedelta

import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from apps.inventory import services
from apps.inventory.models import Part, PartOrder
from tests.core.test_pdf import words_on
from tests.factories import create_part, create_stock, create_warehouse


@pytest.fixture
def part(tenant):
    return create_part(
        tenant=tenant, sku="6204-2RS", name="Ball bearing", min_level=20, max_level=50, lead_days=7,
        supplier="Bearings Ltd", category="bearings",
    )  # fmt: skip


@pytest.fixture
def seal(tenant):
    return create_part(tenant=tenant, sku="SEAL-9", name="Seal", min_level=4, unit="m", supplier="Seals Ltd")


@pytest.fixture
def signed_in(client, supervisor):
    client.force_login(supervisor)
    return client


def rows_of(answer):
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def mark(client, *parts, query="", **said):
    """Tick parts and say how many of each: mark(client, (part, "30"), …)."""
    body = {"part": [part.pk for part, _quantity in parts]} | {f"qty-{p.pk}": quantity for p, quantity in parts}
    return client.post(f"/parts/reorder/mark/{query}", body | said)


def words_of(answer):
    assert answer["Content-Type"] == "application/pdf", answer.content[:500]
    return " ".join(words_on(page) for page in pypdfium2.PdfDocument(answer.content))


# -- the list -------------------------------------------------------------------------------------------------------------


def test_the_list_shows_what_is_below_its_minimum_with_its_figures(signed_in, part, tenant):
    create_stock(part, 15, warehouse=create_warehouse(tenant=tenant))
    create_stock(create_part(tenant=tenant, sku="ENOUGH", min_level=1), 5)
    services.mark_ordered(part, 5, by=None)

    page = signed_in.get("/parts/reorder/").text

    assert "6204-2RS" in page and "ENOUGH" not in page
    assert f'name="qty-{part.pk}" value="30"' in page  # 50 − 15 − 5
    assert "7 d" in page and "Bearings Ltd" in page


def test_filters_leave_what_is_asked_for_on_the_page_and_in_the_files(signed_in, part, seal):
    services.mark_ordered(seal, 9, by=None)
    for query, skus in [
        ("", ["6204-2RS", "SEAL-9"]),
        ("?q=bear", ["6204-2RS"]),
        ("?supplier=Seals Ltd", ["SEAL-9"]),
        ("?category=bearings", ["6204-2RS"]),
        ("?show=open", ["6204-2RS"]),  # of the other enough is on its way
        ("?show=nonsense", ["6204-2RS", "SEAL-9"]),
    ]:
        page = signed_in.get(f"/parts/reorder/{query}").text
        assert [sku for sku in ("6204-2RS", "SEAL-9") if f"Order {sku}" in page] == skus, query
        assert [row["sku"] for row in rows_of(signed_in.get(f"/parts/reorder/csv/{query}"))] == skus
        sheet = load_workbook(io.BytesIO(signed_in.get(f"/parts/reorder/xlsx/{query}").content)).active
        assert [row[0].value for row in sheet.iter_rows(min_row=2)] == skus


def test_the_purchase_list_has_a_heading_for_each_supplier(signed_in, part, seal, tenant):
    create_part(tenant=tenant, sku="LOOSE", min_level=3)
    create_stock(part, 15)

    words = words_of(signed_in.get("/parts/reorder/pdf/"))

    for expected in ("Purchase list", "Bearings Ltd", "35 pcs", "Seals Ltd", "4 m", "No supplier", "LOOSE"):
        assert expected in words
    assert "Seals Ltd" not in words_of(signed_in.get("/parts/reorder/pdf/?supplier=Bearings Ltd"))


def test_an_empty_list_says_when_a_part_stands_there(signed_in, tenant):
    assert "Nothing to reorder" in signed_in.get("/parts/reorder/").text
    assert "No part fits" in signed_in.get("/parts/reorder/?q=x").text
    assert "Nothing has to be ordered" in words_of(signed_in.get("/parts/reorder/pdf/"))


def test_the_list_goes_on_page_by_page(signed_in, tenant):
    for number in range(60):
        create_part(tenant=tenant, sku=f"S-{number:03}", min_level=1)

    first = signed_in.get("/parts/reorder/")
    second = signed_in.get("/parts/reorder/", {"after": first.context["next"]})

    skus = [line.part.sku for page in (first, second) for line, _cell, _chosen in page.context["rows"]]
    assert skus == [f"S-{number:03}" for number in range(60)]
    assert len(rows_of(signed_in.get("/parts/reorder/csv/"))) == 60


def test_the_page_asks_the_same_however_many_parts(signed_in, tenant):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            signed_in.get("/parts/reorder/")
        return len(captured)

    create_part(tenant=tenant, min_level=1)
    signed_in.get("/parts/reorder/")
    few = queries()
    for _ in range(20):
        create_part(tenant=tenant, min_level=1)
    assert queries() == few


# -- mark as ordered ------------------------------------------------------------------------------------------------------


def test_several_parts_are_marked_as_ordered_at_once(signed_in, part, seal, supervisor):
    answer = mark(signed_in, (part, "30"), (seal, "2.5"), query="?q=s", reference="PO-7", expected_on="2030-01-31")

    assert (answer.status_code, answer["Location"]) == (302, "/parts/reorder/?q=s")
    found = {(o.part.sku, o.quantity, o.supplier, o.reference, str(o.expected_on)) for o in PartOrder.objects.all()}
    assert found == {
        ("6204-2RS", 30, "Bearings Ltd", "PO-7", "2030-01-31"),
        ("SEAL-9", 2.5, "Seals Ltd", "PO-7", "2030-01-31"),
    }
    assert {order.ordered_by for order in PartOrder.objects.all()} == {supervisor}


def test_without_a_day_a_part_is_expected_after_its_lead_time(signed_in, part, seal, tenant):
    mark(signed_in, (part, "30"), (seal, "2"), supplier="Anybody")

    today = tenant.local(timezone.now()).date()
    days = {order.part.sku: (order.expected_on, order.supplier) for order in PartOrder.objects.all()}
    assert days == {"6204-2RS": (today + timedelta(days=7), "Anybody"), "SEAL-9": (None, "Anybody")}


@pytest.mark.parametrize("quantity", ["0", "-1", "1.2345", "NaN", "1e308", "", "many", "99999999999"])
def test_one_wrong_quantity_and_nothing_is_ordered(signed_in, part, seal, quantity):
    answer = mark(signed_in, (part, "30"), (seal, quantity), reference="PO-7")

    assert answer.status_code == 422 and not PartOrder.objects.exists()
    assert 'aria-invalid="true"' in answer.text and f'id="e-{seal.pk}"' in answer.text
    assert f'name="qty-{part.pk}" value="30"' in answer.text and "PO-7" in answer.text  # what was typed stays
    assert answer.text.count("checked") == 2


def test_what_the_service_refuses_stands_beside_its_line(signed_in, part, seal):
    Part.objects.filter(pk=seal.pk).update(is_active=False)  # as somebody did meanwhile

    answer = mark(signed_in, (part, "30"), (seal, "2"))

    assert answer.status_code == 422 and not PartOrder.objects.exists()
    assert "SEAL-9 is not in use any more" in answer.text


def test_choosing_nothing_says_so(signed_in, part):
    answer = signed_in.post("/parts/reorder/mark/", {})
    assert answer.status_code == 422 and "Choose the parts that were ordered" in answer.text


def test_a_part_that_is_not_there_is_not_found(signed_in, part):
    for key in ("x", "00000000-0000-0000-0000-000000000000"):
        assert signed_in.post("/parts/reorder/mark/", {"part": [part.pk, key]}).status_code == 404


def test_an_operator_looks_and_does_not_order(client, operator, part):
    client.force_login(operator)
    page = client.get("/parts/reorder/").text

    assert "6204-2RS" in page and "Mark as ordered" not in page
    assert mark(client, (part, "30")).status_code == 403


# -- what is ordered ------------------------------------------------------------------------------------------------------


@pytest.fixture
def orders(part, seal):
    """A late one, one to come, one without a day, one closed."""
    today = timezone.localdate()
    some_day = services.mark_ordered(seal, 5, reference="SOME-DAY", by=None)
    coming = services.mark_ordered(part, 5, reference="COMING", expected_on=today + timedelta(days=3), by=None)
    late = services.mark_ordered(part, 10, reference="LATE", expected_on=today - timedelta(days=3), by=None)
    closed = services.close_order(services.mark_ordered(seal, 1, reference="CLOSED", by=None), reason="gone", by=None)
    return late, coming, some_day, closed


def shown(client, query=""):
    return [order.reference for order, _late in client.get(f"/parts/orders/{query}").context["rows"]]


def test_late_orders_come_first_and_are_marked(signed_in, orders):
    assert shown(signed_in) == ["LATE", "COMING", "SOME-DAY"]
    page = signed_in.get("/parts/orders/").text
    assert page.count("is-late") == 1
    assert f"/stock/receive/?part=6204-2RS&amp;order={orders[0].pk}" in page
    assert "6204-2RS" in signed_in.get("/stock/receive/", {"part": "6204-2RS", "order": orders[0].pk}).text
    assert "1 order is late" in signed_in.get("/parts/reorder/").text


def test_orders_are_found_by_their_state_and_words(signed_in, orders):
    assert shown(signed_in, "?state=late") == ["LATE"]
    assert shown(signed_in, "?state=closed") == ["CLOSED"]
    assert shown(signed_in, "?state=all") == ["CLOSED", "LATE", "COMING", "SOME-DAY"]
    assert shown(signed_in, "?q=seal") == ["SOME-DAY"]
    assert shown(signed_in, "?supplier=bearings") == ["LATE", "COMING"]
    assert shown(signed_in, "?after=nonsense") == ["LATE", "COMING", "SOME-DAY"]
    rows = rows_of(signed_in.get("/parts/orders/csv/?state=late"))
    assert [(row["reference"], row["qty_open"], row["is_late"]) for row in rows] == [("LATE", "10.000", "True")]


def test_orders_go_on_page_by_page(signed_in, part):
    for number in range(55):
        services.mark_ordered(part, 1, reference=f"{number:02}", expected_on=date(2030, 1, 1), by=None)

    first = signed_in.get("/parts/orders/")
    second = signed_in.get("/parts/orders/", {"after": first.context["next"]})
    assert len(first.context["rows"]) == 50
    assert [order.reference for order, _late in second.context["rows"]] == [f"{n:02}" for n in range(50, 55)]


def test_an_order_is_changed(signed_in, orders):
    late = orders[0]
    body = {"quantity": "12", "supplier": "Others", "reference": "PO-8", "expected_on": "2030-02-01"}

    assert signed_in.post(f"/parts/orders/{late.pk}/", body).status_code == 302
    late.refresh_from_db()
    assert (late.quantity, late.supplier, late.reference, str(late.expected_on)) == (12, "Others", "PO-8", "2030-02-01")


def test_an_order_of_fewer_than_were_received_is_refused_beside_the_quantity(signed_in, orders, part):
    services.receive(part, 4, warehouse=create_warehouse(tenant=part.tenant), unit_cost=1, order=orders[0], by=None)

    answer = signed_in.post(f"/parts/orders/{orders[0].pk}/", {"quantity": "3"})
    assert answer.status_code == 422 and "4 pcs were received" in answer.text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "31.01.2030", "x"])
def test_a_day_of_another_age_is_refused(signed_in, orders, day):
    answer = signed_in.post(f"/parts/orders/{orders[0].pk}/", {"quantity": "3", "expected_on": day})
    assert answer.status_code == 422


def test_an_order_is_closed_for_a_reason_and_once(signed_in, orders):
    late = orders[0]
    assert signed_in.post(f"/parts/orders/{late.pk}/close/", {"reason": " "}).status_code == 422
    assert signed_in.post(f"/parts/orders/{late.pk}/close/", {"reason": "out of stock"}).status_code == 302
    late.refresh_from_db()
    assert late.closed_at and late.close_reason == "out of stock"

    again = signed_in.post(f"/parts/orders/{late.pk}/close/", {"reason": "once more"})
    assert again.status_code == 409 and "closed already" in again.text
    assert "Save" not in signed_in.get(f"/parts/orders/{late.pk}/").text
