"""The daily log: what many assets ran and burnt on a day, or in a shift of it, saved together or not at all."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.core.errors import BrokenRows, BrokenRule
from apps.core.hooks import journeys_of
from apps.registry.log_days import check_day, moment_of, most_hours, span_of
from apps.registry.log_queries import LIVE, dials_at, usual_fuel, usual_hours
from apps.registry.meter_rules import books_hours
from apps.registry.models import (
    Asset,
    AssetStatus,
    DailyLog,
    Meter,
    MeterReading,
    ReadingKind,
    ReadingSource,
)
from apps.registry.services.meter_batches import Posting, post_many

HOURS, DIAL, FUEL = FIELDS = ("run_hours_added", "run_hours_reading", "fuel_liters_added")


@transaction.atomic
def save_daily_logs(tenant, date, shift, rows, *, by, confirmed=()) -> list[DailyLog | None]:
    """Store what assets ran and burnt on a date, or in a shift of it ("": the whole day): all rows, or none.

    rows: each {"asset": Asset, and of FIELDS those that are said}. Hours or dial reading: the other is computed. A field
    that is left out stays; None takes back what was logged. Optional "seen": {field: value} as the person saw it before:
    what others wrote meanwhile stays where the person changed nothing, and is a conflict where both did.
    confirmed: (key of an asset, field) of values that are kept although they are unusual.

    Hours count for the meter at the end of the day or shift, unless the asset's hours come from its station. A changed
    row takes its reading back and posts another; what did not change posts nothing. Returns the log of each row, in
    order (None: nothing was said, and there is none). Raises NotAllowed for a date too old for this person, BrokenRule
    for a date or shift that cannot be logged, BrokenRows with what is wrong by row and field.
    Source: domain §2, daily_logs.
    """
    check_day(tenant, date, by=by)
    at, shift_key = moment_of(tenant, date, shift)
    found = _read(tenant, date, shift, rows, shift_key)
    confirmed = set(confirmed)
    if changed := [row for row in found if row.is_changed]:
        _check(tenant, date, at, changed, confirmed)
    _refuse(found)
    if changed:
        _store(changed, by=by)
        _post(tenant, changed, at, by=by, confirmed=confirmed)
        _refuse(changed)
    return [None if row.log._state.adding else row.log for row in found]


@dataclass
class _Row:
    """A row that was sent: what is stored, what it says now, and what is wrong with it by field."""

    place: int
    asset: Asset
    log: DailyLog
    elsewhere: Decimal  # hours of the date's other shifts
    former: dict[str, Decimal | None]  # as somebody wrote it: of hours and dial reading only one
    said: dict[str, Decimal | None]
    hours: Decimal | None = None  # written, or computed from the reading
    errors: dict[str, list[str]] = field(default_factory=dict)
    unusual: set[str] = field(default_factory=set)
    has_conflict: bool = False

    def refuse(self, name, sentence):
        self.errors.setdefault(name, []).append(str(sentence))

    @property
    def is_changed(self) -> bool:
        return self.said != self.former

    @property
    def moves_meter(self) -> bool:
        """Whether hours or reading are others than before, or count otherwise than before."""
        return any(self.said[name] != self.former[name] for name in (HOURS, DIAL))

    @property
    def cell(self) -> str:
        """That of hours and dial reading in which something was written."""
        return HOURS if self.said[DIAL] is None else DIAL


def said_in(log) -> dict[str, Decimal | None]:
    """What a person wrote into a log: hours that a dial reading came to are not written."""
    dial = log.run_hours_reading
    return {HOURS: log.run_hours_added if dial is None else None, DIAL: dial, FUEL: log.fuel_liters_added}


def _read(tenant, date, shift, rows, shift_key) -> list[_Row]:
    """The rows with what is stored, their assets locked in the order of keys: two grids of one day wait for each other."""
    keys = sorted({row["asset"].pk for row in rows})
    assets = Asset.objects.for_tenant(tenant).filter(pk__in=keys).order_by("pk").locked().in_bulk()
    logs: dict = {}
    for log in DailyLog.objects.for_tenant(tenant).filter(date=date, asset__in=keys).select_related("supervisor"):
        logs.setdefault(log.asset_id, {})[log.shift] = log
    found, seen = [], set()
    for place, sent in enumerate(rows):
        if (asset := assets.get(sent["asset"].pk)) is None:
            raise BrokenRule(_("%s belongs to another tenant.") % sent["asset"])
        of_date = logs.get(asset.pk, {})
        log = of_date.pop(shift, None) or DailyLog(
            tenant=tenant, date=date, shift=shift, shift_row_id=shift_key, asset=asset
        )
        log.asset = asset
        elsewhere = sum((other.run_hours_added or Decimal(0) for other in of_date.values()), Decimal(0))
        row = _Row(place, asset, log, elsewhere, said_in(log), said_in(log))
        if asset.pk in seen:
            row.refuse("", _("%s is in another row, too; write it once.") % asset)
        seen.add(asset.pk)
        _merge(row, sent)
        found.append(row)
    return found


def _merge(row, sent) -> None:
    """Take what was sent, past what somebody else wrote meanwhile into cells that this person did not touch."""
    values = {name: sent[name] for name in FIELDS if name in sent}
    if values.get(HOURS) is not None and values.get(DIAL) is not None:
        row.refuse(DIAL, _("Write the hours or the meter’s reading, not both."))
        return
    for name, other in ((HOURS, DIAL), (DIAL, HOURS)):
        if values.get(name) is not None:
            values.setdefault(other, None)
    for name, value in values.items():
        stored = row.former[name]
        seen = sent["seen"].get(name) if sent.get("seen") is not None else stored
        if value is not None and value < 0:
            row.refuse(name, _("This is less than nothing; write a number from 0 up."))
        elif value not in (stored, seen):  # else it is there already, or was not touched
            row.said[name] = value
            if seen != stored:
                _tell_conflict(row, name, stored)
    if row.said[HOURS] is not None and row.said[DIAL] is not None:  # somebody else wrote the one, this person the other
        other = HOURS if row.said[HOURS] == row.former[HOURS] else DIAL
        _tell_conflict(row, DIAL if other == HOURS else HOURS, row.former[other])


def _tell_conflict(row, name, stored) -> None:
    log = row.log
    words = {
        "person": log.supervisor or _("The system"),
        "value": _("nothing") if stored is None else f"{stored.normalize():f}",
        "time": log.tenant.local(log.updated_at).strftime("%H:%M"),
    }
    row.has_conflict = True
    row.refuse(name, _("%(person)s wrote %(value)s at %(time)s. Save again to replace it.") % words)


def _check(tenant, date, at, rows, confirmed) -> None:
    """Compute the hours of dial readings, and find what cannot be and what is unusual."""
    assets = [row.asset for row in rows]
    dials = {}
    if any(row.said[DIAL] is not None for row in rows):
        dials = dials_at(tenant, assets, at, but_of=[row.log.pk for row in rows])
    most = most_hours(tenant, date)
    usual = usual_hours(tenant, assets, at, but_of=[row.log.pk for row in rows])
    fuel = usual_fuel(tenant, assets, date)
    journeys = journeys_of(tenant, [asset.pk for asset in assets], *span_of(tenant, date))
    for row in rows:
        if row.asset.status == AssetStatus.RETIRED:
            row.refuse("", _("%s is retired; it cannot be changed any more.") % row.asset)
        _refuse_away(row, tenant, date, journeys.get(row.asset.pk, ()))
        row.hours = _hours_of(row, dials.get(row.asset.pk))
        if row.hours is not None and row.moves_meter and row.elsewhere + row.hours > most:
            row.refuse(row.cell, _too_many(row, most))
        if row.errors:
            continue
        if row.moves_meter and counts(row.asset) and row.hours is not None:
            _ask(row, row.cell, row.hours, usual.get(row.asset.pk), confirmed)
        if row.hours and row.said[FUEL] is not None:
            _ask(row, FUEL, row.said[FUEL] / row.hours, fuel.get(row.asset.pk), confirmed)


def _refuse_away(row, tenant, date, journeys) -> None:
    """Nothing ran on a day that an asset spent wholly on its way: those on which it left and arrived are logged."""
    for left, arrived in journeys:
        is_whole = tenant.local(left).date() < date and (arrived is None or date < tenant.local(arrived).date())
        if is_whole and any(value is not None for value in row.said.values()):
            row.refuse("", _("%s was in transit all this day; there is nothing to log.") % row.asset)


def counts(asset) -> bool:
    """Whether the log's hours count for the asset's meter."""
    return books_hours(asset, Meter.RUN_HOURS, ReadingSource.DAILY_LOG)


def _hours_of(row, dial) -> Decimal | None:
    """The hours that were written, or that a dial reading comes to; None where nothing was read before it."""
    reading = row.said[DIAL]
    if reading is None:
        return row.said[HOURS]
    if dial is None:
        return None
    read, shown = dial
    if reading < read and (top := row.asset.run_hours_rolls_over_at):
        reading += top
    return max(reading - shown, Decimal(0))  # less: the logs said too much, and the meter's correction says so


def _too_many(row, most):
    words = {"hours": plain(row.hours), "most": plain(most), "elsewhere": plain(row.elsewhere)}
    if row.cell == DIAL:
        return (
            _(
                "This reading makes %(hours)s h of the day, which has at most %(most)s h. Log the days before it first, "
                "or read the meter on the asset’s page."
            )
            % words
        )
    if row.elsewhere:
        return _("With %(elsewhere)s h of its other shifts the day has more than %(most)s h.") % words
    return _("A day has at most %(most)s h.") % words


def _ask(row, name, value, usual, confirmed) -> None:
    if usual is None or not usual.is_far(value) or (row.asset.pk, name) in confirmed:
        return
    words = {"value": f"{float(value):.1f}", "usual": f"{usual.mean:.1f}"}
    row.unusual.add(name)
    if name == FUEL:
        row.refuse(name, _("Really? That is %(value)s litres an hour; %(usual)s is usual here.") % words)
    else:
        row.refuse(name, _("Really? That is %(value)s h; %(usual)s h is usual here.") % words)


def plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _refuse(rows) -> None:
    """Raise BrokenRows if something is wrong with one of them."""
    wrong = [row for row in rows if row.errors]
    if not wrong:
        return
    unusual = {row.place: sorted(row.unusual) for row in wrong if row.unusual}
    is_asking = all(set(row.errors) == row.unusual for row in wrong)
    code = "conflict" if any(row.has_conflict for row in wrong) else "unusual" if is_asking else "rows"
    count = sum(len(row.errors) for row in wrong)
    sentence = ngettext(
        "Nothing is saved: %d cell has to be looked at.", "Nothing is saved: %d cells have to be looked at.", count
    )
    raise BrokenRows(sentence % count, rows={row.place: row.errors for row in wrong}, unusual=unusual, code=code)


def _store(rows, *, by) -> None:
    new, changed = [], []
    for row in rows:
        (new if row.log._state.adding else changed).append(row.log)
        row.log.run_hours_added, row.log.run_hours_reading = row.hours, row.said[DIAL]
        row.log.fuel_liters_added = row.said[FUEL]
        row.log.supervisor = by
        row.log.updated_at = timezone.now()
    bulk_create_with_history(new, DailyLog, default_user=None)
    if changed:
        bulk_update_with_history(changed, DailyLog, [*FIELDS, "supervisor"])


def _post(tenant, rows, at, *, by, confirmed) -> None:
    """Take back the readings of what changed, and post what stands there now."""
    own = MeterReading.objects.for_tenant(tenant).filter(daily_log__in=[row.log for row in rows], **LIVE)
    former = {reading.daily_log_id: reading for reading in own.exclude(kind=ReadingKind.CORRECTION)}
    postings = [
        _posting(row, former.get(row.log.pk), at, confirmed)
        for row in rows
        if row.moves_meter and (row.log.pk in former or _booked(row) is not None)
    ]
    refused = post_many(
        tenant, Meter.RUN_HOURS, postings, by=by, source=ReadingSource.DAILY_LOG, reason=_("The daily log was changed.")
    )
    for row in rows:
        if error := refused.get(row.asset.pk):
            row.refuse(row.cell, error)
            if error.code == "unusual":
                row.unusual.add(row.cell)


def _booked(row) -> Decimal | None:
    """What the row says to the meter; None where it says nothing, or the station says it."""
    if not counts(row.asset):
        return None
    return row.hours if row.said[DIAL] is None else row.said[DIAL]


def _posting(row, former, at, confirmed) -> Posting:
    kind = ReadingKind.DELTA if row.said[DIAL] is None else ReadingKind.READING
    is_confirmed = (row.asset.pk, row.cell) in confirmed
    return Posting(
        asset=row.asset, value=_booked(row), kind=kind, read_at=at, daily_log=row.log, former=former,
        confirmed=is_confirmed,
    )  # fmt: skip
