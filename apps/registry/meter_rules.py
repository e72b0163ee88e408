"""What a reading may be: a number, in time, between its neighbours, usual for its asset; refused in sentences that say the range."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.hooks import journeys_of
from apps.core.roles import Role
from apps.registry.meter_words import amount
from apps.registry.meters import allowed, hours_left, unusual
from apps.registry.models import HoursSource, Meter, ReadingKind, ReadingSource

LATE_ENTRY, LATE_SUPERVISED = timedelta(days=1), timedelta(days=7)
MOST = Decimal("9999999999.9999")
# Who books by the clock, a daily log or a station, has hours of the day as a limit, and tells of them afterwards.
BY_TIME = {ReadingSource.DAILY_LOG: HoursSource.DAILY_LOG, ReadingSource.STATION: HoursSource.STATION}


def books_hours(asset, meter, source) -> bool:
    """Whether what this source adds to a meter counts: run hours come from the daily log or from the station."""
    return meter != Meter.RUN_HOURS or BY_TIME.get(source, asset.run_hours_source) == asset.run_hours_source


def checked(value) -> Decimal:
    value = Decimal(value)
    if not (value.is_finite() and 0 <= value <= MOST):
        raise BrokenRule(_("A reading is a number from 0 to 9 999 999 999."), code="value")
    return value.quantize(Decimal("0.0001"))


def checked_moment(read_at, *, by, source):
    now = timezone.now()
    if read_at is None:
        return now
    if read_at > now:
        raise BrokenRule(_("A reading cannot be in the future."), code="future")
    if by is None or source in BY_TIME:  # (days of logs and of shifts have a limit of their own)
        return read_at
    if read_at < now - LATE_SUPERVISED:
        raise BrokenRule(_("That is more than 7 days ago; nothing can be entered so late."), code="late")
    if read_at < now - LATE_ENTRY and not by.is_at_least(Role.SUPERVISOR):
        raise BrokenRule(_("That is more than a day ago; a supervisor may enter it."), code="late")
    return read_at


def check_here(asset, read_at):
    """Raise BrokenRule for a moment at which the asset was on its way: nobody reads a meter then."""
    for left, arrived in journeys_of(asset.tenant_id, [asset.pk], read_at, read_at).get(asset.pk, ()):
        if left < read_at and (arrived is None or read_at < arrived):
            words = {"asset": asset, "left": date_format(timezone.localtime(left), "Y-m-d H:i")}
            if arrived is None:
                raise BrokenRule(
                    _("%(asset)s is in transit since %(left)s; read the meter when it has arrived.") % words,
                    code="in_transit",
                )
            words["arrived"] = date_format(timezone.localtime(arrived), "Y-m-d H:i")
            raise BrokenRule(
                _("%(asset)s was in transit from %(left)s to %(arrived)s; take a reading from before or after.")
                % words,
                code="in_transit",
            )


def rolls_over_of(asset, meter) -> Decimal | None:
    return asset.run_hours_rolls_over_at if meter == Meter.RUN_HOURS else asset.odometer_rolls_over_at


def check_fits(book, new, meter, *, by_clock):
    place = book.place(new.key)
    if new.kind == ReadingKind.DELTA:
        left = None if by_clock or meter != Meter.RUN_HOURS else hours_left(book, place)
        if left is not None and new.value > left:
            raise BrokenRule(
                _("No more than %s can be added: more hours have not passed since the reading before.")
                % amount(left, meter),
                code="too_many_hours",
            )
        return
    before = None if new.kind == ReadingKind.REPLACEMENT else book.dial_before(place)
    after = book.dial_after(place)
    limits = allowed(before, after, new, is_hours=meter == Meter.RUN_HOURS)
    if new.value not in limits:
        raise BrokenRule(_range_in_words(limits, before, after, meter), code="out_of_range")


def _range_in_words(limits, before, after, meter) -> str:
    """What a dial may show, and why."""
    ranges = [
        _("from %(low)s to %(high)s") % {"low": amount(low, meter), "high": amount(high, meter)}
        if high is not None
        else _("%s or more") % amount(low, meter)
        for low, high in limits.ranges
        if high is None or low <= high
    ]
    words = []
    for entry in filter(None, (before, after)):
        when = date_format(timezone.localtime(entry.read_at), "Y-m-d H:i")
        words.append(_("%(value)s on %(when)s") % {"value": amount(entry.value, meter), "when": when})
    if not ranges:
        allows = _("No value fits between its neighbours")
    else:
        allows = _("The meter can show %s then") % _(" or ").join(ranges)
    if words:
        allows += _(": it showed %s") % _(" and ").join(words)
    if limits.is_by_time:
        allows += _(", and more hours have not passed")
    return allows + "."


def check_still_fits(book, gone, meter):
    """The dial entry after a gap is compared with the one before it."""
    if gone.kind == ReadingKind.DELTA:
        return
    place = next((n for n, p in enumerate(book.points) if p.entry.is_dial and p.entry.order > gone.order), None)
    if place is None or book.points[place].entry.kind == ReadingKind.REPLACEMENT:
        return
    entry = book.points[place].entry
    if entry.value not in allowed(book.dial_before(place), None, entry, is_hours=meter == Meter.RUN_HOURS):
        raise BrokenRule(
            _("Without it, %(value)s on %(when)s would not fit. Take that reading back first.")
            % {
                "value": amount(entry.value, meter),
                "when": date_format(timezone.localtime(entry.read_at), "Y-m-d H:i"),
            },
            code="out_of_range",
        )


def check_usual(book, new, meter, *, confirmed) -> bool:
    """Whether a value is unusual. Raises BrokenRule where that has to be confirmed."""
    found = unusual(book, book.place(new.key))
    if found and not confirmed:
        used, usual = found
        raise BrokenRule(
            _("%(used)s is far from the usual %(usual)s. Really?")
            % {"used": amount(used, meter), "usual": amount(Decimal(f"{usual.mean:.1f}"), meter)},
            code="unusual",
        )
    return found is not None
