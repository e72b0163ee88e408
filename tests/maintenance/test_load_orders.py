"""load_tables and dump_tables of maintenance; other systems' order logs."""

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.maintenance import services
from apps.maintenance.models import (
    FailureCode,
    PmSchedule,
    ServiceRequest,
    WorkOrder,
    WorkOrderCost,
    WorkOrderTask,
)
from apps.maintenance.queries import maintenance_figures
from apps.registry.models import Asset
from tests.factories import create_asset, create_order_of, create_part, create_person, create_schedule, create_stock
from tests.tables import content, dump, load, write

DATA = Path(__file__).parent.parent / "data"
KEYS = [f"0198a1f2-7c3e-7b5a-9d41-3f6c2a8e5c{n:02}" for n in range(20)]


def work(tenant):
    """A plant that has some of everything, by the services."""
    boss = create_person(tenant=tenant, role="supervisor")
    asset = create_asset(tenant=tenant)
    part = create_part(tenant=tenant)
    store = create_stock(part, 9, unit_cost=3)
    long = create_schedule(asset=asset, name="Long", interval_months=3, first_due_date=date(2026, 3, 2))
    create_schedule(
        asset=asset, interval_months=1, first_due_date=date(2026, 3, 2), suppressed_by_schedule=long,
        tasks=[{"description": "Look", "kind": "number", "min": 1.5}],
    )  # fmt: skip
    (order,) = services.generate_orders(tenant, as_of=date(2026, 3, 2)).orders
    order = services.start_order(services.approve_order(order, by=boss), by=boss)
    task = WorkOrderTask.objects.get()
    services.record_task(task, "input", value="1", comment="worn", by=boss)
    services.follow_up(task, by=boss)
    used = services.use_part(order, part, 2, by=boss, source="warehouse", warehouse=store)
    services.use_part(order, part, 1, by=boss, source="warehouse", warehouse=store)
    services.undo_use(used, by=boss)
    services.add_minutes(order, 30, by=boss)
    services.start_timer(order, by=boss)
    services.book_cost(order, by=boss, kind="other", amount=Decimal("-3.20"))
    services.comment(order, "=1+1", by=boss)
    services.close_order(order, by=boss)
    request = services.report(ServiceRequest(tenant=tenant, asset=asset, description="Leaks"), by=boss)
    services.convert(request, by=boss)
    services.report(ServiceRequest(tenant=tenant, asset=asset, description="Smells"), by=boss)
    return asset


def test_what_was_dumped_comes_back_as_it_was(tenant, tmp_path):
    work(tenant)
    assert dump(tmp_path / "one", tenant)[0] == 0
    code, said = load(tmp_path / "one", tenant)
    assert code == 0, said
    assert "0 created" in said or "unchanged" in said
    dump(tmp_path / "two", tenant)
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_new_order_goes_on_behind_the_highest_number(tenant, tmp_path):
    asset = create_asset(tenant=tenant)
    files = {
        "work_orders": f"id,number,asset_id,status,origin\n{KEYS[0]},WO-000500,{asset.pk},Draft,CM\n"
        f"{KEYS[1]},,{asset.pk},Ready,PM"
    }
    code, said = load(write(tmp_path / "f", **files), tenant)
    assert code == 0, said
    assert sorted(WorkOrder.objects.values_list("number", flat=True)) == ["WO-000500", "WO-000501"]
    assert create_order_of(asset).number == "WO-000502"


