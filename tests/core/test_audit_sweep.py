"""Each model with history, by each way of writing, finds its audit row: person, reason, request, before and after."""

import csv
import uuid
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.core.management import call_command
from django.db import models
from django.forms import MultiWidget
from django.urls import reverse
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.core.audit import recorded_models
from apps.core.fields import uuid7
from apps.core.isolation import tenant_context
from apps.core.models import ApiToken, Attachment, AuditLog, Device, Tenant, User, Webhook
from apps.core.tables.files import TABLES
from apps.core.trees import SafeTree
from apps.inventory.models import CountLine, Handover, Part, PartBarcode, PartOrder, PartUnit, Reservation, StockCount
from apps.logistics.models import AssetMovement, GatePass, Shipment, YardCount, YardCountLine
from apps.logistics.models import Handover as CustodyHandover
from apps.maintenance.models import (
    Consumable,
    CoveredCycle,
    FailureCode,
    LabourEntry,
    OrderComment,
    PmCredit,
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
    AssetSpec,
    DailyLog,
    Location,
    QrLabel,
)
from apps.registry.qr import new_qr_token
from apps.shopfloor import services
from apps.shopfloor.models import (
    Call,
    Job,
    PerformanceLog,
    ScrapReason,
    Shift,
    ShiftException,
    Station,
    StationAsset,
    StationAssignment,
    StopReason,
    TerminalStation,
)
from tests.factories import (
    create_asset,
    create_holiday,
    create_job,
    create_location,
    create_part,
    create_person,
    create_scrap_reason,
    create_shift,
    create_station,
)
from tests.tables import V2, dump, load


@dataclass
class Recipe:
    """How a model's row is made and changed; `form` is what the admin's form calls the change.

    value: what the field becomes, or a function of the tenant that makes it.
    """

    make: Any  # tenant -> a row that is not stored yet
    field: str
    value: Any
    form: str = ""  # the form's field, where it is another
    stays: bool = False  # is never deleted

    def value_for(self, tenant):
        return self.value(tenant) if callable(self.value) else self.value


def plain(value):
    """As it stands in the record."""
    return str(value) if isinstance(value, uuid.UUID) else value


def assignment(tenant, **fields):
    return StationAssignment(
        tenant=tenant, station=create_station(tenant=tenant), job=create_job(tenant=tenant), **fields
    )


def bare_asset(tenant):
    """Without an identity."""
    asset = Asset(tenant=tenant, name="Press", location=create_location(tenant=tenant))
    asset.save()
    return asset


