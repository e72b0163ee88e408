"""`manage.py up` as people meet it: real processes, a data folder and a port of their own."""

import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest

from apps.core import binaries, embedded
from config import database, folders, roles
from tests.running import Up, alive, manage


@pytest.fixture(scope="module")
def folder():
    """A short path for data folders; servers left in it are stopped at the end."""
    found = Path(tempfile.mkdtemp(prefix="lo-"))
    yield found
    for up in Up.started:
        if up.data.is_relative_to(found):  # not what tests/faults runs beside these
            up.process.terminate()
            up.process.wait(20)
    for data in found.iterdir():
        if (data / "postgres").exists():
            embedded.stop(data)
    shutil.rmtree(found)


def refusal(outcome: subprocess.CompletedProcess) -> str:
    assert outcome.returncode == 2, outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert len(outcome.stderr.strip().splitlines()) == 1
    return outcome.stderr


def test_up_lives_through_what_happens_and_stops_all_of_it(folder):
    data = folder / "life"
    up = Up(data)
    assert up.status() == 200
    (warning,) = [line for line in up.output.splitlines() if line.startswith("Plain http: ")]
    assert all(word in warning for word in ("camera", "installed app", "passkeys", "plain names", "`up --tls`"))

    assert "No other machine reaches this address, so codes on printed labels" in up.output

    # A second one on the same folder.
    assert "already running" in refusal(manage(data, "up", "--port=0"))

    # Its own address, for somebody else.
    taken = up.address.rpartition(":")[2].strip("/")
    assert f"Port {taken} of 127.0.0.1 is taken" in refusal(manage(folder / "other", "up", f"--port={taken}"))

    # A killed web process is replaced; nobody is refused meanwhile.
    victim, *_ = up.web()
    victim.kill()
    until = time.monotonic() + 5
    while len([child for child in up.web() if child.pid != victim.pid]) < 2:
        assert time.monotonic() < until, "not replaced within 5 s"
        time.sleep(0.05)
    assert up.status() == 200

    # A killed database comes back.
    killed = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(killed, signal.SIGKILL)
    until = time.monotonic() + 10
    while not embedded.running(data):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert up.status() == 200

    # kill -9 of `up` itself leaves no web process, and the next one starts.
    web, worker = up.web(), up.worker()
    up.process.kill()
    up.process.wait()
    psutil.wait_procs(web, timeout=5)
    assert alive(web) == []
    up = Up(data)
    assert up.status() == 200
    psutil.wait_procs(worker, timeout=20)
    assert alive(worker) == []

    # SIGTERM stops all of it.
    everything = up.below()
    assert len(everything) >= 3
    up.process.terminate()
    assert up.process.wait(20) == 0
    assert alive(everything) == []
    assert not embedded.running(data)

    # Again, with TLS: Ctrl-C.
    up = Up(data, "--tls")
    assert up.address.startswith("https://127.0.0.1:")
    assert "Plain http" not in up.output
    key = data / "tls" / "key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    trusting = ssl.create_default_context(cafile=str(data / "tls" / "cert.pem"))
    with urllib.request.urlopen(up.address + "healthz", context=trusting, timeout=10) as answer:
        assert answer.status == 200
    everything = up.below()
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(20) == 0
    assert alive(everything) == []


def test_another_command_uses_the_running_server_or_its_own(folder):
    outcome = manage(folder / "command", "shell", "--no-imports", "-c", SHOW)

    assert outcome.stdout.splitlines()[-1] == "leanops 0 0"
    assert not embedded.running(folder / "command")


SHOW = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_user, current_setting('statement_timeout'),"
                   " current_setting('idle_in_transaction_session_timeout')")
    print(*cursor.fetchone())
