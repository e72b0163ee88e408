"""The second factor: set up, asked for, guessed no faster than a password, required by a tenant, taken away by an admin."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from cryptography.fernet import InvalidToken
from django.test import Client, override_settings
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog
from tests.factories import PASSWORD, create_person


def code_of(secret):
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def sign_in(person, client=None, password=PASSWORD):
    client = client or Client()
    return client, client.post("/sign-in/", {"username": person.email, "password": password, "next": "/activity/"})


def set_up(client):
    """As a person would: open the page, type the secret into the app and the app's code into the page."""
    page = client.get("/second-factor/totp/activate/").text
    secret = re.search(r'value="([A-Z2-7]{32})"', page)[1]
    answer = client.post("/second-factor/totp/activate/", {"code": code_of(secret)})
    assert answer.status_code == 302, answer.text
    return secret


def recovery_codes(client):
    return re.findall(
        r"^\d{8}$|^\w{4,}-\w{4,}$", client.get("/second-factor/recovery-codes/download/").text, re.MULTILINE
    )


@pytest.fixture
def person(tenant):
    return create_person(tenant=tenant, role="manager", password=PASSWORD)


@pytest.fixture
def secret(person):
    """The person has an app; what it knows."""
    client, _ = sign_in(person)
    return set_up(client)


def told(person):
    with tenant_context(person.tenant):
        rows = AuditLog.objects.filter(entity_id=str(person.pk)).order_by("id")
        return [(row.action, row.reason or row.changes) for row in rows if row.action != "create"]


def test_setting_up_an_app_is_recorded_and_gives_recovery_codes(person):
    client, _ = sign_in(person)

    set_up(client)

    assert len(recovery_codes(client)) == 10
    assert ("update", "second factor added: totp") in told(person)
    assert "active" in client.get("/second-factor/").text


def test_the_apps_secret_lies_encrypted(secret, person):
    kept = Authenticator.objects.get(user=person, type="totp").data["secret"]

    assert secret not in kept
    with override_settings(SECRET_KEY="another" * 10, SECRET_KEY_FALLBACKS=[]), pytest.raises(InvalidToken):
        Authenticator.objects.get(user=person, type="totp").wrap().validate_code(code_of(secret))


def test_a_right_password_alone_opens_nothing(secret, person):
    client, answer = sign_in(person)

    assert answer["Location"].startswith("/second-factor/authenticate/")
    assert client.get("/settings/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_password_and_code_lead_where_the_person_wanted(secret, person):
    client, _ = sign_in(person)
    before = client.session.session_key

    answer = client.post("/second-factor/authenticate/", {"code": code_of(secret)})

    assert (answer.status_code, answer["Location"]) == (302, "/activity/")
    assert client.session.session_key != before
    assert told(person)[-1] == ("login", {"by": [None, "password, totp"]})


def test_a_code_counts_once(secret, person):
    code = code_of(secret)
    first, _ = sign_in(person)
    second, _ = sign_in(person)

    assert first.post("/second-factor/authenticate/", {"code": code}).status_code == 302
    assert second.post("/second-factor/authenticate/", {"code": code}).status_code == 200
    assert "_auth_user_id" not in second.session


def test_a_recovery_code_opens_once(person):
    client, _ = sign_in(person)
    set_up(client)
    code = recovery_codes(client)[0]

    first, _ = sign_in(person)
    assert first.post("/second-factor/authenticate/", {"code": code}).status_code == 302
    second, _ = sign_in(person)
    assert second.post("/second-factor/authenticate/", {"code": code}).status_code == 200


def test_codes_are_guessed_no_faster_than_passwords(secret, person):
    client, _ = sign_in(person)
    for _ in range(5):
        assert "Incorrect code" in client.post("/second-factor/authenticate/", {"code": "000000"}).text

    answer = client.post("/second-factor/authenticate/", {"code": code_of(secret)})

    assert "Too many wrong tries" in answer.text and "_auth_user_id" not in client.session
    assert told(person)[-1] == ("login_failed", {"by": [None, "totp"]})
    again, _ = sign_in(person)  # the password is no way round
    assert "Too many" in again.post("/second-factor/authenticate/", {"code": "111111"}).text


def test_cancelling_between_password_and_code_forgets_the_password(secret, person):
    client, _ = sign_in(person)

    client.post("/sign-out/")

    assert client.get("/second-factor/authenticate/")["Location"] == "/sign-in/"


@pytest.fixture
def strict(tenant):
    tenant.settings = {"second_factor_roles": ["manager", "admin"]}
    tenant.save()
    return tenant


def test_a_tenant_that_asks_for_it_opens_nothing_else_before(strict, person):
    client, _ = sign_in(person)
    for place in ("/board/", "/settings/", "/admin/", "/jobs/"):
        assert client.get(place)["Location"] == "/second-factor/"
    assert client.get("/board/", headers={"HX-Request": "true"})["HX-Redirect"] == "/second-factor/"
    assert "Your plant asks" in client.get("/second-factor/").text

    set_up(client)

    assert client.get("/jobs/").status_code == 200


def test_other_roles_are_not_asked(strict):
    client, _ = sign_in(create_person(tenant=strict, role="operator", password=PASSWORD))

    assert client.get("/jobs/").status_code == 200


def test_who_takes_it_away_again_stands_before_the_door(strict, person):
    client, _ = sign_in(person)
    set_up(client)
    assert client.get("/jobs/").status_code == 200

    client.post("/second-factor/totp/deactivate/")

    assert client.get("/jobs/")["Location"] == "/second-factor/"


def test_taking_it_away_asks_for_the_password_after_ten_minutes(secret, person, client):
    client, _ = sign_in(person)
    client.post("/second-factor/authenticate/", {"code": code_of(secret)})
    with time_machine.travel(timezone.now() + timedelta(seconds=601)):
        answer = client.post("/second-factor/totp/deactivate/")

    assert answer["Location"].startswith("/sign-in/again/")
    assert Authenticator.objects.filter(user=person, type="totp").exists()


def test_an_admin_takes_it_from_somebody_who_lost_the_phone(secret, person, admin, client):
    client.force_login(admin)

    client.post("/admin/core/user/", {"action": "remove_second_factor", "_selected_action": [person.pk]})

    assert not Authenticator.objects.filter(user=person).exists()
    assert ("update", "second factor removed: totp") in told(person)
    with tenant_context(person.tenant):
        assert AuditLog.objects.filter(entity_id=str(person.pk)).latest("id").user_id == admin.pk
    assert sign_in(person)[1]["Location"] == "/activity/"


def test_an_admin_does_not_take_the_own_one_that_way(client, admin):
    client.force_login(admin)

    answer = client.post(
        "/admin/core/user/", {"action": "remove_second_factor", "_selected_action": [admin.pk]}, follow=True
    )

    assert "under My settings" in answer.text


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete"])
def test_another_persons_passkey_is_not_there(person, verb):
    colleague = create_person(tenant=person.tenant, password=PASSWORD)
    theirs = Authenticator.objects.create(user=colleague, type="webauthn", data={"name": "Key", "credential": {}})
    client, _ = sign_in(person)

    for page in ("edit", "remove"):
        answer = getattr(client, verb)(f"/second-factor/webauthn/keys/{theirs.pk}/{page}/", {"name": "Mine"})
        assert answer.status_code in (404, 405), f"{page}: {answer.status_code}"
    assert Authenticator.objects.get(pk=theirs.pk).data["name"] == "Key"
