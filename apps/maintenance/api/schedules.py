"""Schedules and failure codes, by the services that the pages call."""

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core.api.errors import Refused
from apps.core.api.fields import Body, Day, Key, Seconds, Shape
from apps.core.api.filters import ByKey, Filters, Flag
from apps.core.api.filters import Day as DayFilter
from apps.core.api.resources import Changes, Creates, Resource, does
from apps.core.roles import SUPERVISORS
from apps.maintenance import services
from apps.maintenance.due import Trigger
from apps.maintenance.models import FailureCode, FailureKind, PmSchedule, Priority
from apps.maintenance.models.schedules import METER
from apps.maintenance.queries import coming, dues
from apps.registry.api.keys import SOME_ID, asset_key
from apps.registry.models import Asset, Location

USUAL, FURTHEST = timedelta(days=365), timedelta(days=731)
AHEAD = timedelta(days=366)
NOTHING = Decimal(0)


class FailureCodeShape(Shape):
    example = {"kind": "cause", "code": "worn", "name": "Worn", "category": "wear", "is_active": True}

    class Meta:
        model = FailureCode
        fields = ("id", "kind", "code", "name", "category", "is_active")


class CodeFilters(Filters):
    kind = ChoiceFilter(choices=FailureKind.choices)
    code = CharFilter()
    is_active = Flag()


class FailureCodes(Creates, Changes, Resource):
    """Words for what was wrong, why, and what helped. Orders name them by `code`, which is unique within its kind."""

    model, shape = FailureCode, FailureCodeShape
    filterset_class = CodeFilters
    search_fields = ("code", "name", "category")
    ordering_fields = ("code", "name")

    def make(self, **data):
        self.refuse_taken(FailureCode(**data))
        return super().make(**data)

    def change(self, row, **data):
        self.refuse_taken(FailureCode(**({"kind": row.kind, "code": row.code} | data)), but=row)
        return super().change(row, **data)

    def refuse_taken(self, wanted, but=None):
        """Say kindly that a code is taken; the database says it to whoever comes at the same moment."""
        others = FailureCode.objects.for_tenant(self.request.tenant).filter(kind=wanted.kind, code=wanted.code)
        if others.exclude(pk=but and but.pk).exists():
            raise Refused(code=_("“%s” is taken; choose another.") % wanted.code)


# -- schedules ----------------------------------------------------------------------------------------------------------


def meter(**kwargs):
    return Seconds(**METER, **kwargs)


class DueShape(serializers.Serializer):
    """When a schedule is due, and why."""

    example = {
        "date": "2026-04-15", "meter": 1250.0, "predicted_date": "2026-04-02", "trigger": None, "is_due": False,
        "missed": 0, "why": "Due on 2026-04-15, in 14 days.",
    }  # fmt: skip
    date = serializers.DateField(allow_null=True)
    meter = meter(allow_null=True, help_text=gettext_lazy("of its lifetime"))
    predicted_date = serializers.DateField(
        allow_null=True, help_text=gettext_lazy("when the meter is expected there; null: a reading is needed")
    )
    trigger = serializers.ChoiceField(
        [Trigger.DATE.value, Trigger.METER.value],
        allow_null=True,
        help_text=gettext_lazy("what is reached, less its lead"),
    )
    is_due = serializers.BooleanField()
    missed = serializers.IntegerField(help_text=gettext_lazy("occurrences that have passed since"))
    why = serializers.CharField(help_text=gettext_lazy("a sentence: why it is or is not due"))


class ScheduleList(serializers.ListSerializer):
    def to_representation(self, data):
        rows = list(data)
        note_due(self.context["request"], rows)
        return super().to_representation(rows)


class ScheduleShape(Shape):
    example = {
        "asset": SOME_ID, "name": "Change the oil", "interval_days": None, "interval_months": 3, "interval_meter": 250.0,
        "meter": "run_hours", "anchor": "floating", "lead_days": 3, "lead_meter": 10.0, "grace_days": None,
        "grace_meter": None, "suppressed_by_schedule": None, "priority": "normal", "first_due_date": None,
        "first_due_meter": None, "last_performed_date": "2026-01-15", "last_performed_meter": 1000.0,
        "estimated_minutes": 45, "tasks": [{"description": "Drain the oil", "kind": "check", "is_mandatory": True}],
        "parts": [{"sku": "OIL-46", "quantity": 4}],
    }  # fmt: skip
    asset = asset_key()
    suppressed_by_schedule = Key(
        PmSchedule,
        "id",
        required=False,
        allow_null=True,
        help_text=gettext_lazy("a longer one of the same asset, which does its work, too"),
    )
    interval_meter = meter(required=False, allow_null=True, min_value=Decimal("0.0001"))
    lead_meter = meter(required=False, min_value=NOTHING)
    grace_meter = meter(required=False, allow_null=True, min_value=NOTHING)
    first_due_meter = meter(required=False, allow_null=True, min_value=NOTHING)
    last_performed_meter = meter(required=False, allow_null=True, min_value=NOTHING)
    due = DueShape(read_only=True)

    class Meta:
        model = PmSchedule
        list_serializer_class = ScheduleList
        fields = (
            "id", "asset", "name", "interval_days", "interval_months", "interval_meter", "meter", "anchor", "lead_days",
            "lead_meter", "grace_days", "grace_meter", "suppressed_by_schedule", "tasks", "parts", "priority",
            "estimated_minutes", "first_due_date", "first_due_meter", "last_performed_date", "last_performed_meter",
            "is_active", "due", "created_at", "version",
        )  # fmt: skip
        read_only_fields = ("created_at", "version")

    def to_representation(self, instance):
        if not hasattr(instance, "due"):
            note_due(self.context["request"], [instance])
        return super().to_representation(instance)


