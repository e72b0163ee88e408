"""Files into temporary tables: a row of the file is a row there, with its line; unreadable cells are refused."""

from pathlib import Path

from psycopg import sql

from apps.core.fields import uuid7

from . import reading
from .columns import NULL, REQUIRED, Bad
from .table import Table


def create(cursor, tables: list[Table]) -> list[str]:
    """Make the staging tables, empty, and those that tell which keys are known and which lines are refused.

    leanops_platform may use them: it is who sees whether another tenant has an id. Returns their names.
    """
    statements = ["create temp table load_refused (file text, line int, primary key (file, line)) on commit drop"]
    names = ["load_refused"]
    for table in tables:
        columns = ", ".join(f'"{column.name}" {column.sql}' for column in table.columns)
        statements.append(
            f"create temp table {table.staging} (at_line int primary key, is_refused boolean not null, new_id uuid, {columns}) "
            "on commit drop"
        )
        names.append(table.staging)
    for name, kind in {column.to: column.sql for table in tables for column in table.references}.items():
        statements.append(f"create temp table known_{name} (key {kind} primary key, id uuid) on commit drop")
        names.append(f"known_{name}")
    statements.append(f"grant all on {', '.join(names)} to leanops_platform")
    drop(cursor, names)
    cursor.execute(";".join(statements))
    return names


def drop(cursor, names: list[str]) -> None:
    """An outer transaction may go on, and load again."""
    cursor.execute("; ".join(f"drop table if exists pg_temp.{name}" for name in names))


def stage(load, table: Table, path: Path) -> None:
    """Read a file into its staging table. A header that is refused refuses the file."""
    report = load.report.files[table.file]
    found = reading.rows(path)
    line, header, trouble = next(found, (1, [], "the file is empty; not even a header"))
    if trouble or not _header_is_good(load, table, line, header):
        if trouble:
            load.refuse(table, line, "", "", trouble)
        load.blind.add(table.name)
        return
    load.given[table.name] = set(header)
    names = ["at_line", "is_refused", "new_id", *table.by_name]
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table.staging), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with load.cursor.copy(statement.as_string()) as copy:
        for line, cells, trouble in found:
            report.read += 1
            values = {}
            if trouble := trouble or reading.problem(cells, header):
                load.refuse(table, line, "", "", trouble)
            else:
                values = _parse(load, table, line, dict(zip(header, cells, strict=True)))
            is_refused = not values or values.pop("", False)
            if not is_refused:
                table.derive(values, load)
            copy.write_row((line, is_refused, uuid7(), *(values.get(name) for name in table.by_name)))
            if not report.read % 1000:
                load.progress.tick(f"{table.file}: {report.read:,} rows read")
    load.cursor.execute(f"analyze {table.staging}")


def _header_is_good(load, table: Table, line: int, header: list[str]) -> bool:
    troubles = []
    for place, name in enumerate(header):
        if name in header[:place]:
            troubles.append((name, "this column is there twice"))
        elif reading.is_broken(name):
            troubles.append((name, reading.is_broken(name)))
        elif name not in table.by_name:
            troubles.append((name, f"no column of {table.name}; it has {', '.join(table.by_name)}"))
    missing = [column.name for column in table.columns if column.must_be_there and column.name not in header]
    troubles += [(name, "this column is missing") for name in missing]
    if len(header) == 1 and any(sign in header[0] for sign in ";\t"):
        troubles = [(header[0], "cells must be separated by commas")]
    for name, reason in troubles:
        load.refuse(table, line, name, name, reason)
    return not troubles


def _parse(load, table: Table, line: int, cells: dict[str, str]) -> dict:
    """The values of a row by column; under "" whether a cell was refused."""
    values: dict = {}
    name = cell = ""

    def warn(text):
        load.warn(table, line, name, cell, text)

    whole = "".join(cells.values())
    check = not whole.isascii() or "\x00" in whole
    for name, cell in cells.items():
        column = table.by_name[name]
        try:
            if check and (reason := reading.is_broken(cell)):
                raise Bad(reason)
            if not column.is_empty(cell):
                values[name] = column.parse(cell, warn)
            elif column.empty == REQUIRED:
                raise Bad("may not be empty")
            elif column.empty == NULL:
                values[name] = None
        except Bad as bad:
            load.refuse(table, line, name, cell, str(bad))
            values[""] = True
    return values
