"""Every address of the API: whose it is, and for each verb a good request. What the sweeps over it have in common.

A new resource needs its line in RESOURCES; `test_table.py` says which is missing. {row.attribute} is of the plant furnished
(tests/furnished.py): of one's own, or of the other.
"""

import json
from dataclasses import dataclass, field

from django.urls import URLPattern, reverse

from apps.core.api import urls
from apps.core.api.resources import PART
from apps.core.roles import EVERYONE, MANAGERS, SUPERVISORS, Role
from tests.api.client import Program
from tests.factories import create_person

ADMINS = (Role.ADMIN,)
TECHNICIANS = (Role.TECHNICIAN, *SUPERVISORS)
NOBODY = ()
VERBS = ("get", "post", "put", "patch", "delete")
# The descriptions, the way in, and what is not there: open to strangers, with tests of their own.
OPEN = {"auth_token", "schema", "docs", "stream", "not_there"}


@dataclass(frozen=True)
class Ask:
    """One verb at one address, with a body that is good enough to be done."""

    name: str
    verb: str
    roles: tuple
    row: str = ""  # the key in the address
    body: dict | None = None
    status: int = 200
    refused: int = 403  # what other roles are told
    door: tuple = ()  # who comes as far as the row, where it is the act that refuses
    part: str = ""  # the key of a part of the row, in the address after it

    def at(self, plant) -> str:
        return address(self.name, self.row, plant, self.part)


@dataclass(frozen=True)
class Act:
    """A POST beneath one row: done by `roles` to `row`, where that is not the resource's usual one."""

    roles: tuple = EVERYONE
    body: dict = field(default_factory=dict)
    row: str | None = ""  # None: beneath the list
    status: int = 200
    refused: int = 403
    door: tuple = ()
    part: str = ""  # the key of a part of the row


@dataclass(frozen=True)
class Of:
    """A resource. row: the key of its furnished row. new, change: bodies of POST and PATCH; PUT sends what GET gave."""

    name: str
    row: str = ""
    reads: tuple = EVERYONE
    writes: tuple = NOBODY
    changes: tuple | None = None  # who changes the furnished row, where that is another question than who makes one
    new: dict | None = None
    change: dict | None = None
    acts: dict = field(default_factory=dict)
    views: dict = field(default_factory=dict)  # GETs: beneath a row, or with row "" beneath the list
    puts: dict = field(default_factory=dict)  # beneath a row
    is_listed: bool = True
    ends: tuple | None = None  # who may DELETE
    sees: tuple | None = None  # who sees the furnished person's row, where one's own are everyone's

    def asks(self):
        if self.is_listed:
            yield Ask(f"{self.name}-list", "get", self.reads)
        if self.new is not None:
            yield Ask(f"{self.name}-list", "post", self.writes, body=self.new, status=201)
        if self.row:
            yield Ask(f"{self.name}-detail", "get", self.reads if self.sees is None else self.sees, self.row)
        if self.change is not None:
            roles = self.writes if self.changes is None else self.changes
            for verb, body in (("patch", self.change), ("put", None)):
                yield Ask(f"{self.name}-detail", verb, roles, self.row, body, door=self.writes)
        if self.ends is not None:
            yield Ask(f"{self.name}-detail", "delete", self.ends, self.row, status=204, door=self.writes)
        for name, act in self.acts.items():
            row = "" if act.row is None else act.row or self.row
            yield Ask(
                f"{self.name}-{name}", "post", act.roles, row, act.body, act.status, act.refused, act.door, act.part
            )
        for name, (roles, row) in self.views.items():
            yield Ask(f"{self.name}-{name}", "get", roles, row)
        for name, (roles, row, body) in self.puts.items():
            yield Ask(f"{self.name}-{name}", "put", roles, row, body)


