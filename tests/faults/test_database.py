"""PostgreSQL dies, its connections are cut, its slots are taken."""

import contextlib
import time

import psycopg
import pytest

from apps.core import embedded
from tests.faults import checks, table
from tests.faults.floor import Load
from tests.faults.product import until

pytestmark = pytest.mark.xdist_group("faults")


def test_all_of_postgresql_killed_five_times_in_the_middle_of_transactions(product, request):
    recoveries = []
    with Load(product, "PostgreSQL killed") as load:
        for number in range(5):
            with product.held_up() if number % 2 else contextlib.nullcontext():
                product.kill_postgres()
                killed = time.monotonic()
            recoveries.append(product.recovered(load.onlooker, killed))
            load.wait_for(20)

    checks.every_press_counts_once(load)
    assert load.book[503] > 5, "nobody was told"
    assert not load.broken, "the web processes stay; everybody is answered"
    table.record(request.node, load, 5, recoveries)


def test_all_connections_terminated_again_and_again(product, request):
    recoveries = []
    with Load(product, "connections terminated") as load:
        for number in range(6):
            with product.held_up() if number % 2 else contextlib.nullcontext():
                assert product.terminate() > 3
                cut = time.monotonic()
            recoveries.append(product.recovered(load.onlooker, cut))
            load.wait_for(20)

    checks.every_press_counts_once(load)
    assert load.book[503] > 5
    assert not load.broken
    table.record(request.node, load, 6, recoveries)


def test_the_connection_is_lost_at_the_commit_and_what_was_done_is_not_done_twice(product, request):
    with Load(product, "lost at the commit") as load:
        # Committed, then waiting for a standby that is not there: here a connection's end leaves its outcome open.
        with awaiting_a_standby(product):
            for _ in range(4):  # one after the other: commits that notify wait for each other
                until(lambda: product.terminate("wait_event = 'SyncRep' and query ilike 'commit'"))
        freed = time.monotonic()
        recovery = product.recovered(load.onlooker, freed)
        load.wait_for(20)

    checks.every_press_counts_once(load)
    assert sum(press.is_repetition for press in load.pressed) > 1, "what was committed was told so when sent again"
    assert not load.broken
    table.record(request.node, load, 4, [recovery])


@contextlib.contextmanager
def awaiting_a_standby(product):
    with contextlib.closing(product.database()) as administrator:
        administrator.execute("set synchronous_commit = local")
        try:
            administrator.execute("alter system set synchronous_standby_names = 'nobody'")
            administrator.execute("select pg_reload_conf()")
            yield
        finally:
            administrator.execute("alter system reset synchronous_standby_names")
            administrator.execute("select pg_reload_conf()")


def test_the_connections_that_listen_are_cut_while_stations_change(product, request):
    with Load(product, "listeners cut") as load:
        for _ in range(4):
            assert product.terminate("query ilike 'listen%'") >= 2
            load.wait_for(10)
        # And once so that the change surely falls into the gap: nobody listens while it is told.
        load.rest()
        load.follower.catch_up()
        with no_new_connections(product):
            assert product.terminate("query ilike 'listen board%'") == 2
            load.press_once()
            assert load.follower.seen != load.follower.truth()
        load.follower.catch_up()
        assert load.follower.reconnections == 0, "the page's own stream stayed open"

    checks.every_press_counts_once(load)
    assert set(load.book) <= {200, 503}
    table.record(request.node, load, 5, [])


@contextlib.contextmanager
def no_new_connections(product):
    with contextlib.closing(product.database()) as administrator:
        administrator.execute("alter role leanops connection limit 0")
        try:
            yield
        finally:
            administrator.execute("alter role leanops connection limit -1")


def test_all_connections_taken_by_somebody_else(product, request):
    with Load(product, "connections exhausted") as load:
        with contextlib.ExitStack() as taken:
            take_all(product, taken)
            product.terminate("application_name <> 'taker'")
            take_all(product, taken)
            refused = load.book[503]
            until(lambda: load.book[503] > refused + 20)
        freed = time.monotonic()
        recovery = product.recovered(load.onlooker, freed)
        load.wait_for(20)

    checks.every_press_counts_once(load)
    assert not load.broken
    table.record(request.node, load, 1, [recovery])


def take_all(product, stack):
    """Open connections as the application's role until one is refused."""
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            parameters = embedded.connection_parameters(product.data)
            stack.enter_context(
                contextlib.closing(psycopg.connect(**parameters, application_name="taker", autocommit=True))
            )
