"""Parts, with their barcodes and units, and orders to suppliers in spreadsheets; stored by the services of the pages."""

from decimal import Decimal, InvalidOperation

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db.models import CharField, F, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.sheets.columns import Words, as_text
from apps.core.sheets.formulas import as_written
from apps.core.sheets.names import as_key
from apps.core.sheets.tables import Change, Comparison, Sheet
from apps.inventory import services
from apps.inventory.models import Part, PartBarcode, PartOrder, PartUnit, plain


class Several(Words):
    """Rows of another table in one cell."""

    def checked(self, value):
        return value


class Barcodes(Several):
    @property
    def help(self):
        return _("further barcodes that find the part, with commas between")

    def read(self, cell, way):
        words = sorted(super().read(cell, way))
        if long := [word for word in words if len(word) > 120]:
            raise ValidationError(_("“%s…” is too long for a barcode.") % long[0][:40])
        return words


class Units(Several):
    """box=12, pallet=480."""

    sample = "box=12"

    def read(self, cell, way):
        found = {}
        for word in super().read(cell, way):
            code, _equals, factor = word.partition("=")
            try:
                factor = Decimal(factor.strip())
            except InvalidOperation:
                raise ValidationError(_("“%s” is no unit; write it like box=12.") % word[:40]) from None
            if code.strip() in found:
                raise ValidationError(_("The unit “%s” is there twice.") % code.strip()[:40])
            found[code.strip()] = factor if Decimal(stored := f"{factor:.3f}") != factor else stored
        return [f"{code}={factor}" for code, factor in sorted(found.items())]

    def shown(self, value):
        return super().shown([f"{code}={plain(factor)}" for code, factor in _units(value)])

    @property
    def help(self):
        return _("units that it is received in, and how much each holds, with commas between: box=12, pallet=480")


def _units(words) -> list[tuple[str, Decimal]]:
    return [(code, Decimal(factor)) for code, _equals, factor in (word.partition("=") for word in words or ())]


def with_codes(parts):
    """Each part with its further barcodes and units of receipt, as a cell has them."""
    units = PartUnit.objects.filter(part=OuterRef("pk")).order_by("code")
    words = Concat(F("code"), Value("="), Cast("factor", CharField()), output_field=CharField())
    return parts.annotate(
        further_barcodes=ArraySubquery(
            PartBarcode.objects.filter(part=OuterRef("pk")).order_by("barcode").values("barcode")
        ),
        units_of_receipt=ArraySubquery(units.annotate(word=words).values("word")),
    )


class PartSheet(Sheet):
    """Known by their SKU. Of barcodes and units, a cell has all: what it leaves out is taken away."""

    model = Part
    fields = (
        "sku", "name", "category", "unit", "min_level", "max_level", "barcode", Barcodes("further_barcodes"),
        Units("units_of_receipt"), "supplier", "lead_days", "abc_class", "is_active",
    )  # fmt: skip
    key = ("sku",)
    options = {
        "sku": {"example": "6204-2RS"}, "name": {"example": "Ball bearing"}, "unit": {"example": "pcs"},
        "min_level": {"example": 5, "words": ("minimum", "min")}, "max_level": {"example": 20, "words": ("maximum", "max")},
        "abc_class": {"example": "", "words": ("abc", "class")}, "category": {"example": "Bearings"},
        "barcode": {"example": "4006381333931"}, "supplier": {"example": "Lagerhof"},
    }  # fmt: skip
    is_plain = False
    most_rows = 5000

    def rows(self):
        return with_codes(super().rows())

    def start(self, row: Change) -> None:
        super().start(row)
        row.instance.further_barcodes, row.instance.units_of_receipt = [], []

    def store(self, row: Change) -> None:
        part = row.instance
        try:
            part.full_clean(exclude=["tenant"])
            services.save_part(part, by=self.by)
            if "further_barcodes" in row.values:
                self._keep_barcodes(part)
            if "units_of_receipt" in row.values:
                self._keep_units(part)
        except ValidationError as error:
            row.errors[""] = " ".join(error.messages)

    def _keep_barcodes(self, part) -> None:
        there = {row.barcode: row for row in PartBarcode.objects.for_tenant(self.tenant).filter(part=part)}
        for barcode in there.keys() - set(part.further_barcodes):
            services.remove_code(there[barcode], by=self.by)
        for barcode in sorted(set(part.further_barcodes) - there.keys()):
            services.save_barcode(PartBarcode(tenant=self.tenant, part=part, barcode=barcode), by=self.by)

    def _keep_units(self, part) -> None:
        there = {row.code: row for row in PartUnit.objects.for_tenant(self.tenant).filter(part=part)}
        wanted = dict(_units(part.units_of_receipt))
        for code in there.keys() - wanted.keys():
            services.remove_code(there[code], by=self.by)
        for code, factor in wanted.items():
            row = there.get(code) or PartUnit(tenant=self.tenant, part=part, code=code)
            if row.factor != factor:
                row.factor = factor
                services.save_unit(row, by=self.by)


