"""The figures of 200 stations over a day, a month and a year, and adding up their shifts: time and statements.

`python -m tests.bench.performance [days of events]`, 31 by default, at 27,400 events a day: a year of them is ten
million. A database of its own. What closed shifts come to is repeated back to a year, as it would be after one.
"""

import os
import shutil
import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

os.environ["LEANOPS_COMMAND"] = "1"  # its statements may take their time
from tests.bench import board  # makes the data folder and the environment
from tests.bench.board import embedded

LINES, STATIONS = 10, 20  # of each line
SHIFTS = [("Early", "day", 6, 14), ("Late", "day", 14, 22), ("Night", "night", 22, 6)]
# A change every 13 minutes, a report every 52: 137 events a station and day.
EVENTS = """
insert into events_log (id, tenant_id, event_type, station_id, job_id, user_id, payload, occurred_at, created_at)
select gen_random_uuid(), %(tenant)s, case when n %% 5 = 4 then 'quantity_reported' else 'status_change' end, s.id, a.job_id, null,
       case when n %% 5 = 4 then jsonb_build_object('good', 9 + n %% 7, 'scrap', n %% 2)
            when n %% 5 = 1 then jsonb_build_object('old_status', 'running', 'new_status', 'blocked', 'reason', 'r' || (n %% 11))
            when n %% 5 = 3 then jsonb_build_object('old_status', 'running', 'new_status', 'idle')
            else jsonb_build_object('old_status', 'idle', 'new_status', 'running') end,
       t.at, t.at
from stations s cross join generate_series(0, %(days)s * 137 - 1) n
cross join lateral (select %(start)s::timestamptz + n * interval '1 day' / 137 as at) t
join station_assignments a on a.tenant_id = s.tenant_id and a.station_id = s.id and a.started_at <= t.at and a.ended_at > t.at
where s.tenant_id = %(tenant)s order by t.at
"""
REPEAT = """
with old as (select * from closed_shifts where tenant_id = %(tenant)s), made as (
    insert into closed_shifts (id, tenant_id, line, log_date, shift, kind, started_at, ended_at, worked, read_to, is_revised, closed_at)
    select gen_random_uuid(), tenant_id, line, log_date - k * %(days)s, shift, kind, started_at - k * %(days)s * interval '1 day',
           ended_at - k * %(days)s * interval '1 day', worked, read_to, is_revised, closed_at
    from old cross join generate_series(1, 364 / %(days)s) k returning id, line, log_date, shift
), pairs as (
    select made.id as new, old.id as old from made
    join old on old.line = made.line and old.shift = made.shift and (old.log_date - made.log_date) %% %(days)s = 0
), times as (
    insert into shift_times (id, tenant_id, shift_id, station_id, job_id, status, reason, is_excluded, time, stops)
    select gen_random_uuid(), tenant_id, pairs.new, station_id, job_id, status, reason, is_excluded, time, stops
    from pairs join shift_times t on t.shift_id = pairs.old
)
insert into shift_units (id, tenant_id, shift_id, station_id, job_id, good, scrap, cycle_seconds)
select gen_random_uuid(), tenant_id, pairs.new, station_id, job_id, good, scrap, cycle_seconds
from pairs join shift_units u on u.shift_id = pairs.old
"""


