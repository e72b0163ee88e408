"""What the floor's actions take."""

from decimal import Decimal as Number

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.api.fields import Body, Choice, Decimal, Flag, Key, Moment, Text, Whole
from apps.shopfloor.models import CallKind, Job, ScrapReason, Station, StationAssignment, StationStatus, StopReason

MOST = 1_000_000


class Act(Body):
    """An act on a station: on what state it rests, and when it was."""

    example = {"expected_status": "running"}
    expected_status = Choice(StationStatus.choices, required=False, help_text=_("409 where it has another by now"))
    occurred_at = Moment(required=False, help_text=_("a late entry, by a supervisor: at most 7 days back"))


class Late(Body):
    example = {"occurred_at": "2026-03-02T06:00:00+01:00"}
    occurred_at = Moment(required=False, help_text=_("a late entry, by a supervisor: at most 7 days back"))


class StatusBody(Act):
    example = {"status": "blocked", "reason": "machine", "note": "belt", "expected_status": "running"}
    status = Choice(StationStatus.choices)
    reason = Key(StopReason, required=False, allow_null=True)
    note = Text(max_length=2000, required=False, allow_blank=True)


class StartBody(Act):
    example = {"job": "JOB-1004", "run": True}
    job = Key(Job)
    run = Flag(required=False, help_text=_("an idle station starts running"))
    take_off = Flag(required=False, help_text=_("the job that is on comes off first, its quantity kept"))
    note = Text(max_length=2000, required=False, allow_blank=True)


class ReportBody(Late):
    example = {"good": 5, "scrap": 1, "reason": "scratch"}
    good = Whole(required=False, min_value=-MOST, max_value=MOST, help_text=_("negative: a correction"))
    scrap = Whole(required=False, min_value=-MOST, max_value=MOST)
    reason = Key(ScrapReason, required=False, allow_null=True)
    note = Text(max_length=2000, required=False, allow_blank=True)
    override = Text(max_length=500, required=False, help_text=_("why a supervisor allows more than the job's limit"))
    assignment = Key(StationAssignment, "id", required=False, help_text=_("an ended one, to correct it"))


class ReassignBody(Act):
    example = {"to": "ST-02"}
    to = Key(Station)
    take_off = Flag(required=False)


class CompleteBody(Act):
    example = {"fill": True}
    fill = Flag(required=False, help_text=_("book the missing units on this station"))
    short = Text(max_length=500, required=False, help_text=_("why the job ends with fewer"))


class UndoBody(Body):
    example = {"event": "0198a1f2-7c3e-7b5a-9d41-3f6c2a8e5b10"}
    event = serializers.UUIDField(required=False, help_text=_("the act that is meant; refused if another came since"))


class CorrectBody(Body):
    """`reason` is a stop reason's code, or, for a period that ran, why it is corrected."""

    example = {
        "from": "2026-03-02T06:00:00+01:00", "to": "2026-03-02T06:20:00+01:00", "status": "blocked", "reason": "machine",
    }  # fmt: skip

    status = Choice(StationStatus.choices)
    reason = Text(max_length=2000, required=False, allow_null=True, allow_blank=True)
    note = Text(max_length=2000, required=False, allow_blank=True)

    def get_fields(self):  # `from` is no name in Python
        return {"from": Moment(source="start"), "to": Moment(source="end")} | super().get_fields()


class CallBody(Late):
    example = {"kind": "material", "part": "glass 6 mm", "qty": "12.000"}
    kind = Choice(CallKind.choices)
    part = Text(max_length=200, required=False, allow_blank=True)
    qty = Decimal(max_digits=14, decimal_places=3, min_value=Number("0.001"), required=False, allow_null=True)
    note = Text(max_length=2000, required=False, allow_blank=True)


class NoteBody(Late):
    example = {"text": "New blade."}
    text = Text(max_length=2000, required=False, allow_blank=True)
    photos = serializers.ListField(child=serializers.FileField(), required=False, max_length=4)


class RankBody(Body):
    example = {"rank": 1}
    rank = Whole(min_value=1, allow_null=True, help_text=_("its place before all that have none; null takes it away"))


class WhyBody(Late):
    example = {"reason": "the customer gave it up"}
    reason = Text(max_length=500, required=False, allow_blank=True)


class AnotherReason(Body):
    example = {"reason": "no-glass", "note": "the belt was fine"}
    reason = Key(StopReason)
    note = Text(max_length=2000, required=False, allow_blank=True)
