"""The admin: who comes in, and that another tenant's rows are neither shown, offered, taken nor changed there."""

import pytest
from django.forms import ModelChoiceField
from django.test import RequestFactory
from django.urls import reverse

from apps.core.roles import MANAGERS, Role
from tests import sweep
from tests.core.probes import rolled_back
from tests.factories import create_person
from tests.sweep import (
    ADMIN_ACTIONS,
    ADMIN_ACTS,
    ADMIN_POSTS,
    ADMIN_ROWS,
    PLATFORM,
    STRANGER,
    VERBS,
    WHO,
    admin_addresses,
    admin_at,
    client_of,
    fill,
    ids_in,
    models_of_admin,
    opens,
)

OF_NO_MODEL = ("admin:app_list", "admin:view_on_site")
ELSEWHERE = ("admin:login", "admin:logout", "admin:password_change", "admin:password_change_done", "admin:app_list")


def of_rows():
    """The admin's addresses about one row of a model."""
    return [(name, parameters) for name, parameters in admin_addresses() if parameters and name not in OF_NO_MODEL]


def label_of(name) -> str:
    return ".".join(name.removeprefix("admin:").split("_")[:2])


def asking(who, tenant):
    """A request of that person, for what a ModelAdmin asks of one."""
    request = RequestFactory().get("/")
    request.user, request.tenant = create_person(tenant=tenant, role=who), tenant
    return request


def test_every_model_of_the_admin_has_a_furnished_row():
    assert set(models_of_admin()) == set(ADMIN_ROWS)


@pytest.mark.parametrize("who", [Role.OPERATOR, Role.TECHNICIAN, Role.SUPERVISOR, STRANGER])
def test_the_admin_is_the_managers(plants, who, record_property):
    ours, tried = plants[0], 0
    client = client_of(who, ours["tenant"])
    own = [reverse(name) for name, parameters in admin_addresses() if not parameters and name not in ELSEWHERE]
    own += [f"/admin/{app}/" for app in ({label.partition(".")[0] for label in models_of_admin()} | {"nothing"})]
    for address in [*own, *(admin_at(*name, ours) for name in of_rows())]:
        for verb in ("get", "post"):
            answer = opens(client, verb, address)
            where = f"{who} {verb} {address}: {answer.status_code}"
            if who is STRANGER:
                assert answer.status_code == 302 and answer["Location"].startswith(("/sign-in/", "/admin/login/")), (
                    where
                )
            else:
                assert answer.status_code == 403, where
            tried += 1
    record_property("requests probed", tried)


def probe_rows(plants, who, without=()) -> int:
    """Every address of the admin about a row, with the other plant's, by every verb."""
    ours, theirs = plants
    client, tried, before = client_of(who, ours["tenant"]), 0, sweep.fingerprint()
    for name, parameters in of_rows():
        if label_of(name) in without:
            continue
        for verb in VERBS if who in (Role.ADMIN, PLATFORM) else ("get", "post"):
            answer = opens(client, verb, admin_at(name, parameters, theirs), good_body(name, ours))
            expected = (302,) if who is STRANGER else (403, 404, 405)
            assert answer.status_code in expected, f"{who} {verb} {name}: {answer.status_code}"
            tried += 1
    assert sweep.fingerprint() == before
    return tried


def good_body(name, plant):
    return fill(ADMIN_ACTS.get(name, ADMIN_POSTS.get(label_of(name), {})) | {"post": "yes"}, plant)


@pytest.mark.parametrize("who", WHO)
def test_another_tenants_rows_are_not_there(plants, who, record_property):
    without = ["core.tenant"] if who == PLATFORM else []  # the platform makes and sees them all
    record_property("requests probed", probe_rows(plants, who, without))


def test_the_application_alone_keeps_them_apart(plants, record_property):
    sweep.without_row_level_security()

    record_property("requests probed", probe_rows(plants, Role.ADMIN))


def test_the_database_alone_keeps_them_apart(plants, monkeypatch, record_property):
    """All but people and tenants: those are outside row-level security."""
    with sweep.without_scope(monkeypatch):
        record_property("requests probed", probe_rows(plants, Role.ADMIN, ["core.user", "core.tenant"]))


