"""Who may open what: every address, every role. An address missing from the table fails."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.core.isolation import tenant_context
from apps.core.roles import EVERYONE, MANAGERS, SUPERVISORS, Role
from apps.shopfloor import services
from apps.shopfloor.models import Call, Event, Job, Station, StationAssignment
from tests.factories import (
    create_attachment,
    create_job,
    create_person,
    create_station,
    create_stop_reason,
    create_tenant,
)

STRANGERS = "also without signing in"

# name: who; under each, the addresses that need a row are opened with one of their own tenant
ACCESS = {
    "core:healthz": STRANGERS,
    "core:sign_in": STRANGERS,
    "core:sign_out": STRANGERS,
    "core:password_forgotten": STRANGERS,
    "core:password_reset": STRANGERS,
    "account_login": STRANGERS,
    "account_logout": STRANGERS,
    "account_inactive": STRANGERS,
    "account_reauthenticate": EVERYONE,
    "mfa_index": EVERYONE,
    "mfa_authenticate": STRANGERS,  # between password and code; others are sent to sign in
    "mfa_reauthenticate": EVERYONE,
    "mfa_activate_totp": EVERYONE,
    "mfa_deactivate_totp": EVERYONE,
    "mfa_view_recovery_codes": EVERYONE,
    "mfa_generate_recovery_codes": EVERYONE,
    "mfa_download_recovery_codes": EVERYONE,
    "mfa_list_webauthn": EVERYONE,
    "mfa_add_webauthn": EVERYONE,
    "mfa_reauthenticate_webauthn": EVERYONE,
    "mfa_remove_webauthn": EVERYONE,
    "mfa_edit_webauthn": EVERYONE,
    "mfa_login_webauthn": STRANGERS,
    "openid_connect_login": STRANGERS,
    "openid_connect_callback": STRANGERS,
    "usersessions_list": EVERYONE,
    "core:home": EVERYONE,
    "core:password_change": EVERYONE,
    "core:my_settings": EVERYONE,
    "core:own_pin": EVERYONE,
    "core:pins": SUPERVISORS,
    "core:person_pin": SUPERVISORS,
    "core:leavers": SUPERVISORS,
    "core:file": EVERYONE,
    "core:file_thumbnail": EVERYONE,
    "core:choose_tenant": (),  # platform people only
    "core:audit": (Role.ADMIN,),
    "core:audit_csv": (Role.ADMIN,),
    "core:object_history": (Role.ADMIN,),
    "shopfloor:board": EVERYONE,
    "shopfloor:board_tiles": EVERYONE,
    "shopfloor:board_changes": EVERYONE,
    "shopfloor:queue": EVERYONE,
    "shopfloor:queue_job": EVERYONE,
    "shopfloor:queue_move": SUPERVISORS,
    "shopfloor:station_detail": EVERYONE,
    "shopfloor:station_menu": EVERYONE,
    "shopfloor:station_status": EVERYONE,
    "shopfloor:station_report": EVERYONE,
    "shopfloor:station_scrap": EVERYONE,
    "shopfloor:station_undo": EVERYONE,
    "shopfloor:event_undo": EVERYONE,
    "shopfloor:station_call": EVERYONE,
    "shopfloor:station_note": EVERYONE,
    # in agile mode everyone, for the next job of the queue and for a job that is done
    "shopfloor:station_assign": SUPERVISORS,
    "shopfloor:station_complete": SUPERVISORS,
    "shopfloor:station_reassign": SUPERVISORS,
    "shopfloor:station_take_off": SUPERVISORS,
    "shopfloor:station_correct": SUPERVISORS,
    "shopfloor:stop_reason": SUPERVISORS,
    "shopfloor:call_acknowledge": EVERYONE,
    "shopfloor:call_resolve": EVERYONE,
    "shopfloor:call_cancel": EVERYONE,
    "shopfloor:jobs": EVERYONE,
    "shopfloor:job_detail": EVERYONE,
    "shopfloor:job_new": SUPERVISORS,
    "shopfloor:jobs_paste": SUPERVISORS,
    "shopfloor:job_change": SUPERVISORS,
    "shopfloor:job_copy": SUPERVISORS,
    "shopfloor:job_rank": SUPERVISORS,
    "shopfloor:job_end": SUPERVISORS,
    "shopfloor:job_cancel": SUPERVISORS,
    "shopfloor:job_reopen": SUPERVISORS,
    "shopfloor:terminal": STRANGERS,  # names and PINs to tap, where the browser is paired
    "shopfloor:terminal_pin": STRANGERS,
    "shopfloor:terminals": SUPERVISORS,
    "shopfloor:device_revoke": SUPERVISORS,
    "shopfloor:activity": EVERYONE,
    "shopfloor:activity_csv": EVERYONE,
}


def addresses(patterns=None, prefix="", above=()):
    """(name, names of its parameters) of every address but the admin's."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        parameters = [*above, *entry.pattern.converters]
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":
                inner = f"{entry.app_name}:" if entry.app_name else prefix
                yield from addresses(entry.url_patterns, inner, parameters)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}", sorted(parameters)


