"""The real product in a folder of its own, and what breaks it."""

import contextlib
import json
import shutil
import tempfile
import time
import uuid
from pathlib import Path

import psutil
import psycopg
import requests

from apps.core import embedded
from tests.running import Up, manage

WITHIN = 10  # seconds in which it serves again, without help


def until(condition, seconds=60, every=0.02):
    """Wait for what a condition returns to be true, and return it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"not within {seconds} s: {condition.__qualname__}"
        time.sleep(every)
    return found


class Product:
    """`manage.py up` with its own database, two web processes and a worker, and a plant to work in."""

    def __init__(self, data: Path):
        self.data = data
        self.log = data.with_suffix(".log")
        with open(self.log, "ab") as log:
            self.up = Up(data, log=log, LEANOPS_DEBUG="")
        self.address = self.up.address
        slug = f"plant-{uuid.uuid4().hex[:8]}"
        try:
            plant = json.loads(self.run(f"seed.make({slug!r})").splitlines()[-1])
        except BaseException:
            self.end()
            raise
        self.tenant, self.stations, self.people = plant["tenant"], plant["stations"], plant["people"]

    def run(self, words: str) -> str:
        """Run a function of tests.faults.seed in the product's own Django; what it printed."""
        done = manage(self.data, "shell", "--no-imports", "-c", f"from tests.faults import seed; {words}")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def database(self) -> psycopg.Connection:
        """A connection of PostgreSQL's own superuser: it sees all tenants and has slots of its own."""
        host = embedded.connection_parameters(self.data)["host"]
        return psycopg.connect(host=host, user="postgres", dbname="leanops", autocommit=True)

    def ask(self, statement, *values) -> list[tuple]:
        with contextlib.closing(self.database()) as connection:
            return connection.execute(statement, values or None).fetchall()

    @contextlib.contextmanager
    def held_up(self, table="jobs"):
        """Rows locked by somebody else: whoever writes them stands in the middle of a transaction."""
        with contextlib.closing(self.database()) as holder:
            holder.execute("begin")
            holder.execute(f"select from {table} order by id for no key update")
            until(lambda: self.waiting() > 2)
            yield  # the lock goes with the connection, if that is there still

    def waiting(self) -> int:
        """How many stand in the middle of a transaction, waiting for a row."""
        return self.ask("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")[0][0]

    def kill_postgres(self) -> None:
        """kill -9 of the postmaster and everything below it."""
        postmaster = psutil.Process(int((self.data / "postgres" / "postmaster.pid").read_text().split()[0]))
        for process in [postmaster, *postmaster.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def terminate(self, which="true") -> int:
        """End the application's connections, as an administrator or a firewall would; how many."""
        return self.ask(
            "select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity "
            f"where usename = 'leanops' and {which}"
        )[0][0]

    def serves(self, person) -> bool:
        """Whether it is well, shows the board, and takes a press."""
        with contextlib.suppress(requests.RequestException):
            well = requests.get(f"{self.address}healthz", timeout=10).status_code == 200
            return well and person.get("/board/").status_code == 200 and person.note().status_code == 200
        return False

    def recovered(self, person, since: float) -> float:
        """Wait until it serves again; how long that took, in seconds."""
        until(lambda: self.serves(person), WITHIN + 50, every=0.1)
        took = time.monotonic() - since
        assert took < WITHIN, f"served again only after {took:.1f} s\n{self.words()}"
        return took

    def words(self) -> str:
        """The end of what it said."""
        return f"{self.up.output}\n{self.log.read_text(errors='replace')[-5000:]}"

    def end(self) -> None:
        """Stop all of it, in order if that can be, else by force."""
        everything = []
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended by itself
            everything = [psutil.Process(self.up.process.pid), *self.up.below()]
        self.up.process.terminate()
        _, alive = psutil.wait_procs(everything, timeout=30)
        for process in alive:
            process.kill()
        embedded.stop(self.data)


@contextlib.contextmanager
def new_product(data: Path | None = None):
    """A product of one's own, stopped and removed whatever happens; `data` is somebody else's to remove."""
    folder = Path(tempfile.mkdtemp(prefix="lo-"))
    data = data or folder / "data"
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        product = Product(data)
        stack.callback(product.end)
        yield product
