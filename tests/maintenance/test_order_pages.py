"""Orders on their pages: the list that filters find, an order's page, and each act on it by its own address."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.uploads import attachments_of
from apps.inventory import services as stores
from apps.inventory.models import Reservation, Wallet
from apps.maintenance import services
from apps.maintenance.models import (
    FailureCode,
    LabourEntry,
    OrderComment,
    OrderStatus,
    TaskKind,
    WorkOrder,
    WorkOrderTask,
)
from apps.registry.models import MeterReading
from apps.registry.services import post_reading
from tests.factories import (
    create_asset,
    create_location,
    create_order_of,
    create_part,
    create_person,
    create_report_of,
    create_schedule,
    create_stock,
    create_tenant,
    create_warehouse,
    photo,
)

HTMX = {"HX-Request": "true"}


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant, name="Edge grinder", identity={"client_code": "P-101"})


@pytest.fixture
def begun(asset, technician):
    """An order that the technician works on."""
    return create_order_of(asset, status="in_progress", by=technician, title="It leaks")


@pytest.fixture
def codes(tenant):
    return {
        kind: FailureCode.objects.create(tenant=tenant, kind=kind, code=kind, name=kind.capitalize())
        for kind in ("problem", "cause", "remedy")
    }


def client_of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def at(name, order, row=None) -> str:
    return reverse(f"maintenance:{name}", args=[order.number, *([row.pk] if row else [])])


def press(who, name, order, row=None, **body):
    """An act on an order, as a page sends it; followed to the page that it leads to."""
    return client_of(who).post(at(name, order, row), {"seen": order.version} | body)


def task_of(order, **fields):
    return WorkOrderTask.objects.create(
        tenant=order.tenant, work_order=order, **({"description": "Belt tension"} | fields)
    )


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def statements(asked) -> int:
    """Those of a served request: without its transaction's ends, and without the context that a test has around it."""
    ends = ("SAVEPOINT", "RELEASE", "select coalesce(current_setting", "select set_config")
    return sum(not row["sql"].startswith(ends) for row in asked.captured_queries)


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


# -- the list -----------------------------------------------------------------------------------------------------------


def numbers(client, **query) -> list[str]:
    return [order.number for order, *_rest in client.get("/work-orders/", query).context["rows"]]


def test_the_list_shows_open_orders_by_their_due_dates(asset, technician):
    today = timezone.localdate(timezone=asset.tenant.zone)
    late = create_order_of(asset, due_date=today - timedelta(days=2), title="Late")
    without = create_order_of(asset, title="Some time")
    soon = create_order_of(asset, due_date=today, title="Today", assigned_to=technician)
    over = create_order_of(asset, title="Over")
    WorkOrder.objects.filter(pk=over.pk).update(status="cancelled")
    client = client_of(technician)

    page = client.get("/work-orders/")

    assert numbers(client) == [late.number, soon.number, without.number]
    assert "late by 2 days" in page.text and "today" in page.text and "P-101" in page.text


def test_each_filter_finds_its_orders(tenant, asset, technician, supervisor):
    hall = create_location(tenant=tenant, name="Hall 2", type="building", parent=asset.location)
    pump = create_asset(tenant=tenant, name="Pump", location=hall)
    mine = create_order_of(asset, status="in_progress", by=technician, priority="critical", title="Mine")
    held = create_order_of(pump, status="in_progress", by=supervisor, title="Held", due_date=date(2026, 1, 2))
    WorkOrder.objects.filter(pk=held.pk).update(hold_reason="parts")
    nobodys = create_order_of(pump, origin="cm", title="Nobody's")
    client = client_of(technician)

    for query, found in [
        ({"assigned_to": "me"}, [mine]),
        ({"assigned_to": "none"}, [nobodys]),
        ({"assigned_to": str(supervisor.pk)}, [held]),
        ({"hold": "any"}, [held]),
        ({"hold": "access"}, []),
        ({"overdue": "1"}, [held]),
        ({"priority": "critical"}, [mine]),
        ({"origin": "cm"}, [nobodys]),
        ({"status": "draft"}, [nobodys]),
        ({"asset": str(asset.pk)}, [mine]),
        ({"location": str(hall.pk)}, [held, nobodys]),
        ({"location": str(asset.location_id)}, [held, mine, nobodys]),
        ({"q": "edge"}, [mine]),
        ({"q": "nobod"}, [nobodys]),
        ({"q": held.number[-4:]}, [held]),
        ({"priority": "no such", "asset": "x", "assigned_to": "y"}, [held, mine, nobodys]),
    ]:
        assert numbers(client, **query) == [order.number for order in found], query
        rows = list(csv.DictReader(io.StringIO(b"".join(client.get("/work-orders/csv/", query)).decode("utf-8-sig"))))
        assert [row["number"] for row in rows] == [order.number for order in found], query


