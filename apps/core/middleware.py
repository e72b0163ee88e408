"""Around every request: its id, the person and tenant, the sign-in wall, the transaction, and rules as answers."""

import logging
import time
import uuid

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import ValidationError
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.http import FileResponse, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.core import accounts, outage, request_keys
from apps.core.api.models import Scope
from apps.core.errors import BrokenRule, Conflict, NotAllowed
from apps.core.hooks import strangers_way
from apps.core.http import is_api, own_address
from apps.core.isolation import request_context
from apps.core.models import Tenant
from apps.core.notifications import unread

log = logging.getLogger("leanops.requests")

TRIES = 3
# The whole request is tried again after these: deadlock, lock not available in time, serialization.
TRY_AGAIN = {"40P01", "55P03", "40001"}


def request_id(get_response):
    """Give the request an id: it stands in the answer, in the audit log and in the server's log."""

    def middleware(request):
        request.id = uuid.uuid4().hex
        response = get_response(request)
        response["X-Request-ID"] = request.id
        return response

    return middleware


class PersonMiddleware:
    """Set request.tenant, and speak the person's language and hours.

    A platform superuser's tenant is the chosen one, a stranger's that of the public link or of the terminal.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        request.tenant = None
        if user.is_authenticated:
            request.tenant = user.tenant
            if user.is_superuser and (chosen := request.session.get("tenant")):
                request.tenant = Tenant.objects.filter(pk=chosen).first()
        elif request.link_tenant or request.device:
            request.tenant = request.link_tenant or request.device.tenant
        if request.device and request.device.tenant != request.tenant:
            request.device = None  # another plant's: nothing of this one's business
        language = user.language if user.is_authenticated else translation.get_language_from_request(request)
        with (
            translation.override(language),
            timezone.override(request.tenant.zone if request.tenant else timezone.get_default_timezone()),
        ):
            return self.get_response(request)


class SignInRequired(LoginRequiredMiddleware):
    """Signing in is the default. A fragment is sent to sign in as a whole page; platform people choose a tenant first."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        if is_api(request):
            return self.of_program(request, view_func)
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer or not getattr(view_func, "login_required", True) or not request.user.is_authenticated:
            return answer
        if getattr(view_func, "without_tenant", False):
            return None
        if request.at_terminal:
            return None  # a PIN knows neither one-time passwords nor second factors
        if request.user.must_change_password:
            return whole_page(request, reverse("core:password_change"))
        if request.tenant is None:
            return whole_page(request, reverse("core:choose_tenant"))
        if view_func.__module__.startswith("allauth."):
            return None
        if accounts.lacks_second_factor(request.user, request.tenant, request.session):
            return whole_page(request, reverse("mfa_index"))
        return None

    def of_program(self, request, view_func):
        """The same walls for the API, each as a sentence; and what a token may do."""
        # Django REST framework calls each of its views open; whether one is, its class says.
        if not getattr(getattr(view_func, "cls", view_func), "login_required", True):
            return None
        if not request.user.is_authenticated:
            return unauthenticated(request)
        if token := request.api_token:
            if token.scope == Scope.READ and request.method not in ("GET", "HEAD"):
                return refusal(request, _("This token may read only; use one that may write."), 403, code="read_only")
        elif request.user.must_change_password:
            return refusal(request, _("Change the one-time password on a page first."), 403)
        elif request.tenant is None:
            return refusal(request, _("Choose a tenant on a page first."), 403)
        # A token may be older than the plant's rule, the role or the loss of the factor: it is asked anew each time.
        if accounts.lacks_second_factor(request.user, request.tenant, {} if token else request.session):
            return refusal(request, _("Your plant asks for a second factor; set one up on a page first."), 403)
        return None

    def handle_no_permission(self, request, view_func):
        if request.device:  # nobody has a password ready at a shared terminal
            return whole_page(request, reverse("shopfloor:terminal"))
        if address := strangers_way(request):
            return whole_page(request, address)
        response = super().handle_no_permission(request, view_func)
        return whole_page(request, response.url) if request.htmx else response


def unauthenticated(request):
    """The API's answer to a stranger."""
    sentence = _("Sign in first: send “Authorization: Token …”, with a token from POST /api/v1/auth/token/.")
    response = refusal(request, sentence, 401)
    response["WWW-Authenticate"] = "Token"
    return response


