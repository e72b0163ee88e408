"""What the pages of places and assets show: the list that filters find, and the branches of the tree."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q

from apps.core.paging import in_order
from apps.registry.models import Asset, AssetCategory, AssetDocument, AssetSpec, AssetStatus, Location
from apps.registry.search import searched

MOST_EXPIRING = 500
RECENTLY = timedelta(days=30)
GLANCE = 60  # of an open branch that nobody has opened
BRANCH = 200  # of a branch at once; "more" brings the next


@dataclass(frozen=True)
class Branch:
    """What hangs directly below a place or a unit. assets: their page; next: its cursor. opened: of the only place."""

    places: list
    assets: list
    next: str
    opened: "Branch | None" = None


def listed(tenant):
    """A tenant's assets, with what a row of a list shows."""
    return Asset.objects.for_tenant(tenant).select_related("location__parent").annotate(code=F("identity__client_code"))


def filtered(assets, look, *, tenant):
    """Those that a look finds: q, location (a Location, with all below it), category, status, criticality."""
    if place := look.get("location"):
        assets = assets.filter(location__in=all_below([place]))
    for name in ("category", "status", "criticality"):
        if look.get(name):
            assets = assets.filter(**{name: look[name]})
    return searched(assets, look["q"], tenant=tenant) if look.get("q") else assets


def all_below(places):
    """The keys of these places and of all below them."""
    among = Q(pk__in=[])
    for place in places:
        among |= Q(tree_id=place.tree_id, lft__gte=place.lft, rght__lte=place.rght)
    return Location.objects.for_tenant(places[0].tenant_id).filter(among).values("pk")


def own_places(person, tenant) -> list:
    """The places that a person's pages are narrowed to; none: all."""
    keys = getattr(person, "locations", None)
    return list(Location.objects.for_tenant(tenant).filter(pk__in=keys).order_by("name", "pk")) if keys else []


def narrowed(assets, places):
    return assets.filter(location__in=all_below(places)) if places else assets


def sites(tenant):
    """The places at the top, with whether anything is below each."""
    return with_below(Location.objects.for_tenant(tenant).filter(parent=None)).order_by("name", "pk")


def with_below(places):
    below = Q(Exists(Location.objects.filter(parent=OuterRef("pk")))) | Q(Exists(_standing(OuterRef("pk"))))
    return places.annotate(has_below=below)


def top_branch(places) -> Branch:
    """The places at the top of a page (with_below); where that is one alone, it is open: nobody comes to see a name."""
    found = list(places)
    below = below_place(found[0]) if len(found) == 1 and found[0].has_below else None
    is_short = below and len(below.places) + len(below.assets) <= GLANCE
    return Branch(found, [], "", below if is_short else None)


def _standing(place):
    """Units that stand at a place itself."""
    return Asset.objects.filter(location=place, parent=None)


def below_place(place, *, after="") -> Branch:
    """The places directly below one, and the units that stand there; further pages are of units alone."""
    places = with_below(Location.objects.for_tenant(place.tenant_id).filter(parent=place)).order_by("name", "pk")
    units = listed(place.tenant_id).filter(location=place, parent=None)
    return _branch([] if after else list(places), units, after)


def below_asset(asset, *, after="") -> Branch:
    """The components directly in a unit."""
    return _branch([], listed(asset.tenant_id).filter(parent=asset), after)


def _branch(places, assets, after) -> Branch:
    assets = assets.exclude(status=AssetStatus.RETIRED).annotate(
        has_below=Exists(Asset.objects.filter(parent=OuterRef("pk")))
    )
    page = in_order(assets, field="name", after=after, size=BRANCH)
    return Branch(places, page.rows, page.next)


