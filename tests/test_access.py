"""Who may open what: every address, every role, every verb, with one's own rows and with another tenant's.

An address missing from a table fails. What opens an address is in tests/sweep.py.
"""

from collections import Counter

import pytest
from django.forms import BaseForm, ModelChoiceField

from apps.core.roles import EVERYONE, MANAGERS, SUPERVISORS, Role
from apps.maintenance.rights import TECHNICIANS
from tests import sweep
from tests.core.probes import rolled_back
from tests.factories import PASSWORD, create_person
from tests.sweep import (
    HTMX,
    PLATFORM,
    POSTS,
    QUERIES,
    STRANGER,
    VERBS,
    WHO,
    addresses,
    at,
    client_of,
    fill,
    ids_in,
    opens,
)

STRANGERS = "also without signing in"
REFUSED = {400, 403, 404, 405, 409, 422}
READ_AND_WRITE = ("get", "post")  # the other verbs are answered by no page: they are tried with all layers on

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
    "core:notification_settings": EVERYONE,
    "core:notifications": EVERYONE,
    "core:notifications_csv": EVERYONE,
    "core:notifications_xlsx": EVERYONE,
    "core:notifications_read": EVERYONE,
    "core:notification": EVERYONE,
    "core:bell": EVERYONE,
    "core:own_pin": EVERYONE,
    "core:tokens": EVERYONE,
    "core:tokens_csv": EVERYONE,
    "core:tokens_xlsx": EVERYONE,
    "core:token_revoke": (Role.ADMIN,),  # others their own
    "core:pins": SUPERVISORS,
    "core:pins_csv": SUPERVISORS,
    "core:pins_xlsx": SUPERVISORS,
    "core:person_pin": SUPERVISORS,
    "core:leavers": SUPERVISORS,
    "core:leavers_csv": SUPERVISORS,
    "core:leavers_xlsx": SUPERVISORS,
    "core:file": EVERYONE,
    "core:file_thumbnail": EVERYONE,
    "core:choose_tenant": (),  # platform people only
    "core:audit": (Role.ADMIN,),
    "core:audit_csv": (Role.ADMIN,),
    "core:audit_xlsx": (Role.ADMIN,),
    "core:object_history": (Role.ADMIN,),
    "core:webhooks": (Role.ADMIN,),
    "core:webhooks_csv": (Role.ADMIN,),
    "core:webhooks_xlsx": (Role.ADMIN,),
    "core:webhook_new": (Role.ADMIN,),
    "core:webhook_change": (Role.ADMIN,),
    "core:webhook_secret": (Role.ADMIN,),
    "core:webhook_test": (Role.ADMIN,),
    "core:webhook_switch": (Role.ADMIN,),
    "core:webhook_delete": (Role.ADMIN,),
    "core:webhook_again": (Role.ADMIN,),
    "core:deliveries": (Role.ADMIN,),
    "core:deliveries_csv": (Role.ADMIN,),
    "core:deliveries_xlsx": (Role.ADMIN,),
    "core:delivery_detail": (Role.ADMIN,),
    "core:delivery_again": (Role.ADMIN,),
    "registry:daily_log": SUPERVISORS,
    "registry:daily_log_asset": SUPERVISORS,
    "registry:daily_logs": EVERYONE,
    "registry:daily_logs_csv": EVERYONE,
    "registry:daily_logs_xlsx": EVERYONE,
    "registry:meters": EVERYONE,
    "registry:meters_csv": EVERYONE,
    "registry:meters_xlsx": EVERYONE,
    "registry:meter_read": (Role.TECHNICIAN, *SUPERVISORS),
    "registry:meter_replace": SUPERVISORS,
    "registry:reading_correct": SUPERVISORS,
    "registry:reading_void": SUPERVISORS,
    "registry:assets": EVERYONE,
    "registry:assets_csv": EVERYONE,
    "registry:assets_xlsx": EVERYONE,
    "registry:assets_expiring": EVERYONE,
    "registry:assets_expiring_csv": EVERYONE,
    "registry:assets_expiring_xlsx": EVERYONE,
    "registry:asset_detail": EVERYONE,
    "registry:asset_branch": EVERYONE,
    "registry:locations": EVERYONE,
    "registry:location_detail": EVERYONE,
    "registry:location_branch": EVERYONE,
    "registry:asset_new": MANAGERS,
    "registry:asset_options": MANAGERS,
    "registry:location_options": EVERYONE,
    "registry:asset_change": MANAGERS,
    "registry:asset_specs": MANAGERS,
    "registry:asset_move": MANAGERS,
    "registry:asset_status": MANAGERS,
    "registry:asset_delete": MANAGERS,
    "registry:asset_photos": MANAGERS,
    "registry:document_new": MANAGERS,
    "registry:document_change": MANAGERS,
    "registry:document_remove": MANAGERS,
    "registry:photo_remove": MANAGERS,
    "registry:location_new": MANAGERS,
    "registry:location_change": MANAGERS,
    "registry:location_move": MANAGERS,
    "registry:location_delete": MANAGERS,
    "inventory:wallets": EVERYONE,
    "inventory:wallets_csv": SUPERVISORS,
    "inventory:wallets_xlsx": SUPERVISORS,
    "inventory:wallet": SUPERVISORS,  # others their own
    "inventory:wallet_csv": SUPERVISORS,
    "inventory:wallet_xlsx": SUPERVISORS,
    "inventory:wallet_part": SUPERVISORS,
    "inventory:wallet_part_ask": SUPERVISORS,
    "inventory:wallet_part_return": SUPERVISORS,
    "inventory:wallet_part_hand_over": SUPERVISORS,
    "inventory:wallet_part_write_off": MANAGERS,
    "inventory:wallet_write_off": MANAGERS,
    "inventory:handover_end": EVERYONE,
    "inventory:parts": EVERYONE,
    "inventory:parts_csv": EVERYONE,
    "inventory:parts_xlsx": EVERYONE,
    "inventory:part_detail": EVERYONE,
    "inventory:part_labels": SUPERVISORS,
    "inventory:part_labels_print": SUPERVISORS,
    "inventory:part_new": MANAGERS,
    "inventory:part_change": MANAGERS,
    "inventory:part_use": MANAGERS,
    "inventory:part_barcode_new": MANAGERS,
    "inventory:part_barcode_remove": MANAGERS,
    "inventory:part_unit_new": MANAGERS,
    "inventory:part_unit_remove": MANAGERS,
    "inventory:part_photos": MANAGERS,
    "inventory:part_photo_remove": MANAGERS,
    "inventory:stock": EVERYONE,
    "inventory:stock_csv": EVERYONE,
    "inventory:stock_xlsx": EVERYONE,
    "inventory:stock_receive": SUPERVISORS,
    "inventory:stock_transfer": SUPERVISORS,
    "inventory:stock_issue": SUPERVISORS,
    "inventory:stock_return": (Role.TECHNICIAN, *SUPERVISORS),
    "inventory:stock_adjust": MANAGERS,
    "inventory:stock_moves": EVERYONE,
    "inventory:stock_moves_csv": EVERYONE,
    "inventory:stock_moves_xlsx": EVERYONE,
    "inventory:stock_move_undo": SUPERVISORS,  # technicians what they used themselves
    "shopfloor:asset_stations": EVERYONE,
    "shopfloor:board": EVERYONE,
    "shopfloor:performance": EVERYONE,
    "shopfloor:performance_csv": EVERYONE,
    "shopfloor:performance_xlsx": EVERYONE,
    "shopfloor:performance_pdf": EVERYONE,
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
    "shopfloor:jobs_csv": EVERYONE,
    "shopfloor:jobs_xlsx": EVERYONE,
    "shopfloor:job_detail": EVERYONE,
    "shopfloor:job_card": EVERYONE,
    "shopfloor:job_new": SUPERVISORS,
    "shopfloor:jobs_paste": SUPERVISORS,
    "shopfloor:job_change": SUPERVISORS,
    "shopfloor:job_copy": SUPERVISORS,
    "shopfloor:job_rank": SUPERVISORS,
    "shopfloor:job_end": SUPERVISORS,
    "shopfloor:job_cancel": SUPERVISORS,
    "shopfloor:job_reopen": SUPERVISORS,
    "inventory:reorder": EVERYONE,
    "inventory:reorder_csv": EVERYONE,
    "inventory:reorder_xlsx": EVERYONE,
    "inventory:reorder_pdf": EVERYONE,
    "inventory:reorder_mark": SUPERVISORS,
    "inventory:part_orders": EVERYONE,
    "inventory:part_orders_csv": EVERYONE,
    "inventory:part_orders_xlsx": EVERYONE,
    "inventory:order_change": SUPERVISORS,
    "inventory:order_close": SUPERVISORS,
    "inventory:counts": SUPERVISORS,
    "inventory:counts_csv": SUPERVISORS,
    "inventory:counts_xlsx": SUPERVISORS,
    "inventory:count_new": SUPERVISORS,
    "inventory:count_plan": SUPERVISORS,
    "inventory:count_plan_csv": SUPERVISORS,
    "inventory:count_plan_xlsx": SUPERVISORS,
    "inventory:count_detail": SUPERVISORS,
    "inventory:count_detail_csv": SUPERVISORS,
    "inventory:count_detail_xlsx": SUPERVISORS,
    "inventory:count_pdf": SUPERVISORS,
    "inventory:count_sheet": SUPERVISORS,
    "inventory:count_post": MANAGERS,
    "inventory:count_cancel": SUPERVISORS,
    "inventory:count_enter": SUPERVISORS,
    "inventory:line_explain": SUPERVISORS,
    "inventory:line_drop": SUPERVISORS,
    "inventory:stock_reports": SUPERVISORS,
    "inventory:stock_reports_csv": SUPERVISORS,
    "inventory:stock_reports_xlsx": SUPERVISORS,
    "inventory:stock_reports_pdf": SUPERVISORS,
    "inventory:stock_parts_csv": SUPERVISORS,
    "inventory:stock_parts_xlsx": SUPERVISORS,
    "inventory:stock_use": SUPERVISORS,
    "inventory:stock_use_csv": SUPERVISORS,
    "inventory:stock_use_xlsx": SUPERVISORS,
    "inventory:stock_use_pdf": SUPERVISORS,
    "inventory:stock_slow": SUPERVISORS,
    "inventory:stock_slow_csv": SUPERVISORS,
    "inventory:stock_slow_xlsx": SUPERVISORS,
    "inventory:stock_slow_pdf": SUPERVISORS,
    "inventory:stock_classes": SUPERVISORS,
    "inventory:stock_classes_csv": SUPERVISORS,
    "inventory:stock_classes_xlsx": SUPERVISORS,
    "inventory:stock_classes_pdf": SUPERVISORS,
    "inventory:classes_set": MANAGERS,
    "maintenance:figures": SUPERVISORS,
    "maintenance:figures_csv": SUPERVISORS,
    "maintenance:figures_xlsx": SUPERVISORS,
    "maintenance:figures_pdf": SUPERVISORS,
    "maintenance:figures_failures_csv": SUPERVISORS,
    "maintenance:figures_failures_xlsx": SUPERVISORS,
    "maintenance:figures_due_csv": SUPERVISORS,
    "maintenance:figures_due_xlsx": SUPERVISORS,
    "maintenance:figures_open_csv": SUPERVISORS,
    "maintenance:figures_open_xlsx": SUPERVISORS,
    "maintenance:figures_closed_csv": SUPERVISORS,
    "maintenance:figures_closed_xlsx": SUPERVISORS,
    "maintenance:figures_causes_csv": SUPERVISORS,
    "maintenance:figures_causes_xlsx": SUPERVISORS,
    "core:manifest": STRANGERS,
    "core:service_worker": STRANGERS,
    "core:offline": STRANGERS,
    "core:unsent": EVERYONE,
    "maintenance:my_work": (Role.TECHNICIAN, *SUPERVISORS),
    "maintenance:my_work_start": (Role.TECHNICIAN, *SUPERVISORS),
    "maintenance:my_work_stop": (Role.TECHNICIAN, *SUPERVISORS),
    "maintenance:requests": EVERYONE,
    "maintenance:requests_csv": EVERYONE,
    "maintenance:requests_xlsx": EVERYONE,
    "maintenance:request_new": EVERYONE,
    "maintenance:request_detail": EVERYONE,
    "maintenance:request_convert": SUPERVISORS,
    "maintenance:request_reject": SUPERVISORS,
    "maintenance:request_merge": SUPERVISORS,
    "maintenance:request_take": (Role.TECHNICIAN, *SUPERVISORS),
    "maintenance:triage": SUPERVISORS,
    "maintenance:order_confirm": SUPERVISORS,
    "maintenance:public_report": STRANGERS,  # whoever has an account, and where it is off everybody, is led elsewhere
    "maintenance:public_request": STRANGERS,
    "logistics:movements": EVERYONE,
    "logistics:movements_csv": EVERYONE,
    "logistics:movements_xlsx": EVERYONE,
    "logistics:movement_detail": EVERYONE,
    "logistics:movement_new": SUPERVISORS,
    "logistics:movement_dispatch": SUPERVISORS,
    "logistics:movement_receive": SUPERVISORS,
    "logistics:movement_sign": SUPERVISORS,
    "logistics:movement_condition": SUPERVISORS,
    "logistics:movement_cancel": SUPERVISORS,
    "logistics:movement_lose": SUPERVISORS,
    "logistics:movement_change": SUPERVISORS,
    "logistics:movement_return": SUPERVISORS,
    "logistics:movement_pass": SUPERVISORS,
    "logistics:movement_revoke": SUPERVISORS,
    "logistics:movement_hand_over": SUPERVISORS,
    "logistics:take_over": SUPERVISORS,
    "logistics:shipments": EVERYONE,
    "logistics:shipments_csv": EVERYONE,
    "logistics:shipments_xlsx": EVERYONE,
    "logistics:shipment_detail": EVERYONE,
    "logistics:shipment_new": SUPERVISORS,
    "logistics:shipment_change": SUPERVISORS,
    "logistics:shipment_pass": SUPERVISORS,
    "logistics:shipment_load": SUPERVISORS,
    "logistics:shipment_unload": SUPERVISORS,
    "logistics:shipment_dispatch": SUPERVISORS,
    "logistics:shipment_receive": SUPERVISORS,
    "logistics:shipment_sign": SUPERVISORS,
    "logistics:shipment_cancel": SUPERVISORS,
    "logistics:shipment_manifest": SUPERVISORS,
    "logistics:shipment_hand_over": SUPERVISORS,
    "logistics:public_pass": STRANGERS,  # valid or not, number, items, until when; nothing else
    "logistics:custody": EVERYONE,
    "logistics:custody_pdf": EVERYONE,
    "logistics:asset_custody": EVERYONE,
    "logistics:yard_counts": SUPERVISORS,
    "logistics:yard_counts_csv": SUPERVISORS,
    "logistics:yard_counts_xlsx": SUPERVISORS,
    "logistics:yard_count": SUPERVISORS,
    "logistics:yard_count_csv": SUPERVISORS,
    "logistics:yard_count_xlsx": SUPERVISORS,
    "logistics:yard_count_new": SUPERVISORS,
    "logistics:yard_count_find": SUPERVISORS,
    "logistics:yard_count_unfind": SUPERVISORS,
    "logistics:yard_count_end": SUPERVISORS,
    "registry:scan": EVERYONE,
    "registry:scanned": EVERYONE,
    "registry:label_link": SUPERVISORS,
    "registry:label_reissue": MANAGERS,
    "registry:labels": SUPERVISORS,
    "registry:labels_print": SUPERVISORS,
    "registry:labels_new": SUPERVISORS,
    "registry:batch": SUPERVISORS,
    "registry:batch_print": SUPERVISORS,
    "shopfloor:terminal": STRANGERS,  # names and PINs to tap, where the browser is paired
    "shopfloor:terminal_pin": STRANGERS,
    "shopfloor:terminal_station": EVERYONE,
    "shopfloor:terminal_hand_over": EVERYONE,
    "shopfloor:my_station": EVERYONE,
    "shopfloor:terminals": SUPERVISORS,
    "shopfloor:terminals_csv": SUPERVISORS,
    "shopfloor:terminals_xlsx": SUPERVISORS,
    "shopfloor:device_revoke": SUPERVISORS,
    "shopfloor:wall": STRANGERS,  # whoever has its address; nothing can be done there
    "shopfloor:walls": SUPERVISORS,
    "shopfloor:walls_csv": SUPERVISORS,
    "shopfloor:walls_xlsx": SUPERVISORS,
    "shopfloor:activity": EVERYONE,
    "shopfloor:activity_csv": EVERYONE,
    "shopfloor:activity_xlsx": EVERYONE,
    "maintenance:orders": EVERYONE,
    "maintenance:orders_csv": EVERYONE,
    "maintenance:orders_xlsx": EVERYONE,
    "maintenance:order_detail": EVERYONE,
    "maintenance:order_board": EVERYONE,
    "maintenance:order_calendar": EVERYONE,
    "maintenance:order_sheet": EVERYONE,
    "maintenance:orders_sheets": EVERYONE,
    "maintenance:filter_new": EVERYONE,
    "maintenance:filter_remove": EVERYONE,
    "maintenance:schedules": EVERYONE,
    "maintenance:schedules_csv": EVERYONE,
    "maintenance:schedules_xlsx": EVERYONE,
    "maintenance:schedule_detail": EVERYONE,
    "maintenance:asset_maintenance": EVERYONE,
    "maintenance:asset_orders": EVERYONE,
    "maintenance:order_load": TECHNICIANS,
    "maintenance:orders_assign": SUPERVISORS,
    "maintenance:orders_approve": SUPERVISORS,
    "maintenance:schedule_generate": SUPERVISORS,
    "maintenance:schedule_new": MANAGERS,
    "maintenance:schedule_change": MANAGERS,
    "maintenance:order_new": TECHNICIANS,
    "maintenance:order_start": TECHNICIANS,
    "maintenance:order_hold": TECHNICIANS,
    "maintenance:order_resume": TECHNICIANS,
    "maintenance:order_return": TECHNICIANS,
    "maintenance:order_finish": TECHNICIANS,
    "maintenance:order_close": TECHNICIANS,
    "maintenance:order_task_new": TECHNICIANS,
    "maintenance:order_timer": TECHNICIANS,
    "maintenance:order_minutes": TECHNICIANS,
    "maintenance:order_use": TECHNICIANS,
    "maintenance:order_take": TECHNICIANS,
    "maintenance:order_need": TECHNICIANS,
    "maintenance:need_release": TECHNICIANS,
    "maintenance:order_comment": TECHNICIANS,
    "maintenance:task_result": TECHNICIANS,
    "maintenance:task_follow_up": TECHNICIANS,
    "maintenance:order_change": SUPERVISORS,
    "maintenance:order_approve": SUPERVISORS,
    "maintenance:order_assign": SUPERVISORS,
    "maintenance:order_reopen": SUPERVISORS,
    "maintenance:order_cancel": SUPERVISORS,
    "maintenance:order_minutes_of": SUPERVISORS,
    "maintenance:order_cost": SUPERVISORS,
    "maintenance:cost_remove": SUPERVISORS,
    "maintenance:task_waive": SUPERVISORS,
    "maintenance:task_move": SUPERVISORS,
    "maintenance:labour_stop": SUPERVISORS,  # technicians their own
    "maintenance:labour_remove": SUPERVISORS,  # technicians their own
    "maintenance:part_undo": SUPERVISORS,  # technicians their own
}


