"""The shop floor's tables: stations, the jobs they run, who worked on what, calls for help, and what happened when."""

import math

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Round
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import IdentityField
from apps.core.models import HasStatus, Row, Tenant, TenantQuerySet, User, code_validator, history

CODE = {"max_length": 40, "validators": [code_validator]}


def key_to(model, related_name, verbose_name=None, **kwargs):
    """A foreign key without an index of its own: every index of a business table leads with the tenant."""
    if verbose_name:
        kwargs["verbose_name"] = verbose_name
    return models.ForeignKey(
        model, kwargs.pop("on_delete", models.PROTECT), related_name=related_name, db_index=False, **kwargs
    )


class ReasonGroup(models.TextChoices):
    EQUIPMENT = "equipment", _("Equipment")
    MATERIAL = "material", _("Material")
    DOWNSTREAM = "downstream", _("Downstream")
    QUALITY = "quality", _("Quality")
    PEOPLE = "people", _("People")
    CHANGEOVER = "changeover", _("Changeover")
    PLANNED = "planned", _("Planned")
    NO_DEMAND = "no_demand", _("No demand")


class CountsAs(models.TextChoices):
    AVAILABILITY = "availability", _("Lost availability")
    PERFORMANCE = "performance", _("Lost performance")
    EXCLUDED = "excluded", _("Excluded from planned time")
    NONE = "none", _("Not counted")


class StopReason(Row):
    """Why a station stands. The group says who is called, `counts_as` what it costs in the figures."""

    code = models.TextField(_("code"), **CODE)
    name = models.TextField(_("name"), max_length=120)
    group = models.TextField(_("group"), choices=ReasonGroup)
    counts_as = models.TextField(_("counts as"), choices=CountsAs, default=CountsAs.AVAILABILITY)
    planned_minutes = models.PositiveIntegerField(_("planned minutes"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    history = history("stop_reasons")

    class Meta:
        db_table = "stop_reasons"
        ordering = ["name"]
        verbose_name = _("stop reason")
        verbose_name_plural = _("stop reasons")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="stop_reason_code_once_per_tenant"),
            models.CheckConstraint(condition=Q(group__in=ReasonGroup.values), name="stop_reason_group_known"),
            models.CheckConstraint(condition=Q(counts_as__in=CountsAs.values), name="stop_reason_counts_as_known"),
        ]

    def __str__(self):
        return self.name


class ScrapReason(Row):
    """Why units were scrapped."""

    code = models.TextField(_("code"), **CODE)
    name = models.TextField(_("name"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)

    history = history("scrap_reasons")

    class Meta:
        db_table = "scrap_reasons"
        ordering = ["name"]
        verbose_name = _("scrap reason")
        verbose_name_plural = _("scrap reasons")
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="scrap_reason_code_once_per_tenant")]

    def __str__(self):
        return self.name


class StationStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    IDLE = "idle", _("Idle")
    BLOCKED = "blocked", _("Blocked")


class Station(Row):
    """A workstation on a line. `version` rises with every change of status, reason or job: what a click was based on."""

    code = models.TextField(_("code"), **CODE)
    name = models.TextField(_("name"), max_length=120)
    line = models.TextField(_("line"), max_length=80)
    status = models.TextField(_("status"), choices=StationStatus, default=StationStatus.IDLE)
    # From the log, not from updated_at; empty where no event explains the status.
    status_since = models.DateTimeField(_("since"), null=True, blank=True)
    stop_reason = key_to(StopReason, "+", _("stop reason"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    asset = key_to("registry.Asset", "stations", _("asset"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)  # kept by a trigger

    history = history("stations", excluded=("version",))

    class Meta:
        db_table = "stations"
        ordering = ["line", "code"]
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="station_code_once_per_tenant"),
            models.CheckConstraint(condition=Q(status__in=StationStatus.values), name="station_status_known"),
            models.CheckConstraint(
                condition=~Q(status=StationStatus.BLOCKED) | Q(stop_reason__isnull=False),
                name="blocked_station_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status=StationStatus.RUNNING) | Q(stop_reason=None),
                name="running_station_has_no_stop_reason",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "line", "code"], name="stations_line_code")]

    def __str__(self):
        return self.code


class StationAsset(Row):
    """Which asset served where, when; the database lets neither side overlap."""

    station = key_to(Station, "assets_served")
    asset = key_to("registry.Asset", "stations_served")
    started_at = models.DateTimeField(db_column="from")
    ended_at = models.DateTimeField(db_column="to", null=True, blank=True)

    class Meta:
        db_table = "station_assets"
        verbose_name = _("asset of a station")
        verbose_name_plural = _("assets of stations")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="station_asset_ends_after_it_starts"
            ),
        ]

    def __str__(self):
        return f"{self.asset} @ {self.station}"


class JobStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class Priority(models.TextChoices):
    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")