def categories(tenant) -> list[str]:
    """The categories that there are, with and without a schema; what assets have, walked along its index."""
    named = set(AssetCategory.objects.for_tenant(tenant).values_list("name", flat=True))
    used = Asset.objects.raw(
        """with recursive used as (
               (select id, category from assets where tenant_id = %(tenant)s order by category, name, id limit 1)
               union all
               select n.id, n.category from used u cross join lateral (
                   select id, category from assets where tenant_id = %(tenant)s and category > u.category
                   order by category, name, id limit 1) n
           ) select id, category from used""",
        {"tenant": getattr(tenant, "pk", tenant)},
    )
    return sorted({*named, *(row.category for row in used)} - {""})


def count_at(place) -> int:
    """How many assets stand at a place and at all below it, retired ones left out."""
    found = Asset.objects.for_tenant(place.tenant_id).filter(location__in=all_below([place]))
    return found.exclude(status=AssetStatus.RETIRED).count()


def shown_specs(asset) -> list[tuple[str, object]]:
    """(name, value) of an asset's specs, in the order of its category's schema, called as that calls them."""
    row = AssetSpec.objects.for_tenant(asset.tenant_id).filter(asset=asset).first()
    if row is None or not row.specs:
        return []
    category = AssetCategory.objects.for_tenant(asset.tenant_id).filter(name=asset.category).first()
    known = (category.spec_schema.get("properties") or {}) if category else {}
    order = {name: place for place, name in enumerate(known)}
    names = sorted(row.specs, key=lambda name: (order.get(name, len(order)), name))
    titles = {name: described.get("title") for name, described in known.items() if isinstance(described, dict)}
    return [(titles.get(name) or name, row.specs[name]) for name in names]


def documents_of(asset):
    """An asset's papers, by title, with their files."""
    return (
        AssetDocument.objects.for_tenant(asset.tenant_id)
        .filter(asset=asset)
        .select_related("file")
        .order_by("title", "pk")
    )


def how_soon(day, today) -> str:
    """Of a day on which something ends: "over", "soon" (within 30 days), "later"; "" of none."""
    if day is None:
        return ""
    return "over" if day < today else "soon" if day <= today + timedelta(days=30) else "later"


@dataclass(frozen=True)
class Expiring:
    """document: None for the warranty."""

    day: date
    days_left: int
    how_soon: str
    asset: Asset
    document: AssetDocument | None


def expiring(tenant, *, today, days, since=date.min, most: int | None = MOST_EXPIRING + 1) -> list[Expiring]:
    """What has ended, since a day, or ends within so many days, of assets that are not retired; the soonest first.

    days 0: what has ended, the latest first. Else an old warranty is none of it: nobody can renew that.
    """
    mark = "" if days else "-"
    served, papers = ending(tenant, today=today, days=days, since=since)
    warranties = (
        served.annotate(code=F("identity__client_code"))
        .select_related("location")
        .order_by(f"{mark}warranty_end", "pk")[:most]
    )
    papers = papers.select_related("asset__location").annotate(code=F("asset__identity__client_code"))
    found = [(asset.warranty_end, asset, None) for asset in warranties]
    for paper in papers.order_by(f"{mark}expires_date", "pk")[:most]:
        paper.asset.code = paper.code
        found.append((paper.expires_date, paper.asset, paper))
    found.sort(key=lambda row: (row[0], str(row[1].pk)), reverse=bool(mark))
    return [Expiring(day, (day - today).days, how_soon(day, today), asset, paper) for day, asset, paper in found[:most]]


def ending(tenant, *, today, days, since=date.min):
    """(assets whose warranty, documents that) have ended or end, as `expiring` has them."""
    until = today + timedelta(days=days) if days else today - timedelta(days=1)
    warranties_since = max(since, today - RECENTLY) if days else since
    served = Asset.objects.for_tenant(tenant).exclude(status=AssetStatus.RETIRED)
    papers = AssetDocument.objects.for_tenant(tenant).exclude(asset__status=AssetStatus.RETIRED)
    return served.filter(warranty_end__range=(warranties_since, until)), papers.filter(
        expires_date__range=(since, until)
    )
