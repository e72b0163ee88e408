"""Yard counts: what should stand somewhere, and what was found there by scanning."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import HasStatus, Row, User, history
from apps.registry.models import Asset, Location


class YardCountStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


class YardCount(HasStatus, Row):
    """A count of a place with all below it. What the registry has there is kept when it begins."""

    MOVES = {
        YardCountStatus.OPEN: {YardCountStatus.CLOSED, YardCountStatus.CANCELLED},
        YardCountStatus.CLOSED: set(),
        YardCountStatus.CANCELLED: set(),
    }

    location = key_to(Location, "+", _("place"))
    status = models.TextField(_("status"), choices=YardCountStatus, default=YardCountStatus.OPEN)
    note = models.TextField(_("note"), max_length=500, blank=True, default="")
    started_by = key_to(User, "+", _("started by"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_by = key_to(User, "+", _("ended by"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    history = history("yard_counts")

    class Meta:
        db_table = "yard_counts"
        verbose_name = _("yard count")
        verbose_name_plural = _("yard counts")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=YardCountStatus.values), name="yard_count_status_known"),
            models.CheckConstraint(
                condition=Q(status=YardCountStatus.OPEN) ^ Q(ended_at__isnull=False),
                name="yard_count_open_until_it_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "status", "-started_at"], name="yard_counts_status"),
            models.Index(fields=["tenant", "-started_at", "id"], name="yard_counts_order"),
        ]

    def __str__(self):
        return f"{self.location} {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"


class YardCountLine(Row):
    """An asset that should be there, was found there, or both."""

    count = key_to(YardCount, "lines", _("count"))
    asset = key_to(Asset, "+", _("asset"))
    is_expected = models.BooleanField(_("expected"), default=True)
    found_by = key_to(User, "+", _("found by"), null=True, blank=True)
    found_at = models.DateTimeField(_("found"), null=True, blank=True)

    history = history("yard_count_lines")

    class Meta:
        db_table = "yard_count_lines"
        verbose_name = _("line of a yard count")
        verbose_name_plural = _("lines of yard counts")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "count", "asset"], name="one_line_per_asset_of_a_yard_count"),
            models.CheckConstraint(
                condition=Q(is_expected=True) | Q(found_at__isnull=False), name="unexpected_was_found"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "asset"], name="yard_count_lines_asset")]

    def __str__(self):
        return str(self.asset)

    @property
    def verdict(self) -> str:
        """found, missing or unexpected."""
        return "unexpected" if not self.is_expected else "found" if self.found_at else "missing"
