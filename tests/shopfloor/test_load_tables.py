"""manage.py load_tables: exports of LeanOps v2 become stations, jobs, work, logs, people and events."""

import csv
import json
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import connection

from apps.core.isolation import platform_context, tenant_context
from apps.core.models import AuditLog, Tenant, User
from apps.shopfloor.models import (
    BoardVersion,
    Call,
    Event,
    Job,
    PerformanceLog,
    Shift,
    Station,
    StationAssignment,
    StopReason,
)
from tests.factories import (
    create_job,
    create_person,
    create_platform_person,
    create_shift,
    create_station,
    create_stop_reason,
    create_tenant,
)
from tests.tables import V2, load, v2_copy, write

TABLES = [Station, Job, StationAssignment, PerformanceLog, User, Event, StopReason, BoardVersion, AuditLog]
TABLES += [m.history.model for m in (Station, Job, StationAssignment, PerformanceLog, User, StopReason)]
STATION = "id,name,line,status\n"
JOB = "id,part_name,qty_total,status\n"
EVENT = "id,event_type,station_id,job_id,user_id,payload,created_at\n"
ID = "7b0e0f3c-1111-4222-8333-44445555666{}"


def at(text) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def everything() -> dict:
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def station(code) -> Station:
    return Station.objects.get(code=code)


def test_an_export_of_v2_loads_with_all_its_rows(tenant):
    code, said = load(V2, tenant)

    assert code == 0
    assert "stations.csv            6 read, 6 created, 0 updated, 0 unchanged, 0 refused" in said
    assert "events_log.csv          14 read, 14 created, 0 updated, 0 unchanged, 0 refused" in said
    counts = [Station, Job, StationAssignment, PerformanceLog, Event]
    assert [model.objects.count() for model in counts] == [6, 6, 6, 4, 14]
    oven = station("ST-05")
    assert (oven.name, oven.line, oven.is_active) == ('Drying, "long" oven', "Line B", True)
    assert (oven.created_at, oven.updated_at) == (at("2025-09-01 06:00"), at("2025-11-20 07:00"))
    assert station("ST-04").updated_at == station("ST-04").created_at
    job = Job.objects.get(code="JOB-1003")
    assert (job.part_name, job.qty_total, job.due_date, job.line_hint) == ("Mirror round ø 50", 20, None, "")
    assert Job.objects.get(code="JOB-1002").completed_at == at("2025-11-20 08:10")
    work = StationAssignment.objects.get(station__code="ST-02")
    assert (work.job.code, work.qty_done, work.is_active) == ("JOB-1002", 22, False)
    assert work.notes == 'two too many; "kept"\nfor spares'
    assert PerformanceLog.objects.get(job=None).shift == "day"
    assert not Call.objects.exists()


def test_a_second_load_changes_nothing(tenant):
    load(V2, tenant)
    before = everything()

    code, said = load(V2, tenant)

    assert code == 0
    assert said.count(" 0 created, 0 updated") == 6
    assert "14 read, 0 created, 0 updated, 14 unchanged" in said
    assert everything() == before


def test_a_dry_run_tells_and_writes_nothing(tenant):
    before = everything()

    code, said = load(V2, tenant, "--dry-run")

    assert code == 0
    assert "6 read, 6 created" in said and "Dry run: nothing was written." in said
    assert everything() == before


def test_a_dry_run_makes_no_tenant(db):
    code, said = load(V2, "mirrors", "--create-tenant", "--dry-run")

    assert (code, Tenant.objects.count()) == (0, 0)
    assert "6 read, 6 created" in said


def test_a_new_tenant_is_made_with_its_time_zone(db):
    code, _ = load(V2, "mirrors-south", "--create-tenant", "--timezone", "Europe/Warsaw")

    tenant = Tenant.objects.get()
    assert (code, tenant.slug, tenant.name, tenant.timezone) == (0, "mirrors-south", "Mirrors south", "Europe/Warsaw")
    with tenant_context(tenant):
        assert Station.objects.for_tenant(tenant).count() == 6
        assert AuditLog.objects.filter(entity_type="tenants", action="create", reason="load_tables").count() == 1


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["nowhere", "mirrors"], "is no folder"),
        (["empty", "mirrors"], "holds none of app_users.csv"),
        (["v2", "mirror"], "There is no tenant mirror; --create-tenant makes it."),
        (["v2", "mirrors", "--create-tenant"], "There is a tenant mirrors already"),
        (["v2", "mirrors", "--timezone", "Europe/Warsaw"], "--timezone is for --create-tenant"),
        (["v2", "other", "--create-tenant", "--timezone", "Europe/Krakow"], "is no time zone"),
        (["v2", "not a slug", "--create-tenant"], "Enter a valid"),
    ],
)
def test_a_wrong_word_is_one_sentence(db, tmp_path, words, sentence):
    create_tenant(slug="mirrors")
    v2_copy(tmp_path)
    (tmp_path / "empty").mkdir()

    code, said = load(tmp_path / words[0], *words[1:])

    assert code == 1
    assert sentence in said and len(said.strip().splitlines()) == 1


