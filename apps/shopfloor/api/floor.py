"""The board, the event log, calls, stops, reasons and performance logs."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from apps.core.api.errors import Refused
from apps.core.api.fields import Body, Text
from apps.core.api.filters import ByKey, Day, Filters, Flag, Moment
from apps.core.api.resources import Changes, Creates, Resource, does
from apps.core.fields import sensible_day
from apps.core.models import User
from apps.core.roles import MANAGERS, SUPERVISORS
from apps.shopfloor import queries, services
from apps.shopfloor.api.bodies import AnotherReason, Late
from apps.shopfloor.api.shapes import (
    BoardShape,
    CallShape,
    EventShape,
    PerformanceLogShape,
    ScrapReasonShape,
    StopReasonShape,
    StopShape,
)
from apps.shopfloor.api.stations import late, timeline_of
from apps.shopfloor.models import (
    Call,
    CallKind,
    CallStatus,
    CountsAs,
    Event,
    EventType,
    Job,
    PerformanceLog,
    ReasonGroup,
    ScrapReason,
    Station,
    StopReason,
)


class Board(ViewSet):
    """The whole board in one answer."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if name := next(iter(request.query_params), None):
            raise Refused(**{name[:60]: _("The board takes no filters.")})

    @extend_schema(operation_id="board", responses=forced_singular_serializer(BoardShape))
    def list(self, request):
        return Response(BoardShape(queries.floor(request.tenant)).data)


class StopReasonFilters(Filters):
    group = ChoiceFilter(choices=ReasonGroup.choices)
    counts_as = ChoiceFilter(choices=CountsAs.choices)
    is_active = Flag()


class StopReasons(Creates, Changes, Resource):
    """Why stations stand."""

    model, shape = StopReason, StopReasonShape
    lookup_field = "code"
    filterset_class = StopReasonFilters
    search_fields = ("code", "name")
    ordering = ("code",)
    ordering_fields = ("code", "name")


class ScrapReasonFilters(Filters):
    is_active = Flag()


class ScrapReasons(Creates, Changes, Resource):
    """Why units are scrapped."""

    model, shape = ScrapReason, ScrapReasonShape
    lookup_field = "code"
    filterset_class = ScrapReasonFilters
    search_fields = ("code", "name")
    ordering = ("code",)
    ordering_fields = ("code", "name")


class CallFilters(Filters):
    station = ByKey(Station)
    kind = ChoiceFilter(choices=CallKind.choices)
    status = ChoiceFilter(choices=CallStatus.choices)
    since = Moment(field_name="opened_at", lookup_expr="gte")
    until = Moment(field_name="opened_at", lookup_expr="lt")


class Calls(Resource):
    """Stations calling for material, maintenance, quality or help; made by `stations/{code}/call/`."""

    model, shape = Call, CallShape
    filterset_class = CallFilters
    ordering = ("-opened_at",)

    def rows(self, tenant):
        return super().rows(tenant).select_related("station")

    @does(Late)
    def acknowledge(self, call, *, occurred_at=None):
        """“I come”: escalation stops."""
        return services.acknowledge_call(call, by=self.request.user, at=late(self, occurred_at))

    @does(Late)
    def resolve(self, call, *, occurred_at=None):
        """The station has what it called for."""
        return services.resolve_call(call, by=self.request.user, at=late(self, occurred_at))

    @does(Late)
    def cancel(self, call, *, occurred_at=None):
        """The call was not needed."""
        return services.cancel_call(call, by=self.request.user, at=late(self, occurred_at))


class Stops(Resource):
    """One stop: it has the id of the event that began it."""

    model, shape = Event, EventShape
    list = None  # they are found in `events/` and in a station's timeline

    def rows(self, tenant):
        stops = super().rows(tenant).filter(event_type=EventType.STATUS_CHANGE, station__isnull=False)
        return stops.filter(payload__new_status__in=["idle", "blocked"]).select_related("station__tenant")

    @extend_schema(responses=StopShape)
    def retrieve(self, request, *args, **kwargs):
        return Response(self.stop(self.get_object()))

    def stop(self, event) -> dict:
        """The stop that an event began, as the log tells it now."""
        now = max(timezone.now(), event.occurred_at)
        found = timeline_of(event.station, event.occurred_at, now)["intervals"]
        first = found[0] if found else {"status": event.payload["new_status"], "from": now, "to": now, "seconds": 0}
        words = {"id": event.pk, "station": event.station.code, "is_over": len(found) > 1}
        return StopShape({"reason": event.payload.get("reason")} | first | words).data

    @extend_schema(request=AnotherReason, responses=StopShape)
    @action(detail=True, methods=["post"])
    def reason(self, request, **kwargs):
        """Give the whole stop another reason."""
        event = self.get_object()
        body = AnotherReason(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        services.reclassify_stop(event, body.validated_data.pop("reason"), by=request.user, **body.validated_data)
        return Response(self.stop(event))

    reason.roles = SUPERVISORS


class EventFilters(Filters):
    station = ByKey(Station)
    job = ByKey(Job)
    user = ByKey(User, "id")
    event_type = CharFilter()
    since = Moment(field_name="occurred_at", lookup_expr="gte")
    until = Moment(field_name="occurred_at", lookup_expr="lt")


class Events(Creates, Resource):
    """What happened on the floor, newest first. What is sent here is history from elsewhere."""

    model, shape = Event, EventShape
    writes = MANAGERS
    filterset_class = EventFilters
    ordering = ("-occurred_at", "-seq")

    def rows(self, tenant):
        return super().rows(tenant).select_related("station", "job")

    def in_csv(self, row):
        return row | {"created_at": row["occurred_at"]}  # as load_tables reads it

    def make(self, *, created_at=None, **data):
        """created_at: of the shape that is shown; here it is when the event is written."""
        return services.add_history(self.request.tenant, by=self.request.user, **data)


class ShiftOfDate(Body):
    example = {"date": "2026-03-02", "shift": "Early"}
    date = serializers.DateField(validators=[sensible_day])
    shift = Text(max_length=40)


class RolledUp(serializers.Serializer):
    rows = PerformanceLogShape(many=True)


class PerformanceLogFilters(Filters):
    station = ByKey(Station)
    job = ByKey(Job)
    shift = CharFilter()
    since = Day(field_name="log_date", lookup_expr="gte")
    until = Day(field_name="log_date", lookup_expr="lt")


class PerformanceLogs(Creates, Changes, Resource):
    """What a station made of a job in a shift, against its target."""

    model, shape = PerformanceLog, PerformanceLogShape
    writes = SUPERVISORS
    filterset_class = PerformanceLogFilters
    ordering = ("-log_date",)
    ordering_fields = ("log_date", "units_completed")

    def make(self, **data):
        return self.change(PerformanceLog(tenant=self.request.tenant), **data)

    def change(self, row, **data):
        for name, value in data.items():
            setattr(row, name, value)
        row.full_clean(exclude=["tenant"], validate_unique=False, validate_constraints=False)
        return services.save_performance_log(row, by=self.request.user)

    @does(ShiftOfDate, path="roll-up", detail=False, answer=RolledUp, roles=SUPERVISORS)
    def roll_up(self, *, date, shift):
        """Add up a shift of a date: one that is over for good, one that runs up to now. Rows entered by hand stay."""
        return {"rows": services.roll_up(self.request.tenant, date, shift, by=self.request.user)}

    def rows(self, tenant):
        return super().rows(tenant).select_related("station", "job")
