"""The real server on the test's database, for tests that need a browser, a stream, or workers that can be killed."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def database_url() -> str:
    """The address of the database this test writes to."""
    found = connection.settings_dict
    query = f"?host={quote(found['HOST'], safe='')}&port={found['PORT']}"
    return f"postgresql://{found['USER']}@/{found['NAME']}{query}"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextmanager
def real_server(*, workers=1, environment=None):
    """uvicorn with config.asgi in processes of its own; yields its address once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "config.asgi:application", f"--port={port}", f"--workers={workers}"]
    command += ["--log-level=warning", "--timeout-graceful-shutdown=1"]
    variables = os.environ | {"DATABASE_URL": database_url(), "LEANOPS_DEBUG": "1"} | (environment or {})
    process = subprocess.Popen(command, cwd=ROOT, env=variables)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process, address):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            with urlopen(f"{address}/healthz", timeout=2):
                return
        except (URLError, ConnectionError, TimeoutError):
            if process.poll() is not None:
                raise RuntimeError(f"The server stopped with {process.returncode}.") from None
            time.sleep(0.1)
    raise RuntimeError("The server does not answer.")
