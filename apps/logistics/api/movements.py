"""Movements, by the services that the pages call."""

from django.http import Http404
from django.utils.translation import gettext_lazy
from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser

from apps.core.api.errors import Refused
from apps.core.api.files import AsItIs
from apps.core.api.filters import ByKey, Filters, Flag, Moment
from apps.core.api.parsers import JSON
from apps.core.api.resources import Changes, Creates, Resource, does
from apps.core.file_views import served
from apps.core.roles import SUPERVISORS
from apps.core.uploads import store_upload
from apps.logistics import services
from apps.logistics.api.bodies import ArriveBody, BringBackBody, ConditionBody, DispatchBody, TakeOverBody
from apps.logistics.api.shapes import CodeShape, MovementShape, ReceiptShape
from apps.logistics.models import AssetMovement, GatePass, MovementStatus, Shipment
from apps.registry.api.assets import MaybeReasonBody, ReasonBody
from apps.registry.models import Asset, Location

FORMS = {"parser_classes": [JSON, MultiPartParser]}  # of acts that take photos


class MovementFilters(Filters):
    status = ChoiceFilter(choices=MovementStatus.choices)
    asset = ByKey(Asset, "id")
    from_location = ByKey(Location, "id")
    to_location = ByKey(Location, "id")
    shipment = ByKey(Shipment, "id")
    gate_pass_ref = CharFilter()
    is_outstanding = Flag(method="outstanding", label=gettext_lazy("returnable, gone, and not back"))
    since = Moment(field_name="created_at", lookup_expr="gte")
    until = Moment(field_name="created_at", lookup_expr="lt")

    def outstanding(self, rows, name, value):
        out = AssetMovement.objects.for_tenant(self.request.tenant).outstanding().values("pk")
        return rows.filter(pk__in=out) if value else rows.exclude(pk__in=out)


class Movements(Creates, Changes, Resource):
    """Assets on their way from place to place, planned, gone and arrived. What is mounted in a unit travels in it, and has a movement carried by the unit's. Newest first."""

    model, shape = AssetMovement, MovementShape
    writes = SUPERVISORS
    filterset_class = MovementFilters
    search_fields = ("asset__name", "gate_pass_ref")
    ordering = ("-created_at",)

    def make(self, *, asset, to_location, condition_out="", **data):
        (row,) = services.plan_movements([asset], to_location, by=self.request.user, **data)
        return (
            services.change_movement(row, by=self.request.user, condition_out=condition_out) if condition_out else row
        )

    def change(self, row, **data):
        for name in ("asset", "gate_pass_ref"):
            if name in data and data.pop(name) != getattr(row, name):
                raise Refused(**{name: gettext_lazy("This stays; cancel the movement and plan another.")})
        data = {name: value for name, value in data.items() if value != getattr(row, name)}
        return services.change_movement(row, by=self.request.user, **data) if data else row

    def versions(self, row):
        """What If-Match says, for services that take many."""
        seen = self.seen(row)
        return None if seen is None else {row.pk: seen}

    def photos(self, row, photos):
        return {row.pk: [store_upload(photo, tenant=self.request.tenant, by=self.request.user) for photo in photos]}

    @does(DispatchBody, path="dispatch", roles=SUPERVISORS, compares=True, **FORMS)
    def leave(self, row, *, photos=(), occurred_at=None, **data):
        """It leaves, with all that is mounted in its asset; photos go along as multipart/form-data. In agile mode it arrives at once, unless it is on a shipment."""
        photos = self.photos(row, photos)
        (row,) = services.dispatch_movements(
            [row], by=self.request.user, photos=photos, at=occurred_at, seen=self.versions(row), **data
        )
        return row

    @does(ArriveBody, roles=SUPERVISORS, compares=True, **FORMS)
    def receive(self, row, *, photos=(), occurred_at=None, **data):
        """It has arrived, where it should or elsewhere; photos go along as multipart/form-data. Outside agile mode by another person than dispatched it."""
        photos = self.photos(row, photos)
        (row,) = services.receive_movements(
            [row], by=self.request.user, photos=photos, at=occurred_at, seen=self.versions(row), **data
        )
        return row

    @does(ConditionBody, roles=SUPERVISORS, compares=True, **FORMS)
    def condition(self, row, *, photos=(), **data):
        """Note what it looks like: as it leaves while it is planned, else as it arrives; photos go along as multipart/form-data."""
        kept = self.photos(row, photos)[row.pk]
        return services.note_condition(row, by=self.request.user, photos=kept, seen=self.seen(row), **data)

    @does(MaybeReasonBody, roles=SUPERVISORS, compares=True)
    def cancel(self, row, *, reason=""):
        """Give it up before it leaves."""
        return services.cancel_movements([row], by=self.request.user, reason=reason, seen=self.versions(row))[0]

    @does(ReasonBody, roles=SUPERVISORS, compares=True)
    def lose(self, row, *, reason):
        """It will not arrive: its asset is retired, with all that travelled in it."""
        return services.lose_movements([row], by=self.request.user, reason=reason, seen=self.versions(row))[0]

    @does(BringBackBody, path="return", roles=SUPERVISORS, answer=MovementShape, creates=True)
    def bring_back(self, row, **data):
        """Prepare what is returnable to come back: a movement of its own."""
        return services.return_movements([row], by=self.request.user, **data)[0]

    @does(roles=SUPERVISORS, answer=CodeShape, creates=True, is_secret=True)
    def hand_over(self, row):
        """A code that another person takes it over with: good once, for ten minutes."""
        offer, code = services.offer_handover(row, by=self.request.user)
        return {"code": code, "expires_at": offer.expires_at}

    @does(TakeOverBody, detail=False, roles=SUPERVISORS, answer=ReceiptShape)
    def take_over(self, *, code, occurred_at=None, **data):
        """Receive what a giver's code hands over: a movement, or what was scanned of a shipment."""
        return services.take_over(self.request.tenant, code, by=self.request.user, at=occurred_at, **data)

    def get_renderers(self):
        return [AsItIs()] if self.action == "gate_pass" else super().get_renderers()

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path=r"gate-pass\.pdf", url_name="gate-pass")
    def gate_pass(self, request, **kwargs):
        """The PDF of the pass that it leaves with, as it was issued."""
        row = self.get_object()
        issued = GatePass.objects.for_tenant(request.tenant).select_related("file").filter(number=row.gate_pass_ref)
        file = next((one.file for one in issued if one.file), None)
        if file is None:
            raise Http404
        return served(request._request, file, file.storage_key)
