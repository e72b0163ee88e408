"""Whether the guards between tenants stand in the database, and those of the record: asked before serving, and by
`manage.py check --database default`. What the guards are is in isolation.py; that each of them holds, in
tests/core/test_isolation.py."""

from django.apps import apps
from django.db import connection

from apps.core.models import User
from apps.core.trees import SafeTree

# A trigger as the catalogue tells it: its name, its function, and when it fires (pg_trigger.tgtype).
APPEND_ONLY = ("append_only", "refuse_change", 2 + 8 + 16 + 32)  # before delete, update, truncate
TREE = ("tree_guard", "refuse_unguarded_tree_write", 2 + 4 + 8 + 16)  # before insert, delete, update
PERSONAL = ("personal", "note_personal_change", 1 + 2 + 16)  # before each updated row
HISTORY = (APPEND_ONLY, ("person", "fill_history_person", 1 + 2 + 4), ("audit", "write_audit_row", 1 + 4))

TENANT_TABLES = """
with tenant_tables as (
    select c.oid, c.relname, c.relrowsecurity and c.relforcerowsecurity as is_held, a.attnum as tenant_id
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and c.relname <> 'users'
)
"""
NO_EXTENSIONS = "not exists (select from pg_depend d where d.objid = {}.oid and d.deptype = 'e')"

# Each finds what should not be; its rows fill the sentence.
FAULTS = [
    (
        "The database role {} is not held by row-level security; connect as leanops.",
        "select rolname from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)",
    ),
    (
        "The role leanops may become {}, which no policy holds.",
        "select rolname from pg_roles where (rolsuper or rolbypassrls) and pg_has_role('leanops', oid, 'SET')",
    ),
    (
        "The role leanops may not become leanops_platform; run manage.py prepare_database.",
        "select where not pg_has_role('leanops', 'leanops_platform', 'SET')",
    ),
    (
        "The role leanops inherits leanops_platform and would see every tenant's rows.",
        "select where pg_has_role('leanops', 'leanops_platform', 'USAGE')",
    ),
    (
        "The table {} has no row-level security.",
        TENANT_TABLES + "select relname from tenant_tables where not is_held",
    ),
    (
        # The text is compared without blanks, brackets and the name that PostgreSQL makes up for the column.
        "The policies of the table {} are not the two of isolation.",
        TENANT_TABLES
        + """
        select t.relname from tenant_tables t left join (
            select p.polrelid, p.polpermissive and p.polcmd = '*' and case
                when p.polroles = array['leanops_platform'::regrole::oid] then qual = 'true' and checked = 'true'
                when p.polroles = array['leanops'::regrole::oid] then qual = checked and qual =
                    'tenant_id=selectnullifcurrent_setting''app.tenant_id'',true,''''::uuid'
                else false end as is_right, p.polroles
            from pg_policy p, lateral (
                select regexp_replace(lower(pg_get_expr(polqual, polrelid)), as_written, '', 'g') as qual,
                       regexp_replace(lower(pg_get_expr(polwithcheck, polrelid)), as_written, '', 'g') as checked
                from (values ('[[:space:]()]|::text|as "?nullif"?')) as x (as_written)) as words
        ) p on p.polrelid = t.oid
        group by t.relname having count(distinct p.polroles) <> 2 or count(p.polroles) <> 2
            or not coalesce(bool_and(p.is_right), false)
        """,
    ),
    (
        "{}.{} may refer to another tenant's row: its key lacks the tenant.",
        TENANT_TABLES
        + """
        select t.relname, a.attname from pg_constraint k
        join tenant_tables t on t.oid = k.conrelid join tenant_tables target on target.oid = k.confrelid
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
        where k.contype = 'f' and cardinality(k.conkey) = 1 and a.attname <> 'tenant_id' and not exists (
            select from pg_constraint twin
            where twin.conrelid = k.conrelid and twin.confrelid = k.confrelid and twin.contype = 'f'
              and twin.convalidated and twin.conkey = array[t.tenant_id, k.conkey[1]]
              and twin.confkey = array[target.tenant_id, k.confkey[1]])
        """,
    ),
    (
        "The trigger {} of {} is switched off.",
        """
        select g.tgname, c.relname from pg_trigger g join pg_class c on c.oid = g.tgrelid
        where c.relnamespace = 'public'::regnamespace and g.tgenabled not in ('O', 'A')
        """,
    ),
    (
        "The function {} runs with its owner's rights, past the policies.",
        "select f.proname from pg_proc f where f.pronamespace = 'public'::regnamespace and f.prosecdef and "
        + NO_EXTENSIONS.format("f"),
    ),
    (
        "The view {} reads with its owner's rights, or keeps rows past the policies; make it a security_invoker.",
        "select v.relname from pg_class v where v.relnamespace = 'public'::regnamespace and "
        "(v.relkind = 'm' or v.relkind = 'v' and not coalesce('security_invoker=true' = any (v.reloptions), false)) "
        "and " + NO_EXTENSIONS.format("v"),
    ),
    (
        "Everybody has rights on {}: revoke them from PUBLIC.",
        "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind not in ('i', 'I') "
        "and exists (select from aclexplode(c.relacl) where grantee = 0) and " + NO_EXTENSIONS.format("c"),
    ),
]


def expected_triggers() -> list[tuple]:
    """(table, trigger, function, when) of every guard that is a trigger, as the models tell it."""
    found: list[tuple] = [(User._meta.db_table, *PERSONAL)]
    for model in apps.get_models():
        table = model._meta.db_table
        if getattr(model, "is_append_only", False):
            found.append((table, *APPEND_ONLY))
        if issubclass(model, SafeTree):
            found.append((table, *TREE))
        if hasattr(model, "history"):
            found += [(f"{table}_history", *trigger) for trigger in HISTORY]
    return found


def problems() -> list[str]:
    """What would let tenants see each other, or the record be changed, as sentences; empty when the guards stand."""
    found = []
    with connection.cursor() as cursor:
        for sentence, sql in FAULTS:
            cursor.execute(sql)
            found += [sentence.format(*row) for row in sorted(cursor.fetchall())]
        cursor.execute(
            "select c.relname, g.tgname, f.proname, g.tgtype from pg_trigger g join pg_class c on c.oid = g.tgrelid "
            "join pg_proc f on f.oid = g.tgfoid "
            "where c.relnamespace = 'public'::regnamespace and not g.tgisinternal and g.tgqual is null"
        )
        there = set(cursor.fetchall())
        tables = set(connection.introspection.table_names(cursor))
    return found + [
        f"The table {table} lacks its trigger {name}."
        for table, name, *what in expected_triggers()
        if (table, name, *what) not in there and table in tables  # (one that is yet to be migrated holds nothing)
    ]
