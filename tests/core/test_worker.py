"""The real worker: it does the jobs, tenant by tenant, and takes over what a dead one left behind."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.models import RequestKey
from apps.core.tasks import forget_old_request_keys, retry_stalled_jobs
from apps.shopfloor import services
from apps.shopfloor.models import Call
from apps.shopfloor.tasks import escalate_calls
from tests.factories import create_person, create_station, create_tenant
from tests.serving import ROOT, database_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty_queue(transactional_db):
    with connection.cursor() as cursor:  # the queue's tables are not Django's, and not emptied between tests
        cursor.execute("truncate procrastinate_jobs, procrastinate_workers cascade")


def work():
    """Let a worker do what is due, and end."""
    command = [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"]
    variables = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def jobs():
    with connection.cursor() as cursor:
        cursor.execute("select task_name, status::text from procrastinate_jobs order by id")
        return cursor.fetchall()


def test_calls_of_every_tenant_climb_once_whoever_asks_how_often():
    plants = [create_tenant(), create_tenant()]
    for plant in plants:
        with tenant_context(plant):
            person = create_person(tenant=plant)
            services.call_for(
                create_station(tenant=plant), "help", by=person, at=timezone.now() - timedelta(minutes=11)
            )
    for number in range(3):
        escalate_calls.configure(queueing_lock=str(number)).defer(timestamp=0)

    work()

    assert {status for _name, status in jobs()} == {"succeeded"}  # the periodic ones too
    for plant in plants:
        with tenant_context(plant):
            assert Call.objects.get().level == 2


def test_old_request_keys_are_forgotten_and_young_ones_kept():
    plant = create_tenant()
    with tenant_context(plant):
        for key, days in (("old", 8), ("young", 6)):
            RequestKey.objects.create(
                tenant=plant, principal="p", key=key, request_hash="", created_at=timezone.now() - timedelta(days=days)
            )
    forget_old_request_keys.defer(timestamp=0)

    work()

    with tenant_context(plant):
        assert [row.key for row in RequestKey.objects.all()] == ["young"]


@pytest.mark.parametrize("is_queued_again", [False, True])
def test_a_job_of_a_worker_that_died_does_not_stay_behind(is_queued_again):
    forget_old_request_keys.defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - interval '5 minutes') returning id"
        )
        cursor.execute("update procrastinate_jobs set status = 'doing', worker_id = %s", [cursor.fetchone()[0]])
    if is_queued_again:
        forget_old_request_keys.defer(timestamp=1)
    retry_stalled_jobs.configure(priority=1).defer(timestamp=0)

    work()  # finds it
    work()  # does it

    assert {status for name, status in jobs() if name == "forget_old_request_keys"} == {"succeeded"}
