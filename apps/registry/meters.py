"""What readings add up to, as pure functions over plain values: lifetime and dial, corrections, what a dial may show.

Lifetime and dial are two numbers. A dial reading counts from the dial entry before it; deltas since that one were
estimates, which it replaces: what it found beyond them is its correction. A new dial bounds the comparison.
Source: domain §2 (asset_meters), §3.3 (mean daily use).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import mean, stdev

from apps.registry.models.meters import ReadingKind

ZERO = Decimal(0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST_DIGIT = Decimal("0.1")  # of an hour meter: two readings of a machine that never stops may differ by one more
WINDOW = timedelta(days=30)
LAST_PLACE = 2**62  # of equal moments, behind whatever was written
AT_LEAST, SIGMAS, NEWEST = 5, 3, 60
NARROWEST = 0.05  # of the mean: a machine that ran 8 h each day is not unusual at 8.1


@dataclass(frozen=True)
class Entry:
    """One live entry: nothing took it back, and it takes nothing back. kind: reading, delta or replacement.

    place: its order among equal moments. rolls_over_at: where the dial began again at 0 when it was read, or None.
    """

    key: object
    kind: str
    value: Decimal
    read_at: datetime
    place: int
    rolls_over_at: Decimal | None = None

    @property
    def order(self):
        return (self.read_at, self.place)

    @property
    def is_dial(self) -> bool:
        return self.kind != ReadingKind.DELTA


@dataclass(frozen=True)
class Point:
    """An entry in its place: `adds` by itself, `correction` beyond the deltas before it, and the lifetime after both.

    use: since the dial entry before; None of a delta, a new dial, or the first reading.
    """

    entry: Entry
    adds: Decimal
    correction: Decimal
    lifetime: Decimal
    use: Decimal | None = None


@dataclass(frozen=True)
class Ledger:
    """All points in order; what they come to. None where nothing was read."""

    points: tuple[Point, ...]
    lifetime: Decimal | None
    dial: Decimal | None

    @property
    def corrections(self) -> dict:
        """What is due as corrections, by the key of the reading that found it."""
        return {point.entry.key: point.correction for point in self.points if point.correction}

    def place(self, key) -> int:
        return next(n for n, point in enumerate(self.points) if point.entry.key == key)

    def dial_before(self, place: int) -> Entry | None:
        return next((p.entry for p in reversed(self.points[:place]) if p.entry.is_dial), None)

    def dial_after(self, place: int) -> Entry | None:
        """The next reading of the same dial."""
        entry = next((p.entry for p in self.points[place + 1 :] if p.entry.is_dial), None)
        return entry if entry and entry.kind == ReadingKind.READING else None


def ledger(entries: Iterable[Entry]) -> Ledger:
    """What entries, in any order, come to."""
    points: list[Point] = []
    lifetime, dial, since = ZERO, None, ZERO
    for entry in sorted(entries, key=lambda entry: entry.order):
        adds, correction, use = ZERO, ZERO, None
        if entry.kind == ReadingKind.DELTA:
            adds = entry.value
            since += adds
        elif entry.kind == ReadingKind.REPLACEMENT:
            dial, since = entry.value, ZERO
        else:
            gain = entry.value if dial is None else _use(dial, entry)
            use = None if dial is None else gain
            if since:
                correction = gain - since
            else:
                adds = gain
            dial, since = entry.value, ZERO
        lifetime += adds + correction
        points.append(Point(entry, adds, correction, lifetime, use))
    return Ledger(tuple(points), lifetime if points else None, dial)


def opened(entries: Iterable[Entry], since: datetime) -> list[Entry]:
    """Entries from a moment on, and what those before come to for them: the last dial entry, and a delta of all after it.

    Of the entries from then on, the ledger of these has the same corrections and the same dial, and lifetimes that are
    all lower by one number. The delta has no key.
    """
    ordered = sorted(entries, key=lambda entry: entry.order)
    start = bisect_left(ordered, since, key=lambda entry: entry.read_at)
    dial = next((n for n in reversed(range(start)) if ordered[n].is_dial), None)
    deltas = ordered[0 if dial is None else dial + 1 : start]
    before = [] if dial is None else [ordered[dial]]
    if deltas:
        added = sum((entry.value for entry in deltas), ZERO)
        before.append(Entry(None, ReadingKind.DELTA, added, deltas[-1].read_at, LAST_PLACE))
    return [*before, *ordered[start:]]


def _use(dial: Decimal, entry: Entry) -> Decimal:
    """What a dial has counted on from what it showed before; lower, it has begun again at 0."""
    return entry.value - dial + (entry.rolls_over_at or ZERO if entry.value < dial else ZERO)


@dataclass(frozen=True)
class Allowed:
    """What a dial may show between its neighbours: one range, or two where it may roll over between them.

    above: None where nothing bounds it. is_by_time: the hours that passed bound it.
    """

    ranges: tuple[tuple[Decimal, Decimal | None], ...]
    is_by_time: bool = False

    def __contains__(self, value: Decimal) -> bool:
        return any(low <= value and (high is None or value <= high) for low, high in self.ranges)


def allowed(before: Entry | None, after: Entry | None, new: Entry, *, is_hours: bool) -> Allowed:
    """What the dial may show at a new dial entry, given the entries of the same dial before and after it.

    Counted on from the dial before: it never goes back, hours do not outrun the clock, and a roll-over is believed up
    to half the dial. `before` is None for a new dial, and where nothing was read before.
    """
    top = new.rolls_over_at
    base = before.value if before else ZERO
    low, high, is_by_time = base, None, False
    if after:
        high = base + _use(base, after) if before else after.value
        if is_hours and (earliest := high - hours_between(new, after)) > low:
            low, is_by_time = earliest, True
    if before and is_hours and (high is None or base + hours_between(before, new) < high):
        high, is_by_time = base + hours_between(before, new), True
    if top is None:
        return Allowed(((low, high),), is_by_time)
    furthest = max(top - Decimal("0.0001"), base + top / 2 if before else ZERO)
    high = furthest if high is None else min(high, furthest)
    if high < top:
        return Allowed(((low, high),), is_by_time)
    around = (max(low - top, ZERO), high - top)
    return Allowed((around,) if low >= top else ((low, top - Decimal("0.0001")), around), is_by_time)


def hours_between(one: Entry, other: Entry) -> Decimal:
    """The most an hour meter can have counted between two of its readings."""
    return (Decimal(str((other.read_at - one.read_at) / HOUR)) + LAST_DIGIT).quantize(Decimal("0.01"))


def hours_left(book: Ledger, place: int) -> Decimal | None:
    """The most hours that the delta in this place can be: those since the last dial reading that no delta has yet.

    Without a dial reading, those since the first delta and a day before it. None: nothing bounds it.
    """
    end = book.points[place].entry
    earlier = book.points[:place]
    start = next((n for n in reversed(range(place)) if earlier[n].entry.is_dial), None)
    if start is not None:
        begun = earlier[start].entry.read_at
    elif earlier:
        start, begun = 0, earlier[0].entry.read_at - DAY
    else:
        return None
    taken = sum((point.adds for point in earlier[start + 1 :]), ZERO)
    left = Decimal(str((end.read_at - begun) / HOUR)).quantize(Decimal("0.01")) - taken
    longest = max(end.read_at - earlier[-1].entry.read_at, DAY)  # one entry may stand for a day, or for the gap
    return max(min(left, Decimal(str(longest / HOUR)).quantize(Decimal("0.01"))), ZERO)


# -- what is usual ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of at least 5 values."""

    mean: float
    sigma: float

    @property
    def reach(self) -> float:
        """How far from the mean is still usual."""
        return SIGMAS * max(self.sigma, NARROWEST * abs(self.mean))

    @property
    def band(self) -> tuple[float, float]:
        return max(self.mean - self.reach, 0.0), self.mean + self.reach

    def is_far(self, value) -> bool:
        return abs(float(value) - self.mean) > self.reach