def test_any_subset_of_files_loads_onto_what_is_there(tenant, tmp_path):
    load(write(tmp_path, stations=STATION + "ST-01,Cutting,Line A,idle", jobs=JOB + "JOB-1,Mirror,5,waiting"), tenant)
    later = write(tmp_path / "later", station_assignments=f"id,station_id,job_id\n{ID.format(1)},ST-01,JOB-1")

    code, said = load(later, tenant)

    assert code == 0, said
    work = StationAssignment.objects.get()
    assert (work.station.code, work.job.code, work.is_active, work.qty_done) == ("ST-01", "JOB-1", True, 0)


def test_a_row_that_differs_is_updated_and_its_history_says_why(tenant, tmp_path):
    load(V2, tenant)
    folder = write(tmp_path, stations=STATION + "ST-01,Cutting one,Line C,running\nST-02,Cutting 2,Line A,idle")

    code, said = load(folder, tenant)

    assert (code, "2 read, 0 created, 1 updated, 1 unchanged" in said) == (0, True), said
    first = station("ST-01")
    assert (first.name, first.line, first.version, first.created_at) == (
        "Cutting one",
        "Line C",
        3,  # new, with its assignment, changed
        at("2025-08-22 06:00"),
    )
    assert [h.history_change_reason for h in first.history.all()] == ["load_tables", "load_tables"]
    audit = AuditLog.objects.get(entity_id=str(first.pk), action="update")
    assert audit.changes == {"name": ["Cutting 1", "Cutting one"], "line": ["Line A", "Line C"]}
    assert load(folder, tenant)[1].count("2 unchanged") == 1


def test_every_new_row_has_history_and_audit(tenant):
    load(V2, tenant)

    for model in (Station, Job, StationAssignment, PerformanceLog):
        for row in model.objects.all():
            assert row.history.get().history_change_reason == "load_tables"
            assert AuditLog.objects.filter(entity_id=str(row.pk), action="create", reason="load_tables").count() == 1
    texts = json.dumps(list(AuditLog.objects.filter(entity_type="users").values_list("changes", flat=True)))
    assert "Nowak" not in texts and "@" not in texts


def test_a_line_of_the_board_is_raised_once(tenant):
    load(V2, tenant)

    assert dict(BoardVersion.objects.values_list("line", "version")) == {"": 1, "Line A": 1, "Line B": 1}


# What the files may look like


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n").rstrip(),
        lambda text: text.replace(b",t,", b",TRUE,").replace(b",f,", b",False,"),
        lambda text: text.replace(b"+00", b"Z").replace(b" 0", b"T0"),
        lambda text: text.replace(b"+00", b"+0000"),
        lambda text: text.replace(b"+00", b"+00:00"),
        lambda text: text + b"\n\n",
    ],
    ids=["BOM", "CRLF", "BOM, CRLF, no last line end", "true/false", "ISO Z", "+0000", "+00:00", "empty lines"],
)
def test_the_same_rows_in_other_clothes_are_the_same(tenant, tmp_path, change):
    load(V2, tenant)
    folder = v2_copy(tmp_path)
    for path in folder.iterdir():
        if path.name != "station_assignments.csv":  # it has a line end inside a value
            path.write_bytes(change(path.read_bytes()))

    code, said = load(folder, tenant)

    assert code == 0, said
    assert said.count(" 0 created, 0 updated") == 6


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2025-11-20 08:15:00.123456+00", "2025-11-20 08:15:00.123456"),
        ("2025-11-20T08:15:00Z", "2025-11-20 08:15:00"),
        ("2025-11-20T09:15:00+01:00", "2025-11-20 08:15:00"),
        ("2025-11-20 03:15:00.5-05", "2025-11-20 08:15:00.500000"),
        ("2025-11-20T13:45:00+0530", "2025-11-20 08:15:00"),
        ("2025-11-20T08:15Z", "2025-11-20 08:15:00"),
    ],
)
def test_moments_are_read_with_their_offset(tenant, tmp_path, text, moment):
    code, said = load(write(tmp_path, events_log=f"event_type,created_at\nnote,{text}"), tenant)

    assert (code, "Warnings" in said) == (0, False), said
    assert Event.objects.get().occurred_at == at(moment)


def test_a_moment_without_an_offset_is_utc_with_a_warning(tenant, tmp_path):
    code, said = load(write(tmp_path, events_log="event_type,created_at\nnote,2025-11-20 08:15:00"), tenant)

    assert code == 0
    assert 'events_log.csv, line 2, column created_at, value "2025-11-20 08:15:00": has no offset; taken as UTC' in said
    assert Event.objects.get().occurred_at == at("2025-11-20 08:15")


