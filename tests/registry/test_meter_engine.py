"""What readings add up to, as a pure function: tables of cases, and what always holds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.registry.meters import Entry, allowed, hours_left, ledger, mean_daily_use, opened, unusual

START = datetime(2026, 3, 1, tzinfo=UTC)
reading, delta, replacement = "reading", "delta", "replacement"


def entry(kind, value, hours=0, place=0, top=None):
    return Entry(
        f"{kind} {hours} {place}", kind, Decimal(str(value)), START + timedelta(hours=hours), place,
        Decimal(top) if top else None,
    )  # fmt: skip


def book(*steps, top=None):
    """A ledger of (kind, value, hours after START)."""
    return ledger(entry(*step, place=n, top=top) for n, step in enumerate(steps))


CASES = [
    # name, entries (kind, value, hours), lifetime, dial, corrections
    ("nothing", [], None, None, []),
    ("the first reading is what it has run", [(reading, 100, 0)], 100, 100, []),
    ("readings alone", [(reading, 100, 0), (reading, 150, 60)], 150, 150, []),
    ("deltas alone", [(delta, 8, 10), (delta, 7.5, 34)], 15.5, None, []),
    ("logs said less", [(reading, 100, 0), (delta, 8, 10), (delta, 8, 34), (reading, 124.4, 40)], 124.4, 124.4, [8.4]),
    ("logs said more", [(reading, 100, 0), (delta, 8, 10), (delta, 8, 34), (reading, 110, 40)], 110, 110, [-6]),
    ("logs were right", [(reading, 100, 0), (delta, 8, 10), (reading, 108, 40)], 108, 108, []),
    ("logs before the first reading", [(delta, 8, 0), (reading, 20, 24)], 20, 20, [12]),
    ("since the last reading", [(reading, 100, 0), (delta, 8, 10), (reading, 108, 12), (delta, 3, 20)], 111, 108, []),
    ("a new meter", [(reading, 5000, 0), (replacement, 0, 1), (reading, 20, 30)], 5020, 20, []),
    ("a used one", [(reading, 5000, 0), (replacement, 300, 1), (reading, 320, 30)], 5020, 320, []),
    ("estimates stay", [(reading, 50, 0), (delta, 8, 9), (replacement, 0, 10), (reading, 5, 20)], 63, 5, []),
    ("a new meter first", [(replacement, 7, 0), (reading, 10, 9)], 3, 10, []),
    ("of equal moments as written", [(reading, 50, 5), (delta, 2, 5), (reading, 53, 9)], 53, 53, [1]),
]


@pytest.mark.parametrize(
    ("steps", "lifetime", "dial", "found"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_what_entries_come_to(steps, lifetime, dial, found):
    told = book(*steps)

    assert (told.lifetime, told.dial) == (
        None if lifetime is None else Decimal(str(lifetime)),
        None if dial is None else Decimal(str(dial)),
    )
    assert list(told.corrections.values()) == [Decimal(str(value)) for value in found]


def test_a_dial_that_rolls_over_goes_on_counting():
    told = book((reading, 9990, 0), (reading, 12, 30), (reading, 15, 40), top=10000)

    assert (told.lifetime, told.dial) == (10015, 15)


RANGES = [
    # name, entries, the new one's hours, top, ranges
    ("nothing around", [], 5, None, [(0, None)]),
    ("time bounds", [(reading, 100, 0)], 24, None, [(100, 124.1)]),
    ("neighbours", [(reading, 100, 0), (reading, 110, 48)], 24, None, [(100, 110)]),
    ("time on both sides", [(reading, 100, 0), (reading, 147, 48)], 24, None, [(122.9, 124.1)]),
    ("deltas are no neighbours", [(reading, 100, 0), (delta, 9, 10), (delta, 9, 30)], 24, None, [(100, 124.1)]),
    ("a new meter bounds", [(reading, 900, 0), (replacement, 5, 10), (reading, 9, 20)], 15, None, [(5, 9)]),
    ("the old meter ends", [(reading, 900, 0), (replacement, 5, 10)], 9, None, [(900, 909.1)]),
    ("near the roll-over", [(reading, 9990, 0)], 24, 10000, [(9990, 9999.9999), (0, 14.1)]),
    ("between, around", [(reading, 9990, 0), (reading, 5, 48)], 24, 10000, [(9990, 9999.9999), (0, 5)]),
    ("no roll-over in reach", [(reading, 100, 0)], 24, 10000, [(100, 124.1)]),
]


@pytest.mark.parametrize(("steps", "hours", "top", "ranges"), [case[1:] for case in RANGES], ids=[c[0] for c in RANGES])
def test_what_a_dial_may_show(steps, hours, top, ranges):
    new = entry(reading, 1, hours, place=99, top=top)
    told = ledger([*(entry(*step, place=n, top=top) for n, step in enumerate(steps)), new])
    place = told.place(new.key)

    limits = allowed(told.dial_before(place), told.dial_after(place), new, is_hours=True)

    assert [(float(low), high and float(high)) for low, high in limits.ranges] == ranges


def test_an_odometer_is_not_bound_by_the_clock_and_rolls_over_within_half_its_dial():
    new = entry(reading, 1, 1, place=1, top=1000)

    assert allowed(entry(reading, 990), None, new, is_hours=False).ranges[1] == (0, 490)
    assert len(allowed(entry(reading, 400), None, new, is_hours=False).ranges) == 1


LEFT = [
    ("nothing before", [(delta, 900, 5)], None),
    ("since a reading", [(reading, 50, 0), (delta, 1, 10)], 10),
    ("less what others took", [(reading, 50, 0), (delta, 4, 6), (delta, 1, 10)], 6),
    ("two half shifts at once", [(delta, 4, 10), (delta, 4, 10)], 24),
    ("one entry is a day, or the gap", [(reading, 50, 0), (delta, 1, 900), (delta, 1, 910)], 24),
    ("a gap of days", [(reading, 50, 0), (delta, 1, 900), (delta, 1, 990)], 90),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "left"), [case[1:] for case in LEFT], ids=[case[0] for case in LEFT])
def test_how_many_hours_can_be_added(steps, left):
    told = book(*steps)

    assert hours_left(told, len(told.points) - 1) == left


DAYS = [(delta, hours, 24 * n) for n, hours in enumerate([8, 7.5, 8.5, 8, 7, 8])]
READ = [(reading, hours, 24 * n) for n, hours in enumerate([0, 8, 16, 23, 31, 40])]


@pytest.mark.parametrize(
    ("steps", "is_asked"),
    [
        ([*DAYS, (delta, 8.2, 200)], False),
        ([*DAYS, (delta, 15, 200)], True),
        ([*DAYS, (delta, 0, 200)], True),
        ([*DAYS[:4], (delta, 23, 200)], False),  # four earlier ones are too few to tell
        ([*DAYS[:5], (delta, 23, 200)], True),
        ([*READ, (reading, 48, 24 * 6)], False),
        ([*READ, (reading, 62, 24 * 6)], True),
        ([*READ, (reading, 40 + 7 * 8, 24 * 12)], False),  # a week at the usual pace
        ([*DAYS, (reading, 100, 200)], False),  # the first reading says nothing of a use
        ([(reading, 5, 0), *((delta, 8, 24 * n) for n in range(1, 7)), (reading, 143, 24 * 6 + 1)], True),
    ],
)
def test_what_is_far_outside_the_assets_own_spread_is_asked(steps, is_asked):
    told = book(*steps)

    assert bool(unusual(told, len(told.points) - 1)) is is_asked


@pytest.mark.parametrize(
    ("steps", "mean"),
    [
        ([], None),
        ([(reading, 100, 0)], None),
        ([(reading, 100, 0), (reading, 100, 48)], None),
        ([(reading, 100, 0), (reading, 116, 48)], 8),
        ([(delta, 24, 0), (delta, 8, 24), (delta, 4, 48)], 6),  # the first one's hours are of the day before
        ([(reading, 0, 0), (reading, 500, 24 * 30), (reading, 504, 24 * 31)], 4),
        ([(reading, 0, 1), (reading, 500, 24 * 20 + 1), (reading, 620, 24 * 30 + 1)], 12),  # strictly inside
        ([(reading, 500, 0), (replacement, 0, 24), (reading, 10, 48)], 5),
        ([(reading, 500, 0), (reading, 510, 24 * 40)], None),  # one reading within 30 days
    ],
)
def test_mean_daily_use(steps, mean):
    found = mean_daily_use(book(*steps).points)

    assert (found and float(found)) == mean


# -- what always holds --------------------------------------------------------------------------------------------------

amounts = st.integers(0, 5000).map(lambda n: Decimal(n) / 10)
steps = st.lists(
    st.tuples(st.sampled_from([reading, delta, delta, replacement]), amounts, st.integers(0, 30)), max_size=25
)


def entries_of(found):
    return [entry(kind, value, hours, place=n, top=10000) for n, (kind, value, hours) in enumerate(found)]


@given(steps)
def test_what_counts_adds_up_to_the_lifetime(found):
    told = ledger(entries_of(found))

    assert sum(p.adds + p.correction for p in told.points) == (told.lifetime or 0)
    assert [p.lifetime for p in told.points if p.entry.kind == reading] == sorted(
        p.lifetime for p in told.points if p.entry.kind == reading
    )


@given(steps, st.integers(0, 30).map(lambda hours: START + timedelta(hours=hours)))
def test_what_lies_before_a_moment_is_told_by_two_entries_at_most(found, since):
    entries = entries_of(found)
    part = opened(entries, since)
    whole, again = ledger(entries), ledger(part)

    def later(told):
        return [(p.entry, p.adds, p.correction, p.use) for p in told.points if p.entry.read_at >= since]

    assert later(again) == later(whole)
    assert again.dial == whole.dial
    assert sum(entry.read_at < since for entry in part) <= 2
    assert (again.lifetime is None) == (whole.lifetime is None)
    lower = [w.lifetime - a.lifetime for w, a in zip(reversed(whole.points), reversed(again.points), strict=False)]
    assert len(set(lower[: len(later(whole))])) <= 1
    assert opened(part, since) == part


@given(steps, st.randoms())
def test_the_order_of_writing_changes_nothing_but_for_equal_moments(found, random):
    entries = entries_of(found)
    shuffled = random.sample(entries, len(entries))

    assert ledger(shuffled) == ledger(entries)


@given(steps, st.data())
def test_a_delta_in_two_halves_changes_nothing(found, data):
    entries = entries_of(found)
    told = ledger(entries)
    deltas = [e for e in entries if e.kind == delta and e.value]
    if not deltas:
        return
    whole = data.draw(st.sampled_from(deltas))
    part = data.draw(st.integers(0, int(whole.value * 10)).map(lambda n: Decimal(n) / 10))
    halves = [
        Entry(("half", n), delta, value, whole.read_at, whole.place)
        for n, value in enumerate([part, whole.value - part])
    ]

    again = ledger([*(e for e in entries if e is not whole), *halves])

    assert (again.lifetime, again.dial, again.corrections) == (told.lifetime, told.dial, told.corrections)


@given(steps, st.data())
def test_deltas_between_two_readings_change_no_lifetime_after_them(found, data):
    entries = entries_of(found)
    told = ledger([*entries, entry(reading, 400, 40, place=98)])
    late = entry(delta, 3, data.draw(st.integers(0, 39)), place=99)

    again = ledger([*entries, entry(reading, 400, 40, place=98), late])

    place = again.place(late.key)
    after = next(p.entry for p in again.points[place + 1 :] if p.entry.is_dial)
    # (A new dial keeps the estimates before it.)
    assert again.lifetime == told.lifetime + (late.value if after.kind == replacement else 0)
