"""Admins and supervisors are told of who leaves and still holds something."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from apps.core.hooks import held_by, told_of_leavers
from apps.core.models import User
from apps.core.notifications.kinds import NotificationKind, register
from apps.core.notifications.services import notify
from apps.core.roles import Role

LEAVER = register(
    NotificationKind(
        key="leaver",
        name=gettext_lazy("Somebody leaves and still holds something"),
        describe=lambda parts: (
            ngettext(
                "%(person)s can no longer sign in and still holds one thing.",
                "%(person)s can no longer sign in and still holds %(count)d things.",
                parts["count"],
            )
            % parts
        ),
        icon="person",
    )
)


@told_of_leavers
def tell_of_leaver(person, by) -> None:
    """Once a day for each person, however often they are switched off."""
    held = held_by(person.tenant, User.objects.filter(pk=person.pk)).get(person.pk)
    if held:
        people = User.objects.for_tenant(person.tenant).filter(role__in=[Role.SUPERVISOR, Role.ADMIN])
        notify(
            LEAVER,
            people,
            person,
            by=by,
            occasion=str(timezone.localdate(timezone=person.tenant.zone)),
            url=reverse("core:leavers"),
            person=str(person.pk),
            count=len(held),
        )