def test_a_persons_own_places_narrow_the_list_but_not_what_is_theirs(tenant, asset, technician):
    elsewhere = create_location(tenant=tenant, name="Plant 2")
    pump = create_asset(tenant=tenant, name="Pump", location=elsewhere)
    here, there = create_order_of(asset, title="Here"), create_order_of(pump, title="There")
    mine = create_order_of(pump, title="Mine", assigned_to=technician)
    technician.locations = [str(asset.location_id)]
    technician.save()
    client = client_of(technician)

    assert set(numbers(client)) == {here.number, mine.number}
    assert set(numbers(client, all="1")) == {here.number, there.number, mine.number}


def test_pages_of_the_list_follow_one_another(asset, technician, monkeypatch):
    monkeypatch.setattr("apps.maintenance.views.orders.PAGE", 2)
    orders = [create_order_of(asset, title=f"No. {number}") for number in range(5)]
    client, seen, after = client_of(technician), [], ""
    for _page in range(3):
        answer = client.get("/work-orders/", {"after": after})
        seen += [order.number for order, *_rest in answer.context["rows"]]
        after = answer.context["next"]

    assert seen == [order.number for order in orders] and after == ""


@pytest.mark.parametrize("query", [{}, {"status": "all", "q": "leaks"}])
def test_the_list_costs_the_same_however_long_it_is(asset, technician, query):
    client, counts = client_of(technician), []
    for many in (2, 12):
        for _number in range(many):
            create_order_of(asset, title="It leaks", assigned_to=technician)
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/work-orders/", query).status_code == 200
        counts.append(statements(asked))

    assert counts[0] == counts[1] <= 6


def test_another_plants_orders_are_not_in_the_list(tenant, technician):
    other = create_tenant(name="B")
    with tenant_context(other):
        theirs = create_order_of(create_asset(tenant=other, name="SECRET"), title="SECRET")

    client = client_of(technician)
    assert "SECRET" not in client.get("/work-orders/", {"status": "all"}).text
    assert client.get(f"/work-orders/{theirs.number}X/").status_code == 404


# -- new and changed ----------------------------------------------------------------------------------------------------


def test_a_technician_makes_an_order_for_an_asset(asset, technician):
    client = client_of(technician)

    page = client.get("/work-orders/new/", {"asset": "P-101"})
    answer = client.post(
        "/work-orders/new/", {"asset": "P-101", "title": "It leaks", "origin": "cm", "priority": "high"}, follow=True
    )

    assert 'value="P-101"' in page.text and "assigned_to" not in page.text
    order = WorkOrder.objects.get()
    assert (order.asset, order.status, order.created_by) == (asset, OrderStatus.DRAFT, technician)
    assert f"{order.number} is there." in answer.text


