"""Places and assets by the API: how they are found, changed, moved, retired, and what an asset is technically."""

import pytest

from apps.core.roles import Role
from apps.registry.models import Asset, AssetCategory
from tests.api.client import Program
from tests.factories import create_asset, create_location, create_person


@pytest.fixture
def manager(tenant):
    return Program(create_person(tenant=tenant, role=Role.MANAGER))


@pytest.fixture
def hall(tenant):
    return create_location(tenant=tenant, name="Hall", type="building", parent=create_location(tenant=tenant))


def names(answer):
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_a_label_issued_anew_is_in_the_answer_and_kills_the_old_one(manager, hall):
    asset = create_asset(tenant=hall.tenant, location=hall)
    old = asset.identity.qr_token

    issued = manager.post(f"assets/{asset.pk}/qr/", {})

    assert issued.status_code == 200, issued.content
    assert issued.json()["qr_token"] != old and issued.json()["version"] == 2
    assert names(manager.get(f"assets/?qr={old}")) == []
    assert names(manager.get(f"assets/?qr={issued.json()['qr_token']}")) == ["Edge grinder"]
    assert manager.post(f"assets/{asset.pk}/qr/", {}, **{"If-Match": '"1"'}).status_code in (409, 412)


def test_an_asset_is_made_with_its_code_and_found_by_it(manager, hall):
    made = manager.post(
        "assets/", {"name": "Pump", "location": str(hall.pk), "client_code": "P-101", "barcode_manufacturer": "4006381"}
    )

    assert made.status_code == 201, made.content
    assert made.json()["client_code"] == "P-101" and made.json()["version"] == 1
    for query in (
        "client_code=P-101",
        "barcode=4006381",
        f"qr={made.json()['qr_token']}",
        f"location={hall.parent_id}",
    ):
        assert names(manager.get(f"assets/?{query}")) == ["Pump"], query
    assert names(manager.get("assets/?client_code=P-102")) == []


def test_a_code_is_had_once(manager, hall):
    create_asset(tenant=hall.tenant, name="Pump", location=hall, identity={"client_code": "P-101"})

    again = manager.post("assets/", {"name": "Fan", "location": str(hall.pk), "client_code": "P-101"})

    assert again.status_code == 400
    assert again.json() == {"detail": "Pump has the code P-101 already; choose another.", "code": "code_taken"}
    assert Asset.objects.count() == 1


def test_the_version_rises_with_every_change_and_is_compared(manager, hall):
    asset = create_asset(tenant=hall.tenant, location=hall)
    seen = manager.get(f"assets/{asset.pk}/")
    assert seen["ETag"] == '"1"'

    changed = manager.patch(f"assets/{asset.pk}/", {"client_code": "P-7"}, **{"If-Match": '"1"'})
    assert changed.json()["version"] == 2
    specs = manager.put(f"assets/{asset.pk}/specs/", {"specs": {"rpm": 1400}}, **{"If-Match": '"2"'})
    assert specs["ETag"] == '"3"'
    late = manager.post(f"assets/{asset.pk}/retire/", {}, **{"If-Match": '"2"'})
    assert late.status_code == 409 and late.json()["current"]["version"] == 3
    assert manager.patch(f"assets/{asset.pk}/", {"client_code": "P-7"}).json()["version"] == 3  # nothing has changed


def test_it_moves_by_its_act_alone(manager, hall):
    asset, room = (
        create_asset(tenant=hall.tenant, location=hall),
        create_location(tenant=hall.tenant, name="Room", type="room", parent=hall),
    )

    refused = manager.patch(f"assets/{asset.pk}/", {"location": str(room.pk)})
    moved = manager.post(f"assets/{asset.pk}/move/", {"location": str(room.pk)})

    assert refused.status_code == 400 and list(refused.json()) == ["location"]
    assert moved.json()["location"] == str(room.pk)


def test_above_and_below(manager, hall):
    unit = create_asset(tenant=hall.tenant, name="Line", location=hall)
    drive = create_asset(tenant=hall.tenant, name="Drive", parent=unit)
    create_asset(tenant=hall.tenant, name="Motor", parent=drive)

    assert names(manager.get(f"assets/{unit.pk}/descendants/?limit=1")) == ["Drive"]
    assert names(manager.get(f"assets/{unit.pk}/descendants/")) == ["Drive", "Motor"]
    assert [row["name"] for row in manager.get(f"assets/{drive.pk}/ancestors/").json()] == ["Line"]
    assert names(manager.get(f"locations/{hall.parent_id}/descendants/")) == ["Hall"]


def test_specs_are_as_the_categorys_schema_says(manager, hall):
    schema = {
        "type": "object", "required": ["voltage"], "additionalProperties": False,
        "properties": {"voltage": {"enum": ["110v", "220v"]}, "rpm": {"type": "integer", "minimum": 0}},
    }  # fmt: skip
    AssetCategory.objects.create(tenant=hall.tenant, name="motor", spec_schema=schema)
    asset = create_asset(tenant=hall.tenant, location=hall, category="motor")

    wrong = manager.put(f"assets/{asset.pk}/specs/", {"specs": {"rpm": -1, "weight": 5}})

    assert wrong.status_code == 400
    assert wrong.json() == {
        "specs.voltage": ["This is required."],
        "specs.rpm": ["At least 0."],
        "specs.weight": ["The category knows no such spec."],
    }
    right = manager.put(f"assets/{asset.pk}/specs/", {"specs": {"voltage": "220v", "rpm": 1400}})
    assert right.json()["specs"] == {"voltage": "220v", "rpm": 1400}


def test_a_schema_fetches_nothing_from_elsewhere(manager, hall):
    schema = {"type": "object", "properties": {"rpm": {"$ref": "http://127.0.0.1:9/schema.json"}}}
    AssetCategory.objects.create(tenant=hall.tenant, name="motor", spec_schema=schema)
    asset = create_asset(tenant=hall.tenant, location=hall, category="motor")

    answer = manager.put(f"assets/{asset.pk}/specs/", {"specs": {"rpm": 5}})

    assert answer.status_code == 400 and "which is not in it" in answer.json()["specs"][0]


def test_what_is_referred_to_is_not_deleted_and_told_by_what(manager, hall):
    unit = create_asset(tenant=hall.tenant, name="Line", location=hall)
    create_asset(tenant=hall.tenant, name="Drive", parent=unit)

    place, asset = manager.delete(f"locations/{hall.pk}/"), manager.delete(f"assets/{unit.pk}/")

    assert place.status_code == asset.status_code == 400
    assert place.json()["detail"] == "Hall cannot be deleted: assets refer to it. Switch it off instead."
    assert asset.json()["detail"] == "Line cannot be deleted: assets refer to it. Retire it instead."
