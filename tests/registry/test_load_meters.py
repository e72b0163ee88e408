"""load_tables for what assets have run: figures of AMMS open a ledger, daily logs are posted to it, ours comes back as it was."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.registry import services
from apps.registry.models import Asset, AssetMeter, DailyLog, HoursSource, MeterReading
from tests.factories import create_asset, create_person, create_tenant
from tests.registry.test_load_trees import ASSETS, LOCATIONS, PRESS, PUMP, SEAL, key
from tests.tables import content, dump, load, write

METERS = f"""
    asset_id,current_run_hours,current_odometer,last_updated_at
    {PRESS},1200.5,,2025-11-10 08:00:00+00
    {PUMP},,45000,2025-11-09 12:00:00+00
    {SEAL},,,
"""
LOGS = f"""
    id,date,supervisor_id,asset_id,run_hours_added,fuel_liters_added
    {key(61)},2025-11-08,,{PRESS},8,20
    {key(62)},2025-11-10,,{PRESS},7.5,
    {key(63)},2025-11-11,,{PRESS},6,18.25
    {key(64)},2025-11-11,,{SEAL},,3
"""


@pytest.fixture
def plant(tenant, tmp_path):
    assert load(write(tmp_path / "plant", locations=LOCATIONS, assets=ASSETS), tenant)[0] == 0
    return tenant


@pytest.fixture
def logged(plant, tmp_path):
    code, said = load(write(tmp_path / "amms", asset_meters=METERS, daily_logs=LOGS), plant)
    assert code == 0, said
    return plant


def readings(asset, **fields):
    rows = MeterReading.objects.filter(asset_id=asset, **fields).order_by("read_at", "seq")
    return [(row.meter, row.kind, row.value, row.source) for row in rows]


def counts_are_proven():
    said = StringIO()
    call_command("check_meters", stdout=said)
    return "All meters are what their readings come to." in said.getvalue()


def test_figures_open_the_ledger(plant, tmp_path):
    folder = write(tmp_path / "amms", asset_meters=METERS)

    code, said = load(folder, plant)

    assert code == 0 and "asset_meters.csv        3 read, 2 created, 0 updated, 1 unchanged" in said
    assert readings(PRESS) == [("run_hours", "reading", Decimal("1200.5"), "api")]
    assert readings(PUMP) == [("odometer", "reading", Decimal(45000), "api")]
    meter = AssetMeter.objects.get(asset_id=PRESS)
    assert (meter.current_run_hours, meter.run_hours_dial, meter.current_odometer) == (Decimal("1200.5"),) * 2 + (None,)
    assert meter.last_updated_at == datetime(2025, 11, 10, 8, tzinfo=UTC)
    assert not AssetMeter.objects.filter(asset_id=SEAL).exists()
    assert counts_are_proven()
    assert "3 read, 0 created, 0 updated, 3 unchanged" in load(folder, plant)[1]
    assert MeterReading.objects.count() == 2


def test_logs_up_to_a_figure_are_in_it_and_later_ones_are_added(logged):
    # The dial before the first log; with the logs of the 8th and 10th it shows 1200.5, with that of the 11th 1206.5.
    assert readings(PRESS) == [
        ("run_hours", "reading", Decimal(1185), "api"),
        ("run_hours", "delta", Decimal(8), "daily_log"),
        ("run_hours", "delta", Decimal("7.5"), "daily_log"),
        ("run_hours", "delta", Decimal(6), "daily_log"),
    ]
    assert AssetMeter.objects.get(asset_id=PRESS).current_run_hours == Decimal("1206.5")
    assert DailyLog.objects.get(pk=key(63)).fuel_liters_added == Decimal("18.25")
    assert readings(SEAL) == []  # fuel alone is no hours
    assert counts_are_proven()
    moment = MeterReading.objects.get(daily_log_id=key(61)).read_at
    assert logged.local(moment).isoformat() == "2025-11-09T00:00:00+01:00"  # the end of its day, in the plant's zone


def test_again_changes_nothing(logged, tmp_path):
    before = list(MeterReading.objects.order_by("seq").values())

    code, said = load(tmp_path / "amms", logged)

    assert code == 0 and "0 created, 0 updated, 4 unchanged" in said and "0 created, 0 updated, 3 unchanged" in said
    # (The log of the 11th came later than AMMS's own figure.)
    assert 'column current_run_hours, value "1200.5000": its readings come to 1206.5000; kept so' in said
    assert list(MeterReading.objects.order_by("seq").values()) == before


def test_a_dry_run_posts_nothing(plant, tmp_path):
    code, said = load(write(tmp_path / "amms", asset_meters=METERS, daily_logs=LOGS), plant, "--dry-run")

    assert code == 0 and "4 read, 4 created" in said and "3 read, 2 created" in said
    assert not MeterReading.objects.exists() and not DailyLog.objects.exists()


def test_where_the_logs_come_to_more_the_figure_counts(plant, tmp_path):
    small = METERS.replace("1200.5", "10")

    load(write(tmp_path / "amms", asset_meters=small, daily_logs=LOGS), plant)

    kinds = [row[1:3] for row in readings(PRESS)]
    # What the logs said up to the figure's moment is taken back by its correction.
    assert ("reading", Decimal(10)) in kinds and ("correction", Decimal(2)) in kinds
    assert AssetMeter.objects.get(asset_id=PRESS).current_run_hours == Decimal("23.5")
    assert counts_are_proven()


def test_logs_before_a_reading_that_is_there_are_corrected_by_it(plant, tmp_path):
    with tenant_context(plant):
        press, now = Asset.objects.get(pk=PRESS), timezone.now()
        services.post_reading(press, "run_hours", 100, by=None, read_at=now - timedelta(days=9))
        services.post_reading(press, "run_hours", 150, by=None, read_at=now - timedelta(days=2))
    day = (now - timedelta(days=5)).date()

    code, said = load(
        write(tmp_path / "logs", daily_logs=f"id,date,asset_id,run_hours_added\n{key(61)},{day},{PRESS},8"), plant
    )

    assert code == 0, said
    assert ("run_hours", "correction", Decimal(42), "technician") in readings(PRESS)
    assert AssetMeter.objects.get(asset_id=PRESS).current_run_hours == 150
    assert counts_are_proven()


def test_hours_of_a_station_are_logged_and_not_counted(plant, tmp_path):
    Asset.objects.filter(pk=PRESS).update(run_hours_source=HoursSource.STATION)

    load(write(tmp_path / "logs", daily_logs=LOGS), plant)

    assert DailyLog.objects.count() == 4
    assert readings(PRESS) == []
    Asset.objects.filter(pk=PRESS).update(run_hours_source=HoursSource.DAILY_LOG)
    more = write(tmp_path / "more", daily_logs=f"{LOGS}{key(65)},2025-11-08,,{SEAL},1,2")
    assert "1 created, 0 updated, 4 unchanged" in load(more, plant)[1]
    assert readings(PRESS) == []  # what was logged then counts no more than it did
    assert readings(SEAL) == [("run_hours", "delta", Decimal(1), "daily_log")]


def test_a_log_that_was_changed_takes_its_reading_back(logged, tmp_path):
    other = LOGS.replace(f"{PRESS},7.5,", f"{PRESS},5,").replace(f"{PRESS},6,18.25", f"{PRESS},,18.25")

    code, said = load(write(tmp_path / "other", daily_logs=other), logged)

    assert code == 0 and "0 created, 2 updated, 2 unchanged" in said
    live = MeterReading.objects.filter(asset_id=PRESS, voids=None, voided_by=None).order_by("read_at", "seq")
    assert [(row.kind, row.value) for row in live] == [("reading", 1185), ("delta", 8), ("delta", 5)]
    assert AssetMeter.objects.get(asset_id=PRESS).current_run_hours == Decimal(1198)
    assert counts_are_proven()
    assert DailyLog.objects.get(pk=key(62)).history.first().history_change_reason == "load_tables"
    count = MeterReading.objects.count()
    assert "0 created, 0 updated, 4 unchanged" in load(tmp_path / "other", logged)[1]
    assert MeterReading.objects.count() == count


TOMORROW = date.today() + timedelta(days=2)


@pytest.mark.parametrize(
    "rows, sentence",
    [
        (f"{key(71)},2025-11-01,{PRESS},,24.5", "column run_hours_added, value \"24.5000\": the hours of this asset and day"),
        (f"{key(71)},2025-11-01,{PRESS},early,14\n{key(72)},2025-11-01,{PRESS},late,11", "come to 25.0000, more than 24"),
        (f"{key(71)},2025-11-08,{PRESS},late,17", "come to 25.0000, more than 24"),  # with what is there
        (f"{key(71)},2025-03-30,{PRESS},,23.5", "come to 23.5000, more than 23"),  # clocks go forward
        (f"{key(71)},2025-11-01,{PRESS},,-1", "must be 0 or more"),
        (f"{key(71)},{TOMORROW},{PRESS},,1", "lies in the future"),
        (f"{key(71)},1025-11-01,{PRESS},,1", "of another age"),
        (f"{key(71)},2025-11-01,{PRESS},,1\n{key(72)},2025-11-01,{PRESS},,1", "of this asset, date and shift: line 2 has it"),
        (f"{key(71)},2025-11-08,{PRESS},,1", f"the tenant has a log of the same asset, date and shift, with the id {key(61)}"),
        (f"{key(61)},2025-11-07,{PRESS},,8", "in the tenant this is a log of another asset, date or shift"),
        (f"{key(71)},2025-11-01,{key(99)},,1", "neither in assets.csv nor in the tenant"),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_is_refused_with_its_row(logged, tmp_path, rows, sentence):
    before = MeterReading.objects.count()

    code, said = load(write(tmp_path / "bad", daily_logs=f"id,date,asset_id,shift,run_hours_added\n{rows}"), logged)

    assert code == 1 and sentence in said, said
    assert (DailyLog.objects.count(), MeterReading.objects.count()) == (4, before)


def lively(tenant) -> None:
    """An asset with all that a ledger can hold."""
    by = create_person(tenant=tenant)
    asset, now = create_asset(tenant=tenant, name="Press"), timezone.now()
    asset.run_hours_rolls_over_at = 10_000
    services.save_asset(asset)
    first = services.post_reading(asset, "run_hours", 9990, by=None, read_at=now - timedelta(days=8), reason='"new", ö')
    services.correct_reading(first, 9989, by=by, reason="misread")
    today = tenant.local(now).date()
    for days, hours in ((6, 8), (5, 7), (4, 20)):
        row = {"asset": asset, "run_hours_added": Decimal(hours), "fuel_liters_added": Decimal("12.345")}
        services.save_daily_logs(tenant, today - timedelta(days=days), "", [row], by=None)
    row = {"asset": asset, "run_hours_added": Decimal(6)}
    services.save_daily_logs(tenant, today - timedelta(days=4), "", [row], by=by)
    rolled = services.post_reading(asset, "run_hours", 15, by=by, read_at=now - timedelta(days=2))
    services.correct_reading(rolled, 14, by=by, reason="misread, too")
    services.post_reading(asset, "odometer", 7, by=by)
    services.void_reading(services.post_reading(asset, "odometer", 9, by=by), by=by, reason="wrong asset")
    services.replace_meter(asset, "run_hours", by=by, reason="broken", old_value=15, new_value=3)


def test_dump_load_dump_gives_the_same_ledger_byte_for_byte(db, tmp_path):
    with transaction.atomic():
        tenant = create_tenant(slug="lively")
        with tenant_context(tenant):
            lively(tenant)
            assert counts_are_proven()
        assert dump(tmp_path / "one", tenant)[0] == 0
        code, said = load(tmp_path / "one", tenant)
        assert (code, said.count(", 0 created, 0 updated"), "Warnings" in said) == (
            0,
            len(content(tmp_path / "one")),
            False,
        ), said
        transaction.set_rollback(True)

    code, said = load(tmp_path / "one", "lively", "--create-tenant", "--timezone", "Europe/Warsaw")
    assert code == 0 and "come to" not in said, said
    dump(tmp_path / "two", "lively")

    one, two = content(tmp_path / "one"), content(tmp_path / "two")
    assert len(one["meter_readings.csv"].splitlines()) > 15
    assert {name: two[name] for name in two if two[name] != one[name]} == {}
    with tenant_context(Tenant.objects.get()):
        assert counts_are_proven()


def test_the_ledger_takes_no_other_word_for_what_is_there(logged, tmp_path):
    dump(tmp_path / "dump", logged)
    text = (tmp_path / "dump" / "meter_readings.csv").read_text()

    write(tmp_path / "other", meter_readings=text.replace("1185.0000", "1100.0000"))
    code, said = load(tmp_path / "other", logged)

    assert code == 1 and "the tenant has this reading with another value: 1185.0000" in said


ENTRY = "id,asset_id,meter,kind,value,read_at,source,voids_id,found_by_id"


@pytest.mark.parametrize(
    "rows, sentence",
    [
        ("1,{press},run_hours,reading,-1,,", "only corrections are negative"),
        ("1,{press},run_hours,reading,5,,\n2,{press},run_hours,correction,1,1,", "a correction of 0"),
        ("2,{press},run_hours,correction,0,1,\n1,{press},run_hours,reading,5,,", "has to come before"),
        ("1,{press},odometer,reading,5,,\n2,{press},run_hours,correction,0,1,", "be of the same asset, meter and moment"),
        ("1,{press},run_hours,reading,5,,\n2,{seal},run_hours,correction,1,,1", "be of the same asset, meter and moment"),
        ("1,{press},run_hours,reading,5,,\n9,{press},run_hours,correction,0,1,", "be of the same asset, meter and moment"),
        ("1,{press},run_hours,reading,5,,\n2,{press},run_hours,correction,0,1,\n3,{press},run_hours,correction,0,1,",
         "line 3 has it already"),
        ("1,{press},run_hours,reading,5,,\n2,{press},run_hours,reading,6,,\n3,{press},run_hours,correction,0,2,1",
         "has to come after what it stands for"),
    ],
)  # fmt: skip
def test_a_ledger_that_cannot_be_is_refused_with_its_row(plant, tmp_path, rows, sentence):
    lines = []
    for row in rows.format(press=PRESS, seal=SEAL).split("\n"):
        number, asset, meter, kind, value, voids, found = row.split(",")
        refers = [key(70 + int(other)) if other else "" for other in (voids, found)]
        at = "2025-11-02T10:00:00Z" if number == "9" else "2025-11-01T10:00:00Z"
        lines.append(",".join([key(70 + int(number)), asset, meter, kind, value, at, "api", *refers]))

    code, said = load(write(tmp_path / "bad", meter_readings="\n".join([ENTRY, *lines])), plant)

    assert code == 1 and sentence in said, said
    assert not MeterReading.objects.exists()