def test_an_order_for_nothing_and_one_that_ends_before_it_begins_are_refused(asset, supervisor):
    client = client_of(supervisor)
    good = {"asset": "P-101", "title": "It leaks", "origin": "cm", "priority": "high"}
    for wrong, said in [
        ({"asset": ""}, "Say what it is for"),
        ({"asset": "P-999"}, "No asset has the code"),
        ({"planned_start": "2030-01-02T10:00", "planned_end": "2030-01-02T09:00"}, "It cannot end before it begins."),
        ({"due_date": "1999-01-01"}, "from 2000 to 2099"),
        ({"origin": "pm"}, "Select a valid choice"),
    ]:
        answer = client.post("/work-orders/new/", good | wrong)
        assert answer.status_code == 422 and said in answer.text, wrong
    assert not WorkOrder.objects.exists()


def test_a_supervisor_changes_what_an_order_says_but_not_over_anothers_change(asset, supervisor, technician):
    order = create_order_of(asset)
    body = {"title": "It drips", "priority": "low", "seen": order.version}

    answer = client_of(supervisor).post(at("order_change", order), body, follow=True)
    again = client_of(supervisor).post(at("order_change", order), body)

    assert f"{order.number} is changed." in answer.text and fresh(order).title == "It drips"
    assert again.status_code == 409 and "has changed meanwhile" in again.text
    assert client_of(technician).post(at("order_change", order), body).status_code == 403


# -- an order's page ----------------------------------------------------------------------------------------------------


def test_the_page_offers_the_next_step_to_whom_it_belongs(asset, technician, supervisor, operator):
    order = create_order_of(asset)

    assert "It waits for a supervisor" in client_of(technician).get(at("order_detail", order)).text
    assert at("order_approve", order) in client_of(supervisor).get(at("order_detail", order)).text
    page = client_of(operator).get(at("order_detail", order)).text
    assert "<form" not in page.partition('<div id="order"')[2].partition('<div id="toast"')[0]


def test_a_technician_starts_and_closes_a_repair_in_five_presses(asset, technician, codes):
    order = create_order_of(asset, status="ready")
    told = {kind: code.pk for kind, code in codes.items()}

    started = press(technician, "order_start", order)
    order = fresh(order)
    closed = press(technician, "order_close", order, outcome="done", **told)

    assert started.status_code == closed.status_code == 302
    order = fresh(order)
    assert (order.status, order.closed_by, order.problem) == (OrderStatus.CLOSED, technician, codes["problem"])


def test_one_press_gives_all_three_codes_that_are_usual(asset, technician, codes, begun):
    first = press(technician, "order_close", begun, outcome="done", **{kind: code.pk for kind, code in codes.items()})
    order = create_order_of(asset, status="in_progress", by=technician)

    page = client_of(technician).get(at("order_detail", order)).text
    usual = "+".join(str(codes[kind].pk) for kind in ("problem", "cause", "remedy"))
    answer = press(technician, "order_close", order, outcome="done", codes=usual)

    assert first.status_code == 302 and f'value="{usual}"' in page
    assert answer.status_code == 302 and fresh(order).remedy == codes["remedy"]


def test_what_is_missing_to_close_is_said_on_the_act_and_as_a_notice(begun, technician):
    answer = press(technician, "order_close", begun, outcome="done")
    fragment = client_of(technician).post(at("order_close", begun), {"outcome": "done"}, headers=HTMX)

    assert answer.status_code == fragment.status_code == 409
    assert "Say what was wrong, why, and what helped" in answer.text
    assert fragment["HX-Retarget"] == "#notices" and "Say what was wrong" in fragment.text
    assert fresh(begun).status == OrderStatus.IN_PROGRESS


def test_the_second_who_closes_is_told_who_did(begun, technician, supervisor, codes):
    told = {"outcome": "done"} | {kind: code.pk for kind, code in codes.items()}
    press(supervisor, "order_close", begun, **told)

    late = press(technician, "order_close", begun, **told)
    fragment = client_of(technician).post(at("order_close", begun), told | {"seen": begun.version}, headers=HTMX)

    assert late.status_code == fragment.status_code == 409
    assert "has changed meanwhile" in late.text and str(supervisor) in late.text
    assert fragment["HX-Retarget"] == "#order" and 'id="order"' in fragment.text


