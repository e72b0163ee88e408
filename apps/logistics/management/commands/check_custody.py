"""Proves that each asset's custody is one unbroken line, and that the asset is where its line ends."""

from django.core.management.base import BaseCommand, CommandError

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.logistics.custody import faults
from apps.logistics.models import AssetMovement
from apps.registry.models import Asset


class Command(BaseCommand):
    help = "Check every asset's line of movements for gaps, overlaps and a wrong end; exit with 1 where there are any."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant's assets")

    def handle(self, *, tenant, **options):
        tenants = Tenant.objects.order_by("slug")
        if tenant and not (tenants := tenants.filter(slug=tenant)):
            raise CommandError(f"There is no tenant {tenant}.")
        found = movements = 0
        for one in tenants:
            with tenant_context(one):
                problems = faults(one)
                names = Asset.objects.for_tenant(one).in_bulk([fault.asset for fault in problems])
                movements += AssetMovement.objects.for_tenant(one).count()
                for fault in problems:
                    row = f"movement {fault.movement} " if fault.movement else ""
                    self.stdout.write(f"{one.slug}: {names[fault.asset]} ({fault.asset}): {row}{fault.words}")
            found += len(problems)
        if found:
            raise CommandError(f"{found} lines of custody are broken.")
        self.stdout.write(f"Custody is unbroken: {movements:,} movements.")
