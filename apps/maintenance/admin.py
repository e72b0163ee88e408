"""Schedules and failure codes, for managers; requests, orders and what went into them to look at, with acts on them."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.admin_base import Acted, LookedAt, TenantAdmin, TenantRelatedFilter
from apps.maintenance import services
from apps.maintenance.models import (
    Consumable,
    CoveredCycle,
    FailureCode,
    LabourEntry,
    OrderComment,
    PmCredit,
    PmSchedule,
    ServiceRequest,
    WorkOrder,
    WorkOrderCost,
    WorkOrderTask,
)


@admin.register(PmSchedule)
class PmScheduleAdmin(TenantAdmin):
    list_display = ["name", "asset", "next_due_date", "next_due_meter", "priority", "is_active"]
    list_select_related = ["asset"]
    list_filter = ["is_active", "priority", "anchor"]
    search_fields = ["name", "asset__name"]
    autocomplete_fields = ["asset", "suppressed_by_schedule"]
    fields = [
        "asset", "name", "interval_days", "interval_months", "interval_meter", "meter", "anchor", "lead_days",
        "lead_meter", "grace_days", "grace_meter", "suppressed_by_schedule", "tasks", "parts", "priority",
        "estimated_minutes", "first_due_date", "first_due_meter", "is_active",
    ]  # fmt: skip

    def store(self, request, obj, form, change):
        services.save_schedule(obj, by=request.user)


@admin.register(FailureCode)
class FailureCodeAdmin(TenantAdmin):
    list_display = ["code", "name", "kind", "category", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["code", "name"]
    fields = ["kind", "code", "name", "category", "is_active"]


@admin.register(WorkOrder)
class WorkOrderAdmin(Acted):
    list_display = ["number", "title", "asset", "status", "origin", "priority", "due_date", "assigned_to"]
    list_select_related = ["asset", "assigned_to"]
    list_filter = ["status", "origin", "priority"]
    search_fields = ["number", "title", "asset__name"]
    ordering = ["-created_at", "-id"]
    actions = ["approve", "cancel"]

    @admin.action(description=gettext_lazy("Approve"))
    def approve(self, request, queryset):
        def act(order):
            services.approve_order(order, by=request.user)

        self.run_each(request, queryset, act, _("%(count)d orders are approved."))

    @admin.action(description=gettext_lazy("Cancel"))
    def cancel(self, request, queryset):
        words = {"title": _("Cancel orders"), "button": _("Cancel them"), "done": _("%(count)d orders are cancelled.")}
        return self.for_a_reason(request, queryset, services.cancel_order, action="cancel", **words)


@admin.register(WorkOrderTask)
class WorkOrderTaskAdmin(LookedAt):
    list_display = ["description", "work_order", "kind", "result", "done_by", "done_at"]
    list_select_related = ["work_order", "done_by"]
    search_fields = ["description", "work_order__number"]


@admin.register(CoveredCycle)
class CoveredCycleAdmin(LookedAt):
    list_display = ["pm_schedule", "cycle", "work_order", "due_date", "is_open"]
    list_select_related = ["pm_schedule", "work_order"]
    search_fields = ["pm_schedule__name", "work_order__number"]


@admin.register(PmCredit)
class PmCreditAdmin(LookedAt):
    list_display = ["pm_schedule", "cycle", "work_order", "performed_date", "withdrawn_at"]
    list_select_related = ["pm_schedule", "work_order"]
    search_fields = ["pm_schedule__name", "work_order__number"]


@admin.register(LabourEntry)
class LabourEntryAdmin(LookedAt):
    list_display = ["work_order", "user", "minutes", "hourly_rate", "cost", "created_at"]
    list_select_related = ["work_order", "user"]
    list_filter = [("user", TenantRelatedFilter)]
    search_fields = ["work_order__number", "note"]
    ordering = ["-created_at", "-id"]


@admin.register(WorkOrderCost)
class WorkOrderCostAdmin(LookedAt):
    list_display = ["work_order", "kind", "supplier", "reference", "amount", "created_at"]
    list_select_related = ["work_order"]
    list_filter = ["kind"]
    search_fields = ["work_order__number", "supplier", "reference"]
    ordering = ["-created_at", "-id"]


@admin.register(Consumable)
class ConsumableAdmin(LookedAt):
    list_display = ["work_order", "part", "qty_used", "cost_at_time", "value", "source", "used_by", "created_at"]
    list_select_related = ["work_order", "part", "used_by"]
    list_filter = ["source"]
    search_fields = ["work_order__number", "part__sku", "part__name"]
    ordering = ["-created_at", "-id"]


@admin.register(OrderComment)
class OrderCommentAdmin(LookedAt):
    list_display = ["work_order", "text", "user", "created_at"]
    list_select_related = ["work_order", "user"]
    search_fields = ["work_order__number", "text"]
    ordering = ["-created_at", "-id"]


@admin.register(ServiceRequest)
class ServiceRequestAdmin(Acted):
    list_display = ["number", "description", "asset", "status", "urgency", "reported_by", "work_order", "created_at"]
    list_select_related = ["asset", "reported_by", "work_order"]
    list_filter = ["status", "urgency"]
    search_fields = ["number", "description", "asset__name"]
    ordering = ["-created_at", "-id"]
    actions = ["convert", "reject"]

    @admin.action(description=gettext_lazy("Make orders of them"))
    def convert(self, request, queryset):
        def act(report):
            services.convert(report, by=request.user)

        self.run_each(request, queryset, act, _("%(count)d requests are orders now."))

    @admin.action(description=gettext_lazy("Reject"))
    def reject(self, request, queryset):
        words = {"title": _("Reject requests"), "button": _("Reject"), "done": _("%(count)d requests are rejected.")}
        return self.for_a_reason(request, queryset, services.reject, action="reject", **words)
