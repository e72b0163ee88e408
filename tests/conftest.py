"""Starts the tests' database server before Django's settings are read (so they are not named in pyproject.toml)."""

import logging
import os
from collections import Counter

from tests import chromium, server
from tests.faults import table

server.start()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("LEANOPS_DEBUG", "1")  # static files as they lie in the tree; pytest-django turns DEBUG off again


def pytest_unconfigure():
    server.stop()


def pytest_terminal_summary(terminalreporter):
    # What the sweeps counted with record_property(…): how much was probed, tried, swept.
    counted: Counter = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, number in report.user_properties:
            if isinstance(number, int):  # (the faults keep a book of their own there)
                counted[name] += number
    if counted:
        terminalreporter.write_line("; ".join(f"{number} {name}" for name, number in counted.items()) + ".")
    if not chromium.found():
        terminalreporter.write_line(chromium.REQUEST)
    table.write(terminalreporter)


import django
import hypothesis
import pytest
from django.db import OperationalError, connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg.errors import DeadlockDetected

django.setup()

# How fast a machine is makes no test red: two cores that do other work as well take their time to make up examples.
hypothesis.settings.register_profile("leanops", suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("leanops")

_flush = DatabaseOperations.execute_sql_flush


def flush_past_the_guards(self, sql_list):
    """Empty the tables between tests that commit. Nothing else lifts a guard.

    A page that was just closed may still be served, and the database chooses which of the two gives way.
    """
    for _attempt in range(5):
        try:
            return _empty_past_the_guards(self, sql_list)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    return _empty_past_the_guards(self, sql_list)


def _empty_past_the_guards(self, sql_list):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select distinct tgrelid::regclass::text, tgname from pg_trigger "
            "where tgname in ('append_only', 'tree_guard') and not tgisinternal"
        )
        guards = cursor.fetchall()
        for table, trigger in guards:
            cursor.execute(f"alter table {table} disable trigger {trigger}")
        _flush(self, sql_list)
        for table, trigger in guards:
            cursor.execute(f"alter table {table} enable trigger {trigger}")


DatabaseOperations.execute_sql_flush = flush_past_the_guards


@pytest.fixture(scope="session")
def migrated_before(django_db_modify_db_settings):
    with server.migrated_before() as keep:
        yield keep


@pytest.fixture(scope="session")
def django_db_setup(migrated_before, django_db_setup):
    """The tests' database, copied from one that ran the same migrations before."""
    migrated_before()


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def tenant(db):
    """A plant, whose rows the test sees."""
    from apps.core.isolation import tenant_context
    from tests.factories import create_tenant

    plant = create_tenant()
    with tenant_context(plant):
        yield plant


@pytest.fixture
def plants(tenant, caplog):
    """One's own plant, furnished, and another, in which SECRET stands in every text."""
    from tests.factories import create_tenant
    from tests.furnished import furnish

    caplog.set_level(logging.CRITICAL, "django.request")  # what is refused is logged, thousands of times
    return furnish(tenant), furnish(create_tenant(name="B"), word="SECRET", code="B-")


def _person_fixture(role):
    @pytest.fixture(name=role)
    def person(tenant):
        from tests.factories import create_person

        return create_person(tenant=tenant, role=role)

    return person


operator = _person_fixture("operator")
technician = _person_fixture("technician")
supervisor = _person_fixture("supervisor")
manager = _person_fixture("manager")
admin = _person_fixture("admin")
