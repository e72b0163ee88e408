"""Where the database is: DATABASE_URL, else the embedded server of the data folder. Starts nothing."""

import os
import re
from urllib.parse import parse_qsl, unquote, urlsplit

from config import folders
from config.errors import Refusal

COMMAND = "LEANOPS_COMMAND"  # set by manage.py for commands: they may take their time, requests may not
UNHURRIED = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0"


class AddressError(Refusal):
    """DATABASE_URL is not an address of a PostgreSQL database."""


def settings() -> dict:
    """Django's DATABASES["default"]. Raises AddressError."""
    found = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": os.environ.get("LEANOPS_TEST_DATABASE")},  # set by tests/server.py; None is Django's default
        **parameters(),
    }
    # Statements are prepared once per connection: planning them costs more than running them.
    found["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 3}
    found["OPTIONS"].setdefault(
        "connect_timeout", 10
    )  # a host that has gone refuses nothing; pages must not wait for it
    if os.environ.get(COMMAND):
        options = found["OPTIONS"]
        options["options"] = f"{options.get('options', '')} {UNHURRIED}".strip()
    return found


def parameters() -> dict:
    """Django's NAME, USER, PASSWORD, HOST, PORT and OPTIONS. Raises AddressError."""
    if url := os.environ.get("DATABASE_URL"):
        return parse(url)
    from apps.core import embedded  # here, as psutil and the rest are not needed beside DATABASE_URL

    found = embedded.connection_parameters(folders.data_folder())
    return {
        "NAME": found["dbname"],
        "USER": found["user"],
        "PASSWORD": "",
        "HOST": found["host"],
        "PORT": found["port"],
        "OPTIONS": {},
    }


def parse(url: str, name: str = "DATABASE_URL") -> dict:
    """A postgresql://user:password@host:port/database?sslmode=require address as Django's parameters.

    name: what to call it in a refusal, which never shows the address: it holds a password. Raises AddressError.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressError(f"{name} is not an address: {str(error).split(' as ')[0]}.") from None
    options = dict(parse_qsl(parts.query))
    host = unquote(parts.hostname or "") or options.pop("host", "")
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not host or not database or not parts.username:
        raise AddressError(f"{name} must look like postgresql://leanops:password@host:5432/leanops.")
    return {
        "NAME": database,
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or options.pop("port", "") or 5432),
        "OPTIONS": options,
    }


def libpq(found: dict | None = None) -> dict:
    """The same (of `parameters` or `parse`) by libpq's names, for psycopg.connect and child processes."""
    found = found or parameters()
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {libpq_name: found[name] for name, libpq_name in names.items() if found[name]} | found["OPTIONS"]


def reason(error: Exception) -> str:
    """The last thing PostgreSQL or its driver said, in short and without a full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in lines if "FATAL:" in line or "failed: " in line), lines[0] if lines else "no reason")
    return re.split(r"FATAL:|failed: ", told)[-1].strip().rstrip(".")
