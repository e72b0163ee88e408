"""Imports point one way, every table is under isolation, the database has the seeds' columns."""

import ast
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from apps.core.models import Row

ROOT = Path(__file__).resolve().parent.parent

MAY_IMPORT = {
    "core": set(),
    "registry": {"core"},
    "inventory": {"core", "registry"},
    "maintenance": {"core", "registry", "inventory"},
    "logistics": {"core", "registry"},
    "shopfloor": {"core", "registry", "inventory", "maintenance", "logistics"},
}

# Tables of leanops-schema-v2.md and amms-schema.md that exist by now, with the columns they name.
SEED_COLUMNS = {
    "stations": "id name line status is_active created_at updated_at",
    "jobs": "id part_name qty_total due_date priority status line_hint created_at completed_at",
    "station_assignments": "id station_id job_id qty_done is_active started_at ended_at notes",
    "performance_logs": "id station_id job_id log_date shift mirrors_completed target_units efficiency created_at",
    "users": "id email display_name role is_active created_at last_login_at tenant_id password_hash",
    "events_log": "id event_type station_id job_id user_id payload created_at",
    "tenants": "id name settings",
    "audit_logs": "id user_id action entity_type entity_id changes",
    "locations": "id parent_id name type",
    "assets": "id tenant_id parent_id location_id name",
    "asset_identities": "asset_id client_code qr_token barcode_manufacturer",
    "asset_meters": "asset_id current_run_hours current_odometer last_updated_at",
    "asset_specs": "asset_id specs",
    "daily_logs": "id date supervisor_id asset_id run_hours_added fuel_liters_added",
    "parts": "id sku name category min_level",
    "inventory_stock": "id part_id location_id qty_on_hand bin_location",
    "inventory_wallets": "id user_id part_id qty_held",
    "pm_schedules": "id asset_id interval_days interval_meter last_performed_date suppressed_by_schedule_id",
    "work_orders": "id asset_id status origin priority",
    "asset_movements": "id asset_id from_location_id to_location_id status gate_pass_ref",
    "shipments": "id jms_reference driver_name manifest_pdf_url",
    "wo_tasks": "id wo_id description is_mandatory result",
}

# Tables people change that keep no history, and why.
WITHOUT_HISTORY = {
    "events_log": "is history itself",
    "audit_logs": "is the record itself",
    "meter_readings": "is an append-only ledger",
    "asset_terms": "what assets are found by, which the database derives",
    "asset_meters": "what the ledger of readings adds up to",
    "seals": "seal the record",
    "request_keys": "answers of a week, that nobody changes",
    "webhook_deliveries": "what was sent in the last 30 days, which only sending changes",
    "shift_times": "what closed shifts add up to, written by the worker alone",
    "shift_units": "what closed shifts add up to, written by the worker alone",
    "closed_shifts": "which shifts were added up from the log, written by the worker alone",
    "board_versions": "counts changes for open pages",
    "document_counters": "counts documents, which keep their numbers themselves",
    "notifications": "each is one person's own, and only read",
    "notification_mails": "a book of what was mailed itself",
    "inventory_stock": "a sum of the ledger",
    "inventory_wallets": "a sum of the ledger",
    "stock_moves": "is the ledger itself",
    "saved_filters": "are one person's own, to look for things with",
    "kept_sheets": "wait a day at most for a yes, and what is imported is recorded",
}


def imported_apps(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if name.startswith("apps."):
                yield name.split(".")[1]


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_imports_point_one_way(app):
    for path in (ROOT / "apps" / app).rglob("*.py"):
        assert set(imported_apps(path)) <= MAY_IMPORT[app] | {app}, path


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


@pytest.mark.parametrize("table", SEED_COLUMNS)
def test_the_seeds_columns_are_the_databases(db, table):
    with connection.cursor() as cursor:
        columns = {column.name for column in connection.introspection.get_table_description(cursor, table)}
    assert set(SEED_COLUMNS[table].split()) <= columns


def test_every_table_of_ours_keeps_history_or_says_why_not():
    ours = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
    histories = {model.history.model for model in ours if hasattr(model, "history")}
    without = {model._meta.db_table for model in ours if model not in histories and not hasattr(model, "history")}
    assert without == set(WITHOUT_HISTORY)


def test_every_index_of_a_business_table_leads_with_the_tenant(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "select t.relname, i.relname, a.attname from pg_index x join pg_class t on t.oid = x.indrelid "
            "join pg_class i on i.oid = x.indexrelid "
            "join pg_am m on m.oid = i.relam and m.amname = 'btree' "  # (GIN has no first column)
            "join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0] "
            "where t.relnamespace = 'public'::regnamespace and not x.indisprimary and not x.indisexclusion"
        )
        rows = cursor.fetchall()
    tables = {model._meta.db_table for model in apps.get_models() if issubclass(model, Row)}
    assert len(tables) > 8
    # mptt looks a node's tree up by its number, which is one tenant's by itself
    wrong = [row for row in rows if row[0] in tables and row[2] not in ("tenant_id", "tree_id")]
    assert wrong == []
