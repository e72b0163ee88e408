"""Who had what, from where to where: one unbroken line of movements for each asset."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import HasStatus, Row, TenantQuerySet, User, history
from apps.core.moments import LATEST
from apps.logistics.models.shipments import Shipment
from apps.registry.models import Asset, AssetStatus, Location


class MovementStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")
    IN_TRANSIT = "in_transit", _("In transit")
    RECEIVED = "received", _("Received")
    LOST = "lost", _("Lost")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (MovementStatus.PLANNED, MovementStatus.IN_TRANSIT)
# What custody is made of: what was planned, or cancelled before it left, moved nothing.
MOVED = (MovementStatus.IN_TRANSIT, MovementStatus.RECEIVED, MovementStatus.LOST)
ENDED = Coalesce("received_at", "lost_at")


class MovementQuerySet(TenantQuerySet):
    def open(self):
        """Planned, or on the way."""
        return self.filter(status__in=OPEN)

    def by_themselves(self):
        """Those that people handle: what is mounted in a unit travels in it."""
        return self.filter(carried_by=None)

    def of_line(self):
        """The custody of assets: all that moved, oldest first."""
        return self.filter(status__in=MOVED).order_by("dispatched_at", ENDED.asc(nulls_last=True), "pk")

    def outstanding(self):
        """Returnable, gone, and not back: what travels in a unit is back with it, or is missed by itself."""
        back = AssetMovement.objects.filter(
            tenant_id=OuterRef("tenant_id"), status__in=(MovementStatus.RECEIVED, MovementStatus.LOST)
        )
        gone = self.filter(returnable=True, status__in=(MovementStatus.IN_TRANSIT, MovementStatus.RECEIVED))
        gone = gone.exclude(Exists(back.filter(returns=OuterRef("pk"))))
        return gone.filter(Q(carried_by=None) | Exists(back.filter(returns=OuterRef("carried_by"))))

    def with_is_out(self):
        """With `is_out`: whether it is outstanding."""
        out = AssetMovement.objects.filter(tenant_id=OuterRef("tenant_id"), pk=OuterRef("pk"))
        return self.annotate(is_out=Exists(out.outstanding()))

    def outstanding_in(self, units) -> dict:
        """{(key of a unit's movement, key of a component): its movement} of what travelled in units and is not back."""
        inside = self.filter(carried_by__in=units, returnable=True) if units else self.none()
        return {(row.carried_by_id, row.asset_id): row for row in inside}

    def overdue(self, today):
        """Outstanding past the day on which it was expected back."""
        return self.outstanding().filter(expected_return__lt=today)

    def with_names(self):
        """With what a list shows of them."""
        return self.select_related(
            "asset", "from_location", "to_location", "received_location", "shipment", "dispatched_by", "received_by"
        ).prefetch_related("asset__identity")  # fmt: skip


class AssetMovement(HasStatus, Row):
    """An asset goes from where it is to somewhere else.

    carried_by: the movement of the unit that it is mounted in; each asset has a whole line of its own so. former_status:
    the asset's, which comes back with its receipt. received_location: where it really arrived. returns: the returnable
    movement that this one brings back. photos_in: keys of those of its photos that were taken at the receipt.
    """

    MOVES = {
        MovementStatus.PLANNED: {MovementStatus.IN_TRANSIT, MovementStatus.CANCELLED},
        MovementStatus.IN_TRANSIT: {MovementStatus.RECEIVED, MovementStatus.LOST},
        MovementStatus.RECEIVED: set(),
        MovementStatus.LOST: set(),
        MovementStatus.CANCELLED: set(),
    }

    asset = key_to(Asset, "movements", _("asset"))
    from_location = key_to(Location, "+", _("from"))
    to_location = key_to(Location, "+", _("to"))
    status = models.TextField(_("status"), choices=MovementStatus, default=MovementStatus.PLANNED)
    gate_pass_ref = models.TextField(_("gate pass"), max_length=40, blank=True, default="")
    returnable = models.BooleanField(_("comes back"), default=False)
    expected_return = models.DateField(_("expected back"), null=True, blank=True)
    returns = key_to("self", "returned_by", _("brings back"), null=True, blank=True)
    shipment = key_to(Shipment, "movements", _("shipment"), null=True, blank=True)
    carried_by = key_to("self", "carries", _("travels in"), null=True, blank=True)
    former_status = models.TextField(_("status before"), choices=AssetStatus, blank=True, default="")
    dispatched_by = key_to(User, "+", _("dispatched by"), null=True, blank=True)
    dispatched_at = models.DateTimeField(_("dispatched"), null=True, blank=True)
    received_by = key_to(User, "+", _("received by"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), null=True, blank=True)
    received_location = key_to(Location, "+", _("received at"), null=True, blank=True)
    lost_by = key_to(User, "+", _("reported lost by"), null=True, blank=True)
    lost_at = models.DateTimeField(_("reported lost"), null=True, blank=True)
    condition_out = models.TextField(_("condition when it left"), max_length=500, blank=True, default="")
    condition_in = models.TextField(_("condition when it arrived"), max_length=500, blank=True, default="")
    photos_in = ArrayField(models.UUIDField(), default=list, blank=True, editable=False)
    reason = models.TextField(_("why cancelled or lost"), max_length=500, blank=True, default="")
    notes = models.TextField(_("notes"), max_length=2000, blank=True, default="")
    created_by = key_to(User, "+", _("planned by"), null=True, blank=True)
    created_at = models.DateTimeField(_("planned"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    history = history("asset_movements", excluded=("version",))
    objects = MovementQuerySet.as_manager()

    class Meta:
        db_table = "asset_movements"
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "asset"], condition=Q(status__in=OPEN), name="one_open_movement_per_asset"
            ),
            models.UniqueConstraint(
                fields=["tenant", "returns"], name="movement_returned_once",
                condition=Q(returns__isnull=False) & ~Q(status=MovementStatus.CANCELLED),
            ),
            models.CheckConstraint(condition=~Q(from_location=F("to_location")), name="movement_goes_elsewhere"),
            models.CheckConstraint(
                condition=Q(returnable=False) | Q(expected_return__isnull=False), name="what_returns_says_when"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=(MovementStatus.PLANNED, MovementStatus.CANCELLED),
                    dispatched_at=None, received_at=None, received_location=None, lost_at=None,
                )
                | Q(
                    status=MovementStatus.IN_TRANSIT, dispatched_at__isnull=False,
                    received_at=None, received_location=None, lost_at=None,
                )
                | Q(
                    status=MovementStatus.RECEIVED, dispatched_at__isnull=False, received_at__gte=F("dispatched_at"),
                    received_at__isnull=False, received_location__isnull=False, lost_at=None,
                )
                | Q(
                    status=MovementStatus.LOST, dispatched_at__isnull=False, lost_at__gte=F("dispatched_at"),
                    lost_at__isnull=False, received_at=None, received_location=None,
                ),
                name="movement_moments_fit_its_status",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["tenant", "asset", "dispatched_at"], name="movements_line"),
            models.Index(fields=["tenant", "status", "-created_at", "id"], name="movements_status"),
            models.Index(fields=["tenant", "-created_at", "id"], name="movements_order"),
            models.Index(fields=["tenant", "to_location", "status"], name="movements_target"),
            models.Index(fields=["tenant", "from_location", "status"], name="movements_source"),
            models.Index(fields=["tenant", "shipment"], name="movements_shipment", condition=Q(shipment__isnull=False)),
            models.Index(fields=["tenant", "carried_by"], name="movements_carried", condition=Q(carried_by__isnull=False)),
            models.Index(fields=["tenant", "gate_pass_ref"], name="movements_pass", condition=~Q(gate_pass_ref="")),
            models.Index(fields=["tenant", "expected_return"], name="movements_returnable", condition=Q(returnable=True)),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.asset} → {self.to_location}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def takes_condition(self) -> bool:
        """Whether its condition may still be noted: as long as it is open, and for a week when it has arrived."""
        is_fresh = self.received_at is not None and self.received_at > timezone.now() - LATEST
        return self.carried_by_id is None and (self.is_open or is_fresh)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it arrived at another place than was planned."""
        return self.received_location_id not in (None, self.to_location_id)

    @property
    def ended_at(self):
        """When the line of its asset goes on: received, or given up as lost."""
        return self.received_at or self.lost_at
