"""Orders at a glance: by status, by day, by person; several at once, filters of one's own, and job sheets on paper."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.maintenance.models import OrderStatus, SavedFilter, WorkOrder, WorkOrderTask
from apps.maintenance.services import hold_order
from tests.factories import create_asset, create_order_of, create_person, create_schedule, create_shift, create_tenant


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant, name="Edge grinder", identity={"client_code": "P-101"})


@pytest.fixture
def today(tenant):
    return timezone.localdate(timezone=tenant.zone)


def client_of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def fresh(row):
    return type(row).objects.get(pk=row.pk)


# -- by status ----------------------------------------------------------------------------------------------------------


def columns(client, **query) -> dict:
    found = client.get("/work-orders/board/", query).context["columns"]
    return {column["key"]: [order.number for order, *_rest in column["rows"]] for column in found}


def test_each_order_stands_in_the_column_of_its_status(asset, supervisor):
    draft, ready = create_order_of(asset), create_order_of(asset, status="ready", title="Other")
    begun = create_order_of(asset, status="in_progress", by=supervisor)
    held = create_order_of(asset, status="in_progress", by=supervisor)
    hold_order(held, "parts", by=supervisor)
    client = client_of(supervisor)

    assert columns(client) == {
        "draft": [draft.number], "ready": [ready.number], "in_progress": [begun.number], "hold": [held.number], "closed": [],
    }  # fmt: skip
    assert columns(client, q="other")["draft"] == [] and columns(client, q="other")["ready"] == [ready.number]


def test_a_press_on_the_board_leads_back_to_the_board(asset, supervisor):
    order = create_order_of(asset)
    client = client_of(supervisor)
    page = client.get("/work-orders/board/?priority=normal").text

    answer = client.post(
        reverse("maintenance:order_approve", args=[order.number]),
        {"seen": order.version, "next": "/work-orders/board/?priority=normal"},
    )

    assert 'name="next" value="/work-orders/board/?priority=normal"' in page
    assert answer["Location"] == "/work-orders/board/?priority=normal" and fresh(order).status == OrderStatus.READY


def test_the_board_costs_the_same_however_many_orders_there_are(asset, supervisor):
    client, counts = client_of(supervisor), []
    for many in (1, 8):
        for _number in range(many):
            create_order_of(asset, assigned_to=supervisor)
            create_order_of(asset, status="in_progress", by=supervisor)
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/work-orders/board/").status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1]


# -- by day -------------------------------------------------------------------------------------------------------------


def test_the_calendar_shows_orders_and_what_schedules_will_ask_for(asset, today, technician):
    order = create_order_of(asset, due_date=today, title="It leaks")
    create_schedule(asset=asset, name="Foreseen check", interval_days=7, first_due_date=today + timedelta(days=40))
    client = client_of(technician)
    month = today + timedelta(days=40)

    now = client.get("/work-orders/calendar/").text
    later = client.get("/work-orders/calendar/", {"month": f"{month:%Y-%m}"}).text
    past = client.get("/work-orders/calendar/", {"month": "2020-01"}).text

    assert order.number in now and "Foreseen check" in later
    assert order.number not in past and "Foreseen check" not in past


def test_what_has_its_order_already_is_not_foreseen_as_well(asset, today, technician):
    from apps.maintenance.services import generate_orders

    create_schedule(asset=asset, name="Quarterly", interval_months=3, first_due_date=today)
    generate_orders(asset.tenant)

    page = client_of(technician).get("/work-orders/calendar/")

    assert sum(len(cell[3]) for week in page.context["weeks"] for cell in week) == 0
    assert sum(len(cell[2]) for week in page.context["weeks"] for cell in week) == 1


@pytest.mark.parametrize("month", ["", "x", "2026-13", "0001-01", "9999-12", "2026-1-1"])
def test_a_month_that_is_none_is_this_one(technician, month, today):
    page = client_of(technician).get("/work-orders/calendar/", {"month": month})

    assert page.status_code == 200 and page.context["first"] == today.replace(day=1)


def test_too_many_assets_ask_for_a_place(tenant, asset, today, technician, monkeypatch):
    monkeypatch.setattr("apps.maintenance.views.planning.ASSETS", 1)
    for number in range(2):
        create_schedule(asset=create_asset(tenant=tenant, name=f"Pump {number}"), first_due_date=today)
    client = client_of(technician)

    assert "Choose a place" in client.get("/work-orders/calendar/").text


# -- by person ----------------------------------------------------------------------------------------------------------


def test_the_load_adds_up_by_week_and_person(tenant, asset, today, technician):
    monday = today - timedelta(days=today.weekday())
    create_order_of(asset, assigned_to=technician, due_date=monday - timedelta(days=9), estimated_minutes=60)
    create_order_of(asset, assigned_to=technician, due_date=monday, estimated_minutes=2400)
    create_order_of(asset, assigned_to=technician, due_date=monday + timedelta(days=8))
    create_order_of(asset, assigned_to=technician, due_date=monday + timedelta(days=60), estimated_minutes=30)
    create_order_of(asset, estimated_minutes=15)

    rows = {row[0]: row for row in client_of(technician).get("/work-orders/load/").context["rows"]}

    _person, week, cells, later, undated = rows[technician]
    cells = [cell for _start, cell in cells]
    assert week == 40 and (cells[0]["count"], cells[0]["hours"], cells[0]["is_over"]) == (2, 41, True)
    assert (cells[1]["count"], cells[1]["unknown"]) == (1, 1) and later["hours"] == 0.5 and undated is None
    assert rows[None][4]["count"] == 1


def test_a_week_is_five_of_a_persons_own_shifts(tenant, asset, today):
    create_shift(
        tenant=tenant,
        name="Short",
        start=timezone.datetime(2026, 1, 1, 6).time(),
        end=timezone.datetime(2026, 1, 1, 12).time(),
    )
    person = create_person(tenant=tenant, role="technician", shifts=["Short"])

    rows = {row[0]: row for row in client_of(person).get("/work-orders/load/").context["rows"]}

    assert rows[person][1] == 30


# -- several at once ----------------------------------------------------------------------------------------------------


def test_chosen_orders_are_given_to_somebody_and_approved_all_or_none(asset, supervisor, technician):
    orders = [create_order_of(asset) for _number in range(3)]
    keys, client = [order.pk for order in orders], client_of(supervisor)

    given = client.post("/work-orders/chosen/assign/", {"order": keys, "person": technician.pk}, follow=True)
    approved = client.post("/work-orders/chosen/approve/", {"order": keys[:1], "next": "/work-orders/?q=x"})
    again = client.post("/work-orders/chosen/approve/", {"order": keys})
    nobody = client.post("/work-orders/chosen/assign/", {"order": keys, "person": ""})
    nothing = client.post("/work-orders/chosen/approve/", {})

    assert "3 orders are given to" in given.text and all(fresh(order).assigned_to == technician for order in orders)
    assert approved["Location"] == "/work-orders/?q=x"
    assert again.status_code == nobody.status_code == nothing.status_code == 409
    assert [fresh(order).status for order in orders] == ["ready", "draft", "draft"]
    assert client_of(technician).post("/work-orders/chosen/approve/", {"order": keys}).status_code == 403


# -- on paper -----------------------------------------------------------------------------------------------------------


def test_a_job_sheet_is_a_pdf_of_one_order_or_of_the_chosen_ones(asset, supervisor):
    orders = [create_order_of(asset, title=f"No. {number}", description="<b>Mind</b> the #gap") for number in range(2)]
    WorkOrderTask.objects.create(
        tenant=asset.tenant, work_order=orders[0], description="Belt tension", min=40, unit="N"
    )
    client = client_of(supervisor)

    one = client.get(reverse("maintenance:order_sheet", args=[orders[0].number]))
    both = client.get("/work-orders/chosen/sheets.pdf", {"order": [order.pk for order in orders]})
    none = client.get("/work-orders/chosen/sheets.pdf")

    assert one.content.startswith(b"%PDF-") and both.content.startswith(b"%PDF-")
    assert f'filename="{orders[0].number}.pdf"' in one["Content-Disposition"]
    assert len(both.content) > len(one.content) and none.status_code == 409


def test_another_plants_orders_are_chosen_by_nobody(supervisor):
    other = create_tenant(name="B")
    with tenant_context(other):
        theirs = create_order_of(create_asset(tenant=other))

    client = client_of(supervisor)

    assert client.get("/work-orders/chosen/sheets.pdf", {"order": theirs.pk}).status_code == 404
    assert client.post("/work-orders/chosen/approve/", {"order": theirs.pk}).status_code == 404


# -- filters of one's own -----------------------------------------------------------------------------------------------


def test_a_filter_is_kept_under_a_name_for_its_person_alone(asset, technician, supervisor):
    client = client_of(technician)
    client.post("/work-orders/filters/new/", {"name": "Mine", "query": "assigned_to=me&after=x&evil=1"})
    client.post("/work-orders/filters/new/", {"name": "Mine", "query": "assigned_to=me&overdue=1"})

    page = client.get("/work-orders/").text

    row = SavedFilter.objects.get()
    assert (row.name, row.query, row.user) == ("Mine", "assigned_to=me&overdue=1", technician)
    assert "?assigned_to=me&amp;overdue=1" in page and "Mine" not in client_of(supervisor).get("/work-orders/").text
    client_of(supervisor).post("/work-orders/filters/remove/", {"name": "Mine"})
    assert SavedFilter.objects.exists()
    client.post("/work-orders/filters/remove/", {"name": "Mine"})
    assert not SavedFilter.objects.exists()


def test_a_person_keeps_no_more_filters_than_anybody_reads(technician, monkeypatch):
    monkeypatch.setattr(SavedFilter, "MOST", 1)
    client = client_of(technician)

    first, again, second = (client.post("/work-orders/filters/new/", {"name": name}) for name in ("A", "A", "B"))

    assert (first.status_code, again.status_code, second.status_code) == (302, 302, 409)


def test_orders_of_the_plant_are_found_by_their_number_in_any_case(asset, technician):
    order = create_order_of(asset)

    assert client_of(technician).get("/scan/", {"code": order.number.lower()})["Location"] == reverse(
        "maintenance:order_detail", args=[order.number]
    )
    assert WorkOrder.objects.count() == 1
