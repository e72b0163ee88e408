"""What is to be maintained how often, and where each schedule stands."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from jsonschema import Draft202012Validator

from apps.core.fields import key_to, sensible_day
from apps.core.models import Row, history
from apps.maintenance.due import Schedule, Standing
from apps.registry.models import Asset, AssetStatus, Meter

METER = {"max_digits": 14, "decimal_places": 4}
POSITIVE = [MinValueValidator(Decimal("0.0001"))]
NOT_NEGATIVE = [MinValueValidator(0)]


# What is on its way goes on to fall due; only what is out of service pauses.
MAINTAINED = (AssetStatus.IN_SERVICE, AssetStatus.IN_TRANSIT)


class Anchor(models.TextChoices):
    """What the next due date counts from."""

    FLOATING = "floating", _("When it was done")
    FIXED = "fixed", _("When it was due")


class Priority(models.TextChoices):
    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")
    CRITICAL = "critical", _("Critical")


class TaskKind(models.TextChoices):
    CHECK = "check", _("Check")
    NUMBER = "number", _("Number")
    TEXT = "text", _("Text")
    PHOTO = "photo", _("Photo")
    METER = "meter", _("Meter reading")


TASKS = Draft202012Validator(
    {
        "type": "array",
        "maxItems": 200,
        "items": {
            "type": "object",
            "required": ["description"],
            "additionalProperties": False,
            "properties": {
                "description": {"type": "string", "minLength": 1, "maxLength": 500},
                "kind": {"enum": TaskKind.values},
                "is_mandatory": {"type": "boolean"},
                "unit": {"type": "string", "maxLength": 20},
                "min": {"type": ["number", "null"]},
                "max": {"type": ["number", "null"]},
                "meter": {"enum": Meter.values},
            },
        },
    }
)
PARTS = Draft202012Validator(
    {
        "type": "array",
        "maxItems": 200,
        "items": {
            "type": "object",
            "required": ["sku", "quantity"],
            "additionalProperties": False,
            "properties": {
                "sku": {"type": "string", "minLength": 1, "maxLength": 60},
                "quantity": {"type": "number", "exclusiveMinimum": 0, "maximum": 10**9},
            },
        },
    }
)


def valid_tasks(value) -> None:
    """Raise ValidationError unless it is a list of tasks: {description, kind, is_mandatory, unit, min, max, meter}."""
    _refuse(TASKS, value, _("Task"))


def valid_parts(value) -> None:
    """Raise ValidationError unless it is a list of parts: {sku, quantity}, of three decimals at most."""
    _refuse(PARTS, value, _("Part"))
    for place, part in enumerate(value, 1):
        # (Not by multipleOf: as floating point, 0.102 is none of 0.001.)
        if Decimal(str(part["quantity"])).normalize().as_tuple().exponent < -3:
            raise ValidationError(_("Part %d: a quantity has three decimals at most.") % place)


def _refuse(validator, value, word):
    error = next(iter(validator.iter_errors(value)), None)
    if error:
        place = f"{word} {error.path[0] + 1}: " if error.path else ""
        raise ValidationError(place + error.message)


class PmSchedule(Row):
    """Maintenance that an asset needs again and again: by days or months, by a meter, by whichever comes first.

    cycle, next_due_* and anchor_day say where it stands (due.Standing): written when a cycle is made, done or skipped,
    never by looking. tasks: [{description, kind, is_mandatory, unit, min, max, meter}]. parts: [{sku, quantity}].
    """

    asset = key_to(Asset, "pm_schedules", _("asset"))
    name = models.TextField(_("name"), max_length=200)
    interval_days = models.PositiveIntegerField(
        _("every so many days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(36_500)]
    )
    interval_months = models.PositiveIntegerField(
        _("every so many months"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1200)]
    )
    interval_meter = models.DecimalField(_("every so much"), **METER, null=True, blank=True, validators=POSITIVE)
    meter = models.TextField(_("meter"), choices=Meter, default=Meter.RUN_HOURS)
    anchor = models.TextField(_("counts from"), choices=Anchor, default=Anchor.FLOATING)
    lead_days = models.PositiveSmallIntegerField(_("made so many days before"), default=0)
    lead_meter = models.DecimalField(_("made so much before"), **METER, default=0, validators=NOT_NEGATIVE)
    grace_days = models.PositiveSmallIntegerField(
        _("on time within days"), null=True, blank=True,
        help_text=_("Empty: a fifth of the interval, at most 28 days."),
    )  # fmt: skip
    grace_meter = models.DecimalField(
        _("on time within"), **METER, null=True, blank=True, validators=NOT_NEGATIVE,
        help_text=_("Empty: a tenth of the interval."),
    )  # fmt: skip
    suppressed_by_schedule = key_to("self", "suppresses", _("done with"), null=True, blank=True)
    tasks = models.JSONField(_("tasks"), default=list, blank=True, validators=[valid_tasks])
    parts = models.JSONField(_("parts"), default=list, blank=True, validators=[valid_parts])
    priority = models.TextField(_("priority"), choices=Priority, default=Priority.NORMAL)
    estimated_minutes = models.PositiveIntegerField(_("minutes of work"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    first_due_date = models.DateField(_("first due"), null=True, blank=True, validators=[sensible_day])
    first_due_meter = models.DecimalField(_("first due at"), **METER, null=True, blank=True, validators=NOT_NEGATIVE)
    last_performed_date = models.DateField(_("last done"), null=True, blank=True)
    last_performed_meter = models.DecimalField(_("last done at"), **METER, null=True, blank=True)
    cycle = models.PositiveIntegerField(default=1, editable=False)
    next_due_date = models.DateField(_("next due"), null=True, blank=True, editable=False)
    next_due_meter = models.DecimalField(_("next due at"), **METER, null=True, blank=True, editable=False)
    anchor_day = models.PositiveSmallIntegerField(default=1, editable=False)
    # The first day on which an order is made by the date: what the nightly run looks for.
    issue_date = models.GeneratedField(
        expression=F("next_due_date") - F("lead_days"), output_field=models.DateField(), db_persist=True
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("pm_schedules", excluded=("issue_date", "version"))

    class Meta:
        db_table = "pm_schedules"
        verbose_name = _("maintenance schedule")
        verbose_name_plural = _("maintenance schedules")
        constraints = [
            models.CheckConstraint(
                condition=Q(interval_days__isnull=False)
                | Q(interval_months__isnull=False)
                | Q(interval_meter__isnull=False),
                name="schedule_has_an_interval",
                violation_error_message=_("Give at least one interval: days, months or a meter."),
            ),
            models.CheckConstraint(
                condition=Q(interval_days=None) | Q(interval_months=None),
                name="schedule_counts_days_or_months",
                violation_error_message=_("Give days or months, not both."),
            ),
            models.CheckConstraint(
                condition=(Q(interval_days=None) | Q(interval_days__gt=0))
                & (Q(interval_months=None) | Q(interval_months__gt=0))
                & (Q(interval_meter=None) | Q(interval_meter__gt=0)),
                name="schedule_intervals_above_zero",
            ),
            models.CheckConstraint(condition=~Q(suppressed_by_schedule=F("id")), name="schedule_not_done_with_itself"),
            models.CheckConstraint(condition=Q(meter__in=Meter.values), name="schedule_meter_known"),
            models.CheckConstraint(condition=Q(anchor__in=Anchor.values), name="schedule_anchor_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="schedule_priority_known"),
        ]
        indexes = [
            models.Index(fields=["tenant", "asset"], name="pm_schedules_asset"),
            models.Index(fields=["tenant", "issue_date"], name="pm_schedules_issue", condition=Q(is_active=True)),
            models.Index(
                fields=["tenant", "meter", "asset"],
                name="pm_schedules_meter",
                condition=Q(is_active=True, next_due_meter__isnull=False),
            ),
            models.Index(
                fields=["tenant", "suppressed_by_schedule"],
                name="pm_schedules_above",
                condition=Q(suppressed_by_schedule__isnull=False),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def plain(self) -> Schedule:
        """What is asked for, as the engine takes it."""
        return Schedule(
            key=self.pk,
            interval_days=self.interval_days,
            interval_months=self.interval_months,
            interval_meter=self.interval_meter,
            meter=self.meter,
            is_fixed=self.anchor == Anchor.FIXED,
            lead_days=self.lead_days,
            lead_meter=self.lead_meter,
            grace_days=self.grace_days,
            grace_meter=self.grace_meter,
            suppressed_by=self.suppressed_by_schedule_id,
        )

    @property
    def standing(self) -> Standing:
        return Standing(
            cycle=self.cycle,
            due_date=self.next_due_date,
            due_meter=self.next_due_meter,
            anchor_day=self.anchor_day,
            last_date=self.last_performed_date,
            last_meter=self.last_performed_meter,
        )

    @standing.setter
    def standing(self, at: Standing) -> None:
        self.cycle, self.next_due_date, self.next_due_meter = at.cycle, at.due_date, at.due_meter
        self.anchor_day, self.last_performed_date, self.last_performed_meter = (
            at.anchor_day,
            at.last_date,
            at.last_meter,
        )
