"""What the lists of the stores' pages find."""

from django.db.models import Exists, F, OuterRef, Q

from apps.inventory.models import STORES, Part, PartBarcode, Stock
from apps.inventory.queries.levels import with_levels
from apps.registry.models import Location

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


def stock_found(tenant, look):
    """What is where, by warehouse and bin, that a look finds: q (of the part), place (a Location), bin, empty ("1": also
    bins in which nothing is left)."""
    rows = Stock.objects.for_tenant(tenant).select_related("part", "location")
    if not look.get("empty"):
        rows = rows.filter(qty_on_hand__gt=0)
    if look.get("place"):
        rows = rows.filter(location=look["place"])
    if look.get("bin"):
        rows = rows.filter(bin_location__istartswith=look["bin"].replace("\x00", ""))
    return rows.filter(named(tenant, look.get("q", ""), "part__")).order_by("location_id", "bin_location", "id")


def stores(tenant):
    """The warehouses and vehicles that parts are kept in, by name."""
    return Location.objects.for_tenant(tenant).filter(type__in=STORES, is_active=True).order_by("name", "pk")


def categories(tenant) -> list[str]:
    """The categories that parts have."""
    names = Part.objects.for_tenant(tenant).exclude(category="").order_by("category")
    return list(names.values_list("category", flat=True).distinct())