class JobQuerySet(TenantQuerySet):
    def waiting(self):
        return self.filter(status=JobStatus.WAITING)

    def open(self):
        return self.filter(status__in=[JobStatus.WAITING, JobStatus.RUNNING])

    def with_quantities(self):
        """Adds qty_done and qty_scrap: the sums over all the job's assignments, past and present."""
        of_job = StationAssignment.objects.filter(job=models.OuterRef("pk")).order_by().values("job")
        return self.annotate(
            **{
                name: Coalesce(models.Subquery(of_job.annotate(sum=Sum(name)).values("sum")), 0)
                for name in ("qty_done", "qty_scrap")
            }
        )

    def in_queue_order(self):
        """Rank (pinned first), priority, due date (none last), age."""
        urgency = models.Case(
            *(models.When(priority=value, then=place) for place, value in enumerate(reversed(Priority.values))),
            default=len(Priority.values),
        )
        return self.order_by(
            F("rank").asc(nulls_last=True), urgency, F("due_date").asc(nulls_last=True), "created_at", "id"
        )


class Job(HasStatus, Row):
    """Work to be done: so many of a part, by a day."""

    MOVES = {
        JobStatus.WAITING: {JobStatus.RUNNING, JobStatus.COMPLETED, JobStatus.CANCELLED},
        JobStatus.RUNNING: {JobStatus.WAITING, JobStatus.COMPLETED, JobStatus.CANCELLED},
        JobStatus.COMPLETED: {JobStatus.WAITING, JobStatus.RUNNING},
        JobStatus.CANCELLED: {JobStatus.WAITING},
    }

    code = models.TextField(_("code"), **CODE)
    part_name = models.TextField(_("part"), max_length=200)
    qty_total = models.PositiveIntegerField(_("quantity"), validators=[MinValueValidator(1)])
    due_date = models.DateField(_("due"), null=True, blank=True)
    priority = models.TextField(_("priority"), choices=Priority, default=Priority.NORMAL)
    status = models.TextField(_("status"), choices=JobStatus, default=JobStatus.WAITING)
    line_hint = models.TextField(_("line"), max_length=80, blank=True, default="")
    rank = models.PositiveIntegerField(_("rank"), null=True, blank=True)
    cycle_seconds = models.DecimalField(
        _("cycle time in seconds"),
        max_digits=10,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0.001)],
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = history("jobs", excluded=("version",))
    objects = JobQuerySet.as_manager()

    class Meta:
        db_table = "jobs"
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="job_code_once_per_tenant"),
            models.CheckConstraint(condition=Q(qty_total__gt=0), name="job_quantity_positive"),
            models.CheckConstraint(condition=Q(cycle_seconds=None) | Q(cycle_seconds__gt=0), name="job_cycle_positive"),
            models.CheckConstraint(condition=Q(status__in=JobStatus.values), name="job_status_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="job_priority_known"),
            # exactly one holds: the job is completed, or it has no completion time
            models.CheckConstraint(
                condition=Q(status=JobStatus.COMPLETED, completed_at__isnull=False)
                | (~Q(status=JobStatus.COMPLETED) & Q(completed_at=None)),
                name="job_completed_at_tells_when",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "status", "due_date"], name="jobs_status_due"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="jobs_newest"),
        ]

    def __str__(self):
        return self.code

    def sum_done(self) -> int:
        """Good units of all its assignments, past and present, as the database has them now."""
        return self.assignments.aggregate(sum=Sum("qty_done"))["sum"] or 0

    def qty_limit(self, rules) -> int:
        """The most good units that may be reported without an override: the total and the tenant's overrun."""
        return self.qty_total + max(1, math.ceil(self.qty_total * rules.overrun_percent / 100))

    def is_late(self, today) -> bool:
        """Due before `today` (the tenant's date) and not completed."""
        return bool(self.due_date and self.due_date < today and self.status in (JobStatus.WAITING, JobStatus.RUNNING))


class AssignmentQuerySet(TenantQuerySet):
    def active(self):
        return self.filter(is_active=True)


class StationAssignment(Row):
    """A station at work on a job, from when to when, and what it made."""

    station = key_to(Station, "assignments", _("station"))
    job = key_to(Job, "assignments", _("job"))
    qty_done = models.PositiveIntegerField(_("good"), default=0)
    qty_scrap = models.PositiveIntegerField(_("scrap"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # Seconds of its finished excluded stops, counted from the log when such a stop ends: the pace leaves them out.
    excluded_seconds = models.PositiveIntegerField(default=0, editable=False)
    notes = models.TextField(_("notes"), max_length=2000, blank=True, default="")

    history = history("station_assignments", excluded=("excluded_seconds",))
    objects = AssignmentQuerySet.as_manager()

    class Meta:
        db_table = "station_assignments"
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "station"], condition=Q(is_active=True), name="one_active_job_per_station"
            ),
            models.CheckConstraint(
                condition=Q(is_active=True, ended_at=None) | Q(is_active=False, ended_at__isnull=False),
                name="assignment_active_until_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="assignment_ends_after_it_starts"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "job", "started_at"], name="assignments_job"),
            models.Index(fields=["tenant", "station", "-started_at"], name="assignments_station"),
        ]

    def __str__(self):
        return f"{self.station} · {self.job}"


