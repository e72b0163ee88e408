"""The page of API tokens: one's own, and for admins everybody's."""

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.api.models import ApiToken, Scope
from apps.core.api.tokens import make_token, revoke_token
from apps.core.list_files import as_moment, list_file
from apps.core.paging import newest_first
from apps.core.roles import EVERYONE, roles_allowed

PAGE = 50


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, label=gettext_lazy("Name"), help_text=gettext_lazy("What it is for."))
    scope = forms.ChoiceField(choices=Scope.choices, initial=Scope.WRITE, label=gettext_lazy("It may"))
    days = forms.TypedChoiceField(
        choices=[
            (30, gettext_lazy("30 days")),
            (90, gettext_lazy("90 days")),
            (ApiToken.LONGEST.days, gettext_lazy("a year")),
        ],
        coerce=int,
        label=gettext_lazy("Good for"),
    )


def _tokens(request):
    """Those that the person manages: an admin those of the whole plant."""
    rows = ApiToken.objects.for_tenant(request.tenant).select_related("user")
    return rows if request.user.is_admin else rows.filter(user=request.user)


@require_http_methods(["GET", "POST"])
@never_cache  # a new token is shown once, and not kept by request keys either
@roles_allowed(*EVERYONE)
def tokens(request):
    """The tokens there are; and a new one of one's own, shown once, for whom the password was typed a moment ago."""
    if request.user.is_superuser:
        raise PermissionDenied  # platform people belong to no plant
    return _page(request)


@reauthentication_required(allow_get=True)
def _page(request):
    rows = _tokens(request)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        token, text = make_token(request.user, **form.cleaned_data, by=request.user)
        return render(request, "core/token_made.html", {"token": token, "text": text})
    page = newest_first(rows, moment="created_at", tie="id", after=request.GET.get("after", ""), size=PAGE)
    context = {"form": form, "tokens": page.rows, "next": page.next, "is_first": "after" not in request.GET}
    return render(request, "core/tokens.html", context, status=422 if form.errors else 200)


@require_GET
@roles_allowed(*EVERYONE)
def tokens_file(request, kind):
    if request.user.is_superuser:
        raise PermissionDenied
    columns = ["name", "person", "scope", "created_at", "last_used_at", "expires_at", "revoked_at"]

    def cells(tokens):
        moments = ("created_at", "last_used_at", "expires_at", "revoked_at")
        return [
            [token.name, str(token.user), token.scope, *(as_moment(getattr(token, name)) for name in moments)]
            for token in tokens
        ]

    rows = _tokens(request).order_by("-created_at", "-id")
    return list_file(request, kind, name="tokens", rows=rows, columns=columns, cells=cells)


@require_POST
@roles_allowed(*EVERYONE)
def token_revoke(request, pk):
    """Let a token open nothing any more."""
    token = get_object_or_404(ApiToken.objects.for_tenant(request.tenant), pk=pk)
    if not request.user.is_admin and token.user_id != request.user.pk:
        raise PermissionDenied
    token = revoke_token(token, by=request.user)
    messages.success(request, _("“%s” opens nothing any more.") % token)
    return redirect("core:tokens")