def test_columns_that_may_be_empty_or_have_a_default_may_be_left_out(tenant, tmp_path):
    files = {
        "stations": STATION + "ST-01,Cutting,Line A,idle",
        "jobs": JOB + "JOB-1,Mirror,5,waiting",
        "station_assignments": "station_id,job_id,started_at\nST-01,JOB-1,2025-11-20 08:00:00+00",
        "performance_logs": "station_id,log_date,shift,mirrors_completed\nST-01,2025-11-20,day,7",
        "app_users": f"id,email,display_name,role\n{ID.format(1)},a@b.example,Ann,operator",
        "events_log": "event_type,station_id\nnote,ST-01\nnote,ST-01",
    }
    folder = write(tmp_path, **files)

    code, said = load(folder, tenant)

    assert code == 0, said
    job, log = Job.objects.get(), PerformanceLog.objects.get()
    assert (job.priority, job.due_date, job.line_hint) == ("normal", None, "")
    assert (log.job, log.target_units, log.efficiency) == (None, None, None)
    assert User.objects.get(email="a@b.example").is_active
    assert Event.objects.count() == 2
    before = everything()
    code, said = load(folder, tenant)
    assert (code, said.count(" 0 created, 0 updated")) == (0, 6), said
    assert everything() == before


def test_equal_moments_keep_the_order_of_the_file(tenant, tmp_path):
    moments = ["2025-11-20 09:00:00+00", "2025-11-20 08:00:00+00"]
    lines = [f'{uuid.uuid4()},note,,,,"{{""n"": {n}}}",{moments[n % 2]}' for n in range(400)]

    code, said = load(write(tmp_path, events_log=EVENT + "\n".join(lines)), tenant)

    assert code == 0, said
    written = [payload["n"] for payload in Event.objects.order_by("seq").values_list("payload", flat=True)]
    assert written == [*range(1, 400, 2), *range(0, 400, 2)]
    assert Event.objects.filter(created_at__gt=at("2025-11-21")).count() == 0


# What v2 itself could write


def test_what_v2_could_write_loads_with_a_warning(tenant):
    _, said = load(V2, tenant)

    warned = said.split("Warnings:\n")[1].splitlines()[:-1]
    assert [line.split(", value")[0] for line in warned] == [
        "jobs.csv, line 7, column completed_at",
        "station_assignments.csv, line 3, column qty_done",
        "station_assignments.csv, line 7, column job_id",
        "station_assignments.csv, line 8, column ended_at",
        "performance_logs.csv, line 5, column efficiency",
    ]
    assert "JOB-1002 has 52 done of 50" in said
    assert Job.objects.get(code="JOB-1006").completed_at == at("2025-11-17 14:00")  # as its job_completed event says
    assert StationAssignment.objects.get(job__code="JOB-1006").is_active
    forgotten = StationAssignment.objects.get(job__code="JOB-1005")
    assert forgotten.ended_at == forgotten.started_at
    assert PerformanceLog.objects.get(log_date=date(2025, 11, 20)).efficiency == Decimal("66.67")


def test_an_active_assignment_with_an_end_stays_active(tenant, tmp_path):
    folder = write(
        tmp_path,
        stations=STATION + "ST-01,Cutting,Line A,idle",
        jobs=JOB + "JOB-1,Mirror,5,running",
        station_assignments="id,station_id,job_id,is_active,started_at,ended_at\n"
        f"{ID.format(1)},ST-01,JOB-1,t,2025-11-20 08:00:00+00,2025-11-20 09:00:00+00",
    )

    code, said = load(folder, tenant)

    assert (code, "line 2, column ended_at" in said) == (0, True)
    assert StationAssignment.objects.get().ended_at is None
    assert "1 read, 0 created, 0 updated, 1 unchanged" in load(folder, tenant)[1]


def test_a_job_completed_without_a_moment_takes_the_end_of_its_work_or_its_beginning(tenant, tmp_path):
    folder = write(
        tmp_path,
        stations=STATION + "ST-01,Cutting,Line A,idle",
        jobs="id,part_name,qty_total,status,created_at,completed_at\n"
        "JOB-1,Mirror,5,completed,2025-11-18 08:00:00+00,\nJOB-2,Mirror,5,completed,2025-11-19 08:00:00+00,\n"
        "JOB-3,Mirror,5,waiting,2025-11-19 08:00:00+00,2025-11-20 08:00:00+00",
        station_assignments="id,station_id,job_id,is_active,started_at,ended_at\n"
        f"{ID.format(1)},ST-01,JOB-1,f,2025-11-20 08:00:00+00,2025-11-20 09:00:00+00",
    )

    code, said = load(folder, tenant)

    assert (code, said.count("column completed_at")) == (0, 3)
    moments = dict(Job.objects.values_list("code", "completed_at"))
    assert moments == {"JOB-1": at("2025-11-20 09:00"), "JOB-2": at("2025-11-19 08:00"), "JOB-3": None}


def test_unknown_events_are_kept_as_they_are(tenant):
    load(V2, tenant)

    event = Event.objects.get(event_type="coffee_break")
    assert event.payload == {"who": ["Jan", "Ewa"], "minutes": 15.5, "deep": {"a": [1, {"b": None}]}}
    odd = Event.objects.get(payload__station="went for lunch")
    assert odd.payload["new_status"] == ["idle"]
    assert station("ST-02").status_since == at("2025-11-20 09:00")  # the odd one does not count


