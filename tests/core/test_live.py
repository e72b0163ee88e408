"""The event stream: who may listen, what they are told, and that nothing is missed."""

import http.client
import json
import threading
import time
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from apps.core.isolation import tenant_context
from apps.shopfloor import services
from apps.shopfloor.events import board_version
from apps.shopfloor.models import Event
from tests.factories import create_person, create_station, create_tenant
from tests.serving import real_server

pytestmark = pytest.mark.django_db(transaction=True)


class Stream:
    """An open event stream; its messages as (event, id, data)."""

    path = "/board/stream/"

    def __init__(self, address, session, last=None, query=""):
        parts = urlsplit(address)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        self.connection.request("GET", f"{self.path}{query}", headers=self.headers(session, last))
        self.response = self.connection.getresponse()

    def headers(self, session, last):
        return {"Cookie": f"sessionid={session}"} | ({"Last-Event-ID": str(last)} if last is not None else {})

    def next(self):
        """The next message; lines that are signs of life are passed over."""
        found = {}
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if not line and "id" in found:
                return found["event"], int(found["id"]), json.loads(found["data"])
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                found[name] = value

    def close(self):
        self.connection.close()


def session_of(person):
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value


@pytest.fixture
def plant():
    tenant = create_tenant()
    with tenant_context(tenant):
        tenant.person = create_person(tenant=tenant)
        tenant.station = create_station(tenant=tenant)
    return tenant


def change(plant, status):
    with tenant_context(plant):
        services.set_status(plant.station, status, by=plant.person)


def test_a_change_is_told_to_the_tenants_boards_and_to_nobody_else(plant):
    other = create_tenant()
    with tenant_context(other):
        stranger = create_person(tenant=other)
        other.station, other.person = create_station(tenant=other), stranger
    with real_server() as address:
        ours, theirs = Stream(address, session_of(plant.person)), Stream(address, session_of(stranger))
        assert ours.next()[0] == theirs.next()[0] == "ready"

        change(plant, "running")
        change(other, "running")

        kind, number, data = ours.next()
        assert (kind, data["stations"]) == ("board", [str(plant.station.pk)])
        with tenant_context(plant):
            assert number == Event.objects.get().seq
        assert theirs.next()[2]["stations"] == [str(other.station.pk)]


def test_a_page_that_comes_back_is_told_what_it_missed(plant):
    with real_server() as address:
        stream = Stream(address, session_of(plant.person))
        last = stream.next()[1]
        stream.close()
        change(plant, "running")

        back = Stream(address, session_of(plant.person), last=last)

        assert back.next()[0] == "ready"
        assert back.next()[2]["stations"] == [str(plant.station.pk)]


def test_changes_close_together_are_merged(plant):
    with real_server() as address:
        stream = Stream(address, session_of(plant.person))
        stream.next()
        for _ in range(3):
            change(plant, "running")
            change(plant, "idle")

        seen, numbers = 0, []
        with tenant_context(plant):
            newest = Event.objects.order_by("-seq").first().seq
        while not numbers or numbers[-1] < newest:
            numbers.append(stream.next()[1])
            seen += 1
        assert seen < 6


def test_strangers_get_no_stream_and_a_lost_listener_comes_back(plant):
    with real_server() as address:
        assert Stream(address, "nobody").response.status == 401
        stream = Stream(address, session_of(plant.person))
        stream.next()

        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where query ilike 'listen%' and datname = current_database()"  # not those of tests beside this one
            )
        assert stream.next()[0] == "reload"  # messages may have been missed: read everything again

        change(plant, "running")
        assert stream.next()[2]["stations"] == [str(plant.station.pk)]


def test_open_streams_do_not_starve_pages(plant):
    session = session_of(plant.person)
    with real_server() as address:
        streams = [Stream(address, session) for _ in range(60)]
        told = []

        def listen(stream):
            stream.next()
            told.append(stream.next())

        listeners = [threading.Thread(target=listen, args=[stream]) for stream in streams]
        for listener in listeners:
            listener.start()
        time.sleep(0.3)
        change(plant, "running")
        parts = urlsplit(address)
        page = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
        page.request("GET", "/healthz")
        assert page.getresponse().status == 200
        for listener in listeners:
            listener.join(10)
        assert len(told) == 60


def test_a_server_that_stops_ends_its_streams_properly(plant):
    with real_server() as address:
        stream = Stream(address, session_of(plant.person))
        stream.next()
    assert stream.response.read() == b""  # the end, not a broken line


def test_a_change_between_rendering_and_listening_is_told(plant):
    with tenant_context(plant):
        rendered = board_version(plant)
    change(plant, "running")
    with real_server() as address:
        stream = Stream(address, session_of(plant.person), query=f"?version={rendered}")
        assert stream.next()[0] == "ready"
        assert stream.next()[2]["stations"] == [str(plant.station.pk)]


def test_a_strange_cookie_beside_ours_does_not_matter(plant):
    with real_server() as address:
        stream = Stream(address, f'{session_of(plant.person)}; prefs={{"a":1}}; a[b]=1; foo')
        assert stream.next()[0] == "ready"
        strange = Stream(address, f"x; foo; sessionid={session_of(plant.person)}")
        assert strange.next()[0] == "ready"


def test_another_tenants_place_in_the_log_or_nonsense_for_one_tells_nothing_of_it(plant):
    other = create_tenant()
    with tenant_context(other):
        other.person, other.station = create_person(tenant=other), create_station(tenant=other)
    change(other, "running")
    change(plant, "running")
    with tenant_context(other):
        theirs = Event.objects.get()
    ours = [str(plant.station.pk)]
    with real_server() as address:
        session = session_of(plant.person)
        for last in (theirs.seq, theirs.pk, -1, "9" * 400, "NaN", "' or 1=1 --", "é", "<script>"):
            stream = Stream(address, session, last=last)
            assert (stream.next()[0], stream.next()[2]["stations"]) == ("ready", ours), last
            stream.close()
        for version in ("x", "-1", "9" * 400, "%00", "%ff%fe", f"{other.pk}", "x&version=2", "%3Cscript%3E"):
            stream = Stream(address, session, query=f"?version={version}&tenant={other.pk}&station={other.station.pk}")
            assert (stream.next()[0], stream.next()[2]["stations"]) == ("ready", ours), version
            stream.close()
        for junk in ("x" * 5000, "%00", "../../x", '"', "\xff"):
            assert Stream(address, junk).response.status == 401, junk
