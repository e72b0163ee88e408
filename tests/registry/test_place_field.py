"""The choice of a place in forms: a list in a small plant, in a big one typed and suggested; what is switched off is not offered."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.isolation import platform_context, tenant_context
from apps.core.roles import Role
from apps.registry import place_field
from apps.registry.models import Asset, Location
from apps.registry.place_field import Places, suggested
from tests.factories import create_asset, create_location, create_person, create_tenant


@pytest.fixture
def halls(tenant):
    """Two sites, a hall in each, and a bay of the same name in both halls."""
    found = {}
    for site in ("North", "South"):
        found[site] = create_location(tenant=tenant, name=site)
        hall = create_location(tenant=tenant, name=f"Hall {site}", type="building", parent=found[site])
        found[f"Bay {site}"] = create_location(tenant=tenant, name="Bay", type="area", parent=hall)
    return found


@pytest.fixture
def many(monkeypatch):
    """A plant is big with three places."""
    monkeypatch.setattr(place_field, "FEW", 3)


@pytest.fixture
def client(tenant):
    client = Client()
    client.force_login(create_person(tenant=tenant, role=Role.MANAGER))
    return client


def test_few_places_are_a_list_as_the_tree_is_read(tenant, halls):
    chosen = list(Places(tenant=tenant, required=False).choices)

    assert [str(label).strip("\u00a0") for _key, label in chosen] == ["–", "North", "Hall North", "Bay", "South", "Hall South", "Bay"]  # fmt: skip


@pytest.mark.parametrize("typed", ["Hall North", "hall north", "North > Hall North", " north>hall north "])
def test_in_a_big_plant_a_place_is_typed(tenant, halls, many, typed):
    assert Places(tenant=tenant).clean(typed).name == "Hall North"


def test_a_name_that_several_places_have_asks_for_its_path(tenant, halls, many):
    field = Places(tenant=tenant)

    with pytest.raises(place_field.ValidationError, match="Several places"):
        field.clean("Bay")
    assert field.clean("Hall South > Bay") == halls["Bay South"]
    assert field.clean(str(halls["Bay North"].pk)) == halls["Bay North"]  # as links have it
    assert field.clean(field.prepare_value(halls["Bay North"].pk)) == halls["Bay North"]


def test_a_whole_path_is_enough_where_it_ends_another_one(tenant, halls, many):
    create_location(tenant=tenant, name="North", type="area", parent=halls["South"])

    assert Places(tenant=tenant).clean("North") == halls["North"]


@pytest.mark.parametrize("typed", ["Hall", "> >", "%", "\x00", "x" * 5000, "a>" * 400])
def test_what_is_no_place_is_told(tenant, halls, many, typed):
    with pytest.raises(place_field.ValidationError):
        Places(tenant=tenant).clean(typed)


def test_another_tenants_places_are_neither_found_nor_suggested(halls, many):
    other = create_tenant()
    with tenant_context(other):
        for name in ("A", "B", "C", "D"):
            create_location(tenant=other, name=name)

    with platform_context():  # where the database hides nothing
        assert suggested(other, "Hall", most=20) == []
        with pytest.raises(place_field.ValidationError, match="No place"):
            Places(tenant=other).clean("Hall North")
        with pytest.raises(place_field.ValidationError):
            Places(tenant=other).clean(str(halls["North"].pk))


def test_suggestions_are_paths_that_the_field_takes(tenant, halls, many, client):
    paths = suggested(tenant, "bay", most=20)

    assert paths == ["North > Hall North > Bay", "South > Hall South > Bay"]
    assert [Places(tenant=tenant).clean(path) for path in paths] == [halls["Bay North"], halls["Bay South"]]
    assert suggested(tenant, "North > Hall No", most=20) == ["North > Hall North"]
    page = client.get(reverse("registry:location_options"), {"location": "bay"})
    assert 'value="South &gt; Hall South &gt; Bay"' in page.content.decode()


def test_a_place_that_is_switched_off_takes_nothing_new_but_is_still_found(tenant, halls, client):
    Location.objects.filter(pk=halls["Bay North"].pk).update(is_active=False)
    asset = create_asset(tenant=tenant, location=halls["Bay South"])
    at = str(halls["Bay North"].pk)

    for address in (reverse("registry:asset_new"), reverse("registry:asset_move", args=[asset.pk])):
        assert client.post(address, {"name": "Saw", "criticality": "b", "location": at}).status_code == 422
    assert not Asset.objects.filter(location=halls["Bay North"]).exists()
    assert at not in client.get(reverse("registry:location_new")).content.decode()
    assert at in client.get(reverse("registry:assets")).content.decode()


@pytest.mark.parametrize("page", ["assets", "labels", "asset_new", "location_new"])
def test_a_page_is_the_same_with_thousands_of_places(tenant, client, page):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            size = len(client.get(reverse(f"registry:{page}")).content)
        return len(queries), size

    def add(count):
        top = Location.objects.get(tenant=tenant, parent=None)
        for n in range(count):
            create_location(tenant=tenant, name=f"Room {n}", type="room", parent=top)

    create_location(tenant=tenant)
    add(place_field.FEW)
    asked()
    before, size = asked()
    add(100)
    after, grown = asked()
    assert before == after
    assert abs(grown - size) < 50


def test_the_lists_filter_takes_a_typed_place_and_tells_what_it_cannot_read(tenant, halls, many, client):
    create_asset(tenant=tenant, name="Fan", location=halls["Bay North"])
    create_asset(tenant=tenant, name="Saw", location=halls["Bay South"])

    page = client.get(reverse("registry:assets"), {"location": "Hall North"})
    assert [row.name for row in page.context["rows"]] == ["Fan"]
    assert 'value="Hall North"' in page.content.decode()
    assert f"/labels/?place={Location.objects.get(name='Hall North').pk}" in page.content.decode()
    page = client.get(reverse("registry:assets"), {"location": "Bay"})
    assert "Several places are called" in page.content.decode()
    page = client.get(reverse("registry:labels"), {"place": "South"})
    assert [row.asset.name for row in page.context["rows"]] == ["Saw"]
