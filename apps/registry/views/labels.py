"""Printing labels: of chosen assets, and of none yet."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Max, Min
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.errors import BrokenRule
from apps.core.http import lasting_address, stays_here
from apps.core.label_sheets import FORMATS, MOST_LABELS
from apps.core.pdf import as_download
from apps.core.roles import MANAGERS, SUPERVISORS, roles_allowed
from apps.registry import queries, services
from apps.registry.label_forms import BatchForm, ChoiceForm, SheetForm
from apps.registry.models import Asset, QrLabel
from apps.registry.printing import labels_of, labels_of_batch

SHOWN = 50
BATCHES_SHOWN = 20


@require_GET
@roles_allowed(*SUPERVISORS)
def labels(request):
    """Choose assets, see how many they are, print; and the batches that belong to nothing yet."""
    return _page(request, ChoiceForm(request.GET, tenant=request.tenant), SheetForm(), BatchForm())


def _page(request, choice, sheet, batch, status=200):
    is_good = choice.is_valid()
    found = choice.found() if is_good else []
    rows = list(found[: MOST_LABELS + 1])
    context = {
        "choice": choice,
        "sheet": sheet,
        "batch_form": batch,
        "rows": rows[:SHOWN],
        "count": len(rows),
        "most": MOST_LABELS,
        "categories": queries.categories(request.tenant),
        "is_asked": is_good and choice.is_about_something(),
        "unknown": choice.unknown_codes() if is_good else [],
        "batches": _batches(request.tenant).order_by("-printed")[:BATCHES_SHOWN],
    }
    return render(request, "registry/labels.html", _with_sheets(request, context), status=status)


def _with_sheets(request, context):
    address = lasting_address(request, "/q/")
    return context | {
        "formats": FORMATS.values(),
        "address": address + "…",
        "stays_here": stays_here(address),
        "is_guessed": not settings.ADDRESS,
    }


def _batches(tenant):
    return (
        QrLabel.objects.for_tenant(tenant)
        .values("batch")
        .annotate(
            printed=Min("created_at"), labels=Count("pk"), linked=Count("asset"), by=Max("created_by__display_name")
        )
    )


@require_POST
@roles_allowed(*SUPERVISORS)
def labels_print(request):
    """A PDF with the labels of the chosen assets. Changes nothing."""
    choice, sheet = ChoiceForm(request.POST, tenant=request.tenant), SheetForm(request.POST)
    if not (choice.is_valid() and sheet.is_valid()):
        return _page(request, choice, sheet, BatchForm(), status=422)
    return as_download(labels_of(request, choice.found(), sheet), "labels")


@require_POST
@roles_allowed(*SUPERVISORS)
def labels_new(request):
    """Make a batch of labels for nobody yet; its own page prints it, as often as need be."""
    form = BatchForm(request.POST)
    if not form.is_valid():
        return _page(request, ChoiceForm({}, tenant=request.tenant), SheetForm(), form, status=422)
    batch = services.make_labels(request.tenant, form.cleaned_data["count"], by=request.user)
    return redirect("registry:batch", batch=batch)


@require_GET
@roles_allowed(*SUPERVISORS)
def batch(request, batch):
    """One batch: how many of it are linked, and to what; print it."""
    about = get_object_or_404(_batches(request.tenant), batch=batch)
    linked = QrLabel.objects.for_tenant(request.tenant).filter(batch=batch, asset__isnull=False)
    context = {
        "about": about,
        "linked": linked.select_related("asset", "linked_by").order_by("-linked_at", "pk")[:SHOWN],
        "sheet": SheetForm(request.GET if "format" in request.GET else None),
    }
    return render(request, "registry/batch.html", _with_sheets(request, context))


@require_GET
@roles_allowed(*SUPERVISORS)
def batch_print(request, batch):
    """The batch's PDF: the same tokens each time, in the same order."""
    found = QrLabel.objects.for_tenant(request.tenant).filter(batch=batch).order_by("pk")
    tokens = list(found.values_list("token", flat=True)[: MOST_LABELS + 1])
    if not tokens:
        raise Http404
    sheet = SheetForm(request.GET)
    if not sheet.is_valid():
        raise BrokenRule(" ".join(error for errors in sheet.errors.values() for error in errors))
    return as_download(labels_of_batch(request, batch, tokens, sheet), f"labels-{batch}")


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def label_reissue(request, pk):
    """Ask once, then give the asset a new label: the old one opens nothing from then on."""
    asset = get_object_or_404(Asset.objects.for_tenant(request.tenant), pk=pk)
    if request.method == "GET":
        return render(request, "registry/label_reissue.html", {"asset": asset})
    identity = services.reissue_label(asset, by=request.user)
    messages.success(request, _("The old label of %s opens nothing any more. Print the new one.") % asset)
    return redirect("registry:scanned", qr=identity.qr_token)
