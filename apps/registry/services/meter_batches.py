"""Readings of many assets in one step: the rules of `post_reading` and `correct_reading`, in as many statements for all as for one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Max

from apps.core.errors import BrokenRule
from apps.core.fields import uuid7
from apps.core.hooks import readings_posted
from apps.registry.ledgers import CACHED, lifetime_after, overdue_corrections, recent, year_before
from apps.registry.meter_rules import (
    BY_TIME,
    check_fits,
    check_still_fits,
    check_usual,
    checked,
    rolls_over_of,
)
from apps.registry.meters import LAST_PLACE, Entry, Ledger, ledger
from apps.registry.models import Asset, AssetMeter, MeterReading, ReadingKind


@dataclass(frozen=True, kw_only=True)
class Posting:
    """A reading to be posted, in place of `former` where that is given. value: None only takes `former` back."""

    asset: Asset
    value: Decimal | None
    kind: str
    read_at: datetime
    daily_log: object = None
    former: MeterReading | None = None
    confirmed: bool = False

    @property
    def first_moment(self) -> datetime:
        return min(self.read_at, self.former.read_at) if self.former else self.read_at


def post_many(tenant, meter, postings: Iterable[Posting], *, by, source, reason) -> dict[object, BrokenRule]:
    """Post and take back readings of assets that the caller has locked, at most one of each.

    reason: why a former one is taken back. Returns what a rule refuses, by the asset's key: then
    nothing is written.
    """
    postings = list(postings)
    kept = recent(tenant.pk, meter, {posting.asset.pk: year_before(posting.first_moment) for posting in postings})
    batch = _Batch(tenant, meter, by, source, reason)
    refused: dict[object, BrokenRule] = {}
    for posting in postings:
        try:
            batch.add(posting, kept[posting.asset.pk])
        except BrokenRule as error:
            refused[posting.asset.pk] = error
    if not refused:
        batch.write()
    return refused


class _Batch:
    """The rows to be written, and what each asset's ledger then comes to."""

    def __init__(self, tenant, meter, by, source, reason):
        self.tenant, self.meter, self.by, self.source, self.reason = tenant, meter, by, source, reason
        self.readings: list[MeterReading] = []
        self.corrections: list[MeterReading] = []  # written after what they are found by
        self.books: list[tuple[Asset, Ledger, Ledger]] = []  # as it was, and as it is

    def add(self, posting, before) -> None:
        """Raises BrokenRule, as post_reading does."""
        former = posting.former
        gone = former and next(entry for entry in before.entries if entry.key == former.pk)
        entries = [entry for entry in before.entries if entry is not gone]
        new = None if posting.value is None else self._entry(posting, gone)
        book = ledger([*entries, new] if new else entries)
        is_unusual = False
        if new:
            check_fits(book, new, self.meter, by_clock=self.source in BY_TIME)
            is_unusual = check_usual(book, new, self.meter, confirmed=posting.confirmed)
        if gone and not (new and new.is_dial):
            check_still_fits(book, gone, self.meter)

        posted = None
        if new:
            posted = self._row(
                posting.asset, new.kind, new.value, new.read_at, pk=new.key, daily_log=posting.daily_log,
                rolls_over_at=new.rolls_over_at, is_confirmed=is_unusual, reason=self.reason if former else "",
            )  # fmt: skip
            self.readings.append(posted)
        if former:
            instead = posted if new and former.kind == new.kind else None
            self._take_back(posting.asset, former.pk, instead, read_at=former.read_at, daily_log_id=former.daily_log_id)
        self._correct(posting.asset, before, book)
        self.books.append((posting.asset, ledger(before.entries), book))

    def _entry(self, posting, gone) -> Entry:
        value = checked(posting.value)
        if gone and gone.kind == posting.kind:  # it stands in its place
            return replace(gone, key=uuid7(), value=value)
        top = None if posting.kind == ReadingKind.DELTA else rolls_over_of(posting.asset, self.meter)
        return Entry(uuid7(), posting.kind, value, posting.read_at, LAST_PLACE, top)

    def _correct(self, asset, before, book) -> None:
        """The corrections that are due; those that are no more are taken back."""
        stale, missing = overdue_corrections(book, before.corrections)
        moments = {point.entry.key: point.entry.read_at for point in book.points}
        for key in stale:
            self._take_back(asset, key, None, read_at=None)
        for key, value in missing.items():
            self.corrections.append(self._row(asset, ReadingKind.CORRECTION, value, moments[key], found_by_id=key))

    def _take_back(self, asset, key, instead, *, read_at, **more) -> None:
        row = self._row(
            asset,
            ReadingKind.CORRECTION,
            Decimal(0),
            read_at,
            voids_id=key,
            found_by=instead,
            reason=self.reason,
            **more,
        )
        self.corrections.append(row)

    def _row(self, asset, kind, value, read_at, **more) -> MeterReading:
        return MeterReading(
            tenant=self.tenant, asset=asset, meter=self.meter, kind=kind, value=value, read_at=read_at,
            source=self.source, user=self.by, **more,
        )  # fmt: skip

    def write(self) -> None:
        stale = [row for row in self.corrections if row.read_at is None]
        taken_back = MeterReading.objects.for_tenant(self.tenant).in_bulk([row.voids_id for row in stale])
        for row in stale:
            row.read_at = taken_back[row.voids_id].read_at
        MeterReading.objects.bulk_create(self.readings)
        MeterReading.objects.bulk_create(self.corrections)
        self._keep()
        if self.books:
            readings_posted([asset for asset, _former, _book in self.books], self.meter)

    def _keep(self) -> None:
        """Write what the ledgers come to into asset_meters."""
        lifetime, dial = CACHED[self.meter]
        assets = [asset for asset, _former, _book in self.books]
        rows = AssetMeter.objects.for_tenant(self.tenant)
        found = {row.asset_id: row for row in rows.filter(asset__in=assets)}
        new = [AssetMeter(tenant=self.tenant, asset=asset) for asset in assets if asset.pk not in found]
        AssetMeter.objects.bulk_create(new)
        found |= {row.asset_id: row for row in new}
        others = dict(self._others(assets))
        for asset, former, book in self.books:
            row = found[asset.pk]
            setattr(row, lifetime, lifetime_after(getattr(row, lifetime), former, book))
            setattr(row, dial, book.dial)
            moments = [point.entry.read_at for point in book.points] + [others.get(asset.pk)]
            row.last_updated_at = max(filter(None, moments), default=None)
        AssetMeter.objects.bulk_update([found[asset.pk] for asset in assets], [lifetime, dial, "last_updated_at"])

    def _others(self, assets):
        """When the other meters of these assets were read last."""
        read = MeterReading.objects.for_tenant(self.tenant).filter(asset__in=assets, voided_by=None)
        read = read.exclude(meter=self.meter).exclude(kind=ReadingKind.CORRECTION)
        return read.values("asset_id").annotate(last=Max("read_at")).values_list("asset_id", "last")
