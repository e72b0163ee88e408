"""How much an asset has run: an append-only ledger of readings, what it adds up to, and the daily logs that feed it."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import IdentityField, OneToOne, key_to
from apps.core.models import Row, TenantQuerySet, User, history
from apps.registry.models.assets import Asset

AMOUNT = {"max_digits": 14, "decimal_places": 4}


class Meter(models.TextChoices):
    RUN_HOURS = "run_hours", _("Run hours")
    ODOMETER = "odometer", _("Odometer")


UNITS = {Meter.RUN_HOURS: "h", Meter.ODOMETER: "km"}


class ReadingKind(models.TextChoices):
    """reading: what the dial shows. delta: so much more, an estimate until the next reading. replacement: what a new dial
    shows at its start; counting goes on. correction: what a dial reading found more (or less) than the deltas since the
    one before; or, with `voids`, an entry that takes another back."""

    READING = "reading", _("Reading")
    DELTA = "delta", _("Added")
    CORRECTION = "correction", _("Correction")
    REPLACEMENT = "replacement", _("New meter")


class ReadingSource(models.TextChoices):
    DAILY_LOG = "daily_log", _("Daily log")
    STATION = "station", _("Station")
    TECHNICIAN = "technician", _("Person")
    API = "api", _("API")


class AssetMeter(Row):
    """What an asset's meters have come to: cached from meter_readings, provably equal (`manage.py check_meters`).

    current_*: lifetime, which goes on when a dial is replaced or rolls over. *_dial: what the dial shows. Empty: never read.
    """

    asset = OneToOne(Asset, models.PROTECT, related_name="meter", verbose_name=_("asset"))
    current_run_hours = models.DecimalField(_("run hours"), null=True, **AMOUNT)
    run_hours_dial = models.DecimalField(_("hour meter shows"), null=True, **AMOUNT)
    current_odometer = models.DecimalField(_("odometer"), null=True, **AMOUNT)
    odometer_dial = models.DecimalField(_("odometer shows"), null=True, **AMOUNT)
    last_updated_at = models.DateTimeField(_("last reading"), null=True)

    class Meta:
        db_table = "asset_meters"
        verbose_name = _("meters")
        verbose_name_plural = _("meters")
        constraints = [models.UniqueConstraint(fields=["tenant", "asset"], name="one_row_of_meters_per_asset")]

    def __str__(self):
        return str(self.asset)


class DailyLog(Row):
    """An asset's hours and fuel of a day, or of a shift of a day where `shift` is not empty.

    run_hours_reading: the dial as it was typed, where a person typed that; the hours are then computed from it.
    """

    date = models.DateField(_("date"))
    shift = models.TextField(_("shift"), max_length=40, blank=True, default="")
    shift_row = models.ForeignKey(
        "shopfloor.Shift",
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_column="shift_id",
        null=True,
        blank=True,
    )
    supervisor = key_to(User, "+", _("entered by"), null=True)
    asset = key_to(Asset, "daily_logs", _("asset"))
    run_hours_added = models.DecimalField(_("run hours"), null=True, blank=True, **AMOUNT)
    run_hours_reading = models.DecimalField(_("hour meter shows"), null=True, blank=True, **AMOUNT)
    fuel_liters_added = models.DecimalField(_("fuel, litres"), null=True, blank=True, max_digits=12, decimal_places=3)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)  # kept by a trigger

    history = history("daily_logs")

    class Meta:
        db_table = "daily_logs"
        ordering = ["-date"]
        verbose_name = _("daily log")
        verbose_name_plural = _("daily logs")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "asset", "date", "shift"], nulls_distinct=False,
                name="one_daily_log_per_asset_date_shift",
            ),
            models.CheckConstraint(
                condition=Q(run_hours_added=None) | Q(run_hours_added__gte=0), name="daily_log_hours_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(fuel_liters_added=None) | Q(fuel_liters_added__gte=0), name="daily_log_fuel_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(run_hours_reading=None) | Q(run_hours_reading__gte=0), name="daily_log_dial_not_negative"
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["tenant", "-date", "asset"], name="daily_logs_date")]

    def __str__(self):
        return f"{self.asset} {self.date} {self.shift}".strip()


class ReadingQuerySet(TenantQuerySet):
    def with_voids(self):
        """With `is_void`: whether another entry takes it back."""
        return self.annotate(
            is_void=Exists(MeterReading.objects.filter(tenant_id=OuterRef("tenant_id"), voids=OuterRef("pk")))
        )


class MeterReading(Row):
    """One entry of the ledger. Append-only: what was wrong is taken back by an entry that `voids` it.

    found_by: the dial reading that a correction came from; the two are taken back together. Of an entry that takes
    another back: the one that stands in its place. rolls_over_at: where the dial began again at 0 when this was read.
    """

    seq = IdentityField()  # the order of writing: of equal moments the later counts
    asset = key_to(Asset, "readings", _("asset"))
    meter = models.TextField(_("meter"), choices=Meter)
    kind = models.TextField(_("kind"), choices=ReadingKind)
    value = models.DecimalField(_("value"), **AMOUNT)
    read_at = models.DateTimeField(_("read"))
    source = models.TextField(_("source"), choices=ReadingSource)
    user = key_to(User, "+", _("person"), null=True, blank=True)
    voids = key_to("self", "voided_by", _("takes back"), null=True, blank=True)
    found_by = key_to("self", "found", _("found by"), null=True, blank=True)
    daily_log = key_to(DailyLog, "readings", _("daily log"), null=True, blank=True)
    rolls_over_at = models.DecimalField(_("rolls over at"), null=True, blank=True, **AMOUNT)
    reason = models.TextField(_("reason"), max_length=500, blank=True, default="")
    is_confirmed = models.BooleanField(_("confirmed although unusual"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    is_append_only = True

    objects = ReadingQuerySet.as_manager()

    class Meta:
        db_table = "meter_readings"
        ordering = ["-read_at", "-seq"]
        verbose_name = _("meter reading")
        verbose_name_plural = _("meter readings")
        constraints = [
            models.CheckConstraint(condition=Q(meter__in=Meter.values), name="meter_known"),
            models.CheckConstraint(condition=Q(kind__in=ReadingKind.values), name="reading_kind_known"),
            models.CheckConstraint(condition=Q(source__in=ReadingSource.values), name="reading_source_known"),
            models.CheckConstraint(
                condition=Q(kind=ReadingKind.CORRECTION) | Q(value__gte=0), name="only_corrections_are_negative"
            ),
            models.CheckConstraint(
                condition=Q(voids=None) | Q(kind=ReadingKind.CORRECTION, value=0), name="what_voids_counts_nothing"
            ),
            models.UniqueConstraint(
                fields=["tenant", "voids"], condition=Q(voids__isnull=False), name="reading_voided_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "asset", "meter", "-read_at", "-seq"], name="meter_readings_asset"),
            models.Index(
                fields=["tenant", "daily_log"], name="meter_readings_daily_log", condition=Q(daily_log__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self.asset} {self.get_meter_display()} {self.value}"
