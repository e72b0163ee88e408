"""What people wrote is shown as they wrote it: markup makes no element, template tags are not followed, and in files
for spreadsheets nothing is a formula."""

import csv
import io
import json
import re

import pytest
from django.db import connection, models
from django.urls import reverse
from openpyxl import load_workbook

from apps.core.csv_export import harmless
from apps.core.isolation import tenant_context
from apps.core.models import ApiToken, Attachment, Device, DeviceKind, Tenant, User, Webhook, WebhookDelivery
from apps.core.roles import Role
from apps.inventory.models import CountLine, PartOrder, StockCount
from apps.maintenance.models import (
    FailureCode,
    LabourEntry,
    OrderComment,
    PmSchedule,
    ServiceRequest,
    WorkOrder,
    WorkOrderCost,
    WorkOrderTask,
)
from apps.registry.models import (
    Asset,
    AssetCategory,
    AssetDocument,
    AssetIdentity,
    DailyLog,
    Location,
    MeterReading,
)
from apps.shopfloor.models import Call, Event, Job, ScrapReason, Shift, Station, StationAssignment, StopReason
from tests.core.probes import run
from tests.hostile.nasty import look_at
from tests.sweep import ADMIN_ROWS, addresses, admin_addresses, at, client_of, models_of_admin

# Columns in which people write words; a column of text that is neither here nor told by the database fails.
WRITTEN = {
    Tenant: ["name"],
    User: ["display_name", "staff_number"],
    Location: ["name"],
    Asset: ["name", "category", "manufacturer", "model", "serial_number"],
    AssetIdentity: ["barcode_manufacturer"],
    AssetCategory: ["name"],
    AssetDocument: ["title"],
    DailyLog: ["shift"],
    MeterReading: ["reason"],
    PartOrder: ["supplier", "reference", "close_reason"],
    StockCount: ["note", "reason"],
    CountLine: ["reason"],
    FailureCode: ["name", "category"],
    PmSchedule: ["name"],
    WorkOrder: ["title", "description", "reason"],
    WorkOrderTask: ["section", "description", "unit", "value", "comment", "waiver"],
    LabourEntry: ["note"],
    WorkOrderCost: ["supplier", "reference"],
    OrderComment: ["text"],
    ServiceRequest: ["description", "reporter_name", "rejection_reason"],
    StopReason: ["name"],
    ScrapReason: ["name"],
    Shift: ["name"],
    Station: ["name", "line"],
    Job: ["part_name", "line_hint"],
    Call: ["part", "note"],
    Device: ["name"],
    Attachment: ["name"],
    ApiToken: ["name"],
    Webhook: ["name", "text", "chat", "off_reason"],
    WebhookDelivery: ["response_start"],
}
# Text that nobody writes freely: codes of letters and digits, words of a list.
CHOSEN = {"code", "status", "kind", "group", "counts_as", "priority", "type", "criticality", "role", "password", "theme",
          "language", "timezone", "slug", "email", "shift", "event_type", "notes", "pin_hash", "secret_hash", "content_type", "sha256", "storage_key",
          "entity_type", "scope", "source", "format", "problem", "address", "secret",
          "run_hours_source", "meter", "client_code", "qr_token", "token", "batch",
          "bin_location", "key", "anchor", "number", "origin", "trigger", "outcome", "hold_reason", "result", "urgency", "photo_url",
          "public_token_hash"}  # fmt: skip


def hostile(number) -> str:
    """A text to look for: its number, markup, the ends of attributes and scripts, template tags, other directions."""
    return (
        f"n{number}n<x-hostile onclick=alert(1)><script>alert(1)</script>\"'><x-hostile onfocus=alert(1)> "
        "</textarea></title>{{ 'evalu'|add:'ated' }}{% debug %}&lt;b&gt;&amp;\\\u202ee\u0301"
    )


def write(plant, words) -> dict[int, str]:
    """Words in every column that people write in, by whatever way they came there; by number, where they stand."""
    texts: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")
        cursor.execute("alter table events_log disable trigger append_only")
        cursor.execute("alter table meter_readings disable trigger append_only")
    for model, columns in WRITTEN.items():
        for column in columns:
            texts[len(texts)] = f"{model.__name__}.{column}"
            one = {Tenant: plant["tenant"], User: plant["person"], Device: plant["device"]}.get(model)
            rows = {"id": one.pk} if one else {"tenant": plant["tenant"]}
            # as it would be stored by whatever way: a station's line and a job's hint are shown as one
            model._default_manager.filter(**rows).update(**{column: words(len(texts) - 1)})
    texts[len(texts)] = "Device.name of a wall display"  # no two devices have one name
    Device.objects.filter(tenant=plant["tenant"], kind=DeviceKind.WALL).update(name=f"{words(len(texts) - 1)} wall")
    texts[len(texts)] = "notifications.parts.note"
    run("update notifications set parts = parts || jsonb_build_object('note', %s::text)", words(len(texts) - 1))
    for name in ("note", "part", "reason"):
        texts[len(texts)] = f"events_log.payload.{name}"
        run(
            "update events_log set payload = payload || jsonb_build_object(%s::text, %s::text) where payload ? %s",
            name,
            words(len(texts) - 1),
            name,
        )
    User.objects.filter(pk=plant["person"].pk).update(role=Role.ADMIN)
    return texts


