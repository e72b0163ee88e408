"""Who is told of what expires: managers, 30 days before a warranty or a document ends."""

from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.models import User
from apps.core.notifications.kinds import NotificationKind, register
from apps.core.notifications.services import notify
from apps.core.roles import Role
from apps.registry.queries import expiring

AHEAD = LATE = timedelta(days=30)  # what ended longer ago is history, and stands on its page


def describe_expiry(parts) -> str:
    words = {
        "asset": parts["asset"],
        "paper": parts["paper"],
        "day": date_format(date.fromisoformat(parts["day"]), "Y-m-d"),
    }
    if parts["paper"]:
        return _("“%(paper)s” of %(asset)s expires on %(day)s") % words
    return _("The warranty of %(asset)s ends on %(day)s") % words


EXPIRY = register(
    NotificationKind(
        key="expiry", name=gettext_lazy("Warranties and documents that end"), describe=describe_expiry, icon="clock"
    )
)


def tell_of_expiry(tenant) -> int:
    """Tell managers what ends within 30 days, once for each day of ending; returns how many were told."""
    today = timezone.localdate(timezone=tenant.zone)
    managers, told = User.objects.for_tenant(tenant).filter(role=Role.MANAGER), 0
    for row in expiring(tenant, today=today, days=AHEAD.days, since=today - LATE, most=None):
        told += notify(
            EXPIRY,
            managers,
            row.document or row.asset,
            occasion=row.day.isoformat(),
            url=reverse("registry:asset_detail", args=[row.asset.pk]),
            asset=row.asset.name,
            paper=row.document.title if row.document else "",
            day=row.day.isoformat(),
        )
    return told
