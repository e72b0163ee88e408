"""A closed shift's time and units, added up once, so that the figures of a year read no events."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import Row
from apps.shopfloor.models.jobs import Job
from apps.shopfloor.models.records import ClosedShift
from apps.shopfloor.models.stations import Station, StationStatus

TIMED = [*StationStatus.values, "unknown"]


class ShiftTime(Row):
    """How long a station had one status, for one reason, on one job, within a shift less its breaks.

    is_excluded: no planned time, as the stop's reason said when the shift was added up; idle without any reason, it is
    that no job waited for the line. stops: how many such stretches began there.
    """

    shift = key_to(ClosedShift, "times", _("shift"))
    station = key_to(Station, "shift_times", _("station"))
    job = key_to(Job, "shift_times", _("job"), null=True)
    status = models.TextField(_("status"))
    reason = models.TextField(_("stop reason"), default="", blank=True)
    is_excluded = models.BooleanField(_("excluded"), default=False)
    time = models.DurationField(_("time"))
    stops = models.PositiveIntegerField(_("stops"), default=0)

    class Meta:
        db_table = "shift_times"
        verbose_name = _("time of a shift")
        verbose_name_plural = _("times of shifts")
        constraints = [models.CheckConstraint(condition=Q(status__in=TIMED), name="shift_time_status_known")]
        indexes = [models.Index(fields=["tenant", "shift"], name="shift_times_shift")]

    def __str__(self):
        return f"{self.station} {self.status} {self.time}"


class ShiftUnits(Row):
    """What a station made of a job within a shift, at the job's cycle time of then."""

    shift = key_to(ClosedShift, "units", _("shift"))
    station = key_to(Station, "shift_units", _("station"))
    job = key_to(Job, "shift_units", _("job"))
    good = models.IntegerField(_("good"), default=0)
    scrap = models.IntegerField(_("scrap"), default=0)
    cycle_seconds = models.DecimalField(_("cycle time in seconds"), max_digits=10, decimal_places=3, null=True)

    class Meta:
        db_table = "shift_units"
        verbose_name = _("units of a shift")
        verbose_name_plural = _("units of shifts")
        indexes = [models.Index(fields=["tenant", "shift"], name="shift_units_shift")]

    def __str__(self):
        return f"{self.station} {self.job} {self.good}"
