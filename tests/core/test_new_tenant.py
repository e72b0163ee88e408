"""A platform superuser makes the first tenant, in the browser."""

import pytest

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog, Tenant
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
