"""Readings by the API: shapes, filters, once by key, the question, taking back; and several at once."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.registry.models import AssetMeter, MeterReading
from apps.registry.services import correct_reading, post_reading, void_reading
from tests.api.client import Program
from tests.factories import create_asset, create_person, create_tenant
from tests.shopfloor.test_races import at_once


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant)


def ago(hours):
    return (timezone.now() - timedelta(hours=hours)).isoformat()


def at(asset):
    return f"assets/{asset.pk}/readings/"


def body(value, hours=0, **words):
    return {"meter": "run_hours", "value": value, "read_at": ago(hours)} | words


def test_a_reading_is_posted_and_shown_with_numbers(asset, technician):
    program = Program(technician)

    made = program.post(at(asset), body(120.5, 1, reason="round"))

    assert made.status_code == 201
    said = made.json()
    assert (said["meter"], said["kind"], said["value"], said["lifetime"]) == ("run_hours", "reading", 120.5, 120.5)
    assert (said["source"], said["user"], said["voids"], said["is_void"]) == ("api", str(technician.pk), None, False)
    assert program.get(at(asset)).json()["results"] == [said]
    meters = program.get(f"assets/{asset.pk}/").json()["meters"]
    assert (meters["current_run_hours"], meters["run_hours_dial"], meters["odometer_dial"]) == (120.5, 120.5, None)


def test_an_asset_that_was_never_read_has_no_meters(asset, operator):
    assert Program(operator).get(f"assets/{asset.pk}/").json()["meters"] is None


def test_filters_find_by_meter_kind_and_time(asset, supervisor):
    program = Program(supervisor)
    program.post(at(asset), body(100, 50))
    program.post(at(asset), body(5, 40, kind="delta"))
    program.post(at(asset), body(52000, 30, meter="odometer"))
    program.post(at(asset), body(110, 1))

    def found(**asked):
        query = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in asked.items())
        return [(row["kind"], row["value"]) for row in program.get(f"{at(asset)}?{query}").json()["results"]]

    assert found(kind="correction") == [("correction", 5.0)]
    assert found(meter="odometer") == [("reading", 52000.0)]
    assert found(since=ago(45), until=ago(35)) == [("delta", 5.0)]
    assert program.get(f"{at(asset)}?kind=x").status_code == 400
    assert program.get(f"{at(asset)}?colour=x").status_code == 400
    first = program.get(f"{at(asset)}?limit=2").json()
    second = program.get(first["next"]).json()
    third = program.get(second["next"]).json()
    pages = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert (len(pages), len(set(pages)), third["next"]) == (5, 5, None)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"value": "x"}, "value"),
        ({"value": -1}, "value"),
        ({"value": None}, "value"),
        ({"meter": "steam"}, "meter"),
        ({"kind": "correction"}, "voids"),
        ({"read_at": "yesterday"}, "read_at"),
        ({"occurred_at": "2026-01-01T00:00:00Z"}, "occurred_at"),
        ({"colour": "red"}, "colour"),
        ({"confirmed": 1}, "confirmed"),
    ],
)
def test_what_is_wrong_is_said_by_field(asset, technician, words, field):
    answer = Program(technician).post(at(asset), body(5) | words)

    assert answer.status_code == 400
    assert field in answer.json()
    assert not MeterReading.objects.exists()


@pytest.mark.parametrize(("hours", "code"), [(-1, "future"), (24 * 8, "late")])
def test_late_and_future_entries_are_refused(asset, supervisor, hours, code):
    answer = Program(supervisor).post(at(asset), body(5, hours))

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_an_unusual_value_is_confirmed(asset, technician):
    for day in range(7, 1, -1):
        post_reading(asset, "run_hours", Decimal(8), kind="delta", by=None, confirmed=True,
                     read_at=timezone.now() - timedelta(days=day))  # fmt: skip
    program = Program(technician)

    asked = program.post(at(asset), body(20, kind="delta"))

    assert (asked.status_code, asked.json()["code"]) == (400, "unusual")
    assert program.post(at(asset), body(20, kind="delta", confirmed=True)).json()["is_confirmed"] is True


def test_supervisors_take_back_and_put_another_in_its_place(asset, supervisor, technician):
    program = Program(supervisor)
    first = program.post(at(asset), body(100, 5)).json()
    wanted = {"voids": first["id"], "kind": "correction", "reason": "misread"}
    assert Program(technician).post(at(asset), wanted).status_code == 403

    instead = program.post(at(asset), wanted | {"value": 90})
    assert (instead.status_code, instead.json()["lifetime"]) == (201, 90)
    gone = program.post(at(asset), {"voids": instead.json()["id"], "kind": "correction", "reason": "wrong machine"})

    assert (gone.status_code, gone.json()["voids"]) == (201, instead.json()["id"])
    assert AssetMeter.objects.get().current_run_hours is None
    assert program.post(at(asset), wanted).json()["code"] == "voided"
    other = create_asset(tenant=asset.tenant, name="Other")
    assert program.post(at(other), wanted).status_code == 400


def test_the_list_costs_the_same_with_many_readings(asset, supervisor, django_assert_max_num_queries):
    program = Program(supervisor)
    post_reading(asset, "run_hours", Decimal(1), by=None, read_at=timezone.now() - timedelta(days=99))
    with django_assert_max_num_queries(40) as few:
        program.get(at(asset))
    for day in range(60, 0, -1):
        post_reading(
            asset, "run_hours", Decimal(5), kind="delta", by=None, read_at=timezone.now() - timedelta(days=day)
        )
    with django_assert_max_num_queries(len(few)):
        assert len(program.get(at(asset)).json()["results"]) == 61


# -- at once, over real connections -------------------------------------------------------------------------------------


@pytest.fixture
def plant(transactional_db):
    return create_tenant()


@pytest.fixture
def machine(plant):
    with tenant_context(plant):
        return create_asset(tenant=plant)


def is_proven():
    call_command("check_meters", stdout=StringIO())
    return True


def test_two_readings_at_once_are_one_after_the_other(plant, machine):
    with tenant_context(plant):
        post_reading(machine, "run_hours", Decimal(100), by=None, read_at=timezone.now() - timedelta(days=3))
        post_reading(machine, "run_hours", Decimal(8), kind="delta", by=None,
                     read_at=timezone.now() - timedelta(days=2))  # fmt: skip

    def act(n):
        try:
            with tenant_context(plant):
                post_reading(machine, "run_hours", Decimal(110 + n), by=None)
        except BrokenRule as refused:
            return refused.code
        return "done"

    results = at_once(8, act)

    with tenant_context(plant):
        highest = max(MeterReading.objects.filter(kind="reading").values_list("value", flat=True))
        assert AssetMeter.objects.get().current_run_hours == highest
        assert MeterReading.objects.filter(kind="reading").count() == 1 + results.count("done")
        assert MeterReading.objects.filter(kind="correction").count() == 1
    assert set(results) <= {"done", "out_of_range"}
    assert is_proven()


def test_a_first_reading_of_many_at_once_makes_one_row_of_meters(plant, machine):
    def act(n):
        with tenant_context(plant):
            post_reading(machine, "run_hours", Decimal(1), kind="delta", by=None, confirmed=True)

    at_once(6, act)

    with tenant_context(plant):
        assert AssetMeter.objects.get().current_run_hours == 6
    assert is_proven()


def test_a_reading_and_a_correction_at_once_come_to_one_truth(plant, machine):
    with tenant_context(plant):
        first = post_reading(machine, "run_hours", Decimal(100), by=None, read_at=timezone.now() - timedelta(days=3))
        post_reading(machine, "run_hours", Decimal(8), kind="delta", by=None,
                     read_at=timezone.now() - timedelta(days=2))  # fmt: skip

    def act(n):
        try:
            with tenant_context(plant):
                if n == 0:
                    correct_reading(first, Decimal(90), by=None, reason="misread")
                elif n == 1:
                    void_reading(first, by=None, reason="misread")
                else:
                    post_reading(machine, "run_hours", Decimal(120), by=None)
        except BrokenRule as refused:
            return refused.code
        return "done"

    results = at_once(3, act)

    assert results[2] == "done" and sorted(results[:2]) == ["done", "voided"]
    with tenant_context(plant):
        assert AssetMeter.objects.get().current_run_hours == 120
    assert is_proven()


def test_one_request_sent_many_times_counts_once(plant, machine):
    with tenant_context(plant):
        program = Program(create_person(tenant=plant, role="technician"))
    sent = {"meter": "run_hours", "kind": "delta", "value": 3}

    codes = at_once(6, lambda n: program.post(at(machine), sent, Idempotency_Key="one").status_code)

    assert codes == [201] * 6
    with tenant_context(plant):
        assert MeterReading.objects.count() == 1
    assert is_proven()
