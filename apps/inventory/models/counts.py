"""Counts: what was found, beside what the book said at that moment. Differences are looked at, then posted."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import HasStatus, Row, User, history
from apps.inventory.models.parts import QUANTITY, Part
from apps.inventory.models.stock import StockMove
from apps.registry.models import Location


class CountStatus(models.TextChoices):
    OPEN = "open", _("Open")
    POSTED = "posted", _("Posted")
    CANCELLED = "cancelled", _("Cancelled")


class StockCount(HasStatus, Row):
    """A count of a warehouse, or of some of its bins. Whoever counts does not see the book."""

    MOVES = {
        CountStatus.OPEN: {CountStatus.POSTED, CountStatus.CANCELLED},
        CountStatus.POSTED: set(),
        CountStatus.CANCELLED: set(),
    }

    location = key_to(Location, "+", _("warehouse"))
    bins = ArrayField(
        models.TextField(), verbose_name=_("bins"), default=list, blank=True, help_text=_("None: the whole warehouse.")
    )
    note = models.TextField(_("note"), max_length=500, blank=True, default="")
    status = models.TextField(_("status"), choices=CountStatus, default=CountStatus.OPEN)
    reason = models.TextField(_("reason of the differences"), max_length=500, blank=True, default="")
    started_by = key_to(User, "+", _("started by"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_by = key_to(User, "+", _("ended by"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    history = history("stock_counts")

    class Meta:
        db_table = "stock_counts"
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CountStatus.values), name="count_status_known"),
            models.CheckConstraint(
                condition=Q(status=CountStatus.OPEN) ^ Q(ended_at__isnull=False), name="count_open_until_it_ends"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "status", "-started_at"], name="stock_counts_status")]

    def __str__(self):
        return f"{self.location} {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"


class CountLine(Row):
    """What was found of a part in a bin. qty_expected: what the book said when it was counted; seen_seq: its last move."""

    count = key_to(StockCount, "lines", _("count"))
    part = key_to(Part, "+", _("part"))
    bin_location = models.TextField(_("bin"), max_length=40, blank=True, default="")
    qty_counted = models.DecimalField(_("counted"), **QUANTITY)
    qty_expected = models.DecimalField(_("in the book"), **QUANTITY)
    seen_seq = models.BigIntegerField(default=0, editable=False)
    counted_by = key_to(User, "+", _("counted by"), null=True, blank=True)
    counted_at = models.DateTimeField(_("counted at"), default=timezone.now)
    reason = models.TextField(_("reason"), max_length=500, blank=True, default="")
    move = key_to(StockMove, "+", _("posted as"), null=True, blank=True)

    history = history("stock_count_lines")

    class Meta:
        db_table = "stock_count_lines"
        verbose_name = _("counted bin")
        verbose_name_plural = _("counted bins")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "count", "part", "bin_location"], name="one_line_per_part_and_bin_of_a_count"
            ),
            models.CheckConstraint(condition=Q(qty_counted__gte=0, qty_expected__gte=0), name="counted_not_below_zero"),
        ]
        indexes = [models.Index(fields=["tenant", "part", "-counted_at"], name="count_lines_part")]

    def __str__(self):
        return f"{self.part} · {self.bin_location}"

    @property
    def variance(self) -> Decimal:
        return self.qty_counted - self.qty_expected
