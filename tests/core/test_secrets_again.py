"""Secrets asked for again, kept answers and live pages: what an attacker with a foot in the door would try."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core import live, pins, services, terminals
from apps.core.isolation import tenant_context
from apps.core.models import Attachment, AuditLog, RequestKey, User
from apps.shopfloor import services as floor_services
from tests.core.test_openid_connect import START, provider  # noqa: F401  (a fixture)
from tests.core.test_second_factor import code_of, set_up, sign_in
from tests.core.test_terminals import PIN, Floor, act
from tests.factories import PASSWORD, create_person, create_station, photo

NEW = "another-long-word-7"


@pytest.fixture
def floor(tenant):
    return Floor(tenant)


@pytest.fixture
def person(tenant):
    return create_person(tenant=tenant, role="manager", password=PASSWORD)


def new_password(client, old):
    return client.post("/password/", {"old_password": old, "new_password1": NEW, "new_password2": NEW})


def failures(tenant):
    with tenant_context(tenant):
        return list(AuditLog.objects.filter(action="login_failed").values_list("changes", flat=True))


def told_streams(queries):
    return any("pg_notify" in query["sql"] for query in queries)


def test_the_old_password_is_guessed_no_faster_than_at_the_door(person):
    client, _ = sign_in(person)
    assert [new_password(client, f"wrong-{n}").status_code for n in range(5)] == [422] * 5

    assert new_password(client, PASSWORD).status_code == 429
    assert failures(person.tenant) == [{"by": [None, "password"]}] * 5


def test_so_is_the_password_asked_for_again(person):
    client, _ = sign_in(person)
    for number in range(5):
        client.post("/sign-in/again/", {"password": f"wrong-{number}"})

    assert "Too many wrong tries" in client.post("/sign-in/again/", {"password": PASSWORD}).text
    assert len(failures(person.tenant)) == 5


def test_a_pin_is_set_by_who_has_just_shown_who_it_is(person):
    client, _ = sign_in(person)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        answer = client.post("/settings/pin/", {"new_pin": "8264", "again": "8264"})

    assert answer["Location"].startswith("/sign-in/again/")
    assert User.objects.get(pk=person.pk).pin_hash == ""


def test_the_walls_answer_is_not_taken_for_the_presss(tenant):
    station = create_station(tenant=tenant)
    person = create_person(tenant=tenant, must_change_password=True)
    client = Client()
    client.force_login(person)
    press = {"status": "running", "request_key": "press-1"}
    assert client.post(f"/stations/{station.pk}/status/", press)["Location"] == "/password/"
    User.objects.filter(pk=person.pk).update(must_change_password=False)

    client.post(f"/stations/{station.pk}/status/", press)

    station.refresh_from_db()
    assert station.status == "running"


def test_an_answer_kept_for_a_password_is_none_for_a_pin(floor):
    User.objects.filter(pk=floor.person.pk).update(role="supervisor")
    desk = Client()
    desk.force_login(User.objects.get(pk=floor.person.pk))
    press = {"status": "running", "request_key": "press-1"}
    assert act(desk, floor.elsewhere, **press).status_code == 200

    assert act(floor.signed_in(), floor.elsewhere, **press).status_code == 404


def test_a_wrong_pin_leaves_no_answer_under_its_key(floor):
    client = floor.signed_in()
    data = {"old_pin": "9513", "new_pin": "8264", "again": "8264", "request_key": "k1"}

    codes = [client.post("/settings/pin/", data | {"old_pin": pin}).status_code for pin in ("9513", "9513", PIN)]

    assert codes == [422, 422, 302]


def test_the_secret_of_an_app_is_kept_under_no_key(person):
    client, _ = sign_in(person)
    client.get("/second-factor/totp/activate/")

    client.post("/second-factor/totp/activate/", {"code": "000000", "request_key": "k"})

    assert [bytes(row.body) for row in RequestKey.objects.all()] == [b""]


def test_pins_are_not_tried_a_few_of_each_name(floor):
    people = [pins.set_pin(create_person(tenant=floor.tenant, role="operator"), "7391", by=None) for _ in range(10)]
    tries = [(person, f"{number}852") for person in people for number in range(1, 5)]

    codes = [floor.browser().post(f"/terminal/people/{p.pk}/", {"pin": pin}).status_code for p, pin in tries]

    assert codes == [422] * 30 + [429] * 10


def test_pictures_of_other_stations_do_not_open_at_a_terminal(floor):
    for station in (floor.here, floor.elsewhere):
        floor_services.add_note(station, "look", by=floor.person, photos=[photo()])
    ours, theirs = Attachment.objects.order_by("created_at")
    client = floor.signed_in()

    assert client.get(f"/files/{ours.pk}/").status_code == 200
    assert client.get(f"/files/{ours.pk}/thumbnail/").status_code == 200
    assert client.get(f"/files/{theirs.pk}/").status_code == 404
    assert floor.browser().get(f"/files/{ours.pk}/").status_code == 302
    assert client.get(f"/files/{theirs.pk}/thumbnail/").status_code == 404


def test_a_revoked_terminal_and_signing_out_end_live_pages_at_once(floor, person):
    with CaptureQueriesContext(connection) as queries:
        terminals.revoke_device(floor.device, by=None)
    assert told_streams(queries)
    client, _ = sign_in(person)
    with CaptureQueriesContext(connection) as queries:
        client.post("/sign-out/")
    assert told_streams(queries)


def test_what_is_told_while_a_stream_looks_is_looked_at_again():
    class Plant:
        pk = "t"

    async def run():
        subscriber, asked = live.Subscriber("t", "p", must_check=True), []
        subscriber.news.set()

        async def send(message):
            """Nobody reads it."""

        async def reader():
            asked.append(1)
            if len(asked) == 1:  # the session ends while it is being looked at
                subscriber.must_check = True
                subscriber.news.set()
                return live.Reader(Plant, "p")
            return None

        gone = asyncio.create_task(asyncio.sleep(60))
        await asyncio.wait_for(live._tell(send, subscriber, gone, reader), 10)
        gone.cancel()
        return len(asked)

    # In a thread of its own: a browser test before this one leaves its loop running in this thread.
    with ThreadPoolExecutor(1) as elsewhere:
        assert elsewhere.submit(asyncio.run, run()).result() == 2


def test_taking_the_second_factor_away_ends_the_sessions_it_let_in(person):
    person.tenant.settings = {"second_factor_roles": ["manager"]}
    person.tenant.save()
    here, _ = sign_in(person)
    secret = set_up(here)
    there, _ = sign_in(person)
    there.post("/second-factor/authenticate/", {"code": code_of(secret)})
    assert there.get("/jobs/").status_code == 200

    here.post("/second-factor/totp/deactivate/")

    assert there.get("/jobs/")["Location"].startswith("/sign-in/")
    assert here.get("/jobs/")["Location"] == "/second-factor/"


def test_who_waits_at_the_code_is_out_with_a_new_password(person):
    here, _ = sign_in(person)
    secret = set_up(here)
    thief, _ = sign_in(person)
    services.give_one_time_password(person, by=None)

    thief.post("/second-factor/authenticate/", {"code": code_of(secret)})

    assert "_auth_user_id" not in thief.session


def test_a_provider_is_for_signing_in_and_nothing_else(person, provider):  # noqa: F811
    client, _ = sign_in(person)

    assert client.post(f"{START}?process=connect").status_code == 404


def test_an_export_records_its_filters_and_nothing_else(client, admin):
    client.force_login(admin)
    for place in ("/audit/csv/", reverse("shopfloor:activity_csv")):
        client.get(place, {"whatever": "Jan Kowalski, Lipowa 3"})

    told = list(AuditLog.objects.filter(action="export").values_list("changes", flat=True))
    assert len(told) == 2 and "Kowalski" not in str(told)
