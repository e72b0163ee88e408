"""Whose rows a connection sees: contexts that say it, and the migration operations that make the database hold it.

Every business table has row-level security by the transaction-local setting `app.tenant_id`, a unique (tenant_id, id),
and composite foreign keys, so that a row can only refer to rows of its own tenant. The application's role, `leanops`,
owns the tables and is held by the policies all the same (FORCE). `leanops_platform` sees all tenants and is reached
by `platform_context` alone. docs/architecture.md tells the whole.
"""

from contextlib import contextmanager, nullcontext

from django.db import connection, migrations, transaction

NOBODY = {"app.tenant_id": "", "app.user_id": "", "app.request_id": "", "role": "none"}
OF_TENANT = "tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid)"


def apply_settings(values: dict[str, str], ask: tuple[str, list] | None = None):
    """Set transaction-local settings in one statement. Outside a transaction they would be lost without a word.

    ask: an expression of SQL with its parameters, answered by the same statement under these settings, so that it costs
    no round trip; it must refer to `applied`, or it might be answered first. Returns the answer, None without one.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("settings of the transaction need a transaction")
    parts = ", ".join(["set_config(%s, %s, true)"] * len(values))
    with connection.cursor() as cursor:
        words = [word for item in values.items() for word in item]
        if ask is None:
            cursor.execute(f"select {parts}", words)
            return None
        expression, parameters = ask
        cursor.execute(
            f"with applied as materialized (select array[{parts}] as settings) select {expression} from applied",
            [*words, *parameters],
        )
        return cursor.fetchone()[0]


@contextmanager
def in_context(values: dict[str, str], ask=None):
    """A transaction under these settings; inside another, those of NOBODY come back as they were. Gives what was asked."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        former = {}
        if nested:  # the outermost transaction forgets by itself; inside another the former values must come back
            with connection.cursor() as cursor:
                reads = ", ".join(["coalesce(current_setting(%s, true), '')"] * len(NOBODY))
                cursor.execute(f"select {reads}", list(NOBODY))
                former = dict(zip(NOBODY, cursor.fetchone(), strict=True))
        yield apply_settings(NOBODY | values, ask)  # an exception rolls back to the savepoint, and the settings with it
        if nested and not connection.needs_rollback:
            apply_settings(former)


def tenant_context(tenant, *, user=None, request_id: str = ""):
    """A transaction that sees one tenant's rows: for commands, jobs, streams.

    user: the person the changes are recorded under, or None for the system.
    """
    values = {
        "app.tenant_id": str(tenant.pk),
        "app.user_id": str(user.pk) if user else "",
        "app.request_id": request_id,
    }
    return in_context(values)


def platform_context(*, user=None):
    """A transaction that sees all tenants' rows: the platform's own admin, data migrations, jobs over all tenants."""
    return in_context({"role": "leanops_platform", "app.user_id": str(user.pk) if user else ""})


def request_context(*, tenant_id: str, user_id: str, request_id: str, ask=None):
    """The transaction around a request; everything is set, to "" for strangers. Gives the answer to `ask`."""
    return in_context({"app.tenant_id": tenant_id, "app.user_id": user_id, "app.request_id": request_id}, ask)


def own_context(person, *, by=None, request_id: str = ""):
    """The context that a person's row and record are written in: the own tenant's, or the platform's.

    Nothing is opened where the transaction is in that tenant already: what it recorded of the request stays.
    """
    if not person.tenant_id:
        return platform_context(user=by)
    if tenant_in_force() == str(person.tenant_id):
        return nullcontext()
    return tenant_context(person.tenant, user=by, request_id=request_id)


def tenant_in_force() -> str:
    """The key of the tenant whose rows the transaction sees; empty where it sees none."""
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.tenant_id', true)")
        return cursor.fetchone()[0] or ""


class TenantTable(migrations.RunSQL):
    """Put one business table under isolation: in a migration after the one that makes it, which makes its indexes last.

    references: {column: table} of its foreign keys to other business tables; each gets a composite key beside it.
    history: it has `<table>_history`, which then has policies too, refuses changes, and feeds audit_logs.
    append_only: UPDATE, DELETE and TRUNCATE are refused.
    """

    def __init__(self, table: str, references: dict | None = None, *, history: bool = False, append_only: bool = False):
        self.table, self.references, self.history, self.append_only = table, references or {}, history, append_only
        statements = [f"alter table {table} add constraint {table}_tenant_id_id unique (tenant_id, id)"]
        statements += same_tenant(table, self.references)
        statements += policies(table)
        if append_only:
            statements += refuse_changes(table)
        if history:
            statements += history_guards(table)
        super().__init__(";\n".join(statements), migrations.RunSQL.noop)

    def deconstruct(self):
        kwargs = {"history": self.history, "append_only": self.append_only}
        return type(self).__name__, [self.table, self.references], {k: v for k, v in kwargs.items() if v}


class TenantReferences(migrations.RunSQL):
    """The composite keys of columns that joined a table under isolation later: {column: table}."""

    def __init__(self, table: str, references: dict):
        self.table, self.references = table, references
        super().__init__(";\n".join(same_tenant(table, references)), migrations.RunSQL.noop)

    def deconstruct(self):
        return type(self).__name__, [self.table, self.references], {}


def same_tenant(table: str, references: dict) -> list[str]:
    """A composite key for each column that refers to another business table."""
    return [
        f"alter table {table} add constraint {table}_{column}_same_tenant foreign key (tenant_id, {column}) "
        f"references {target} (tenant_id, id) deferrable initially deferred"
        for column, target in references.items()
    ]


def policies(table: str) -> list[str]:
    """Row-level security for a table with a tenant_id."""
    return [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy of_tenant on {table} to leanops using ({OF_TENANT}) with check ({OF_TENANT})",
        f"create policy of_platform on {table} to leanops_platform using (true) with check (true)",
    ]


def refuse_changes(table: str) -> list[str]:
    """Triggers that keep a table append-only, from its owner too."""
    return [
        (
            f"create trigger append_only before update or delete or truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    ]


def history_guards(table: str) -> list[str]:
    """Isolation of a history table, its audit trigger, and the index that finds the row before."""
    return [
        *policies(f"{table}_history"),
        *refuse_changes(f"{table}_history"),
        f"create index {table}_history_tenant on {table}_history (tenant_id, id, history_id desc)",
        history_without_spare_indexes(f"{table}_history"),
        f"create trigger person before insert on {table}_history for each row execute function fill_history_person()",
        (
            f"create trigger audit after insert on {table}_history "
            f"for each row execute function write_audit_row('{table}')"
        ),
    ]


def history_without_spare_indexes(table: str) -> str:
    """Drop the indexes on id and on history_date alone, which simple-history makes.

    Without fresh statistics the planner takes the one on id, and each change reads all versions of its row there are.
    """
    return f"""
        do $$ declare spare text; begin
            for spare in select indexrelid::regclass from pg_index x join pg_attribute a
                         on a.attrelid = x.indrelid and a.attnum = x.indkey[0]
                         where x.indrelid = '{table}'::regclass and x.indnatts = 1 and a.attname in ('id', 'history_date')
            loop execute 'drop index ' || spare; end loop;
        end $$"""


class AddIdentity(migrations.RunSQL):
    """The column behind an IdentityField: counted by the database, chosen by nobody."""

    def __init__(self, table: str, column: str):
        self.table, self.column = table, column
        super().__init__(
            f"alter table {table} add column {column} bigint generated always as identity",
            f"alter table {table} drop column {column}",
        )

    def deconstruct(self):
        return type(self).__name__, [self.table, self.column], {}
