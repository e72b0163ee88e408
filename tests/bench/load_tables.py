"""Loads and dumps 100 000 events: seconds and peak memory of the process, into a new data folder.

    .venv/bin/python -m tests.bench.load_tables [number of events]
    .venv/bin/python -m tests.bench.load_tables assets [number of assets]
    .venv/bin/python -m tests.bench.load_tables stock [number of balances]

The load runs twice (the second changes nothing), then dump, then load into a second new installation, dump again and
compare: the files must be the same, byte for byte.

`assets`: rows a second of assets with their codes, specs, figures and a week of daily logs, each with history, beside
Django's plain `bulk_create` of the same assets, which keeps none, in the same process and database. By the clock, and by
the processor's time of both this process and its database's, which does not depend on what else runs here (Linux).

`stock`: rows a second of balances, each of which opens with a move, with their parts; and of the ledger that a dump of
them holds, into a second installation.
"""

import csv
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
STATIONS, JOBS, PEOPLE = 60, 400, 20
# Runs manage.py and says how much memory it had at most.
RUN = """
import resource, runpy, sys
sys.argv = ["manage.py", *sys.argv[1:]]
try:
    runpy.run_path("manage.py", run_name="__main__")
finally:
    print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def writer_into(folder: Path):
    folder.mkdir(parents=True)

    def write(name, columns, rows):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(columns.split(","))
            writer.writerows(rows)

    return write


def keys_from(chance: random.Random):
    return lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4))


def make_files(folder: Path, events: int, seed=1) -> None:
    """A plant's export: stations that change status, report and call, over three months until yesterday."""
    chance = random.Random(seed)
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=91)
    key, write = keys_from(chance), writer_into(folder)
    stations = [f"ST-{n:02}" for n in range(1, STATIONS + 1)]
    jobs = [f"JOB-{n}" for n in range(1001, 1001 + JOBS)]
    people = [key() for _ in range(PEOPLE)]
    now = dict.fromkeys(stations, "idle")

    def log():
        for number in range(events):
            moment = start + timedelta(days=90) * number / events
            station = chance.choice(stations)
            if chance.random() < 0.6:
                status = chance.choice(["running", "running", "idle", "blocked"])
                payload = {"old_status": now[station], "new_status": status, "notes": "Zgłosił operator – ręcznie"}
                now[station], kind = status, "status_change"
            else:
                kind, payload = "quantity_reported", {"good": chance.randint(1, 9), "scrap": 0}
            stamp = moment.strftime("%Y-%m-%d %H:%M:%S.%f+00")
            yield [key(), kind, station, chance.choice(jobs), chance.choice(people), json.dumps(payload), stamp]

    write("events_log", "id,event_type,station_id,job_id,user_id,payload,created_at", log())
    write(
        "stations",
        "id,name,line,status,is_active,created_at",
        ([code, f"Station {code}", f"Line {n % 3}", now[code], "t", start] for n, code in enumerate(stations)),
    )
    write("jobs", "id,part_name,qty_total,status,created_at", ([c, "Mirror", 100, "waiting", start] for c in jobs))
    write(
        "app_users",
        "id,email,display_name,role",
        ([k, f"person{n}@bench.example", f"Person {n}", "operator"] for n, k in enumerate(people)),
    )


