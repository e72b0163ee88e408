"""Movements, shipments and their papers to look at, with acts on them; yard counts and handovers to look at."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.admin_base import Acted, LookedAt
from apps.logistics import services
from apps.logistics.models import AssetMovement, GatePass, Handover, Shipment, YardCount, YardCountLine


@admin.register(AssetMovement)
class AssetMovementAdmin(Acted):
    list_display = ["asset", "from_location", "to_location", "status", "gate_pass_ref", "shipment", "dispatched_at", "received_at"]  # fmt: skip
    list_select_related = ["asset", "from_location", "to_location", "shipment"]
    list_filter = ["status", "returnable"]
    search_fields = ["asset__name", "gate_pass_ref", "shipment__jms_reference"]
    ordering = ["-created_at", "-id"]
    actions = ["cancel", "lose"]

    @admin.action(description=gettext_lazy("Cancel"))
    def cancel(self, request, queryset):
        def act(row, *, by, reason):
            services.cancel_movements([row], by=by, reason=reason)

        words = {"title": _("Cancel movements"), "button": _("Cancel them"), "done": _("%(count)d movements are cancelled.")}  # fmt: skip
        return self.for_a_reason(request, queryset, act, action="cancel", **words)

    @admin.action(description=gettext_lazy("Report lost"))
    def lose(self, request, queryset):
        def act(row, *, by, reason):
            services.lose_movements([row], by=by, reason=reason)

        words = {"title": _("Report movements lost"), "button": _("Report lost"), "done": _("%(count)d movements are lost.")}  # fmt: skip
        return self.for_a_reason(request, queryset, act, action="lose", **words)


@admin.register(Shipment)
class ShipmentAdmin(Acted):
    list_display = ["jms_reference", "status", "driver_name", "vehicle", "departed_at", "created_at"]
    list_filter = ["status"]
    search_fields = ["jms_reference", "driver_name", "vehicle"]
    ordering = ["-created_at", "-id"]
    actions = ["cancel"]

    @admin.action(description=gettext_lazy("Cancel"))
    def cancel(self, request, queryset):
        words = {"title": _("Cancel shipments"), "button": _("Cancel them"), "done": _("%(count)d shipments are cancelled.")}  # fmt: skip
        return self.for_a_reason(request, queryset, services.cancel_shipment, action="cancel", **words)


@admin.register(GatePass)
class GatePassAdmin(Acted):
    list_display = ["number", "bearer", "vehicle", "valid_until", "issued_by", "issued_at", "revoked_at"]
    list_select_related = ["issued_by"]
    search_fields = ["number", "bearer", "vehicle"]
    ordering = ["-issued_at", "-id"]
    actions = ["revoke"]

    @admin.action(description=gettext_lazy("Revoke"))
    def revoke(self, request, queryset):
        words = {"title": _("Revoke gate passes"), "button": _("Revoke"), "done": _("%(count)d passes are revoked.")}
        return self.for_a_reason(request, queryset, services.revoke_gate_pass, action="revoke", **words)


@admin.register(Handover)
class HandoverAdmin(LookedAt):
    list_display = ["given_by", "signer_name", "taken_by", "taken_at", "movement", "shipment"]
    list_select_related = ["given_by", "taken_by", "movement__asset", "movement__to_location", "shipment"]
    search_fields = ["signer_name", "shipment__jms_reference"]
    ordering = ["-created_at", "-id"]


@admin.register(YardCount)
class YardCountAdmin(LookedAt):
    list_display = ["location", "status", "note", "started_by", "started_at", "ended_at"]
    list_select_related = ["location", "started_by"]
    list_filter = ["status"]
    search_fields = ["location__name", "note"]
    ordering = ["-started_at", "-id"]


@admin.register(YardCountLine)
class YardCountLineAdmin(LookedAt):
    list_display = ["asset", "count", "is_expected", "found_by", "found_at"]
    list_select_related = ["asset", "count__location", "found_by"]
    search_fields = ["asset__name", "count__location__name"]
