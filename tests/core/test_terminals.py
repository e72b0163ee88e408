"""Shared terminals: pairing, the token, the short session that a PIN opens, and all that it does not open."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core import live, pins, terminals, tokens
from apps.core.isolation import tenant_context
from apps.core.models import AuditLog, Device, User
from apps.core.roles import Role
from apps.shopfloor import services
from apps.shopfloor.models import Call, Event, Station, TerminalStation
from tests.factories import (
    create_job,
    create_person,
    create_station,
    create_tenant,
    create_terminal,
)

PIN = "4711"
COOKIE = "leanops_device"


class Floor:
    """A plant with a terminal at one of its two stations, and a person with a PIN."""

    def __init__(self, tenant, role=Role.OPERATOR):
        self.tenant = tenant
        self.here = create_station(tenant=tenant, code="ST-01", line="Line A")
        self.elsewhere = create_station(tenant=tenant, code="ST-02", line="Line B")
        self.token = create_terminal(tenant=tenant, name="By the saw", stations=[self.here])
        self.device = Device.objects.get()
        self.person = pins.set_pin(create_person(tenant=tenant, role=role, name="Ana Kowalczyk"), PIN, by=None)

    def browser(self):
        """A browser that is the terminal."""
        client = Client()
        client.cookies[COOKIE] = self.token
        return client

    def signed_in(self):
        client = self.browser()
        answer = client.post(f"/terminal/people/{self.person.pk}/", {"pin": PIN})
        assert (answer.status_code, answer["Location"]) == (302, f"/terminal/{self.here.pk}/")  # its only one
        return client


@pytest.fixture
def floor(tenant):
    return Floor(tenant)


def act(client, station, action="status", **data):
    return client.post(f"/stations/{station.pk}/{action}/", data, headers={"HX-Request": "true"})


# --- pairing


def test_a_supervisor_makes_a_browser_a_terminal_and_is_signed_out_of_it(client, supervisor):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)

    answer = client.post("/terminals/", {"name": "By the saw", "stations": [station.pk]})

    assert (answer.status_code, answer["Location"]) == (302, "/terminal/")
    cookie = answer.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] == 365 * 24 * 3600
    assert "_auth_user_id" not in client.session
    device = Device.objects.get()
    assert (device.name, device.paired_by) == ("By the saw", supervisor)
    assert [place.station for place in device.places.all()] == [station]
    assert cookie.value.rpartition(".")[2] not in str(list(Device.objects.values()))  # only a hash is kept
    assert "By the saw" in client.get("/terminal/").text


def test_pairing_and_revoking_are_in_the_audit_log_without_the_secret(client, supervisor):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)
    client.post("/terminals/", {"name": "By the saw", "stations": [station.pk]})
    client.force_login(supervisor)
    device = Device.objects.get()
    client.post(f"/terminals/{device.pk}/revoke/")

    rows = AuditLog.objects.filter(entity_type="devices", entity_id=str(device.pk)).order_by("id")
    assert [(row.action, row.user_id) for row in rows] == [("create", supervisor.pk), ("update", supervisor.pk)]
    assert set(rows[1].changes) == {"revoked_at"}
    assert device.secret_hash not in str(list(rows.values()))
    assert AuditLog.objects.filter(entity_type="terminal_stations", action="create").count() == 1


@pytest.mark.parametrize("data", [{"name": "By the saw"}, {"name": "", "stations": ["{here}"]}, {"stations": ["x\0"]}])
def test_a_terminal_needs_a_name_and_stations(client, supervisor, data):
    here = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)
    data = {name: [str(here.pk)] if value == ["{here}"] else value for name, value in data.items()}

    assert client.post("/terminals/", data).status_code == 422
    assert not Device.objects.exists()


def test_another_tenants_station_cannot_be_paired(client, supervisor):
    other = create_tenant()
    with tenant_context(other):
        theirs = create_station(tenant=other)
    client.force_login(supervisor)

    assert client.post("/terminals/", {"name": "By the saw", "stations": [theirs.pk]}).status_code == 422


def test_two_terminals_do_not_share_a_name_but_a_revoked_ones_is_free(client, supervisor, floor):
    client.force_login(supervisor)
    data = {"name": "By the saw", "stations": [floor.here.pk]}

    assert client.post("/terminals/", data).status_code == 422
    terminals.revoke_device(floor.device, by=supervisor)
    assert client.post("/terminals/", data).status_code == 302


def test_a_browser_paired_anew_is_one_terminal(floor, supervisor):
    client = floor.browser()
    client.force_login(supervisor)

    answer = client.post("/terminals/", {"name": "By the saw", "stations": [floor.elsewhere.pk]})

    assert answer.status_code == 302
    assert Device.objects.filter(revoked_at=None).count() == 1
    assert tokens.device_of(floor.token) is None
    assert tokens.device_of(answer.cookies[COOKIE].value) is not None


def test_the_page_of_terminals_tells_stations_and_when_one_was_seen(client, supervisor, floor):
    floor.browser().get("/terminal/")
    client.force_login(supervisor)

    page = client.get("/terminals/").text

    assert "By the saw" in page and "ST-01" in page and "not yet" not in page


def test_a_browser_that_is_no_terminal_says_how_it_becomes_one(client, db):
    assert "no terminal" in client.get("/terminal/").text
    assert client.get("/terminal/people/0199aaaa-0000-7000-8000-000000000000/")["Location"] == "/terminal/"


# --- the token


def test_a_token_is_looked_up_only_where_there_is_one(client, floor):
    with CaptureQueriesContext(connection) as found:
        client.get("/terminal/")
    assert not any("devices" in query["sql"] for query in found)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda token: "",
        lambda token: "x",
        lambda token: token[:-1],
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.upper(),
        lambda token: token + "\n",
        lambda token: "." * 1000,
        lambda token: "\0" + token[1:],
        lambda token: f"{'0' * 32}.{token[33:]}",
        lambda token: f"{token[:33]}{'0' * 32}{token[65:]}",
    ],
)
def test_a_tampered_token_is_none(floor, wrong):
    assert tokens.device_of(floor.token) == floor.device
    assert tokens.device_of(wrong(floor.token)) is None


def test_another_tenants_terminal_shows_its_own_people_only(floor):
    other = create_tenant(name="South plant")
    with tenant_context(other):
        theirs = create_terminal(tenant=other, name="Their terminal")
        person = pins.set_pin(create_person(tenant=other, name="Jon Bielak"), PIN, by=None)
    client = Client()
    client.cookies[COOKIE] = theirs

    page = client.get("/terminal/").text
    assert "Jon Bielak" in page and "Ana Kowalczyk" not in page
    assert client.post(f"/terminal/people/{floor.person.pk}/", {"pin": PIN}).status_code == 422
    assert floor.browser().post(f"/terminal/people/{person.pk}/", {"pin": PIN}).status_code == 422
    # a token of one tenant's id and another's row
    assert tokens.device_of(floor.token[:33] + theirs[33:]) is None


def test_another_tenants_terminal_is_nothing_to_who_signs_in_there_with_a_password(floor):
    other = create_tenant()
    client = floor.browser()
    client.force_login(create_person(tenant=other, role=Role.SUPERVISOR))

    assert "no terminal" in client.get("/terminal/").text
    assert "By the saw" not in client.get("/terminals/").text
    assert client.post(f"/terminals/{floor.device.pk}/revoke/").status_code == 404


def test_when_a_terminal_was_seen_is_no_change_of_it(floor):
    floor.browser().get("/terminal/")

    assert Device.objects.get().last_seen_at is not None
    assert floor.device.history.count() == 1


# --- the names


def test_only_active_people_with_a_pin_stand_there_those_of_the_line_first(floor, tenant):
    create_person(tenant=tenant, name="Without Pin")
    off = create_person(tenant=tenant, name="Switched Off", is_active=False)
    User.objects.filter(pk=off.pk).update(pin_hash="x")
    for name, lines in (("Adam Elsewhere", ["Line B"]), ("Zoe Here", ["Line A"])):
        pins.set_pin(create_person(tenant=tenant, name=name, lines=lines), PIN, by=None)

    page = floor.browser().get("/terminal/").text

    assert "Without Pin" not in page and "Switched Off" not in page
    assert page.index("Ana Kowalczyk") < page.index("Zoe Here") < page.index("Adam Elsewhere")


def test_a_name_is_looked_for_and_a_staff_number_leads_on(floor, tenant):
    numbered = create_person(tenant=tenant, name="Jon Bielak", staff_number="351")
    pins.set_pin(numbered, PIN, by=None)
    client = floor.browser()

    page = client.get("/terminal/", {"q": "biel"}).text
    assert "Jon Bielak" in page and "Ana Kowalczyk" not in page
    assert client.get("/terminal/", {"q": "351"})["Location"] == f"/terminal/people/{numbered.pk}/"
    assert "Nobody found" in client.get("/terminal/", {"q": "999\0"}).text


def test_many_names_are_cut_and_ask_no_more(floor, tenant):
    client = floor.browser()
    client.get("/terminal/")
    with CaptureQueriesContext(connection) as few:
        client.get("/terminal/")
    for number in range(40):
        person = create_person(tenant=tenant, name=f"Person {number:02}")
        User.objects.filter(pk=person.pk).update(pin_hash="x")

    with CaptureQueriesContext(connection) as many:
        page = client.get("/terminal/").text

    assert len(many) == len(few)
    assert page.count("/terminal/people/") == 30 and "Not all names" in page


# --- what a PIN opens


def test_who_came_in_by_pin_works_at_the_terminals_stations_under_the_own_name(floor):
    client = floor.signed_in()

    page = client.get("/terminal/").text
    assert "ST-01" in page and "ST-02" not in page
    assert client.get(f"/stations/{floor.here.pk}/").status_code == 200
    assert act(client, floor.here, status="running").status_code == 200
    event = Event.objects.get(event_type="status_change")
    assert (event.station, event.user) == (floor.here, floor.person)
    assert User.objects.get(pk=floor.person.pk).last_login is not None


def test_signing_in_and_out_and_wrong_pins_are_in_the_audit_log(floor):
    floor.browser().post(f"/terminal/people/{floor.person.pk}/", {"pin": "9753"})
    client = floor.signed_in()
    client.post("/sign-out/")

    rows = list(AuditLog.objects.filter(action__startswith="log").order_by("id"))
    told = {"by": [None, "pin"], "device": [None, str(floor.device.pk)]}
    assert [(row.action, row.user_id, row.changes) for row in rows] == [
        ("login_failed", None, told),
        ("login", floor.person.pk, told),
        ("logout", floor.person.pk, {}),
    ]
    assert {row.entity_id for row in rows} == {str(floor.person.pk)}


def test_signing_in_takes_a_new_session_key(floor):
    client = floor.browser()
    session = client.session
    session.save()
    client.cookies["sessionid"] = session.session_key

    client.post(f"/terminal/people/{floor.person.pk}/", {"pin": PIN})

    assert client.session.session_key != session.session_key


def test_done_leads_back_to_the_names(floor):
    client = floor.signed_in()

    assert client.post("/sign-out/")["Location"] == "/terminal/"
    assert client.get(f"/stations/{floor.here.pk}/")["Location"] == "/terminal/"
    assert "Who are you" in client.get("/terminal/").text


def test_other_stations_are_not_there(floor):
    with tenant_context(floor.tenant):
        services.call_for(floor.elsewhere, "help", by=None)
        services.set_status(floor.elsewhere, "running", by=floor.person)
    call, event = Call.objects.get(), Event.objects.get(event_type="status_change")
    client = floor.signed_in()

    for name in ("", "menu/", "status/", "report/", "scrap/", "assign/", "complete/", "call/", "note/"):
        assert client.get(f"/stations/{floor.elsewhere.pk}/{name}").status_code == 404, name
    for name in ("status", "report", "undo", "note", "call"):
        assert act(client, floor.elsewhere, name, text="x").status_code == 404, name
    for name in ("acknowledge", "resolve", "cancel"):
        assert client.post(f"/calls/{call.pk}/{name}/").status_code == 404
    assert client.post(f"/events/{event.pk}/undo/").status_code == 404
    page = client.get("/board/tiles/", {"id": [floor.here.pk, floor.elsewhere.pk], "alone": "1", "queue": "1"}).text
    assert "ST-01" in page and "ST-02" not in page and "queue" not in page
    assert client.get("/board/changes/", {"since": "x"}).content == b""
    assert Call.objects.get().status == "open" and Event.objects.count() == 2


def test_an_act_that_touches_other_stations_shows_this_one_only(floor, supervisor):
    with tenant_context(floor.tenant):
        job = create_job(tenant=floor.tenant, on=floor.here)
        services.assign_job(floor.elsewhere, job, by=supervisor)
    client = floor.signed_in()

    answer = act(client, floor.here, "report", good=1, assignment=floor.here.assignments.get().pk)

    assert answer.status_code == 200 and 'data-code="ST-01"' in answer.text and 'data-code="ST-02"' not in answer.text


CLOSED = [
    "/admin/", "/admin/core/user/", "/audit/", "/settings/", "/password/", "/platform/", "/sign-in/", "/terminals/", "/people/pins/",
    "/people/leavers/", "/jobs/", "/jobs/new/", "/jobs/paste/", "/activity/", "/activity/csv/", "/queue/",
]  # fmt: skip


@pytest.mark.parametrize("role", Role.values)
def test_a_pin_opens_an_operators_rights_whatever_the_role(tenant, role):
    floor = Floor(tenant, role)
    client = floor.signed_in()
    create_job(tenant=tenant, code="JOB-1")

    for address in CLOSED:
        for method in (client.get, client.post):
            assert method(address).status_code in (403, 404), address
    for name in ("reassign", "take-off", "correct"):
        assert act(client, floor.here, name).status_code == 403
    assert act(client, floor.here, "assign", job="x").status_code == 403
    assert client.get(f"/stations/{floor.here.pk}/").status_code == 200
    assert client.get("/")["Location"] == client.get("/board/")["Location"] == "/terminal/"
    person = User.objects.get(pk=floor.person.pk)
    assert person.role == role  # capped in memory only


def test_changing_the_own_pin_stores_no_capped_rights(tenant):
    floor = Floor(tenant, Role.MANAGER)
    client = floor.signed_in()
    new = {"new_pin": "8264", "again": "8264"}

    assert client.post("/settings/pin/", new).status_code == 422  # the former one is asked for
    assert client.post("/settings/pin/", new | {"old_pin": "9753"}).status_code == 422
    assert client.post("/settings/pin/", new | {"old_pin": PIN}).status_code == 302
    person = User.objects.get(pk=floor.person.pk)
    assert person.role == Role.MANAGER and pins.is_right(person, "8264")
    assert client.get(f"/stations/{floor.here.pk}/").status_code == 200  # the own session goes on


def test_the_former_pin_is_not_guessed_at_a_screen_left_alone(floor):
    client = floor.signed_in()
    new = {"new_pin": "8264", "again": "8264"}

    codes = [client.post("/settings/pin/", new | {"old_pin": "9753"}).status_code for _ in range(6)]

    assert codes == [422] * 5 + [429]
    assert client.post("/settings/pin/", new | {"old_pin": PIN}).status_code == 429


def test_one_time_passwords_and_second_factors_do_not_stand_in_the_way_at_a_terminal(tenant):
    tenant.settings = {"second_factor_roles": ["operator"]}
    tenant.save()
    floor = Floor(tenant)
    User.objects.filter(pk=floor.person.pk).update(must_change_password=True)

    assert floor.signed_in().get(f"/stations/{floor.here.pk}/").status_code == 200
    assert User.objects.get(pk=floor.person.pk).must_change_password


# --- when it ends


def is_out(client, floor):
    answer = client.get(f"/stations/{floor.here.pk}/")
    return answer.status_code == 302 and "_auth_user_id" not in client.session


def test_a_session_without_the_terminals_token_is_worth_nothing(floor):
    client = floor.signed_in()
    del client.cookies[COOKIE]

    assert is_out(client, floor)
    client.cookies[COOKIE] = floor.token
    assert is_out(client, floor)  # and it has ended for good


def test_a_session_does_not_move_to_another_terminal(floor, tenant):
    client = floor.signed_in()
    client.cookies[COOKIE] = create_terminal(tenant=tenant, stations=[floor.here])

    assert is_out(client, floor)


def test_the_token_alone_opens_names_and_no_station(floor):
    assert floor.browser().get(f"/stations/{floor.here.pk}/")["Location"] == "/terminal/"
    answer = floor.browser().get("/board/tiles/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/terminal/")


def test_revoking_ends_the_open_session_at_once(client, floor, supervisor):
    at_work = floor.signed_in()
    client.force_login(supervisor)

    client.post(f"/terminals/{floor.device.pk}/revoke/")

    assert act(at_work, floor.here, status="running").status_code == 204  # sent to sign in
    assert is_out(at_work, floor)
    assert "no terminal" in at_work.get("/terminal/").text
    assert Station.objects.get(pk=floor.here.pk).status == "idle"


def test_a_new_pin_and_being_switched_off_end_the_session_at_once(floor):
    client = floor.signed_in()
    pins.give_pin(floor.person, by=None)
    assert is_out(client, floor)

    pins.set_pin(floor.person, PIN, by=None)
    client = floor.signed_in()
    User.objects.filter(pk=floor.person.pk).update(is_active=False)
    assert is_out(client, floor)


def test_five_idle_minutes_end_the_session_and_every_press_prolongs_it(floor):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = floor.signed_in()
        for _ in range(3):
            clock.shift(timedelta(minutes=4))
            assert act(client, floor.here, "note", text="x").status_code == 200

        clock.shift(timedelta(minutes=5, seconds=1))

        assert is_out(client, floor)


def test_what_the_page_fetches_by_itself_prolongs_nothing(floor):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = floor.signed_in()
        clock.shift(timedelta(minutes=4))
        fetched = client.get("/board/tiles/", {"id": floor.here.pk, "alone": "1"}, headers={"HX-Request": "true"})
        assert fetched.status_code == 200

        clock.shift(timedelta(minutes=1, seconds=1))

        assert is_out(client, floor)


@pytest.mark.django_db(transaction=True)
def test_the_event_stream_is_read_by_who_is_at_the_terminal_as_long_as_that_stands():
    plant = create_tenant()
    with tenant_context(plant):
        floor = Floor(plant)
    client = floor.signed_in()
    session = f"sessionid={client.session.session_key}"
    both = f"{session}; {COOKIE}={floor.token}"

    assert live._reader(both)
    assert not live._reader(session)
    with tenant_context(plant):
        terminals.revoke_device(floor.device, by=None)
    assert not live._reader(both)


def test_a_terminals_stations_are_in_the_record(floor):
    assert TerminalStation.history.get().station == floor.here