def spread(values: Sequence) -> Spread | None:
    """How values spread; None under 5 of them."""
    if len(values) < AT_LEAST:
        return None
    numbers = [float(value) for value in values]
    return Spread(mean(numbers), stdev(numbers))


def unusual(book: Ledger, place: int) -> tuple[Decimal, Spread] | None:
    """What the entry in this place says was used and the spread it is far outside of; None where it is not.

    A delta is compared with the deltas before it. A dial reading with what was used from reading to reading before it
    (or with deltas, where those are few), as such and by day: a week's use is more than a day's, and no surprise.
    """
    point = book.points[place]
    earlier = book.points[:place]
    deltas = [p for p in earlier if p.entry.kind == ReadingKind.DELTA and p.entry.key is not None][-NEWEST:]
    if point.entry.kind == ReadingKind.DELTA:
        usual = spread([p.adds for p in deltas])
        return (point.adds, usual) if usual and usual.is_far(point.adds) else None
    if point.use is None:
        return None
    uses = [p for p in earlier if p.use is not None][-NEWEST:]
    samples = uses if len(uses) >= AT_LEAST else deltas
    usual = spread([p.adds if p.use is None else p.use for p in samples])
    by_day = spread([rate for p in samples if (rate := _rate(book, p)) is not None])
    rate = _rate(book, point)
    if usual and usual.is_far(point.use) and (by_day is None or rate is None or by_day.is_far(rate)):
        return point.use, usual
    return None


def _rate(book: Ledger, point: Point) -> float | None:
    """What a point used a day since the one it counts from."""
    place = bisect_left(book.points, point.entry.order, key=lambda p: p.entry.order)
    if point.use is None:
        start, amount = (book.points[place - 1].entry if place else None), point.adds
    else:
        start, amount = book.dial_before(place), point.use
    days = (point.entry.read_at - start.read_at) / DAY if start else 0
    return float(amount) / days if days > 0 else None


def mean_daily_use(points: Sequence[Point]) -> Decimal | None:
    """What was used a day: Σ deltas strictly inside the last 30 days of readings ÷ the days they span.

    Anchored at the last reading. None under two readings, or where nothing was used: a reading is needed.
    Source: domain §3.3.
    """
    if not points:
        return None
    last = points[-1]
    first = next(p for p in points if p.entry.read_at > last.entry.read_at - WINDOW)
    days = Decimal(str((last.entry.read_at - first.entry.read_at) / DAY))
    used = last.lifetime - first.lifetime
    return used / days if days and used > 0 else None
