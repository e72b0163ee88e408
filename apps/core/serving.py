"""What `manage.py up` asks of the machine before and while it serves."""

import contextlib
import errno
import http.client
import os
import socket
import ssl
from collections.abc import Iterator

import psutil
import psycopg

from config import database, roles
from config.errors import Refusal

OLDEST_POSTGRESQL = 16
PREPARING = 20261121  # the advisory lock of migrating and loading, over all hosts


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is any free one. Raises Refusal when the address is taken or is not ours."""
    if not 0 <= port <= 65535:  # the system would take its remainder
        raise Refusal(f"--port {port} is no port: it must be between 0 and 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(1024)
    except socket.gaierror as error:
        raise Refusal(f"--host {host} is no address of this machine: {error.strerror}.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refusal(f"Port {port} of {host} is taken by another program; choose one with --port.") from error
        raise Refusal(f"Port {port} of {host} cannot be used: {error.strerror}.") from error
    return found


def address(host: str, port: int, *, tls: bool) -> str:
    """The address to print for a browser; of a server on all addresses, one that other machines reach."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 (compared, not listened on)
        host = _outside_address() or "localhost"
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}/"


def healthy(host: str, port: int, *, tls: bool) -> bool:
    """Whether /healthz answers 200."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not listened on)
    context = ssl._create_unverified_context() if tls else None  # noqa: S323 (ourselves: no name to verify)
    connection = (
        http.client.HTTPSConnection(reachable, port, timeout=5, context=context)
        if tls
        else http.client.HTTPConnection(reachable, port, timeout=5)
    )
    name = os.environ.get("LEANOPS_HOSTS", "*").split(",")[0]
    try:
        connection.request("GET", "/healthz", headers={} if name == "*" else {"Host": name.lstrip(".")})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def check_external(say) -> None:
    """Refuse unless DATABASE_URL names a database with the roles as they must be; say prints the SQL that makes them."""
    found = database.parameters()
    where = f"the database {found['NAME']} on {found['HOST']}:{found['PORT']} (DATABASE_URL)"
    remedy = "`python3 manage.py prepare_database --admin-url URL` makes roles and database"
    try:
        connection = psycopg.connect(**database.libpq(found), connect_timeout=10)
    except psycopg.Error as error:
        hint = ""
        if "does not exist" in str(error):
            say(roles.script(database=found["NAME"]))
            hint = f"; {remedy}, and so does the SQL above"
        raise Refusal(f"Cannot use {where}: {database.reason(error)}{hint}.") from error
    with connection:
        if connection.info.server_version < OLDEST_POSTGRESQL * 10_000:
            raise Refusal(f"Cannot use {where}: LeanOps needs PostgreSQL {OLDEST_POSTGRESQL} or newer.")
        if faults := roles.faults(connection):
            say(roles.script(database=found["NAME"]))
            raise Refusal(f"Cannot use {where}: {'; '.join(faults)}; {remedy}, and so does the SQL above.")


@contextlib.contextmanager
def preparing(say) -> Iterator[None]:
    """One host at a time migrates and loads; the others wait here."""
    with psycopg.connect(**database.libpq(), autocommit=True) as connection:
        connection.execute("SET lock_timeout = 0")
        connection.execute("SET statement_timeout = 0")
        if not connection.execute("SELECT pg_try_advisory_lock(%s)", [PREPARING]).fetchone()[0]:
            say("Another host is preparing the database; waiting for it")
            connection.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
        yield  # the connection's end frees the lock


def _outside_address() -> str | None:
    for found in psutil.net_if_addrs().values():
        for one in found:
            if one.family == socket.AF_INET and not one.address.startswith("127."):
                return one.address
    return None
