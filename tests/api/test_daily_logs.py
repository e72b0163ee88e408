"""Daily logs through the API: one, many at once, what is told by row."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.registry.models import DailyLog, MeterReading
from tests.api.client import Program
from tests.factories import create_asset, create_location

LOGS, BULK = "/api/v1/daily-logs/", "/api/v1/daily-logs/bulk/"


@pytest.fixture
def program(supervisor):
    return Program(supervisor)


def yesterday(tenant):
    return str(tenant.local(timezone.now()).date() - timedelta(days=1))


def test_one_is_logged_and_corrected(program, tenant):
    asset = create_asset(tenant=tenant)
    body = {"date": yesterday(tenant), "asset": str(asset.pk), "run_hours_added": "7.5", "fuel_liters_added": "20"}

    made = program.post(LOGS, body)
    again = program.post(LOGS, body)
    corrected = program.post(LOGS, body | {"run_hours_added": 6})

    assert [answer.status_code for answer in (made, again, corrected)] == [201, 201, 201]
    assert made.json()["id"] == corrected.json()["id"]
    assert corrected.json()["run_hours_added"] == "6.0000"
    assert corrected.json()["fuel_liters_added"] == "20.000"
    assert MeterReading.objects.filter(kind="delta").count() == 2


def test_what_is_wrong_with_one_is_told_by_field(program, tenant):
    body = {"date": yesterday(tenant), "asset": str(create_asset(tenant=tenant).pk)}

    assert program.post(LOGS, body | {"run_hours_added": 25}).json() == {"run_hours_added": ["A day has at most 24 h."]}
    assert "fuel_liters_added" in program.post(LOGS, body | {"fuel_liters_added": -1}).json()
    assert program.post(LOGS, body).json()["code"] == "rule"
    assert program.post(LOGS, body | {"date": "2026-01-01", "run_hours_added": 1}).status_code == 403


def test_a_day_of_many_goes_all_or_none(program, tenant):
    one, two = create_asset(tenant=tenant, name="a"), create_asset(tenant=tenant, name="b")
    rows = [{"asset": str(one.pk), "run_hours_added": 8}, {"asset": str(two.pk), "run_hours_reading": "120.5"}]
    body = {"date": yesterday(tenant), "shift": "", "rows": rows}

    wrong = program.post(BULK, body | {"rows": [rows[0], rows[1] | {"fuel_liters_added": -1}]})
    assert wrong.status_code == 400
    assert wrong.json()["code"] == "rows"
    assert list(wrong.json()["rows"]) == ["1"] and list(wrong.json()["rows"]["1"]) == ["fuel_liters_added"]
    far = program.post(BULK, body | {"rows": [rows[0] | {"run_hours_added": 25}, rows[1]]})
    assert far.json()["rows"] == {"0": {"run_hours_added": ["A day has at most 24 h."]}}
    assert not DailyLog.objects.exists()

    done = program.post(BULK, body)
    assert done.status_code == 200
    assert [row["asset"] for row in done.json()["rows"]] == [str(one.pk), str(two.pk)]
    assert [row["run_hours_reading"] for row in done.json()["rows"]] == [None, "120.5000"]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"asset": "00000000-0000-0000-0000-000000000000", "run_hours_added": 8}, "asset"),
        ({"asset": "x", "run_hours_added": 8}, "asset"),
        ({"run_hours_added": 8}, "asset"),
        ({"run_hours_added": "eight"}, "run_hours_added"),
        ({"colour": "red"}, "colour"),
        ({}, "non_field_errors"),
    ],
)
def test_each_row_that_cannot_be_read_is_told(program, tenant, row, field):
    asset = str(create_asset(tenant=tenant).pk)
    rows = [{"asset": asset, "run_hours_added": 1}, row if field == "asset" else {"asset": asset} | row]

    answer = program.post(BULK, {"date": yesterday(tenant), "rows": rows})

    assert answer.status_code == 400
    assert list(answer.json()["rows"]) == ["1"]
    assert field in answer.json()["rows"]["1"]
    assert not DailyLog.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"date": "x", "rows": []}, {"rows": 5, "date": "2026-01-01"}, {"rows": [5], "date": "2026-01-01"}]
)
def test_what_is_no_day_of_rows_is_refused(program, tenant, body):
    assert program.post(BULK, body).status_code == 400


def test_unusual_values_are_asked_about_and_confirmed(program, manager, tenant):
    asset = create_asset(tenant=tenant)
    today = tenant.local(timezone.now()).date()
    for back in range(2, 8):
        log = {"date": str(today - timedelta(days=back)), "asset": str(asset.pk), "run_hours_added": 8}
        assert Program(manager).post(LOGS, log).status_code == 201
    row = {"asset": str(asset.pk), "run_hours_added": 20}
    body = {"date": yesterday(tenant)}

    asked = program.post(BULK, body | {"rows": [row]})
    assert (asked.status_code, asked.json()["code"]) == (400, "unusual")
    assert asked.json()["unusual"] == {"0": ["run_hours_added"]}
    assert program.post(LOGS, body | row).json()["code"] == "unusual"

    row["confirmed"] = ["run_hours_added"]
    assert program.post(BULK, body | {"rows": [row]}).status_code == 200
    assert program.post(LOGS, body | row).status_code == 201


def test_what_another_changed_is_a_conflict_where_it_was_seen_otherwise(program, manager, tenant):
    asset = str(create_asset(tenant=tenant).pk)
    Program(manager).post(LOGS, {"date": yesterday(tenant), "asset": asset, "run_hours_added": 6})
    row = {"asset": asset, "run_hours_added": 8, "seen": {"run_hours_added": None}}

    answer = program.post(BULK, {"date": yesterday(tenant), "rows": [row]})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert str(manager) in answer.json()["rows"]["0"]["run_hours_added"][0]
    row["seen"] = {"run_hours_added": "6"}
    assert program.post(BULK, {"date": yesterday(tenant), "rows": [row]}).status_code == 200


def test_the_list_filters(program, tenant):
    site = create_location(tenant=tenant, name="North")
    hall = create_location(tenant=tenant, name="Hall", type="building", parent=site)
    pump, far = create_asset(tenant=tenant, name="Pump", location=hall), create_asset(tenant=tenant, name="Far")
    for asset in (pump, far):
        program.post(LOGS, {"date": yesterday(tenant), "asset": str(asset.pk), "run_hours_added": 1})

    def found(query):
        return [row["asset"] for row in program.get(f"{LOGS}?{query}").json()["results"]]

    assert found(f"asset={pump.pk}") == found(f"location={site.pk}") == found("search=pump") == [str(pump.pk)]
    assert len(found(f"date={yesterday(tenant)}")) == len(found(f"since={yesterday(tenant)}&until=2199-12-31")) == 2
    assert found("until=2020-01-01") == found("shift=Early") == []


def test_a_bulk_takes_as_many_statements_for_many_as_for_few(program, tenant):
    place = create_location(tenant=tenant)

    def statements(count):
        assets = [create_asset(tenant=tenant, name=f"{count}-{n}", location=place) for n in range(count)]
        rows = [{"asset": str(asset.pk), "run_hours_added": 8, "fuel_liters_added": 2} for asset in assets]
        with CaptureQueriesContext(connection) as found:
            assert program.post(BULK, {"date": yesterday(tenant), "rows": rows}).status_code == 200
        return len(found)

    statements(1)
    assert statements(3) == statements(30)
    assert Decimal(8) == DailyLog.objects.first().run_hours_added
