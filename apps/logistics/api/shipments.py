"""Shipments and gate passes, by the services that the pages call."""

from django.db.models import Prefetch
from django.http import Http404
from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action

from apps.core.api.files import AsItIs
from apps.core.api.filters import Filters, Moment
from apps.core.api.resources import Changes, Creates, Resource, does
from apps.core.file_views import served
from apps.core.http import lasting_address
from apps.core.models import Attachment
from apps.core.roles import SUPERVISORS
from apps.logistics import services
from apps.logistics.api.bodies import DispatchShipmentBody, LoadBody, PassBody, ReceiveShipmentBody
from apps.logistics.api.shapes import CodeShape, GatePassShape, ReceivedShape, ShipmentShape
from apps.logistics.models import AssetMovement, GatePass, Shipment, ShipmentStatus
from apps.registry.api.assets import MaybeReasonBody, ReasonBody


class ShipmentFilters(Filters):
    jms_reference = CharFilter()
    status = ChoiceFilter(choices=ShipmentStatus.choices)
    since = Moment(field_name="created_at", lookup_expr="gte")
    until = Moment(field_name="created_at", lookup_expr="lt")


class OnPaper:
    def address(self, path):
        return lasting_address(self.request, path)


class Shipments(OnPaper, Creates, Changes, Resource):
    """Trucks and what is on them. Newest first."""

    model, shape = Shipment, ShipmentShape
    writes = SUPERVISORS
    filterset_class = ShipmentFilters
    search_fields = ("jms_reference", "driver_name", "vehicle")
    ordering = ("-created_at",)

    def rows(self, tenant):
        loaded = AssetMovement.objects.for_tenant(tenant).by_themselves().order_by("created_at", "pk")
        return super().rows(tenant).prefetch_related(Prefetch("movements", loaded, to_attr="loaded"))

    def make(self, **data):
        return services.save_shipment(Shipment(tenant=self.request.tenant, **data), by=self.request.user)

    def change(self, shipment, **data):
        for name, value in data.items():
            setattr(shipment, name, value)
        return services.save_shipment(shipment, by=self.request.user)

    @does(LoadBody, roles=SUPERVISORS)
    def load(self, shipment, *, movements):
        """Put planned movements on it, before it leaves."""
        return services.load_movements(shipment, movements, by=self.request.user)

    @does(DispatchShipmentBody, path="dispatch", roles=SUPERVISORS, compares=True)
    def leave(self, shipment, *, occurred_at=None, **data):
        """It leaves, with all that is on it, or with what was loaded; the rest stays planned."""
        return services.dispatch_shipment(
            shipment, by=self.request.user, at=occurred_at, seen=self.seen(shipment), **data
        )

    @does(ReceiveShipmentBody, roles=SUPERVISORS, compares=True, answer=ReceivedShape)
    def receive(self, shipment, *, occurred_at=None, **data):
        """It has arrived, or what was scanned of it; `receipt` names what is missing, came before, or is none of it."""
        receipt = services.receive_shipment(
            shipment, by=self.request.user, at=occurred_at, seen=self.seen(shipment), **data
        )
        shipment = self.rows(self.request.tenant).get(pk=shipment.pk)
        shipment.receipt = receipt
        return shipment

    @does(MaybeReasonBody, roles=SUPERVISORS, compares=True)
    def cancel(self, shipment, *, reason=""):
        """Give it up before it leaves, with its movements."""
        return services.cancel_shipment(shipment, by=self.request.user, reason=reason, seen=self.seen(shipment))

    @does(roles=SUPERVISORS)
    def manifest(self, shipment):
        """Issue its manifest as it is now."""
        return services.issue_manifest(shipment, by=self.request.user, address=self.address)

    @does(roles=SUPERVISORS, answer=CodeShape, creates=True, is_secret=True)
    def hand_over(self, shipment):
        """A code that another person takes it over with (movements/take-over/): good once, for ten minutes."""
        offer, code = services.offer_handover(shipment, by=self.request.user)
        return {"code": code, "expires_at": offer.expires_at}

    def get_renderers(self):
        return [AsItIs()] if self.action == "manifest_pdf" else super().get_renderers()

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path=r"manifest\.pdf", url_name="manifest-pdf")
    def manifest_pdf(self, request, **kwargs):
        """Its manifest, as it was issued last."""
        shipment = self.get_object()
        files = Attachment.objects.for_tenant(request.tenant).filter(entity_type="shipments", entity_id=shipment.pk)
        file = files.filter(content_type="application/pdf").order_by("pk").last()
        if file is None or not shipment.manifest_pdf_url:
            raise Http404
        return served(request._request, file, file.storage_key)


class PassFilters(Filters):
    number = CharFilter()
    since = Moment(field_name="issued_at", lookup_expr="gte")
    until = Moment(field_name="issued_at", lookup_expr="lt")


class GatePasses(OnPaper, Resource):
    """Gate passes as they were issued, each with its PDF. Newest first."""

    model, shape = GatePass, GatePassShape
    filterset_class = PassFilters
    search_fields = ("number", "bearer", "vehicle")
    ordering = ("-issued_at",)

    @does(PassBody, detail=False, roles=SUPERVISORS, creates=True)
    def issue(self, *, movements, **data):
        """Issue the pass of movements that are planned or on their way; several may share one."""
        return services.issue_gate_pass(movements, by=self.request.user, address=self.address, **data)

    @does(ReasonBody, roles=SUPERVISORS)
    def revoke(self, gate_pass, *, reason):
        """End it before its day."""
        return services.revoke_gate_pass(gate_pass, by=self.request.user, reason=reason)
