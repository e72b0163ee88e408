"""A platform superuser makes the first tenant, in the browser."""

import pytest
from django.test import Client

from apps.core.isolation import platform_context, tenant_context
from apps.core.models import AuditLog, Tenant, User
from apps.core.passwords import DEMO_PASSWORD
from apps.shopfloor.models import ScrapReason, StopReason
from tests.factories import create_person, create_platform_person, create_tenant


def create(client, **data):
    return client.post("/platform/", {"name": "Works One", "slug": "works", "timezone": "Europe/Warsaw"} | data)


def test_a_new_tenant_is_made_chosen_and_has_reasons_to_start_with(client, db):
    platform = create_platform_person()
    client.force_login(platform)
    assert "first one" in client.get("/platform/").content.decode()

    answer = create(client)

    tenant = Tenant.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    with tenant_context(tenant):
        assert StopReason.objects.filter(code="unspecified").exists()
        assert StopReason.objects.count() > 6
        assert ScrapReason.objects.exists()
        assert AuditLog.objects.get(entity_type="tenants").user_id == platform.pk


@pytest.mark.parametrize(
    "data", [{"slug": "taken"}, {"slug": "no spaces"}, {"timezone": "Mars/Olympus"}, {"name": ""}, {"name": "\x00"}]
)
def test_what_cannot_be_is_said_beside_its_field(client, db, data):
    create_tenant(slug="taken")
    client.force_login(create_platform_person())

    answer = create(client, **data)

    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert Tenant.objects.count() == 1


def test_nobody_else_makes_tenants(client, admin):
    client.force_login(admin)

    assert create(client).status_code == 403
    assert create_person(tenant=admin.tenant).tenant == Tenant.objects.get()


@pytest.fixture
def demos_platform(db):
    """The platform's account as the demo leaves it: everybody knows its password."""
    create_tenant(slug="north")
    return User.objects.create_superuser("platform@example.com", DEMO_PASSWORD)


def sign_in(person, password):
    return Client().post("/sign-in/", {"username": person.email, "password": password})


def test_the_demos_password_opens_no_plant_of_ones_own(demos_platform):
    assert sign_in(demos_platform, DEMO_PASSWORD).status_code == 302

    create_tenant(slug="works")  # by whatever way it came

    refused = sign_in(demos_platform, DEMO_PASSWORD)
    assert refused.status_code == 200 and "Everybody knows" in refused.text
    demos_platform.set_password("quite-another-word")
    with platform_context():
        demos_platform.save()
    assert sign_in(demos_platform, "quite-another-word").status_code == 302


def test_who_makes_a_plant_has_a_password_of_the_own_first(client, demos_platform):
    client.force_login(demos_platform)

    answer = create(client)

    assert (answer.status_code, answer["Location"]) == (302, "/password/")
    assert not Tenant.objects.filter(slug="works").exists()
    new = {"old_password": DEMO_PASSWORD, "new_password1": "quite-another-word", "new_password2": "quite-another-word"}
    assert client.post("/password/", new).status_code == 302
    assert create(client)["Location"] == "/admin/"
