"""Shifts, for programs."""

from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import Body, Shape, Text, Whole
from apps.core.api.filters import Filters
from apps.core.api.resources import Changes, Creates, Deletes, Resource
from apps.shopfloor.models import Shift, ShiftKind
from apps.shopfloor.services import save_shift

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


class ShiftShape(Shape):
    example = {
        "name": "Early", "kind": "day", "start": "06:00", "end": "14:00", "weekdays": [1, 2, 3, 4, 5], "lines": [],
        "breaks": [{"start": "09:00", "end": "09:20"}],
    }  # fmt: skip
    start = Clock()
    end = Clock(help_text="not after the start: on the next day; the same: 24 hours")
    weekdays = serializers.ListField(
        child=Whole(min_value=1, max_value=7), min_length=1, max_length=7, help_text="of the start; 1 is Monday"
    )
    lines = serializers.ListField(
        child=Text(max_length=80), required=False, max_length=200, help_text="none: all lines"
    )
    breaks = BreakShape(many=True, required=False)

    class Meta:
        model = Shift
        fields = ("id", "name", "kind", "start", "end", "weekdays", "lines", "breaks")


class ShiftFilters(Filters):
    name = CharFilter()
    kind = ChoiceFilter(choices=ShiftKind.choices)


class Shifts(Creates, Changes, Deletes, Resource):
    """When which lines work, in the tenant's time zone. A shift belongs to the date it starts on."""

    model, shape = Shift, ShiftShape
    filterset_class = ShiftFilters
    search_fields = ("name",)
    ordering = ("start", "name")
    ordering_fields = ("start", "name")

    def make(self, **data):
        return self.change(Shift(tenant=self.request.tenant), **data)

    def change(self, row, **data):
        for name, value in data.items():
            setattr(row, name, value)
        row.full_clean(exclude=["tenant"], validate_unique=False, validate_constraints=False)
        return save_shift(row, by=self.request.user)

    def end(self, row):
        row.delete()
