"""Guessing is slow: five tries of a name from one address, twenty in all, then a quarter of an hour's rest."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.core import sessions
from tests.factories import PASSWORD, create_person, create_tenant

ADDRESS = "ana@north.example"


def guess(client, password="wrong", address=ADDRESS, ip="10.0.0.1"):
    return client.post("/sign-in/", {"username": address, "password": password}, REMOTE_ADDR=ip)


@pytest.fixture
def person(tenant):
    return create_person(tenant=tenant, email=ADDRESS, password=PASSWORD)


def test_after_five_wrong_tries_the_pair_of_name_and_address_waits(client, person):
    for _ in range(5):
        assert guess(client).status_code == 200

    answer = guess(client, PASSWORD)

    assert answer.status_code == 429 and "Too many wrong tries" in answer.text
    assert 0 < int(answer["Retry-After"]) <= 900
    assert "_auth_user_id" not in client.session
    assert guess(client, PASSWORD, address=ADDRESS.upper()).status_code == 429


def test_the_rest_of_the_plant_behind_the_same_address_signs_in(client, person):
    colleague = create_person(tenant=person.tenant, email="ben@north.example", password=PASSWORD)
    for _ in range(6):
        guess(client)

    assert guess(client, PASSWORD, address=colleague.email).status_code == 302


def test_the_person_signs_in_from_elsewhere_while_a_guesser_waits(client, person):
    for _ in range(6):
        guess(client)

    assert guess(client, PASSWORD, ip="10.0.0.2").status_code == 302
    assert (
        guess(Client(), PASSWORD, ip="10.0.0.1").status_code == 429
    )  # the owner's success wipes off the own tries only


def test_twenty_wrong_tries_from_anywhere_lock_the_name(client, person):
    for number in range(20):
        assert guess(client, ip=f"10.0.1.{number}").status_code == 200

    assert guess(client, PASSWORD, ip="10.0.2.1").status_code == 429


def test_after_a_quarter_of_an_hour_it_goes_on(client, person):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(6):
            guess(client)
        clock.shift(timedelta(minutes=14, seconds=59))
        assert guess(client, PASSWORD).status_code == 429
        clock.shift(timedelta(seconds=2))
        assert guess(client, PASSWORD).status_code == 302


def test_what_was_typed_stands_nowhere(client, person, caplog):
    caplog.set_level(0)
    guess(client, address="my-secret-by-mistake", password="a-second-secret")

    kept = str(list(AccessAttempt.objects.values()))
    assert "secret" not in kept and "secret" not in caplog.text
    assert AccessAttempt.objects.count() == 1


def test_tries_that_no_longer_count_are_forgotten(client, person):
    guess(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        sessions.forget_ended()

    assert AccessAttempt.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_twenty_guesses_at_once_are_five():
    create_person(tenant=create_tenant(), email=ADDRESS, password=PASSWORD)

    def one(number):
        try:
            return guess(Client(headers={"User-Agent": f"tool {number}"})).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(one, range(20)))

    assert sorted(set(answers)) == [200, 429]
    assert answers.count(200) == 5
