"""Parts: what is kept in stock, the units it comes in, and what its labels say."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import Row, code_validator, history, key_validator

QUANTITY = {"max_digits": 14, "decimal_places": 3}  # of any part
VALUE = {"max_digits": 20, "decimal_places": 8}  # what is there is worth, exactly
COST = {"max_digits": 14, "decimal_places": 4}  # of one unit


def decimal_field(kind: dict) -> models.DecimalField:
    """What a sum of such numbers is."""
    return models.DecimalField(**kind)


NOT_BELOW_ZERO = [MinValueValidator(0)]


class AbcClass(models.TextChoices):
    A = "a", _("A: most of what is used")
    B = "b", _("B: the next part")
    C = "c", _("C: the rest")


class Part(Row):
    """Something kept in stock. Its row is the lock of all that moves of it (services.moving)."""

    sku = models.TextField(_("SKU"), max_length=60, validators=[key_validator])
    name = models.TextField(_("name"), max_length=200)
    category = models.TextField(_("category"), max_length=100, blank=True, default="")
    unit = models.TextField(_("unit"), max_length=20, default="pcs")
    min_level = models.DecimalField(
        _("minimum"), **QUANTITY, null=True, blank=True, validators=NOT_BELOW_ZERO,
        help_text=_("Below it, available in the warehouses, the part is to be reordered."),
    )  # fmt: skip
    max_level = models.DecimalField(
        _("maximum"), **QUANTITY, null=True, blank=True, validators=NOT_BELOW_ZERO, help_text=_("Ordered up to.")
    )
    barcode = models.TextField(_("barcode"), max_length=120, blank=True, default="")
    supplier = models.TextField(_("supplier"), max_length=200, blank=True, default="")
    lead_days = models.PositiveSmallIntegerField(_("lead time in days"), null=True, blank=True)
    abc_class = models.TextField(_("ABC class"), choices=AbcClass, blank=True, default="")
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("parts")

    class Meta:
        db_table = "parts"
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sku"], name="part_sku_once_per_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "barcode"], condition=~Q(barcode=""), name="part_barcode_once_per_tenant"
            ),
            models.CheckConstraint(
                condition=(Q(min_level=None) | Q(min_level__gte=0)) & (Q(max_level=None) | Q(max_level__gte=0)),
                name="part_levels_not_below_zero",
            ),
            models.CheckConstraint(
                condition=Q(min_level=None) | Q(max_level=None) | Q(max_level__gte=F("min_level")),
                name="part_maximum_not_below_minimum",
                violation_error_message=_("The maximum is not below the minimum."),
            ),
            models.CheckConstraint(condition=Q(abc_class__in=["", *AbcClass.values]), name="part_class_known"),
        ]
        indexes = [
            models.Index(fields=["tenant", "name"], name="parts_name"),
            models.Index(fields=["tenant", "category", "sku"], name="parts_category"),
        ]

    def __str__(self):
        return self.sku

    def amount(self, quantity) -> str:
        """So many of it, in words: “3 pcs”."""
        return f"{plain(quantity)} {self.unit}"


def plain(number) -> str:
    """A number without spare zeros: 3, 2.5."""
    return format(Decimal(number).normalize(), "f")


class PartBarcode(Row):
    """Another barcode of a part: of its maker, of a supplier."""

    part = key_to(Part, "barcodes", _("part"))
    barcode = models.TextField(_("barcode"), max_length=120)

    history = history("part_barcodes")

    class Meta:
        db_table = "part_barcodes"
        verbose_name = _("alternative barcode")
        verbose_name_plural = _("alternative barcodes")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "barcode"], name="alternative_barcode_once_per_tenant"),
            models.CheckConstraint(condition=~Q(barcode=""), name="alternative_barcode_not_empty"),
        ]
        indexes = [models.Index(fields=["tenant", "part"], name="part_barcodes_part")]

    def __str__(self):
        return self.barcode


class PartUnit(Row):
    """A unit that a part is received in: a box of 12."""

    part = key_to(Part, "units", _("part"))
    code = models.TextField(_("unit"), max_length=20, validators=[code_validator])
    factor = models.DecimalField(
        _("holds"), **QUANTITY, validators=[MinValueValidator(Decimal("0.001"))], help_text=_("of the part's own unit")
    )

    history = history("part_units")

    class Meta:
        db_table = "part_units"
        verbose_name = _("unit of receipt")
        verbose_name_plural = _("units of receipt")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "part", "code"], name="unit_once_per_part"),
            models.CheckConstraint(condition=Q(factor__gt=0), name="unit_holds_something"),
        ]

    def __str__(self):
        return f"{self.code} ({plain(self.factor)} {self.part.unit})"
