"""Every POST of the API, sent at once under one key: it acts once, and all get its answer. Driven by tests/api/table.py."""

import copy
import json

import pytest
from django.test import Client

from apps.core.isolation import tenant_context
from apps.core.roles import Role
from tests import sweep
from tests.api.client import Program
from tests.api.floor import refused
from tests.api.table import ASKS, fill, shown
from tests.core.probes import rolled_back
from tests.factories import create_person, create_tenant
from tests.furnished import furnish
from tests.shopfloor.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

POSTS = [ask for ask in ASKS if ask.verb == "post"]
# Whose it is alone, in the plant furnished; all else an admin may.
OWN = {
    "handovers-confirm": "colleague",
    "handovers-refuse": "colleague",
    "notifications-read": "person",
    "notifications-read-all": "person",
}
# What answers a secret: its repeat learns that it was done, and no more.
SECRET = {
    "tokens-list",
    "users-one-time-password",
    "webhooks-list",
    "webhooks-secret",
    "movements-hand-over",
    "shipments-hand-over",
}


class Browser:
    """Sends as a program does, by a session whose person has just typed a password: with a token nobody makes tokens."""

    def __init__(self, person):
        self.client = Client(raise_request_exception=False)
        self.client.force_login(person)
        sweep.typed_password(self.client, person)

    def post(self, address, body, Idempotency_Key):
        sent = {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.post(address, **sent, headers={"Idempotency-Key": Idempotency_Key})


class Plant(dict):
    """A furnished plant, and who sends what."""

    def __init__(self):
        super().__init__(furnish(create_tenant()))
        with tenant_context(self["tenant"]):
            admin = create_person(tenant=self["tenant"], role=Role.ADMIN)
            self.admin, self.browser = Program(admin), Browser(admin)
            self.own = {name: Program(self[person]) for name, person in OWN.items()}

    def sender(self, ask):
        return self.browser if ask.name == "tokens-list" else self.own.get(ask.name, self.admin)

    def effect(self, act) -> tuple:
        """(what an act gives; {table: rows more} of the tables that it changed)."""
        before = sweep.fingerprint(self["tenant"])
        done = act()
        after = sweep.fingerprint(self["tenant"])
        changed = {
            table: _count(after[table]) - _count(before[table]) for table in after if after[table] != before[table]
        }
        return done, changed


def _count(told: str) -> int:
    return int(told.split()[0])


def again(sender):
    """Another connection of the same sender."""
    other = copy.copy(sender)
    other.client = Client(raise_request_exception=False)
    other.client.cookies = sender.client.cookies
    return other


@pytest.mark.parametrize("times", [2, 20])
def test_each_acts_once_and_all_get_its_answer(times, subtests, record_property):
    assert len(POSTS) > 60
    plant, worn = Plant(), False
    for ask in POSTS:
        with subtests.test(ask.name):
            expected = alone(plant, ask)
            if not expected and worn:  # what came before has used up its row
                plant = Plant()
                expected = alone(plant, ask)
            assert expected, "in a fresh plant it does nothing: look at its line in tests/api/table.py"
            worn = True
            together(plant, ask, expected, times)
            record_property("requests of programs", times + 2)


def alone(plant, ask) -> dict:
    """What a single press changes beside its key, of which nothing stays; empty where it is refused."""
    with rolled_back():
        answer, changed = plant.effect(lambda: send(plant.sender(ask), ask, plant))
    assert answer.status_code != ask.status or changed.pop("request_keys") == 1
    return changed if answer.status_code == ask.status else {}


def send(sender, ask, plant, **more):
    return sender.post(ask.at(plant), fill(ask.body or {}, plant) | more, Idempotency_Key=ask.name)


def together(plant, ask, expected, times):
    senders = [again(plant.sender(ask)) for _ in range(times)]

    answers, changed = plant.effect(lambda: at_once(times, lambda n: send(senders[n], ask, plant)))

    assert [answer.status_code for answer in answers] == [ask.status] * times, [shown(a) for a in answers]
    assert changed == expected | {"request_keys": 1}
    (first,) = [answer for answer in answers if "Idempotent-Replay" not in answer]
    for answer in answers:
        if answer is not first:
            assert answer.content == (b"" if ask.name in SECRET else first.content)
            assert answer.get("ETag") == first.get("ETag") and answer.get("Location") == first.get("Location")

    answer, changed = plant.effect(lambda: send(senders[0], ask, plant, another="body"))
    refused(answer, 422, "came before", code="key_reused")
    assert changed == {}
