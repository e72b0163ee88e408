"""The embedded PostgreSQL: real servers in data folders of their own, started, shared, killed."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from apps.core import binaries, embedded
from apps.core.embedded import EmbeddedError
from config import folders, roles

CHECKOUT = Path(__file__).resolve().parents[2]
USE = """
import sys, psycopg
from pathlib import Path
from apps.core import binaries, embedded
data = Path(sys.argv[1])
with embedded.server(data, for_tests=True, say=lambda text: None):
    with psycopg.connect(**embedded.connection_parameters(data)) as connection:
        print(connection.execute("SELECT pg_postmaster_start_time()").fetchone()[0])
    sys.stdout.flush()
    sys.stdin.read()
"""


@pytest.fixture
def data():
    """A short path for a data folder that is not there yet; a server in it is stopped at the end."""
    above = Path(tempfile.mkdtemp(prefix="lo-"))
    yield above / "data"
    if (above / "data").exists():
        embedded.stop(above / "data")
    shutil.rmtree(above)


def start(data, **options):
    return embedded.start(data, for_tests=True, say=lambda text: None, **options)


def connect(data, **options):
    return psycopg.connect(**embedded.connection_parameters(data), **options)


def postmaster(data) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split()[0])


def test_the_first_start_makes_a_private_server_with_roles_and_database(data):
    half_made = data / "postgres.new-interrupted"
    folders.make_private(half_made)

    assert start(data)

    assert not start(data), "it runs already"
    assert not half_made.exists()
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    with connect(data) as connection:
        assert roles.faults(connection) == []
        settings = dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())
        owner = connection.execute("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'public'")
        assert owner.fetchone() == ("leanops",)
    assert settings["listen_addresses"] == ""
    assert settings["max_connections"] == "200"
    assert settings["TimeZone"] == "UTC"
    assert (settings["statement_timeout"], settings["lock_timeout"]) == ("15000", "3000")
    assert settings["idle_in_transaction_session_timeout"] == "30000"


def test_the_application_sees_the_platform_role_only_by_setting_it(data):
    start(data)

    with connect(data) as connection:
        connection.execute("SET LOCAL ROLE leanops_platform")
        assert connection.execute("SELECT current_user").fetchone() == ("leanops_platform",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET LOCAL ROLE postgres")


def test_processes_starting_at_once_share_one_server_and_the_last_stops_it(data):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", USE, str(data)],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]

    started = {process.stdout.readline() for process in processes}

    assert len(started) == 1 and started != {""}
    for process in processes:
        assert embedded.running(data)
        process.communicate("")
        assert process.returncode == 0
    assert not embedded.running(data)


def test_a_command_that_ends_leaves_the_server_to_another(data):
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(embedded.server(data, for_tests=True))
        second.enter_context(embedded.server(data, for_tests=True))

        first.close()
        assert embedded.running(data)

        second.close()
        assert not embedded.running(data)


@pytest.mark.parametrize("whose", ["ours", "a zombie's", "another postgres's"])
def test_a_pid_file_left_behind_does_not_stop_the_start(data, whose):
    start(data)
    content = (data / "postgres" / "postmaster.pid").read_text().splitlines()
    embedded.stop(data)
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    other = folders.data_folder() / "postgres" / "postmaster.pid"
    if whose == "another postgres's" and not other.exists():
        pytest.skip("the tests run on an external server")
    number = {"ours": str(os.getpid()), "a zombie's": str(zombie.pid)}.get(whose) or other.read_text().split()[0]
    left = "\n".join([number, *content[1:]]) + "\n"
    (data / "postgres" / "postmaster.pid").write_text(left)
    (data / "postgres" / ".s.PGSQL.5432.lock").write_text(left)

    assert start(data)

    assert embedded.running(data)
    zombie.wait()


def test_a_killed_server_loses_no_acknowledged_row(data):
    embedded.start(data)
    with connect(data, autocommit=True) as connection:
        connection.execute("CREATE TABLE written (number bigint PRIMARY KEY)")
    acknowledged = []
    enough = threading.Event()

    def write(first):
        with connect(data, autocommit=True) as connection:
            for number in range(first, first + 1_000_000):
                try:
                    connection.execute("INSERT INTO written VALUES (%s)", [number])
                except psycopg.OperationalError:
                    return
                acknowledged.append(number)
                if len(acknowledged) > 500:
                    enough.set()

    writers = [threading.Thread(target=write, args=[first * 1_000_000]) for first in range(4)]
    for writer in writers:
        writer.start()
    assert enough.wait(20)
    os.kill(postmaster(data), signal.SIGKILL)
    for writer in writers:
        writer.join()

    assert embedded.start(data)

    with connect(data) as connection:
        found = {number for (number,) in connection.execute("SELECT number FROM written")}
    assert set(acknowledged) <= found


def test_a_long_path_puts_the_socket_into_a_short_private_folder(data):
    long = data / ("a" * 60) / ("b" * 60)

    start(long)

    folder = Path(embedded.connection_parameters(long)["host"])
    assert len(bytes(folder)) < 90
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with connect(long) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    embedded.stop(long)
    folder.rmdir()


def test_nothing_is_ever_made_over_a_folder_that_is_there(data):
    stranger = folders.make_private(data / "postgres") / "letter.txt"
    stranger.write_text("mine")

    with pytest.raises(EmbeddedError, match="is not a PostgreSQL data folder"):
        start(data)

    assert stranger.read_text() == "mine"


def test_an_older_versions_data_is_refused_with_the_command_that_upgrades(data):
    (folders.make_private(data / "postgres") / "PG_VERSION").write_text("16\n")

    with pytest.raises(EmbeddedError, match="PostgreSQL 16.*manage.py upgrade_database"):
        start(data)


def test_a_start_that_fails_tells_what_postgres_said(data):
    start(data)
    embedded.stop(data)
    with open(data / "postgres" / "postgresql.conf", "a") as file:
        file.write("no_such_setting = 1\n")

    with pytest.raises(EmbeddedError, match="does not start: .*configuration file"):
        start(data)


def test_a_folder_that_cannot_be_made_is_one_sentence(data):
    data.write_text("a file is in the way")

    with pytest.raises(folders.FolderError, match="cannot be made|is not a folder"):
        start(data / "below")
    data.unlink()


def test_folders_that_were_there_keep_their_permissions(data):
    data.mkdir(mode=0o755)
    data.chmod(0o755)

    start(data)

    assert stat.S_IMODE(data.stat().st_mode) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="for root")
def test_root_runs_it_as_another_user_even_where_that_user_may_not_walk(data):
    start(data)

    assert stat.S_IMODE(data.parent.stat().st_mode) == 0o700 and data.parent.stat().st_uid == 0
    owner = (data / "postgres").stat().st_uid
    assert pwd.getpwuid(owner).pw_name in {"leanops", "nobody"}


@pytest.mark.filterwarnings("ignore:.*multi-threaded")  # the child only runs and exits
def test_an_ordinary_user_runs_it_as_itself(data):
    user = os.geteuid() or pwd.getpwnam("nobody").pw_uid
    data.parent.chmod(0o755)
    data.mkdir(mode=0o700)
    os.chown(data, user, -1)

    child = os.fork()  # a new Python might be out of that user's reach
    if child == 0:
        code = 1
        try:
            os.setuid(user)
            start(data)
            owner = (data / "postgres").stat().st_uid
            embedded.stop(data)
            locked = folders.make_private(data / "locked")
            locked.chmod(0o500)
            with pytest.raises(folders.FolderError, match="cannot be written"):
                folders.make_private(locked)
            code = 0 if owner == user else 2
        except EmbeddedError as error:
            code = 3 if "does not run" in str(error) else 1
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    if code == 3:
        pytest.skip("the virtual environment is out of an ordinary user's reach")
    assert code == 0


def test_an_older_versions_data_are_upgraded_and_kept(data):
    cluster = folders.make_private(data / "postgres")
    if os.geteuid() == 0:
        shutil.chown(cluster, "nobody")
    account = binaries.account(cluster)
    old = binaries.folder(account, "16")
    initdb = [old / "initdb", "-D", binaries.place(account, cluster), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*initdb, "--no-sync"], cwd=cluster, check=True, capture_output=True, **binaries.run_as(account))
    embedded.start_old(data, old)
    connect_as_admin = {"host": embedded.connection_parameters(data)["host"], "user": "postgres", "port": "5432"}
    roles.prepare(lambda name: psycopg.connect(**connect_as_admin, dbname=name), database="leanops")
    with connect(data) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    embedded.stop(data)

    command = [sys.executable, str(CHECKOUT / "manage.py"), "upgrade_database"]
    subprocess.run(command, env=os.environ | {"LEANOPS_DATA": str(data)}, check=True)

    start(data)
    with connect(data) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert roles.faults(connection) == []
    assert (data / "postgres-16" / "PG_VERSION").read_text() == "16\n"
