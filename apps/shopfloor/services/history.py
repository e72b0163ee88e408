"""History from elsewhere: events that happened before LeanOps, or beside it."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.shopfloor import timeline
from apps.shopfloor.events import event_of, tell_board
from apps.shopfloor.models import TIME_EVENTS
from apps.shopfloor.services.state import lock_station


@transaction.atomic
def add_history(tenant, *, by, event_type, occurred_at, station=None, job=None, user=None, payload=None):
    """Write an event that tells of the past; it changes no status, job or quantity of today.

    user: who acted then; None: who enters it. Returns the Event. Raises BrokenRule for a moment in the future, and for an
    event after which the station would have another status than it has.
    """
    now = timezone.now()
    if occurred_at > now:
        raise BrokenRule(_("A moment in the future cannot be entered."))
    counts = station is not None and event_type in TIME_EVENTS
    if counts:
        station = lock_station(station)
    event = event_of(
        event_type, tenant=tenant, by=user or by, at=occurred_at, station=station, job=job, payload=payload or {}
    )
    event.save(force_insert=True)  # and told to nobody
    if counts:
        status, _code, since = timeline.current_state(station, now + timedelta(microseconds=1))
        if status != station.status:
            words = {"station": station, "now": station.get_status_display().lower(), "then": status}
            raise BrokenRule(
                _("After this %(station)s would be %(then)s, and it is %(now)s. Change its status instead.") % words
            )
        station.status_since = since
        station.version += 1
        station.save()
        tell_board(station, tenant=tenant)
    return event