def plant(days):
    """A tenant whose stations worked on a job a day, with their events."""
    from datetime import time as clock

    from django.db import connection
    from django.utils import timezone

    from apps.core.isolation import tenant_context
    from apps.shopfloor.models import Job, StationAssignment, StopReason
    from tests import factories as make

    tenant = make.create_tenant()
    with tenant_context(tenant):
        for name, kind, start, end in SHIFTS:
            make.create_shift(
                tenant=tenant, name=name, kind=kind, start=clock(start), end=clock(end), weekdays=range(1, 8)
            )
        groups = ["equipment", "material", "people", "changeover"]
        for n in range(11):
            StopReason.objects.create(
                tenant=tenant, code=f"r{n}", name=f"Reason {n}", group=groups[n % 4],
                counts_as="excluded" if n == 10 else "availability",
            )  # fmt: skip
        stations = [
            make.create_station(tenant=tenant, code=f"ST-{line:02}-{n:02}", line=f"Line {line:02}")
            for line in range(LINES)
            for n in range(STATIONS)
        ]
        start = tenant.local(timezone.now()).replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=days)
        jobs, work = [], []
        for station in stations:
            for n in range(days):
                begun = start + timedelta(days=n)
                job = Job(
                    tenant=tenant, code=f"{station.code}-{n}", part_name=f"Part {n % 30}", qty_total=100_000, cycle_seconds=120,
                    status="completed", created_at=begun - timedelta(days=3), completed_at=begun + timedelta(days=1),
                )  # fmt: skip
                jobs.append(job)
                work.append(
                    StationAssignment(
                        tenant=tenant, station=station, job=job, started_at=begun, ended_at=begun + timedelta(days=1),
                        is_active=False,
                    )
                )  # fmt: skip
        Job.objects.bulk_create(jobs, batch_size=2000)
        StationAssignment.objects.bulk_create(work, batch_size=2000)
        with connection.cursor() as cursor:
            cursor.execute(EVENTS, {"tenant": tenant.pk, "days": days, "start": start})
            print(f"{cursor.rowcount:,} events of {days} days", flush=True)
        with connection.cursor() as cursor:
            cursor.execute("analyze")
    return tenant, start


def close_all(tenant, start, days):
    """Every shift of the days, as the worker closes it; those of the last one stay open."""
    from django.utils import timezone

    from apps.core.isolation import tenant_context
    from apps.core.services import lines_of
    from apps.shopfloor import services
    from apps.shopfloor.services.shifts import calendar
    from apps.shopfloor.shift_facts import as_it_is
    from apps.shopfloor.shift_times import runs_of_line

    began, closed = time.perf_counter(), 0
    with tenant_context(tenant):
        shifts, holidays = calendar(tenant, start.date())
        for line in lines_of(tenant):
            for run in runs_of_line(
                shifts, line, start.date(), (start + timedelta(days=days - 2)).date(), tenant.zone, holidays
            ):
                closed += services.close_shift(as_it_is(tenant, line, run), now=timezone.now())
    took = time.perf_counter() - began
    print(
        f"{closed} shifts of {STATIONS} stations closed in {took:.1f} s, {took / closed * 1000:.0f} ms each", flush=True
    )


def look(tenant, name, first, last):
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from apps.core.isolation import tenant_context
    from tests import factories as make

    client = Client()
    with tenant_context(tenant):
        client.force_login(make.create_person(tenant=tenant, role="manager"))
    took = []
    for _round in range(4):  # the first warms up
        with CaptureQueriesContext(connection) as asked:
            began = time.perf_counter()
            answer = client.get("/performance/", {"first": first, "last": last})
            took.append(time.perf_counter() - began)
        assert answer.status_code == 200
    print(
        f"| {name} | {sorted(took[1:])[1] * 1000:,.0f} ms | {len(asked)} | {len(answer.content) // 1024} kB |",
        flush=True,
    )


def run(days):
    from django.db import connection

    from apps.core.isolation import tenant_context

    tenant, start = plant(days)
    close_all(tenant, start, days)
    with tenant_context(tenant), connection.cursor() as cursor:
        cursor.execute(REPEAT, {"tenant": tenant.pk, "days": days - 1})
        cursor.execute("select count(*) from shift_times")
        print(f"{cursor.fetchone()[0]:,} rows of time in a year")
        cursor.execute("analyze")
    today = start.date() + timedelta(days=days)
    print("\n| page of figures, 200 stations | time | statements | size |\n|---|---|---|---|")
    day = timedelta(days=1)
    look(tenant, "a day that is closed", today - 3 * day, today - 3 * day)
    look(tenant, "yesterday, from the log", today - day, today - day)
    look(tenant, "a month", today - 30 * day, today - 2 * day)
    look(tenant, "a year", today - 360 * day, today - 2 * day)


def main():
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, board.folder)
        stack.enter_context(embedded.server(Path(board.folder)))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        run(int(sys.argv[1]) if len(sys.argv) > 1 else 31)


if __name__ == "__main__":
    main()