@pytest.mark.parametrize("kind", ["status_correction", "status_corrected", "reverted", "stop_reclassified"])
def test_a_payload_nobody_knows_does_not_stop_a_load(tenant, tmp_path, kind):
    payload = '{""from"": 7, ""event"": [1], ""status"": {}}'
    folder = write(
        tmp_path,
        stations=STATION + "ST-01,Cutting,Line A,running",
        events_log=EVENT + f'{ID.format(1)},{kind},ST-01,,,"{payload}",2025-11-20 08:00:00+00',
    )

    code, said = load(folder, tenant)

    assert code == 0, said
    assert Event.objects.get().payload == {"from": 7, "event": [1], "status": {}}


# Status and reason, from the log


def test_since_when_a_station_has_its_status_comes_from_the_log(tenant):
    load(V2, tenant)

    since = dict(Station.objects.values_list("code", "status_since"))
    assert since == {
        "ST-01": at("2025-11-20 08:15:00.123456"),
        "ST-02": at("2025-11-20 09:00"),
        "ST-03": at("2025-11-20 10:00"),  # said twice; a repeat starts nothing
        "ST-04": at("2025-11-20 06:30"),
        "ST-05": None,
        "ST-06": None,
    }


def test_a_status_the_log_contradicts_is_since_before_the_first_event(tenant, tmp_path):
    events = f'{ID.format(1)},status_change,ST-01,,,"{{""new_status"": ""running""}}",2025-11-20 08:00:00+00'

    code, said = load(
        write(tmp_path, stations=STATION + "ST-01,Cutting,Line A,idle", events_log=EVENT + events), tenant
    )

    assert (code, station("ST-01").status_since) == (0, None)
    assert 'stations.csv, line 2, column status, value "idle": the log ends with running' in said


def test_events_that_come_later_tell_since_when(tenant, tmp_path):
    load(write(tmp_path, stations=STATION + "ST-01,Cutting,Line A,running"), tenant)
    events = f'{ID.format(1)},status_change,ST-01,,,"{{""new_status"": ""running""}}",2025-11-20 08:00:00+00'

    load(write(tmp_path / "later", events_log=EVENT + events), tenant)

    assert station("ST-01").status_since == at("2025-11-20 08:00")
    assert station("ST-01").history.count() == 2


def test_a_blocked_station_without_a_reason_is_unspecified_and_calls_nobody(tenant):
    load(V2, tenant)

    reason = station("ST-05").stop_reason
    assert (reason.code, station("ST-03").stop_reason) == ("unspecified", reason)
    assert not Call.objects.exists()
    assert reason.history.get().history_change_reason == "load_tables"
    assert StopReason.objects.count() == 1


def test_a_reason_the_log_names_is_taken_where_the_tenant_has_it(tenant):
    jam = create_stop_reason(tenant=tenant, code="jam")

    load(V2, tenant)

    assert station("ST-03").stop_reason == jam


def test_a_blocked_station_keeps_the_reason_it_has(tenant, tmp_path):
    jam = create_stop_reason(tenant=tenant, code="jam")
    create_station(tenant=tenant, code="ST-01", status="blocked", stop_reason=jam)

    load(write(tmp_path, stations=STATION + "ST-01,Renamed,Line A,blocked"), tenant)

    assert (station("ST-01").name, station("ST-01").stop_reason) == ("Renamed", jam)


def test_a_station_that_runs_again_loses_its_reason(tenant, tmp_path):
    create_station(tenant=tenant, code="ST-01", status="blocked")

    load(write(tmp_path, stations=STATION + "ST-01,Cutting,Line A,running"), tenant)

    assert (station("ST-01").status, station("ST-01").stop_reason) == ("running", None)


# People


def test_loaded_people_cannot_sign_in_until_given_a_password(tenant):
    load(V2, tenant)

    ewa = User.objects.get(email="ewa.nowak@mirrors.example")
    assert (ewa.tenant, ewa.role, ewa.display_name, ewa.is_active) == (tenant, "supervisor", "Ewa Nowak", True)
    assert str(ewa.pk) == "d66887a3-a556-4782-952b-f8818ec8d8bc"
    assert ewa.last_login == at("2025-11-20 05:12:05.120400")
    assert not ewa.has_usable_password() and ewa.must_change_password


def test_who_signed_in_since_keeps_that_and_the_password(tenant):
    load(V2, tenant)
    ewa = User.objects.get(email="ewa.nowak@mirrors.example")
    ewa.set_password("given-by-an-admin")
    ewa.last_login = at("2026-01-01 08:00")
    ewa.save()

    code, said = load(V2, tenant)

    ewa.refresh_from_db()
    assert (code, "5 read, 0 created, 0 updated, 5 unchanged" in said) == (0, True)
    assert ewa.check_password("given-by-an-admin") and ewa.last_login == at("2026-01-01 08:00")


