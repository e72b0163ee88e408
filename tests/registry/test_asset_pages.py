"""The pages of assets: tree, list, search, one asset's page, its forms; and that they cost the same however many there are."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.models import Attachment
from apps.core.roles import Role
from apps.registry import services
from apps.registry.models import Asset, AssetCategory, AssetDocument, AssetSpec, Location
from apps.shopfloor.services import save_station
from tests.factories import create_asset, create_location, create_person, create_station, create_tenant, photo

MOTOR = {
    "type": "object", "required": ["voltage"],
    "properties": {
        "voltage": {"enum": ["220v", "400v"], "title": "Voltage"},
        "rpm": {"type": "integer", "title": "Speed, 1/min", "minimum": 1},
        "sealed": {"type": "boolean"},
        "built": {"type": "string", "format": "date"},
        "weight": {"type": "number", "description": "kg"},
    },
}  # fmt: skip


def signed_in(tenant, role):
    client = Client()
    client.force_login(create_person(tenant=tenant, role=role))
    return client


@pytest.fixture
def manager(tenant):
    return signed_in(tenant, Role.MANAGER)


@pytest.fixture
def hall(tenant):
    return create_location(
        tenant=tenant, name="Hall", type="building", parent=create_location(tenant=tenant, name="Plant")
    )


def at(name, *args, **query):
    return reverse(f"registry:{name}", args=args, query=query or None)


def found(client, **query):
    answer = client.get(at("assets", **query))
    assert answer.status_code == 200
    return [asset.name for asset in answer.context.get("rows", ())]


@pytest.fixture
def machines(tenant, hall):
    rows = {
        "Edge grinder": (
            {"client_code": "P-101", "barcode_manufacturer": "4006381333931"},
            {"voltage": "220v", "rpm": 1400, "weight": 2.4},
        ),
        "Edge polisher": ({"client_code": "P-102"}, {"voltage": "400V", "rpm": 2900, "weight": 3}),
        "Washing machine": ({"client_code": "W-1"}, {"voltage": "220v", "rpm": 700, "rated power": 5}),
    }
    made = {}
    for name, (identity, specs) in rows.items():
        serial = f"SN-{len(made)}/77"
        made[name] = create_asset(tenant=tenant, name=name, location=hall, identity=identity, serial_number=serial)
        services.save_specs(made[name], specs)
    return made


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("edge", ["Edge grinder", "Edge polisher"]),
        ("GRIND", ["Edge grinder"]),
        ("p-10", ["Edge grinder", "Edge polisher"]),
        ("101", ["Edge grinder"]),
        ("sn-1/77", ["Edge polisher"]),
        ("4006381", ["Edge grinder"]),
        ('"edge pol"', ["Edge polisher"]),
        ("edge machine", []),
        ("voltage=220v", ["Edge grinder", "Washing machine"]),
        ("voltage = 400v", ["Edge polisher"]),
        ("voltage=220", ["Edge grinder", "Washing machine"]),
        ("voltage>300", ["Edge polisher"]),
        ("rpm>1400", ["Edge polisher"]),
        ("rpm>=1400", ["Edge grinder", "Edge polisher"]),
        ("weight<2.5", ["Edge grinder"]),
        ("weight<=3,0", ["Edge grinder", "Edge polisher"]),
        ("edge voltage=220v rpm<2000", ["Edge grinder"]),
        ('"rated power">=5', ["Washing machine"]),
        ("rpm>fast", []),
        ("colour=red", []),
        ("%", []),
        ("=", []),
    ],
)
def test_a_search_by_words_and_specs(tenant, machines, typed, names):
    assert found(signed_in(tenant, Role.OPERATOR), q=typed) == names


def test_what_assets_are_found_by_follows_every_change(tenant, manager, machines):
    grinder = machines["Edge grinder"]
    grinder.name = "Saw"
    services.save_asset(grinder, identity={"client_code": "S-9"})
    services.save_specs(grinder, {"rpm": 3})

    assert found(manager, q="grinder") == found(manager, q="p-101") == found(manager, q="rpm=1400") == []
    assert found(manager, q="saw s-9 rpm=3") == ["Saw"]
    services.delete_asset(machines["Washing machine"])
    assert found(manager, q="washing") == []


def test_another_tenants_assets_are_not_found(machines):
    stranger = signed_in(create_tenant(name="B"), Role.MANAGER)
    assert found(stranger, q="edge") == found(stranger, q="voltage=220v") == found(stranger, view="list") == []


def test_filters_stand_in_the_address_and_a_place_takes_all_below_it(tenant, manager, machines, hall):
    room = create_location(tenant=tenant, name="Room", type="room", parent=hall)
    services.move_asset(machines["Edge grinder"], location=room)
    services.set_out_of_service(machines["Edge polisher"], reason="worn")
    create_asset(
        tenant=tenant,
        name="Forklift",
        location=create_location(tenant=tenant, name="Yard"),
        category="lift",
        criticality="a",
    )

    assert found(manager, location=str(hall.parent_id)) == ["Edge grinder", "Edge polisher", "Washing machine"]
    assert found(manager, location=str(room.pk)) == ["Edge grinder"]
    assert found(manager, status="out_of_service") == ["Edge polisher"]
    assert found(manager, category="lift") == found(manager, criticality="a") == ["Forklift"]
    assert found(manager, location="nonsense", view="list") == [
        "Edge grinder",
        "Edge polisher",
        "Forklift",
        "Washing machine",
    ]


def test_the_tree_opens_branch_by_branch(tenant, manager, hall):
    unit = create_asset(tenant=tenant, name="Line 7", location=hall)
    create_asset(tenant=tenant, name="Drive", parent=unit)

    alone = manager.get(at("assets")).content.decode().partition('class="tree')[2]
    assert "Hall" in alone and "Line 7" not in alone  # the only site is open
    create_location(tenant=tenant, name="Yard")
    top = manager.get(at("assets")).content.decode()
    assert "Plant" in top and "Hall" not in top.partition('class="tree')[2] and "Line 7" not in top
    assert "Hall" in manager.get(at("location_branch", hall.parent_id)).content.decode()
    inside = manager.get(at("location_branch", hall.pk)).content.decode()
    assert "Line 7" in inside and "Drive" not in inside
    assert "Drive" in manager.get(at("asset_branch", unit.pk)).content.decode()


def test_a_long_branch_comes_in_pages(tenant, manager, hall, monkeypatch):
    monkeypatch.setattr("apps.registry.queries.BRANCH", 2)
    for n in range(5):
        create_asset(tenant=tenant, name=f"Pump {n}", location=hall)

    seen, address = [], at("location_branch", hall.pk)
    while address:
        answer = manager.get(address)
        branch = answer.context["branch"]
        seen += [asset.name for asset in branch.assets]
        address = f"{at('location_branch', hall.pk)}?after={branch.next}" if branch.next else ""

    assert seen == [f"Pump {n}" for n in range(5)]


def many(tenant, hall, count):
    assets = [Asset(tenant=tenant, name=f"Machine {n:04}", location=hall) for n in range(count)]
    services.save_many(Asset, tenant, new=assets, changed=[], fields=[], reason="")


@pytest.mark.parametrize("page", ["list", "search", "branch", "csv", "detail"])
def test_a_page_costs_the_same_however_many_assets_there_are(tenant, manager, hall, page):
    unit = create_asset(tenant=tenant, name="Line", location=hall)
    address = {
        "list": at("assets", location=str(hall.pk)),
        "search": at("assets", q="machine rpm>5"),
        "branch": at("location_branch", hall.pk),
        "csv": at("assets_csv", location=str(hall.pk)),
        "detail": at("asset_detail", unit.pk),
    }[page]

    def queries():
        with CaptureQueriesContext(connection) as asked:
            answer = manager.get(address)
            b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code == 200
        return [query["sql"] for query in asked]

    many(tenant, hall, 5)
    create_asset(tenant=tenant, name="Drive", parent=unit)
    queries()
    few = queries()
    many(tenant, hall, 1900)
    for n in range(20):
        create_asset(tenant=tenant, name=f"Motor {n}", parent=unit)
    assert len(queries()) == len(few) <= 30, "\n".join(few)


def test_a_manager_makes_an_asset_with_its_code_where_the_address_says(tenant, manager, hall):
    assert f'value="{hall.pk}" selected' in manager.get(at("asset_new", location=str(hall.pk))).content.decode()

    answer = manager.post(at("asset_new"), sent(name="Pump", client_code="P-7", location=str(hall.pk)))

    asset = Asset.objects.get()
    assert answer.headers["Location"] == at("asset_detail", asset.pk)
    assert (asset.name, asset.identity.client_code, asset.location) == ("Pump", "P-7", hall)


def sent(**fields):
    return {"criticality": "b", "run_hours_source": "daily_log", **fields}


def test_a_component_is_made_in_its_unit_by_the_units_code(tenant, manager, hall):
    unit = create_asset(tenant=tenant, location=hall, identity={"client_code": "P-1"})

    assert manager.post(at("asset_new"), sent(name="Drive", parent="P-2")).status_code == 422
    assert manager.post(at("asset_new"), sent(name="Drive")).status_code == 422
    manager.post(at("asset_new"), sent(name="Drive", parent="P-1"))

    assert Asset.objects.get(name="Drive").parent == unit


def test_a_change_names_what_was_seen(tenant, manager, hall):
    asset = create_asset(tenant=tenant, location=hall)
    services.set_out_of_service(asset, reason="worn")

    late = manager.post(at("asset_change", asset.pk), sent(name="Pump", seen="1"))
    fresh = manager.post(at("asset_change", asset.pk), sent(name="Pump", client_code="P-1", seen="2"))

    assert (late.status_code, fresh.status_code) == (409, 302)
    asset.refresh_from_db()
    assert (asset.name, asset.version, asset.status, asset.identity.client_code) == ("Pump", 3, "out_of_service", "P-1")


def test_a_taken_code_is_told_and_nothing_is_stored(tenant, manager, hall, machines):
    pump = create_asset(tenant=tenant, name="Pump", location=hall)

    answer = manager.post(at("asset_change", pump.pk), sent(name="Fan", client_code="P-101"))

    assert answer.status_code == 409 and b"Edge grinder has the code P-101 already" in answer.content
    assert Asset.objects.get(pk=pump.pk).name == "Pump"


def test_an_asset_moves_by_a_form_of_its_own(tenant, manager, hall):
    asset, unit = (
        create_asset(tenant=tenant, location=hall),
        create_asset(tenant=tenant, name="Line", identity={"client_code": "L-1"}),
    )

    assert manager.post(at("asset_move", asset.pk), {}).status_code == 422
    manager.post(at("asset_move", asset.pk), {"parent": "L-1", "seen": "1"})

    asset.refresh_from_db()
    assert asset.parent == unit and asset.location == unit.location
    assert manager.post(at("asset_move", unit.pk), {"parent": str(asset.pk)}).status_code == 409  # into itself


def test_out_of_service_back_and_retired_each_with_a_reason(tenant, manager, hall):
    unit = create_asset(tenant=tenant, location=hall)
    part = create_asset(tenant=tenant, name="Drive", parent=unit)

    def becomes(asset, status, reason="worn"):
        answer = manager.post(at("asset_status", asset.pk), {"status": status, "reason": reason})
        return answer.status_code, Asset.objects.get(pk=asset.pk).status

    assert becomes(unit, "out_of_service", "") == (409, "in_service")
    assert becomes(unit, "out_of_service") == (302, "out_of_service")
    assert becomes(unit, "in_service", "") == (302, "in_service")
    assert becomes(unit, "retired") == (302, "retired")
    assert Asset.objects.get(pk=part.pk).status == "retired"
    assert becomes(part, "in_service") == (409, "retired")  # its unit is retired
    assert becomes(unit, "in_service", "") == (409, "retired")
    assert becomes(unit, "in_service", "by mistake") == (302, "in_service")
    assert unit.history.first().history_change_reason == "by mistake"
    assert becomes(unit, "in_transit") == (409, "in_service")


def test_the_form_of_specs_is_made_from_the_schema(tenant, manager, hall):
    AssetCategory.objects.create(tenant=tenant, name="motor", spec_schema=MOTOR)
    asset = create_asset(tenant=tenant, location=hall, category="motor")
    page = manager.get(at("asset_specs", asset.pk)).content.decode()
    assert "Speed, 1/min" in page and 'type="date"' in page and "kg" in page

    wrong = manager.post(at("asset_specs", asset.pk), {"s-rpm": "0", "name": ["power", "rpm"], "value": ["5", "9"]})
    assert wrong.status_code == 422
    errors = wrong.context["form"].errors
    assert "s-voltage" in errors and not AssetSpec.objects.exists()

    values = {"s-voltage": '"220v"', "s-rpm": "1400", "s-sealed": "true", "s-built": "2020-02-29", "s-weight": "2.5"}
    right = manager.post(
        at("asset_specs", asset.pk), values | {"name": ["power", "note", ""], "value": ["5", "007", ""]}
    )
    assert right.status_code == 302
    assert AssetSpec.objects.get().specs == {
        "voltage": "220v", "rpm": 1400, "sealed": True, "built": "2020-02-29", "weight": 2.5, "power": 5, "note": "007",
    }  # fmt: skip


def test_a_limit_of_the_schema_is_told_beside_its_field(tenant, manager, hall):
    AssetCategory.objects.create(tenant=tenant, name="motor", spec_schema=MOTOR)
    asset = create_asset(tenant=tenant, location=hall, category="motor")

    answer = manager.post(at("asset_specs", asset.pk), {"s-voltage": '"220v"', "s-rpm": "0"})

    assert answer.status_code == 422 and answer.context["form"].errors == {"s-rpm": ["At least 1."]}


def test_specs_that_were_sent_as_they_were_stay_what_they_were(tenant, manager, hall):
    asset = create_asset(tenant=tenant, location=hall)
    specs = {"serial": "1400", "rpm": 1400, "list": [1, "ü"], "open": True, "big": 12345678901234567890}
    services.save_specs(asset, specs)
    form = manager.get(at("asset_specs", asset.pk)).context["form"]
    names, values = [row[0] for row in form.rows], [row[1] for row in form.rows]

    manager.post(at("asset_specs", asset.pk), {"name": names, "value": values})

    assert json.dumps(AssetSpec.objects.get().specs, sort_keys=True) == json.dumps(specs, sort_keys=True)
    assert AssetSpec.objects.get().history.count() == 1


def test_documents_and_photos_are_kept_and_go(tenant, manager, hall):
    asset = create_asset(tenant=tenant, location=hall)

    manager.post(
        at("document_new", asset.pk), {"file": photo(name="plate.jpg"), "kind": "manual", "expires_date": "2030-01-31"}
    )
    manager.post(at("asset_photos", asset.pk), {"photos": [photo(), photo()]})

    document = AssetDocument.objects.get()
    assert (document.title, document.kind, str(document.expires_date)) == ("plate", "manual", "2030-01-31")
    assert len(services.photos_of(asset)) == 2
    assert b"2030-01-31" in manager.get(at("asset_detail", asset.pk)).content
    manager.post(at("document_change", document.pk), {"title": "Plate", "kind": "drawing"})
    assert AssetDocument.objects.get().title == "Plate"
    manager.post(at("document_remove", document.pk))
    for picture in services.photos_of(asset):
        manager.post(at("photo_remove", picture.pk))
    assert not AssetDocument.objects.exists() and not Attachment.objects.exists()
    text = manager.post(at("document_new", asset.pk), {"file": photo(name="x.jpg", format="BMP"), "kind": "manual"})
    assert text.status_code == 409 and b"is not a picture" in text.content


def test_the_page_says_where_it_is_and_what_it_serves(tenant, hall):
    unit = create_asset(tenant=tenant, name="Line", location=hall)
    part = create_asset(tenant=tenant, name="Drive", parent=unit)
    station = create_station(tenant=tenant, code="ST-07")
    station.asset = unit
    save_station(station, by=None)
    technician = signed_in(tenant, Role.TECHNICIAN)

    page = technician.get(at("asset_detail", part.pk)).content.decode()
    path = page.partition('class="path"')[2].partition("</nav>")[0]
    assert [name for name in ("Plant", "Hall", "Line") if name in path] == ["Plant", "Hall", "Line"]
    assert ">History<" not in page and "Change" not in page.partition("<main")[2]
    box = reverse("shopfloor:asset_stations", args=[unit.pk])
    assert box in technician.get(at("asset_detail", unit.pk)).content.decode()
    assert "ST-07" in technician.get(box).content.decode()


def test_places_are_made_renamed_moved_and_deleted(tenant, manager, hall):
    manager.post(at("location_new"), {"name": "Room 1", "type": "room", "parent": str(hall.pk), "is_active": "on"})
    room = Location.objects.get(name="Room 1")
    assert room.parent == hall

    manager.post(at("location_change", room.pk), {"name": "Room 2", "type": "room"})
    manager.post(at("location_move", room.pk), {"parent": str(hall.parent_id)})
    room.refresh_from_db()
    assert (room.name, room.is_active, room.parent_id) == ("Room 2", False, hall.parent_id)
    assert manager.post(at("location_move", hall.pk), {"parent": str(hall.pk)}).status_code == 409
    create_asset(tenant=tenant, location=room)
    assert b"assets refer to it" in manager.post(at("location_delete", room.pk)).content
    assert manager.post(at("location_delete", hall.pk)).status_code == 302
    assert not Location.objects.filter(pk=hall.pk).exists()


def test_ones_own_places_narrow_the_pages_and_all_can_be_seen(tenant, machines, hall):
    yard = create_location(tenant=tenant, name="Yard")
    create_asset(tenant=tenant, name="Forklift", location=yard)
    person = create_person(tenant=tenant, locations=[yard.pk])
    client = Client()
    client.force_login(person)

    assert found(client, view="list") == ["Forklift"]
    assert len(found(client, view="list", all="1")) == 4
    tree = client.get(at("assets")).content.decode().partition('class="tree')[2]
    assert "Yard" in tree and "Plant" not in tree


def test_what_expires_stands_by_its_day(tenant, manager, hall):
    today = tenant.local(timezone.now()).date()
    soon = create_asset(tenant=tenant, name="Soon", location=hall, warranty_end=today + timedelta(days=20))
    create_asset(tenant=tenant, name="Over", location=hall, warranty_end=today - timedelta(days=1))
    create_asset(tenant=tenant, name="Long over", location=hall, warranty_end=today - timedelta(days=400))
    create_asset(tenant=tenant, name="Later", location=hall, warranty_end=today + timedelta(days=80))
    gone = create_asset(tenant=tenant, name="Gone", location=hall, warranty_end=today)
    services.retire_asset(gone)
    file = photo()
    services.add_document(
        soon, file, by=None, title="Permit", kind="certificate", expires_date=today + timedelta(days=5)
    )

    def shown(days):
        rows = manager.get(at("assets_expiring", days=days)).context["rows"]
        return [(row.asset.name, row.document and row.document.title) for row in rows]

    old = create_asset(tenant=tenant, name="Van", location=hall)
    services.add_document(old, photo(), by=None, title="Test", kind="certificate", expires_date=today - timedelta(500))

    assert shown("0") == [("Over", None), ("Long over", None), ("Van", "Test")]  # the latest first
    assert shown("30") == [("Van", "Test"), ("Over", None), ("Soon", "Permit"), ("Soon", None)]
    assert shown("90")[-1] == ("Later", None)
    text = b"".join(manager.get(at("assets_expiring_csv", days="30")).streaming_content).decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith("until,days_left,what") and len(lines) == 5
    assert lines[-1] == f"{today + timedelta(days=20)},20,Warranty,,,Soon,Hall"
    assert manager.get(at("assets_expiring_xlsx", days="30")).status_code == 200
    assert shown("nonsense") == shown("90")


def test_a_spreadsheet_has_what_the_filters_find(tenant, manager, machines):
    answer = manager.get(at("assets_csv", q="voltage=220v"))
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 3 and "P-101" in lines[1] and "client_code" in lines[0]
