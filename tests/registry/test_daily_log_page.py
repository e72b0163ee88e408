"""The daily log's pages: a day's grid, the same for one asset, and the list of what was logged."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.registry import services
from apps.registry.models import AssetIdentity, DailyLog, MeterReading
from tests.factories import create_asset, create_location, create_shift, create_station

HOURS, DIAL, FUEL = "run_hours_added", "run_hours_reading", "fuel_liters_added"


class Browser(Client):
    """Sends with the cells what the page's hidden fields say: the day and shift that it shows."""

    def post(self, path, data=None, **more):
        query = dict(parse_qsl(urlsplit(path).query))
        today = str(timezone.now().astimezone(ZoneInfo("Europe/Warsaw")).date())
        shown = {"date": query.get("date", today), "shift": query.get("shift", "")}
        return super().post(path, shown | (data or {}), **more)


@pytest.fixture
def client():
    return Browser()


@pytest.fixture
def signed_in(client, supervisor):
    client.force_login(supervisor)
    return client


def day(tenant, back=0):
    return tenant.local(timezone.now()).date() - timedelta(days=back)


def code(asset, text):
    AssetIdentity.objects.filter(asset=asset).update(client_code=text)
    return asset


def cells(asset, hours="", dial="", fuel="", seen="||"):
    return {
        f"{HOURS}-{asset.pk}": hours,
        f"{DIAL}-{asset.pk}": dial,
        f"{FUEL}-{asset.pk}": fuel,
        f"seen-{asset.pk}": seen,
    }


def hours_of(asset, on):
    return DailyLog.objects.get(asset=asset, date=on).run_hours_added


def test_the_grid_shows_assets_with_what_was_logged(signed_in, tenant, supervisor):
    asset = code(create_asset(tenant=tenant, name="Pump"), "P-101")
    services.save_daily_logs(tenant, day(tenant, 1), "", [{"asset": asset, HOURS: Decimal("7.5")}], by=supervisor)

    page = signed_in.get("/daily-log/").text
    assert "P-101" in page and "7.5 h" in page
    assert f'value="{day(tenant)}"' in page

    page = signed_in.get(f"/daily-log/?date={day(tenant, 1)}").text
    assert f'name="{HOURS}-{asset.pk}" value="7.5"' in page
    assert f'name="seen-{asset.pk}" value="7.5||"' in page


def test_a_form_without_scripts_saves_the_day(signed_in, tenant):
    one, two = create_asset(tenant=tenant, name="a"), create_asset(tenant=tenant, name="b")
    address = f"/daily-log/?date={day(tenant, 1)}"

    answer = signed_in.post(address, cells(one, "7,5", fuel="20") | cells(two, dial="100"), follow=True)

    assert answer.redirect_chain == [(address, 302)]
    assert "2 rows of" in answer.text
    assert hours_of(one, day(tenant, 1)) == Decimal("7.5")
    assert DailyLog.objects.get(asset=two).run_hours_reading == 100


def test_errors_stand_beside_their_cells_and_nothing_is_saved(signed_in, tenant):
    one, two = create_asset(tenant=tenant, name="a"), create_asset(tenant=tenant, name="b")

    answer = signed_in.post("/daily-log/", cells(one, "8") | cells(two, "eight", fuel="-3"))

    assert answer.status_code == 422
    assert "“eight” is no number." in answer.text
    assert f'name="{HOURS}-{one.pk}" value="8"' in answer.text
    assert not DailyLog.objects.exists()

    answer = signed_in.post("/daily-log/", cells(one, "30") | cells(two, "2"))
    assert f'id="why-{HOURS}-{one.pk}"' in answer.text
    assert not DailyLog.objects.exists()


def test_a_number_that_could_be_two_is_asked_once_for_its_column(signed_in, tenant):
    asset, other = create_asset(tenant=tenant, name="a"), create_asset(tenant=tenant, name="b")
    sent = cells(asset, dial="1,234") | cells(other, dial="2,345")

    answer = signed_in.post("/daily-log/", sent)
    assert answer.status_code == 422
    assert answer.text.count("how is “1,234” meant?") == 1

    signed_in.post("/daily-log/", sent | {f"way-{DIAL}": "."})
    assert sorted(DailyLog.objects.values_list(DIAL, flat=True)) == [1234, 2345]


