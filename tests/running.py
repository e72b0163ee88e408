"""The product as people run it: `manage.py up` and other commands as processes, with a data folder of their own."""

import os
import re
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import ClassVar

import psutil

CHECKOUT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, str(CHECKOUT / "manage.py")]


def environment(data, **more) -> dict[str, str]:
    left_out = {"DATABASE_URL", "LEANOPS_TEST_DATABASE", "DJANGO_SETTINGS_MODULE", "LEANOPS_COMMAND"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return kept | {"LEANOPS_DATA": str(data), **more}


def manage(data, *arguments, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(data, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Up:
    """A running `up`, and all processes below it."""

    started: ClassVar[list["Up"]] = []

    def __init__(self, data, *arguments, log=None, **variables):
        """variables: more of the environment. log: a file for what goes wrong, instead of the tests' own output."""
        command = [*COMMAND, "up", "--no-demo", "--port=0", *arguments]
        self.process = subprocess.Popen(
            command, env=environment(data, **variables), stdout=subprocess.PIPE, stderr=log, text=True
        )
        self.data = Path(data)
        self.started.append(self)
        self.output = ""
        while "Ctrl-C stops it" not in self.output:
            line = self.process.stdout.readline()
            assert line, f"up ended: {self.output}"
            self.output += line
        self.address = re.search(r"https?://\S+", self.output).group()
        threading.Thread(target=self._read, daemon=True).start()  # a full pipe would stop it

    def _read(self):
        for line in self.process.stdout:
            self.output += line

    def below(self) -> list[psutil.Process]:
        return alive(psutil.Process(self.process.pid).children(recursive=True))

    def web(self) -> list[psutil.Process]:
        return [child for child in self.below() if runs(child, "config.serve")]

    def worker(self) -> list[psutil.Process]:
        return [child for child in self.below() if runs(child, "procrastinate")]

    def status(self) -> int:
        with urllib.request.urlopen(self.address + "healthz", timeout=10) as answer:
            return answer.status


def runs(process, word) -> bool:
    """Whether a process still is, and has this word in its command line."""
    try:
        return word in process.cmdline()
    except psutil.NoSuchProcess:  # ended between being listed and being asked
        return False


def alive(processes) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
