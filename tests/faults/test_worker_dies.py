"""kill -9 of the worker in the middle of a job."""

import contextlib
import time

import pytest

from tests.faults import table
from tests.faults.floor import Person
from tests.faults.product import WITHIN, until
from tests.running import manage

pytestmark = pytest.mark.xdist_group("faults-worker")
BACK_WITHIN = 100  # seconds: a worker counts as dead after 30, and every minute its jobs are put back


def test_the_worker_killed_in_the_middle_of_a_job(product, request):
    person = Person(product, product.people[0])
    answer = person.post(f"/stations/{product.stations[0]}/call/", kind="help")
    assert answer.status_code == 200
    (call,) = product.ask(
        "update calls set opened_at = now() - interval '11 minutes' where tenant_id = %s returning id, level",
        product.tenant,
    )
    assert call[1] == 0

    with contextlib.closing(product.database()) as holder:
        holder.execute("begin")
        holder.execute("select from calls where id = %s for update", [call[0]])
        deferred = manage(product.data, "procrastinate", "defer", "escalate_calls", '{"timestamp": 0}')
        assert deferred.returncode == 0, deferred.stderr
        until(lambda: waits_for_calls(product))
        (job,) = doing(product)
        (victim,) = product.up.worker()
        victim.kill()
        killed = time.monotonic()
    assert doing(product) == [job], "it was in the middle of it"

    # Another one works, at once.
    until(lambda: [one for one in product.up.worker() if one != victim], WITHIN)
    manage(product.data, "procrastinate", "defer", "forget_old_request_keys", '{"timestamp": 0}')
    until(lambda: product.ask(LAST, "forget_old_request_keys") == [("succeeded",)], WITHIN)
    recovery = time.monotonic() - killed
    assert recovery < WITHIN

    # And what the dead one was doing is done, once.
    until(lambda: product.ask(STATUS, job) in DONE, BACK_WITHIN, every=0.5)
    until(lambda: product.ask("select level from calls where id = %s", call[0]) == [(2,)], WITHIN)
    escalations = product.ask(
        "select count(*) from events_log where event_type = 'escalation' and payload ->> 'call' = %s", str(call[0])
    )
    assert escalations == [(2,)], "one for each level"
    product.run("seed.verify()")
    row = ["worker killed", 1, 1, 0, 0, 1, f"{recovery:.1f} s; its job {time.monotonic() - killed:.0f} s"]
    table.keep(request.node, row)


LAST = "select status::text from procrastinate_jobs where task_name = %s order by id desc limit 1"
STATUS = "select status::text from procrastinate_jobs where id = %s"
DONE = ([("succeeded",)], [])  # gone: the same work was queued again meanwhile


def waits_for_calls(product):
    return product.ask(
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query ilike '%calls%' and usename = 'leanops'"
    )


def doing(product):
    return [
        key
        for (key,) in product.ask(
            "select id from procrastinate_jobs where status = 'doing' and task_name = 'escalate_calls'"
        )
    ]
