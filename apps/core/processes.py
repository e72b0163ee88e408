"""The processes `manage.py up` keeps alive: started, watched, replaced, stopped."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LONGEST_PAUSE = 4  # seconds before a dead process is replaced; the first time it is done at once
STEADY = 30  # seconds after which a process counts as well again
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Process:
    """One child. last_words: the signal it gets when `up` itself is killed, so that none stays behind (Linux)."""

    name: str
    command: list[str]
    environment: dict[str, str]
    pass_fds: tuple[int, ...] = ()
    last_words: signal.Signals = signal.SIGKILL
    deaths: int = 0  # since it last ran steadily
    _popen: subprocess.Popen | None = field(default=None, repr=False)
    _started: float = 0.0
    _next_start: float = 0.0

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C is for `up`, which then stops it in order."""
        self._started = time.monotonic()
        self._popen = _spawn(self.command, self.environment, self.last_words, self.pass_fds)

    def watch(self, say: Callable[[str], None]) -> None:
        """Replace it if it has died; to be called often."""
        now = time.monotonic()
        if self._popen is None:
            if now >= self._next_start:
                self.start()
        elif (code := self._popen.poll()) is not None:
            self._popen = None
            self.deaths = 1 if now - self._started > STEADY else self.deaths + 1
            self._next_start = now + min(self.deaths - 1, LONGEST_PAUSE)
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            say(f"The {self.name} ended ({how}); starting it again")

    def stop(self, patience: float) -> None:
        """Wait for its end (after `ask_to_stop`), at most `patience` seconds; then kill it."""
        if self._popen is None:
            return
        try:
            self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self._popen:
            self._popen.terminate()


def run_to_end(command: list[str], environment: dict[str, str]) -> int:
    """Run a command and return its exit code. When `up` is stopped meanwhile, it and all it started are killed."""
    process = _spawn(command, environment, signal.SIGTERM)
    try:
        return process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def stop_all(processes: list[Process], patience: float = 10) -> None:
    """Ask all to stop, wait for them, kill what is left."""
    for process in processes:
        process.ask_to_stop()
    until = time.monotonic() + patience
    for process in processes:
        process.stop(max(0.0, until - time.monotonic()))


def _spawn(command, environment, last_words, pass_fds=()) -> subprocess.Popen:
    parent = os.getpid()

    def die_with_parent():
        if _libc:
            _libc.prctl(PR_SET_PDEATHSIG, last_words)
            if os.getppid() != parent:  # it was killed just before
                os._exit(1)

    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        pass_fds=pass_fds,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509, `up` has no threads
    )