OF_NO_PLANT = {
    "core:own_pin",
    "core:tokens",
    "core:tokens_csv",
    "core:tokens_xlsx",
}  # platform people have no PIN and no token
# What asks by tenant in a way of its own, past the two layers that are turned off below.
KEPT_BY_MORE = {
    "core:person_pin": "asks whose rank is higher",
    "core:object_history": "reads the history by tenant",
    "core:notification": "asks by person",
    "inventory:handover_end": "asks whose wallet it leaves",
} | {
    name: "asks for the person by tenant"
    for name in ACCESS
    if name.startswith("inventory:wallet") and "wallets" not in name
}


def may(who, name) -> bool:
    if who == PLATFORM:
        return name not in OF_NO_PLANT
    return ACCESS[name] == STRANGERS or who in ACCESS[name]


def test_every_address_is_in_the_table():
    names = {name for name, _ in sweep.all_addresses()}
    assert names == set(ACCESS), "the table and the addresses differ"


@pytest.mark.parametrize("who", WHO)
def test_each_role_opens_what_the_table_says_and_nothing_else(plants, who, record_property):
    ours, tried = plants[0], 0
    client = client_of(who, ours["tenant"])
    for name, parameters in addresses():
        if name == "core:sign_out":
            continue
        for verb in ("get", "post"):
            with rolled_back():
                answer = opens(client, verb, at(name, parameters, ours))
            tried += 1
            where = f"{who} {verb} {name}: {answer.status_code}"
            if may(who, name):
                assert answer.status_code not in (401, 403, 404, 500), where
            elif who is STRANGER:
                assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/"), where
            else:
                assert answer.status_code in (403, 405), where
    record_property("requests probed", tried)