class CallKind(models.TextChoices):
    MATERIAL = "material", _("Material")
    MAINTENANCE = "maintenance", _("Maintenance")
    QUALITY = "quality", _("Quality")
    HELP = "help", _("Help")


class CallStatus(models.TextChoices):
    OPEN = "open", _("Open")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    RESOLVED = "resolved", _("Resolved")
    CANCELLED = "cancelled", _("Cancelled")


class CallQuerySet(TenantQuerySet):
    def open(self):
        return self.filter(status__in=[CallStatus.OPEN, CallStatus.ACKNOWLEDGED])


class Call(HasStatus, Row):
    """A station calling for material, maintenance, quality or help."""

    MOVES = {
        CallStatus.OPEN: {CallStatus.ACKNOWLEDGED, CallStatus.RESOLVED, CallStatus.CANCELLED},
        CallStatus.ACKNOWLEDGED: {CallStatus.RESOLVED, CallStatus.CANCELLED},
        CallStatus.RESOLVED: set(),
        CallStatus.CANCELLED: set(),
    }

    station = key_to(Station, "calls", _("station"))
    kind = models.TextField(_("kind"), choices=CallKind)
    status = models.TextField(_("status"), choices=CallStatus, default=CallStatus.OPEN)
    part = models.TextField(_("part"), max_length=200, blank=True, default="")
    qty = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, null=True, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True, default="")
    level = models.PositiveSmallIntegerField(_("escalation level"), default=0)
    # Opened by blocking the station: ends with the stop.
    is_from_stop = models.BooleanField(default=False)
    opened_by = key_to(User, "+", null=True, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    acknowledged_by = key_to(User, "+", null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    ended_by = key_to(User, "+", null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    history = history("calls")
    objects = CallQuerySet.as_manager()

    class Meta:
        db_table = "calls"
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "station", "kind", "part"],
                condition=Q(status__in=[CallStatus.OPEN, CallStatus.ACKNOWLEDGED]),
                name="one_open_call_of_a_kind_per_station",
            ),
            models.CheckConstraint(condition=Q(kind__in=CallKind.values), name="call_kind_known"),
            models.CheckConstraint(condition=Q(status__in=CallStatus.values), name="call_status_known"),
            models.CheckConstraint(condition=Q(qty=None) | Q(qty__gt=0), name="call_quantity_positive"),
        ]
        indexes = [models.Index(fields=["tenant", "status", "station"], name="calls_status_station")]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.station}"


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

    class Meta:
        db_table = "events_log"
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["tenant", "-occurred_at", "-seq"], name="events_when"),
            models.Index(fields=["tenant", "station", "-occurred_at", "-seq"], name="events_station"),
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


class PerformanceLog(Row):
    """What a station made of a job in a shift, against its target."""

    station = key_to(Station, "performance_logs", _("station"))
    job = key_to(Job, "performance_logs", _("job"), null=True, blank=True)
    log_date = models.DateField(_("date"))
    shift = models.TextField(_("shift"), max_length=40)
    units_completed = models.PositiveIntegerField(_("units completed"), db_column="mirrors_completed", default=0)
    target_units = models.PositiveIntegerField(_("target units"), null=True, blank=True)
    efficiency = models.GeneratedField(
        # 100 × units ÷ target; none without a target (or a target of nothing)
        expression=models.Case(
            models.When(
                target_units__gt=0,
                then=Round(
                    Cast(F("units_completed"), models.DecimalField(max_digits=30, decimal_places=10))
                    * 100
                    / F("target_units"),
                    2,
                ),
            ),
            default=None,
        ),
        output_field=models.DecimalField(max_digits=20, decimal_places=2, null=True),
        db_persist=True,
        verbose_name=_("efficiency %"),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("performance_logs", excluded=("efficiency",))

    class Meta:
        db_table = "performance_logs"
        ordering = ["-log_date"]
        verbose_name = _("performance log")
        verbose_name_plural = _("performance logs")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "station", "job", "log_date", "shift"],
                nulls_distinct=False,
                name="one_performance_log_per_station_job_date_shift",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-log_date", "shift"], name="performance_logs_date")]

    def __str__(self):
        return f"{self.station} {self.log_date} {self.shift}"


class BoardVersion(models.Model):
    """How often a line's tiles (or, with an empty line, the queue) have changed: what a polling board compares."""

    pk = models.CompositePrimaryKey("tenant_id", "line")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    line = models.TextField()
    version = models.BigIntegerField(default=0)

    class Meta:
        db_table = "board_versions"

    def __str__(self):
        return f"{self.line or 'queue'}: {self.version}"
