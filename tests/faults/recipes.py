"""One press for each address that takes one: what it sends, on rows made for it, and the same with another body."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from html.parser import HTMLParser
from itertools import count

from django.contrib.admin import site
from django.urls import reverse
from django.utils import timezone

from apps.core.admin_base import ReadOnly
from apps.core.api.tokens import make_token
from apps.core.isolation import tenant_context
from apps.core.models import Device
from apps.core.notifications.kinds import all_kinds
from apps.core.sheets.models import keep
from apps.core.webhooks.models import WebhookDelivery
from apps.core.webhooks.services import send_test
from apps.inventory import services as stores
from apps.inventory.models import PartBarcode, PartUnit
from apps.inventory.services import consume, count_bin, mark_ordered, save_barcode, save_unit, start_count
from apps.maintenance.models import FailureCode
from apps.registry.models import AssetCategory, QrLabel
from apps.registry.services import make_labels
from apps.shopfloor import services
from apps.shopfloor.models import Event, PerformanceLog, StationAsset
from tests import factories

numbers = count(1)


@dataclass
class Sent:
    path: str
    data: dict
    other: dict = field(default_factory=lambda: {"note": "something else"})  # what the other body has instead
    role: str = "supervisor"
    moves_on: bool = False  # signs out, or goes to another plant: the key of what comes later is somebody else's


class Recipes(dict):
    """By the address's name; each is called with the plant and gives what to send."""

    def of(self, name, **options):
        def remember(function):
            self[name] = partial(made, function, name, options)
            return function

        return remember


def made(function, name, options, plant):
    with tenant_context(plant):
        found = function(plant)
    keys, data = found if isinstance(found, tuple) else ([], found)
    return Sent(reverse(name, args=keys), data, **options)


recipes = Recipes()
of = recipes.of


def word():
    return f"X-{next(numbers)}"


def station(plant, **fields):
    return factories.create_station(tenant=plant, **fields)


def person(plant, **fields):
    return factories.create_person(tenant=plant, **fields)


def working(plant, **fields):
    """A station that runs a job."""
    place = station(plant, status="running")
    place.job = factories.create_job(tenant=plant, on=place, qty_done=5, **fields)
    return place


def stopped(plant):
    """A station that somebody has just blocked."""
    place = station(plant)
    place.person = person(plant)
    services.set_status(place, "blocked", reason=factories.create_stop_reason(tenant=plant), by=place.person)
    return place


def part(plant, **fields):
    return factories.create_part(tenant=plant, **fields)


def call(plant):
    return services.call_for(station(plant), "help", by=person(plant))


JOB = {"part_name": "Mirror", "qty_total": "30", "priority": "normal"}

# --- the person's own pages

of("core:my_settings", other={"theme": "light"})(lambda plant: {"theme": "dark", "language": "en"})
of("core:notification_settings", other={"digest_hour": "8"})(
    lambda plant: {f"kind_{key}": "none" for key in all_kinds()} | {"digest_hour": "6"}
)
of("core:sign_out", moves_on=True)(lambda plant: {})


@of("core:password_change", moves_on=True)
def password_change(plant):
    new = "another-plant-password"
    return {"old_password": factories.PASSWORD, "new_password1": new, "new_password2": new}


# --- PINs and terminals

of("core:own_pin", other={"new_pin": "2581", "again": "2581"})(lambda plant: {"new_pin": "2580", "again": "2580"})
of("core:person_pin")(lambda plant: ([person(plant, role="operator").pk], {}))
of("shopfloor:terminals", moves_on=True)(lambda plant: {"name": "By the door", "stations": station(plant).pk})
of("shopfloor:terminal_hand_over", moves_on=True)(lambda plant: ([station(plant).pk], {"text": "a"}))
of("shopfloor:walls", moves_on=True)(
    lambda plant: {"name": "Over the gate", "lines": station(plant).line, "theme": "dark", "here": "1"}
)


@of("shopfloor:device_revoke")
def device_revoke(plant):
    factories.create_terminal(tenant=plant)
    return [Device.objects.latest("paired_at").pk], {}