def test_every_post_of_the_table_is_done(plants, record_property):
    """The bodies that the sweeps send are good ones: what is refused there is refused for the other tenant's id."""
    ours = plants[0]
    for name, parameters in addresses():
        admin = create_person(tenant=ours["tenant"], role=Role.ADMIN, password=PASSWORD)
        client = client_of(PLATFORM if name == "core:choose_tenant" else STRANGER, ours["tenant"])
        if name not in ("core:choose_tenant", "core:sign_in"):
            client.force_login(admin)
        with rolled_back():
            answer = opens(client, "post", at(name, parameters, ours), fill(POSTS.get(name, {}), ours))
        if name in POSTS:
            assert answer.status_code < 400, f"{name}: {answer.status_code} {answer.content.decode()[-2000:]}"
        elif ACCESS[name] != STRANGERS:
            assert answer.status_code == 405, f"{name} takes a POST; give tests/sweep.py a body for it"


@pytest.mark.parametrize("who", WHO)
def test_the_pages_of_the_library_open_to_whom_the_table_says(plants, who, record_property):
    ours = plants[0]
    client = client_of(who, ours["tenant"])
    for name, parameters in sweep.all_addresses():
        if sweep.is_the_librarys(name) and name != "account_logout":
            for verb in ("get", "post"):
                answer = opens(client, verb, at(name, parameters, ours))
                assert answer.status_code < 500, f"{who} {verb} {name}: {answer.status_code}"
                if who is STRANGER and ACCESS[name] != STRANGERS:
                    assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/"), name
                record_property("requests probed", 1)


