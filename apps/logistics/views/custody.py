"""The unbroken line of an asset: where it was, from when to when, and who gave and took it."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.core.pdf import as_download
from apps.core.roles import EVERYONE, roles_allowed
from apps.logistics import lists
from apps.logistics.models import AssetMovement
from apps.logistics.paper import custody_pdf
from apps.registry.models import Asset

SHOWN, MOST = 5, 500


def _asset(request, pk):
    return get_object_or_404(Asset.objects.for_tenant(request.tenant).select_related("location", "tenant"), pk=pk)


def _line(asset, most) -> list:
    """The newest first."""
    rows = AssetMovement.objects.for_tenant(asset.tenant_id).filter(asset=asset).of_line().with_names()
    return lists.with_handovers(rows.select_related("carried_by__asset", "lost_by").reverse()[:most])


@require_GET
@roles_allowed(*EVERYONE)
def asset_custody(request, pk):
    """The last of it, for the asset's page."""
    asset = _asset(request, pk)
    rows = _line(asset, SHOWN + 1)
    context = {"asset": asset, "rows": rows[:SHOWN], "is_more": len(rows) > SHOWN}
    return render(request, "logistics/_asset_custody.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def custody(request, pk):
    """All of it."""
    asset = _asset(request, pk)
    rows = _line(asset, MOST + 1)
    context = {"asset": asset, "rows": rows[:MOST], "is_more": len(rows) > MOST, "most": MOST}
    return render(request, "logistics/custody.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def custody_file(request, pk):
    """The same as a PDF."""
    asset = _asset(request, pk)
    return as_download(custody_pdf(asset, _line(asset, MOST)), f"custody-{asset.identity.client_code or asset.pk}")
