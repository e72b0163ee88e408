"""Assets in spreadsheets: known by their code, with their identity."""

import pytest

from apps.core.sheets.reading import read_text
from apps.registry.models import Asset, AssetIdentity
from apps.registry.sheets import AssetSheet
from tests.factories import create_asset, create_location


@pytest.fixture
def hall(tenant):
    return create_location(tenant=tenant, name="Hall")


def compared(tenant, text):
    sheet = AssetSheet(tenant)
    return sheet, sheet.compare(read_text(text), {}, lock=True)


def imported(tenant, text):
    sheet, found = compared(tenant, text)
    assert found.is_good, [row.errors for row in found.rows]
    sheet.write(found)
    return [row.kind for row in compared(tenant, text)[1].rows]


def test_rows_are_known_by_their_code_and_their_units_too(tenant, hall):
    text = "client_code,name,location,parent,serial_number\nP-1,Pump,Hall,,7\nP-2,Pump,Hall,,8\nP-1-M,Motor,,P-1,9\n"

    assert imported(tenant, text) == ["unchanged"] * 3

    motor = AssetIdentity.objects.get(client_code="P-1-M").asset
    assert motor.parent.identity.client_code == "P-1"
    pump = motor.parent
    assert imported(tenant, "client_code,serial_number,barcode_manufacturer\nP-1,70,4006\n") == ["unchanged"]
    pump.refresh_from_db()
    assert (pump.serial_number, pump.version, pump.identity.barcode_manufacturer) == ("70", 2, "4006")
    assert pump.identity.history.first().history_change_reason == "import"


def test_a_code_is_given_to_what_has_none(tenant, hall):
    asset = create_asset(tenant=tenant, name="Pump", location=hall)

    imported(tenant, "client_code,name,location\nP-1,Pump,Hall\n")

    assert Asset.objects.get() == asset and AssetIdentity.objects.get().client_code == "P-1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("client_code,name,location\nP-9,Fan,Hall\nP-9,Saw,Hall\n", "Line 2 has this one too"),
        ("id,client_code\n{key},P-1\n", "Another asset has the code P-1 already"),
        ("client_code,name\nP-9,Fan\n", "Say where it stands"),
        ("client_code,serial_number\nP-9,5\n", "may not be empty"),
    ],
)
def test_what_is_wrong_is_told_with_its_row(tenant, hall, text, sentence):
    create_asset(tenant=tenant, name="Pump", location=hall, identity={"client_code": "P-1"})
    other = create_asset(tenant=tenant, name="Fan", location=hall, identity={"client_code": "P-2"})

    _sheet, found = compared(tenant, text.format(key=other.pk))

    assert not found.is_good and any(sentence in said for row in found.rows for said in row.errors.values())
