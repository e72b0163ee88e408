"""`manage.py dump_tables`: a tenant's tables as the CSV files that load_tables reads."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.core.tables.dumping import DumpError, dump_tables
from apps.core.tables.report import Progress


class Command(BaseCommand):
    help = (
        "Write a tenant's tables as the CSV files that load_tables reads, with the columns of LeanOps v2. The same data "
        "gives the same files, byte for byte."
    )

    def add_arguments(self, parser):
        parser.add_argument("directory", metavar="DIR", type=Path, help="the folder to write to; made if need be")
        parser.add_argument("--tenant", metavar="SLUG", required=True, help="the tenant's short name")

    def handle(self, *, directory, tenant, **options):
        try:
            counts = dump_tables(directory, tenant, progress=Progress(self.whisper))
        except DumpError as error:
            raise CommandError(str(error)) from error
        for file, count in counts.items():
            self.stdout.write(f"{file:<24}{count} rows")

    def whisper(self, text: str):
        """Progress goes beside the report, and is no error."""
        self.stderr.write(text, lambda plain: plain)
        self.stderr.flush()
