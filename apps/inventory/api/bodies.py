"""What is sent to move stock."""

from decimal import Decimal as Number

from django.utils.translation import gettext_lazy as _

from apps.core.api.fields import Body, Choice, Decimal, Flag, Key, Text
from apps.inventory.api.shapes import PLACE, SKU, part_key, person_key, place_key, quantity
from apps.inventory.models import COST, CostKnown, PartOrder, StockCount


def some(**kwargs):
    """A quantity above zero."""
    return quantity(min_value=Number("0.001"), **kwargs)


def bin_name(**kwargs):
    return Text(max_length=40, required=False, allow_blank=True, **kwargs)


def words(length, **kwargs):
    return Text(max_length=length, required=False, allow_blank=True, **kwargs)


class ReceiveBody(Body):
    example = {
        "part": SKU, "warehouse": PLACE, "bin": "A-3", "qty": "12", "unit_cost": "2.50", "reference": "DN-7001",
        "supplier": "Bearings Ltd",
    }  # fmt: skip
    part = part_key()
    warehouse = place_key()
    bin = bin_name()
    qty = some()
    unit_cost = Decimal(**COST, min_value=Number(0), required=False, allow_null=True)
    cost = Choice(CostKnown.choices, required=False, help_text=_("a cost of zero, or none, is said to be so"))
    unit = Text(max_length=20, required=False, help_text=_("a unit of receipt: `qty` and `unit_cost` are of it"))
    order = Key(PartOrder, "id", required=False, allow_null=True)
    supplier = words(200)
    reference = words(100, help_text=_("the delivery note"))


class TransferBody(Body):
    example = {"part": SKU, "from": PLACE, "to": PLACE, "qty": "2", "from_bin": "A-3", "to_bin": "B-1"}
    part = part_key()
    qty = some()
    from_bin = bin_name(help_text=_("left out: the first that has enough"))
    to_bin = bin_name()
    reference = words(100)
    reason = words(500)

    def get_fields(self):  # `from` is no name in Python
        return {"from": place_key(source="source_place"), "to": place_key(source="target_place")} | super().get_fields()


class AdjustBody(Body):
    example = {"part": SKU, "warehouse": PLACE, "bin": "A-3", "qty": "-1", "reason": "broken"}
    part = part_key()
    warehouse = place_key()
    bin = bin_name()
    qty = quantity(help_text=_("signed: what is found, or less than zero what is missing"))
    reason = Text(max_length=500)
    unit_cost = Decimal(**COST, min_value=Number(0), required=False, allow_null=True)


class BinBody(Body):
    example = {"part": SKU, "warehouse": PLACE, "bin": "A-3", "qty": "9"}
    part = part_key()
    warehouse = place_key()
    bin = bin_name()
    qty = quantity(min_value=Number(0))
    count = Key(StockCount, "id", required=False, help_text=_("left out: the warehouse's open count, or a new one"))
    again = Flag(required=False, help_text=_("it was counted before, and that was wrong"))


class IssueBody(Body):
    example = {"user": PLACE, "part": SKU, "qty": "2", "warehouse": PLACE, "reference": "WO-000123"}
    user = person_key()
    part = part_key()
    qty = some()
    warehouse = place_key()
    bin = bin_name(help_text=_("left out: the first that has enough"))
    reference = words(100, help_text=_("the order they are meant for"))


class ReturnBody(IssueBody):
    bin = bin_name()


class HandoverBody(Body):
    example = {"part": SKU, "quantity": "1", "to_user": PLACE, "note": "for line 2"}
    part = part_key()
    quantity = some()
    to_user = person_key()
    from_user = person_key(required=False, help_text=_("left out: oneself; another's is a supervisor's right"))
    note = words(500)


class EndingBody(Body):
    example = {"reason": "stocktaking"}
    reason = words(500)
