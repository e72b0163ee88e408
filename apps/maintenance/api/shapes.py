"""How orders and requests are shown to programs."""

from decimal import ROUND_HALF_UP

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.api.fields import Decimal, Key, Seconds, Shape
from apps.inventory.models import Part
from apps.maintenance.api.keys import order_key, station_key
from apps.maintenance.models import (
    Consumable,
    FailureCode,
    LabourEntry,
    OrderComment,
    PmSchedule,
    ServiceRequest,
    WorkOrder,
    WorkOrderCost,
    WorkOrderTask,
)
from apps.maintenance.models.schedules import METER
from apps.registry.api.keys import SOME_ID, asset_key, person_key, place_key


def read_key(model, key, **kwargs):
    return Key(model, key, read_only=True, allow_null=True, **kwargs)


def who(**kwargs):
    return person_key(read_only=True, allow_null=True, **kwargs)


class TaskShape(Shape):
    example = {
        "section": "", "description": "Pressure", "kind": "number", "unit": "bar", "min": 5.5, "max": 7.0,
        "result": "pass", "value": "6.2", "comment": "", "follow_up": None, "waiver": "", "meter": "run_hours",
    }  # fmt: skip
    min = Seconds(**METER, read_only=True, allow_null=True)
    max = Seconds(**METER, read_only=True, allow_null=True)
    result = serializers.CharField(read_only=True, help_text=_("empty: not done yet"))
    done_by = who()
    follow_up = read_key(WorkOrder, "number")
    waived_by = who()

    class Meta:
        model = WorkOrderTask
        fields = (
            "id", "position", "section", "description", "is_mandatory", "kind", "unit", "min", "max", "meter", "result",
            "value", "comment", "done_by", "done_at", "follow_up", "waived_by", "waiver",
        )  # fmt: skip


class ConsumableShape(Shape):
    example = {
        "part": "6204-2RS", "qty_used": "2.000", "cost_at_time": "2.5000", "value": "5.00000000", "source": "wallet",
    }  # fmt: skip
    part = Key(Part, "sku", read_only=True)
    used_by = who()

    class Meta:
        model = Consumable
        fields: tuple = ("id", "part", "qty_used", "cost_at_time", "value", "source", "used_by", "created_at")


class UsedShape(ConsumableShape):
    """A part used, by itself."""

    example = ConsumableShape.example | {"work_order": "WO-000123", "is_undone": False}
    work_order = order_key(read_only=True)
    is_undone = serializers.SerializerMethodField(help_text=_("it was brought back, and costs nothing"))

    class Meta(ConsumableShape.Meta):
        fields: tuple = (*ConsumableShape.Meta.fields, "work_order", "is_undone")

    def get_is_undone(self, row) -> bool:
        return row.undone_id is not None


class LabourShape(Shape):
    """Without what an hour costs, which is what a person earns."""

    example = {
        "work_order": "WO-000123", "user": SOME_ID, "started_at": None, "ended_at": None, "minutes": 30,
        "note": "with the crane", "created_by": SOME_ID,
    }  # fmt: skip
    work_order = order_key(read_only=True)
    user, created_by = who(), who()
    minutes = serializers.IntegerField(read_only=True, allow_null=True, help_text=_("null: a timer that runs"))

    class Meta:
        model = LabourEntry
        fields = ("id", "work_order", "user", "started_at", "ended_at", "minutes", "note", "created_by", "created_at")


class CostShape(Shape):
    example = {
        "work_order": "WO-000123", "kind": "contractor", "supplier": "Cranes Ltd", "reference": "2026-118",
        "amount": "250.00", "created_by": SOME_ID,
    }  # fmt: skip
    work_order = order_key(read_only=True)
    created_by = who()

    class Meta:
        model = WorkOrderCost
        fields = ("id", "work_order", "kind", "supplier", "reference", "amount", "created_by", "created_at")


