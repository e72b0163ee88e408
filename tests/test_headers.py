"""What every answer carries, and that no page asks for what the content policy forbids: every address, every kind."""

import http.client
import re
import socket
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from apps.core.isolation import tenant_context
from apps.core.roles import EVERYONE
from tests.factories import PASSWORD, create_asset, create_location, create_person, create_scrap_reason, create_tenant
from tests.furnished import furnish
from tests.serving import real_server
from tests.sweep import all_addresses, at

EXPECTED = {
    # files that people sent (apps/core/file_views.py) have the stricter one
    "Content-Security-Policy": r"sandbox; default-src 'none'|default-src 'self';.* object-src 'none';.* base-uri 'none'; frame-ancestors 'none'; form-",
    "Permissions-Policy": r"camera=\(self\).*microphone=\(\)",
    "Cross-Origin-Opener-Policy": "same-origin$",
    "Cross-Origin-Resource-Policy": "same-origin$",
    "Referrer-Policy": "same-origin$",
    "X-Content-Type-Options": "nosniff$",
    "Cache-Control": "no-store|(private, )?max-age",
}


class Forbidden(HTMLParser):
    """What a page has that the content policy would refuse, or that comes from elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.found, self.within = [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.within = tag if tag == "script" and "src" not in given and "json" not in given.get("type", "") else None
        self.found += [f"<{tag} {name}>" for name in given if name == "style" or re.match(r"on[a-z]+$", name)]
        self.found += [f"<{tag}>"] if tag in ("style", "base", "iframe", "object", "embed") else []
        for name in ("src", "href", "action", "formaction", "data", "poster"):
            where = (given.get(name) or "").strip().lower()
            is_link = tag == "a" and name == "href"
            if where.startswith(("javascript:", "vbscript:")) or (
                where.startswith(("http:", "https:", "//")) and not is_link
            ):
                self.found.append(f"<{tag} {name}={where}>")

    def handle_data(self, data):
        if self.within and data.strip():
            self.found.append(f"<script>{data.strip()[:40]}")

    def handle_endtag(self, tag):
        self.within = None


def missing(headers, **other) -> list[str]:
    """Names of the headers that an answer lacks or has wrong."""
    wanted = EXPECTED | {name.replace("_", "-"): pattern for name, pattern in other.items()}
    found = [name for name, pattern in wanted.items() if not re.match(pattern, headers.get(name, ""))]
    found += ["unsafe"] if "unsafe" in headers.get("Content-Security-Policy", "") else []
    return found + [name for name in ("Server", "X-Powered-By") if name in headers]


def complaints(answer, where) -> list[str]:
    found = [f"{where}: {name}" for name in missing(answer.headers)]
    if answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming:
        found += [f"{where}: {what}" for what in Forbidden(answer.text).found]
        found += [f"{where}: is kept by the browser"] if "no-store" not in answer["Cache-Control"] else []
    return found


def test_the_parser_finds_what_the_policy_forbids():
    page = (
        "<style>a{}</style><p style='x' onclick='y'>.</p><script>z()</script><script src='//cdn.example/x.js'></script>"
    )
    page += "<a href='javascript:x'>.</a><script type='application/json'>{}</script><a href='https://a.example'>.</a>"

    assert len(Forbidden(page).found) == 6


@pytest.mark.parametrize("role", [*EVERYONE, None])
def test_every_address_has_the_headers_and_nothing_inline(client, tenant, role):
    rows = furnish(tenant)
    found = []
    for name, parameters in all_addresses():
        for method in ("get", "post", "delete"):
            if role and name != "core:sign_out":
                client.force_login(create_person(tenant=tenant, role=role))
            answer = getattr(client, method)(at(name, parameters, rows))
            found += complaints(answer, f"{role} {method} {name} {answer.status_code}")
    assert found == []


def test_every_page_of_the_admin_has_the_headers_and_nothing_inline(client, tenant, admin):
    furnish(tenant)
    place = create_location(tenant=tenant)
    create_location(tenant=tenant, parent=place)
    create_asset(tenant=tenant, parent=create_asset(tenant=tenant, location=place))
    create_scrap_reason(tenant=tenant)
    client.force_login(admin)
    found, opened = [], 0
    for model in django_admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages = [(f"{name}_changelist", []), (f"{name}_add", [])]
        row = model._default_manager.filter(**scope(model, tenant)).first()
        if row:
            pages += [(f"{name}_{page}", [row.pk]) for page in ("change", "history", "delete")]
        answers = {page: client.get(reverse(page, args=args)) for page, args in pages}
        if row:
            chosen = {"action": "delete_selected", "_selected_action": row.pk}
            answers[f"{name} action"] = client.post(reverse(f"{name}_changelist"), chosen)
        for page, answer in answers.items():
            opened += answer.status_code == 200
            found += complaints(answer, f"{page} {answer.status_code}")
    for path in ("/admin/", "/admin/core/", "/admin/jsi18n/", "/admin/autocomplete/", "/admin/nothing-here/"):
        found += complaints(client.get(path), path)
    assert found == []
    assert opened > 40


def scope(model, tenant):
    names = {field.name for field in model._meta.fields}
    return {"tenant": tenant} if "tenant" in names else {"pk": tenant.pk}


def test_the_answers_that_nobody_planned_have_the_headers_too(client, tenant, supervisor, settings, monkeypatch):
    settings.WHITENOISE_USE_FINDERS = True
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(supervisor)
    client.force_login(supervisor)
    client.raise_request_exception = False
    answers = {
        "not there": client.get("/nowhere/"),
        "no form token": strict.post("/settings/", {}),
        "wrong method": client.get("/sign-out/"),
        "too much": client.post("/settings/", {str(n): "x" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}),
        "static file": client.get("/static/site.css"),
        "no such static file": client.get("/static/nothing.css"),
    }
    monkeypatch.setattr(apps.get_model("core", "Tenant"), "zone", property(lambda tenant: 1 / 0))
    answers["our mistake"] = client.get("/board/")
    monkeypatch.undo()
    settings.ALLOWED_HOSTS = ["plant.example"]
    answers["strange host"] = client.get("/board/", headers={"Host": "evil.example"})

    assert {kind: answer.status_code for kind, answer in answers.items()} == {
        "not there": 404,
        "no form token": 403,
        "wrong method": 405,
        "too much": 400,
        "static file": 200,
        "no such static file": 404,
        "our mistake": 500,
        "strange host": 400,
    }
    assert [line for kind, answer in answers.items() for line in complaints(answer, kind)] == []
    assert "too old to send" in answers["no form token"].text
    assert "Access-Control-Allow-Origin" not in answers["static file"]


def test_a_strange_host_has_the_headers_even_where_https_is_forced(client, db, settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["plant.example"], True

    answer = client.get("/board/", headers={"Host": "evil.example"})

    assert answer.status_code == 400 and complaints(answer, "redirect") == []
    assert client.get("/board/", headers={"Host": "plant.example"})["Location"] == "https://plant.example/board/"


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://testserver/stations/?line=A", "/stations/?line=A"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver@evil.example/", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_from_a_refusal_stays_on_this_host(client, supervisor, came_from, back):
    from tests.factories import create_station

    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)

    answer = client.post(
        f"/stations/{station.pk}/status/", {"status": "idle", "request_key": "x" * 300}, headers={"Referer": came_from}
    )

    assert answer.status_code == 422
    assert re.search(r'class="button primary" href="([^"]*)"', answer.text)[1] == back


def test_the_requests_id_is_ours_whatever_the_client_says(client, supervisor):
    client.force_login(supervisor)

    answer = client.get("/settings/", headers={"X-Request-ID": "mine"})

    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


def test_telling_something_on_the_next_page_takes_no_cookie(client, supervisor):
    client.force_login(supervisor)

    client.post("/settings/", {"theme": "dark", "language": "en", "density": "normal"})
    client.get("/settings/")

    assert set(client.cookies) <= {"sessionid", "csrftoken"}
    assert all(cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in client.cookies.values())


# The real server


class Browser:
    """Requests to the real server as a browser behind a proxy that speaks https would send them; keeps cookies."""

    def __init__(self, address, *, https=True):
        parts = urlsplit(address)
        self.where, self.cookies = (parts.hostname, parts.port), {}
        self.sent = {"X-Forwarded-Proto": "https", "Origin": f"https://{parts.netloc}"} if https else {}

    def ask(self, path, data=None, **headers):
        connection = http.client.HTTPConnection(*self.where, timeout=10)
        cookies = "; ".join(f"{name}={line.split(';')[0]}" for name, line in self.cookies.items())
        sent = self.sent | headers | ({"Cookie": cookies} if cookies else {})
        if data is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("GET" if data is None else "POST", path, data and urlencode(data), sent)
        answer = connection.getresponse()
        self.cookies |= dict(line.split("=", 1) for line in answer.headers.get_all("Set-Cookie", []))
        return answer

    def text(self, path):
        return self.ask(path).read().decode()


@pytest.fixture(scope="module")
def behind_tls(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), real_server(environment={"LEANOPS_TLS": "1"}) as address:
        yield address


@pytest.fixture
def person(transactional_db, settings):
    settings.PASSWORD_HASHERS = ["apps.core.passwords.PlantArgon2PasswordHasher"]  # as the server reads it
    tenant = create_tenant()
    with tenant_context(tenant):
        create_person(tenant=tenant, email="ana@north.example", password=PASSWORD)
    return tenant


HSTS = r"max-age=31536000; includeSubDomains"


def test_behind_tls_cookies_are_bound_to_the_host_and_https_is_remembered(behind_tls, person):
    browser = Browser(behind_tls)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.text("/sign-in/"))[1]

    answer = browser.ask(
        "/sign-in/", {"username": "ana@north.example", "password": PASSWORD, "csrfmiddlewaretoken": token}
    )

    assert answer.status == 302
    assert set(browser.cookies) == {"__Host-sessionid", "__Host-csrftoken"}
    for cookie in browser.cookies.values():
        words = {word.strip().lower() for word in cookie.split(";")}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= words and "domain=" not in cookie.lower()
    for path in ("/board/", "/static/site.css", "/healthz", "/admin/"):
        assert missing(browser.ask(path).headers, Strict_Transport_Security=HSTS) == [], path

    stream = browser.ask("/board/stream/")
    assert stream.status == 200 and missing(stream.headers, Strict_Transport_Security=HSTS) == []
    refused = Browser(behind_tls).ask("/board/stream/")
    assert refused.status == 401 and missing(refused.headers, Strict_Transport_Security=HSTS) == []


def test_behind_tls_plain_http_is_sent_to_https(behind_tls, person):
    answer = Browser(behind_tls, https=False).ask("/board/?line=A", Host="plant.example")

    assert (answer.status, answer.headers["Location"]) == (301, "https://plant.example/board/?line=A")
    assert missing(answer.headers) == []
    assert Browser(behind_tls, https=False).ask("/healthz").status == 200


@pytest.mark.parametrize("other", ["Transfer-Encoding: chunked", "Content-Length: 7", "Transfer-Encoding: xchunked"])
def test_a_request_with_two_lengths_is_refused(behind_tls, person, other):
    """A proxy in front could read one and we the other: what is left over would be somebody's next request."""
    parts = urlsplit(behind_tls)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as line:
        line.sendall(f"POST /sign-in/ HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n{other}\r\n\r\n0\r\n\r\nG".encode())

        assert line.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_proxy_that_is_not_named_is_not_believed(person):
    """Anybody can write X-Forwarded-Proto, and X-Forwarded-For, by which wrong passwords are counted."""
    with real_server(environment={"LEANOPS_TLS": "1", "FORWARDED_ALLOW_IPS": "192.0.2.1"}) as address:
        assert Browser(address).ask("/sign-in/").status == 301