def make_asset_files(folder: Path, assets: int, seed=1) -> None:
    """An export of AMMS: units with nine components each, known by code, with specs; units have hours and logs."""
    chance = random.Random(seed)
    key, write = keys_from(chance), writer_into(folder)
    today = datetime.now(UTC).date()
    places, rows = [key() for _ in range(max(assets // 200, 1))], [key() for _ in range(assets)]
    units = rows[::10]
    write(
        "locations",
        "id,parent_id,name,type",
        ([k, places[0] if n else "", f"Hall {n}", "Area"] for n, k in enumerate(places)),
    )
    write(
        "assets",
        "id,tenant_id,parent_id,location_id,name",
        (
            [k, places[0], units[n // 10] if n % 10 else "", places[n // 10 % len(places)], f"Pump {n}"]
            for n, k in enumerate(rows)
        ),
    )
    write("asset_identities", "asset_id,client_code,qr_token", ([k, f"P-{n}", k] for n, k in enumerate(rows)))
    write("asset_specs", "asset_id,specs", ([k, json.dumps({"voltage": "400v", "rpm": n})] for n, k in enumerate(rows)))
    write(
        "asset_meters", "asset_id,current_run_hours,last_updated_at", ([k, 5000, f"{today} 00:00:00Z"] for k in units)
    )
    write(
        "daily_logs",
        "id,date,supervisor_id,asset_id,run_hours_added,fuel_liters_added",
        ([key(), today - timedelta(days=day), "", k, 8, 20] for day in range(1, 8) for k in units),
    )


def make_stock_files(folder: Path, balances: int, seed=1) -> None:
    """An export of AMMS: a part for every ten balances, in the bins of 20 warehouses; every tenth is in somebody's wallet."""
    chance = random.Random(seed)
    key, write = keys_from(chance), writer_into(folder)
    parts = [key() for _ in range(max(balances // 10, 1))]
    stores, people = [key() for _ in range(20)], [key() for _ in range(max(balances // 1000, 1))]
    write("locations", "id,name,type", ([k, f"Store {n}", "Warehouse"] for n, k in enumerate(stores)))
    write(
        "users",
        "id,email,display_name,role",
        ([k, f"person{n}@bench.example", f"Person {n}", "technician"] for n, k in enumerate(people)),
    )
    write("parts", "id,sku,name,category", ([k, f"P-{n:06}", f"Bearing {n}", "Bearings"] for n, k in enumerate(parts)))
    write(
        "inventory_stock",
        "id,part_id,location_id,qty_on_hand,bin_location,unit_cost",
        ([key(), parts[n // 10], stores[n % 10], n % 50 + 1, f"A-{n % 99}", "2.75"] for n in range(balances) if n % 10),
    )
    write(
        "inventory_wallets",
        "id,user_id,part_id,qty_held",
        ([key(), people[n % len(people)], part, "1.5"] for n, part in enumerate(parts)),
    )


def time_stock(balances: int) -> None:
    above = Path(tempfile.mkdtemp(prefix="lo-"))
    try:
        make_stock_files(above / "files", balances)
        for data in ("one", "two"):
            manage(above / data, "migrate")
        create = ("--tenant", "bench", "--create-tenant")
        for name, data, *words in [
            ("load", "one", "load_tables", str(above / "files"), *create),
            ("load again", "one", "load_tables", str(above / "files"), "--tenant", "bench"),
            ("dump", "one", "dump_tables", str(above / "dump"), "--tenant", "bench"),
            ("load the dump", "two", "load_tables", str(above / "dump"), *create),
            ("check it", "two", "check_stock"),
        ]:
            seconds, peak = manage(above / data, *words)
            print(f"{name:<14} {seconds:6.1f} s   {balances / seconds:8,.0f} balances/s   peak {peak:5.0f} MiB")
    finally:
        shutil.rmtree(above)


def compare_with_bulk_create(folder: str, rounds: int = 3) -> None:
    """Runs in `manage.py shell`."""
    from django.db import connection, transaction

    from apps.core.isolation import tenant_context
    from apps.core.models import Tenant
    from apps.core.tables.loading import load_tables
    from apps.core.tables.report import Progress
    from apps.core.trees import tree_guard
    from apps.registry.models import Asset

    def processors() -> float:
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            ticks = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def timed(what, act) -> None:
        began, busy = time.monotonic(), processors()
        rows = act()
        seconds, busy = time.monotonic() - began, processors() - busy
        print(
            f"| {what} | {rows:,} | {seconds:.1f} | {rows / seconds:,.0f} | {busy:.1f} | {rows / busy:,.0f} |",
            flush=True,
        )

    def load(**options) -> int:
        report = load_tables(Path(folder), "bench", progress=Progress(lambda text: None), **options)
        return sum(file.read for file in report.files.values())

    def plainly() -> int:
        tenant = Tenant.objects.get()
        with tenant_context(tenant), tree_guard(Asset, tenant.pk):
            there = Asset.objects.for_tenant(tenant).values_list("name", "location")
            rows = [
                Asset(tenant=tenant, name=name, location_id=place, lft=1, rght=2, level=0, tree_id=10**6 + n)
                for n, (name, place) in enumerate(there)
            ]
            Asset.objects.bulk_create(rows, batch_size=1000)
            transaction.set_rollback(True)
        return len(rows)

    print("| what | rows | s | rows/s | processor s | rows/s of it |\n|---|---|---|---|---|---|")
    timed("load_tables, with history", lambda: load(create=True, timezone="Europe/Warsaw"))
    timed("load_tables, again", load)
    for _ in range(rounds):
        timed("bulk_create of the assets", plainly)


def manage(data: Path, *words: str) -> tuple[float, float]:
    """Run a command with a data folder. Returns seconds and peak MiB."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        check=False,
        cwd=CHECKOUT,
        env=os.environ | {"LEANOPS_DATA": str(data)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.monotonic() - began, int(done.stderr.rsplit("PEAK", 1)[1].split()[0]) / 1024


def time_assets(assets: int) -> None:
    above = Path(tempfile.mkdtemp(prefix="lo-"))
    try:
        make_asset_files(above / "files", assets)
        environment = os.environ | {"LEANOPS_DATA": str(above / "one")}
        manage(above / "one", "migrate")
        code = f"from tests.bench.load_tables import compare_with_bulk_create as compare; compare({str(above / 'files')!r})"
        subprocess.run(
            [sys.executable, "manage.py", "shell", "-v0", "-c", code], check=True, cwd=CHECKOUT, env=environment
        )
    finally:
        shutil.rmtree(above)


def main():
    if sys.argv[1:2] == ["assets"]:
        return time_assets(int(sys.argv[2]) if len(sys.argv) > 2 else 20_000)
    if sys.argv[1:2] == ["stock"]:
        return time_stock(int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    above = Path(tempfile.mkdtemp(prefix="lo-"))
    try:
        files, tenant = above / "files", ("--tenant", "bench")
        make_files(files, events)
        for data in ("one", "two"):
            manage(above / data, "migrate")
        steps = [
            ("load", "one", "load_tables", str(files), *tenant, "--create-tenant", "--timezone", "Europe/Warsaw"),
            ("load again", "one", "load_tables", str(files), *tenant),
            ("dry run", "one", "load_tables", str(files), *tenant, "--dry-run"),
            ("dump", "one", "dump_tables", str(above / "dump1"), *tenant),
            ("load the dump", "two", "load_tables", str(above / "dump1"), *tenant, "--create-tenant"),
            ("dump it", "two", "dump_tables", str(above / "dump2"), *tenant),
        ]
        print(f"{events:,} events, {STATIONS} stations, {JOBS} jobs; seconds include starting the database")
        for name, data, *words in steps:
            seconds, peak = manage(above / data, *words)
            print(f"{name:<14} {seconds:6.1f} s   peak {peak:5.0f} MiB")
        same = all(p.read_bytes() == (above / "dump2" / p.name).read_bytes() for p in (above / "dump1").iterdir())
        print("dump → load → dump:", "the same bytes" if same else "DIFFERENT")
    finally:
        shutil.rmtree(above)


if __name__ == "__main__":
    main()
