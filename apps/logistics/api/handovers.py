"""Who gave what to whom."""

from apps.core.api.filters import ByKey, Filters
from apps.core.api.resources import Resource
from apps.logistics.api.shapes import CustodyHandoverShape
from apps.logistics.models import AssetMovement, Handover, Shipment


class HandoverFilters(Filters):
    movement = ByKey(AssetMovement, "id")
    shipment = ByKey(Shipment, "id")


class Handovers(Resource):
    """Handovers: by a code that the taker scanned, or with the giver's signature; those not taken yet too. Oldest first."""

    model, shape = Handover, CustodyHandoverShape
    filterset_class = HandoverFilters
