"""When a maintenance schedule is due, and what doing, crediting or skipping a cycle makes of that.

Pure functions over plain values. A date is in the tenant's time zone; a meter value is the meter's lifetime value.
Source: domain §3, rules 1 to 3 and 6.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from math import floor

from dateutil.relativedelta import relativedelta

DAYS_OF_A_MONTH = Decimal("30.4375")  # on average: to compare months with days
FURTHEST = 36_500  # days: nobody plans for longer than a century
GRACE, LONGEST_GRACE, METER_GRACE = Decimal("0.2"), 28, Decimal("0.1")


class Trigger(StrEnum):
    """What made an order: the leg that fired, a person, or something that was found."""

    DATE = "date"
    METER = "meter"
    MANUAL = "manual"
    CONDITION = "condition"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What is asked for: at least one interval, of which at most one counts days or months.

    is_fixed: counted from when it was due, not from when it was done. grace_*: None for the share of the interval that
    is usual. meter: which of the asset's meters the meter leg reads. suppressed_by: the key of another schedule.
    """

    key: object
    interval_days: int | None = None
    interval_months: int | None = None
    interval_meter: Decimal | None = None
    meter: str = "run_hours"
    is_fixed: bool = False
    lead_days: int = 0
    lead_meter: Decimal = Decimal(0)
    grace_days: int | None = None
    grace_meter: Decimal | None = None
    suppressed_by: object = None

    @property
    def has_dates(self) -> bool:
        return bool(self.interval_days or self.interval_months)

    @property
    def days(self) -> Decimal | None:
        """The date interval in days; None without one."""
        if self.interval_days:
            return Decimal(self.interval_days)
        return DAYS_OF_A_MONTH * self.interval_months if self.interval_months else None

    @property
    def grace(self) -> int:
        """Days around a due date in which an order is on time."""
        if self.grace_days is not None:
            return self.grace_days
        return min(int(GRACE * self.days), LONGEST_GRACE) if self.days else 0

    @property
    def grace_on_meter(self) -> Decimal:
        """Units around a due meter value in which an order is on time."""
        if self.grace_meter is not None:
            return self.grace_meter
        return METER_GRACE * self.interval_meter if self.interval_meter else Decimal(0)

    def later(self, day: date, *, anchor_day: int, times=1) -> date:
        """One interval after a day. anchor_day: the day of the month that months keep (31 Jan, 28 Feb, 31 Mar)."""
        if self.interval_days:
            return day + timedelta(days=times * self.interval_days)
        return day + relativedelta(months=times * self.interval_months, day=anchor_day)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a schedule stands: the running number of the cycle that comes next, and when that is due by each leg.

    due_meter is None where the schedule has no meter leg, and where no reading says yet what it counts from.
    """

    cycle: int = 1
    due_date: date | None = None
    due_meter: Decimal | None = None
    anchor_day: int = 1
    last_date: date | None = None
    last_meter: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a meter said last. daily_use: None where it cannot be told (registry.meters.mean_daily_use)."""

    value: Decimal
    read_on: date
    daily_use: Decimal | None = None

    def reaches(self, value: Decimal) -> date | None:
        """The day on which the meter shows a value, counted on from the last reading; None: a reading is needed.

        It may lie before the reading: the value was passed then.
        """
        days = floor((value - self.value) / self.daily_use) if self.daily_use else None
        return None if days is None or abs(days) > FURTHEST else self.read_on + timedelta(days=days)

    def on(self, day: date) -> Decimal:
        """What the meter shows on a day to come."""
        return self.value + (self.daily_use or 0) * max((day - self.read_on).days, 0)


# -- what was done, and what comes then ---------------------------------------------------------------------------------


def begin(schedule, *, created_on, meter=None, first_due_date=None, first_due_meter=None) -> Standing:
    """A schedule that was never performed: due at first_due_*, else one interval after its creation.

    meter: the meter's lifetime value at the creation, None where nothing was read.
    """
    due_date, due_meter = first_due_date, first_due_meter
    if schedule.has_dates and due_date is None:
        due_date = schedule.later(created_on, anchor_day=created_on.day)
    if schedule.interval_meter and due_meter is None and meter is not None:
        due_meter = meter + schedule.interval_meter
    anchor_day = first_due_date.day if first_due_date else created_on.day
    return Standing(
        due_date=due_date if schedule.has_dates else None,
        due_meter=due_meter if schedule.interval_meter else None,
        anchor_day=anchor_day,
    )


