"""The PostgreSQL of the tests: a server of their own, named after the checkout, started by the first pytest.

Two runs at once share the server, and each has a database of its own. Faults are injected elsewhere
(tests/core/test_embedded.py): never into this one.
"""

import atexit
import contextlib
import fcntl
import os
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from apps.core import embedded
from config import database, folders

CHECKOUT = Path(__file__).resolve().parent.parent
_held = contextlib.ExitStack()


def start() -> None:
    """Start the server (or find the one there) and point the settings at it; in pytest-xdist's workers, nothing."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    atexit.register(stop)  # also when a conftest fails to import
    os.environ.pop("LEANOPS_COMMAND", None)  # tests run with the timeouts of requests
    if "DATABASE_URL" not in os.environ:
        data = folders.data_folder() / "tests" / sha256(bytes(CHECKOUT)).hexdigest()[:12]
        os.environ["LEANOPS_DATA"] = str(data)
        _held.enter_context(embedded.server(data, for_tests=True))
    os.environ["LEANOPS_FILES"] = _held.enter_context(TemporaryDirectory())  # one run's files are not another's
    os.environ["LEANOPS_TEST_DATABASE"] = _free_database(folders.make_private(folders.data_folder()))


def stop() -> None:
    """Stop it again, unless another run uses it."""
    _held.close()


@contextlib.contextmanager
def migrated_before():
    """Have the test database copied from one in which the same migrations ran. Gives what is called after its set-up."""
    from django.db import connection

    template = f"leanops_migrated_{_migrations()}"
    with open(folders.data_folder() / "template.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first of the workers migrates, the others copy
        rows = _run("select datname from pg_database where starts_with(datname, 'leanops_migrated_')").fetchall()
        there = {name for (name,) in rows}
        if template in there:
            connection.settings_dict["TEST"]["TEMPLATE"] = template

        def keep():
            if template not in there:
                name = connection.settings_dict["NAME"]
                connection.close()
                for old in there:
                    _run(f"drop database {old}")
                _run(f"create database {template} template {name}")
            fcntl.flock(lock, fcntl.LOCK_UN)

        yield keep


def _run(sql: str) -> psycopg.Cursor:
    with psycopg.connect(**database.libpq() | {"dbname": "postgres"}, autocommit=True) as connection:
        return connection.execute(sql)


def _migrations() -> str:
    """A short hash of all that makes the tables: migrations, what they import, the versions of packages."""
    files = [
        CHECKOUT / "requirements.txt",
        *CHECKOUT.glob("apps/*/migrations/*.py"),
        *CHECKOUT.glob("apps/core/**/*.py"),
    ]
    files += CHECKOUT.glob("apps/*/apps.py")
    return sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:12]


@contextlib.contextmanager
def behind_the_application():
    """A cursor of the server's superuser on this test's database, whom no trigger stops."""
    from django.db import connection

    at = connection.settings_dict
    with psycopg.connect(
        host=at["HOST"], port=at["PORT"], dbname=at["NAME"], user="postgres", autocommit=True
    ) as superuser:
        superuser.execute("set session_replication_role = replica")
        yield superuser.cursor()


def _free_database(data: Path) -> str:
    number = 0
    while True:
        number += 1
        lock = os.open(data / f"run{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        _held.callback(os.close, lock)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return f"test_leanops_{number}"