# A new model with history is not swept until it stands here.
RECIPES = {
    "tenants": Recipe(lambda t: t, "name", "Another plant", stays=True),
    "users": Recipe(
        lambda t: User(tenant=t, display_name="New", email="new@example.com", role="operator"), "role", "technician"
    ),
    "locations": Recipe(lambda t: Location(tenant=t, name="Hall"), "name", "Hall 2"),
    "assets": Recipe(
        lambda t: Asset(tenant=t, name="Pump", location=create_location(tenant=t)), "category", "Hydraulics"
    ),
    "asset_identities": Recipe(
        lambda t: AssetIdentity(tenant=t, asset=bare_asset(t), qr_token=new_qr_token(t.pk)), "client_code", "P-101"
    ),
    "qr_labels": Recipe(lambda t: QrLabel(tenant=t, batch="1", token=new_qr_token(t.pk)), "batch", "2"),
    "asset_categories": Recipe(lambda t: AssetCategory(tenant=t, name="Pump"), "name", "Pumps"),
    "asset_specs": Recipe(lambda t: AssetSpec(tenant=t, asset=bare_asset(t)), "specs", {"rpm": 1400}),
    "asset_documents": Recipe(
        lambda t: AssetDocument(
            tenant=t, asset=bare_asset(t), file=store(RECIPES["attachments"].make(t)), title="Manual"
        ),
        "title",
        "Handbook",
    ),
    "daily_logs": Recipe(
        lambda t: DailyLog(tenant=t, asset=bare_asset(t), date="2026-01-02", supervisor=create_person(tenant=t)),
        "run_hours_added",
        Decimal("7.5000"),
    ),
    "stop_reasons": Recipe(
        lambda t: StopReason(tenant=t, code="belt", name="Belt", group="equipment"), "name", "Belt torn"
    ),
    "scrap_reasons": Recipe(lambda t: ScrapReason(tenant=t, code="dent", name="Dent"), "name", "Dented"),
    "shifts": Recipe(
        lambda t: Shift(tenant=t, name="Early", start=time(6), end=time(14), weekdays=[1]), "name", "Dawn"
    ),
    "shift_exceptions": Recipe(
        lambda t: ShiftException(tenant=t, date="2026-12-25", name="Christmas"), "name", "Christmas Day"
    ),
    "stations": Recipe(lambda t: Station(tenant=t, code="ST-77", name="Press", line="A"), "name", "Press 2"),
    "station_assets": Recipe(
        lambda t: StationAsset(
            tenant=t,
            station=create_station(tenant=t),
            asset=create_asset(tenant=t),
            started_at=timezone.now() - timedelta(days=2),
        ),
        "station_id",
        lambda t: create_station(tenant=t).pk,
        form="station",
    ),
    "jobs": Recipe(lambda t: Job(tenant=t, code="J-77", part_name="Bolt", qty_total=5), "part_name", "Nut"),
    "station_assignments": Recipe(assignment, "notes", "slow"),
    "calls": Recipe(lambda t: Call(tenant=t, station=create_station(tenant=t), kind="help"), "level", 2),
    "performance_logs": Recipe(
        lambda t: PerformanceLog(tenant=t, station=create_station(tenant=t), log_date="2026-01-02", shift="day"),
        "target_units",
        90,
    ),
    "devices": Recipe(
        lambda t: Device(
            tenant=t, name=f"By {create_station(tenant=t)}", secret_hash="x", paired_by=create_person(tenant=t)
        ),
        "name",
        "Hall",
    ),
    "terminal_stations": Recipe(
        lambda t: TerminalStation(tenant=t, station=create_station(tenant=t), device=store(RECIPES["devices"].make(t))),
        "station_id",
        lambda t: create_station(tenant=t).pk,
    ),
    "attachments": Recipe(
        lambda t: Attachment(
            tenant=t, name="a.pdf", content_type="application/pdf", size=9, sha256="x", storage_key=f"x{uuid7()}"
        ),
        "size",
        10,
    ),
    "api_tokens": Recipe(
        lambda t: ApiToken(
            tenant=t,
            user=create_person(tenant=t),
            name="x",
            secret_hash="x",
            expires_at=timezone.now() + timedelta(days=1),
        ),
        "name",
        "y",
    ),
    "parts": Recipe(lambda t: Part(tenant=t, sku="6204-2RS", name="Bearing"), "name", "Ball bearing"),
    "part_barcodes": Recipe(
        lambda t: PartBarcode(tenant=t, part=create_part(tenant=t), barcode="4006381333931"), "barcode", "4006381333932"
    ),
    "part_units": Recipe(
        lambda t: PartUnit(tenant=t, part=create_part(tenant=t), code="box", factor=12), "code", "carton"
    ),
    "reservations": Recipe(
        lambda t: Reservation(tenant=t, part=create_part(tenant=t), reference="WO-000001", quantity=2),
        "reference",
        "WO-000002",
    ),
    "part_orders": Recipe(
        lambda t: PartOrder(tenant=t, part=create_part(tenant=t), quantity=2), "supplier", "Bearings Ltd"
    ),
    "wallet_handovers": Recipe(
        lambda t: Handover(
            tenant=t,
            part=create_part(tenant=t),
            quantity=1,
            from_user=create_person(tenant=t),
            to_user=create_person(tenant=t),
        ),
        "note",
        "on my desk",
    ),
    "stock_counts": Recipe(
        lambda t: StockCount(tenant=t, location=create_location(tenant=t, type="warehouse")), "note", "after the flood"
    ),
    "stock_count_lines": Recipe(
        lambda t: CountLine(
            tenant=t,
            part=create_part(tenant=t),
            count=store(RECIPES["stock_counts"].make(t)),
            qty_counted=1,
            qty_expected=1,
        ),
        "reason",
        "miscounted",
    ),
    "failure_codes": Recipe(
        lambda t: FailureCode(tenant=t, kind="cause", code="worn", name="Worn"), "name", "Worn out"
    ),
    "pm_schedules": Recipe(
        lambda t: PmSchedule(tenant=t, asset=create_asset(tenant=t), name="Monthly check", interval_months=1),
        "name",
        "Check",
    ),
    "work_orders": Recipe(
        lambda t: WorkOrder(
            tenant=t, number=str(uuid7()), asset=create_asset(tenant=t), title="Leaks", origin="defect"
        ),
        "title",
        "Leaks oil",
    ),
    "wo_tasks": Recipe(
        lambda t: WorkOrderTask(tenant=t, work_order=store(RECIPES["work_orders"].make(t)), description="Look"),
        "description",
        "Look again",
    ),
    "pm_credits": Recipe(
        lambda t: PmCredit(
            tenant=t,
            work_order=store(RECIPES["work_orders"].make(t)),
            pm_schedule=store(RECIPES["pm_schedules"].make(t)),
            cycle=1,
            performed_date=date(2026, 1, 2),
        ),
        "cycle",
        2,
    ),
    "covered_cycles": Recipe(
        lambda t: CoveredCycle(
            tenant=t,
            work_order=store(RECIPES["work_orders"].make(t)),
            pm_schedule=store(RECIPES["pm_schedules"].make(t)),
            cycle=1,
        ),
        "cycle",
        2,
    ),
    "wo_labour": Recipe(
        lambda t: LabourEntry(
            tenant=t, work_order=store(RECIPES["work_orders"].make(t)), user=create_person(tenant=t), minutes=30
        ),
        "minutes",
        45,
    ),
    "wo_costs": Recipe(
        lambda t: WorkOrderCost(
            tenant=t, work_order=store(RECIPES["work_orders"].make(t)), kind="rental", amount=Decimal("250.00")
        ),
        "supplier",
        "Cranes Ltd",
    ),
    "wo_consumables": Recipe(
        lambda t: Consumable(
            tenant=t,
            work_order=store(RECIPES["work_orders"].make(t)),
            part=create_part(tenant=t),
            qty_used=1,
            cost_at_time=15,
            value=15,
            source="wallet",
        ),
        "qty_used",
        Decimal("2.000"),
    ),
    "wo_comments": Recipe(
        lambda t: OrderComment(tenant=t, work_order=store(RECIPES["work_orders"].make(t)), text="Wet"),
        "text",
        "Wet again",
    ),
    "service_requests": Recipe(
        lambda t: ServiceRequest(tenant=t, number=str(uuid7()), asset=create_asset(tenant=t), description="Leaks"),
        "description",
        "Leaks oil",
    ),
    "shipments": Recipe(lambda t: Shipment(tenant=t, jms_reference=f"TRIP-{uuid.uuid4()}"), "vehicle", "Lorry 2"),
    "asset_movements": Recipe(
        lambda t: AssetMovement(
            tenant=t,
            asset=bare_asset(t),
            from_location=create_location(tenant=t),
            to_location=create_location(tenant=t, name="Yard"),
        ),
        "notes",
        "mind the glass",
    ),
    "gate_passes": Recipe(
        lambda t: GatePass(tenant=t, number="GP-7", token=new_qr_token(t.pk), valid_until=date(2027, 1, 2)),
        "vehicle",
        "Lorry 2",
    ),
    "custody_handovers": Recipe(
        lambda t: CustodyHandover(
            tenant=t,
            shipment=store(RECIPES["shipments"].make(t)),
            given_by=create_person(tenant=t),
            code_hash="x",
            expires_at=timezone.now(),
        ),
        "given_by_id",
        lambda t: create_person(tenant=t).pk,
    ),
    "yard_counts": Recipe(
        lambda t: YardCount(tenant=t, location=create_location(tenant=t, type="yard")), "note", "after the flood"
    ),
    "yard_count_lines": Recipe(
        lambda t: YardCountLine(
            tenant=t,
            count=store(RECIPES["yard_counts"].make(t)),
            asset=bare_asset(t),
            is_expected=False,
            found_at=timezone.now(),
        ),
        "is_expected",
        True,
    ),
    "webhooks": Recipe(
        lambda t: Webhook(tenant=t, name="Chat", address="https://93.184.215.14/x", secret="x"), "name", "Channel"
    ),
}
# The columns of the files that load_tables reads, by table
LOADED = {
    "users": ("role", "manager"),
    "stations": ("name", "Another"),
    "jobs": ("part_name", "Another"),
    "station_assignments": ("notes", "another"),
    "performance_logs": ("target_units", "77"),
}
# And of those that V2 has no rows of.
LOADED_LATER = {
    "stop_reasons": ("name", "Another"),
    "scrap_reasons": ("name", "Another"),
    "locations": ("name", "Another"),
    "assets": ("name", "Another"),
    "station_assets": ("from", "2020-01-01T00:00:00Z"),
    "calls": ("note", "another"),
    "shifts": ("name", "Another"),
    "shift_exceptions": ("name", "Another"),
}

