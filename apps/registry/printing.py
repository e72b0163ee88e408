"""Labels as they are printed: what stands on them, and where their codes lead."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.http import lasting_address
from apps.core.label_sheets import MOST_LABELS, Label, label_sheet


def labels_of(request, identities, sheet) -> bytes:
    """A PDF with the labels of assets. identities: a queryset with asset and place. sheet: a valid SheetForm."""
    found = [
        Label(_opens(request, row.qr_token), row.client_code, row.asset.name, row.asset.location.name)
        for row in identities[: MOST_LABELS + 1]
    ]
    return _printed(found, sheet)


def labels_of_batch(request, batch, tokens, sheet) -> bytes:
    """A PDF with labels that belong to nothing yet: numbered, so that a missing one is seen."""
    found = [
        Label(_opens(request, token), name=_("No. %d") % number, place=batch)
        for number, token in enumerate(tokens, start=1)
    ]
    return _printed(found, sheet)


def _opens(request, token) -> str:
    return lasting_address(request, reverse("registry:scanned", args=[token]))


def _printed(found, sheet) -> bytes:
    said = sheet.cleaned_data
    return label_sheet(found, said["format"], said["start"], copies=said["copies"])
