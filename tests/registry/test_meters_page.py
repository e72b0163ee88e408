"""The page of an asset's meters: what it shows, what is asked, who may, and what it costs."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from apps.registry.meter_page import fuel_of, hours_by_source, meters_of, outliers
from apps.registry.models import AssetMeter, DailyLog, MeterReading
from apps.registry.services import post_reading, save_daily_logs
from tests.factories import create_asset


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant)


def as_(person):
    client = Client()
    client.force_login(person)
    return client


def post(asset, value, days_ago, *, kind="delta", by=None, **words):
    at = timezone.now() - timedelta(days=days_ago)
    return post_reading(asset, "run_hours", Decimal(str(value)), kind=kind, read_at=at, by=by, confirmed=True, **words)


def address(asset, rest=""):
    return f"/assets/{asset.pk}/meters/{rest}"


def test_the_page_shows_lifetime_dial_daily_use_and_what_logs_said(asset, technician):
    post(asset, 100, 3, kind="reading")
    post(asset, 8, 2)
    post(asset, "124.4", 1, kind="reading")

    html = as_(technician).get(address(asset)).content.decode()

    assert "124.4 <small>h</small>" in html
    assert "12.2 h" in html  # a day
    assert "Logs said 16.4 h less than the meter." in html
    assert "<svg" in html and "As a table" in html and "style=" not in html


def test_without_readings_it_says_that_one_is_needed(asset, operator):
    html = as_(operator).get(address(asset)).content.decode()

    assert "Never read: a reading is needed." in html
    assert "Save the reading" not in html  # operators look


def test_a_technician_posts_a_reading(asset, technician):
    answer = as_(technician).post(address(asset, "read/"), {"meter": "run_hours", "kind": "reading", "value": "120.5"})

    assert answer.status_code == 302
    row = MeterReading.objects.get()
    assert (row.value, row.user, row.source) == (Decimal("120.5"), technician, "technician")
    assert AssetMeter.objects.get().current_run_hours == Decimal("120.5")


@pytest.mark.parametrize("value", ["", "x", "-1", "NaN", "1e400", "99999999999", "1.23456"])
def test_what_is_no_reading_is_said_beside_the_field(asset, technician, value):
    answer = as_(technician).post(address(asset, "read/"), {"meter": "run_hours", "kind": "reading", "value": value})

    assert answer.status_code == 422
    assert not MeterReading.objects.exists()


def test_an_unusual_value_is_asked_once_for_this_very_value(asset, technician):
    for day in range(7, 1, -1):
        post(asset, 8 + day / 10, day)
    client, body = as_(technician), {"meter": "run_hours", "kind": "delta", "value": "20"}

    asked = client.post(address(asset, "read/"), body)
    assert asked.status_code == 422
    assert "Really?" in asked.content.decode() and 'name="sure" value="20"' in asked.content.decode()
    assert client.post(address(asset, "read/"), body | {"value": "21", "sure": "20"}).status_code == 422
    assert client.post(address(asset, "read/"), body | {"sure": "20"}).status_code == 302

    assert MeterReading.objects.latest("seq").is_confirmed


def test_a_supervisor_corrects_takes_back_and_puts_in_a_new_meter(asset, supervisor):
    client = as_(supervisor)
    row = post(asset, 100, 2, kind="reading")

    assert client.get(f"/readings/{row.pk}/").status_code == 200
    assert client.post(f"/readings/{row.pk}/", {"value": "90", "reason": "misread"}).status_code == 302
    assert AssetMeter.objects.get().current_run_hours == 90
    body = {"meter": "run_hours", "value": "95", "new_value": "0", "reason": "broken"}
    assert client.post(address(asset, "replace/"), body).status_code == 302
    assert (AssetMeter.objects.get().current_run_hours, AssetMeter.objects.get().run_hours_dial) == (95, 0)
    last = MeterReading.objects.get(kind="replacement")
    assert client.post(f"/readings/{last.pk}/void/", {"reason": "not yet"}).status_code == 302
    assert AssetMeter.objects.get().run_hours_dial == 95
    assert client.post(f"/readings/{last.pk}/void/", {"reason": "again"}).status_code == 409


def test_readings_come_as_a_file_with_what_was_taken_back(asset, supervisor):
    row = post(asset, 100, 2, kind="reading", by=None)
    as_(supervisor).post(f"/readings/{row.pk}/void/", {"reason": "wrong"})

    lines = b"".join(as_(supervisor).get(address(asset, "readings.csv"))).decode().splitlines()

    assert len(lines) == 2
    assert ",run_hours,reading,100.0000,h,technician,,,True," in lines[1]
    assert as_(supervisor).get(address(asset, "readings.xlsx")).status_code == 200


def test_the_page_costs_the_same_with_many_readings(asset, supervisor, django_assert_max_num_queries):
    client = as_(supervisor)
    post(asset, 1, 300, kind="reading")
    with django_assert_max_num_queries(40) as few:
        client.get(address(asset))
    for day in range(80, 1, -1):
        post(asset, 5, day, by=supervisor if day < 7 else None)

    with django_assert_max_num_queries(len(few)):
        html = client.get(address(asset)).content.decode()
    assert html.count("<time datetime") < 60 and "Earlier" in html


def test_one_outlier_is_marked_and_left_out_of_fuel_per_hour(asset, supervisor):
    for day in range(1, 9):
        DailyLog.objects.create(
            tenant=asset.tenant, asset=asset, date=date(2026, 1, day), run_hours_added=8, fuel_liters_added=40 + day % 3
        )
    DailyLog.objects.create(
        tenant=asset.tenant, asset=asset, date=date(2026, 1, 20), run_hours_added=8, fuel_liters_added=400
    )

    per_hour, rows = fuel_of(asset)

    assert [row.date.day for row in rows if row.is_outlier] == [20]
    assert 5 < per_hour < Decimal("5.3")
    assert outliers([1, 1, 1, 1, 9]) == [False] * 5  # too few to tell


def test_of_two_sources_one_counts(asset):
    DailyLog.objects.create(tenant=asset.tenant, asset=asset, date=timezone.localdate(), run_hours_added=7)

    assert [(row.source, row.hours, row.counts) for row in hours_by_source(asset)] == [
        ("daily_log", 7, True),
        ("station", None, False),
    ]


def test_what_was_used_stands_on_its_day_and_adds_up(asset):
    post(asset, 100, 10, kind="reading")
    post(asset, 8, 5)
    post(asset, 120, 2, kind="reading")

    hours = meters_of(asset)[0]

    assert sum(bar.used for bar in hours.days) == sum(bar.used for bar in hours.months) == 20
    assert max(bar.height for bar in hours.days) == 120


def test_a_whole_days_log_is_of_its_day_though_it_ends_at_midnight(tenant, asset, supervisor, technician):
    day = tenant.local(timezone.now()).date() - timedelta(days=2)
    save_daily_logs(tenant, day, "", [{"asset": asset, "run_hours_added": Decimal(6)}], by=supervisor)

    (meter,) = meters_of(asset)
    assert {bar.start: bar.used for bar in meter.days if bar.used} == {day: 6}
    page = as_(supervisor).get(address(asset)).content.decode()
    assert f"/daily-log/{asset.pk}/?date={day}" in page
    page = as_(technician).get(address(asset)).content.decode()  # who may not open the log sees its date
    assert f'<th scope="row">{day}</th>' in page and "/daily-log/" not in page
