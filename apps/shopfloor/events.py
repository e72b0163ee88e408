"""The floor's story, and telling the boards: both in the transaction of the change they tell of."""

import json
from datetime import timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.hooks import answers_missed, events_recorded
from apps.core.live import CHANNEL
from apps.shopfloor.models import BoardVersion, Event, EventType, Station

LATE_ENTRY = timedelta(days=7)
MOST_TOLD = 60  # stations in one message, which PostgreSQL limits to 8 000 bytes; beyond that a page reads all again


def moment(at, station=None):
    """The instant an action counts from: now, or a late entry's `at`.

    Raises BrokenRule for a moment in the future, more than 7 days back, or before the station's last event.
    """
    now = timezone.now()
    if at is None:
        # The server's clock may have been set back; the log never goes back.
        return max(now, station.status_since) if station and station.status_since else now
    if at > now:
        raise BrokenRule(_("A moment in the future cannot be entered."))
    if at < now - LATE_ENTRY:
        raise BrokenRule(_("That is more than 7 days ago; nothing can be entered so late."))
    last = station and Event.objects.filter(station=station).order_by("-occurred_at", "-seq").first()
    if last and at < last.occurred_at:
        raise BrokenRule(
            _("%(station)s has an event at %(moment)s already; enter what came after it.")
            % {"station": station, "moment": timezone.localtime(last.occurred_at).strftime("%Y-%m-%d %H:%M:%S")}
        )
    return at


def record_event(event_type, *, tenant, by, at, station=None, job=None, **payload) -> Event:
    """Write one event, and tell who listens. by: the User who acted, or None for the system. at: when it happened."""
    event = event_of(event_type, tenant=tenant, by=by, at=at, station=station, job=job, payload=payload)
    record_events(tenant, [event])
    return event


def event_of(event_type, *, tenant, by, at, station=None, job=None, payload) -> Event:
    """An event that is still to be written: by record_events, or saved as it is, where it is history and told to nobody."""
    return Event(
        tenant=tenant, event_type=event_type, station=station, job=job, user=by, payload=payload, occurred_at=at
    )


def record_events(tenant, events: list[Event]) -> None:
    """Write events, in their order, and tell who listens."""
    Event.objects.bulk_create(events, batch_size=1000)
    events_recorded(tenant, [as_told(event) for event in events])


def as_told(event: Event) -> dict:
    """An event as other systems read it: its station and job by code, its person by id."""
    return {
        "id": str(event.pk),
        "event_type": str(event.event_type),
        "station": event.station and event.station.code,
        "job": event.job and event.job.code,
        "user": event.user_id and str(event.user_id),
        "payload": json.loads(json.dumps(event.payload, cls=DjangoJSONEncoder)),
        "occurred_at": _told_moment(event.tenant, event.occurred_at),
        "created_at": _told_moment(event.tenant, event.created_at),
    }


def _told_moment(tenant, at) -> str:
    return tenant.local(at).isoformat().replace("+00:00", "Z")


def tell_board(*stations, tenant, queue=False) -> None:
    """Tell every open board which tiles to read again, and raise the versions that polling boards compare.

    The last statement of a change: it locks the lines' version rows until the commit, at which the message goes out.
    queue: the queue of waiting jobs changed too.
    """
    lines = {station.line for station in stations} | ({""} if queue else set())
    keys = [str(station.pk) for station in stations]
    codes = [station.code for station in stations]
    message = {"tenant": str(tenant.pk), "stations": keys, "codes": codes, "queue": queue, "reload": False}
    if len(keys) > MOST_TOLD:
        message |= {"stations": [], "codes": [], "reload": True}
    with connection.cursor() as cursor:
        cursor.execute(
            """with raised as (
                   insert into board_versions (tenant_id, line, version)
                   select %s, line, 1 from unnest(%s::text[]) as line order by line
                   on conflict (tenant_id, line) do update set version = board_versions.version + 1
                   returning 1
               )
               select pg_notify(%s, jsonb_set(%s, '{seq}', to_jsonb(
                   (select coalesce(max(seq), 0) from events_log where tenant_id = %s)))::text)
               from (select count(*) from raised) as all_raised""",
            [tenant.pk, sorted(lines), CHANNEL, json.dumps(message), tenant.pk],
        )


REQUEST_EVENT = {
    "material": EventType.MATERIAL_REQUEST,
    "maintenance": EventType.MAINTENANCE_REQUEST,
    "quality": EventType.QUALITY_REQUEST,
    "help": EventType.HELP_REQUEST,
}


def board_version(tenant) -> int:
    """The sum of the lines' versions: it rises with every change of the board, and is visible from its commit on."""
    return BoardVersion.objects.filter(tenant=tenant).aggregate(sum=Sum("version"))["sum"] or 0


@answers_missed
def missed_by_board(tenant, last, version) -> dict:
    """See hooks.missed. A page that comes back reads every tile again: event numbers are not in the order of commits,
    and one change shows on several tiles. One that has just been rendered does so if anything changed meanwhile.
    """
    newest = Event.objects.for_tenant(tenant).aggregate(newest=Max("seq"))["newest"] or 0
    if not last and version in ("", str(board_version(tenant))):
        return {"stations": [], "codes": [], "queue": False, "seq": newest}
    stations = Station.objects.for_tenant(tenant).filter(is_active=True).order_by("code").values_list("pk", "code")
    keys, codes = [str(key) for key, _code in stations], [code for _key, code in stations]
    return {"stations": keys, "codes": codes, "queue": True, "seq": newest}
