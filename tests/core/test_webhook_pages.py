"""Webhooks on their pages: registered with a secret that is shown once, switched, tried again; texts for chats."""

import json
import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.errors import BrokenRule
from apps.core.models import AuditLog
from apps.core.webhooks import formats, gate, kinds, sending
from apps.core.webhooks import services as webhook_services
from apps.core.webhooks.models import Webhook, WebhookDelivery
from apps.shopfloor import services
from tests.factories import create_job, create_person, create_station, create_stop_reason, create_webhook
from tests.receiver import receiving, reply

ADDRESS = "https://93.184.215.14/services/T0/B0/credential"
FORM = {"name": "Chat", "new_address": ADDRESS, "format": "json", "kinds": ["note"]}
DOCS = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def open_gate(settings):
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]


def note(tenant, text="All is well."):
    services.add_note(create_station(tenant=tenant), text, by=create_person(tenant=tenant, name="Ann Smith"))


# --- the secrets


def test_the_secret_is_shown_once_and_the_address_never(page):
    made = page.post("/webhooks/new/", FORM)
    webhook = Webhook.objects.get()

    assert webhook.secret in made.text and len(webhook.secret) > 40 and "no-store" in made["Cache-Control"]
    assert webhook.address == ADDRESS
    for address in (
        "/webhooks/",
        f"/webhooks/{webhook.pk}/",
        f"/admin/core/webhook/{webhook.pk}/change/",
        "/admin/core/webhook/",
    ):
        text = page.get(address).text
        assert webhook.secret not in text and "credential" not in text and "93.184.215.14/…" in text


def test_neither_lies_readable_in_the_database(tenant):
    create_webhook(tenant=tenant, address=ADDRESS)
    with connection.cursor() as cursor:
        cursor.execute(
            "select row_to_json(w)::text from webhooks w union all select row_to_json(h)::text from webhooks_history h"
        )
        rows = "".join(row for (row,) in cursor.fetchall())
    assert "credential" not in rows and "whsec_" not in rows


def test_that_they_changed_is_recorded_without_their_values(page, tenant):
    webhook = create_webhook(tenant=tenant)
    page.post(f"/webhooks/{webhook.pk}/", FORM | {"name": webhook.name})
    page.post(f"/webhooks/{webhook.pk}/secret/")

    records = list(AuditLog.objects.filter(entity_type="webhooks", action="update").order_by("id"))
    assert "address_set_at" in records[0].changes and list(records[1].changes) == ["secret_set_at"]
    assert "credential" not in json.dumps([record.changes for record in records])
    assert Webhook.objects.get().secret != webhook.secret


def test_without_the_key_nothing_is_sent_and_nothing_is_lost(page, tenant, settings, open_gate):
    with receiving() as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant)
        key, settings.SECRET_KEY = settings.SECRET_KEY, "another key that is long enough to be one 1234567890"
        sending.send_due(tenant, webhook.pk)
        assert WebhookDelivery.objects.get().problem == "unreadable"
        assert page.get("/webhooks/").status_code == 302  # (sessions are of the former key, too)
        webhook_services.switch_webhook(webhook, on=False)
        settings.SECRET_KEY_FALLBACKS = [key]
        webhook_services.switch_webhook(webhook, on=True)
        webhook_services.send_failed_again(webhook)
        sending.send_due(tenant, webhook.pk)
    assert len(receiver.requests) == 1


# --- the form


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("new_address", "http://localhost:5432/", "private network"),
        ("new_address", "http://10.0.0.1/", "private network"),
        ("new_address", "http://me:word@a.example/", "Write an address like"),
        ("new_address", "", "This field is required"),
        ("text", "{station.__class__}", "There is no {station.__class__}"),
        ("kinds", "nothing", "Select a valid choice"),
        ("format", "telegram", "which chat"),
        ("name", "Taken", "of this name already"),
    ],
)
def test_a_form_that_cannot_be_is_told_why(page, tenant, field, value, sentence):
    create_webhook(tenant=tenant, name="Taken")
    answer = page.post("/webhooks/new/", FORM | {field: value})

    assert answer.status_code == 422 and sentence in answer.text.replace("&#x27;", "'")
    assert Webhook.objects.count() == 1


