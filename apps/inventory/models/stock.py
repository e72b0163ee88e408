"""What is where: balances of warehouses and wallets, and the ledger whose sums they are."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import IdentityField, key_to
from apps.core.models import Row, User
from apps.inventory.models.parts import COST, QUANTITY, VALUE, Part
from apps.registry.models import Location, LocationType

# Where parts are kept. A van is a store on wheels; reordering looks at warehouses alone.
STORES = (LocationType.WAREHOUSE, LocationType.VEHICLE)
EIGHT, FOUR = Decimal("1e-8"), Decimal("1e-4")


def never_below_zero(quantity: str, table: str) -> list:
    """Constraints of a balance: nothing negative, and no value without a quantity."""
    return [
        models.CheckConstraint(condition=Q(**{f"{quantity}__gte": 0}), name=f"{table}_never_below_zero"),
        models.CheckConstraint(
            condition=Q(value__gte=0) & (Q(value=0) | ~Q(**{quantity: 0})), name=f"{table}_value_needs_quantity"
        ),
    ]


class Balance(Row):
    """A sum of the ledger: a quantity and its value. Changed by services.moving alone, with the part locked."""

    QTY = ""  # the field of the quantity
    value = models.DecimalField(_("value"), **VALUE, default=0)

    class Meta(Row.Meta):
        abstract = True

    @property
    def quantity(self) -> Decimal:
        return getattr(self, self.QTY)

    @property
    def unit_cost(self) -> Decimal | None:
        """The moving average, to four decimals; None where nothing is there."""
        return unit_cost(self.value, self.quantity) if self.quantity else None

    def worth(self, quantity) -> Decimal:
        """What so many of them are worth."""
        return share(self.value, quantity, self.quantity)

    def change(self, quantity, value) -> None:
        setattr(self, self.QTY, self.quantity + quantity)
        self.value += value
        self.save()


def share(value, quantity, whole) -> Decimal:
    """What a quantity takes of the value of a whole, to eight decimals; of all of it that is all, so nothing gets lost."""
    return (value * quantity / whole).quantize(EIGHT, ROUND_HALF_UP)


def unit_cost(value, quantity) -> Decimal:
    return (Decimal(value) / quantity).quantize(FOUR, ROUND_HALF_UP)


class Stock(Balance):
    """How much of a part is in a bin of a warehouse, and what it is worth."""

    QTY = "qty_on_hand"

    part = key_to(Part, "stock", _("part"))
    location = key_to(Location, "stock", _("warehouse"))
    bin_location = models.TextField(_("bin"), max_length=40, blank=True, default="")
    qty_on_hand = models.DecimalField(_("on hand"), **QUANTITY, default=0)

    class Meta:
        db_table = "inventory_stock"
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "part", "location", "bin_location"], name="stock_once_per_bin"),
            *never_below_zero("qty_on_hand", "stock"),
        ]
        indexes = [models.Index(fields=["tenant", "location", "bin_location"], name="stock_bin")]

    def __str__(self):
        return f"{self.part} · {self.place}"

    @property
    def place(self) -> str:
        """Where it is, in words."""
        words = {"bin": self.bin_location, "warehouse": self.location}
        return str(_("bin %(bin)s of %(warehouse)s") % words if self.bin_location else self.location)


class Wallet(Balance):
    """How much of a part a person carries, and what it is worth."""

    QTY = "qty_held"

    user = key_to(User, "+", _("person"))
    part = key_to(Part, "wallets", _("part"))
    qty_held = models.DecimalField(_("held"), **QUANTITY, default=0)

    class Meta:
        db_table = "inventory_wallets"
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user", "part"], name="wallet_once_per_person_and_part"),
            *never_below_zero("qty_held", "wallet"),
        ]
        indexes = [models.Index(fields=["tenant", "part"], name="wallets_part")]

    def __str__(self):
        return f"{self.part} · {self.user}"

    @property
    def place(self) -> str:
        return str(_("the wallet of %s") % self.user)


class MoveKind(models.TextChoices):
    RECEIVE = "receive", _("Received")
    TRANSFER = "transfer", _("Transferred")
    ISSUE = "issue", _("Issued to a wallet")
    RETURN = "return", _("Returned from a wallet")
    HANDOVER = "handover", _("Handed over")
    CONSUME = "consume", _("Used")
    UNCONSUME = "unconsume", _("Use undone")
    ADJUST = "adjust", _("Adjusted")
    COUNT = "count", _("Counted")


class CostKnown(models.TextChoices):
    """How the cost of what came in is known. What is unknown comes in at the part's usual cost."""

    KNOWN = "known", _("Known")
    ZERO = "zero", _("Free of charge")
    UNKNOWN = "unknown", _("Not known yet")