def test_a_changed_name_is_noted_without_its_value(tenant, tmp_path):
    load(V2, tenant)
    path = v2_copy(tmp_path) / "app_users.csv"
    path.write_text(path.read_text().replace("Ewa Nowak", "Ewa Wilk").replace("Plant admin", "Admin"))

    code, said = load(path.parent, tenant)

    assert (code, "2 updated" in said) == (0, True)
    changes = AuditLog.objects.filter(entity_type="users", action="update").values_list("changes", flat=True)
    assert list(changes) == [{"display_name": [None, None]}] * 2


def test_an_operator_may_have_no_address(tenant, tmp_path):
    code, said = load(write(tmp_path, app_users=f"id,email,display_name,role\n{ID.format(1)},,Ann,operator"), tenant)

    assert (code, "without an address" in said) == (0, True)
    assert User.objects.get(pk=ID.format(1)).email is None


# What is refused

GOOD = {
    "stations": ["id,name,line,status,is_active,created_at", "ST-01,Cutting,Line A,idle,t,2025-11-20 08:00:00+00"],
    "jobs": [
        "id,part_name,qty_total,due_date,priority,status,created_at",
        "JOB-1,Mirror,5,2025-11-21,high,running,2025-11-20 08:00:00+00",
    ],
    "station_assignments": [
        "id,station_id,job_id,qty_done,is_active,started_at,ended_at",
        f"{ID.format(1)},ST-01,JOB-1,3,t,2025-11-20 08:00:00+00,",
    ],
    "performance_logs": [
        "id,station_id,job_id,log_date,shift,mirrors_completed,target_units,efficiency",
        f"{ID.format(2)},ST-01,JOB-1,2025-11-20,day,5,10,50.00",
    ],
    "app_users": ["id,email,display_name,role", f"{ID.format(3)},ann@mirrors.example,Ann,operator"],
    "events_log": [
        "id,event_type,station_id,job_id,user_id,payload,created_at",
        f'{ID.format(4)},note,ST-01,JOB-1,{ID.format(3)},"{{""a"": 1}}",2025-11-20 08:00:00+00',
    ],
    "shifts": [
        "id,name,start,end,weekdays,lines,breaks",
        f'{ID.format(5)},Early,06:00,14:00,"[1, 2]","[""Line A""]","[{{""start"": ""09:30"", ""end"": ""09:45""}}]"',
    ],
}


def files(folder, table=None, old="", new="", line=1):
    """The good files, with one change in one line of one of them."""
    lines = {name: list(lines) for name, lines in GOOD.items()}
    if table:
        assert old in lines[table][line]
        lines[table][line] = lines[table][line].replace(old, new, 1)
    return write(folder, **{name: "\n".join(rows) for name, rows in lines.items()})


def test_the_good_files_are_good(tenant, tmp_path):
    assert load(files(tmp_path), tenant)[0] == 0