def test_an_order_is_held_resumed_and_given_back(begun, technician):
    press(technician, "order_hold", begun, hold_reason="parts")
    held = fresh(begun)
    page = client_of(technician).get(at("order_detail", held)).text
    press(technician, "order_resume", held)
    resumed = fresh(begun)
    press(technician, "order_return", resumed)

    assert held.hold_reason == "parts" and "On hold: Waiting for parts" in page
    assert resumed.hold_reason == "" and fresh(begun).status == OrderStatus.READY


def test_review_is_no_reason_that_a_person_gives(begun, technician):
    answer = press(technician, "order_hold", begun, hold_reason="review")

    assert answer.status_code == 422 and fresh(begun).hold_reason == ""


def test_a_critical_order_is_finished_by_one_and_closed_by_another(asset, technician, supervisor, codes):
    order = create_order_of(asset, status="in_progress", by=technician, priority="critical")
    told = {"outcome": "done"} | {kind: code.pk for kind, code in codes.items()}

    press(technician, "order_finish", order)
    page = client_of(technician).get(at("order_detail", order)).text
    own = press(technician, "order_close", fresh(order), **told)
    other = press(supervisor, "order_close", fresh(order), **told)

    assert "another person closes it" in page
    assert own.status_code == 403 and other.status_code == 302
    assert fresh(order).closed_by == supervisor


def test_supervisors_approve_assign_cancel_and_reopen(asset, supervisor, technician, codes):
    order = create_order_of(asset)
    press(supervisor, "order_approve", order)
    press(supervisor, "order_assign", fresh(order), person=technician.pk)
    given = fresh(order)
    press(supervisor, "order_assign", given, person="")
    unasked = press(supervisor, "order_cancel", fresh(order), reason="")
    press(supervisor, "order_cancel", fresh(order), reason="Not needed")
    done = create_order_of(asset, status="in_progress", by=technician)
    press(technician, "order_close", done, outcome="not_done", reason="No power")
    press(supervisor, "order_reopen", fresh(done), reason="There is power")

    assert given.status == OrderStatus.READY and given.assigned_to == technician
    assert unasked.status_code == 422 and fresh(order).status == OrderStatus.CANCELLED
    assert fresh(order).assigned_to is None and fresh(done).status == OrderStatus.IN_PROGRESS
    for name in ("order_approve", "order_assign", "order_cancel", "order_reopen"):
        assert press(technician, name, fresh(order)).status_code == 403, name


def test_what_a_phone_kept_says_when_it_happened_and_is_not_stale_by_its_own_acts(asset, technician, codes):
    order = create_order_of(asset, status="ready")
    moment = timezone.now() - timedelta(hours=3)
    said = {"occurred_at": moment.isoformat()}
    body = {kind: code.pk for kind, code in codes.items()} | {"outcome": "done"}

    started = press(technician, "order_start", order, **said)
    later = {"occurred_at": (moment + timedelta(hours=1)).isoformat()}
    closed = press(technician, "order_close", order, **body, **later)  # with the version that was seen before the start

    order = fresh(order)
    assert started.status_code == closed.status_code == 302
    assert order.started_at == moment and order.performed_at == moment + timedelta(hours=1) == order.closed_at


def test_a_moment_to_come_or_too_long_ago_is_refused_but_for_a_clock_that_is_ahead(asset, technician):
    order, now = create_order_of(asset, status="ready"), timezone.now()

    for moment in (now + timedelta(hours=1), now - timedelta(days=8)):
        answer = press(technician, "order_start", order, occurred_at=moment.isoformat())
        assert answer.status_code == 409, moment
    assert press(technician, "order_start", order, occurred_at="yesterday").status_code == 422
    ahead = press(technician, "order_start", order, occurred_at=(now + timedelta(minutes=2)).isoformat())

    assert ahead.status_code == 302 and fresh(order).started_at <= timezone.now()


