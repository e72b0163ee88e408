"""The grid of a day: its assets, each with what is logged, what was the day before, what is usual, and the cells of a form."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q

from apps.registry.log_days import span_of
from apps.registry.log_queries import dials_at, station_hours, usual_fuel, usual_hours
from apps.registry.meters import Spread
from apps.registry.models import Asset, AssetStatus, DailyLog, HoursSource
from apps.registry.queries import narrowed
from apps.registry.services.daily_logs import FIELDS, said_in

PAGE = 200  # assets of a page


@dataclass
class GridRow:
    """An asset's row. texts: what stands in its cells; seen: what the person had before them, by field."""

    asset: Asset
    log: DailyLog | None = None
    before: DailyLog | None = None  # of the day before, and the same shift
    elsewhere: Decimal = Decimal(0)  # hours of the day's other shifts
    hours: Spread | None = None
    fuel: Spread | None = None
    dial: Decimal | None = None  # shown before this log
    station: Decimal | None = None
    texts: dict[str, str] = field(default_factory=dict)
    seen: dict[str, Decimal | None] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    unusual: set[str] = field(default_factory=set)

    @property
    def code(self) -> str:
        return code_of(self.asset)

    @property
    def title(self) -> str:
        return f"{self.code} {self.asset.name}".strip()

    @property
    def is_of_station(self) -> bool:
        return self.asset.run_hours_source == HoursSource.STATION

    @property
    def seen_text(self) -> str:
        return "|".join(cell_text(self.seen.get(name)) for name in FIELDS)

    @property
    def stored(self) -> dict[str, Decimal | None]:
        return said_in(self.log) if self.log else dict.fromkeys(FIELDS)


def code_of(asset) -> str:
    return asset.identity.client_code if hasattr(asset, "identity") else ""


def cell_text(value: Decimal | None) -> str:
    """A number as it stands in a cell: never with three digits behind the point, which could be thousands."""
    if value is None:
        return ""
    whole, _point, digits = f"{value:f}".partition(".")
    digits = digits.rstrip("0")
    return f"{whole}.{digits}{'0' if len(digits) == 3 else ''}" if digits else whole


def assets_of(tenant, *, places=(), text=""):
    """The assets that are logged, by name: at these places and all below them (none: everywhere), with words found."""
    found = narrowed(Asset.objects.for_tenant(tenant).exclude(status=AssetStatus.RETIRED), places)
    for word in text.split():
        found = found.filter(Q(name__icontains=word) | Q(identity__client_code__icontains=word))
    return shown(found).order_by("name", "pk")


def shown(assets):
    """Assets with what a row of the grid says of them."""
    return assets.select_related("location").prefetch_related("identity")


def page_of(assets, after) -> tuple[list[Asset], object]:
    """(the assets after one, PAGE at most; the last one's key where there are more). after: an Asset, or None."""
    if after is not None:
        assets = assets.filter(Q(name__gt=after.name) | Q(name=after.name, pk__gt=after.pk))
    rows = list(assets[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None


def grid_of(tenant, assets, day, shift) -> list[GridRow]:
    """The rows of a day, or of a shift of it, as they are stored."""
    start, end = span_of(tenant, day)
    yesterday = day - datetime.timedelta(days=1)
    rows = {asset.pk: GridRow(asset) for asset in assets}
    logs = DailyLog.objects.for_tenant(tenant).filter(asset__in=assets, date__in=[yesterday, day])
    for log in logs.select_related("supervisor"):
        row = rows[log.asset_id]
        if log.shift != shift:
            row.elsewhere += (log.run_hours_added or 0) if log.date == day else 0
        elif log.date == day:
            row.log = log
        else:
            row.before = log
    own = [row.log.pk for row in rows.values() if row.log]
    hours, fuel = usual_hours(tenant, assets, end, but_of=own), usual_fuel(tenant, assets, day)
    dials, booked = dials_at(tenant, assets, end, but_of=own), station_hours(tenant, assets, start, end)
    for key, row in rows.items():
        row.hours, row.fuel, row.station = hours.get(key), fuel.get(key), booked.get(key)
        row.dial = dials[key][1] if key in dials else None
        row.seen = row.stored
        row.texts = {name: cell_text(value) for name, value in row.seen.items()}
    return list(rows.values())
