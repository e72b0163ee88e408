"""The figures of the shop floor."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from apps.core.api.errors import Refused
from apps.core.api.fields import Body, Choice, Day, Key, Moment, Text
from apps.core.api.filters import refuse_unknown
from apps.core.fields import day_of_a_machine
from apps.core.roles import EVERYONE
from apps.shopfloor.kpis import GROUPS, LONGEST, Scope, floor_figures, job_figures
from apps.shopfloor.models import Station

NAMED = {"day": "date"}  # what the key of a group is called, where it is not called after the group


@extend_schema_field(OpenApiTypes.STR)
class DayOrMoment(serializers.Field):
    """A date, or a moment with its offset."""

    def to_internal_value(self, data):
        kind = Day(validators=[day_of_a_machine]) if len(data) == len("2026-03-01") else Moment()
        return kind.run_validation(data.replace(" ", "+"))

    def to_representation(self, value):
        return value.isoformat()


def seconds(help_text=""):
    return serializers.IntegerField(help_text=help_text)


class KpiShape(serializers.Serializer):
    """Null where there is no value: “not scheduled” and “no data” are not 0."""

    planned_seconds = seconds(gettext_lazy("shift − breaks − excluded stops"))
    excluded_seconds = seconds(
        gettext_lazy("stops that are no planned time, and idle while no job waited for the line")
    )
    running_seconds = seconds(gettext_lazy("like the next three, of planned time"))
    idle_seconds = seconds()
    blocked_seconds = seconds()
    unknown_seconds = seconds(gettext_lazy("before a station's first event"))
    stops = serializers.IntegerField(help_text=gettext_lazy("how often stations were blocked"))
    good = serializers.IntegerField()
    scrap = serializers.IntegerField()
    ideal_seconds = serializers.IntegerField(
        allow_null=True, help_text=gettext_lazy("Σ(cycle time × total units); null where a cycle time is unknown")
    )
    availability = serializers.FloatField(allow_null=True, help_text=gettext_lazy("running ÷ planned"))
    performance = serializers.FloatField(
        allow_null=True, help_text=gettext_lazy("ideal ÷ running; above 1, a cycle time is wrong")
    )
    quality = serializers.FloatField(allow_null=True, help_text=gettext_lazy("good ÷ total"))
    oee = serializers.FloatField(allow_null=True, help_text=gettext_lazy("Σ(good × cycle time) ÷ planned"))

    def to_representation(self, figures):
        whole = {
            f"{name}_seconds": round(getattr(figures, name).total_seconds())
            for name in ("planned", "excluded", "running", "idle", "blocked", "unknown")
        }
        names = ("stops", "good", "scrap", "ideal_seconds", "availability", "performance", "quality", "oee")
        return whole | {name: getattr(figures, name) for name in names}


class KpiRowShape(KpiShape):
    key = serializers.DictField(
        child=serializers.CharField(allow_null=True), help_text=gettext_lazy("what the row is about, by its name")
    )

    def to_representation(self, row):
        key, figures = row
        return {"key": key} | super().to_representation(figures)


class OrdersShape(serializers.Serializer):
    completed = serializers.IntegerField()
    on_time = serializers.IntegerField(help_text=gettext_lazy("completed on their due date or before"))
    on_time_ratio = serializers.FloatField(allow_null=True, help_text=gettext_lazy("of those with a due date"))
    lead_time_mean_seconds = serializers.IntegerField(allow_null=True)
    lead_time_median_seconds = serializers.IntegerField(allow_null=True)
    lead_time_p90_seconds = serializers.IntegerField(allow_null=True)
    open_late = serializers.IntegerField(help_text=gettext_lazy("open past their due date, as of now"))


class WindowShape(serializers.Serializer):
    def get_fields(self):  # `from` is no name in Python
        return {"from": DayOrMoment(), "to": DayOrMoment()}


FIGURES = {
    "planned_seconds": 27000, "excluded_seconds": 0, "running_seconds": 21600, "idle_seconds": 3600,
    "blocked_seconds": 1800, "unknown_seconds": 0, "stops": 2, "good": 190, "scrap": 10, "ideal_seconds": 20000,
    "availability": 0.8, "performance": 0.926, "quality": 0.95, "oee": 0.704,
}  # fmt: skip


class FloorKpisShape(serializers.Serializer):
    example = {
        "window": {"from": "2026-03-02", "to": "2026-03-02"},
        "rows": [{"key": {"station": "ST-01"}} | FIGURES],
        "total": FIGURES,
        "orders": {
            "completed": 3, "on_time": 2, "on_time_ratio": 0.667, "lead_time_mean_seconds": 86400,
            "lead_time_median_seconds": 80000, "lead_time_p90_seconds": 100000, "open_late": 1,
        },
    }  # fmt: skip
    window = WindowShape()
    rows = KpiRowShape(many=True)
    total = KpiShape()
    orders = OrdersShape()


class FloorKpisQuery(Body):
    line = Text(required=False, max_length=80)
    station = Key(Station, required=False)
    shift = Text(required=False, max_length=40)
    by = Choice(choices=[*GROUPS], required=False, default="station")

    def get_fields(self):  # `from` is no name in Python
        edges = {"from": DayOrMoment(source="start", required=False), "to": DayOrMoment(source="end", required=False)}
        return edges | super().get_fields()


class FloorKpis(ViewSet):
    """Availability, performance, quality and OEE over shifts, and what jobs did meanwhile."""

    reads = EVERYONE
    pagination_class = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        refuse_unknown(self, request)

    @extend_schema(
        operation_id="kpis_shop_floor",
        parameters=[
            OpenApiParameter("from", description="A date: shifts that start on it or later; or a moment. Today, if left out."),
            OpenApiParameter("to", description="A date: shifts that start on it or earlier; or the moment at which it ends."),
            OpenApiParameter("line", OpenApiTypes.STR),
            OpenApiParameter("station", OpenApiTypes.STR, description="A station's code."),
            OpenApiParameter("shift", OpenApiTypes.STR, description="A shift's name."),
            OpenApiParameter("by", OpenApiTypes.STR, enum=[*GROUPS], description="What there is a row for each of."),
        ],
        responses=forced_singular_serializer(FloorKpisShape),
    )  # fmt: skip
    def list(self, request):
        query = FloorKpisQuery(data=request.query_params.dict(), context={"request": request})
        query.is_valid(raise_exception=True)
        look = dict(query.validated_data)
        today = request.tenant.local(timezone.now()).date()
        by, start, end = look.pop("by"), look.pop("start", today), look.pop("end", today)
        scope = _scope(request.tenant, start, end, **look)
        found = floor_figures(scope, by)
        return Response(
            FloorKpisShape(
                {
                    "window": {"from": start, "to": end},
                    "rows": [({NAMED.get(by, by): key}, figures) for key, figures in found.rows.items()],
                    "total": found.total,
                    "orders": job_figures(scope),
                }
            ).data
        )

    list.queries = ("from", "to", "line", "station", "shift", "by")  # type: ignore[attr-defined]


def _scope(tenant, start, end, **look) -> Scope:
    """What is asked about: whole shifts by their dates, or what lies between two moments."""
    now = timezone.now()
    is_cut = isinstance(start, datetime)
    if is_cut != isinstance(end, datetime):
        raise Refused(to=_("Give two dates or two moments."))
    if not start <= end <= start + LONGEST or (is_cut and start == end):
        raise Refused(**{"from": _("It must begin before it ends, and at most two years before.")})
    if not is_cut:
        return Scope(tenant=tenant, first=start, last=end, now=now, **look)
    # a shift that crosses midnight may have begun on the day before
    first, last = tenant.local(start).date() - timedelta(days=1), tenant.local(end).date()
    return Scope(tenant=tenant, first=first, last=last, now=now, within=(start, end), **look)