# -- tasks --------------------------------------------------------------------------------------------------------------


def test_a_passed_check_is_one_press_that_swaps_its_task_alone(begun, technician):
    task = task_of(begun)

    answer = client_of(technician).post(at("task_result", begun, task), {"result": "pass"}, headers=HTMX)

    assert answer.status_code == 200 and fresh(task).result == "pass"
    assert f'id="task-{task.pk}"' in answer.text and 'id="state"' in answer.text and 'id="order"' not in answer.text


def test_a_failure_needs_a_comment_or_a_photo_and_is_followed_up_in_one_press(begun, technician):
    task = task_of(begun)
    bare = press(technician, "task_result", begun, task, result="fail")
    failed = press(technician, "task_result", begun, task, result="fail", photos=photo())
    page = client_of(technician).get(at("order_detail", begun)).text
    press(technician, "task_follow_up", begun, task)

    assert bare.status_code == 409 and "Say what is wrong, or add a photo." in bare.text
    assert failed.status_code == 302 and len(attachments_of([task])[task.pk]) == 1
    assert at("task_follow_up", begun, task) in page
    follow_up = fresh(task).follow_up
    assert follow_up.follows == begun and follow_up.title == "Belt tension"


def test_a_number_judges_itself_and_a_supervisor_may_let_it_be(begun, technician, supervisor):
    task = task_of(begun, kind=TaskKind.NUMBER, min=40, max=75, unit="°C")
    press(technician, "task_result", begun, task, value="80,5", comment="Hot")
    refused = press(technician, "task_waive", begun, task, reason="It holds")
    press(supervisor, "task_waive", begun, task, reason="It holds")

    task = fresh(task)
    assert (task.result, task.value, task.waiver) == ("fail", "80,5", "It holds")
    assert refused.status_code == 403


def test_an_unusual_reading_is_asked_about_once(begun, asset, technician, supervisor):
    task = task_of(begun, kind=TaskKind.METER, meter="odometer")
    for days, value in enumerate((100, 200, 310, 400, 520, 600)):
        read_at = timezone.now() - timedelta(days=6 - days)
        post_reading(asset, "odometer", value, by=supervisor, read_at=read_at)

    asked = press(technician, "task_result", begun, task, value="9000")
    fragment = client_of(technician).post(at("task_result", begun, task), {"value": "9000"}, headers=HTMX)
    answer = press(technician, "task_result", begun, task, value="9000", sure="9000")

    assert asked.status_code == fragment.status_code == 409
    assert 'name="sure" value="9000"' in asked.text and 'name="sure" value="9000"' in fragment.text
    assert answer.status_code == 302 and fresh(task).reading == MeterReading.objects.latest("seq")


def test_a_task_of_another_order_is_not_there(begun, asset, technician):
    other = create_order_of(asset, status="in_progress", by=technician)

    assert press(technician, "task_result", begun, task_of(other), result="pass").status_code == 404


def test_a_task_is_added_to_an_order(begun, technician):
    wrong = press(
        technician, "order_task_new", begun, description="Grease", kind="number", min="5", max="1", meter="run_hours"
    )
    press(technician, "order_task_new", begun, description="Grease", kind="number", min="1", max="5", meter="run_hours")

    assert wrong.status_code == 422
    assert [str(task) for task in begun.tasks.all()] == ["Grease"]