# --- another plant


@of("core:choose_tenant", role="platform", moves_on=True)
def choose_tenant(plant):
    return {"name": "West", "slug": word().lower(), "timezone": "UTC"}


# --- labels


def asset(plant, **fields):
    return factories.create_asset(tenant=plant, **fields)


def label(plant):
    return QrLabel.objects.get(batch=make_labels(plant, 1, by=None))


of("registry:labels_new", other={"count": "2"})(lambda plant: {"count": "1"})
of("registry:label_reissue", role="manager")(lambda plant: ([factories.create_asset(tenant=plant).pk], {}))


@of("registry:label_link", other={"asset": ""})
def label_link(plant):
    return [label(plant).token], {"asset": factories.create_asset(tenant=plant).pk}


# --- stations and calls

of("shopfloor:station_status", other={"status": "idle"})(lambda plant: ([station(plant).pk], {"status": "running"}))
of("shopfloor:station_report", other={"good": "2"})(lambda plant: ([working(plant).pk], {"good": "1"}))
of("shopfloor:station_call", other={"kind": "quality"})(lambda plant: ([station(plant).pk], {"kind": "help"}))
of("shopfloor:station_note", other={"text": "b"})(lambda plant: ([station(plant).pk], {"text": "a"}))
of("shopfloor:station_take_off")(lambda plant: ([working(plant).pk], {}))
of("shopfloor:station_complete")(lambda plant: ([working(plant).pk], {"fill": "1"}))
of("shopfloor:station_reassign")(lambda plant: ([working(plant).pk], {"to": station(plant).pk}))
of("shopfloor:station_undo")(lambda plant: ([stopped(plant).pk], {}))
of("shopfloor:call_acknowledge")(lambda plant: ([call(plant).pk], {}))
of("shopfloor:call_resolve")(lambda plant: ([call(plant).pk], {}))
of("shopfloor:call_cancel")(lambda plant: ([call(plant).pk], {}))


@of("shopfloor:station_assign")
def station_assign(plant):
    return [station(plant).pk], {"job": factories.create_job(tenant=plant).pk, "run": "1"}


@of("shopfloor:event_undo")
def event_undo(plant):
    return [Event.objects.get(station=stopped(plant), event_type="status_change").pk], {}


@of("shopfloor:stop_reason", other={"reason": "machine"})
def stop_reason(plant):
    tool = factories.create_stop_reason(tenant=plant, code="tool")
    return [Event.objects.get(station=stopped(plant), event_type="status_change").pk], {"reason": tool.code}


@of("shopfloor:station_correct")
def station_correct(plant):
    now = timezone.localtime(timezone=plant.zone).replace(second=0, microsecond=0, tzinfo=None)
    period = {
        "start": f"{now - timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "end": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
    }
    return [station(plant).pk], period | {"status": "running", "note": "It ran."}


# --- jobs

of("shopfloor:job_new", other={"qty_total": "31"})(lambda plant: JOB | {"code": word()})
of("shopfloor:jobs_paste", other={"text": "Z\tMirror\t9"})(
    lambda plant: {"text": f"{word()}\tMirror\t5", "create": "1"}
)
of("shopfloor:job_copy", other={"qty_total": "31"})(lambda plant: ([job(plant).pk], JOB | {"code": word()}))
of("shopfloor:job_rank", other={"rank": "4"})(lambda plant: ([job(plant).pk], {"rank": "3"}))
of("shopfloor:job_end")(lambda plant: ([working(plant).job.pk], {"missing": "fill"}))
of("shopfloor:job_cancel", other={"reason": "b"})(lambda plant: ([job(plant).pk], {"reason": "a"}))


def job(plant, **fields):
    return factories.create_job(tenant=plant, **fields)


@of("shopfloor:job_change", other={"qty_total": "31"})
def job_change(plant):
    row = job(plant)
    return [row.pk], JOB | {"code": row.code, "seen": row.version}


