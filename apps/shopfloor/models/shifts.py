"""Shifts: when which lines work."""

from datetime import time, timedelta
from itertools import pairwise

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.core.fields import sensible_day
from apps.core.models import Row, TenantQuerySet, history

WEEKDAYS = [
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
    (6, gettext_lazy("Saturday")),
    (7, gettext_lazy("Sunday")),
]


class ShiftKind(models.TextChoices):
    DAY = "day", pgettext_lazy("shift", "Day")
    NIGHT = "night", pgettext_lazy("shift", "Night")


def validate_breaks(value) -> None:
    """Raise ValidationError for anything but [{"start": "09:30", "end": "09:45"}, …]."""
    try:
        for pause in value:
            if set(pause) != {"start", "end"} or not all(len(pause[name]) == 5 for name in pause):
                raise ValueError
            time.fromisoformat(pause["start"]), time.fromisoformat(pause["end"])
    except (TypeError, ValueError):
        raise ValidationError(_("Breaks are written like 09:30-09:45, with commas between.")) from None


class Worked(Row):
    """What is at work from a clock to another, on some lines, with breaks."""

    lines = ArrayField(
        models.TextField(),
        verbose_name=gettext_lazy("lines"),
        default=list,
        blank=True,
        help_text=gettext_lazy("None chosen: all lines."),
    )
    breaks = models.JSONField(gettext_lazy("breaks"), default=list, blank=True, validators=[validate_breaks])

    class Meta:
        abstract = True

    def clean(self):
        """Breaks lie inside the shift, one after the other."""
        super().clean()
        if self.start is None or self.end is None or not self.breaks:
            return
        validate_breaks(self.breaks)
        length = self._minutes_in(self.end) or 1440
        marks = [0]
        for pause in self.breaks:
            marks += [self._minutes_in(time.fromisoformat(pause[name])) for name in ("start", "end")]
        if any(later < earlier for earlier, later in pairwise([*marks, length])) or any(
            pause["start"] == pause["end"] for pause in self.breaks
        ):
            raise ValidationError({"breaks": _("The breaks lie inside the shift, one after the other.")})

    def _minutes_in(self, clock: time) -> int:
        """Minutes from the shift's start to a clock, over midnight where need be."""
        return (clock.hour * 60 + clock.minute - self.start.hour * 60 - self.start.minute) % 1440


class Shift(Worked):
    """A shift of every week. It belongs to the date it starts on, and may cross midnight (apps.shopfloor.shift_times)."""

    name = models.TextField(gettext_lazy("name"), max_length=40)
    kind = models.TextField(gettext_lazy("kind"), choices=ShiftKind, default=ShiftKind.DAY)
    start = models.TimeField(gettext_lazy("start"))
    end = models.TimeField(
        gettext_lazy("end"), help_text=gettext_lazy("Not after the start: it ends on the next day; the same: 24 hours.")
    )
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=WEEKDAYS),
        verbose_name=gettext_lazy("weekdays"),
        help_text=gettext_lazy("Of the dates it starts on."),
    )
    history = history("shifts")
    date = None  # see shift_times.IsShift

    class Meta:
        db_table = "shifts"
        ordering = ["start", "name", "id"]
        verbose_name = gettext_lazy("shift")
        verbose_name_plural = gettext_lazy("shifts")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ShiftKind.values), name="shift_kind_known"),
            models.CheckConstraint(
                condition=Q(weekdays__len__gt=0, weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]),
                name="shift_has_weekdays",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "start", "name"], name="shifts_order")]

    def __str__(self):
        return self.name


class ExceptionType(models.TextChoices):
    HOLIDAY = "holiday", gettext_lazy("Holiday")
    EXTRA = "extra", gettext_lazy("Extra shift")


class ShiftExceptionQuerySet(TenantQuerySet):
    def still_to_come(self, tenant):
        """From yesterday on, in the tenant's zone: a night of yesterday may be at work."""
        return self.filter(date__gte=tenant.local(timezone.now()).date() - timedelta(days=1))


class ShiftException(Worked):
    """A date that is not as every week: a holiday, on which no shift of the week starts, or an extra shift."""

    date = models.DateField(gettext_lazy("date"), validators=[sensible_day])
    type = models.TextField(gettext_lazy("what"), choices=ExceptionType, default=ExceptionType.HOLIDAY)
    name = models.TextField(gettext_lazy("name"), max_length=40)
    kind = models.TextField(gettext_lazy("kind"), choices=ShiftKind, default=ShiftKind.DAY)
    start = models.TimeField(
        gettext_lazy("start"), null=True, blank=True, help_text=gettext_lazy("Of an extra shift; a holiday has none.")
    )
    end = models.TimeField(
        gettext_lazy("end"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Not after the start: it ends on the next day; the same: 24 hours."),
    )

    history = history("shift_exceptions")
    objects = ShiftExceptionQuerySet.as_manager()
    weekdays = ()  # see shift_times.IsShift

    class Meta:
        db_table = "shift_exceptions"
        ordering = ["-date", "start", "id"]
        verbose_name = gettext_lazy("holiday or extra shift")
        verbose_name_plural = gettext_lazy("holidays and extra shifts")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ShiftKind.values), name="shift_exception_kind_known"),
            models.CheckConstraint(
                condition=Q(type=ExceptionType.HOLIDAY, start=None, end=None, breaks=[])
                | Q(type=ExceptionType.EXTRA, start__isnull=False, end__isnull=False),
                name="extra_shift_has_times_and_a_holiday_none",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-date"], name="shift_exceptions_date")]

    def __str__(self):
        return f"{self.name} {self.date}"

    def clean(self):
        super().clean()
        if self.type == ExceptionType.EXTRA and None in (self.start, self.end):
            raise ValidationError({"start": _("Say when the extra shift starts and ends.")})
        if self.type == ExceptionType.HOLIDAY and (self.start or self.end or self.breaks):
            raise ValidationError({"start": _("A holiday has no times: no shift of the week starts on it.")})