# --- another tenant's ids ----------------------------------------------------------------------------------------------


def probe_paths(plants, who, may, verbs=VERBS) -> Counter:
    """Every address with the other plant's row, by those verbs, as a page and as a fragment; what was answered."""
    ours, theirs = plants
    client, found = client_of(who, ours["tenant"]), Counter()
    before = sweep.fingerprint()
    for name, parameters in addresses():
        if not parameters or ACCESS[name] == STRANGERS:  # what is open to strangers shows nobody's rows
            continue
        for verb in verbs:
            for headers in ({}, HTMX) if verb in READ_AND_WRITE else ({},):
                body = fill(POSTS.get(name, {}), theirs)
                answer = opens(client, verb, at(name, parameters, theirs), body, **headers)
                where = f"{who} {verb} {name} {headers}: {answer.status_code} {answer.headers}"
                if who is STRANGER:
                    address = answer["HX-Redirect"] if headers else answer["Location"]
                    assert answer.status_code == (204 if headers else 302) and address.startswith("/sign-in/"), where
                else:
                    assert answer.status_code in ((404, 405) if may(who, name) else (403, 404, 405)), where
                found[answer.status_code] += 1
    assert sweep.fingerprint() == before
    return found


@pytest.mark.parametrize("who", WHO)
def test_another_tenants_rows_are_not_there(plants, who, record_property):
    record_property("requests probed", probe_paths(plants, who, may).total())


