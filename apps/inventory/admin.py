"""Parts and stock, for managers: master data by form, balances and ledger to look at, acts through the services."""

from django import forms
from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core.admin_base import EVERYWHERE, Acted, LookedAt, TenantAdmin, TenantRelatedFilter
from apps.core.pdf import as_download
from apps.inventory import services
from apps.inventory.label_forms import PartSheetForm
from apps.inventory.models import (
    AbcClass,
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
from apps.inventory.printing import labels_of
from apps.inventory.sheets import OrderSheet, PartSheet, with_codes


class ClassForm(forms.Form):
    abc_class = forms.ChoiceField(
        label=gettext_lazy("ABC class"), choices=[("", gettext_lazy("none")), *AbcClass.choices], required=False
    )


@admin.register(Part)
class PartAdmin(TenantAdmin):
    sheet = PartSheet
    list_display = ["sku", "name", "category", "unit", "min_level", "max_level", "supplier", "abc_class", "is_active"]
    list_display_links = ["sku", "name"]
    list_filter = ["is_active", "abc_class"]
    search_fields = ["sku", "name", "barcode", "barcodes__barcode"]
    actions = ["print_labels", "take_out_of_use", "put_into_use", "set_class"]
    fields = [
        "sku", "name", "category", "unit", "min_level", "max_level", "barcode", "supplier", "lead_days", "abc_class",
        "is_active",
    ]  # fmt: skip

    def get_queryset(self, request):
        return with_codes(super().get_queryset(request))

    def store(self, request, obj, form, change):
        services.save_part(obj, by=request.user)

    @admin.action(description=gettext_lazy("Take out of use"), location=EVERYWHERE)
    def take_out_of_use(self, request, queryset):
        self._use(request, queryset, False, _("%(count)d parts are out of use."))

    @admin.action(description=gettext_lazy("Put into use"), location=EVERYWHERE)
    def put_into_use(self, request, queryset):
        self._use(request, queryset, True, _("%(count)d parts are in use."))

    def _use(self, request, queryset, is_active, done):
        self.run_each(request, queryset, lambda part: services.set_in_use(part, is_active, by=request.user), done)

    @admin.action(description=gettext_lazy("Set the ABC class"), location=EVERYWHERE)
    def set_class(self, request, queryset):
        form = ClassForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            words = {"title": _("Set the ABC class"), "button": _("Set")}
            return self.ask(request, queryset, form, action="set_class", **words)
        classes = dict.fromkeys(queryset.values_list("pk", flat=True), form.cleaned_data["abc_class"])
        count = services.set_classes(request.tenant, classes, by=request.user, reason=_("set by hand"))
        words = ngettext("%(count)d part has another class now.", "%(count)d parts have another class now.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Print labels"), location=EVERYWHERE)
    def print_labels(self, request, queryset):
        form = PartSheetForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            title, button = _("Print labels"), _("Print (PDF)")
            return self.ask(request, queryset, form, action="print_labels", title=title, button=button)
        return as_download(labels_of(request, queryset.order_by("sku"), form), "part-labels")


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
    list_filter = ["kind", "cost_known", "created_at"]
    search_fields = ["part__sku", "reference", "supplier"]
    ordering = ["-seq"]


@admin.register(Reservation)
class ReservationAdmin(Acted):
    list_display = ["part", "reference", "warehouse", "quantity", "qty_taken", "qty_open"]
    list_select_related = ["part", "warehouse"]
    search_fields = ["part__sku", "reference"]
    actions = ["release"]

    @admin.action(description=gettext_lazy("Release what is reserved"))
    def release(self, request, queryset):
        def act(row):
            services.release(row.part, reference=row.reference, by=request.user)

        self.run_each(request, queryset.select_related("part"), act, _("%(count)d reservations are released."))


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", _("Open")), ("late", _("Late")), ("closed", _("Closed"))]

    def queryset(self, request, queryset):
        if self.value() == "closed":
            return queryset.exclude(closed_at=None)
        if self.value() == "open":
            return queryset.open()
        return queryset.open().filter(expected_on__lt=timezone.localdate()) if self.value() == "late" else queryset


@admin.register(PartOrder)
class PartOrderAdmin(Acted):
    """Lines that were ordered; changed on their pages, or imported through the services."""

    sheet = OrderSheet
    list_display = ["part", "quantity", "qty_received", "supplier", "reference", "expected_on", "closed_at"]
    list_select_related = ["part"]
    list_filter = [StateFilter]
    search_fields = ["part__sku", "reference", "supplier"]
    actions = ["close"]

    @admin.action(description=gettext_lazy("Close: expect no more of them"))
    def close(self, request, queryset):
        words = {"title": _("Close orders"), "button": _("Close"), "done": _("%(count)d orders are closed.")}
        return self.for_a_reason(request, queryset, services.close_order, action="close", **words)

    def has_import_permission(self, request):
        return TenantAdmin.has_add_permission(self, request)


@admin.register(Handover)
class HandoverAdmin(Acted):
    list_display = ["part", "quantity", "from_user", "to_user", "status", "created_at"]
    list_select_related = ["part", "from_user", "to_user"]
    list_filter = ["status"]
    search_fields = ["part__sku"]
    actions = ["withdraw"]

    @admin.action(description=gettext_lazy("Withdraw what waits"))
    def withdraw(self, request, queryset):
        def act(row):
            services.withdraw_handover(row, by=request.user)

        self.run_each(request, queryset, act, _("%(count)d handovers are withdrawn."))


@admin.register(StockCount)
class StockCountAdmin(Acted):
    list_display = ["location", "started_at", "status", "started_by", "note"]
    list_select_related = ["location", "started_by"]
    list_filter = ["status", ("location", TenantRelatedFilter)]
    search_fields = ["location__name", "note"]
    ordering = ["-started_at"]
    actions = ["cancel"]

    @admin.action(description=gettext_lazy("Give them up"))
    def cancel(self, request, queryset):
        words = {"title": _("Give counts up"), "button": _("Give up"), "done": _("%(count)d counts are given up.")}
        return self.for_a_reason(request, queryset, services.cancel_count, action="cancel", **words)


@admin.register(CountLine)
class CountLineAdmin(LookedAt):
    list_display = ["count", "part", "bin_location", "qty_counted", "qty_expected", "counted_by"]
    list_select_related = ["count__location", "part", "counted_by"]
    search_fields = ["part__sku"]
