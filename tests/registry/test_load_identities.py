"""load_tables for how assets are found and what they are: identities, specs, categories."""

import json

import pytest

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog
from apps.registry.models import Asset, AssetCategory, AssetIdentity, AssetSpec, QrLabel
from apps.registry.qr import tenant_of
from tests.registry.test_load_trees import ASSETS, LOCATIONS, PRESS, PUMP, ROOM, SEAL, key
from tests.tables import load, write

TOKEN = "9f86d081884c7d659a2feaa0c55ad015"
PUMPS = {"type": "object", "properties": {"rpm": {"type": "number"}}, "required": ["rpm"]}
OTHER = f"id,location_id,name,category\n{PUMP},{ROOM},Pump,Pumps"


@pytest.fixture
def plant(tenant, tmp_path):
    assert load(write(tmp_path / "plant", locations=LOCATIONS, assets=ASSETS), tenant)[0] == 0
    return tenant


def category(*, schema) -> str:
    cell = json.dumps(schema).replace('"', '""')
    return f'id,name,spec_schema\n{key(50)},Pumps,"{cell}"'


def test_each_asset_gets_an_identity_with_a_token_of_the_tenant(plant):
    identities = list(AssetIdentity.objects.all())

    assert {identity.asset_id for identity in identities} == set(Asset.objects.values_list("pk", flat=True))
    assert {tenant_of(identity.qr_token) for identity in identities} == {plant.pk}
    assert {row.history.get().history_change_reason for row in identities} == {"load_tables"}
    assert AuditLog.objects.filter(entity_type="asset_identities", action="create").count() == 3


def test_identities_come_as_amms_exports_them_and_again_change_nothing(plant, tmp_path):
    rows = f"""
        id,asset_id,client_code,qr_token,barcode_manufacturer
        {key(31)},{PRESS},P-101,{TOKEN},5901234123457
        {key(32)},{PUMP},P-102,,
    """
    folder = write(tmp_path / "codes", asset_identities=rows)

    code, said = load(folder, plant)

    assert code == 0 and "2 read, 0 created, 2 updated" in said
    press = Asset.objects.get(pk=PRESS).identity
    assert (press.client_code, press.qr_token, press.barcode_manufacturer) == ("P-101", TOKEN, "5901234123457")
    assert press.asset.version == 2  # who looked at it has seen another code
    assert tenant_of(Asset.objects.get(pk=PUMP).identity.qr_token) == plant.pk  # what there was stays
    code, said = load(folder, plant)
    assert code == 0 and "2 read, 0 created, 0 updated, 2 unchanged" in said


def test_identities_may_come_with_their_assets(tenant, tmp_path):
    folder = write(
        tmp_path / "all",
        locations=LOCATIONS,
        assets=ASSETS,
        asset_identities=f"asset_id,client_code,qr_token\n{SEAL},P-9,{TOKEN}",
    )

    assert load(folder, tenant)[0] == 0

    assert AssetIdentity.objects.count() == 3
    assert AssetIdentity.objects.get(asset_id=SEAL).qr_token == TOKEN


@pytest.mark.parametrize(
    "rows, sentence",
    [
        (f"{PRESS},A-1,\n{PUMP},A-1,", 'line 3, column client_code, value "A-1": line 2 has it already'),
        (f"{PRESS},,{TOKEN}\n{PUMP},,{TOKEN}", f'line 3, column qr_token, value "{TOKEN}": line 2 has it already'),
        (f"{PRESS},A-1,\n{PRESS},A-2,", f'line 3, column asset_id, value "{PRESS}": line 2 has it already'),
        (f"{PRESS},TAKEN,", f'column client_code, value "TAKEN": another asset has this code: {SEAL}'),
        (f"{PRESS},,{'t' * 22}", f"another asset has this token: {SEAL}"),
        (f"{PRESS},,../admin?x", "no token: it stands in an address"),
        (f"{key(77)},A-1,", f'value "{key(77)}": neither in assets.csv nor in the tenant'),
    ],
)
def test_a_code_or_token_is_one_assets(plant, tmp_path, rows, sentence):
    taken = f"asset_id,client_code,qr_token\n{SEAL},TAKEN,{'t' * 22}"
    assert load(write(tmp_path / "taken", asset_identities=taken), plant)[0] == 0

    code, said = load(write(tmp_path / "codes", asset_identities=f"asset_id,client_code,qr_token\n{rows}"), plant)

    assert code == 1 and sentence in said
    assert not AssetIdentity.objects.filter(client_code="A-1").exists()


def test_a_short_token_is_kept_with_a_warning(plant, tmp_path):
    code, said = load(write(tmp_path / "codes", asset_identities=f"asset_id,qr_token\n{SEAL},QR-7"), plant)

    assert code == 0 and 'column qr_token, value "QR-7": short enough to be guessed' in said
    assert AssetIdentity.objects.get(asset_id=SEAL).qr_token == "QR-7"


