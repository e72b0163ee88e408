"""When shifts are: midnight, weekdays, and the nights in which the clocks change."""

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.shopfloor.shift_times import breaks, clash, is_on_shift, next_start, span

WARSAW = ZoneInfo("Europe/Warsaw")
DAILY, WORKDAYS = [1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5]


@dataclass
class Shift:
    start: time
    end: time
    weekdays: list = field(default_factory=lambda: DAILY)
    lines: list = field(default_factory=list)
    name: str = "Shift"
    breaks: list = field(default_factory=list)
    date: object = None
    kind: str = "day"


@dataclass
class Holiday:
    date: date
    lines: list = field(default_factory=list)


def extra(hours, day, lines=(), name="Extra"):
    return replace(shift(hours, [], lines, name), date=date.fromisoformat(day))


def shift(hours, weekdays=DAILY, lines=(), name="Shift"):
    start, end = (time.fromisoformat(clock) for clock in hours.split("-"))
    return Shift(start, end, list(weekdays), list(lines), name)


def at(text, zone=WARSAW):
    """A wall clock of the plant; with an offset, that very instant."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


DAY, NIGHT, MONDAYS_NIGHT = shift("06:00-14:00", WORKDAYS), shift("22:00-06:00"), shift("22:00-06:00", [1])


@pytest.mark.parametrize(
    ("of", "moment", "expected"),
    [  # 2026-03-02 is a Monday
        (DAY, "2026-03-02 05:59:59", False),
        (DAY, "2026-03-02 06:00", True),
        (DAY, "2026-03-02 13:59:59", True),
        (DAY, "2026-03-02 14:00", False),  # the end is the next shift's
        (DAY, "2026-03-07 08:00", False),  # Saturday
        (NIGHT, "2026-03-02 23:00", True),
        (NIGHT, "2026-03-03 05:59", True),
        (NIGHT, "2026-03-03 06:00", False),
        (MONDAYS_NIGHT, "2026-03-03 03:00", True),  # Tuesday, of Monday's shift
        (MONDAYS_NIGHT, "2026-03-02 03:00", False),  # Monday, of Sunday's
        (shift("06:00-06:00", [1]), "2026-03-03 05:59", True),  # round the clock
        (shift("06:00-06:00", [1]), "2026-03-03 06:00", False),
        (shift("00:00-08:00", [1]), "2026-03-02 00:00", True),
        (shift("16:00-00:00", [1]), "2026-03-02 23:59", True),
        (shift("16:00-00:00", [1]), "2026-03-03 00:00", False),
        # forward at 02:00 on 29 March: 03:30 is the second hour after midnight
        (NIGHT, "2026-03-29 03:30", True),
        (NIGHT, "2026-03-29 06:00", False),
        # back at 03:00 on 25 October: 02:30 is there twice
        (NIGHT, "2026-10-25 02:30+02:00", True),
        (NIGHT, "2026-10-25 02:30+01:00", True),
        (shift("22:00-02:30"), "2026-10-25 02:29+02:00", True),
        (shift("22:00-02:30"), "2026-10-25 02:29+01:00", False),  # it ended at the first half past two
        # 02:30 is not there on 29 March: over when the clocks jump from 02:00 to 03:00
        (shift("22:00-02:30"), "2026-03-29 01:59+01:00", True),
        (shift("22:00-02:30"), "2026-03-29 03:00+02:00", False),
        (shift("02:30-10:00"), "2026-03-29 03:00+02:00", True),
        (shift("02:30-10:00"), "2026-03-29 01:59+01:00", False),
    ],
)
def test_who_is_on_shift(of, moment, expected):
    assert is_on_shift([of], at(moment), WARSAW) is expected


def test_it_is_the_plants_clock_that_counts():
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)  # 10:00 in Warsaw, 06:00 in São Paulo

    assert is_on_shift([shift("06:00-07:00")], moment, ZoneInfo("America/Sao_Paulo"))
    assert not is_on_shift([shift("06:00-07:00")], moment, WARSAW)


def test_without_shifts_nobody_is_on_and_none_begins():
    assert not is_on_shift([], at("2026-03-02 08:00"), WARSAW)
    assert next_start([], at("2026-03-02 08:00"), WARSAW) is None


@pytest.mark.parametrize(
    ("of", "moment", "expected"),
    [
        ([DAY], "2026-03-02 05:00", "2026-03-02 06:00"),
        ([DAY], "2026-03-02 06:00", "2026-03-03 06:00"),  # it has begun: the next one
        ([DAY], "2026-03-06 15:00", "2026-03-09 06:00"),  # over the weekend
        ([MONDAYS_NIGHT], "2026-03-02 22:00", "2026-03-09 22:00"),  # a week on
        ([DAY, NIGHT], "2026-03-07 12:00", "2026-03-07 22:00"),  # the first of several
        ([NIGHT], "2026-03-28 23:00", "2026-03-29 22:00"),  # 23 hours later
        ([NIGHT], "2026-10-24 23:00", "2026-10-25 22:00"),  # 25
        ([shift("02:30-10:00")], "2026-03-28 12:00", "2026-03-29 03:00"),
        ([shift("02:30-10:00")], "2026-10-24 12:00", "2026-10-25 02:30+02:00"),
        ([shift("02:30-10:00")], "2026-10-25 02:30+01:00", "2026-10-26 02:30"),
    ],
)
def test_when_the_next_shift_begins(of, moment, expected):
    assert next_start(of, at(moment), WARSAW) == at(expected)


@pytest.mark.parametrize(
    ("hours", "day", "lasts"),
    [
        ("22:00-06:00", date(2026, 3, 27), 8),
        ("22:00-06:00", date(2026, 3, 28), 7),  # belongs to the date it starts on
        ("22:00-06:00", date(2026, 10, 24), 9),
        ("06:00-06:00", date(2026, 3, 28), 23),
        ("06:00-14:00", date(2026, 3, 29), 8),
        ("22:00-02:30", date(2026, 3, 28), 4),
        ("02:30-06:00", date(2026, 3, 29), 3),
    ],
)
def test_a_shift_lasts_what_really_elapses(hours, day, lasts):
    begin, end = span(shift(hours), day, WARSAW)

    assert end - begin == timedelta(hours=lasts)


@pytest.mark.parametrize("night", [date(2026, 3, 28), date(2026, 10, 24)])
def test_shifts_in_a_row_leave_no_gap_when_the_clocks_change(night):
    clocks = ["22:00", "01:00", "02:15", "02:45", "03:00", "06:00"]
    marks = [
        span(shift(f"{begin}-{end}"), night if begin == "22:00" else night + timedelta(days=1), WARSAW)
        for begin, end in itertools.pairwise(clocks)
    ]

    assert all(one[1] == other[0] for one, other in itertools.pairwise(marks))


def test_where_midnight_itself_is_not_there():
    beirut = ZoneInfo("Asia/Beirut")  # forward at midnight, on 29 March 2026
    begin, end = span(shift("00:00-08:00"), date(2026, 3, 29), beirut)

    assert (begin, end - begin) == (at("2026-03-29 01:00", beirut), timedelta(hours=7))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (shift("06:00-14:00", name="A"), shift("14:00-22:00", name="B"), False),
        (shift("06:00-14:01", name="A"), shift("14:00-22:00", name="B"), True),
        (shift("22:00-06:00", name="A"), shift("05:00-14:00", name="B"), True),
        (shift("22:00-06:00", [5], name="A"), shift("05:00-14:00", [5], name="B"), False),  # Saturday morning
        (shift("22:00-06:00", [7], name="A"), shift("05:00-14:00", [1], name="B"), True),  # over the week's end
        (shift("06:00-14:00", [1], name="A"), shift("06:00-14:00", [2], name="B"), False),
        (shift("06:00-06:00", name="A"), shift("06:00-14:00", name="B"), True),
        (shift("06:00-14:00", lines=["A"], name="A"), shift("06:00-14:00", lines=["B"], name="B"), False),
        (shift("06:00-14:00", lines=["A"], name="A"), shift("06:00-14:00", name="B"), True),  # of all lines
        (shift("06:00-10:00"), shift("14:00-22:00"), True),  # one name
        (shift("06:00-10:00", [1]), shift("14:00-22:00", [2]), False),
    ],
)
def test_which_shifts_are_in_each_others_way(one, other, expected):
    assert clash(one, other) is clash(other, one) is expected


CHRISTMAS = date(2026, 12, 25)  # a Friday
OF_ALL, OF_A = Holiday(CHRISTMAS), Holiday(CHRISTMAS, ["A"])


@pytest.mark.parametrize(
    ("of", "holidays", "moment", "expected"),
    [
        (DAY, [OF_ALL], "2026-12-25 08:00", False),
        (DAY, [OF_A], "2026-12-25 08:00", True),  # it works on other lines
        (shift("06:00-14:00", lines=["A"]), [OF_A], "2026-12-25 08:00", False),
        (shift("06:00-14:00", lines=["A", "B"]), [OF_A], "2026-12-25 08:00", True),
        (shift("06:00-14:00", lines=["A", "B"]), [OF_A, Holiday(CHRISTMAS, ["B"])], "2026-12-25 08:00", False),
        (NIGHT, [OF_ALL], "2026-12-25 03:00", True),  # began the evening before
        (NIGHT, [OF_ALL], "2026-12-26 03:00", False),
        (extra("06:00-12:00", "2026-12-25"), [OF_ALL], "2026-12-25 08:00", True),
        (extra("22:00-06:00", "2026-12-25"), [], "2026-12-26 03:00", True),
        (extra("22:00-06:00", "2026-12-25"), [], "2026-12-27 03:00", False),
    ],
)
def test_holidays_leave_shifts_out_and_extra_shifts_come_in(of, holidays, moment, expected):
    assert is_on_shift([of], at(moment), WARSAW, holidays) is expected


def test_after_a_holiday_of_weeks_the_next_shift_is_found():
    closed = [Holiday(date(2026, 12, 21) + timedelta(days=n)) for n in range(14)]

    assert next_start([DAY], at("2026-12-18 15:00"), WARSAW, closed) == at("2027-01-04 06:00")


@pytest.mark.parametrize(
    ("one", "other", "holidays", "expected"),
    [
        (extra("06:00-12:00", "2026-12-26"), DAY, [], False),  # a Saturday
        (extra("06:00-12:00", "2026-12-25"), DAY, [], True),
        (extra("06:00-12:00", "2026-12-25"), DAY, [OF_ALL], False),  # in its place
        (extra("06:00-12:00", "2026-12-25"), DAY, [OF_A], True),
        (extra("06:00-12:00", "2026-12-25", ["A"]), DAY, [OF_A], False),
        (extra("06:00-12:00", "2026-12-25", ["A", "B"]), DAY, [OF_A], True),
        (extra("05:00-12:00", "2026-12-25"), NIGHT, [OF_ALL], True),  # the night before
        (extra("20:00-23:00", "2026-12-25"), NIGHT, [OF_ALL], False),
        (extra("06:00-12:00", "2026-12-26"), extra("11:00-20:00", "2026-12-26", name="B"), [], True),
        (extra("06:00-12:00", "2026-12-26"), extra("12:00-20:00", "2026-12-26", name="B"), [], False),
        (extra("22:00-06:00", "2026-12-26"), extra("05:00-08:00", "2026-12-27", name="B"), [], True),
        (extra("06:00-12:00", "2026-12-26"), extra("06:00-12:00", "2026-12-27"), [], False),
        (extra("06:00-12:00", "2026-12-26"), extra("14:00-20:00", "2026-12-26"), [], True),  # one name
        (extra("06:00-12:00", "2026-12-26", ["A"]), extra("06:00-12:00", "2026-12-26", ["B"]), [], False),
        (extra("14:00-20:00", "2026-12-25", name="Shift"), DAY, [], True),  # one name
    ],
)
def test_where_an_extra_shift_is_in_the_way(one, other, holidays, expected):
    assert clash(one, other, holidays) is clash(other, one, holidays) is expected


def test_breaks_of_a_night_and_the_hour_that_is_there_twice():
    night = replace(NIGHT, breaks=[{"start": "23:45", "end": "00:15"}, {"start": "01:30", "end": "03:30"}])

    first, second = breaks(night, date(2026, 10, 24), WARSAW)

    assert first == (at("2026-10-24 23:45"), at("2026-10-25 00:15"))
    assert second[1] - second[0] == timedelta(hours=3)
