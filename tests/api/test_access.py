"""Who may do what by the API: every address, every role, every verb, with one's own rows and with another tenant's."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_filters import ModelChoiceFilter

from apps.core.api.router import router
from apps.core.isolation import tenant_context
from apps.core.models import User
from apps.core.roles import EVERYONE, Role
from tests import sweep
from tests.api.table import (
    ASKS,
    BY_NAME,
    OF_OTHERS,
    VERBS,
    Ask,
    fill,
    keys_in,
    listed,
    program,
    routes,
    shown,
    told,
    whole,
)
from tests.core.probes import rolled_back
from tests.factories import create_person, create_platform_person, create_terminal
from tests.sweep import PLATFORM, STRANGER

WHO = [*EVERYONE, STRANGER, "reader"]


def test_every_address_and_verb_is_in_the_table():
    assert {name: {ask.verb for ask in ASKS if ask.name == name} for name in {ask.name for ask in ASKS}} == routes()


def send(who, verb, address, body=None, **headers):
    """A request of a program, or of one that shows no token."""
    if who is None:
        sent = {} if verb == "get" else {"data": json.dumps(body or {}), "content_type": "application/json"}
        return getattr(Client(raise_request_exception=False), verb)(address, **sent)
    return who.send(verb, address, body, **headers)


def someone(who, tenant):
    if who is STRANGER:
        return None
    return program(Role.ADMIN, tenant, scope="read") if who == "reader" else program(who, tenant)


def expected(who, ask: Ask, is_known: bool) -> set:
    """What the table says this verb is answered with at this address."""
    if who is STRANGER:
        return {401}
    if not is_known:  # which is looked at first does not matter
        return {403, 405}
    if who == "reader" and ask.verb != "get":
        return {403}
    who = Role.ADMIN if who == "reader" else who
    if who in ask.roles:
        return {ask.status}
    return {404} if ask.name in OF_OTHERS else {ask.refused}


@pytest.mark.parametrize("who", WHO)
def test_each_role_does_what_the_table_says_and_nothing_else(plants, who, record_property):
    ours = plants[0]
    sender, admin, tried = someone(who, ours["tenant"]), program(Role.ADMIN, ours["tenant"]), 0
    for name in routes():
        usual = next(ask for ask in ASKS if ask.name == name)
        for verb in VERBS:
            ask = BY_NAME.get((name, verb), Ask(name, verb, (), usual.row, part=usual.part))
            is_known = (name, verb) in BY_NAME
            with rolled_back():
                body = whole(ask, ours, admin) if is_known else {}
                answer = send(sender, verb, ask.at(ours), body)
            where = f"{who} {verb} {name}: {answer.status_code} {shown(answer)}"
            allowed = expected(who, ask, is_known)
            assert answer.status_code in allowed, where
            told(answer)
            tried += 1
    record_property("requests of programs", tried)


# --- another tenant's keys ---------------------------------------------------------------------------------------------


def probe(plants, who) -> Counter:
    """Another tenant's keys in every path, body and query; what was answered."""
    ours, theirs = plants
    sender, admin, found = program(who, ours["tenant"]), program(Role.ADMIN, ours["tenant"]), Counter()
    before = sweep.fingerprint()

    def ask_for(verb, address, body, allowed, where, echo=""):
        answer = sender.send(verb, address, body)
        assert answer.status_code in allowed, f"{who} {verb} {where}: {answer.status_code} {shown(answer)}"
        told(answer, echo=echo)
        found[answer.status_code] += 1

    for ask in ASKS:
        may = who in (ask.door or ask.roles) or ask.name in OF_OTHERS or ask.name == "tokens-list"
        body = whole(ask, ours, admin) or {}
        if ask.row:
            ask_for(ask.verb, ask.at(theirs), body, {404} if may else {403}, ask.name)
            ask_for(ask.verb, ask.at(theirs), fill(ask.body, theirs), {404} if may else {403}, ask.name)
        for name in keys_in(ask.body):
            wrong = body | fill({name: ask.body[name]}, theirs)
            ask_for(ask.verb, ask.at(ours), wrong, {400, 409} if may else {403}, f"{ask.name} {name}")
    for resource in listed():
        for name, value in queries_of(resource, theirs):
            allowed = {200, 400} if who in resource.reads else {403}
            address = reverse(f"api:{resource.name}-list", query={name: value})
            ask_for("get", address, None, allowed, f"{resource.name} {name}", echo=value)
    assert sweep.fingerprint() == before
    return found