def done(schedule, standing, *, on, meter=None) -> Standing:
    """The cycle was performed on a day, at a meter value: both legs begin anew.

    Floating counts from then. Fixed goes on from what was due; more than an interval late, from the first grid point
    after the completion. meter: None where no reading tells.
    """
    if schedule.is_fixed:
        due_date, due_meter = _grid_after(schedule, standing, on, meter)
        anchor_day = standing.anchor_day
    else:
        last = max(on, standing.last_date or on)  # what is entered late does not move a due date back
        due_date = schedule.later(last, anchor_day=last.day) if schedule.has_dates else None
        read = max((value for value in (meter, standing.last_meter) if value is not None), default=None)
        due_meter = standing.due_meter
        if schedule.interval_meter and read is not None:
            due_meter = read + schedule.interval_meter
        anchor_day = last.day
    return Standing(
        cycle=standing.cycle + 1,
        due_date=due_date,
        due_meter=due_meter,
        anchor_day=anchor_day,
        last_date=max(on, standing.last_date or on),
        last_meter=standing.last_meter if meter is None else max(meter, standing.last_meter or meter),
    )


def credit(schedule, standing, *, on, meter=None) -> Standing:
    """The cycle was done with the order of a longer schedule. No due date moves back."""
    after = done(schedule, standing, on=on, meter=meter)
    due_date = _later(after.due_date, standing.due_date)
    return replace(
        after,
        due_date=due_date,
        due_meter=_later(after.due_meter, standing.due_meter),
        anchor_day=after.anchor_day if due_date == after.due_date else standing.anchor_day,
    )


def skip(schedule, standing, *, times=1) -> Standing:
    """The cycle's order was cancelled: not done, and due again one interval after it was due. times: -1 takes it back."""
    return replace(
        standing,
        cycle=standing.cycle + times,
        due_date=_next_date(schedule, standing, standing.due_date, times),
        due_meter=None if standing.due_meter is None else standing.due_meter + times * schedule.interval_meter,
    )


def missed(schedule, standing, *, today, meter=None) -> int:
    """How many occurrences after the one that is due have passed, too, without an order."""
    by_date = by_meter = 0
    if standing.due_date:
        day = _next_date(schedule, standing, standing.due_date)
        while day <= today:
            by_date, day = by_date + 1, _next_date(schedule, standing, day)
    if standing.due_meter is not None and meter is not None and meter > standing.due_meter:
        by_meter = int((meter - standing.due_meter) // schedule.interval_meter)
    return max(by_date, by_meter)


def _next_date(schedule, standing, day, times=1):
    return day and schedule.later(day, anchor_day=standing.anchor_day, times=times)


def _grid_after(schedule, standing, on, meter):
    """The next grid point of each leg; where that has passed already, the first one after the completion."""
    day = _next_date(schedule, standing, standing.due_date)
    if day and day < on:
        while day <= on:
            day = _next_date(schedule, standing, day)
    value = standing.due_meter
    if value is not None:
        value += schedule.interval_meter
        if meter is not None and value < meter:
            value += ((meter - value) // schedule.interval_meter + 1) * schedule.interval_meter
    elif schedule.interval_meter and meter is not None:
        value = meter + schedule.interval_meter
    return day, value


def _later(one, other):
    return max((value for value in (one, other) if value is not None), default=None)


# -- whether it is due --------------------------------------------------------------------------------------------------


def fires(schedule, standing, *, today, meter=None) -> Trigger | None:
    """The leg by which an order is to be made today: its due value less its lead is reached. The date comes first."""
    if standing.due_date and today >= standing.due_date - timedelta(days=schedule.lead_days):
        return Trigger.DATE
    if standing.due_meter is not None and meter is not None and meter >= standing.due_meter - schedule.lead_meter:
        return Trigger.METER
    return None


def predicted(standing, reading: Reading | None) -> date | None:
    """When the meter leg is due; None without one, or where a reading is needed."""
    return reading.reaches(standing.due_meter) if reading and standing.due_meter is not None else None


def due_on(standing, reading: Reading | None) -> date | None:
    """The day on which the schedule is due, by whichever leg comes first; None where nothing tells."""
    days = [day for day in (standing.due_date, predicted(standing, reading)) if day]
    return min(days, default=None)


def is_on_time(schedule, trigger, *, due_date=None, due_meter=None, on=None, meter=None) -> bool:
    """Whether an order was done within its grace: one that its meter fired by the reading, any other by the date."""
    if trigger == Trigger.METER:
        return meter is not None and abs(meter - due_meter) <= schedule.grace_on_meter
    return abs((on - due_date).days) <= schedule.grace
