"""What maintenance's bodies and shapes refer to, by the keys that people know."""

from apps.core.api.fields import Key
from apps.core.models import User
from apps.maintenance.models import FailureCode, WorkOrder
from apps.registry.models import Asset, Location

STATION = WorkOrder._meta.get_field("station")
SOME_ID = "0198a1f2-7c3e-7b5a-9d41-3f6c2a8e5b10"  # in examples


def person_key(**kwargs):
    return Key(User, "id", **kwargs)


def asset_key(**kwargs):
    return Key(Asset, "id", **kwargs)


def place_key(**kwargs):
    return Key(Location, "id", **kwargs)


def station_key(**kwargs):
    return Key(STATION.related_model, "code", **kwargs)


def order_key(**kwargs):
    return Key(WorkOrder, "number", **kwargs)


class CodeKey(Key):
    """A failure code in use, of a kind: those of different kinds may be called the same."""

    def __init__(self, kind, **kwargs):
        self.kind = kind
        super().__init__(FailureCode, "code", **kwargs)

    def get_queryset(self):
        return super().get_queryset().filter(kind=self.kind, is_active=True)
