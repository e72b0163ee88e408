"""Staged rows into their tables, with history, in batches; what is equal already is left alone."""

from django.db import connection
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from .columns import DEFAULT, Reference
from .table import Table

BATCH = 1000
REASON = "load_tables"  # stands in the history and in the audit log


def resolved(table: Table) -> str:
    """The staged rows with the ids of what they refer to (as <column>__id)."""
    ids = "".join(f', k_{r.name}.id as "{r.name}__id"' for r in table.references)
    joins = "".join(f' left join known_{r.to} k_{r.name} on k_{r.name}.key = s."{r.name}"' for r in table.references)
    return f"select s.*{ids} from {table.staging} s{joins}"


def write_rows(load, table: Table) -> None:
    """Create, update or leave alone each staged row; in a dry run only count."""
    if not load.dry_run:
        _lock(load, table)
    columns = [c for c in table.columns if c.written]
    for condition in table.passes:
        with connection.chunked_cursor() as staged:
            staged.execute(f"{resolved(table)} where {condition} order by s.at_line")
            names = [column.name for column in staged.description]
            while batch := staged.fetchmany(BATCH):
                _write_batch(load, table, columns, [dict(zip(names, row, strict=True)) for row in batch])


def _lock(load, table: Table) -> None:
    """Hold the rows the file names, by key: the order in which everything here takes its locks."""
    database_key = table.model._meta.get_field(table.key_attribute).column
    load.cursor.execute(
        f"""select count(*) from (select t.id from {table.name} t join {table.staging} s on s."{table.key}" = t.{database_key}
            where t.tenant_id = %s order by t.id for no key update of t) as locked""",
        [load.tenant.pk],
    )


def _write_batch(load, table: Table, columns, rows: list[dict]) -> None:
    report = load.report.files[table.file]
    there = {
        getattr(instance, table.key_attribute): instance
        for instance in table.model._default_manager.filter(
            tenant=load.tenant, **{f"{table.key_attribute}__in": [row[table.key] for row in rows]}
        )
    }
    new, changed, fields = [], [], set()
    load.line_of = {}
    for row in rows:
        instance = there.get(row[table.key])
        if instance is None:
            new.append(instance := _instance(load, table, columns, row))
            load.line_of[instance.pk] = row["at_line"]
            continue
        load.line_of[instance.pk] = row["at_line"]
        values = {c.attribute: v for c in columns if c.compared and (v := _value(load, table, c, row)) is not _LEFT_OUT}
        former = {name: getattr(instance, name) for name, value in values.items() if getattr(instance, name) != value}
        if not former:
            report.unchanged += 1
            continue
        for name in former:
            setattr(instance, name, values[name])
        changed.append((instance, former))
    report.created += len(new)
    report.updated += len(changed)
    load.progress.tick(
        f"{table.file}: {report.created + report.updated + report.unchanged:,} rows compared and written"
    )
    if load.dry_run:
        return
    for instance, former in changed:
        fields |= {*former, *table.change(load, instance, former)}
    for instance in new:
        table.start(load, instance)
    table.save_changed(load, changed, fields)
    create(table.model, new)
    table.note(load, [*new, *(instance for instance, _ in changed)])


_LEFT_OUT = object()


def _value(load, table: Table, column, row: dict):
    """A staged cell as the model's value; _LEFT_OUT where the file says nothing."""
    if column.name not in load.given[table.name]:
        return _LEFT_OUT
    value = row[f"{column.name}__id"] if isinstance(column, Reference) else row[column.name]
    if value is None:
        return _LEFT_OUT if column.empty == DEFAULT else column.null
    return column.stored(value)


def _instance(load, table: Table, columns, row: dict):
    values = {c.attribute: v for c in columns if (v := _value(load, table, c, row)) is not _LEFT_OUT}
    values["id"] = row["new_id"] if table.has_code else row[table.key]
    return table.model(tenant=load.tenant, **values)


def create(model, instances: list) -> None:
    """Write new rows, with history where they have one: the database copies it, which takes half the time."""
    model._default_manager.bulk_create(instances, batch_size=BATCH)
    if not instances or not hasattr(model, "history"):
        return
    history = model.history.model
    columns = ", ".join(f'"{field.column}"' for field in history.tracked_fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""insert into {history._meta.db_table} ({columns}, history_date, history_type, history_change_reason)
                select {columns}, %s, '+', %s from unnest(%s::uuid[]) with ordinality as new(id, place)
                join {model._meta.db_table} using (id) order by place""",
            [timezone.now(), REASON, [instance.pk for instance in instances]],
        )


def update(model, instances: list, fields) -> None:
    """Write changed rows, with history where they have one."""
    names = [model._meta.get_field(name).name for name in sorted(fields)]
    if instances and not hasattr(model, "history"):
        model._default_manager.bulk_update(instances, names, batch_size=BATCH)
    elif instances:
        bulk_update_with_history(instances, model, names, batch_size=BATCH, default_change_reason=REASON)
