"""How the floor's rows are shown to programs."""

from decimal import Decimal as Number

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.api.fields import Decimal, Key, Moment, Seconds, Shape
from apps.core.models import User
from apps.registry.models import Asset
from apps.shopfloor.models import Call, Event, Job, PerformanceLog, ScrapReason, Station, StationAssignment, StopReason


class StopReasonShape(Shape):
    example = {
        "code": "machine",
        "name": "Breakdown",
        "group": "equipment",
        "counts_as": "availability",
        "is_active": True,
    }

    class Meta:
        model = StopReason
        fields = ("code", "name", "group", "counts_as", "planned_minutes", "is_active")


class ScrapReasonShape(Shape):
    example = {"code": "scratch", "name": "Scratch", "is_active": True}

    class Meta:
        model = ScrapReason
        fields = ("code", "name", "is_active")


class StationShape(Shape):
    example = {"code": "ST-01", "name": "Cutting", "line": "Line A", "status": "blocked", "asset": None}
    stop_reason = Key(StopReason, read_only=True, allow_null=True)
    asset = Key(Asset, "id", required=False, allow_null=True)

    class Meta:
        model = Station
        fields = ("code", "name", "line", "status", "status_since", "stop_reason", "is_active", "asset", "version")
        read_only_fields = ("status", "status_since", "version")


class JobShape(Shape):
    example = {
        "code": "JOB-1004", "part_name": "Mirror 60 × 90", "qty_total": 100, "due_date": "2026-03-20", "priority": "high",
        "status": "running", "rank": None, "cycle_seconds": 32.5, "completed_at": None, "qty_done": 40, "qty_scrap": 2,
    }  # fmt: skip
    cycle_seconds = Seconds(max_digits=10, decimal_places=3, min_value=Number("0.001"), required=False, allow_null=True)
    qty_done = serializers.IntegerField(read_only=True, help_text=_("good units of all its stations"))
    qty_scrap = serializers.IntegerField(read_only=True)

    class Meta:
        model = Job
        fields = (
            "id", "code", "part_name", "qty_total", "due_date", "priority", "status", "line_hint", "rank",
            "cycle_seconds", "created_at", "completed_at", "qty_done", "qty_scrap", "version",
        )  # fmt: skip
        read_only_fields = ("status", "version")


class AssignmentShape(Shape):
    example = {"qty_done": 40, "qty_scrap": 2, "is_active": True, "ended_at": None}
    station = Key(Station, read_only=True)
    job = Key(Job, read_only=True)

    class Meta:
        model = StationAssignment
        fields = ("id", "station", "job", "qty_done", "qty_scrap", "is_active", "started_at", "ended_at", "notes")


class CallShape(Shape):
    example = {"kind": "material", "qty": "12.000", "level": 0, "acknowledged_by": None, "acknowledged_at": None} | {
        "ended_by": None, "ended_at": None,
    }  # fmt: skip
    station = Key(Station)
    opened_by = Key(User, "id", read_only=True, allow_null=True)
    acknowledged_by = Key(User, "id", read_only=True, allow_null=True)
    ended_by = Key(User, "id", read_only=True, allow_null=True)

    class Meta:
        model = Call
        fields = (
            "id", "station", "kind", "status", "part", "qty", "note", "level", "opened_by", "opened_at",
            "acknowledged_by", "acknowledged_at", "ended_by", "ended_at",
        )  # fmt: skip
        read_only_fields = ("status", "level", "opened_at", "acknowledged_at", "ended_at")


class EventShape(Shape):
    example = {
        "event_type": "quantity_reported", "station": "ST-01", "job": "JOB-1004",
        "payload": {"good": 5, "scrap": 1, "reason": "scratch"}, "occurred_at": "2026-03-02T06:00:00+01:00",
    }  # fmt: skip
    station = Key(Station, required=False, allow_null=True)
    job = Key(Job, required=False, allow_null=True)
    user = Key(User, "id", required=False, allow_null=True)
    payload = serializers.DictField(required=False)
    occurred_at = Moment()

    class Meta:
        model = Event
        fields = ("id", "event_type", "station", "job", "user", "payload", "occurred_at", "created_at")


class PerformanceLogShape(Shape):
    example = {
        "station": "ST-01", "job": "JOB-1004", "log_date": "2026-03-02", "shift": "Early", "units_completed": 90,
        "target_units": 100, "efficiency": 90.0, "revised": False,
    }  # fmt: skip
    station = Key(Station)
    job = Key(Job, required=False, allow_null=True)
    efficiency = serializers.FloatField(read_only=True, allow_null=True, help_text=_("100 × units ÷ target"))
    revised = serializers.BooleanField(source="is_revised", read_only=True)

    class Meta:
        model = PerformanceLog
        fields = (
            "id", "station", "job", "log_date", "shift", "units_completed", "target_units", "efficiency", "source",
            "revised",
        )  # fmt: skip
        read_only_fields = ("source",)


