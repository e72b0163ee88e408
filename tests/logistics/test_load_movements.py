"""shipments.csv and asset_movements.csv: in and out unchanged, and a history with gaps is refused with the row."""

import pytest

from apps.logistics.custody import faults
from apps.logistics.models import AssetMovement, Shipment
from apps.logistics.services import dispatch_movements, plan_movements, receive_movements
from apps.registry.models import Asset
from tests.factories import create_asset, create_movement, create_person
from tests.tables import content, dump, load, write

ID = "00000000-0000-7000-8000-0000000000"


@pytest.fixture
def grinder(tenant, shop):
    return create_asset(tenant=tenant, location=shop)


def lines(grinder, *rows):
    """A file in which the first columns are as AMMS has them."""
    return "\n".join(
        [
            "id,asset_id,from_location_id,to_location_id,status,gate_pass_ref,dispatched_at,received_at",
            *(
                f"{ID}{number:02},{grinder.pk},{start.pk},{end.pk},{status},GP-0000{number:02},{left},{arrived}"
                for number, (start, end, status, left, arrived) in enumerate(rows, 1)
            ),
        ]
    )


def day(number):
    return f"2026-03-{number:02} 08:00:00+00"


def test_a_history_is_loaded_and_ours_goes_on_behind_it(tenant, tmp_path, grinder, hall, yard, shop, sender):
    rows = lines(
        grinder,
        (hall, yard, "Received", day(1), day(2)),
        (yard, shop, "Received", day(2), day(3)),
        (shop, hall, "In_Transit", day(4), ""),
    )

    code, said = load(write(tmp_path / "in", asset_movements=rows), tenant)

    assert code == 0, said
    assert Asset.objects.get().status == "in_transit"
    (row,) = receive_movements(list(AssetMovement.objects.filter(status="in_transit")), by=sender)
    assert (Asset.objects.get().status, row.former_status) == ("in_service", "in_service")
    assert faults(tenant) == []
    tenant.settings = {"agile_mode": True}
    tenant.save()
    (again,) = dispatch_movements(plan_movements([Asset.objects.get()], yard, by=sender), by=sender)
    assert again.gate_pass_ref == "GP-000004"


def test_without_moments_the_order_of_lines_is_that_of_moves(tenant, tmp_path, grinder, hall, yard, shop):
    file = f"""
        id,asset_id,from_location_id,to_location_id,status,gate_pass_ref
        {ID}02,{grinder.pk},{hall.pk},{yard.pk},Received,
        {ID}01,{grinder.pk},{yard.pk},{shop.pk},Received,"""

    code, said = load(write(tmp_path / "in", asset_movements=file), tenant)

    assert code == 0, said
    assert [row.to_location for row in AssetMovement.objects.of_line()] == [yard, shop]


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ([("hall", "yard", "Received", 1, 3), ("yard", "shop", "Received", 2, 4)], "line 3, column dispatched_at"),
        ([("hall", "yard", "Received", 1, 2), ("hall", "shop", "Received", 3, 4)], "line 3, column from_location_id"),
        ([("hall", "yard", "In_Transit", 1, None), ("yard", "shop", "Received", 2, 4)], "is on its way"),
        ([("hall", "yard", "Received", 1, 2)], "the line ends here, and the asset is at"),
        (
            [("shop", "yard", "In_Transit", 1, None), ("shop", "yard", "planned", None, None)],
            "an open movement: line 2",
        ),
        ([("shop", "shop", "planned", None, None)], "is where it comes from"),
        ([("hall", "shop", "Received", 4, 2)], "is before it left"),
        ([("shop", "hall", "planned", 4, None)], "what is planned has not left"),
        ([("shop", "hall", "In_Transit", 4, 5)], "what is in_transit has another end"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(tenant, tmp_path, grinder, hall, yard, shop, moves, told):
    places = {"hall": hall, "yard": yard, "shop": shop}
    rows = [
        (places[start], places[end], status, left and day(left) or "", arrived and day(arrived) or "")
        for start, end, status, left, arrived in moves
    ]

    code, said = load(write(tmp_path / "in", asset_movements=lines(grinder, *rows)), tenant)

    assert code != 0
    assert told in said, said
    assert not AssetMovement.objects.exists()


READINGS = "id,asset_id,meter,kind,value,read_at,source"


def reading(number, grinder, value, at):
    return f"{ID}{number},{grinder.pk},run_hours,reading,{value},{at},api"


def order(number, grinder, at, origin="pm"):
    return f"{ID}{number},WO-{number},{grinder.pk},In_Progress,{origin},{at}"


def logged(number, grinder, date):
    return f"{ID}{number},{date},{grinder.pk},3"


def test_what_was_done_while_an_asset_was_on_its_way_is_told(tenant, tmp_path, grinder, hall, shop):
    folder = write(
        tmp_path / "in",
        asset_movements=lines(grinder, (hall, shop, "Received", day(1), day(5))),
        meter_readings="\n".join([READINGS, reading(11, grinder, 10, day(2)), reading(12, grinder, 11, day(5))]),
        work_orders="\n".join(
            [
                "id,number,asset_id,status,origin,started_at",
                order(21, grinder, day(3)),
                order(22, grinder, day(6)),
                order(23, grinder, day(3), "defect"),
            ]
        ),
        daily_logs="\n".join(
            [
                "id,date,asset_id,run_hours_added",
                logged(31, grinder, "2026-03-01"),
                logged(32, grinder, "2026-03-04"),
                logged(33, grinder, "2026-03-05"),
            ]
        ),
    )
    told = [
        "it was on its way when a meter was read, at 2026-03-02",
        "it was on its way when a preventive order was begun, at 2026-03-03",
        "it was on its way all of the logged day 2026-03-04",
    ]

    for dry in (["--dry-run"], [], []):  # staged; then in the tenant, each told once
        code, said = load(folder, tenant, *dry)
        assert code == 0, said
        assert [said.count(words) for words in told] == [1, 1, 1], said
        assert said.count("it was on its way") == 3, said


def test_assets_that_a_file_puts_elsewhere_have_moved(tenant, tmp_path, grinder, hall, shop):
    part = create_asset(tenant=tenant, parent=grinder, name="Part")

    code, said = load(
        write(tmp_path / "in", assets=f"id,name,location_id\n{grinder.pk},Edge grinder,{hall.pk}"), tenant
    )

    assert code == 0, said
    moved = AssetMovement.objects.order_by("asset__name")
    assert [(row.asset, row.from_location, row.received_location) for row in moved] == [
        (grinder, shop, hall), (part, shop, hall),
    ]  # fmt: skip
    assert moved[1].carried_by == moved[0]
    assert faults(tenant) == []


def test_a_dump_comes_back_as_it_was(tenant, tmp_path, grinder, hall, yard, shop, sender):
    shipment = Shipment.objects.create(tenant=tenant, jms_reference="TRIP-1", driver_name="A driver", vehicle="Lorry")
    rows = plan_movements([grinder], yard, by=sender, shipment=shipment)
    dispatch_movements(rows, by=sender, gate_pass_ref="A", condition="Clean")
    receive_movements(rows, by=create_person(tenant=tenant))
    create_movement(create_asset(tenant=tenant, location=hall, name="Other"), yard, by=sender)
    assert dump(tmp_path / "out", tenant)[0] == 0
    before = content(tmp_path / "out")

    code, said = load(tmp_path / "out", tenant)

    assert code == 0, said
    assert AssetMovement.objects.filter(version__gt=3).count() == 0
    assert dump(tmp_path / "again", tenant)[0] == 0
    assert content(tmp_path / "again") == before
    assert b"A driver" in before["shipments.csv"]
