"""The ledger of an asset's meter, as it is stored: what of it is live, and what it comes to."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from apps.registry.meters import Entry, Ledger, ledger
from apps.registry.models import AssetMeter, Meter, MeterReading, ReadingKind

CACHED = {
    Meter.RUN_HOURS: ("current_run_hours", "run_hours_dial"),
    Meter.ODOMETER: ("current_odometer", "odometer_dial"),
}
COLUMNS = ("pk", "kind", "value", "read_at", "seq", "rolls_over_at", "voids_id", "found_by_id")


@dataclass(frozen=True)
class Stored:
    """entries: what is live and counts. corrections: {reading: (key, value)}, as they are posted by now.

    voided: {what was taken back: what stands in its place, or None}.
    """

    entries: tuple[Entry, ...]
    corrections: dict
    voided: dict


def stored(rows: Iterable[tuple]) -> Stored:
    """What rows (COLUMNS) of one asset's one meter say, in any order."""
    rows = list(rows)
    voided = {row[6]: row[7] for row in rows if row[6]}
    stands_for = {after: before for before, after in voided.items() if after}
    seqs = {row[0]: row[4] for row in rows}
    entries, corrections = [], {}
    for key, kind, value, read_at, seq, rolls_over_at, voids, found_by in rows:
        if voids or key in voided:
            continue
        if kind == ReadingKind.CORRECTION:
            corrections[found_by] = (key, value)
        else:
            first = key
            while first in stands_for:  # what was corrected keeps its place among equal moments
                first, seq = stands_for[first], seqs[stands_for[first]]
            entries.append(Entry(key, kind, value, read_at, seq, rolls_over_at))
    return Stored(tuple(entries), corrections, voided)


def stored_of(asset, meter) -> Stored:
    rows = MeterReading.objects.filter(tenant_id=asset.tenant_id, asset=asset, meter=meter)
    return stored(rows.values_list(*COLUMNS))


def book_of(asset, meter) -> Ledger:
    """What an asset's meter has come to, point by point."""
    return ledger(stored_of(asset, meter).entries)


def overdue_corrections(book: Ledger, corrections: dict) -> tuple[list, dict]:
    """What of the posted corrections is to be taken back, by key; and what is to be posted, by the reading's key."""
    due = book.corrections
    stale = [key for reading, (key, value) in corrections.items() if due.get(reading) != value]
    missing = {reading: value for reading, value in due.items() if corrections.get(reading, (None, None))[1] != value}
    return stale, missing


def cached(row: AssetMeter | None, meter) -> tuple[Decimal | None, Decimal | None]:
    """Lifetime and dial as they are cached."""
    lifetime, dial = CACHED[meter]
    return (getattr(row, lifetime), getattr(row, dial)) if row else (None, None)
