"""The figures, by hand-made plants whose numbers anybody can add up."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from apps.maintenance import services
from apps.maintenance.models import FailureCode, WorkOrder
from apps.maintenance.queries import due_cycles, maintenance_figures
from apps.registry.services import post_reading, retire_asset
from tests.factories import (
    create_asset,
    create_location,
    create_order_of,
    create_person,
    create_schedule,
    create_station,
)

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
MONTH = 30 * 86_400
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def later():
    with time_machine.travel(datetime(2026, 4, 20, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def technician(tenant):
    return create_person(tenant=tenant, role="technician")


def stopped(asset, at, hours, *, origin="cm", **fields):
    """A closed order of an asset that stood so many hours from a moment; None: it still stands."""
    until = None if hours is None else at + hours * HOUR
    closed = {"status": "closed", "outcome": "done", "closed_at": until} if until else {}
    return WorkOrder.objects.create(
        tenant=asset.tenant, number=f"X-{WorkOrder.objects.count()}", asset=asset, title="Stop", origin=origin,
        down_from=at, down_until=until, **(closed | fields),
    )  # fmt: skip


def figures(tenant, **scope):
    return maintenance_figures(tenant, START, END, **scope)


def test_no_data_is_not_zero(tenant):
    found = figures(tenant)
    assert (found.mttr_seconds, found.mtbf_seconds, found.availability) == (None, None, None)
    assert (found.pm_compliance, found.planned_ratio, found.crew_weeks) == (None, None, None)


def test_repair_and_operation_of_an_asset(tenant):
    asset = create_asset(tenant=tenant)
    stopped(asset, START + 24 * HOUR, 2)
    stopped(asset, START + 48 * HOUR, 4, origin="defect")
    stopped(asset, START + 72 * HOUR, 8, origin="pm")  # planned: no failure
    stopped(asset, START + 90 * HOUR, None)  # has not ended
    stopped(asset, START - 24 * HOUR, 1)  # before
    stopped(asset, END, 1)  # after
    WorkOrder.objects.filter(down_until=None).update(status="cancelled")
    found = figures(tenant)
    assert (found.failures, found.restore_seconds, found.mttr_seconds) == (2, 6 * 3600, 3 * 3600)
    assert found.operating_seconds == MONTH - 6 * 3600
    assert found.mtbf_seconds == (MONTH - 6 * 3600) / 2
    assert found.availability == pytest.approx(1 - 6 * 3600 / MONTH)


def test_what_still_stands_is_said_and_does_not_run(tenant):
    asset = create_asset(tenant=tenant)
    stopped(asset, END - 10 * HOUR, None)
    found = figures(tenant)
    assert (found.failures, found.standing, found.operating_seconds) == (0, 1, MONTH - 36_000)


def test_stops_at_the_same_time_are_not_counted_twice(tenant):
    unit = create_asset(tenant=tenant)
    component = create_asset(tenant=tenant, parent=unit)
    stopped(unit, START + HOUR, 4)
    stopped(component, START + 3 * HOUR, 4)
    stopped(unit, START - 5 * HOUR, 6)  # reaches into the month
    found = figures(tenant)
    assert (found.failures, found.operating_seconds) == (2, MONTH - 7 * 3600)


def test_a_unit_with_an_hour_meter_ran_what_it_says(tenant, technician):
    asset = create_asset(tenant=tenant)
    for at, value in ((START - 240 * HOUR, 100), (START + 24 * HOUR, 130), (END - HOUR, 330)):
        with time_machine.travel(at + HOUR, tick=False):
            post_reading(asset, "run_hours", value, by=technician, read_at=at, confirmed=True)
    other = create_asset(tenant=tenant)
    assert figures(tenant, asset=asset).operating_seconds == 230 * 3600
    retire_asset(other)
    assert figures(tenant).operating_seconds == 230 * 3600


def test_the_scope_is_the_asset_or_place_with_all_below(tenant):
    hall, yard = create_location(tenant=tenant), create_location(tenant=tenant, name="Yard")
    here, there = create_asset(tenant=tenant, location=hall), create_asset(tenant=tenant, location=yard)
    component = create_asset(tenant=tenant, parent=here)
    here.refresh_from_db()
    stopped(component, START + HOUR, 1)
    stopped(there, START + HOUR, 3)
    assert figures(tenant, asset=here).mttr_seconds == 3600
    assert figures(tenant, location=yard).mttr_seconds == 3 * 3600
    assert figures(tenant).failures == 2
    assert figures(tenant, location=yard).operating_seconds == MONTH - 3 * 3600


def test_compliance_counts_what_was_due(tenant, technician):
    asset = create_asset(tenant=tenant)
    schedule = create_schedule(asset=asset, interval_days=10, first_due_date=date(2026, 3, 2), grace_days=2)
    for as_of, done_on in ((date(2026, 3, 2), 3), (date(2026, 3, 13), 18)):  # in time, then 5 days late
        (order,) = services.generate_orders(tenant, as_of=as_of).orders
        order = services.start_order(services.approve_order(order, by=technician), by=technician)
        services.close_order(order, by=technician, performed_at=datetime(2026, 3, done_on, 12, tzinfo=UTC))
    (order,) = services.generate_orders(tenant, as_of=date(2026, 3, 28)).orders
    services.cancel_order(order, by=technician, reason="no time")
    found = figures(tenant)
    assert (found.pm_due, found.pm_done_in_window, found.pm_compliance) == (3, 1, 1 / 3)
    schedule.refresh_from_db()
    assert schedule.next_due_date == date(2026, 4, 7)


def test_what_a_longer_schedule_does_counts_as_done(tenant, technician):
    asset = create_asset(tenant=tenant)
    long = create_schedule(asset=asset, name="Quarterly", interval_months=3, first_due_date=date(2026, 3, 2))
    create_schedule(asset=asset, interval_months=1, first_due_date=date(2026, 3, 2), suppressed_by_schedule=long)
    (order,) = services.generate_orders(tenant, as_of=date(2026, 3, 2)).orders
    order = services.start_order(services.approve_order(order, by=technician), by=technician)
    services.close_order(order, by=technician, performed_at=datetime(2026, 3, 2, 12, tzinfo=UTC))
    found = figures(tenant)
    assert (found.pm_due, found.pm_done_in_window) == (2, 2)
    assert {str(row.schedule) for row in due_cycles(found.scope)} == {"Quarterly", "Monthly check"}


def test_costs_causes_backlog_and_planned_share(tenant, technician):
    technician.labour_rate = Decimal(60)
    technician.save()
    asset = create_asset(tenant=tenant)
    cause = FailureCode.objects.create(tenant=tenant, kind="cause", code="wear", name="Wear")
    coded = stopped(asset, START + HOUR, 1, cause=cause)
    stopped(asset, START + 9 * HOUR, 1)
    stopped(asset, START + 19 * HOUR, 1, origin="pm")
    WorkOrder.objects.create(
        tenant=tenant, number="L-1", location=asset.location, title="Lamp", origin="cm", status="closed",
        outcome="done", closed_at=START + HOUR,
    )  # fmt: skip
    with time_machine.travel(START + 2 * HOUR, tick=False):
        WorkOrder.objects.filter(pk=coded.pk).update(status="in_progress", outcome="", closed_at=None)
        services.add_minutes(coded, 30, by=technician)
        services.book_cost(coded, by=technician, kind="rental", amount=Decimal(100))
        WorkOrder.objects.filter(pk=coded.pk).update(status="closed", outcome="done", closed_at=START + 2 * HOUR)
    create_order_of(asset, estimated_minutes=90)
    create_order_of(asset)
    found = figures(tenant)
    assert found.cost == {"labour": 30, "parts": 0, "other": 100}
    assert [(c.code, c.count, c.cost) for c in found.causes] == [("wear", 1, 130)]
    assert (found.not_coded, found.without_asset) == (1, 1)
    assert (found.backlog_minutes, found.backlog_orders, found.without_estimate, found.crew) == (90, 2, 1, 1)
    assert found.crew_weeks == 90 / 2400
    assert (found.planned, found.closed) == (1, 4)


def test_the_number_of_queries_does_not_grow(tenant, django_assert_max_num_queries):
    for _ in range(12):
        stopped(create_asset(tenant=tenant), START + HOUR, 1)
    with django_assert_max_num_queries(22):
        figures(tenant)


# --- the page ---


@pytest.fixture
def supervisor(client, tenant):
    person = create_person(tenant=tenant, role="supervisor")
    client.force_login(person)
    return client


@pytest.mark.parametrize("rows", ["", "failures", "due", "open", "closed", "causes", "nonsense"])
def test_the_page_shows_each_figure_and_its_rows(tenant, supervisor, rows):
    stopped(create_asset(tenant=tenant), START + HOUR, 2)
    page = supervisor.get(reverse("maintenance:figures"), {"first": "2026-03-01", "last": "2026-03-30", "rows": rows})
    text = page.content.decode()
    assert page.status_code == 200
    assert "2.0 h" in text and "no data" in text


def test_the_page_says_that_nothing_failed(tenant, supervisor):
    create_asset(tenant=tenant)
    text = supervisor.get(
        reverse("maintenance:figures"), {"first": "2026-03-01", "last": "2026-03-30"}
    ).content.decode()
    assert "none in 720.0 h" in text


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "x", "last": "9999-12-31"},
        {"first": "2026-03-30", "last": "2026-03-01"},
        {"asset": "x", "location": "y\x00"},
        {"asset": "0198a1f2-7c3e-7b5a-9d41-3f6c2a8e5b10"},
    ],
)
def test_what_cannot_be_read_asks_for_the_usual(tenant, supervisor, asked):
    create_station(tenant=tenant)
    assert supervisor.get(reverse("maintenance:figures"), asked).status_code == 200


def test_files_have_the_numbers_and_the_rows(tenant, supervisor):
    stopped(create_asset(tenant=tenant, name="Saw 7"), START + HOUR, 2)
    asked = {"first": "2026-03-01", "last": "2026-03-30"}

    def read(name):
        answer = supervisor.get(reverse(f"maintenance:{name}"), asked)
        assert answer.status_code == 200
        return b"".join(answer.streaming_content if answer.streaming else [answer.content])

    assert b"7200" in read("figures_csv")
    for rows in ("failures", "closed", "causes"):
        assert b"Saw 7" in read(f"figures_{rows}_csv")
    assert read("figures_due_csv") and read("figures_open_xlsx") and read("figures_pdf").startswith(b"%PDF")
