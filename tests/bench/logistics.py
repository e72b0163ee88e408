"""A shipment of many assets, each with a component, planned, dispatched and received; its papers: time, statements, size.

`python -m tests.bench.logistics [number of assets]`, prints a table in Markdown. Each act is a transaction of its own, with
what the database checks of custody at its end; a database of its own.
"""

import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench import board  # makes the data folder and the environment
from tests.bench.board import embedded


def timed(tenant, name, act):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from apps.core.isolation import tenant_context

    with CaptureQueriesContext(connection) as asked:
        began = time.perf_counter()
        with tenant_context(tenant):
            found = act()
        seconds = time.perf_counter() - began
    print(f"| {name} | {seconds * 1000:,.0f} ms | {len(asked)} |")
    return found


def run(count):
    from apps.core.isolation import tenant_context
    from apps.logistics import services
    from apps.logistics.custody import faults
    from apps.logistics.models import AssetMovement, Shipment
    from apps.registry.models import Asset
    from apps.registry.services import save_many
    from tests import factories as make

    tenant = make.create_tenant(slug="bench")
    with tenant_context(tenant):
        hall, yard = (make.create_location(tenant=tenant, name=name) for name in ("Hall", "Yard"))
        sender, taker = (make.create_person(tenant=tenant) for _ in range(2))
        units = [
            Asset(tenant=tenant, name=f"Machine {n}", location=hall, serial_number=f"SN{n:07}") for n in range(count)
        ]
        parts = [Asset(tenant=tenant, name=f"Motor {n}", location=hall, parent=unit) for n, unit in enumerate(units)]
        save_many(Asset, tenant, new=[*units, *parts], changed=[], fields=[], reason="bench")
        shipment = services.save_shipment(Shipment(tenant=tenant, jms_reference="TRIP-1"), by=sender)

    def address(path):
        return f"https://plant.example{path}"

    print(f"{count} assets, each with a component\n\n| act | time | statements |\n|---|---|---|")
    rows = timed(tenant, "plan", lambda: services.plan_movements(units, yard, by=sender, shipment=shipment))
    issued = timed(tenant, "gate pass", lambda: services.issue_gate_pass(rows, by=sender, address=address))
    shipment = timed(tenant, "dispatch", lambda: services.dispatch_shipment(shipment, by=sender))
    shipment = timed(tenant, "manifest", lambda: services.issue_manifest(shipment, by=sender, address=address))
    receipt = timed(tenant, "receive", lambda: services.receive_shipment(shipment, by=taker))
    wrong = timed(tenant, "check custody", lambda: faults(tenant))
    assert len(receipt.received) == count and wrong == []
    with tenant_context(tenant):
        assert AssetMovement.objects.filter(status="received").count() == 2 * count
    print(f"\nThe gate pass has {issued.file.size / 1024:,.0f} kB.")


def main():
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, board.folder)
        stack.enter_context(embedded.server(Path(board.folder)))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        run(int(sys.argv[1]) if len(sys.argv) > 1 else 500)


if __name__ == "__main__":
    main()
