"""Daily logs in spreadsheets: each day, or shift of a day, is saved by the service of the grid."""

from itertools import groupby

from apps.core.errors import BrokenRows, BrokenRule
from apps.core.sheets.tables import CHANGED, NEW, Change, Comparison, Sheet
from apps.registry import services
from apps.registry.models import Asset, DailyLog
from apps.registry.services.daily_logs import DIAL, FIELDS, HOURS


class DailyLogSheet(Sheet):
    """Known by date, shift and asset. Unusual values are kept: the preview was looked at."""

    model = DailyLog
    fields = ("date", "shift", "asset", *FIELDS, "supervisor", "created_at", "updated_at")
    key = ("date", "shift", "asset")
    read_only = ("supervisor", "created_at", "updated_at")
    options = {
        "date": {"example": "2026-01-02"},
        "shift": {"example": ""},
        HOURS: {"example": "7.5", "words": ("hours", "run hours")},
        DIAL: {"example": "", "words": ("meter", "hour meter", "reading")},
        "fuel_liters_added": {"example": "20", "words": ("fuel", "litres", "liters")},
    }
    is_plain = False
    most_rows = 5000

    @property
    def needed(self):
        return ("date", "asset")

    def write(self, found: Comparison) -> None:
        rows = [row for row in found.rows if row.kind in (NEW, CHANGED)]
        for row in rows:
            for attribute, value in row.values.items():
                setattr(row.instance, attribute, value)
        assets = Asset.objects.for_tenant(self.tenant).in_bulk({row.instance.asset_id for row in rows})
        rows.sort(key=_day_of)  # in the order of days: a dial reading is compared with those before it
        for day, of_day in groupby(rows, key=_day_of):
            self._save(day, list(of_day), assets)

    def _save(self, day, rows, assets) -> None:
        sent = [_sent(row, assets[row.instance.asset_id]) for row in rows]
        confirmed = {(row.instance.asset_id, name) for row in rows for name in FIELDS}
        try:
            services.save_daily_logs(self.tenant, *day, sent, by=self.by, confirmed=confirmed)
        except BrokenRows as refused:
            for place, errors in refused.rows.items():
                rows[place].errors |= {name: " ".join(map(str, words)) for name, words in errors.items()}
        except BrokenRule as refused:
            for row in rows:
                row.errors["date"] = str(refused)


def _day_of(row: Change):
    return row.instance.date, row.instance.shift


def _sent(row: Change, asset) -> dict:
    """What a row says; an export has the hours beside the reading that they came from."""
    values = {name: row.values[name] for name in FIELDS if name in row.values}
    if values.get(DIAL) is not None:
        values.pop(HOURS, None)
    return {"asset": asset} | values
