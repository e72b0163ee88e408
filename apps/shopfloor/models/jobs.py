"""Jobs, and the stations' assignments to them."""

import math

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to, sensible_day
from apps.core.models import HasStatus, Row, TenantQuerySet, history
from apps.shopfloor.models.base import CODE
from apps.shopfloor.models.stations import Station


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
    due_date = models.DateField(_("due"), null=True, blank=True, validators=[sensible_day])
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
