"""`manage.py up`: from nothing to a running LeanOps, until Ctrl-C."""

import contextlib
import fcntl
import itertools
import os
import signal
import sys
import time

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from apps.core import embedded, serving, tls
from apps.core.http import stays_here
from apps.core.passwords import DEMO_PASSWORD, opens_too_much
from apps.core.processes import Process, run_to_end, stop_all
from apps.core.static_files import Collection
from config import folders
from config.database import COMMAND
from config.errors import Refusal

DEMO_ROLES = ["admin", "manager", "supervisor", "technician", "operator"]
WEB_PROCESSES = 2
STARTING = 90  # seconds until the first page must be there


MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]


class Stop(Exception):
    """A signal asked to stop."""


class Command(BaseCommand):
    help = "Run LeanOps: database, migrations, demo plant, web server and worker. Ctrl-C stops all of it."
    requires_system_checks = ()  # the database they look at is not there yet

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for all (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0 for any free one (8000)")
        parser.add_argument("--tls", action="store_true", help="serve https, with a self-made certificate if need be")
        parser.add_argument("--cert", metavar="FILE", help="certificate (PEM) for --tls")
        parser.add_argument("--key", metavar="FILE", help="its private key (PEM)")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
        parser.add_argument(
            "--check", action="store_true", help="start, ask /healthz, stop; exit code 0 if all is well"
        )

    def handle(self, **options):
        listen_to_signals()
        with contextlib.ExitStack() as stack:
            try:
                self.run(stack, **options)
            except Stop:
                self.say("Stopping")
            finally:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)  # once is enough: what is running is being stopped
                connections.close_all()

    def run(self, stack, *, host, port, tls: bool, cert, key, no_demo, check, **options):
        """Start everything; what was started is stopped by the stack."""
        data = folders.make_private(folders.data_folder())
        self.hold(stack, data / "up.lock")
        files = certificate_files(data, host, tls, cert, key)
        listening = stack.enter_context(serving.listen(host, port))
        port = listening.getsockname()[1]

        collection = Collection()
        stack.callback(collection.cancel)
        if collection.start():
            self.say("Preparing static files (meanwhile the rest goes on)")
        if "DATABASE_URL" in os.environ:
            self.say("Checking the database")
            serving.check_external(self.say)
        else:
            self.say(f"Starting the database in {data}")
            stack.enter_context(embedded.server(data, say=self.say))
        with serving.preparing(self.say):
            self.say("Bringing the tables up to date")
            call_command("migrate", interactive=False, verbosity=0)
            if not no_demo and not apps.get_model("core", "Tenant").objects.exists():
                self.say("Loading the demo plant")
                # A process of its own: it forks, and its forks must not hold our locks and our port.
                if run_to_end([*MANAGE, "load_demo"], environment()):
                    raise CommandError("The demo plant could not be loaded; its own words are above.")
        has_demo = demo_is_loaded()
        connections.close_all()
        collection.finish()

        self.say("Starting web server and worker")
        address = serving.address(host, port, tls=tls)
        processes = self.processes(listening, files, address)
        stack.callback(stop_all, processes)
        stack.callback(listening.close)
        for process in processes:
            process.start()
        self.wait_until_healthy(processes, host, port, tls)
        self.greet(address, has_demo, is_secure=tls or settings.SECURE_SSL_REDIRECT)
        if check:
            self.say("Check passed; stopping")
            return
        for quarter in itertools.count():  # of a second
            time.sleep(0.25)
            for process in processes:
                process.watch(self.say)
            if "DATABASE_URL" not in os.environ and quarter % 4 == 0:
                self.keep_database(data)

    def keep_database(self, data):
        """Start the database again if it has ended; where it cannot be started, say why, and try again soon."""
        try:
            if embedded.start(data, say=self.say):
                self.say("The database had ended; it runs again")
        except (Refusal, psycopg.Error, OSError) as error:  # a full disk, for one: somebody will make room
            self.say(f"The database does not run: {error}; trying again")

    def hold(self, stack, path):
        """One `up` for a data folder."""
        lock = folders.open_private(path)
        stack.callback(os.close, lock)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(lock, 100).decode() or "unknown"
            raise Refusal(f"LeanOps is already running with the data folder {path.parent} (process {owner}).") from None
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())

    def processes(self, listening, files, address) -> list[Process]:
        """The web processes and the worker. address: where they are reached, unless the environment knows better."""
        surroundings = {"LEANOPS_ADDRESS": address} | environment() | ({"LEANOPS_TLS": "1"} if files else {})
        descriptor = listening.fileno()
        web = [sys.executable, "-m", "config.serve", str(descriptor)]
        if files:
            web += ["--cert", files[0], "--key", files[1]]
        worker = [*MANAGE, "procrastinate", "worker", "--concurrency=4", "--shutdown-graceful-timeout=5"]
        found = [Process("web server", web, surroundings, pass_fds=(descriptor,)) for _ in range(WEB_PROCESSES)]
        return [*found, Process("worker", worker, surroundings, last_words=signal.SIGTERM)]

    def wait_until_healthy(self, processes, host, port, tls):
        """Until /healthz says 200. Raises CommandError when a process keeps dying or it takes too long."""
        until = time.monotonic() + STARTING
        while not serving.healthy(host, port, tls=tls):
            for process in processes:
                process.watch(self.say)
                if process.deaths > 2:
                    raise CommandError(f"The {process.name} does not start; its own words are above.")
            if time.monotonic() > until:
                raise CommandError(f"/healthz did not answer 200 within {STARTING} s.")
            time.sleep(0.1)

    def greet(self, address, has_demo, *, is_secure):
        """Say where it is, what it lacks without https, and who can sign in."""
        self.say(f"\nLeanOps is running at {address}\n")
        if not is_secure:
            self.say(
                "Plain http: from other machines browsers allow no camera scanning, no installed app and no passkeys, "
                "and cookies go by plain names, unprotected on the wire; `up --tls` has all of it.\n"
            )
        if stays_here(os.environ.get("LEANOPS_ADDRESS") or address):
            self.say(
                "No other machine reaches this address, so codes on printed labels and links in mails would work "
                "nowhere else: `up --host 0.0.0.0`, or set LEANOPS_ADDRESS to what phones reach.\n"
            )
        if (
            not has_demo
            and not apps.get_model("core", "User").objects.filter(is_active=True).exclude(email=None).exists()
        ):
            self.say("Nobody can sign in yet. In another window: python3 manage.py createsuperuser\n")
        if has_demo:
            for role in DEMO_ROLES:
                self.say(f"  {role:<12} {role}@north.example")
            platform = apps.get_model("core", "User").objects.filter(email="platform@example.com").first()
            if platform and platform.check_password(DEMO_PASSWORD) and not opens_too_much(platform, DEMO_PASSWORD):
                self.say(f"  {'platform':<12} {platform.email}")
            self.say(f"  password     {DEMO_PASSWORD}\n")
        self.say("Ctrl-C stops it.")

    def say(self, text):
        """Print at once: the output may be a file or a pipe; on a full disk or to nobody, it is lost."""
        with contextlib.suppress(OSError):
            self.stdout.write(text)
            self.stdout.flush()


def environment() -> dict[str, str]:
    """What the children see: this process's variables, but for what makes it a command."""
    found = {name: value for name, value in os.environ.items() if name != COMMAND}
    path = os.pathsep.join(filter(None, [str(settings.BASE_DIR), os.environ.get("PYTHONPATH")]))
    return found | {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1", "PYTHONPATH": path}


def listen_to_signals():
    """SIGINT, SIGTERM and SIGHUP raise Stop. SIGHUP stays ignored below nohup."""

    def stop(number, frame):
        raise Stop

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN or number != signal.SIGHUP:
            signal.signal(number, stop)


def certificate_files(data, host, wanted, cert, key) -> tuple[str, str] | None:
    """Paths of certificate and key with --tls, else None."""
    if (cert or key) and not wanted:
        raise Refusal("--cert and --key are for --tls; add it.")
    name = "" if host in {"0.0.0.0", "::"} else host  # noqa: S104 (compared, not listened on)
    return tls.certificate(data, cert=cert, key=key, host=name) if wanted else None


def demo_is_loaded() -> bool:
    """Whether the demo plant's people are here to be shown."""
    return apps.get_model("core", "User").objects.filter(email="admin@north.example").exists()