RESOURCES = [
    Of("board"),
    Of(
        "stations", "{station.code}", writes=MANAGERS,
        new={"code": "ST-9", "name": "Drilling", "line": "Line A", "asset": "{part.pk}"},
        change={"name": "Sawing", "asset": "{part.pk}"},
        acts={
            "status": Act(body={"status": "blocked", "reason": "{reason.code}", "note": "again"}, row="{free.code}"),
            "start": Act(SUPERVISORS, {"job": "{waiting.code}", "run": True, "note": "first"}, "{free.code}", door=EVERYONE),
            "report": Act(
                body={"good": 2, "scrap": 1, "reason": "{scrap.code}", "note": "so", "assignment": "{assignment.pk}"},
            ),
            "reassign": Act(SUPERVISORS, {"to": "{free.code}", "take_off": True}),
            "release": Act(SUPERVISORS),
            "complete": Act(SUPERVISORS, {"short": "no more"}, door=EVERYONE),
            "undo": Act(SUPERVISORS, {"event": "{last.pk}"}, refused=400, door=EVERYONE),  # everybody may their own
            "correct": Act(
                SUPERVISORS,
                {
                    "from": "{two_hours_ago:%Y-%m-%dT%H:%M:%S%:z}", "to": "{an_hour_ago:%Y-%m-%dT%H:%M:%S%:z}",
                    "status": "blocked", "reason": "{reason.code}", "note": "was so",
                },
            ),
            "call": Act(body={"kind": "quality", "part": "glass", "qty": "2.5", "note": "soon"}),
            "notes": Act(body={"text": "All is well."}, status=201),
        },
        views={"timeline": (EVERYONE, "{station.code}")},
    ),
    Of(
        "jobs", "{job.code}", writes=SUPERVISORS,
        new={"code": "JOB-9", "part_name": "Shelf", "qty_total": 5, "due_date": "2026-12-24", "cycle_seconds": 30},
        change={"qty_total": 50, "priority": "high"},
        acts={
            "rank": Act(SUPERVISORS, {"rank": 1}),
            "cancel": Act(SUPERVISORS, {"reason": "no more"}),
            "reopen": Act(SUPERVISORS, {"reason": "once more"}, "{done.code}"),
        },
    ),
    Of("assignments", "{assignment.pk}"),
    Of(
        "locations", "{yard.pk}", writes=MANAGERS, ends=MANAGERS,
        new={"name": "Hall 9", "type": "building", "parent": "{location.pk}"}, change={"name": "Hall 8"},
        acts={"move": Act(MANAGERS, {"parent": "{place.pk}"})},
        views={"descendants": (EVERYONE, "{location.pk}"), "ancestors": (EVERYONE, "{place.pk}")},
    ),
    Of(
        "assets", "{stopped.pk}", writes=MANAGERS, ends=MANAGERS,
        new={"name": "Pump", "location": "{place.pk}", "client_code": "P-9", "category": "pump"},
        change={"name": "Drill", "serial_number": "7"},
        acts={
            "move": Act(MANAGERS, {"location": "{location.pk}"}),
            "retire": Act(MANAGERS, {"reason": "worn"}, "{asset.pk}"),
            "out-of-service": Act(MANAGERS, {"reason": "worn"}, "{part.pk}"),
            "in-service": Act(MANAGERS, {"reason": "repaired"}),
            "readings": Act(
                (Role.TECHNICIAN, *SUPERVISORS), {"meter": "run_hours", "kind": "delta", "value": 1.5, "reason": "so"},
                "{asset.pk}", status=201,
            ),
            "qr": Act(MANAGERS, {}, "{part.pk}"),
        },
        views={
            "descendants": (EVERYONE, "{asset.pk}"), "ancestors": (EVERYONE, "{part.pk}"),
            "specs": (EVERYONE, "{asset.pk}"), "history": (MANAGERS, "{asset.pk}"), "custody": (EVERYONE, "{lent.asset_id}"),
            "readings": (EVERYONE, "{asset.pk}"),
        },
        puts={"specs": (MANAGERS, "{asset.pk}", {"specs": {"voltage": "220v", "rpm": 1400}})},
    ),
    Of(
        "daily-logs", "{daily_log.pk}", writes=SUPERVISORS,
        new={
            "date": "{yesterday}", "asset": "{part.pk}", "run_hours_added": "7.5", "fuel_liters_added": 20,
            "confirmed": ["run_hours_added"],
        },
        acts={
            "bulk": Act(
                SUPERVISORS,
                {"date": "{yesterday}", "shift": "", "rows": [{"asset": "{part.pk}", "run_hours_reading": "120.5"}]},
                row=None,
            ),
        },
    ),
    Of(
        "stop-reasons", "{reason.code}", writes=MANAGERS,
        new={"code": "jam", "name": "Jam", "group": "equipment"}, change={"name": "Jammed"},
    ),
    Of("scrap-reasons", "{scrap.code}", writes=MANAGERS, new={"code": "chip", "name": "Chip"}, change={"name": "Chips"}),
    Of("calls", "{call.pk}", acts={"acknowledge": Act(), "resolve": Act(), "cancel": Act()}),
    Of(
        "shifts", "{shift.pk}", writes=MANAGERS, ends=MANAGERS,
        new={"name": "Late", "kind": "day", "start": "14:00", "end": "22:00", "weekdays": [1, 2], "lines": ["Line A"]},
        change={"end": "21:30", "breaks": [{"start": "17:00", "end": "17:20"}]},
    ),
    Of(
        "shift-exceptions", "{holiday.pk}", writes=MANAGERS, ends=MANAGERS,
        new={"date": "2026-12-26", "type": "extra", "name": "Rush", "start": "15:00", "end": "20:00", "lines": ["Line A"]},
        change={"name": "Christmas Day"},
    ),
    Of("stops", "{stop.pk}", is_listed=False, acts={"reason": Act(SUPERVISORS, {"reason": "{reason.code}", "note": "so"})}),
    Of(
        "events", "{stop.pk}", writes=MANAGERS,
        new={
            "event_type": "quantity_reported", "station": "{station.code}", "job": "{job.code}", "user": "{person.pk}",
            "occurred_at": "2026-01-02T10:00:00+01:00", "payload": {"good": 1},
        },
    ),
    Of(
        "performance-logs", "{log.pk}", writes=SUPERVISORS,
        new={
            "station": "{station.code}", "job": "{job.code}", "log_date": "2026-02-02", "shift": "day",
            "units_completed": 3, "target_units": 4,
        },
        change={"station": "{free.code}", "job": "{waiting.code}", "target_units": 9},
        acts={"roll-up": Act(SUPERVISORS, {"date": "{day_before}", "shift": "{shift.name}"}, row=None)},
    ),
    Of(
        "parts", "{spare.sku}", writes=MANAGERS,
        new={"sku": "S-9", "name": "Seal", "category": "seals", "min_level": "1", "max_level": "2", "barcode": "77"},
        change={"max_level": "60", "lead_days": 7},
        views={"moves": (EVERYONE, "{spare.sku}"), "reorder": (EVERYONE, "{spare.sku}"), "to-reorder": (EVERYONE, "")},
    ),
    Of(
        "part-barcodes", "{spare_code.pk}", writes=MANAGERS, ends=MANAGERS,
        new={"part": "{spare.sku}", "barcode": "78"}, change={"barcode": "79"},
    ),
    Of(
        "part-units", "{spare_unit.pk}", writes=MANAGERS, ends=MANAGERS,
        new={"part": "{spare.sku}", "code": "carton", "factor": "24"}, change={"factor": "10"},
    ),
    Of(
        "stock", "{stock.pk}",
        acts={
            "receive": Act(
                SUPERVISORS,
                {
                    "part": "{spare.sku}", "warehouse": "{store.pk}", "bin": "A-3", "qty": "2", "unit_cost": "2.5",
                    "unit": "box", "order": "{purchase.pk}", "supplier": "Seals Ltd", "reference": "DN-7",
                },
                row=None,
            ),
            "transfer": Act(
                SUPERVISORS,
                {"part": "{spare.sku}", "from": "{store.pk}", "to": "{van.pk}", "qty": "2", "from_bin": "A-3", "to_bin": "B"},
                row=None,
            ),
            "adjust": Act(
                MANAGERS, {"part": "{spare.sku}", "warehouse": "{store.pk}", "bin": "A-3", "qty": "-1", "reason": "broken"},
                row=None,
            ),
            "count": Act(
                SUPERVISORS, {"part": "{spare.sku}", "warehouse": "{store.pk}", "bin": "B-1", "qty": "4", "count": "{count.pk}"},
                row=None,
            ),
        },
    ),
    Of(
        "wallets", "{wallet.pk}",
        acts={
            "issue": Act(
                SUPERVISORS, {"user": "{person.pk}", "part": "{spare.sku}", "qty": "1", "warehouse": "{store.pk}", "bin": "A-3"},
                row=None,
            ),
            "return": Act(
                SUPERVISORS, {"user": "{person.pk}", "part": "{spare.sku}", "qty": "0.5", "warehouse": "{store.pk}"},
                row=None, door=TECHNICIANS,
            ),
        },
    ),
    Of("stock-moves", "{move.pk}"),
    Of(
        "reservations", "{reservation.pk}", writes=SUPERVISORS, ends=SUPERVISORS,
        new={"part": "{spare.sku}", "reference": "WO-9", "quantity": "2", "warehouse": "{store.pk}"},
    ),
    Of(
        "part-orders", "{purchase.pk}", writes=SUPERVISORS,
        new={"part": "{spare.sku}", "quantity": "5", "supplier": "Seals Ltd", "expected_on": "2026-12-24"},
        change={"expected_on": "2026-12-25"},
        acts={"close": Act(SUPERVISORS, {"reason": "not made any more"})},
    ),
    Of(
        "handovers", "{handover.pk}",
        acts={
            "offer": Act(
                SUPERVISORS, {"part": "{spare.sku}", "quantity": "0.1", "to_user": "{colleague.pk}", "from_user": "{person.pk}"},
                row=None, status=201, door=TECHNICIANS,
            ),
            "confirm": Act(NOBODY, door=EVERYONE), "refuse": Act(NOBODY, door=EVERYONE),  # the receiver alone
            "withdraw": Act(SUPERVISORS, door=TECHNICIANS),
        },
    ),
    Of(
        "stock-counts", "{count.pk}", reads=SUPERVISORS, writes=SUPERVISORS,
        new={"warehouse": "{store.pk}", "note": "once more"},
        acts={"post": Act(MANAGERS, {"reason": "stocktaking"}), "cancel": Act(SUPERVISORS, {"reason": "not now"})},
    ),
    Of("stock-count-lines", "{line.pk}", reads=SUPERVISORS, ends=SUPERVISORS),
    Of(
        "failure-codes", "{problem.pk}", writes=MANAGERS,
        new={"kind": "cause", "code": "bent", "name": "Bent"}, change={"name": "Bends"},
    ),
    Of(
        "pm-schedules", "{schedule.pk}", writes=MANAGERS,
        new={
            "asset": "{asset.pk}", "name": "Weekly check", "interval_days": 7, "suppressed_by_schedule": "{long_schedule.pk}",
            "tasks": [{"description": "Look"}],
        },
        change={"suppressed_by_schedule": "{long_schedule.pk}", "lead_days": 2},
        acts={"generate": Act(SUPERVISORS, {"as_of": "{yesterday}"}, row=None)},
        views={"forecast": (EVERYONE, "{schedule.pk}")},
    ),
    Of(
        "work-orders", "{defect.number}", writes=TECHNICIANS, changes=SUPERVISORS,
        new={
            "asset": "{asset.pk}", "location": "{place.pk}", "station": "{station.code}", "title": "It leaks", "origin": "defect",
        },
        change={"title": "It leaks oil", "assigned_to": "{colleague.pk}"},
        acts={
            "approve": Act(SUPERVISORS),
            "assign": Act(SUPERVISORS, {"user": "{colleague.pk}"}),
            "start": Act(TECHNICIANS, {}, "{ready.number}"),
            "hold": Act(TECHNICIANS, {"reason": "access"}, "{begun.number}"),
            "resume": Act(TECHNICIANS, {}, "{held.number}"),
            "return": Act(SUPERVISORS, {"reason": "another day"}, "{begun.number}", door=TECHNICIANS),
            "finish": Act(TECHNICIANS, {}, "{begun.number}"),
            "close": Act(
                TECHNICIANS,
                {"problem": "{problem.code}", "cause": "{cause.code}", "remedy": "{remedy.code}"}, "{begun.number}",
            ),
            "reopen": Act(SUPERVISORS, {"reason": "once more"}, "{closed.number}"),
            "cancel": Act(SUPERVISORS, {"reason": "made twice"}),
            "tasks": Act(TECHNICIANS, {"description": "Look again"}, "{begun.number}"),
            "needs": Act(TECHNICIANS, {"part": "{belt.sku}", "qty": "2", "warehouse": "{shelf.pk}"}, "{begun.number}"),
            "tasks-result": Act(TECHNICIANS, {"result": "pass", "comment": "fine"}, "{begun.number}", part="{step.pk}"),
            "tasks-follow-up": Act(TECHNICIANS, {"title": "Mend it"}, "{held.number}", part="{failed.pk}"),
            "tasks-waive": Act(SUPERVISORS, {"reason": "scrapped soon"}, "{held.number}", part="{failed.pk}"),
            "time": Act(SUPERVISORS, {"minutes": 30, "user": "{colleague.pk}"}, "{begun.number}", door=TECHNICIANS),
            "timer-start": Act(TECHNICIANS, {}, "{begun.number}"),
            "timer-stop": Act(SUPERVISORS, {"user": "{colleague.pk}"}, "{held.number}", door=TECHNICIANS),
            "consume": Act(
                TECHNICIANS, {"part": "{belt.sku}", "qty": "1", "source": "warehouse", "warehouse": "{shelf.pk}"},
                "{begun.number}",
            ),
            "consumables-undo": Act(SUPERVISORS, {}, "{begun.number}", part="{consumable.pk}", door=TECHNICIANS),
            "costs": Act(SUPERVISORS, {"kind": "rental", "amount": "120.50"}, "{begun.number}"),
            "comments": Act(TECHNICIANS, {"text": "Wet again."}, "{begun.number}", status=201),
        },
    ),
    Of("labour", "{labour.pk}", writes=TECHNICIANS, ends=SUPERVISORS),
    Of("costs", "{cost.pk}", reads=SUPERVISORS, ends=SUPERVISORS),
    Of("consumables", "{consumable.pk}"),
    Of(
        "service-requests", "{request.pk}", writes=EVERYONE,
        new={"asset": "{asset.pk}", "station": "{station.code}", "description": "It squeaks.", "urgency": "high"},
        acts={
            "convert": Act(SUPERVISORS, {"priority": "high", "assigned_to": "{colleague.pk}"}),
            "reject": Act(SUPERVISORS, {"reason": "as it should be"}),
            "merge": Act(SUPERVISORS, {"work_order": "{defect.number}"}),
            "take": Act(TECHNICIANS),
        },
    ),
    Of("kpis-maintenance", reads=SUPERVISORS),
    Of("kpis-shop-floor"),
    Of(
        "movements", "{leaving.pk}", writes=SUPERVISORS,
        new={
            "asset": "{crate.pk}", "to_location": "{dock.pk}", "returnable": True, "expected_return": "2099-01-02",
            "notes": "so",
        },
        change={"notes": "mind the glass", "to_location": "{location.pk}"},
        acts={
            "dispatch": Act(SUPERVISORS, {"gate_pass_ref": "NEW-1", "condition": "clean"}, "{loose.pk}"),
            "receive": Act(SUPERVISORS, {"condition": "dented", "location": "{location.pk}"}, "{away.pk}"),
            "cancel": Act(SUPERVISORS, {"reason": "not needed"}),
            "condition": Act(SUPERVISORS, {"condition": "dented"}, "{away.pk}"),
            "lose": Act(SUPERVISORS, {"reason": "never came"}, "{alone.pk}"),
            "return": Act(SUPERVISORS, {"to_location": "{place.pk}"}, "{lent.pk}", status=201),
            "hand-over": Act(SUPERVISORS, {}, "{alone.pk}", status=201),
            "take-over": Act(SUPERVISORS, {"code": "{offer_code}", "movements": ["{away.pk}"]}, None),
        },
        views={"gate-pass": (EVERYONE, "{leaving.pk}")},
    ),
    Of(
        "shipments", "{truck.pk}", writes=SUPERVISORS,
        new={"jms_reference": "TRIP-9", "driver_name": "A driver", "vehicle": "Lorry"}, change={"vehicle": "Van"},
        acts={
            "load": Act(SUPERVISORS, {"movements": ["{loose.pk}"]}),
            "dispatch": Act(SUPERVISORS, {"movements": ["{leaving.pk}"]}),
            "receive": Act(SUPERVISORS, {"movements": ["{away.pk}"], "assets": ["{crate.pk}"]}, "{lorry.pk}"),
            "cancel": Act(SUPERVISORS, {"reason": "no driver"}),
            "manifest": Act(SUPERVISORS),
            "hand-over": Act(SUPERVISORS, {}, "{lorry.pk}", status=201),
        },
        views={"manifest-pdf": (EVERYONE, "{lorry.pk}")},
    ),
    Of(
        "gate-passes", "{gate_pass.pk}",
        acts={
            "issue": Act(SUPERVISORS, {"movements": ["{loose.pk}"], "bearer": "A driver"}, None, status=201),
            "revoke": Act(SUPERVISORS, {"reason": "wrong lorry"}),
        },
    ),
    Of("custody-handovers", "{offer.pk}"),
    Of(
        "yard-counts", "{yard_count.pk}", writes=SUPERVISORS, new={"location": "{location.pk}", "note": "so"},
        acts={
            "find": Act(SUPERVISORS, {"asset": "{crate.pk}"}), "close": Act(SUPERVISORS), "cancel": Act(SUPERVISORS),
        },
        views={"lines": (EVERYONE, "{yard_count.pk}")},
    ),
    Of(
        "users", "{person.pk}", reads=ADMINS, writes=ADMINS,
        new={"display_name": "Ann", "email": "ann@example.com", "role": "operator", "lines": ["Line A"]},
        change={"display_name": "Anna", "labour_rate": "31.50"},
        acts={"one-time-password": Act(ADMINS), "sign-out": Act(ADMINS)},
        views={"me": (EVERYONE, "")},
    ),
    Of("audit-logs", "{audit.pk}", reads=ADMINS),
    Of("attachments", "{file.pk}", views={"file": (EVERYONE, "{file.pk}")}),
    Of(
        "webhooks", "{webhook.pk}", reads=ADMINS, writes=ADMINS, ends=ADMINS,
        new={"name": "Chat", "address": "https://93.184.215.14/x", "format": "slack", "kinds": ["note"]},
        change={"name": "Other chat"},
        acts={
            "switch": Act(ADMINS, {"on": False}), "test": Act(ADMINS, status=201), "secret": Act(ADMINS, status=201),
            "again": Act(ADMINS),
        },
    ),
    Of("webhook-deliveries", "{delivery.pk}", reads=ADMINS, acts={"again": Act(ADMINS)}),
    # One's own alone: those of the furnished person are not there for anybody else.
    Of(
        "notifications", "{notification.pk}", sees=NOBODY,
        acts={"read": Act(NOBODY), "read-all": Act(row=None)},
    ),
    # One's own are everyone's; of the furnished person's, admins know. With a token nobody makes one.
    Of("tokens", "{token.pk}", sees=ADMINS, writes=NOBODY, new={"name": "scales", "user": "{person.pk}"}, ends=ADMINS),
]  # fmt: skip
# Another person's row is not there, rather than not allowed.
OF_OTHERS = {"tokens-detail", "notifications-detail", "notifications-read"}
ASKS = [ask for resource in RESOURCES for ask in resource.asks()] + [
    Ask("tenant", "get", ADMINS),
    Ask("tenant", "patch", ADMINS, body={"name": "South plant", "settings": {"undo_seconds": 20}}),
]
BY_NAME = {(ask.name, ask.verb): ask for ask in ASKS}


