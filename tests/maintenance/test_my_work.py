"""My work: what stands there, in which order, and what one press begins and stops."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.maintenance import services
from apps.maintenance.models import LabourEntry, WorkOrder
from tests.factories import create_asset, create_location, create_order_of, create_person, create_report_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant)


@pytest.fixture
def client(technician):
    client = Client()
    client.force_login(technician)
    return client


def test_technicians_land_there_and_others_do_not(client, operator, supervisor):
    assert client.get("/")["Location"] == "/my-work/"
    client.force_login(supervisor)
    assert client.get("/")["Location"] == "/board/"
    client.force_login(operator)
    assert client.get("/")["Location"] == "/my-station/"
    assert client.get("/my-work/").status_code == 403


def test_the_next_order_is_critical_then_overdue_then_due_then_of_priority(client, asset, technician):
    today = timezone.localdate()
    for title, fields in {
        "sometime": {},
        "high": {"due_date": today + timedelta(days=3), "priority": "high"},
        "due": {"due_date": today + timedelta(days=3)},
        "overdue": {"due_date": today - timedelta(days=3)},
        "critical": {"priority": "critical", "due_date": today + timedelta(days=9)},
    }.items():
        create_order_of(asset, title=title, status="ready", assigned_to=technician, **fields)

    page = client.get("/my-work/")

    assert [order.title for order, _may in page.context["mine"].next] == [
        "critical",
        "overdue",
        "high",
        "due",
        "sometime",
    ]
    assert "overdue since" in page.text


def test_what_is_begun_and_ready_ones_of_nobody_stand_there_and_others_work_does_not(client, tenant, asset, technician):
    other = create_person(tenant=tenant, role="technician")
    create_order_of(asset, title="mine", by=technician, status="in_progress")
    create_order_of(asset, title="theirs", status="ready", assigned_to=other)
    create_order_of(asset, title="free", status="ready")
    create_order_of(asset, title="a draft", status="draft")
    create_order_of(asset, title="given, not approved", assigned_to=technician)

    mine = client.get("/my-work/").context["mine"]

    assert [order.title for order in mine.begun] == ["mine"] and [order.title for order in mine.free] == ["free"]
    assert [(order.title, may) for order, may in mine.next] == [("given, not approved", False)]


def test_orders_of_nobody_are_of_the_own_places_only(client, tenant, technician):
    here, there = (create_location(tenant=tenant, name=name) for name in ("Here", "There"))
    for place in (here, there):
        create_order_of(create_asset(tenant=tenant, location=place), title=str(place), status="ready")
    technician.locations = [here.pk]
    technician.save()

    assert [order.title for order in client.get("/my-work/").context["mine"].free] == ["Here"]


def test_an_emergency_that_nobody_has_stands_there(client, asset, operator, technician):
    create_report_of(asset, by=operator, description="It hums")
    row = create_report_of(asset, by=operator, description="It stands", is_down=True)

    page = client.get("/my-work/")
    assert "It stands" in page.text and "It hums" not in page.text
    answer = client.post(f"/service-requests/{row.number}/take/", {"seen": row.version, "next": "/my-work/"})

    assert answer["Location"] == "/my-work/"
    assert [order.title for order in client.get("/my-work/").context["mine"].begun] == ["It stands"]


def test_one_press_begins_an_order_and_lets_the_time_run(client, asset, technician):
    order = create_order_of(create_asset(tenant=asset.tenant, identity={"client_code": "P-7"}), status="ready")

    answer = client.post(f"/my-work/{order.number}/start/", {"seen": order.version}, headers=HTMX)

    order.refresh_from_db()
    assert answer.status_code == 204 and answer["HX-Redirect"] == f"/work-orders/{order.number}/"
    assert (order.status, order.assigned_to) == ("in_progress", technician)
    assert LabourEntry.objects.get(minutes=None).work_order == order
    page = client.get("/my-work/").text
    assert order.number in page and "Stop the time" in page and "<b>P-7</b>" in page


def test_beginning_another_stops_the_time_of_the_first(client, asset, technician):
    one, two = (create_order_of(asset, title=title, status="ready") for title in ("one", "two"))
    services.begin_work(one, by=technician)

    client.post(f"/my-work/{two.number}/start/")

    assert LabourEntry.objects.get(minutes=None).work_order == two
    assert LabourEntry.objects.get(work_order=one).minutes == 1
    client.post(f"/my-work/{one.number}/start/")  # goes on with what is begun
    assert LabourEntry.objects.get(minutes=None).work_order == one


def test_what_is_on_hold_goes_on(client, asset, technician):
    order = services.hold_order(create_order_of(asset, by=technician, status="in_progress"), "parts", by=technician)

    client.post(f"/my-work/{order.number}/start/")

    order.refresh_from_db()
    assert order.hold_reason == "" and LabourEntry.objects.get(minutes=None).work_order == order


def test_a_press_that_was_sent_later_counts_from_when_it_was(client, asset, technician):
    order = create_order_of(asset, status="ready")
    pressed = timezone.now() - timedelta(hours=2)

    client.post(f"/my-work/{order.number}/start/", {"occurred_at": pressed.isoformat()})
    client.post("/my-work/stop/", {"occurred_at": (pressed + timedelta(minutes=45)).isoformat()})

    order.refresh_from_db()
    assert order.started_at == pressed and LabourEntry.objects.get().minutes == 45


def test_time_that_ran_very_long_asks_for_the_minutes(client, asset, technician):
    order = create_order_of(asset, by=technician, status="in_progress")
    services.start_timer(order, by=technician, at=timezone.now() - timedelta(hours=20))

    assert "How many minutes was it?" in client.get("/my-work/").text
    assert client.post("/my-work/stop/").status_code == 409
    client.post("/my-work/stop/", {"minutes": "90"})
    assert LabourEntry.objects.get().minutes == 90
    assert client.post("/my-work/stop/").status_code == 302  # nothing runs: nothing happens


def test_an_order_that_moved_meanwhile_is_not_begun(client, asset, tenant, technician):
    order = create_order_of(asset, title="Belt", status="ready")
    services.start_order(order, by=create_person(tenant=tenant, role="technician"))

    answer = client.post(f"/my-work/{order.number}/start/", {"seen": order.version}, headers=HTMX)

    assert answer.status_code == 409 and "changed meanwhile" in answer.text and 'id="main"' in answer.text
    assert not LabourEntry.objects.exists()
    assert client.post(f"/my-work/{order.number}/start/", {"seen": "x"}).status_code == 409


def test_the_page_asks_the_same_however_much_there_is(client, tenant, technician):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get("/my-work/")
        return len(captured)

    def fill(count):
        for _number in range(count):
            asset = create_asset(tenant=tenant)
            create_order_of(asset, by=technician, status="in_progress")
            create_order_of(asset, status="ready", assigned_to=technician)
            create_order_of(asset, status="ready")
            create_report_of(asset, is_down=True)

    fill(2)
    few = queries()
    fill(10)
    assert queries() == few


def test_operators_report_and_technicians_work_from_the_menu(client, operator):
    assert ">My work</a>" in client.get("/board/").text
    client.force_login(operator)
    page = client.get("/board/").text
    assert ">Report</a>" in page and ">My work</a>" not in page
    assert not WorkOrder.objects.exists()
