"""Calls for material, maintenance, quality and help."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import HasStatus, Row, TenantQuerySet, User, history
from apps.shopfloor.models.stations import Station


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
        indexes = [
            models.Index(fields=["tenant", "status", "station"], name="calls_status_station"),
            models.Index(fields=["tenant", "opened_at"], name="calls_opened"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.station}"
