"""An asset's documents and photos, and what expires."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.csv_export import EXPORTS
from apps.core.models import Attachment
from apps.core.roles import EVERYONE, MANAGERS, roles_allowed
from apps.registry import queries, services
from apps.registry.forms import DocumentForm, ExpiringForm, NewDocumentForm
from apps.registry.models import AssetDocument
from apps.registry.views.assets import asset_or_404, manages, posted

COLUMNS = ["until", "days_left", "what", "kind", "code", "asset", "location"]


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def document_new(request, pk):
    asset = asset_or_404(request, pk)
    form = NewDocumentForm(posted(request), request.FILES)
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        document = services.add_document(asset, fields.pop("file"), by=request.user, **fields)
        messages.success(request, _("“%s” is kept.") % document)
        return redirect("registry:asset_detail", pk=asset.pk)
    return _form_page(request, form, asset=asset, title=_("New document of %s") % asset)


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def document_change(request, pk):
    document = _document(request, pk)
    form = DocumentForm(posted(request), instance=document)
    if request.method == "POST" and form.is_valid():
        services.change_document(document, **form.cleaned_data)
        messages.success(request, _("“%s” is changed.") % document)
        return redirect("registry:asset_detail", pk=document.asset_id)
    return _form_page(request, form, asset=document.asset, title=_("Change the document"), document=document)


def _document(request, pk):
    return get_object_or_404(AssetDocument.objects.for_tenant(request.tenant).select_related("asset"), pk=pk)


def _form_page(request, form, *, asset, title, document=None):
    context = {"form": form, "title": title, "button": _("Save"), "asset": asset, "document": document}
    return render(request, "registry/asset_form.html", context, status=422 if form.errors else 200)


@require_POST
@roles_allowed(*MANAGERS)
def document_remove(request, pk):
    document = _document(request, pk)
    services.remove_document(document)
    messages.success(request, _("“%s” is gone.") % document)
    return redirect("registry:asset_detail", pk=document.asset_id)


@require_POST
@roles_allowed(*MANAGERS)
def asset_photos(request, pk):
    asset = asset_or_404(request, pk)
    services.add_photos(asset, request.FILES.getlist("photos"), by=request.user)
    messages.success(request, _("The photos are kept."))
    return redirect("registry:asset_detail", pk=asset.pk)


@require_POST
@roles_allowed(*MANAGERS)
def photo_remove(request, pk):
    photos = Attachment.objects.for_tenant(request.tenant).filter(entity_type="assets")
    photo = get_object_or_404(photos, pk=pk)
    services.remove_photo(photo)
    messages.success(request, _("The photo is gone."))
    return redirect("registry:asset_detail", pk=photo.entity_id)


@require_GET
@roles_allowed(*EVERYONE)
def assets_expiring(request):
    """Warranties and documents that have ended or end soon, the soonest first."""
    today, days = timezone.localdate(), _days(request)
    rows = queries.expiring(request.tenant, today=today, days=days)
    context = {"rows": rows[: queries.MOST_EXPIRING], "is_more": len(rows) > queries.MOST_EXPIRING, "days": days}
    context |= {"choices": ExpiringForm.DAYS, "manages": manages(request)}
    return render(request, "registry/assets_expiring.html", context)


def _days(request) -> int:
    form = ExpiringForm(request.GET)
    return int(form.cleaned_data["days"]) if form.is_valid() else ExpiringForm.USUAL


@require_GET
@roles_allowed(*EVERYONE)
def assets_expiring_file(request, kind):
    """All of it: until when, what, of which asset."""
    tenant, today, days = request.tenant, timezone.localdate(), _days(request)
    warranties, papers = queries.ending(tenant, today=today, days=days)

    def page(_after):
        rows = queries.expiring(tenant, today=today, days=days, most=None)
        return [_cells(row) for row in rows], ""

    return EXPORTS[kind](
        request, name="expiring", table="asset_documents", asked={"days": str(days)},
        found=warranties.values("pk").union(papers.values("pk"), all=True), columns=COLUMNS, page=page,
    )  # fmt: skip


def _cells(row) -> list:
    paper, asset = row.document, row.asset
    what = (paper.title, paper.get_kind_display()) if paper else (_("Warranty"), "")
    return [row.day, row.days_left, *what, asset.code or "", asset.name, asset.location.name]