def test_what_stands_there_decides_no_column(signed_in, tenant, supervisor):
    """Cells that this page wrote itself tell nothing of how a person writes numbers."""
    asset, other = create_asset(tenant=tenant, name="a"), create_asset(tenant=tenant, name="b")
    services.save_daily_logs(tenant, day(tenant), "", [{"asset": asset, FUEL: Decimal("8.5")}], by=supervisor)

    answer = signed_in.post("/daily-log/", cells(asset, fuel="8.5", seen="||8.5") | cells(other, fuel="1,234"))

    assert "how is “1,234” meant?" in answer.text


def test_three_digits_after_the_point_come_back_as_they_were(signed_in, tenant, supervisor):
    asset = create_asset(tenant=tenant)
    services.save_daily_logs(tenant, day(tenant), "", [{"asset": asset, FUEL: Decimal("1.234")}], by=supervisor)

    page = signed_in.get("/daily-log/").text
    assert f'name="{FUEL}-{asset.pk}" value="1.2340"' in page
    signed_in.post("/daily-log/", cells(asset, fuel="1.2340", seen="||1.2340"))
    assert DailyLog.history.count() == 1


def test_an_unusual_value_is_kept_once_it_is_said_to_be_right(signed_in, tenant, manager):
    asset = create_asset(tenant=tenant)
    for back in range(1, 8):
        services.save_daily_logs(tenant, day(tenant, back), "", [{"asset": asset, HOURS: Decimal(8)}], by=manager)
    address = f"/daily-log/?date={day(tenant, 0)}"

    answer = signed_in.post(address, cells(asset, "2"))
    mark = f"{asset.pk}:{HOURS}:2"
    assert answer.status_code == 422 and f'name="sure" value="{mark}"' in answer.text
    # what was asked of 2 is no answer for 1
    assert signed_in.post(address, cells(asset, "1") | {"sure": mark}).status_code == 422
    assert signed_in.post(address, cells(asset, "2") | {"sure": mark}).status_code == 302


def test_what_another_wrote_meanwhile_is_told_and_replaced_only_then(signed_in, tenant, manager):
    asset, calm = create_asset(tenant=tenant, name="a"), create_asset(tenant=tenant, name="b")
    rows = [{"asset": asset, HOURS: Decimal(6)}, {"asset": calm, HOURS: Decimal(5)}]
    services.save_daily_logs(tenant, day(tenant), "", rows, by=manager)

    answer = signed_in.post("/daily-log/", cells(asset, "8") | cells(calm))
    assert answer.status_code == 422
    assert f"{manager} wrote 6 at" in answer.text
    assert f'name="seen-{asset.pk}" value="6||"' in answer.text
    assert f'name="{HOURS}-{calm.pk}" value="5"' in answer.text  # not touched here: as it is now
    assert hours_of(asset, day(tenant)) == 6

    assert (
        signed_in.post("/daily-log/", cells(asset, "8", seen="6||") | cells(calm, "5", seen="5||")).status_code == 302
    )
    assert (hours_of(asset, day(tenant)), hours_of(calm, day(tenant))) == (8, 5)


def test_a_double_click_saves_once(signed_in, tenant):
    sent = cells(create_asset(tenant=tenant), "8") | {"request_key": "k1"}

    assert [signed_in.post("/daily-log/", sent).status_code for _turn in range(2)] == [302, 302]
    assert MeterReading.objects.count() == 1


def test_a_script_is_sent_on_and_keeps_what_was_typed(signed_in, tenant):
    asset = create_asset(tenant=tenant)
    htmx = {"HX-Request": "true"}

    assert signed_in.post("/daily-log/", cells(asset, "x"), headers=htmx).status_code == 422
    done = signed_in.post("/daily-log/", cells(asset, "8"), headers=htmx)
    assert (done.status_code, done["HX-Redirect"]) == (204, f"/daily-log/?date={day(tenant)}")


def test_cells_are_of_the_day_that_was_shown_whatever_day_it_is_by_now(signed_in, tenant):
    asset = create_asset(tenant=tenant)

    signed_in.post("/daily-log/", cells(asset, "8") | {"date": str(day(tenant, 1))})  # opened before midnight

    assert hours_of(asset, day(tenant, 1)) == 8
    for wrong in ({"date": ""}, {"date": "x"}, {"date": "0001-01-01"}, {"shift": "x" * 41}):
        assert signed_in.post("/daily-log/", cells(asset, "9") | wrong).status_code == 409
    assert DailyLog.objects.count() == 1


def test_an_old_day_is_closed_to_a_supervisor(signed_in, client, tenant, manager):
    asset = create_asset(tenant=tenant)
    address = f"/daily-log/?date={day(tenant, 9)}"

    page = signed_in.get(address).text
    assert "more than 4 days back" in page and "readonly" in page and ">Save<" not in page
    assert signed_in.post(address, cells(asset, "8")).status_code == 403
    client.force_login(manager)
    assert client.post(address, cells(asset, "8")).status_code == 302


