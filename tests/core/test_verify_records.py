"""verify_records: green after honest work of every kind; names the first row changed behind the application."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from apps.core.audit.seals import seal_records
from apps.core.audit.verify import verify
from apps.core.isolation import platform_context, tenant_context
from apps.core.models import AuditLog, Tenant, User
from apps.core.services import save_person
from apps.registry.services import move_asset, retire_asset
from apps.shopfloor import services
from apps.shopfloor.models import Event, Job, ScrapReason, Station
from tests.factories import (
    create_asset,
    create_job,
    create_location,
    create_person,
    create_platform_person,
    create_scrap_reason,
    create_station,
    create_stop_reason,
    create_tenant,
)
from tests.server import behind_the_application
from tests.tables import V2, dump, load

pytestmark = pytest.mark.django_db(transaction=True)


def work(tenant):
    """A day's work: rows made, changed, moved, deleted; people renamed, deactivated and signed in."""
    with tenant_context(tenant):
        person = create_person(tenant=tenant)
    with tenant_context(tenant, user=person, request_id="r1"):
        station = create_station(tenant=tenant, code="ST-01", asset=create_asset(tenant=tenant))
        job = create_job(tenant=tenant, code="JOB-1")
        services.assign_job(station, job, by=person, run=True)
        services.report(station.assignments.get(), good=3, by=person)
        services.set_status(station, "blocked", reason=create_stop_reason(tenant=tenant), by=person)
        services.call_for(station, "material", by=person)
        unit = create_asset(tenant=tenant, name="Pump")
        move_asset(unit, location=create_location(tenant=tenant, name="Yard"))
        retire_asset(unit, reason="worn out")
        create_scrap_reason(tenant=tenant).delete()
        person.display_name, person.last_login = "Somebody Else", person.created_at
        save_person(person, by=None)
        User.objects.filter(pk=person.pk).update(last_login=person.created_at)
        tenant.name = "Another name"
        tenant.save()


@pytest.fixture
def plants():
    found = [create_tenant(slug="north"), create_tenant(slug="south")]
    for tenant in found:
        work(tenant)
    create_platform_person()
    seal_records()
    return found


def run(**options):
    """(exit code, what verify_records said)"""
    out = StringIO()
    try:
        call_command("verify_records", stdout=out, **options)
    except SystemExit as exit:
        return exit.code, out.getvalue()
    return 0, out.getvalue()


def key(model, **fields):
    with platform_context():
        return model.objects.filter(**fields).order_by("pk").first().pk


def test_honest_work_of_every_kind_holds(plants):
    code, said = run()

    assert (code, said.startswith("The record holds: ")) == (0, True), said
    with platform_context():
        assert f"{AuditLog.objects.count()} rows of audit_logs" in said
        assert f"{AuditLog.objects.count() + Event.objects.count()} sealed rows" in said


def test_rows_that_are_not_sealed_yet_hold_too(plants):
    with tenant_context(plants[0]):
        services.add_note(create_station(tenant=plants[0]), "after the seal", by=None)

    assert run()[0] == 0


def test_what_was_loaded_holds(tmp_path):
    load(V2, "mirrors", "--create-tenant")
    tenant = Tenant.objects.get()
    assert dump(tmp_path, tenant)[0] == 0
    stations = (tmp_path / "stations.csv").read_text()
    (tmp_path / "stations.csv").write_text(stations.replace("Line A", "Line Z"))
    assert load(tmp_path, tenant)[0] == 0
    seal_records()

    code, said = run()

    assert (code, "Line Z" in stations) == (0, False), said


