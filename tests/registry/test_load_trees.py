"""load_tables for places and assets: as AMMS exports them, in any order, and never a tree that is none."""

import time
from uuid import UUID

import pytest

from apps.core.isolation import tenant_context
from apps.core.models import User
from apps.core.trees import tree_faults
from apps.registry.models import Asset, Location
from tests.factories import create_asset, create_location, create_tenant
from tests.tables import load, write


def key(number: int) -> str:
    return str(UUID(int=(0x01A201C1 << 96) + (7 << 76) + (8 << 60) + number))


SITE, HALL, ROOM, PRESS, PUMP, SEAL = (key(number) for number in range(1, 7))
LOCATIONS = f"""
    id,parent_id,name,type
    {ROOM},{HALL},Room 1,Room
    {HALL},{SITE},Hall,Building
    {SITE},,Plant,Site
"""
ASSETS = f"""
    id,tenant_id,parent_id,location_id,name
    {SEAL},{key(99)},{PUMP},,Seal
    {PUMP},{key(99)},{PRESS},{ROOM},Pump
    {PRESS},{key(99)},,{ROOM},Press
"""


@pytest.fixture
def plant(tenant, tmp_path):
    assert load(write(tmp_path / "plant", locations=LOCATIONS, assets=ASSETS), tenant)[0] == 0
    return tenant


def test_parents_may_come_after_their_children(plant, tmp_path):
    assert tree_faults(Location) == tree_faults(Asset) == []
    assert [(place.name, place.type) for place in Location.objects.get(pk=ROOM).get_ancestors(include_self=True)] == [
        ("Plant", "site"),
        ("Hall", "building"),
        ("Room 1", "room"),
    ]
    seal = Asset.objects.get(pk=SEAL)
    assert (seal.level, str(seal.parent_id), str(seal.location_id)) == (2, PUMP, ROOM)  # where its unit is
    code, said = load(tmp_path / "plant", plant)
    assert code == 0 and said.count("3 read, 0 created, 0 updated, 3 unchanged, 0 refused") == 2


def test_rows_of_two_tenants_are_refused(tenant, tmp_path):
    two = ASSETS.replace(f"{PRESS},{key(99)}", f"{PRESS},{key(98)}")

    code, said = load(write(tmp_path / "two", locations=LOCATIONS, assets=two), tenant)

    assert code == 1 and f'assets.csv, line 4, column tenant_id, value "{key(98)}": another tenant than' in said
    assert not Asset.objects.exists()


def test_a_circle_is_refused_with_each_row_of_it_and_no_other(plant, tmp_path):
    four, five = key(11), key(12)
    circle = f"""
        id,parent_id,name,type
        {key(13)},{five},Below it,area
        {four},{five},In it,area
        {five},{four},In it too,area
    """

    code, said = load(write(tmp_path / "circle", locations=circle), plant)

    assert code == 1 and said.count("hangs below itself") == 2
    assert f'locations.csv, line 3, column parent_id, value "{five}": hangs below itself' in said
    assert f'locations.csv, line 4, column parent_id, value "{four}": hangs below itself' in said
    assert Location.objects.count() == 3


def test_a_circle_through_what_is_there_already_is_refused(plant, tmp_path):
    moved = f"id,parent_id,location_id,name\n{PRESS},{SEAL},{ROOM},Press"

    code, said = load(write(tmp_path / "moved", assets=moved), plant)

    assert code == 1 and f'assets.csv, line 2, column parent_id, value "{SEAL}": hangs below itself' in said
    assert Asset.objects.get(pk=PRESS).parent is None


def test_a_chain_without_end_is_refused_in_no_time(tenant, tmp_path):
    rows = [f"{key(100 + n)},{key(101 + n)},Link {n},area" for n in range(20_000)]
    chain = "\n".join(["id,parent_id,name,type", *rows, f"{key(20_100)},,Top,site"])
    began = time.monotonic()

    code, said = load(write(tmp_path / "chain", locations=chain), tenant)

    assert code == 1 and "hangs more than 100 levels deep" in said
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    "rows, sentence",
    [
        (f"{key(11)},{ROOM},Wing,building", 'value "building": cannot stand below a room'),
        (f"{SITE},,Plant,room", 'value "room": cannot stand above the building that hangs below it here'),
    ],
)
def test_a_place_of_a_type_above_its_parents_is_refused(plant, tmp_path, rows, sentence):
    code, said = load(write(tmp_path / "types", locations=f"id,parent_id,name,type\n{rows}"), plant)

    assert code == 1 and f"locations.csv, line 2, column type, {sentence}" in said


def test_a_component_is_where_its_unit_is_whatever_the_file_says(plant, tmp_path):
    stray = f"id,parent_id,location_id,name\n{key(11)},{PUMP},{SITE},Shaft"

    code, said = load(write(tmp_path / "stray", assets=stray), plant)

    assert code == 0 and f'value "{SITE}": a component is where its unit is; taken from there' in said
    assert str(Asset.objects.get(pk=key(11)).location_id) == ROOM


def test_components_follow_a_unit_that_the_file_moves(plant, tmp_path):
    moved = f"id,location_id,name\n{PRESS},{HALL},Press"

    code, said = load(write(tmp_path / "moved", assets=moved), plant)

    assert code == 0 and "1 read, 0 created, 1 updated" in said
    assert {str(asset.location_id) for asset in Asset.objects.all()} == {HALL}
    assert Asset.objects.get(pk=SEAL).history.first().history_change_reason == "load_tables"


def test_a_unit_without_a_place_is_refused(tenant, tmp_path):
    code, said = load(write(tmp_path / "nowhere", assets=f"id,parent_id,location_id,name\n{PRESS},,,Press"), tenant)

    assert code == 1 and 'line 2, column location_id, value "": may be empty for a component only' in said


def test_nothing_hangs_below_what_another_tenant_has(tenant, tmp_path):
    stranger = create_tenant(slug="stranger")
    with tenant_context(stranger):
        theirs = create_asset(tenant=stranger, location=create_location(tenant=stranger))
    rows = f"id,parent_id,location_id,name\n{PRESS},{theirs.pk},,Press"

    code, said = load(write(tmp_path / "theirs", assets=rows), tenant)

    assert code == 1 and f'value "{theirs.pk}": neither in assets.csv nor in the tenant' in said


def test_people_come_as_amms_exports_them(tenant, tmp_path):
    users = f"""
        id,tenant_id,email,role,password_hash
        {key(21)},{key(99)},tech@plant.example,technician,$2b$12$abcdefghijklmnopqrstuv
    """
    folder = write(tmp_path / "people", users=users)

    assert load(folder, tenant)[0] == 0

    person = User.objects.get(pk=key(21))
    assert (person.role, person.has_usable_password(), person.must_change_password) == ("technician", False, True)
    code, said = load(folder, tenant)
    assert code == 0 and "users.csv               1 read, 0 created, 0 updated, 1 unchanged" in said
    write(folder, app_users=users)
    assert "holds app_users.csv and users.csv, which are one table; leave one out." in load(folder, tenant)[1]
