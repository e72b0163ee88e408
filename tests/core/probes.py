"""Attempts at another tenant's rows and at the record, as the application's role. Each is tried twice: with the guards
standing it must fail, and with its guard turned off it must succeed, or it would prove nothing."""

from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction

from apps.core import isolation

NOT_COPIED = "a.attidentity <> '' or a.attgenerated <> ''"


def rows(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def run(sql, *values) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def value(sql, *values):
    return rows(sql, *values)[0][0]


@contextmanager
def rolled_back():
    """Whatever is done inside has not happened; its deferred constraints are asked first, so that DDL may follow."""
    with transaction.atomic():
        run("set constraints all immediate; set constraints all deferred")
        yield
        transaction.set_rollback(True)


def outcome(act) -> bool:
    """Whether an attempt came through, and not a refusal of the database."""
    try:
        with rolled_back():
            return bool(act())
    except DatabaseError:
        return False


# --- the catalogue ----------------------------------------------------------------------------------------------------


def tables_of_tenants() -> list[str]:
    """Every table that is under isolation."""
    return [
        name
        for (name,) in rows(
            "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' "
            "where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and c.relname <> 'users' "
            "order by 1"
        )
    ]


def all_tables() -> set[str]:
    return {
        name
        for (name,) in rows(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
        )
    }


def references() -> list[tuple[str, str, str]]:
    """(table, column, target) of every foreign key between tables under isolation."""
    return rows(
        "select t.relname, a.attname, f.relname from pg_constraint k "
        "join pg_class t on t.oid = k.conrelid join pg_class f on f.oid = k.confrelid "
        "join pg_attribute a on a.attrelid = t.oid and a.attnum = k.conkey[1] "
        "where k.contype = 'f' and cardinality(k.conkey) = 1 and t.relname = any(%s) and f.relname = any(%s) "
        "order by 1, 2",
        tables_of_tenants(),
        tables_of_tenants(),
    )


def guarded_by(trigger) -> list[str]:
    """The tables that have this trigger."""
    found = rows("select c.relname from pg_trigger g join pg_class c on c.oid = g.tgrelid where tgname = %s", trigger)
    return sorted(name for (name,) in found)


# --- turning guards off, inside a transaction that is rolled back ------------------------------------------------------


def without_triggers(table) -> None:
    """The table's own triggers off: what remains is the guard that is being tried."""
    for (name,) in rows("select tgname from pg_trigger where tgrelid = %s::regclass and not tgisinternal", table):
        run(f"alter table {table} disable trigger {name}")


GUARDS_OF_ROWS = {
    "row-level security is off": "alter table {} disable row level security",
    "its owner is not held": "alter table {} no force row level security",
    "the policy lets all through": "alter policy of_tenant on {} using (true) with check (true)",
    "another policy lets all through": "create policy slip on {} using (true) with check (true)",
}

# --- attempts at another tenant's rows: tenant A is in force, `theirs` is B's id ---------------------------------------


def sees(table, theirs) -> bool:
    return value(f"select count(*) from {table} where tenant_id = %s", theirs) > 0


def changes(table, theirs) -> bool:
    # a column that is no one's key; the first that may be written
    column = value(
        "select a.attname from pg_attribute a where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped "
        f"and a.attname <> 'tenant_id' and not ({NOT_COPIED}) order by a.attnum desc limit 1",
        table,
    )
    return run(f'update {table} set "{column}" = "{column}" where tenant_id = %s', theirs) > 0


def deletes(table, theirs) -> bool:
    return run(f"delete from {table} where tenant_id = %s", theirs) > 0


def plants(table, theirs) -> bool:
    """Write a row as B's: a copy of one of A's own. What is refused for anything but the policy came past it."""
    own = "id" if table == "tenants_history" else "tenant_id"  # there the tenant is made from the id
    columns = ", ".join(
        f'"{name}"'
        for (name,) in rows(
            "select a.attname from pg_attribute a where a.attrelid = %s::regclass and a.attnum > 0 "
            f"and not a.attisdropped and not ({NOT_COPIED})",
            table,
        )
    )
    try:
        run(
            f"insert into {table} ({columns}) select {columns} from (select (jsonb_populate_record(r, "
            "case jsonb_typeof(to_jsonb(r) -> 'id') when 'string' then jsonb_build_object('id', gen_random_uuid()) "
            "else '{}' end || jsonb_build_object(%s::text, %s::uuid))).* "
            f"from {table} r where tenant_id = nullif(current_setting('app.tenant_id'), '')::uuid limit 1) as copy",
            own,
            str(theirs),
        )
    except DatabaseError as error:
        return "row-level security" not in str(error)
    return True


def gives_away(table, theirs) -> bool:
    """Make an own row B's."""
    own = "id" if table == "tenants_history" else "tenant_id"
    try:
        mine = "tenant_id = nullif(current_setting('app.tenant_id'), '')::uuid"
        return run(f"update {table} set {own} = %s where {mine}", theirs) > 0
    except DatabaseError as error:
        return "row-level security" not in str(error)


ATTEMPTS = (sees, changes, deletes, plants, gives_away)


def attempt(act, table, theirs) -> bool:
    """One attempt at a table, past its triggers: row-level security alone must stop it."""

    def tried():
        without_triggers(table)
        return act(table, theirs)

    return outcome(tried)


# --- attempts at the keys and the record -------------------------------------------------------------------------------


def refers(table, column, theirs) -> bool:
    """Point an own row at B's: one that points at something, where there is one, so that no other rule is in the way."""
    without_triggers(table)
    own = f"select id from {table} order by {column} is null, id limit 1"
    done = run(f"update {table} set {column} = %s where id = ({own})", theirs)
    run("set constraints all immediate")
    return done > 0


def rewrites(table) -> bool:
    return run(f"update {table} set tenant_id = tenant_id" if table != "tenants_history" else
               "update tenants_history set id = id") > 0  # fmt: skip


def forgets(table) -> bool:
    return run(f"delete from {table}") > 0


def empties(table) -> bool:
    run(f"truncate {table} cascade")
    return True


def moves(table) -> bool:
    """Write into a tree without holding it."""
    run("select set_config(%s, '', true)", f"app.tree_{table}")
    return run(f"update {table} set lft = lft + 1") > 0


def prunes(table) -> bool:
    run("select set_config(%s, '', true)", f"app.tree_{table}")
    return run(f"delete from {table}") > 0


def history_without_audit(table) -> bool:
    """Write a history row that no audit row tells of."""
    before = value("select count(*) from audit_logs")
    copy_row(table)
    return value("select count(*) from audit_logs") == before


def history_without_person(table) -> bool:
    """Write a history row that does not say who."""
    isolation.apply_settings({"app.user_id": "00000000-0000-7000-8000-000000000001"})
    column = "history_user_id"
    copy_row(table, without=column)
    return value(f"select {column} from {table} order by history_id desc limit 1") is None


def copy_row(table, without="") -> None:
    found = rows(
        "select a.attname from pg_attribute a where a.attrelid = %s::regclass and a.attnum > 0 "
        f"and not a.attisdropped and not ({NOT_COPIED}) and a.attname <> %s",
        table,
        without,
    )
    columns = ", ".join(f'"{name}"' for (name,) in found)
    run(f"insert into {table} ({columns}) select {columns} from {table} order by history_id limit 1")