@of("shopfloor:job_reopen", other={"reason": "b"})
def job_reopen(plant):
    return [services.cancel_job(job(plant), by=person(plant), reason="By mistake").pk], {"reason": "a"}


@of("shopfloor:queue_move", other={"to": "down"})
def queue_move(plant):
    job(plant, rank=1)
    return [job(plant, rank=1).pk], {"to": "top"}


# --- webhooks

HOOK = {"name": "Chat", "new_address": "https://93.184.215.14/x", "format": "json"}


def hook(plant, **fields):
    return factories.create_webhook(tenant=plant, **fields)


def failed(plant):
    """A delivery that was given up."""
    delivery = send_test(hook(plant), by=None)
    WebhookDelivery.objects.filter(pk=delivery.pk).update(status="failed", next_at=None, kind="note")
    return delivery


of("core:webhook_new", role="admin", other={"format": "slack"})(lambda plant: HOOK | {"name": word()})
of("core:webhook_change", role="admin", other={"format": "slack"})(
    lambda plant: ([hook(plant).pk], HOOK | {"name": word()})
)
of("core:webhook_secret", role="admin")(lambda plant: ([hook(plant).pk], {}))
of("core:webhook_test", role="admin")(lambda plant: ([hook(plant).pk], {}))
of("core:webhook_switch", role="admin", other={"on": "1"})(lambda plant: ([hook(plant).pk], {"on": "0"}))
of("core:webhook_delete", role="admin")(lambda plant: ([hook(plant).pk], {}))
of("core:webhook_again", role="admin")(lambda plant: ([failed(plant).webhook_id], {}))
of("core:delivery_again", role="admin")(lambda plant: ([failed(plant).pk], {}))
of("admin:core_webhook_change", role="admin")(lambda plant: ([hook(plant).pk], {"name": f"Another {word()}"}))
of("admin:core_webhook_delete", role="admin")(lambda plant: ([hook(plant).pk], {"post": "yes"}))
of("admin:core_webhook_changelist", role="admin")(
    lambda plant: {"action": "switch_off", "_selected_action": hook(plant).pk}
)

# --- the admin: the page's own form, with a word changed

