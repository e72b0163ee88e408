"""The real worker sends: once, by whoever comes first, and again when one has died in the middle."""

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.isolation import platform_context, tenant_context
from apps.core.webhooks import gate, sending
from apps.core.webhooks import services as webhook_services
from apps.core.webhooks.models import Webhook, WebhookDelivery
from apps.core.webhooks.tasks import forget_old_deliveries, wake_webhooks
from apps.shopfloor import services
from tests.core.test_worker import empty_queue, jobs, work  # noqa: F401  (a fixture)
from tests.factories import create_person, create_station, create_tenant, create_webhook
from tests.receiver import receiving, reply
from tests.serving import ROOT, database_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def open_gate(settings, monkeypatch):
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    monkeypatch.setenv("LEANOPS_WEBHOOK_NETWORKS", "127.0.0.0/8")


def plant_with(receiver, *, notes=1, **fields):
    plant = create_tenant()
    with tenant_context(plant):
        webhook = create_webhook(tenant=plant, address=receiver.address, **fields)
        station, person = create_station(tenant=plant), create_person(tenant=plant)
        for number in range(notes):
            services.add_note(station, str(number), by=person)
    return plant, webhook


def deliveries(plant):
    with tenant_context(plant):
        return list(WebhookDelivery.objects.order_by("created_at").values_list("status", "attempts"))


def told(receiver):
    return [request.headers["leanops-delivery"] for request in receiver.requests]


def test_the_worker_sends_what_is_in_the_outbox():
    with receiving() as receiver:
        plant, _ = plant_with(receiver, notes=3)
        assert receiver.requests == []
        work()

    assert deliveries(plant) == [("delivered", 1)] * 3
    assert [request.json["payload"]["note"] for request in receiver.requests] == ["0", "1", "2"]
    assert {status for name, status in jobs() if name == "send_webhook"} == {"succeeded"}


def test_two_workers_at_once_send_each_once():
    with receiving() as receiver:
        plant, _ = plant_with(receiver, notes=20)
        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    assert deliveries(plant) == [("delivered", 1)] * 20
    assert len(receiver.requests) == len(set(told(receiver))) == 20


def many_at_once(number, function):
    barrier, found = threading.Barrier(number), []

    def one():
        try:
            barrier.wait()
            found.append(function())
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_many_turns_at_once_make_one_attempt_for_each():
    with receiving() as receiver:
        plant, webhook = plant_with(receiver, notes=10)
        made = many_at_once(8, lambda: sending.send_due(plant, webhook.pk))

    assert sum(made) == 10 and len(receiver.requests) == len(set(told(receiver))) == 10


def test_one_worker_at_a_time_sends_to_a_webhook():
    hold = threading.Event()
    with receiving(lambda connection: (hold.wait(20), connection.sendall(reply(200))), reply(200)) as receiver:
        plant, webhook = plant_with(receiver, notes=2)
        first = threading.Thread(target=lambda: (sending.send_due(plant, webhook.pk), connection.close()))
        first.start()
        receiver.wait_for(1)
        assert sending.send_due(plant, webhook.pk) == 0, "the second delivery is the first one's, too"
        hold.set()
        first.join()

    assert deliveries(plant) == [("delivered", 1)] * 2


def test_sending_all_failed_again_at_once_sends_them_once():
    with receiving() as receiver:
        plant, webhook = plant_with(receiver, notes=5)
        with tenant_context(plant):
            WebhookDelivery.objects.update(status="failed", next_at=None)

        def again():
            with tenant_context(plant):
                return webhook_services.send_failed_again(webhook)

        found = many_at_once(4, again)
        many_at_once(4, lambda: sending.send_due(plant, webhook.pk))

    assert sorted(found) == [0, 0, 0, 5] and len(set(told(receiver))) == len(receiver.requests) == 5


def test_what_was_due_when_the_turn_was_over_has_a_turn_of_its_own(monkeypatch):
    monkeypatch.setattr(sending, "TURN", -1)
    with receiving() as receiver:
        plant, webhook = plant_with(receiver)
        with connection.cursor() as cursor:
            cursor.execute("truncate procrastinate_jobs cascade")
        assert sending.send_due(plant, webhook.pk) == 0
        assert jobs() == [("send_webhook", "todo")]
        work()

    assert deliveries(plant) == [("delivered", 1)]


