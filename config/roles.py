"""The database roles and the database: one source for the embedded server, prepare_database and what `up` prints.

`leanops` is the application: owner of its database, held by row-level security. `leanops_platform` sees all tenants
and is reached only by SET ROLE (docs/architecture.md). Imports without Django.
"""

from psycopg import Connection, sql

APPLICATION = "leanops"
PLATFORM = "leanops_platform"
TIMEOUTS = {"lock_timeout": "3s", "statement_timeout": "15s", "idle_in_transaction_session_timeout": "30s"}


def statements(*, database: str, password: str | None, has_role=False, has_platform=False) -> list[sql.Composed]:
    """The statements an administrator runs in any database, in order; those for what is already there are left out.

    password: of the role leanops; None for a server that trusts its socket. Nothing here needs a superuser.
    """
    names = {"app": sql.Identifier(APPLICATION), "platform": sql.Identifier(PLATFORM)}
    texts = []
    if not has_role:
        texts.append(sql.SQL("CREATE ROLE {app} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE").format(**names))
    if not has_platform:
        texts.append(sql.SQL("CREATE ROLE {platform} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE").format(**names))
    if password:
        texts.append(
            sql.SQL("ALTER ROLE {app} LOGIN PASSWORD {password}").format(password=sql.Literal(password), **names)
        )
    # An inheriting grant would show every tenant's rows all the time.
    texts.append(sql.SQL("GRANT {platform} TO {app} WITH INHERIT FALSE, SET TRUE").format(**names))
    for name, value in TIMEOUTS.items():
        texts.append(
            sql.SQL("ALTER ROLE {app} SET {name} = {value}").format(
                name=sql.Identifier(name), value=sql.Literal(value), **names
            )
        )
    return texts


def create_database(database: str) -> sql.Composed:
    """CREATE DATABASE, owned by the application's role and in Unicode."""
    return sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
        sql.Identifier(database), sql.Identifier(APPLICATION)
    )


def own_schema() -> sql.Composed:
    """Run inside the database: the application's role owns the schema it migrates."""
    return sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(APPLICATION))


def prepare(connect, *, database: str, password: str | None = None, create_databases=False) -> list[str]:
    """Make what is missing of roles and database; twice changes nothing.

    connect: called with a database's name, gives a psycopg connection of an administrator.
    create_databases: leanops may create databases (only where tests run). Returns what was made, as words.
    Raises psycopg.Error.
    """
    made = []
    with connect("postgres") as admin:
        admin.autocommit = True
        roles = {name for (name,) in admin.execute("SELECT rolname FROM pg_roles")}
        for statement in statements(
            database=database, password=password, has_role=APPLICATION in roles, has_platform=PLATFORM in roles
        ):
            admin.execute(statement)
        made += [f"role {name}" for name in (APPLICATION, PLATFORM) if name not in roles]
        _restrain(admin, create_databases)
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            _join(admin)
            admin.execute(create_database(database))
            made.append(f"database {database}")
    with connect(database) as admin:
        owner = admin.execute("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'public'").fetchone()
        if owner and owner[0] != APPLICATION:
            admin.execute(own_schema())
    return made


def script(*, database: str) -> str:
    """The same as a text for psql, to print for an administrator."""
    placeholder = "choose-a-password"
    texts = [*statements(database=database, password=placeholder), create_database(database)]
    lines = [f"{text.as_string()};" for text in texts]
    return "\n".join([*lines, f'\\connect "{database}"', f"{own_schema().as_string()};"])


def faults(connection: Connection) -> list[str]:
    """What is wrong with the roles, seen by the application's own connection; empty when all is well."""
    user, is_super, bypasses, has_platform = connection.execute(
        "SELECT rolname, rolsuper, rolbypassrls, EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)"
        " FROM pg_roles WHERE rolname = current_user",
        [PLATFORM],
    ).fetchone()
    found = []
    if user != APPLICATION:
        found.append(f"it signs in as {user}, not as {APPLICATION}")
    if is_super or bypasses:
        found.append(f"the role {user} is not held by row-level security (SUPERUSER or BYPASSRLS)")
    if not has_platform:
        return [*found, f"the role {PLATFORM} is missing"]
    can_set, inherits = connection.execute(
        "SELECT pg_has_role(current_user, %s, 'SET'), pg_has_role(current_user, %s, 'USAGE')", [PLATFORM, PLATFORM]
    ).fetchone()
    if not can_set:
        found.append(f"{user} may not SET ROLE {PLATFORM}")
    if inherits and not is_super:
        found.append(f"{user} inherits {PLATFORM} instead of only setting it")
    return found


def _restrain(admin: Connection, create_databases: bool) -> None:
    is_super, bypasses, creates = admin.execute(
        "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = %s", [APPLICATION]
    ).fetchone()
    # Only what differs: an administrator who is no superuser may not even name these attributes.
    if is_super or bypasses:
        admin.execute(sql.SQL("ALTER ROLE {} NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(APPLICATION)))
    if create_databases and not creates:
        admin.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(APPLICATION)))


def _join(admin: Connection) -> None:
    # A CREATEROLE administrator (managed servers) makes a database for another role only as its member.
    if not admin.execute("SELECT pg_has_role(current_user, %s, 'SET')", [APPLICATION]).fetchone()[0]:
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(APPLICATION)))
