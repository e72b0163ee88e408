"""Wall displays: made and revoked by supervisors, opened by their address alone, and what they show in which order."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core import terminals, tokens
from apps.core.build import build
from apps.core.isolation import tenant_context
from apps.core.models import AuditLog, Device
from apps.shopfloor import services
from apps.shopfloor.models import Station
from apps.shopfloor.wall import TILES, wall_of
from tests.core.test_live import Stream
from tests.factories import (
    create_job,
    create_person,
    create_station,
    create_stop_reason,
    create_tenant,
    create_terminal,
    create_wall,
)
from tests.serving import real_server

HTMX = {"HX-Request": "true"}
FORM = {"name": "Over the gate", "lines": ["Line A"], "theme": "light"}


def codes(wall):
    return [[face.tile.code for face in page.faces] for page in wall.pages]


def stop(station, *, minutes):
    """Blocked for so long already."""
    Station.objects.filter(pk=station.pk).update(
        status="blocked",
        stop_reason=create_stop_reason(tenant=station.tenant, code=f"why-{station}"),
        status_since=timezone.now() - timedelta(minutes=minutes),
    )


# --- made and revoked


def test_a_supervisor_makes_a_display_and_its_address_is_shown_once(client, supervisor):
    create_station(tenant=supervisor.tenant, code="ST-01", line="Line A")
    create_station(tenant=supervisor.tenant, code="ST-02", line="Line B")
    client.force_login(supervisor)

    page = client.post("/board/tv/", FORM | {"request_key": "k"})

    (address,) = re.findall(r'value="http://testserver(/board/tv/[^"]+/)"', page.text)
    shown = Client().get(address).text
    assert "ST-01" in shown and "ST-02" not in shown and 'data-theme="light"' in shown
    assert address not in client.post("/board/tv/", FORM | {"request_key": "k"}).text + client.get("/board/tv/").text
    display = Device.objects.get()
    assert (display.kind, display.lines, display.paired_by) == ("wall", ["Line A"], supervisor)
    assert display.secret_hash not in str(list(AuditLog.objects.values()))
    assert "Over the gate" in client.get("/board/tv/").text
    assert "Over the gate" not in client.get("/terminals/").text


def test_a_display_made_on_its_own_screen_signs_the_supervisor_out_of_it(client, supervisor):
    create_station(tenant=supervisor.tenant, code="ST-01", line="Line A")
    client.force_login(supervisor)

    answer = client.post("/board/tv/", FORM | {"here": "1"})

    assert answer.status_code == 302 and answer["Location"].startswith("/board/tv/")
    assert "_auth_user_id" not in client.session
    assert "ST-01" in client.get(answer["Location"]).text


@pytest.mark.parametrize("wrong", [{"name": ""}, {"lines": ["Line Z"]}, {"theme": "pink"}, {"name": "Taken"}])
def test_a_display_needs_a_free_name_lines_that_there_are_and_a_look(client, supervisor, wrong):
    create_station(tenant=supervisor.tenant, line="Line A")
    create_terminal(tenant=supervisor.tenant, name="Taken", stations=[create_station(tenant=supervisor.tenant)])
    client.force_login(supervisor)

    assert client.post("/board/tv/", FORM | wrong).status_code == 422
    assert not Device.objects.filter(kind="wall").exists()


def test_a_revoked_display_shows_nothing(client, supervisor):
    create_station(tenant=supervisor.tenant, code="ST-01")
    token = create_wall(tenant=supervisor.tenant)
    client.force_login(supervisor)

    answer = client.post(f"/terminals/{Device.objects.get().pk}/revoke/")

    assert (answer.status_code, answer["Location"]) == (302, "/board/tv/")
    gone = Client().get(f"/board/tv/{token}/")
    assert gone.status_code == 404 and "ST-01" not in gone.text


# --- who sees what


def test_nothing_but_the_right_address_opens_and_only_its_own_kind(tenant):
    here = create_station(tenant=tenant, code="ST-01")
    wall, terminal = create_wall(tenant=tenant), create_terminal(tenant=tenant, stations=[here])
    stranger = Client()

    assert "ST-01" in stranger.get(f"/board/tv/{wall}/").text
    for text in (wall[:-1] + ("A" if wall[-1] != "A" else "B"), terminal, "x", wall[33:]):
        answer = stranger.get(f"/board/tv/{text}/")
        assert answer.status_code == 404 and "ST-01" not in answer.text
    assert tokens.device_of(wall) is None  # and in a cookie it makes no terminal


def test_a_display_can_be_looked_at_by_its_own_people_and_by_nobody_of_another_plant(client, supervisor):
    create_station(tenant=supervisor.tenant, code="ST-01")
    other = create_tenant()
    with tenant_context(other):
        create_station(tenant=other, code="ST-99")
        theirs = create_wall(tenant=other)
    client.force_login(supervisor)

    assert "ST-01" in client.get(f"/board/tv/{create_wall(tenant=supervisor.tenant)}/").text
    answer = client.get(f"/board/tv/{theirs}/")
    assert answer.status_code == 404 and "ST-99" not in answer.text
    assert "ST-99" in Client().get(f"/board/tv/{theirs}/").text


def test_it_can_only_be_read(tenant):
    station, token = create_station(tenant=tenant), create_wall(tenant=tenant)
    stranger = Client()

    assert stranger.post(f"/board/tv/{token}/").status_code == 405
    page = stranger.get(f"/board/tv/{token}/").text
    assert "<form" not in page and "<a " not in page and f"/stations/{station.pk}" not in page


# --- what it shows


def test_blocked_first_longest_first_then_the_others_in_their_order(tenant):
    stations = {code: create_station(tenant=tenant, code=code, line="Line A") for code in ("A", "B", "C", "D", "E")}
    stop(stations["E"], minutes=5)
    stop(stations["C"], minutes=90)
    stop(stations["D"], minutes=17)

    for code in ("B", "A"):
        services.set_status(stations[code], "running", by=None)

    assert codes(wall_of(tenant, [])) == [["C", "D", "E", "A", "B"]]


def test_a_page_has_at_most_20_tiles_and_small_lines_share_one(tenant):
    for line, count in {"Line A": 8, "Line B": 12, "Line C": 1, "Line D": 43}.items():
        for number in range(count):
            create_station(tenant=tenant, code=f"{line[-1]}-{number:02}", line=line)

    wall = wall_of(tenant, [])

    assert [len(page.faces) for page in wall.pages] == [20, 1, 20, 20, 3]
    assert wall.pages[0].line.name == "Line A · Line B" and wall.pages[0].line.words == "20 idle"
    assert [page.line.words for page in wall.pages[2:]] == ["43 idle"] * 3  # the line's, on each of its pages
    assert max(len(page.faces) for page in wall_of(tenant, ["Line D"]).pages) == TILES


def test_a_tile_tells_status_since_when_why_and_how_many(tenant):
    stations = [create_station(tenant=tenant, code=f"ST-{n:02}", line="Line A") for n in range(3)]
    create_job(tenant=tenant, part_name="Bevel", qty_total=100, qty_done=40, on=stations[1])
    stop(stations[0], minutes=72)
    services.call_for(stations[2], "help", by=create_person(tenant=tenant))

    page = Client().get(f"/board/tv/{create_wall(tenant=tenant)}/").text

    first, second, third = page.split('<li class="plate"')[1:]
    assert (
        "Blocked" in first and ">1:12</time>" in first and Station.objects.get(code="ST-00").stop_reason.name in first
    )
    assert "Bevel" in second and ">40/100</data>" in second
    assert 'data-call="open"' in third and "no job" in third


def test_a_display_without_stations_says_so(tenant):
    assert "No stations to show" in Client().get(f"/board/tv/{create_wall(tenant=tenant, lines=['gone'])}/").text


def test_the_picture_alone_is_read_again_only_if_something_changed(tenant):
    station = create_station(tenant=tenant, code="ST-01")
    address = f"/board/tv/{create_wall(tenant=tenant)}/"
    stranger = Client()

    fresh = stranger.get(address, headers=HTMX)
    (version,) = re.findall(r'data-version="(\d+)"', fresh.text)
    assert fresh.text.startswith('<div id="picture"') and f'data-build="{build()}"' in fresh.text
    assert stranger.get(f"{address}?since={build()}-{version}", headers=HTMX).status_code == 204
    assert stranger.get(f"{address}?since=former-{version}", headers=HTMX).status_code == 200
    services.set_status(station, "running", by=None)
    assert stranger.get(f"{address}?since={build()}-{version}", headers=HTMX).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_stations(tenant):
    address = f"/board/tv/{create_wall(tenant=tenant)}/"

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert Client().get(address).status_code == 200
        return len(queries)

    for number in range(2):
        create_job(tenant=tenant, on=create_station(tenant=tenant, line=f"Line {number}"))
    count()  # the first one notes that the display was seen
    few = count()
    for number in range(30):
        create_job(tenant=tenant, on=create_station(tenant=tenant, line=f"Line {number}"))
    assert count() == few


# --- live


@pytest.mark.django_db(transaction=True)
def test_its_stream_tells_of_changes_and_ends_at_once_when_it_is_revoked():
    tenant = create_tenant()
    with tenant_context(tenant):
        station = create_station(tenant=tenant)
        token, terminal = create_wall(tenant=tenant), create_terminal(tenant=tenant, stations=[station])
    with real_server() as address:
        for wrong in ("x", terminal):
            assert Stream(address, "", query=f"?wall={wrong}").response.status == 401
        stream = Stream(address, "", query=f"?wall={token}")
        assert stream.next()[0] == "ready"
        with tenant_context(tenant):
            services.set_status(station, "running", by=None)
        assert stream.next()[2]["stations"] == [str(station.pk)]
        with tenant_context(tenant):
            terminals.revoke_device(Device.objects.get(kind="wall"), by=None)
        assert b"event: board" not in stream.response.read()  # it ends
        assert Stream(address, "", query=f"?wall={token}").response.status == 401


@pytest.mark.django_db(transaction=True)
def test_a_display_opens_no_stream_of_the_api():
    tenant = create_tenant()
    with tenant_context(tenant):
        token = create_wall(tenant=tenant)

    class ApiStream(Stream):
        path = "/api/v1/stream/"

    with real_server() as address:
        assert ApiStream(address, "", query=f"?wall={token}").response.status == 401
