"""How movements, shipments and what belongs to them are shown to programs."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.api.fields import Key, Shape
from apps.core.models import Attachment
from apps.logistics.api.bodies import movement_key, shipment_key
from apps.logistics.models import AssetMovement, GatePass, Handover, Shipment, YardCount, YardCountLine
from apps.registry.api.keys import SOME_ID, asset_key, person_key, place_key


def who(**kwargs):
    return person_key(read_only=True, allow_null=True, **kwargs)


class MovementShape(Shape):
    example = {
        "asset": SOME_ID, "from_location": SOME_ID, "to_location": SOME_ID, "status": "in_transit", "gate_pass_ref": "GP-000017",
        "returnable": True, "expected_return": "2026-12-18", "returns": None, "shipment": None, "carried_by": None,
        "received_location": None, "received_by": None, "received_at": None, "lost_at": None, "condition_out": "clean",
        "condition_in": "", "reason": "", "notes": "",
    }  # fmt: skip
    asset = asset_key()
    from_location = place_key(read_only=True)
    to_location = place_key()
    shipment = shipment_key(required=False, allow_null=True)
    returns = movement_key(read_only=True, allow_null=True, help_text=_("the returnable movement that it brings back"))
    carried_by = movement_key(read_only=True, allow_null=True, help_text=_("that of the unit it is mounted in"))
    received_location = place_key(read_only=True, allow_null=True, help_text=_("where it really arrived"))
    dispatched_by, received_by, created_by = who(), who(), who()

    class Meta:
        model = AssetMovement
        fields: tuple = (
            "id", "asset", "from_location", "to_location", "status", "gate_pass_ref", "returnable", "expected_return",
            "returns", "shipment", "carried_by", "dispatched_by", "dispatched_at", "received_by", "received_at",
            "received_location", "lost_at", "condition_out", "condition_in", "reason", "notes", "created_by",
            "created_at", "version",
        )  # fmt: skip
        read_only_fields = (
            "status", "dispatched_at", "received_at", "lost_at", "condition_in", "reason", "created_at", "version",
        )  # fmt: skip


class ReceiptShape(serializers.Serializer):
    """What a receipt came to."""

    received = serializers.ListField(child=serializers.UUIDField(), help_text=_("movements"))
    already = serializers.ListField(child=serializers.UUIDField(), help_text=_("movements that came before"))
    missing = serializers.ListField(child=serializers.UUIDField(), help_text=_("movements that are still on their way"))
    unexpected = serializers.ListField(child=serializers.UUIDField(), help_text=_("assets that are none of them"))
    words = serializers.CharField(help_text=_("the same in a sentence"))

    def to_representation(self, receipt):
        shown = {name: [str(row.pk) for row in getattr(receipt, name)] for name in list(self.fields)[:4]}
        return shown | {"words": receipt.words}


class ShipmentShape(Shape):
    example = {
        "jms_reference": "TRIP-2026-118", "driver_name": "J. Novak", "vehicle": "WX 1234", "status": "in_transit",
        "manifest_pdf_url": "", "notes": "", "departed_at": "2026-11-30T06:10:00+01:00",
    }  # fmt: skip
    movements = serializers.SerializerMethodField(help_text=_("of what travels by itself, not in a unit"))
    created_by = who()

    class Meta:
        model = Shipment
        fields: tuple = (
            "id", "jms_reference", "driver_name", "vehicle", "departed_at", "status", "manifest_pdf_url", "notes",
            "movements", "created_by", "created_at", "version",
        )  # fmt: skip
        read_only_fields = ("departed_at", "status", "manifest_pdf_url", "created_at", "version")

    def get_movements(self, shipment) -> list[str]:
        return [str(row.pk) for row in shipment.loaded]


class ReceivedShape(ShipmentShape):
    """A shipment, and what has just been received of it."""

    receipt = ReceiptShape(read_only=True)

    class Meta(ShipmentShape.Meta):
        fields = (*ShipmentShape.Meta.fields, "receipt")


class CodeShape(serializers.Serializer):
    """What the giver shows, as a QR code."""

    code = serializers.CharField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)


class CustodyHandoverShape(Shape):
    example = {
        "movement": SOME_ID, "shipment": None, "given_by": None, "signer_name": "J. Novak", "signature": SOME_ID,
        "expires_at": None, "taken_at": "2026-11-30T06:10:00+01:00",
    }  # fmt: skip
    movement = movement_key(read_only=True, allow_null=True)
    shipment = shipment_key(read_only=True, allow_null=True, help_text=_("all of it that was received at `taken_at`"))
    signature = Key(Attachment, "id", read_only=True, allow_null=True, help_text=_("its picture, of attachments/"))
    given_by, taken_by = who(help_text=_("who showed the code")), who()

    class Meta:
        model = Handover
        fields = (
            "id", "movement", "shipment", "given_by", "signer_name", "signature", "expires_at", "taken_by", "taken_at",
            "created_at",
        )  # fmt: skip
        read_only_fields = ("signer_name", "expires_at", "taken_at", "created_at")


class GatePassShape(Shape):
    example = {
        "number": "GP-000017", "bearer": "J. Novak", "vehicle": "WX 1234", "valid_until": "2026-12-07", "reason": "",
        "revoked_at": None, "revoked_by": None,
    }  # fmt: skip
    file = Key(Attachment, "id", read_only=True, allow_null=True, help_text=_("its PDF, of attachments/"))
    issued_by, revoked_by = who(), who()

    class Meta:
        model = GatePass
        fields = (
            "id", "number", "bearer", "vehicle", "valid_until", "file", "issued_by", "issued_at", "revoked_by",
            "revoked_at", "reason",
        )  # fmt: skip
        read_only_fields = ("issued_at", "revoked_at", "reason")


class YardCountShape(Shape):
    example = {"location": SOME_ID, "status": "open", "note": "", "ended_by": None, "ended_at": None}
    location = place_key()
    started_by, ended_by = who(), who()

    class Meta:
        model = YardCount
        fields = ("id", "location", "status", "note", "started_by", "started_at", "ended_by", "ended_at")
        read_only_fields = ("status", "started_at", "ended_at")


class YardLineShape(Shape):
    example = {"asset": SOME_ID, "verdict": "found"}
    asset = asset_key(read_only=True)
    verdict = serializers.ChoiceField(choices=["found", "missing", "unexpected"], read_only=True)
    found_by = who()

    class Meta:
        model = YardCountLine
        fields = ("id", "asset", "verdict", "found_by", "found_at")
