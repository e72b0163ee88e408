"""A person's own settings: lines, theme."""

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog, User
from tests.factories import create_platform_person, create_station, create_tenant


def test_the_page_offers_the_tenants_lines(client, operator):
    create_station(tenant=operator.tenant, line="Line B")
    create_station(tenant=operator.tenant, line="Line A")
    other = create_tenant()
    with tenant_context(other):
        create_station(tenant=other, line="Their line")
    client.force_login(operator)

    page = client.get("/settings/").text

    assert page.index("Line A") < page.index("Line B")
    assert "Their line" not in page
    assert 'name="language"' not in page


def test_lines_and_theme_are_kept_with_a_record(client, operator):
    create_station(tenant=operator.tenant, line="Line A")
    client.force_login(operator)

    answer = client.post("/settings/", {"lines": ["Line A"], "theme": "dark"})

    person = User.objects.get(pk=operator.pk)
    assert answer.status_code == 302
    assert (person.lines, person.theme) == (["Line A"], "dark")
    assert 'data-theme="dark"' in client.get("/settings/").text
    with tenant_context(operator.tenant):
        change = AuditLog.objects.filter(entity_type="users", action="update").get()
        assert change.changes == {"lines": [[], ["Line A"]], "theme": ["system", "dark"]}
        assert change.user_id == operator.pk


def test_a_line_that_does_not_exist_is_refused(client, operator):
    create_station(tenant=operator.tenant, line="Line A")
    client.force_login(operator)

    assert client.post("/settings/", {"lines": ["Line Z"], "theme": "dark"}).status_code == 422
    assert User.objects.get(pk=operator.pk).theme == "system"


def test_nothing_but_ones_own_settings_is_taken(client, operator):
    client.force_login(operator)

    client.post("/settings/", {"theme": "light", "role": "admin", "is_superuser": "on", "display_name": "Boss"})

    person = User.objects.get(pk=operator.pk)
    assert (person.role, person.is_superuser, person.display_name) == ("operator", False, operator.display_name)
    assert person.theme == "light"


def test_a_platform_person_has_settings_too(client, tenant):
    platform = create_platform_person()
    client.force_login(platform)
    session = client.session
    session["tenant"] = str(tenant.pk)
    session.save()

    assert client.post("/settings/", {"theme": "dark"}).status_code == 302
    assert User.objects.get(pk=platform.pk).theme == "dark"
