"""GET assets/{id}/custody/: an asset's line, at the registry's resource."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action

from apps.core.api.resources import adds_to
from apps.logistics.api.shapes import MovementShape
from apps.logistics.models import MOVED, AssetMovement
from apps.registry.api.assets import Assets


@adds_to(Assets)
@extend_schema(responses=MovementShape(many=True))
@action(detail=True, methods=["get"], filter_backends=[])
def custody(self, request, **kwargs):
    """Where it has been: one unbroken line of movements, oldest first."""
    rows = AssetMovement.objects.for_tenant(request.tenant).filter(asset=self.get_object())
    page = self.paginate_queryset(rows.filter(status__in=MOVED).order_by("dispatched_at", "pk"))
    return self.get_paginated_response(MovementShape(page, many=True, context=self.get_serializer_context()).data)
