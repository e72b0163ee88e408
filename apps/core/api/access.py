"""Who asks, and whether the role may: the middleware has found the person, a resource says which roles it is for."""

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission

from apps.core.roles import EVERYONE


class Authentication(SessionAuthentication):
    """Hands on whom the middleware has found (apps.core.tokens). A browser's session has to bring its CSRF token."""

    def authenticate(self, request):
        plain = request._request
        if not plain.user.is_authenticated:
            return None
        if plain.api_token is None:
            self.enforce_csrf(request)
        return plain.user, plain.api_token

    def authenticate_header(self, request):
        return "Token"


class Door(BasePermission):
    """Lets in the roles that the view names for what is asked: `roles` of an action, else of reading or of writing."""

    code = "not_allowed"  # as services say it

    @property
    def message(self):
        return _("Your role may not do this.")

    def has_permission(self, request, view):
        return request.user.is_superuser or request.user.role in roles_of(view, request.method)


def roles_of(view, method) -> tuple:
    """The roles that may send `method` to this view's address."""
    action = getattr(view, getattr(view, "action", None) or "", None)
    if roles := getattr(action, "roles", None):
        return roles
    return (
        getattr(view, "reads", EVERYONE) if method in ("GET", "HEAD", "OPTIONS") else getattr(view, "writes", EVERYONE)
    )


class TokenScheme(OpenApiAuthenticationExtension):
    """What the API's description says of signing in."""

    target_class = Authentication
    name = ["token", "session"]

    def get_security_definition(self, auto_schema):
        return [
            {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "`Token …`, from `POST /api/v1/auth/token/` or from the page My settings → API tokens.",
            },
            {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": "A browser's session; what changes something needs the header `X-CSRFToken` too.",
            },
        ]

    def get_security_requirement(self, auto_schema):
        return [{"token": []}, {"session": []}]