BEHIND = [
    # what somebody does to the database, and what verify_records says of it
    ("update stations set name = 'x', line = 'y' where id = '{station}'", "stations {station}: name, line differ"),
    ("delete from scrap_reasons_history where history_type = '-'", "is gone, and no history row tells of it"),
    ("delete from calls", "calls .* is gone, and no history row tells of it since 20"),
    ("delete from jobs_history", "jobs .* has no history: it was written behind the application"),
    (
        "update stations_history set name = 'x' where history_type = '+'",
        "tell different things of name: one was changed",
    ),
    (
        "update jobs_history set history_user_id = null",
        "jobs_history .* and audit_logs .* tell different things of person",
    ),
    ("update jobs_history set history_change_reason = 'x'", "jobs_history .* tell different things of reason"),
    ("delete from audit_logs where entity_type = 'jobs'", "jobs_history .* of jobs .* has no audit row"),
    ("delete from audit_logs where entity_type = 'jobs'", "audit_logs .* is gone; it was sealed on 20"),
    ("update audit_logs set changes = '{{}}' where entity_type = 'users'", "users_history .* tell different things of"),
    ("update audit_logs set request_id = 'x'", "audit_logs .* was changed after it was sealed on 20"),
    (
        """insert into audit_logs (tenant_id, action, entity_type, entity_id, changes, created_at)
           select tenant_id, 'update', 'jobs', 'x', '{{}}', now() from jobs limit 1""",
        "audit_logs .* of jobs x .*: its history row is gone",
    ),
    (
        """insert into audit_logs (tenant_id, action, entity_type, entity_id, changes, created_at, history_row, user_id, request_id)
           select tenant_id, action, entity_type, entity_id, changes, created_at, history_row, user_id, request_id
           from audit_logs where entity_type = 'jobs' limit 1""",
        "audit_logs .* of jobs .* stands there twice",
    ),
    (
        """insert into audit_logs (tenant_id, action, entity_type, entity_id, changes, created_at)
           select tenant_id, 'update', 'wages', 'x', '{{}}', now() from jobs limit 1""",
        "tells of a change .update. of wages x, which has no history",
    ),
    (
        "update events_log set payload = '{{\"good\": 9}}' where seq = {event}",
        "events_log {event} was changed after it",
    ),
    ("delete from events_log where seq = {event}", "events_log {event} is gone; it was sealed on 20.* .seal "),
    ("delete from events_log", "events_log {event} is gone; it was sealed on 20.* .seal .* .and 1?[0-9] more"),
    (
        """insert into events_log (id, tenant_id, event_type, payload, occurred_at, created_at, seq) overriding system value
           select gen_random_uuid(), tenant_id, event_type, payload, occurred_at, created_at, 0 from events_log
           where seq = {event}""",
        "events_log 0 was put in behind the application",
    ),
    ("update seals set digests[1] = 'x' where number = 2", "Seal 2 .*, or the one before it, was changed"),
    ("update seals set sealed_at = sealed_at - interval '1 day' where number = 2", "Seal 2 .* was changed"),
    ("update seals set hash = 'x' where number = 1", "Seal 1 .* was changed"),
    ("delete from seals where number = 2", "1 seals before seal 3 .* are gone"),
    ("delete from seals where number = 1", "1 seals before seal 2 .* are gone"),
]


@pytest.mark.parametrize(("statement", "sentence"), BEHIND)
def test_the_first_row_changed_behind_the_application_is_named(plants, statement, sentence):
    with platform_context():
        rows = {"station": key(Station, tenant=plants[0]), "event": Event.objects.order_by("seq").first().seq}
    with behind_the_application() as superuser:
        superuser.execute(statement.format(**rows))

    code, said = run()

    assert code == 1
    assert re.search(sentence.format(**rows).replace("(", r"\("), said), said


def test_only_that_is_named(plants):
    station = key(Station, tenant=plants[0])
    with behind_the_application() as superuser:
        superuser.execute("update stations set name = 'x' where id = %s", [station])

    _code, said = run()

    assert said.count("\n") == 2, said


def test_one_tenant_is_verified_alone(plants):
    with behind_the_application() as superuser:
        superuser.execute("update jobs set part_name = 'x' where id = %s", [key(Job, tenant=plants[0])])
        superuser.execute("delete from events_log where tenant_id = %s", [plants[0].pk])

    assert run(tenant="north")[0] == 1
    assert run(tenant="south")[0] == 0


def test_a_tenants_whole_record_cannot_vanish(plants):
    with behind_the_application() as superuser:
        for table in ("events_log", "audit_logs", "seals"):
            superuser.execute(f"delete from {table} where tenant_id = %s", [plants[0].pk])

    assert "seals before seal" in run()[1]


def test_the_newest_seals_cannot_vanish_from_who_noted_one(plants):
    noted = verify().head
    with behind_the_application() as superuser:
        superuser.execute("delete from seals where number = (select max(number) from seals)")
    seal_records()  # as the worker will

    assert run(seal=noted)[0] == 1
    assert run(seal=verify().head)[0] == 0


def test_a_column_that_comes_later_breaks_no_seal_and_no_history(plants):
    with behind_the_application() as superuser:
        try:
            superuser.execute("alter table events_log add column extra text not null default 'new'")
            superuser.execute("alter table jobs_history add column extra text not null default 'new'")
            assert run()[0] == 0
        finally:
            superuser.execute("alter table events_log drop column extra")
            superuser.execute("alter table jobs_history drop column extra")


def test_a_former_name_is_no_difference(plants):
    """What is kept out of the record of people is not compared with it."""
    with tenant_context(plants[0]):
        person = User.objects.for_tenant(plants[0]).first()
        person.email = "new@example.com"
        person.save()

    assert run()[0] == 0


def test_a_tenant_that_is_none_is_refused():
    from django.core.management import CommandError

    with pytest.raises(CommandError, match="There is no tenant nowhere"):
        run(tenant="nowhere")


def test_the_smallest_record_holds(transactional_db):
    assert not Tenant.objects.exists() and not ScrapReason.objects.exists()

    assert run()[0] == 0
