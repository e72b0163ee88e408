"""Programs at once, over real connections: nothing is lost."""

import pytest
from django.db import transaction

from apps.core.isolation import tenant_context
from apps.core.webhooks.models import Webhook, WebhookDelivery
from apps.core.webhooks.services import delete_webhook
from apps.shopfloor.services import set_status
from tests.api.client import Program
from tests.factories import create_person, create_station, create_tenant, create_webhook
from tests.shopfloor.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plant():
    return create_tenant()


def test_two_who_change_different_things_of_one_person_lose_neither(plant):
    with tenant_context(plant):
        person = create_person(tenant=plant, role="operator")
        programs = [Program(create_person(tenant=plant, role="admin")) for _ in range(2)]
    changes = [{"display_name": "Ann"}, {"lines": ["Line A"]}]
    at = f"users/{person.pk}/"

    for _round in range(5):
        programs[0].patch(at, {"display_name": "Nobody", "lines": []})
        codes = at_once(2, lambda n: programs[n].patch(at, changes[n]).status_code)
        assert codes == [200, 200]
        now = programs[0].get(at).json()
        assert (now["display_name"], now["lines"]) == ("Ann", ["Line A"])


def test_of_ten_who_change_what_they_saw_of_a_person_one_wins(plant):
    with tenant_context(plant):
        person = create_person(tenant=plant, role="operator")
        programs = [Program(create_person(tenant=plant, role="admin")) for _ in range(10)]
    at = f"users/{person.pk}/"
    seen = programs[0].get(at)["ETag"]

    codes = at_once(10, lambda n: programs[n].patch(at, {"display_name": f"Ann {n}"}, If_Match=seen).status_code)

    assert sorted(codes) == [200] + [409] * 9


def test_a_webhook_that_is_deleted_meanwhile_stops_nobody_on_the_floor(plant):
    with tenant_context(plant):
        station = create_station(tenant=plant)
        stays, goes = create_webhook(tenant=plant), create_webhook(tenant=plant)

    def act(_n):
        with tenant_context(plant):
            set_status(station, "running", by=None)

    with tenant_context(plant):
        with transaction.atomic():
            delete_webhook(goes)
            at_once(1, act)  # and comes back before the deletion is committed
        assert list(Webhook.objects.all()) == [stays]
        assert [delivery.webhook_id for delivery in WebhookDelivery.objects.all()] == [stays.pk]