swept = pytest.mark.parametrize("table", sorted(recorded_models()))


def test_every_model_with_history_has_a_recipe():
    assert set(RECIPES) == set(recorded_models())


def store(row):
    """Store a row that is new; the tenant of the test is there already."""
    if row._state.adding:
        row.save()
    return row


def told(table, row, action, *, by=None, reason="", request=""):
    """The changes that the newest audit row of an object tells; all else must be as given."""
    entry = AuditLog.objects.filter(entity_type=table, entity_id=str(row.pk)).latest("id")
    found = (entry.action, entry.user_id, entry.reason, entry.request_id, entry.tenant_id)
    tenant = row.pk if table == "tenants" else row.tenant_id
    assert found == (action, by and by.pk, reason, request, tenant)
    history = row._meta.model.history.model.objects.get(pk=entry.history_row)
    assert (history.history_user_id, history.history_change_reason or "") == (entry.user_id, entry.reason)
    return entry.changes


@swept
def test_saving_and_deleting_one_row_is_told(admin, table):
    recipe, tenant = RECIPES[table], admin.tenant
    with tenant_context(tenant, user=admin, request_id="r-1"):
        row = recipe.make(tenant)
        if row._state.adding:
            row._change_reason = "for the test"
            row.save()
            before = getattr(row, recipe.field)
            created = told(table, row, "create", by=admin, reason="for the test", request="r-1")
            assert created[recipe.field] == [None, plain(before)]
        before, value = getattr(row, recipe.field), recipe.value_for(tenant)
        setattr(row, recipe.field, value)
        row._change_reason = "typing error"
        row.save()
        changes = told(table, row, "update", by=admin, reason="typing error", request="r-1")
        assert changes == {recipe.field: [plain(before), plain(value)]}
        if not recipe.stays:
            key = row.pk
            row._change_reason = "not needed"
            row.delete()
            row.pk = key
            changes = told(table, row, "delete", by=admin, reason="not needed", request="r-1")
            assert changes[recipe.field] == [plain(value), None]


