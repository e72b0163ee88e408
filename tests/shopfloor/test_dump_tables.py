"""manage.py dump_tables: the files load_tables reads, the same bytes for the same data."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog, Tenant
from apps.core.trees import tree_faults
from apps.registry.models import Asset, Location
from apps.shopfloor import services
from apps.shopfloor.models import Call, Event, PerformanceLog, Shift, Station, StationAssignment, StopReason
from tests.factories import (
    create_asset,
    create_job,
    create_location,
    create_person,
    create_platform_person,
    create_scrap_reason,
    create_shift,
    create_station,
    create_stop_reason,
    create_tenant,
)
from tests.tables import V2, content, dump, load, write

SEED = Path(settings.BASE_DIR).parent / "shared" / "seeds" / "leanops-schema-v2.md"
HEADERS = {
    "stations.csv": "id,name,line,status,is_active,created_at,updated_at",
    "jobs.csv": "id,part_name,qty_total,due_date,priority,status,line_hint,created_at,completed_at",
    "station_assignments.csv": "id,station_id,job_id,qty_done,is_active,started_at,ended_at,notes",
    "performance_logs.csv": "id,station_id,job_id,log_date,shift,mirrors_completed,target_units,efficiency,created_at",
    "app_users.csv": "id,email,display_name,role,is_active,created_at,last_login_at",
    "events_log.csv": "id,event_type,station_id,job_id,user_id,payload,created_at",
    # files of our own making
    "stop_reasons.csv": "id,name,group,counts_as,planned_minutes,is_active",
    "scrap_reasons.csv": "id,name,is_active",
    "locations.csv": "id,parent_id,name,type,is_active,created_at",
    "assets.csv": "id,parent_id,location_id,name,category,criticality,status,manufacturer,model,serial_number,"
    "purchase_date,purchase_cost,warranty_end,notes,run_hours_source,run_hours_rolls_over_at,odometer_rolls_over_at,created_at",
    "asset_categories.csv": "id,name,spec_schema,created_at",
    "asset_identities.csv": "asset_id,client_code,qr_token,barcode_manufacturer",
    "asset_specs.csv": "asset_id,specs",
    "qr_labels.csv": "id,token,batch,created_by_id,created_at,asset_id,linked_by_id,linked_at",
    "asset_meters.csv": "asset_id,current_run_hours,current_odometer,last_updated_at",
    "meter_readings.csv": "id,asset_id,meter,kind,value,read_at,source,user_id,voids_id,found_by_id,daily_log_id,"
    "rolls_over_at,reason,is_confirmed,created_at",
    "daily_logs.csv": "id,date,supervisor_id,asset_id,run_hours_added,fuel_liters_added,shift,shift_id,run_hours_reading,"
    "created_at",
    "station_assets.csv": "id,station_id,asset_id,from,to",
    "calls.csv": "id,station_id,kind,status,part,qty,note,level,is_from_stop,opened_by,opened_at,acknowledged_by,"
    "acknowledged_at,ended_by,ended_at",
    "shifts.csv": "id,name,kind,start,end,weekdays,lines,breaks",
    "shift_exceptions.csv": "id,date,type,name,kind,start,end,lines,breaks",
    "parts.csv": "id,sku,name,category,unit,min_level,max_level,barcode,supplier,lead_days,abc_class,is_active,created_at",
    "part_barcodes.csv": "id,part_id,barcode",
    "part_units.csv": "id,part_id,code,factor",
    "stock_moves.csv": "id,part_id,kind,quantity,unit_cost,value,cost_known,from_location_id,from_bin,from_user_id,"
    "to_location_id,to_bin,to_user_id,reference,supplier,reason,undoes_id,user_id,key,created_at",
    "inventory_stock.csv": "id,part_id,location_id,bin_location,qty_on_hand,value",
    "inventory_wallets.csv": "id,user_id,part_id,qty_held,value",
    "reservations.csv": "id,part_id,reference,warehouse_id,quantity,qty_taken,reserved_by,created_at",
    "part_orders.csv": "id,part_id,quantity,qty_received,supplier,reference,expected_on,ordered_by,ordered_at,closed_at,"
    "close_reason,key",
    "wallet_handovers.csv": "id,part_id,quantity,from_user_id,to_user_id,note,status,created_by,created_at,ended_at,move_id,key",
    "stock_counts.csv": "id,location_id,note,status,reason,started_by,started_at,ended_by,ended_at",
    "stock_count_lines.csv": "id,count_id,part_id,bin_location,qty_counted,qty_expected,seen_move_id,counted_by,counted_at,"
    "reason,move_id",
    "failure_codes.csv": "id,kind,code,name,category,is_active",
    "pm_schedules.csv": (
        "id,asset_id,name,interval_days,interval_months,interval_meter,meter,anchor,lead_days,"
        "lead_meter,grace_days,grace_meter,suppressed_by_schedule_id,tasks,parts,priority,"
        "estimated_minutes,is_active,first_due_date,first_due_meter,last_performed_date,"
        "last_performed_meter,cycle,next_due_date,next_due_meter,anchor_day,created_at"
    ),
    "work_orders.csv": (
        "id,number,asset_id,location_id,station_id,title,description,status,origin,trigger,priority,"
        "assigned_to_id,due_date,due_meter,planned_start,planned_end,estimated_minutes,approved_by_id,"
        "is_unapproved,started_at,started_by_id,finished_at,finished_by_id,performed_at,closed_at,"
        "closed_by_id,outcome,hold_reason,problem_id,cause_id,remedy_id,down_from,down_until,"
        "pm_schedule_id,cycle,missed,covered_by_id,service_request_id,follows_id,reason,created_by_id,"
        "created_at"
    ),
    "wo_tasks.csv": (
        "id,wo_id,position,section,description,is_mandatory,kind,unit,min,max,meter,result,value,"
        "comment,done_by_id,done_at,reading_id,follow_up_id,waived_by_id,waiver"
    ),
    "covered_cycles.csv": "id,work_order_id,pm_schedule_id,cycle,due_date,due_meter,is_open",
    "pm_credits.csv": (
        "id,work_order_id,pm_schedule_id,cycle,performed_date,performed_meter,before,withdrawn_at,created_at"
    ),
    "service_requests.csv": (
        "id,number,asset_id,location_id,station_id,reported_by_user_id,reporter_name,description,"
        "photo_url,status,urgency,is_down,rejection_reason,work_order_id,triaged_by_id,triaged_at,"
        "created_at"
    ),
    "wo_labour.csv": "id,work_order_id,user_id,started_at,ended_at,minutes,hourly_rate,note,created_by_id,created_at",
    "wo_consumables.csv": "id,wo_id,part_id,qty_used,cost_at_time,value,source,move_id,undone_id,used_by_id,created_at",
    "wo_costs.csv": "id,work_order_id,kind,supplier,reference,amount,created_by_id,created_at",
    "wo_comments.csv": "id,work_order_id,text,user_id,created_at",
    "shipments.csv": (
        "id,jms_reference,driver_name,vehicle,departed_at,status,manifest_pdf_url,notes,created_by_id,created_at"
    ),
    "asset_movements.csv": (
        "id,asset_id,from_location_id,to_location_id,status,gate_pass_ref,returnable,expected_return,returns_id,"
        "shipment_id,carried_by_id,former_status,dispatched_by_id,dispatched_at,received_by_id,received_at,"
        "received_location_id,lost_by_id,lost_at,condition_out,condition_in,reason,notes,created_by_id,created_at"
    ),
}


@pytest.fixture
def lively(supervisor):
    return enliven(supervisor)


def enliven(supervisor) -> Tenant:
    """A plant with all that is hard to write into a CSV file."""
    tenant = supervisor.tenant
    jam, scratch = create_stop_reason(tenant=tenant, code="jam"), create_scrap_reason(tenant=tenant)
    one = create_station(tenant=tenant, code="ST-01", name='=cmd|"/c calc"!A1', line="Hala Ł, północ")
    two = create_station(tenant=tenant, code="st 2/a", name=" \ufeffspaced ", line="Line A")
    create_station(tenant=tenant, code="ST-10", is_active=False)
    job = create_job(
        tenant=tenant, code="JOB-1", part_name='say "mirror",\r\nplease', qty_total=10, due_date="2024-02-29"
    )
    create_job(tenant=tenant, code="JOB-2", priority="urgent", line_hint="Line A")
    services.assign_job(one, job, by=supervisor, note="+1; \\. -- \r lone\n\n", run=True)
    services.report(StationAssignment.objects.get(), good=3, scrap=1, reason=scratch, by=supervisor)
    services.assign_job(two, job, by=supervisor)
    services.set_status(two, "blocked", reason=jam, note="„zacięcie” 👷", by=create_platform_person())
    services.complete_job(job, by=supervisor, station=one, fill=True)
    hall = create_location(tenant=tenant, name="Hala, 1")
    unit = create_asset(tenant=tenant, name='"Piła"', location=hall, category="=1")
    create_asset(tenant=tenant, name="Ostrze", parent=unit)
    one.refresh_from_db()
    one.asset = unit
    services.save_station(one, by=supervisor)
    services.call_for(two, "material", by=supervisor, part="glue", qty="2.5", note="soon;\n")
    create_shift(
        tenant=tenant, name="Früh, 1", lines=["Hala Ł, północ", '"'], breaks=[{"start": "09:30", "end": "09:45"}]
    )
    create_shift(tenant=tenant, name="=Nacht", kind="night", start=time(22), end=time(6), weekdays=[7])
    operator = create_person(tenant=tenant, role="operator", name="Kein Briefkasten")
    operator.email = None
    operator.last_login = timezone.now()
    operator.save()
    moment = datetime(2025, 3, 30, 1, 59, 59, 999999, tzinfo=UTC)
    payloads = [{"n": 1.50}, {"n": 12345678901234567890.5, "ü": ["\\", "\t\n"]}, {}, {"": None}, {"=1": "-2"}]
    for number, payload in enumerate(payloads):
        at = moment + timedelta(microseconds=number // 2)
        Event.objects.create(tenant=tenant, event_type="from elsewhere", station=one, payload=payload, occurred_at=at)
    PerformanceLog.objects.create(
        tenant=tenant, station=one, log_date="2025-11-20", shift="", units_completed=10**9, target_units=7
    )
    PerformanceLog.objects.create(tenant=tenant, station=one, job=job, log_date="2025-11-20", shift="noc, 2")
    return tenant  # fmt: skip


def test_the_files_have_the_columns_of_the_seed(tenant, tmp_path):
    code, _ = dump(tmp_path, tenant)

    assert code == 0
    assert {name: text.decode() for name, text in content(tmp_path).items()} == {
        name: header + "\n" for name, header in HEADERS.items()
    }
    if SEED.exists():
        tables = re.split(r"Table: (\w+)", SEED.read_text())[1:]
        for name, text in zip(tables[::2], tables[1::2], strict=True):
            columns = re.findall(
                r"^\| (\w+) *\| *(?:text|uuid|boolean|integer|date|jsonb|numeric|timestamptz)", text, re.MULTILINE
            )
            assert ",".join(columns) == HEADERS[f"{name}.csv"]


def test_moments_booleans_and_payloads_have_one_form(tenant, tmp_path):
    load(V2, tenant)

    code, said = dump(tmp_path, tenant)

    files = {name: text.decode() for name, text in content(tmp_path).items()}
    assert (code, "events_log.csv          14 rows" in said) == (0, True)
    assert files["stations.csv"].splitlines()[1:3] == [
        "ST-01,Cutting 1,Line A,running,true,2025-08-22T06:00:00Z,2025-11-20T08:15:00.123456Z",
        "ST-02,Cutting 2,Line A,idle,true,2025-08-22T06:00:00Z,2025-11-20T09:00:00Z",
    ]
    assert '"{""qty_done"": 52}",2025-11-20T08:10:00Z\n' in files["events_log.csv"]
    assert "day,40,60,66.67,2025-11-20T14:00:00Z" in files["performance_logs.csv"]
    assert ",=SUM(A1)\n" in files["station_assignments.csv"]
    assert not any(text.startswith("\ufeff") for text in files.values())
    assert "\r" not in "".join(files.values())


def test_what_was_dumped_is_what_is_there(lively, tmp_path):
    dump(tmp_path, lively)

    code, said = load(tmp_path, lively)

    assert (code, said.count(" 0 created, 0 updated")) == (0, len(HEADERS)), said


def test_dump_load_dump_gives_the_same_bytes(db, tmp_path):
    with transaction.atomic():  # a first installation, which is gone before the second
        tenant = create_tenant(slug="lively")
        with tenant_context(tenant):
            enliven(create_person(tenant=tenant))
        assert load(V2, tenant)[0] == 0
        assert dump(tmp_path / "one", tenant)[0] == 0
        transaction.set_rollback(True)
    assert not Tenant.objects.exists()

    code, said = load(tmp_path / "one", "lively", "--create-tenant", "--timezone", "Europe/Warsaw")
    assert code == 0, said
    dump(tmp_path / "two", "lively")

    one = content(tmp_path / "one")
    assert len(one["events_log.csv"].splitlines()) > 25
    assert content(tmp_path / "two") == one


def test_a_dump_loads_into_a_new_installation_from_the_command_line(tenant, tmp_path):
    load(V2, tenant)
    dump(tmp_path / "one", tenant)
    server = connection.get_connection_params()
    name = f"{server['dbname']}_new"
    address = {key: server[key] for key in ("host", "port", "user") if server.get(key)}
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as admin:
        admin.execute(f'drop database if exists "{name}" with (force)')
        admin.execute(f'create database "{name}"')
        try:
            url = f"postgresql://{address['user']}@/{name}?host={address['host']}&port={address['port']}"

            def manage(*words):
                environment = os.environ | {"DATABASE_URL": url}
                command = [sys.executable, "manage.py", *words]
                return subprocess.run(
                    command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
                )

            assert manage("migrate", "-v0").returncode == 0
            loaded = manage("load_tables", str(tmp_path / "one"), "--tenant", "new", "--create-tenant")
            assert (loaded.returncode, loaded.stderr) == (0, "")
            assert manage("dump_tables", str(tmp_path / "two"), "--tenant", "new").returncode == 0
            refused = manage("load_tables", str(tmp_path / "one"), "--tenant", "newer", "--create-tenant")
            assert (refused.returncode, refused.stderr) == (
                1,
                "CommandError: Some rows are refused; nothing was written.\n",
            )
        finally:
            admin.execute(f'drop database "{name}" with (force)')

    assert content(tmp_path / "two") == content(tmp_path / "one")


def test_a_dump_has_only_its_tenants_rows(lively, tmp_path):
    other = create_tenant()
    with tenant_context(other):
        create_station(tenant=other, code="ST-77")
        create_person(tenant=other, email="stranger@example.com")

    dump(tmp_path, lively)

    text = b"".join(content(tmp_path).values()).decode()
    assert "ST-77" not in text and "stranger" not in text and "platform-person" not in text


def test_a_dump_is_told_in_the_audit_log(tenant, tmp_path):
    dump(tmp_path, tenant)

    assert AuditLog.objects.get(action="export").reason == "dump_tables"


def test_a_dump_replaces_the_files_and_leaves_nothing_else(lively, tmp_path):
    (tmp_path / "jobs.csv").write_text("old")

    dump(tmp_path, lively)

    assert sorted(content(tmp_path)) == sorted(HEADERS)
    assert content(tmp_path)["jobs.csv"].startswith(b"id,part_name")


def test_where_nothing_can_be_written_is_one_sentence(tenant, tmp_path):
    (tmp_path / "file").write_text("")

    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        code, said = dump(folder, tenant)
        assert code == 1
        assert "cannot be written" in said and len(said.strip().splitlines()) == 1
    assert dump(tmp_path, "nobody") == (1, "\nThere is no tenant nobody.")


def test_trees_calls_and_assets_come_back_as_they_were(db, tmp_path):
    with transaction.atomic():
        tenant = create_tenant(slug="lively")
        with tenant_context(tenant):
            enliven(create_person(tenant=tenant))
        dump(tmp_path, tenant)
        transaction.set_rollback(True)

    assert load(tmp_path, "lively", "--create-tenant")[0] == 0

    tenant = Tenant.objects.get()
    with tenant_context(tenant):
        assert tree_faults(Asset) == tree_faults(Location) == []
        assert Asset.objects.get(name="Ostrze").parent.name == '"Piła"'
        assert Station.objects.get(code="ST-01").asset.name == '"Piła"'
        assert set(StopReason.objects.values_list("code", flat=True)) >= {"jam"}
        assert not StopReason.objects.filter(code="downstream").exists()  # a plant's own, and no more
        early, night = Shift.objects.order_by("start")
        assert (early.start, early.lines, night.weekdays) == (time(6), ["Hala Ł, północ", '"'], [7])
        assert early.breaks == [{"start": "09:30", "end": "09:45"}]
        assert Call.objects.get(kind="material").qty == Decimal("2.5")


def test_what_hangs_below_itself_is_refused(tenant, tmp_path):
    one, two = "01a201c1-0000-7000-8000-000000000001", "01a201c1-0000-7000-8000-000000000002"
    write(tmp_path, locations=f"id,parent_id,name\n{one},{two},A\n{two},{one},B")

    code, said = load(tmp_path, tenant)

    assert code == 1 and "hangs below itself" in said