def test_specs_are_taken_and_again_change_nothing(plant, tmp_path):
    rows = f"""
        asset_id,specs
        {PRESS},"{{""voltage"": ""220v"", ""rpm"": 1400}}"
        {SEAL},
    """
    folder = write(tmp_path / "specs", asset_specs=rows)

    assert load(folder, plant)[0] == 0

    assert AssetSpec.objects.get(asset_id=PRESS).specs == {"voltage": "220v", "rpm": 1400}
    assert AssetSpec.objects.get(asset_id=SEAL).specs == {}
    assert AssetSpec.objects.get(asset_id=PRESS).history.get().history_change_reason == "load_tables"
    assert "2 read, 0 created, 0 updated, 2 unchanged" in load(folder, plant)[1]


@pytest.mark.parametrize("categories_are_there", [True, False])
def test_specs_are_checked_against_the_schema_of_the_category(plant, tmp_path, categories_are_there):
    files = {"assets": OTHER, "asset_categories": category(schema=PUMPS)}
    if categories_are_there:
        assert load(write(tmp_path / "before", **files), plant)[0] == 0
        files = {}
    specs = f'asset_id,specs\n{PRESS},"{{""rpm"": ""fast""}}"\n{PUMP},"{{""rpm"": ""fast""}}"\n{SEAL},{{}}'

    code, said = load(write(tmp_path / "specs", **files, asset_specs=specs), plant)

    assert code == 1 and said.count("asset_specs.csv, line") == 1  # the press is of no category
    assert """asset_specs.csv, line 3, column specs, value "{"rpm": "fast"}": rpm: Write a number.""" in said
    assert not AssetSpec.objects.exists()


def test_specs_of_any_category_have_names(plant, tmp_path):
    code, said = load(write(tmp_path / "specs", asset_specs=f'asset_id,specs\n{PRESS},"{{"" "": 1}}"'), plant)

    assert code == 1 and "A name has 1 to 60 letters." in said


@pytest.mark.parametrize(
    "reference, sentence",
    [
        ("http://169.254.169.254/schema", "refers to http://169.254.169.254/schema, which is not in it"),
        ("#/properties/rpm", "refers to itself without end"),
    ],
)
def test_a_schema_that_leads_away_or_nowhere_is_told(plant, tmp_path, reference, sentence):
    schema = {"type": "object", "properties": {"rpm": {"$ref": reference}}}
    files = {"assets": OTHER, "asset_categories": category(schema=schema)}
    specs = f'asset_id,specs\n{PUMP},"{{""rpm"": 1}}"'

    code, said = load(write(tmp_path / "far", **files, asset_specs=specs), plant)

    assert code == 1 and "asset_specs.csv, line 2, column specs" in said and sentence in said


@pytest.mark.parametrize(
    "schema, sentence",
    [({"type": "nothing"}, "This is no JSON Schema"), ({"type": "array"}, "The schema describes an object")],
)
def test_what_is_no_schema_is_refused(plant, tmp_path, schema, sentence):
    code, said = load(write(tmp_path / "schema", asset_categories=category(schema=schema)), plant)

    assert code == 1 and "asset_categories.csv, line 2, column spec_schema" in said and sentence in said
    assert not AssetCategory.objects.exists()


def test_a_category_has_one_name(plant, tmp_path):
    with tenant_context(plant):
        there = AssetCategory.objects.create(tenant=plant, name="Pumps")

    code, said = load(write(tmp_path / "names", asset_categories=category(schema=PUMPS)), plant)

    assert code == 1 and f'column name, value "Pumps": another category has this name: {there.pk}' in said


LABEL = "id,token,batch,asset_id,linked_at"


def test_printed_labels_come_along(plant, tmp_path):
    rows = f"{key(41)},{TOKEN},2026-11-29-ABCD,,\n{key(42)},{'u' * 22},2026-11-29-ABCD,{PRESS},2025-11-20T10:00:00Z"
    folder = write(tmp_path / "labels", qr_labels=f"{LABEL}\n{rows}")

    assert load(folder, plant)[0] == 0

    free, linked = QrLabel.objects.order_by("pk")
    assert (free.token, free.asset, str(linked.asset_id)) == (TOKEN, None, PRESS)
    assert "0 created, 0 updated, 2 unchanged" in load(folder, plant)[1]


@pytest.mark.parametrize(
    "rows, sentence",
    [
        (f"{key(42)},{TOKEN},B,,", f"another label has this token: {key(41)}"),
        (f"{key(42)},{'u' * 22},B,,\n{key(43)},{'u' * 22},B,,", "line 2 has it already"),
        (f"{key(42)},{'u' * 22},B,{PRESS},", "a label has an asset and a moment when it was linked, or neither"),
    ],
)
def test_a_label_is_one_things(plant, tmp_path, rows, sentence):
    assert load(write(tmp_path / "there", qr_labels=f"{LABEL}\n{key(41)},{TOKEN},A,,"), plant)[0] == 0

    code, said = load(write(tmp_path / "labels", qr_labels=f"{LABEL}\n{rows}"), plant)

    assert code == 1 and sentence in said
    assert QrLabel.objects.count() == 1