def test_tasks_are_put_in_another_order_within_their_section(tenant, begun, technician, supervisor):
    first, second, third = (
        task_of(begun, description=words, section=section)
        for words, section in (("Belt", ""), ("Oil", ""), ("Wash", "Monthly"))
    )
    client = client_of(supervisor)

    page = client.get(at("order_detail", begun)).text
    press(supervisor, "task_move", begun, second, step="-1")
    swapped = [str(task) for task in begun.tasks.order_by("position")]
    press(supervisor, "task_move", begun, first, step="1")
    press(supervisor, "task_move", begun, third, step="-1")

    assert page.count(at("task_move", begun, first)) == page.count(at("task_move", begun, second)) == 2
    assert at("task_move", begun, third) not in page  # alone in its section
    assert at("task_move", begun, first) not in client_of(technician).get(at("order_detail", begun)).text
    assert swapped == [str(task) for task in begun.tasks.order_by("position")] == ["Oil", "Belt", "Wash"]
    assert press(supervisor, "task_move", begun, first, step="2").status_code == 422


def test_the_tasks_of_an_order_that_is_over_stay_as_they_are(begun, supervisor):
    first, second = task_of(begun), task_of(begun, position=1)
    press(supervisor, "order_close", begun, outcome="not_done", reason="Sold")

    answer = press(supervisor, "task_move", begun, second, step="-1")

    assert answer.status_code == 409 and (fresh(first).position, fresh(second).position) == (0, 1)


# -- time, parts, costs, words ------------------------------------------------------------------------------------------


def test_time_runs_is_stopped_entered_and_taken_back(begun, technician, supervisor):
    press(technician, "order_timer", begun, occurred_at=(timezone.now() - timedelta(minutes=30)).isoformat())
    entry = LabourEntry.objects.get()
    press(technician, "labour_stop", begun, entry)
    press(technician, "order_minutes", begun, minutes="15", note="Cleaned")
    press(supervisor, "order_minutes_of", begun, minutes="20", user=technician.pk)
    page = words(client_of(technician).get(at("order_detail", begun)))
    refused = press(create_person(tenant=begun.tenant, role="technician"), "labour_remove", begun, entry)
    press(technician, "labour_remove", begun, entry)

    assert 30 <= fresh_minutes(entry) <= 31 and "Cleaned" in page
    assert refused.status_code == 403
    assert sorted(begun.labour.values_list("minutes", flat=True)) == [15, 20]


def fresh_minutes(entry) -> int:
    return LabourEntry.history.filter(id=entry.pk, minutes__isnull=False).latest("history_date").minutes


def test_a_timer_that_was_forgotten_asks_for_its_minutes(begun, technician):
    entry = LabourEntry.objects.create(
        tenant=begun.tenant, work_order=begun, user=technician, started_at=timezone.now() - timedelta(hours=20)
    )

    asked = press(technician, "labour_stop", begun, entry)
    press(technician, "labour_stop", begun, entry, minutes="90")

    assert asked.status_code == 409 and "Say how many minutes it was." in asked.text and 'name="minutes"' in asked.text
    assert fresh(entry).minutes == 90


def test_parts_come_from_the_own_wallet_or_a_warehouse_and_go_back(tenant, begun, technician):
    part = create_part(tenant=tenant, sku="6204-2RS")
    store = create_stock(part, 10, warehouse=create_warehouse(tenant=tenant, name="Main store"))
    stores.issue_to_wallet(part, 3, warehouse=store, user=technician, by=None)
    held = stores_wallet(technician)

    page = client_of(technician).get(at("order_detail", begun)).text
    press(technician, "order_use", begun, held=held.pk, quantity="2")
    press(technician, "order_take", begun, part="6204-2RS", quantity="1", warehouse=store.pk)
    too_much = press(technician, "order_take", begun, part="6204-2RS", quantity="99", warehouse=store.pk)
    unknown = press(technician, "order_take", begun, part="nothing", quantity="1", warehouse=store.pk)
    first, second = begun.consumables.order_by("created_at")
    press(technician, "part_undo", begun, first)

    assert "6204-2RS Ball bearing (3 pcs)" in page
    assert (first.source, first.qty_used, second.source) == ("wallet", 2, "warehouse")
    assert too_much.status_code == 409 and unknown.status_code == 422
    assert fresh(first).undone_id and fresh(held).qty_held == 3


