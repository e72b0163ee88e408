"""Seals: once a minute the worker chains a hash over what is new in the record. Nobody who writes waits for it.

Rows are sealed in the order of their numbers, up to a number below which none can appear any more. Neither the order
of numbers nor that of transaction ids is the order of commits, so that number is found as CREATE INDEX CONCURRENTLY
finds its own: read how far the numbers have been given out, then wait until whoever was writing to the table just then
has ended. A number is given out under the table's write lock, which a transaction keeps to its end.
"""

import logging
import time

from django.db import connection

from apps.core.hooks import sealed_tables
from apps.core.isolation import platform_context
from apps.core.models import Tenant

log = logging.getLogger("leanops.record")

ROWS = 5000  # of one seal at most: keeps memory flat however many are new
PATIENCE = 20  # seconds to wait for writers; a long import is sealed by a later minute

WRITERS = """
select virtualtransaction from pg_locks
where locktype = 'relation' and relation = %s::regclass and mode = 'RowExclusiveLock' and granted
  and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()
"""
# What a row is, as text. Moments in it are written in UTC (`in_utc`), whatever the session's zone is.
DIGEST = "sha256(convert_to({row}::text, 'UTF8'))"
SEAL = f"""
insert into seals (tenant_id, table_name, columns, last, numbers, digests)
select %(tenant)s::uuid, %(table)s,
       (select array_agg(attname::text order by attnum) from pg_attribute
         where attrelid = %(table)s::regclass and attnum > 0 and not attisdropped),
       max(number), array_agg(number order by number), array_agg(digest order by number)
from (select {{number}} as number, {DIGEST.format(row="to_jsonb(t)")} as digest from {{table}} t
       where {{of_tenant}} and {{number}} <= %(settled)s
         and {{number}} > coalesce((select max(last) from seals where table_name = %(table)s and {{of_tenant}}), 0)
       order by {{number}} limit %(rows)s) as new
having count(*) > 0
returning cardinality(numbers)
"""


def seal_records() -> int:
    """Seal what is new in every table under seal, tenant by tenant, and the platform's own; returns how many rows.

    Several may run at once: each piece is found and sealed under one lock that only sealing takes.
    """
    count = 0
    for table, number in sealed_tables().items():
        settled = _settled(table, number)
        if settled is None:
            log.warning("%s is being written to for long; its newest rows are sealed later.", table)
            continue
        for tenant in [*Tenant.objects.order_by("pk").values_list("pk", flat=True), None]:
            while rows := _seal(table, number, tenant, settled):
                count += rows
                if rows < ROWS:
                    break
    return count


def _settled(table: str, number: str) -> int | None:
    """A number of the table below which no row can appear any more; None where its writers do not come to an end."""
    until = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        cursor.execute("select pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)", [table, number])
        settled = cursor.fetchone()[0] or 0
        cursor.execute(WRITERS, [table])
        writers = set(cursor.fetchall())
        while writers and time.monotonic() < until:
            time.sleep(0.02)
            cursor.execute(WRITERS, [table])
            writers &= set(cursor.fetchall())
    return None if writers else settled


def _seal(table: str, number: str, tenant, settled: int) -> int:
    """One more seal over a tenant's next rows, as far as there are any; returns how many."""
    of_tenant = "tenant_id = %(tenant)s" if tenant else "tenant_id is null"
    sql = SEAL.format(table=table, number=number, of_tenant=of_tenant)
    with platform_context(), connection.cursor() as cursor:
        in_utc(cursor)
        cursor.execute("select pg_advisory_xact_lock(hashtext('seals'))")
        cursor.execute(sql, {"tenant": tenant, "table": table, "settled": settled, "rows": ROWS})
        found = cursor.fetchone()
    return found[0] if found else 0


def in_utc(cursor) -> None:
    cursor.execute("select set_config('timezone', 'UTC', true)")
