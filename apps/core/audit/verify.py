"""Proves that the record is whole, and names the first row of each table that was changed behind the application.

Three books tell the same story: the live rows, their history, and the audit log with its seals. One statement per
table and check compares two of them, in the database, where what does not fit in memory goes to disk.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection

from apps.core.audit import CHANGES, recorded_models
from apps.core.audit.seals import DIGEST, in_utc
from apps.core.hooks import sealed_tables
from apps.core.isolation import platform_context
from apps.core.models import Tenant

MOMENT = "to_char({} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC')"


@dataclass
class Report:
    """What was found: counts of what holds, sentences of what does not."""

    counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    head: str = ""  # the newest seal, as number:hash

    def count(self, what: str, found) -> None:
        self.counts[what] = self.counts.get(what, 0) + found[0][0]

    def __iadd__(self, found: Iterator[str]):
        self.problems += found
        return self


def verify(tenant=None, *, seal: str = "") -> Report:
    """Check the record of one tenant, or (None) of all and the platform's own.

    seal: "number:hash" of a seal that was noted elsewhere, which must still be there: who can remove the newest
    seals together with their rows leaves no other trace.
    """
    report = Report()
    with platform_context(), connection.cursor() as cursor:
        in_utc(cursor)
        for table, model in sorted(recorded_models().items()):
            report += _live_rows(cursor, table, model, tenant, report)
            report += _audit_rows(cursor, table, tenant, report)
        report += _strange_audit_rows(cursor, tenant)
        report += _chain(cursor, seal, report)
        for table, number in sealed_tables().items():
            report += _sealed_rows(cursor, table, number, tenant, report)
    return report


def _run(cursor, sql: str, tenant, **values):
    cursor.execute(sql, {"tenant": tenant and tenant.pk} | values)
    return cursor.fetchall()


def _of(tenant, column: str) -> str:
    return f"{column} = %(tenant)s" if tenant else "true"


def _more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""


def _live_rows(cursor, table, model, tenant, report):
    """Every live row equals its newest history row."""
    history = model.history.model
    columns = [f.column for f in history.tracked_fields if not f.primary_key]
    differ = ", ".join(f"""case when l."{c}" is distinct from h."{c}" then '{c}' end""" for c in columns)
    own = _of(tenant, "id" if model is Tenant else "tenant_id")
    sql = f"""
        with l as (select * from {table} where {own}),
             h as (select distinct on (tenant_id, id) * from {table}_history where {_of(tenant, "tenant_id")}
                    order by tenant_id, id, history_id desc)
        select coalesce(l.id, h.id)::text, h.history_id, {MOMENT.format("h.history_date")}, h.history_type,
               l.id is null, array_remove(array[{differ}]::text[], null), count(*) over ()
          from l full join h on h.id = l.id
         where h.id is null or (h.history_type = '-') <> (l.id is null)
            or (l.id is not null and array_remove(array[{differ}]::text[], null) <> '{{}}')
         order by h.history_id nulls first limit 1"""
    for key, number, since, kind, is_gone, fields, count in _run(cursor, sql, tenant):
        more = _more(count)
        if number is None:
            yield f"{table} {key} has no history: it was written behind the application{more}."
        elif is_gone:
            yield f"{table} {key} is gone, and no history row tells of it since {since}{more}."
        elif kind == "-":
            yield f"{table} {key} is there, though its history tells that it was deleted on {since}{more}."
        else:
            yield (
                f"{table} {key}: {', '.join(fields)} differ from its newest history row ({number}): "
                f"changed behind the application since {since}{more}."
            )
    report.count("live rows", _run(cursor, f"select count(*) from {table} where {own}", tenant))


def _audit_rows(cursor, table, tenant, report):
    """Every history row has its audit row, which tells the same, and the other way round.

    A column that came later than a row that tells of a whole one (create, delete) is not in it: only those after all
    that are there may be missing.
    """
    sql = f"""
        with h as (select history_id, history_type, history_date, history_user_id, history_change_reason, id, tenant_id,
                          to_jsonb(r) as now_row,
                          lag(to_jsonb(r)) over (partition by id order by history_id) as before
                     from {table}_history r where {_of(tenant, "tenant_id")}),
             a as (select *, row_number() over (partition by history_row order by id) as nth from audit_logs
                    where entity_type = %(table)s and action = any(%(actions)s) and {_of(tenant, "tenant_id")})
        select h.history_id, a.id, coalesce(h.id::text, a.entity_id),
               {MOMENT.format("coalesce(h.history_date, a.created_at)")}, d.fields, a.nth, count(*) over ()
          from h full join a on a.history_row = h.history_id
          cross join lateral (select history_changes(h.history_type, case h.history_type when '~' then before end, now_row)
                                  as changes) r
          cross join lateral (select array_remove(array[
                   case when a.action <> case h.history_type when '+' then 'create' when '-' then 'delete'
                                                             else 'update' end then 'action' end,
                   case when a.entity_id is distinct from h.id::text then 'id' end,
                   case when a.tenant_id is distinct from h.tenant_id then 'tenant_id' end,
                   case when a.user_id is distinct from h.history_user_id then 'person' end,
                   case when a.reason is distinct from coalesce(h.history_change_reason, '') then 'reason' end]::text[], null)
               || case when a.changes = r.changes then '{{}}' else array(
                   select k from (select jsonb_object_keys(a.changes) union select jsonb_object_keys(r.changes)) as u (k)
                     join pg_attribute on attrelid = '{table}_history'::regclass and attname = k
                    where a.changes -> k is distinct from r.changes -> k
                      and (h.history_type = '~' or a.changes ? k or attnum <= coalesce((select max(attnum)
                           from pg_attribute where attrelid = '{table}_history'::regclass and a.changes ? attname), 9999))
                    order by k) end as fields) d
         where h.history_id is null or a.id is null or a.nth > 1 or d.fields <> '{{}}'
         order by coalesce(h.history_id, a.history_row) nulls first limit 1"""
    found = _run(cursor, sql, tenant, table=table, actions=list(CHANGES))
    for history_id, audit_id, key, when, fields, nth, count in found:
        more = _more(count)
        if audit_id is None:
            yield f"{table}_history {history_id} of {table} {key} ({when}) has no audit row{more}."
        elif history_id is None:
            yield f"audit_logs {audit_id} of {table} {key} ({when}): its history row is gone{more}."
        elif nth > 1:
            yield f"audit_logs {audit_id} of {table} {key} ({when}) stands there twice{more}."
        else:
            yield (
                f"{table}_history {history_id} and audit_logs {audit_id} of {table} {key} tell different things "
                f"of {', '.join(fields)}: one was changed since {when}{more}."
            )
    counted = f"select count(*) from {table}_history where {_of(tenant, 'tenant_id')}"
    report.count("history rows", _run(cursor, counted, tenant))


def _strange_audit_rows(cursor, tenant):
    """No audit row tells of a change in a table that has no history."""
    sql = f"""
        select id, action, entity_type, entity_id, count(*) over () from audit_logs
         where action = any(%(actions)s) and entity_type <> all(%(tables)s) and {_of(tenant, "tenant_id")}
         order by id limit 1"""
    for key, action, table, entity, count in _run(
        cursor, sql, tenant, actions=list(CHANGES), tables=list(recorded_models())
    ):
        yield f"audit_logs {key} tells of a change ({action}) of {table} {entity}, which has no history{_more(count)}."


def _chain(cursor, noted, report):
    """The seals follow one another without a gap, and each one's hash is what its rows and the one before make."""
    sql = f"""
        select number, {MOMENT.format("sealed_at")}, number - before - 1, count(*) over () from (
            select number, sealed_at, coalesce(lag(number) over (order by number), 0) as before,
                   hash <> seal_hash(seals, coalesce(lag(hash) over (order by number), '')) as is_changed
              from seals) as chain
         where is_changed or number <> before + 1
         order by number limit 1"""
    for number, when, missing, count in _run(cursor, sql, None):
        if missing:
            yield f"{missing} seals before seal {number} ({when}) are gone{_more(count)}."
        else:
            yield f"Seal {number} ({when}), or the one before it, was changed{_more(count)}."
    if noted:
        number, _colon, digest = noted.partition(":")
        cursor.execute("select encode(hash, 'hex') from seals where number::text = %s", [number])
        if cursor.fetchone() != (digest,):
            yield f"Seal {noted} is not there any more: the newest seals were removed or made anew."
    cursor.execute(
        "select count(*) over (), number || ':' || encode(hash, 'hex') from seals order by number desc limit 1"
    )
    report.counts["seals"], report.head = cursor.fetchone() or (0, "")