@pytest.mark.parametrize("who", [Role.SUPERVISOR, Role.ADMIN])
def test_the_application_alone_keeps_them_apart(plants, who, record_property):
    """With row-level security off, in all tables."""
    sweep.without_row_level_security()

    record_property("requests probed", probe_paths(plants, who, may, READ_AND_WRITE).total())


@pytest.mark.parametrize("who", [Role.SUPERVISOR, Role.ADMIN])
def test_the_database_alone_keeps_them_apart(plants, who, monkeypatch, record_property):
    """With queries that ask for the rows of all tenants."""
    with sweep.without_scope(monkeypatch):
        record_property("requests probed", probe_paths(plants, who, may, READ_AND_WRITE).total())


def test_without_both_every_address_would_give_them_away(plants, monkeypatch, record_property):
    """So the sweep looks at the right rows: it would be red."""
    ours, theirs = plants
    sweep.without_row_level_security()
    client, kept = client_of(Role.ADMIN, ours["tenant"]), []
    with sweep.without_scope(monkeypatch):
        for name, parameters in addresses():
            if parameters and ACCESS[name] != STRANGERS:
                with rolled_back():
                    verb = "post" if name in POSTS else "get"
                    answer = getattr(client, verb)(at(name, parameters, theirs), fill(POSTS.get(name, {}), theirs))
                if answer.status_code in (403, 404, 405):
                    kept.append(name)
                record_property("guards seen red", 1)
    assert set(kept) == set(KEPT_BY_MORE)