def test_files_of_amms_load(tenant, tmp_path):
    """As the source document has them: its words, its columns, and no more."""
    asset, person = create_asset(tenant=tenant), create_person(tenant=tenant)
    part = create_part(tenant=tenant)
    files = {
        "pm_schedules": "id,asset_id,interval_days,interval_meter,last_performed_date,suppressed_by_schedule_id\n"
        f"{KEYS[0]},{asset.pk},90,,2026-01-10,\n{KEYS[1]},{asset.pk},30,,2026-01-10,{KEYS[0]}",
        "work_orders": "id,asset_id,status,origin,priority\n"
        f"{KEYS[2]},{asset.pk},In_Progress,Defect,high\n{KEYS[3]},{asset.pk},Closed,CM,low",
        "wo_tasks": f"id,wo_id,description,is_mandatory,result\n{KEYS[4]},{KEYS[2]},Look,t,Pass\n{KEYS[5]},{KEYS[2]},Write,f,",
        "service_requests": "id,asset_id,reported_by_user_id,description,photo_url,status\n"
        f"{KEYS[6]},{asset.pk},{person.pk},Leaks,https://photos.example/1.jpg,Pending\n"
        f"{KEYS[7]},{asset.pk},{person.pk},Old,,Rejected\n{KEYS[8]},{asset.pk},{person.pk},Done,,Converted",
        "wo_consumables": f"id,wo_id,part_id,qty_used,cost_at_time,source\n{KEYS[9]},{KEYS[3]},{part.pk},2,4.5,Wallet",
    }  # fmt: skip
    code, said = load(write(tmp_path / "f", **files), tenant)
    assert code == 0, said
    assert "fall due in the next 7 days" in said
    short = PmSchedule.objects.get(pk=KEYS[1])
    assert (short.next_due_date, short.suppressed_by_schedule_id.hex) == (date(2026, 2, 9), KEYS[0].replace("-", ""))
    closed = WorkOrder.objects.get(pk=KEYS[3])
    assert (closed.outcome, closed.number) == ("done", "WO-000002")
    assert closed.consumables.get().value == Decimal(9)
    assert set(ServiceRequest.objects.values_list("status", flat=True)) == {"pending", "rejected", "converted"}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("work_orders", "id,status,origin\n{0},Draft,CM", "is for nothing"),
        ("work_orders", "id,asset_id,status,origin,outcome\n{0},{a},Draft,CM,done", "only a closed order"),
        ("work_orders", "id,asset_id,status,origin,hold_reason\n{0},{a},Draft,CM,parts", "is on hold"),
        ("work_orders", "id,number,asset_id,status,origin\n{0},A/1,{a},Draft,CM", "no slash"),
        ("work_orders", "id,number,asset_id,status,origin\n{0},A1,{a},Draft,CM\n{1},A1,{a},Draft,CM", "already"),
        ("work_orders", "id,asset_id,status,origin,down_until\n{0},{a},Draft,CM,2026-01-01 00:00:00Z", "before it stood"),
        ("pm_schedules", "id,asset_id\n{0},{a}", "at least one interval"),
        ("pm_schedules", "id,asset_id,interval_days,interval_months\n{0},{a},3,3", "not both"),
        (
            "pm_schedules",
            "id,asset_id,interval_days,suppressed_by_schedule_id\n{0},{a},30,{1}\n{1},{a},30,",
            "longer in one way",
        ),
        ("service_requests", "id,description,status\n{0},x,Pending", "is about nothing"),
        ("failure_codes", "id,kind,code,name\n{0},cause,wear,Wear\n{1},cause,wear,Worn", "already"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_line(tenant, tmp_path, name, text, reason):
    asset = create_asset(tenant=tenant)
    text = text.replace("{a}", str(asset.pk)).replace("{0}", KEYS[0]).replace("{1}", KEYS[1])
    code, said = load(write(tmp_path / "f", **{name: text}), tenant)
    assert code != 0 and reason in said, said
    assert not WorkOrder.objects.exists() and not PmSchedule.objects.exists()


def import_history(tenant, *words, file=None, mapping=None):
    said = StringIO()
    call_command(
        "import_history", str(file or DATA / "excavator_work_orders.csv"), "--mapping",
        str(mapping or DATA / "excavator_mapping.toml"), "--tenant", tenant.slug, *words, stdout=said,
    )  # fmt: skip
    return said.getvalue()


def test_a_log_of_5485_orders_comes_in_whole_and_once(tenant):
    said = import_history(tenant)
    assert "5,485 rows read" in said
    assert "344 rows stand there more than once" in said
    assert "6 costs are negative" in said and "1,288 are 0" in said
    assert "-339.81" in said
    assert "98 rows are of the type “PM06”" in said
    assert WorkOrder.objects.count() == 5485
    assert WorkOrder.objects.filter(origin="pm").count() == 153
    assert WorkOrderCost.objects.filter(amount__lt=0).count() == 6
    assert sorted(Asset.objects.values_list("name", flat=True)) == [f"Excavator {letter}" for letter in "ABCDE"]
    again = import_history(tenant)
    assert "work_orders.csv: 0 new, 0 changed, 5,485 as they were" in again
    start, end = (tenant.local(WorkOrder.objects.order_by(by).first().closed_at) for by in ("closed_at", "-closed_at"))
    found = maintenance_figures(tenant, start.replace(hour=0), end.replace(hour=23))
    assert found.closed == 5485
    assert sum(cause.count for cause in found.causes) + found.not_coded == 5485 - 153
    assert found.causes[0].count >= found.causes[1].count > 100
    assert found.failures == 0  # the log does not say how long anything stood


def test_a_dry_run_writes_nothing(tenant):
    assert "5,485 rows read" in import_history(tenant, "--dry-run")
    assert not WorkOrder.objects.exists() and not FailureCode.objects.exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2009-13-01,A,Leak,PM01,1", "is no day"),
        ("2009-01-01,A,Leak,PM01,nan", "is no amount"),
        ("2009-01-01,A,Leak,PM01,much", "is no amount"),
        ("2009-01-01,,Leak,PM01,1", "has an asset"),
    ],
)
def test_a_row_that_cannot_be_read_stops_all(tenant, tmp_path, row, reason):
    log = tmp_path / "log.csv"
    log.write_text(f"BscStartDate,Asset,OriginalShorttext,PMType,Cost\n2009-01-01,A,Fine,PM01,1\n{row}\n")
    with pytest.raises(CommandError, match="Nothing was written"):
        import_history(tenant, file=log)
    assert not WorkOrder.objects.exists()


def test_a_log_may_have_other_separators_and_short_or_long_rows(tenant, tmp_path):
    log = tmp_path / "log.csv"
    text = (
        "BscStartDate;Asset;OriginalShorttext;PMType;Cost\n2009-01-01;A;Öl fehlt;PM01\n2009-01-02;A;Leck;PM01;2.5;more"
    )
    log.write_bytes(text.encode("cp1252"))
    assert "2 rows read" in import_history(tenant, file=log)
    assert set(WorkOrder.objects.values_list("title", flat=True)) == {"Öl fehlt", "Leck"}


def test_a_mapping_that_is_none_is_said(tenant, tmp_path):
    mapping = tmp_path / "m.toml"
    mapping.write_text("[columns]\nday = 'x'\n")
    with pytest.raises(CommandError, match="asset"):
        import_history(tenant, mapping=mapping)