ROWS = {
    "core_tenant": lambda plant: plant,
    "core_user": person,
    "registry_location": lambda plant: factories.create_location(tenant=plant),
    "registry_asset": lambda plant: factories.create_asset(tenant=plant),
    "registry_assetcategory": lambda plant: AssetCategory.objects.create(tenant=plant, name=word()),
    "maintenance_failurecode": lambda plant: FailureCode.objects.create(
        tenant=plant, kind="cause", code=word(), name="Worn"
    ),
    "maintenance_pmschedule": lambda plant: factories.create_schedule(asset=factories.create_asset(tenant=plant)),
    "inventory_part": part,
    "inventory_partbarcode": lambda plant: save_barcode(
        PartBarcode(tenant=plant, part=part(plant), barcode=word()), by=None
    ),
    "inventory_partunit": lambda plant: save_unit(
        PartUnit(tenant=plant, part=part(plant), code="box", factor=12), by=None
    ),
    "shopfloor_stopreason": lambda plant: factories.create_stop_reason(tenant=plant, code=word()),
    "shopfloor_scrapreason": lambda plant: factories.create_scrap_reason(tenant=plant, code=word()),
    "shopfloor_shift": lambda plant: factories.create_shift(tenant=plant),
    "shopfloor_shiftexception": lambda plant: factories.create_holiday(tenant=plant),
    "shopfloor_station": station,
    "shopfloor_job": job,
    "shopfloor_stationasset": lambda plant: StationAsset.objects.create(
        tenant=plant, station=station(plant), asset=factories.create_asset(tenant=plant), started_at=timezone.now()
    ),
    "shopfloor_performancelog": lambda plant: PerformanceLog.objects.create(
        tenant=plant, station=station(plant), log_date=timezone.localdate(), shift="early"
    ),
}
NEW = {
    "core_tenant": lambda plant: {"name": "East", "slug": word().lower(), "timezone": "UTC"},
    "core_user": lambda plant: {"display_name": "Ada", "email": f"{word()}@example.com", "role": "operator"},
    "registry_location": lambda plant: {"name": "Hall", "type": "site"},
    "registry_assetcategory": lambda plant: {"name": word(), "spec_schema": "{}"},
    "registry_asset": lambda plant: {
        "name": "Saw",
        "location": factories.create_location(tenant=plant).pk,
        "run_hours_source": "daily_log",
    },
    "inventory_part": lambda plant: {"sku": word(), "name": "Seal", "unit": "pcs"},
    "maintenance_failurecode": lambda plant: {"kind": "cause", "code": word(), "name": "Worn"},
    "maintenance_pmschedule": lambda plant: {
        "asset": factories.create_asset(tenant=plant).pk,
        "name": word(),
        "interval_days": "7",
        "meter": "run_hours",
        "anchor": "fixed",
        "lead_days": "1",
        "lead_meter": "0",
        "tasks": "[]",
        "parts": "[]",
        "priority": "normal",
    },
    "inventory_partbarcode": lambda plant: {"part": part(plant).pk, "barcode": word()},
    "inventory_partunit": lambda plant: {"part": part(plant).pk, "code": "box", "factor": "12"},
    "shopfloor_stopreason": lambda plant: {"code": word(), "name": "Belt", "group": "equipment"},
    "shopfloor_scrapreason": lambda plant: {"code": word(), "name": "Bent"},
    "shopfloor_shift": lambda plant: {
        "name": word(),
        "kind": "day",
        "start": "06:00",
        "end": "14:00",
        "weekdays": "1",
    },
    "shopfloor_shiftexception": lambda plant: {
        "date": "2026-12-24",
        "type": "holiday",
        "name": word(),
        "kind": "day",
    },
    "shopfloor_station": lambda plant: {"code": word(), "name": "Saw", "line": "A"},
    "shopfloor_job": lambda plant: JOB | {"code": word()},
    "shopfloor_stationasset": lambda plant: {
        "station": station(plant).pk,
        "asset": factories.create_asset(tenant=plant).pk,
        "started_at_0": "2026-01-02",
        "started_at_1": "03:04",
    },
    "shopfloor_performancelog": lambda plant: {
        "log_date": "2026-01-02",
        "shift": "late",
        "station": station(plant).pk,
        "units_completed": "3",
    },
}
CHANGED = {
    "core_user": {"display_name": "Grace"},
    "registry_assetcategory": {"name": "Another kind"},
    "inventory_partbarcode": {"barcode": "78"},
    "inventory_partunit": {"factor": "24"},
    "shopfloor_job": {"part_name": "Sheet"},
    "shopfloor_stationasset": {"started_at_0": "2026-01-01"},
    "shopfloor_performancelog": {"units_completed": "4"},
}
ACTIONS = {
    "core_user": {"action": "deactivate"},
    "registry_asset": {"action": "retire", "apply": "1", "reason": "Worn out"},
    "shopfloor_station": {"action": "run"},
    "shopfloor_job": {"action": "cancel", "apply": "1", "reason": "Not needed"},
}
for model, row in ROWS.items():
    role = "platform" if model == "core_tenant" else "admin"
    of(f"admin:{model}_add", role=role)(NEW[model])
    of(f"admin:{model}_change", role=role)(
        lambda plant, row=row, model=model: ([row(plant).pk], CHANGED.get(model, {"name": f"Another {word()}"}))
    )
    of(f"admin:{model}_delete", role=role)(lambda plant, row=row: ([row(plant).pk], {"post": "yes"}))
    if model in ("core_tenant", "registry_location"):
        continue
    of(f"admin:{model}_changelist", role=role)(
        lambda plant, row=row, model=model: (
            ACTIONS.get(model, {"action": "delete_selected", "post": "yes"}) | {"_selected_action": row(plant).pk}
        )
    )


