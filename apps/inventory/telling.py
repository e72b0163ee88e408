"""Who is told of what is to be ordered, and of what is late: managers, once."""

from urllib.parse import urlencode

from django.db.models import F, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.models import User
from apps.core.notifications.kinds import NotificationKind, register
from apps.core.notifications.services import notify
from apps.core.roles import Role
from apps.inventory import queries
from apps.inventory.models import MoveKind, StockMove, plain


def describe_reorder(parts) -> str:
    words = {name: parts[name] for name in ("sku", "name", "available", "minimum", "unit")}
    return _("%(sku)s (%(name)s) is below its minimum: %(available)s of %(minimum)s %(unit)s are available") % words


def describe_late(parts) -> str:
    words = {name: parts[name] for name in ("sku", "quantity", "unit", "supplier", "day")}
    if parts["supplier"]:
        return _("%(quantity)s %(unit)s of %(sku)s from %(supplier)s were expected on %(day)s and are late") % words
    return _("%(quantity)s %(unit)s of %(sku)s were expected on %(day)s and are late") % words


REORDER = register(
    NotificationKind(key="reorder", name=gettext_lazy("Parts to reorder"), describe=describe_reorder, icon="box")
)
LATE_ORDER = register(
    NotificationKind(key="late_order", name=gettext_lazy("Orders of parts that are late"), describe=describe_late, icon="clock")
)  # fmt: skip


def tell_of_stores(tenant) -> int:
    """Tell managers of parts below their minimum of which too little is ordered, once until something is received again,
    and of orders that did not come on their day; returns how many were told."""
    managers = User.objects.for_tenant(tenant).filter(role=Role.MANAGER)
    return sum(_tell_of_part(part, managers) for part in _short(tenant)) + sum(
        _tell_of_order(order, managers)
        for order in queries.late_orders(tenant, timezone.localdate(timezone=tenant.zone)).select_related("part")
    )


def _short(tenant):
    received = StockMove.objects.filter(tenant=tenant, part=OuterRef("pk"), kind=MoveKind.RECEIVE).order_by("-seq")
    short = queries.to_reorder(tenant).filter(min_level__gt=F("available") + F("ordered"))
    return short.annotate(received=Subquery(received.values("seq")[:1])).order_by("sku")


def _tell_of_part(part, managers) -> int:
    return notify(
        REORDER, managers, part, occasion=str(part.received or ""), url=f"{reverse('inventory:reorder')}?{urlencode({'q': part.sku})}",
        sku=part.sku, name=part.name, unit=part.unit, available=plain(part.available), minimum=plain(part.min_level),
    )  # fmt: skip


def _tell_of_order(order, managers) -> int:
    return notify(
        LATE_ORDER, managers, order, occasion=order.expected_on.isoformat(),
        url=f"{reverse('inventory:part_orders')}?state=late", sku=order.part.sku, unit=order.part.unit,
        quantity=plain(order.qty_open), supplier=order.supplier, day=order.expected_on.isoformat(),
    )  # fmt: skip
