"""What people report, and what becomes of it, by the services that the pages call."""

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter
from rest_framework.parsers import MultiPartParser
from rest_framework.serializers import FileField, ListField

from apps.core.api.fields import Flag
from apps.core.api.fields import Moment as MomentOfBodies
from apps.core.api.filters import ByKey, Filters, Moment
from apps.core.api.parsers import JSON
from apps.core.api.resources import Creates, Resource, does
from apps.core.models import User
from apps.core.roles import EVERYONE, SUPERVISORS
from apps.core.uploads import store_upload
from apps.maintenance import services
from apps.maintenance.api.bodies import MOST_PHOTOS, ConvertBody, LateActBody, LateReasonBody, MergeBody
from apps.maintenance.api.keys import STATION
from apps.maintenance.api.orders import at_place
from apps.maintenance.api.shapes import ReportedShape
from apps.maintenance.models import Priority, RequestStatus, ServiceRequest, WorkOrder
from apps.maintenance.rights import TECHNICIANS
from apps.registry.models import Asset, Location

PLAIN = {"parser_classes": [JSON]}


class FlagOfForms(Flag):
    """In a form, where all is text, true or false."""

    def to_internal_value(self, data):
        if isinstance(self.parent.initial_data, MultiValueDict):
            data = {"true": True, "false": False}.get(data, data)
        return super().to_internal_value(data)


class ReportingShape(ReportedShape):
    is_down = FlagOfForms(required=False)
    photos = ListField(child=FileField(), required=False, write_only=True, max_length=MOST_PHOTOS)
    occurred_at = MomentOfBodies(
        required=False, write_only=True, help_text=_("when it was seen, of a device's queue: at most 7 days back")
    )

    class Meta(ReportedShape.Meta):
        fields = (*ReportedShape.Meta.fields, "photos", "occurred_at")


class RequestFilters(Filters):
    status = ChoiceFilter(choices=RequestStatus.choices)
    urgency = ChoiceFilter(choices=Priority.choices)
    asset = ByKey(Asset, "id")
    location = ByKey(Location, "id", method="at_place", label=_("a place, with all below it"))
    station = ByKey(STATION.related_model)
    reported_by = ByKey(User, "id")
    work_order = ByKey(WorkOrder, "number")
    since = Moment(field_name="created_at", lookup_expr="gte")
    until = Moment(field_name="created_at", lookup_expr="lt")

    def at_place(self, rows, name, place):
        return at_place(rows, name, place)


class Requests(Creates, Resource):
    """Problems that people report. Photos go along as multipart/form-data. Newest first."""

    model, shape = ServiceRequest, ReportingShape
    writes = EVERYONE
    parser_classes = [JSON, MultiPartParser]
    filterset_class = RequestFilters
    search_fields = ("number", "description", "asset__name")
    ordering = ("-created_at",)

    def rows(self, tenant):
        return super().rows(tenant).select_related("station", "work_order")

    def make(self, *, photos=(), occurred_at=None, **data):
        tenant, by = self.request.tenant, self.request.user
        stored = [store_upload(photo, tenant=tenant, by=by) for photo in photos]
        return services.report(ServiceRequest(tenant=tenant, **data), by=by, photos=stored, at=occurred_at)

    def answered(self, report, data) -> dict:
        """Who answers, on what version that rests, and when it was: for the service, with what else the body says."""
        data["at"] = data.pop("occurred_at", None)
        return {"by": self.request.user, "seen": self.seen(report)} | data

    @does(ConvertBody, roles=SUPERVISORS, compares=True, **PLAIN)
    def convert(self, report, **data):
        """Make an order of it; its photos go along."""
        return services.convert(report, **self.answered(report, data))

    @does(LateReasonBody, roles=SUPERVISORS, compares=True, **PLAIN)
    def reject(self, report, **data):
        """Say why nothing is done about it."""
        return services.reject(report, **self.answered(report, data))

    @does(MergeBody, roles=SUPERVISORS, compares=True, **PLAIN)
    def merge(self, report, *, work_order, **data):
        """It is what an open order is about already."""
        return services.merge(report, work_order, **self.answered(report, data))

    @does(LateActBody, roles=TECHNICIANS, compares=True, **PLAIN)
    def take(self, report, **data):
        """Begin on it at once, in an emergency."""
        return services.take(report, **self.answered(report, data))
