"""Where schedules stand, and what comes: asked of the database for many at once, the same as the engine says of each."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.maintenance.models import PmSchedule
from apps.maintenance.queries.schedules import coming, dues
from apps.maintenance.readings import reading_of, readings_of
from apps.maintenance.services import generate_orders, today_of
from apps.registry.services import post_reading, set_out_of_service, void_reading
from tests.factories import create_asset, create_schedule


@pytest.fixture
def today(tenant):
    return today_of(tenant)


def due(schedule, today):
    return dues(schedule.tenant, [schedule], today=today)[schedule.pk]


def use(asset, *days_and_hours, kind="reading", meter="run_hours"):
    now = timezone.now()
    rows = [
        post_reading(asset, meter, hours, kind=kind, read_at=now - timedelta(days=days), by=None, confirmed=True)
        for days, hours in days_and_hours
    ]
    return rows[-1]


def test_what_meters_said_is_the_same_for_many_at_once_as_one_by_one(tenant):
    by_dial, by_logs, both, never = (create_asset(tenant=tenant) for _ in range(4))
    use(by_dial, (60, 100), (40, 200), (20, 300), (2, 380))
    use(by_logs, (50, 8), (31, 7), (6, 8), (1, 7), kind="delta")
    use(both, (40, 1000), (10, 1100))
    use(both, (3, 6), kind="delta")
    void_reading(use(both, (1, 5), kind="delta"), by=None, reason="twice")
    use(both, (5, 80_000), (1, 80_500), meter="odometer")
    wanted = {(asset.pk, "run_hours") for asset in (by_dial, by_logs, both, never)} | {(both.pk, "odometer")}

    found = readings_of(tenant, wanted)

    one_by_one = {
        (asset.pk, meter): reading_of(asset, meter)
        for asset in (by_dial, by_logs, both, never)
        for meter in ("run_hours", "odometer")
    }
    assert found == {key: reading for key, reading in one_by_one.items() if reading}
    assert len(found) == 4


def test_a_schedule_says_when_it_is_due_and_why(tenant, today):
    asset = create_asset(tenant=tenant)
    use(asset, (12, 0), (2, 100))
    schedule = create_schedule(asset=asset, interval_meter=250, interval_days=60)

    found = due(schedule, today)

    assert (found.date, found.meter) == (today + timedelta(days=60), Decimal(350))
    assert found.predicted_date == today + timedelta(days=23)
    assert (found.trigger, found.is_due, found.missed) == (None, False, 0)
    assert found.why.startswith("Due on ") and "its meter stands at 100 h and is expected there on" in found.why


def test_what_is_due_says_how_many_were_missed(tenant, today):
    schedule = create_schedule(asset=create_asset(tenant=tenant), interval_days=7, first_due_date=today - timedelta(15))
    found = due(schedule, today)
    assert (found.trigger, found.is_due, found.missed) == ("date", True, 2)

    (order,) = generate_orders(tenant).orders

    found = due(schedule, today)
    assert found.is_due and found.why.startswith(f"{order.number} is open")


def test_what_is_paused_or_waits_is_said(tenant, today):
    asset = create_asset(tenant=tenant)
    long = create_schedule(asset=asset, name="Yearly", interval_months=12, first_due_date=today)
    short = create_schedule(asset=asset, interval_months=1, first_due_date=today, suppressed_by_schedule=long)
    assert "It is done with “Yearly”" in due(short, today).why

    generate_orders(tenant)
    assert "does its work, too" in due(short, today).why
    set_out_of_service(asset, reason="broken")

    found = due(short, today)
    assert not found.is_due and "out of service" in found.why


def test_many_cost_what_few_do(tenant, today):
    def furnish(count):
        for _ in range(count):
            asset = create_asset(tenant=tenant)
            use(asset, (12, 0), (2, 100))
            create_schedule(asset=asset, interval_meter=250)

    def cost():
        rows = list(PmSchedule.objects.for_tenant(tenant))
        with CaptureQueriesContext(connection) as queries:
            dues(tenant, rows, today=today)
        return len(queries)

    furnish(1)
    few = cost()
    furnish(5)

    assert cost() == few == 3


def test_what_comes_is_said_with_what_does_it(tenant, today):
    asset = create_asset(tenant=tenant)
    long = create_schedule(asset=asset, interval_months=3, first_due_date=today + timedelta(days=40))
    short = create_schedule(
        asset=asset, interval_months=1, first_due_date=today + timedelta(days=10), suppressed_by_schedule=long
    )
    until = today + timedelta(days=365)

    by_itself, with_it = coming(long, today=today, until=until), coming(short, today=today, until=until)

    assert len(by_itself) == 4 and {one.covered_by for one in by_itself} == {None}
    assert [one.covered_by for one in with_it].count(long.pk) == 4
    assert 7 <= [one.covered_by for one in with_it].count(None) <= 8


def test_what_an_open_order_does_along_comes_once(tenant, today):
    asset = create_asset(tenant=tenant)
    long = create_schedule(asset=asset, interval_months=3, first_due_date=today)
    short = create_schedule(asset=asset, interval_months=1, first_due_date=today, suppressed_by_schedule=long)
    until = today + timedelta(days=20)
    before = [(one.day, one.covered_by) for one in coming(short, today=today, until=until)]

    generate_orders(tenant)

    after = [(one.day, one.covered_by) for one in coming(short, today=today, until=until)]
    assert before == after == [(today, long.pk)]
