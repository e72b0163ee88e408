"""Reports of the stores: value on any day, what hardly moves, classes, use; on the page, in files, on paper."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from apps.inventory import queries, services
from apps.inventory.models import Part
from tests.core.test_pdf import words_on
from tests.factories import create_part, create_person, create_stock, create_warehouse

NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)
REPORTS = ("", "use/", "slow/", "classes/")


def at(moment):
    """The ledger's clock, set: moves written inside are of that moment."""
    return patch("apps.inventory.services.moving.timezone.now", lambda: moment)


@pytest.fixture
def part(tenant):
    return create_part(tenant=tenant, sku="6204-2RS", name="Ball bearing", category="bearings")


@pytest.fixture
def store(tenant, part):
    """A warehouse with 100 of the part at 3 since 2 March."""
    store = create_warehouse(tenant=tenant, name="Main store")
    with at(NOON):
        return create_stock(part, 100, unit_cost=3, warehouse=store, bin="A-3")


@pytest.fixture
def signed_in(client, supervisor):
    client.force_login(supervisor)
    return client


@pytest.fixture
def boss(manager):
    client = Client()
    client.force_login(manager)
    return client


def rows_of(answer):
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def words_of(answer):
    assert answer["Content-Type"] == "application/pdf", answer.content[:500]
    return " ".join(words_on(page) for page in pypdfium2.PdfDocument(answer.content))


def use(part, store, quantity, *, days_ago=1):
    with at(timezone.now() - timedelta(days=days_ago)):
        services.consume(part, quantity, warehouse=store, reference="WO-1", by=None)


# -- value ----------------------------------------------------------------------------------------------------------------


def test_value_by_place_and_category_today_and_on_a_past_day(signed_in, part, store, tenant):
    ann = create_person(tenant=tenant, role="technician", name="Ann")
    services.issue_to_wallet(part, 10, warehouse=store, user=ann, by=None)

    page = signed_in.get("/stock/reports/").text
    for words in ("300.00", "Main store", "270.00", "Ann", "30.00", "bearings", "90.0 %"):
        assert words in page
    rows = rows_of(signed_in.get("/stock/reports/csv/?on=2026-03-02"))
    assert [(row["on"], row["place"], row["value"]) for row in rows] == [("2026-03-02", "Main store", "300.00000000")]
    assert "Nothing was in stock" in signed_in.get("/stock/reports/?on=2026-03-01").text
    words = words_of(signed_in.get("/stock/reports/pdf/"))
    for expected in ("Value of the stock", "Main store", "270.00", "Ann", "bearings"):
        assert expected in words


def test_stock_by_part_on_a_day_is_a_file(signed_in, part, store):
    (row,) = rows_of(signed_in.get("/stock/reports/parts/csv/?on=2026-03-05"))
    assert (row["sku"], row["place"], row["quantity"], row["value"]) == (
        "6204-2RS",
        "Main store",
        "100.000",
        "300.00000000",
    )
    sheet = load_workbook(io.BytesIO(signed_in.get("/stock/reports/parts/xlsx/").content)).active
    assert sheet.max_row == 2


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "x", "2099-01-01", "1e308"])
def test_a_day_that_was_not_or_cannot_be_read_is_today(signed_in, store, day):
    page = signed_in.get("/stock/reports/", {"on": day})
    assert page.status_code == 200 and page.context["look"]["on"] == timezone.localdate()
    assert "300.00" in page.text


# -- what hardly moves ----------------------------------------------------------------------------------------------------


def test_slow_movers_come_the_dearest_first_and_page_by_page(signed_in, part, store, tenant):
    use(part, store, 1, days_ago=100)
    for number in range(55):
        create_stock(create_part(tenant=tenant, sku=f"S-{number:02}"), 1, unit_cost=number + 1, warehouse=store)

    first = signed_in.get("/stock/reports/slow/?days=90")
    second = signed_in.get("/stock/reports/slow/", {"days": "90", "after": first.context["next"]})
    skus = [part.sku for page in (first, second) for part in page.context["rows"]]
    assert skus == ["6204-2RS"] + [f"S-{number:02}" for number in reversed(range(55))]
    assert [row["sku"] for row in rows_of(signed_in.get("/stock/reports/slow/csv/?days=90"))] == skus
    assert "6204-2RS" not in signed_in.get("/stock/reports/slow/").text  # used within half a year
    assert "S-54" in words_of(signed_in.get("/stock/reports/slow/pdf/"))


KEY = "019ae3c5-0000-7000-8000-000000000000"


@pytest.mark.parametrize("rank", ["NaN", "sNaN", "Infinity", "1e308", "-1e-308", "x", "", "9" * 400, "\x00"])
def test_a_cursor_changed_by_hand_breaks_nothing(signed_in, store, rank):
    for address in ("/stock/reports/slow/", "/stock/counts/due/"):
        assert signed_in.get(address, {"after": f"{KEY}~{rank}"}).status_code == 200
    assert signed_in.get("/stock/counts/due/", {"after": f"{KEY}~2026-01-02 10:00"}).status_code == 200
    assert signed_in.get("/stock/counts/due/", {"after": f"{KEY}~0001-01-01T00:00+14:00"}).status_code == 200


