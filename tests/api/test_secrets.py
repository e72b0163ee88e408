"""What is shown once is shown once: a repeat under the same key learns that it was done, and nothing keeps the secret."""

import pytest

from apps.core.models import RequestKey
from apps.core.roles import Role
from tests.api.client import Program
from tests.factories import create_person, create_webhook


@pytest.fixture
def admin(tenant):
    return Program(create_person(tenant=tenant, role=Role.ADMIN))


@pytest.mark.parametrize("what", ["password", "secret of a webhook", "secret of a new webhook"])
def test_a_secret_is_in_one_answer_alone(admin, tenant, what):
    address, body, name = {
        "password": (f"users/{create_person(tenant=tenant).pk}/one-time-password/", {}, "password"),
        "secret of a webhook": (f"webhooks/{create_webhook(tenant=tenant).pk}/secret/", {}, "secret"),
        "secret of a new webhook": ("webhooks/", {"name": "x", "address": "https://hooks.example.com/"}, "secret"),
    }[what]

    first = admin.post(address, body, Idempotency_Key="k")
    again = admin.post(address, body, Idempotency_Key="k")

    assert first.json()[name]
    assert again["Idempotent-Replay"] == "true" and again.status_code == first.status_code and again.content == b""
    assert bytes(RequestKey.objects.get(key="k").body) == b""