# What is not there is passed over: up to which of one's own notifications they are read, of which assets labels are printed.
TAKES_ANY = ("core:notifications_read", "registry:labels_print")


@pytest.mark.parametrize("who", SUPERVISORS)
def test_another_tenants_ids_in_a_body_are_refused(plants, who, record_property):
    ours, theirs = plants
    client, tried, before = client_of(who, ours["tenant"]), 0, sweep.fingerprint()
    for name, parameters in addresses():
        for field in ids_in(POSTS.get(name, {})) if name not in TAKES_ANY else ():
            body = fill(POSTS[name], ours) | fill({field: POSTS[name][field]}, theirs)
            for headers in ({}, HTMX):
                answer = opens(client, "post", at(name, parameters, ours), body, **headers)
                assert answer.status_code in REFUSED, f"{who} {name} {field}: {answer.status_code}"
                tried += 1
    assert sweep.fingerprint() == before
    assert tried >= 30
    record_property("requests probed", tried)


POINTED_AT = {"station": "{station.pk}", "job": "{waiting.pk}", "reason": "{reason.code}"}


def test_another_tenants_ids_anywhere_show_and_change_nothing_of_it(plants, record_property):
    """Under every name that any address reads, in the query and in the body, also where it means nothing there."""
    ours, theirs = plants
    names = sorted(
        {name for body in (*POSTS.values(), *QUERIES.values()) for name in body} | {"id", "pk", "event", "after"}
    )
    client, tried = client_of(Role.ADMIN, ours["tenant"]), 0
    before = sweep.fingerprint(theirs["tenant"])
    for name, parameters in addresses():
        if name in ("core:sign_out", "core:choose_tenant"):  # the platform may choose any
            continue
        for value in fill(POINTED_AT, theirs).values():
            everything = dict.fromkeys(names, value)
            with rolled_back():
                assert opens(client, "get", at(name, parameters, ours), everything).status_code < 500
                own = fill(POSTS.get(name, {}), ours)
                assert opens(client, "post", at(name, parameters, ours), everything | own, everything).status_code < 500
            tried += 2
    assert sweep.fingerprint(theirs["tenant"]) == before
    record_property("requests probed", tried)