def stores_wallet(person):
    return Wallet.objects.get(user=person)


def test_what_an_order_needs_is_reserved_taken_and_let_go(tenant, begun, technician):
    part = create_part(tenant=tenant, sku="6204-2RS")
    store = create_stock(part, 10)
    press(technician, "order_need", begun, part="6204-2RS", quantity="2", warehouse=store.pk)
    need = Reservation.objects.get()
    page = words(client_of(technician).get(at("order_detail", begun)))
    form = client_of(technician).get(at("order_take", begun), {"part": "6204-2RS", "quantity": "2"}, headers=HTMX)
    press(technician, "need_release", begun, need)

    assert "2 pcs still to be taken" in page and 'value="6204-2RS"' in form.text
    assert need.reference == begun.number and not Reservation.objects.exists()


def test_costs_are_for_supervisors(begun, technician, supervisor):
    refused = press(technician, "order_cost", begun, kind="rental", amount="100")
    press(supervisor, "order_cost", begun, kind="rental", amount="100", supplier="Cranes")
    press(supervisor, "order_cost", begun, kind="rental", amount="-30")
    page = client_of(supervisor).get(at("order_detail", begun)).text
    press(supervisor, "cost_remove", begun, begun.costs.get(amount=-30))

    assert refused.status_code == 403 and "70.00 EUR" in page
    assert "EUR" not in client_of(technician).get(at("order_detail", begun)).text
    assert [cost.amount for cost in begun.costs.all()] == [100]


def test_comments_carry_photos_but_not_too_many(begun, technician):
    press(technician, "order_comment", begun, text="The seal is worn.", photos=photo())
    nothing = press(technician, "order_comment", begun, text=" ")
    many = press(technician, "order_comment", begun, text="So", photos=[photo() for _number in range(5)])
    page = client_of(technician).get(at("order_detail", begun)).text

    comment = OrderComment.objects.get()
    assert len(attachments_of([comment])[comment.pk]) == 1 and "The seal is worn." in page
    assert nothing.status_code == many.status_code == 409


# -- all of them --------------------------------------------------------------------------------------------------------


def test_each_act_has_its_form_over_the_page_and_as_a_page(begun, supervisor):
    client = client_of(supervisor)
    for name in ("order_assign", "order_hold", "order_close", "order_cost", "order_take", "order_comment"):
        page, sheet = client.get(at(name, begun)), client.get(at(name, begun), headers=HTMX)
        assert page.status_code == sheet.status_code == 200, name
        assert "<html" in page.text and "<html" not in sheet.text and 'id="sheet-title"' in sheet.text, name


def test_a_press_goes_back_to_the_page_that_it_names_and_to_no_other_host(asset, technician):
    order = create_order_of(asset, status="ready")

    away = press(technician, "order_start", order, next="//evil.example/")
    back = press(technician, "order_hold", fresh(order), hold_reason="parts", next="/work-orders/?hold=any")

    assert away["Location"] == at("order_detail", order) and back["Location"] == "/work-orders/?hold=any"


def test_the_page_costs_the_same_however_much_went_into_it(tenant, asset, supervisor, codes):
    before = create_order_of(asset, status="in_progress", by=supervisor)
    press(supervisor, "order_close", before, outcome="done", **{kind: code.pk for kind, code in codes.items()})
    order = create_order_of(asset, status="in_progress", by=supervisor)
    part = create_part(tenant=tenant)
    store = create_stock(part, 100)
    client, counts = client_of(supervisor), []
    for many in (1, 6):
        for _number in range(many):
            task, other = task_of(order), create_part(tenant=tenant)
            stores.issue_to_wallet(other, 2, warehouse=create_stock(other, 5), user=supervisor, by=supervisor)
            services.need_part(order, other, 1, by=supervisor)
            services.merge(create_report_of(asset), order, by=supervisor)
            press(supervisor, "task_result", order, task, result="fail", comment="So")
            press(supervisor, "task_follow_up", order, task)
            press(supervisor, "order_minutes", order, minutes="5")
            press(supervisor, "order_take", order, part=part.sku, quantity="1", warehouse=store.pk)
            press(supervisor, "order_comment", order, text="So", photos=photo())
            press(supervisor, "order_cost", order, kind="other", amount="1")
        with CaptureQueriesContext(connection) as asked:
            page = client.get(at("order_detail", order))
        counts.append(statements(asked))

    assert counts[0] == counts[1] <= 10
    lists = ("tasks", "comments", "photos", "labour", "used", "needs", "costs", "requests", "usual")
    assert [len(page.context[name]) for name in lists] == [7, 7, 0, 7, 7, 7, 7, 7, 1]


