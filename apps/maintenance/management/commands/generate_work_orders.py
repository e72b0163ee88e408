"""Makes the work orders that maintenance schedules are due for."""

from datetime import date

from django.core.management.base import BaseCommand, CommandError

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.maintenance.services import generate_in_batches


class Command(BaseCommand):
    help = "Make the work orders that maintenance schedules are due for. Safe to run twice at once."

    def add_arguments(self, parser):
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="taken as today (YYYY-MM-DD)")
        parser.add_argument("--tenant", metavar="SHORT-NAME", help="of one tenant only")

    def handle(self, *args, as_of=None, tenant=None, **options):
        tenants = Tenant.objects.filter(slug=tenant) if tenant else Tenant.objects.all()
        if tenant and not tenants:
            raise CommandError(f"There is no tenant called {tenant}.")
        for row in tenants:
            orders = covered = 0
            with tenant_context(row):
                for made in generate_in_batches(row, as_of=as_of):
                    orders += len(made.orders)
                    covered += len(made.covered)
            self.stdout.write(f"{row.slug}: {orders} orders made, {covered} cycles covered.")
