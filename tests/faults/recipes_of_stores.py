"""The presses around parts and stock."""

from apps.core.uploads import attach
from apps.inventory.models import PartBarcode, PartUnit, Stock, Wallet
from apps.inventory.services import consume, issue_to_wallet, save_barcode, save_unit
from tests import factories
from tests.faults.recipes import of, part, person, word
from tests.faults.recipes_of_assets import picture


def spare(plant, quantity=9):
    """A part, so many of which lie in a bin."""
    row = part(plant)
    row.stored = factories.create_stock(row, quantity, bin="A-1")
    row.bin = Stock.objects.get(part=row)
    return row


def unit(plant):
    return save_unit(PartUnit(tenant=plant, part=part(plant), code="box", factor=12), by=None)


of("inventory:part_new", role="manager", other={"name": "Belt"})(
    lambda plant: {"sku": word(), "name": "Seal", "unit": "pcs"}
)
of("inventory:part_change", role="manager", other={"name": "Belt"})(
    lambda plant: ([part(plant).pk], {"sku": word(), "name": "Seal", "unit": "pcs"})
)
of("inventory:part_use", role="manager", other={"use": "1"})(lambda plant: ([part(plant).pk], {"use": "0"}))
of("inventory:part_barcode_new", role="manager", other={"barcode": "1"})(
    lambda plant: ([part(plant).pk], {"barcode": word()})
)
of("inventory:part_unit_new", role="manager", other={"factor": "24"})(
    lambda plant: ([part(plant).pk], {"code": "box", "factor": "12"})
)
of("inventory:part_barcode_remove", role="manager")(
    lambda plant: ([save_barcode(PartBarcode(tenant=plant, part=part(plant), barcode=word()), by=None).pk], {})
)
of("inventory:part_unit_remove", role="manager")(lambda plant: ([unit(plant).pk], {}))


of("inventory:part_photos", role="manager", other={"photos": picture("red")})(
    lambda plant: ([part(plant).pk], {"photos": picture()})
)


@of("inventory:part_photo_remove", role="manager")
def part_photo_remove(plant):
    picture = factories.create_attachment(tenant=plant)
    attach([picture], part(plant))
    return [picture.pk], {}


@of("inventory:stock_receive", other={"quantity": "4"})
def stock_receive(plant):
    row = spare(plant)
    return {"part": row.sku, "quantity": "3", "warehouse": row.stored.pk, "cost": "unknown"}


@of("inventory:stock_transfer", other={"quantity": "4"})
def stock_transfer(plant):
    row = spare(plant)
    return {"part": row.sku, "quantity": "3", "stock": row.bin.pk, "target": row.stored.pk, "to_bin": "B-1"}


@of("inventory:stock_issue", other={"quantity": "4"})
def stock_issue(plant):
    row = spare(plant)
    return {"part": row.sku, "quantity": "3", "stock": row.bin.pk, "user": person(plant).pk}


@of("inventory:stock_return", other={"quantity": "1"})
def stock_return(plant):
    row, carrier = spare(plant), person(plant)
    issue_to_wallet(row, 3, warehouse=row.stored, user=carrier, by=None)
    return {
        "part": row.sku,
        "quantity": "2",
        "wallet": Wallet.objects.get(part=row).pk,
        "warehouse": row.stored.pk,
        "bin": "A-1",
    }


@of("inventory:stock_adjust", role="manager", other={"quantity": "4"})
def stock_adjust(plant):
    row = spare(plant)
    return {
        "part": row.sku,
        "way": "missing",
        "quantity": "3",
        "warehouse": row.stored.pk,
        "bin": "A-1",
        "reason": "Lost",
    }


@of("inventory:stock_move_undo", other={"quantity": "1"})
def stock_move_undo(plant):
    row = spare(plant)
    return [consume(row, 3, warehouse=row.stored, reference="WO-1", by=None).pk], {"quantity": "2"}
