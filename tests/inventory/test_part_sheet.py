"""Parts and orders in spreadsheets: with units and barcodes, by the services, and what these refuse told by row."""

from decimal import Decimal

import pytest

from apps.core.sheets.reading import read_text
from apps.inventory import services
from apps.inventory.models import Part, PartBarcode, PartOrder, PartUnit
from apps.inventory.sheets import OrderSheet, PartSheet
from tests.factories import create_part, create_stock


def compared(kind, tenant, text):
    sheet = kind(tenant)
    return sheet, sheet.compare(read_text(text), {}, lock=True)


def imported(kind, tenant, text):
    sheet, found = compared(kind, tenant, text)
    assert found.is_good, [row.errors for row in found.rows]
    sheet.write(found)
    assert found.is_good, [row.errors for row in found.rows]
    return [row.kind for row in compared(kind, tenant, text)[1].rows]


def refusals(kind, tenant, text):
    """What is wrong by row, also what the services say."""
    sheet, found = compared(kind, tenant, text)
    if found.is_good:
        sheet.rehearse(found)
    return [" ".join(row.errors.values()) for row in found.rows]


def test_parts_come_with_their_units_and_barcodes(tenant):
    text = (
        "sku,name,unit,min_level,barcode,further_barcodes,units_of_receipt\n"
        '6204-2RS,Ball bearing,pcs,"4.5",4006,"990, 991","box=12, pallet=480"\n'
        "CLP-220,Gear oil,l,,,,\n"
    )

    assert imported(PartSheet, tenant, text) == ["unchanged"] * 2

    part = Part.objects.get(sku="6204-2RS")
    assert (part.min_level, part.barcode) == (Decimal("4.5"), "4006")
    assert sorted(part.barcodes.values_list("barcode", flat=True)) == ["990", "991"]
    assert dict(part.units.values_list("code", "factor")) == {"box": 12, "pallet": 480}


def test_what_a_cell_leaves_out_is_taken_away_and_what_stays_is_kept(tenant):
    imported(PartSheet, tenant, 'sku,name,further_barcodes,units_of_receipt\nP-1,x,"990,991","box=12,case=6"\n')
    kept = PartBarcode.objects.get(barcode="991"), PartUnit.objects.get(code="box")

    assert imported(PartSheet, tenant, 'sku,further_barcodes,units_of_receipt\nP-1,"991,992","box=10"\n') == [
        "unchanged"
    ]

    assert sorted(PartBarcode.objects.values_list("barcode", flat=True)) == ["991", "992"]
    assert (PartBarcode.objects.get(barcode="991"), PartUnit.objects.get()) == kept
    assert PartUnit.objects.get().factor == 10
    assert imported(PartSheet, tenant, "sku,further_barcodes,name\nP-1,,x\n") == ["unchanged"]
    assert not PartBarcode.objects.exists() and PartUnit.objects.exists()  # a column that is left out changes nothing


@pytest.mark.parametrize(
    "row, sentence",
    [
        ("P-9,x,pcs,5,3,,,", "maximum is not below the minimum"),
        ("P-9,x,pcs,1.0005,,,,", "decimal places"),
        ("P-9,x,pcs,-1,,,,", "greater than or equal to 0"),
        ("P-9,x,pcs,,,6204-2RS,,", "is of 6204-2RS; choose another"),
        ("P-9,x,pcs,,,,4006,", "is of 6204-2RS; choose another"),
        ("P-9,x,pcs,,,,,box", "is no unit; write it like box=12"),
        ("P-9,x,pcs,,,,,box=0", "0"),
        ("P-9,x,pcs,,,,,pcs=3", "Give the unit a name of its own"),
        ("P-9,x,pcs,,,,,box=NaN", "more than zero"),
        ('P-9,x,pcs,,,,,"box=1,box=2"', "is there twice"),
        ("reorder,x,pcs,,,,,", "cannot be a SKU"),
        ("6204-2RS,x,kg,,,4006,,", "has been moved in pcs; its unit stays"),
        ("<b>,x,pcs,,,,,", "Use letters, digits"),
        (",x,pcs,,,,,", "may not be empty"),
    ],
)
def test_what_cannot_be_is_told_with_its_row(tenant, row, sentence):
    part = create_part(tenant=tenant, sku="6204-2RS", barcode="4006")
    create_stock(part, 3)
    heading = "sku,name,unit,min_level,max_level,barcode,further_barcodes,units_of_receipt"

    (said,) = refusals(PartSheet, tenant, f"{heading}\n{row}\n")

    assert sentence in said, said


def test_a_part_that_is_still_held_stays_in_use(tenant):
    create_stock(create_part(tenant=tenant, sku="P-1"), 3)

    assert refusals(PartSheet, tenant, "sku,is_active\nP-1,false\n") == [
        "P-1 is still in warehouses; it goes out of use when nothing is left."
    ]


def test_orders_are_known_by_id_or_by_part_and_number(tenant):
    create_part(tenant=tenant, sku="P-1", supplier="Lagerhof"), create_part(tenant=tenant, sku="P-2")
    text = "part,quantity,reference,expected_on\nP-1,12,PO-1,2026-12-24\nP-2,3,PO-1,\n"

    assert imported(OrderSheet, tenant, text) == ["unchanged"] * 2

    first = PartOrder.objects.get(part__sku="P-1")
    assert (first.quantity, first.supplier, str(first.expected_on)) == (12, "Lagerhof", "2026-12-24")
    assert imported(OrderSheet, tenant, f"id,part,quantity\n{first.pk},P-1,20\n") == ["unchanged"]
    assert PartOrder.objects.count() == 2 and PartOrder.objects.get(pk=first.pk).quantity == 20


@pytest.mark.parametrize(
    "row, sentence",
    [
        (",P-9,5,,", "There is no part “P-9”"),
        (",P-1,0,,", "more than zero"),
        (",P-1,1.0005,,", "decimal places"),
        (",P-1,,,", "A new row needs this"),
        ("{open},P-2,5,,", "An order stays with its part"),
        ("{open},P-1,2,,", "were received; the order of 2 × P-1 cannot be of fewer"),
        ("{closed},P-1,7,,", "The order is closed"),
        ("00000000-0000-0000-0000-000000000000,P-1,7,,", "No row here has this id"),
        (",P-1,5,PO-7,\n,P-1,6,PO-7,", "Line 2 has this one too"),
    ],
)  # fmt: skip
def test_an_order_that_cannot_be_is_told_with_its_row(tenant, row, sentence):
    part, _other = create_part(tenant=tenant, sku="P-1"), create_part(tenant=tenant, sku="P-2")
    orders = {"open": services.mark_ordered(part, 5, by=None), "closed": services.mark_ordered(part, 5, by=None)}
    services.close_order(orders["closed"], reason="never comes", by=None)
    store = create_stock(part, 1)
    services.receive(part, 3, warehouse=store, unit_cost=1, order=orders["open"], by=None)
    keys = {name: order.pk for name, order in orders.items()}

    said = refusals(OrderSheet, tenant, f"id,part,quantity,reference,expected_on\n{row.format_map(keys)}\n")

    assert sentence in said[-1], said