@pytest.mark.parametrize(
    "table, old, new, column, reason",
    [
        ("stations", "idle", "walking", "status", "must be running, idle or blocked"),
        ("stations", "idle", "", "status", "may not be empty"),
        ("stations", "ST-01", "", "id", "may not be empty"),
        ("stations", "ST-01", "ST?01", "id", "a code has letters"),
        ("stations", "ST-01", "S" * 41, "id", "at most 40 characters"),
        ("stations", ",t,", ",yes,", "is_active", "must be t, f, true or false"),
        ("stations", "2025-11-20", "2025-11-31", "created_at", "there is no such moment"),
        ("stations", "08:00:00+00", "25:00:00+00", "created_at", "there is no such moment"),
        ("stations", "2025-11-20 08:00:00+00", "yesterday", "created_at", "no moment"),
        ("stations", "2025", "2999", "created_at", "lies in the future"),
        ("stations", "2025", "0001", "created_at", "lies too far back"),
        ("stations", "Cutting", "Cut\x00ting", "name", "a NUL byte"),
        ("stations", "Line A", "L" * 1001, "line", "longer than 1000 characters"),
        ("jobs", ",5,", ",0,", "qty_total", "must be 1 or more"),
        ("jobs", ",5,", ",-5,", "qty_total", "must be 1 or more"),
        ("jobs", ",5,", ",2147483648,", "qty_total", "must be at most 2147483647"),
        ("jobs", ",5,", ",5.5,", "qty_total", "no whole number"),
        ("jobs", ",5,", ",٥,", "qty_total", "no whole number"),
        ("jobs", "2025-11-21", "21.11.2025", "due_date", "no date"),
        ("jobs", "2025-11-21", "2025-02-30", "due_date", "no date"),
        ("jobs", "high", "highest", "priority", "must be low, normal, high or urgent"),
        ("jobs", "running", "done", "status", "must be waiting, running, completed or cancelled"),
        ("station_assignments", "ST-01", "ST-99", "station_id", "neither in stations.csv nor in the tenant"),
        ("station_assignments", "JOB-1", "JOB-9", "job_id", "neither in jobs.csv nor in the tenant"),
        ("station_assignments", ",3,", ",-3,", "qty_done", "must be 0 or more"),
        ("station_assignments", "666", "66x", "id", "no UUID"),
        ("station_assignments", "t,2025-11-20 08:00:00+00,", "f,2025-11-20 08:00:00+00,2025-11-19 08:00:00+00", "ended_at", "before it started"),
        ("performance_logs", "2025-11-20", "", "log_date", "may not be empty"),
        ("performance_logs", ",10,", ",-1,", "target_units", "must be 0 or more"),
        ("performance_logs", "50.00", "NaN", "efficiency", "no number"),
        ("app_users", "operator", "boss", "role", "must be operator, technician, supervisor, manager or admin"),
        ("app_users", "ann@mirrors.example", "ann", "email", "no e-mail address"),
        ("events_log", "note", "", "event_type", "may not be empty"),
        ("events_log", '{""a"": 1}', '{""a"": }', "payload", "no JSON"),
        ("events_log", '{""a"": 1}', "[1]", "payload", "must be a JSON object"),
        ("events_log", '{""a"": 1}', '{""a"": NaN}', "payload", "no JSON"),
        ("events_log", '{""a"": 1}', '{""a"": 1e999999}', "payload", "no JSON"),
        ("events_log", '{""a"": 1}', '{""a"": ""\\u0000""}', "payload", "NUL character"),
        ("events_log", '{""a"": 1}', '{""a"": ""\\ud800""}', "payload", "half a character"),
        ("events_log", '{""a"": 1}', '{""a"":' + "[" * 20_000 + "]" * 20_000 + "}", "payload", ""),
        ("shifts", "06:00", "6", "start", "no time of day"),
        ("shifts", "06:00", "26:00", "start", "no time of day"),
        ("shifts", "[1, 2]", "[1, 8]", "weekdays", "weekdays are numbers"),
        ("shifts", "[1, 2]", '[""1""]', "weekdays", "weekdays are numbers"),
        ("shifts", "[1, 2]", "[]", "weekdays", "weekdays are numbers"),
        ("shifts", "[1, 2]", "1", "weekdays", "must be a JSON list"),
        ("shifts", '[""Line A""]', "[1]", "lines", "must be names of lines"),
        ("shifts", '[""Line A""]', '[""\\u0000""]', "lines", "NUL character"),
        ("shifts", "09:30", "9", "breaks", "Breaks are written like"),
        ("shifts", "09:30", "03:30", "breaks", "inside the shift"),
        ("events_log", "6663,", "6669,", "user_id", "neither in app_users.csv nor in the tenant"),
    ],
)  # fmt: skip
def test_an_impossible_value_is_refused_with_its_line(tenant, tmp_path, table, old, new, column, reason):
    before = everything()

    code, said = load(files(tmp_path, table, old, new), tenant)

    assert code == 1
    assert f"{table}.csv, line 2, column {column}, value " in said and reason in said, said
    assert "1 read, 0 created, 0 updated, 0 unchanged, 1 refused" in said
    assert said.rstrip().endswith("Some rows are refused; nothing was written.")
    assert everything() == before


@pytest.mark.parametrize(
    "table, old, new, reason",
    [
        ("stations", "line", "hall", 'column hall, value "hall": no column of stations'),
        ("stations", "line", "hall", 'column line, value "line": this column is missing'),
        ("stations", "line", "name", 'column name, value "name": this column is there twice'),
        ("jobs", "qty_total,", "", 'column qty_total, value "qty_total": this column is missing'),
        ("app_users", "email", "e-mail", "no column of users"),
        ("jobs", ",", ";", "no column of jobs"),
    ],
)
def test_a_wrong_header_is_refused(tenant, tmp_path, table, old, new, reason):
    code, said = load(files(tmp_path, table, old, new, line=0), tenant)

    assert code == 1
    assert f"{table}.csv, line 1, " in said and reason in said, said
    assert "neither in" not in said  # the rows that refer to it are not blamed


