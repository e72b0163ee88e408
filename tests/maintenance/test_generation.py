"""Orders are made when schedules are due: once, whoever asks how often, and what is covered makes none."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.errors import BrokenRule, Conflict
from apps.core.isolation import tenant_context
from apps.maintenance.models import CoveredCycle, OrderStatus, Outcome, PmSchedule, WorkOrder
from apps.maintenance.planning import Item, forecast
from apps.maintenance.services import (
    approve_order,
    cancel_order,
    generate_orders,
    save_schedule,
    start_order,
    today_of,
)
from apps.registry.models import Asset
from apps.registry.services import post_reading, set_out_of_service
from tests.factories import create_asset, create_schedule, create_tenant
from tests.shopfloor.test_races import at_once

CHECK, OIL = {"description": "Look for leaks"}, {"description": "Change the oil", "kind": "check"}
GREASE = {"description": "Grease", "is_mandatory": False}
FIRST = date(2026, 1, 31)


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant, name="Edge grinder")


def numbers(made):
    return [order.number for order in made.orders]


def quarterly(asset, **how):
    return create_schedule(asset=asset, name="Quarterly", interval_months=3, tasks=[CHECK, OIL], **how)


# --- schedules ---


def test_a_new_schedule_is_due_an_interval_after_it_was_made(tenant, asset):
    post_reading(asset, "run_hours", Decimal(1000), by=None)

    schedule = create_schedule(asset=asset, interval_days=10, interval_meter=Decimal(250))

    schedule.refresh_from_db()
    assert schedule.next_due_date == today_of(tenant) + timedelta(days=10)
    assert (schedule.next_due_meter, schedule.cycle) == (Decimal(1250), 1)


def test_what_was_done_before_counts_from_then(asset):
    floating = create_schedule(asset=asset, last_performed_date=date(2026, 1, 31), interval_days=30)
    fixed = create_schedule(asset=asset, first_due_date=date(2026, 3, 31), anchor="fixed")

    assert (floating.next_due_date, fixed.next_due_date) == (date(2026, 3, 2), date(2026, 3, 31))


def test_a_change_of_the_interval_moves_the_due_date_and_a_change_of_the_name_does_not(asset):
    schedule = create_schedule(asset=asset, last_performed_date=date(2026, 1, 31), interval_days=30)
    schedule.name = "Another"
    assert save_schedule(schedule, by=None).next_due_date == date(2026, 3, 2)
    schedule.interval_days = 60
    assert save_schedule(schedule, by=None).next_due_date == date(2026, 4, 1)
    fixed = create_schedule(asset=asset, anchor="fixed", first_due_date=FIRST)
    fixed.interval_months = 2
    assert save_schedule(fixed, by=None).next_due_date == FIRST


def test_a_stale_form_changes_nothing(asset):
    schedule = create_schedule(asset=asset)
    seen = schedule.version
    save_schedule(schedule, by=None)
    with pytest.raises(Conflict):
        save_schedule(PmSchedule.objects.get(), by=None, seen=seen)


def test_only_a_longer_schedule_of_the_same_asset_suppresses(tenant, asset):
    long, short = quarterly(asset), create_schedule(asset=asset)
    elsewhere = create_schedule(asset=create_asset(tenant=tenant), interval_months=12)

    short.suppressed_by_schedule = long
    save_schedule(short, by=None)
    for schedule, above, word in ((long, short, "not longer"), (short, elsewhere, "same asset")):
        schedule.suppressed_by_schedule = above
        with pytest.raises(BrokenRule, match=word):
            save_schedule(schedule, by=None)


def test_what_suppresses_stays_the_longer_one_and_waits_for_nobody_who_waits_for_it(asset):
    long = quarterly(asset)
    short = create_schedule(asset=asset, suppressed_by_schedule=long)

    long.interval_months, long.interval_days = None, 10
    with pytest.raises(BrokenRule, match="Monthly check is done with it"):
        save_schedule(long, by=None)
    long.suppressed_by_schedule = short
    with pytest.raises(BrokenRule, match="a circle"):
        save_schedule(long, by=None)


# --- generation ---


def test_an_order_is_made_once_with_what_the_schedule_says(tenant, asset):
    schedule = create_schedule(
        asset=asset, first_due_date=FIRST, tasks=[CHECK, OIL], priority="high", estimated_minutes=45
    )

    made, again = generate_orders(tenant, as_of=FIRST), generate_orders(tenant, as_of=FIRST)

    (order,) = made.orders
    assert (order.number, again.orders) == ("WO-000001", [])
    order = WorkOrder.objects.get()
    assert (order.status, order.origin, order.trigger, order.due_date) == ("draft", "pm", "date", FIRST)
    assert (order.priority, order.estimated_minutes, order.pm_schedule) == ("high", 45, schedule)
    assert list(order.tasks.order_by("position").values_list("description", flat=True)) == [
        "Look for leaks",
        "Change the oil",
    ]
    assert order.history.count() == 1


def test_in_agile_mode_an_order_begins_ready(tenant, asset):
    tenant.settings = {"agile_mode": True}
    create_schedule(asset=asset, first_due_date=FIRST)
    assert generate_orders(tenant, as_of=FIRST).orders[0].status == OrderStatus.READY


def test_a_lead_makes_it_earlier_and_moves_no_due_date(tenant, asset):
    create_schedule(asset=asset, first_due_date=FIRST, lead_days=7)

    assert generate_orders(tenant, as_of=date(2026, 1, 23)).orders == []
    (order,) = generate_orders(tenant, as_of=date(2026, 1, 24)).orders
    assert order.due_date == FIRST


def test_a_meter_makes_an_order(tenant, asset):
    create_schedule(asset=asset, interval_meter=Decimal(100), first_due_meter=Decimal(100), lead_meter=Decimal(5))
    post_reading(asset, "run_hours", Decimal("94.9"), by=None, read_at=timezone.now() - timedelta(hours=5))
    assert generate_orders(tenant).orders == []
    post_reading(asset, "run_hours", Decimal(95), by=None)

    order = WorkOrder.objects.get()  # at once
    assert generate_orders(tenant).orders == []
    assert (order.trigger, order.due_meter, order.due_date) == ("meter", Decimal(100), None)


def test_what_is_on_its_way_goes_on_to_fall_due(tenant, asset):
    create_schedule(asset=asset, first_due_date=FIRST)
    Asset.objects.filter(pk=asset.pk).update(status="in_transit")
    assert len(generate_orders(tenant, as_of=FIRST).orders) == 1


def test_what_stands_or_is_not_in_use_makes_no_order(tenant, asset):
    create_schedule(asset=asset, first_due_date=FIRST)
    create_schedule(asset=create_asset(tenant=tenant), first_due_date=FIRST, is_active=False)
    set_out_of_service(asset, reason="painted")

    assert generate_orders(tenant, as_of=FIRST).orders == []


def test_the_longer_order_has_the_tasks_of_the_shorter_that_it_lacks(tenant, asset):
    long = quarterly(asset, first_due_date=FIRST)
    short = create_schedule(
        asset=asset, first_due_date=FIRST, suppressed_by_schedule=long,
        tasks=[CHECK, GREASE],
    )  # fmt: skip

    made = generate_orders(tenant, as_of=FIRST)

    (order,) = made.orders
    assert [(row.name, by) for row, by in made.covered] == [("Monthly check", order)]
    assert list(order.tasks.order_by("position").values_list("section", "description", "is_mandatory")) == [
        ("", "Look for leaks", True),
        ("", "Change the oil", True),
        ("Monthly check", "Grease", False),
    ]
    assert CoveredCycle.objects.get().pm_schedule == short
    assert generate_orders(tenant, as_of=FIRST + timedelta(days=40)).orders == []


def test_what_an_order_covers_goes_along_when_that_order_is_covered(tenant, asset, technician):
    long = quarterly(asset, first_due_date=FIRST)
    short = create_schedule(asset=asset, first_due_date=FIRST, tasks=[GREASE], suppressed_by_schedule=long)
    (former,) = generate_orders(tenant, as_of=FIRST).orders
    long.refresh_from_db()
    long.suppressed_by_schedule = create_schedule(
        asset=asset, name="Yearly", interval_months=12, first_due_date=FIRST, tasks=[CHECK]
    )
    save_schedule(long, by=None)

    made = generate_orders(tenant, as_of=FIRST)

    (order,) = made.orders
    former.refresh_from_db()
    assert former.covered_by == order and set(made.covered) == {(long, order), (short, order)}
    assert set(CoveredCycle.objects.values_list("pm_schedule", "work_order")) == {
        (long.pk, order.pk),
        (short.pk, order.pk),
    }
    assert [str(task) for task in order.tasks.order_by("position")] == ["Look for leaks", "Change the oil", "Grease"]


def test_orders_are_made_for_the_assets_that_are_asked_for(tenant, asset):
    create_schedule(asset=asset, first_due_date=FIRST)
    create_schedule(asset=create_asset(tenant=tenant), first_due_date=FIRST)

    assert [order.asset for order in generate_orders(tenant, as_of=FIRST, assets=[asset.pk]).orders] == [asset]


def test_an_order_that_somebody_started_stays_beside_the_longer_one(tenant, asset, technician):
    short = create_schedule(asset=asset, first_due_date=FIRST)
    (started,) = generate_orders(tenant, as_of=FIRST).orders
    start_order(approve_order(started, by=technician), by=technician)
    short.suppressed_by_schedule = quarterly(asset, first_due_date=FIRST)
    save_schedule(short, by=None)

    made = generate_orders(tenant, as_of=FIRST)

    assert ([order.title for order in made.orders], made.covered) == (["Quarterly"], [])
    assert WorkOrder.objects.get(pk=started.pk).status == OrderStatus.IN_PROGRESS


def test_a_chain_of_which_only_neighbours_are_near_is_done_with_one_order(tenant, asset):
    yearly = create_schedule(
        asset=asset, name="Yearly", interval_months=12, first_due_date=FIRST + timedelta(days=24), lead_days=24
    )
    long = quarterly(asset, first_due_date=FIRST + timedelta(days=6), suppressed_by_schedule=yearly)
    create_schedule(asset=asset, first_due_date=FIRST, suppressed_by_schedule=long)

    made = generate_orders(tenant, as_of=FIRST)

    (order,) = made.orders
    assert {row.name: by for row, by in made.covered} == {"Quarterly": order, "Monthly check": order}


def test_an_order_nobody_started_closes_as_covered(tenant, asset):
    long = quarterly(asset, first_due_date=FIRST + timedelta(days=3))
    create_schedule(asset=asset, first_due_date=FIRST, lead_days=10, suppressed_by_schedule=long, grace_days=2)
    PmSchedule.objects.filter(pk=long.pk).update(is_active=False)
    (short_order,) = generate_orders(tenant, as_of=FIRST - timedelta(days=10)).orders
    PmSchedule.objects.filter(pk=long.pk).update(is_active=True)

    (long_order,) = generate_orders(tenant, as_of=FIRST + timedelta(days=3)).orders

    short_order.refresh_from_db()
    assert (short_order.status, short_order.outcome, short_order.covered_by) == (
        OrderStatus.CLOSED, Outcome.NOT_DONE, long_order,
    )  # fmt: skip
    cancel_order(long_order, by=None, reason="no time")  # and the shorter one comes back, with an order of its own
    (again,) = generate_orders(tenant, as_of=FIRST + timedelta(days=3)).orders
    assert (again.pm_schedule, again.due_date) == (short_order.pm_schedule, FIRST)


def test_generation_asks_the_same_whatever_the_number_of_schedules(tenant):
    def made(count):
        for _n in range(count):
            long = quarterly(create_asset(tenant=tenant), first_due_date=FIRST)
            create_schedule(asset=long.asset, first_due_date=FIRST, tasks=[GREASE], suppressed_by_schedule=long)
        with CaptureQueriesContext(connection) as queries:
            assert len(generate_orders(tenant, as_of=FIRST).orders) == count
        return len(queries)

    assert made(1) == made(8)


def test_the_forecast_is_what_generation_makes(tenant, asset):
    """Of one asset, a quarter ahead: the same first orders, on the same days."""
    long = quarterly(asset, first_due_date=date(2026, 3, 31))
    create_schedule(asset=asset, first_due_date=FIRST, suppressed_by_schedule=long)
    items = [Item(schedule=row.plain, standing=row.standing) for row in PmSchedule.objects.all()]
    seen = forecast(items, today=FIRST, until=FIRST, readings={})

    made = generate_orders(tenant, as_of=FIRST).orders

    assert [(order.pm_schedule_id, order.due_date) for order in made] == [(one.key, one.day) for one in seen]


def test_the_command_makes_them_as_of_a_date_for_one_tenant(tenant, asset):
    create_schedule(asset=asset, first_due_date=FIRST)
    said = StringIO()

    call_command("generate_work_orders", "--as-of", "2026-01-31", "--tenant", tenant.slug, stdout=said)

    assert said.getvalue() == f"{tenant.slug}: 1 orders made, 0 cycles covered.\n"
    with pytest.raises(CommandError, match="no tenant"):
        call_command("generate_work_orders", "--tenant", "nowhere")


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_make_each_order_once():
    plant = create_tenant()
    with tenant_context(plant):
        for n in range(12):
            asset = create_asset(tenant=plant, name=f"Machine {n}")
            long = quarterly(asset, first_due_date=FIRST)
            create_schedule(asset=asset, first_due_date=FIRST, suppressed_by_schedule=long)
            create_schedule(asset=asset, name="Own", first_due_date=FIRST)

    def run(_n):
        with tenant_context(plant):
            return len(generate_orders(plant, as_of=FIRST).orders)

    made = at_once(10, run)

    with tenant_context(plant):
        found = WorkOrder.objects.for_tenant(plant)
        assert (sum(made), found.count(), CoveredCycle.objects.count()) == (24, 24, 12)
        assert sorted(found.values_list("number", flat=True)) == [f"WO-{n:06}" for n in range(1, 25)]


@pytest.mark.django_db(transaction=True)
def test_readings_while_orders_are_made_make_each_order_once():
    plant = create_tenant()
    with tenant_context(plant):
        assets = [create_asset(tenant=plant, name=f"Machine {n}") for n in range(6)]
        for asset in assets:
            create_schedule(asset=asset, interval_meter=Decimal(100), first_due_meter=Decimal(100))
            post_reading(asset, "run_hours", 50, by=None, read_at=timezone.now() - timedelta(days=9))

    def run(n):
        """Two read all meters, crosswise, so that nobody may wait in a circle; the others make orders meanwhile."""
        if n < 2:
            for asset in assets if n else reversed(assets):
                with tenant_context(plant):
                    at = timezone.now() - timedelta(hours=8 - 4 * n)
                    post_reading(asset, "run_hours", 101 + n, by=None, read_at=at)
        else:
            for _time in range(5):
                with tenant_context(plant):
                    generate_orders(plant)

    at_once(6, run)

    with tenant_context(plant):
        orders = WorkOrder.objects.for_tenant(plant)
        assert orders.count() == len(assets)
        assert all(order.trigger == "meter" for order in orders)
