"""Shifts, for programs."""

from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import Body, Shape, Text, Whole
from apps.core.api.filters import Day, Filters
from apps.core.api.resources import Changes, Creates, Deletes, Resource
from apps.shopfloor.models import ExceptionType, Shift, ShiftException, ShiftKind
from apps.shopfloor.services import remove_shift_exception, save_shift, save_shift_exception

CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


@extend_schema_field({"type": "string", "pattern": CLOCK, "examples": ["06:00"]})
class Clock(serializers.TimeField):
    def __init__(self, **kwargs):
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **kwargs)

    def to_internal_value(self, value):
        if not isinstance(value, str) or len(value) != 5:
            self.fail("invalid", format="HH:MM")
        return super().to_internal_value(value)


class BreakShape(Body):
    example = {"start": "09:00", "end": "09:20"}
    start = serializers.RegexField(CLOCK)
    end = serializers.RegexField(CLOCK)


class WorkedShape(Shape):
    lines = serializers.ListField(
        child=Text(max_length=80), required=False, max_length=200, help_text="none: all lines"
    )
    breaks = BreakShape(many=True, required=False)


class ShiftShape(WorkedShape):
    example = {
        "name": "Early", "kind": "day", "start": "06:00", "end": "14:00", "weekdays": [1, 2, 3, 4, 5], "lines": [],
        "breaks": [{"start": "09:00", "end": "09:20"}],
    }  # fmt: skip
    start = Clock()
    end = Clock(help_text="not after the start: on the next day; the same: 24 hours")
    weekdays = serializers.ListField(
        child=Whole(min_value=1, max_value=7), min_length=1, max_length=7, help_text="of the start; 1 is Monday"
    )

    class Meta:
        model = Shift
        fields = ("id", "name", "kind", "start", "end", "weekdays", "lines", "breaks")


class ShiftFilters(Filters):
    name = CharFilter()
    kind = ChoiceFilter(choices=ShiftKind.choices)


class Worked(Creates, Changes, Deletes, Resource):
    def make(self, **data):
        return self.change(self.model(tenant=self.request.tenant), **data)

    def change(self, row, **data):
        for name, value in data.items():
            setattr(row, name, value)
        row.full_clean(exclude=["tenant"], validate_unique=False, validate_constraints=False)
        return self.save(row, by=self.request.user)


class Shifts(Worked):
    """When which lines work, in the tenant's time zone. A shift belongs to the date it starts on."""

    model, shape = Shift, ShiftShape
    filterset_class = ShiftFilters
    search_fields = ("name",)
    ordering = ("start", "name")
    ordering_fields = ("start", "name")

    save = staticmethod(save_shift)

    def end(self, row):
        row.delete()


class ShiftExceptionShape(WorkedShape):
    example = {
        "date": "2026-12-25", "type": "extra", "name": "Christmas team", "kind": "day", "start": "08:00", "end": "12:00",
        "lines": ["Line A"], "breaks": [],
    }  # fmt: skip
    start = Clock(required=False, allow_null=True, help_text="of an extra shift; a holiday has none")
    end = Clock(required=False, allow_null=True, help_text="not after the start: on the next day; the same: 24 hours")

    class Meta:
        model = ShiftException
        fields = ("id", "date", "type", "name", "kind", "start", "end", "lines", "breaks")


class ShiftExceptionFilters(Filters):
    type = ChoiceFilter(choices=ExceptionType.choices)
    since = Day(field_name="date", lookup_expr="gte")
    until = Day(field_name="date", lookup_expr="lt")


class ShiftExceptions(Worked):
    """Dates that are not as every week: holidays, on which no shift of the week starts, and extra shifts."""

    model, shape = ShiftException, ShiftExceptionShape
    filterset_class = ShiftExceptionFilters
    search_fields = ("name",)
    ordering = ("-date",)
    ordering_fields = ("date", "name")
    save = staticmethod(save_shift_exception)

    def end(self, row):
        remove_shift_exception(row, by=self.request.user)
