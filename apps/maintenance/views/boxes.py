"""Maintenance's parts of an asset's page."""

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from apps.core.roles import EVERYONE, roles_allowed
from apps.maintenance.models import OrderStatus, PmSchedule
from apps.maintenance.queries import orders as queries
from apps.maintenance.queries.schedules import dues
from apps.maintenance.rights import rights_of
from apps.registry.models import Asset, AssetStatus

SHOWN, PAST = 20, 5


def _asset(request, pk) -> Asset:
    return get_object_or_404(Asset.objects.for_tenant(request.tenant), pk=pk)


@require_GET
@roles_allowed(*EVERYONE)
def asset_maintenance(request, pk):
    """What maintenance the asset needs next, the soonest first."""
    asset, today = _asset(request, pk), timezone.localdate()
    rows = PmSchedule.objects.for_tenant(request.tenant).filter(asset=asset, is_active=True)
    found = list(rows.order_by("next_due_date", "pk")[: SHOWN + 1])
    due = dues(request.tenant, found, today=today)
    context = {
        "asset": asset, "rows": [(row, due[row.pk]) for row in found[:SHOWN]], "is_more": len(found) > SHOWN,
        "may": rights_of(request), "is_retired": asset.status == AssetStatus.RETIRED,
    }  # fmt: skip
    return render(request, "maintenance/_asset_maintenance.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def asset_orders(request, pk):
    """The asset's open orders, and those that ended last."""
    asset, today = _asset(request, pk), timezone.localdate()
    orders = queries.listed(request.tenant).filter(asset=asset)
    found = list(orders.open().order_by("due_date", "pk")[: SHOWN + 1])
    over = orders.filter(Q(status=OrderStatus.CLOSED) | Q(status=OrderStatus.CANCELLED)).order_by("-created_at", "-pk")
    context = {
        "asset": asset, "past": list(over[:PAST]), "is_more": len(found) > SHOWN, "may": rights_of(request),
        "rows": [(order, queries.lateness(order, today), queries.is_late(order, today)) for order in found[:SHOWN]],
        "is_retired": asset.status == AssetStatus.RETIRED,
    }  # fmt: skip
    return render(request, "maintenance/_asset_orders.html", context)
