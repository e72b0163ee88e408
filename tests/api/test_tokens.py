"""Tokens: signing in for one, what opens nothing, what may read only, the limit across processes, the last use."""

import http.client
import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.core.api.models import ApiToken
from apps.core.api.tokens import revoke_token
from apps.core.isolation import tenant_context
from apps.core.models import AuditLog
from apps.core.roles import Role
from tests.api.client import Program
from tests.api.floor import by, nothing_written, refused
from tests.api.table import told
from tests.api.test_stream import ApiStream
from tests.core.test_second_factor import code_of, recovery_codes, set_up, sign_in
from tests.factories import PASSWORD, create_person, create_tenant
from tests.serving import real_server

SIGN_IN = "/api/v1/auth/token/"


@pytest.fixture
def person(tenant):
    return create_person(tenant=tenant, role=Role.MANAGER, email="ana@north.example", password=PASSWORD)


def ask(person, password=PASSWORD, ip="10.0.0.1", **body):
    sent = {"email": person.email, "password": password} | body
    client = Client(raise_request_exception=False)
    return client.post(SIGN_IN, json.dumps(sent), content_type="application/json", REMOTE_ADDR=ip)


def opens(text) -> int:
    client = Client(raise_request_exception=False)
    answer = client.get("/api/v1/jobs/", headers={"Authorization": f"Token {text}"})
    told(answer)
    assert answer.status_code != 401 or answer["WWW-Authenticate"] == "Token"
    return answer.status_code


# --- signing in --------------------------------------------------------------------------------------------------------


def test_email_and_password_give_a_token_that_opens(person):
    answer = ask(person, name="scales", scope="read", days=3)

    assert answer.status_code == 201 and set(answer.json()) == {"token", "expires_at"}
    assert "no-store" in answer["Cache-Control"]
    token = ApiToken.objects.get()
    assert (token.user, token.name, token.scope) == (person, "scales", "read")
    assert parse_datetime(answer.json()["expires_at"]) == token.expires_at
    assert timedelta(days=3) - timedelta(minutes=1) < token.expires_at - timezone.now() <= timedelta(days=3)
    assert token.secret_hash not in answer.text and answer.json()["token"].rpartition(".")[2] not in str(token.__dict__)
    assert opens(answer.json()["token"]) == 200
    log = AuditLog.objects.filter(action="login").get()
    assert log.entity_id == str(person.pk) and log.changes == {"by": [None, "token"]}


def test_what_is_asked_for_is_judged_like_every_body(person):
    for body in ({"days": 0}, {"days": 367}, {"scope": "all"}, {"name": ""}, {"name": "x" * 81}, {"color": "red"}):
        assert list(refused(ask(person, **body), 400)) == list(body)
    assert ApiToken.objects.count() == 0


def test_a_wrong_password_is_401_and_the_sixth_try_429(person):
    for _ in range(5):
        refused(ask(person, "wrong"), 401, code="not_authenticated")

    answer = ask(person)

    refused(answer, 429, "Too many wrong tries", code="too_many_requests")
    assert 0 < int(answer["Retry-After"]) <= 900
    assert ask(person, ip="10.0.0.2").status_code == 201  # from elsewhere: a guesser shuts nobody out


@pytest.mark.parametrize("changed", [{"is_active": False}, {"must_change_password": True}])
def test_who_may_not_sign_in_gets_none(person, changed):
    for name, value in changed.items():
        setattr(person, name, value)
    person.save()

    assert ask(person).status_code in (401, 403)
    assert ApiToken.objects.count() == 0


# --- the second factor -------------------------------------------------------------------------------------------------


@pytest.fixture
def secret(person):
    return set_up(sign_in(person)[0])


def test_with_a_second_factor_the_code_is_asked_for(person, secret):
    refused(ask(person), 401, code="code_needed")
    refused(ask(person, code="000000"), 401, code="code_needed")
    refused(ask(person, "wrong", code=code_of(secret)), 401, code="not_authenticated")
    assert ApiToken.objects.count() == 0

    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=True):
        answer = ask(person, code=code_of(secret))
        assert answer.status_code == 201 and opens(answer.json()["token"]) == 200
        refused(ask(person, code=code_of(secret)), 401)  # a code is good once


def test_a_recovery_code_is_good_once(person):
    client, _ = sign_in(person)
    set_up(client)
    code = recovery_codes(client)[0]

    assert ask(person, code=code).status_code == 201
    refused(ask(person, code=code), 401, code="code_needed")


def test_codes_are_guessed_no_faster_than_passwords(person, secret):
    for _ in range(5):
        refused(ask(person, code="000000"), 401, code="code_needed")
    tries = list(AccessAttempt.objects.values_list("failures_since_start", flat=True))

    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=True):
        answer = ask(person, code=code_of(secret))

    refused(answer, 429, "Too many wrong tries", code="too_many_requests")
    assert 0 < int(answer["Retry-After"]) <= 900
    assert sum(AccessAttempt.objects.values_list("failures_since_start", flat=True)) == sum(tries)
    assert ApiToken.objects.count() == 0


def test_where_the_plant_asks_for_one_who_has_none_gets_none(person, tenant):
    held = Program(person)
    tenant.settings = {"second_factor_roles": ["manager"]}
    tenant.save()

    refused(ask(person), 403, "second factor")
    refused(held.get("jobs/"), 403, "second factor")  # nor does an older token pass by


# --- what opens nothing ------------------------------------------------------------------------------------------------


