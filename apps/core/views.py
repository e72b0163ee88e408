"""Signing in and out, the person's own settings, the platform's choice of tenant, and whether the server is well."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import services
from apps.core.forms import ChooseTenantForm, MySettingsForm, NewTenantForm, OwnPasswordForm, SignInForm
from apps.core.middleware import without_tenant
from apps.core.models import Tenant
from apps.core.roles import EVERYONE, Role, roles_allowed


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
        services.sign_in(self.request, form.get_user())
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form):
        # Answered with 200: from 400 on the request is rolled back, and the record of the attempt with it.
        # An address that nobody has leaves no record: it belongs to no tenant, and may be somebody's password.
        if form.person and form.non_field_errors():
            services.record_access(form.person, "login_failed", request=self.request)
        return super().form_invalid(form)


sign_in = SignIn.as_view()


@require_POST
@without_tenant
@roles_allowed(*EVERYONE)
def sign_out(request):
    services.sign_out(request)
    return redirect("core:sign_in")


@require_http_methods(["GET", "POST"])
@without_tenant
@sensitive_post_parameters()
@never_cache
@roles_allowed(*EVERYONE)
def password_change(request):
    """The person's own password; whoever came with a one-time password sees nothing else until it is changed."""
    form = OwnPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.change_password(request, form.cleaned_data["new_password1"])
        messages.success(request, _("Your password is changed. Other devices have to sign in again."))
        return redirect("core:home")
    return render(request, "core/password_change.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@roles_allowed(*EVERYONE)
def my_settings(request):
    form = MySettingsForm(request.POST or None, instance=request.user, lines=services.lines_of(request.tenant))
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
    address = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours and address.startswith("/") else ""


@require_GET
@roles_allowed(*EVERYONE)
def home(request):
    """Where each role begins. Operators, technicians and managers stay on the board until they have their own page."""
    if request.user.role == Role.ADMIN and not request.user.is_superuser:
        return redirect("admin:index")
    return redirect("shopfloor:board")
