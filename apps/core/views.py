"""Signing in and out, the person's own settings, the platform's choice of tenant, and whether the server is well."""

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, LoginView, PasswordResetConfirmView
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from requests import RequestException

from apps.core import accounts, services, throttle
from apps.core.forms import (
    ChooseTenantForm,
    ForgottenForm,
    MySettingsForm,
    NewTenantForm,
    OwnPasswordForm,
    ResetPasswordForm,
    SignInForm,
)
from apps.core.http import own_address
from apps.core.middleware import without_tenant
from apps.core.models import Tenant
from apps.core.passwords import DEMO_PASSWORD
from apps.core.roles import EVERYONE, Role, roles_allowed
from apps.core.terminals import on_terminal


@login_not_required
def healthz(request):
    """200 when the database answers: what `up --check`, proxies and watchdogs ask."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("ok\n", content_type="text/plain")


class SignIn(LoginView):
    """E-mail and password; then back to where the person wanted to go, on this host only."""

    template_name = "core/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_success_url(self):
        address = super().get_success_url()
        is_page = address.startswith("/") and not address.startswith(self.request.path)
        return address if is_page else reverse("core:home")

    def form_valid(self, form):
        return accounts.password_given(self.request, form.get_user(), then=self.get_success_url())

    def form_invalid(self, form):
        # Answered with 200: from 400 on the request is rolled back, and the record of the attempt with it.
        # An address that nobody has leaves no record: it belongs to no tenant, and may be somebody's password.
        if form.person and form.non_field_errors():
            services.record_access(
                form.person, "login_failed", request=self.request, changes={"by": [None, "password"]}
            )
        response = super().form_invalid(form)
        if form.seconds_left:
            response.status_code = 429
            response["Retry-After"] = str(form.seconds_left)
        return response

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, providers=settings.OIDC_PROVIDERS)


sign_in = SignIn.as_view()


@require_POST
@login_not_required
@without_tenant
@on_terminal
def sign_out(request):
    """Ends the session; of somebody half in, between password and code, the waiting sign-in."""
    if request.user.is_authenticated:
        services.sign_out(request)
    else:
        request.session.flush()
    return redirect("shopfloor:terminal" if request.device else "core:sign_in")


@require_http_methods(["GET", "POST"])
@login_not_required
def password_forgotten(request):
    """Asks for the address and says the same whoever has it, or nobody; the worker sends the mail."""
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"]
        if seconds := throttle.seconds_left(request, f"reset:{address}"):
            return throttle.too_many(request, seconds)
        throttle.failed(request, f"reset:{address}")  # each mail counts like a wrong try
        services.ask_for_reset(request, address)
        return render(request, "core/password_asked.html")
    context = {"form": form, "can_mail": bool(settings.ADDRESS)}
    return render(request, "core/password_forgotten.html", context, status=422 if form.errors else 200)


class ResetPassword(PasswordResetConfirmView):
    """By the link in the mail: a new password. It signs nobody in, and the second factor stays."""

    template_name = "core/password_reset.html"
    form_class = ResetPasswordForm
    success_url = reverse_lazy("core:sign_in")

    def get_user(self, uidb64):
        person = super().get_user(uidb64)
        return person if person and person.is_active else None

    def form_valid(self, form):
        services.reset_password(self.request, self.user, form.cleaned_data["new_password1"])
        self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN)
        messages.success(self.request, _("Your password is changed. Sign in with the new one."))
        return redirect(self.success_url)

    def form_invalid(self, form):
        response = super().form_invalid(form)
        response.status_code = 422
        return response


password_reset = ResetPassword.as_view()


@login_not_required
def openid_connect_login(request, provider_id):
    """To the provider's page: a press leads there, a link only asks. It signs in, and does nothing else."""
    if "process" in request.GET or "process" in request.POST:
        raise Http404
    return _from_provider(openid_connect.login, request, provider_id)