def test_an_empty_address_keeps_the_one_it_has(page, tenant):
    webhook = create_webhook(tenant=tenant)
    page.post(f"/webhooks/{webhook.pk}/", FORM | {"new_address": ""})

    webhook.refresh_from_db()
    assert (webhook.name, webhook.address) == ("Chat", "https://hooks.example.com/services/T0/B0/x")


def test_a_plant_has_so_many_and_no_more(tenant, monkeypatch):
    monkeypatch.setattr(webhook_services, "MOST", 2)
    create_webhook(tenant=tenant)
    create_webhook(tenant=tenant)
    with pytest.raises(BrokenRule, match="There are 2 webhooks"):
        create_webhook(tenant=tenant)


# --- what can be done


def test_switched_off_what_waits_is_given_up_and_nothing_is_written(page, tenant):
    webhook = create_webhook(tenant=tenant)
    note(tenant)
    page.post(f"/webhooks/{webhook.pk}/switch/", {"on": "0"})
    note(tenant)

    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.problem) == ("failed", "off")
    assert "switched off" in page.get(f"/webhooks/deliveries/{delivery.pk}/").text
    answer = page.post(f"/webhooks/deliveries/{delivery.pk}/again/")
    assert answer.status_code == 409 and "switch it on first" in answer.text


def test_what_was_written_while_it_was_switched_off_is_given_up(tenant, open_gate):
    with receiving() as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant)
        Webhook.objects.update(is_active=False)  # committed between the event's statement and its commit
        sending.send_due(tenant, webhook.pk)
    assert receiver.requests == [] and WebhookDelivery.objects.get().status == "failed"


def test_a_test_goes_at_once_and_once_also_when_it_is_off(page, tenant, open_gate):
    with receiving(reply(500, b"no such chat")) as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address, is_active=False, kinds=["note"])
        place = page.post(f"/webhooks/{webhook.pk}/test/")["Location"]
        assert "Waiting" in page.get(place).text
        sending.send_due(tenant, webhook.pk)
        sending.send_due(tenant, webhook.pk)

    assert [r.json["event_type"] for r in receiver.requests] == ["test"]
    assert "Failed" in page.get(place).text and "no such chat" in page.get(place).text
    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_one_that_failed_is_sent_again_under_its_id(page, tenant, open_gate):
    with receiving(reply(200)) as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant)
        WebhookDelivery.objects.update(status="failed", next_at=None, attempts=8)
        delivery = WebhookDelivery.objects.get()
        page.post(f"/webhooks/deliveries/{delivery.pk}/again/")
        assert page.post(f"/webhooks/deliveries/{delivery.pk}/again/").status_code == 409
        sending.send_due(tenant, webhook.pk)

    assert receiver.requests[0].headers["leanops-delivery"] == str(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("delivered", 1)


def test_all_that_failed_is_sent_again(page, tenant):
    webhook, other = create_webhook(tenant=tenant), create_webhook(tenant=tenant)
    note(tenant)
    note(tenant)
    WebhookDelivery.objects.update(status="failed", next_at=None)

    answer = page.post(f"/webhooks/{webhook.pk}/again/", follow=True)

    assert "2 deliveries are sent again" in answer.text
    assert {d.webhook_id for d in WebhookDelivery.objects.filter(status="waiting")} == {webhook.pk}
    assert other.deliveries.filter(status="failed").count() == 2


def test_deleted_its_deliveries_go_with_it(page, tenant):
    webhook = create_webhook(tenant=tenant)
    note(tenant)
    page.post(f"/webhooks/{webhook.pk}/delete/")

    assert not Webhook.objects.exists() and not WebhookDelivery.objects.exists()
    assert AuditLog.objects.filter(entity_type="webhooks", action="delete").exists()
    assert sending.send_due(tenant, webhook.pk) == 0


def test_after_days_of_failures_it_is_switched_off_and_says_why(page, tenant, open_gate):
    with receiving(reply(404)) as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant)
        note(tenant)
        sending.send_due(tenant, webhook.pk)
        webhook.refresh_from_db()
        assert webhook.is_active and webhook.failing_since
        Webhook.objects.update(failing_since=timezone.now() - timedelta(days=3, minutes=1))
        WebhookDelivery.objects.update(next_at=timezone.now())
        sending.send_due(tenant, webhook.pk)

    webhook.refresh_from_db()
    assert not webhook.is_active and "Nothing has arrived since" in webhook.off_reason and "(404)" in webhook.off_reason
    assert webhook.off_reason in page.get("/webhooks/").text
    assert "is switched off: for days nothing has arrived" in page.get("/notifications/").text
    assert {d.status for d in WebhookDelivery.objects.all()} == {"failed"} and len(receiver.requests) == 3
    record = AuditLog.objects.filter(entity_type="webhooks", action="update").latest("id")
    assert record.reason == "failing" and record.changes["is_active"] == [True, False]