def test_every_other_text_opens_nothing(tenant):
    program, other = by(Role.ADMIN, tenant), by(Role.ADMIN, tenant)
    assert opens(program.text) == 200
    plant, row, secret = program.text.split(".")
    _plant, other_row, other_secret = other.text.split(".")
    flipped = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    changed = [
        "", "x", plant, f"{plant}.{row}", f"{plant}.{row}.", f"{plant}.{row}.{flipped}", f"{plant}.{row}.{secret.lower()}",
        f"{plant}.{other_row}.{secret}", f"{plant}.{row}.{other_secret}", f"{row}.{plant}.{secret}",
        f"{'0' * 32}.{row}.{secret}", f"{plant}.{'0' * 32}.{secret}", program.text + "x", program.text[:-1],
        program.text.upper(), f"{program.text} {program.text}", "%00", "' or true --", "ä" * 43,
        f"{plant}.{row}.{program.token.secret_hash[:43]}", f"{plant}.{row}.{program.token.secret_hash}",
    ]  # fmt: skip
    assert {text: opens(text) for text in changed} == dict.fromkeys(changed, 401)
    for header in ("", "Token", "Bearer " + program.text, "Basic " + program.text, program.text):
        answer = Client().get("/api/v1/jobs/", headers={"Authorization": header})
        refused(answer, 401, code="not_authenticated")


def test_another_plants_token_is_not_found_under_this_plants_name(tenant):
    other = create_tenant()
    with tenant_context(other):
        theirs = by(Role.ADMIN, other)
    _plant, row, secret = theirs.text.split(".")
    assert opens(theirs.text) == 200
    assert opens(f"{tenant.pk.hex}.{row}.{secret}") == 401


def test_a_revoked_token_opens_nothing_from_then_on(person):
    held, shown = Program(person), ask(person).json()["token"]
    revoke_token(held.token, by=person)
    assert (opens(held.text), opens(shown)) == (401, 200)

    out = Client().delete(SIGN_IN, headers={"Authorization": f"Token {shown}"})

    assert out.status_code == 204 and opens(shown) == 401
    assert Client().delete(SIGN_IN, headers={"Authorization": f"Token {shown}"}).status_code == 401
    assert ApiToken.objects.filter(revoked_at=None).count() == 0


def test_an_expired_token_opens_nothing(person):
    shown = ask(person, days=1).json()["token"]
    with time_machine.travel(timezone.now() + timedelta(hours=23), tick=True):
        assert opens(shown) == 200
    then = timezone.now() - timedelta(days=2)  # (the database has its own clock)
    ApiToken.objects.update(created_at=then, expires_at=then + timedelta(days=1))
    assert opens(shown) == 401


def test_a_token_to_read_reads_and_changes_nothing(tenant, station):
    reader = by(Role.ADMIN, tenant)
    ApiToken.objects.filter(pk=reader.token.pk).update(scope="read")

    assert reader.get("stations/ST-01/").status_code == 200
    with nothing_written():
        for verb, address in (
            ("post", "stations/ST-01/status/"), ("patch", "stations/ST-01/"), ("put", "stations/ST-01/"), ("post", "jobs/"),
            ("delete", "auth/token/") , ("delete", "shifts/x/"), ("post", "stations/ST-01/undo/"),
        ):  # fmt: skip
            if address != "auth/token/":
                refused(reader.send(verb, address, {"status": "running"}), 403, "may read only", code="read_only")


# --- how often, and when last ------------------------------------------------------------------------------------------


def test_the_last_use_is_noted_and_shown_and_is_no_change(tenant):
    program = by(Role.ADMIN, tenant)
    address = f"tokens/{program.token.pk}/"
    assert ApiToken.objects.get().last_used_at is None
    before = AuditLog.objects.count()

    program.get("jobs/")

    used = ApiToken.objects.get().last_used_at
    assert timezone.now() - used < timedelta(minutes=1)
    assert parse_datetime(program.get(address).json()["last_used_at"]) >= used
    assert AuditLog.objects.count() == before and ApiToken.history.count() == 1


def test_more_than_the_limit_waits_and_then_goes_on(tenant, settings):
    settings.API_REQUESTS_PER_MINUTE = 3
    program, other = by(Role.ADMIN, tenant), by(Role.ADMIN, tenant)
    assert [program.get("jobs/").status_code for _ in range(3)] == [200] * 3
    with nothing_written():
        answer = program.post("jobs/", {"code": "A", "part_name": "x", "qty_total": 1})
    refused(answer, 429, "More than 3 requests", code="too_many_requests")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert other.get("jobs/").status_code == 200  # each token has its own

    ApiToken.objects.filter(pk=program.token.pk).update(counted_since=timezone.now() - timedelta(seconds=61))
    assert program.get("jobs/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_limit_is_one_for_all_processes_and_streams_count():
    tenant = create_tenant()
    with tenant_context(tenant):
        program = by(Role.OPERATOR, tenant)
    shown = {"Authorization": f"Token {program.text}"}
    with real_server(processes=2, environment={"LEANOPS_API_REQUESTS_PER_MINUTE": "20"}) as address:
        parts, codes, waits = urlsplit(address), [], set()
        for _ in range(29):  # a connection each: now one process takes it, now the other
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
            connection.request("GET", "/api/v1/jobs/", headers=shown)
            answer = connection.getresponse()
            codes.append(answer.status)
            waits |= {answer.headers["Retry-After"]}
            connection.close()
        stream = ApiStream(address, program.text)

        assert codes == [200] * 20 + [429] * 9
        assert all(1 <= int(wait) <= 60 for wait in waits - {None})
        assert stream.response.status == 429 and 1 <= int(stream.response.headers["Retry-After"]) <= 60
        assert json.loads(stream.response.read())["code"] == "too_many_requests"
        stream.close()
    with tenant_context(tenant):
        assert ApiToken.objects.get().counted == 30
