"""Readings of an asset's meters, beneath the asset; and what its meters have come to."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import ChoiceFilter
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core.api.errors import Refused
from apps.core.api.fields import Body, Choice, Decimal, Flag, Key, Moment, Seconds, Shape, Text
from apps.core.api.filters import Filters
from apps.core.api.filters import Moment as MomentFilter
from apps.core.errors import NotAllowed
from apps.core.models import User
from apps.core.roles import SUPERVISORS, Role
from apps.registry import services
from apps.registry.ledgers import cached, recent_of
from apps.registry.meters import ledger
from apps.registry.models import Asset, AssetMeter, Meter, MeterReading, ReadingKind, ReadingSource

READERS = (Role.TECHNICIAN, *SUPERVISORS)
NUMBER = {"max_digits": 14, "decimal_places": 4}


class MetersShape(serializers.ModelSerializer):
    """Lifetime and dial of each meter: two numbers; null where it was never read."""

    current_run_hours = Seconds(**NUMBER, allow_null=True)
    run_hours_dial = Seconds(**NUMBER, allow_null=True)
    current_odometer = Seconds(**NUMBER, allow_null=True)
    odometer_dial = Seconds(**NUMBER, allow_null=True)

    class Meta:
        model = AssetMeter
        fields = ("current_run_hours", "run_hours_dial", "current_odometer", "odometer_dial", "last_updated_at")


class ReadingShape(Shape):
    asset = Key(Asset, "id", read_only=True)
    value = Seconds(**NUMBER)
    user = Key(User, "id", read_only=True, allow_null=True)
    voids = Key(MeterReading, "id", read_only=True, allow_null=True)
    found_by = Key(MeterReading, "id", read_only=True, allow_null=True)
    is_void = serializers.BooleanField(read_only=True, help_text=gettext_lazy("another entry takes it back"))
    lifetime = serializers.SerializerMethodField(
        help_text=gettext_lazy("what it had come to then; null of what is void")
    )

    class Meta:
        model = MeterReading
        fields = (
            "id", "asset", "meter", "kind", "value", "read_at", "source", "user", "reason", "voids", "found_by",
            "is_void", "is_confirmed", "lifetime", "created_at",
        )  # fmt: skip

    def get_lifetime(self, row) -> float | None:
        return self.context.get("lifetimes", {}).get(
            row.found_by_id if row.voids_id is None and row.found_by_id else row.pk
        )


class ReadingBody(Body):
    meter = Choice(Meter.choices, required=False, help_text=gettext_lazy("needed, but with `voids`"))
    kind = Choice(ReadingKind.choices, default=ReadingKind.READING)
    value = Decimal(**NUMBER, min_value=0, required=False, help_text=gettext_lazy("with `voids`: what stands instead"))
    read_at = Moment(required=False, help_text=gettext_lazy("now, if left out; at most a day back, by a supervisor 7"))
    occurred_at = Moment(required=False, help_text=gettext_lazy("the same as `read_at`"))
    reason = Text(max_length=500, required=False, allow_blank=True)
    confirmed = Flag(required=False, help_text=gettext_lazy("an unusual value (`code`: unusual) is right all the same"))
    voids = Key(MeterReading, "id", required=False, help_text=gettext_lazy("takes this one back; kind correction"))

    def validate(self, data):
        if {"read_at", "occurred_at"} <= set(data) and data["read_at"] != data["occurred_at"]:
            raise serializers.ValidationError({"occurred_at": [_("This differs from read_at; send one of them.")]})
        if "voids" in data:
            return data
        if data["kind"] == ReadingKind.CORRECTION:
            raise serializers.ValidationError({"voids": [_("Name the reading that the correction takes back.")]})
        for name in ("meter", "value"):
            if name not in data:
                raise serializers.ValidationError({name: [_("This is needed.")]})
        return data


class ReadingFilters(Filters):
    meter = ChoiceFilter(choices=Meter.choices)
    kind = ChoiceFilter(choices=ReadingKind.choices)
    since = MomentFilter(field_name="read_at", lookup_expr="gte")
    until = MomentFilter(field_name="read_at", lookup_expr="lt")


PARAMETERS = [
    OpenApiParameter("meter", enum=Meter.values),
    OpenApiParameter("kind", enum=ReadingKind.values),
    OpenApiParameter("since", description="read at or after this moment"),
    OpenApiParameter("until", description="read before this moment"),
]


class WithReadings:
    """GET and POST readings/ of an asset."""

    @extend_schema(responses=ReadingShape(many=True), parameters=PARAMETERS)
    @action(detail=True, methods=["get"], filter_backends=[])
    def readings(self, request, **kwargs):
        """What its meters showed and what was added, newest first; also what was taken back."""
        asset = self.get_object()
        rows = MeterReading.objects.for_tenant(request.tenant).filter(asset=asset).with_voids()
        filters = ReadingFilters(request.query_params, queryset=rows, request=request)
        if not filters.is_valid():
            raise Refused(**{name: words[0] for name, words in filters.errors.items()})
        page = self.paginate_queryset(filters.qs.order_by("-read_at", "-seq"))
        context = self.get_serializer_context() | {"lifetimes": lifetimes(asset, page)}
        return self.get_paginated_response(ReadingShape(page, many=True, context=context).data)

    readings.queries = ("limit", "cursor", "meter", "kind", "since", "until")

    @extend_schema(request=ReadingBody, responses={201: ReadingShape})
    @readings.mapping.post
    def post_reading(self, request, **kwargs):
        """Enter a reading, a delta or a new meter; or take a reading back (`voids`), with another value in its place."""
        asset = self.get_object()
        form = ReadingBody(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        row = self._posted(asset, **form.validated_data)
        fresh = MeterReading.objects.for_tenant(request.tenant).with_voids().get(pk=row.pk)
        context = self.get_serializer_context() | {"lifetimes": lifetimes(asset, [fresh])}
        return Response(ReadingShape(fresh, context=context).data, status=201)

    post_reading.roles = READERS

    def _posted(
        self, asset, *, kind, meter=None, value=None, read_at=None, occurred_at=None, reason="", confirmed=False, voids=None
    ):  # fmt: skip
        by, source = self.request.user, ReadingSource.API
        if (voids or kind == ReadingKind.REPLACEMENT) and not by.is_at_least(Role.SUPERVISOR):
            raise NotAllowed(_("Your role does not allow this; ask a supervisor."))
        if voids is None:
            return services.post_reading(
                asset, meter, value, kind=kind, read_at=read_at or occurred_at, source=source, by=by, reason=reason,
                confirmed=confirmed,
            )  # fmt: skip
        if voids.asset_id != asset.pk or meter not in (None, voids.meter):
            raise Refused(voids=_("This is a reading of another meter."))
        if value is None:
            return services.void_reading(voids, by=by, reason=reason, source=source)
        return services.correct_reading(voids, value, by=by, reason=reason, confirmed=confirmed, source=source)


def lifetimes(asset, rows) -> dict:
    """What each live entry since the first of these rows had brought its meter to, by key."""
    found, meters = {}, AssetMeter.objects.for_tenant(asset.tenant_id).filter(asset=asset).first()
    for meter in {row.meter for row in rows}:
        since = min(row.read_at for row in rows if row.meter == meter)
        book = ledger(recent_of(asset, meter, since).entries)
        before = (cached(meters, meter)[0] or 0) - (book.lifetime or 0)  # what the meter had come to until then
        found |= {p.entry.key: float(p.lifetime + before) for p in book.points}
    return found