def token(plant):
    with tenant_context(plant):
        return make_token(person(plant), name=word(), by=None)[0]


of("core:tokens", role="admin")(lambda plant: {"name": word(), "scope": "read", "days": "30"})
of("core:token_revoke", role="admin")(lambda plant: ([token(plant).pk], {}))
of("admin:core_apitoken_changelist", role="admin")(
    lambda plant: {"action": "revoke", "_selected_action": token(plant).pk}
)
of("admin:logout", role="admin", moves_on=True)(lambda plant: {})
of("admin:core_user_one_time_password", role="admin")(lambda plant: ([person(plant).pk], {}))


def ordered(plant):
    with tenant_context(plant):
        return mark_ordered(factories.create_part(tenant=plant), 12, by=None)


@of("inventory:reorder_mark", other={"reference": "another"})
def reorder_mark(plant):
    parts = [factories.create_part(tenant=plant, min_level=9) for _ in range(2)]
    return {"part": [part.pk for part in parts]} | {f"qty-{part.pk}": "12" for part in parts}


of("inventory:order_change", other={"reference": "another"})(lambda plant: ([ordered(plant).pk], {"quantity": "24"}))


def counted(plant, quantity=9):
    """A count with a line that differs."""
    with tenant_context(plant):
        part = factories.create_part(tenant=plant)
        count = start_count(factories.create_stock(part, 12), by=None)
        return count, count_bin(count, part, quantity, by=None)


of("inventory:count_new", other={"note": "another"})(
    lambda plant: {"warehouse": factories.create_warehouse(tenant=plant).pk, "bins": "A-3"}
)
of("inventory:count_post", role="manager", other={"reason": "another"})(
    lambda plant: ([counted(plant)[0].pk], {"reason": "stocktaking"})
)
of("inventory:count_cancel", other={"reason": "another"})(lambda plant: ([counted(plant)[0].pk], {"reason": "not now"}))
of("inventory:line_explain", other={"reason": "another"})(lambda plant: ([counted(plant)[1].pk], {"reason": "broken"}))
of("inventory:line_drop")(lambda plant: ([counted(plant)[1].pk], {}))


@of("inventory:classes_set", role="manager")
def classes_set(plant):
    part = factories.create_part(tenant=plant)
    consume(part, 2, warehouse=factories.create_stock(part, 12), reference="WO-1", by=None)
    return {}


@of("inventory:count_enter", other={"quantity": "7"})
def count_enter(plant):
    count, line = counted(plant)
    return [count.pk], {"part": line.part_id, "bin": "B-1", "quantity": "4"}


of("inventory:order_close", other={"reason": "another"})(lambda plant: ([ordered(plant).pk], {"reason": "cancelled"}))


def carried(plant):
    """Somebody with three of a part, and the store that they came from."""
    part, owner = factories.create_part(tenant=plant), person(plant)
    store = factories.create_stock(part, 10)
    stores.issue_to_wallet(part, 3, warehouse=store, user=owner, by=None)
    return part, owner, store


@of("inventory:wallet_part_ask", role="admin")
def wallet_ask(plant):
    part, owner, _store = carried(plant)
    return [owner.pk, part.pk], {"quantity": "2"}


@of("inventory:wallet_part_return")
def wallet_return(plant):
    part, owner, store = carried(plant)
    return [owner.pk, part.pk], {"quantity": "1", "warehouse": store.pk}


@of("inventory:wallet_part_hand_over")
def wallet_hand_over(plant):
    part, owner, _store = carried(plant)
    return [owner.pk, part.pk], {"quantity": "1", "receiver": person(plant).pk}


@of("inventory:wallet_part_write_off", role="admin")
def wallet_part_write_off(plant):
    part, owner, _store = carried(plant)
    return [owner.pk, part.pk], {"quantity": "1", "reason": word()}


@of("inventory:wallet_write_off", role="admin")
def wallet_write_off(plant):
    return [carried(plant)[1].pk], {"reason": word()}


