"""A day of the daily log in the tenant's zone: from when to when, what can have run in it, and who may still write it."""

import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.errors import BrokenRule, NotAllowed
from apps.core.hooks import shifts_of_day
from apps.core.roles import Role

FIRST = datetime.date(2000, 1, 1)


def today_of(tenant) -> datetime.date:
    return tenant.local(timezone.now()).date()


def is_sensible(day: datetime.date) -> bool:
    """Not of another age: neither a slip of the hand nor the last of all days, which has no next."""
    return FIRST <= day < datetime.date(2200, 1, 1)


def check_day(tenant, day, *, by) -> None:
    """Raise BrokenRule for a date that is no day to log, NotAllowed for one too old for this person (None: the system)."""
    today = today_of(tenant)
    if day > today:
        raise BrokenRule(_("%(day)s is not over; log a day up to today, %(today)s.") % {"day": day, "today": today})
    if not is_sensible(day):
        raise BrokenRule(_("%(day)s is of another age; the log begins with %(first)s.") % {"day": day, "first": FIRST})
    days = tenant.rules.daily_log_days
    is_old = (today - day).days > days
    if is_old and not tenant.rules.agile_mode and by is not None and not by.is_at_least(Role.MANAGER):
        words = ngettext(
            "%(day)s is more than %(days)d day back; a manager can still change it.",
            "%(day)s is more than %(days)d days back; a manager can still change it.",
            days,
        )
        raise NotAllowed(words % {"day": day, "days": days})


def span_of(tenant, day) -> tuple[datetime.datetime, datetime.datetime]:
    """The day, [from, to), as instants: 23 or 25 hours where the clocks change."""
    first, last = (
        datetime.datetime.combine(date, datetime.time(), tenant.zone).astimezone(datetime.UTC)
        for date in (day, day + datetime.timedelta(days=1))
    )
    return first, last


def most_hours(tenant, day) -> Decimal:
    """How long an asset can run on a day: as the tenant says, and never longer than the day is."""
    first, last = span_of(tenant, day)
    length = Decimal((last - first).total_seconds()) / 3600
    rule = Decimal(str(tenant.rules.max_run_hours_per_day))
    return length if rule >= 24 else min(rule, length)


def moment_of(tenant, day, shift) -> tuple[datetime.datetime, object]:
    """(the moment that a log of this day, or of its shift, speaks of; the key of the shift's row, where it is one).

    The end, and not later than now. Raises BrokenRule for a shift that is not there, or has not begun.
    """
    now = timezone.now()
    if not shift:
        return min(span_of(tenant, day)[1], now), None
    found = [known for known in shifts_of_day(tenant, day) if known.name == shift]
    if not found:
        raise BrokenRule(_("There is no shift “%s”; leave it empty to log the whole day.") % shift)
    if min(known.start for known in found) > now:
        words = {"shift": shift, "day": day}
        raise BrokenRule(_("The shift “%(shift)s” of %(day)s has not begun; log it when it has.") % words)
    return min(max(known.end for known in found), now), found[0].key if len(found) == 1 else None
