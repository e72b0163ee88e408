"""Managers are told once, 30 days before, of what ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.models import Notification
from apps.core.roles import Role
from apps.registry import services
from apps.registry.tasks import tell_of_expiry
from apps.registry.telling import EXPIRY
from tests.factories import create_asset, create_person, create_tenant, photo


def days(number):
    """A date by the clock of the plants of the tests."""
    return timezone.localdate(timezone=ZoneInfo("Europe/Warsaw")) + timedelta(days=number)


def told():
    return [
        EXPIRY.describe(row.parts) for row in Notification.objects.filter(kind="expiry").order_by("created_at", "pk")
    ]


def test_managers_are_told_thirty_days_before_and_once(tenant):
    manager = create_person(tenant=tenant, role=Role.MANAGER)
    create_person(tenant=tenant, role=Role.SUPERVISOR)
    press = create_asset(tenant=tenant, name="Press", warranty_end=days(30))
    create_asset(tenant=tenant, name="Later", warranty_end=days(31))
    create_asset(tenant=tenant, name="Long ago", warranty_end=days(-31))
    services.retire_asset(create_asset(tenant=tenant, name="Gone", warranty_end=days(5)))
    services.add_document(press, photo(), by=None, title="Permit", expires_date=days(3))

    assert tell_of_expiry() == 2
    assert tell_of_expiry() == 0

    assert sorted(told()) == [
        f"The warranty of Press ends on {days(30)}",
        f"“Permit” of Press expires on {days(3)}",
    ]
    assert set(Notification.objects.values_list("person", "url")) == {(manager.pk, f"/assets/{press.pk}/")}


def test_a_day_that_moves_is_told_anew(tenant):
    create_person(tenant=tenant, role=Role.MANAGER)
    press = create_asset(tenant=tenant, name="Press", warranty_end=days(10))
    tell_of_expiry()

    press.warranty_end = days(20)
    services.save_asset(press)

    assert tell_of_expiry() == 1 and len(told()) == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once():
    plants = [create_tenant(), create_tenant()]
    for plant in plants:
        with tenant_context(plant):
            create_person(tenant=plant, role=Role.MANAGER)
            for n in range(5):
                create_asset(tenant=plant, name=f"Press {n}", warranty_end=days(n))

    def work(_number):
        try:
            return tell_of_expiry()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 10
