"""How fast stock moves, beside plain SQL that writes the same rows, and the past of a million moves:
`python -m tests.bench.stock [number of moves]`.

Eight processes move a transfer at a time, each its own transaction: on one part (they wait for each other) and on 1 000.
Plain SQL does what a move must: locks the part, changes two balances, writes the ledger's row. Both in turn, in rounds; a
database of its own.
"""

import multiprocessing
import random
import shutil
import statistics
import sys
import time
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

from tests.bench import board  # makes the data folder and the environment
from tests.bench.board import embedded

CLIENTS, ROUNDS, SECONDS, PARTS = 8, 5, 4, 1000

PLAIN = """
    with part as (select id, tenant_id from parts where id = %(part)s for no key update),
    out as (
        update inventory_stock set qty_on_hand = qty_on_hand - 1, value = value - 3 from part
        where part_id = part.id and location_id = %(source)s and bin_location = '' returning 1
    ),
    into_ as (
        update inventory_stock set qty_on_hand = qty_on_hand + 1, value = value + 3 from part
        where part_id = part.id and location_id = %(target)s and bin_location = '' returning 1
    )
    insert into stock_moves (id, tenant_id, part_id, kind, quantity, unit_cost, value, cost_known, from_location_id, from_bin,
                             to_location_id, to_bin, reference, supplier, reason, key, created_at)
    select %(id)s, part.tenant_id, part.id, 'transfer', 1, 3, 3, 'known', %(source)s, '', %(target)s, '', '', '', '', '', now()
    from part, out, into_"""

MILLION = """
    insert into stock_moves (id, tenant_id, part_id, kind, quantity, unit_cost, value, cost_known, {sides},
                             from_bin, to_bin, reference, supplier, reason, key, created_at)
    select gen_random_uuid(), %(tenant)s, (%(parts)s::uuid[])[1 + n %% cardinality(%(parts)s::uuid[])], %(kind)s, 1, 3, 3,
           'known', {values}, '', '', '', '', '', '', %(start)s::timestamptz + n * %(step)s::interval
    from generate_series(1, %(moves)s) as n"""


def furnish():
    """(tenant, its parts, two warehouses) with much of each part in both."""
    from apps.core.isolation import tenant_context
    from tests import factories as make

    tenant = make.create_tenant(slug="bench")
    with tenant_context(tenant):
        places = [make.create_warehouse(tenant=tenant) for _ in range(2)]
        parts = [make.create_part(tenant=tenant, sku=f"P-{n}", category=f"kind {n % 20}") for n in range(PARTS)]
        for part in parts:
            for place in places:
                make.create_stock(part, 1_000_000, warehouse=place, unit_cost=3)
    return tenant, parts, places


def by_service(tenant, part, source, target):
    from apps.core.isolation import tenant_context
    from apps.inventory import services

    with tenant_context(tenant):
        services.transfer(part, 1, source=source, target=target, by=None)


def by_plain_sql(tenant, part, source, target):
    from django.db import connection

    from apps.core.fields import uuid7
    from apps.core.isolation import tenant_context

    with tenant_context(tenant), connection.cursor() as cursor:
        cursor.execute(PLAIN, {"id": uuid7(), "part": part.pk, "source": source.pk, "target": target.pk})
        assert cursor.rowcount == 1


def client(number, act, plant, parts, start, counts):
    """Moves until the time is over; says how often."""
    tenant, _all, places = plant
    chance, done = random.Random(number), 0
    act(tenant, parts[number % len(parts)], *places)  # connects, and warms up
    start.wait()
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        act(tenant, chance.choice(parts), *chance.sample(places, 2))
        done += 1
    counts.put(done)


