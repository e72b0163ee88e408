"""What a scanned or typed code means to the stores."""

from django.urls import reverse

from apps.core.hooks import Meant, knows_codes
from apps.inventory.queries import find_part


@knows_codes
def part_of(tenant, code):
    """The part whose SKU, barcode or label this is."""
    if part := find_part(tenant, code):
        yield Meant(f"{part.sku} {part.name}", reverse("inventory:part_detail", args=[part.pk]))
