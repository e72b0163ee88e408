"""The floor's story: what happened when, in an append-only log."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import IdentityField, key_to
from apps.core.models import Row, TenantQuerySet, User
from apps.shopfloor.models.jobs import Job
from apps.shopfloor.models.stations import Station


class EventType(models.TextChoices):
    """What LeanOps itself writes. Other types that arrive from elsewhere are kept and shown."""

    STATUS_CHANGE = "status_change", _("Status changed")
    JOB_CREATED = "job_created", _("Job created")
    JOB_CHANGED = "job_changed", _("Job changed")
    JOB_STARTED = "job_started", _("Job started")
    QUANTITY_REPORTED = "quantity_reported", _("Quantity reported")
    JOB_REASSIGNED = "job_reassigned", _("Job reassigned")
    JOB_PAUSED = "job_paused", _("Job taken off")
    JOB_COMPLETED = "job_completed", _("Job completed")
    JOB_REOPENED = "job_reopened", _("Job reopened")
    JOB_CANCELLED = "job_cancelled", _("Job cancelled")
    STATUS_CORRECTED = "status_corrected", _("Period corrected")
    STOP_RECLASSIFIED = "stop_reclassified", _("Stop reason changed")
    MATERIAL_REQUEST = "material_request", _("Material called")
    MAINTENANCE_REQUEST = "maintenance_request", _("Maintenance called")
    QUALITY_REQUEST = "quality_request", _("Quality called")
    HELP_REQUEST = "help_request", _("Help called")
    CALL_ACKNOWLEDGED = "call_acknowledged", _("Call acknowledged")
    CALL_RESOLVED = "call_resolved", _("Call resolved")
    CALL_CANCELLED = "call_cancelled", _("Call cancelled")
    ESCALATION = "escalation", _("Call escalated")
    NOTE = "note", _("Note")
    REVERTED = "reverted", _("Undone")


# What decides a station's status over time; everything else is told but does not count.
TIME_EVENTS = (
    EventType.STATUS_CHANGE,
    EventType.STATUS_CORRECTED,
    EventType.STOP_RECLASSIFIED,
    EventType.REVERTED,
)


class EventQuerySet(TenantQuerySet):
    def standing(self):
        """Those that were not undone."""
        undoing = Event.objects.alias(undone=KeyTextTransform("event", "payload")).filter(
            event_type=EventType.REVERTED,
            undone=Cast(OuterRef("pk"), models.TextField()),
            tenant=OuterRef("tenant"),
            station=OuterRef("station"),
        )
        return self.filter(~Exists(undoing))

    def undoing(self, event):
        """The `reverted` events that name this one."""
        return self.annotate(undone=KeyTextTransform("event", "payload")).filter(
            event_type=EventType.REVERTED, undone=str(event.pk)
        )


class Event(Row):
    """What happened on the floor, and when. Written in the transaction of the change it tells of; append-only.

    seq is the order of writing; equal moments are ordered by it.
    """

    event_type = models.TextField(_("kind"))
    station = key_to(Station, "events", _("station"), null=True)
    job = key_to(Job, "events", _("job"), null=True)
    user = key_to(User, "+", _("person"), null=True)
    payload = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)
    occurred_at = models.DateTimeField(_("when"), default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    seq = IdentityField()

    objects = EventQuerySet.as_manager()
    is_append_only = True

    class Meta:
        db_table = "events_log"
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["tenant", "-occurred_at", "-seq"], name="events_when"),
            models.Index(fields=["tenant", "station", "-occurred_at", "-seq"], name="events_station"),
            models.Index(fields=["tenant", "station", "-seq"], name="events_station_written"),
            models.Index(fields=["tenant", "job", "-occurred_at", "-seq"], name="events_job"),
            models.Index(fields=["tenant", "event_type", "-occurred_at", "-seq"], name="events_type"),
            models.Index(fields=["tenant", "user", "-occurred_at", "-seq"], name="events_person"),
            models.Index(fields=["tenant", "seq"], name="events_seq"),
            # which events are undone
            models.Index(
                F("tenant"),
                KeyTextTransform("event", "payload"),
                name="events_reverted",
                condition=Q(event_type=EventType.REVERTED),
            ),
        ]

    def __str__(self):
        return f"{self.event_type} {self.occurred_at:%Y-%m-%d %H:%M:%S}"

    def get_event_type_display(self):
        """The kind in words; a kind that came from elsewhere stands for itself."""
        return dict(EventType.choices).get(self.event_type, self.event_type)
