"""Proves that the record is whole; names the first rows that were changed behind the application."""

import sys

from django.core.management.base import BaseCommand, CommandError

from apps.core.audit.verify import verify
from apps.core.models import Tenant


class Command(BaseCommand):
    help = "Compare live rows, history, audit log and seals; exit with 1 where one was changed behind the application."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant's rows")
        parser.add_argument("--seal", default="", metavar="NUMBER:HASH", help="a seal noted earlier, to be there still")

    def handle(self, *, tenant, seal, **options):
        if tenant and not Tenant.objects.filter(slug=tenant).exists():
            raise CommandError(f"There is no tenant {tenant}.")
        report = verify(Tenant.objects.get(slug=tenant) if tenant else None, seal=seal)
        counts = ", ".join(f"{count:,} {what}" for what, count in report.counts.items())
        for problem in report.problems:
            self.stdout.write(problem)
        if report.problems:
            self.stdout.write(f"The record does not hold. Looked at: {counts}.")
            sys.exit(1)
        self.stdout.write(f"The record holds: {counts}.")
        if report.head:
            self.stdout.write(f"Newest seal, to be noted elsewhere: {report.head}")
