"""Many assets' meters at once, after readings were written by the thousand: what each reading would have done by itself."""

from itertools import batched, chain, groupby

from django.db import transaction

from apps.registry.ledgers import CACHED, COLUMNS, overdue_corrections, stored
from apps.registry.meters import ledger
from apps.registry.models import Asset, AssetMeter, MeterReading
from apps.registry.services.meters import settle_meters

BATCH = 1000


@transaction.atomic
def settle_many(tenant, keys) -> None:
    """Compute the meters of many assets anew from their readings. keys: of the assets, in any order."""
    for batch in batched(sorted(keys), BATCH):
        assets = Asset.objects.for_tenant(tenant).filter(pk__in=batch).order_by("pk").locked()
        _settle({asset.pk: asset for asset in assets}, tenant)


def _settle(assets, tenant) -> None:
    there = {row.asset_id: row for row in AssetMeter.objects.for_tenant(tenant).filter(asset__in=assets)}
    rows = MeterReading.objects.for_tenant(tenant).filter(asset__in=assets).order_by("asset_id", "meter")
    stored_rows = rows.values_list("asset_id", "meter", *COLUMNS).iterator()
    new, changed, uncorrected = [], [], []
    for key, of_asset in groupby(stored_rows, lambda row: row[0]):
        row = there.get(key) or AssetMeter(tenant=tenant, asset_id=key)
        moments = []
        for meter, found in groupby(of_asset, lambda row: row[1]):
            ledgered = stored(line[2:] for line in found)
            book = ledger(ledgered.entries)
            moments += [point.entry.read_at for point in book.points]
            if any(overdue_corrections(book, ledgered.corrections)):
                uncorrected.append((assets[key], meter))
            for name, value in zip(CACHED[meter], (book.lifetime, book.dial), strict=True):
                setattr(row, name, value)
        row.last_updated_at = max(moments, default=None)
        (changed if key in there else new).append(row)
    AssetMeter.objects.bulk_create(new)
    AssetMeter.objects.bulk_update(changed, [*chain(*CACHED.values()), "last_updated_at"])
    for asset, meter in uncorrected:  # few: where something was written before a reading that was there
        settle_meters(asset, meter)
