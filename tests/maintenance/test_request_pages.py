"""Reporting a problem, following it, and answering it: the pages, their lists and files, and two who answer at once."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.models import Attachment
from apps.maintenance import services
from apps.maintenance.models import ServiceRequest, WorkOrder
from apps.maintenance.queries.requests import unconfirmed
from tests.factories import (
    create_asset,
    create_order_of,
    create_person,
    create_report_of,
    create_station,
    create_tenant,
    photo,
)
from tests.shopfloor.test_races import at_once


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant, name="Edge grinder", identity={"client_code": "P-101"})


def as_(person):
    client = Client()
    client.force_login(person)
    return client


def send(client, asset, **said):
    return client.post("/service-requests/new/", {"asset": asset.pk, "urgency": "normal", "description": ""} | said)


# --- reporting ---


def test_from_the_scanned_label_to_a_sent_photo_there_are_three_addresses(asset, operator):
    client = as_(operator)
    address = f"/service-requests/new/?asset={asset.pk}"

    assert address in client.get(f"/q/{asset.identity.qr_token}/").text
    opened = client.get(address)
    page = opened.text
    assert opened.status_code == 200 and "P-101" in page and 'capture="environment"' in page
    answer = send(client, asset, photos=photo())

    row = ServiceRequest.objects.get()
    assert answer["Location"] == f"/service-requests/{row.number}/"
    assert (row.asset, row.reported_by, row.status, row.description) == (asset, operator, "pending", "See the photo.")
    kept = Attachment.objects.get(entity_id=row.pk)
    assert str(kept.pk) in row.photo_url and str(kept.pk) in client.get(answer["Location"]).text


def test_a_report_of_nothing_and_one_of_too_many_photos_are_not_taken(asset, operator):
    client = as_(operator)

    assert "take a photo" in send(client, asset).text
    answer = send(client, asset, photos=[photo(name=f"{number}.jpg") for number in range(5)])
    assert answer.status_code == 422 and "At most 4 photos" in answer.text
    assert not ServiceRequest.objects.exists() and not Attachment.objects.exists()


def test_a_file_that_is_no_picture_is_told_and_the_words_stay(asset, operator):
    bad = io.BytesIO(b"<svg/>")
    bad.name = "bad.jpg"

    answer = send(as_(operator), asset, description="Crack at the corner", photos=bad)

    assert answer.status_code == 422
    assert "is not a picture" in answer.text and "Crack at the corner" in answer.text
    assert not ServiceRequest.objects.exists()


def test_without_a_label_the_code_of_a_machine_or_station_says_what_it_is(tenant, asset, operator):
    station = create_station(tenant=tenant, code="ST-09")
    client = as_(operator)

    for code in ("p-101", "st-09"):
        client.post("/service-requests/new/", {"code": code, "description": "Noise", "urgency": "high"})
    answer = client.post("/service-requests/new/", {"code": "P-7", "description": "Noise", "urgency": "high"})

    assert answer.status_code == 422 and "No machine or station has the code “P-7”" in answer.text
    assert [(row.asset, row.station) for row in ServiceRequest.objects.order_by("number")] == [
        (asset, None),
        (None, station),
    ]
    nothing = client.post("/service-requests/new/", {"code": "", "description": "Noise", "urgency": "high"})
    assert "Say what it is about" in nothing.text


def test_what_is_known_already_comes_first_and_can_be_followed(tenant, asset, operator, technician):
    station = create_station(tenant=tenant, asset=asset)
    report = create_report_of(asset, by=technician, description="Oil on the floor")
    order = create_order_of(asset, by=technician, title="New bearing")
    create_report_of(create_asset(tenant=tenant, name="Another"), by=technician, description="Elsewhere")
    services.reject(create_report_of(asset, by=technician, description="Too loud"), by=technician, reason="It is")
    client = as_(operator)

    for query in (f"asset={asset.pk}", f"station={station.pk}"):
        page = client.get(f"/service-requests/new/?{query}").text
        assert "Already known" in page and "Oil on the floor" in page and order.number in page
        assert f'href="/service-requests/{report.number}/"' in page
        assert "Elsewhere" not in page and "Too loud" not in page
    assert "Already known" not in client.get("/service-requests/new/").text


def test_a_report_that_was_kept_on_a_phone_counts_from_when_it_was_seen(asset, operator):
    seen = timezone.now() - timedelta(hours=3)
    client = as_(operator)

    send(client, asset, description="Noise", occurred_at=seen.isoformat())
    too_old = send(client, asset, description="Noise", occurred_at=(seen - timedelta(days=8)).isoformat())

    assert ServiceRequest.objects.get().created_at == seen
    assert too_old.status_code == 409 and "7 days" in too_old.text


def test_in_agile_mode_it_is_an_order_at_once(tenant, asset, operator):
    tenant.settings = {"agile_mode": True}
    tenant.save()

    page = as_(operator).post(
        "/service-requests/new/", {"asset": asset.pk, "urgency": "high", "description": "Noise"}, follow=True
    )

    order = WorkOrder.objects.get()
    assert order.status == "ready" and f"is {order.number} now" in page.text and "Waits to be started" in page.text


# --- following ---


def test_the_page_tells_what_became_of_it(asset, operator, supervisor, technician):
    client = as_(operator)
    one, two = (create_report_of(asset, by=operator, description=word) for word in ("Noise", "Smell"))

    assert "Waits for a supervisor" in client.get(f"/service-requests/{one.number}/").text
    services.reject(two, by=supervisor, reason="It is the new paint")
    assert "Rejected: It is the new paint" in client.get(f"/service-requests/{two.number}/").text
    order = services.convert(one, by=supervisor).work_order
    services.start_order(order, by=technician)
    assert "Being worked on" in client.get(f"/service-requests/{one.number}/").text
    services.hold_order(order, "parts", by=technician)
    assert "On hold: Waiting for parts" in client.get(f"/service-requests/{one.number}/").text


def test_the_list_shows_operators_their_own_and_everybody_may_look_at_all(tenant, asset, operator, technician):
    create_report_of(asset, by=operator, description="Noise")
    create_report_of(asset, by=technician, description="Smell", urgency="critical")

    def shown(person, query=""):
        client = as_(person)
        page = client.get(f"/service-requests/{query}").text
        text = b"".join(client.get(f"/service-requests/csv/{query}").streaming_content).decode("utf-8-sig")
        found = [row["description"] for row in csv.DictReader(io.StringIO(text))]
        assert [word for word in ("Smell", "Noise") if f">{word}<" in page] == found
        return found

    assert shown(operator) == ["Noise"]
    assert shown(operator, "?whose=all") == shown(technician) == ["Smell", "Noise"]
    assert shown(technician, "?whose=mine") == shown(technician, "?urgency=critical") == ["Smell"]
    assert shown(technician, "?status=rejected") == shown(technician, "?q=nothing") == []
    assert shown(technician, "?q=noi") == shown(technician, f"?location={asset.location_id}&q=SR-000001") == ["Noise"]
    assert shown(technician, "?q=p-101&status=nonsense") == ["Smell", "Noise"]


def test_the_list_goes_on_page_by_page(tenant, asset, technician):
    for number in range(60):
        create_report_of(asset, by=technician, description=f"Noise {number}")
    client = as_(technician)

    first = client.get("/service-requests/")
    second = client.get("/service-requests/", {"after": first.context["next"]})

    found = [row.number for page in (first, second) for row in page.context["rows"]]
    assert found == [f"SR-{number:06}" for number in range(60, 0, -1)] and not second.context["next"]


def test_the_pages_ask_the_same_however_many_reports(tenant, supervisor):
    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            assert as_(supervisor).get(address).status_code == 200
        return len(captured)

    def fill(count):
        for number in range(count):
            asset = create_asset(tenant=tenant, name=f"Asset {tenant.pk} {number}", identity={})
            create_order_of(asset, by=supervisor)
            create_report_of(asset, by=supervisor, photos=[photo()], station=create_station(tenant=tenant, asset=asset))
            taken = create_report_of(asset, by=supervisor, urgency="critical")
            services.take(taken, by=supervisor)

    fill(2)
    few = {address: queries(address) for address in ("/service-requests/", "/service-requests/triage/")}
    fill(6)
    assert {address: queries(address) for address in few} == few


def test_what_was_begun_without_approval_is_found_by_its_index(tenant, asset):
    WorkOrder.objects.bulk_create(
        WorkOrder(tenant=tenant, asset=asset, number=f"X-{n}", title="x", origin="cm", is_unapproved=n % 1500 == 0)
        for n in range(6000)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze work_orders")

    plan = unconfirmed(tenant)[:50].explain()

    assert "work_orders_unapproved" in plan, plan


# --- answering ---


def test_the_queue_is_by_urgency_then_by_age(asset, supervisor):
    for word, urgency in [("a", "normal"), ("b", "critical"), ("c", "low"), ("d", "normal"), ("e", "high")]:
        create_report_of(asset, by=supervisor, description=word, urgency=urgency)

    page = as_(supervisor).get("/service-requests/triage/")

    assert [found.request.description for found, _acts in page.context["rows"]] == list("beadc")


def test_the_queue_goes_on_page_by_page(asset, supervisor):
    for number in range(25):
        create_report_of(asset, by=supervisor, urgency="high" if number % 2 else "normal")
    client = as_(supervisor)

    first = client.get("/service-requests/triage/")
    second = client.get("/service-requests/triage/", {"after": first.context["next"]})

    numbers = [found.request.number for page in (first, second) for found, _acts in page.context["rows"]]
    assert len(numbers) == len(set(numbers)) == 25


def test_a_report_becomes_an_order_of_somebody(asset, operator, supervisor, technician):
    row = create_report_of(asset, by=operator, description="Noise", photos=[photo()])

    answer = as_(supervisor).post(
        f"/service-requests/{row.number}/convert/",
        {"priority": "high", "assigned_to": technician.pk, "seen": row.version, "next": "/service-requests/triage/"},
    )

    order = WorkOrder.objects.get()
    assert answer["Location"] == "/service-requests/triage/"
    assert (order.priority, order.assigned_to, order.status, order.title) == ("high", technician, "ready", "Noise")
    assert Attachment.objects.filter(entity_id=order.pk).count() == 1


def test_a_report_is_refused_for_a_reason_only(asset, operator, supervisor):
    row, client = create_report_of(asset, by=operator), as_(supervisor)

    assert client.post(f"/service-requests/{row.number}/reject/", {"reason": " "}).status_code == 422
    client.post(f"/service-requests/{row.number}/reject/", {"reason": "It is new"})

    row.refresh_from_db()
    assert (row.status, row.rejection_reason, row.triaged_by) == ("rejected", "It is new", supervisor)


def test_a_report_is_put_to_an_open_order_of_the_same_thing(tenant, asset, operator, supervisor):
    row, order = create_report_of(asset, by=operator), create_order_of(asset, by=supervisor)
    other = create_order_of(create_asset(tenant=tenant, name="Another"), by=supervisor)
    client = as_(supervisor)

    refused = client.post(f"/service-requests/{row.number}/merge/", {"work_order": other.number})
    client.post(f"/service-requests/{row.number}/merge/", {"work_order": order.number})

    row.refresh_from_db()
    assert refused.status_code == 422 and "about something else" in refused.text
    assert row.work_order == order and order.number in client.get(f"/service-requests/{row.number}/").text


def test_whoever_answers_second_sees_what_the_first_made_of_it(asset, operator, supervisor):
    row, client = create_report_of(asset, by=operator), as_(supervisor)
    services.convert(row, by=supervisor)

    answer = client.post(f"/service-requests/{row.number}/reject/", {"reason": "No", "seen": row.version})

    assert answer.status_code == 409 and "changed meanwhile" in answer.text and "WO-000001" in answer.text
    blind = client.post(f"/service-requests/{row.number}/reject/", {"reason": "No"})
    assert blind.status_code == 409 and "is WO-000001 already" in blind.text


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_answers():
    tenant = create_tenant()
    with tenant_context(tenant):
        people = [create_person(tenant=tenant) for _number in range(8)]
        row = create_report_of(create_asset(tenant=tenant), by=people[0])
    clients = [as_(person) for person in people]
    address = f"/service-requests/{row.number}/convert/"

    answers = at_once(8, lambda n: clients[n].post(address, {"priority": "high", "seen": row.version}))

    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 7
    with tenant_context(tenant):
        assert WorkOrder.objects.count() == 1


def test_in_an_emergency_a_technician_begins_at_once_and_it_waits_to_be_confirmed(
    asset, operator, technician, supervisor
):
    calm = create_report_of(asset, by=operator)
    stands = create_report_of(asset, by=operator, description="It stands", is_down=True)
    client = as_(technician)

    assert "Take it now" not in client.get(f"/service-requests/{calm.number}/").text
    assert client.post(f"/service-requests/{calm.number}/take/").status_code == 409
    assert "Take it now" in client.get(f"/service-requests/{stands.number}/").text
    client.post(f"/service-requests/{stands.number}/take/", {"seen": stands.version})

    order = WorkOrder.objects.get()
    assert (order.assigned_to, order.status, order.is_unapproved) == (technician, "in_progress", True)
    boss = as_(supervisor)
    assert "Begun without approval" in boss.get("/service-requests/triage/").text
    assert boss.post(f"/service-requests/triage/{order.number}/confirm/", {"seen": order.version}).status_code == 302
    order.refresh_from_db()
    assert (order.is_unapproved, order.approved_by, order.status) == (False, supervisor, "in_progress")
    assert "Begun without approval" not in boss.get("/service-requests/triage/").text


def test_what_is_confirmed_twice_stays_in_progress(asset, operator, technician, supervisor):
    row = services.take(create_report_of(asset, by=operator, urgency="critical"), by=technician)
    order = WorkOrder.objects.get(pk=row.work_order_id)
    services.approve_order(order, by=supervisor)

    with pytest.raises(services.orders.BrokenRule, match="nothing to approve"):
        services.approve_order(order, by=supervisor)

    order.refresh_from_db()
    assert order.status == "in_progress"


def test_what_is_reported_and_its_number_are_found_by_scanning(asset, operator):
    row = create_report_of(asset, by=operator)

    assert as_(operator).get("/scan/", {"code": row.number.lower()})["Location"] == f"/service-requests/{row.number}/"