@pytest.mark.parametrize(
    "asked", ["date=0001-01-01", "date=9999-12-31", "date=x", "after=x", "location=x", "shift=" + "x" * 99, "q=%00"]
)
def test_what_cannot_be_read_filters_nothing(signed_in, tenant, asked):
    create_asset(tenant=tenant, name="Pump")

    assert "Pump" in signed_in.get(f"/daily-log/?{asked}").text
    assert signed_in.get(f"/daily-logs/?{asked}").status_code == 200


def test_own_places_with_all_below_are_shown_first(signed_in, tenant, supervisor):
    site = create_location(tenant=tenant, name="North")
    hall = create_location(tenant=tenant, name="Hall", type="building", parent=site)
    south = create_location(tenant=tenant, name="South")
    for name, place in (("In the hall", hall), ("Far away", south)):
        create_asset(tenant=tenant, name=name, location=place)
    supervisor.locations = [site.pk]
    supervisor.save()

    def shown(query=""):
        page = signed_in.get(f"/daily-log/{query}").text
        return ["In the hall" in page, "Far away" in page]

    assert shown() == [True, False]
    assert shown("?location=all") == [True, True]
    assert shown(f"?location={south.pk}") == [False, True]
    assert shown("?q=far+AWAY&location=all") == [False, True]


def test_more_assets_than_a_page_come_on_the_next(signed_in, tenant, monkeypatch):
    monkeypatch.setattr("apps.registry.log_grid.PAGE", 2)
    place = create_location(tenant=tenant)
    for name in ("Asset 1", "Asset 2", "Asset 3"):
        create_asset(tenant=tenant, name=name, location=place)

    first = signed_in.get("/daily-log/")
    following = signed_in.get("/daily-log/?after=" + first.text.split("after=")[1].split('"')[0])

    assert "Asset 2" in first.text and "Asset 3" not in first.text
    assert "Asset 3" in following.text and "Asset 2" not in following.text


def test_the_stations_figure_is_shown_with_its_source(signed_in, tenant):
    asset = create_asset(tenant=tenant, run_hours_source="station")
    services.post_reading(asset, "run_hours", Decimal("0.25"), kind="delta", source="station", by=None)

    shown = signed_in.get("/daily-log/").text
    assert "station: 0.25 h" in shown and "hours logged beside them are kept and do not count" in shown


@pytest.mark.parametrize("shift", ["", "Early"])
def test_a_shift_has_a_grid_of_its_own(signed_in, tenant, shift):
    create_shift(tenant=tenant, name="Early")
    asset = create_asset(tenant=tenant)
    address = f"/daily-log/?date={day(tenant, 1)}&shift={shift}"

    assert signed_in.post(address, cells(asset, "6")).status_code == 302
    assert DailyLog.objects.get().shift == shift
    assert ("6 h in other shifts" in signed_in.get(f"/daily-log/?date={day(tenant, 1)}").text) == bool(shift)


def test_one_asset_has_a_page_for_a_thumb(signed_in, tenant):
    asset = code(create_asset(tenant=tenant, name="Pump"), "P-101")
    create_asset(tenant=tenant, name="Other")

    page = signed_in.get(f"/daily-log/{asset.pk}/").text
    assert "P-101 Pump" in page and "Other" not in page
    assert signed_in.post(f"/daily-log/{asset.pk}/", cells(asset, "1")).status_code == 302
    assert hours_of(asset, day(tenant)) == 1


# -- pasted -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(tenant):
    place = create_location(tenant=tenant)
    return [
        code(create_asset(tenant=tenant, name=name, location=place), f"P-{n}")
        for n, name in enumerate(("Crane", "Drill", "Engine"))
    ]


def pasted(client, assets, text, **more):
    grid = {name: value for asset in assets for name, value in cells(asset).items()}
    answer = client.post("/daily-log/", grid | {"text": text, "paste": "1"} | more)
    assert not DailyLog.objects.exists()
    return answer.text


def value(page, name, asset):
    return page.split(f'name="{name}-{asset.pk}" value="')[1].split('"')[0]


