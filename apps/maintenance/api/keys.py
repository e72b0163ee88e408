"""What maintenance's bodies and shapes refer to, by the keys that people know."""

from apps.core.api.fields import Key
from apps.maintenance.models import FailureCode, WorkOrder

STATION = WorkOrder._meta.get_field("station")


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
