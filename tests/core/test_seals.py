"""Seals: what was written stays provable, and nobody who writes waits for them."""

import threading
import time

import psycopg
import pytest
from django.db import connection, connections

from apps.core.audit import seals
from apps.core.audit.models import Seal
from apps.core.audit.seals import seal_records
from apps.core.audit.verify import verify
from apps.core.hooks import sealed_tables
from apps.core.isolation import platform_context, tenant_context
from apps.core.models import AuditLog
from apps.shopfloor.models import Event
from tests.factories import create_person, create_platform_person, create_station, create_tenant
from tests.serving import database_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plants():
    """Two plants with something in their records, and a platform person, whose record is the platform's own."""
    found = [create_tenant(), create_tenant()]
    for plant in found:
        with tenant_context(plant):
            create_station(tenant=plant)
            note(plant)
    create_platform_person()
    return found


def note(tenant):
    with tenant_context(tenant):
        return Event.objects.create(tenant=tenant, event_type="note").seq


def sealed(table):
    """(tenant, number) of every sealed row, in the order of the seals."""
    with platform_context():
        rows = Seal.objects.filter(table_name=table).order_by("number")
        return [(seal.tenant_id, number) for seal in rows for number in seal.numbers]


def written(model, number):
    with platform_context():
        return set(model.objects.values_list("tenant_id", number))


def test_everything_written_is_sealed_once_in_the_order_of_writing(plants):
    count = seal_records()
    note(plants[0])
    assert seal_records() == 1
    assert seal_records() == 0

    for table, model, number in (("audit_logs", AuditLog, "id"), ("events_log", Event, "seq")):
        rows = sealed(table)
        assert len(rows) == len(set(rows))
        assert set(rows) == written(model, number)
    assert (None, max(n for t, n in sealed("audit_logs") if t is None)) in sealed("audit_logs")
    assert count + 1 == len(sealed("audit_logs")) + len(sealed("events_log"))
    for tenant in (None, *(plant.pk for plant in plants)):
        numbers = [number for of, number in sealed("audit_logs") if of == tenant]
        assert numbers == sorted(numbers) != []


def test_seals_are_one_chain_without_gaps(plants):
    seal_records()
    note(plants[1])
    seal_records()

    with platform_context():
        assert list(Seal.objects.order_by("number").values_list("number", flat=True)) == list(
            range(1, Seal.objects.count() + 1)
        )
        assert len(set(map(bytes, Seal.objects.values_list("hash", flat=True)))) == Seal.objects.count() >= 5
    assert verify().problems == []


def test_many_new_rows_are_sealed_in_pieces(plants, monkeypatch):
    monkeypatch.setattr(seals, "ROWS", 4)
    numbers = [note(plants[0]) for _ in range(11)]

    seal_records()

    with platform_context():
        of_events = Seal.objects.filter(table_name="events_log", tenant=plants[0]).order_by("number")
        assert [len(seal.numbers) for seal in of_events] == [4, 4, 4]
    assert {(plants[0].pk, number) for number in numbers} <= set(sealed("events_log"))


@pytest.fixture
def writer(plants):
    """Another connection in the middle of a transaction, which has taken the next number of the events."""
    with psycopg.connect(database_url()) as other:
        other.execute("select set_config('app.tenant_id', %s, true)", [str(plants[0].pk)])
        other.number = other.execute(
            "insert into events_log (id, tenant_id, event_type, payload, occurred_at, created_at) "
            "values (gen_random_uuid(), %s, 'note', '{}', now(), now()) returning seq",
            [plants[0].pk],
        ).fetchone()[0]
        yield other


def test_a_lower_number_that_is_committed_later_is_not_passed_over(plants, writer):
    later = note(plants[0])
    assert writer.number < later
    sealing = threading.Thread(target=_in_a_thread, args=[seal_records])

    sealing.start()
    _until(lambda: sealed("audit_logs"))  # it has done the audit log, and comes to the events
    sealing.join(0.5)
    assert sealing.is_alive() and sealed("events_log") == []
    writer.commit()
    sealing.join(15)

    numbers = [number for of, number in sealed("events_log") if of == plants[0].pk]
    assert numbers[-2:] == [writer.number, later]
    assert verify().problems == []


def test_a_number_whose_writer_gave_up_leaves_a_gap_that_is_honest(plants, writer):
    later = note(plants[0])
    writer.rollback()

    seal_records()

    assert (plants[0].pk, later) in sealed("events_log")
    assert verify().problems == []


def test_a_long_writer_delays_its_own_table_only_and_is_caught_up_with(plants, writer, monkeypatch):
    monkeypatch.setattr(seals, "PATIENCE", 0.1)

    seal_records()
    assert sealed("events_log") == [] and sealed("audit_logs") != []

    writer.commit()
    seal_records()
    assert (plants[0].pk, writer.number) in sealed("events_log")


def test_several_sealing_at_once_seal_each_row_once(plants, monkeypatch):
    monkeypatch.setattr(seals, "ROWS", 3)
    for _ in range(30):
        note(plants[0])
    barrier = threading.Barrier(4)
    counts = []

    def seal():
        barrier.wait()
        counts.append(seal_records())

    threads = [threading.Thread(target=_in_a_thread, args=[seal]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(counts) == 4  # none gave up
    rows = sealed("events_log") + sealed("audit_logs")
    assert len(rows) == len(set(rows)) + len(set(sealed("events_log")) & set(sealed("audit_logs"))) == sum(counts)
    assert verify().problems == []


def test_sealing_keeps_nobody_from_writing(plants):
    """While the seals' own lock is held, and a seal is being written, the floor goes on."""
    with psycopg.connect(database_url()) as other:
        other.execute("select pg_advisory_xact_lock(hashtext('seals'))")
        other.execute("lock table seals in row exclusive mode")

        assert note(plants[0])


def test_a_seal_is_numbered_and_hashed_by_the_database_alone(plants):
    seal_records()
    with platform_context():
        newest = Seal.objects.order_by("-number").first()
        forged = Seal(
            number=1, table_name="events_log", columns=[], last=1, numbers=[1], digests=[b"x"], hash=b"forged"
        )
        forged.save(force_insert=True)

        row = Seal.objects.order_by("-number").first()
        assert row.number == newest.number + 1 and bytes(row.hash) != b"forged"


def test_every_append_only_table_that_is_no_history_is_sealed(db):
    with connection.cursor() as cursor:
        cursor.execute("select tgrelid::regclass::text from pg_trigger where tgname = 'append_only'")
        tables = {name for (name,) in cursor.fetchall() if not name.endswith("_history")}
    # history is proven by the audit log, row by row; seals by their own chain
    assert tables - {"seals"} == set(sealed_tables())


def test_people_of_a_tenant_see_their_own_seals_only(plants):
    seal_records()
    with tenant_context(plants[0]):
        create_person(tenant=plants[0])
        assert {seal.tenant_id for seal in Seal.objects.all()} == {plants[0].pk}


def _in_a_thread(function):
    try:
        function()
    finally:
        connections.close_all()


def _until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