def test_without_both_every_one_would_be_given_away(plants, monkeypatch, record_property):
    ours, theirs = plants
    sweep.without_row_level_security()
    client, kept = client_of(Role.ADMIN, ours["tenant"]), []
    with sweep.without_scope(monkeypatch):
        for name, parameters in of_rows():
            if label_of(name) != "core.tenant" and client.get(admin_at(name, parameters, ours)).status_code == 200:
                answer = client.get(admin_at(name, parameters, theirs))
                if answer.status_code != 200:
                    kept.append((name, answer.status_code))
                record_property("guards seen red", 1)
    assert kept == []


# --- lists ---------------------------------------------------------------------------------------------------------


def lists():
    """(address of the list, its ModelAdmin, "app.model") of every table."""
    for label, table in models_of_admin().items():
        yield reverse(f"admin:{label.replace('.', '_')}_changelist"), table, label


def queries_of(table, theirs):
    """What a list can be asked for, about the other plant's rows."""
    yield {}
    yield {"q": "SECRE"}  # not the whole word: the page repeats what was looked for
    yield {"q": "SECRE", "_popup": "1", "_to_field": "id"}
    yield {"q": theirs["station"].code, "all": "", "o": "-1.2"}
    yield {"q": str(theirs["station"].pk), "p": "2", "e": "1"}
    yield {"tenant__id__exact": str(theirs["tenant"].pk)}
    yield {"tenant__name__contains": "B"}
    rows = {row._meta.label_lower: row for row in theirs.values() if hasattr(row, "_meta")}
    for field in table.model._meta.fields:
        if field.is_relation and field.name != "tenant":
            yield {f"{field.name}__id__exact": str(rows[field.related_model._meta.label_lower].pk)}
            yield {f"{field.name}__tenant__exact": str(theirs["tenant"].pk)}


@pytest.mark.parametrize("who", [Role.ADMIN, PLATFORM])
def test_no_list_can_be_asked_for_another_tenants_rows(plants, who, record_property):
    ours, theirs = plants
    client, tried = client_of(who, ours["tenant"]), 0
    for address, table, _label in lists():
        for query in queries_of(table, theirs):
            answer = opens(client, "get", address, query)
            assert answer.status_code in (200, 302, 400), f"{address} {query}: {answer.status_code}"
            tried += 1
        for field in ("tenant", "password", "version"):
            answer = opens(client, "get", address, {"_to_field": field})
            assert answer.status_code == 400, f"{address} may be looked up by {field}"
            tried += 1
    record_property("requests probed", tried)


@pytest.mark.parametrize("who", [Role.SUPERVISOR, *MANAGERS, PLATFORM])
def test_no_autocomplete_offers_another_tenants_rows(plants, who, record_property):
    ours, _theirs = plants
    client, tried = client_of(who, ours["tenant"]), 0
    for label, table in models_of_admin().items():
        app, model = label.split(".")
        for field in table.model._meta.fields:
            if field.is_relation:
                for term in ("", "SECRE"):
                    asked = {"app_label": app, "model_name": model, "field_name": field.name, "term": term}
                    answer = opens(client, "get", reverse("admin:autocomplete"), asked)
                    assert answer.status_code in (200, 403), f"{asked}: {answer.status_code}"
                    assert answer.status_code == 403 or who != Role.SUPERVISOR
                    tried += 1
    record_property("requests probed", tried)


@pytest.mark.parametrize("who", [Role.ADMIN, PLATFORM])
def test_no_action_touches_another_tenants_rows(plants, who, record_property):
    ours, theirs = plants
    client, tried = client_of(who, ours["tenant"]), 0
    request = asking(Role.ADMIN, ours["tenant"])
    before = sweep.fingerprint()
    for address, table, label in lists():
        if label == "core.tenant" and who == PLATFORM:
            continue
        for action in {*table.get_actions(request), "delete_selected"}:
            body = fill(ADMIN_ACTIONS.get(action, {}), ours)
            body |= {"action": action, "index": "0", "_selected_action": str(theirs[ADMIN_ROWS[label]].pk)}
            change = reverse(f"admin:{label.replace('.', '_')}_change", args=[theirs[ADMIN_ROWS[label]].pk])
            for where in (address, change):
                answer = opens(client, "post", where, body)
                # (409: of what was chosen nothing is there)
                assert answer.status_code in (200, 302, 403, 404, 409), f"{where} {action}: {answer.status_code}"
                tried += 1
    assert sweep.fingerprint() == before
    record_property("requests probed", tried)