@of("inventory:handover_end")
def handover_end(plant):
    part, owner, _store = carried(plant)
    return [stores.hand_over(part, 1, giver=owner, receiver=person(plant), by=owner).pk], {"answer": "withdraw"}


@of("admin:registry_location_changelist", role="admin")
def location_dragged(plant):
    places = [factories.create_location(tenant=plant).pk for _ in range(2)]
    return {"cmd": "move_node", "cut_item": places[0], "pasted_on": places[1], "position": "last-child"}


@of("admin:registry_location_move", role="admin")
def location_move(plant):
    parent = factories.create_location(tenant=plant)
    return [factories.create_location(tenant=plant).pk], {"parent": parent.pk}


@of("admin:registry_asset_move", role="admin")
def asset_move(plant):
    parent = factories.create_asset(tenant=plant)
    return [factories.create_asset(tenant=plant).pk], {"parent": parent.pk, "location": ""}


@dataclass
class Kept:
    """A sheet that waits for its yes: the template of a table, of which each example is a new row."""

    name: str

    def __call__(self, plant):
        factories.create_location(tenant=plant)
        station(plant), job(plant), factories.create_asset(tenant=plant), factories.create_part(tenant=plant)
        table = next(t for m, t in site._registry.items() if m._meta.label_lower.replace(".", "_") == self.name)
        sheet = table.sheet(plant)
        example = "\t".join(map(str, sheet.examples())).replace("ann@", f"{word()}@")  # one address is one person
        lines = ["\t".join(column.name for column in sheet.written_columns()), example]
        kept = keep("\n".join(lines).encode(), name="x", table=table.opts.db_table, tenant=plant, person=person(plant))
        return [kept.pk], {}


for model in (m._meta.label_lower.replace(".", "_") for m, t in site._registry.items() if getattr(t, "sheet", None)):
    of(f"admin:{model}_import", role="admin", other={"text": "a\tb\tc"})(lambda plant: {"text": "a\tb"})
    of(f"admin:{model}_preview", role="admin")(Kept(model))


# What a POST changes nothing at: it is answered as a GET, or sent on to the pages above; there is nothing unread.
LOOKED_AT = "|".join(
    m._meta.label_lower.replace(".", "_") for m, t in site._registry.items() if isinstance(t, ReadOnly)
)
CHANGES_NOTHING = re.compile(
    r"core:(home|healthz|notifications_read)|registry:labels_print|inventory:part_labels_print"
    r"|admin:(index|login|password_change|password_change_done|app_list|view_on_site|core_tenant_changelist|\w+_history)"
    rf"|admin:({LOOKED_AT})_\w+"
)
# Without a key, because there is nobody whose key it could be: a door, whose tries are counted.
WITHOUT_KEY = {
    "core:sign_in", "core:password_forgotten", "core:password_reset", "shopfloor:terminal_pin", "maintenance:public_report",
}  # fmt: skip
# A change of such a row leaves no row behind that could be counted.
WITHOUT_HISTORY = {
    "admin:shopfloor_stationasset_change", "core:webhook_again", "core:delivery_again", "maintenance:my_work_stop",
    "maintenance:filter_remove",  # the own ones, of which a new person has none
}  # fmt: skip


class FormOnPage(HTMLParser):
    """The fields of a page's form as a browser would send them."""

    def __init__(self, html):
        super().__init__()
        self.fields, self._name, self._is_text = {}, None, False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "input" and found.get("name") and found.get("type") not in ("submit", "file"):
            if found.get("type") not in ("checkbox", "radio") or "checked" in found:
                self.fields[found["name"]] = found.get("value", "")
        elif tag in ("select", "textarea"):
            self._name, self._is_text = found.get("name"), tag == "textarea"
            self.fields.setdefault(self._name, "")
        elif tag == "option" and "selected" in found:
            self.fields[self._name] = found.get("value", "")

    def handle_data(self, data):
        if self._is_text:
            self.fields[self._name] += data.lstrip("\r\n")

    def handle_endtag(self, tag):
        self._is_text = self._is_text and tag != "textarea"
