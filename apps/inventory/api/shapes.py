"""How parts and stock are shown to programs. Quantities and values are strings with their decimals."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.api.fields import Decimal, Key, Shape, Text
from apps.core.models import User
from apps.inventory import queries
from apps.inventory.models import (
    COST,
    QUANTITY,
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
from apps.registry.models import Location

SKU, PLACE = "6204-2RS", "0198a1f2-7c3e-7b5a-9d41-3f6c2a8e5b10"
AMOUNTS = {"qty": "4.000", "quantity": "4.000", "qty_open": "4.000", "value": "10.00000000", "unit_cost": "2.5000"}


def part_key(**kwargs):
    return Key(Part, "sku", **kwargs)


def place_key(**kwargs):
    return Key(Location, "id", **kwargs)


def person_key(**kwargs):
    return Key(User, "id", **kwargs)


def quantity(**kwargs):
    return Decimal(**QUANTITY, **kwargs)


def shown(**kwargs):
    """A quantity that is shown only."""
    return quantity(read_only=True, **kwargs)


class PartShape(Shape):
    example = {
        "sku": SKU, "name": "Ball bearing 20 × 47 × 14", "category": "bearings", "unit": "pcs", "min_level": "20.000",
        "max_level": "50.000", "barcode": "4006381333931", "supplier": "Bearings Ltd", "lead_days": 7, "abc_class": "a",
        "on_hand": "12.000", "reserved": "3.000", "available": "9.000", "ordered": "0.000",
    }  # fmt: skip
    on_hand = shown(help_text=_("in all warehouses"))
    reserved = shown()
    available = shown(help_text=_("on hand − reserved"))
    ordered = shown(help_text=_("and not received yet"))

    class Meta:
        model = Part
        fields = (
            "id", "sku", "name", "category", "unit", "min_level", "max_level", "barcode", "supplier", "lead_days",
            "abc_class", "is_active", "created_at", "on_hand", "reserved", "available", "ordered",
        )  # fmt: skip


class PartBarcodeShape(Shape):
    example = {"part": SKU, "barcode": "4006381333948"}
    part = part_key()

    class Meta:
        model = PartBarcode
        fields = ("id", "part", "barcode")


class PartUnitShape(Shape):
    example = {"part": SKU, "code": "box", "factor": "12.000"}
    part = part_key()

    class Meta:
        model = PartUnit
        fields = ("id", "part", "code", "factor")


class ReorderShape(serializers.Serializer):
    """What is to be ordered of a part, and why."""

    example = {"part": SKU, "min_level": "20.000", "max_level": "50.000", "lead_days": 7, "available": "9.000"}
    part = serializers.CharField(source="part.sku")
    name = serializers.CharField(source="part.name")
    unit = serializers.CharField(source="part.unit")
    supplier = serializers.CharField(source="part.supplier")
    lead_days = serializers.IntegerField(source="part.lead_days", allow_null=True)
    min_level = quantity(source="part.min_level", allow_null=True)
    max_level = quantity(source="part.max_level", allow_null=True)
    on_hand = quantity(source="part.on_hand")
    reserved = quantity(source="part.reserved")
    available = quantity(source="part.available")
    ordered = quantity(source="part.ordered")
    daily_use = quantity(help_text=_("mean of the last 90 days"))
    days_left = serializers.IntegerField(allow_null=True, help_text=_("until nothing is available, at the daily use"))
    suggested = quantity(help_text=_("maximum − available − ordered"))
    is_due = serializers.BooleanField(help_text=_("below the minimum"))


class MoveShape(Shape):
    example = AMOUNTS | {
        "part": SKU,
        "kind": "receive",
        "from": None,
        "reference": "DN-7001",
        "supplier": "Bearings Ltd",
    }
    part = part_key(read_only=True)
    cost = serializers.ChoiceField(StockMove._meta.get_field("cost_known").choices, source="cost_known", read_only=True)
    undoes = serializers.UUIDField(source="undoes_id", read_only=True, allow_null=True)
    user = serializers.UUIDField(source="user_id", read_only=True, allow_null=True)

    class Meta:
        model = StockMove
        fields = (
            "id", "part", "kind", "quantity", "unit_cost", "value", "cost", "reference", "supplier", "reason", "undoes",
            "user", "created_at",
        )  # fmt: skip

    def get_fields(self):  # `from` is no name in Python
        ends = {end: SideShape(end, read_only=True, allow_null=True) for end in ("from", "to")}
        return super().get_fields() | ends


class SideShape(serializers.Serializer):
    """One end of a move: a bin of a warehouse, or a person's wallet; null is the world outside."""

    warehouse = serializers.UUIDField(allow_null=True)
    bin = serializers.CharField()
    user = serializers.UUIDField(allow_null=True)

    def __init__(self, end=None, **kwargs):
        self.end = end
        super().__init__(source="*", **kwargs)

    def to_representation(self, move):
        warehouse, user = getattr(move, f"{self.end}_location_id"), getattr(move, f"{self.end}_user_id")
        if not warehouse and not user:
            return None
        return {
            "warehouse": warehouse and str(warehouse),
            "bin": getattr(move, f"{self.end}_bin"),
            "user": user and str(user),
        }


