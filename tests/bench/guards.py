"""What the guards cost, with and without in one run: `python -m tests.bench.guards`, prints a table in Markdown.

Isolation (policies, composite keys, the statement that says whose rows) for each request and in a bulk insert, history
and audit for each write, and the size of password hashes. One process, one database of its own, the variants in turn
round by round; medians of the processor time of both, the process and its PostgreSQL: what else the machine does, and how
long its disk takes, does not enter. Queries stay as they are: they name their tenant with and without.
"""

import shutil
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

from tests.bench import board  # makes the data folder and the environment
from tests.bench.board import embedded

ROUNDS, REQUESTS, WRITES, ROWS = 11, 24, 40, 10_000

POLICED = "select relname from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace"
TIED = """select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
          where contype = 'f' and conname like '%\\_same\\_tenant'"""
AUDITED = "select tgrelid::regclass::text from pg_trigger where tgname = 'audit'"


def rows_of(query):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def change(statements):
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def without_policies():
    tables = [name for (name,) in rows_of(POLICED)]
    change(f"alter table {name} disable row level security" for name in tables)
    try:
        yield
    finally:
        change(f"alter table {name} enable row level security" for name in tables)


@contextmanager
def without_keys():
    keys = rows_of(TIED)
    assert len(keys) > 8
    change(f"alter table {table} drop constraint {name}" for table, name, _ in keys)
    try:
        yield
    finally:
        change(f"alter table {table} add constraint {name} {definition}" for table, name, definition in keys)


@contextmanager
def without_settings():
    """The request's transaction alone, which says nothing to the database."""
    from django.db import transaction

    @contextmanager
    def plain(**values):
        with transaction.atomic():
            yield

    with patch("apps.core.middleware.request_context", plain):
        yield


@contextmanager
def without_isolation():
    with without_policies(), without_keys(), without_settings():
        yield


@contextmanager
def without_audit():
    tables = [name for (name,) in rows_of(AUDITED)]
    change(f"alter table {name} disable trigger audit" for name in tables)
    try:
        yield
    finally:
        change(f"alter table {name} enable trigger audit" for name in tables)


@contextmanager
def without_record():
    """Neither history nor, as its trigger sits there, audit rows."""
    from django.test import override_settings

    with override_settings(SIMPLE_HISTORY_ENABLED=False):
        yield


@contextmanager
def with_all():
    yield


def spent():
    """Milliseconds of processor time so far, of this process and of the PostgreSQL process that serves it."""
    from django.db import connection

    connection.ensure_connection()
    its = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]
    return 1000 * time.process_time() + int(its) / 1e6