# What a list may be asked for: by a key of that kind, or by anything else.
KEYS = {
    "code": ("{station.code}", "{job.code}", "{reason.code}"),
    "sku": ("{spare.sku}", "{belt.sku}"),
    "number": ("{defect.number}", "{begun.number}"),
    "id": (
        "{station.pk}", "{job.pk}", "{person.pk}", "{webhook.pk}", "{location.pk}", "{place.pk}", "{dock.pk}", "{asset.pk}",
        "{count.pk}", "{stock.location_id}", "{handover.to_user_id}", "{long_schedule.pk}", "{truck.pk}",
        "{leaving.asset_id}", "{yard_line.asset_id}", "{alone.pk}", "{lorry.pk}",
    ),
}  # fmt: skip
WORDS = (
    "{station.code}",
    "{job.code}",
    "{station.line}",
    "{asset.pk}",
    "{identity.qr_token}",
    "{spare.sku}",
    "{defect.number}",
)


def queries_of(resource, plant):
    """(parameter, value) of everything that a list reads from its query, with the plant's keys and words."""
    view = next(view for prefix, view, _name in router.registry if prefix == resource.name)
    for name, one in view.filterset_class.base_filters.items():
        values = KEYS[one.extra["to_field_name"]] if isinstance(one, ModelChoiceFilter) else WORDS
        yield from ((name, value.format_map(plant)) for value in values)
    if getattr(view, "search_fields", None):
        yield from (("search", value.format_map(plant)) for value in WORDS)


@pytest.mark.parametrize("who", EVERYONE)
def test_another_tenants_rows_are_not_there(plants, who, record_property):
    record_property("requests of programs", probe(plants, who).total())


@pytest.mark.parametrize("who", [Role.SUPERVISOR, Role.ADMIN])
def test_the_application_alone_keeps_them_apart(plants, who, record_property):
    sweep.without_row_level_security()

    record_property("requests of programs", probe(plants, who).total())


@pytest.mark.parametrize("who", [Role.SUPERVISOR, Role.ADMIN])
def test_the_database_alone_keeps_them_apart(plants, who, monkeypatch, record_property):
    with sweep.without_scope(monkeypatch):
        record_property("requests of programs", probe(plants, who).total())


# People stand outside row-level security, and have a scope of their own; so has the audit log. Notifications are asked for
# by person, and what is handed over is its receiver's to confirm.
KEPT_BY_MORE = {"users-detail", "users-one-time-password", "users-sign-out", "audit-logs-detail"} | {
    "notifications-detail",
    "notifications-read",
    "handovers-confirm",
    "handovers-refuse",
}


def test_without_both_every_address_would_give_them_away(plants, monkeypatch, record_property):
    """So the sweep looks at the right rows: it would be red."""
    ours, theirs = plants
    sweep.without_row_level_security()
    admin, kept = program(Role.ADMIN, ours["tenant"]), set()
    with sweep.without_scope(monkeypatch):
        for ask in ASKS:
            if ask.row:
                with rolled_back():
                    answer = admin.send(ask.verb, ask.at(theirs), fill(ask.body, theirs))
                if answer.status_code in (403, 404, 405):
                    kept.add(ask.name)
                record_property("guards seen red", 1)
    assert kept == KEPT_BY_MORE


def test_a_filter_by_key_finds_ones_own(plants):
    """So the sweep's queries are good ones: with one's own keys they find rows."""
    ours = plants[0]
    admin, found = program(Role.ADMIN, ours["tenant"]), set()
    for resource in listed():
        for name, value in queries_of(resource, ours):
            answer = admin.get(reverse(f"api:{resource.name}-list", query={name: value}))
            if answer.status_code == 200 and answer.json()["results"]:
                found.add((resource.name, name))
    by_key = {
        (resource.name, name)
        for resource in listed()
        for name, one in next(
            v for p, v, _n in router.registry if p == resource.name
        ).filterset_class.base_filters.items()
        if isinstance(one, ModelChoiceFilter)
    }
    assert by_key and by_key <= found


# --- ids that are none -------------------------------------------------------------------------------------------------


def test_a_key_that_is_none_is_not_there(plants, record_property):
    ours = plants[0]
    admin = program(Role.ADMIN, ours["tenant"])
    for ask in ASKS:
        if ask.row and ask.verb == "get":
            own = ask.row.format_map(ours)
            for wrong in NO_KEYS:
                answer = admin.get(ask.at(ours).replace(f"/{own}/", f"/{wrong}/"))
                assert answer.status_code == 404, f"{ask.name} {wrong[:40]}: {answer.status_code}"
                told(answer)
                record_property("requests of programs", 1)


NO_KEYS = (
    "x", "0", "-1", "%00", "x" * 5000, "..%2f..%2fetc", "%ff%fe", "%F0%9F%8F%AD", "null", "99999999999999999999",
    "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-00000000000g", "' or 1=1 --", "%0a", "a%2fb",
)  # fmt: skip


# --- who is nobody, or not quite somebody ------------------------------------------------------------------------------


