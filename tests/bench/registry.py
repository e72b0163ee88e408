"""Trees and searches over 100 000 assets with specs: `python -m tests.bench.registry [number]`, prints tables in Markdown.

A subtree of 10 000 and one of 1 000 among them: listed, moved, and a component put in, beside what a table of parents
alone would do in the same run and database: a recursive query, a change of the parent, a plain insert. Then searches,
by kind, each with the page of 50 that people see; and the whole page. By the clock, round by round in turn.
"""

import random
import statistics
import sys
import time
from contextlib import contextmanager
from itertools import islice

from tests.bench import board  # makes the data folder and the environment

ROUNDS, SEARCHES = 15, 60
WORDS = ["pump", "motor", "fan", "press", "saw", "drill", "conveyor", "grinder", "mixer", "valve", "gearbox", "sensor"]

RECURSIVE = """with recursive below as (
    select id, name from assets where tenant_id = %(tenant)s and parent_id = %(top)s
    union all select a.id, a.name from assets a join below b on a.parent_id = b.id where a.tenant_id = %(tenant)s
) select id, name from below"""

MOVE = "update assets set parent_id = %s where id = %s"


def assets_of(tenant, place, count, chance):
    """Units with components; the first has 10 000 below it, the second 1 000, the others 9 each."""
    from apps.registry.models import Asset

    def grow(size):
        made = []
        for n in range(size):
            parent = made[(n - 1) // 6] if n else None
            name = f"{chance.choice(WORDS).capitalize()} {chance.randrange(1000)}"
            asset = Asset(tenant=tenant, name=name, location=place, serial_number=f"SN{chance.randrange(10**9):09}")
            asset.parent_id = parent.pk if parent else None
            made.append(asset)
        return made

    made = grow(10_001) + grow(1_001)
    while len(made) < count:
        made += grow(10)
    return made


def furnish(count):
    from django.db import connection

    from apps.registry import services
    from apps.registry.models import Asset, AssetSpec
    from tests import factories as make

    chance = random.Random(1)
    tenant = make.create_tenant(slug="bench")
    with own(tenant):
        with connection.cursor() as cursor:
            cursor.execute("set local statement_timeout = 0")
        place = make.create_location(tenant=tenant)
        made = assets_of(tenant, place, count, chance)
        identities = {asset.pk: {"client_code": f"A-{n:06}"} for n, asset in enumerate(made)}
        services.save_many(Asset, tenant, new=made, changed=[], fields=[], identities=identities, reason="bench")
        specs = (AssetSpec(tenant=tenant, asset=asset, specs=spec(chance)) for asset in made)
        while batch := list(islice(specs, 5000)):
            AssetSpec.objects.bulk_create(batch)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    return tenant, made[0], made[10_001], place


def spec(chance):
    return {
        "voltage": chance.choice(["24v", "220v", "400v"]),
        "rpm": chance.randrange(100, 6000),
        "weight": round(chance.random() * 100, 2),
        "series": f"x{chance.randrange(5000)}",
    }


def own(tenant):
    from apps.core.isolation import tenant_context

    return tenant_context(tenant)


@contextmanager
def undone(tenant):
    from django.db import transaction

    with own(tenant):
        yield
        transaction.set_rollback(True)


def timed(act) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def trees(tenant, tops, place):
    from django.db import connection

    from apps.registry import services
    from apps.registry.models import Asset
    from tests import factories as make

    def recursive(top):
        with connection.cursor() as cursor:
            cursor.execute(RECURSIVE, {"tenant": tenant.pk, "top": top.pk})
            return cursor.fetchall()

    def plainly(sql, *values):
        with connection.cursor() as cursor:
            cursor.execute("select set_config('app.tree_assets', 'on', true)")
            cursor.execute(sql, values)

    with own(tenant):
        target = make.create_asset(tenant=tenant, name="Target", location=place)
    print("| subtree | act | nested sets, median ms | parents alone, median ms |\n|---|---|---|---|")
    for size, top in tops.items():
        found: dict = {}
        for _round in range(ROUNDS):
            with own(tenant):
                row = Asset.objects.get(pk=top.pk)
                below = row.get_descendants().order_by("lft").values_list("pk", "name")
                note(found, "list", timed(lambda below=below: list(below)), timed(lambda top=top: recursive(top)))
                assert len(recursive(top)) == below.count() == size
            with undone(tenant):
                ours = timed(lambda row=row: services.move_asset(row, parent=target))
            with undone(tenant):
                note(found, "move", ours, timed(lambda top=top: plainly(MOVE, target.pk, top.pk)))
            new = Asset(tenant=tenant, name="New", location=place)
            with undone(tenant):
                ours = timed(lambda new=new, row=row: services.save_asset(new, parent=row))
            other = Asset(tenant=tenant, name="New", location=place, lft=1, rght=2, tree_id=0, level=0)
            with undone(tenant):
                plainly("select 1")
                note(found, "insert", ours, timed(lambda other=other: Asset.objects.bulk_create([other])))
        for act, (ours, theirs) in found.items():
            print(f"| {size:,} | {act} | {statistics.median(ours):.1f} | {statistics.median(theirs):.1f} |")


def note(found, act, ours, theirs):
    mine, others = found.setdefault(act, ([], []))
    mine.append(ours)
    others.append(theirs)


def searches(tenant):
    from apps.core.paging import in_order
    from apps.registry import queries

    chance = random.Random(2)
    kinds = {
        "code": lambda: f"a-{chance.randrange(100_000):06}",
        "code, its beginning": lambda: f"a-{chance.randrange(1000):04}",
        "serial number, its beginning": lambda: f"sn{chance.randrange(10**6):06}",
        "word of the name (8 in 100)": lambda: chance.choice(WORDS),
        "two words": lambda: f"{chance.choice(WORDS)} {chance.randrange(1000)}",
        "spec equal (33 in 100)": lambda: f"voltage={chance.choice(['24v', '220v', '400v'])}",
        "spec equal (20 in all)": lambda: f"series=x{chance.randrange(5000)}",
        "spec compared, wide": lambda: f"rpm>{chance.randrange(1000, 3000)}",
        "spec compared, narrow": lambda: f"weight<{chance.random() * 0.05:.3f}",
        "word and two specs": lambda: f"{chance.choice(WORDS)} voltage=220v rpm>{chance.randrange(5000)}",
        "nothing has it": lambda: f"zz{chance.randrange(1000)}",
    }
    print("\n| search | p50 ms | p95 ms |\n|---|---|---|")
    everything = []
    for kind, text in kinds.items():
        took = []
        for _n in range(SEARCHES):
            look = {"q": text()}
            with own(tenant):
                rows = queries.filtered(queries.listed(tenant), look, tenant=tenant)
                took.append(timed(lambda rows=rows: in_order(rows, field="name", after="", size=50)))
        everything += took
        print(f"| {kind} | {statistics.median(took):.1f} | {percentile(took):.1f} |")
    print(f"| all | {statistics.median(everything):.1f} | {percentile(everything):.1f} |")


def percentile(values, part=0.95) -> float:
    return sorted(values)[int(len(values) * part)]


def pages(tenant, place):
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests import factories as make

    client = Client()
    with own(tenant):
        client.force_login(make.create_person(tenant=tenant))
    addresses = {
        "find by code": "/assets/?q=a-012345",
        "list of a site with 100 000": f"/assets/?location={place.pk}",
        "branch of a site with 9 000 units": f"/locations/{place.pk}/below/",
    }
    print("\n| page | p50 ms | p95 ms | SQL |\n|---|---|---|---|")
    for name, address in addresses.items():
        assert client.get(address).status_code == 200
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        took = [timed(lambda address=address: client.get(address)) for _n in range(SEARCHES)]
        print(f"| {name} | {statistics.median(took):.1f} | {percentile(took):.1f} | {len(asked)} |")


def main(count=100_000):
    with board.started():
        begun = time.monotonic()
        tenant, large, small, place = furnish(count)
        print(f"{count:,} assets with codes and specs made in {time.monotonic() - begun:.0f} s\n", flush=True)
        trees(tenant, {10_000: large, 1_000: small}, place)
        searches(tenant)
        pages(tenant, place)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
