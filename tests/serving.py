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


@contextmanager
def real_server(*, processes=1, environment=None):
    """Web processes as `up` starts them, on the test's database; yields the address once they answer."""
    variables = os.environ | {"DATABASE_URL": database_url(), "LEANOPS_DEBUG": "1"} | (environment or {})
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        descriptor = listening.fileno()
        command = [sys.executable, "-m", "config.serve", str(descriptor)]
        started = [subprocess.Popen(command, cwd=ROOT, env=variables, pass_fds=[descriptor]) for _ in range(processes)]
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            _wait(started[0], address)
            yield address
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(15)


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