@swept
def test_the_bulk_helpers_are_told(admin, table):
    recipe, tenant, model = RECIPES[table], admin.tenant, recorded_models()[table]
    with tenant_context(tenant, user=admin, request_id="r-2"):
        row = recipe.make(tenant)
        if issubclass(model, SafeTree):
            row.save()  # nodes are put into their tree one by one
        elif row._state.adding:
            bulk_create_with_history([row], model, default_change_reason="import")
            created = told(table, row, "create", by=admin, reason="import", request="r-2")
            assert created[recipe.field] == [None, plain(getattr(row, recipe.field))]
        before, value = getattr(row, recipe.field), recipe.value_for(tenant)
        setattr(row, recipe.field, value)
        bulk_update_with_history([row], model, [recipe.field], default_change_reason="correction")
        changes = told(table, row, "update", by=admin, reason="correction", request="r-2")
        assert changes == {recipe.field: [plain(before), plain(value)]}


def form_data(form) -> dict:
    """What a browser would send of a form as it stands."""
    data = {}
    for bound in form:
        value, widget = bound.value(), bound.field.widget
        if isinstance(widget, MultiWidget):
            parts = widget.decompress(value)
            data |= {f"{bound.html_name}_{n}": part for n, part in enumerate(parts) if part is not None}
        elif value is not False and value not in (None, ""):
            data[bound.html_name] = "on" if value is True else value
    return data


@swept
def test_the_admins_form_is_told(client, admin, table):
    recipe, tenant, model = RECIPES[table], admin.tenant, recorded_models()[table]
    row = store(recipe.make(tenant))
    before = getattr(row, recipe.field)
    client.force_login(admin)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    page = client.get(reverse(f"{name}_change", args=[row.pk]))
    if not page.context["has_change_permission"]:
        assert client.post(reverse(f"{name}_change", args=[row.pk])).status_code == 403
        return

    value = recipe.value_for(tenant)
    data = form_data(page.context["adminform"].form) | {recipe.form or recipe.field: value}
    answer = client.post(reverse(f"{name}_change", args=[row.pk]), data)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    changes = told(table, row, "update", by=admin, request=answer["X-Request-ID"])
    assert changes[recipe.field] == [plain(before), plain(value)]
    if page.context["has_delete_permission"]:
        answer = client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"})
        changes = told(table, row, "delete", by=admin, request=answer["X-Request-ID"])
        assert changes[recipe.field] == [plain(value), None]


