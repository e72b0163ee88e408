"""When shifts are, as a pure function: no database. A shift belongs to the date it starts on, in the plant's zone.

Its start and end are built as wall clocks in that zone, turned into instants, and only then compared: so a night lasts
what really elapses, seven or nine hours where the clocks change. A wall clock that there is twice is the first of the
two; one that there is not is the moment at which the clocks jump over it. So what is in order on paper is in order here.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple, Protocol

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WEEK = 7 * 24 * 60  # minutes


class IsShift(Protocol):
    """One of every week, or an extra one. lines: none, all. end: up to start, it is on the next day.

    weekdays: of the dates it starts on, 1 (Monday) to 7. date: of an extra shift, the one date it starts on.
    """

    name: str
    kind: str
    start: time
    end: time
    weekdays: list[int]
    lines: list[str]
    breaks: list[dict[str, str]]
    date: date | None


class IsHoliday(Protocol):
    """A date on which no shift of every week starts. lines: none, all."""

    date: date
    lines: list[str]


def span(shift: IsShift, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The shift of a date, [from, to), as instants; whether it starts on that date is not asked."""
    return _between(shift, shift.start, shift.end, day, zone)


def breaks(shift: IsShift, day: date, zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """The breaks of the shift of a date, [from, to) each, as instants."""
    clocks = [(time.fromisoformat(pause["start"]), time.fromisoformat(pause["end"])) for pause in shift.breaks]
    return [_between(shift, start, end, day, zone) for start, end in clocks]


def _between(shift, start: time, end: time, day: date, zone) -> tuple[datetime, datetime]:
    first = day if start >= shift.start else day + DAY
    return _instant(first, start, zone), _instant(first if end > start else first + DAY, end, zone)


def starts_on(shift: IsShift, day: date, holidays: Iterable[IsHoliday] = (), lines: Collection[str] = ()) -> bool:
    """Whether a shift starts on a date. lines: those that are asked for; none: all of the shift's."""
    if shift.date is not None:
        return shift.date == day
    return day.isoweekday() in shift.weekdays and not _is_off(day, lines or shift.lines, holidays)


def _is_off(day: date, lines: Collection[str], holidays: Iterable[IsHoliday]) -> bool:
    """Whether a date is a holiday of all these lines; of none: of the whole plant."""
    closed = [set(holiday.lines) for holiday in holidays if holiday.date == day]
    return not all(closed) or (bool(lines) and set(lines) <= set().union(*closed))


def spans(
    shifts: Iterable[IsShift], first: date, last: date, zone: tzinfo, holidays: Collection[IsHoliday] = ()
) -> Iterator[tuple[datetime, datetime]]:
    """The spans of the shifts that start on a date from first to last."""
    for shift in shifts:
        for number in range((last - first).days + 1):
            day = first + number * DAY
            if starts_on(shift, day, holidays):
                yield span(shift, day, zone)


def is_on_shift(
    shifts: Iterable[IsShift], moment: datetime, zone: tzinfo, holidays: Collection[IsHoliday] = ()
) -> bool:
    """Whether one of the shifts is at work at a moment."""
    today = moment.astimezone(zone).date()
    return any(begin <= moment < end for begin, end in spans(shifts, today - DAY, today, zone, holidays))


def next_start(
    shifts: Collection[IsShift], moment: datetime, zone: tzinfo, holidays: Collection[IsHoliday] = ()
) -> datetime | None:
    """When the next of the shifts begins after a moment; None where there is none within a year."""
    first = moment.astimezone(zone).date()
    for _week in range(53):
        last = first + 7 * DAY
        begins = (begin for begin, _end in spans(shifts, first, last, zone, holidays) if begin > moment)
        if found := min(begins, default=None):
            return found
        first = last
    return None


def clash(one: IsShift, other: IsShift, holidays: Collection[IsHoliday] = ()) -> bool:
    """Whether two shifts would be at work at once on one line, or have one name on one line and date.

    An extra shift may take the place of one that a holiday leaves out.
    """
    if one.lines and other.lines and not set(one.lines) & set(other.lines):
        return False
    if one.date is None and other.date is None:
        return _clash_in_a_week(one, other)
    extra, other = (one, other) if one.date else (other, one)
    common = [line for line in other.lines if not extra.lines or line in extra.lines] or extra.lines
    days = [extra.date + number * DAY for number in (-1, 0, 1)]
    return any(
        (day == extra.date and extra.name == other.name) or _overlap(extra, extra.date, other, day)
        for day in days
        if starts_on(other, day, holidays, common)
    )


def _clash_in_a_week(one, other) -> bool:
    if one.name == other.name and set(one.weekdays) & set(other.weekdays):
        return True
    return any(
        (theirs - begin) % WEEK < length or (begin - theirs) % WEEK < their_length
        for begin, length in _minutes(one)
        for theirs, their_length in _minutes(other)
    )


def _overlap(one, its_day, other, day) -> bool:
    """By the clock on the wall: whether the shifts of two dates would be at work at once."""
    begin, theirs = datetime.combine(its_day, one.start), datetime.combine(day, other.start)
    return theirs < begin + _length(one) * MINUTE and begin < theirs + _length(other) * MINUTE


class Run(NamedTuple):
    """A shift on a date: [start, end), and that less its breaks."""

    shift: IsShift
    date: date
    start: datetime
    end: datetime
    worked: list[tuple[datetime, datetime]]


def runs_of_line(
    shifts: Iterable[IsShift],
    line: str,
    first: date,
    last: date,
    zone: tzinfo,
    holidays: Collection[IsHoliday] = (),
) -> list[Run]:
    """The shifts of a line that start on a date from first to last, in order."""
    days = [first + number * DAY for number in range((last - first).days + 1)]
    found = [
        _run(shift, day, zone)
        for shift in of_line(shifts, line)
        for day in days
        if starts_on(shift, day, holidays, [line])
    ]
    return sorted(found, key=lambda run: run.start)


def _run(shift, day, zone) -> Run:
    start, end = span(shift, day, zone)
    marks = [start, *(edge for pause in breaks(shift, day, zone) for edge in pause), end]
    worked = [part for part in list(pairwise(marks))[::2] if part[0] < part[1]]
    return Run(shift, day, start, end, worked)


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
    start = shift.start.hour * 60 + shift.start.minute
    return [((day - 1) * 1440 + start, _length(shift)) for day in shift.weekdays]


def _length(shift) -> int:
    """Minutes it lasts by the clock."""
    start, end = (clock.hour * 60 + clock.minute for clock in (shift.start, shift.end))
    return (end - start - 1) % 1440 + 1  # the same clock again is a whole day
