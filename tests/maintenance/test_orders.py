"""The life of an order: each step, what it refuses, and what its end means for the schedules it did."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.core.errors import BrokenRule, Conflict, NotAllowed
from apps.core.isolation import tenant_context
from apps.core.models import Notification
from apps.maintenance.models import FailureCode, PmSchedule, WorkOrder, WorkOrderTask
from apps.maintenance.services import (
    approve_order,
    assign_order,
    cancel_order,
    change_order,
    close_order,
    create_order,
    finish_order,
    generate_orders,
    hold_order,
    record_task,
    reopen_order,
    resume_order,
    return_order,
    save_schedule,
    start_order,
)
from apps.registry.models import Asset, MeterReading
from apps.registry.services import post_reading, retire_asset
from tests.factories import (
    create_asset,
    create_location,
    create_order_of,
    create_person,
    create_schedule,
    create_station,
    create_tenant,
)
from tests.shopfloor.test_races import at_once

FIRST = date(2026, 1, 31)
NOON = datetime(2026, 1, 31, 11, tzinfo=UTC)


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant)


@pytest.fixture
def codes(tenant):
    return {
        kind: FailureCode.objects.create(tenant=tenant, kind=kind, code=kind, name=kind.title())
        for kind in ("problem", "cause", "remedy")
    }


def preventive(tenant, by):
    """The one order that is due, begun."""
    (order,) = generate_orders(tenant, as_of=FIRST).orders
    return start_order(approve_order(order, by=by), by=by)


def due(schedule):
    schedule.refresh_from_db()
    return schedule.cycle, schedule.next_due_date


# --- made, begun, held ---


def test_an_order_begins_as_a_draft_and_in_agile_mode_ready(tenant, asset, supervisor):
    order = create_order_of(asset, by=supervisor)
    assert (order.number, order.status, order.created_by) == ("WO-000001", "draft", supervisor)
    tenant.settings = {"agile_mode": True}
    assert create_order_of(asset, by=supervisor).status == "ready"


def test_an_order_is_for_something(tenant, supervisor):
    with pytest.raises(BrokenRule, match="asset, a place or a station"):
        create_order(WorkOrder(tenant=tenant, title="Paint", origin="cm"), by=supervisor)


@pytest.mark.parametrize("what", ["location", "station"])
def test_work_at_a_place_or_a_station_needs_no_asset(tenant, technician, what):
    where = (
        {"location": create_location(tenant=tenant)}
        if what == "location"
        else {"station": create_station(tenant=tenant)}
    )
    order = create_order(WorkOrder(tenant=tenant, title="Paint", origin="cm", **where), by=technician)

    assert start_order(approve_order(order, by=technician), by=technician).status == "in_progress"


def test_a_new_order_tells_whose_it_is_and_is_refused_with_what_cannot_be(tenant, asset, technician, supervisor):
    create_order_of(asset, by=supervisor, assigned_to=technician)
    assert [told.kind for told in Notification.objects.filter(person=technician)] == ["assigned"]

    stranger = create_person(tenant=create_tenant(name="South"))
    for wrong, error in (
        ({"assigned_to": stranger}, BrokenRule),
        ({"down_from": NOON, "down_until": NOON - timedelta(hours=1)}, BrokenRule),
        ({"title": ""}, ValidationError),
    ):
        with pytest.raises(error):
            create_order_of(asset, by=supervisor, **wrong)
    with pytest.raises(ValidationError):
        change_order(WorkOrder.objects.get(), by=supervisor, title="")


@pytest.mark.parametrize(
    "act, said",
    [
        (change_order, {}),
        (approve_order, {}),
        (start_order, {}),
        (hold_order, {"hold_reason": "parts"}),
        (resume_order, {}),
        (return_order, {}),
        (cancel_order, {"reason": "so"}),
        (finish_order, {}),
        (close_order, {}),
        (reopen_order, {"reason": "so"}),
    ],
)
def test_no_act_rests_on_what_has_changed_since(asset, supervisor, act, said):
    with pytest.raises(Conflict):
        act(create_order_of(asset), by=supervisor, seen=0, **said)


def test_an_asset_that_ran_again_is_no_emergency(asset, technician):
    began = timezone.now() - timedelta(hours=3)
    standing = create_order_of(asset, down_from=began)
    assert start_order(standing, by=technician).is_unapproved
    with pytest.raises(BrokenRule, match="is draft"):
        start_order(create_order_of(asset, down_from=began, down_until=began + timedelta(hours=1)), by=technician)


def test_what_was_given_back_keeps_when_it_began_and_whose_it_is(asset, technician, supervisor):
    order = create_order_of(asset, by=technician, status="in_progress")
    began = order.started_at
    hold_order(order, "parts", by=technician)

    order = return_order(order, by=supervisor, reason=" Urgent work ")
    assert (order.status, order.hold_reason, order.reason) == ("ready", "", "Urgent work")
    order = start_order(order, by=supervisor)

    assert (order.started_at, order.started_by, order.assigned_to) == (began, supervisor, technician)


def test_nothing_is_ordered_for_a_retired_asset(asset, supervisor):
    asset = retire_asset(asset)

    with pytest.raises(BrokenRule, match="is retired; nothing is done on it any more"):
        create_order(WorkOrder(tenant=asset.tenant, asset=asset, title="Paint", origin="cm"), by=supervisor)
    assert not WorkOrder.objects.exists()


def test_what_an_order_says_is_changed_until_it_is_over(asset, supervisor):
    order = create_order_of(asset)
    assert change_order(order, by=supervisor, title="Oil it").title == "Oil it"

    with pytest.raises(BrokenRule, match="cannot run again before it stood"):
        change_order(order, by=supervisor, down_until=NOON)
    cancel_order(order, by=supervisor, reason="Made twice")
    with pytest.raises(BrokenRule, match="is cancelled"):
        change_order(order, by=supervisor, title="Paint it")
    with pytest.raises(BrokenRule, match="is cancelled"):
        assign_order(order, supervisor, by=supervisor)


@pytest.mark.parametrize("stands", ["asset", "station", None])
def test_where_something_stands_a_draft_begins_without_approval(tenant, technician, stands):
    asset = create_asset(tenant=tenant, status="out_of_service" if stands == "asset" else "in_service")
    station = create_station(tenant=tenant, status="blocked" if stands == "station" else "idle")
    order = create_order_of(asset, station=station)

    if stands:
        begun = start_order(order, by=technician)
        assert begun.status == "in_progress" and begun.is_unapproved
    else:
        with pytest.raises(BrokenRule, match="is draft"):
            start_order(order, by=technician)


def test_what_goes_on_is_not_finished_any_more(asset, technician, supervisor):
    order = create_order_of(asset, by=technician, status="in_progress", priority="critical")
    assert finish_order(order, by=technician).hold_reason == "review"

    order = resume_order(order, by=supervisor)

    assert (order.hold_reason, order.finished_at, order.finished_by) == ("", None, None)


def test_what_is_in_progress_needs_no_approval_any_more(asset, technician, supervisor):
    order = create_order_of(asset, by=technician, status="in_progress")

    with pytest.raises(BrokenRule, match="there is nothing to approve any more"):
        approve_order(order, by=supervisor)
    assert WorkOrder.objects.get().status == "in_progress"


def test_whoever_starts_an_order_of_nobody_takes_it(asset, technician):
    order = create_order_of(asset, by=technician, status="in_progress")
    assert order.assigned_to == technician and order.started_at


def test_a_draft_is_not_started(asset, technician):
    with pytest.raises(BrokenRule, match="is draft"):
        start_order(create_order_of(asset, by=technician), by=technician)


def test_in_transit_only_a_breakdown_starts_and_says_why(asset, technician):
    order = create_order_of(asset, by=technician, status="ready")
    plan = create_order_of(asset, by=technician, status="ready", origin="pm")
    Asset.objects.filter(pk=asset.pk).update(status="in_transit")

    for one, reason, word in ((plan, "now", "when it has arrived"), (order, " ", "say why")):
        with pytest.raises(BrokenRule, match=word):
            start_order(one, by=technician, reason=reason)
    begun = start_order(order, by=technician, reason=" burning ")
    assert (begun.status, begun.reason) == ("in_progress", "burning")


def test_hold_is_a_reason_beside_in_progress(asset, technician):
    order = create_order_of(asset, by=technician, status="in_progress")
    held = hold_order(order, "parts", by=technician)
    assert (held.status, held.hold_reason) == ("in_progress", "parts")
    assert resume_order(held, by=technician).hold_reason == ""
    with pytest.raises(BrokenRule, match="not on hold"):
        resume_order(held, by=technician)
    with pytest.raises(BrokenRule, match="not in progress"):
        hold_order(create_order_of(asset, by=technician), "parts", by=technician)
    with pytest.raises(BrokenRule, match="Say why it is on hold"):
        hold_order(held, "lunch", by=technician)


def test_an_order_is_given_back_by_who_has_it_or_a_supervisor(asset, technician, supervisor):
    order = create_order_of(asset, by=technician, status="in_progress")
    colleague = create_person(tenant=asset.tenant, role="technician")
    with pytest.raises(NotAllowed):
        return_order(order, by=colleague)
    assert return_order(order, by=technician).status == "ready"
    assert return_order(order, by=supervisor).status == "draft"


def test_what_is_booked_is_given_back_by_a_supervisor_with_a_reason(asset, technician, supervisor):
    order = create_order_of(asset, by=technician, status="in_progress")
    task = WorkOrderTask.objects.create(tenant=asset.tenant, work_order=order, description="Look")
    record_task(task, "pass", by=technician)
    with pytest.raises(NotAllowed):
        return_order(order, by=technician)
    with pytest.raises(BrokenRule, match="Say why"):
        return_order(order, by=supervisor)
    assert return_order(order, by=supervisor, reason="ill").status == "ready"


def test_a_stale_page_changes_nothing(asset, supervisor):
    order = create_order_of(asset, by=supervisor)
    approve_order(order, by=supervisor)
    with pytest.raises(Conflict):
        assign_order(order, supervisor, by=supervisor, seen=order.version)


def test_work_is_given_to_people_of_the_plant(asset, supervisor, technician):
    order = create_order_of(asset, by=supervisor)
    for person in (technician, None):
        assign_order(order, person, by=supervisor)
        assert WorkOrder.objects.get().assigned_to == person
    with pytest.raises(BrokenRule, match="cannot be given"):
        assign_order(order, create_person(tenant=create_tenant(name="South")), by=supervisor)


# --- tasks ---


@pytest.mark.parametrize(
    "kind, result, value, comment, answer",
    [
        ("check", "pass", "", "", "pass"),
        ("check", "fail", "", "cracked", "fail"),
        ("check", "fail", "", "", BrokenRule),
        ("check", "not_applicable", "", "no belt", "not_applicable"),
        ("check", "not_applicable", "", "", BrokenRule),
        ("check", "nonsense", "", "", BrokenRule),
        ("number", "input", "5,5", "", "pass"),
        ("number", "input", "5", "", "pass"),
        ("number", "input", "10", "", "pass"),
        ("number", "pass", "10.1", "hot", "fail"),
        ("number", "pass", "10.1", "", BrokenRule),
        ("number", "input", "NaN", "x", BrokenRule),
        ("number", "input", "1e308", "x", BrokenRule),
        ("text", "input", " ", "", BrokenRule),
        ("text", "input", "oil is brown", "", "input"),
    ],
)
def test_what_a_task_comes_to(asset, technician, kind, result, value, comment, answer):
    order = create_order_of(asset, by=technician, status="in_progress")
    task = WorkOrderTask.objects.create(
        tenant=asset.tenant, work_order=order, description="Look", kind=kind, min=5, max=10
    )
    if answer is BrokenRule:
        with pytest.raises(BrokenRule):
            record_task(task, result, by=technician, value=value, comment=comment)
    else:
        found = record_task(task, result, by=technician, value=value, comment=comment)
        assert (found.result, found.done_by) == (answer, technician)


# --- finished, closed, reopened, cancelled ---


def test_an_order_is_not_closed_while_a_mandatory_task_is_open(asset, technician, codes):
    order = create_order_of(asset, by=technician, status="in_progress")
    WorkOrderTask.objects.create(tenant=asset.tenant, work_order=order, description="Grease", is_mandatory=False)
    task = WorkOrderTask.objects.create(tenant=asset.tenant, work_order=order, description="Look for leaks")
    for act in (finish_order, close_order):
        with pytest.raises(BrokenRule, match="Still to be done: “Look for leaks”"):
            act(order, by=technician)
    record_task(task, "pass", by=technician)
    assert close_order(order, by=technician, **codes).status == "closed"


def test_a_corrective_order_says_what_was_wrong_why_and_what_helped(asset, technician, codes):
    order = create_order_of(asset, by=technician, status="in_progress")
    with pytest.raises(BrokenRule, match="cause, remedy"):
        close_order(order, by=technician, problem=codes["problem"])
    with pytest.raises(BrokenRule, match="no code for that"):
        close_order(order, by=technician, **codes | {"cause": codes["remedy"]})


def test_finishing_ends_the_downtime(asset, technician):
    began = timezone.now() - timedelta(hours=3)
    order = create_order_of(asset, by=technician, status="in_progress", down_from=began)
    done = finish_order(order, by=technician, performed_at=began + timedelta(hours=2))
    assert (done.status, done.down_until) == ("in_progress", began + timedelta(hours=2))
    with pytest.raises(BrokenRule, match="future"):
        finish_order(order, by=technician, performed_at=timezone.now() + timedelta(hours=1))


def test_finishing_says_who_did_it_when_and_waits_for_nobody_unless_it_is_critical(asset, technician):
    at = timezone.now() - timedelta(minutes=5)

    done = finish_order(create_order_of(asset, by=technician, status="in_progress"), by=technician, at=at)

    assert (done.finished_at, done.finished_by, done.performed_at, done.hold_reason) == (at, technician, at, "")


def test_closing_ends_the_downtime_and_is_dated_in_the_past(asset, technician, codes):
    began = timezone.now() - timedelta(hours=3)
    order = create_order_of(asset, by=technician, status="in_progress", down_from=began)
    with pytest.raises(BrokenRule, match="future"):
        close_order(order, by=technician, performed_at=timezone.now() + timedelta(hours=1), **codes)

    done = close_order(order, by=technician, performed_at=began - timedelta(hours=1), **codes)

    assert done.down_until == began  # it runs again no earlier than it stood


def test_a_critical_order_that_nobody_finished_is_closed_by_another_than_whose_it_is(asset, technician, codes):
    order = create_order_of(asset, by=technician, status="in_progress", priority="critical")

    with pytest.raises(NotAllowed, match="another person"):
        close_order(order, by=technician, **codes)


def test_a_critical_order_is_closed_by_another_than_who_finished_it(asset, technician, supervisor, codes):
    order = create_order_of(asset, by=technician, status="in_progress", priority="critical")
    at = timezone.now() - timedelta(hours=1)
    finish_order(order, by=supervisor, at=at)

    with pytest.raises(NotAllowed, match="another person"):
        close_order(order, by=supervisor, **codes)
    closed = close_order(order, by=technician, **codes)

    assert (closed.finished_by, closed.finished_at, closed.performed_at) == (supervisor, at, at)
    assert (closed.closed_by, closed.problem) == (technician, codes["problem"])


def test_closing_finishes_what_nobody_finished_and_says_whether_it_was_done(tenant, asset, technician):
    create_schedule(asset=asset, interval_meter=Decimal(250), interval_days=30, first_due_date=FIRST)
    order = preventive(tenant, technician)
    with pytest.raises(BrokenRule, match="whether it was done"):
        close_order(order, by=technician, outcome="perhaps", reason="so")
    at = timezone.now() - timedelta(hours=1)

    closed = close_order(order, by=technician, outcome="not_done", reason="so", meter_reading=Decimal(9), at=at)

    assert (closed.finished_by, closed.finished_at, closed.closed_at) == (technician, at, at)
    assert not MeterReading.objects.exists()  # of what was not done, nothing is read


@pytest.mark.parametrize("is_preventive", [True, False])
def test_an_order_that_no_meter_made_takes_no_reading(tenant, asset, technician, codes, is_preventive):
    create_schedule(asset=asset, first_due_date=FIRST)
    begun = (
        preventive(tenant, technician) if is_preventive else create_order_of(asset, by=technician, status="in_progress")
    )

    with pytest.raises(BrokenRule, match="enter the reading at the asset"):
        close_order(begun, by=technician, meter_reading=Decimal(9), **codes)


def test_what_a_longer_schedules_order_does_is_opened_again_with_that_one(tenant, asset, technician, supervisor):
    short = create_schedule(asset=asset, first_due_date=FIRST)
    (covered,) = generate_orders(tenant, as_of=FIRST).orders
    short.suppressed_by_schedule = create_schedule(
        asset=asset, name="Quarterly", interval_months=3, first_due_date=FIRST
    )
    save_schedule(short, by=supervisor)
    (order,) = generate_orders(tenant, as_of=FIRST).orders

    with pytest.raises(BrokenRule, match=f"done with {order}; reopen that one"):
        reopen_order(covered, by=supervisor, reason="Again")
    close_order(start_order(approve_order(order, by=supervisor), by=technician), by=technician)
    with pytest.raises(BrokenRule, match="Say why"):
        reopen_order(order, by=supervisor, reason=" ")


def test_a_task_is_answered_once_its_order_is_begun(asset, technician):
    order = create_order_of(asset, status="ready")
    task = WorkOrderTask.objects.create(tenant=asset.tenant, work_order=order, description="Look")

    with pytest.raises(BrokenRule, match="start it first"):
        record_task(task, "pass", by=technician)


def test_a_critical_order_is_closed_by_another_person_but_in_agile_mode(tenant, asset, technician, supervisor, codes):
    order = create_order_of(asset, by=technician, status="in_progress", priority="critical")
    assert finish_order(order, by=technician).hold_reason == "review"
    with pytest.raises(NotAllowed, match="another person"):
        close_order(order, by=technician, **codes)
    assert close_order(order, by=supervisor, **codes).closed_by == supervisor

    tenant.settings = {"agile_mode": True}
    tenant.save()
    order = create_order_of(asset, by=technician, status="in_progress", priority="critical")
    assert close_order(order, by=technician, **codes).status == "closed"


def test_closing_dates_the_schedule_and_all_that_was_covered(tenant, asset, technician):
    long = create_schedule(asset=asset, name="Quarterly", interval_months=3, first_due_date=FIRST)
    short = create_schedule(asset=asset, first_due_date=FIRST, suppressed_by_schedule=long)
    order = preventive(tenant, technician)

    close_order(order, by=technician, performed_at=NOON)

    assert due(long) == (2, date(2026, 4, 30)) and due(short) == (2, date(2026, 2, 28))
    assert short.last_performed_date == FIRST
    assert {credit.pm_schedule for credit in order.credits.all()} == {long, short}  # the evidence
    assert generate_orders(tenant, as_of=FIRST).orders == []
    assert [order.pm_schedule for order in generate_orders(tenant, as_of=date(2026, 2, 28)).orders] == [short]


def test_done_early_a_floating_schedule_counts_from_then_and_what_was_covered_does_not_go_back(
    tenant, asset, technician
):
    long = create_schedule(asset=asset, name="Quarterly", interval_months=3, first_due_date=FIRST)
    short = create_schedule(asset=asset, first_due_date=FIRST, suppressed_by_schedule=long)

    close_order(preventive(tenant, technician), by=technician, performed_at=NOON - timedelta(days=108))

    assert due(long) == (2, date(2026, 1, 15)) and due(short) == (2, FIRST)


@pytest.mark.parametrize("outcome", ["done", "not_done"])
def test_a_schedule_that_has_gone_on_is_moved_by_no_order_of_a_former_cycle(tenant, asset, technician, outcome):
    schedule = create_schedule(asset=asset, first_due_date=FIRST)
    order = preventive(tenant, technician)
    PmSchedule.objects.update(cycle=3)

    close_order(order, by=technician, outcome=outcome, reason="so")

    assert due(schedule) == (3, FIRST) and not order.credits.exists()


def test_reopening_withdraws_the_credit_until_it_is_closed_again(tenant, asset, technician, supervisor):
    long = create_schedule(asset=asset, name="Quarterly", interval_months=3, first_due_date=FIRST)
    short = create_schedule(asset=asset, first_due_date=FIRST, suppressed_by_schedule=long)
    before = due(long), due(short)
    order = close_order(preventive(tenant, technician), by=technician, performed_at=NOON)

    order = reopen_order(order, by=supervisor, reason="still leaks")

    assert (order.status, (due(long), due(short))) == ("in_progress", before)
    assert generate_orders(tenant, as_of=FIRST).orders == []  # it is open, and covers
    close_order(order, by=technician, performed_at=NOON + timedelta(days=1))
    assert due(long) == (2, date(2026, 5, 1)) and due(short) == (2, date(2026, 3, 1))
    reopen_order(order, by=supervisor, reason="and again")
    assert (due(long), due(short)) == before


def test_reopening_brings_back_both_legs_and_the_day_of_the_month(tenant, asset, technician, supervisor):
    post_reading(asset, "run_hours", 900, by=None)
    schedule = create_schedule(
        asset=asset, interval_months=1, interval_meter=Decimal(250), first_due_date=FIRST, first_due_meter=Decimal(1000)
    )
    schedule.refresh_from_db()
    before = schedule.standing
    order = close_order(preventive(tenant, technician), by=technician, performed_at=NOON + timedelta(days=9))
    schedule.refresh_from_db()
    assert (schedule.anchor_day, schedule.next_due_meter) == (9, Decimal(1150))

    reopen_order(order, by=supervisor, reason="still leaks")

    schedule.refresh_from_db()
    assert schedule.standing == before


def test_an_order_stays_closed_when_the_next_one_is_made(tenant, asset, technician, supervisor):
    create_schedule(asset=asset, first_due_date=FIRST)
    order = close_order(preventive(tenant, technician), by=technician, performed_at=NOON)
    PmSchedule.objects.update(cycle=3)
    with pytest.raises(BrokenRule, match="has gone on since .another cycle"):
        reopen_order(order, by=supervisor, reason="still leaks")
    PmSchedule.objects.update(cycle=2)
    (later,) = generate_orders(tenant, as_of=date(2026, 3, 1)).orders

    with pytest.raises(BrokenRule, match=f"has gone on since .{later}"):
        reopen_order(order, by=supervisor, reason="still leaks")


def test_a_cycle_is_not_opened_again_where_a_longer_order_does_the_next_one(tenant, asset, technician, supervisor):
    yearly = create_schedule(asset=asset, name="Yearly", interval_months=12, first_due_date=date(2026, 2, 28))
    short = create_schedule(asset=asset, first_due_date=FIRST, suppressed_by_schedule=yearly, grace_days=1)
    order = close_order(preventive(tenant, technician), by=technician, performed_at=NOON)
    (later,) = generate_orders(tenant, as_of=date(2026, 2, 28)).orders
    assert [cover.pm_schedule for cover in later.covered_cycles.all()] == [short]

    with pytest.raises(BrokenRule, match=f"has gone on since .{later}"):
        reopen_order(order, by=supervisor, reason="still leaks")


@pytest.mark.parametrize("outcome", ["done", "not_done"])
def test_an_order_ends_the_cycles_that_it_covers_and_no_others(tenant, asset, technician, outcome):
    shorts = []
    for place in (asset, create_asset(tenant=tenant)):
        long = create_schedule(asset=place, name="Quarterly", interval_months=3, first_due_date=FIRST)
        shorts.append(create_schedule(asset=place, first_due_date=FIRST, suppressed_by_schedule=long))
    order, other = generate_orders(tenant, as_of=FIRST).orders

    close_order(
        start_order(approve_order(order, by=technician), by=technician), by=technician, outcome=outcome, reason="so"
    )

    assert sorted(due(short)[0] for short in shorts) == [1, 2]
    assert [cover.is_open for cover in other.covered_cycles.all()] == [True]


def not_done(order, by):
    return close_order(order, by=by, outcome="not_done", reason="no access")


def test_reopening_what_was_not_done_takes_back_what_it_skipped(tenant, asset, technician, supervisor):
    long = create_schedule(asset=asset, name="Quarterly", interval_months=3, first_due_date=FIRST)
    short = create_schedule(asset=asset, first_due_date=FIRST, suppressed_by_schedule=long)
    before = due(long), due(short)
    order = not_done(preventive(tenant, technician), technician)

    for _time in range(2):  # however often
        order = reopen_order(order, by=supervisor, reason="open again")
        assert (due(long), due(short)) == before
        assert generate_orders(tenant, as_of=FIRST).orders == []  # it is open, and covers
        order = not_done(order, technician)
    close_order(reopen_order(order, by=supervisor, reason="done after all"), by=technician, performed_at=NOON)

    assert due(long) == (2, date(2026, 4, 30)) and due(short) == (2, date(2026, 2, 28))


def test_what_was_not_done_stays_closed_when_the_next_one_is_made(tenant, asset, technician, supervisor):
    create_schedule(asset=asset, first_due_date=FIRST)
    order = not_done(preventive(tenant, technician), technician)
    generate_orders(tenant, as_of=date(2026, 3, 1))

    with pytest.raises(BrokenRule, match="has gone on since"):
        reopen_order(order, by=supervisor, reason="done after all")


def test_what_was_covered_and_has_gone_on_is_left_alone_by_reopening(tenant, asset, technician, supervisor):
    """The shorter one came back with the order that was not done, and was done by itself; its next cycle joins again."""
    long = create_schedule(asset=asset, name="Quarterly", interval_months=3, first_due_date=FIRST)
    short = create_schedule(asset=asset, first_due_date=FIRST, suppressed_by_schedule=long, grace_days=40)
    order = not_done(preventive(tenant, technician), technician)
    own = preventive(tenant, technician)
    close_order(own, by=technician, performed_at=NOON)

    order = reopen_order(order, by=supervisor, reason="open again")
    assert due(short) == (3, date(2026, 2, 28))
    generate_orders(tenant, as_of=date(2026, 2, 28))
    order = close_order(order, by=technician, performed_at=NOON + timedelta(days=28))
    reopen_order(order, by=supervisor, reason="still leaks")

    assert due(short) == (3, date(2026, 2, 28))
    assert [cover.cycle for cover in order.covered_cycles.filter(is_open=True)] == [3]


def test_a_cancelled_order_skips_its_cycle_and_frees_what_it_covered(tenant, asset, supervisor):
    long = create_schedule(asset=asset, name="Quarterly", interval_months=3, first_due_date=FIRST)
    short = create_schedule(asset=asset, first_due_date=FIRST, suppressed_by_schedule=long)
    (order,) = generate_orders(tenant, as_of=FIRST).orders
    with pytest.raises(BrokenRule, match="Say why"):
        cancel_order(order, by=supervisor, reason=" ")

    cancel_order(order, by=supervisor, reason="no time")

    assert due(long) == (2, date(2026, 4, 30)) and due(short)[1] == FIRST
    assert long.last_performed_date is None
    (again,) = generate_orders(tenant, as_of=FIRST).orders
    assert (again.pm_schedule, again.due_date) == (short, FIRST)


def test_not_done_credits_nothing(tenant, asset, technician):
    schedule = create_schedule(asset=asset, first_due_date=FIRST)
    order = preventive(tenant, technician)
    with pytest.raises(BrokenRule, match="Say why"):
        close_order(order, by=technician, outcome="not_done")

    closed = close_order(order, by=technician, outcome="not_done", reason="no access")

    assert (closed.status, closed.outcome, closed.credits.count()) == ("closed", "not_done", 0)
    assert due(schedule) == (2, date(2026, 2, 28)) and schedule.last_performed_date is None


def test_a_meter_leg_counts_from_the_reading_that_is_given(tenant, asset, technician):
    schedule = create_schedule(
        asset=asset, interval_days=30, interval_meter=Decimal(250), first_due_date=FIRST, first_due_meter=Decimal(1000)
    )
    close_order(preventive(tenant, technician), by=technician, performed_at=NOON, meter_reading=Decimal(990))
    schedule.refresh_from_db()
    assert (schedule.next_due_date, schedule.next_due_meter) == (date(2026, 3, 2), Decimal(1240))


@pytest.mark.parametrize("given, comes", [(Decimal(1010), 1260), (None, 1270)])
def test_a_meter_leg_counts_from_what_the_meter_showed_then_and_without_a_reading_from_what_it_shows(
    tenant, asset, technician, given, comes
):
    schedule = create_schedule(asset=asset, interval_meter=Decimal(250), first_due_meter=Decimal(1000))
    by_date = create_schedule(asset=asset, name="By date", first_due_date=FIRST)
    then = timezone.now() - timedelta(days=3)
    post_reading(asset, "run_hours", 1005, by=None, read_at=then - timedelta(days=1))
    post_reading(asset, "run_hours", 1020, by=None)
    orders = {order.pm_schedule_id: order for order in WorkOrder.objects.all()}

    for order in orders.values():
        start_order(approve_order(order, by=technician), by=technician)
    close_order(orders[schedule.pk], by=technician, performed_at=then, meter_reading=given)
    close_order(orders[by_date.pk], by=technician)

    schedule.refresh_from_db()
    by_date.refresh_from_db()
    assert (schedule.next_due_meter, schedule.last_performed_meter) == (comes, comes - 250)
    assert orders[schedule.pk].credits.get().performed_meter == comes - 250
    assert by_date.last_performed_meter is None  # it has no such leg


def test_a_schedule_changed_while_its_order_is_open_is_credited_with_what_it_asks_for_now(tenant, asset, technician):
    schedule = create_schedule(asset=asset, first_due_date=FIRST)
    order = preventive(tenant, technician)
    schedule.refresh_from_db()
    schedule.interval_months = 6
    seen = save_schedule(schedule, by=None).version
    close_order(order, by=technician, performed_at=NOON)
    assert due(schedule) == (2, date(2026, 7, 31))
    with pytest.raises(Conflict):  # it was seen as it stood before
        save_schedule(schedule, by=None, seen=seen)


@pytest.mark.parametrize("performed_at", [NOON - timedelta(days=5), NOON, NOON + timedelta(days=5)])
def test_a_fixed_schedule_that_is_changed_goes_on_after_what_was_done(tenant, asset, technician, performed_at):
    schedule = create_schedule(
        asset=asset, interval_months=1, interval_meter=Decimal(250), anchor="fixed", first_due_date=FIRST,
        first_due_meter=Decimal(1000),
    )  # fmt: skip
    order = preventive(tenant, technician)
    close_order(order, by=technician, performed_at=performed_at, meter_reading=Decimal(1010))
    schedule.refresh_from_db()

    schedule.interval_months = 2

    changed = save_schedule(schedule, by=None)
    assert (changed.next_due_date, changed.next_due_meter, changed.anchor_day) == (date(2026, 3, 31), 1250, 31)
    assert (changed.cycle, changed.last_performed_date) == (2, performed_at.date())


def test_a_fixed_schedule_that_is_changed_goes_on_after_what_was_skipped(tenant, asset, supervisor):
    schedule = create_schedule(asset=asset, anchor="fixed", first_due_date=FIRST)
    (order,) = generate_orders(tenant, as_of=FIRST).orders
    cancel_order(order, by=supervisor, reason="no time")
    schedule.refresh_from_db()

    schedule.interval_months = 2
    assert save_schedule(schedule, by=None).next_due_date == date(2026, 3, 31)
    schedule.interval_months, schedule.interval_days = None, 10
    assert save_schedule(schedule, by=None).next_due_date == date(2026, 2, 10)
    schedule.interval_months, schedule.interval_days = 1, None
    assert (save_schedule(schedule, by=None).next_due_date, schedule.anchor_day) == (date(2026, 2, 28), 31)
    schedule.first_due_date = date(2026, 6, 1)  # unless somebody says when
    assert save_schedule(schedule, by=None).next_due_date == date(2026, 6, 1)
    schedule.interval_months, schedule.interval_meter = None, Decimal(250)  # or asks for another thing
    assert save_schedule(schedule, by=None).next_due_date is None


def test_days_become_months_of_the_day_on_which_it_was_due_last(tenant, asset, supervisor):
    schedule = create_schedule(asset=asset, anchor="fixed", interval_days=10, first_due_date=FIRST)
    for day in (FIRST, date(2026, 2, 10)):
        (order,) = generate_orders(tenant, as_of=day).orders
        cancel_order(order, by=supervisor, reason="no time")
    schedule.refresh_from_db()

    schedule.interval_months, schedule.interval_days = 1, None

    assert save_schedule(schedule, by=None).next_due_date == date(2026, 3, 10)


def test_a_fixed_schedule_that_is_changed_counts_from_what_its_open_order_is_due_at(tenant, asset, technician):
    schedule = create_schedule(asset=asset, anchor="fixed", last_performed_date=FIRST)
    (order,) = generate_orders(tenant, as_of=date(2026, 2, 28)).orders
    schedule.refresh_from_db()
    schedule.interval_months = 2
    assert save_schedule(schedule, by=None).next_due_date == date(2026, 2, 28)

    close_order(start_order(approve_order(order, by=technician), by=technician), by=technician, performed_at=NOON)

    assert due(schedule) == (2, date(2026, 4, 30))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_at_once_one_closes_and_the_other_is_told_who_did():
    plant = create_tenant()
    with tenant_context(plant):
        people = [create_person(tenant=plant, name=name) for name in ("Ada", "Ben")]
        schedule = create_schedule(asset=create_asset(tenant=plant), first_due_date=FIRST)
        order = preventive(plant, people[0])

    def close(n):
        try:
            with tenant_context(plant):
                return close_order(order, by=people[n], performed_at=NOON).status
        except BrokenRule as refused:
            return str(refused)

    answers = sorted(at_once(2, close))

    with tenant_context(plant):
        closer = WorkOrder.objects.get().closed_by
        assert answers == sorted(["closed", f"WO-000001 was closed by {closer} already."])
        assert PmSchedule.objects.get(pk=schedule.pk).cycle == 2
