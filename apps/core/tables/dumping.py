"""A tenant's tables as CSV files: streamed from one snapshot, the same bytes for the same data.

Cells that begin with = + - @ are written as they are. A spreadsheet would run them as formulas, and exports meant for
spreadsheets put a quote before them; these files are read by load_tables, and must come back as they were.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from apps.core.isolation import apply_settings, tenant_context
from apps.core.models import AuditLog, Tenant
from config.database import reason as words_of

from .files import TABLES
from .report import Progress
from .table import Table


class DumpError(Exception):
    """The dump cannot be made. The message is one sentence."""


def dump_tables(directory: Path, slug: str, *, progress=None) -> dict[str, int]:
    """Write the files of a tenant into a folder, all or none. Returns the number of rows by file. Raises DumpError."""
    progress = progress or Progress()
    try:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise DumpError(f"There is no tenant {slug}.")
        directory.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack, _snapshot(), tenant_context(tenant):
            apply_settings({"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"})
            counts, written = {}, {}
            for table in TABLES:
                path = directory / f".{table.file}.{os.getpid()}"
                stack.callback(path.unlink, missing_ok=True)
                counts[table.file] = _write(table, tenant, path, progress)
                written[path] = directory / table.file
            for path, target in written.items():
                path.replace(target)
            AuditLog.objects.create(
                tenant=tenant,
                action="export",
                entity_type="tenants",
                entity_id=tenant.pk,
                reason="dump_tables",
                changes={"rows_at_most": sum(counts.values())},
            )
    except (DatabaseError, psycopg.Error) as error:
        raise DumpError(f"The database refuses: {words_of(error)}.") from error
    except OSError as error:
        raise DumpError(f"{error.filename or directory} cannot be written: {error.strerror}.") from error
    return counts


@contextmanager
def _snapshot() -> Iterator[None]:
    """All files show the same moment, so that they refer to each other. (Inside a transaction: whatever it sees.)"""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read")
        yield


def _write(table: Table, tenant: Tenant, path: Path, progress: Progress) -> int:
    # The files hold names and addresses of people: for their owner only.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file, connection.cursor() as cursor:
        with cursor.copy(statement(table, tenant).as_string()) as copy:
            for data in copy:
                file.write(data)
                progress.tick(f"{table.file}: {file.tell():,} bytes written")
        file.flush()
        os.fsync(file.fileno())
        return cursor.rowcount


def statement(table: Table, tenant: Tenant) -> sql.Composed:
    """COPY of the table's columns as text, in its order. What a row refers to is written by its code."""
    columns, joins = [], []
    for column in (column for column in table.columns if column.in_dump):
        if column in table.references:
            target = TABLE_OF[column.to]
            joins.append(
                f"left join {target.name} r_{column.name} on r_{column.name}.tenant_id = {{tenant}} "
                f"and r_{column.name}.id = t.{table.db_column(column)}"
            )
            expression = f"r_{column.name}.{target.db_column(target.key_column)}::text"
        else:
            expression = column.dumped(f"t.{table.db_column(column)}")
        columns.append(f'{expression} as "{column.name}"')
    query = (
        f"copy (select {', '.join(columns)} from {table.name} t {' '.join(joins)} where t.tenant_id = {{tenant}} "
        f"order by {table.order}) to stdout (format csv, header, encoding 'UTF8')"
    )
    return sql.SQL(query).format(tenant=sql.Literal(str(tenant.pk)))


TABLE_OF = {table.name: table for table in TABLES}