class WorkOrderShape(Shape):
    example = {
        "number": "WO-000123", "asset": SOME_ID, "title": "Leaks oil", "description": "", "status": "in_progress", "origin": "defect",
        "trigger": "manual", "priority": "high", "due_date": "2026-03-05", "due_meter": None, "hold_reason": "",
        "location": None, "station": "ST-01", "planned_start": None, "planned_end": None, "estimated_minutes": 45,
        "finished_at": None, "finished_by": None, "performed_at": None, "closed_at": None, "closed_by": None,
        "outcome": "", "problem": None, "cause": None, "remedy": None, "down_until": None, "pm_schedule": None,
        "covered_by": None, "follows": None, "reason": "", "missed": 0, "is_unapproved": False, "labour_minutes": 30,
        "cost": "25.00",
    }  # fmt: skip
    asset = asset_key(required=False, allow_null=True)
    location = place_key(required=False, allow_null=True)
    station = station_key(required=False, allow_null=True)
    assigned_to = person_key(required=False, allow_null=True)
    due_meter = Seconds(**METER, read_only=True, allow_null=True, help_text=_("what fired, of its lifetime"))
    started_by, finished_by, closed_by, approved_by, created_by = who(), who(), who(), who(), who()
    outcome = serializers.CharField(read_only=True, help_text=_("done or not_done; empty until it is closed"))
    hold_reason = serializers.CharField(read_only=True, help_text=_("empty: it is not on hold"))
    problem = read_key(FailureCode, "code")
    cause = read_key(FailureCode, "code")
    remedy = read_key(FailureCode, "code")
    pm_schedule = read_key(PmSchedule, "id")
    covered_by = read_key(WorkOrder, "number")
    follows = read_key(WorkOrder, "number", help_text=_("the order whose failed task this one mends"))
    service_request = read_key(ServiceRequest, "id")
    tasks = TaskShape(many=True, read_only=True)
    consumables = ConsumableShape(source="used", many=True, read_only=True, help_text=_("without what came back"))
    labour_minutes = serializers.IntegerField(read_only=True, help_text=_("without timers that run"))
    cost = Decimal(
        max_digits=24, decimal_places=2, rounding=ROUND_HALF_UP, read_only=True, help_text=_("labour + parts + other")
    )

    class Meta:
        model = WorkOrder
        fields = (
            "number", "asset", "location", "station", "title", "description", "status", "origin", "trigger", "priority",
            "assigned_to", "due_date", "due_meter", "planned_start", "planned_end", "estimated_minutes",
            "is_unapproved", "approved_by", "started_at", "started_by", "finished_at", "finished_by", "performed_at",
            "closed_at", "closed_by", "outcome", "hold_reason", "problem", "cause", "remedy", "down_from", "down_until",
            "pm_schedule", "missed", "covered_by", "service_request", "follows", "reason", "tasks", "consumables",
            "labour_minutes", "cost", "created_by", "created_at", "version",
        )  # fmt: skip
        read_only_fields = (
            "number", "status", "trigger", "is_unapproved", "started_at", "finished_at", "performed_at", "closed_at",
            "missed", "reason", "created_at", "version",
        )  # fmt: skip


class CommentShape(Shape):
    example = {"work_order": "WO-000123", "text": "The seal is worn, too."}
    work_order = order_key(read_only=True)
    user = who()

    class Meta:
        model = OrderComment
        fields = ("id", "work_order", "text", "user", "created_at")


class ReportedShape(Shape):
    example = {
        "number": "SR-000042", "asset": SOME_ID, "location": None, "station": "ST-01", "description": "It leaks.", "urgency": "high",
        "status": "pending", "is_down": False, "photo_url": "", "reporter_name": "", "rejection_reason": "",
        "work_order": None, "triaged_by": None, "triaged_at": None, "reported_by": SOME_ID,
    }  # fmt: skip
    asset = asset_key(required=False, allow_null=True)
    location = place_key(required=False, allow_null=True)
    station = station_key(required=False, allow_null=True)
    reported_by = who(help_text=_("null: the public page"))
    work_order = read_key(WorkOrder, "number")
    triaged_by = who()

    class Meta:
        model = ServiceRequest
        fields: tuple = (
            "id", "number", "asset", "location", "station", "description", "urgency", "is_down", "status",
            "reported_by", "reporter_name", "photo_url", "rejection_reason", "work_order", "triaged_by", "triaged_at",
            "created_at", "version",
        )  # fmt: skip
        read_only_fields = (
            "number", "status", "reporter_name", "photo_url", "rejection_reason", "triaged_at", "created_at", "version",
        )  # fmt: skip
