"""What was made in each shift, and the versions that polling boards compare."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Round
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to, sensible_day
from apps.core.models import Row, Tenant, history
from apps.shopfloor.models.jobs import Job
from apps.shopfloor.models.shifts import ShiftKind
from apps.shopfloor.models.stations import Station


class Source(models.TextChoices):
    MANUAL = "manual", _("Entered by hand")
    ROLLED_UP = "rolled_up", _("Added up from the log")


class PerformanceLog(Row):
    """What a station made of a job in a shift, against its target."""

    station = key_to(Station, "performance_logs", _("station"))
    job = key_to(Job, "performance_logs", _("job"), null=True, blank=True)
    log_date = models.DateField(_("date"), validators=[sensible_day])
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
    source = models.TextField(_("source"), choices=Source, default=Source.MANUAL, editable=False)
    is_revised = models.BooleanField(_("revised"), default=False, editable=False)  # its shift's log changed since
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
            models.CheckConstraint(condition=Q(source__in=Source.values), name="performance_log_source_known"),
        ]
        indexes = [models.Index(fields=["tenant", "-log_date", "shift"], name="performance_logs_date")]

    def __str__(self):
        return f"{self.station} {self.log_date} {self.shift}"


class ClosedShift(Row):
    """A shift of a line that is over and was added up: as it was then, whatever becomes of the week's shifts.

    read_to: the number of the last event that was looked at; a later one that tells of this shift revises it.
    """

    line = models.TextField(_("line"), max_length=80)
    log_date = models.DateField(_("date"))
    shift = models.TextField(_("shift"), max_length=40)
    kind = models.TextField(_("kind"), choices=ShiftKind)
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("until"))
    worked = models.JSONField(default=list, encoder=DjangoJSONEncoder)  # [[from, to], …]: that less its breaks
    read_to = models.BigIntegerField(default=0)
    is_revised = models.BooleanField(_("revised"), default=False)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        db_table = "closed_shifts"
        ordering = ["-started_at", "line"]
        verbose_name = _("closed shift")
        verbose_name_plural = _("closed shifts")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "line", "log_date", "shift"], name="shift_closed_once_per_line_and_date"
            ),
            models.CheckConstraint(condition=Q(ended_at__gt=F("started_at")), name="closed_shift_ends_after_it_starts"),
        ]
        indexes = [models.Index(fields=["tenant", "-started_at"], name="closed_shifts_when")]

    def __str__(self):
        return f"{self.shift} {self.log_date} {self.line}"


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
