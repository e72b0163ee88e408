"""The ledger of an asset's meter, as it is stored: what of it is live, and what it comes to."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection

from apps.registry.meters import LAST_PLACE, ZERO, Entry, Ledger, ledger, opened
from apps.registry.models import AssetMeter, Meter, MeterReading, ReadingKind

CACHED = {
    Meter.RUN_HOURS: ("current_run_hours", "run_hours_dial"),
    Meter.ODOMETER: ("current_odometer", "odometer_dial"),
}
YEAR = timedelta(days=366)
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
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


RECENT = """
    select asked.asset_id, r.*
    from unnest(%(assets)s::uuid[], %(since)s::timestamptz[]) as asked(asset_id, since)
    left join lateral (
        select d.read_at as at from meter_readings d
        where d.tenant_id = %(tenant)s and d.asset_id = asked.asset_id and d.meter = %(meter)s and d.read_at < asked.since
          and d.kind in ('reading', 'replacement')
          and not exists (select from meter_readings v where v.tenant_id = d.tenant_id and v.voids_id = d.id)
        order by d.read_at desc limit 1
    ) opening on true
    cross join lateral (
        select id, kind, value, read_at, seq, rolls_over_at, voids_id, found_by_id from meter_readings
        where tenant_id = %(tenant)s and asset_id = asked.asset_id and meter = %(meter)s and read_at >= asked.since
        union all
        select id, kind, value, read_at, seq, rolls_over_at, voids_id, found_by_id from meter_readings
        where tenant_id = %(tenant)s and asset_id = asked.asset_id and meter = %(meter)s and read_at = opening.at
        union all
        select null, 'delta', sum(d.value), max(d.read_at), %(last)s::bigint, null, null, null from meter_readings d
        where d.tenant_id = %(tenant)s and d.asset_id = asked.asset_id and d.meter = %(meter)s and d.kind = 'delta'
          and d.read_at < asked.since and d.read_at > coalesce(opening.at, '-infinity')
          and not exists (select from meter_readings v where v.tenant_id = d.tenant_id and v.voids_id = d.id)
        having count(*) > 0
    ) r
"""


def recent(tenant_id, meter, since: dict[object, datetime]) -> dict[object, Stored]:
    """{asset's key: its ledger from a moment on, and what comes before as `meters.opened` has it}. One statement.

    since: {asset's key: the moment}. (What takes an entry back, or was found by it, has its moment: it is read with it.)
    """
    asked = {
        "tenant": tenant_id, "meter": meter, "assets": list(since), "since": list(since.values()), "last": LAST_PLACE,
    }  # fmt: skip
    rows = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(RECENT, asked)
        for key, *row in cursor.fetchall():
            rows[key].append(row)
    return {key: _opened(stored(rows[key]), moment) for key, moment in since.items()}


def _opened(found: Stored, since) -> Stored:
    before = {entry.key for entry in found.entries if entry.read_at < since}
    later = {reading: row for reading, row in found.corrections.items() if reading not in before}
    return Stored(tuple(opened(found.entries, since)), later, found.voided)


def year_before(moment: datetime) -> datetime:
    """From when on a ledger is looked at where an entry is posted, or taken back, at a moment."""
    return max(moment, BEGINNING + YEAR) - YEAR


def recent_of(asset, meter, since) -> Stored:
    return recent(asset.tenant_id, meter, {asset.pk: since})[asset.pk]


def lifetime_after(former: Decimal | None, before: Ledger, after: Ledger) -> Decimal | None:
    """What a meter comes to when the part `before` of its ledger has become `after`. former: what it had come to."""
    return None if after.lifetime is None else (former or ZERO) + after.lifetime - (before.lifetime or ZERO)


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
