"""The disk is full, and then it is not any more."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tests.faults import checks, table
from tests.faults.floor import Load
from tests.faults.product import new_product, until

pytestmark = pytest.mark.xdist_group("faults-disk")
SIZE = 320  # MB


@pytest.fixture
def small_disk():
    """A disk of its own that is soon full. Only root may mount one."""
    if os.geteuid() != 0:
        pytest.skip("A small disk is mounted for this, which only root may do.")
    folder = Path(tempfile.mkdtemp(prefix="lo-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0755", "leanops-test", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(folder)


def test_the_disk_fills_and_room_is_made_again(small_disk, request):
    filler, recoveries = small_disk / "filler", []
    with new_product(small_disk / "data") as product:
        with Load(product, "disk full") as load:
            # The tables cannot grow; what is written ahead still can, in the room that is kept for it.
            fill(filler)
            until(lambda: load.book[507] > 5)
            filler.unlink()
            recoveries.append(product.recovered(load.onlooker, time.monotonic()))
            load.wait_for(20)

            # Nor can what is written ahead: PostgreSQL gives up, and `up` starts it again as often as it takes.
            fill(filler)
            until(lambda: use_up_what_is_kept(product))
            until(lambda: "The database does not run" in product.up.output and load.book[503] > 5)
            filler.unlink()
            recoveries.append(product.recovered(load.onlooker, time.monotonic()))
            load.wait_for(20)

        checks.every_press_counts_once(load)
        assert not load.broken
    table.record(request.node, load, 2, recoveries)


def fill(filler: Path) -> None:
    """Take all the room there is."""
    with open(filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size) == size:
                    pass


def use_up_what_is_kept(product) -> bool:
    """Begin one segment of the log after the other, until there is none left; whether PostgreSQL has given up."""
    try:
        with contextlib.closing(product.database()) as administrator:
            administrator.execute("select pg_logical_emit_message(true, 'filler', repeat('x', 1000000))")
            administrator.execute("select pg_switch_wal()")
    except psycopg.Error:
        return True
    return False