def test_the_sweep_of_the_admin_has_forms_to_sweep():
    assert {model for model in recorded_models().values() if model in django_admin.site._registry} == set(
        recorded_models().values()
    )


def test_an_import_is_told_row_by_row(db, tmp_path):
    tables = {table.model._meta.db_table: table for table in TABLES if hasattr(table.model, "history")}
    cells = LOADED | LOADED_LATER
    assert set(cells) < set(tables)
    tables = {name: tables[name] for name in cells}
    assert load(V2, "mirrors", "--create-tenant")[0] == 0
    tenant = Tenant.objects.get()
    with tenant_context(tenant):
        asset = create_asset(tenant=tenant)
        served = services.save_station(Station(tenant=tenant, code="ST-77", name="x", line="A", asset=asset), by=None)
        create_scrap_reason(tenant=tenant)
        create_shift(tenant=tenant)
        create_holiday(tenant=tenant)
        services.call_for(served, "help", by=None)
    dump(tmp_path, tenant)
    for name, table in tables.items():
        _change_a_cell(tmp_path / table.file, *cells[name])
    code, said = load(tmp_path, tenant)
    assert code == 0, said

    with tenant_context(tenant):
        for name, table in tables.items():
            rows = AuditLog.objects.filter(entity_type=name)
            created = rows.filter(action="create", reason="load_tables", user_id=None)
            column, value = cells[name]
            changed = rows.get(action="update", changes__has_key=column, reason="load_tables", user_id=None)
            assert str(changed.changes[column][1]).startswith(value.removesuffix("Z")) and changed.request_id
            if name in LOADED:
                assert created.count() >= table.model.objects.filter(tenant=tenant).count() - 1 > 0, name
                assert len({row.request_id for row in created}) == 1 and created[0].request_id
                assert created[0].request_id != changed.request_id


def _change_a_cell(path, column, value):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0][column] = value
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.django_db(transaction=True)
def test_a_command_is_told_as_the_system(transactional_db):
    from tests.factories import create_person, create_tenant

    tenant = create_tenant()
    with tenant_context(tenant):
        person = create_person(tenant=tenant)
        at = timezone.now() - timedelta(minutes=4)
        services.call_for(create_station(tenant=tenant), "help", by=person, at=at)
    call_command("escalate_calls")

    with tenant_context(tenant):
        call = Call.objects.get()
        assert told("calls", call, "update") == {"level": [0, 1]}


def test_nothing_with_history_goes_or_changes_with_another_row():
    """Cascades are done by the database's client in bulk, past history: no key of such a model may have one."""
    for model in recorded_models().values():
        for key in model._meta.get_fields():
            if isinstance(key, models.ForeignKey):
                assert key.remote_field.on_delete is models.PROTECT, key


def test_what_moves_along_with_its_unit_is_told_for_itself(admin):
    from apps.registry.services import move_asset

    with tenant_context(admin.tenant, user=admin, request_id="r-3"):
        unit = create_asset(tenant=admin.tenant)
        part = create_asset(tenant=admin.tenant, parent=unit)
        before, yard = str(unit.location_id), create_location(tenant=admin.tenant, name="Yard")
        move_asset(unit, location=yard)

        assert told("assets", part, "update", by=admin, request="r-3") == {"location_id": [before, str(yard.pk)]}


def test_every_model_of_ours_is_recorded_or_is_a_record_itself():
    """What has neither history nor a place here would change without a word."""
    without = {
        "audit_logs": "the record",
        "seals": "the record",
        "events_log": "the record",
        "meter_readings": "the record",
        "asset_meters": "what that adds up to",
        "asset_terms": "the words an asset is found by",
        "request_keys": "forgotten after 7 days",
        "board_versions": "a counter",
        "closed_shifts": "what the log adds up to",
        "shift_times": "what the log adds up to",
        "shift_units": "what the log adds up to",
        "document_counters": "a counter",
        "webhook_deliveries": "forgotten after 30 days",
        "notifications": "one person's own, forgotten 90 days after it was read",
        "notification_mails": "what was mailed",
        "inventory_stock": "a sum of the ledger",
        "inventory_wallets": "a sum of the ledger",
        "stock_moves": "the ledger",
        "saved_filters": "one person's own names for lists",
        "kept_sheets": "gone when they are imported",
    }
    ours = {m._meta.db_table for m in apps.get_models() if m.__module__.startswith("apps.")}
    histories = {f"{table}_history" for table in recorded_models()}
    assert ours - histories - set(recorded_models()) == set(without)
