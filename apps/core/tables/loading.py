"""A load from beginning to end: one transaction in the tenant, which writes everything or nothing."""

import uuid
from collections import defaultdict
from pathlib import Path

import psycopg
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.text import capfirst
from simple_history.utils import bulk_create_with_history

from apps.core.errors import BrokenRule
from apps.core.hooks import tenant_created
from apps.core.isolation import apply_settings, tenant_context
from apps.core.models import Tenant
from config.database import reason as words_of

from . import checking, staging
from .files import GIVEN, TABLES
from .report import FileReport, Progress, Report
from .table import Table
from .writing import REASON

# A load takes its time; but it does not wait for ever for somebody's open transaction.
UNHURRIED = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0", "lock_timeout": "30s"}


class LoadError(Exception):
    """The load cannot be done. The message is one sentence, the report what there is to say beside it."""

    def __init__(self, message: str, report: Report | None = None):
        super().__init__(message)
        self.report = report


class Load:
    """What one load knows while it runs."""

    def __init__(self, tenant: Tenant, cursor, *, dry_run: bool, progress: Progress, is_new: bool = False):
        self.tenant, self.cursor, self.dry_run, self.progress = tenant, cursor, dry_run, progress
        self.is_new = is_new  # the tenant is made with this load
        self.now = timezone.now()
        self.report = Report()
        self.tables = {table.name: table for table in TABLES}
        self.given: dict[str, set[str]] = {name: set() for name in self.tables}  # the columns of each file
        self.blind: set[str] = set()  # files whose header is refused: nothing is known of their rows
        self.line_of: dict[uuid.UUID, int] = {}  # of the rows that are being written
        self.noted: dict[str, set] = defaultdict(set)  # what an app's tables tell each other, by a name of theirs

    def refuse(self, table: Table, line: int, column: str, value, reason: str) -> None:
        self.report.files[table.file].refusals.add(line, column, value, reason)

    def warn(self, table: Table, line: int, column: str, value, reason: str) -> None:
        self.report.files[table.file].warnings.add(line, column, value, reason)

    def refuse_where(self, table: Table, query: str, **parameters) -> None:
        """Refuse what the query finds: rows of line, column, value and reason. %(tenant)s is the tenant's id."""
        # A statement that changes rows cannot also be cut off: the lines are marked, then listed.
        marked = f"with bad(line, field, value, reason) as materialized ({query}), marked as (insert into load_refused "
        marked += f"select distinct '{table.file}', line from bad on conflict do nothing) "
        self._list(marked, table, self.report.files[table.file].refusals, parameters)

    def refuse_each(self, table: Table, bad: list[tuple]) -> None:
        """Refuse rows that no query finds: line, column, value and reason of each."""
        lines, columns, values, reasons = ([row[place] for row in bad] for place in range(4))
        self.refuse_where(
            table,
            "select * from unnest(%(lines)s::int[], %(columns)s::text[], %(values)s::text[], %(reasons)s::text[])",
            lines=lines,
            columns=columns,
            values=values,
            reasons=reasons,
        )

    def warn_where(self, table: Table, query: str, **parameters) -> None:
        """Warn of what the query finds, as `refuse_where`."""
        found = f"with bad(line, field, value, reason) as ({query}) "
        self._list(found, table, self.report.files[table.file].warnings, parameters)

    def _list(self, found: str, table, notes, parameters) -> None:
        self.cursor.execute(
            f"{found} select line, field, coalesce(left(value::text, 200), ''), reason, count(*) over () from bad "
            "order by line limit 100",
            {"tenant": self.tenant.pk, "now": self.now} | parameters,
        )
        rows = self.cursor.fetchall()
        for line, column, value, reason, _ in rows:
            notes.add(line, column, value, reason)
        if rows:
            notes.count += rows[0][-1] - len(rows)

    def count_refused(self) -> None:
        for table in self.in_turn:
            report = self.report.files[table.file]
            self.cursor.execute(
                f"select count(*) from (select at_line from {table.staging} where is_refused "
                "union select line from load_refused where file = %s) as q",
                [table.file],
            )
            report.refused = self.cursor.fetchone()[0]

    @property
    def in_turn(self) -> list[Table]:
        """The tables whose files are there, in the order they are written."""
        return sorted((t for t in TABLES if t.file in self.report.files), key=lambda table: table.turn)


