"""Readings of meters: posted, taken back, corrected; a new dial. The cache in asset_meters follows in the same step."""

from dataclasses import replace
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from apps.core.errors import BrokenRule
from apps.core.fields import uuid7
from apps.core.hooks import readings_posted
from apps.registry.ledgers import CACHED, lifetime_after, overdue_corrections, recent_of, stored_of, year_before
from apps.registry.meter_rules import (
    BY_TIME,
    books_hours,
    check_fits,
    check_here,
    check_still_fits,
    check_usual,
    checked,
    checked_moment,
    rolls_over_of,
)
from apps.registry.meters import LAST_PLACE, Entry, ledger
from apps.registry.models import (
    Asset,
    AssetMeter,
    AssetStatus,
    Meter,
    MeterReading,
    ReadingKind,
    ReadingSource,
)
from apps.registry.services.assets import check_in_service

POSTED = (ReadingKind.READING, ReadingKind.DELTA, ReadingKind.REPLACEMENT)


@transaction.atomic
def post_reading(
    asset, meter, value, *, by, kind=ReadingKind.READING, read_at=None, source=ReadingSource.TECHNICIAN, reason="",
    confirmed=False, daily_log=None,
):  # fmt: skip
    """Enter what a meter shows, or how much was added, and all that follows from it.

    asset: an Asset, possibly stale; it is locked. kind: reading, delta or replacement. read_at: now, if None. by: the
    User who read it, or None for the system. confirmed: the person was asked whether an unusual value is right.
    Returns the MeterReading. Raises BrokenRule, with the range that is allowed; with code "unusual" where the value has
    to be confirmed, "other_source" where the asset's hours are booked from elsewhere.
    Source: domain §2.
    """
    asset = _locked(asset)
    if kind not in POSTED:
        raise BrokenRule(_("Corrections are found by readings; take a reading back to correct it."), code="kind")
    value = checked(value)
    read_at = checked_moment(read_at, by=by, source=source)
    check_here(asset, read_at)
    if kind == ReadingKind.DELTA and not books_hours(asset, meter, source):
        raise BrokenRule(
            _("The run hours of %(asset)s come from: %(source)s. Change that at the asset to book them from elsewhere.")
            % {"asset": asset, "source": asset.get_run_hours_source_display().lower()},
            code="other_source",
        )
    before = recent_of(asset, meter, year_before(read_at))
    rolls_over_at = rolls_over_of(asset, meter) if kind != ReadingKind.DELTA else None
    new = Entry(uuid7(), kind, value, read_at, LAST_PLACE, rolls_over_at)
    book = ledger([*before.entries, new])
    check_fits(book, new, meter, by_clock=source in BY_TIME)
    is_unusual = check_usual(book, new, meter, confirmed=confirmed)

    row = MeterReading.objects.create(
        pk=new.key, tenant_id=asset.tenant_id, asset=asset, meter=meter, kind=kind, value=value, read_at=read_at,
        source=source, user=by, daily_log=daily_log, rolls_over_at=rolls_over_at, reason=reason, is_confirmed=is_unusual,
    )  # fmt: skip
    _settle(asset, meter, book, before, by=by, source=source)
    return row


@transaction.atomic
def void_reading(reading, *, by, reason, source=None):
    """Take a reading back: it leaves every calculation, and what it found too; readings after it are computed anew.

    Returns the entry that takes it back. Raises BrokenRule where that is done already, where no reason is given, or
    where what was read after it would not fit any more.
    """
    asset, reading, before = _live(reading, reason)
    gone = next(entry for entry in before.entries if entry.key == reading.pk)
    book = ledger(entry for entry in before.entries if entry is not gone)
    check_still_fits(book, gone, reading.meter)
    row = _take_back(reading, by=by, reason=reason, source=source or reading.source)
    _settle(asset, reading.meter, book, before, by=by, source=row.source)
    return row


@transaction.atomic
def correct_reading(reading, value, *, by, reason, confirmed=False, source=None):
    """Put another value in a reading's place, at its moment. Returns the MeterReading that stands there now.

    Raises BrokenRule as post_reading and void_reading do.
    """
    asset, reading, before = _live(reading, reason)
    value = checked(value)
    former = next(entry for entry in before.entries if entry.key == reading.pk)
    new = replace(former, key=uuid7(), value=value)
    book = ledger([*(entry for entry in before.entries if entry is not former), new])
    check_fits(book, new, reading.meter, by_clock=reading.source in BY_TIME)
    is_unusual = check_usual(book, new, reading.meter, confirmed=confirmed)

    row = MeterReading.objects.create(
        pk=new.key, tenant_id=asset.tenant_id, asset=asset, meter=reading.meter, kind=reading.kind, value=value,
        read_at=reading.read_at, source=source or reading.source, user=by, daily_log_id=reading.daily_log_id,
        rolls_over_at=reading.rolls_over_at, reason=reason, is_confirmed=is_unusual,
    )  # fmt: skip
    _take_back(reading, by=by, reason=reason, source=row.source, instead=row)
    _settle(asset, reading.meter, book, before, by=by, source=row.source)
    return row


