"""Who may do what: the roles, in their order, and the door of a view. The table itself is docs/rights.md."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """From the fewest rights to the most."""

    OPERATOR = "operator", _("Operator")
    TECHNICIAN = "technician", _("Technician")
    SUPERVISOR = "supervisor", _("Supervisor")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")

    @property
    def rank(self) -> int:
        return list(Role).index(self)


EVERYONE = tuple(Role)
SUPERVISORS = (Role.SUPERVISOR, Role.MANAGER, Role.ADMIN)
MANAGERS = (Role.MANAGER, Role.ADMIN)


def roles_allowed(*roles: Role):
    """Let a signed-in person of one of these roles into the view; anyone else gets 403.

    A platform superuser comes in once a tenant is chosen (SignInRequired sees to that).
    """

    def door(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not (request.user.is_superuser or request.user.role in roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.roles = roles
        return guarded

    return door
