"""What programs send that is no good: refused in one of the two forms, never a 500."""

import pytest

from apps.core.roles import Role
from tests.api.client import Program
from tests.api.table import told
from tests.factories import create_person, create_station


@pytest.fixture
def admin(tenant):
    return Program(create_person(tenant=tenant, role=Role.ADMIN))


def send(program, address, body, kind="application/json"):
    headers = {"Authorization": f"Token {program.text}"}
    return program.client.generic("POST", f"/api/v1/{address}", body, kind, headers=headers)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"code":' * 100_000,
        b'{"code": ' + b"[" * 101 + b"]" * 101 + b"}",
        rb'{"\ud800": 1}',
        rb'{"code": "A", "part_name": "x", "qty_total": 1, "priority": "\uDFFF"}',
        rb'"\ud800"',
    ],
)
def test_what_cannot_be_said_again_is_refused(admin, body):
    answer = send(admin, "jobs/", body)

    assert answer.status_code == 400
    assert told(answer)["code"] == "parse_error"


def test_a_letter_in_two_halves_is_one(admin):
    answer = send(admin, "jobs/", rb'{"code": "A", "part_name": "\ud83d\ude00", "qty_total": 1}')

    assert answer.status_code == 201 and answer.json()["part_name"] == "😀"


@pytest.mark.parametrize("name", ["self", "detail", "args", "code"])
@pytest.mark.parametrize("address", ["jobs/", "board/", "users/me/"])
def test_a_filter_that_is_none_is_refused_whatever_it_is_called(admin, address, name):
    answer = admin.get(f"{address}?{name}=1")

    assert answer.status_code == 400 and list(told(answer)) == [name]


def test_a_moment_is_taken_as_it_was_given_out(admin):
    """A plus in an address means a space, and few write it as %2B."""
    admin.post("jobs/", {"code": "A", "part_name": "x", "qty_total": 1})
    at = admin.get("events/").json()["results"][0]["occurred_at"]

    assert "+" in at
    assert len(admin.get(f"events/?since={at}").json()["results"]) == 1
    assert len(admin.get(f"events/?until={at}").json()["results"]) == 0
    assert "with its offset" in admin.get("events/?since=yesterday").json()["since"][0]


def test_whom_the_role_keeps_out_is_told_so_as_services_say_it(tenant):
    operator = Program(create_person(tenant=tenant, role=Role.OPERATOR))

    answer = operator.get("users/")

    assert answer.status_code == 403 and answer.json()["code"] == "not_allowed"


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_a_form_is_no_body_of_an_act(admin, tenant, headers):
    """It would be read as an empty one, and the act be done without what was said."""
    create_station(tenant=tenant, code="ST-01")
    sent = {"Authorization": f"Token {admin.text}"} | headers

    for address in ("stations/ST-01/undo/", "stations/ST-01/call/", "jobs/"):
        answer = admin.client.post(f"/api/v1/{address}", {"kind": "help"}, headers=sent)
        assert answer.status_code == 415, address
