"""Every change leaves an audit row, whichever way it came."""

import pytest
from django.db import connection
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.core.isolation import own_context, tenant_context
from apps.core.models import AuditLog, User
from apps.shopfloor.models import Job
from tests.factories import create_job, create_person, create_station


def last(**filters):
    return AuditLog.objects.filter(**filters).order_by("-id").first()


def test_create_change_and_delete_are_told_with_person_and_values(supervisor):
    with tenant_context(supervisor.tenant, user=supervisor, request_id="r1"):
        station = create_station(tenant=supervisor.tenant, code="ST-01", name="Cutting")
        created = last()
        station.name = "Grinding"
        station._change_reason = "typing error"
        station.save()
        changed = last()
        key = str(station.pk)
        station.delete()

    assert (created.action, created.entity_type, created.entity_id) == ("create", "stations", key)
    assert created.user_id == supervisor.pk
    assert created.changes["name"] == [None, "Cutting"]
    assert (changed.action, changed.changes) == ("update", {"name": ["Cutting", "Grinding"]})
    assert (changed.reason, changed.request_id) == ("typing error", "r1")
    assert last().action == "delete"
    assert last().changes["name"] == ["Grinding", None]


def test_bulk_helpers_are_told_too(tenant):
    jobs = bulk_create_with_history(
        [Job(tenant=tenant, code=f"J{n}", part_name="x", qty_total=1) for n in range(3)], Job
    )
    for job in jobs:
        job.qty_total = 2
    bulk_update_with_history(jobs, Job, ["qty_total"])

    assert AuditLog.objects.filter(entity_type="jobs", action="create").count() == 3
    assert last(entity_type="jobs").changes == {"qty_total": [1, 2]}


def test_a_persons_name_and_address_stay_out_of_the_record(tenant):
    person = create_person(tenant=tenant, email="ana@example.com", name="Ana Kowalska", staff_number="4711")
    person.display_name, person.email = "Ana Nowak", "nowak@example.com"
    person.role = "manager"
    person.save()

    row = last(entity_type="users")
    assert row.changes == {"display_name": [None, None], "email": [None, None], "role": ["supervisor", "manager"]}
    told = str(list(AuditLog.objects.values())) + str(list(User.history.values()))
    assert not any(word in told for word in ("Ana", "ana@", "nowak", "4711"))


def test_passwords_and_sign_ins_are_not_in_the_record(tenant):
    person = create_person(tenant=tenant, password="a-plant-password")

    assert "password" not in last(entity_type="users").changes
    assert person.check_password("a-plant-password")


def test_a_platform_persons_record_belongs_to_no_tenant(db):
    person = User.objects.create_superuser("p@example.com", "a-plant-password")

    with own_context(person):
        row = last(entity_type="users")
    assert (row.tenant_id, row.entity_id) == (None, str(person.pk))


@pytest.mark.parametrize("qty", [2, 3])
def test_saving_what_did_not_change_tells_an_empty_change(tenant, qty):
    job = create_job(tenant=tenant, qty_total=qty)
    job.save()

    assert last(entity_type="jobs").changes == {}


def test_finding_the_version_before_reads_no_other_versions(db):
    """An index on a row's id alone tempts the planner to read all versions of the row at each change."""
    with connection.cursor() as cursor:
        cursor.execute(
            r"select x.indexrelid::regclass::text from pg_index x join pg_class t on t.oid = x.indrelid "
            r"join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0] "
            r"where t.relname like '%\_history' and a.attname in ('id', 'history_date')"
        )
        assert cursor.fetchall() == []
