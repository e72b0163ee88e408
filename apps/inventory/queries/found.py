"""What the lists of the stores' pages find."""

from django.db.models import Exists, F, OuterRef, Q

from apps.inventory.models import Part, PartBarcode
from apps.inventory.queries.levels import with_levels

WORDS = 8  # of a search; more only narrow what is narrow already


def parts_found(tenant, look):
    """A tenant's parts with their levels, that a look finds: q, category, abc_class, below ("1": below their minimum),
    use ("": in use, "no": out of use, "all")."""
    parts = with_levels(Part.objects.for_tenant(tenant))
    if look.get("use") != "all":
        parts = parts.filter(is_active=look.get("use") != "no")
    for name in ("category", "abc_class"):
        if look.get(name):
            parts = parts.filter(**{name: look[name]})
    if look.get("below"):
        parts = parts.filter(min_level__gt=0, available__lt=F("min_level"))
    return parts.filter(named(tenant, look.get("q", "")))


def named(tenant, text: str, part: str = "") -> Q:
    """Whose SKU, name, barcode or alternative barcode has each word of a text. part: the way to the part, "part__" say."""
    found = Q()
    for word in text.replace("\x00", "").split()[:WORDS]:
        other = PartBarcode.objects.for_tenant(tenant).filter(part=OuterRef(f"{part}pk"), barcode__icontains=word)
        fields = ("sku", "name", "barcode")
        found &= Q(Exists(other)) | Q(*[(f"{part}{field}__icontains", word) for field in fields], _connector=Q.OR)
    return found


def categories(tenant) -> list[str]:
    """The categories that parts have."""
    names = Part.objects.for_tenant(tenant).exclude(category="").order_by("category")
    return list(names.values_list("category", flat=True).distinct())
