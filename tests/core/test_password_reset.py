"""A new password by e-mail: the same words whoever asks, a link that counts once, no way round the second factor."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from apps.core import tasks
from apps.core.isolation import platform_context, tenant_context
from apps.core.models import AuditLog, User
from tests.factories import PASSWORD, create_person, create_platform_person

NEW = "a-word-of-my-own"


@pytest.fixture(autouse=True)
def an_address(settings):
    settings.ADDRESS = "https://plant.example"


@pytest.fixture
def person(tenant):
    return create_person(tenant=tenant, email="Ana@north.example", password=PASSWORD)


def ask(client, address="ana@north.example"):
    return client.post("/password/forgotten/", {"email": address})


def work():
    """What the worker does with the jobs that stand in the queue."""
    for job in ProcrastinateJob.objects.filter(status="todo", task_name="mail_reset_link"):
        tasks.mail_reset_link(**job.args)


def link(client):
    ask(client)
    work()
    address = re.search(r"https://plant\.example(\S+)", mail.outbox[-1].body)[1]
    return client.get(address)["Location"]  # the token moves from the address into the session


def test_the_link_in_the_mail_leads_to_a_new_password(client, person):
    answer = client.post(link(client), {"new_password1": NEW, "new_password2": NEW})

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")
    assert mail.outbox[0].to == ["Ana@north.example"]
    assert User.objects.get(pk=person.pk).check_password(NEW)
    assert "_auth_user_id" not in client.session
    with tenant_context(person.tenant):
        told = AuditLog.objects.filter(entity_id=str(person.pk)).order_by("-id")
        assert (told[0].changes, told[0].reason) == ({"password": [None, None]}, "link by e-mail")
        assert told[0].user_id == person.pk
        assert told.filter(reason="mailed a link for a new password").exists()


def test_all_sessions_end(client, person):
    elsewhere = Client()
    elsewhere.post("/sign-in/", {"username": person.email, "password": PASSWORD})

    client.post(link(client), {"new_password1": NEW, "new_password2": NEW})

    assert elsewhere.get("/settings/").status_code == 302


def test_the_link_counts_once_and_for_an_hour(client, person):
    place = link(client)
    used = re.search(r"https://plant\.example(\S+)", mail.outbox[-1].body)[1]
    client.post(place, {"new_password1": NEW, "new_password2": NEW})
    assert "too old" in Client().get(used).text

    place = link(Client())
    fresh = re.search(r"https://plant\.example(\S+)", mail.outbox[-1].body)[1]
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert "too old" in Client().get(fresh).text


@pytest.mark.parametrize("address", ["nobody@north.example", "ana@north.example"])
def test_everybody_is_told_the_same(client, person, address):
    assert "If somebody here has this address" in ask(client, address).text


def test_nobody_is_mailed_who_is_not_here_or_was_switched_off(client, person):
    ask(client, "nobody@north.example")
    User.objects.filter(pk=person.pk).update(is_active=False)
    ask(client)
    work()

    assert mail.outbox == []


def test_the_link_stands_in_no_queue(client, person):
    ask(client)

    assert ProcrastinateJob.objects.get(task_name="mail_reset_link").args == {"person": str(person.pk)}


def test_a_forged_host_does_not_get_into_the_mail(client, person, settings):
    client.post("/password/forgotten/", {"email": person.email}, headers={"Host": "evil.example"})
    work()

    assert "evil.example" not in mail.outbox[0].body and "https://plant.example/" in mail.outbox[0].body


def test_mails_are_not_a_tap(client, person):
    for _ in range(5):
        assert ask(client).status_code == 200

    assert ask(client).status_code == 429
    assert ask(client, "nobody@north.example").status_code == 200


@pytest.mark.parametrize("word", ["short", "password123"])
def test_a_bad_new_password_is_refused(client, person, word):
    answer = client.post(link(client), {"new_password1": word, "new_password2": word})

    assert answer.status_code == 422
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)


def test_without_an_address_of_its_own_the_installation_sends_none(client, person, settings):
    settings.ADDRESS = ""

    assert "one-time password" in client.get("/password/forgotten/").text


@pytest.mark.parametrize("is_active", [True, False])
def test_asking_is_recorded_of_whoever_has_the_address(client, person, is_active):
    User.objects.filter(pk=person.pk).update(is_active=is_active)

    answer = ask(client)

    with tenant_context(person.tenant):
        (row,) = AuditLog.objects.filter(action="reset_asked")
    assert (row.entity_type, row.entity_id, row.user_id) == ("users", str(person.pk), None)
    assert row.request_id == answer["X-Request-ID"] and "north" not in str(row.changes)


def test_an_address_that_nobody_has_leaves_no_record(client, person):
    ask(client, "nobody@north.example")

    with platform_context():
        assert not AuditLog.objects.filter(action="reset_asked").exists()


def test_the_record_of_a_platform_person_belongs_to_no_tenant(client, person):
    platform = create_platform_person()

    ask(client, platform.email)

    with platform_context():
        assert AuditLog.objects.get(action="reset_asked").entity_id == str(platform.pk)
