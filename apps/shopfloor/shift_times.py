"""When shifts are, as a pure function: no database. A shift belongs to the date it starts on, in the plant's zone.

Its start and end are built as wall clocks in that zone, turned into instants, and only then compared: so a night lasts
what really elapses, seven or nine hours where the clocks change. A wall clock that there is twice is the first of the
two; one that there is not is the moment at which the clocks jump over it. So what is in order on paper is in order here.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WEEK = 7 * 24 * 60  # minutes


class IsShift(Protocol):
    """weekdays: of the dates it starts on, 1 (Monday) to 7. end: up to start, it is on the next day. lines: none, all."""

    name: str
    start: time
    end: time
    weekdays: list[int]
    lines: list[str]


def span(shift: IsShift, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The shift of a date, [from, to), as instants; whether its weekdays have that date is not asked."""
    last = day if shift.end > shift.start else day + DAY
    return _instant(day, shift.start, zone), _instant(last, shift.end, zone)


def spans(shifts: Iterable[IsShift], first: date, last: date, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """The spans of the shifts that start on a date from first to last."""
    for shift in shifts:
        for number in range((last - first).days + 1):
            day = first + number * DAY
            if day.isoweekday() in shift.weekdays:
                yield span(shift, day, zone)


def is_on_shift(shifts: Iterable[IsShift], moment: datetime, zone: tzinfo) -> bool:
    """Whether one of the shifts is at work at a moment."""
    today = moment.astimezone(zone).date()
    return any(begin <= moment < end for begin, end in spans(shifts, today - DAY, today, zone))


def next_start(shifts: Iterable[IsShift], moment: datetime, zone: tzinfo) -> datetime | None:
    """When the next of the shifts begins after a moment; None where there are none."""
    today = moment.astimezone(zone).date()
    begins = (begin for begin, _end in spans(shifts, today, today + 7 * DAY, zone) if begin > moment)
    return min(begins, default=None)


def clash(one: IsShift, other: IsShift) -> bool:
    """Whether two shifts would be at work at once on one line, or have one name on one line and date."""
    if one.lines and other.lines and not set(one.lines) & set(other.lines):
        return False
    if one.name == other.name and set(one.weekdays) & set(other.weekdays):
        return True
    return any(
        (theirs - begin) % WEEK < length or (begin - theirs) % WEEK < their_length
        for begin, length in _minutes(one)
        for theirs, their_length in _minutes(other)
    )


def of_line(shifts: Iterable[IsShift], line: str) -> list:
    """The shifts of one line."""
    return [shift for shift in shifts if not shift.lines or line in shift.lines]


def _instant(day: date, clock: time, zone: tzinfo) -> datetime:
    wall = datetime.combine(day, clock, zone)
    instant = wall.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    early, late = wall.replace(fold=1).astimezone(UTC), instant  # before the jump, and after it
    while late - early > MINUTE:
        middle = early + (late - early) // MINUTE // 2 * MINUTE
        if middle.astimezone(zone).utcoffset() == early.astimezone(zone).utcoffset():
            early = middle
        else:
            late = middle
    return late


def _minutes(shift) -> list[tuple[int, int]]:
    """(minute of the week, minutes it lasts by the clock) of each weekday."""
    start, end = (clock.hour * 60 + clock.minute for clock in (shift.start, shift.end))
    length = (end - start - 1) % 1440 + 1  # the same clock again is a whole day
    return [((day - 1) * 1440 + start, length) for day in shift.weekdays]