# -- classes --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def used(part, store, tenant):
    """Of the bearing 240 are used in value, of a seal 40, of a nut nothing."""
    seal, nut = (create_part(tenant=tenant, sku=sku) for sku in ("SEAL", "NUT"))
    for other in (seal, nut):
        create_stock(other, 100, unit_cost=2, warehouse=store)
    use(part, store, 80)
    use(seal, store, 20)
    return {"SEAL": seal, "NUT": nut}


def test_managers_set_the_classes_that_a_years_use_gives(signed_in, boss, used, tenant):
    page = signed_in.get("/stock/reports/classes/").text
    assert "3 parts have another class" in page and "Set the classes" not in page
    assert signed_in.post("/stock/reports/classes/set/").status_code == 403

    assert boss.post("/stock/reports/classes/set/").status_code == 302
    found = dict(Part.objects.values_list("sku", "abc_class"))
    assert found == {"6204-2RS": "a", "SEAL": "b", "NUT": "c"}
    assert "Every part has its class already" in boss.post("/stock/reports/classes/set/", follow=True).text
    assert Part.history.filter(sku="SEAL").latest().history_change_reason == "classes by the use of a year"


def test_classes_are_shown_and_exported_as_filtered(signed_in, used):
    rows = rows_of(signed_in.get("/stock/reports/classes/csv/"))
    assert [(row["sku"], row["used_value"], row["class_found"]) for row in rows][:2] == [
        ("6204-2RS", "240.00000000", "A"),
        ("SEAL", "40.00000000", "B"),
    ]
    assert [row["sku"] for row in rows_of(signed_in.get("/stock/reports/classes/csv/?show=c"))] == ["NUT"]
    assert "SEAL" not in signed_in.get("/stock/reports/classes/?show=a").text
    assert "240.00" in words_of(signed_in.get("/stock/reports/classes/pdf/"))


# -- use ------------------------------------------------------------------------------------------------------------------


def test_use_is_by_part_with_the_mean_of_a_day_and_how_long_it_lasts(signed_in, used):
    rows = rows_of(signed_in.get("/stock/reports/use/csv/?days=30"))
    assert [(row["sku"], row["used"], row["mean_daily_use"], row["days_left"]) for row in rows] == [
        ("6204-2RS", "80.000", "2.667", "7"),  # 20 are left
        ("SEAL", "20.000", "0.667", "120"),
    ]
    page = signed_in.get("/stock/reports/use/").text
    assert "280.00" in page and "Value used by month" in page and "<rect" in page
    assert "6204-2RS" in words_of(signed_in.get("/stock/reports/use/pdf/"))


def test_use_by_month_is_by_the_plants_calendar_less_what_came_back(tenant, part, store):
    """In Warsaw it is 1 March already while it is 28 February in London still."""
    with at(datetime(2026, 2, 28, 23, 30, tzinfo=UTC)):
        move = services.consume(part, 10, warehouse=store, reference="WO-1", by=None)
    with at(datetime(2026, 4, 2, tzinfo=UTC)):
        services.unconsume(move, quantity=4, by=None)

    months = queries.used_by_month(tenant, now=datetime(2026, 4, 20, tzinfo=UTC))
    assert len(months) == 12
    assert {f"{month:%Y-%m}": value for month, value in months.items() if value} == {
        "2026-03": Decimal(30),
        "2026-04": Decimal(-12),
    }


# -- all of them ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("report", REPORTS)
def test_each_report_is_empty_with_a_word_and_asks_the_same_however_many_parts(signed_in, tenant, report):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            answer = signed_in.get(f"/stock/reports/{report}?days=90")
        assert answer.status_code == 200
        return len(captured)

    assert 'class="empty big"' in signed_in.get(f"/stock/reports/{report}").text
    assert rows_of(signed_in.get(f"/stock/reports/{report}csv/")) == []
    words_of(signed_in.get(f"/stock/reports/{report}pdf/"))
    store = create_warehouse(tenant=tenant)

    def fill(number):
        for _ in range(number):
            for days_ago in (1, 100):
                part = create_part(tenant=tenant)
                create_stock(part, 9, warehouse=store)
                use(part, store, 1, days_ago=days_ago)

    fill(1)
    few = asked()
    fill(30)
    assert asked() == few


def test_reports_that_are_computed_go_on_page_by_page(signed_in, tenant):
    store = create_warehouse(tenant=tenant)
    for _ in range(60):
        part = create_part(tenant=tenant)
        create_stock(part, 9, warehouse=store)
        use(part, store, 1)
    for report in ("use/", "classes/"):
        first = signed_in.get(f"/stock/reports/{report}")
        second = signed_in.get(f"/stock/reports/{report}", {"after": first.context["next"]})
        keys = [row[0].pk for page in (first, second) for row in page.context["rows"]]
        assert len(keys) == len(set(keys)) == 60
        assert signed_in.get(f"/stock/reports/{report}?after=nonsense").context["is_first"] is False
