"""What acts on movements and shipments take."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.api.fields import Body, Day, Flag, Key, Moment, Text
from apps.logistics.models import AssetMovement, Shipment
from apps.logistics.services.passes import LONGEST_PASS
from apps.registry.api.keys import SOME_ID, asset_key, place_key
from apps.registry.models import Asset

MOST_PHOTOS = 6
MOST_KEYS = 1000


def movement_key(**kwargs):
    return Key(AssetMovement, "id", **kwargs)


def shipment_key(**kwargs):
    return Key(Shipment, "id", **kwargs)


def words(length, **kwargs):
    return Text(max_length=length, required=False, allow_blank=True, **kwargs)


class Keys(serializers.ListField):
    """Rows of the own tenant, by their ids: all of them are read in one query."""

    child = serializers.UUIDField()
    default_error_messages = {"unknown": _("There is no “{value}”.")}

    def __init__(self, model, **kwargs):
        self.model = model
        super().__init__(max_length=MOST_KEYS, **kwargs)

    def to_internal_value(self, data):
        keys = super().to_internal_value(data)
        found = self.model.objects.for_tenant(self.context["request"].tenant).in_bulk(keys)
        if unknown := next((key for key in keys if key not in found), None):
            self.fail("unknown", value=unknown)
        return [found[key] for key in dict.fromkeys(keys)]


class EndBody(Body):
    condition = words(500, help_text=_("what it looks like"))
    occurred_at = Moment(required=False, help_text=_("when it was: at most 7 days back"))


class DispatchBody(EndBody):
    example = {"gate_pass_ref": "A-1187", "condition": "clean"}
    gate_pass_ref = words(
        LONGEST_PASS, help_text=_("the pass it leaves with, unless it has one; in agile mode numbered by itself")
    )
    photos = serializers.ListField(child=serializers.FileField(), required=False, max_length=MOST_PHOTOS)
    take_off = Flag(required=False, help_text=_("its station is to have no asset any more (`code`: on_station)"))


class ArriveBody(EndBody):
    example = {"location": SOME_ID, "condition": "scratched"}
    location = place_key(required=False, help_text=_("where it arrived; left out: where it should"))
    photos = serializers.ListField(child=serializers.FileField(), required=False, max_length=MOST_PHOTOS)


class ConditionBody(Body):
    example = {"condition": "a dent at the left"}
    condition = words(500, help_text=_("what it looks like"))
    photos = serializers.ListField(child=serializers.FileField(), required=False, max_length=MOST_PHOTOS)


class BringBackBody(Body):
    example = {"to_location": SOME_ID}
    to_location = place_key(required=False, help_text=_("left out: where it came from"))
    shipment = shipment_key(required=False)
    notes = words(2000)


class TakeOverBody(EndBody):
    example = {"code": "0198a1f27c3e7b5a9d413f6c2a8e5b10.0198a1f27c3e7b5a9d413f6c2a8e5b11.kJ3…"}
    code = Text(max_length=200, help_text=_("as the giver’s QR code reads"))
    movements = Keys(AssetMovement, required=False, help_text=_("what was scanned; left out: all of it"))
    location = place_key(required=False, help_text=_("where it arrived; left out: where it should"))


class DispatchShipmentBody(EndBody):
    example = {"gate_pass_ref": "A-1187"}
    gate_pass_ref = words(LONGEST_PASS)
    movements = Keys(AssetMovement, required=False, help_text=_("what was loaded; left out: all of it"))
    take_off = Flag(required=False, help_text=_("their stations are to have no asset any more (`code`: on_station)"))


class ReceiveShipmentBody(EndBody):
    example = {"movements": [SOME_ID]}
    movements = Keys(AssetMovement, required=False, help_text=_("what was scanned; left out: all of it"))
    assets = Keys(Asset, required=False, help_text=_("what was scanned, by its label"))
    location = place_key(required=False, help_text=_("where it arrived; left out: where it should"))


class LoadBody(Body):
    example = {"movements": [SOME_ID]}
    movements = Keys(AssetMovement)


class PassBody(Body):
    example = {"movements": [SOME_ID], "valid_until": "2026-12-07", "bearer": "J. Novak", "vehicle": "WX 1234"}
    movements = Keys(AssetMovement)
    number = words(LONGEST_PASS, help_text=_("of a book of passes; left out: the next of ours"))
    bearer = words(120)
    vehicle = words(120)
    valid_until = Day(required=False, help_text=_("left out: a week from today"))


class FindBody(Body):
    example = {"asset": SOME_ID}
    asset = asset_key()
    occurred_at = Moment(required=False, help_text=_("when it was: at most 7 days back"))