@login_not_required
def openid_connect_callback(request, provider_id):
    """Back from the provider's page."""
    return _from_provider(openid_connect.callback, request, provider_id)


def _from_provider(view, request, provider_id):
    try:
        return view(request, provider_id)
    except (RequestException, OAuth2Error) as error:  # it does not answer, or not what it should
        return accounts.provider_failed(request, error)


@login_not_required
def account_inactive(request):
    """Where django-allauth sends a person who was switched off."""
    return render(request, "core/switched_off.html")


@require_http_methods(["GET", "POST"])
@without_tenant
@sensitive_post_parameters()
@never_cache
@roles_allowed(*EVERYONE)
def password_change(request):
    """The person's own password; whoever came with a one-time password sees nothing else until it is changed."""
    form = OwnPasswordForm(request.user, request.POST or None)
    name = request.user.email
    if request.method == "POST" and (seconds := throttle.seconds_left(request, name)):
        return throttle.too_many(request, seconds)
    if request.method == "POST" and form.is_valid():
        throttle.passed(request, name)
        services.change_password(request, form.cleaned_data["new_password1"])
        messages.success(request, _("Your password is changed. Other devices have to sign in again."))
        return redirect("core:home")
    response = render(request, "core/password_change.html", {"form": form}, status=422 if form.errors else 200)
    if "old_password" in form.errors:
        services.wrong_secret(request, response, request.user, name=name, by="password")
    return response


@require_http_methods(["GET", "POST"])
@roles_allowed(*EVERYONE)
def my_settings(request):
    choices = {"lines": services.lines_of(request.tenant), "places": services.place_names(request.tenant)}
    form = MySettingsForm(request.POST or None, instance=request.user, **choices)
    if request.method == "POST" and form.is_valid():
        services.save_own_settings(request, **form.cleaned_data)
        messages.success(request, _("Your settings are saved."))
        return redirect("core:my_settings")
    return render(request, "core/my_settings.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@without_tenant
@roles_allowed(*EVERYONE)
def choose_tenant(request):
    """Platform superusers work in one tenant at a time; nobody else has a choice."""
    if not request.user.is_superuser:
        raise PermissionDenied
    if request.user.must_change_password:
        return redirect("core:password_change")
    form, new = ChooseTenantForm(), NewTenantForm()
    if request.method == "POST" and "slug" in request.POST:
        new = NewTenantForm(request.POST)
        if new.is_valid() and request.user.check_password(DEMO_PASSWORD):
            messages.warning(
                request, _("Everybody knows the demo plant's password: choose your own, then make a plant.")
            )
            return redirect("core:password_change")
        if new.is_valid():
            tenant = services.create_tenant(new.save(commit=False), by=request.user, request_id=request.id)
            request.session["tenant"] = str(tenant.pk)
            return redirect("admin:index")
    elif request.method == "POST":
        form = ChooseTenantForm(request.POST)
        if form.is_valid():
            request.session["tenant"] = str(form.cleaned_data["tenant"].pk)
            return HttpResponseRedirect(_wanted(request) or reverse("shopfloor:board"))
    context = {"form": form, "new": new, "tenants": Tenant.objects.all(), "next": _wanted(request)}
    status = 422 if form.errors or new.errors else 200
    return render(request, "core/choose_tenant.html", context, status=status)


def _wanted(request) -> str:
    return own_address(request, request.POST.get("next") or request.GET.get("next") or "")


BEGINNINGS = {Role.OPERATOR: "shopfloor:my_station", Role.TECHNICIAN: "maintenance:my_work"}


@require_GET
@on_terminal
@roles_allowed(*EVERYONE)
def home(request):
    """Where each role begins: admins in the admin, technicians with their work, operators at their station, the others on
    the board.
    """
    if request.at_terminal:
        return redirect("shopfloor:terminal")
    if request.user.role == Role.ADMIN and not request.user.is_superuser:
        return redirect("admin:index")
    return redirect(BEGINNINGS.get(request.user.role, "shopfloor:board"))