@pytest.fixture
def written(plants):
    """The plant with a hostile text in every column; by number, where it stands."""
    return plants[0], write(plants[0], hostile)


def test_every_column_people_write_in_is_looked_at():
    for model in (*WRITTEN, StationAssignment, Event):
        for field in model._meta.local_fields:
            if isinstance(field, (models.TextField, models.CharField)) and field.name not in WRITTEN.get(model, ()):
                assert field.name in CHOSEN, f"{model.__name__}.{field.name}: list it in WRITTEN"


def test_what_people_wrote_is_shown_as_written(written, record_property):
    plant, texts = written
    client = client_of(None, plant["tenant"])
    client.force_login(User.objects.get(pk=plant["person"].pk))
    seen = ""
    for address in everything(plant):
        answer = client.get(address)
        page = look_at(answer, address)
        if page is None:
            continue
        for name in ("hx-vals", "hx-headers"):
            for value in page.attributes(name):
                json.loads(value)
        seen += page.words()
        for tag, attributes in page.elements:
            if tag == "script" and attributes.get("type") == "application/json":
                assert "src" not in attributes
        record_property("pages read", 1)

    assert [where for number, where in texts.items() if hostile(number)[:60] not in seen] == []


def everything(plant):
    """Every page, those of the admin too."""
    for name, parameters in addresses():
        if name not in ("core:sign_out", "core:choose_tenant"):
            yield at(name, parameters, plant)
    yield f"/jobs/{plant['done'].pk}/"
    for label in models_of_admin():
        name = f"admin:{label.replace('.', '_')}"
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_change", args=[plant[ADMIN_ROWS[label]].pk])
        yield reverse(f"{name}_history", args=[plant[ADMIN_ROWS[label]].pk])


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\ufeff=1", "\u200b=1", "\uff1d1", "\uff0b1",
            "\uff0d1", "\uff201", "\x01=1", "|calc", "%0A=1", "=cmd|' /C calc'!A0")  # fmt: skip


def is_inert(cell) -> bool:
    # what a spreadsheet may leave out at the beginning, left out
    first = re.sub(r"^[\W_]*?(?=[=+\-@\uff1d\uff0b\uff0d\uff20])", "", cell)[:1]
    return cell.startswith("'") or first not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")


@pytest.mark.parametrize("text", ["=1+1", "\t@SUM(A1)"])
def test_no_export_of_any_list_holds_a_formula(plants, text, record_property):
    """The floor's and the admins' files, and those of every table of the admin."""
    plant = plants[0]
    tables = write(plant, lambda number: text)
    client = client_of(None, plant["tenant"])
    client.force_login(User.objects.get(pk=plant["person"].pk))
    files = [
        (name, at(name, parameters, plant))
        for name, parameters in (*addresses(), *admin_addresses())
        if name.endswith(("_csv", "_xlsx")) and "template" not in name
    ]
    met = 0
    for name, address in files:
        answer = client.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if name.endswith("_csv"):
            cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
            assert [cell for cell in cells if not is_inert(cell)] == [], name
        else:
            sheet = load_workbook(io.BytesIO(content)).active
            cells = [cell.value for row in sheet.iter_rows() for cell in row]
            assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"], name
        met += sum(text.strip() in str(cell) for cell in cells)
        record_property("inputs tried", 1)
    assert met > len(tables), "the exports do not show what was written"


def test_no_cell_of_an_export_is_a_formula(plants, record_property):
    plant = plants[0]
    client = client_of(Role.SUPERVISOR, plant["tenant"])
    for number, text in enumerate(FORMULAS):
        with tenant_context(plant["tenant"]):
            Event.objects.create(
                tenant=plant["tenant"], event_type=text if number % 2 else "note", payload={"note": text}
            )
            Station.objects.filter(pk=plant["station"].pk).update(code=text)
            User.objects.filter(pk=plant["person"].pk).update(display_name=text)
        content = b"".join(client.get("/activity.csv").streaming_content).decode("utf-8-sig")
        for row in csv.reader(io.StringIO(content)):
            for cell in row:
                assert is_inert(cell), repr(cell)
                record_property("inputs tried", 1)


@pytest.mark.parametrize("text", ["Mirror 60 × 90", "2026-01-02 10:00", "a=b", "Line-A", "{}", ""])
def test_what_is_no_formula_stays_as_it_is(text):
    assert harmless(text) == text
