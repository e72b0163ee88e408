"""Yard counts, by the services that the pages call."""

from django_filters import ChoiceFilter
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action

from apps.core.api.filters import ByKey, Filters
from apps.core.api.resources import Creates, Resource, does
from apps.core.roles import SUPERVISORS
from apps.logistics import services
from apps.logistics.api.bodies import FindBody
from apps.logistics.api.shapes import YardCountShape, YardLineShape
from apps.logistics.models import YardCount, YardCountLine, YardCountStatus
from apps.registry.models import Location


class YardCountFilters(Filters):
    status = ChoiceFilter(choices=YardCountStatus.choices)
    location = ByKey(Location, "id")


class YardCounts(Creates, Resource):
    """What should stand somewhere, and what was found there. Newest first."""

    model, shape = YardCount, YardCountShape
    writes = SUPERVISORS
    filterset_class = YardCountFilters
    ordering = ("-started_at",)

    def make(self, *, location, note=""):
        return services.start_yard_count(location, by=self.request.user, note=note)

    @does(FindBody, roles=SUPERVISORS, answer=YardLineShape)
    def find(self, count, *, asset, occurred_at=None):
        """An asset was found; the same again changes nothing."""
        return services.find_in_yard(count, asset, by=self.request.user, at=occurred_at)

    @does(roles=SUPERVISORS)
    def close(self, count):
        """End it: what was not found is missing."""
        return services.end_yard_count(count, by=self.request.user)

    @does(roles=SUPERVISORS)
    def cancel(self, count):
        """Give it up."""
        return services.end_yard_count(count, by=self.request.user, cancel=True)

    @extend_schema(responses=YardLineShape(many=True))
    @action(detail=True, methods=["get"], filter_backends=[])
    def lines(self, request, **kwargs):
        """Its assets: found, missing, unexpected."""
        rows = YardCountLine.objects.for_tenant(request.tenant).filter(count=self.get_object())
        page = self.paginate_queryset(rows.order_by("pk"))
        return self.get_paginated_response(YardLineShape(page, many=True).data)

    lines.queries = ("limit", "cursor")