def test_a_success_between_failures_counts_from_the_beginning(tenant, open_gate):
    with receiving(reply(404), reply(200)) as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant)
        sending.send_due(tenant, webhook.pk)
        Webhook.objects.update(failing_since=timezone.now() - timedelta(days=9))
        note(tenant)
        sending.send_due(tenant, webhook.pk)

    webhook.refresh_from_db()
    assert webhook.is_active and webhook.failing_since is None


# --- the lists


def test_the_lists_cost_the_same_however_long_they_are(page, tenant):
    def cost(address):
        with CaptureQueriesContext(connection) as captured:
            assert page.get(address).status_code == 200
        return len(captured)

    webhook = create_webhook(tenant=tenant)
    note(tenant)
    addresses = ["/webhooks/", "/webhooks/deliveries/", f"/webhooks/deliveries/?webhook={webhook.pk}&status=waiting"]
    [cost(address) for address in addresses]
    few = [cost(address) for address in addresses]
    for _ in range(4):
        create_webhook(tenant=tenant)
        note(tenant)
    assert [cost(address) for address in addresses] == few
    assert max(few) <= 14


def test_pages_of_deliveries_skip_and_double_nothing_while_more_come_in(page, tenant, monkeypatch):
    monkeypatch.setattr("apps.core.webhooks.views.PAGE", 3)
    create_webhook(tenant=tenant)
    for _ in range(7):
        note(tenant)
    there, found, address = {str(d.pk) for d in WebhookDelivery.objects.all()}, [], "/webhooks/deliveries/"
    while address:
        text = page.get(address).text
        found += re.findall(r'<th scope="row"><a href="/webhooks/deliveries/([0-9a-f-]+)/"', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        address = following and following[1].replace("&amp;", "&")
        note(tenant)
    assert set(found) == there and len(found) == 7


def test_filters_find_what_they_say(page, tenant):
    webhook = create_webhook(tenant=tenant)
    note(tenant)
    assert "No delivery fits" in page.get("/webhooks/deliveries/?status=failed").text
    assert "No delivery fits" in page.get("/webhooks/deliveries/?webhook=nonsense").text
    assert "No delivery fits" in page.get("/webhooks/deliveries/?kind=job_created").text
    assert (
        "Waiting"
        in page.get(f"/webhooks/deliveries/?webhook={webhook.pk}&kind=note&status=waiting&after=nonsense").text
    )


# --- texts


def sent(tenant, **fields):
    """What a webhook of this format is sent of a blocked station whose part has a nasty name."""
    webhook = create_webhook(tenant=tenant, kinds=["status_change"], **fields)
    person = create_person(tenant=tenant, name="Ann <!channel> & {plant}")
    station = create_station(tenant=tenant, code="ST-01", name='Cutting "A"')
    create_job(tenant=tenant, on=station)
    reason = create_stop_reason(tenant=tenant, name="Break\\down")
    services.set_status(station, "blocked", reason=reason, by=person)
    delivery = webhook.deliveries.get()
    words = kinds.words_for(tenant, delivery.kind, delivery.event)
    return json.loads(formats.body_of(webhook, delivery.event, words))


def test_slack_takes_text_in_which_no_name_calls_the_channel(tenant):
    body = sent(tenant, format="slack", text="*{station}* <https://a.example|{station_name}>: {what} {person} <!here>")
    assert list(body) == ["text"]
    assert body["text"].startswith('*ST-01* <https://a.example|Cutting "A">: ')
    assert "Break\\down" in body["text"] and body["text"].endswith("Ann &lt;!channel&gt; &amp; {plant} <!here>")


def test_teams_takes_a_card_of_plain_lines(tenant):
    body = sent(tenant, format="teams", text="{subject}\n\n{person}")
    (attachment,) = body["attachments"]
    card = attachment["content"]
    assert body["type"] == "message" and attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.2")
    assert [b["inlines"] for b in card["body"]] == [
        [{"type": "TextRun", "text": "ST-01"}],
        [{"type": "TextRun", "text": "Ann <!channel> & {plant}"}],
    ]


def test_telegram_takes_a_chat_and_plain_text(tenant):
    body = sent(tenant, format="telegram", chat="-1001234")
    assert body["chat_id"] == "-1001234" and set(body) == {"chat_id", "text"}
    assert body["text"].startswith("ST-01: ") and "Ann <!channel> & {plant}, 20" in body["text"]


def test_json_has_the_text_beside_the_event(tenant):
    assert sent(tenant, format="json", text="{plant}|{line}|{job}")["text"].startswith(f"{tenant.name}|Line A|")


def test_a_text_is_cut_where_chats_end(tenant):
    assert len(formats.fill("{what}" * 300, {"what": "x" * 100})) == formats.LONGEST


@pytest.mark.parametrize(
    "text", ["{0}", "{}", "{what!r}", "{what:>9}", "{what.__class__}", "{what[0]}", "{ what }", "{{what}}x{no}"]
)
def test_only_known_words_stand_in_braces(text):
    with pytest.raises(ValidationError):
        formats.check_text(text)


def test_a_word_that_cannot_be_said_does_not_stand_in_the_way_of_the_next(tenant, open_gate, monkeypatch):
    with receiving() as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant)
        note(tenant)
        real, calls = kinds.words_for, []

        def fails_once(*args):
            calls.append(1)
            if len(calls) == 1:
                raise KeyError("payload")
            return real(*args)

        monkeypatch.setattr(kinds, "words_for", fails_once)
        assert sending.send_due(tenant, webhook.pk) == 2
    problems = WebhookDelivery.objects.order_by("created_at").values_list("problem", flat=True)
    assert list(problems) == ["unwritable", ""] and len(receiver.requests) == 1


