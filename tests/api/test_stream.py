"""The event stream for other systems: by token, with codes, ended as soon as the token opens nothing."""

import pytest

from apps.core.api.tokens import revoke_token
from apps.core.isolation import tenant_context
from apps.shopfloor import services
from tests.api.client import Program
from tests.core.test_live import Stream, session_of
from tests.factories import create_person, create_station, create_tenant
from tests.serving import real_server

pytestmark = pytest.mark.django_db(transaction=True)


class ApiStream(Stream):
    path = "/api/v1/stream/"

    def __init__(self, address, text="", *, last=None, session=""):
        self.shown = {"Authorization": f"Token {text}"} if text else {}
        super().__init__(address, session, last=last)

    def headers(self, session, last):
        return super().headers(session, last) | self.shown


@pytest.fixture
def plant():
    tenant = create_tenant()
    with tenant_context(tenant):
        tenant.person = create_person(tenant=tenant, role="operator")
        tenant.station = create_station(tenant=tenant, code="ST-01")
    tenant.program = Program(tenant.person)
    return tenant


def change(plant, status):
    with tenant_context(plant):
        services.set_status(plant.station, status, by=plant.person)


def test_a_program_is_told_the_codes_of_what_changed_and_misses_nothing(plant):
    with real_server() as address:
        stream = ApiStream(address, plant.program.text)
        assert stream.next()[0] == "ready"
        change(plant, "running")
        kind, number, data = stream.next()
        assert (kind, data) == ("board", {"stations": ["ST-01"], "queue": False})
        stream.close()

        change(plant, "idle")  # while nobody listens
        stream = ApiStream(address, plant.program.text, last=number)
        assert stream.next()[0] == "ready"
        assert stream.next()[2]["stations"] == ["ST-01"]
        stream.close()


def test_a_revoked_token_loses_its_stream_at_once(plant):
    with real_server() as address:
        stream = ApiStream(address, plant.program.text)
        stream.next()
        with tenant_context(plant):
            revoke_token(plant.program.token, by=plant.person)
        assert stream.response.read() == b""  # it ends


def test_who_lacks_the_second_factor_that_the_plant_asks_for_gets_no_stream(plant):
    with tenant_context(plant):
        plant.settings = {"second_factor_roles": ["operator"]}
        plant.save()
    with real_server() as address:
        assert ApiStream(address, plant.program.text).response.status == 401


def test_strangers_and_terminals_get_no_stream(plant):
    with real_server() as address:
        for text in ("", "x", plant.program.text[:-1] + "!"):
            stream = ApiStream(address, text)
            assert stream.response.status == 401
            assert stream.response.headers["Content-Type"].startswith("application/json")
            assert b"not_authenticated" in stream.response.read()
        session = ApiStream(address, session=session_of(plant.person))
        assert session.response.status == 200
        session.close()
