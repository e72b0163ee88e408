"""Making and revoking API tokens, and signing in for one."""

from datetime import timedelta

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.mfa.utils import is_mfa_enabled
from django.db import transaction
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core import services, throttle
from apps.core.accounts import CodeForm
from apps.core.api.fields import Body, Choice, Key, Shape, Text, Whole
from apps.core.api.filters import ByKey, Filters
from apps.core.api.models import ApiToken, Scope
from apps.core.api.resources import Creates, Deletes, Resource
from apps.core.errors import BrokenRule, NotAllowed
from apps.core.forms import SignInForm
from apps.core.isolation import own_context
from apps.core.middleware import refusal, unauthenticated
from apps.core.models import User
from apps.core.roles import EVERYONE
from apps.core.tokens import new_secret, text_of

USUAL_DAYS, MOST_DAYS = 30, ApiToken.LONGEST.days


@transaction.atomic
def make_token(person, *, name, scope=Scope.WRITE, days=USUAL_DAYS, by):
    """Make an API token that acts as this person. days: how long it is good for.

    Returns it and its text, which nobody can be told again. Raises BrokenRule for somebody who may not sign in.
    """
    if person.tenant_id is None or not person.is_active:
        raise BrokenRule(_("%s belongs to no plant, or is switched off, and can have no token.") % person)
    secret, secret_hash = new_secret()
    expires_at = timezone.now() + timedelta(days=days)
    token = ApiToken(user=person, tenant=person.tenant, name=name.strip(), scope=scope, expires_at=expires_at)
    token.secret_hash = secret_hash
    token.save(force_insert=True)
    return token, text_of(token, secret)


@transaction.atomic
def revoke_token(token, *, by) -> ApiToken:
    """Let a token open nothing any more, and end the streams it holds. Returns it."""
    token = ApiToken.objects.locked().select_related("user").get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save()
        services.tell_streams(token.user)
    return token


class Credentials(Body):
    example = {
        "email": "ann@plant.example",
        "password": "a long password",
        "name": "my script",
        "scope": "read",
        "days": 90,
    }
    email = Text(max_length=254)
    password = Text(max_length=4096, trim_whitespace=False)
    code = Text(max_length=40, required=False, help_text="of the second factor, where the person has one")
    name = Text(max_length=80, required=False, help_text="what it is for; shown in the list of tokens")
    scope = Choice(Scope.choices, required=False)
    days = Whole(min_value=1, max_value=MOST_DAYS, required=False, help_text=f"how long it is good for ({USUAL_DAYS})")


TEXT = "0198a1f27c3e7b5a9d413f6c2a8e5b10.0198a1f27c3f7d10a5b2c4d6e8f01234.the-secret-of-43-letters"


class GivenToken(serializers.Serializer):
    example = {"token": TEXT}
    token = serializers.CharField(help_text="for the header `Authorization: Token …`; shown this once")
    expires_at = serializers.DateTimeField()


@method_decorator(never_cache, name="dispatch")
class AuthToken(APIView):
    """Sign in for a token, by e-mail and password, and with a code where the person has a second factor."""

    authentication_classes = ()
    permission_classes = ()
    login_required = False

    @extend_schema(
        operation_id="sign_in",
        request=Credentials,
        responses={201: GivenToken, 401: OpenApiResponse(description="E-mail, password or code are wrong.")},
    )
    @sensitive_variables()
    def post(self, request):
        body = Credentials(data=request.data)
        body.is_valid(raise_exception=True)
        given, plain = body.validated_data, request._request
        person, answer = _who(plain, given)
        if answer is not None:
            return answer
        name = given.get("name") or _("Signed in by a program")
        made = {"scope": given.get("scope", Scope.WRITE), "days": given.get("days", USUAL_DAYS), "name": name}
        with own_context(person, by=person, request_id=plain.id):
            token, text = make_token(person, by=person, **made)
            services.record_access(person, "login", request=plain, by=person, changes={"by": [None, "token"]})
        return Response(GivenToken({"token": text, "expires_at": token.expires_at}).data, status=201)

    @extend_schema(
        operation_id="sign_out", request=None, responses={204: None}, description="Revoke the token that is shown."
    )
    def delete(self, request):
        token = request._request.api_token
        if token is None:
            return unauthenticated(request._request)
        revoke_token(token, by=request._request.user)
        return Response(status=204)