def test_what_is_asked_for_by_query_is_found_in_ones_own_plant_only(plants, record_property):
    ours = plants[0]
    client = client_of(Role.ADMIN, ours["tenant"])
    for name, parameters in addresses():
        for field in ids_in(QUERIES.get(name, {})):
            for plant in plants:
                answer = opens(client, "get", at(name, parameters, ours), fill({field: QUERIES[name][field]}, plant))
                assert answer.status_code == 200, f"{name} {field}"
            record_property("requests probed", 2)


def test_no_search_finds_another_tenants_words(plants, record_property):
    """Lists, suggestions, and the files of both. Not the whole word: pages repeat what was looked for."""
    ours = plants[0]
    client = client_of(Role.ADMIN, ours["tenant"])
    for name, parameters in addresses():
        for field in QUERIES.get(name, {}):
            for word in ("SECRE", "B-", "b-p"):
                answer = opens(client, "get", at(name, parameters, ours), {field: word})
                assert answer.status_code < 500, f"{name} {field}"
                record_property("requests probed", 1)


def test_every_form_that_names_a_row_is_probed():
    """A new form with a choice of rows needs its place in tests/sweep.py."""
    probed = {field for body in (*POSTS.values(), *QUERIES.values()) for field in ids_in(body)}
    ours = {
        form for form in forms_of(BaseForm) if form.__module__.startswith("apps.") and "admin" not in form.__module__
    }
    found = {
        (form.__name__, name)
        for form in ours
        for name, field in form.base_fields.items()
        if isinstance(field, ModelChoiceField)
    }
    assert len(found) > 8
    assert {(form, name) for form, name in found if name not in probed} == set()


