"""OpenID Connect against a provider that really speaks it: discovery, code with PKCE, token, claims."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog
from tests.factories import create_person

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
START, BACK = "/sign-in/by/company/", "/sign-in/by/company/back/"


class Provider(BaseHTTPRequestHandler):
    claims: dict = {}
    asked: list = []

    def do_GET(self):
        issuer = f"http://127.0.0.1:{self.server.server_port}"
        if self.path.startswith("/.well-known/openid-configuration"):
            self.answer(
                {
                    "issuer": issuer,
                    "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token",
                    "userinfo_endpoint": f"{issuer}/userinfo",
                    "jwks_uri": f"{issuer}/keys",
                }
            )
        elif self.path == "/userinfo":
            self.answer(self.claims)
        else:
            self.answer({"keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())) | {"kid": "1"}]})

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append(form)
        issuer = f"http://127.0.0.1:{self.server.server_port}"
        now = int(time.time())
        token = jwt.encode(
            self.claims | {"iss": issuer, "aud": "leanops", "iat": now, "exp": now + 60},
            KEY,
            "RS256",
            headers={"kid": "1"},
        )
        self.answer({"access_token": "opaque", "token_type": "Bearer", "expires_in": 60, "id_token": token})

    def answer(self, found):
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Quiet."""


@pytest.fixture
def provider(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found = {
        "provider_id": "company",
        "name": "Company login",
        "client_id": "leanops",
        "secret": "s",
        "settings": {"server_url": f"http://127.0.0.1:{server.server_port}"},
    }
    settings.OIDC_PROVIDERS = [found]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [found]}}
    Provider.claims = {"sub": "u-1", "email": "ana@north.example", "email_verified": True, "name": "Ana"}
    Provider.asked.clear()
    yield server
    server.shutdown()
    server.server_close()


def sign_in(client, **more):
    start = client.post(START, more)
    assert start.status_code == 302, start.text
    query = parse_qs(urlsplit(start["Location"]).query)
    return client.get(BACK, {"code": "abc", "state": query["state"][0]})


def test_the_person_of_the_verified_address_comes_in(client, tenant, provider):
    person = create_person(tenant=tenant, email="Ana@north.example")

    answer = sign_in(client)

    assert answer.status_code == 302, answer.text
    assert client.session["_auth_user_id"] == str(person.pk)
    assert "code_verifier" in Provider.asked[0]  # PKCE
    with tenant_context(tenant):
        told = AuditLog.objects.get(action="login")
        assert told.changes == {"by": [None, "socialaccount"]} and "ana" not in str(told.changes).lower()


def test_afterwards_the_subject_counts_not_the_address(client, tenant, provider):
    person = create_person(tenant=tenant, email="ana@north.example")
    sign_in(client)
    client.post("/sign-out/")
    Provider.claims |= {"email": "renamed@north.example"}

    sign_in(client)

    assert client.session["_auth_user_id"] == str(person.pk)


@pytest.mark.parametrize(
    "claims", [{"email": "nobody@north.example"}, {"email_verified": False}, {"email": None}, {"email_verified": None}]
)
def test_nobody_else_comes_in_and_no_account_is_made(client, tenant, provider, claims):
    create_person(tenant=tenant, email="ana@north.example")
    Provider.claims |= claims

    answer = sign_in(client)

    assert answer.status_code == 403 and "Ask your admin" in answer.text
    assert "_auth_user_id" not in client.session


def test_who_was_switched_off_stays_out(client, tenant, provider):
    create_person(tenant=tenant, email="ana@north.example", is_active=False)

    assert sign_in(client).status_code == 403


def test_a_state_that_is_not_ours_is_refused(client, tenant, provider):
    create_person(tenant=tenant, email="ana@north.example")

    answer = client.get(BACK, {"code": "abc", "state": "made-up"})

    assert answer.status_code == 403 and "did not let you in" in answer.text


def test_a_provider_that_does_not_answer_is_told_in_a_sentence(client, tenant, provider):
    provider.shutdown()
    provider.server_close()

    answer = client.post(START)

    assert answer.status_code == 403 and "did not let you in" in answer.text


def test_the_button_stands_on_the_sign_in_page(client, tenant, provider):
    assert "Sign in with Company login" in client.get("/sign-in/").text