class StockList(serializers.ListSerializer):
    def to_representation(self, data):
        rows = list(data)
        queries.note_reserved(self.context["request"].tenant, rows)
        return super().to_representation(rows)


class StockShape(Shape):
    example = {
        "part": SKU, "bin": "A-3", "qty_on_hand": "12.000", "value": "30.00000000", "unit_cost": "2.5000",
        "reserved": "3.000", "available": "9.000",
    }  # fmt: skip
    part = part_key(read_only=True)
    warehouse = place_key(source="location", read_only=True)
    bin = serializers.CharField(source="bin_location", read_only=True)
    unit_cost = Decimal(
        **COST, read_only=True, allow_null=True, help_text=_("the moving average; null where none is there")
    )
    reserved = shown(help_text=_("of what lies here"))
    available = shown()

    class Meta:
        model = Stock
        list_serializer_class = StockList
        fields = (
            "id", "part", "warehouse", "bin", "qty_on_hand", "value", "unit_cost", "reserved", "available",
        )  # fmt: skip
        read_only_fields = ("qty_on_hand", "value")

    def to_representation(self, instance):
        if not hasattr(instance, "reserved"):
            queries.note_reserved(self.context["request"].tenant, [instance])
        return super().to_representation(instance)


class WalletShape(Shape):
    example = {"part": SKU, "qty_held": "2.000", "value": "5.00000000", "unit_cost": "2.5000"}
    user = person_key(read_only=True)
    part = part_key(read_only=True)
    unit_cost = Decimal(**COST, read_only=True, allow_null=True)

    class Meta:
        model = Wallet
        fields = ("id", "user", "part", "qty_held", "value", "unit_cost")
        read_only_fields = ("qty_held", "value")


class ReservationShape(Shape):
    example = {"part": SKU, "reference": "WO-000123", "quantity": "4.000", "qty_taken": "1.000", "qty_open": "3.000"}
    part = part_key()
    warehouse = place_key(required=False, allow_null=True)
    qty_open = shown(help_text=_("kept for it still"))

    class Meta:
        model = Reservation
        fields = ("id", "part", "reference", "warehouse", "quantity", "qty_taken", "qty_open", "created_at")
        read_only_fields = ("qty_taken", "created_at")


class OrderShape(Shape):
    example = AMOUNTS | {"part": SKU, "qty_received": "0.000", "supplier": "Bearings Ltd", "reference": "PO-1207"}
    part = part_key()
    ordered_by = person_key(read_only=True, allow_null=True)
    qty_open = shown(help_text=_("expected still"))

    class Meta:
        model = PartOrder
        fields = (
            "id", "part", "quantity", "qty_received", "qty_open", "supplier", "reference", "expected_on", "ordered_by",
            "ordered_at", "closed_at", "close_reason",
        )  # fmt: skip
        read_only_fields = ("qty_received", "ordered_at", "closed_at", "close_reason")


class HandoverShape(Shape):
    example = AMOUNTS | {"part": SKU, "note": "for line 2", "status": "pending"}
    part = part_key(read_only=True)
    from_user = person_key(read_only=True)
    to_user = person_key(read_only=True)

    class Meta:
        model = Handover
        fields = ("id", "part", "quantity", "from_user", "to_user", "note", "status", "created_at", "ended_at")
        read_only_fields = ("quantity", "status", "created_at", "ended_at")


class CountShape(Shape):
    example = {"warehouse": PLACE, "note": "year's end", "status": "open", "reason": ""}
    warehouse = place_key(source="location")
    bins = serializers.ListField(
        child=Text(max_length=40), max_length=500, required=False, help_text=_("none: the whole warehouse")
    )
    started_by = person_key(read_only=True, allow_null=True)
    ended_by = person_key(read_only=True, allow_null=True)

    class Meta:
        model = StockCount
        fields = (
            "id",
            "warehouse",
            "bins",
            "note",
            "status",
            "reason",
            "started_by",
            "started_at",
            "ended_by",
            "ended_at",
        )
        read_only_fields = ("status", "reason", "started_at", "ended_at")


class CountedShape(Shape):
    """What was found, without what the book says: whoever counts does not see it."""

    example = {"part": SKU, "bin": "A-3", "qty_counted": "9.000"}
    part = part_key(read_only=True)
    bin = serializers.CharField(source="bin_location", read_only=True)
    count = serializers.UUIDField(source="count_id", read_only=True)
    counted_by = person_key(read_only=True, allow_null=True)

    class Meta:
        model = CountLine
        fields: tuple = ("id", "count", "part", "bin", "qty_counted", "counted_by", "counted_at")


class CountLineShape(CountedShape):
    """A counted bin beside the book, for whoever looks at the differences."""

    example = CountedShape.example | {"qty_expected": "10.000", "variance": "-1.000", "reason": ""}
    variance = shown()

    class Meta(CountedShape.Meta):
        fields = (*CountedShape.Meta.fields, "qty_expected", "variance", "reason")
