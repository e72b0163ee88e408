"""kill -9 of what serves and of what works behind it."""

import time

import pytest

from tests.faults import checks, table
from tests.faults.floor import Load
from tests.faults.product import WITHIN, until

pytestmark = pytest.mark.xdist_group("faults")


def test_web_processes_killed_in_the_middle_of_presses(product, request):
    recoveries = []
    with Load(product, "web process killed") as load:
        for _ in range(4):
            with product.held_up():
                victim = product.up.web()[0]
                victim.kill()
                killed = time.monotonic()
            recoveries.append(product.recovered(load.onlooker, killed))
            until(lambda: len(product.up.web()) == 2, WITHIN)
            load.wait_for(20)

    checks.every_press_counts_once(load)
    assert load.broken, "nothing was cut off"
    table.record(request.node, load, 4, recoveries)
