"""The daily log, for programs: read, written one by one, and many assets of a day at once."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django_filters import CharFilter
from rest_framework import serializers

from apps.core.api.fields import Body, Choice, Day, Decimal, Key, Shape, Text
from apps.core.api.filters import ByKey, Filters
from apps.core.api.filters import Day as DayFilter
from apps.core.api.resources import Creates, Resource, does
from apps.core.errors import BrokenRows, BrokenRule, Conflict
from apps.core.models import User
from apps.core.roles import SUPERVISORS
from apps.registry import services
from apps.registry.models import Asset, DailyLog, Location
from apps.registry.queries import all_below
from apps.registry.services.daily_logs import FIELDS

MOST_ROWS = 1000
CONFIRMED = _lazy("fields whose unusual value is right: what was asked about with the code `unusual`")


def hours(**kwargs):
    return Decimal(max_digits=14, decimal_places=4, min_value=0, required=False, allow_null=True, **kwargs)


def litres():
    return Decimal(max_digits=12, decimal_places=3, min_value=0, required=False, allow_null=True)


class Values(Body):
    """Fields of a log as somebody saw them."""

    example = {"run_hours_added": "7.5"}
    run_hours_added, run_hours_reading, fuel_liters_added = hours(), hours(), litres()


class LogRow(Body):
    example = {"asset": "0198a1f2-7c3e-7b5a-9d41-3f6c2a8e5b10", "run_hours_added": "7.5", "fuel_liters_added": "20"}
    asset = serializers.UUIDField(help_text=_lazy("an asset, by `id`"))
    run_hours_added = hours(
        help_text=_lazy("or `run_hours_reading`; null takes back what was logged, left out it stays")
    )
    run_hours_reading = hours(help_text=_lazy("what the hour meter shows; the hours are computed from it"))
    fuel_liters_added = litres()
    seen = Values(
        required=False, help_text=_lazy("what was there before; 409 where somebody else changed it meanwhile")
    )
    confirmed = serializers.ListField(
        child=Choice([(name, name) for name in FIELDS]), required=False, help_text=CONFIRMED
    )

    def validate(self, row):
        if not set(row) & set(FIELDS):
            raise serializers.ValidationError(_("Say the hours, what the meter shows, or the fuel."))
        return row


class BulkBody(Body):
    """The rows of a day; `asset` of each is looked up for all at once."""

    example = {"date": "2026-03-02", "shift": "", "rows": [LogRow.example]}
    date = Day()
    shift = Text(
        max_length=40, required=False, allow_blank=True, help_text=_lazy("a shift's name; empty: the whole day")
    )
    rows = LogRow(many=True, allow_empty=False, max_length=MOST_ROWS)

    def to_internal_value(self, data):
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            rows = error.detail.get("rows")
            if set(error.detail) == {"rows"} and isinstance(rows, dict) and all(isinstance(key, int) for key in rows):
                raise broken(rows) from error
            raise

    def validate_rows(self, rows):
        known = Asset.objects.for_tenant(self.context["request"].tenant).in_bulk({row["asset"] for row in rows})
        if unknown := {place: row["asset"] for place, row in enumerate(rows) if row["asset"] not in known}:
            raise broken({place: {"asset": [_("There is no “%s”.") % key]} for place, key in unknown.items()})
        return [row | {"asset": known[row["asset"]]} for row in rows]


def broken(errors) -> BrokenRows:
    rows = {
        place: {
            "" if name == "non_field_errors" else name: [str(word) for word in words] for name, words in row.items()
        }
        for place, row in errors.items()
    }
    return BrokenRows(_("Nothing is saved: some rows have to be looked at."), rows=rows, unusual={})


class DailyLogShape(Shape):
    example = {
        "asset": "0198a1f2-7c3e-7b5a-9d41-3f6c2a8e5b10", "date": "2026-03-02", "shift": "", "run_hours_added": "7.5000", "run_hours_reading": None,
        "fuel_liters_added": "20.000",
    }  # fmt: skip
    asset = Key(Asset, "id")
    supervisor = Key(User, "id", read_only=True, help_text=_lazy("who entered it last"))
    run_hours_added = hours(help_text=_lazy("or `run_hours_reading`, from which it is computed then"))
    run_hours_reading = hours()
    fuel_liters_added = litres()
    run_hours_source = serializers.CharField(
        source="asset.run_hours_source",
        read_only=True,
        help_text=_lazy("where the asset's hours come from: these count only where it is `daily_log`"),
    )
    confirmed = serializers.ListField(
        child=Choice([(name, name) for name in FIELDS]), required=False, write_only=True, help_text=CONFIRMED
    )

    class Meta:
        model = DailyLog
        fields = (
            "id", "date", "shift", "asset", "supervisor", *FIELDS, "run_hours_source", "confirmed", "created_at", "updated_at",
        )  # fmt: skip


class BulkAnswer(serializers.Serializer):
    rows = DailyLogShape(many=True, help_text=_lazy("the logs as they are now, in the order that was sent"))


class LogFilters(Filters):
    asset = ByKey(Asset, "id")
    date = DayFilter()
    since = DayFilter(field_name="date", lookup_expr="gte")
    until = DayFilter(field_name="date", lookup_expr="lte", help_text=_lazy("this day is in it"))
    shift = CharFilter()
    location = ByKey(
        Location, "id", field_name="asset__location", method="at", help_text=_lazy("with all places below it")
    )

    def at(self, found, _name, place):
        return found.filter(asset__location__in=all_below([place]))


class DailyLogs(Creates, Resource):
    """What assets ran and burnt on a day, or in a shift of it. Newest first; one for each asset, date and shift."""

    model, shape = DailyLog, DailyLogShape
    writes = SUPERVISORS
    filterset_class = LogFilters
    search_fields = ("asset__name", "asset__identity__client_code")
    ordering = ("-date", "-id")

    def rows(self, tenant):
        return super().rows(tenant).select_related("asset")

    def make(self, *, date, asset, shift="", confirmed=(), **values):
        """Log a day of one asset. What is logged already is corrected."""
        try:
            (log,) = self.save(date, shift, [values | {"asset": asset, "confirmed": confirmed}])
        except BrokenRows as refused:
            raise _of_one(refused) from refused
        if log is None:
            raise BrokenRule(_("Say the hours, what the meter shows, or the fuel."))
        return log

    def save(self, date, shift, rows):
        confirmed = {(row["asset"].pk, name) for row in rows for name in row.pop("confirmed", ())}
        return services.save_daily_logs(
            self.request.tenant, date, shift, rows, by=self.request.user, confirmed=confirmed
        )

    @does(BulkBody, detail=False, answer=BulkAnswer, roles=SUPERVISORS)
    def bulk(self, *, date, rows, shift=""):
        """Log a day of many assets: all rows, or none. What is wrong is told by row, counted from 0, and field:
        `{"detail", "code", "rows": {"3": {"run_hours_added": ["sentence"]}}, "unusual": {"3": ["run_hours_added"]}}`.
        With the code `unusual` nothing is wrong but values far from what these assets do: send them again with
        `"confirmed": ["run_hours_added"]` in their rows."""
        logs = [log for log in self.save(date, shift, rows) if log is not None]
        return {"rows": logs}


def _of_one(refused: BrokenRows) -> Exception:
    """What is wrong with the only row, as every resource says it."""
    sentences = [str(sentence) for words in refused.rows[0].values() for sentence in words]
    if refused.code == "conflict":
        return Conflict(" ".join(sentences))
    if refused.code == "unusual":
        return BrokenRule(" ".join(sentences), code="unusual")
    return serializers.ValidationError({name or "non_field_errors": words for name, words in refused.rows[0].items()})
