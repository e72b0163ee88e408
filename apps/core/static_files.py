"""Collecting static files when they have changed since the last time (compressing them takes seconds)."""

import fcntl
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management.base import CommandError


class Collection:
    """One run of collectstatic beside other work: `start`, later `finish`, `cancel` on the way out."""

    def __init__(self):
        self._process = None
        self._signature = ""
        self._lock = -1

    def start(self) -> bool:
        """Begin, unless the files are as they were; several `up` of one checkout take turns. Returns whether it runs."""
        root = Path(settings.STATIC_ROOT)
        root.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(root, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._signature = _signature()
        stamp = _stamp()
        if stamp.exists() and stamp.read_text() == self._signature:
            return False
        stamp.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "collectstatic", "--no-input", "--verbosity=0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return True

    def finish(self) -> None:
        """Wait for it. Raises CommandError when it failed."""
        if self._process:
            words, _ = self._process.communicate()
            if self._process.returncode:
                raise CommandError(f"The static files cannot be prepared in {settings.STATIC_ROOT}:\n{words}")
            _stamp().write_text(self._signature)
        self.cancel()

    def cancel(self) -> None:
        """Stop it if it still runs, and let others begin; twice does nothing."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT) / ".collected"


def _signature() -> str:
    seen = [settings.STORAGES["staticfiles"]["BACKEND"]]
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = os.stat(storage.path(name))
            seen.append(f"{name} {facts.st_size} {facts.st_mtime_ns}")
    return sha256("\n".join(sorted(seen)).encode()).hexdigest()
