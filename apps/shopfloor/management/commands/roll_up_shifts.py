"""Closes shifts that are over, and adds up shifts on demand."""

from datetime import date

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.shopfloor import services
from apps.shopfloor.tasks import close_shifts_of


class Command(BaseCommand):
    help = (
        "Close the shifts that are over and add up what was made; with --date and --shift, add up that one again. "
        "Safe to run twice at once."
    )

    def add_arguments(self, parser):
        parser.add_argument("--tenant", metavar="SHORT-NAME", help="of one tenant only")
        parser.add_argument("--date", type=date.fromisoformat, help="on which the shift starts (YYYY-MM-DD)")
        parser.add_argument("--shift", metavar="NAME")

    def handle(self, *args, tenant=None, date=None, shift=None, **options):
        if (date is None) != (shift is None):
            raise CommandError("Name both --date and --shift, or neither.")
        tenants = Tenant.objects.filter(slug=tenant) if tenant else Tenant.objects.all()
        if tenant and not tenants:
            raise CommandError(f"There is no tenant called {tenant}.")
        for row in tenants:
            if date is None:
                self.stdout.write(f"{row.slug}: {close_shifts_of(row)} shifts closed or revised.")
                continue
            try:
                with tenant_context(row):
                    logs = services.roll_up(row, date, shift, by=None)
            except BrokenRule as refused:
                raise CommandError(f"{row.slug}: {refused}") from refused
            self.stdout.write(f"{row.slug}: {len(logs)} performance logs.")
