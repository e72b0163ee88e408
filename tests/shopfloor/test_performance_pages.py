"""The figures of shifts on their page, as files and on paper; hour by hour; the stations' bands."""

import csv
from datetime import timedelta
from io import StringIO

import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.shopfloor.hour_by_hour import bands, hours_of, shifts_of
from apps.shopfloor.kpis import Scope, floor_figures, stop_sums
from apps.shopfloor.models import StopReason
from apps.shopfloor.timeline import station_timeline
from apps.shopfloor.views.performance import losses
from tests.core.test_pdf import words_on
from tests.factories import create_station
from tests.shopfloor.test_kpis import HOUR, floor, worked  # noqa: F401

PAGE = "shopfloor:performance"


@pytest.fixture
def page(floor, client):  # noqa: F811
    worked(floor)
    client.force_login(floor.supervisor)

    def get(name=PAGE, **asked):
        return client.get(reverse(name), {"first": floor.day, "last": floor.day} | asked)

    return get


def test_the_page_tells_the_figures_and_how_they_are_made(page):
    told = page().content.decode()

    for words in (
        "48.7 %",
        "76.9 %",
        "66.7 %",
        "95.0 %",
        "running 5.0 h ÷ planned 6.5 h",
        "190 good ÷ (190 + 10 scrap)",
    ):
        assert words in told, words
    assert "Idle, unexplained" in told and StopReason.objects.get(code="broken").name in told


def test_without_shifts_it_says_so(page):
    assert "No shift was worked in this time." in page(first="2001-01-01", last="2001-01-01").content.decode()
    assert page(first="never", line="Nowhere", by="weather", station="no").status_code == 200


def test_the_page_shows_so_many_rows_and_says_how_many_there_are(page, floor, monkeypatch):  # noqa: F811
    create_station(tenant=floor.tenant, line=floor.station.line)
    monkeypatch.setattr("apps.shopfloor.views.performance.MOST_ROWS", 1)
    found = page()
    assert len(found.context["rows"]) == 1 and "The first 1 of 2; the files have all." in found.content.decode()


def test_not_scheduled_is_no_figure(page, floor):  # noqa: F811
    """A shift that was a planned stop from its start to its end."""
    from apps.shopfloor import services

    services.correct_period(
        floor.station,
        start=floor.at("06:00"),
        end=floor.at("14:00"),
        status="idle",
        reason=StopReason.objects.get(code="meeting"),
        by=floor.supervisor,
        note="so",
    )
    assert "not scheduled" in page().content.decode()


def test_the_page_takes_as_many_queries_for_many_stations(page, floor, django_assert_max_num_queries):  # noqa: F811
    def count():
        with CaptureQueriesContext(connection) as asked:
            page()
        return len(asked)

    count()
    few = count()
    for number in range(5):
        create_station(tenant=floor.tenant, line=f"Line {number}")
    assert count() == few <= 45


def test_the_file_has_a_row_for_each_and_the_total(page, floor):  # noqa: F811
    told = b"".join(page("shopfloor:performance_csv").streaming_content).decode("utf-8-sig")

    rows = list(csv.DictReader(StringIO(told)))

    assert [row["station"] for row in rows] == [floor.station.code, ""]
    assert rows[0]["planned_seconds"] == rows[1]["planned_seconds"] == str(int(6.5 * 3600))
    assert (rows[0]["good"], rows[0]["oee"]) == ("190", "0.4872")


def test_the_report_is_on_paper(page):
    text = " ".join(words_on(sheet) for sheet in pypdfium2.PdfDocument(page("shopfloor:performance_pdf").content))
    for words in ("Shift report", "48.7 %", "Idle, unexplained", "Hour by hour", "Taken over by"):
        assert words in text, words


def day(floor, **look):  # noqa: F811
    return Scope(tenant=floor.tenant, first=floor.day, last=floor.day, now=timezone.now(), **look)


@pytest.mark.parametrize("is_closed", [True, False])
def test_each_hour_has_the_target_of_its_open_minutes(floor, is_closed):  # noqa: F811
    worked(floor)
    if is_closed:
        floor.close(timezone.now())
    scope = day(floor)

    hours = hours_of(scope, shifts_of(scope))

    assert [hour.start for hour in hours] == [floor.at("06:00") + n * HOUR for n in range(8)]
    # the planned stop from nine, the break from ten to half past ten
    assert [round(hour.target or 0) for hour in hours] == [60, 60, 60, 0, 30, 60, 60, 60]
    assert [hour.good for hour in hours] == [0, 190, 0, 0, 0, 0, 0, 0]
    assert [hour.missed for hour in hours] == [60, 0, 60, 0, 30, 60, 60, 60]
    assert hours[2].worst == [("blocked", "broken", HOUR / 2)]
    assert hours[6].worst == [("idle", "", HOUR)]


def test_the_bands_are_what_each_stations_log_tells(floor):  # noqa: F811
    worked(floor)
    other = create_station(tenant=floor.tenant, line=floor.station.line)
    start, end = floor.at("07:00"), floor.at("14:00")

    found = bands(floor.tenant, [floor.station.pk, other.pk], start, end)

    assert found[floor.station.pk] == station_timeline(floor.station, start, end)
    assert found[other.pk] == station_timeline(other, start, end)
    assert len(found[floor.station.pk]) == 7


def test_losses_and_good_units_add_up_to_planned_time(floor):  # noqa: F811
    worked(floor)
    scope = day(floor)
    total = floor_figures(scope, "station").total

    told = losses(total, stop_sums(scope), {})

    lost = sum(seconds for _name, seconds, _formula in told)
    assert timedelta(seconds=lost) + timedelta(seconds=float(total.ideal_good)) == total.planned
