"""Tenants do not see each other, and the record stands: as the application's role, straight at every table.

The tables, keys and triggers come from the catalogue. Every probe (probes.py) is tried with its guard turned off, too.
"""

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, models, transaction

from apps.core import guards, isolation
from apps.core.isolation import platform_context, tenant_context
from apps.core.models import Tenant
from apps.shopfloor.models import Event, Station
from tests.core import probes
from tests.core.probes import outcome, run, value
from tests.factories import create_tenant
from tests.furnished import furnish

# Tables without a tenant's policies, and why. A table that is neither here nor under isolation fails.
OUTSIDE = {
    "tenants": "is read before the tenant is known; the application asks by key",
    "users": "is read to sign in, before the tenant is known; managers are careful",
    "django_session": "holds a key, and who it signs in",
    "django_migrations": "which migrations ran",
    "django_content_type": "names of models",
    "auth_permission": "names of models; rights come from roles",
    "auth_group": "unused: rights come from roles",
    "auth_group_permissions": "unused: rights come from roles",
    "django_admin_log": "unused: the audit log has it",
    "procrastinate_jobs": "the queue is the platform's; jobs carry their tenant and open its context",
    "procrastinate_events": "of the queue",
    "procrastinate_periodic_defers": "of the queue",
    "procrastinate_workers": "of the queue",
    "cache": "counts and used codes, by keys that name nobody",
    "axes_accessattempt": "wrong tries by hashed name, before anybody is known",
    "axes_accessattemptexpiration": "unused",
    "axes_accesslog": "unused: the audit log has it",
    "axes_accessfailurelog": "unused: the audit log has it",
    "mfa_authenticator": "a person's second factor, read to sign in; asked by person",
    "usersessions_usersession": "a person's sessions; asked by person",
    "socialaccount_socialaccount": "whom an OpenID provider means, read to sign in",
    "socialaccount_socialapp": "unused: the provider stands in the settings",
    "socialaccount_socialtoken": "unused: tokens are not kept",
    "account_emailaddress": "unused: addresses are in users",
    "account_emailconfirmation": "unused: addresses are in users",
}


@pytest.fixture
def plants(db):
    """Two plants with a row in every table; A is in force."""
    a, b = create_tenant(name="A"), create_tenant(name="B")
    found = furnish(a), furnish(b)
    with tenant_context(a):
        yield found


def test_every_table_is_under_isolation_or_says_why_not(db):
    assert probes.all_tables() == set(probes.tables_of_tenants()) | set(OUTSIDE)


def test_every_table_has_rows_to_hide(plants, record_property):
    for plant in plants:
        with tenant_context(plant["tenant"]):
            empty = [table for table in probes.tables_of_tenants() if not value(f"select count(*) from {table}")]
            assert empty == [], "furnish() leaves them empty: nothing would be probed there"
    record_property("tables swept", len(probes.tables_of_tenants()))


@pytest.mark.parametrize("act", probes.ATTEMPTS, ids=lambda act: act.__name__)
def test_no_table_lets_one_tenant_at_anothers_rows(plants, act, record_property):
    theirs, tables = plants[1]["tenant"].pk, probes.tables_of_tenants()

    assert [table for table in tables if probes.attempt(act, table, theirs)] == []
    record_property("attempts at tables", len(tables))


@pytest.mark.parametrize("damage", probes.GUARDS_OF_ROWS.values(), ids=probes.GUARDS_OF_ROWS)
@pytest.mark.parametrize("act", probes.ATTEMPTS, ids=lambda act: act.__name__)
def test_without_its_guard_every_table_would_let_it(plants, act, damage, record_property):
    theirs, tables = plants[1]["tenant"].pk, probes.tables_of_tenants()

    def tried(table):
        run(damage.format(table))
        return probes.attempt(act, table, theirs)

    assert [table for table in tables if not outcome(lambda: tried(table))] == []  # noqa: B023
    record_property("guards seen red", len(tables))