def forms_of(base):
    for form in base.__subclasses__():
        yield form
        yield from forms_of(form)


# --- ids that are none -------------------------------------------------------------------------------------------------

NO_IDS = (
    "x", "0", "-1", "%00", "x" * 5000, "..%2f..%2fetc", "%ff%fe", "{pk}", "%F0%9F%8F%AD", "null",
    "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-00000000000g", "' or 1=1 --",
)  # fmt: skip


def test_an_id_that_is_none_is_not_there_or_not_read(plants, record_property):
    ours = plants[0]
    client, tried, before = client_of(Role.ADMIN, ours["tenant"]), 0, sweep.fingerprint()
    for name, parameters in addresses():
        if parameters and ACCESS[name] != STRANGERS and sweep.kind_of(name) in ours:  # (labels have no id)
            address, own = at(name, parameters, ours), str(ours[sweep.kind_of(name)].pk)
            for wrong in NO_IDS if own in address else ():
                answer = opens(client, "get", address.replace(own, wrong))
                assert answer.status_code in (404, 405), f"{name} {wrong}: {answer.status_code}"
                tried += 1
        for field in ids_in(POSTS.get(name, {})):
            for wrong in (*NO_IDS, "\x00", ""):
                body = fill(POSTS[name], ours) | {field: wrong}
                with rolled_back():
                    answer = opens(client, "post", at(name, parameters, ours), body)
                assert answer.status_code < 500, f"{name} {field}={wrong!r}: {answer.status_code}"
                tried += 1
    assert sweep.fingerprint() == before
    record_property("requests probed", tried)
