"""Schedules on their pages: the list, why one is due and what is to come, and how managers enter them."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.hooks import asset_acts, meant_by
from apps.maintenance.models import PmSchedule, WorkOrder
from apps.maintenance.models.schedules import valid_parts
from apps.registry.services import set_out_of_service
from tests.factories import create_asset, create_order_of, create_part, create_schedule

FORM = {
    "name": "Weekly check", "interval_days": "7", "meter": "run_hours", "anchor": "floating", "lead_days": "0",
    "lead_meter": "0", "priority": "normal", "is_active": "on", "tasks-TOTAL_FORMS": "2", "tasks-INITIAL_FORMS": "0",
    "tasks-0-description": "Belt tension", "tasks-0-kind": "number", "tasks-0-min": "40", "tasks-0-max": "75.5",
    "tasks-0-unit": "N", "tasks-0-is_mandatory": "on", "tasks-1-description": "", "tasks-1-kind": "check",
    "parts-TOTAL_FORMS": "1", "parts-INITIAL_FORMS": "0", "parts-0-sku": "6204-2RS", "parts-0-quantity": "0.102",
}  # fmt: skip


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


def names(client, **query) -> list[str]:
    return [row.name for row, _due in client.get("/schedules/", query).context["rows"]]


def page_of(person, schedule) -> str:
    answer = client_of(person).get(reverse("maintenance:schedule_detail", args=[schedule.pk]))
    assert answer.status_code == 200
    return " ".join(answer.text.split())


# -- the list -----------------------------------------------------------------------------------------------------------


def test_the_list_begins_with_what_is_late_and_each_filter_finds_its_own(tenant, asset, today, technician):
    pump = create_asset(tenant=tenant, name="Pump")
    create_schedule(asset=asset, name="Next year", first_due_date=today + timedelta(days=365))
    create_schedule(asset=pump, name="Late", first_due_date=today - timedelta(days=3))
    create_schedule(asset=pump, name="By hours", interval_meter=500)
    create_schedule(asset=asset, name="Not used", is_active=False)
    client = client_of(technician)

    for query, found in [
        ({}, ["Late", "Next year", "By hours"]),
        ({"state": "due"}, ["Late"]),
        ({"state": "off"}, ["Not used"]),
        ({"state": "open"}, []),
        ({"asset": str(pump.pk)}, ["Late", "By hours"]),
        ({"location": str(asset.location_id)}, ["Next year"]),
        ({"q": "pump"}, ["Late", "By hours"]),
        ({"q": "next"}, ["Next year"]),
        ({"state": "no such", "asset": "x"}, ["Late", "Next year", "By hours"]),
    ]:
        assert names(client, **query) == found, query
        rows = list(csv.DictReader(io.StringIO(b"".join(client.get("/schedules/csv/", query)).decode("utf-8-sig"))))
        assert [row["name"] for row in rows] == found, query


def test_the_list_costs_the_same_however_long_it_is(asset, today, technician):
    client, counts = client_of(technician), []
    for many in (2, 10):
        for number in range(many):
            create_schedule(asset=asset, name=f"No. {number}", interval_meter=100 + number)
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/schedules/").status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1]


# -- one schedule -------------------------------------------------------------------------------------------------------


def test_a_schedule_says_why_it_is_due_and_what_the_longer_one_does_for_it(asset, today, supervisor):
    long = create_schedule(asset=asset, name="Quarterly", interval_months=3, first_due_date=today)
    short = create_schedule(
        asset=asset, name="Monthly", interval_months=1, first_due_date=today, suppressed_by_schedule=long
    )

    page = page_of(supervisor, short)

    assert "Due today. It is done with “Quarterly”" in page
    assert page.count("its own order") == 8 or "the order of “Quarterly”" in page
    assert "every month" in page and "every 3 months" in page_of(supervisor, long)


def test_what_is_due_is_made_at_once_by_a_supervisor(asset, today, supervisor, technician):
    schedule = create_schedule(asset=asset, first_due_date=today)
    address = reverse("maintenance:schedule_generate", args=[schedule.pk])

    refused = client_of(technician).post(address)
    first = client_of(supervisor).post(address, follow=True)
    again = client_of(supervisor).post(address, follow=True)

    order = WorkOrder.objects.get()
    assert refused.status_code == 403 and f"1 order is made: {order.number}." in first.text
    assert "Nothing is due at Edge grinder" in again.text and f"{order.number} is open" in again.text


def test_what_did_it_is_shown_with_the_order(asset, today, supervisor):
    from apps.maintenance.services import approve_order, close_order, generate_orders, start_order

    schedule = create_schedule(asset=asset, first_due_date=today)
    (order,) = generate_orders(asset.tenant).orders
    close_order(start_order(approve_order(order, by=supervisor), by=supervisor), by=supervisor)

    page = page_of(supervisor, schedule)

    assert f"{today:%Y-%m-%d}" in page and page.count(f"/work-orders/{order.number}/") == 2


# -- entering them ------------------------------------------------------------------------------------------------------


def test_a_manager_enters_a_schedule_with_its_tasks_and_parts_as_rows(tenant, asset, manager, supervisor):
    create_part(tenant=tenant, sku="6204-2RS")
    client = client_of(manager)

    answer = client.post("/schedules/new/", FORM | {"asset": "P-101"}, follow=True)

    schedule = PmSchedule.objects.get()
    assert answer.status_code == 200 and schedule.asset == asset
    assert schedule.tasks == [
        {"description": "Belt tension", "kind": "number", "is_mandatory": True, "unit": "N", "min": 40.0, "max": 75.5}
    ]
    assert schedule.parts == [{"sku": "6204-2RS", "quantity": 0.102}]
    assert client_of(supervisor).get("/schedules/new/").status_code == 403


def test_what_is_wrong_stands_beside_its_row_and_nothing_is_stored(tenant, asset, manager):
    client = client_of(manager)
    for wrong, said in [
        ({"parts-0-sku": "nothing"}, "No part has the code “nothing”."),
        ({"parts-0-sku": "", "tasks-0-max": "1"}, "from the lower to the higher"),
        ({"parts-0-sku": "", "interval_days": ""}, "Give at least one interval"),
        ({"parts-0-sku": "", "interval_months": "1"}, "Give days or months, not both."),
        ({"parts-0-sku": "", "asset": "P-999"}, "No asset has the code"),
        ({"parts-0-sku": "", "tasks-TOTAL_FORMS": "x"}, ""),
        ({"parts-0-sku": "", "tasks-TOTAL_FORMS": "999999"}, ""),
    ]:
        answer = client.post("/schedules/new/", FORM | {"asset": "P-101"} | wrong)
        assert answer.status_code == 422 and said in answer.text, wrong
    assert not PmSchedule.objects.exists()


def test_more_rows_come_without_losing_what_was_typed(asset, manager):
    answer = client_of(manager).post("/schedules/new/", FORM | {"asset": "P-101", "more": "1"})

    assert answer.status_code == 200 and "Belt tension" in answer.text and 'name="tasks-4-description"' in answer.text
    assert not PmSchedule.objects.exists()


@pytest.mark.parametrize(
    "press, there", [({"down": "tasks-0"}, 1), ({"up": "tasks-1"}, 1), ({"up": "tasks-0"}, 0), ({"down": "tasks-9"}, 0)]
)
def test_rows_are_put_in_another_order_without_losing_what_was_typed(asset, manager, press, there):
    form = FORM | {"asset": "P-101", "tasks-1-description": "Oil it"}

    answer = client_of(manager).post("/schedules/new/", form | press)

    rows = [row["description"].value() for row in answer.context["tasks"]]
    assert answer.status_code == 200 and not PmSchedule.objects.exists()
    assert (rows[there], rows[1 - there]) == ("Belt tension", "Oil it") and len(rows) == int(FORM["tasks-TOTAL_FORMS"])


def test_a_schedule_is_changed_but_not_over_anothers_change(asset, manager):
    schedule = create_schedule(asset=asset, name="Monthly")
    longer = create_schedule(asset=asset, name="Shorter", interval_days=7)
    address = reverse("maintenance:schedule_change", args=[schedule.pk])
    body = FORM | {"parts-0-sku": "", "seen": schedule.version, "interval_days": "", "interval_months": "2"}

    wrong = client_of(manager).post(address, body | {"suppressed_by_schedule": longer.pk})
    answer = client_of(manager).post(address, body)
    stale = client_of(manager).post(address, body)

    assert wrong.status_code == 422 and "is not longer" in wrong.text
    assert answer.status_code == 302 and stale.status_code == 409 and "has changed meanwhile" in stale.text
    schedule.refresh_from_db()
    assert (schedule.name, schedule.interval_months) == ("Weekly check", 2)


@pytest.mark.parametrize("quantity", [0.102, 0.043, 12, 2.5])
def test_a_quantity_of_three_decimals_is_taken(quantity):
    valid_parts([{"sku": "P-1", "quantity": quantity}])


def test_a_quantity_of_four_decimals_is_refused():
    with pytest.raises(ValidationError, match="three decimals"):
        valid_parts([{"sku": "P-1", "quantity": 0.1025}])


# -- at the asset -------------------------------------------------------------------------------------------------------


def test_an_assets_page_shows_its_next_maintenance_and_its_orders(asset, today, technician):
    create_schedule(asset=asset, name="Quarterly", interval_months=3, first_due_date=today)
    order = create_order_of(asset, title="It leaks")
    client = client_of(technician)

    page = client.get(reverse("registry:asset_detail", args=[asset.pk])).text
    box = client.get(reverse("maintenance:asset_maintenance", args=[asset.pk])).text
    orders = client.get(reverse("maintenance:asset_orders", args=[asset.pk])).text

    assert reverse("maintenance:asset_maintenance", args=[asset.pk]) in page and "Next maintenance" in page
    assert "Quarterly" in box and "Due" in box and order.number in orders and "New work order" in orders


def test_a_scanned_asset_leads_to_its_open_order_and_a_number_to_its_order(rf, asset, technician, operator):
    order = create_order_of(asset)

    def acts(person):
        request = rf.get("/")
        request.user, request.tenant = person, person.tenant
        return [act.words for act in asset_acts(request, asset)]

    assert f"Open order {order.number}" in acts(technician) and "New work order" in acts(technician)
    assert "New work order" not in acts(operator)
    address = reverse("maintenance:order_detail", args=[order.number])
    for code in (order.number.lower(), f"https://plant.example{address}"):
        assert [meant.url for meant in meant_by(asset.tenant, code)] == [address], code


def test_a_paused_schedule_says_so_and_offers_no_orders(asset, today, supervisor):
    schedule = create_schedule(asset=asset, first_due_date=today)
    set_out_of_service(asset, reason="Worn")

    page = page_of(supervisor, schedule)

    assert "Its asset is out of service" in page and "Make what is due now" not in page
