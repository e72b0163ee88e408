"""Proves the cached meters of every asset against its readings; --fix computes them anew."""

from itertools import groupby

from django.core.management.base import BaseCommand, CommandError

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.registry.ledgers import COLUMNS, cached, overdue_corrections, stored
from apps.registry.meters import ledger
from apps.registry.models import Asset, AssetMeter, MeterReading
from apps.registry.services import settle_meters


class Command(BaseCommand):
    help = "Compare lifetime, dial and corrections of every asset's meters with what its readings come to."

    def add_arguments(self, parser):
        parser.add_argument("--fix", action="store_true", help="compute them anew from the readings")

    def handle(self, *args, fix, **options):
        left = 0
        for tenant in Tenant.objects.order_by("slug"):
            with tenant_context(tenant):
                for asset_id, meter, fault in list(faults(tenant)):
                    self.stdout.write(f"{tenant.slug}: {asset_id} {meter}: {fault}")
                    if fix:
                        settle_meters(Asset.objects.get(pk=asset_id), meter)
                left += len(list(faults(tenant)))
        if left:
            raise CommandError(f"{left} meters are not what their readings come to; manage.py check_meters --fix.")
        self.stdout.write("All meters are what their readings come to.")


def faults(tenant):
    """(asset, meter, what is wrong) of each meter that is not what its readings come to."""
    rows = MeterReading.objects.for_tenant(tenant).order_by("asset_id", "meter")
    meters = {row.asset_id: row for row in AssetMeter.objects.for_tenant(tenant)}
    seen = set()
    for (asset_id, meter), found in groupby(
        rows.values_list("asset_id", "meter", *COLUMNS).iterator(), lambda r: r[:2]
    ):
        seen.add((asset_id, meter))
        ledgered = stored(row[2:] for row in found)
        book = ledger(ledgered.entries)
        stale, missing = overdue_corrections(book, ledgered.corrections)
        if stale or missing:
            yield asset_id, meter, f"{len(stale)} corrections too many, {len(missing)} missing"
        elif cached(meters.get(asset_id), meter) != (book.lifetime, book.dial):
            yield (
                asset_id,
                meter,
                f"is cached as {cached(meters.get(asset_id), meter)}, not {(book.lifetime, book.dial)}",
            )
    for asset_id, row in meters.items():
        for meter in ("run_hours", "odometer"):
            if (asset_id, meter) not in seen and cached(row, meter) != (None, None):
                yield asset_id, meter, "was never read"
