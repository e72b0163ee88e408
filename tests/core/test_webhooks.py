"""What happens in a plant is told at the addresses its admin has registered: once it is committed, until it has arrived."""

import hashlib
import hmac
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.isolation import platform_context, tenant_context
from apps.core.webhooks import sending
from apps.core.webhooks.models import Webhook, WebhookDelivery
from apps.shopfloor import services
from apps.shopfloor.models import Event
from tests.factories import create_person, create_station, create_tenant, create_webhook
from tests.receiver import receiving, reply
from tests.sweep import without_row_level_security


@pytest.fixture(autouse=True)
def open_gate(settings):
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]


def jobs():
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'send_webhook' and status = 'todo'")
        return cursor.fetchone()[0]


def note(tenant, text="All is well."):
    return services.add_note(create_station(tenant=tenant), text, by=create_person(tenant=tenant))


def due_now(tenant):
    """As if the time for the next attempt had come."""
    past = timezone.now() - timedelta(seconds=1)
    WebhookDelivery.objects.for_tenant(tenant).filter(status="waiting").update(next_at=past)
    Webhook.objects.for_tenant(tenant).exclude(held_until=None).update(held_until=past)


# --- the outbox


def test_what_happened_is_posted_in_the_shape_of_the_api_and_signed(tenant):
    with receiving() as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant)
        assert sending.send_due(tenant, webhook.pk) == 1

    (request,) = receiver.requests
    event, delivery = Event.objects.get(), WebhookDelivery.objects.get()
    assert request.line == "POST /hook HTTP/1.1"
    assert request.json == {
        "id": str(event.pk),
        "event_type": "note",
        "station": event.station.code,
        "job": None,
        "user": str(event.user_id),
        "payload": event.payload,
        "occurred_at": tenant.local(event.occurred_at).isoformat(),
        "created_at": tenant.local(event.created_at).isoformat(),
        "tenant": tenant.slug,
        "delivery": str(delivery.pk),
    }
    headers = request.headers
    signed = headers["leanops-timestamp"].encode() + b"." + request.body
    assert headers["leanops-signature"] == "v1=" + hmac.new(webhook.secret.encode(), signed, hashlib.sha256).hexdigest()
    assert (headers["leanops-event"], headers["leanops-delivery"]) == ("note", str(delivery.pk))
    assert abs(int(headers["leanops-timestamp"]) - timezone.now().timestamp()) < 60
    assert (delivery.status, delivery.attempts, delivery.response_code, delivery.response_start) == (
        "delivered",
        1,
        200,
        "ok",
    )


def test_only_the_kinds_that_are_wanted_are_written(tenant):
    create_webhook(tenant=tenant, name="calls", kinds=["help_request", "call_resolved"])
    create_webhook(tenant=tenant, name="all")
    create_webhook(tenant=tenant, name="off", is_active=False)
    station, person = create_station(tenant=tenant), create_person(tenant=tenant)

    services.call_for(station, "help", by=person)
    services.add_note(station, "All is well.", by=person)

    found = WebhookDelivery.objects.order_by("created_at").values_list("webhook__name", "kind")
    assert sorted(found) == [("all", "help_request"), ("all", "note"), ("calls", "help_request")]
    assert jobs() == 3


@pytest.mark.parametrize("layers", ["both", "the application alone"])
def test_another_plants_webhook_hears_nothing(tenant, layers):
    other = create_tenant()
    with tenant_context(other):
        create_webhook(tenant=other)
    if layers != "both":
        without_row_level_security()

    note(tenant)

    with platform_context():
        assert not WebhookDelivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_act_that_is_rolled_back_is_told_nobody():
    plant = create_tenant()
    with tenant_context(plant):
        create_webhook(tenant=plant)
    before = jobs()

    with pytest.raises(RuntimeError), tenant_context(plant):
        note(plant)
        assert WebhookDelivery.objects.exists() and jobs() == before + 1
        raise RuntimeError

    with tenant_context(plant):
        assert not WebhookDelivery.objects.exists() and not Event.objects.exists()
    assert jobs() == before


def test_without_a_webhook_an_event_costs_one_statement_more(tenant, django_assert_num_queries):
    station, person = create_station(tenant=tenant), create_person(tenant=tenant)
    from apps.shopfloor.events import record_event

    with django_assert_num_queries(2):
        record_event("note", tenant=tenant, by=person, at=timezone.now(), station=station)


# --- again, and no more often than needed


def test_what_has_arrived_is_not_sent_again(tenant):
    with receiving() as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant)
        for _ in range(3):
            sending.send_due(tenant, webhook.pk)
            due_now(tenant)

    assert len(receiver.requests) == 1


def test_a_refused_one_comes_again_later_and_later_under_the_same_id_and_then_fails(tenant):
    with receiving(reply(500, b"no")) as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant)
        waits = []
        for _ in range(20):
            if sending.send_due(tenant, webhook.pk):
                delivery = WebhookDelivery.objects.get()
                if delivery.next_at:
                    waits.append(round((delivery.next_at - timezone.now()).total_seconds(), -1))
            due_now(tenant)

    assert waits == [10, 60, 300, 1800, 7200, 21600, 86400]
    assert len(receiver.requests) == 8 and len({r.headers["leanops-delivery"] for r in receiver.requests}) == 1
    assert (delivery.status, delivery.problem, delivery.response_code) == ("failed", "status", 500)


def test_before_its_time_it_is_not_tried_again(tenant):
    with receiving(reply(500)) as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant)
        sending.send_due(tenant, webhook.pk)
        sending.send_due(tenant, webhook.pk)

    assert len(receiver.requests) == 1


def test_one_that_is_refused_does_not_stop_the_others(tenant):
    with receiving(reply(400), reply(200)) as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant, "first")
        note(tenant, "second")
        sending.send_due(tenant, webhook.pk)

    assert [r.json["payload"]["note"] for r in receiver.requests] == ["first", "second"]
    assert list(WebhookDelivery.objects.order_by("created_at").values_list("status", flat=True)) == [
        "waiting",
        "delivered",
    ]


def closed_port():
    with receiving() as receiver:
        return receiver.address


def test_where_nobody_answers_only_one_is_tried_until_somebody_does(tenant):
    webhook = create_webhook(tenant=tenant, address=closed_port())
    for _ in range(3):
        note(tenant)
    assert sending.send_due(tenant, webhook.pk) == 1

    before = jobs()
    note(tenant)  # written, and waits with the others: nobody is woken for it
    assert jobs() == before
    assert sending.send_due(tenant, webhook.pk) == 0
    due_now(tenant)
    with receiving() as receiver:
        Webhook.objects.update(address=receiver.address)
        assert sending.send_due(tenant, webhook.pk) == 4

    assert len(receiver.requests) == 4
    webhook.refresh_from_db()
    assert webhook.failing_since is None and webhook.held_until is None
