"""Signing in and out, passwords, and the platform's choice of tenant."""

import pytest
from django.urls import reverse

from apps.core.isolation import own_context, platform_context, tenant_context
from apps.core.models import AuditLog, User
from apps.core.roles import Role
from tests.factories import PASSWORD, create_person, create_platform_person, create_tenant

SIGN_IN = "/sign-in/"


@pytest.fixture
def person(tenant):
    return create_person(tenant=tenant, email="Ana@north.example", password=PASSWORD)


@pytest.fixture
def platform(db):
    return create_platform_person()


def sign_in(client, address="ana@north.example", password=PASSWORD, **data):
    return client.post(SIGN_IN, {"username": address, "password": password, **data})


def accesses(tenant):
    with tenant_context(tenant):
        logins = AuditLog.objects.filter(tenant=tenant, action__startswith="log").order_by("id")
        return list(logins.values_list("action", "entity_id", "user_id"))


def test_a_person_signs_in_by_address_in_any_case_and_lands_at_the_start(client, person):
    client.get(SIGN_IN)
    before = client.session.session_key

    answer = sign_in(client)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(person.pk)
    assert client.session.session_key != before
    assert User.objects.get(pk=person.pk).last_login is not None
    assert accesses(person.tenant) == [("login", str(person.pk), person.pk)]
    with tenant_context(person.tenant):
        assert person.history.count() == 1  # being made; signing in is no change


def test_a_wrong_password_is_refused_and_recorded_without_the_address(client, person):
    answer = sign_in(client, password="not-the-password")

    assert answer.status_code == 200 and "do not go together" in answer.text
    assert "_auth_user_id" not in client.session
    assert accesses(person.tenant) == [("login_failed", str(person.pk), None)]
    with tenant_context(person.tenant):
        assert "ana" not in str(AuditLog.objects.filter(action="login_failed").values().get()).lower()


def test_an_unknown_address_gets_the_same_words_and_leaves_no_record(client, person):
    answer = sign_in(client, address="nobody@north.example")

    assert "do not go together" in answer.text
    with platform_context():
        assert not AuditLog.objects.filter(action="login_failed").exists()


def test_who_was_switched_off_is_told_so_with_the_right_password_only(client, person):
    person.is_active = False
    with own_context(person):
        person.save()

    assert "switched off" in sign_in(client).text
    assert "switched off" not in sign_in(client, password="not-the-password").text
    assert "_auth_user_id" not in client.session


def test_deactivating_ends_the_session_at_once(client, person):
    sign_in(client)
    person.is_active = False
    with own_context(person):
        person.save()

    assert client.get("/settings/").status_code == 302


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/activity/?kind=note", "/activity/?kind=note"),
        ("https://evil.example/", "/"),
        ("//evil.example/x", "/"),
        ("javascript:alert(1)", "/"),
        ("/sign-in/", "/"),
    ],
)
def test_after_signing_in_one_goes_on_within_this_host_only(client, person, wanted, place):
    assert sign_in(client, next=wanted)["Location"] == place
    assert client.get(SIGN_IN, {"next": wanted})["Location"] == place


def test_signing_out_ends_the_session_and_is_recorded(client, person):
    sign_in(client)

    assert client.get("/sign-out/").status_code == 405
    answer = client.post("/sign-out/")

    assert answer["Location"] == SIGN_IN
    assert client.get("/settings/")["Location"].startswith(SIGN_IN)
    assert [row[0] for row in accesses(person.tenant)] == ["login", "logout"]


def test_the_password_is_changed_and_the_session_kept_while_others_end(client, person):
    from django.test import Client

    elsewhere = Client()
    sign_in(client)
    sign_in(elsewhere)
    new = {"old_password": PASSWORD, "new_password1": "quite-another-word", "new_password2": "quite-another-word"}

    answer = client.post("/password/", new)

    assert answer.status_code == 302
    assert client.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302
    assert User.objects.get(pk=person.pk).check_password("quite-another-word")


@pytest.mark.parametrize(
    "data",
    [
        {"old_password": "wrong", "new_password1": "quite-another-word", "new_password2": "quite-another-word"},
        {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"},
        {"old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD},
        {"old_password": PASSWORD, "new_password1": "quite-another-word", "new_password2": "mistyped-word"},
    ],
)
def test_a_bad_new_password_is_refused(client, person, data):
    sign_in(client)

    assert client.post("/password/", data).status_code == 422
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)


def test_a_one_time_password_opens_nothing_but_its_change(client, person):
    person.must_change_password = True
    with own_context(person):
        person.save()
    sign_in(client)

    assert client.get("/settings/")["Location"] == "/password/"
    assert "one-time" in client.get("/password/").text
    new = {"old_password": PASSWORD, "new_password1": "quite-another-word", "new_password2": "quite-another-word"}
    client.post("/password/", new)

    assert client.get("/settings/").status_code == 200
    with tenant_context(person.tenant):
        assert person.history.first().must_change_password is False
        told = AuditLog.objects.filter(entity_type="users", action="update").latest("id")
        assert told.user_id == person.pk
        assert told.changes == {"must_change_password": [True, False], "password": [None, None]}


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.MANAGER])
def test_the_floor_begins_on_the_board(client, tenant, role):
    client.force_login(create_person(tenant=tenant, role=role))

    assert client.get("/")["Location"] == reverse("shopfloor:board")


def test_operators_begin_at_their_station(client, tenant):
    client.force_login(create_person(tenant=tenant, role=Role.OPERATOR))

    assert client.get("/")["Location"] == reverse("shopfloor:my_station")


def test_technicians_begin_with_their_work(client, tenant):
    client.force_login(create_person(tenant=tenant, role=Role.TECHNICIAN))

    assert client.get("/")["Location"] == reverse("maintenance:my_work")


def test_admins_begin_in_the_admin(client, admin):
    client.force_login(admin)

    assert client.get("/")["Location"] == "/admin/"


def test_a_platform_person_chooses_a_tenant_first(client, platform, tenant):
    other = create_tenant(name="South plant")
    answer = sign_in(client, platform.email)
    assert client.get(answer["Location"])["Location"] == "/platform/"
    page = client.get("/platform/").text
    assert tenant.name in page and other.name in page

    chosen = client.post("/platform/", {"tenant": other.pk})

    assert chosen["Location"] == reverse("shopfloor:board")
    assert client.get("/settings/").status_code == 200
    assert client.post("/platform/", {"tenant": "0199"}).status_code == 422
    with platform_context():
        login = AuditLog.objects.get(action="login")
        assert (login.tenant_id, login.entity_id) == (None, str(platform.pk))


def test_nobody_else_chooses_a_tenant(client, admin):
    other = create_tenant()
    client.force_login(admin)

    assert client.get("/platform/").status_code == 403
    assert client.post("/platform/", {"tenant": other.pk}).status_code == 403


def test_a_platform_persons_password_is_changed_without_a_tenant(client, platform):
    sign_in(client, platform.email)
    new = {"old_password": PASSWORD, "new_password1": "quite-another-word", "new_password2": "quite-another-word"}

    assert client.post("/password/", new).status_code == 302
    assert User.objects.get(pk=platform.pk).check_password("quite-another-word")