# --- forms ---------------------------------------------------------------------------------------------------------


def forms_of_admin(plant):
    """("app.model", its ModelAdmin, names of its fields that name a row) of every form that can be filled in."""
    request, found = asking(Role.ADMIN, plant["tenant"]), []
    for label, table in models_of_admin().items():
        if table.has_add_permission(request) or table.has_change_permission(request, plant[ADMIN_ROWS[label]]):
            fields = table.get_form(request)().fields
            choices = [name for name, field in fields.items() if isinstance(field, ModelChoiceField)]
            found.append((label, table, choices))
    return found


def test_every_form_of_the_admin_has_a_good_body(plants, record_property):
    ours = plants[0]
    client, request = client_of(Role.ADMIN, ours["tenant"]), asking(Role.ADMIN, ours["tenant"])
    for label, table, choices in forms_of_admin(ours):
        assert set(choices) <= set(ids_in(ADMIN_POSTS[label])), f"{label}: give tests/sweep.py a row for each choice"
        name, body = label.replace(".", "_"), fill(ADMIN_POSTS[label], ours)
        if table.has_add_permission(request):
            with rolled_back():
                answer = opens(client, "post", reverse(f"admin:{name}_add"), body)
            assert answer.status_code == 302, f"{label}: {errors(answer)}"
        with rolled_back():
            answer = opens(client, "post", reverse(f"admin:{name}_change", args=[ours[ADMIN_ROWS[label]].pk]), body)
        assert answer.status_code == 302, f"{label}: {errors(answer)}"


def errors(answer) -> str:
    return str(answer.context and answer.context.get("errors")) + answer.content.decode()[:300]


@pytest.mark.parametrize("who", [Role.ADMIN, PLATFORM])
def test_no_form_takes_another_tenants_row(plants, who, record_property):
    ours, theirs = plants
    client, tried, forms = client_of(who, ours["tenant"]), 0, forms_of_admin(ours)
    before = sweep.fingerprint()
    for label, table, choices in forms:
        name = label.replace(".", "_")
        for field in choices:
            body = fill(ADMIN_POSTS[label], ours) | fill({field: ADMIN_POSTS[label][field]}, theirs)
            places = [reverse(f"admin:{name}_add")]
            if field not in table.readonly_on_change:
                places.append(reverse(f"admin:{name}_change", args=[ours[ADMIN_ROWS[label]].pk]))
            for address in places:
                answer = opens(client, "post", address, body)
                assert answer.status_code == 422, (
                    f"{address} {field}: {answer.status_code}"
                )  # the form, with its errors
                tried += 1
    for name, body in ADMIN_ACTS.items():
        for field in ids_in(body):
            answer = opens(
                client, "post", admin_at(name, ["pk"], ours), fill(body, ours) | fill({field: body[field]}, theirs)
            )
            assert answer.status_code in (403, 422), f"{name} {field}: {answer.status_code}"
            tried += 1
    assert sweep.fingerprint() == before
    assert tried > 10
    record_property("requests probed", tried)


def test_no_drag_takes_another_tenants_place(plants, record_property):
    ours, theirs = plants
    client, before = client_of(Role.ADMIN, ours["tenant"]), sweep.fingerprint()
    for cut, pasted in ((ours, theirs), (theirs, ours), (theirs, theirs)):
        body = {
            "cmd": "move_node",
            "cut_item": cut["place"].pk,
            "pasted_on": pasted["location"].pk,
            "position": "last-child",
        }
        answer = opens(
            client,
            "post",
            reverse("admin:registry_location_changelist"),
            body,
            **{"X-Requested-With": "XMLHttpRequest"},
        )
        assert answer.status_code == 404
        record_property("requests probed", 1)
    assert sweep.fingerprint() == before
