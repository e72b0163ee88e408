"""Secrets that machines carry: whose row a token's text names, and whether it is the right one.

A token reads `<tenant>.<row>.<secret>`, both ids in hex. It begins with its tenant, so that its table stays under
row-level security; of the secret only a hash is stored. Resolved in one middleware, before the request's transaction.
"""

import re
import secrets
from datetime import timedelta
from hashlib import sha256
from secrets import compare_digest
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.models import Device, Tenant

SHAPE = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{32})\.([\w-]{43})", re.ASCII)
SEEN_EVERY = timedelta(minutes=5)


class Token(NamedTuple):
    tenant: UUID
    row: UUID
    secret: str


def new_secret() -> tuple[str, str]:
    """A secret of 32 random bytes, and the hash of it that is stored. (So much chance needs no slow hash.)"""
    secret = secrets.token_urlsafe(32)
    return secret, hashed(secret)


def hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def text_of(row, secret: str) -> str:
    """The token that opens a row."""
    return f"{row.tenant_id.hex}.{row.pk.hex}.{secret}"


def read(text: str) -> Token | None:
    """What a token's text says; None where it is none."""
    found = SHAPE.fullmatch(text)
    return Token(UUID(found[1]), UUID(found[2]), found[3]) if found else None


def device_of(text: str) -> Device | None:
    """The paired device that carries this token; None for one that is revoked, unknown or has another secret."""
    token = read(text)
    if token is None:
        return None
    with tenant_context(Tenant(pk=token.tenant)):
        rows = Device.objects.for_tenant(token.tenant)
        device = rows.select_related("tenant").filter(pk=token.row, revoked_at=None).first()
        if device is None or not compare_digest(device.secret_hash, hashed(token.secret)):
            return None
        now = timezone.now()
        if device.last_seen_at is None or now - device.last_seen_at > SEEN_EVERY:
            rows.filter(pk=device.pk).update(last_seen_at=now)  # no change of the device: no history
    return device


class TokenMiddleware:
    """Set request.device: the shared terminal that this browser is paired as, or None."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        text = request.COOKIES.get(settings.DEVICE_COOKIE_NAME)
        request.device = device_of(text) if text else None
        return self.get_response(request)
