"""A press acts once: the same request key never acts twice, it gets the first answer again."""

import hashlib
import re
from datetime import timedelta

from django.db import connection
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.models import RequestKey

USABLE = re.compile("[ -~]{1,200}")
KEPT_FOR = timedelta(days=7)  # a phone may be off for a weekend
KEPT_HEADERS = ("Content-Type", "Location", "HX-Redirect", "HX-Trigger", "HX-Retarget", "HX-Reswap", "ETag")
# Of a form: its key and protection; and what a phone adds or leaves out where it sends the same press again, later.
APART = ("csrfmiddlewaretoken", "request_key", "occurred_at", "seen")


class KeyReused(BrokenRule):
    """The key came before with something else (422)."""


def key_of(request) -> str:
    """The request's key: the header of machines and scripts, or the form's hidden field; empty without one."""
    return request.headers.get("Idempotency-Key", "") or request.POST.get("request_key", "")


def _fingerprint(request) -> str:
    """What the request asks for: its address and fields, but not those of APART."""
    digest = hashlib.sha256(request.path.encode())
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        for name in sorted(request.POST):
            if name not in APART:
                digest.update(repr((name, request.POST.getlist(name))).encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                digest.update(repr((name, file.name, file.size)).encode())
                for chunk in file.chunks():
                    digest.update(chunk)
                file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()


def answer_once(request, get_response) -> HttpResponse:
    """Answer a POST with a key once; later ones with the same key and body get the same answer, and do nothing.

    Runs inside the request's savepoint: a refusal rolls the key back, so that it can be tried again. A second request
    waits at the INSERT until the first is committed. Only what a view answered is kept, and it is given again where the
    view stands, behind the walls (RuleMiddleware). Raises KeyReused where the key came with another body.
    """
    key = key_of(request)
    if request.method != "POST" or not request.tenant or not request.user.is_authenticated:
        return get_response(request)
    # (An empty header is no key that was left out: whoever sends it means to act once.)
    if (key or "Idempotency-Key" in request.headers) and not USABLE.fullmatch(key):
        raise KeyReused(_("The request key is not usable: 1 to 200 printable characters of ASCII."))
    if not key:
        return get_response(request)

    principal, fingerprint = str(request.user.pk), _fingerprint(request)
    if getattr(request, "at_terminal", False):  # what a password opened is no answer for a PIN
        principal += f"@{request.device.pk}"
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into request_keys (tenant_id, principal, key, request_hash, headers, body, created_at) "
            "values (%s, %s, %s, %s, '{}', '', %s) on conflict do nothing",
            [request.tenant.pk, principal, key, fingerprint, timezone.now()],
        )
        is_first = cursor.rowcount == 1
    rows = RequestKey.objects.filter(tenant=request.tenant, principal=principal, key=key)
    if not is_first:
        kept = rows.get()
        if kept.request_hash != fingerprint:
            raise KeyReused(_("This request key came before, with something else. Nothing was done; press again."))
        response = HttpResponse(bytes(kept.body), status=kept.status_code, headers=kept.headers)
        response["Idempotent-Replay"] = "true"
        request.replay = response
        return get_response(request)

    response = get_response(request)
    if response.status_code < 400 and request.is_reached:
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        # an answer with a secret is marked so, and not kept: its repeat learns that it was done, and no more
        is_secret = "no-store" in response.get("Cache-Control", "") or _is_of_accounts(request)
        body = b"" if is_secret else response.content
        rows.update(status_code=response.status_code, headers=headers, body=body)
    else:
        rows.delete()  # nothing was done: with the same key it may be, later
    return response


def _is_of_accounts(request) -> bool:
    return request.resolver_match.func.__module__.startswith("allauth.")  # its pages show secrets, and do not say so


def forget_old_keys() -> int:
    """Delete keys past their time, of the tenants in force; returns how many."""
    return RequestKey.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
