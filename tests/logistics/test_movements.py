"""The life of a movement: planned, dispatched, received, lost, cancelled; with all that is mounted in its asset."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.errors import BrokenRule, Conflict, NotAllowed
from apps.logistics import services
from apps.logistics.custody import faults
from apps.logistics.models import AssetMovement
from apps.registry.models import Asset
from apps.registry.services import move_asset, retire_asset, set_in_service, set_out_of_service
from tests.factories import create_asset, create_attachment, create_movement, create_station


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_a_movement_is_planned_dispatched_with_a_pass_and_received_by_another(tenant, hall, yard, sender, taker):
    grinder = create_asset(tenant=tenant, location=hall)

    (row,) = services.plan_movements([grinder], yard, by=sender)

    assert (row.status, row.from_location, row.to_location, fresh(grinder).status) == (
        "planned", hall, yard, "in_service",
    )  # fmt: skip

    (row,) = services.dispatch_movements([row], by=sender, gate_pass_ref=" A  17 ", condition="Clean")

    assert (row.status, row.gate_pass_ref, row.condition_out, row.dispatched_by) == (
        "in_transit", "A 17", "Clean", sender,
    )  # fmt: skip
    assert (fresh(grinder).status, fresh(grinder).location) == ("in_transit", hall)

    services.receive_movements([row], by=taker, condition="Scratched")

    row = fresh(row)
    assert (row.status, row.received_location, row.condition_in, row.received_by) == (
        "received", yard, "Scratched", taker,
    )  # fmt: skip
    assert (fresh(grinder).status, fresh(grinder).location) == ("in_service", yard)
    assert list(row.history.order_by("history_id").values_list("status", flat=True)) == [
        "planned", "in_transit", "received",
    ]  # fmt: skip


def test_components_travel_along_each_with_a_line_of_its_own_and_stand_as_before(tenant, hall, yard, sender, taker):
    unit = create_asset(tenant=tenant, location=hall)
    spindle = create_asset(tenant=tenant, parent=unit, name="Spindle")
    bearing = create_asset(tenant=tenant, parent=spindle, name="Bearing")
    worn = retire_asset(create_asset(tenant=tenant, parent=unit, name="Worn"))
    set_out_of_service(spindle, reason="hot")

    row = create_movement(unit, yard, by=sender, dispatched=True)

    inside = AssetMovement.objects.filter(carried_by=row)
    assert {movement.asset for movement in inside} == {spindle, bearing, worn}
    assert [fresh(asset).status for asset in (unit, spindle, bearing, worn)] == ["in_transit"] * 3 + ["retired"]
    with pytest.raises(BrokenRule, match="Spindle travels in Edge grinder"):
        services.receive_movements([inside.get(asset=spindle)], by=taker)

    services.receive_movements([row], by=taker)

    assert {movement.status for movement in inside.all()} == {"received"}
    assert [fresh(asset).status for asset in (unit, spindle, bearing, worn)] == [
        "in_service", "out_of_service", "in_service", "retired",
    ]  # fmt: skip
    assert {fresh(asset).location for asset in (unit, spindle, bearing, worn)} == {yard}
    assert faults(tenant) == []


def test_what_cannot_be_prepared_is_named(tenant, hall, yard, sender):
    unit = create_asset(tenant=tenant, location=hall, name="Unit")
    part = create_asset(tenant=tenant, parent=unit, name="Part")
    gone = retire_asset(create_asset(tenant=tenant, location=hall, name="Gone"))
    there = create_asset(tenant=tenant, location=yard, name="There")
    busy = create_asset(tenant=tenant, location=hall, name="Busy")
    create_movement(busy, yard)

    with pytest.raises(BrokenRule) as refused:
        services.plan_movements([unit, part, gone, there, busy], yard, by=sender)

    assert str(refused.value) == (
        "Part is mounted in a unit; take it out of that first. Gone is retired; it moves no more. There is at Yard "
        "already. Busy has a movement to Yard already, which is planned."
    )
    assert AssetMovement.objects.count() == 1


def test_dispatching_needs_a_pass_that_no_other_has(tenant, hall, yard, sender):
    one, two, three = (create_asset(tenant=tenant, location=hall, name=name) for name in ("One", "Two", "Three"))
    first, second, third = services.plan_movements([one, two, three], yard, by=sender)

    with pytest.raises(BrokenRule, match="Name the gate pass") as refused:
        services.dispatch_movements([first], by=sender)
    assert refused.value.code == "pass_missing"
    services.dispatch_movements([first, second], by=sender, gate_pass_ref="A-1")
    with pytest.raises(BrokenRule, match="A-1 is the pass of One"):
        services.dispatch_movements([third], by=sender, gate_pass_ref="A-1")
    with pytest.raises(BrokenRule, match="GP-000009 is no number of yours"):
        services.dispatch_movements([third], by=sender, gate_pass_ref="GP-000009")
    assert fresh(third).status == "planned"


def test_who_dispatched_it_does_not_receive_it(tenant, hall, yard, sender):
    row = create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender, dispatched=True)

    with pytest.raises(NotAllowed, match="another person receives it"):
        services.receive_movements([row], by=sender)

    assert fresh(row).status == "in_transit"


def test_in_agile_mode_one_step_moves_it_with_a_pass_numbered_by_itself(agile, hall, yard, sender):
    one, two = (create_asset(tenant=agile, location=hall, name=name) for name in ("One", "Two"))

    for asset in (one, two):
        services.dispatch_movements(services.plan_movements([asset], yard, by=sender), by=sender)

    rows = AssetMovement.objects.order_by("pk")
    assert [(row.status, row.gate_pass_ref, row.received_by) for row in rows] == [
        ("received", "GP-000001", sender), ("received", "GP-000002", sender),
    ]  # fmt: skip
    assert {fresh(asset).location for asset in (one, two)} == {yard}


def test_what_arrives_elsewhere_than_planned_is_there(tenant, hall, yard, shop, sender, taker):
    grinder = create_asset(tenant=tenant, location=hall)
    row = create_movement(grinder, yard, by=sender, dispatched=True)

    services.receive_movements([row], by=taker, location=shop)

    assert fresh(row).is_elsewhere
    assert fresh(grinder).location == shop


def test_late_entries_fit_between_what_is_known(tenant, hall, yard, sender, taker):
    now = timezone.now()
    grinder = create_asset(tenant=tenant, location=hall)
    row = create_movement(grinder, yard, by=sender)
    left, arrived = now - timedelta(days=2), now - timedelta(days=1)

    with pytest.raises(BrokenRule, match="more than 7 days ago"):
        services.dispatch_movements([row], by=sender, gate_pass_ref="A", at=now - timedelta(days=8))
    with pytest.raises(BrokenRule, match="in the future"):
        services.dispatch_movements([row], by=sender, gate_pass_ref="A", at=now + timedelta(minutes=1))
    services.dispatch_movements([row], by=sender, gate_pass_ref="A", at=left)
    with pytest.raises(BrokenRule, match="cannot have arrived before"):
        services.receive_movements([row], by=taker, at=left - timedelta(minutes=1))
    services.receive_movements([row], by=taker, at=arrived)
    back = create_movement(grinder, hall, by=sender)
    with pytest.raises(BrokenRule, match="cannot have left at"):
        services.dispatch_movements([back], by=sender, gate_pass_ref="B", at=arrived - timedelta(hours=1))
    services.dispatch_movements([back], by=sender, gate_pass_ref="B", at=arrived)


def test_photos_at_both_ends_are_told_apart(tenant, hall, yard, sender, taker):
    row = create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender)
    out, into = (create_attachment(tenant=tenant, by=sender) for _ in range(2))

    services.dispatch_movements([row], by=sender, gate_pass_ref="A", photos={row.pk: [out]})
    services.receive_movements([row], by=taker, photos={row.pk: [into]})

    assert fresh(out).entity_id == fresh(into).entity_id == row.pk
    assert fresh(row).photos_in == [into.pk]


def test_what_is_cancelled_stays_and_what_left_is_not_cancelled(tenant, hall, yard, sender):
    grinder = create_asset(tenant=tenant, location=hall)
    row = create_movement(grinder, yard, by=sender)

    services.cancel_movements([row], by=sender, reason="not needed")

    assert (fresh(row).status, fresh(row).reason, fresh(grinder).status) == ("cancelled", "not needed", "in_service")
    again = create_movement(grinder, yard, by=sender, dispatched=True)
    with pytest.raises(BrokenRule, match="in transit; it cannot become cancelled"):
        services.cancel_movements([again], by=sender)


def test_what_is_lost_is_retired_and_goes_on_from_anywhere_once_it_is_found(tenant, hall, yard, shop, sender, taker):
    unit = create_asset(tenant=tenant, location=hall)
    part = create_asset(tenant=tenant, parent=unit, name="Part")
    row = create_movement(unit, yard, by=sender, dispatched=True)

    with pytest.raises(BrokenRule, match="Say why"):
        services.lose_movements([row], by=taker, reason=" ")
    services.lose_movements([row], by=taker, reason="never came")

    assert {movement.status for movement in AssetMovement.objects.all()} == {"lost"}
    assert (fresh(unit).status, fresh(part).status) == ("retired", "retired")
    assert fresh(unit).history.latest().history_change_reason == "never came"
    found = set_in_service(fresh(unit), reason="found")
    move_asset(found, location=shop, by=taker)
    assert faults(tenant) == []


def test_a_stale_press_is_a_conflict(tenant, hall, yard, sender, taker):
    row = create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender)
    seen = {row.pk: row.version}
    services.change_movement(row, by=sender, notes="mind the glass")

    with pytest.raises(Conflict):
        services.dispatch_movements([row], by=sender, gate_pass_ref="A", seen=seen)


def test_a_change_reaches_what_is_planned_and_then_only_the_day_of_return(tenant, hall, yard, shop, sender):
    today = tenant.local(timezone.now()).date()
    row = create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender)

    row = services.change_movement(row, by=sender, to_location=shop, returnable=True, expected_return=today)
    with pytest.raises(BrokenRule, match="is at Hall 1 already"):
        services.change_movement(row, by=sender, to_location=hall)
    services.dispatch_movements([row], by=sender, gate_pass_ref="A")
    with pytest.raises(BrokenRule, match="is in transit"):
        services.change_movement(row, by=sender, to_location=yard)

    later = services.change_movement(row, by=sender, expected_return=today + timedelta(days=9))
    assert later.expected_return == today + timedelta(days=9)


# -- what may not be done meanwhile -------------------------------------------------------------------------------------


def test_what_is_about_to_leave_or_on_its_way_is_not_moved_mounted_or_set_by_hand(tenant, hall, yard, sender):
    unit = create_asset(tenant=tenant, location=hall, name="Unit")
    part = create_asset(tenant=tenant, parent=unit, name="Part")
    other = create_asset(tenant=tenant, location=hall, name="Other")
    row = create_movement(unit, yard, by=sender)

    with pytest.raises(BrokenRule, match="has a movement to Yard, which is planned"):
        move_asset(unit, location=yard)
    with pytest.raises(BrokenRule, match="which is planned"):
        move_asset(unit, parent=other)
    services.dispatch_movements([row], by=sender, gate_pass_ref="A")
    with pytest.raises(BrokenRule, match="Part has a movement to Yard, which is in transit"):
        move_asset(part, location=hall)
    with pytest.raises(BrokenRule, match="Unit is in transit; mount it when"):
        move_asset(other, parent=unit)
    with pytest.raises(BrokenRule, match="has its status back when it is received"):
        set_in_service(unit)
    with pytest.raises(BrokenRule, match="receive it, or report it lost"):
        retire_asset(unit)


def test_retiring_cancels_what_was_planned(tenant, hall, yard):
    grinder = create_asset(tenant=tenant, location=hall)
    row = create_movement(grinder, yard)

    retire_asset(grinder, reason="sold")

    assert (fresh(row).status, fresh(row).reason) == ("cancelled", "sold")


def test_what_serves_at_a_station_is_taken_off_first_or_with_it(tenant, hall, yard, sender):
    unit = create_asset(tenant=tenant, location=hall)
    part = create_asset(tenant=tenant, parent=unit, name="Part")
    station = create_station(tenant=tenant, code="ST-01", asset=part)
    row = create_movement(unit, yard, by=sender)

    with pytest.raises(BrokenRule, match="Part serves at ST-01; take it off there first") as refused:
        services.dispatch_movements([row], by=sender, gate_pass_ref="A")
    assert refused.value.code == "on_station"

    services.dispatch_movements([row], by=sender, gate_pass_ref="A", take_off=True)

    assert fresh(station).asset is None


def test_many_are_dispatched_and_received_in_as_many_statements_as_few(
    tenant, hall, yard, sender, taker, django_assert_max_num_queries
):
    def run(count):
        assets = [create_asset(tenant=tenant, location=hall, name=f"M{n}") for n in range(count)]
        for asset in assets[::2]:
            create_asset(tenant=tenant, parent=asset, name="Part")
        with django_assert_max_num_queries(500) as asked:
            rows = services.plan_movements(assets, yard, by=sender)
            rows = services.dispatch_movements(rows, by=sender, gate_pass_ref=f"P-{count}")
            services.receive_movements(rows, by=taker)
        return len(asked)

    assert run(4) == run(40)
    assert Asset.objects.filter(location=yard).count() == 44 + 22
