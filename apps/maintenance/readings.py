"""What the meters of assets say, as the engine takes it."""

from django.db.models import Exists, OuterRef, Subquery

from apps.maintenance.due import Reading
from apps.registry.ledgers import CACHED, book_of, recent
from apps.registry.meters import WINDOW, ledger, mean_daily_use
from apps.registry.models import AssetMeter, MeterReading, ReadingKind


def lifetime_of(asset, meter):
    """A meter's lifetime value; None where it was never read."""
    row = AssetMeter.objects.filter(tenant_id=asset.tenant_id, asset=asset).first()
    return row and getattr(row, CACHED[meter][0])


def reading_of(asset, meter) -> Reading | None:
    """What a meter said last, with its mean daily use, read from the whole ledger; None where it was never read."""
    points = book_of(asset, meter).points
    if not points:
        return None
    last = points[-1]
    read_on = asset.tenant.local(last.entry.read_at).date()
    return Reading(value=last.lifetime, read_on=read_on, daily_use=mean_daily_use(points))


def readings_of(tenant, wanted) -> dict[tuple, Reading]:
    """{(asset's key, meter): what it said last} of many meters at once, those left out that were never read.

    wanted: such pairs. A statement for all and one for each kind of meter, none for no pairs.
    """
    of_meter: dict = {}
    for asset, meter in wanted:
        of_meter.setdefault(meter, set()).add(asset)
    if not of_meter:
        return {}
    rows = AssetMeter.objects.for_tenant(tenant).filter(asset__in=set().union(*of_meter.values()))
    rows = rows.annotate(**{f"{meter}_at": _last_read_at(meter) for meter in of_meter})
    found = {}
    for meter, assets in sorted(of_meter.items()):
        read = {row.asset_id: row for row in rows if row.asset_id in assets and getattr(row, f"{meter}_at")}
        last = {asset: getattr(row, f"{meter}_at") for asset, row in read.items()}
        books = recent(tenant.pk, meter, {asset: at - WINDOW for asset, at in last.items()})
        for asset, row in read.items():
            found[asset, meter] = Reading(
                value=getattr(row, CACHED[meter][0]),
                read_on=tenant.local(last[asset]).date(),
                daily_use=mean_daily_use(ledger(books[asset].entries).points),
            )
    return found


def _last_read_at(meter) -> Subquery:
    taken_back = MeterReading.objects.filter(tenant_id=OuterRef("tenant_id"), voids=OuterRef("pk"))
    rows = MeterReading.objects.filter(
        tenant_id=OuterRef("tenant_id"), asset=OuterRef("asset"), meter=meter, voids=None
    ).exclude(kind=ReadingKind.CORRECTION)
    return Subquery(rows.exclude(Exists(taken_back)).order_by("-read_at", "-seq").values("read_at")[:1])


def lifetime_at(reading):
    """What a meter had come to in its life with one of its readings."""
    book = book_of(reading.asset, reading.meter)
    return next(point.lifetime for point in book.points if point.entry.key == reading.pk)
