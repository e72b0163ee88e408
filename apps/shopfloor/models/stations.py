"""Stations, and which asset served where."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to, sensible_day
from apps.core.models import Row, history
from apps.shopfloor.models.base import CODE
from apps.shopfloor.models.reasons import StopReason


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
    started_at = models.DateTimeField(db_column="from", validators=[sensible_day])
    ended_at = models.DateTimeField(db_column="to", null=True, blank=True, validators=[sensible_day])

    history = history("station_assets")

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
