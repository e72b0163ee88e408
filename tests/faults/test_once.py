"""Every press of the product, sent twice at once and twenty times, with one key: it happens once."""

import collections
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
import requests
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse

from apps.core.isolation import platform_context
from apps.core.models import KeptSheet, User
from apps.core.services import create_tenant
from tests import factories
from tests.faults import (
    recipes_of_assets,
    recipes_of_movements,
    recipes_of_orders,
    recipes_of_requests,
    recipes_of_stores,
    table,
)
from tests.faults.recipes import (
    CHANGES_NOTHING,
    WITHOUT_HISTORY,
    WITHOUT_KEY,
    FormOnPage,
    Sent,
    numbers,
    recipes,
)
from tests.serving import real_server
from tests.sweep import addresses, admin_addresses, typed_password

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults-once")]
TOKEN = "a" * 32
assert (
    recipes_of_assets and recipes_of_movements and recipes_of_orders and recipes_of_requests and recipes_of_stores
)  # their recipes stand among the others


class Floor:
    """A plant behind two web processes, and somebody of each role."""

    def __init__(self, address):
        self.address = address
        self.presses = 0
        self.build()

    def build(self):
        """A plant with nothing in it but what every plant is given."""
        self.plant = create_tenant(factories.Tenant(name="Plant", slug=f"once-{next(numbers)}"), by=None)

    def visitor(self, role, password=None) -> dict:
        """The cookies of somebody signed in just now."""
        if role == "platform":
            person = factories.create_platform_person(email=f"platform-{next(numbers)}@example.com")
        else:
            person = factories.create_person(tenant=self.plant, role=role, password=password)
        client = Client()
        client.force_login(person)
        typed_password(client, person)
        if role == "platform":
            client.post("/platform/", {"tenant": self.plant.pk})
        return {"sessionid": client.cookies["sessionid"].value, "csrftoken": TOKEN}

    def send(self, sent, cookies, times, key):
        """The same press so many times at once; the answers."""
        barrier = Barrier(times)
        self.presses += times
        files = {name: ("photo.jpg", value) for name, value in sent.data.items() if isinstance(value, bytes)}
        data = {name: value for name, value in sent.data.items() if name not in files}

        def press(_n):
            barrier.wait()
            return requests.post(
                self.address + sent.path,
                data,
                files=files,
                cookies=cookies,
                headers={"X-CSRFToken": TOKEN, "Idempotency-Key": key, "Referer": self.address},
                allow_redirects=False,
                timeout=60,
            )

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(press, range(times)))

    def prepare(self, name):
        """A press of an address on fresh rows, and who presses; what the page's form has besides is sent along."""
        self.build()
        sent = recipes[name](self.plant)
        cookies = self.visitor(sent.role, sent.data.get("old_password"))
        if name.endswith("_preview"):  # of whoever has signed in last
            with platform_context():
                KeptSheet.objects.update(person=User.objects.filter(tenant=self.plant).latest("created_at"))
        if name.startswith("admin:") and name.endswith(("_add", "_change", "_preview")):
            page = requests.get(self.address + sent.path, cookies=cookies, timeout=60)
            fields = FormOnPage(page.text).fields.items()
            kept = {word: value for word, value in fields if word and not word.startswith(("_", "CHANGE_FORM-"))}
            sent.data = kept | sent.data | {"_save": "Save"}
        return sent, cookies


def rows() -> collections.Counter:
    """How many rows each table has, but for those that only serve the asking."""
    with platform_context(), connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public' order by 1")
        names = [name for (name,) in cursor.fetchall()]
        kept = [n for n in names if not n.startswith("procrastinate") and n not in ("django_session", "board_versions")]
        cursor.execute(" union all ".join(f"select '{name}', count(*) from {name}" for name in kept))
        return collections.Counter(dict(cursor.fetchall()))


def effect(floor, sent, cookies, times, key):
    before = rows()
    answers = floor.send(sent, cookies, times, key)
    after = rows()
    return answers, {name: after[name] - before[name] for name in after if after[name] != before[name]}


def takes_presses(floor, cookies, name, parameters) -> bool:
    """Whether an address has anything to do with a POST."""
    try:
        path = reverse(name, args=[uuid4() for _ in parameters])
    except NoReverseMatch:  # app_list: only apps there are
        return False
    (answer,) = floor.send(Sent(path, {}), cookies, 1, f"none-{uuid4()}")
    return answer.status_code not in (403, 405)


def test_every_press_sent_many_times_at_once_happens_once(subtests, request, settings):
    settings.PASSWORD_HASHERS = ["apps.core.passwords.PlantArgon2PasswordHasher"]  # as the processes have it
    with real_server(processes=2) as address:
        floor = Floor(address)
        known = [*addresses(), *admin_addresses()]
        admin, platform = floor.visitor("admin"), floor.visitor("platform")
        for name, parameters in known:
            if name in recipes or name in WITHOUT_KEY:
                continue
            with subtests.test(f"{name} takes no presses, or changes nothing"):
                if CHANGES_NOTHING.fullmatch(name):
                    assert not changes(floor, admin, name, parameters)
                else:
                    cookies = platform if name.startswith("admin:core_tenant") else admin
                    assert not takes_presses(floor, cookies, name, parameters), "it needs a recipe: tests/faults/"
        tried = 0
        for name in recipes:
            with subtests.test(name):
                assert name in dict(known), "no such address"
                tried += once(floor, name)
        assert tried > 40
    table.keep(request.node, [f"{tried} presses sent 2 and 20 times at once", tried, floor.presses, 0, 0, 0, "at once"])


def changes(floor, cookies, name, parameters) -> dict:
    try:
        path = reverse(name, args=[uuid4() for _ in parameters])
    except NoReverseMatch:
        return {}
    _answers, changed = effect(floor, Sent(path, {}), cookies, 1, uuid4().hex)
    return {table: n for table, n in changed.items() if table != "request_keys"}


def once(floor, name) -> bool:
    """False where nobody may do it (an admin's table without that button)."""
    sent, cookies = floor.prepare(name)
    (answer,), alone = effect(floor, sent, cookies, 1, uuid4().hex)
    if answer.status_code == 403 and name.startswith("admin:") and name.endswith(("_add", "_change", "_delete")):
        return False
    assert answer.status_code < 400, re.sub(r"(<[^>]*>|\s)+", " ", answer.text.partition("<main")[2])[:1000]
    assert alone.pop("request_keys", 0) == 1
    assert alone or name in WITHOUT_HISTORY, "it changes nothing: the recipe is stale"

    for times in (2, 20):
        sent, cookies = floor.prepare(name)
        key = uuid4().hex
        answers, together = effect(floor, sent, cookies, times, key)
        assert together.pop("request_keys", 0) == 1
        assert together == alone, f"{times} at once"
        first = [a for a in answers if "Idempotent-Replay" not in a.headers and "X-Request-ID" in a.headers]
        if sent.moves_on:
            continue
        assert len(first) == 1
        assert {(a.status_code, a.headers.get("Location")) for a in answers} == {
            (first[0].status_code, first[0].headers.get("Location"))
        }
        replays = {a.content for a in answers if a is not first[0]}
        assert replays <= {first[0].content, b""}  # empty where the answer held a secret

    sent.data |= sent.other
    (refused,), nothing = effect(floor, sent, cookies, 1, key)
    if not sent.moves_on:
        assert (refused.status_code, nothing) == (422, {})
    return True