def rate(act, plant, parts) -> float:
    """Moves a second of eight processes."""
    fork = multiprocessing.get_context("fork")
    start, counts = fork.Barrier(CLIENTS), fork.Queue()
    running = [fork.Process(target=client, args=(n, act, plant, parts, start, counts)) for n in range(CLIENTS)]
    for process in running:
        process.start()
    done = sum(counts.get() for _ in running)
    for process in running:
        process.join()
    return done / SECONDS


def compare(name, plant, parts):
    rounds = [(rate(by_service, plant, parts), rate(by_plain_sql, plant, parts)) for _ in range(ROUNDS)]
    ours, plain = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(one / other for one, other in rounds)
    print(f"| {name} | {ours:.0f} | {plain:.0f} | {ratio:.2f} |", flush=True)


def write_million(plant, moves):
    """Years of moves, straight into the ledger, and the balances that are their sums."""
    from django.db import connection

    from apps.core.isolation import tenant_context

    tenant, parts, (store, other) = plant
    told = {
        "tenant": tenant.pk, "parts": [part.pk for part in parts], "start": "2021-01-01T00:00Z", "moves": moves // 4,
        "step": timedelta(days=5 * 365) / (moves // 4), "store": store.pk, "other": other.pk,
    }  # fmt: skip
    ways = [
        ("receive", "to_location_id", "%(store)s"),
        ("receive", "to_location_id", "%(other)s"),
        ("transfer", "from_location_id, to_location_id", "%(store)s, %(other)s"),
        ("consume", "from_location_id", "%(other)s"),
    ]
    with tenant_context(tenant), connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = 0")
        for kind, sides, values in ways:
            cursor.execute(MILLION.format(sides=sides, values=values), told | {"kind": kind})
        cursor.execute(
            "update inventory_stock s set qty_on_hand = sums.quantity, value = sums.value from ("
            "  select part_id, place, sum(sign * quantity) as quantity, sum(sign * value) as value from stock_moves "
            "  cross join lateral (values (from_location_id, -1), (to_location_id, 1)) as side (place, sign) "
            "  where place is not null group by 1, 2"
            ") as sums where s.part_id = sums.part_id and s.location_id = sums.place"
        )
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze stock_moves")
        cursor.execute("vacuum analyze inventory_stock")


def ask_the_past(plant):
    from django.db import connection

    from apps.core.isolation import tenant_context
    from apps.inventory import queries
    from apps.inventory.models import StockMove

    tenant = plant[0]
    today = date.today()
    with tenant_context(tenant):
        with connection.cursor() as cursor:
            cursor.execute("set local statement_timeout = 0")
        print(
            f"\n{StockMove.objects.count():,} moves of {PARTS} parts\n\n| stock value on | ms | rows |\n|---|---|---|"
        )
        for name, day in (
            ("today", today), ("yesterday", today - timedelta(days=1)), ("30 days ago", today - timedelta(days=30)),
            ("a year ago", today - timedelta(days=365)), ("the middle of all moves", date(2023, 12, 15)),
            ("the first month", date(2021, 1, 31)),
        ):  # fmt: skip
            took = []
            for _ in range(5):
                before = time.perf_counter()
                rows = queries.stock_value(tenant, day)
                took.append(time.perf_counter() - before)
            print(f"| {name} | {1000 * statistics.median(took):.0f} | {len(rows)} |", flush=True)


def main():
    moves = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, board.folder)
        stack.enter_context(embedded.server(Path(board.folder)))
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from apps.core.isolation import tenant_context
        from apps.inventory import ledger

        call_command("migrate", verbosity=0)
        plant = furnish()
        connection.close()  # each process has its own
        print(f"{CLIENTS} processes, {ROUNDS} rounds\n\n| moves/s | services | plain SQL | ratio |\n|---|---|---|---|")
        compare("on one part", plant, plant[1][:1])
        compare("on 1 000 parts", plant, plant[1])
        with tenant_context(plant[0]):
            assert ledger.check(plant[0]) == []
        write_million(plant, moves)
        ask_the_past(plant)


if __name__ == "__main__":
    main()