class OrderSheet(Sheet):
    """Known by their id, or, as long as they are open, by part and order number. What has none is a new order."""

    model = PartOrder
    fields = (
        "id", "part", "quantity", "qty_received", "qty_open", "supplier", "reference", "expected_on", "ordered_at",
        "closed_at",
    )  # fmt: skip
    key = ("id",)
    read_only = ("qty_received", "ordered_at", "closed_at")
    options = {
        "id": {"example": ""}, "quantity": {"example": 20}, "supplier": {"example": "Lagerhof"},
        "reference": {"example": "PO-2401", "words": ("order number",)}, "expected_on": {"example": "2026-12-24"},
        "part": {"words": ("sku",)},
    }  # fmt: skip
    is_plain = False
    most_rows = 5000

    @property
    def needed(self):
        return ("part",)

    def match(self, found, chosen, *, lock):
        rows = self.rows().select_related("part").order_by("pk")
        there = {row.pk: row for row in (rows.select_for_update(of=("self",), no_key=True) if lock else rows)}
        known: dict = {}
        for order in there.values():
            if order.reference and not order.closed_at:
                known.setdefault((order.part_id, order.reference), []).append(order)
        first: dict = {}
        for change in found.rows:
            text = as_text(change.cells.get("id", "")).strip()
            part = self.column("part").keys.get(as_written(as_text(change.cells.get("part", ""))).strip())
            number = as_written(as_text(change.cells.get("reference", ""))).strip()
            meant = known.get((part, number), []) if not text else [there.get(as_key(text))]
            if text and meant == [None]:
                change.errors["id"] = _("No row here has this id; leave it empty for a new one.")
            elif len(meant) > 1:
                change.errors["reference"] = _(
                    "More than one order has this part and number; write its id, as an export does."
                )
            elif (which := meant[0].pk if meant else number and (part, number)) and which in first:
                change.errors["part"] = _("Line %d has this one too.") % first[which]
            else:
                first[which] = change.number
                change.instance = meant[0] if meant else None
                if not meant:
                    self.start(change)

    def check(self, found: Comparison) -> None:
        for row in found.rows:
            if row.instance is not None and not row.is_new and row.values and row.instance.closed_at:
                row.errors.setdefault("closed_at", _("The order is closed; it stays as it is."))

    def store(self, row: Change) -> None:
        order = row.instance
        if row.is_new:
            told = {name: row.values[name] for name in ("supplier", "reference", "expected_on") if name in row.values}
            services.mark_ordered(order.part, order.quantity, by=self.by, **told)
            return
        changes = dict(row.values)
        if "part_id" in changes:
            raise BrokenRule(_("An order stays with its part; close it, and order the other one."))
        services.change_order(order, by=self.by, **changes)