def whole_page(request, address):
    """Lead on to a page, out of a fragment too."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def without_tenant(view):
    """Let a signed-in person into a view before a tenant is chosen or the one-time password changed."""
    view.without_tenant = True
    return view


def limit_body(get_response):
    """Refuse, before it is read, a body larger than any page takes (413): files are taken of people signed in."""

    def middleware(request):
        takes_files = request.content_type == "multipart/form-data" and request.user.is_authenticated
        most = settings.UPLOAD_REQUEST_SIZE if takes_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > most:
            sentence = _("That is too much at once: %d MB are allowed. Send less, or smaller files.") % (most // 2**20)
            return refusal(request, sentence, 413)
        return get_response(request)

    return middleware


class TextGZip(GZipMiddleware):
    """Compresses what is made here; files are compressed by themselves, and keep their length."""

    def process_response(self, request, response):
        return response if isinstance(response, FileResponse) else super().process_response(request, response)


class TenantTransaction:
    """One transaction around the request, that sees one tenant's rows; nothing of a refused request stays.

    The view runs in a savepoint, rolled back on any answer from 400 on (but one that counted a wrong try of a secret and
    nothing else: `response.keeps_writes`); a 5xx rolls back everything. A deadlock or
    a lock that did not come is tried again as a whole, up to three times.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        values = {
            "tenant_id": str(request.tenant.pk) if request.tenant else "",
            "user_id": str(user.pk) if user.is_authenticated else "",
            "request_id": request.id,
        }
        session_key = request.session.session_key
        for attempt in range(TRIES):
            request.try_again = request.replay = None
            if attempt:  # what the rolled-back try did to session and person is gone with it
                request.session = type(request.session)(session_key)
                request.user = user
                for _name, files in request.FILES.lists():
                    for file in files:
                        file.seek(0)
            try:
                with request_context(**values, ask=unread.question(request)) as request.unread:
                    response = self.answer(request)
                    if response.status_code >= 500 or request.try_again:
                        transaction.set_rollback(True)
            except (DatabaseError, InterfaceError) as error:
                response = refusal_of_database(request, error)
            if not request.try_again:
                return response
            log.info("try %s of %r again: %s", attempt + 1, request.path, request.try_again)
            time.sleep(0.01 * 3**attempt)
        return response

    def answer(self, request):
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return self.get_response(request)  # nothing to keep apart: the transaction itself is enough
        with transaction.atomic():
            try:
                response = request_keys.answer_once(request, self.get_response)
            except BrokenRule as error:
                response = refusal(request, str(error), 422)
            except MultiPartParserError:  # looked into for its key
                response = refusal(request, _("The form that was sent cannot be read. Nothing was done."), 400)
            if response.status_code >= 400 and not getattr(response, "keeps_writes", False):
                transaction.set_rollback(True)
            else:
                with connection.cursor() as cursor:
                    # (And back: who writes after this in the same transaction may do it in any order again.)
                    cursor.execute("set constraints all immediate; set constraints all deferred")
        return response


class RuleMiddleware:
    """Turn a broken rule, what the database refused, or an address opened in the wrong way, into one sentence."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.replay, request.is_reached = getattr(request, "replay", None), False
        response = self.get_response(request)
        if (
            response.status_code == 405 and request.method == "GET" and not is_api(request)
        ):  # a button's address, kept or come back to
            return refusal(request, _("This is done with a button on a page; go there and press it."), 405)
        return response

    def process_view(self, request, view_func, view_args, view_kwargs):
        """The last before the view, when every wall has let the request through: here a kept answer is given again."""
        request.is_reached = True
        return request.replay

    def process_exception(self, request, exception):
        if isinstance(exception, Conflict) and (fresh := getattr(request.resolver_match.func, "on_conflict", None)):
            return fresh(request, exception)
        if isinstance(exception, NotAllowed):
            return refusal(request, str(exception), 403)
        if isinstance(exception, BrokenRule):
            return refusal(request, str(exception), 409)
        if isinstance(exception, ValidationError):  # the database was asked for a key that is none
            return refusal(request, _("What was sent cannot be read. Nothing was done; reload the page."), 400)
        if isinstance(exception, (IntegrityError, DataError, OperationalError, InterfaceError)):
            return refusal_of_database(request, exception)
        return None


def refusal_of_database(request, error):
    """The answer to what PostgreSQL refused; marks the request where trying again may help. Else raises it again."""
    state = outage.state_of(error)
    if state in TRY_AGAIN:
        request.try_again = state
        return refusal(request, _("The plant is busy with this just now. Nothing was done; press again."), 503)
    if isinstance(error, IntegrityError):
        # Its first line alone: the others hold the values, an address of a person maybe. %r: a path may hold line ends.
        log.warning("refused by the database: %s %r: %s", request.method, request.path, str(error).partition("\n")[0])
        return refusal(request, _("This does not fit what is stored meanwhile. Nothing was done; look again."), 409)
    if isinstance(error, DataError):
        return refusal(request, _("A value is too large, too small, or has characters that cannot be stored."), 400)
    if outage.is_outage(error):
        return outage.answer(request, error)
    raise error


# What a program tells refusals apart by, where their cause says nothing closer.
CODES = {
    400: "bad_value", 401: "not_authenticated", 403: "not_allowed", 404: "not_found", 409: "conflict", 413: "too_large",
    422: "key_reused", 429: "too_many_requests", 500: "server_error", 503: "busy", 507: "disk_full",
}  # fmt: skip


def refusal(request, sentence, status, *, code=""):
    """One sentence for the person: into the page's notices, or as a page of its own without HTMX; JSON for a program."""
    if is_api(request):
        return JsonResponse({"detail": str(sentence), "code": code or CODES[status]}, status=status)
    if request.htmx:
        response = render(request, "_notice.html", {"sentence": sentence}, status=status)
        response["HX-Retarget"], response["HX-Reswap"] = "#notices", "innerHTML"
        return response
    back = own_address(request, request.headers.get("Referer", "")) or "/"
    return render(request, "refused.html", {"sentence": sentence, "back": back}, status=status)


def on_conflict(render_fresh):
    """Give a view what to answer when the state has moved meanwhile: `render_fresh(request, conflict)`, status 409."""

    def decorate(view):
        view.on_conflict = render_fresh
        return view

    return decorate