def test_with_no_tenant_nothing_is_there(plants):
    isolation.apply_settings(isolation.NOBODY)

    assert [table for table in probes.tables_of_tenants() if value(f"select count(*) from {table}")] == []


def test_the_platform_sees_all(plants):
    with platform_context():
        for table in probes.tables_of_tenants():
            assert value(f"select count(distinct tenant_id) from {table}") >= 2, table


def ids_of(plant):
    """A row of each table that others refer to, as the plant's own."""
    with tenant_context(plant["tenant"]):
        targets = {target for _table, _column, target in probes.references()}
        return {target: value(f"select id from {target} order by id limit 1") for target in targets}


def test_a_reference_to_another_tenants_row_is_refused(plants, record_property):
    theirs, found = ids_of(plants[1]), probes.references()

    assert len(found) > 10
    for table, column, target in found:
        with pytest.raises(IntegrityError, match=f"{column}_same_tenant"), probes.rolled_back():
            probes.refers(table, column, theirs[target])
    record_property("references probed", len(found))


def test_without_its_composite_key_every_reference_would_be_taken(plants, record_property):
    theirs, found = ids_of(plants[1]), probes.references()

    def tried(table, column, target):
        run(f"alter table {table} drop constraint {table}_{column}_same_tenant")
        return probes.refers(table, column, theirs[target])

    assert [key for key in found if not outcome(lambda: tried(*key))] == []  # noqa: B023
    record_property("guards seen red", len(found))


def test_every_key_of_the_models_is_one_of_the_database(db):
    """A key that the database does not know (db_constraint=False) would have no composite key either."""
    held = set(probes.tables_of_tenants())
    declared = {
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and not hasattr(model, "history_object")
    }
    assert {key for key in declared if key[0] in held and key[2] in held} <= set(probes.references())


# --- the record --------------------------------------------------------------------------------------------------------

RECORD = [
    ("append_only", probes.rewrites),
    ("append_only", probes.forgets),
    ("append_only", probes.empties),
    ("tree_guard", probes.moves),
    ("tree_guard", probes.prunes),
    ("audit", probes.history_without_audit),
    ("person", probes.history_without_person),
]


@pytest.mark.parametrize(("trigger", "act"), RECORD, ids=lambda x: getattr(x, "__name__", x))
def test_the_record_and_the_trees_stand_against_their_owner(plants, trigger, act):
    for table in probes.guarded_by(trigger):
        assert not outcome(lambda: act(table)), table  # noqa: B023


@pytest.mark.parametrize(("trigger", "act"), RECORD, ids=lambda x: getattr(x, "__name__", x))
def test_without_its_trigger_each_would_give_way(plants, trigger, act, record_property):
    def tried(table):
        run(f"alter table {table} disable trigger {trigger}")
        return act(table)

    tables = probes.guarded_by(trigger)
    assert [table for table in tables if not outcome(lambda: tried(table))] == []  # noqa: B023
    record_property("guards seen red", len(tables))


def test_every_guard_that_is_a_trigger_is_expected(db):
    """What a migration put under guard, its model says too (`is_append_only`, `history`): so the check can miss it."""
    names = {name for _table, name, *_what in guards.expected_triggers()}
    there = {(table, name) for name in names for table in probes.guarded_by(name)}

    assert there == {(table, name) for table, name, *_what in guards.expected_triggers()}


# --- what the check finds ----------------------------------------------------------------------------------------------


def test_the_guards_stand(db):
    assert guards.problems() == []


