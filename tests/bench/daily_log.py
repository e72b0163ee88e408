"""The grid of the daily log with 200 assets: `python -m tests.bench.daily_log [days of history]`, a table in Markdown.

Through the middleware, signed in, with history, audit log, seals and isolation on: the page read, all rows saved, all
corrected, sent again unchanged; and the same by the API. Each asset has a year of daily logs unless told otherwise.
"""

import statistics
import sys
import time
from datetime import timedelta
from decimal import Decimal

from tests.bench import board  # makes the data folder and the environment

ASSETS, ROUNDS = 200, 5


def main():
    with board.started():
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else 365)


def plant(days):
    """A tenant, a supervisor and the assets, with a log and its reading for each day."""
    from django.utils import timezone

    from apps.core.isolation import tenant_context
    from apps.registry.models import DailyLog, MeterReading
    from tests.factories import create_asset, create_location, create_person, create_tenant

    tenant = create_tenant(name="Bench", settings={"agile_mode": True})
    with tenant_context(tenant):
        person, place = create_person(tenant=tenant), create_location(tenant=tenant)
        assets = [create_asset(tenant=tenant, name=f"Pump {n:03}", location=place) for n in range(ASSETS)]
        now = timezone.now()
        for asset in assets:
            logs = [
                DailyLog(
                    tenant=tenant, asset=asset, date=tenant.local(now).date() - timedelta(days=back), supervisor=person,
                    run_hours_added=7 + Decimal(back % 9) / 4, fuel_liters_added=18,
                )
                for back in range(2, days + 2)
            ]  # fmt: skip
            DailyLog.objects.bulk_create(logs)
            MeterReading.objects.bulk_create(
                MeterReading(
                    tenant=tenant, asset=asset, meter="run_hours", kind="delta", value=log.run_hours_added,
                    read_at=now - (tenant.local(now).date() - log.date), source="daily_log", daily_log=log,
                )
                for log in reversed(logs)
            )  # fmt: skip
    return tenant, person, assets


def measure(days):
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    tenant, person, assets = plant(days)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    client = Client()
    client.force_login(person)
    print(
        f"| {ASSETS} assets, {days} days of logs | median ms | slowest ms | statements |\n|---|---|---|---|", flush=True
    )

    def said(what, act):
        taken, statements = [], 0
        for turn in range(ROUNDS):
            with CaptureQueriesContext(connection) as found:
                began = time.monotonic()
                act(turn)
                taken.append((time.monotonic() - began) * 1000)
            statements = len(found)
        print(f"| {what} | {statistics.median(taken):,.0f} | {max(taken):,.0f} | {statements} |", flush=True)

    def day(turn):
        return str(tenant.local(timezone.now()).date() - timedelta(days=days + 10 + turn))

    def save(turn, hours, seen=""):
        cells = {"date": day(turn)}
        for asset in assets:
            cells |= {
                f"run_hours_added-{asset.pk}": hours, f"fuel_liters_added-{asset.pk}": "20",
                f"seen-{asset.pk}": f"{seen}||20" if seen else "||",
            }  # fmt: skip
        answer = client.post("/daily-log/", cells)
        assert answer.status_code == 302, answer.text[:3000]

    def read(turn):
        assert client.get(f"/daily-log/?date={day(turn)}").status_code == 200

    def bulk(turn):
        rows = [{"asset": str(asset.pk), "run_hours_added": 8} for asset in assets]
        day = str(tenant.local(timezone.now()).date() - timedelta(days=days + 40 + turn))
        answer = client.post("/api/v1/daily-logs/bulk/", {"date": day, "rows": rows}, content_type="application/json")
        assert answer.status_code == 200, answer.text[:3000]

    read(0)
    said("the page", read)
    said("save 200 rows", lambda turn: save(turn, "8"))
    said("correct 200 rows", lambda turn: save(turn, "7.5", "8"))
    said("send them again, unchanged", lambda turn: save(turn, "7.5", "8"))
    said("POST daily-logs/bulk/", bulk)


if __name__ == "__main__":
    main()
