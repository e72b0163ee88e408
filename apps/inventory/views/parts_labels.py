"""Printing labels of parts."""

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from apps.core.http import lasting_address
from apps.core.label_sheets import FORMATS, MOST_LABELS
from apps.core.pdf import as_download
from apps.core.roles import SUPERVISORS, roles_allowed
from apps.inventory.label_forms import PartChoiceForm, PartSheetForm
from apps.inventory.printing import labels_of

SHOWN = 50


@require_GET
@roles_allowed(*SUPERVISORS)
def part_labels(request):
    """See which parts were chosen (`?part=`, several; or the list's filters), choose a sheet, print."""
    return _page(request, PartChoiceForm(request.GET, tenant=request.tenant), PartSheetForm())


@require_POST
@roles_allowed(*SUPERVISORS)
def part_labels_print(request):
    """A PDF with the labels of the chosen parts. Changes nothing."""
    choice, sheet = PartChoiceForm(request.POST, tenant=request.tenant), PartSheetForm(request.POST)
    if not (choice.is_valid() and sheet.is_valid()):
        return _page(request, choice, sheet, status=422)
    return as_download(labels_of(request, choice.found(), sheet), "part-labels")


def _page(request, choice, sheet, status=200):
    rows = list(choice.found()[: MOST_LABELS + 1])
    context = {
        "choice": choice, "sheet": sheet, "rows": rows[:SHOWN], "count": len(rows), "most": MOST_LABELS,
        "formats": FORMATS.values(), "address": lasting_address(request, "/parts/") + "…", "is_guessed": not settings.ADDRESS,
    }  # fmt: skip
    return render(request, "inventory/part_labels.html", context, status=status)
