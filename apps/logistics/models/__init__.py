"""Movements of assets, the shipments and papers they travel with, and counts of what stands in a yard."""

from apps.logistics.models.movements import MOVED, OPEN, AssetMovement, MovementQuerySet, MovementStatus
from apps.logistics.models.shipments import GatePass, Handover, Shipment, ShipmentStatus
from apps.logistics.models.yards import YardCount, YardCountLine, YardCountStatus

__all__ = [
    "MOVED",
    "OPEN",
    "AssetMovement",
    "GatePass",
    "Handover",
    "MovementQuerySet",
    "MovementStatus",
    "Shipment",
    "ShipmentStatus",
    "YardCount",
    "YardCountLine",
    "YardCountStatus",
]
