"""What went into an order: time, parts, other costs, and what people said about it."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import Row, User, history
from apps.inventory.models import COST, QUANTITY, VALUE, Part, StockMove
from apps.maintenance.models.orders import WorkOrder

RATE = {"max_digits": 12, "decimal_places": 4}
AMOUNT = {"max_digits": 14, "decimal_places": 2}
LONG_TIMER = 12 * 60  # minutes: a timer that ran longer was forgotten, or asks first


class LabourEntry(Row):
    """Time of one person on an order: a timer, which runs while it has no minutes, or minutes entered by hand.

    hourly_rate is frozen when the entry is made; cost = minutes ÷ 60 × hourly_rate.
    """

    work_order = key_to(WorkOrder, "labour", _("work order"))
    user = key_to(User, "+", _("person"))
    started_at = models.DateTimeField(_("from"), null=True, blank=True)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    hourly_rate = models.DecimalField(_("per hour"), **RATE, default=0)
    cost = models.GeneratedField(
        expression=Round(F("minutes") * F("hourly_rate") / 60, precision=4),
        output_field=models.DecimalField(max_digits=20, decimal_places=4, null=True),
        db_persist=True,
    )
    note = models.TextField(_("note"), max_length=500, blank=True, default="")
    created_by = key_to(User, "+", null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("wo_labour", excluded=("cost",))

    class Meta:
        db_table = "wo_labour"
        verbose_name = _("working time")
        verbose_name_plural = _("working times")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user"], condition=Q(minutes=None), name="one_running_timer_per_person"
            ),
            models.CheckConstraint(
                condition=Q(minutes__isnull=False, started_at=None, ended_at=None)
                | Q(minutes=None, started_at__isnull=False, ended_at=None)
                | Q(minutes__isnull=False, started_at__isnull=False, ended_at__gte=F("started_at")),
                name="labour_is_a_timer_or_minutes",
            ),
            models.CheckConstraint(condition=Q(hourly_rate__gte=0), name="labour_rate_not_negative"),
        ]
        indexes = [
            models.Index(fields=["tenant", "work_order"], name="wo_labour_order"),
            models.Index(fields=["tenant", "user", "-created_at"], name="wo_labour_person"),
        ]

    def __str__(self):
        return f"{self.user} · {self.work_order}"

    @property
    def is_running(self) -> bool:
        return self.minutes is None


class CostKind(models.TextChoices):
    CONTRACTOR = "contractor", _("Contractor")
    RENTAL = "rental", _("Rental")
    OTHER = "other", _("Other")


class WorkOrderCost(Row):
    """What an order cost beside its time and parts; a credit note is negative."""

    work_order = key_to(WorkOrder, "costs", _("work order"))
    kind = models.TextField(_("kind"), choices=CostKind)
    supplier = models.TextField(_("supplier"), max_length=200, blank=True, default="")
    reference = models.TextField(_("reference"), max_length=100, blank=True, default="")
    amount = models.DecimalField(_("amount"), **AMOUNT)
    created_by = key_to(User, "+", null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("wo_costs")

    class Meta:
        db_table = "wo_costs"
        verbose_name = _("other cost")
        verbose_name_plural = _("other costs")
        constraints = [models.CheckConstraint(condition=Q(kind__in=CostKind.values), name="cost_kind_known")]
        indexes = [models.Index(fields=["tenant", "work_order"], name="wo_costs_order")]

    def __str__(self):
        return f"{self.get_kind_display()} {self.amount}"


class PartSource(models.TextChoices):
    WALLET = "wallet", _("Wallet")
    WAREHOUSE = "warehouse", _("Warehouse")


class Consumable(Row):
    """Parts used on an order, at the cost of that moment, which no later price changes.

    cost_at_time is of one, to four decimals; value is exactly what they are worth. undone: the move that brought them
    back; then they cost nothing.
    """

    work_order = key_to(WorkOrder, "consumables", _("work order"), db_column="wo_id")
    part = key_to(Part, "consumables", _("part"))
    qty_used = models.DecimalField(_("quantity"), **QUANTITY)
    cost_at_time = models.DecimalField(_("unit cost"), **COST)
    value = models.DecimalField(_("value"), **VALUE)
    source = models.TextField(_("from"), choices=PartSource)
    move = key_to(StockMove, "+", null=True, blank=True)
    undone = key_to(StockMove, "+", null=True, blank=True)
    used_by = key_to(User, "+", _("used by"), null=True, blank=True)
    created_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    history = history("wo_consumables")

    class Meta:
        db_table = "wo_consumables"
        verbose_name = _("part used")
        verbose_name_plural = _("parts used")
        constraints = [
            models.CheckConstraint(condition=Q(qty_used__gt=0), name="consumable_quantity_positive"),
            models.CheckConstraint(condition=Q(source__in=PartSource.values), name="consumable_source_known"),
            models.CheckConstraint(condition=Q(value__gte=0, cost_at_time__gte=0), name="consumable_cost_not_negative"),
        ]
        indexes = [
            models.Index(fields=["tenant", "work_order"], name="wo_consumables_order"),
            models.Index(fields=["tenant", "part", "-created_at"], name="wo_consumables_part"),
        ]

    def __str__(self):
        return f"{self.part.amount(self.qty_used)} {self.part}"


class OrderComment(Row):
    """What somebody said about an order; photos are attached to it."""

    work_order = key_to(WorkOrder, "comments", _("work order"))
    text = models.TextField(_("comment"), max_length=5000, blank=True, default="")
    user = key_to(User, "+", _("person"), null=True, blank=True)
    created_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    history = history("wo_comments")

    class Meta:
        db_table = "wo_comments"
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        indexes = [models.Index(fields=["tenant", "work_order", "created_at"], name="wo_comments_order")]

    def __str__(self):
        return self.text[:60] or str(self.work_order)
