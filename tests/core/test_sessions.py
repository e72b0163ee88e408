"""How long a session lasts, and how it is ended: by time, by its owner, by an admin, by leaving."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from apps.core import services, sessions
from apps.core.isolation import tenant_context
from apps.core.models import AuditLog
from tests.core.test_live import Stream, session_of
from tests.factories import PASSWORD, create_person, create_tenant
from tests.serving import real_server


def sign_in(person, client=None):
    client = client or Client()
    assert client.post("/sign-in/", {"username": person.email, "password": PASSWORD}).status_code == 302
    return client


def is_in(client):
    return client.get("/settings/").status_code == 200


@pytest.fixture
def person(tenant):
    return create_person(tenant=tenant, password=PASSWORD)


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def test_twelve_hours_without_a_press_end_it(person, clock):
    client = sign_in(person)
    clock.shift(timedelta(hours=11, minutes=59))
    assert is_in(client)
    clock.shift(timedelta(hours=12, minutes=1))

    assert client.get("/settings/")["Location"].startswith("/sign-in/")


def test_a_board_that_reads_itself_again_keeps_nobody_signed_in(person, clock):
    client = sign_in(person)
    for _ in range(13):
        clock.shift(timedelta(hours=1))
        client.get("/board/changes/", headers={"HX-Request": "true"})

    assert not is_in(client)


def test_after_seven_days_it_ends_however_busy(person, clock):
    client = sign_in(person)
    for _ in range(14):
        assert is_in(client)
        clock.shift(timedelta(hours=11, minutes=59))
    clock.shift(timedelta(hours=1))

    assert not is_in(client)


def test_a_session_from_before_it_was_counted_is_over(person):
    client = sign_in(person)
    session = client.session
    del session[sessions.SEEN]
    session.save()

    assert not is_in(client)


def test_where_i_am_signed_in_lists_each_and_ends_the_others(person):
    here, there = sign_in(person), sign_in(person, Client(headers={"User-Agent": "Phone 7"}))
    page = here.get("/sessions/").text
    assert "Phone 7" in page and "Sign out everywhere else" in page

    here.post("/sessions/")

    assert is_in(here) and not is_in(there)
    with tenant_context(person.tenant):
        told = AuditLog.objects.latest("id")
        assert (told.entity_id, told.reason, told.user_id) == (str(person.pk), "sessions ended", person.pk)


def test_an_admin_signs_somebody_out_everywhere(client, person, admin):
    theirs = sign_in(person)
    client.force_login(admin)

    client.post("/admin/core/user/", {"action": "sign_out_everywhere", "_selected_action": [person.pk]})

    assert not is_in(theirs)
    assert AuditLog.objects.latest("id").user_id == admin.pk
    assert not UserSession.objects.filter(user=person).exists()


def test_a_changed_password_ends_the_sessions_elsewhere(person):
    here, there = sign_in(person), sign_in(person)
    key = there.session.session_key
    new = {"old_password": PASSWORD, "new_password1": "quite-another-word", "new_password2": "quite-another-word"}

    here.post("/password/", new)

    assert is_in(here) and not is_in(there)
    assert not Session.objects.filter(session_key=key).exists()


def test_who_is_deactivated_is_out_at_once(client, person, admin):
    theirs = sign_in(person)
    client.force_login(admin)

    client.post("/admin/core/user/", {"action": "deactivate", "_selected_action": [person.pk]})

    assert not is_in(theirs)
    assert not UserSession.objects.filter(user=person).exists()


def test_sessions_past_their_time_are_deleted(person, clock):
    sign_in(person)
    clock.shift(timedelta(days=8))

    sessions.forget_ended()

    assert not Session.objects.exists() and not UserSession.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ending", ["deactivated", "signed out everywhere", "new password"])
def test_open_streams_end_with_the_session_at_once_and_only_those(ending):
    tenant = create_tenant()
    leaver, stayer = create_person(tenant=tenant, password=PASSWORD), create_person(tenant=tenant)
    with real_server() as address:
        stream, other = Stream(address, session_of(leaver)), Stream(address, session_of(stayer))
        assert stream.next()[0] == other.next()[0] == "ready"
        stream.connection.sock.settimeout(5)  # far below the regular look, once a minute

        with tenant_context(tenant):
            if ending == "deactivated":
                leaver.is_active = False
                services.save_person(leaver, by=None)
            elif ending == "signed out everywhere":
                services.sign_out_everywhere(leaver, by=None)
            else:
                services.give_one_time_password(leaver, by=None)

        assert stream.response.read() == b""
        assert other.response.fp is not None and Stream(address, session_of(stayer)).next()[0] == "ready"
