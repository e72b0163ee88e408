"""Labels of parts: the code opens the part's page; SKU, name and bin stand beside it for people."""

from django.urls import reverse

from apps.core.http import lasting_address
from apps.core.label_sheets import MOST_LABELS, Label, label_sheet
from apps.inventory.models import Stock


def labels_of(request, parts, sheet) -> bytes:
    """A PDF with the labels of parts. parts: a queryset, in the order of the labels. sheet: a valid PartSheetForm."""
    said, found = sheet.cleaned_data, list(parts[: MOST_LABELS + 1])
    bins = _bins(request.tenant, found)
    labels = []
    for part in found:
        address = lasting_address(request, reverse("inventory:part_detail", args=[part.pk]))
        places = bins.get(part.pk, [""])
        labels += [
            Label(address, part.sku, part.name, place) for place in (places if said["each"] == "bin" else places[:1])
        ]
    return label_sheet(labels, said["format"], said["start"], copies=said["copies"])


def _bins(tenant, parts) -> dict:
    """{key of a part: where it lies, the place with the most first}; one query, whatever their number."""
    rows = Stock.objects.for_tenant(tenant).filter(part__in=parts, qty_on_hand__gt=0).select_related("location")
    found: dict = {}
    for row in rows.order_by("-qty_on_hand", "location__name", "bin_location"):
        place = f"{row.location} · {row.bin_location}" if row.bin_location else str(row.location)
        found.setdefault(row.part_id, []).append(place)
    return found