NOWHERE, STORE, PERSON = "nowhere", "store", "person"
# From where to where each kind goes.
WAYS = {
    MoveKind.RECEIVE: {(NOWHERE, STORE)},
    MoveKind.TRANSFER: {(STORE, STORE)},
    MoveKind.ISSUE: {(STORE, PERSON)},
    MoveKind.RETURN: {(PERSON, STORE)},
    MoveKind.HANDOVER: {(PERSON, PERSON)},
    MoveKind.CONSUME: {(STORE, NOWHERE), (PERSON, NOWHERE)},
    MoveKind.UNCONSUME: {(NOWHERE, STORE), (NOWHERE, PERSON)},
    MoveKind.ADJUST: {(NOWHERE, STORE), (NOWHERE, PERSON), (STORE, NOWHERE), (PERSON, NOWHERE)},
    MoveKind.COUNT: {(NOWHERE, STORE), (STORE, NOWHERE)},
}


def _side(end: str, kind: str) -> Q:
    is_store, is_person = kind == STORE, kind == PERSON
    there = Q(**{f"{end}_location__isnull": not is_store, f"{end}_user__isnull": not is_person})
    return there if is_store else there & Q(**{f"{end}_bin": ""})


def _ways() -> Q:
    allowed = Q()
    for kind, ways in WAYS.items():
        for source, target in sorted(ways):
            allowed |= Q(kind=kind) & _side("from", source) & _side("to", target)
    return allowed


class StockMove(Row):
    """A quantity of a part that went from one place to another; append-only. No place is the world outside.

    seq is the order of writing. value is what it is worth, exactly; unit_cost is that to four decimals.
    """

    part = key_to(Part, "moves", _("part"))
    kind = models.TextField(_("kind"), choices=MoveKind)
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    unit_cost = models.DecimalField(_("unit cost"), **COST)
    value = models.DecimalField(_("value"), **VALUE)
    cost_known = models.TextField(_("cost is"), choices=CostKnown, default=CostKnown.KNOWN)
    from_location = key_to(Location, "+", _("from warehouse"), null=True)
    from_bin = models.TextField(_("from bin"), default="", blank=True)
    from_user = key_to(User, "+", _("from person"), null=True)
    to_location = key_to(Location, "+", _("to warehouse"), null=True)
    to_bin = models.TextField(_("to bin"), default="", blank=True)
    to_user = key_to(User, "+", _("to person"), null=True)
    reference = models.TextField(
        _("reference"), max_length=100, default="", blank=True, help_text=_("a work order, a delivery note")
    )
    supplier = models.TextField(_("supplier"), max_length=200, default="", blank=True)
    reason = models.TextField(_("reason"), max_length=500, default="", blank=True)
    undoes = key_to("self", "undone_by", _("undoes"), null=True)
    user = key_to(User, "+", _("person"), null=True)
    key = models.TextField(_("key"), max_length=200, default="", blank=True)
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    seq = IdentityField()

    is_append_only = True

    class Meta:
        db_table = "stock_moves"
        verbose_name = _("stock move")
        verbose_name_plural = _("stock moves")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], condition=~Q(key=""), name="move_once_per_key"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="move_quantity_positive"),
            models.CheckConstraint(condition=Q(value__gte=0, unit_cost__gte=0), name="move_value_not_negative"),
            models.CheckConstraint(condition=_ways(), name="move_goes_a_way_of_its_kind"),
            models.CheckConstraint(condition=Q(cost_known__in=CostKnown.values), name="move_cost_known_or_not"),
            models.CheckConstraint(
                condition=Q(kind=MoveKind.UNCONSUME, undoes__isnull=False)
                | (~Q(kind=MoveKind.UNCONSUME) & Q(undoes=None)),
                name="only_an_undone_use_undoes",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "part", "-seq"], name="stock_moves_part"),
            models.Index(fields=["tenant", "seq"], name="stock_moves_seq"),
            models.Index(fields=["tenant", "created_at"], name="stock_moves_when"),
            models.Index(
                fields=["tenant", "created_at"],
                name="stock_moves_use",
                condition=Q(kind__in=[MoveKind.CONSUME, MoveKind.UNCONSUME]),
            ),
            models.Index(
                fields=["tenant", "reference", "-seq"], name="stock_moves_reference", condition=~Q(reference="")
            ),
            models.Index(
                fields=["tenant", "to_user", "part", "-seq"],
                name="stock_moves_to_person",
                condition=Q(to_user__isnull=False),
            ),
            models.Index(
                fields=["tenant", "from_user", "part", "-seq"],
                name="stock_moves_from_person",
                condition=Q(from_user__isnull=False),
            ),
            models.Index(fields=["tenant", "undoes"], name="stock_moves_undone", condition=Q(undoes__isnull=False)),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.part.amount(self.quantity)} {self.part}"
