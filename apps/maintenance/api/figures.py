"""The figures of maintenance."""

from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from apps.core.api.errors import Refused
from apps.core.api.fields import Body, Day, Decimal
from apps.core.api.filters import refuse_unknown
from apps.core.fields import day_of_a_machine
from apps.core.roles import SUPERVISORS
from apps.maintenance import services
from apps.maintenance.queries import maintenance_figures
from apps.registry.api.keys import asset_key, place_key

USUAL, LONGEST = timedelta(days=89), timedelta(days=366 * 20)


def money(**kwargs):
    return Decimal(max_digits=24, decimal_places=2, rounding=ROUND_HALF_UP, **kwargs)


class CostsShape(serializers.Serializer):
    labour = money()
    parts = money()
    other = money()


class CauseShape(serializers.Serializer):
    example = {"cause": "worn", "count": 4, "cost": "310.50"}
    cause = serializers.CharField(source="code")
    count = serializers.IntegerField()
    cost = money()


class FiguresShape(serializers.Serializer):
    """Null where there is no value: no data is not 0."""

    example = {
        "failures": 3, "restore_seconds": 10800, "operating_seconds": 1_900_000, "mttr_seconds": 3600,
        "mtbf_seconds": 633_333, "availability": 0.994, "pm_due": 20, "pm_done_in_window": 18, "pm_compliance": 0.9,
        "backlog_minutes": 960, "planned_ratio": 0.6, "cost": {"labour": "1200.00", "parts": "340.50", "other": "0.00"},
        "not_coded": 1, "without_asset": 0,
    }  # fmt: skip
    failures = serializers.IntegerField(help_text=gettext_lazy("corrective events that stopped an asset"))
    restore_seconds = serializers.IntegerField()
    operating_seconds = serializers.IntegerField()
    mttr_seconds = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("Σ(ran again − stood) ÷ failures"))
    mtbf_seconds = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("operating time ÷ failures"))
    availability = serializers.FloatField(allow_null=True)
    pm_due = serializers.IntegerField()
    pm_done_in_window = serializers.IntegerField(help_text=gettext_lazy("done within due ± grace"))
    pm_compliance = serializers.FloatField(allow_null=True)
    backlog_minutes = serializers.IntegerField(help_text=gettext_lazy("of open orders, as of now"))
    planned_ratio = serializers.FloatField(allow_null=True, help_text=gettext_lazy("preventive ÷ all that was done"))
    cost = CostsShape()
    causes = CauseShape(many=True, help_text=gettext_lazy("of closed corrective orders, most frequent first"))
    not_coded = serializers.IntegerField(help_text=gettext_lazy("of those, without a cause"))
    without_asset = serializers.IntegerField(help_text=gettext_lazy("of no asset, and left out of the causes"))


class FiguresQuery(Body):
    asset = asset_key(required=False)
    location = place_key(required=False)

    def get_fields(self):  # `from` is no name in Python
        days = {
            "from": Day(source="first", required=False, validators=[day_of_a_machine]),
            "to": Day(source="last", required=False, validators=[day_of_a_machine]),
        }
        return days | super().get_fields()


class MaintenanceFigures(ViewSet):
    """MTTR, MTBF, compliance, backlog, planned share, costs and causes of a period."""

    reads = SUPERVISORS
    pagination_class = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        refuse_unknown(self, request)

    @extend_schema(
        operation_id="kpis_maintenance",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, description="The first day; 90 days in all, if left out."),
            OpenApiParameter("to", OpenApiTypes.DATE, description="The last day; today, if left out."),
            OpenApiParameter("asset", OpenApiTypes.UUID, description="An asset, with its components."),
            OpenApiParameter("location", OpenApiTypes.UUID, description="A place, with all below it."),
        ],
        responses=forced_singular_serializer(FiguresShape),
    )
    def list(self, request):
        tenant = request.tenant
        asked = FiguresQuery(data=request.query_params.dict(), context={"request": request})
        asked.is_valid(raise_exception=True)
        look = asked.validated_data
        last = look.pop("last", None) or services.today_of(tenant)
        first = look.pop("first", None) or last - USUAL
        if not first <= last <= first + LONGEST:
            raise Refused(**{"from": _("The first day is not after the last, and at most 20 years before it.")})
        if len(look) > 1:
            raise Refused(location=_("Ask for an asset or for a place."))
        start, end = (datetime.combine(day, time(), tenant.zone) for day in (first, last + timedelta(days=1)))
        return Response(FiguresShape(maintenance_figures(tenant, start, end, **look)).data)

    list.queries = ("from", "to", "asset", "location")  # type: ignore[attr-defined]
