"""`manage.py upgrade_database`: the embedded database's data, from an older PostgreSQL to the one that comes along."""

import contextlib
import shutil
import subprocess
from pathlib import Path

from django.core.management.base import BaseCommand

from apps.core import binaries, embedded
from config import folders
from config.errors import Refusal


class Command(BaseCommand):
    help = "Move the embedded database's data to this LeanOps's PostgreSQL. The older data are kept beside it."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "--old-bin", type=Path, help="bin folder of the PostgreSQL that wrote the data, when the package lacks it"
        )

    def handle(self, *, old_bin, **options):
        data = folders.make_private(folders.data_folder())
        old = embedded.version(data)
        if old in {None, embedded.MAJOR}:
            self.stdout.write("There is nothing to upgrade.")
            return
        account = binaries.account(data / "postgres")
        folder = old_bin or binaries.folder(account, old)
        if not binaries.runs(folder, account):
            raise Refusal(f"The programs in {folder} do not run; name another folder with --old-bin.")

        draft = data / "upgrade"
        if draft.exists():  # of an upgrade that was cut off
            embedded.stop(draft)
            shutil.rmtree(draft)
        with contextlib.ExitStack() as stack:
            stack.callback(embedded.stop, data)
            embedded.start_old(data, folder, say=self.say)
            stack.callback(embedded.stop, draft)
            embedded.start(draft, say=self.say)
            self.say(f"Copying from PostgreSQL {old} to {embedded.MAJOR}")
            self.copy(data, draft)
        (data / "postgres").rename(data / f"postgres-{old}")
        (draft / "postgres").rename(data / "postgres")
        shutil.rmtree(draft)
        self.stdout.write(
            f"Upgraded. The older data are kept in {data / f'postgres-{old}'}; remove them when you like."
        )

    def copy(self, source: Path, target: Path) -> None:
        """All of one server's database into the other's, in one transaction."""
        tools = binaries.packaged()

        def command(tool: str, data: Path) -> list[str]:
            found = embedded.connection_parameters(data)
            return [
                str(tools / tool),
                "-h",
                found["host"],
                "-p",
                found["port"],
                "-U",
                "postgres",
                "-d",
                found["dbname"],
            ]

        dump = subprocess.Popen(command("pg_dump", source), stdout=subprocess.PIPE)
        load = [*command("psql", target), "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        outcome = subprocess.run(load, stdin=dump.stdout, stdout=subprocess.DEVNULL, check=False)
        if dump.wait() or outcome.returncode:
            raise Refusal("The data could not be copied; PostgreSQL's words are above, and nothing was changed.")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
