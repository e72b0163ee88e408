"""Checks over whole files, each one statement: keys that are doubled, elsewhere in use, or missing."""

from apps.core.isolation import platform_context

from .table import Table


def know(load, table: Table) -> None:
    """Fill known_<table>: the keys one may refer to, in the tenant and in its file, with their ids.

    Rows that are refused count: one reason for one line is enough.
    """
    database_key = table.model._meta.get_field(table.key_attribute).column
    load.cursor.execute(
        f"insert into known_{table.name} select {database_key}, id from {table.name} where tenant_id = %s",
        [load.tenant.pk],
    )
    new_id = "new_id" if table.has_code else f'"{table.key}"'
    load.cursor.execute(
        f'insert into known_{table.name} select "{table.key}", {new_id} from {table.staging} '
        f'where "{table.key}" is not null order by at_line on conflict do nothing'
    )
    load.cursor.execute(f"analyze known_{table.name}")


def check_keys(load, table: Table) -> None:
    """A key stands in one line of the file, and no other tenant has it."""
    refuse_doubled(load, table, table.key)
    if table.has_code:
        return
    with platform_context():
        load.refuse_where(
            table,
            f"""select s.at_line, '{table.key}', s."{table.key}", 'another tenant uses this id'
                from {table.staging} s join {table.name} t on t.id = s."{table.key}"
                where t.tenant_id is distinct from %(tenant)s""",
        )


def check_one_tenant(load, table: Table) -> None:
    """Exports of other systems may name a tenant in each row (`tenant_id`): all rows are of one."""
    if "tenant_id" not in load.given[table.name]:
        return
    load.refuse_where(
        table,
        f"""select at_line, 'tenant_id', tenant_id, 'another tenant than that of the rows before'
            from (select at_line, tenant_id, first_value(tenant_id) over (order by at_line) as first
                  from {table.staging} where tenant_id is not null) as q where tenant_id <> first""",
    )


def refuse_doubled(load, table: Table, column: str, key: str = "", reason: str = "") -> None:
    """Refuse each row whose key (an SQL expression of "s"; the column itself if left out) stood in an earlier line."""
    key = key or f's."{column}"'
    load.refuse_where(
        table,
        f"""select at_line, '{column}', value, '{reason}line ' || first || ' has it already'
            from (select s.at_line, s."{column}"::text as value, min(s.at_line) over (partition by {key}) as first
                  from {table.staging} s where ({key}) is not null) as q
            where at_line > first""",
    )


def check_references(load, table: Table) -> None:
    """What a row refers to is in its file, or in the tenant."""
    for reference in table.references:
        if reference.to in load.blind:  # its file was refused as a whole, and says so
            continue
        load.refuse_where(
            table,
            f"""select s.at_line, '{reference.name}', s."{reference.name}", 'neither in {load.tables[reference.to].file} nor in the tenant'
                from {table.staging} s left join known_{reference.to} k on k.key = s."{reference.name}"
                where s."{reference.name}" is not null and k.key is null""",
        )
