"""Assets: the tree and the list, one asset's page, and what managers do to it."""

from base64 import b64encode
from dataclasses import replace

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.audit import CHANGES
from apps.core.audit.views import by_day
from apps.core.audit.words import entries
from apps.core.errors import BrokenRule
from apps.core.hooks import asset_boxes, left_to_do
from apps.core.http import lasting_address
from apps.core.label_sheets import qr_svg
from apps.core.models import AuditLog
from apps.core.roles import EVERYONE, MANAGERS, Role, roles_allowed
from apps.registry import queries, services
from apps.registry.forms import AssetForm, MoveAssetForm, NewAssetForm, StatusForm
from apps.registry.meter_page import meters_of
from apps.registry.models import Asset, AssetSpec, AssetStatus
from apps.registry.spec_form import SpecForm

HISTORY_SHOWN, OPTIONS, SHOWN = 10, 20, 100


def asset_or_404(request, pk) -> Asset:
    rows = Asset.objects.for_tenant(request.tenant).select_related("tenant", "location", "parent")
    return get_object_or_404(rows, pk=pk)


def posted(request):
    """What a form was sent, also where that is nothing; None where it is only looked at."""
    return request.POST if request.method == "POST" else None


def manages(request) -> bool:
    return request.user.is_at_least(Role.MANAGER)


@require_GET
@roles_allowed(*EVERYONE)
def asset_detail(request, pk):
    """What an asset is, where it is, what it consists of; what later apps know of it comes as boxes."""
    asset = asset_or_404(request, pk)
    components = queries.listed(request.tenant).filter(parent=asset).order_by("name", "pk")
    today = timezone.localdate()
    address = lasting_address(request, reverse("registry:scanned", args=[asset.identity.qr_token]))
    context = {
        "asset": asset,
        "places": asset.location.get_ancestors(include_self=True),
        "units": asset.get_ancestors() if asset.parent_id else (),
        "components": list(components[: SHOWN + 1]),
        "most": SHOWN,
        "specs": queries.shown_specs(asset),
        "documents": [(row, queries.how_soon(row.expires_date, today)) for row in queries.documents_of(asset)],
        "warranty": queries.how_soon(asset.warranty_end, today),
        "photos": list(services.photos_of(asset)),
        "meters": meters_of(asset),
        "boxes": asset_boxes(),
        "qr": f"data:image/svg+xml;base64,{b64encode(qr_svg(address).encode()).decode()}",
        "manages": manages(request),
        "supervises": request.user.is_at_least(Role.SUPERVISOR),
        "is_retired": asset.status == AssetStatus.RETIRED,
        "history": by_day(_history(request, asset)) if manages(request) else (),
        "today": today,
    }
    return render(request, "registry/asset_detail.html", context)


def _history(request, asset):
    """The last changes of an asset, its identity and its specs. The whole of it, to which each leads, is for admins."""
    rows = entries(_changes(asset), request.tenant)
    return [replace(row, name=str(asset), address=row.address if request.user.is_admin else "") for row in rows]


