"""The inventory's part of the API: one line a resource."""

from apps.core.api.router import router
from apps.inventory.api import parts, planning, stock

router.add("parts", parts.Parts)
router.add("part-barcodes", parts.PartBarcodes)
router.add("part-units", parts.PartUnits)
router.add("stock", stock.StockResource)
router.add("wallets", stock.Wallets)
router.add("stock-moves", parts.StockMoves)
router.add("reservations", planning.Reservations)
router.add("part-orders", planning.PartOrders)
router.add("handovers", planning.Handovers)
router.add("stock-counts", planning.StockCounts)
router.add("stock-count-lines", planning.StockCountLines)
