"""What the meters of assets say, as the engine takes it."""

from apps.maintenance.due import Reading
from apps.registry.ledgers import CACHED, book_of
from apps.registry.meters import mean_daily_use
from apps.registry.models import AssetMeter


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


def lifetime_at(reading):
    """What a meter had come to in its life with one of its readings."""
    book = book_of(reading.asset, reading.meter)
    return next(point.lifetime for point in book.points if point.entry.key == reading.pk)