# -- answers that are no row's ------------------------------------------------------------------------------------------


STATUSES = ("running", "idle", "blocked", "unknown")


class IntervalShape(serializers.Serializer):
    example = {"status": "running", "reason": None, "seconds": 1800, "to": "2026-03-02T06:30:00+01:00"}
    status = serializers.ChoiceField(STATUSES)
    reason = serializers.CharField(allow_null=True)
    seconds = serializers.IntegerField()

    def get_fields(self):  # `from` is no name in Python
        edges = {"from": serializers.DateTimeField(), "to": serializers.DateTimeField()}
        return super().get_fields() | edges


class TotalsShape(serializers.Serializer):
    running = serializers.IntegerField()
    idle = serializers.IntegerField()
    blocked = serializers.IntegerField()
    unknown = serializers.IntegerField()


class TimelineShape(serializers.Serializer):
    example = {
        "to": "2026-03-02T06:30:00+01:00",
        "totals": {"running": 1800, "idle": 0, "blocked": 0, "unknown": 0},
        "stops": 0,
    }
    intervals = IntervalShape(many=True)
    totals = TotalsShape(help_text=_("seconds"))
    stops = serializers.IntegerField(help_text=_("how often it was blocked"))

    def get_fields(self):
        return {"from": serializers.DateTimeField(), "to": serializers.DateTimeField()} | super().get_fields()


class StopShape(serializers.Serializer):
    example = {
        "status": "blocked",
        "reason": "machine",
        "seconds": 1200,
        "to": "2026-03-02T06:20:00+01:00",
        "is_over": True,
    }
    id = serializers.UUIDField(help_text=_("of the event that began it"))
    station = serializers.CharField()
    status = serializers.ChoiceField(STATUSES, help_text=_("as the log tells it now: it may have been corrected since"))
    reason = serializers.CharField(allow_null=True)
    seconds = serializers.IntegerField()
    is_over = serializers.BooleanField()

    def get_fields(self):
        return super().get_fields() | {"from": serializers.DateTimeField(), "to": serializers.DateTimeField()}


class BoardJobShape(serializers.Serializer):
    example = {"code": "JOB-1004", "qty_total": 100, "qty_done": 40, "priority": "high"}
    code = serializers.CharField()
    part_name = serializers.CharField(source="part")
    qty_total = serializers.IntegerField(source="total")
    qty_done = serializers.IntegerField(source="done")
    due_date = serializers.DateField(source="due", allow_null=True)
    priority = serializers.ChoiceField(Job._meta.get_field("priority").choices)


class BoardAssignmentShape(serializers.Serializer):
    id = serializers.UUIDField(source="assignment")
    qty_done = serializers.IntegerField(source="here")
    qty_scrap = serializers.IntegerField(source="scrap_here")
    started_at = serializers.DateTimeField(source="begun_at")


class BoardCallShape(serializers.Serializer):
    id = serializers.UUIDField(source="pk")
    kind = serializers.ChoiceField(Call._meta.get_field("kind").choices)
    status = serializers.ChoiceField(Call._meta.get_field("status").choices)
    part = serializers.CharField()
    qty = Decimal(max_digits=14, decimal_places=3, allow_null=True)
    note = serializers.CharField()
    level = serializers.IntegerField()
    opened_at = serializers.DateTimeField()


class BoardStationShape(serializers.Serializer):
    example = {"code": "ST-01", "status": "running", "stop_reason": None, "work_order": None}
    code = serializers.CharField()
    name = serializers.CharField()
    line = serializers.CharField()
    status = serializers.ChoiceField(Station._meta.get_field("status").choices)
    since = serializers.DateTimeField(allow_null=True)
    stop_reason = serializers.CharField(source="reason_code", allow_null=True)
    job = BoardJobShape(allow_null=True)
    assignment = BoardAssignmentShape(source="job", allow_null=True)
    calls = BoardCallShape(many=True)
    work_order = serializers.CharField(allow_null=True, default=None)
    version = serializers.IntegerField()


class BoardShape(serializers.Serializer):
    version = serializers.IntegerField(help_text=_("rises with every change of the board"))
    stations = BoardStationShape(source="tiles", many=True)
