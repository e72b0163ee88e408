"""Every way in that writes, page, admin or API: what it changed is told with the person and the request, and books agree.

The models' own sweep is test_audit_sweep.py; here it is the addresses', so that a view which writes past the history, or
outside the request's transaction, is found.
"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.core.audit.verify import verify
from apps.core.isolation import platform_context
from apps.core.models import AuditLog
from apps.core.roles import Role
from tests import sweep
from tests.api.client import Program
from tests.api.table import ASKS, whole
from tests.core.probes import rolled_back
from tests.factories import PASSWORD, create_person
from tests.faults.recipes import ROWS
from tests.sweep import ADMIN_ACTIONS, ADMIN_ACTS, ADMIN_POSTS, ADMIN_ROWS, POSTS

# What writes no row of the audit log, and why.
UNTOLD = {
    "maintenance:filter_new": "one's own, and no record of the plant",
    "maintenance:filter_remove": "likewise",
    "core:notifications_read": "one's own, and only read",
    "core:webhook_test": "a delivery is a book of its own",
    "core:webhook_again": "likewise",
    "core:delivery_again": "likewise",
    "registry:labels_print": "a PDF, which changes nothing",
    "inventory:part_labels_print": "likewise",
    "inventory:wallet_part_ask": "people are notified; nothing is changed",
    "registry:meter_read": "a ledger, which is the record itself",
    "registry:meter_replace": "likewise",
    "registry:reading_correct": "likewise",
    "registry:reading_void": "likewise",
    "inventory:stock_adjust": "likewise",
    "inventory:stock_issue": "likewise",
    "inventory:stock_move_undo": "likewise",
    "inventory:stock_return": "likewise",
    "inventory:stock_transfer": "likewise",
    "inventory:wallet_part_return": "likewise",
    "inventory:wallet_part_write_off": "likewise",
    "inventory:wallet_write_off": "likewise",
    "maintenance:my_work_stop": "no time of theirs runs",
    "maintenance:task_move": "the furnished order has one task",
    "shopfloor:station_status": "the furnished station is blocked so already: an event",
}
OTHERWISE = ("core:sign_in", "core:password_forgotten", "core:choose_tenant")  # strangers', and the platform's
# Actions of the admin that write nothing.
UNTOLD_ACTIONS = {
    ("registry.asset", "print_labels"): "a PDF",
    ("inventory.part", "print_labels"): "likewise",
    ("registry.meterreading", "take_back"): "a ledger, which is the record itself",
    ("core.webhook", "send_test"): "a delivery is a book of its own",
    ("core.webhook", "switch_on"): "the furnished one is on",
    ("inventory.part", "take_out_of_use"): "the furnished one is held still",
    ("core.user", "remove_second_factor"): "the furnished person has none (tests/core/test_second_factor.py)",
}
# The furnished row of an action, where it is not the model's.
ACTED_ON = {
    ("logistics.assetmovement", "lose"): "alone",
    ("shopfloor.job", "reopen"): "done",
    ("shopfloor.station", "block"): "free",
    ("registry.asset", "put_in_service"): "stopped",
}
UNTOLD_OF_PROGRAMS = {
    "post events-list": "the record itself",
    "post stations-notes": "an event, which is the record itself",
    "post performance-logs-roll-up": "in the furnished shift nothing was made (tests/shopfloor/test_roll_up.py)",
    "put jobs-detail": "what a GET gave is no change",
    "put assets-detail": "likewise",
    "put movements-detail": "likewise",
    "post assets-readings": "a ledger, which is the record itself",
    "post stock-adjust": "likewise",
    "post stock-transfer": "likewise",
    "post wallets-issue": "likewise",
    "post wallets-return": "likewise",
    "post notifications-read-all": "one's own, and only read",
    "post webhooks-test": "a delivery is a book of its own",
    "post webhooks-again": "likewise",
    "post webhook-deliveries-again": "likewise",
}


@pytest.fixture
def boss(plants):
    return create_person(tenant=plants[0]["tenant"], role=Role.ADMIN, password=PASSWORD)


def signed_in(person):
    """A browser in which the person has just typed the password."""
    client = Client()
    answer = client.post("/sign-in/", {"username": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def told_of(plant, person, send, where) -> int:
    """Send something that is done; its audit rows are of this person and request. Returns how many there are."""
    tenant = plant["tenant"]
    before = set(verify(tenant).problems)  # the furnished seal is none
    with rolled_back():
        with platform_context():
            newest = AuditLog.objects.latest("id").pk
        answer = send()
        assert answer.status_code < 400, f"{where}: {answer.status_code} {answer.content[:1000]!r}"
        with platform_context():
            rows = list(AuditLog.objects.filter(id__gt=newest))
        by = {(row.user_id, row.request_id, row.tenant_id) for row in rows}
        assert by <= {(person and person.pk, answer["X-Request-ID"], tenant.pk)}, f"{where}: {by}"
        assert set(verify(tenant).problems) <= before, where
    return len(rows)


def test_every_press_on_a_page_is_told(plants, boss, record_property):
    plant, silent = plants[0], set()
    for name, parameters in sweep.addresses():
        if name in POSTS and name not in OTHERWISE:
            client = signed_in(boss)
            address, body = sweep.at(name, parameters, plant), sweep.sent(sweep.fill(POSTS[name], plant))
            if not told_of(plant, boss, lambda: client.post(address, body), name):  # noqa: B023
                silent.add(name)
            record_property("write paths swept", 1)
    assert silent == set(UNTOLD)


def test_every_press_of_the_admin_is_told(plants, boss, client, record_property):
    plant, silent = plants[0], set()
    client.force_login(boss)
    acts = {name: body for name, body in ADMIN_ACTS.items() if not name.endswith("_import")}  # kept, and not done yet
    presses = {name: (sweep.admin_at(name, ["pk"], plant), body) for name, body in acts.items()}
    presses["admin:registry_location_move"] = reverse("admin:registry_location_move", args=[plant["place"].pk]), {}
    for label, body in ADMIN_POSTS.items():
        name = f"admin:{label.replace('.', '_')}"
        presses[f"{name}_change"] = reverse(f"{name}_change", args=[plant[ADMIN_ROWS[label]].pk]), body
        if client.get(reverse(f"{name}_add")).status_code == 200:
            presses[f"{name}_add"] = reverse(f"{name}_add"), body
    for name, (address, body) in presses.items():
        if not told_of(plant, boss, lambda: client.post(address, sweep.fill(body, plant)), name):  # noqa: B023
            silent.add(name)
        record_property("write paths swept", 1)
    assert silent == set()


def test_every_action_of_the_admin_is_told(plants, boss, record_property):
    plant, silent, client = plants[0], set(), signed_in(boss)
    request = RequestFactory().get("/")
    request.user, request.tenant = boss, boss.tenant
    for label, table in sweep.models_of_admin().items():
        address = reverse(f"admin:{label.replace('.', '_')}_changelist")
        for action in set(table.get_actions(request)) - {"delete_selected"}:  # below, of rows that nothing refers to
            row = plant[ACTED_ON.get((label, action), ADMIN_ROWS[label])]
            chosen = {"action": action, "index": "0", "_selected_action": str(row.pk)}
            body = sweep.fill(ADMIN_ACTIONS.get(action, {}), plant) | chosen
            if not told_of(plant, boss, lambda: client.post(address, body), f"{label} {action}"):  # noqa: B023
                silent.add((label, action))
            record_property("write paths swept", 1)
    assert silent == set(UNTOLD_ACTIONS)


def test_every_row_that_is_deleted_in_the_admin_is_told(plants, boss, record_property):
    plant, tried, client = plants[0], 0, signed_in(boss)
    plant["shift"].delete()  # a new one would lie across it
    for model, new in ROWS.items():
        address = reverse(f"admin:{model}_delete", args=[new(plant["tenant"]).pk])
        if client.get(address).status_code == 200:
            assert told_of(plant, boss, lambda: client.post(address, {"post": "yes"}), address)  # noqa: B023
            tried += 1
    assert tried > 10
    record_property("write paths swept", tried)


@pytest.mark.parametrize("label", [label for label, table in sweep.models_of_admin().items() if table.sheet])
def test_every_sheet_that_is_imported_is_told_row_by_row(plants, boss, client, label, record_property):
    """The row that the table's template gives as an example."""
    plant, name = plants[0], f"admin:{label.replace('.', '_')}"
    client.force_login(boss)
    plant["shift"].delete()  # the template's would lie across it
    template = client.get(reverse(f"{name}_template_csv")).content
    address = client.post(reverse(f"{name}_import"), {"file": SimpleUploadedFile("x.csv", template)})["Location"]
    mark = client.get(address).context["mark"]

    assert told_of(plant, boss, lambda: client.post(address, {"mark": mark}), label) >= 1
    record_property("write paths swept", 1)


def test_every_act_of_a_program_is_told(plants, boss, record_property):
    plant, silent = plants[0], set()
    program = Program(boss)
    for ask in ASKS:
        if ask.verb != "get" and Role.ADMIN in ask.roles:
            body = whole(ask, plant, program)
            where = f"{ask.verb} {ask.name}"
            if not told_of(plant, boss, lambda: program.send(ask.verb, ask.at(plant), body), where):  # noqa: B023
                silent.add(where)
            record_property("write paths swept", 1)
    assert silent == set(UNTOLD_OF_PROGRAMS)