@transaction.atomic
def replace_meter(asset, meter, *, by, reason, new_value=Decimal(0), old_value=None, read_at=None, confirmed=False,
                  source=ReadingSource.TECHNICIAN):  # fmt: skip
    """Note that an asset has a new meter: what the old one showed last, if that is known, and what the new one begins with.

    Counting goes on. Returns the MeterReading of the new meter. Raises BrokenRule as post_reading does.
    """
    if not reason.strip():
        raise BrokenRule(_("Say why the meter was replaced."), code="reason_needed")
    at = read_at or timezone.now()
    words = {"read_at": at, "by": by, "reason": reason, "source": source}
    if old_value is not None:
        post_reading(asset, meter, old_value, confirmed=confirmed, **words)
    return post_reading(asset, meter, new_value, kind=ReadingKind.REPLACEMENT, **words)


@transaction.atomic
def settle_meters(asset, meter):
    """Compute an asset's meter anew from its readings: what `check_meters --fix` does."""
    asset = Asset.objects.locked().get(pk=asset.pk)
    found = stored_of(asset, meter)
    book = ledger(found.entries)
    _correct(asset, meter, book, found.corrections, by=None, source=ReadingSource.TECHNICIAN)
    keep(asset, meter, book, lambda _former: book.lifetime)


@transaction.atomic
def book_hours_from(asset, source, *, reason=""):
    """Say where an asset's run hours are booked from: its daily log, or its station. Returns the Asset.

    What was booked stays; from now on the other's figure is shown and does not count.
    """
    asset = Asset.objects.locked().get(pk=asset.pk)
    if asset.run_hours_source != source:
        asset.run_hours_source = source
        asset.version += 1
        # (Not by save(): that is a write of the tree, whose lock comes before the station's that is held here.)
        bulk_update_with_history([asset], Asset, ["run_hours_source", "version"], default_change_reason=reason)
    return asset


def found_by(reading) -> MeterReading | None:
    """The correction that a reading found, if it found one."""
    rows = MeterReading.objects.filter(tenant_id=reading.tenant_id, found_by=reading, voids=None, voided_by=None)
    return rows.first()


# -- steps --------------------------------------------------------------------------------------------------------------


def _locked(asset) -> Asset:
    """The asset: the lock of its ledger and of its cached meters, too."""
    asset = Asset.objects.locked().get(pk=asset.pk)
    if asset.status == AssetStatus.RETIRED:
        raise BrokenRule(_("%s is retired; it takes no readings any more.") % asset, code="retired")
    return asset


def _live(reading, reason):
    """Asset, reading and stored ledger of what is to be taken back. Raises BrokenRule unless it can be."""
    if not reason.strip():
        raise BrokenRule(_("Say why the reading is taken back."), code="reason_needed")
    asset = Asset.objects.locked().get(pk=reading.asset_id)
    check_in_service(asset)
    reading = MeterReading.objects.get(pk=reading.pk)
    if reading.kind == ReadingKind.CORRECTION:
        raise BrokenRule(_("A correction goes with the reading that found it; take that one back."), code="kind")
    before = recent_of(asset, reading.meter, year_before(reading.read_at))
    if reading.pk in before.voided:
        raise BrokenRule(_("This reading was taken back already."), code="voided")
    return asset, reading, before


def _take_back(reading, *, by, reason, source, instead=None) -> MeterReading:
    return MeterReading.objects.create(
        tenant_id=reading.tenant_id, asset_id=reading.asset_id, meter=reading.meter, kind=ReadingKind.CORRECTION,
        value=0, read_at=reading.read_at, source=source, user=by, voids=reading, found_by=instead,
        daily_log_id=reading.daily_log_id, reason=reason,
    )  # fmt: skip


def _settle(asset, meter, book, before, *, by, source):
    """Post the corrections that are due, take back those that are not, and keep what it all comes to.

    before: of that part of the ledger which the book has, as it was.
    """
    _correct(asset, meter, book, before.corrections, by=by, source=source)
    former_book = ledger(before.entries)
    keep(asset, meter, book, lambda former: lifetime_after(former, former_book, book))


def _correct(asset, meter, book, corrections, *, by, source):
    stale, missing = overdue_corrections(book, corrections)
    for row in MeterReading.objects.filter(tenant_id=asset.tenant_id, pk__in=stale):
        _take_back(row, by=by, reason="", source=source)
    moments = {point.entry.key: point.entry.read_at for point in book.points}
    for reading, value in missing.items():
        MeterReading.objects.create(
            tenant_id=asset.tenant_id, asset=asset, meter=meter, kind=ReadingKind.CORRECTION, value=value,
            read_at=moments[reading], source=source, user=by, found_by_id=reading,
        )  # fmt: skip


def keep(asset, meter, book, lifetime_of):
    """Write what a ledger comes to into asset_meters. lifetime_of: from what it had come to."""
    row, _made = AssetMeter.objects.get_or_create(tenant_id=asset.tenant_id, asset=asset)
    lifetime, dial = CACHED[meter]
    setattr(row, lifetime, lifetime_of(getattr(row, lifetime)))
    setattr(row, dial, book.dial)
    moments = [book.points[-1].entry.read_at] if book.points else []
    moments += [last_read(asset, other) for other in Meter if other != meter]
    row.last_updated_at = max(filter(None, moments), default=None)
    row.save()
    readings_posted([asset], meter)


def last_read(asset, meter):
    """When an asset's meter was read last, None where it never was."""
    rows = MeterReading.objects.filter(tenant_id=asset.tenant_id, asset=asset, meter=meter, voided_by=None)
    rows = rows.exclude(kind=ReadingKind.CORRECTION).order_by("-read_at")
    return rows.values_list("read_at", flat=True).first()
