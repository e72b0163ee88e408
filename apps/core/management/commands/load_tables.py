"""`manage.py load_tables`: LeanOps v2 exports (or our own dumps) into a tenant."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.core.tables.files import TABLES
from apps.core.tables.loading import LoadError, load_tables
from apps.core.tables.report import Progress, Report


class Command(BaseCommand):
    help = (
        "Load CSV exports of the LeanOps v2 tables, or our own dumps, into a tenant, all or nothing. The files, or some of "
        f"them: {', '.join(table.file for table in TABLES)}."
    )

    def add_arguments(self, parser):
        parser.add_argument("directory", metavar="DIR", type=Path, help="the folder with the files")
        parser.add_argument("--tenant", metavar="SLUG", required=True, help="the tenant's short name")
        parser.add_argument("--create-tenant", action="store_true", help="make the tenant first")
        parser.add_argument("--timezone", metavar="ZONE", help="of a new tenant, like Europe/Warsaw (UTC)")
        parser.add_argument("--dry-run", action="store_true", help="write nothing; say what would be")

    def handle(self, *, directory, tenant, create_tenant, timezone, dry_run, **options):
        try:
            report = load_tables(
                directory,
                tenant,
                create=create_tenant,
                timezone=timezone,
                dry_run=dry_run,
                progress=Progress(self.whisper),
            )
        except LoadError as error:
            if error.report:
                self.show(error.report)
            raise CommandError(str(error)) from error
        self.show(report)
        self.stdout.write("Dry run: nothing was written." if dry_run else f"Loaded into {tenant}.")

    def show(self, report: Report):
        self.stdout.write("\n".join(report.lines()))

    def whisper(self, text: str):
        """Progress goes beside the report, and is no error."""
        self.stderr.write(text, lambda plain: plain)
        self.stderr.flush()