def test_nobody_writes_over_anothers_answer_that_was_not_seen(tenant, begun, technician, supervisor):
    task = task_of(begun)
    page = client_of(technician).get(at("order_detail", begun)).text
    press(supervisor, "task_result", begun, task, result="fail", comment="The belt is torn")

    answer = client_of(technician).post(at("task_result", begun, task), {"result": "pass", "answer": ""}, headers=HTMX)
    seen = fresh(task).answer
    again = press(supervisor, "task_result", begun, task, result="fail", comment="Torn on both sides", answer="")
    now = press(technician, "task_result", begun, task, result="pass", comment="Changed", answer=seen)

    assert 'name="answer" value=""' in page
    assert answer.status_code == 409 and answer["HX-Retarget"] == "#order"
    assert f"{supervisor} has answered “Belt tension” meanwhile" in answer.text and "The belt is torn" in answer.text
    assert again.status_code == 302  # the own answer is said anew
    assert now.status_code == 409 and fresh(task).comment == "Torn on both sides"
    assert press(technician, "task_result", begun, task, result="pass", answer=fresh(task).answer).status_code == 302


def test_making_and_closing_an_order_cost_few_statements(asset, technician, codes):
    client, told = client_of(technician), {kind: code.pk for kind, code in codes.items()}
    with CaptureQueriesContext(connection) as making:
        client.post("/work-orders/new/", {"asset": "P-101", "title": "x", "origin": "cm", "priority": "normal"})
    order = create_order_of(asset, status="in_progress", by=technician)
    task_of(order, result="pass", done_at=timezone.now())
    client = client_of(technician)
    with CaptureQueriesContext(connection) as closing:
        client.post(at("order_close", order), {"seen": order.version, "outcome": "done"} | told)

    assert WorkOrder.objects.filter(title="x").exists() and fresh(order).status == OrderStatus.CLOSED
    assert statements(making) <= 10 and statements(closing) <= 14


def test_a_preventive_order_says_what_it_does_as_well_and_takes_the_reading(tenant, technician):
    asset = create_asset(tenant=tenant, name="Compressor")
    schedule = create_schedule(asset=asset, name="Every 500 h", interval_meter=500, first_due_meter=500)
    order = create_order_of(asset, origin="pm", pm_schedule=schedule, cycle=1, status="in_progress", by=technician)

    page = client_of(technician).get(at("order_detail", order)).text
    answer = press(technician, "order_close", order, outcome="done", meter_reading="510")

    assert "Every 500 h" in page and 'name="meter_reading"' in page and 'name="problem"' not in page
    assert answer.status_code == 302
    schedule.refresh_from_db()
    assert schedule.next_due_meter == 1010


def test_on_an_asset_in_transit_a_repair_begins_with_the_reason(asset, technician):
    order = create_order_of(asset, status="ready")
    type(asset).objects.filter(pk=asset.pk).update(status="in_transit")

    page = client_of(technician).get(at("order_detail", order)).text
    bare = press(technician, "order_start", order)
    press(technician, "order_start", order, reason="The lorry waits")

    assert f'data-sheet href="{at("order_start", order)}"' in page
    assert bare.status_code == 409 and fresh(order).reason == "The lorry waits"
