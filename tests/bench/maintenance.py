"""Maintenance's speed: `python -m tests.bench.maintenance [schedules] [orders]`.

How fast the orders of 50 000 schedules are made, and the memory that takes. Then, beside a bare Django page of the same
size in the same run, two web processes, 200 000 orders: the list of 50, an order's page, create and close.
"""

import itertools
import os
import resource
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from tests.bench import board as bench
from tests.bench.api import program
from tests.bench.board import folder, getter, p50, rate, server

os.environ["LEANOPS_API_REQUESTS_PER_MINUTE"] = "1000000"
UNITS, BEGUN = 5000, 4000
TASKS = [{"description": f"Step {n}", "kind": "check"} for n in range(3)]
titles = itertools.count(1)


def schedules_of(tenant, assets, count, today):
    """Each asset has as many, a third of them done with a longer one, all due."""
    from apps.maintenance.models import PmSchedule

    for n in range(count):
        yield PmSchedule(
            tenant=tenant, asset=assets[n % len(assets)], name=f"Service {n}", interval_days=30 + n % 60, tasks=TASKS,
            next_due_date=today - timedelta(days=n % 5), estimated_minutes=30,
        )  # fmt: skip


def orders_of(tenant, assets, person, count, now):
    """Ten years of closed orders, and some that are open."""
    from apps.maintenance.models import WorkOrder

    for n in range(count):
        at = now - timedelta(minutes=25 * (count - n))
        closed = {"status": "closed", "outcome": "done", "closed_at": at + timedelta(hours=3), "closed_by": person}
        yield WorkOrder(
            tenant=tenant, number=f"WO-{n + 1:06}", asset=assets[n % len(assets)], title=f"Order {n}", created_at=at,
            origin="cm" if n % 3 else "pm", due_date=at.date(), assigned_to=person,
            **(closed if n % 40 else {"status": "ready"}),
        )  # fmt: skip


def time_generation(tenant, schedules) -> None:
    from apps.maintenance.models import WorkOrder
    from apps.maintenance.services import generate_in_batches, generate_orders

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = bench.time.perf_counter()
    made = sum(len(batch.orders) for batch in generate_in_batches(tenant))
    took = bench.time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    assert made == WorkOrder.objects.for_tenant(tenant).count() == schedules
    print(f"{made:,} orders made in {took:.1f} s ({made / took:,.0f}/s), memory grew by {grown} MiB", flush=True)
    started = bench.time.perf_counter()
    assert not generate_orders(tenant).orders
    print(f"once more, nothing due: {bench.time.perf_counter() - started:.2f} s", flush=True)


def main():
    from apps.core import embedded

    schedules = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    with ExitStack() as stack:
        stack.enter_context(embedded.server(Path(folder)))
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client
        from django.utils import timezone
        from simple_history.utils import bulk_create_with_history

        from apps.core.api.tokens import make_token
        from apps.core.isolation import apply_settings, tenant_context
        from apps.maintenance.models import PmSchedule, WorkOrder, WorkOrderTask
        from apps.registry.models import Asset
        from apps.registry.services import save_many
        from tests import factories as make

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        tenants = [make.create_tenant(slug=slug) for slug in ("due", "bench")]
        today = timezone.now().date()
        for tenant in tenants:
            with tenant_context(tenant):
                apply_settings({"statement_timeout": "0"})
                place = make.create_location(tenant=tenant)
                units = [Asset(tenant=tenant, name=f"Machine {n}", location=place) for n in range(UNITS)]
                save_many(Asset, tenant, new=units, changed=[], fields=[], reason="bench")
        with tenant_context(tenants[0]):
            assets = list(Asset.objects.for_tenant(tenants[0]).order_by("pk"))
            rows = list(schedules_of(tenants[0], assets, schedules, today))
            bulk_create_with_history(rows, PmSchedule, batch_size=2000)
        with connection.cursor() as cursor:
            cursor.execute("analyze")
        with tenant_context(tenants[0]):
            apply_settings({"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"})
            time_generation(tenants[0], schedules)

        tenant = tenants[1]
        with tenant_context(tenant):
            apply_settings({"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"})
            person = make.create_person(tenant=tenant, role="manager")
            assets = list(Asset.objects.for_tenant(tenant).order_by("pk"))
            for rows in itertools.batched(orders_of(tenant, assets, person, orders, timezone.now()), 5000):
                bulk_create_with_history(list(rows), WorkOrder, batch_size=5000)
            from apps.core.numbers import count_from

            count_from(tenant, "WO", orders)
            shown = make.create_order_of(assets[0], by=person, status="in_progress", origin="pm")
            tasks = [
                WorkOrderTask(tenant=tenant, work_order=shown, position=n, description=f"Step {n}") for n in range(5)
            ]
            bulk_create_with_history(tasks, WorkOrderTask)
            _token, text = make_token(person, name="bench", by=person)
            started = [
                WorkOrder(
                    tenant=tenant, number=f"WO-X{n}", asset=assets[n % UNITS], title="Leak", origin="pm", assigned_to=person,
                    status="in_progress", started_at=timezone.now(),
                )
                for n in range(BEGUN)
            ]  # fmt: skip
            bulk_create_with_history(started, WorkOrder, batch_size=1000)
            begun = iter([order.number for order in started])
        with connection.cursor() as cursor:
            cursor.execute("analyze")
        client = Client()
        client.force_login(person)
        connection.close()
        found = embedded.connection_parameters(Path(folder))
        stack.enter_context(server("config.serve", 8803, {}))
        stack.enter_context(
            server("tests.bench.bare", 8804, {"BARE_HOST": found["host"], "BARE_DATABASE": found["dbname"]})
        )
        send, cookie = program(8803, text), f"sessionid={client.cookies['sessionid'].value}"

        def page(path):
            def act(kept, _n):
                connection = kept.setdefault("c", bench.http.client.HTTPConnection("127.0.0.1", 8803, timeout=30))
                status, data, seconds = bench.request(8803, path, cookie=cookie, connection=connection)
                assert status == 200, (path, status)
                kept["size"] = len(data)
                return seconds

            return act

        def create(kept, _n):
            return send(
                kept,
                "POST",
                "work-orders/",
                {"title": f"Leak {next(titles)}", "asset": str(assets[7].pk), "origin": "cm"},
            )

        def close(kept, _n):
            return send(kept, "POST", f"work-orders/{next(begun)}/close/", {"outcome": "done"})

        for name, act in (
            ("list of 50", page("/work-orders/?status=all")),
            ("order page", page(f"/work-orders/{shown.number}/")),
            ("create (API)", create),
            ("close (API)", close),
        ):
            kept = {}
            act(kept, 0)
            bare = getter(8804, f"/?bytes={kept['size']}")
            ours, theirs, our_rate, their_rate = p50(act), p50(bare), rate(act), rate(bare)
            print(
                f"{name} ({kept['size']} bytes): p50 {ours * 1000:.1f} ms (bare {theirs * 1000:.1f}, ratio {ours / theirs:.2f}), "
                f"{our_rate:.0f} requests/s at 16 (bare {their_rate:.0f}, ratio {our_rate / their_rate:.2f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
