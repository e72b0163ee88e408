"""The places a person's pages show: chosen by the person, by an admin, by a program."""

import pytest

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog, User
from tests.api.client import Program
from tests.factories import create_location, create_tenant


@pytest.fixture
def places(tenant):
    site = create_location(tenant=tenant, name="North")
    return site, create_location(tenant=tenant, name="Hall", type="building", parent=site)


@pytest.fixture
def theirs(tenant):
    other = create_tenant()
    with tenant_context(other):
        return create_location(tenant=other, name="Their site")


def of(person):
    return User.objects.get(pk=person.pk).locations


def test_a_person_chooses_places_by_their_path(client, operator, places, theirs):
    client.force_login(operator)

    page = client.get("/settings/").text
    assert "North &gt; Hall" in page and "Their site" not in page
    answer = client.post("/settings/", {"locations": [str(places[1].pk)], "theme": "dark"})

    assert answer.status_code == 302
    assert of(operator) == [places[1].pk]
    change = AuditLog.objects.filter(entity_type="users", action="update").get()
    assert change.changes["locations"] == [[], [str(places[1].pk)]]


@pytest.mark.parametrize("wrong", ["x", "\x00", "theirs"])
def test_a_place_that_is_not_there_is_refused(client, operator, places, theirs, wrong):
    client.force_login(operator)
    key = str(theirs.pk) if wrong == "theirs" else wrong

    assert client.post("/settings/", {"locations": [key], "theme": "dark"}).status_code == 422
    assert of(operator) == []


def test_a_place_out_of_use_stays_until_it_is_unticked(client, operator, places):
    operator.locations = [places[1].pk]
    operator.save()
    places[1].is_active = False
    places[1].save()
    client.force_login(operator)

    assert "A place that is not in use any more" in client.get("/settings/").text
    client.post("/settings/", {"locations": [str(places[1].pk)], "theme": "dark"})
    assert of(operator) == [places[1].pk]
    client.post("/settings/", {"theme": "dark"})
    assert of(operator) == []


def test_an_admin_chooses_for_others(client, admin, operator, places):
    client.force_login(admin)
    address = f"/admin/core/user/{operator.pk}/change/"

    assert "North &gt; Hall" in client.get(address).text
    body = {"display_name": "Op", "email": operator.email, "role": "operator", "is_active": "1"}
    assert client.post(address, body | {"locations": [str(places[0].pk)]}).status_code == 302
    assert of(operator) == [places[0].pk]


def test_a_program_does_too(admin, operator, places, theirs):
    address, program = f"/api/v1/users/{operator.pk}/", Program(admin)

    assert program.patch(address, {"locations": [str(places[0].pk)]}).json()["locations"] == [str(places[0].pk)]
    refused = program.patch(address, {"locations": [str(theirs.pk)]})
    assert (refused.status_code, list(refused.json())) == (400, ["locations"])
    assert of(operator) == [places[0].pk]


def test_of_very_many_places_the_upper_ones_are_offered(tenant, places, monkeypatch):
    from apps.core import services

    monkeypatch.setattr(services, "MOST_PLACES", 1)
    assert services.place_names(tenant) == [(places[0].pk, "North")]
