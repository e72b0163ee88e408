"""What the page of an asset's meters shows: figures, a chart with its table, fuel by the hour, hours by source."""

import datetime
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from django.db.models import Sum
from django.utils import timezone

from apps.registry.ledgers import cached, recent_of
from apps.registry.meters import AT_LEAST, NARROWEST, SIGMAS, WINDOW, Point, ledger, mean_daily_use
from apps.registry.models import (
    UNITS,
    AssetMeter,
    DailyLog,
    HoursSource,
    Meter,
    MeterReading,
    ReadingKind,
    ReadingSource,
)
from apps.registry.services.meters import last_read

DAYS, MONTHS, FUEL_LOGS = 30, 12, 60
WIDTH, HEIGHT = 600, 120
INSTANT = datetime.timedelta(microseconds=1)


@dataclass(frozen=True)
class Bar:
    """What was used in a day or a month, and where its bar stands in the chart (WIDTH × HEIGHT)."""

    start: datetime.date
    used: Decimal
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Figures:
    """One meter of an asset. per_day: None where a reading is needed to tell."""

    meter: str
    label: str
    unit: str
    lifetime: Decimal | None
    dial: Decimal | None
    per_day: Decimal | None
    last_at: datetime.datetime | None
    days: tuple[Bar, ...]
    months: tuple[Bar, ...]

    @property
    def is_read(self) -> bool:
        return self.lifetime is not None


def meters_of(asset) -> list[Figures]:
    """The figures of an asset's hour meter, and of its odometer where it was ever read."""
    row = AssetMeter.objects.for_tenant(asset.tenant_id).filter(asset=asset).first()
    return [
        figures(asset, meter, row) for meter in Meter if cached(row, meter)[0] is not None or meter == Meter.RUN_HOURS
    ]


def figures(asset, meter, row) -> Figures:
    """row: the asset's AssetMeter, or None. What it has run is cached there; its ledger is read as far as it is shown."""
    today = timezone.localdate()
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.insert(0, (months[0] - datetime.timedelta(days=1)).replace(day=1))
    since, last = timezone.make_aware(datetime.datetime.combine(months[0], datetime.time())), last_read(asset, meter)
    book = ledger(recent_of(asset, meter, min(since, last - WINDOW)).entries if last else ())
    lifetime, dial = cached(row, meter)
    days = [today - datetime.timedelta(days=n) for n in reversed(range(DAYS))]
    by_day = used_by_day(book.points)
    by_month = defaultdict(Decimal)
    for day, used in by_day.items():
        by_month[day.replace(day=1)] += used
    return Figures(
        meter=str(meter),
        label=str(meter.label),
        unit=UNITS[meter],
        lifetime=lifetime,
        dial=dial,
        per_day=mean_daily_use(book.points),
        last_at=last,
        days=bars(days, by_day),
        months=bars(months, by_month),
    )


def used_by_day(points: tuple[Point, ...]) -> dict[datetime.date, Decimal]:
    """What was used, by the local day that the reading ends: midnight ends the day before, as a whole day's log does.

    What a first reading says was used before.
    """
    found: dict = defaultdict(Decimal)
    is_first_dial = True
    for point in points:
        is_base = is_first_dial and point.entry.kind == ReadingKind.READING
        is_first_dial = is_first_dial and not point.entry.is_dial
        if not is_base:
            found[timezone.localdate(point.entry.read_at - INSTANT)] += point.adds + point.correction
    return found


def bars(starts, used) -> tuple[Bar, ...]:
    most = max([*(used.get(start, 0) for start in starts), Decimal("0.0001")])
    step = WIDTH / len(starts)
    found = []
    for place, start in enumerate(starts):
        value = used.get(start, Decimal(0))
        height = round(float(max(value, 0) / most) * HEIGHT, 1)
        found.append(Bar(start, value, round(place * step, 1), HEIGHT - height, round(step * 0.8, 1), height))
    return tuple(found)


# -- fuel and hours of the daily logs -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fuel:
    """What a day's log says of fuel; is_outlier: far outside what the asset's other logs say."""

    date: datetime.date
    shift: str
    liters: Decimal
    hours: Decimal
    per_hour: Decimal
    is_outlier: bool


def fuel_of(asset) -> tuple[Decimal | None, list[Fuel]]:
    """Litres an hour without outliers, and the newest daily logs that have both figures."""
    logs = DailyLog.objects.for_tenant(asset.tenant_id).filter(
        asset=asset, run_hours_added__gt=0, fuel_liters_added__isnull=False
    )
    rows = list(logs.order_by("-date", "-shift")[:FUEL_LOGS])
    far = outliers([float(row.fuel_liters_added / row.run_hours_added) for row in rows])
    found = [
        Fuel(row.date, row.shift, row.fuel_liters_added, row.run_hours_added,
             row.fuel_liters_added / row.run_hours_added, is_far)
        for row, is_far in zip(rows, far, strict=True)
    ]  # fmt: skip
    hours = sum((row.hours for row in found if not row.is_outlier), Decimal(0))
    liters = sum((row.liters for row in found if not row.is_outlier), Decimal(0))
    return (liters / hours if hours else None), found


def outliers(values: list[float]) -> list[bool]:
    """Which values are beyond 3 standard deviations of all the others; none where the others are fewer than 5."""
    count, total, squares = len(values) - 1, sum(values), sum(value * value for value in values)
    if count < AT_LEAST:
        return [False] * len(values)
    found = []
    for value in values:
        mean = (total - value) / count
        variance = max(squares - value * value - count * mean * mean, 0) / (count - 1)
        found.append(abs(value - mean) > SIGMAS * max(sqrt(variance), NARROWEST * abs(mean)))
    return found


@dataclass(frozen=True)
class SourceHours:
    """The run hours of the last 30 days that one source tells; counts: the asset's hours are booked from it."""

    source: str
    label: str
    hours: Decimal | None
    counts: bool


def hours_by_source(asset) -> list[SourceHours]:
    """What the daily log and the station say of the last 30 days; one of them counts, the other is for comparison."""
    since = timezone.now() - datetime.timedelta(days=DAYS)
    logs = DailyLog.objects.for_tenant(asset.tenant_id).filter(asset=asset, date__gte=timezone.localdate(since))
    booked = MeterReading.objects.for_tenant(asset.tenant_id).filter(
        asset=asset, meter=Meter.RUN_HOURS, kind=ReadingKind.DELTA, source=ReadingSource.STATION, read_at__gte=since,
        voided_by=None,
    )  # fmt: skip
    told = {
        HoursSource.DAILY_LOG: logs.aggregate(hours=Sum("run_hours_added"))["hours"],
        HoursSource.STATION: booked.aggregate(hours=Sum("value"))["hours"],
    }
    return [SourceHours(s, str(s.label), told[s], s == asset.run_hours_source) for s in HoursSource]
