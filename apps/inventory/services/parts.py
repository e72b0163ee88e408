"""The catalogue: parts, their barcodes and units of receipt, their ABC classes."""

from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from apps.core.errors import BrokenRule
from apps.inventory.models import Part, PartBarcode, StockMove
from apps.inventory.services.moving import exact, hold

RESERVED = {"reorder"}  # words that stand in addresses where a SKU does


@transaction.atomic
def save_part(part, *, by):
    """Store a new or changed part. Returns it.

    Raises BrokenRule for a code that finds another part, for another unit where something has moved, and where a part
    that is still held, reserved or ordered goes out of use.
    """
    if not part._state.adding:
        former = hold(part)
        if former.unit != part.unit and StockMove.objects.filter(tenant_id=part.tenant_id, part=part).exists():
            words = {"part": former, "unit": former.unit}
            raise BrokenRule(_("%(part)s has been moved in %(unit)s; its unit stays.") % words)
        if former.is_active and not part.is_active:
            _refuse_in_use(part)
    if part.sku.lower() in RESERVED:
        raise BrokenRule(_("“%s” cannot be a SKU; choose another.") % part.sku)
    for code in {part.sku, part.barcode} - {""}:
        refuse_taken(part, code)
    part.save()
    return part


@transaction.atomic
def set_in_use(part, is_active, *, by):
    """Put a part out of use, or back into it. Returns the fresh part. Raises BrokenRule while something of it is left."""
    part = hold(part)
    part.is_active = is_active
    return save_part(part, by=by)


def _refuse_in_use(part) -> None:
    found = [
        words
        for words, rows in (
            (_("in warehouses"), part.stock.filter(qty_on_hand__gt=0)),
            (_("in wallets"), part.wallets.filter(qty_held__gt=0)),
            (_("reserved"), part.reservations.filter(qty_open__gt=0)),
            (_("ordered"), part.orders.open()),
        )
        if rows.filter(tenant_id=part.tenant_id).exists()
    ]
    if found:
        words = {"part": part, "where": ", ".join(found)}
        raise BrokenRule(_("%(part)s is still %(where)s; it goes out of use when nothing is left.") % words)


def refuse_taken(part, code) -> None:
    """Raise BrokenRule where a code finds another part: as its SKU, its barcode or an alternative one."""
    others = Part.objects.for_tenant(part.tenant_id).exclude(pk=part.pk)
    other = others.filter(sku=code).first() or others.filter(barcode=code).first()
    if other is None:
        row = PartBarcode.objects.for_tenant(part.tenant_id).filter(barcode=code).exclude(part=part).first()
        other = row and row.part
    if other:
        raise BrokenRule(_("“%(code)s” is of %(part)s; choose another.") % {"code": code, "part": other})


@transaction.atomic
def save_barcode(row, *, by):
    """Find a part by another barcode, too: store a new or changed PartBarcode. Returns it."""
    row.barcode = row.barcode.strip()
    refuse_taken(hold(row.part), row.barcode)
    _save(row)
    return row


@transaction.atomic
def save_unit(row, *, by):
    """A part comes in boxes of so many: store a new or changed PartUnit. Returns it."""
    row.code, row.factor, part = row.code.strip(), exact(row.factor), hold(row.part)
    if row.code == part.unit:
        raise BrokenRule(_("Give the unit a name of its own, “box” say."))
    _save(row)
    return row


@transaction.atomic
def remove_code(row, *, by):
    """Take a PartBarcode or a PartUnit away from its part; what was received in the unit stays as it was."""
    hold(row.part)
    row.delete()


def _save(row) -> None:
    row.full_clean(exclude=["tenant"])
    row.save()


@transaction.atomic
def set_classes(tenant, classes, *, by, reason):
    """Store the ABC classes that were found (queries.abc_classes). classes: {key of a part: class}. Returns how many changed."""
    parts = Part.objects.for_tenant(tenant).locked().filter(pk__in=classes).order_by("pk")
    changed = [part for part in parts if part.abc_class != classes[part.pk]]
    for part in changed:
        part.abc_class = classes[part.pk]
    if changed:
        bulk_update_with_history(changed, Part, ["abc_class"], batch_size=1000, default_change_reason=reason)
    return len(changed)
