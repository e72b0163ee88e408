"""What goes into an order: time, parts, costs, tasks and what follows of them."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.core.errors import BrokenRule, NotAllowed
from apps.core.models import Notification
from apps.inventory import services as stores
from apps.inventory.models import Reservation, Stock, Wallet
from apps.maintenance import services
from apps.maintenance.models import Consumable, FailureCode, LabourEntry, WorkOrder, WorkOrderTask
from apps.maintenance.queries import with_costs
from apps.maintenance.telling import tell_overdue
from apps.registry.models import AssetMeter, MeterReading
from apps.registry.services import post_reading
from tests.factories import (
    create_asset,
    create_attachment,
    create_order_of,
    create_part,
    create_person,
    create_schedule,
    create_stock,
    create_tenant,
)


@pytest.fixture
def technician(tenant):
    return create_person(tenant=tenant, role="technician", labour_rate=Decimal(60))


@pytest.fixture
def colleague(tenant):
    return create_person(tenant=tenant, role="technician")


@pytest.fixture
def supervisor(tenant):
    return create_person(tenant=tenant, role="supervisor")


@pytest.fixture
def order(tenant, technician):
    return create_order_of(create_asset(tenant=tenant), by=technician, status="in_progress")


def cost_of(order):
    return with_costs(WorkOrder.objects.filter(pk=order.pk)).get()


def codes(tenant):
    return {
        kind: FailureCode.objects.create(tenant=tenant, kind=kind, code=kind, name=kind)
        for kind in ("problem", "cause", "remedy")
    }


def task(order, **fields):
    return services.add_task(order, fields.pop("description", "Look"), by=None, **fields)


# --- time ---


def test_a_timer_costs_what_an_hour_cost_when_it_began(order, technician):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        entry = services.start_timer(order, by=technician)
        assert services.start_timer(order, by=technician) == entry
        technician.labour_rate = Decimal(600)
        technician.save()
        clock.shift(timedelta(minutes=30))
        services.stop_timer(entry, by=technician)
    found = cost_of(order)
    assert (found.labour_minutes, found.cost) == (30, Decimal("30.0000"))
    assert services.stop_timer(entry, by=technician).minutes == 30  # a second press changes nothing


def test_nobody_works_on_two_orders_at_once(tenant, order, technician):
    services.start_timer(order, by=technician)
    other = create_order_of(order.asset, by=technician, status="in_progress")
    with pytest.raises(BrokenRule, match=order.number):
        services.start_timer(other, by=technician)


def test_a_timer_that_was_forgotten_asks_first(order, technician):
    entry = services.start_timer(order, by=technician)
    with time_machine.travel(timezone.now() + timedelta(hours=13), tick=False):
        with pytest.raises(BrokenRule) as refused:
            services.stop_timer(entry, by=technician)
        assert refused.value.code == "long_timer"
        assert services.stop_timer(entry, by=technician, minutes=45).minutes == 45


def test_a_timer_that_ran_for_twelve_hours_asks_nothing(order, technician):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        entry = services.start_timer(order, by=technician)
        clock.shift(timedelta(hours=12))
        assert services.stop_timer(entry, by=technician).minutes == 720


@pytest.mark.parametrize("own, cost", [(None, 60), (0, 0)])
def test_the_tenants_rate_counts_for_who_has_none(tenant, order, own, cost):
    tenant.settings = {"labour_rate": 40}
    tenant.save()
    person = create_person(tenant=tenant, role="technician", labour_rate=own)
    entry = services.add_minutes(order, 90, by=person)
    entry.refresh_from_db()
    assert entry.cost == cost


@pytest.mark.parametrize("minutes", [0, -5, 1441])
def test_minutes_are_those_of_a_day(order, technician, minutes):
    with pytest.raises(BrokenRule, match="minutes"):
        services.add_minutes(order, minutes, by=technician)


def test_minutes_say_what_they_were_for_and_when_and_are_taken_back_one_by_one(order, technician, supervisor):
    yesterday = timezone.now() - timedelta(days=1)
    first, second = (
        services.add_minutes(order, minutes, by=technician, note=" Cleaned ", at=yesterday) for minutes in (1, 1440)
    )

    services.remove_labour(second, by=supervisor)

    assert order.labour.get() == first and (first.note, first.created_at) == ("Cleaned", yesterday)


def test_time_of_others_is_a_supervisors(order, technician, colleague, supervisor):
    with pytest.raises(NotAllowed):
        services.add_minutes(order, 10, by=colleague, user=technician)
    with pytest.raises(BrokenRule, match="does not work here"):
        services.add_minutes(order, 10, by=supervisor, user=create_person(tenant=create_tenant(name="South")))
    entry = services.add_minutes(order, 10, by=supervisor, user=technician)
    with pytest.raises(NotAllowed):
        services.remove_labour(entry, by=colleague)
    services.remove_labour(entry, by=technician)
    assert not LabourEntry.objects.exists()


def test_closing_stops_the_own_timer_and_asks_for_anothers(tenant, order, technician, colleague, supervisor):
    mine, theirs = services.start_timer(order, by=technician), services.start_timer(order, by=colleague)
    words = codes(tenant)
    for by, others in (
        (technician, False),
        (technician, True),
        (supervisor, False),
    ):  # a supervisor ends them, if asked
        with pytest.raises(BrokenRule, match=str(colleague if by == technician else technician)):
            services.close_order(order, by=by, end_timers_of_others=others, **words)
    services.close_order(order, by=supervisor, end_timers_of_others=True, **words)
    assert [e.is_running for e in LabourEntry.objects.filter(pk__in=[mine.pk, theirs.pk])] == [False, False]


@pytest.mark.parametrize("act", ["hold", "close"])
def test_an_act_on_an_order_stops_no_time_elsewhere(tenant, order, technician, colleague, act):
    other = create_order_of(order.asset, by=technician, status="in_progress")
    elsewhere = [services.start_timer(other, by=person) for person in (technician, colleague)]
    services.add_minutes(order, 5, by=colleague)

    if act == "hold":
        services.hold_order(order, "access", by=technician)
    else:
        services.close_order(order, by=technician, **codes(tenant))

    assert all(entry.is_running for entry in LabourEntry.objects.filter(pk__in=[entry.pk for entry in elsewhere]))


@pytest.mark.parametrize("act", ["hold", "finish", "close"])
def test_what_was_done_a_while_ago_ended_the_time_then(tenant, order, technician, act):
    at = timezone.now() - timedelta(hours=1)
    entry = services.start_timer(order, by=technician, at=at - timedelta(minutes=30))

    if act == "hold":
        services.hold_order(order, "access", by=technician, at=at)
    elif act == "finish":
        services.finish_order(order, by=technician, at=at)
    else:
        services.close_order(order, by=technician, at=at, **codes(tenant))

    entry.refresh_from_db()
    assert (entry.ended_at, entry.minutes) == (at, 30)


def test_who_puts_an_order_on_hold_stops_the_own_time_on_it_only(order, colleague, supervisor):
    entry = services.start_timer(order, by=colleague)
    services.hold_order(order, "access", by=supervisor)
    entry.refresh_from_db()
    assert entry.is_running


def test_beginning_what_runs_already_changes_nothing_and_stops_nobody_elses_time(order, technician, colleague):
    theirs = services.start_timer(create_order_of(order.asset, by=colleague, status="in_progress"), by=colleague)
    for _time in range(2):
        services.begin_work(order, by=technician)

    assert LabourEntry.objects.filter(user=technician).count() == 1
    theirs.refresh_from_db()
    assert theirs.is_running


def test_what_was_begun_elsewhere_ends_when_the_next_was_begun(order, technician):
    now = timezone.now()
    first = services.start_timer(order, by=technician, at=now - timedelta(hours=2))
    other = create_order_of(order.asset, status="ready")

    services.begin_work(other, by=technician, at=now - timedelta(hours=1))

    first.refresh_from_db()
    assert (first.ended_at, first.minutes) == (now - timedelta(hours=1), 60)


def test_finishing_and_holding_stop_the_own_timer(order, technician):
    entry = services.start_timer(order, by=technician)
    services.hold_order(order, "access", by=technician)
    entry.refresh_from_db()
    assert not entry.is_running
    services.resume_order(order, by=technician)
    entry = services.start_timer(order, by=technician)
    services.finish_order(order, by=technician)
    entry.refresh_from_db()
    assert not entry.is_running


# --- parts ---


def test_parts_cost_what_they_cost_when_they_were_used(tenant, order, technician):
    part = create_part(tenant=tenant)
    warehouse = create_stock(part, 10, unit_cost=4)
    used = services.use_part(order, part, 3, by=technician, source="warehouse", warehouse=warehouse)
    create_stock(part, 10, warehouse=warehouse, unit_cost=100)
    assert (used.cost_at_time, cost_of(order).cost) == (Decimal(4), Decimal(12))
    assert Stock.objects.get(part=part).qty_on_hand == 17
    services.undo_use(used, by=technician)
    services.undo_use(used, by=technician)
    assert cost_of(order).cost == 0
    assert Stock.objects.get(part=part).qty_on_hand == 20


def test_a_part_that_is_sent_again_is_used_once(tenant, order, technician):
    part = create_part(tenant=tenant)
    how = {"by": technician, "source": "warehouse", "warehouse": create_stock(part, 10), "key": "sent"}
    used = services.use_part(order, part, 3, **how)
    assert services.use_part(order, part, 3, **how) == used
    other = create_order_of(order.asset, by=technician, status="in_progress")
    with pytest.raises(BrokenRule, match="came before"):
        services.use_part(other, part, 3, **how)
    assert (Consumable.objects.count(), Stock.objects.get().qty_on_hand) == (1, 7)


def test_parts_are_brought_back_by_who_used_them_or_a_supervisor_until_it_is_over(
    tenant, order, technician, colleague, supervisor
):
    part = create_part(tenant=tenant)
    how = {"by": technician, "source": "warehouse", "warehouse": create_stock(part, 10)}
    first, second = (services.use_part(order, part, 1, **how) for _ in range(2))
    with pytest.raises(NotAllowed, match="a supervisor brings it back"):
        services.undo_use(first, by=colleague)
    assert services.undo_use(first, by=supervisor).undone
    services.close_order(order, by=technician, outcome="not_done", reason="Sold")
    with pytest.raises(BrokenRule, match="is closed"):
        services.undo_use(second, by=technician)
    with pytest.raises(BrokenRule, match="is closed"):
        services.need_part(order, part, 1, by=technician)
    assert Stock.objects.get().qty_on_hand == 9


def test_a_technician_takes_from_the_own_wallet(tenant, order, technician, colleague, supervisor):
    part = create_part(tenant=tenant)
    warehouse = create_stock(part, 5, unit_cost=2)
    stores.issue_to_wallet(part, 3, warehouse=warehouse, user=technician, by=supervisor)
    with pytest.raises(NotAllowed):
        services.use_part(order, part, 1, by=colleague, source="wallet", user=technician)
    with pytest.raises(BrokenRule, match="wallet"):
        services.use_part(order, part, 4, by=technician, source="wallet")
    used = services.use_part(order, part, 2, by=technician, source="wallet")
    assert (used.used_by, Wallet.objects.get(user=technician).qty_held) == (technician, 1)


def test_a_use_says_where_the_part_was_taken_and_when(tenant, order, technician, supervisor):
    part = create_part(tenant=tenant)
    stores.issue_to_wallet(part, 3, warehouse=create_stock(part, 5), user=technician, by=supervisor)
    for source, word in (("pocket", "a wallet or a warehouse"), ("warehouse", "which warehouse")):
        with pytest.raises(BrokenRule, match=word):
            services.use_part(order, part, 1, by=technician, source=source)
    yesterday = timezone.now() - timedelta(days=1)

    used = services.use_part(order, part, 1, by=supervisor, source="wallet", user=technician, at=yesterday)

    assert (used.used_by, used.created_at) == (technician, yesterday)


def test_a_use_that_moved_no_stock_here_is_not_undone(tenant, order, technician):
    loaded = {"qty_used": 1, "value": 4, "cost_at_time": 4, "source": "warehouse", "used_by": technician}
    used = Consumable.objects.create(tenant=tenant, work_order=order, part=create_part(tenant=tenant), **loaded)

    with pytest.raises(BrokenRule, match="loaded from elsewhere"):
        services.undo_use(used, by=technician)


def test_costs_are_booked_and_taken_back_one_by_one(order, supervisor):
    how = {"by": supervisor, "kind": "rental", "supplier": " Cranes ", "reference": " R-1 "}
    first, second = (services.book_cost(order, amount=amount, **how) for amount in (100, 30))
    for _time in range(2):  # once more: nothing happens
        services.remove_cost(first, by=supervisor)

    assert order.costs.get() == second and (second.supplier, second.reference) == ("Cranes", "R-1")
    with pytest.raises(ValidationError):
        services.book_cost(order, amount=1, **how | {"kind": "bribe"})


def test_parts_are_used_on_orders_in_progress_only(tenant, technician):
    part = create_part(tenant=tenant)
    warehouse = create_stock(part, 5)
    ready = create_order_of(create_asset(tenant=tenant), status="ready")
    with pytest.raises(BrokenRule, match="start it first"):
        services.use_part(ready, part, 1, by=technician, source="warehouse", warehouse=warehouse)
    assert not Consumable.objects.exists()


def test_a_schedules_parts_are_kept_for_its_order_until_it_is_over(tenant, technician):
    part = create_part(tenant=tenant, sku="FILTER-1")
    create_stock(part, 5)
    schedule = create_schedule(
        asset=create_asset(tenant=tenant), first_due_date="2026-01-02", parts=[{"sku": "FILTER-1", "quantity": 2}]
    )
    (order,) = services.generate_orders(tenant).orders
    assert [(row.reference, row.quantity) for row in Reservation.objects.all()] == [(order.number, 2)]
    services.cancel_order(order, by=technician, reason="no more")
    assert not Reservation.objects.exists()
    schedule.refresh_from_db()
    assert schedule.cycle == 2


def test_a_schedule_names_parts_that_there_are(tenant):
    with pytest.raises(BrokenRule, match="NOWHERE"):
        create_schedule(asset=create_asset(tenant=tenant), parts=[{"sku": "NOWHERE", "quantity": 1}])


def test_who_waits_for_parts_is_told_when_they_come(tenant, order, technician):
    part = create_part(tenant=tenant)
    services.need_part(order, part, 2, by=technician)
    services.hold_order(order, "parts", by=technician)
    create_stock(part, 2)
    assert [n.kind for n in told(technician)] == ["part_arrived"]


def told(person):
    return list(Notification.objects.filter(person=person))


def test_what_is_booked_keeps_an_order_from_being_cancelled(tenant, technician, supervisor):
    order = create_order_of(create_asset(tenant=tenant), status="ready")
    cost = services.book_cost(order, by=supervisor, kind="contractor", amount=Decimal("-12.50"))
    assert cost_of(order).other_cost == Decimal("-12.50")
    with pytest.raises(BrokenRule, match="not done"):
        services.cancel_order(order, by=supervisor, reason="no")
    services.remove_cost(cost, by=supervisor)
    assert services.cancel_order(order, by=supervisor, reason="no").status == "cancelled"


def test_time_and_parts_keep_an_order_from_being_cancelled_until_they_come_back(tenant, technician, supervisor):
    order = create_order_of(create_asset(tenant=tenant), status="in_progress", by=technician)
    part = create_part(tenant=tenant)
    used = services.use_part(order, part, 1, by=technician, source="warehouse", warehouse=create_stock(part, 5))
    order = services.return_order(order, by=supervisor, reason="Not now")
    with pytest.raises(BrokenRule, match="not done"):
        services.cancel_order(order, by=supervisor, reason="no")
    services.undo_use(used, by=technician)
    entry = services.add_minutes(order, 5, by=technician)
    with pytest.raises(BrokenRule, match="not done"):
        services.cancel_order(order, by=supervisor, reason="no")
    services.remove_labour(entry, by=technician)
    services.remove_labour(entry, by=technician)  # once more: nothing happens

    assert services.cancel_order(order, by=supervisor, reason="no").status == "cancelled"


def test_closing_keeps_no_parts_for_it_any_more(tenant, technician):
    order = create_order_of(create_asset(tenant=tenant), status="in_progress", by=technician)
    part = create_part(tenant=tenant)
    create_stock(part, 5)
    services.need_part(order, part, 2, by=technician)

    services.close_order(order, by=technician, outcome="not_done", reason="Sold")

    assert not Reservation.objects.exists()


def test_giving_back_ends_the_time_that_runs_on_it(tenant, technician, supervisor):
    order = create_order_of(create_asset(tenant=tenant), status="in_progress", by=technician)
    services.start_timer(order, by=technician)

    services.return_order(order, by=supervisor, reason="Urgent work elsewhere")

    assert not LabourEntry.objects.filter(minutes=None).exists()


# --- tasks ---


def test_a_failed_task_needs_a_follow_up_or_a_waiver(tenant, order, technician, supervisor):
    bad = task(order, kind="number", min=Decimal(4), max=Decimal(8), unit="bar")
    services.record_task(bad, "input", value="3,5", comment="too low", by=technician)
    words = codes(tenant)
    with pytest.raises(BrokenRule, match="nothing follows"):
        services.close_order(order, by=technician, **words)
    with pytest.raises(NotAllowed):
        services.waive(bad, by=technician, reason="it is old")
    found = services.follow_up(bad, by=technician)
    assert services.follow_up(bad, by=technician) == found
    assert (found.follows, found.origin, found.asset) == (order, "defect", order.asset)
    assert services.close_order(order, by=technician, **words).status == "closed"


def test_a_supervisor_waives_for_a_reason(tenant, order, technician, supervisor):
    bad = task(order)
    services.record_task(bad, "fail", comment="scratched", by=technician)
    with pytest.raises(BrokenRule):
        services.waive(bad, by=supervisor, reason=" ")
    assert services.waive(bad, by=supervisor, reason="only paint").waived_by == supervisor
    assert services.close_order(order, by=technician, **codes(tenant)).status == "closed"


def test_time_runs_on_what_is_begun_and_is_stopped_by_whose_it_is_or_a_supervisor(order, technician, supervisor):
    other = create_person(tenant=order.tenant, role="technician")
    ready = create_order_of(order.asset, status="ready")
    with pytest.raises(BrokenRule, match="start it first"):
        services.start_timer(ready, by=technician)
    entry = services.start_timer(order, by=technician)
    with pytest.raises(NotAllowed, match="a supervisor may end it"):
        services.stop_timer(entry, by=other)

    stopped = services.stop_timer(entry, by=supervisor, at=entry.started_at - timedelta(hours=1))

    assert (stopped.ended_at, stopped.minutes) == (entry.started_at, 0)


def test_on_what_is_over_no_time_is_booked_or_taken_back(order, technician):
    entry = services.add_minutes(order, 5, by=technician)
    services.close_order(order, by=technician, outcome="not_done", reason="Sold")

    with pytest.raises(BrokenRule, match="is closed"):
        services.add_minutes(order, 5, by=technician)
    with pytest.raises(BrokenRule, match="is closed"):
        services.remove_labour(entry, by=technician)
    assert LabourEntry.objects.get() == entry


def test_a_task_stays_in_its_section(order, supervisor):
    first = task(order)
    WorkOrderTask.objects.create(
        tenant=order.tenant, work_order=order, description="Wash", section="Monthly", position=2
    )

    services.move_task(first, 1, by=supervisor)

    assert [str(row) for row in order.tasks.order_by("position")] == ["Look", "Wash"]


def test_only_what_failed_is_followed_up_or_waived_and_another_answer_needs_a_waiver_of_its_own(
    order, technician, supervisor
):
    good = task(order)
    services.record_task(good, "pass", by=technician)
    with pytest.raises(BrokenRule, match="followed up"):
        services.follow_up(good, by=technician)
    with pytest.raises(BrokenRule, match="waived"):
        services.waive(good, by=supervisor, reason="It holds")
    services.record_task(good, "fail", comment="scratched", by=technician)
    services.waive(good, by=supervisor, reason="It holds")
    services.record_task(good, "pass", by=technician)
    services.record_task(good, "fail", comment="torn", by=technician)

    good.refresh_from_db()
    assert (good.waiver, good.waived_by) == ("", None)


def test_tasks_come_one_after_another_until_the_order_is_over(order, technician, supervisor):
    bad = task(order, description="Look")
    task(order, description="Listen", is_mandatory=False)
    assert [(str(row), row.position) for row in order.tasks.order_by("position")] == [("Look", 1), ("Listen", 2)]
    services.record_task(bad, "fail", comment="scratched", by=technician)
    services.close_order(order, by=technician, outcome="not_done", reason="Sold")

    with pytest.raises(BrokenRule, match="nothing is added"):
        task(order)
    with pytest.raises(BrokenRule, match="was closed by"):
        services.waive(bad, by=supervisor, reason="It holds")


def test_a_photo_stands_for_the_comment_of_a_failure(tenant, order, technician):
    bad = task(order)
    with pytest.raises(BrokenRule, match="photo"):
        services.record_task(bad, "fail", by=technician)
    picture = create_attachment(tenant=tenant)
    assert services.record_task(bad, "fail", by=technician, photos=[picture]).result == "fail"
    with pytest.raises(BrokenRule, match="photo"):
        services.record_task(task(order, kind="photo"), "pass", by=technician)


def test_a_meter_task_posts_a_reading_and_corrects_it(tenant, order, technician):
    dial = task(order, kind="meter")
    done = services.record_task(dial, "input", value="1200", by=technician)
    assert (done.result, AssetMeter.objects.get(asset=order.asset).current_run_hours) == ("pass", 1200)
    services.record_task(dial, "input", value="1210", by=technician)
    assert AssetMeter.objects.get(asset=order.asset).current_run_hours == 1210
    services.record_task(dial, "not_applicable", comment="it is broken", by=technician)
    dial.refresh_from_db()
    assert (dial.reading, AssetMeter.objects.get(asset=order.asset).current_run_hours) == (None, None)


def test_comments_carry_photos_and_say_something(tenant, order, technician):
    with pytest.raises(BrokenRule):
        services.comment(order, " ", by=technician)
    picture = create_attachment(tenant=tenant)
    said = services.comment(order, "", by=technician, photos=[picture])
    picture.refresh_from_db()
    assert picture.entity_id == said.pk


# --- readings and schedules ---


def test_a_reading_makes_the_order_that_it_is_due_for(tenant, technician):
    asset = create_asset(tenant=tenant)
    create_schedule(asset=asset, interval_meter=Decimal(250), first_due_meter=Decimal(100))
    before = timezone.now() - timedelta(hours=9)
    post_reading(asset, "run_hours", 99, by=technician, read_at=before, confirmed=True)
    assert not WorkOrder.objects.exists()
    post_reading(asset, "run_hours", 101, by=technician, confirmed=True)
    order = WorkOrder.objects.get()
    assert (order.trigger, order.due_meter) == ("meter", 100)


def test_closing_with_a_reading_posts_it_and_counts_from_it(tenant, technician):
    asset = create_asset(tenant=tenant)
    schedule = create_schedule(asset=asset, interval_meter=Decimal(250), first_due_meter=Decimal(100))
    post_reading(asset, "run_hours", 101, by=technician, confirmed=True)
    order = services.approve_order(WorkOrder.objects.get(), by=technician)
    order = services.start_order(order, by=technician)
    services.close_order(order, by=technician, meter_reading=Decimal(101))
    schedule.refresh_from_db()
    assert (schedule.next_due_meter, schedule.cycle) == (351, 2)
    assert MeterReading.objects.filter(asset=asset, value=101).count() == 2
    assert WorkOrder.objects.count() == 1


def test_an_emergency_begins_without_approval_and_stays_marked(tenant, technician, supervisor):
    calm = create_order_of(create_asset(tenant=tenant))
    with pytest.raises(BrokenRule, match="draft"):
        services.start_order(calm, by=technician)
    urgent = create_order_of(create_asset(tenant=tenant), priority="critical")
    begun = services.start_order(urgent, by=technician)
    assert (begun.status, begun.is_unapproved, begun.started_by) == ("in_progress", True, technician)
    confirmed = services.approve_order(begun, by=supervisor)
    assert (confirmed.status, confirmed.is_unapproved, confirmed.approved_by) == ("in_progress", False, supervisor)


def test_who_is_given_an_order_is_told_once(tenant, technician, supervisor):
    order = create_order_of(create_asset(tenant=tenant), status="ready")
    order = services.assign_order(order, technician, by=supervisor)
    services.assign_order(order, technician, by=supervisor)
    assert [n.kind for n in told(technician)] == ["assigned"]


def test_who_is_late_is_told_once(tenant, technician, supervisor):
    yesterday = services.today_of(tenant) - timedelta(days=1)
    create_order_of(create_asset(tenant=tenant), status="ready", due_date=yesterday, assigned_to=technician)
    create_order_of(create_asset(tenant=tenant), status="ready", due_date=yesterday)
    assert (tell_overdue(tenant), tell_overdue(tenant)) == (2, 0)
    assert {n.kind for n in told(supervisor)} == {"overdue"}
