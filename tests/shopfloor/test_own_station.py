"""One station full-screen: at a terminal after the PIN, locked before it, handed over; and *My station* of who is signed in."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.core import pins
from apps.core.isolation import tenant_context
from apps.core.models import AuditLog
from apps.shopfloor import services
from apps.shopfloor.models import Event, TerminalStation
from tests.core.test_terminals import PIN, Floor
from tests.factories import create_job, create_person, create_station, create_stop_reason, create_tenant

HTMX = {"HX-Request": "true"}


@pytest.fixture
def floor(tenant):
    return Floor(tenant)


def add_station(floor, **fields):
    station = create_station(tenant=floor.tenant, **fields)
    TerminalStation.objects.create(tenant=floor.tenant, device=floor.device, station=station)
    return station


# --- at a terminal


def test_the_page_offers_what_an_operator_does_the_most_used_reasons_first(floor):
    rare, common = (create_stop_reason(tenant=floor.tenant, code=code, name=code) for code in ("aa-rare", "zz-common"))
    for _ in range(2):
        services.set_status(floor.here, "blocked", reason=common, by=None)
        services.set_status(floor.here, "running", by=None)
    services.set_status(floor.here, "blocked", reason=rare, by=None)
    create_job(tenant=floor.tenant, on=floor.here)

    page = floor.signed_in().get(f"/terminal/{floor.here.pk}/").text

    assert page.index('value="zz-common"') < page.index('value="aa-rare"')
    for part in ('name="good" value="1"', 'name="kind" value="maintenance"', "note/", "hand-over/"):
        assert part in page


def test_a_reason_pressed_on_the_page_blocks_the_station(floor):
    create_stop_reason(tenant=floor.tenant, code="jam")
    client = floor.signed_in()

    answer = client.post(f"/stations/{floor.here.pk}/status/", {"reason": "jam"}, headers=HTMX)

    floor.here.refresh_from_db()
    assert answer.status_code == 200 and floor.here.status == "blocked"


def test_other_stations_have_no_page_there(floor):
    client = floor.signed_in()

    assert client.get(f"/terminal/{floor.elsewhere.pk}/").status_code == 404
    assert client.post(f"/terminal/{floor.elsewhere.pk}/hand-over/").status_code == 404


def test_without_a_pin_a_terminal_shows_its_stations_to_be_looked_at_only(floor):
    create_job(tenant=floor.tenant, part_name="Bevel", qty_total=100, qty_done=40, on=floor.here)
    services.set_status(floor.here, "running", by=None)
    client = floor.browser()

    page = client.get("/terminal/").text

    locked = page.partition('id="locked"')[2].partition("</ul>")[0]
    assert "ST-01" in locked and "Running" in locked and "Bevel" in locked and "<b>40</b> / 100" in locked
    assert "ST-02" not in page and "<button" not in locked and "<a " not in locked
    for address in (f"/terminal/{floor.here.pk}/", f"/stations/{floor.here.pk}/status/"):
        assert client.post(address).status_code == 302  # to the names
    assert client.get(f"/terminal/{floor.here.pk}/")["Location"] == "/terminal/"


def test_locked_stations_cost_no_more_queries_each(floor):
    client = floor.browser()
    client.get("/terminal/")

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get("/terminal/")
        return len(queries)

    few = count()
    for number in range(10):
        add_station(floor, code=f"T-{number}")
    assert count() == few


# --- handing over


def test_who_hands_over_is_signed_out_and_the_next_one_comes_to_the_same_station_and_its_word(floor):
    second = add_station(floor, code="ST-09")
    client = floor.browser()
    client.post(f"/terminal/people/{floor.person.pk}/", {"pin": PIN})
    ben = pins.set_pin(create_person(tenant=floor.tenant, role="operator", name="Ben Nowak"), "9024", by=None)

    answer = client.post(f"/terminal/{second.pk}/hand-over/", {"text": "The blade is new."})

    assert (answer.status_code, answer["Location"]) == (302, f"/terminal/?station={second.pk}")
    assert "_auth_user_id" not in client.session
    assert AuditLog.objects.filter(action="logout", user_id=floor.person.pk).exists()
    names = client.get(answer["Location"]).text
    assert f"/terminal/people/{ben.pk}/?station={second.pk}" in names
    way_in = client.post(f"/terminal/people/{ben.pk}/?station={second.pk}", {"pin": "9024"})["Location"]
    assert way_in == f"/terminal/{second.pk}/"
    page = client.get(way_in).text
    assert "The blade is new." in page and "Ana Kowalczyk" in page
    assert Event.objects.get(event_type="note").user == floor.person


def test_there_may_be_nothing_to_say(floor):
    client = floor.signed_in()

    assert client.post(f"/terminal/{floor.here.pk}/hand-over/", {"text": " "}).status_code == 302
    assert not Event.objects.filter(event_type="note").exists()


def test_a_word_that_is_too_long_is_asked_for_again_and_nobody_is_signed_out(floor):
    client = floor.signed_in()

    assert client.post(f"/terminal/{floor.here.pk}/hand-over/", {"text": "x" * 2001}).status_code == 422
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize("wanted", ["{elsewhere}", "x\0", "' or 1=1", ""])
def test_a_station_that_is_not_the_terminals_is_not_led_to(floor, wanted):
    add_station(floor, code="ST-09")
    client = floor.browser()
    wanted = wanted.format(elsewhere=floor.elsewhere.pk)

    assert "?station=" not in client.get("/terminal/", {"station": wanted}).text
    answer = client.post(f"/terminal/people/{floor.person.pk}/", {"pin": PIN}, query_params={"station": wanted})
    assert answer["Location"] == "/terminal/"  # several: to be chosen from


# --- my station


def test_an_operator_begins_with_the_choice_of_a_station_and_from_then_on_at_it(client, tenant):
    here, other = (
        create_station(tenant=tenant, code="ST-05", line="Line B"),
        create_station(tenant=tenant, line="Line A"),
    )
    person = create_person(tenant=tenant, role="operator", lines=["Line B"])
    client.force_login(person)

    assert client.get("/")["Location"] == "/my-station/"
    page = client.get("/my-station/").text
    assert page.index(f"/terminal/{here.pk}/") < page.index(f"/terminal/{other.pk}/")  # the own line first
    shown = client.get(f"/terminal/{here.pk}/").text
    assert "ST-05" in shown and "hand-over" not in shown and f"?station={here.pk}" in shown  # a problem can be reported
    assert client.get("/my-station/")["Location"] == f"/terminal/{here.pk}/"
    assert "Which station" in client.get("/my-station/?choose=1").text


def test_a_station_that_went_out_of_use_is_not_led_to(client, tenant, operator):
    station = create_station(tenant=tenant)
    client.force_login(operator)
    client.get(f"/terminal/{station.pk}/")
    type(station).objects.filter(pk=station.pk).update(is_active=False)

    assert client.get("/my-station/").status_code == 200
    assert "out of use" in client.get(f"/terminal/{station.pk}/").text


def test_another_plants_station_is_not_there(client, supervisor):
    other = create_tenant()
    with tenant_context(other):
        theirs = create_station(tenant=other)
    client.force_login(supervisor)

    assert client.get(f"/terminal/{theirs.pk}/").status_code == 404


def test_without_javascript_an_act_leads_back_to_the_page(client, tenant, operator):
    station = create_station(tenant=tenant)
    client.force_login(operator)
    came = f"http://testserver/terminal/{station.pk}/"

    answer = client.post(f"/stations/{station.pk}/status/", {"status": "running"}, headers={"Referer": came})

    assert (answer.status_code, answer["Location"]) == (302, f"/terminal/{station.pk}/")


def test_strangers_are_asked_to_sign_in(tenant):
    station = create_station(tenant=tenant)

    assert Client().get(f"/terminal/{station.pk}/")["Location"].startswith("/sign-in/")
