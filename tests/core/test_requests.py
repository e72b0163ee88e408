"""Around every request: request keys, rules as answers, the transaction, sign-in, tenants."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from apps.core import middleware
from apps.core.models import RequestKey
from apps.shopfloor.models import Event, Station
from tests.factories import create_person, create_platform_person, create_station, create_tenant


def post(client, station, **data):
    return client.post(f"/stations/{station.pk}/status/", data, headers={"HX-Request": "true"})


def test_the_same_key_gets_the_first_answer_again(client, supervisor):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)

    first = post(client, station, status="running", request_key="k1")
    again = post(client, station, status="running", request_key="k1")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again["Idempotent-Replay"] == "true"
    assert Event.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(client, supervisor):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)
    post(client, station, status="running", request_key="k1")

    assert post(client, station, status="idle", request_key="k1").status_code == 422
    assert Station.objects.get().status == "running"


def test_a_refused_press_may_be_tried_again_with_its_key(client, supervisor):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)

    assert post(client, station, status="running", seen=99, request_key="k1").status_code == 409
    assert not RequestKey.objects.exists()
    assert post(client, station, status="running", seen=1, request_key="k1").status_code == 200


def test_two_people_may_use_the_same_key(client, supervisor, operator):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)
    post(client, station, status="running", request_key="k1")
    client.force_login(operator)

    assert post(client, station, status="idle", request_key="k1").status_code == 200
    assert Station.objects.get().status == "idle"


@pytest.mark.parametrize("key", ["x" * 201, "a\x00b", "a\nb"])
def test_an_unusable_key_is_refused(client, supervisor, key):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)

    assert post(client, station, status="running", request_key=key).status_code == 422


def test_another_tenants_station_is_not_there(client, supervisor):
    from apps.core.isolation import tenant_context

    other = create_tenant()
    with tenant_context(other):
        station = create_station(tenant=other)
    client.force_login(supervisor)

    assert post(client, station, status="running").status_code == 404
    assert client.get(f"/stations/{station.pk}/").status_code == 404


def test_a_stranger_is_sent_to_sign_in_a_fragment_as_a_whole_page(client, db):
    assert client.get("/board/").headers["Location"] == "/sign-in/?next=/board/"
    answer = client.get("/board/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/sign-in/?next=/board/")


def test_a_platform_person_chooses_a_tenant_first(client, db):
    from apps.core.isolation import tenant_context

    tenant = create_tenant(name="Works One")
    with tenant_context(tenant):
        create_station(tenant=tenant, code="ST-77")
    client.force_login(create_platform_person())

    assert client.get("/board/").headers["Location"] == "/platform/"
    assert "Works One" in client.get("/platform/").content.decode()
    client.post("/platform/", {"tenant": tenant.pk})
    assert "ST-77" in client.get("/board/").content.decode()


def test_a_one_time_password_is_changed_first(client, tenant):
    client.force_login(create_person(tenant=tenant, must_change_password=True))

    assert client.get("/board/").headers["Location"] == "/password/"


def answer_to(error, tenant, path="/x/"):
    """What a view that meets this error answers, through the real middleware."""
    calls = []

    def view(request):
        calls.append(1)
        response = middleware.RuleMiddleware(lambda r: r).process_exception(request, error)
        return response or HttpResponse("not handled", status=500)

    request = RequestFactory().post(path, headers={"HX-Request": "true"})
    request.user, request.tenant, request.id, request.htmx = create_person(tenant=tenant), tenant, "r", True
    request.session = SessionStore()
    request.resolver_match = type("Match", (), {"func": view})
    return middleware.TenantTransaction(view)(request), len(calls)


def broken(kind, state):
    error = kind("refused")
    error.__cause__ = type("Cause", (Exception,), {"sqlstate": state})()
    return error


@pytest.mark.parametrize(
    ("error", "status", "tries"),
    [
        (broken(OperationalError, "40P01"), 503, 3),
        (broken(OperationalError, "55P03"), 503, 3),
        (broken(IntegrityError, "23505"), 409, 1),
        (broken(DataError, "22003"), 400, 1),
        (broken(OperationalError, None), 503, 1),
        (broken(InterfaceError, None), 503, 1),
        (broken(OperationalError, "57P01"), 503, 1),
        (broken(OperationalError, "53300"), 503, 1),
        (broken(OperationalError, "57014"), 503, 1),
        (broken(OperationalError, "53100"), 507, 1),
    ],
)
def test_what_the_database_refuses_becomes_a_sentence(tenant, error, status, tries):
    response, calls = answer_to(error, tenant)

    assert (response.status_code, calls) == (status, tries)
    assert response["HX-Retarget"] == "#notices"


def test_the_servers_log_holds_one_line_and_no_values_of_what_the_database_refused(tenant, caplog):
    error = broken(IntegrityError, "23505")
    error.args = ("duplicate key value\nDETAIL:  Key (email)=(ana@north.example) already exists.",)

    answer_to(error, tenant, path="/x%0AERROR all is well/")

    (line,) = [record.getMessage() for record in caplog.records if "refused by the database" in record.message]
    assert "duplicate key value" in line and "ana@" not in line and "\n" not in line


def test_a_buttons_address_opened_as_a_page_says_so(client, supervisor):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)

    answer = client.get(f"/stations/{station.pk}/take-off/")

    assert answer.status_code == 405 and "done with a button" in answer.text


@pytest.mark.parametrize("came", ["javascript:alert(1)", "http://elsewhere.example/", "//elsewhere.example"])
def test_the_way_back_from_a_refusal_stays_here(client, supervisor, came):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)

    answer = client.post(f"/stations/{station.pk}/take-off/", headers={"Referer": came})

    assert answer.status_code == 409 and came not in answer.text


@pytest.mark.parametrize("wanted", ["board", "core:home", "x/y", "//elsewhere.example/"])
def test_a_next_that_is_no_page_of_ours_is_passed_over(client, supervisor, wanted):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)

    answer = client.post(f"/stations/{station.pk}/note/", {"text": "x", "next": wanted})

    assert (answer.status_code, answer["Location"]) == (302, "/board/")


def test_an_answer_with_a_secret_is_not_kept(client, admin):
    person = create_person(tenant=admin.tenant)
    client.force_login(admin)

    answer = client.post(f"/admin/core/user/{person.pk}/one-time-password/", headers={"Idempotency-Key": "k"})

    assert answer.status_code == 200
    assert bytes(RequestKey.objects.get().body) == b""