"""


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("leanops", "DATABASE_URL must look like postgresql://"),
        ("postgresql://leanops:secret@host:http/leanops", "DATABASE_URL is not an address"),
        ("mysql://leanops:secret@host/leanops", "DATABASE_URL must look like postgresql://"),
        ("postgresql://leanops:secret@127.0.0.1:1/leanops", "127.0.0.1:1 .*Connection refused"),
        ("postgresql://leanops:secret@nowhere.invalid/leanops", "on nowhere.invalid:5432"),
    ],
)
def test_a_wrong_database_url_is_one_sentence_without_the_password(folder, url, sentence):
    said = refusal(manage(folder / "url", "up", "--port=0", DATABASE_URL=url))

    assert re.search(sentence, said)
    assert "secret" not in said


def test_an_external_database_is_prepared_by_its_administrator(folder):
    data = folder / "external"
    embedded.start(data, for_tests=True)
    host = embedded.connection_parameters(data)["host"]
    admin = psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True)
    url = f"postgresql://leanops:secret@/leanops?host={host}"

    admin.execute("DROP DATABASE leanops")
    outcome = manage(data, "up", "--port=0", DATABASE_URL=url)
    assert 'database "leanops" does not exist' in refusal(outcome)
    assert "CREATE DATABASE" in outcome.stdout

    admin.execute("DROP ROLE leanops_platform, leanops")
    prepare = ["prepare_database", f"--admin-url=postgresql://postgres@/postgres?host={host}"]
    assert (
        "Made role leanops, role leanops_platform, database leanops." in manage(data, *prepare, DATABASE_URL=url).stdout
    )
    assert "Everything was there." in manage(data, *prepare, DATABASE_URL=url).stdout

    with open(data / "postgres" / "pg_hba.conf", "r+") as file:
        rules = file.read()
        file.seek(0)
        file.write(f"local all leanops scram-sha-256\n{rules}")
    admin.execute("SELECT pg_reload_conf()")
    wrong = url.replace("secret", "guess")
    assert "password authentication failed" in refusal(manage(data, "up", "--port=0", DATABASE_URL=wrong))

    admin.execute("GRANT leanops_platform TO leanops WITH INHERIT TRUE")
    assert "inherits leanops_platform" in refusal(manage(data, "up", "--port=0", DATABASE_URL=url))
    manage(data, *prepare, DATABASE_URL=url)

    outcome = manage(data, "up", "--port=0", "--no-demo", "--check", DATABASE_URL=url)
    assert outcome.returncode == 0, outcome.stderr
    assert "Check passed" in outcome.stdout
    assert embedded.running(data), "not ours to stop"


def test_the_sql_that_up_prints_makes_what_up_wants(folder):
    data = folder / "script"
    embedded.start(data, for_tests=True)
    host = embedded.connection_parameters(data)["host"]
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE leanops")
        outcome = manage(data, "up", "--port=0", DATABASE_URL=f"postgresql://leanops@/leanops?host={host}")
        admin.execute("DROP ROLE leanops_platform, leanops")
    script = "".join(line + "\n" for line in outcome.stdout.splitlines() if line.endswith(";") or line[0] == "\\")

    psql = [binaries.packaged() / "psql", "-h", host, "-U", "postgres", "-v", "ON_ERROR_STOP=1"]
    subprocess.run(psql, input=script, text=True, check=True, capture_output=True)

    with psycopg.connect(**embedded.connection_parameters(data)) as connection:
        assert roles.faults(connection) == []


def test_an_unwritable_folder_is_one_sentence(folder):
    (folder / "file").write_text("in the way")

    assert "cannot be made" in refusal(manage(folder / "file" / "data", "up", "--port=0"))
    (folder / "file").unlink()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--host=256.0.0.1"], "--host 256.0.0.1 is no address"),
        (["--host=192.0.2.1"], "cannot be used: Cannot assign"),
        (["--port=70000"], "--port 70000 is no port"),
        (["--tls", "--cert=/nowhere.pem"], "belong together"),
        (["--tls", "--cert=/nowhere.pem", "--key=/nowhere.key"], "No such file"),
        (["--cert=/nowhere.pem", "--key=/nowhere.key"], "are for --tls"),
    ],
)
def test_wrong_options_are_one_sentence(folder, options, sentence):
    assert sentence in refusal(manage(folder / "options", "up", "--port=0", *options))


def test_port_taken_by_a_stranger_is_found_before_anything_slow(folder):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]

        assert f"Port {port} of 127.0.0.1 is taken" in refusal(manage(folder / "stranger", "up", f"--port={port}"))

    assert not (folder / "stranger" / "postgres").exists()


def test_an_address_is_read_as_libpq_reads_it():
    found = database.parse("postgres://leanops:p%40ss@db.example:6543/plant%201?sslmode=require")

    assert database.libpq(found) == {
        "dbname": "plant 1",
        "user": "leanops",
        "password": "p@ss",
        "host": "db.example",
        "port": "6543",
        "sslmode": "require",
    }


@pytest.mark.filterwarnings("ignore:.*multi-threaded")
@pytest.mark.skipif(os.geteuid() != 0, reason="for root")
def test_another_users_data_folder_is_one_sentence(folder):
    data = folder / "others"
    folders.make_private(data)
    (data / "secret_key").write_text("secret")
    (data / "secret_key").chmod(0o600)
    shutil.chown(data, "nobody")
    folder.chmod(0o755)

    child = os.fork()  # a new Python might be out of that user's reach
    if child == 0:
        os.setuid(pwd.getpwnam("nobody").pw_uid)
        try:
            folders.open_private(data / "secret_key")
        except folders.FolderError as error:
            os._exit(0 if "belongs to root; run this as root" in str(error) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