@pytest.mark.parametrize("text", ["P-1\t7,5\t\t20\np-0\t8", "asset;hours\nDrill;7,5;;20\nP-0;8", "P-1,7.5,,20\nP-0,8"])
def test_a_block_with_codes_finds_its_rows(signed_in, three, text):
    page = pasted(signed_in, three, text)

    assert value(page, HOURS, three[0]) == "8"
    assert value(page, HOURS, three[1]).replace(",", ".") == "7.5"
    assert value(page, FUEL, three[1]) == "20"
    assert "cells are filled in" in page and "left out" not in page


def test_a_block_of_numbers_goes_down_from_its_cell(signed_in, three):
    page = pasted(signed_in, three, "100\t1\n200\t2\n300\t3", at=f"{DIAL}:{three[1].pk}")

    assert [value(page, DIAL, asset) for asset in three] == ["", "100", "200"]
    assert [value(page, FUEL, asset) for asset in three] == ["", "1", "2"]
    assert "1 row did not fit below" in page


def test_codes_that_are_not_here_are_told(signed_in, three):
    assert "left out: “X-9”" in pasted(signed_in, three, "P-0\t8\nX-9\t7")


def test_commas_that_could_be_either_are_asked_about(signed_in, three):
    page = pasted(signed_in, three, "7,5\n8,0")
    assert "Are these commas decimal signs" in page and value(page, HOURS, three[0]) == ""

    page = pasted(signed_in, three, "7,5\n8,0", split="one")
    assert value(page, HOURS, three[0]) == "7,5"
    page = pasted(signed_in, three, "7,5\n8,0", split="two")
    assert (value(page, HOURS, three[0]), value(page, DIAL, three[0])) == ("7", "5")


def test_what_cannot_be_pasted_is_said(signed_in, three):
    assert "cannot be read" in pasted(signed_in, three, '"never ends')
    assert "no cell has anything" in pasted(signed_in, three, "  ")


# -- the list -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def logged(tenant, manager):
    pump, crane = create_asset(tenant=tenant, name="Pump"), create_asset(tenant=tenant, name="Crane")
    for back in range(3):
        rows = [{"asset": pump, HOURS: Decimal("1.25")}, {"asset": crane, FUEL: Decimal(back + 1)}]
        services.save_daily_logs(tenant, day(tenant, back), "", rows, by=manager)
    return pump, crane


def test_the_list_filters_by_asset_and_period_in_pages(client, tenant, operator, logged, monkeypatch):
    client.force_login(operator)
    monkeypatch.setattr("apps.registry.views.daily_log.LIST_PAGE", 2)

    page = client.get(f"/daily-logs/?asset={logged[0].pk}").text
    assert "Daily logs of Pump" in page and page.count("1.25 h") == 2
    older = client.get(f"/daily-logs/?asset={logged[0].pk}&after=" + page.split("after=")[-1].split('"')[0]).text
    assert older.count("1.25 h") == 1
    assert client.get(f"/daily-logs/?until={day(tenant, 3)}").text.count("No log fits") == 1
    assert "Pump" not in client.get("/daily-logs/?q=crane").text


def test_the_files_have_what_the_filters_find(client, tenant, manager, logged):
    client.force_login(manager)

    lines = client.get(f"/daily-logs.csv?since={day(tenant)}&until={day(tenant)}").getvalue().decode().splitlines()
    assert len(lines) == 3
    assert lines[0].lstrip("\ufeff").startswith("date,shift,code,asset,location,run_hours_added")
    assert client.get("/daily-logs.xlsx").content.startswith(b"PK")


@pytest.mark.parametrize("address", ["/daily-log/", "/daily-logs/"])
def test_as_many_queries_for_200_assets_as_for_5(signed_in, tenant, manager, address):
    place = create_location(tenant=tenant)

    def queries(assets):
        rows = [{"asset": asset, HOURS: Decimal(1), FUEL: Decimal(2)} for asset in assets]
        services.save_daily_logs(tenant, day(tenant), "", rows, by=manager)
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert signed_in.get(address).status_code == 200
        return len(found)

    few = [create_asset(tenant=tenant, name=f"a{n}", location=place) for n in range(5)]
    signed_in.get(address)
    assert queries(few) == queries([create_asset(tenant=tenant, name=f"b{n}", location=place) for n in range(30)])


def test_linking_a_station_makes_its_hours_count(tenant, supervisor):
    from apps.shopfloor.services import save_station

    asset = create_asset(tenant=tenant)
    station = create_station(tenant=tenant)
    station.asset = asset
    save_station(station, by=supervisor)
    asset.refresh_from_db()
    assert asset.run_hours_source == "station"

    station.asset = None
    save_station(station, by=supervisor)
    asset.refresh_from_db()
    assert asset.run_hours_source == "daily_log"