@pytest.mark.parametrize(
    "content, told",
    [
        (b"", "line 1: the file is empty"),
        ("\ufeffid,name".encode("utf-16"), "line 1: the file is UTF-16"),
        (b"id;name;line;status\nST-01;Cut;A;idle", "cells must be separated by commas"),
        (STATION.encode() + b"ST-01,Cut,A,idle\nST-02,Schlei\xdfen,A,idle", r'line 3, column name, value "Schlei\xdfen": bytes that are not UTF-8'),
        (STATION.encode() + b"ST-01,Cut,A", "line 2: 3 cells, where the header has 4"),
        (STATION.encode() + b"ST-01,Cut,A,idle,5", "line 2: 5 cells, where the header has 4"),
        (STATION.encode() + b'ST-01,"Cut\nting",A,idle\nST-02,Cut,A,lazy', "line 4, column status"),
        (STATION.encode() + b'ST-01,Cut,A,idle\nST-02,"Cut,A,idle\nST-03,Cut,A,idle\n', "line 3: no CSV"),
        (STATION.encode() + b"ST-01,Cut,A,idle\n" + STATION.encode(), "line 3: the header again"),
        (STATION.encode() + b"ST-01,Cut,A,idle\nST-01,Cut,A,idle", 'line 3, column id, value "ST-01": line 2 has it already'),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_the_line(tenant, tmp_path, content, told):
    code, said = load(write(tmp_path, stations=content), tenant)

    assert (code, Station.objects.count()) == (1, 0)
    assert f"stations.csv, {told}" in said or told in said, said


def test_doubled_keys_are_refused_in_every_file(tenant, tmp_path):
    folder = write(tmp_path, **{name: "\n".join([*lines, lines[1]]) for name, lines in GOOD.items()})

    code, said = load(folder, tenant)

    assert code == 1
    for name in GOOD:
        assert f"{name}.csv, line 3, column id" in said and "line 2 has it already" in said


def test_shifts_that_meet_are_refused_in_the_file_and_in_the_tenant(tenant, tmp_path):
    create_shift(tenant=tenant, name="Late", start=time(14), end=time(22), weekdays=[3])
    rows = "id,name,start,end,weekdays"
    for number, cells in enumerate(["Early,06:00,14:00,[1]", "Day,08:00,16:00,[1]", "Evening,20:00,04:00,[3]"]):
        rows += f"\n{ID.format(number)},{cells}"

    code, said = load(write(tmp_path, shifts=rows), tenant)

    assert code == 1
    assert 'line 2, column name, value "Early": “Early” meets “Day” (08:00 to 16:00)' in said
    assert 'line 4, column name, value "Evening": “Evening” meets “Late”' in said
    assert "3 refused" in said


def test_a_shift_makes_room_for_another_and_keeps_what_the_file_leaves_out(tenant, tmp_path):
    early = create_shift(tenant=tenant, breaks=[{"start": "09:30", "end": "09:45"}])
    rows = f"id,name,start,end,weekdays\n{ID.format(1)},Late,13:00,22:00,[1]\n{early.pk},Early,05:00,13:00,[1]"

    assert load(write(tmp_path, shifts=rows), tenant)[0] == 0

    assert list(Shift.objects.values_list("name", "end")) == [("Early", time(13)), ("Late", time(22))]
    assert Shift.objects.get(name="Early").breaks == early.breaks
    assert "2 unchanged" in load(tmp_path, tenant)[1]


def test_an_address_twice_in_the_file_is_refused_whatever_its_case(tenant, tmp_path):
    users = "\n".join([*GOOD["app_users"], f"{ID.format(7)},ANN@Mirrors.example,Other Ann,operator"])

    code, said = load(write(tmp_path, app_users=users), tenant)

    assert code == 1
    assert 'app_users.csv, line 3, column email, value "ANN@Mirrors.example": line 2 has it already' in said


def test_ids_of_another_tenant_are_refused_with_the_line(tenant, tmp_path):
    other = create_tenant()
    with tenant_context(other):
        assert load(files(tmp_path), other)[0] == 0

    code, said = load(files(tmp_path), tenant)

    assert (code, Station.objects.for_tenant(tenant).count()) == (1, 0)
    for name in ("station_assignments", "performance_logs", "app_users", "events_log", "shifts"):
        assert f"{name}.csv, line 2, column id" in said
    assert said.count("another tenant uses this id") == 5
    assert "stations.csv, line" not in said  # two tenants may both have a ST-01


def test_addresses_of_others_are_refused_with_the_line(tenant, tmp_path):
    create_person(tenant=create_tenant(), email="Ann@mirrors.example")
    create_person(tenant=tenant, email="bob@mirrors.example")
    create_platform_person(email="boss@platform.example")
    lines = [GOOD["app_users"][0]]
    lines += [f"{ID.format(n)},{a},Ann,operator" for n, a in enumerate(["ann@mirrors.example", "BOB@mirrors.example"])]
    lines += [f"{ID.format(2)},boss@platform.example,Boss,admin"]

    code, said = load(write(tmp_path, app_users="\n".join(lines)), tenant)

    assert code == 1
    assert 'line 2, column email, value "ann@mirrors.example": another tenant uses this address' in said
    assert "line 3, column email" in said and "this address is another person's" in said
    assert "line 4, column email" in said


def test_people_of_another_tenant_cannot_have_done_anything(tenant, tmp_path):
    stranger = create_person(tenant=create_tenant())

    code, said = load(write(tmp_path, events_log=f"event_type,user_id\nnote,{stranger.pk}"), tenant)

    assert (code, "line 2, column user_id" in said, Event.objects.count()) == (1, True, 0)


def test_one_active_job_per_station_in_the_file_and_in_the_tenant(tenant, tmp_path):
    lines = GOOD["station_assignments"]
    twice = write(tmp_path, station_assignments="\n".join([*lines, lines[1].replace("6661", "6669")]))
    create_station(tenant=tenant, code="ST-01")
    create_job(tenant=tenant, code="JOB-1", status="running")

    code, said = load(twice, tenant)
    assert code == 1
    assert "station_assignments.csv, line 3, column station_id" in said and "line 2 is active at this station" in said

    assert load(write(tmp_path, station_assignments="\n".join(lines)), tenant)[0] == 0
    code, said = load(write(tmp_path, station_assignments="\n".join(lines).replace("6661", "6669")), tenant)
    assert (code, "the tenant has an active assignment" in said) == (1, True)


def test_a_station_changes_its_job(tenant, tmp_path):
    lines = GOOD["station_assignments"]
    load(files(tmp_path), tenant)
    ended = lines[1].replace(",t,", ",f,") + "2025-11-20 09:00:00+00"
    follows = f"{ID.format(8)},ST-01,JOB-1,0,t,2025-11-20 09:00:00+00,"

    code, said = load(write(tmp_path / "later", station_assignments="\n".join([lines[0], follows, ended])), tenant)

    assert (code, "2 read, 1 created, 1 updated" in said) == (0, True), said
    assert StationAssignment.objects.active().get().started_at == at("2025-11-20 09:00")


def test_a_performance_log_is_one_for_station_job_date_and_shift(tenant, tmp_path):
    header, line = GOOD["performance_logs"]
    load(files(tmp_path), tenant)

    code, said = load(write(tmp_path / "a", performance_logs=f"{header}\n{line.replace('6662', '6669')}"), tenant)
    assert (code, "a log of the same station, job, date and shift" in said) == (1, True)

    double = "\n".join([header, line, line.replace("6662", "6669")])
    code, said = load(write(tmp_path / "b", performance_logs=double), tenant)
    assert (code, "line 3, column station_id" in said) == (1, True)

    without = f"{header.removeprefix('id,')}\n{line.partition(',')[2].replace(',5,10,50.00', ',6,10,60')}"
    code, said = load(write(tmp_path / "c", performance_logs=without), tenant)
    assert (code, PerformanceLog.objects.get().units_completed) == (0, 6), said


def test_an_event_that_is_there_with_other_words_is_refused(tenant, tmp_path):
    load(files(tmp_path), tenant)

    code, said = load(files(tmp_path, "events_log", '""a"": 1', '""a"": 2'), tenant)

    assert code == 1
    assert "events_log.csv, line 2, column payload" in said
    assert 'the tenant\'s log has this event with another payload: {"a": 1}' in said


def test_all_refused_rows_are_told_and_the_rest_counted(tenant, tmp_path):
    lines = [f"ST-{n},Cut,Line A,lazy" for n in range(250)]

    code, said = load(write(tmp_path, stations=STATION + "\n".join(lines), jobs=JOB + "JOB-1,Mirror,0,x"), tenant)

    assert code == 1
    assert "250 read, 0 created, 0 updated, 0 unchanged, 250 refused" in said
    assert said.count("stations.csv, line") == 100 and "stations.csv: and 150 more" in said
    assert "jobs.csv, line 2, column qty_total" in said and "jobs.csv, line 2, column status" in said
    assert "1 read, 0 created, 0 updated, 0 unchanged, 1 refused" in said


def test_files_that_are_no_tables_are_left_aside(tenant, tmp_path):
    files(tmp_path)
    write(tmp_path, station="id\n1")

    code, said = load(tmp_path, tenant)

    assert (code, "Left aside, as no table: station.csv." in said) == (0, True)


def test_another_tenants_rows_are_not_touched(tenant, tmp_path):
    other = create_tenant()
    with tenant_context(other):
        create_station(tenant=other, code="ST-01", name="Theirs")

    load(files(tmp_path), tenant)

    with platform_context():
        assert Station.objects.get(tenant=other).name == "Theirs"


def test_two_loads_into_one_tenant_do_not_mix(tenant):
    with psycopg.connect(**_address(), autocommit=True) as other:
        other.execute("select pg_advisory_lock(hashtext('load_tables'), hashtext(%s))", [tenant.slug])

        code, said = load(V2, tenant)

    assert (code, f"Another load into {tenant.slug} is under way" in said) == (1, True)


def _address() -> dict:
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in ("dbname", "host", "port", "user", "password") if parameters.get(name)}


def test_a_log_of_some_thousand_events_loads(tenant, tmp_path):
    with (tmp_path / "events_log.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(EVENT.strip().split(","))
        for number in range(2_000):
            moment = (at("2025-11-20") + timedelta(seconds=number)).isoformat()
            payload = json.dumps({"new_status": ["running", "idle"][number % 2], "note": "x" * 500})
            writer.writerow([uuid.uuid4(), "status_change", f"ST-{number % 20:02}", "", "", payload, moment])
    write(
        tmp_path, stations=STATION + "\n".join(f"ST-{n:02},Cut,Line A,{['running', 'idle'][n % 2]}" for n in range(20))
    )

    code, said = load(tmp_path, tenant)

    assert code == 0, said
    assert "2000 read, 2000 created" in said
    assert station("ST-19").status_since is not None
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_class where relpersistence = 't' and relkind = 'r'")
        assert cursor.fetchone() == (0,)  # nothing stays behind
