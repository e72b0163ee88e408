"""People who were switched off and still have something to do or to give back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import hooks
from apps.core.isolation import tenant_context
from apps.shopfloor import services
from apps.shopfloor.models import Call
from tests.factories import create_person, create_station, create_tenant


@pytest.fixture
def technician_on_call(tenant):
    """Somebody who said “I come” and has not been there yet."""
    person = create_person(tenant=tenant, role="technician", name="Piotr Sikora")
    call = services.call_for(create_station(tenant=tenant, code="ST-07"), "maintenance", by=None)
    services.acknowledge_call(call, by=person)
    return person


def fields(person, **changed):
    data = {"display_name": person.display_name, "email": person.email, "role": person.role, "is_active": "on"}
    return {name: value for name, value in (data | changed).items() if value is not None}


def test_switching_somebody_off_says_what_is_left_with_the_way_there(client, admin, technician_on_call):
    client.force_login(admin)
    address = f"/admin/core/user/{technician_on_call.pk}/change/"

    page = client.post(address, fields(technician_on_call, is_active=None), follow=True).text

    assert "Piotr Sikora still has" in page
    assert f'<a href="/stations/{Call.objects.get().station_id}/">Call for maintenance at ST-07' in page


def test_so_does_the_action_on_many(client, admin, technician_on_call):
    client.force_login(admin)
    chosen = {"action": "deactivate", "_selected_action": [technician_on_call.pk, admin.pk]}

    page = client.post("/admin/core/user/", chosen, follow=True).text

    assert "Piotr Sikora still has" in page


def test_saving_somebody_who_stays_says_nothing(client, admin, technician_on_call):
    client.force_login(admin)

    page = client.post(
        f"/admin/core/user/{technician_on_call.pk}/change/", fields(technician_on_call), follow=True
    ).text

    assert "still has" not in page


def test_the_page_of_leavers_lists_them_until_nothing_is_left(client, supervisor, technician_on_call):
    client.force_login(supervisor)
    assert "Nothing is left" in client.get("/people/leavers/").text  # still here
    technician_on_call.is_active = False
    technician_on_call.save()

    page = client.get("/people/leavers/").text
    assert "Piotr Sikora" in page and "Call for maintenance at ST-07" in page

    services.resolve_call(Call.objects.get(), by=supervisor)
    assert "Nothing is left" in client.get("/people/leavers/").text


def test_another_tenants_leavers_are_not_there(client, supervisor):
    other = create_tenant()
    with tenant_context(other):
        person = create_person(tenant=other, name="Jon Bielak", is_active=False)
        call = services.call_for(create_station(tenant=other), "help", by=None)
        services.acknowledge_call(call, by=person)
    client.force_login(supervisor)

    assert "Jon Bielak" not in client.get("/people/leavers/").text


def test_the_page_asks_as_often_for_many_leavers(client, supervisor):
    def leave(number):
        person = create_person(tenant=supervisor.tenant, is_active=False)
        station = create_station(tenant=supervisor.tenant, code=f"ST-{number}")
        services.acknowledge_call(services.call_for(station, "help", by=None), by=person)

    def queries():
        with CaptureQueriesContext(connection) as found:
            client.get("/people/leavers/")
        return len(found)

    client.force_login(supervisor)
    leave(1)
    queries()
    few = queries()
    for number in range(2, 10):
        leave(number)

    assert queries() == few


def test_other_apps_are_told_at_once_and_once(client, admin, technician_on_call):
    told = []
    hooks.told_of_leavers(lambda person, by: told.append((person, by)))
    client.force_login(admin)
    address = f"/admin/core/user/{technician_on_call.pk}/change/"
    try:
        client.post(address, fields(technician_on_call, display_name="Piotr S."))
        assert told == []
        client.post(address, fields(technician_on_call, is_active=None))
        client.post(address, fields(technician_on_call, is_active=None))
    finally:
        hooks._deactivated.pop()

    assert told == [(technician_on_call, admin)]
