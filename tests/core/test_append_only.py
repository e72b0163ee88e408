"""What is written down stays written down: for the application, for the tables' owner, and for the platform's role."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from apps.core.audit import recorded_models
from apps.core.hooks import sealed_tables
from apps.core.isolation import platform_context, tenant_context

TABLES = sorted([*sealed_tables(), "seals", *(f"{table}_history" for table in recorded_models())])
STATEMENTS = ["update {} set tenant_id = tenant_id", "delete from {}", "truncate {} cascade"]
STATEMENTS_OF_HISTORY = ["update {} set history_type = history_type", *STATEMENTS[1:]]  # one tenant_id is computed


def statements(table):
    return [text.format(table) for text in (STATEMENTS_OF_HISTORY if table.endswith("_history") else STATEMENTS)]


def tables(condition):
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace "
            f"and {condition} order by 1"
        )
        return [name for (name,) in cursor.fetchall()]


def test_every_history_and_every_log_is_in_the_sweep(db):
    assert tables(r"c.relname like '%\_history'") == [table for table in TABLES if table.endswith("_history")]
    guarded = "exists (select from pg_trigger t where t.tgrelid = c.oid and tgname = 'append_only' and tgenabled = 'O')"
    assert tables(guarded) == TABLES


@pytest.mark.parametrize("table", TABLES)
def test_the_record_refuses_change_deletion_and_truncation(tenant, table):
    for statement in statements(table):
        # leanops is both the application and the owner
        for context in (lambda: tenant_context(tenant), platform_context):
            with (
                pytest.raises((IntegrityError, ProgrammingError), match="append-only|permission denied"),
                transaction.atomic(),
                context(),
                connection.cursor() as cursor,
            ):
                cursor.execute("set constraints all immediate")  # else the fixture itself is in the way
                cursor.execute(statement)


@pytest.mark.parametrize("table", TABLES)
def test_it_is_the_trigger_that_refuses(tenant, table):
    """The same statements pass with the trigger off: else the test above would prove nothing."""
    for statement in statements(table):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute(f"alter table {table} disable trigger append_only")
            cursor.execute(statement)
            transaction.set_rollback(True)
