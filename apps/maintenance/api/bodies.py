"""What acts on orders and requests take."""

from decimal import Decimal as Number

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.api.fields import Body, Choice, Decimal, Flag, Key, Moment, Text, Whole
from apps.inventory.models import QUANTITY, Part
from apps.maintenance.api.keys import CodeKey, order_key
from apps.maintenance.models import (
    CostKind,
    FailureKind,
    HoldReason,
    Outcome,
    PartSource,
    Priority,
    TaskKind,
    TaskResult,
)
from apps.maintenance.models.schedules import METER
from apps.maintenance.models.work import AMOUNT
from apps.registry.api.assets import MaybeReasonBody, ReasonBody
from apps.registry.api.keys import SOME_ID, person_key, place_key
from apps.registry.models import Meter

MOST_PHOTOS = 4


def words(length, **kwargs):
    return Text(max_length=length, required=False, allow_blank=True, **kwargs)


def photos():
    return serializers.ListField(child=serializers.FileField(), required=False, max_length=MOST_PHOTOS)


class LateActBody(Body):
    example = {"occurred_at": "2026-03-02T06:00:00+01:00"}
    occurred_at = Moment(required=False, help_text=_("when it was, of a device's queue: at most 7 days back"))


class LateReasonBody(LateActBody, ReasonBody):
    """Why, and when it was."""

    example = {"reason": "made twice"}


class LateMaybeReasonBody(LateActBody, MaybeReasonBody):
    """Why, where there is something to say, and when it was."""


class AssignBody(LateActBody):
    example = {"user": SOME_ID}
    user = person_key(allow_null=True, help_text=_("null: nobody's"))


class BeginBody(LateActBody):
    reason = words(500, help_text=_("why an asset in transit is worked on"))


class HoldBody(LateActBody):
    example = {"reason": "parts"}
    reason = Choice(HoldReason.choices)


class FinishBody(LateActBody):
    example = {"performed_at": "2026-03-02T06:00:00+01:00"}
    performed_at = Moment(required=False, help_text=_("when the work was done, however long ago"))
    down_until = Moment(required=False, help_text=_("when it ran again"))


class CloseBody(LateActBody):
    example = {"outcome": "done", "problem": "leaks", "cause": "worn", "remedy": "replaced"}
    outcome = Choice(Outcome.choices, required=False)
    reason = words(500, help_text=_("why it was not done"))
    problem = CodeKey(FailureKind.PROBLEM, required=False)
    cause = CodeKey(FailureKind.CAUSE, required=False)
    remedy = CodeKey(FailureKind.REMEDY, required=False)
    performed_at = Moment(required=False, help_text=_("when the work was done, however long ago"))
    meter_reading = Decimal(
        **METER, min_value=Number(0), required=False, help_text=_("what the schedule's meter showed then")
    )
    end_timers_of_others = Flag(required=False, help_text=_("a supervisor ends the time of others that still runs"))


class ResultBody(LateActBody):
    example = {"result": "pass", "value": "6.2"}
    result = Choice(TaskResult.choices, help_text=_("of a number, its limits decide"))
    value = words(2000, help_text=_("a number as text, too"))
    comment = words(2000)
    photos = photos()
    confirmed = Flag(required=False, help_text=_("an unusual reading (`code`: unusual) is right all the same"))


class NewTaskBody(Body):
    example = {"description": "Pressure", "kind": "number", "unit": "bar", "min": 5.5, "max": 7, "is_mandatory": True}
    description = Text(max_length=500)
    kind = Choice(TaskKind.choices, required=False)
    is_mandatory = Flag(required=False)
    unit = words(20)
    min = Decimal(**METER, required=False, allow_null=True)
    max = Decimal(**METER, required=False, allow_null=True)
    meter = Choice(Meter.choices, required=False)

    def validate(self, data):
        if None not in (data.get("min"), data.get("max")) and data["min"] > data["max"]:
            raise serializers.ValidationError({"max": [_("This is less than `min`.")]})
        return data


class FollowUpBody(Body):
    example = {"title": "Change the seal", "priority": "high"}
    title = words(200)
    priority = Choice(Priority.choices, required=False)


class TimeBody(LateActBody):
    example = {"minutes": 30, "note": "with the crane"}
    minutes = Whole(min_value=1)
    user = person_key(required=False, help_text=_("left out: oneself; another's is a supervisor's right"))
    note = words(500)


class StopTimerBody(LateActBody):
    example = {"minutes": 30}
    minutes = Whole(min_value=1, required=False, help_text=_("what is booked instead of what ran"))
    user = person_key(required=False, help_text=_("left out: oneself; another's is a supervisor's right"))


class ConsumeBody(LateActBody):
    example = {"part": "6204-2RS", "qty": "2", "source": "wallet"}
    part = Key(Part, "sku")
    qty = Decimal(**QUANTITY, min_value=Number("0.001"))
    source = Choice(PartSource.choices)
    warehouse = place_key(required=False, help_text=_("where the source is a warehouse"))
    bin = words(40, help_text=_("left out: the first that has enough"))
    user = person_key(required=False, help_text=_("whose wallet; another's is a supervisor's right"))


class NeedBody(Body):
    example = {"part": "6204-2RS", "qty": "2"}
    part = Key(Part, "sku")
    qty = Decimal(**QUANTITY, min_value=Number("0.001"), help_text=_("in all"))
    warehouse = place_key(required=False, help_text=_("where it is kept"))


class CostBody(Body):
    example = {"kind": "contractor", "amount": "250.00", "supplier": "Cranes Ltd", "reference": "2026-118"}
    kind = Choice(CostKind.choices)
    amount = Decimal(**AMOUNT, help_text=_("less than zero: a credit note"))
    supplier = words(200)
    reference = words(100)


class CommentBody(LateActBody):
    example = {"text": "The seal is worn, too."}
    text = words(5000)
    photos = photos()


class ConvertBody(LateActBody):
    example = {"priority": "high", "assigned_to": SOME_ID}
    priority = Choice(Priority.choices, required=False, help_text=_("left out: as urgent as it was reported"))
    assigned_to = person_key(required=False, allow_null=True)
    title = words(200)


class MergeBody(LateActBody):
    example = {"work_order": "WO-000123"}
    work_order = order_key()
