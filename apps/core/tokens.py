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
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.hooks import tenant_of_link
from apps.core.http import is_api
from apps.core.isolation import in_context, tenant_context
from apps.core.models import ApiToken, Device, DeviceKind, Tenant, User

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


def device_of(text: str, kind: str = DeviceKind.TERMINAL) -> Device | None:
    """The paired device that this token opens; None for one that is revoked, unknown, of another kind or secret."""
    token = read(text)
    if token is None:
        return None
    with tenant_context(Tenant(pk=token.tenant)):
        rows = Device.objects.for_tenant(token.tenant)
        device = rows.select_related("tenant").filter(pk=token.row, kind=kind, revoked_at=None).first()
        if device is None or not compare_digest(device.secret_hash, hashed(token.secret)):
            return None
        now = timezone.now()
        if device.last_seen_at is None or now - device.last_seen_at > SEEN_EVERY:
            rows.filter(pk=device.pk).update(last_seen_at=now)  # no change of the device: no history
    return device


PER = 60  # seconds in which a token's requests are counted
USE = """
    update api_tokens set last_used_at = now(),
        counted = case when counted_since > now() - %(per)s * interval '1 s' then counted + 1 else 1 end,
        counted_since = case when counted_since > now() - %(per)s * interval '1 s' then counted_since else now() end
    where tenant_id = %(tenant)s and id = %(row)s and secret_hash = %(hash)s
        and revoked_at is null and expires_at > now()
    returning id, tenant_id, user_id, name, scope, expires_at, counted,
        ceil(extract(epoch from counted_since + %(per)s * interval '1 s' - now()))::int"""


class TokenUse(NamedTuple):
    """An API token that was shown: its row, its person, and how often it came in this minute."""

    token: ApiToken
    user: User
    counted: int
    seconds_left: int  # until they are counted anew

    @property
    def must_wait(self) -> int:
        """How many seconds until it is answered again; 0 where it is answered now."""
        return max(self.seconds_left, 1) if self.counted > settings.API_REQUESTS_PER_MINUTE else 0

    @property
    def wait_sentence(self) -> str:
        words = {"most": settings.API_REQUESTS_PER_MINUTE, "seconds": self.must_wait}
        return _("More than %(most)d requests in a minute; wait %(seconds)d s.") % words


def use(text: str) -> TokenUse | None:
    """The API token that this text opens, counted; None for one that is revoked, over, unknown, or of somebody gone."""
    token = read(text)
    if token is None:
        return None
    # Its own short transaction, that waits for no disk: a count may be lost, a request must not wait for it.
    context = in_context({"app.tenant_id": str(token.tenant), "synchronous_commit": "off"})
    with context, connection.cursor() as cursor:
        cursor.execute(USE, {"per": PER, "tenant": token.tenant, "row": token.row, "hash": hashed(token.secret)})
        found = cursor.fetchone()
    if found is None:
        return None
    *columns, counted, left = found
    names = ("id", "tenant_id", "user_id", "name", "scope", "expires_at")
    row = ApiToken(**dict(zip(names, columns, strict=True)))
    user = User.objects.select_related("tenant").filter(pk=row.user_id, is_active=True, tenant=token.tenant).first()
    return TokenUse(row, user, counted, left) if user else None


class TokenMiddleware:
    """Set request.device, the shared terminal that this browser is paired as, request.api_token, and request.link_tenant,
    whose public link a stranger has opened; each or None.

    A request of the API that shows a token is that token's person's, whatever cookies come along.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.device = request.api_token = request.link_tenant = None
        if is_api(request) and "Authorization" in request.headers:
            if answer := _sign_in_by_token(request):
                return answer
        elif text := request.COOKIES.get(settings.DEVICE_COOKIE_NAME):
            request.device = device_of(text)
        if (tenant := tenant_of_link(request.path_info)) and not request.user.is_authenticated:
            request.link_tenant = tenant
        return self.get_response(request)


def _sign_in_by_token(request):
    """Makes the request the token's person's; the answer where it opens nothing (401) or comes too often (429)."""
    from apps.core.middleware import refusal  # here: middleware asks accounts, which asks this

    kind, _space, text = request.headers["Authorization"].partition(" ")
    used = use(text.strip()) if kind.lower() == "token" else None
    if used is None:
        sentence = _("This token opens nothing: it is wrong, has expired, or was revoked. Make a new one.")
        response = refusal(request, sentence, 401, code="not_authenticated")
        response["WWW-Authenticate"] = "Token"
        return response
    if used.must_wait:
        response = refusal(request, used.wait_sentence, 429)
        response["Retry-After"] = str(used.must_wait)
        return response
    request.api_token, request.user = used.token, used.user
    return None