def test_a_worker_killed_in_the_middle_loses_nothing_and_the_id_tells_the_double():
    """It has sent, and nobody knows: it is sent again when its lease is over, under the same id."""
    hold = threading.Event()
    with receiving(lambda connection: hold.wait(20), reply(200)) as receiver:
        plant, webhook = plant_with(receiver)
        variables = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "config.settings"}
        worker = subprocess.Popen([sys.executable, "manage.py", "procrastinate", "worker"], cwd=ROOT, env=variables)
        receiver.wait_for(1)
        worker.kill()
        worker.wait()
        hold.set()

        assert sending.send_due(plant, webhook.pk) == 0, "the lease of the dead one is in force"
        with tenant_context(plant):
            past = timezone.now() - timedelta(seconds=1)
            Webhook.objects.update(leased_until=past)
            WebhookDelivery.objects.update(next_at=past)
        wake_webhooks()
        work()

    assert deliveries(plant) == [("delivered", 2)]
    assert len(receiver.requests) == 2 and len(set(told(receiver))) == 1


def test_the_one_that_lost_its_lease_may_tell_of_a_success_and_of_no_failure():
    plant, webhook = plant_with(type("Nowhere", (), {"address": "http://127.0.0.1:9/"}))
    slow = sending._begin(plant, webhook.pk, sending.uuid4(), may_go_on=True)

    def time_passes():
        with tenant_context(plant):
            past = timezone.now() - timedelta(seconds=1)
            Webhook.objects.update(leased_until=past)
            WebhookDelivery.objects.filter(status="waiting").update(next_at=past)

    time_passes()
    second = sending._begin(plant, webhook.pk, sending.uuid4(), may_go_on=True)
    sending._end(plant, webhook.pk, slow, gate.Answer("status", 500))
    assert deliveries(plant) == [("waiting", 2)]
    with tenant_context(plant):
        assert WebhookDelivery.objects.get().response_code is None
    sending._end(plant, webhook.pk, slow, gate.Answer("", 200))
    assert deliveries(plant) == [("delivered", 2)]
    sending._end(plant, webhook.pk, second, gate.Answer("status", 500))
    assert deliveries(plant) == [("delivered", 2)]


def test_one_that_costs_every_worker_its_life_is_given_up():
    with receiving() as receiver:
        plant, webhook = plant_with(receiver, notes=2)
        with tenant_context(plant):
            first = WebhookDelivery.objects.order_by("created_at").first()
            WebhookDelivery.objects.filter(pk=first.pk).update(attempts=8)
        sending.send_due(plant, webhook.pk)

    assert deliveries(plant) == [("failed", 8), ("delivered", 1)]


def test_each_minute_what_is_due_is_woken_in_every_plant_and_once():
    plants = [plant_with(type("Nowhere", (), {"address": "http://127.0.0.1:9/"}))[0] for _ in range(2)]
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs cascade")

    assert sending.wake_due() == sending.wake_due() == 2

    assert jobs() == [("send_webhook", "todo")] * 2
    with tenant_context(plants[0]):
        WebhookDelivery.objects.update(next_at=timezone.now() + timedelta(minutes=5))
    with tenant_context(plants[1]):
        Webhook.objects.update(held_until=timezone.now() + timedelta(minutes=5))
    assert sending.wake_due() == 0


def test_a_floor_act_waits_for_no_webhook_that_is_being_booked():
    """Booking locks the webhook's row; what happens meanwhile is written all the same."""
    with receiving() as receiver:
        plant, _ = plant_with(receiver, notes=0)
    with tenant_context(plant):
        Webhook.objects.locked().get()
        begun = time.monotonic()

        def act():
            with tenant_context(plant):
                services.add_note(create_station(tenant=plant), "meanwhile", by=create_person(tenant=plant))

        many_at_once(1, act)
        assert time.monotonic() - begun < 2
    assert deliveries(plant) == [("waiting", 0)]


def test_after_thirty_days_a_delivery_is_forgotten():
    with receiving() as receiver:
        plant, _ = plant_with(receiver, notes=2)
    with tenant_context(plant):
        old = WebhookDelivery.objects.order_by("created_at").first()
        WebhookDelivery.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))

    assert forget_old_deliveries() == 1

    with platform_context():
        assert WebhookDelivery.objects.count() == 1