# --- the documentation


def test_the_example_of_the_documentation_verifies(tenant, open_gate):
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    found = {}
    exec(code, found)  # noqa: S102 (our own page)
    verify = found["is_from_leanops"]
    with receiving() as receiver:
        webhook = create_webhook(tenant=tenant, address=receiver.address)
        note(tenant)
        sending.send_due(tenant, webhook.pk)
    (request,) = receiver.requests
    names = ("LeanOps-Timestamp", "LeanOps-Signature")
    headers = {name: request.headers[name.lower()] for name in names}

    assert verify(webhook.secret, headers, request.body)
    assert not verify(webhook.secret, headers, request.body + b" ")
    assert not verify("whsec_other", headers, request.body)
    old = str(int(headers["LeanOps-Timestamp"]) - 600)
    replayed = {"LeanOps-Timestamp": old, "LeanOps-Signature": f"v1={sending.sign(webhook.secret, old, request.body)}"}
    assert not verify(webhook.secret, replayed, request.body)


def test_the_documentation_tells_the_pauses_and_the_times(tenant):
    text = DOCS.read_text()
    assert "10 s, 1 min, 5 min, 30 min, 2 h, 6 h and 24 h" in text
    assert [pause.total_seconds() for pause in sending.RETRIES] == [10, 60, 300, 1800, 7200, 21600, 86400]
    assert (gate.TOTAL, sending.KEPT_FOR.days, sending.OFF_AFTER.days) == (15, 30, 3)