def load_tables(directory: Path, slug: str, *, create=False, timezone=None, dry_run=False, progress=None) -> Report:
    """Load the files of a folder into a tenant. create: make the tenant first, with this timezone (UTC if None).

    dry_run: say what would be. Returns the Report. Raises LoadError, and then nothing is written.
    """
    paths = find_files(directory)
    progress = progress or Progress()
    try:
        tenant = _new_tenant(slug, timezone) if create else _tenant(slug, timezone)
        with tenant_context(tenant, request_id=uuid.uuid4().hex), connection.cursor() as cursor:
            apply_settings(UNHURRIED)
            if create and not dry_run:
                bulk_create_with_history([tenant], Tenant, default_change_reason=REASON)
                if not paths.keys() >= GIVEN:
                    tenant_created(tenant)
            load = Load(tenant, cursor, dry_run=dry_run, progress=progress, is_new=create)
            if create and not timezone:
                load.report.remarks.append("The new tenant's time zone is UTC; --timezone names another.")
            _load(load, directory, paths)
    except (DatabaseError, psycopg.Error) as error:
        raise LoadError(f"The database refuses, and nothing was written: {words_of(error)}.") from error
    except OSError as error:
        raise LoadError(f"{error.filename or directory} cannot be read: {error.strerror}.") from error
    return load.report


def _load(load: Load, directory: Path, paths: dict[str, Path]) -> None:
    _alone(load)
    temporary = staging.create(load.cursor, list(TABLES))
    for table in TABLES:
        if table.file in paths:
            load.report.files[table.file] = FileReport(paths[table.file].name)
    load.report.remarks += _left_aside(directory)
    for table in load.in_turn:
        staging.stage(load, table, paths[table.file])
    load.progress.tick("Checking")
    for name in {reference.to for table in load.in_turn for reference in table.references}:
        checking.know(load, load.tables[name])
    for table in load.in_turn:
        table.settle(load)
    for table in load.in_turn:
        checking.check_keys(load, table)
        checking.check_one_tenant(load, table)
        checking.check_references(load, table)
        table.check(load)
    load.count_refused()
    if load.report.refused:
        raise LoadError("Some rows are refused; nothing was written.", load.report)

    for table in load.in_turn:
        table.write(load)
    if not load.dry_run:
        _finish(load)
        load.progress.tick("Checking the keys")
        load.cursor.execute("set constraints all immediate")  # a broken key is told here, not at the commit
        load.cursor.execute("set constraints all deferred")
    staging.drop(load.cursor, temporary)


def _finish(load: Load) -> None:
    for table in TABLES:
        try:
            table.finish(load)
        except BrokenRule as rule:
            raise LoadError(f"{table.file} cannot be loaded, and nothing was written: {rule}", load.report) from rule


def find_files(directory: Path) -> dict[str, Path]:
    """The files of the folder that are tables, by the name a dump gives them. Raises LoadError where there are none."""
    if not directory.is_dir():
        raise LoadError(f"{directory} is no folder.")
    found: dict[str, Path] = {}
    for table in TABLES:
        for name in (name for name in (table.file, *table.aliases) if (directory / name).is_file()):
            if table.file in found:
                raise LoadError(
                    f"{directory} holds {found[table.file].name} and {name}, which are one table; leave one out."
                )
            found[table.file] = directory / name
    if not found:
        raise LoadError(f"{directory} holds none of {', '.join(table.file for table in TABLES)}.")
    return found


def _left_aside(directory: Path) -> list[str]:
    known = {name for table in TABLES for name in (table.file, *table.aliases)}
    others = sorted(path.name for path in directory.glob("*.csv") if path.name not in known)
    return [f"Left aside, as no table: {', '.join(others)}."] if others else []


def _tenant(slug: str, timezone: str | None) -> Tenant:
    if timezone:
        raise LoadError("--timezone is for --create-tenant; a tenant that is there keeps its own.")
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise LoadError(f"There is no tenant {slug}; --create-tenant makes it.")
    return tenant


def _new_tenant(slug: str, timezone: str | None) -> Tenant:
    if Tenant.objects.filter(slug=slug).exists():
        raise LoadError(f"There is a tenant {slug} already; leave out --create-tenant to load into it.")
    tenant = Tenant(slug=slug, name=capfirst(slug.replace("-", " ")), timezone=timezone or "UTC")
    try:
        tenant.full_clean()
    except ValidationError as error:
        raise LoadError(" ".join(error.messages)) from error
    return tenant


def _alone(load: Load) -> None:
    load.cursor.execute("select pg_try_advisory_xact_lock(hashtext('load_tables'), hashtext(%s))", [load.tenant.slug])
    if not load.cursor.fetchone()[0]:
        raise LoadError(f"Another load into {load.tenant.slug} is under way; wait for its end.")
