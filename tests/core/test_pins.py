"""PINs: who gives them, which are refused, how they are stored, what the record says, and guessing."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.core import pins
from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.core.models import AuditLog, RequestKey, User
from apps.core.roles import Role
from tests.factories import create_person, create_platform_person, create_tenant, create_terminal

PIN = "4711"


@pytest.mark.parametrize("pin", ["0000", "1111", "1234", "4321", "7890", "2109", "1212", "1122", "7877"])
def test_a_pin_that_anybody_would_try_is_refused(operator, pin):
    with pytest.raises(BrokenRule, match="easily guessed"):
        pins.set_pin(operator, pin, by=operator)

    assert User.objects.get(pk=operator.pk).pin_hash == ""


def test_the_staff_number_is_no_pin(tenant):
    person = create_person(tenant=tenant, staff_number="8351")

    with pytest.raises(BrokenRule, match="easily guessed"):
        pins.set_pin(person, "8351", by=person)


def test_who_is_switched_off_gets_no_pin(tenant):
    person = create_person(tenant=tenant, is_active=False)

    with pytest.raises(BrokenRule, match="not active"):
        pins.give_pin(person, by=person)


def test_a_stolen_table_does_not_tell_pins(settings, operator):
    settings.PASSWORD_HASHERS = ["apps.core.passwords.PlantArgon2PasswordHasher"]
    person = pins.set_pin(operator, PIN, by=operator)

    assert person.pin_hash.startswith("argon2$")
    assert pins.is_right(person, PIN) and not pins.is_right(person, "4712")
    settings.SECRET_KEY = "another installation's"  # what a thief of the table alone has
    assert not pins.is_right(person, PIN)


def test_the_same_pin_of_another_person_is_stored_otherwise(operator, supervisor):
    person = pins.set_pin(operator, PIN, by=operator)
    supervisor.pin_hash = person.pin_hash

    assert not pins.is_right(supervisor, PIN)


def test_the_record_says_that_a_pin_changed_and_by_whom_without_it(supervisor, operator):
    with tenant_context(operator.tenant, user=supervisor):
        pins.set_pin(operator, PIN, by=supervisor)

        row = AuditLog.objects.filter(entity_type="users", action="update").get()
    assert (row.entity_id, row.user_id, row.changes) == (str(operator.pk), supervisor.pk, {"pin_hash": [None, None]})
    assert "pin_hash" not in [field.name for field in User.history.model._meta.fields]


# --- giving them


def test_a_supervisor_gives_a_new_pin_that_is_shown_once(client, supervisor, operator):
    client.force_login(supervisor)

    page = client.post(f"/people/{operator.pk}/pin/", headers={"Idempotency-Key": "k"})

    shown = re.search(r"</span>(\d{4})</p>", page.text)[1]
    assert pins.is_right(User.objects.get(pk=operator.pk), shown)
    assert "no-store" in page["Cache-Control"]
    assert bytes(RequestKey.objects.get().body) == b""
    assert shown not in client.post(f"/people/{operator.pk}/pin/", headers={"Idempotency-Key": "k"}).text
    assert "has a PIN" in client.get("/people/pins/").text


@pytest.mark.parametrize(
    ("giver", "whose", "may"),
    [
        (Role.SUPERVISOR, Role.TECHNICIAN, True),
        (Role.SUPERVISOR, Role.SUPERVISOR, False),
        (Role.SUPERVISOR, Role.MANAGER, False),
        (Role.MANAGER, Role.SUPERVISOR, True),
        (Role.ADMIN, Role.MANAGER, True),
        (Role.ADMIN, Role.ADMIN, False),
        (Role.TECHNICIAN, Role.OPERATOR, False),
    ],
)
def test_pins_are_given_to_those_of_lower_rank(client, tenant, giver, whose, may):
    person = create_person(tenant=tenant, role=whose)
    client.force_login(create_person(tenant=tenant, role=giver))

    assert client.post(f"/people/{person.pk}/pin/").status_code == (200 if may else 403)
    assert bool(User.objects.get(pk=person.pk).pin_hash) is may


def test_another_tenants_person_is_not_there(client, supervisor):
    other = create_person(tenant=create_tenant(), role=Role.OPERATOR)
    client.force_login(supervisor)

    assert client.post(f"/people/{other.pk}/pin/").status_code == 404
    assert str(other) not in client.get("/people/pins/").text


def test_the_list_is_searched_by_name_and_staff_number(client, supervisor):
    create_person(tenant=supervisor.tenant, name="Ana Kowalczyk", staff_number="8351")
    create_person(tenant=supervisor.tenant, name="Jon Bielak", staff_number="8352")
    client.force_login(supervisor)

    for words in ("kowal", "8351", "8351\0"):
        page = client.get("/people/pins/", {"q": words}).text
        assert "Ana Kowalczyk" in page and "Jon Bielak" not in page
    assert "Nobody found" in client.get("/people/pins/", {"q": "835"}).text


def test_the_list_asks_as_often_for_many_people(client, supervisor, django_assert_num_queries):
    client.force_login(supervisor)
    client.get("/people/pins/")
    with CaptureQueriesContext(connection) as few:
        client.get("/people/pins/")
    for _ in range(20):
        create_person(tenant=supervisor.tenant)

    with django_assert_num_queries(len(few)):
        client.get("/people/pins/")


# --- one's own


def test_a_person_chooses_a_pin_in_the_settings(client, operator):
    client.force_login(operator)
    assert "Choose a PIN" in client.get("/settings/").text

    assert client.post("/settings/pin/", {"new_pin": PIN, "again": PIN}).status_code == 302
    assert pins.is_right(User.objects.get(pk=operator.pk), PIN)


@pytest.mark.parametrize(
    "data",
    [
        {"new_pin": "471", "again": "471"},
        {"new_pin": "47111", "again": "47111"},
        {"new_pin": "٤٧١١", "again": "٤٧١١"},
        {"new_pin": "4711\n", "again": "4711\n"},
        {"new_pin": "1234", "again": "1234"},
        {"new_pin": PIN, "again": "4712"},
        {"new_pin": "\0" * 4, "again": "x" * 1_000_000},
        {},
    ],
)
def test_a_bad_new_pin_is_refused(client, operator, data):
    client.force_login(operator)

    assert client.post("/settings/pin/", data | {"x": "y"}).status_code == 422
    assert User.objects.get(pk=operator.pk).pin_hash == ""


def test_platform_people_have_no_pin(client, tenant):
    client.force_login(create_platform_person())
    session = client.session
    session["tenant"] = str(tenant.pk)
    session.save()

    assert client.get("/settings/pin/").status_code == 403


# --- guessing


@pytest.fixture
def plant(transactional_db):
    return create_tenant()


@pytest.fixture
def people(plant):
    """Two operators with PINs, and the token of a terminal."""
    with tenant_context(plant):
        ana, jon = (create_person(tenant=plant, role=Role.OPERATOR, name=name) for name in ("Ana", "Jon"))
        for person in (ana, jon):
            pins.set_pin(person, PIN, by=None)
        return ana, jon, create_terminal(tenant=plant)


def guess(token, person, pin, address="10.0.0.1"):
    client = Client(REMOTE_ADDR=address)
    client.cookies["leanops_device"] = token
    return client.post(f"/terminal/people/{person.pk}/", {"pin": pin})


def test_five_wrong_pins_shut_the_name_out_even_with_the_right_one(people):
    ana, jon, token = people

    assert [guess(token, ana, "9753").status_code for _ in range(5)] == [422] * 5
    answer = guess(token, ana, PIN)

    assert answer.status_code == 429 and 0 < int(answer["Retry-After"]) <= 900
    assert "Wait 15 minutes" in answer.text
    assert guess(token, jon, PIN).status_code == 302  # nobody else is shut out


def test_twenty_wrong_pins_in_all_shut_the_name_out_wherever_they_came_from(people):
    ana, _jon, token = people

    codes = [guess(token, ana, "9753", address=f"10.0.0.{n // 4}").status_code for n in range(24)]

    assert codes == [422] * 20 + [429] * 4


def test_twenty_guesses_at_once_get_no_more_than_five_looks(people):
    ana, _jon, token = people
    barrier = Barrier(20)

    def run(n):
        barrier.wait()
        try:
            return guess(token, ana, f"975{n % 7}").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(run, range(20)))

    assert sorted(codes) == [422] * 5 + [429] * 15
    with tenant_context(ana.tenant):
        assert AuditLog.objects.filter(action="login_failed").count() == 5


def test_a_right_pin_wipes_off_the_wrong_ones(people):
    ana, _jon, token = people

    for _ in range(3):
        assert [guess(token, ana, "9753").status_code for _ in range(4)] == [422] * 4
        assert guess(token, ana, PIN).status_code == 302


def test_a_new_pin_opens_at_once(people, plant):
    ana, _jon, token = people
    for _ in range(6):
        guess(token, ana, "9753")
    with tenant_context(plant):
        pin = pins.give_pin(ana, by=None)

    assert guess(token, ana, pin).status_code == 302


def test_wrong_and_impossible_people_get_the_same_answer(people, plant):
    _ana, jon, token = people
    with tenant_context(plant):
        off = create_person(tenant=plant, is_active=False)
        without = create_person(tenant=plant)
        other = create_person(tenant=create_tenant())
    User.objects.filter(pk=off.pk).update(pin_hash=pins.hashed(off.pk, PIN))
    User.objects.filter(pk=other.pk).update(pin_hash=pins.hashed(other.pk, PIN))
    wrong = guess(token, jon, "9753")

    for person in (off, without, other):
        answer = guess(token, person, PIN)
        assert answer.status_code == wrong.status_code == 422
        assert "not the right PIN" in answer.text and str(person) not in answer.text
    with tenant_context(plant):
        failed = AuditLog.objects.filter(action="login_failed").values_list("entity_id", flat=True)
        assert set(failed) == {str(jon.pk), str(off.pk), str(without.pk)}
    with tenant_context(other.tenant):
        assert not AuditLog.objects.filter(action="login_failed").exists()
    assert [guess(token, other, PIN).status_code for _ in range(5)] == [422] * 4 + [429]
