"""Logistics' part of the API: one line a resource."""

from apps.core.api.router import router
from apps.logistics.api import custody, handovers, movements, shipments, yards  # noqa: F401  (custody adds to assets)

router.add("movements", movements.Movements)
router.add("shipments", shipments.Shipments)
router.add("gate-passes", shipments.GatePasses)
router.add("custody-handovers", handovers.Handovers)
router.add("yard-counts", yards.YardCounts)
