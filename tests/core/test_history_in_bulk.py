"""History of many rows at once: as each row's own would be, however many there are."""

from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.core.models import AuditLog
from apps.shopfloor.models import Job, PerformanceLog, Shift
from tests.factories import create_job, create_shift, create_station


def versions(model, *, but=("id", "code")):
    """Each version's values, but for its own number and moment."""
    names = [field.attname for field in model.history.model.tracked_fields if field.attname not in but]
    names += ["history_type", "history_change_reason", "history_user_id"]
    return list(model.history.order_by("history_id").values_list(*names))


def test_many_rows_have_the_versions_that_each_would_have(tenant):
    create_job(tenant=tenant, code="ALONE")
    bulk_create_with_history(
        [Job(tenant=tenant, code=f"J-{n}", part_name="Mirror 60 × 90", qty_total=100) for n in (1, 2)], Job
    )

    alone, *many = versions(Job, but=("id", "code", "created_at"))

    assert many == [alone] * 2
    assert [row.code for row in Job.history.order_by("history_id")] == ["ALONE", "J-1", "J-2"]
    assert AuditLog.objects.filter(entity_type="jobs", action="create").count() == 3


def test_a_change_of_many_is_told_with_its_reason(tenant):
    jobs = [create_job(tenant=tenant, code=f"J-{n}") for n in (1, 2)]
    for job in jobs:
        job.qty_total = 7
    jobs[1]._change_reason = "of its own"

    bulk_update_with_history(jobs, Job, ["qty_total"], default_change_reason="import")

    told = Job.history.filter(history_type="~").order_by("history_id")
    assert [(row.code, row.qty_total, row.history_change_reason) for row in told] == [
        ("J-1", 7, "import"),
        ("J-2", 7, "of its own"),
    ]
    log = AuditLog.objects.filter(entity_type="jobs", action="update").order_by("id")
    assert [(row.changes, row.reason) for row in log] == [
        ({"qty_total": [100, 7]}, "import"),
        ({"qty_total": [100, 7]}, "of its own"),
    ]


def test_each_of_many_rows_gets_its_own_values(tenant):
    early, late = (create_shift(tenant=tenant, name=name, lines=[name]) for name in ("Early", "Late"))
    early.start, early.weekdays, early.lines, early.breaks = time(5), [6, 7], ["A", 'B "2", {x}'], [{"start": "09:00"}]
    late.start, late.weekdays, late.lines, late.breaks = time(15), [1], [], []
    one, two = (create_job(tenant=tenant, code=f"J-{n}", due_date="2026-03-01") for n in (1, 2))
    one.due_date, one.rank, one.part_name = None, 7, "50 % 'new' \\ x"
    two.due_date, two.rank, two.part_name = date(2026, 3, 2), None, ""

    changed = [
        (Shift, [early, late], ["start", "weekdays", "lines", "breaks"]),
        (Job, [one, two], ["due_date", "rank", "part_name"]),
    ]
    for model, rows, fields in changed:
        with CaptureQueriesContext(connection) as asked:
            assert bulk_update_with_history(rows, model, fields) == 2
        assert sum(one["sql"].startswith("update") for one in asked) == 1
        stored = model.objects.in_bulk([row.pk for row in rows])
        for row in rows:
            assert [getattr(stored[row.pk], name) for name in fields] == [getattr(row, name) for name in fields]


def test_what_the_database_works_out_is_left_to_it(tenant):
    log = PerformanceLog(tenant=tenant, station=create_station(tenant=tenant), log_date="2026-01-02", shift="day")
    log.units_completed, log.target_units = 3, 4

    bulk_create_with_history([log], PerformanceLog)

    assert PerformanceLog.history.get().units_completed == 3


@pytest.mark.parametrize("count", [2, 200])
def test_it_takes_one_statement(tenant, count):
    jobs = [Job(tenant=tenant, code=f"J-{n}", part_name="x", qty_total=1) for n in range(count)]
    with CaptureQueriesContext(connection) as asked:
        bulk_create_with_history(jobs, Job)
    assert len([one for one in asked if "jobs_history" in one["sql"]]) == 1
