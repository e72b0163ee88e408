"""Who is told of what should be back, and is not."""

from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.models import Notification, User
from apps.core.notifications.kinds import NotificationKind, register
from apps.core.notifications.services import mark_read, notify
from apps.core.roles import Role
from apps.logistics.models import AssetMovement


def describe_not_back(parts) -> str:
    words = {"asset": parts["asset"], "place": parts["place"]}
    words["day"] = date_format(date.fromisoformat(parts["day"]), "Y-m-d")
    return _("%(asset)s was expected back from %(place)s on %(day)s") % words


NOT_BACK = register(
    NotificationKind(key="not_back", name=gettext_lazy("Assets that are not back in time"), describe=describe_not_back, icon="clock")
)  # fmt: skip


def is_back(tenant, rows) -> None:
    """What people were told of these returnable movements needs nobody any more. rows: keys."""
    if rows := list(filter(None, rows)):
        about = {"kind": NOT_BACK.key, "entity_type": AssetMovement._meta.db_table, "entity_id__in": rows}
        mark_read(Notification.objects.for_tenant(tenant).filter(**about))


def tell_of_overdue_returns(tenant) -> int:
    """Tell who sent it, and the supervisors, each day until it is back; returns how many were told."""
    today, told = timezone.localdate(timezone=tenant.zone), 0
    people = User.objects.for_tenant(tenant).filter(is_active=True)
    supervisors = set(people.filter(role=Role.SUPERVISOR).values_list("pk", flat=True))
    late = AssetMovement.objects.for_tenant(tenant).overdue(today).select_related("asset", "to_location", "tenant")
    for row in late.order_by("expected_return", "pk").iterator():
        told += notify(
            NOT_BACK, people.filter(pk__in={*supervisors, row.dispatched_by_id}), row, occasion=today.isoformat(),
            url=reverse("logistics:movement_detail", args=[row.pk]), asset=row.asset.name,
            place=row.to_location.name, day=row.expected_return.isoformat(),
        )  # fmt: skip
    return told