def _sealed_rows(cursor, table, number, tenant, report):
    """Every sealed row is there as it was sealed, and none has come between them since."""
    sql = f"""
        with shapes as (
            select columns, array(select attname::text from pg_attribute where attrelid = %(table)s::regclass
                                     and attnum > 0 and attname <> all(columns)) as added
              from (select distinct columns from seals where table_name = %(table)s) as s),
        sealed as (
            select s.number as seal, s.sealed_at, shapes.added, row.number, row.digest
              from seals s join shapes using (columns) cross join unnest(s.numbers, s.digests) as row (number, digest)
             where s.table_name = %(table)s and {_of(tenant, "s.tenant_id")}),
        upto as (select tenant_id, max(last) as last from seals where table_name = %(table)s group by tenant_id),
        live as (
            select t.{number} as number, to_jsonb(t) as row from {table} t join upto
                on t.tenant_id is not distinct from upto.tenant_id and t.{number} <= upto.last
             where {_of(tenant, "t.tenant_id")})
        select number, live.row is null, sealed.seal, {MOMENT.format("sealed.sealed_at")}, count(*) over ()
          from sealed full join live using (number)
         where sealed.seal is null or live.row is null
            or sealed.digest <> {DIGEST.format(row="(live.row - sealed.added)")}
         order by number limit 1"""
    for key, is_gone, seal, when, count in _run(cursor, sql, tenant, table=table):
        more = _more(count)
        if seal is None:
            yield f"{table} {key} was put in behind the application, among rows that were sealed before{more}."
        elif is_gone:
            yield f"{table} {key} is gone; it was sealed on {when} (seal {seal}){more}."
        else:
            yield f"{table} {key} was changed after it was sealed on {when} (seal {seal}){more}."
    counted = f"select count(*) from {table} t where {_of(tenant, 't.tenant_id')}"
    report.count(f"rows of {table}", _run(cursor, counted, tenant))
    sealed = f"select coalesce(sum(cardinality(numbers)), 0) from seals t where table_name = %(table)s and {_of(tenant, 't.tenant_id')}"
    report.count("sealed rows", _run(cursor, sealed, tenant, table=table))
