"""Every form, with what nobody should type in every field: a sentence, never a crash, nothing made by it."""

import json

import pytest
from django import forms
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.roles import Role
from tests import sweep
from tests.core.probes import rolled_back
from tests.factories import PASSWORD, create_person
from tests.hostile.nasty import FORMS, KEEN, NASTIES, all_told, bodies, look_at, names_read
from tests.hostile.test_doors import DOORS
from tests.sweep import (
    ADMIN_ACTIONS,
    ADMIN_ACTS,
    ADMIN_POSTS,
    ADMIN_ROWS,
    PLATFORM,
    POSTS,
    STRANGER,
    addresses,
    admin_addresses,
    admin_at,
    at,
    client_of,
    fill,
    models_of_admin,
)

SLICES = 6
KEEN_IN_ADMIN = ("NUL", "markup")  # its pages take long
# Anything is a yes to these. (Signing in is answered with 200, so that the record of the attempt stays.)
FREE = (forms.BooleanField, forms.NullBooleanField)
# What a field of numbers, or of days, refuses beside.
ODD = [
    (forms.IntegerField, ("NaN", "infinity", "1e308", "a long number")),
    ((forms.DateField, forms.DateTimeField), ("the first day", "the last day")),
]


def places(plant):
    """(name, address, good body) of everything that takes a POST."""
    for name, parameters in addresses():
        if name in POSTS:
            yield name, at(name, parameters, plant), fill(POSTS[name], plant)
    yield "core:choose_tenant", "/platform/", {"name": "New", "slug": "new", "timezone": "UTC"}
    for label, body in ADMIN_POSTS.items():
        name = f"admin:{label.replace('.', '_')}"
        row = plant[ADMIN_ROWS[label]].pk
        if label != "core.tenant":
            yield f"{name}_add", reverse(f"{name}_add"), fill(body, plant)
        yield f"{name}_change", reverse(f"{name}_change", args=[row]), fill(body, plant)
    for name, parameters in admin_addresses():
        if name in ADMIN_ACTS:
            yield name, admin_at(name, parameters, plant), fill(ADMIN_ACTS[name], plant)


def actions(plant):
    """(address of a list, a body that does the action to a row of it), for every action of the admin."""
    for label, table in models_of_admin().items():
        address, row = reverse(f"admin:{label.replace('.', '_')}_changelist"), plant[ADMIN_ROWS[label]].pk
        for action in [action.name for action in table._get_base_actions()]:
            own = fill(ADMIN_ACTIONS.get(action, {}), plant)
            yield address, own | {"action": action, "index": "0", "_selected_action": str(row)}


def browser(name, plant):
    """Somebody who may: a stranger to sign in, the platform to choose a tenant, else an admin who knows the password."""
    if name in ("core:sign_in", "core:choose_tenant"):
        return client_of(STRANGER if name == "core:sign_in" else PLATFORM, plant["tenant"])
    client = client_of(STRANGER, plant["tenant"])
    client.force_login(create_person(tenant=plant["tenant"], role=Role.ADMIN, password=PASSWORD))
    return client


def sender(client, address):
    """Posts a body to the address, as if nothing had been posted before: signed in, and rolled back."""
    cookies = client.cookies.copy()

    def send(body):
        client.cookies = cookies.copy()
        with rolled_back():
            return client.post(address, sweep.sent(body))

    return send


@pytest.mark.parametrize("part", range(SLICES))
def test_no_field_takes_what_breaks(plants, part, record_property):
    plant, tried = plants[0], 0
    with all_told() as check:
        for name, address, good in list(places(plant))[part::SLICES]:
            send = sender(browser(name, plant), address)
            names, filled = names_read(send, good)
            keen = KEEN_IN_ADMIN if name.startswith("admin:") else KEEN
            for what, body in [*bodies(names, good, keen), *odd_bodies(filled, good)]:
                answer = send(body)
                check(look_at, answer, f"{name}: {what}")
                kind, _in, field = what.partition(" in ")
                if kind not in MAY_BE_TAKEN and may_refuse(filled.get(field)) and name != "core:sign_in":
                    check(refused, answer, f"{name}: {what}")
                tried += 1
    record_property("inputs tried", tried)


MAY_BE_TAKEN = ("all at once", "markup", "the last minute")  # of text, and of moments to come


SEEN = ("told", "missing")  # what the person was shown: compared with what is, and never stored


def may_refuse(field) -> bool:
    return field is not None and not isinstance(field, FREE)


def odd_bodies(filled, good):
    """Each field of numbers or days with what is none, all else as it should be."""
    for kinds, texts in ODD:
        for name, field in filled.items():
            if isinstance(field, kinds) and not field.widget.is_hidden and name not in SEEN:
                yield from ((f"{what} in {name}", good | {name: NASTIES[what]}) for what in texts)


