"""The page of API tokens: made once, shown once, revoked for good."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import services
from apps.core.api.models import ApiToken
from apps.core.api.tokens import make_token
from tests.api.client import Program
from tests.core.test_second_factor import set_up, sign_in
from tests.factories import PASSWORD, create_person


@pytest.fixture
def supervisor(tenant):
    return create_person(tenant=tenant, password=PASSWORD)


PAGE = "/settings/tokens/"
BODY = {"name": "Robot", "scope": "read", "days": "90"}


def test_a_token_is_shown_once_and_works(supervisor):
    client, _ = sign_in(supervisor)

    page = client.post(PAGE, BODY | {"request_key": "k"})
    (text,) = re.findall(r'value="([0-9a-f]{32}\.[0-9a-f]{32}\.[\w-]{43})"', page.content.decode())

    program = Program(supervisor)
    program.text = text
    assert program.get("board/").status_code == 200
    assert program.post("stations/X/status/", {"status": "idle"}).status_code == 403  # it may read only
    again = client.post(PAGE, BODY | {"request_key": "k"})
    assert text not in again.content.decode() + client.get(PAGE).content.decode()
    assert ApiToken.objects.get(name="Robot").secret_hash not in client.get(PAGE).content.decode()


def test_others_tokens_are_the_admins(supervisor):
    person = create_person(tenant=supervisor.tenant)
    token, _ = make_token(person, name="Theirs", by=person)
    client, _ = sign_in(supervisor)

    assert "Theirs" not in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == 403
    assert ApiToken.objects.get(pk=token.pk).is_usable
    admin = create_person(tenant=supervisor.tenant, role="admin", password=PASSWORD)
    client, _ = sign_in(admin)
    assert "Theirs" in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == 302
    assert not ApiToken.objects.get(pk=token.pk).is_usable


def test_the_password_is_asked_again_before_a_token_is_made(client, supervisor):
    client.force_login(supervisor)

    answer = client.post(PAGE, BODY)

    assert answer.status_code == 302 and "/sign-in/again/" in answer["Location"]
    assert not ApiToken.objects.exists()


def test_the_api_too_asks_for_it_again(client, supervisor):
    client.force_login(supervisor)

    refused = client.post("/api/v1/tokens/", {"name": "Robot"}, content_type="application/json")

    assert refused.status_code == 403 and "Sign in again" in refused.json()["detail"]
    assert not ApiToken.objects.exists()
    client, _ = sign_in(supervisor)
    assert client.post("/api/v1/tokens/", {"name": "Robot"}, content_type="application/json").status_code == 201


def test_a_token_from_before_the_plants_rule_waits_for_the_second_factor(supervisor):
    program = Program(supervisor)
    reader = Program(create_person(tenant=supervisor.tenant, role="operator"))
    supervisor.tenant.settings = {"second_factor_roles": ["supervisor"]}
    supervisor.tenant.save()

    refused = program.get("board/")

    assert refused.status_code == 403 and "second factor" in refused.json()["detail"]
    assert reader.get("board/").status_code == 200
    client, _ = sign_in(supervisor)
    set_up(client)
    assert program.get("board/").status_code == 200


def test_who_is_signed_out_everywhere_or_switched_off_has_no_token_left(supervisor, admin):
    for end in (
        lambda person: services.sign_out_everywhere(person, by=admin),
        lambda person: services.give_one_time_password(person, by=admin),
        lambda person: services.save_person(switched_off(person), by=admin),
    ):
        person = create_person(tenant=supervisor.tenant)
        program = Program(person)
        assert program.get("board/").status_code == 200
        end(person)
        assert program.get("board/").status_code == 401


def switched_off(person):
    person.is_active = False
    return person


def test_the_list_costs_the_same_however_long(supervisor):
    client, _ = sign_in(supervisor)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    make_token(supervisor, name="One", by=supervisor)
    queries()
    few = queries()
    for number in range(60):
        make_token(supervisor, name=f"Token {number}", by=supervisor)
    assert queries() == few <= 9
    assert b"Older ones" in client.get(PAGE).content
