"""What somebody who leaves still has to do on the floor."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.hooks import Held, answers_held_by
from apps.shopfloor.models import Call


@answers_held_by
def calls_acknowledged(tenant, people):
    """Calls that these people said they would come to, and that are still open."""
    calls = Call.objects.for_tenant(tenant).open().filter(acknowledged_by__in=people).select_related("station")
    for call in calls.order_by("opened_at"):
        words = _("Call for %(kind)s at %(station)s, acknowledged") % {
            "kind": call.get_kind_display().lower(),
            "station": call.station,
        }
        yield call.acknowledged_by_id, Held(words, reverse("shopfloor:station_detail", args=[call.station_id]))