def note_due(request, rows) -> None:
    """Give schedules their `due`."""
    found = dues(request.tenant, rows, today=services.today_of(request.tenant))
    for row in rows:
        row.due = found[row.pk]


class ScheduleFilters(Filters):
    asset = ByKey(Asset, "id")
    location = ByKey(
        Location,
        "id",
        field_name="asset__location",
        method="below",
        label=gettext_lazy("a place, with all below it"),
    )
    priority = ChoiceFilter(choices=Priority.choices)
    is_active = Flag()
    due_before = DayFilter(field_name="next_due_date", lookup_expr="lt")

    def below(self, rows, name, place):
        return rows.filter(**{f"{name}__in": place.get_descendants(include_self=True)})


class GenerateBody(Body):
    example = {"as_of": "2026-04-01"}
    as_of = Day(required=False, help_text=gettext_lazy("a day that is taken as today"))


class CoveredShape(serializers.Serializer):
    schedule = serializers.UUIDField()
    by = serializers.CharField(help_text=gettext_lazy("the order that does its work, too"))


class GeneratedShape(serializers.Serializer):
    example = {"created": ["WO-000123"], "covered": [{"schedule": SOME_ID, "by": "WO-000123"}]}
    created = serializers.ListField(child=serializers.CharField())
    covered = CoveredShape(many=True)


class OccurrenceShape(serializers.Serializer):
    example = {"date": "2026-04-15", "trigger": "date", "covered_by": None}
    date = serializers.DateField(source="day")
    trigger = serializers.ChoiceField([Trigger.DATE.value, Trigger.METER.value])
    covered_by = serializers.UUIDField(
        allow_null=True, help_text=gettext_lazy("the longer schedule whose order does it; null: an order of its own")
    )


class ForecastShape(serializers.Serializer):
    occurrences = OccurrenceShape(many=True)


class Schedules(Creates, Changes, Resource):
    """What is to be maintained how often: by days or months, by a meter, by whichever comes first."""

    model, shape = PmSchedule, ScheduleShape
    filterset_class = ScheduleFilters
    search_fields = ("name", "asset__name")
    ordering_fields = ("name", "created_at")

    def locked(self):
        Asset.objects.locked().get(pk=self.get_object().asset_id)  # first, as the generation does
        return super().locked()

    def make(self, **data):
        return self.store(PmSchedule(tenant=self.request.tenant), data)

    def change(self, row, **data):
        return self.store(row, data)

    def store(self, schedule, data):
        for name, value in data.items():
            setattr(schedule, name, value)
        schedule.validate_constraints(exclude={"tenant"})
        return services.save_schedule(schedule, by=self.request.user)

    @extend_schema(
        parameters=[OpenApiParameter("until", OpenApiTypes.DATE, description="The last day; a year from now.")],
        responses=ForecastShape,
    )
    @action(detail=True, methods=["get"])
    def forecast(self, request, **kwargs):
        """What falls due, if each order is done on the day it is due and meters run on as they did."""
        schedule, today = self.get_object(), services.today_of(request.tenant)
        until = self.until(request, today)
        found = coming(schedule, today=today, until=until)
        return Response(ForecastShape({"occurrences": found}).data)

    forecast.queries = ("until",)

    def until(self, request, today):
        text = request.query_params.get("until")
        if text is None:
            return today + USUAL
        try:
            until = Day().run_validation(text)
        except serializers.ValidationError as wrong:
            raise Refused(until=wrong.detail[0]) from None
        if not today <= until <= today + FURTHEST:
            raise Refused(until=_("From today to at most %d days ahead.") % FURTHEST.days)
        return until

    @does(GenerateBody, detail=False, roles=SUPERVISORS, answer=GeneratedShape)
    def generate(self, *, as_of=None):
        """Make an order for each schedule that is due and has none."""
        tenant = self.request.tenant
        today = services.today_of(tenant)
        if as_of and not today - AHEAD <= as_of <= today + AHEAD:
            raise Refused(as_of=_("A day within a year of today."))
        made = services.generate_orders(tenant, as_of=as_of, by=self.request.user)
        covered = [{"schedule": schedule.pk, "by": order.number} for schedule, order in made.covered]
        return {"created": [order.number for order in made.orders], "covered": covered}