def all_refused(client, ours, status, verbs=("get", "post", "put", "patch", "delete"), **headers):
    for ask in ASKS:
        if ask.verb in verbs:
            sent = {} if ask.verb == "get" else {"data": "{}", "content_type": "application/json"}
            answer = getattr(client, ask.verb)(ask.at(ours), **sent, headers=headers)
            assert answer.status_code == status, f"{ask.verb} {ask.name}: {answer.status_code} {answer.content[:300]!r}"
            told(answer)


def test_who_has_a_one_time_password_changes_it_first(plants):
    ours = plants[0]
    client = Client(raise_request_exception=False)
    client.force_login(create_person(tenant=ours["tenant"], role=Role.ADMIN, must_change_password=True))

    all_refused(client, ours, 403)


def test_a_pin_opens_nothing_here(plants):
    from apps.core import pins

    ours = plants[0]
    client = Client(raise_request_exception=False)
    person = pins.set_pin(create_person(tenant=ours["tenant"], role=Role.ADMIN), "4711", by=None)
    client.cookies["leanops_device"] = create_terminal(tenant=ours["tenant"], stations=[ours["station"]])
    assert client.post(f"/terminal/people/{person.pk}/", {"pin": "4711"}).status_code == 302

    all_refused(client, ours, 403)


def test_a_token_is_its_persons_whatever_cookies_come_along(plants):
    from apps.core import pins

    ours = plants[0]
    sender = program(Role.ADMIN, ours["tenant"])
    person = pins.set_pin(create_person(tenant=ours["tenant"], role=Role.OPERATOR), "4711", by=None)
    sender.client.cookies["leanops_device"] = create_terminal(tenant=ours["tenant"], stations=[ours["station"]])
    assert sender.client.post(f"/terminal/people/{person.pk}/", {"pin": "4711"}).status_code == 302

    assert sender.get("users/me/").json()["id"] == str(sender.token.user_id)


def test_a_session_without_its_csrf_token_changes_nothing(plants):
    ours = plants[0]
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(create_person(tenant=ours["tenant"], role=Role.ADMIN))
    before = sweep.fingerprint()

    all_refused(client, ours, 403, verbs=("post", "put", "patch", "delete"))
    assert sweep.fingerprint() == before
    assert client.get("/api/v1/jobs/").status_code == 200


def test_who_is_deactivated_is_nobody_at_once(plants):
    ours = plants[0]
    sender = program(Role.ADMIN, ours["tenant"])
    assert sender.get("jobs/").status_code == 200
    with tenant_context(ours["tenant"]):
        type(sender.token.user).objects.filter(pk=sender.token.user_id).update(is_active=False)

    all_refused(sender.client, ours, 401, Authorization=f"Token {sender.text}")


def test_a_token_past_its_time_opens_nothing(plants):
    ours = plants[0]
    sender = program(Role.ADMIN, ours["tenant"])
    then = timezone.now() - timedelta(days=40)
    type(sender.token).objects.filter(pk=sender.token.pk).update(created_at=then, expires_at=then + timedelta(days=30))

    all_refused(sender.client, ours, 401, Authorization=f"Token {sender.text}")


@pytest.mark.parametrize("who", [Role.ADMIN, PLATFORM])
def test_a_browsers_session_does_what_a_token_does(plants, who, record_property):
    ours = plants[0]
    client, admin = sweep.client_of(who, ours["tenant"]), program(Role.ADMIN, ours["tenant"])
    for ask in ASKS:
        if (who == PLATFORM and ask.name == "users-me") or not ask.roles:
            continue  # of no plant; of another person
        body = whole(ask, ours, admin)
        sent = {} if ask.verb == "get" else {"data": json.dumps(body), "content_type": "application/json"}
        if (ask.name, ask.verb) == ("tokens-list", "post"):  # the password was typed a moment ago
            sweep.typed_password(client, User.objects.get(pk=client.session["_auth_user_id"]))
        with rolled_back():
            answer = getattr(client, ask.verb)(ask.at(ours), **sent)
        where = f"{who} {ask.verb} {ask.name}: {answer.status_code} {shown(answer)}"
        assert answer.status_code == ask.status, where
        told(answer)
        record_property("requests of programs", 1)


def test_platform_people_choose_a_tenant_first(plants):
    client = Client(raise_request_exception=False)
    client.force_login(create_platform_person())

    all_refused(client, plants[0], 403)


def test_what_is_open_to_strangers_shows_nobodys_rows(plants):
    for name in ("schema", "docs"):
        answer = Client().get(reverse(f"api:{name}"))
        assert answer.status_code == 200 and b"SECRET" not in answer.content and b"plain site" not in answer.content

    for verb in VERBS:
        answer = send(None, verb, "/api/v1/nowhere/at/all/")
        assert answer.status_code == 404
        told(answer)
