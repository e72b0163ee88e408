"""Loads and dumps 100 000 events: seconds and peak memory of the process, into a new data folder.

    .venv/bin/python -m tests.bench.load_tables [number of events]

The load runs twice (the second changes nothing), then dump, then load into a second new installation, dump again and
compare: the files must be the same, byte for byte.
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


def make_files(folder: Path, events: int, seed=1) -> None:
    """A plant's export: stations that change status, report and call, over three months until yesterday."""
    chance = random.Random(seed)
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=91)

    def key():
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))

    def write(name, columns, rows):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(columns.split(","))
            writer.writerows(rows)

    folder.mkdir(parents=True)
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


def main():
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
