"""Proves that stock and wallets are the sums of the ledger, in quantity and value, and what replaying it gives."""

from django.core.management.base import BaseCommand, CommandError

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.inventory import ledger
from apps.inventory.models import StockMove


class Command(BaseCommand):
    help = "Compare every balance of stock and wallets with the ledger of moves; exit with 1 where they differ."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant's stock")

    def handle(self, *, tenant, **options):
        tenants = Tenant.objects.order_by("slug")
        if tenant and not (tenants := tenants.filter(slug=tenant)):
            raise CommandError(f"There is no tenant {tenant}.")
        found = moves = 0
        for one in tenants:
            with tenant_context(one):
                problems = ledger.check(one)
                moves += StockMove.objects.for_tenant(one).count()
            for problem in problems:
                self.stdout.write(f"{one.slug}: {problem}")
            found += len(problems)
        if found:
            raise CommandError(f"{found} balances or moves do not agree with the ledger.")
        self.stdout.write(f"The balances are the ledger's: {moves:,} moves.")