def routes() -> dict[str, set[str]]:
    """The verbs of each address, as the product has them."""
    found: dict[str, set[str]] = {}
    for entry in urls.urlpatterns:
        assert isinstance(entry, URLPattern)
        if entry.name not in OPEN:
            known = getattr(entry.callback, "actions", None) or entry.callback.view_class.http_method_names
            found.setdefault(entry.name, set()).update(set(known) - {"head", "options"})
    return found


def listed():
    """Every resource that has a list."""
    return [resource for resource in RESOURCES if resource.is_listed and resource.row]


def address(name, row, plant, part="") -> str:
    """The address of the plant's row, or of a part of it."""
    if not row:
        return reverse(f"api:{name}")
    from apps.core.api.router import router  # here: filled by the urls

    view = next(view for prefix, view, _name in router.registry if name.startswith(f"{prefix}-"))
    parts = {PART: part.format_map(plant)} if part else {}
    return reverse(f"api:{name}", kwargs={view.lookup_field: row.format_map(plant)} | parts)


def fill(body, plant):
    """A body with the plant's own rows."""
    if isinstance(body, dict):
        return {name: fill(value, plant) for name, value in body.items()}
    if isinstance(body, list):
        return [fill(value, plant) for value in body]
    return body.format_map(plant) if isinstance(body, str) else body


