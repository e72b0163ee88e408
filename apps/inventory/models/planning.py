"""What is promised: reserved for orders, ordered from suppliers, handed over and not yet confirmed."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import day_of_a_machine, key_to
from apps.core.models import HasStatus, Row, TenantQuerySet, User, history
from apps.inventory.models.parts import QUANTITY, Part, plain
from apps.inventory.models.stock import StockMove
from apps.registry.models import Location


def still_open(whole: str, done: str) -> models.GeneratedField:
    """What is left of a quantity, never below zero."""
    return models.GeneratedField(
        expression=Greatest(F(whole) - F(done), models.Value(0, models.DecimalField(**QUANTITY))),
        output_field=models.DecimalField(**QUANTITY),
        db_persist=True,
    )


class Reservation(Row):
    """What a planned order needs of a part. What has left the warehouses for it is taken; the rest is kept for it."""

    part = key_to(Part, "reservations", _("part"))
    reference = models.TextField(_("for"), max_length=100, help_text=_("a work order's number"))
    warehouse = key_to(Location, "+", _("warehouse"), null=True, blank=True)
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    qty_taken = models.DecimalField(_("taken"), **QUANTITY, default=0)
    qty_open = still_open("quantity", "qty_taken")
    reserved_by = key_to(User, "+", null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("reservations", excluded=("qty_open",))

    class Meta:
        db_table = "reservations"
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "part", "reference"], name="one_reservation_per_part_and_order"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_quantity_positive"),
            models.CheckConstraint(condition=Q(qty_taken__gte=0), name="reservation_taken_not_negative"),
            models.CheckConstraint(condition=~Q(reference=""), name="reservation_is_for_something"),
        ]
        indexes = [models.Index(fields=["tenant", "reference"], name="reservations_reference")]

    def __str__(self):
        return f"{self.part} · {self.reference}"


class OrderQuerySet(TenantQuerySet):
    def open(self):
        return self.filter(closed_at=None, qty_open__gt=0)


class PartOrder(Row):
    """A line of the reorder list that was ordered from a supplier. What is received against it comes off."""

    part = key_to(Part, "orders", _("part"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    qty_received = models.DecimalField(_("received"), **QUANTITY, default=0)
    qty_open = still_open("quantity", "qty_received")
    supplier = models.TextField(_("supplier"), max_length=200, blank=True, default="")
    reference = models.TextField(_("order number"), max_length=100, blank=True, default="")
    expected_on = models.DateField(_("expected on"), null=True, blank=True, validators=[day_of_a_machine])
    ordered_by = key_to(User, "+", _("ordered by"), null=True, blank=True)
    ordered_at = models.DateTimeField(_("ordered"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    close_reason = models.TextField(_("why closed"), max_length=500, blank=True, default="")
    key = models.TextField(max_length=200, default="", blank=True, editable=False)

    history = history("part_orders", excluded=("qty_open",))
    objects = OrderQuerySet.as_manager()

    class Meta:
        db_table = "part_orders"
        verbose_name = _("order to a supplier")
        verbose_name_plural = _("orders to suppliers")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], condition=~Q(key=""), name="part_order_once_per_key"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="part_order_quantity_positive"),
            models.CheckConstraint(condition=Q(qty_received__gte=0), name="part_order_received_not_negative"),
        ]
        indexes = [
            models.Index(fields=["tenant", "part"], name="part_orders_part"),
            models.Index(
                fields=["tenant", "expected_on"],
                name="part_orders_open",
                condition=Q(closed_at=None, qty_open__gt=0),
            ),
        ]

    def __str__(self):
        return f"{plain(self.quantity)} × {self.part}"

    def is_late(self, today) -> bool:
        """Expected before `today` (the tenant's date) and not all there."""
        return bool(self.expected_on and self.expected_on < today and not self.closed_at and self.qty_open > 0)


class HandoverStatus(models.TextChoices):
    PENDING = "pending", _("Waiting")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class HandoverQuerySet(TenantQuerySet):
    def pending(self):
        return self.filter(status=HandoverStatus.PENDING)


class Handover(HasStatus, Row):
    """Stock that one person gives another; it changes wallets when the receiver confirms."""

    MOVES = {
        HandoverStatus.PENDING: {HandoverStatus.CONFIRMED, HandoverStatus.REFUSED, HandoverStatus.WITHDRAWN},
        HandoverStatus.CONFIRMED: set(),
        HandoverStatus.REFUSED: set(),
        HandoverStatus.WITHDRAWN: set(),
    }

    part = key_to(Part, "handovers", _("part"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    from_user = key_to(User, "+", _("from"))
    to_user = key_to(User, "+", _("to"))
    note = models.TextField(_("note"), max_length=500, blank=True, default="")
    status = models.TextField(_("status"), choices=HandoverStatus, default=HandoverStatus.PENDING)
    created_by = key_to(User, "+", null=True, blank=True)
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    move = key_to(StockMove, "+", null=True, blank=True)
    key = models.TextField(max_length=200, default="", blank=True, editable=False)

    history = history("wallet_handovers")
    objects = HandoverQuerySet.as_manager()

    class Meta:
        db_table = "wallet_handovers"
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], condition=~Q(key=""), name="handover_once_per_key"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="handover_quantity_positive"),
            models.CheckConstraint(condition=Q(status__in=HandoverStatus.values), name="handover_status_known"),
            models.CheckConstraint(condition=~Q(from_user=F("to_user")), name="handover_is_between_two"),
            models.CheckConstraint(
                condition=Q(status=HandoverStatus.CONFIRMED, move__isnull=False)
                | (~Q(status=HandoverStatus.CONFIRMED) & Q(move=None)),
                name="handover_moves_when_confirmed",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "to_user", "status"], name="handovers_receiver"),
            models.Index(fields=["tenant", "from_user", "status"], name="handovers_giver"),
        ]

    def __str__(self):
        return f"{self.part.amount(self.quantity)} {self.part}: {self.from_user} → {self.to_user}"