DAMAGE = {
    "alter table jobs disable row level security": "jobs has no row-level security",
    "alter table jobs no force row level security": "jobs has no row-level security",
    "drop policy of_tenant on jobs": "policies of the table jobs",
    "drop policy of_platform on request_keys": "policies of the table request_keys",
    "alter policy of_tenant on jobs using (true)": "policies of the table jobs",
    "alter policy of_tenant on tenants_history with check (true)": "policies of the table tenants_history",
    f"alter policy of_tenant on jobs using ({isolation.OF_TENANT} or line_hint = 'all')": "policies of the table jobs",
    "create policy slip on jobs for select using (true)": "policies of the table jobs",
    "alter policy of_platform on jobs to leanops, leanops_platform": "policies of the table jobs",
    "create table calendars (id uuid primary key, tenant_id uuid)": "calendars has no row-level security",
    "alter table calls drop constraint calls_station_id_same_tenant": "calls.station_id may refer",
    "drop trigger append_only on events_log": "events_log lacks its trigger append_only",
    "drop trigger append_only on jobs_history": "jobs_history lacks its trigger append_only",
    "drop trigger tree_guard on assets": "assets lacks its trigger tree_guard",
    "drop trigger audit on users_history": "users_history lacks its trigger audit",
    "drop trigger person on calls_history": "calls_history lacks its trigger person",
    "drop trigger personal on users": "users lacks its trigger personal",
    "alter table events_log disable trigger append_only": "append_only of events_log is switched off",
    "alter table assets enable replica trigger tree_guard": "tree_guard of assets is switched off",
    "create or replace trigger append_only before update on audit_logs for each statement "
    "execute function refuse_change()": "audit_logs lacks its trigger append_only",
    "create or replace trigger append_only before update or delete or truncate on audit_logs for each statement "
    "when (current_user = 'nobody') execute function refuse_change()": "audit_logs lacks its trigger append_only",
    "create function peek() returns bigint security definer language sql as 'select count(*) from jobs'": "peek runs",
    "create view all_jobs as select * from jobs": "view all_jobs reads",
    "create materialized view kept as select * from jobs": "view kept reads",
    "grant select on jobs to public": "rights on jobs",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_missing_guard_is_found(db, damage):
    run(damage)

    assert DAMAGE[damage] in " ".join(guards.problems())


def test_what_reads_with_the_readers_own_rights_is_no_problem(db):
    run("create view all_jobs with (security_invoker = true) as select * from jobs")

    assert guards.problems() == []


def test_a_table_that_is_yet_to_be_migrated_is_no_problem(db):
    """Or the check before an upgrade would refuse the upgrade."""
    run("drop table shift_exceptions_history")

    assert guards.problems() == []


def test_the_check_before_serving_is_quick(db, django_assert_num_queries):
    """By what it asks, not by the clock: a few questions to the catalogue, however many tables there are."""
    with django_assert_num_queries(len(guards.FAULTS) + 2):
        guards.problems()


# --- contexts and order ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_settings_do_not_leak_out_of_a_context():
    a, b = create_tenant(name="A"), create_tenant(name="B")
    furnish(a)
    furnish(b)
    with tenant_context(a):
        with tenant_context(b):
            assert {station.tenant for station in Station.objects.all()} == {b}
        assert {station.tenant for station in Station.objects.all()} == {a}
        with platform_context():
            assert {station.tenant for station in Station.objects.all()} == {a, b}
        assert {station.tenant for station in Station.objects.all()} == {a}
    assert not Station.objects.exists()


def test_two_tenants_may_own_the_same_code(plants):
    with platform_context():
        assert Station.objects.filter(code="ST-01").count() == 2


def test_an_event_cannot_choose_its_place_in_the_order(plants):
    with pytest.raises(ProgrammingError, match="seq"), transaction.atomic():
        run(
            "insert into events_log (id, tenant_id, event_type, payload, occurred_at, created_at, seq) "
            "values (gen_random_uuid(), %s, 'note', '{}', now(), now(), 1)",
            plants[0]["tenant"].pk,
        )


def test_seq_is_read_back_and_rises(plants):
    first, second = (Event.objects.create(tenant=plants[0]["tenant"], event_type="note").seq for _ in range(2))
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
