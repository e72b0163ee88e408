"""Brings in another system's log of work orders: `manage.py import_history FILE --mapping MAPPING --tenant SHORT-NAME`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management.base import BaseCommand, CommandError

from apps.core.models import Tenant
from apps.core.tables.loading import LoadError
from apps.maintenance.foreign import MOST_SHOWN, HistoryError, read_log, read_mapping, write_log


class Command(BaseCommand):
    help = (
        "Bring in another system's log of work orders (CSV), read by a mapping (TOML); once, however often it is run."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, required=True, help="what the columns and words mean")
        parser.add_argument("--tenant", required=True, metavar="SHORT-NAME")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be")

    def handle(self, *args, file, mapping, tenant, dry_run, **options):
        owner = Tenant.objects.filter(slug=tenant).first()
        if owner is None:
            raise CommandError(f"There is no tenant {tenant}.")
        try:
            rules = read_mapping(mapping)
            found = read_log(file, rules, owner)
            self._say(found)
            if found.bad:
                raise CommandError("Nothing was written: mend these rows, or the mapping.")
            if dry_run or not found.orders:
                return
            with TemporaryDirectory() as folder:
                report = write_log(found, rules, owner, Path(folder))
        except (HistoryError, LoadError) as error:
            raise CommandError(str(error)) from error
        for name, rows in report.files.items():
            self.stdout.write(
                f"{name}: {rows.created:,} new, {rows.updated:,} changed, {rows.unchanged:,} as they were"
            )

    def _say(self, found) -> None:
        groups, extra = len(found.doubled), sum(found.doubled.values()) - len(found.doubled)
        self.stdout.write(f"{found.read:,} rows read.")
        self.stdout.write(
            f"{groups:,} rows stand there more than once, {extra:,} times more than needed; each is an order of its own."
        )
        self.stdout.write(f"{len(found.negative):,} costs are negative, and booked as they are; {found.free:,} are 0.")
        self._list(found.negative)
        for name, count in found.other_types.most_common():
            self.stdout.write(f"{count:,} rows are of the type “{name}”, taken as the mapping says of others.")
        self.stdout.write(f"{found.not_coded:,} corrective orders have no cause: no word of the mapping is in them.")
        if found.bad:
            self.stdout.write(f"{len(found.bad):,} rows cannot be read:")
            self._list(found.bad)

    def _list(self, lines) -> None:
        for line in lines[:MOST_SHOWN]:
            self.stdout.write(f"  {line}")
        if len(lines) > MOST_SHOWN:
            self.stdout.write(f"  … and {len(lines) - MOST_SHOWN:,} more")
