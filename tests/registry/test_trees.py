"""Places and assets stay whole trees: moves, circles, guards, concurrent writers, and the command that proves it."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.core.trees import tree_faults
from apps.registry import services
from apps.registry.models import Asset, AssetStatus, Location
from apps.registry.services import trees
from tests.factories import create_asset, create_location, create_tenant


@pytest.fixture
def site(tenant):
    return create_location(tenant=tenant, name="Plant 1")


def test_a_child_hangs_below_its_parent_and_a_site_is_a_tree_of_its_own(tenant, site):
    hall = create_location(tenant=tenant, name="Hall", type="building", parent=site)
    room = create_location(tenant=tenant, name="Room", type="room", parent=hall)
    other = create_location(tenant=tenant, name="Plant 2")

    site.refresh_from_db()
    assert list(site.get_descendants()) == [hall, room]
    assert room.level == 2
    assert other.tree_id != site.tree_id


def test_a_site_cannot_stand_in_a_room(tenant, site):
    room = create_location(tenant=tenant, name="Room", type="room", parent=site)

    with pytest.raises(BrokenRule, match="cannot stand below"):
        create_location(tenant=tenant, name="Wrong", type="site", parent=room)


def test_moving_takes_everything_below_along(tenant, site):
    hall = create_location(tenant=tenant, name="Hall", type="building", parent=site)
    create_location(tenant=tenant, name="Room", type="room", parent=hall)
    other = create_location(tenant=tenant, name="Plant 2")

    services.move_location(hall, parent=other)

    other.refresh_from_db()
    assert [place.name for place in other.get_descendants()] == ["Hall", "Room"]
    assert tree_faults(Location) == []


def test_a_move_under_ones_own_descendant_is_refused(tenant, site):
    one = create_location(tenant=tenant, name="One", type="area", parent=site)
    two = create_location(tenant=tenant, name="Two", type="area", parent=one)

    with pytest.raises(BrokenRule, match="cannot move there"):
        services.move_location(one, parent=two)
    assert tree_faults(Location) == []


def test_beside_a_root_is_a_root_of_its_own_and_leaves_other_trees_alone(tenant, site):
    hall = create_location(tenant=tenant, name="Hall", type="site", parent=site)
    number = site.tree_id

    services.move_location(hall, parent=site, position="left")

    hall.refresh_from_db()
    site.refresh_from_db()
    assert (hall.parent, site.tree_id) == (None, number)


def test_saving_a_stale_row_does_not_move_it_back(tenant, site):
    stale = create_location(tenant=tenant, name="Hall", type="building", parent=site)
    services.move_location(Location.objects.get(pk=stale.pk), parent=create_location(tenant=tenant, name="Plant 2"))

    stale.name = "Hall 7"
    stale.save()

    assert Location.objects.get(pk=stale.pk).parent.name == "Plant 2"
    assert tree_faults(Location) == []


def test_saving_with_another_parent_is_refused(tenant, site):
    place = create_location(tenant=tenant, name="Plant 2")
    place.parent = site

    with pytest.raises(BrokenRule, match="its own action"):
        place.save()


@pytest.mark.parametrize(
    "statement",
    [
        "update locations set lft = 5",
        "update locations set parent_id = id",
        "delete from locations",
    ],
)
def test_the_database_refuses_what_does_not_hold_the_guard(transactional_db, statement):
    tenant = create_tenant()
    with tenant_context(tenant):
        create_location(tenant=tenant)

    with pytest.raises(IntegrityError, match="under its guard"), tenant_context(tenant), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_component_is_where_its_unit_is(tenant, site):
    unit = create_asset(tenant=tenant, name="Grinder", location=site)
    spindle = create_asset(tenant=tenant, name="Spindle", parent=unit)
    other = create_location(tenant=tenant, name="Plant 2")

    services.move_asset(unit, location=other)

    assert Asset.objects.get(pk=spindle.pk).location == other


@pytest.mark.parametrize("act", ["move", "retire"])
def test_a_unit_of_many_components_costs_no_statement_for_each(tenant, site, act):
    other = create_location(tenant=tenant, name="Plant 2")

    def statements(count):
        unit = create_asset(tenant=tenant, location=site)
        for n in range(count):
            create_asset(tenant=tenant, name=f"Part {n}", parent=unit)
        with CaptureQueriesContext(connection) as asked:
            if act == "move":
                services.move_asset(unit, location=other)
            else:
                services.retire_asset(unit, reason="Sold")
        parts = unit.get_descendants(include_self=True)
        assert {part.location for part in parts} == {other if act == "move" else site}
        assert {part.status for part in parts} == {"in_service" if act == "move" else "retired"}
        histories = [part.history.first() for part in parts]  # as they are now
        assert [(row.location_id, row.status) for row in histories] == [(p.location_id, p.status) for p in parts]
        assert {row.history_change_reason for row in histories} <= ({"Sold"} if act == "retire" else {"", None})
        return len(asked)

    assert statements(3) == statements(40)


def test_the_planner_hears_of_thousands_as_soon_as_they_are_there(
    tenant, site, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(trees, "BATCH", 20)

    def told(count):
        made = [Asset(tenant=tenant, name=f"Saw {n}", location=site) for n in range(count)]
        with CaptureQueriesContext(connection) as asked, django_capture_on_commit_callbacks(execute=True):
            services.save_many(Asset, tenant, new=made, changed=[], fields=[], reason="")
        return [query["sql"] for query in asked if query["sql"].startswith("analyze")]

    assert told(19) == []
    assert "asset_terms" in told(20)[0]  # what searches read


def test_mounting_and_retiring(tenant, site):
    unit, spindle = create_asset(tenant=tenant, location=site), create_asset(tenant=tenant, name="Spindle")

    services.move_asset(spindle, parent=unit)
    spindle.refresh_from_db()
    assert (spindle.parent, spindle.location) == (unit, site)

    services.retire_asset(unit)
    assert {asset.status for asset in Asset.objects.all()} == {AssetStatus.RETIRED}
    with pytest.raises(BrokenRule, match="retired"):
        services.retire_asset(unit)
    with pytest.raises(BrokenRule, match="retired"):
        services.move_asset(create_asset(tenant=tenant), parent=unit)


def test_what_has_others_below_it_is_not_deleted(tenant, site):
    create_location(tenant=tenant, name="Hall", type="building", parent=site)

    with pytest.raises(BrokenRule, match="below it"):
        site.delete()


def test_the_command_finds_and_mends_a_fault_made_by_hand(tenant, site):
    hall = create_location(tenant=tenant, name="Hall", type="building", parent=site)
    create_location(tenant=tenant, name="Room", type="room", parent=hall)
    call_command("check_trees", stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.tree_locations', 'on', true)")
        cursor.execute("update locations set lft = 1, rght = 9, level = 3 where name = 'Room'")

    with pytest.raises(CommandError, match="rows are out of place"):
        call_command("check_trees", stdout=StringIO())
    call_command("check_trees", fix=True, stdout=StringIO())

    site.refresh_from_db()
    assert [place.name for place in site.get_descendants()] == ["Hall", "Room"]


@pytest.mark.django_db(transaction=True)
def test_many_writers_leave_whole_trees():
    tenant = create_tenant()
    with tenant_context(tenant):
        roots = [create_location(tenant=tenant, name=f"Plant {n}", type="area") for n in range(3)]

    def work(seed):
        random = Random(seed)
        try:
            for n in range(20):
                with transaction.atomic(), tenant_context(tenant):
                    places = list(Location.objects.order_by("pk"))
                    try:
                        if random.random() < 0.5:
                            create_location(
                                tenant=tenant, name=f"{seed}-{n}", type="area", parent=random.choice(places)
                            )
                        else:
                            services.move_location(random.choice(places), parent=random.choice([None, *places]))
                    except BrokenRule:
                        pass  # a circle, rightly refused
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))

    with tenant_context(tenant):
        assert tree_faults(Location) == []
        assert Location.objects.count() > len(roots) + 30


def test_a_stale_form_neither_moves_an_asset_back_nor_revives_it(tenant, site):
    stale = create_asset(tenant=tenant, location=site)
    services.move_asset(stale, location=create_location(tenant=tenant, name="Plant 2"))

    stale.name = "Renamed"
    services.save_asset(stale)
    assert Asset.objects.get(pk=stale.pk).location.name == "Plant 2"

    services.retire_asset(stale)
    with pytest.raises(BrokenRule, match="retired"):
        services.save_asset(stale)


def test_nothing_new_is_mounted_in_a_retired_unit(tenant, site):
    stale = create_asset(tenant=tenant, location=site)
    services.retire_asset(Asset.objects.get(pk=stale.pk))

    with pytest.raises(BrokenRule, match="nothing can be mounted in it"):
        create_asset(tenant=tenant, location=None, parent=stale)

    assert Asset.objects.get() == stale