def _who(request, given):
    """The person who signs in, or the answer that refuses: as slow to guess at as the page (throttle)."""
    form = SignInForm(request, {"username": given["email"], "password": given["password"]})
    if not form.is_valid():
        if form.seconds_left:
            return None, throttle.too_many(request, form.seconds_left)
        if form.person:
            services.record_access(form.person, "login_failed", request=request, changes={"by": [None, "password"]})
        return None, _refused(request, " ".join(form.errors.get("__all__", [])) or _("E-mail and password are needed."))
    person = form.get_user()
    if person.must_change_password:
        return None, refusal(request, _("Change the one-time password on a page first."), 403)
    if person.tenant is None:
        return None, refusal(request, _("Platform people have no tokens; sign in on a page."), 403)
    if is_mfa_enabled(person):
        code = CodeForm({"code": given.get("code", "")}, user=person)
        if not code.is_valid():
            if code.seconds_left:
                return None, throttle.too_many(request, code.seconds_left)
            return None, _refused(request, " ".join(code.errors.get("code", [])), code="code_needed")
    elif person.role in person.tenant.rules.second_factor_roles:
        return None, refusal(request, _("Your plant asks for a second factor; set one up on a page first."), 403)
    return person, None


def _refused(request, sentence, code=""):
    response = refusal(request, sentence, 401, code=code)
    response["WWW-Authenticate"] = "Token"
    response.keeps_writes = True  # the wrong try that was counted
    return response


class TokenShape(Shape):
    example = {"name": "my script", "scope": "read", "revoked_at": None, "days": 90}
    user = Key(User, "id", required=False)
    days = Whole(min_value=1, max_value=MOST_DAYS, write_only=True, required=False)

    class Meta:
        model = ApiToken
        fields: tuple[str, ...] = (
            "id", "user", "name", "scope", "created_at", "expires_at", "last_used_at", "revoked_at", "days",
        )  # fmt: skip
        read_only_fields = ("expires_at",)


class MadeToken(TokenShape):
    """A token that was just made."""

    example = TokenShape.example | {"token": TEXT}
    token = serializers.CharField(read_only=True, help_text="its text, shown this once")

    class Meta(TokenShape.Meta):
        fields = (*TokenShape.Meta.fields, "token")


class TokenFilters(Filters):
    user = ByKey(User, "id")


class Tokens(Creates, Deletes, Resource):
    """API tokens: one's own; an admin's are all of the tenant. DELETE revokes; the row stays."""

    model, shape = ApiToken, TokenShape
    writes = EVERYONE
    filterset_class = TokenFilters
    ordering = ("-created_at",)

    def rows(self, tenant):
        rows = super().rows(tenant).select_related("user")
        return rows if self.request.user.is_admin else rows.filter(user=self.request.user)

    @extend_schema(responses={201: MadeToken})
    def create(self, request, *args, **kwargs):
        return super().create(request, *args, **kwargs)

    def make(self, *, user=None, name, scope=Scope.WRITE, days=USUAL_DAYS):
        by = self.request.user
        if self.request._request.api_token is not None:
            raise NotAllowed(_("A token makes no tokens; sign in for one, or make it on a page."))
        if not did_recently_reauthenticate(
            self.request._request
        ):  # as on the page: a session alone may be somebody else's
            raise NotAllowed(_("Sign in again first, or make the token on the page My settings → API tokens."))
        if user is not None and user != by and not by.is_admin:
            raise NotAllowed(_("Tokens of others are the admins'."))
        token, text = make_token(user or by, name=name, scope=scope, days=days, by=by)
        self.text = text
        return token

    def answer(self, row, status=200, **how):
        response = super().answer(row, status, **how)
        if status == 201:
            response.data["token"] = self.text
            response["Cache-Control"] = "no-store"  # and so it is not kept for a repeat
        return response

    def end(self, token):
        revoke_token(token, by=self.request.user)