def compare(act, count, *variants):
    """Milliseconds of an act under each variant: the median of each round, with the variants in turn."""
    rounds = {variant: [] for variant in variants}
    for number in range(ROUNDS):
        for variant in variants if number % 2 else reversed(variants):
            took = []
            with variant():
                for _ in range(count + count // 6):
                    before = spent()
                    act()
                    took.append(spent() - before)
            rounds[variant].append(statistics.median(took[count // 6 :]))  # the first warm plans and caches up again
    return rounds.values()


def line(what, whole, part, *, unit="ms"):
    """A row of the table. The ratio is the median of the rounds' own."""
    ratio = statistics.median(one / other for one, other in zip(whole, part, strict=True))
    print(
        f"| {what} | {statistics.median(whole):.1f} {unit} | {statistics.median(part):.1f} {unit} | {ratio:.2f} |",
        flush=True,
    )


def opener(session):
    from django.test import Client

    client = Client()
    client.cookies["sessionid"] = session

    def act():
        assert client.get("/board/").status_code == 200

    return act


def presser(session, station):
    from django.test import Client

    client, turn = Client(headers={"HX-Request": "true"}), iter(range(10**9))
    client.cookies["sessionid"] = session

    def act():
        status = "idle" if next(turn) % 2 else "running"
        assert client.post(f"/stations/{station.pk}/status/", {"status": status}).status_code == 200

    return act


def saver(row, field):
    from apps.core.isolation import tenant_context

    def act():
        with tenant_context(row.tenant):
            setattr(row, field, "a" if getattr(row, field) == "b" else "b")
            row.save()

    return act


def inserter(tenant):
    """10 000 ended assignments, with their keys checked, and rolled back."""
    from datetime import timedelta

    from django.db import connection, transaction
    from django.utils import timezone

    from apps.core.isolation import tenant_context
    from apps.shopfloor.models import Job, Station, StationAssignment

    with tenant_context(tenant):
        stations, jobs = list(Station.objects.all()), list(Job.objects.all())
    now = timezone.now()

    def act():
        with tenant_context(tenant):
            rows = [
                StationAssignment(
                    tenant=tenant,
                    station=stations[n % len(stations)],
                    job=jobs[n % len(jobs)],
                    is_active=False,
                    started_at=now - timedelta(minutes=n + 1),
                    ended_at=now - timedelta(minutes=n),
                )
                for n in range(ROWS)
            ]
            StationAssignment.objects.bulk_create(rows, batch_size=1000)
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate")
            transaction.set_rollback(True)

    return act


HASHING = r"""
import pathlib, re, statistics, sys, time
from argon2 import PasswordHasher
hasher = PasswordHasher(time_cost=int(sys.argv[1]), memory_cost=int(sys.argv[2]), parallelism=int(sys.argv[3]))
peak = lambda: int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024
before = peak()
encoded, took = hasher.hash("a word of some length"), []
for _ in range(9):
    started = time.process_time()
    hasher.verify(encoded, "a word of some length")
    took.append(time.process_time() - started)
print(1000 * statistics.median(took), peak() - before)
"""


def hashing(hasher):
    """(milliseconds, MiB) of verifying a password with the sizes of one of Django's hashers."""
    sizes = [str(size) for size in (hasher.time_cost, hasher.memory_cost, hasher.parallelism)]
    told = subprocess.run([sys.executable, "-c", HASHING, *sizes], capture_output=True, text=True, check=True).stdout
    return [float(word) for word in told.split()]


def main():
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, board.folder)
        stack.enter_context(embedded.server(Path(board.folder)))
        import django

        django.setup()
        from django.contrib.auth.hashers import Argon2PasswordHasher
        from django.core.management import call_command

        from apps.core.isolation import tenant_context
        from apps.core.models import Tenant
        from apps.core.passwords import PlantArgon2PasswordHasher
        from apps.shopfloor.models import Job

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        session, stations = board.furnish()
        tenant = Tenant.objects.get()
        with tenant_context(tenant):
            job = Job.objects.select_related("tenant").first()
        change(["analyze"])

        look, press = opener(session), presser(session, stations[0])
        print(f"{ROUNDS} rounds in turn\n\n| processor time | with | without | ratio |\n|---|---|---|---|")
        line("isolation, board of 60 stations", *compare(look, REQUESTS, with_all, without_isolation))
        line("isolation, status change", *compare(press, REQUESTS, with_all, without_isolation))
        line("— the policies alone, board", *compare(look, REQUESTS, with_all, without_policies))
        line("— the policies alone, status change", *compare(press, REQUESTS, with_all, without_policies))
        line("history and audit, status change", *compare(press, REQUESTS, with_all, without_record))
        for name, save in ("job", saver(job, "line_hint")), ("station", saver(stations[1], "name")):
            whole, unaudited, bare = compare(save, WRITES, with_all, without_audit, without_record)
            line(f"history and audit, one saved {name}", whole, bare)
            line("— the audit row alone", whole, unaudited)
        insert = inserter(tenant)
        whole, bare = compare(insert, 1, with_all, without_keys)
        line(f"composite keys, {ROWS} assignments at once", whole, bare)
        (ours, our_size), (theirs, their_size) = hashing(PlantArgon2PasswordHasher), hashing(Argon2PasswordHasher)
        print("\n| a password | ours | Django's sizes | ratio |\n|---|---|---|---|")
        line("verifying it", [ours], [theirs])
        line("— its memory", [our_size], [their_size], unit="MiB")


if __name__ == "__main__":
    main()
