"""Tenants do not see each other: as the application's role, straight at the tables."""

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction

from apps.core import isolation
from apps.core.isolation import platform_context, tenant_context
from apps.core.models import Row, Tenant
from apps.shopfloor import services
from apps.shopfloor.models import Event, Job, PerformanceLog, Station, StationAsset, StationAssignment
from tests.factories import (
    create_asset,
    create_attachment,
    create_job,
    create_person,
    create_scrap_reason,
    create_station,
    create_stop_reason,
    create_tenant,
)

ROWS = [model for model in apps.get_models() if issubclass(model, Row)]


def furnish(tenant):
    """One row at least in every business table of a tenant."""
    with tenant_context(tenant):
        person = create_person(tenant=tenant)
        station = create_station(tenant=tenant, code="ST-01", asset=create_asset(tenant=tenant))
        create_scrap_reason(tenant=tenant)
        create_job(tenant=tenant, code="JOB-1", on=station)
        services.set_status(station, "blocked", reason=create_stop_reason(tenant=tenant), by=person)
        StationAsset.objects.create(tenant=tenant, station=station, asset=station.asset, started_at=tenant.created_at)
        create_attachment(tenant=tenant, by=person)
        PerformanceLog.objects.create(tenant=tenant, station=station, log_date="2026-01-02", shift="day")
    return tenant


@pytest.fixture
def plants(transactional_db):
    return furnish(create_tenant(name="A")), furnish(create_tenant(name="B"))


def count(table, where="true", *values):
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table} where {where}", values)
        return cursor.fetchone()[0]


def tables():
    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name from information_schema.columns where column_name = 'tenant_id' and table_schema = "
            "'public' and table_name not in ('users', 'request_keys')"
        )
        return sorted(row[0] for row in cursor.fetchall())


def test_every_table_shows_only_the_tenants_own_rows_and_a_stranger_nothing(plants):
    a, b = plants
    assert len(tables()) > 20
    for table in tables():
        with tenant_context(a):
            assert count(table) > 0, f"{table}: the test has no row to hide"
            assert count(table, "tenant_id <> %s", a.pk) == 0, table
        with transaction.atomic():
            isolation.apply_settings(isolation.NOBODY)
            assert count(table) == 0, table
        with platform_context():
            assert count(table, "tenant_id = %s", b.pk) > 0, table


def test_no_row_of_another_tenant_can_be_changed_deleted_or_planted(plants):
    a, b = plants
    for model in ROWS:
        table = model._meta.db_table
        with platform_context():
            theirs = model.objects.filter(tenant=b).first().pk
        with tenant_context(a), connection.cursor() as cursor:
            if table != "events_log":  # append-only: refused before anything is looked at
                cursor.execute(
                    "select set_config('app.tree_locations', 'on', true), set_config('app.tree_assets', 'on', true)"
                )
                cursor.execute(f"update {table} set tenant_id = tenant_id where id = %s", [theirs])
                assert cursor.rowcount == 0, table
                cursor.execute(f"delete from {table} where id = %s", [theirs])
                assert cursor.rowcount == 0, table
    with pytest.raises(ProgrammingError, match="row-level security"), tenant_context(a):
        Station.objects.create(tenant=b, code="ST-99", name="planted", line="A")


def test_a_reference_to_another_tenants_row_is_refused(plants):
    a, b = plants
    with platform_context():
        theirs = {model: model.objects.get(tenant=b) for model in (Job, Station)}
    for fields in ({"job": theirs[Job]}, {"station": theirs[Station]}):
        with pytest.raises(IntegrityError, match="same_tenant"), tenant_context(a):
            own = {"job": Job.objects.get(), "station": Station.objects.get()}
            StationAssignment.objects.create(tenant=a, **own | fields, is_active=False, ended_at="2030-01-01T00:00Z")


def test_settings_do_not_leak_out_of_a_context(plants):
    a, b = plants
    with tenant_context(a):
        with tenant_context(b):
            assert Station.objects.get().tenant == b
        assert Station.objects.get().tenant == a
        with platform_context():
            assert Station.objects.count() == 2
        assert Station.objects.get().tenant == a
    assert not Station.objects.exists()


def test_two_tenants_may_own_the_same_code(plants):
    with platform_context():
        assert Station.objects.filter(code="ST-01").count() == 2


def test_the_guards_stand(db):
    assert isolation.problems() == []


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("alter table jobs disable row level security", "jobs has no row-level security"),
        ("alter table jobs no force row level security", "jobs has no row-level security"),
        ("drop policy of_tenant on jobs", "jobs has no row-level security"),
        ("alter policy of_tenant on jobs using (true)", "jobs has no row-level security"),
        ("alter policy of_tenant on tenants_history with check (true)", "tenants_history has no row-level security"),
    ],
)
def test_a_missing_guard_is_found(db, damage, sentence):
    with connection.cursor() as cursor:
        cursor.execute(damage)

    assert sentence in " ".join(isolation.problems())


@pytest.mark.parametrize("table", ["events_log", "audit_logs", "stations_history", "users_history"])
@pytest.mark.parametrize("statement", ["update {} set tenant_id = tenant_id", "delete from {}", "truncate {} cascade"])
def test_the_record_is_append_only_for_its_owner_too(plants, table, statement):
    with pytest.raises(IntegrityError, match="append-only"), tenant_context(plants[0]), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_an_event_cannot_choose_its_place_in_the_order(plants):
    with tenant_context(plants[0]), connection.cursor() as cursor, pytest.raises(ProgrammingError, match="seq"):
        cursor.execute(
            "insert into events_log (id, tenant_id, event_type, payload, occurred_at, created_at, seq) "
            "values (gen_random_uuid(), %s, 'note', '{}', now(), now(), 1)",
            [plants[0].pk],
        )


def test_seq_is_read_back_and_rises(plants):
    with tenant_context(plants[0]):
        first, second = (Event.objects.create(tenant=plants[0], event_type="note").seq for _ in range(2))
    assert first < second


def test_tenants_settings_have_a_checked_shape(db):
    from django.core.exceptions import ValidationError

    for settings in ({"agile_mod": True}, {"agile_mode": "yes"}, {"undo_seconds": -1}, {"andon_minutes": [5, 1]}, [1]):
        with pytest.raises(ValidationError):
            Tenant(name="x", slug="x", settings=settings).full_clean()
    Tenant(name="x", slug="x", settings={"agile_mode": True, "overrun_percent": 2.5}).full_clean()


def test_the_database_refuses_settings_that_are_no_object(db):
    with pytest.raises(IntegrityError, match="tenant_settings_are_an_object"):
        create_tenant(settings=["agile_mode"])
