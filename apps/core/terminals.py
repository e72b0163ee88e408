"""Shared terminals: browsers that a supervisor pairs once, and the short sessions that a PIN opens at them.

A PIN is four digits, so what it opens is little: an operator's rights, whatever the person's role, at the addresses that
say `@on_terminal` and nowhere else, as long as the browser carries its device's token and the person does something.
"""

from secrets import compare_digest

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from apps.core import services, tokens
from apps.core.middleware import refusal
from apps.core.models import Device
from apps.core.roles import Role

COOKIE_AGE = 365 * 24 * 3600
TOUCH_SECONDS = 30  # how exactly a session knows when its person did something last


def on_terminal(view):
    """Open a view to people who came in by PIN, too."""
    view.on_terminal = True
    return view


class TerminalMiddleware:
    """End a PIN session that stands no longer; of one that stands, cap the person's rights to an operator's."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.at_terminal = False
        if request.api_token is None and "device" in request.session:
            if stands(request.session, request.user, request.device):
                _cap(request)
            else:
                request.session.flush()
                request.user = AnonymousUser()
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.at_terminal and not getattr(view, "on_terminal", False):
            sentence = _("A shared terminal is for its stations only. Sign in with your password on another screen.")
            return refusal(request, sentence, 403)
        return None


def stands(session, person, device) -> bool:
    """Whether a session opened by PIN is still good: same device, same PIN, same plant, and not idle for too long."""
    return (
        device is not None
        and person.is_authenticated
        and person.tenant_id == device.tenant_id
        and session["device"] == str(device.pk)
        and compare_digest(session["pin"], _mark(person))
        and timezone.now().timestamp() - session["acted_at"] <= settings.TERMINAL_IDLE_SECONDS
    )


def _mark(person) -> str:
    """What changes with the PIN: a new one ends the sessions of the former."""
    return salted_hmac("apps.core.terminals", person.pin_hash, algorithm="sha256").hexdigest()


def _cap(request):
    """An operator's rights, in memory only: what changes a person reads the stored row again."""
    request.at_terminal, request.idle_seconds = True, settings.TERMINAL_IDLE_SECONDS
    request.user.role, request.user.is_superuser = Role.OPERATOR, False
    # What the page fetches by itself is no sign of life: a press is, a page, and a sheet.
    is_act = request.method == "POST" or not request.htmx or request.htmx.target == "sheet"
    now = timezone.now().timestamp()
    if is_act and now - request.session["acted_at"] > TOUCH_SECONDS:
        request.session["acted_at"] = now


def sign_in(request, person) -> None:
    """Begin the session of a person whose PIN was right, bound to this device."""
    services.sign_in(request, person, by="pin", device=[None, str(request.device.pk)])
    bind(request, person)


def bind(request, person) -> None:
    """Tie the session to this device, and to the PIN that the person has now."""
    request.session["device"] = str(request.device.pk)
    request.session["pin"] = _mark(person)
    request.session["acted_at"] = timezone.now().timestamp()


def record_wrong_pin(request, person) -> None:
    """Note that somebody typed a wrong PIN for this person, here."""
    changes = {"by": [None, "pin"], "device": [None, str(request.device.pk)]}
    services.record_access(person, "login_failed", request=request, changes=changes)


@transaction.atomic
def pair_device(tenant, *, name, by, **what) -> tuple[Device, str]:
    """Make a shared terminal, or what else `what` says: kind, lines, theme. Returns the device and the token that opens it."""
    secret, secret_hash = tokens.new_secret()
    device = Device.objects.create(tenant=tenant, name=name, secret_hash=secret_hash, paired_by=by, **what)
    return device, tokens.text_of(device, secret)


@transaction.atomic
def revoke_device(device, *, by) -> Device:
    """Take a screen's pairing back: its token opens nothing any more, its session and stream end. Returns the device."""
    device = Device.objects.locked().get(pk=device.pk)
    if device.revoked_at is None:
        device.revoked_at = timezone.now()
        device.save()
        services.tell_streams(tenant=device.tenant)
    return device


def carry(response, token: str) -> None:
    """Let this browser carry a device's token."""
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        token,
        max_age=COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