def refused(answer, where):
    assert answer.status_code >= 400, f"{where} is not refused: {answer.status_code}"


def test_no_action_of_the_admin_takes_what_breaks(plants, record_property):
    plant, tried = plants[0], 0
    client = browser("", plant)
    with all_told() as check:
        for address, good in actions(plant):
            send = sender(client, address)
            for name in good:
                for what in KEEN_IN_ADMIN:
                    answer = send(good | {name: NASTIES[what]})
                    check(look_at, answer, f"{good['action']} at {address}: {what} in {name}")
                    tried += 1
    record_property("inputs tried", tried)


def test_every_form_is_reached(plants):
    """A form that no address of the sweep fills in would be tried by nobody."""
    plant = plants[0]
    for name, address, good in places(plant):
        names_read(sender(browser(name, plant), address), good)
    client = browser("", plant)
    for address, good in actions(plant):
        names_read(sender(client, address), good)
    for name, parameters in addresses():
        with rolled_back():
            names_read(lambda query: client.get(at(name, parameters, plant), query), {})  # noqa: B023

    ours = {form for form in all_forms(forms.BaseForm) if form.__module__.startswith("apps.")}
    reached = {parent for form in FORMS for parent in form.__mro__}
    assert {f"{form.__module__}.{form.__name__}" for form in ours - reached} <= set(DOORS)


def all_forms(base):
    for form in base.__subclasses__():
        yield form
        yield from all_forms(form)


nasty = st.one_of(
    st.sampled_from([text for text in NASTIES.values() if len(text) < 10_000]),
    st.text(max_size=50),
    st.integers().map(str),
    st.floats().map(str),
    st.decimals().map(str),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat(timespec="minutes")),
    st.uuids().map(str),
    st.lists(st.text(max_size=5), max_size=4),
)


@settings(max_examples=8, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def send_anything(data, name, send, good, names):
    chosen = data.draw(st.lists(st.sampled_from(sorted(names)), min_size=1, unique=True)) if names else []
    body = good | {field: data.draw(nasty) for field in chosen}
    try:
        answer = send(body)
    except UnicodeEncodeError:  # half a pair of surrogates: no browser can send it; test_bodies.py sends the bytes
        return
    look_at(answer, f"{name}: {body}")
    TRIED.append(name)


TRIED: list[str] = []


@pytest.mark.parametrize("part", range(SLICES))
def test_anything_in_any_fields_at_once(plants, part, record_property):
    plant = plants[0]
    for name, address, good in list(places(plant))[part::SLICES]:
        send = sender(browser(name, plant), address)
        send_anything(name=name, send=send, good=good, names=names_read(send, good)[0])
    record_property("inputs tried", len(TRIED))
    TRIED.clear()


BODIES = {
    "no boundary": ("multipart/form-data", b"x"),
    "a boundary of its own kind": ("multipart/form-data; boundary=\xff\x00", b"--x"),
    "half a part": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nabc"),
    "a part without a name": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--"),
    "a file for a field": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data; name=\"note\"; filename=\"../../x.jpg\"\r\n\r\n\x00\xff\r\n--x--",
    ),
    "bad base64": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--x--",
    ),
    "bytes of no text": ("application/x-www-form-urlencoded", b"note=%ff%fe%ed%a0%80&status=%00"),
    "raw bytes": ("application/x-www-form-urlencoded", bytes(range(256))),
    "another character set": ("application/x-www-form-urlencoded; charset=utf-16", "note=ä".encode("utf-16")),
    "a character set of nobody": ("application/x-www-form-urlencoded; charset=klingon", b"note=x"),
    "thousands of fields": ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(5000))),
    "one name thousands of times": ("application/x-www-form-urlencoded", b"note=1&" * 900),
    "JSON": ("application/json", json.dumps({"status": ["running"], "job": {"$ne": 1}}).encode()),
    "half of JSON": ("application/json", b'{"status": '),
    "deep JSON": ("application/json", b"[" * 100_000),
    "XML": ("text/xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    "no type": ("", b"note=x"),
    "a type of no form": ("\u00e4/\u00f6;;;=", b"note=x"),
    "eleven megabytes": ("application/x-www-form-urlencoded", b"note=" + b"x" * 11_000_000),
}  # fmt: skip


def test_no_body_breaks_an_address(plants, record_property):
    plant, tried = plants[0], 0
    with all_told() as check:
        for name, address, _good in places(plant):
            if name.startswith("admin:") and name.endswith("_change"):
                continue  # read as the forms for new rows are
            client = browser(name, plant)
            for what, (content_type, body) in BODIES.items():
                if what == "eleven megabytes" and not name.startswith("shopfloor:station"):
                    continue
                with rolled_back():
                    answer = client.generic("POST", address, body, content_type=content_type)
                    check(look_at, answer, f"{name}: {what}")
                tried += 1
    record_property("inputs tried", tried)