def keys_in(body) -> list[str]:
    """The fields that name a row, themselves or in what is in them."""
    return [name for name, value in (body or {}).items() if _names_row(value)]


def _names_row(value) -> bool:
    if isinstance(value, dict | list):
        return any(_names_row(part) for part in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and value.endswith((".pk}", ".code}", ".sku}", ".number}"))


def program(who, tenant, **token) -> Program:
    return Program(create_person(tenant=tenant, role=who), **token)


def whole(ask, plant, admin) -> dict | None:
    """The body of an ask: what GET gives, for a PUT."""
    if ask.verb == "put" and ask.body is None:
        return admin.get(ask.at(plant)).json()
    return fill(ask.body, plant)


def told(answer, echo="") -> dict | list | None:
    """What an answer says: nothing of the other plant but what was sent, and in JSON; an error in one of the two forms."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b"SECRET" not in (content.replace(echo.encode(), b"") if echo else content), (
        f"shows another tenant's rows: {content[:2000]!r}"
    )
    if answer.status_code == 204:
        assert content == b""
        return None
    if answer.streaming:  # CSV, or a file
        return None
    assert answer["Content-Type"] == "application/json", f"{answer.status_code} {answer['Content-Type']}"
    said = json.loads(content)
    if answer.status_code >= 400:
        is_sentence = isinstance(said, dict) and isinstance(said.get("detail"), str) and isinstance(said["code"], str)
        is_by_field = isinstance(said, dict) and bool(said) and all(isinstance(words, list) for words in said.values())
        assert is_sentence or (answer.status_code == 400 and is_by_field), said
    return said


def shown(answer) -> str:
    """The beginning of an answer, for the word of a test that fails."""
    return "a stream" if answer.streaming else repr(answer.content[:500])
