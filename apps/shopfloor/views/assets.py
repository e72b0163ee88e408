"""The floor's part of an asset's page."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.core.roles import EVERYONE, roles_allowed
from apps.registry.models import Asset
from apps.shopfloor.models import StationAsset

SHOWN = 20


@require_GET
@roles_allowed(*EVERYONE)
def asset_stations(request, pk):
    """Which stations the asset serves and served, the latest first."""
    asset = get_object_or_404(Asset.objects.for_tenant(request.tenant), pk=pk)
    served = StationAsset.objects.for_tenant(request.tenant).filter(asset=asset).select_related("station")
    rows = list(served.order_by("-started_at", "-pk")[:SHOWN])
    return render(request, "shopfloor/_asset_stations.html", {"served": rows})