def _changes(asset):
    keys = {"assets": asset.pk, "asset_identities": asset.identity.pk}
    if spec := AssetSpec.objects.for_tenant(asset.tenant_id).filter(asset=asset).first():
        keys["asset_specs"] = spec.pk
    found = []
    for table, key in keys.items():
        rows = AuditLog.objects.filter(
            tenant=asset.tenant_id, entity_type=table, entity_id=str(key), action__in=CHANGES
        )
        found += rows.order_by("-id")[:HISTORY_SHOWN]
    return sorted(found, key=lambda row: -row.pk)[:HISTORY_SHOWN]


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def asset_new(request):
    """A new asset; the address may say where: `?location=`, `?parent=`."""
    start = {"location": request.GET.get("location"), "parent": request.GET.get("parent")}
    form = NewAssetForm(posted(request), tenant=request.tenant, initial=start, instance=Asset(tenant=request.tenant))
    if request.method == "POST" and form.is_valid():
        asset, unit = form.instance, form.cleaned_data["parent"]
        asset.location = form.cleaned_data["location"] or unit.location
        asset = services.save_asset(asset, parent=unit, identity=form.identity)
        messages.success(request, _("%s is there.") % asset)
        return redirect("registry:asset_detail", pk=asset.pk)
    return _form_page(request, form, title=_("New asset"), button=_("Create the asset"))


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def asset_change(request, pk):
    asset = asset_or_404(request, pk)
    form = AssetForm(posted(request), instance=asset)
    title = _("Change %s") % asset.name
    if request.method == "POST" and form.is_valid():
        services.save_asset(asset, identity=form.identity, seen=form.cleaned_data["seen"])
        messages.success(request, _("%s is changed.") % asset)
        return redirect("registry:asset_detail", pk=asset.pk)
    return _form_page(request, form, title=title, button=_("Save"), asset=asset)


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def asset_move(request, pk):
    asset = asset_or_404(request, pk)
    form = MoveAssetForm(posted(request), asset=asset)
    if request.method == "POST" and form.is_valid():
        services.move_asset(asset, by=request.user, **form.cleaned_data)
        messages.success(request, _("%s has moved, with all its components.") % asset)
        return redirect("registry:asset_detail", pk=asset.pk)
    return _form_page(request, form, title=_("Move %s") % asset, button=_("Move"), asset=asset)


def _form_page(request, form, *, title, button, asset=None):
    names = queries.categories(request.tenant)
    context = {"form": form, "title": title, "button": button, "asset": asset, "categories": names}
    return render(request, "registry/asset_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def asset_specs(request, pk):
    """The technical data: a form made from the schema of the category, and free rows."""
    asset = asset_or_404(request, pk)
    row = AssetSpec.objects.for_tenant(request.tenant).filter(asset=asset).first()
    schema, stored = services.schema_of(asset), row.specs if row else {}
    form = SpecForm(posted(request), schema=schema, specs=stored, version=asset.version)
    if request.method == "POST" and form.is_valid():
        services.save_specs(asset, form.specs, seen=form.cleaned_data["seen"])
        messages.success(request, _("The specs of %s are kept.") % asset)
        return redirect("registry:asset_detail", pk=asset.pk)
    context = {"form": form, "asset": asset}
    return render(request, "registry/asset_specs.html", context, status=422 if form.is_bound else 200)


@require_POST
@roles_allowed(*MANAGERS)
def asset_status(request, pk):
    """Out of service, back, or retired."""
    asset, form = asset_or_404(request, pk), StatusForm(request.POST)
    if not form.is_valid():
        raise BrokenRule(_("Choose what becomes of it: in service, out of service, or retired."))
    change = {
        AssetStatus.IN_SERVICE: services.set_in_service,
        AssetStatus.OUT_OF_SERVICE: services.set_out_of_service,
        AssetStatus.RETIRED: services.retire_asset,
    }[form.cleaned_data["status"]]
    asset = change(asset, reason=form.cleaned_data["reason"], seen=form.cleaned_data["seen"])
    said = _("%(asset)s: %(status)s.") % {"asset": asset, "status": asset.get_status_display().lower()}
    messages.success(request, said)
    for sentence in left_to_do(asset):
        messages.warning(request, sentence)
    return redirect("registry:asset_detail", pk=asset.pk)


@require_POST
@roles_allowed(*MANAGERS)
def asset_delete(request, pk):
    asset = asset_or_404(request, pk)
    services.delete_asset(asset)
    messages.success(request, _("%s is deleted.") % asset)
    return redirect("registry:assets")


@require_GET
@roles_allowed(*MANAGERS)
def asset_options(request):
    """Suggestions for a unit's code, as one types it."""
    text = next((request.GET[name] for name in ("parent", "q") if request.GET.get(name)), "")[:200]
    found = queries.listed(request.tenant).exclude(status=AssetStatus.RETIRED)
    found = queries.filtered(found, {"q": text}, tenant=request.tenant).order_by("name", "pk")[:OPTIONS] if text else ()
    return render(request, "registry/_asset_options.html", {"assets": found})
