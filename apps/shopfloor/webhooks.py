"""What webhooks are told of the floor, and the words for it."""

from django.utils.translation import gettext_lazy as _

from apps.core.webhooks import kinds
from apps.shopfloor.models import Event, EventType
from apps.shopfloor.stories import describe

WORDS = {
    "station": _("code of the station"),
    "station_name": _("its name"),
    "line": _("its line"),
    "job": _("code of the job"),
    "part": _("what the job makes"),
}


def say(tenant, event: dict) -> dict:
    """The words of an event, with the names of today: read when it is sent, they stand in no queue."""
    from apps.shopfloor.views.activity import reason_names  # here: views come after the apps are ready

    rows = Event.objects.for_tenant(tenant).select_related("station", "job", "user")
    row = rows.filter(pk=event["id"]).first()
    if row is None:
        return {}
    words = {"what": describe(row, reasons=reason_names(tenant)), "person": row.user, "subject": row.station or row.job}
    if row.station:
        words |= {"station": row.station.code, "station_name": row.station.name, "line": row.station.line}
    if row.job:
        words |= {"job": row.job.code, "part": row.job.part_name}
    return words


kinds.tells(dict(zip(EventType.values, EventType.labels, strict=True)), WORDS, say)
