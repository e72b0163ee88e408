"""Webhooks by the API: by the page's rules, for admins alone, and the secret shown once."""

import pytest

from apps.core.webhooks.models import Webhook, WebhookDelivery
from apps.shopfloor import services
from tests.api.client import Program
from tests.factories import create_person, create_station, create_webhook

ADDRESS = "https://93.184.215.14/services/T0/B0/x"


@pytest.fixture
def program(admin):
    return Program(admin)


def test_one_is_registered_changed_and_deleted(program, tenant):
    made = program.post("webhooks/", {"name": "Chat", "address": ADDRESS, "format": "slack", "kinds": ["note"]})
    key = made.json()["id"]
    changed = program.patch(f"webhooks/{key}/", {"text": "{what}"})

    assert made.status_code == 201 and made["Cache-Control"] == "no-store"
    assert made.json()["secret"] == Webhook.objects.get().secret and "address" not in made.json()
    assert (changed.status_code, changed.json()["text"], changed.json()["kinds"]) == (200, "{what}", ["note"])
    assert "secret" not in changed.json() and changed.json()["short_address"] == "https://93.184.215.14/…"
    assert Webhook.objects.get().address == ADDRESS
    assert program.delete(f"webhooks/{key}/").status_code == 204
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "https://127.0.0.1/"),
        ("address", "ftp://a.example/"),
        ("text", "{nobody}"),
        ("kinds", ["nothing"]),
        ("format", "telegram"),
        ("format", "pigeon"),
        ("name", "Taken"),
        ("secret", "mine"),
    ],
)
def test_what_the_page_refuses_is_refused(program, tenant, field, value):
    create_webhook(tenant=tenant, name="Taken")

    answer = program.post("webhooks/", {"name": "Chat", "address": ADDRESS, "format": "json"} | {field: value})

    assert answer.status_code == 400 and set(answer.json()) == {"chat" if value == "telegram" else field}
    assert Webhook.objects.count() == 1


def test_it_is_switched_tested_given_a_new_secret_and_tried_again(program, tenant):
    webhook = create_webhook(tenant=tenant)
    address = f"webhooks/{webhook.pk}/"
    services.add_note(create_station(tenant=tenant), "so", by=create_person(tenant=tenant))

    assert program.post(address + "switch/", {"on": False}).json()["is_active"] is False
    assert program.post(address + "again/").status_code == 400
    assert program.post(address + "switch/", {"on": True}).json()["is_active"] is True
    assert program.post(address + "again/").json() == {"count": 1}
    tested, renewed = program.post(address + "test/"), program.post(address + "secret/")

    assert (tested.status_code, tested.json()["kind"], tested.json()["status"]) == (201, "test", "waiting")
    assert (renewed.status_code, renewed["Cache-Control"]) == (201, "no-store")
    assert renewed.json()["secret"] == Webhook.objects.get().secret != webhook.secret


def test_deliveries_are_read_and_sent_again(program, tenant):
    webhook = create_webhook(tenant=tenant)
    services.add_note(create_station(tenant=tenant), "so", by=create_person(tenant=tenant))
    WebhookDelivery.objects.update(status="failed", next_at=None)

    (row,) = program.get(f"webhook-deliveries/?webhook={webhook.pk}&status=failed&kind=note").json()["results"]
    again = program.post(f"webhook-deliveries/{row['id']}/again/")

    event = program.get(f"events/{row['event']['id']}/").json()
    assert row["event"] == event  # the same shape, to the letter
    assert again.json()["status"] == "waiting"
    assert program.post(f"webhook-deliveries/{row['id']}/again/").status_code == 400
    for address in ("webhooks/", "webhook-deliveries/"):
        sheet = b"".join(program.get(address, Accept="text/csv").streaming_content).decode()
        assert sheet.count("\r\n") == 2 and webhook.secret not in sheet and webhook.address not in sheet


def test_managers_have_no_business_with_them(manager):
    program = Program(manager)

    assert program.get("webhooks/").status_code == program.get("webhook-deliveries/").status_code == 403


def test_history_by_the_api_is_told_nobody(program, tenant):
    create_webhook(tenant=tenant)

    answer = program.post(
        "events/", {"event_type": "note", "occurred_at": "2026-01-02T03:04:05Z", "payload": {"at": "x"}}
    )

    assert answer.status_code == 201 and not WebhookDelivery.objects.exists()