def admin_addresses():
    """(name, needs an object) of every address of the admin."""
    (site,) = [e for e in get_resolver().url_patterns if getattr(e, "app_name", "") == "admin"]

    def walk(entries):
        for entry in entries:
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns)
            elif entry.name:
                yield f"admin:{entry.name}", sorted(entry.pattern.converters)

    return list(walk(site.url_patterns))


def furnish(tenant):
    """A row for every kind of address."""
    with tenant_context(tenant):
        station = create_station(tenant=tenant)
        create_job(tenant=tenant, on=station)
        person = create_person(tenant=tenant)
        services.set_status(station, "blocked", reason=create_stop_reason(tenant=tenant), by=person)
        return {
            "station": Station.objects.get().pk,
            "job": Job.objects.get().pk,
            "call": Call.objects.get().pk,
            "file": create_attachment(tenant=tenant).pk,
            "stop": Event.objects.get(event_type="status_change").pk,
            "table": "stations",
            "person": create_person(tenant=tenant, role=Role.OPERATOR).pk,
            "terminal": person.pk,
            "device": services.pair_terminal(tenant, name="By the saw", stations=[station], by=person)[0].pk,
        }


# Parameters that are no row's key; what these addresses do with them has tests of its own.
FIXED = {"provider_id": "company", "uidb64": "x", "token": "y"}


def is_the_librarys(name):
    """Pages of django-allauth: who may is asked here, what they answer depends on how the person has signed in."""
    return name.startswith(("mfa_", "openid_connect_")) or name == "account_reauthenticate"


def address(name, parameters, rows):
    """The address with a row of `rows`, chosen by the first word of its name."""
    if is_the_librarys(name) or name == "core:password_reset":
        return reverse(name, kwargs={parameter: FIXED.get(parameter, 1) for parameter in parameters})
    first = name.partition(":")[2].split("_")[0]
    kind = {"queue": "job", "event": "stop", "object": "station"}.get(first, first)
    return reverse(name, kwargs={parameter: rows.get(parameter, rows.get(kind)) for parameter in parameters})


def test_every_address_is_in_the_table():
    names = {name for name, _ in addresses()}
    assert names == set(ACCESS), "the table and the addresses differ"


@pytest.mark.parametrize("role", [*EVERYONE, None])
def test_each_role_opens_what_the_table_says_and_nothing_else(client, tenant, role):
    rows = furnish(tenant)
    for name, parameters in addresses():
        if name == "core:sign_out":
            continue
        if role:
            client.force_login(create_person(tenant=tenant, role=role))
        for method in (client.get, client.post):
            answer = method(address(name, parameters, rows))
            allowed = ACCESS[name] == STRANGERS or role in ACCESS[name]
            where = f"{role} {method.__name__} {name}: {answer.status_code}"
            if allowed and is_the_librarys(name):
                assert answer.status_code < 500, where
            elif allowed:
                assert answer.status_code not in (401, 403, 404, 500), where
            elif role is None:
                assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/"), where
            else:
                assert answer.status_code in (403, 405), where


@pytest.mark.parametrize("role", EVERYONE)
def test_another_tenants_rows_are_not_there(client, tenant, role):
    other = create_tenant()
    theirs = furnish(other)
    with tenant_context(other):
        before = [
            list(model.objects.order_by("pk").values()) for model in (Station, Job, Call, Event, StationAssignment)
        ]
    for name, parameters in addresses():
        if not parameters or role not in ACCESS[name]:  # (also those that are open to strangers: no row's key)
            continue
        for method in (client.get, client.post, client.put, client.patch, client.delete):
            client.force_login(create_person(tenant=tenant, role=role))
            answer = method(address(name, parameters, theirs))
            refused = (302, 403, 404, 405) if is_the_librarys(name) else (404, 405)
            assert answer.status_code in refused, f"{method.__name__} {name}: {answer.status_code}"
    with tenant_context(other):
        after = [
            list(model.objects.order_by("pk").values()) for model in (Station, Job, Call, Event, StationAssignment)
        ]
    assert after == before


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.TECHNICIAN, Role.SUPERVISOR])
def test_the_admin_is_the_managers(client, tenant, role):
    client.force_login(create_person(tenant=tenant, role=role))
    for name, parameters in admin_addresses():
        if parameters or name in ("admin:logout", "admin:jsi18n", "admin:app_list"):
            continue
        answer = client.get(reverse(name))
        assert answer.status_code in (302, 403, 404), f"{role} {name}: {answer.status_code}"


@pytest.mark.parametrize("role", MANAGERS)
def test_another_tenants_rows_are_not_in_the_admin(client, tenant, role):
    other = create_tenant()
    furnish(other)
    with tenant_context(other):
        theirs = {
            "station": Station.objects.get().pk,
            "job": Job.objects.get().pk,
            "call": Call.objects.get().pk,
            "event": Event.objects.first().pk,
            "stationassignment": StationAssignment.objects.get().pk,
            "stopreason": Station.objects.get().stop_reason_id,
        }
    client.force_login(create_person(tenant=tenant, role=role))
    for model, key in theirs.items():
        for action in ("change", "delete", "history"):
            answer = client.get(reverse(f"admin:shopfloor_{model}_{action}", args=[key]))
            assert answer.status_code in (403, 404), f"{model} {action}: {answer.status_code}"
