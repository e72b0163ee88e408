"""Parts and stock, for managers: master data by form, balances and ledger to look at."""

from django.contrib import admin

from apps.core.admin_base import ReadOnly, TenantAdmin, TenantRelatedFilter
from apps.inventory import services
from apps.inventory.models import (
    CountLine,
    Handover,
    Part,
    PartBarcode,
    PartOrder,
    PartUnit,
    Reservation,
    Stock,
    StockCount,
    StockMove,
    Wallet,
)


@admin.register(Part)
class PartAdmin(TenantAdmin):
    list_display = ["sku", "name", "category", "unit", "min_level", "max_level", "supplier", "abc_class", "is_active"]
    list_display_links = ["sku", "name"]
    list_filter = ["is_active", "abc_class"]
    search_fields = ["sku", "name", "barcode"]
    fields = [
        "sku", "name", "category", "unit", "min_level", "max_level", "barcode", "supplier", "lead_days", "abc_class",
        "is_active",
    ]  # fmt: skip

    def store(self, request, obj, form, change):
        services.save_part(obj, by=request.user)


@admin.register(PartBarcode)
class PartBarcodeAdmin(TenantAdmin):
    list_display = ["barcode", "part"]
    list_select_related = ["part"]
    search_fields = ["barcode", "part__sku"]
    autocomplete_fields = ["part"]
    fields = ["part", "barcode"]

    def store(self, request, obj, form, change):
        services.save_barcode(obj, by=request.user)


@admin.register(PartUnit)
class PartUnitAdmin(TenantAdmin):
    list_display = ["code", "part", "factor"]
    list_select_related = ["part"]
    search_fields = ["part__sku"]
    autocomplete_fields = ["part"]
    fields = ["part", "code", "factor"]

    def store(self, request, obj, form, change):
        services.save_unit(obj, by=request.user)


class LookedAt(ReadOnly, TenantAdmin):
    """Written by the services; here to look at."""


@admin.register(Stock)
class StockAdmin(LookedAt):
    list_display = ["part", "location", "bin_location", "qty_on_hand", "value"]
    list_select_related = ["part", "location"]
    list_filter = [("location", TenantRelatedFilter)]
    search_fields = ["part__sku", "part__name"]


@admin.register(Wallet)
class WalletAdmin(LookedAt):
    list_display = ["user", "part", "qty_held", "value"]
    list_select_related = ["part", "user"]
    list_filter = [("user", TenantRelatedFilter)]
    search_fields = ["part__sku", "part__name", "user__display_name"]


@admin.register(StockMove)
class StockMoveAdmin(LookedAt):
    list_display = ["created_at", "kind", "part", "quantity", "value", "reference", "user"]
    list_select_related = ["part", "user"]
    list_filter = ["kind"]
    search_fields = ["part__sku", "reference"]
    ordering = ["-seq"]


@admin.register(Reservation)
class ReservationAdmin(LookedAt):
    list_display = ["part", "reference", "warehouse", "quantity", "qty_taken", "qty_open"]
    list_select_related = ["part", "warehouse"]
    search_fields = ["part__sku", "reference"]


@admin.register(PartOrder)
class PartOrderAdmin(LookedAt):
    list_display = ["part", "quantity", "qty_received", "supplier", "reference", "expected_on", "closed_at"]
    list_select_related = ["part"]
    search_fields = ["part__sku", "reference", "supplier"]


@admin.register(Handover)
class HandoverAdmin(LookedAt):
    list_display = ["part", "quantity", "from_user", "to_user", "status", "created_at"]
    list_select_related = ["part", "from_user", "to_user"]
    list_filter = ["status"]
    search_fields = ["part__sku"]


@admin.register(StockCount)
class StockCountAdmin(LookedAt):
    list_display = ["location", "started_at", "status", "started_by"]
    list_select_related = ["location", "started_by"]
    list_filter = ["status"]
    search_fields = ["location__name"]


@admin.register(CountLine)
class CountLineAdmin(LookedAt):
    list_display = ["count", "part", "bin_location", "qty_counted", "qty_expected", "counted_by"]
    list_select_related = ["count__location", "part", "counted_by"]
    search_fields = ["part__sku"]
