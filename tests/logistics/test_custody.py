"""Custody is one unbroken line: the database says so, whoever writes; what is moved by hand is in it."""

from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.logistics.custody import faults
from apps.logistics.models import AssetMovement
from apps.registry.models import Asset
from apps.registry.services import move_asset
from tests.factories import create_asset, create_movement

NOW = timezone.now()


def moved(asset, start, end, left, arrived, **fields):
    """A movement in days before now, written past the services."""
    fields = {"status": "received", "received_location": end} | fields
    return AssetMovement.objects.create(
        tenant=asset.tenant, asset=asset, from_location=start, to_location=end, dispatched_at=NOW - timedelta(days=left),
        received_at=None if arrived is None else NOW - timedelta(days=arrived), **fields,
    )  # fmt: skip


def written():
    """What the end of the transaction would say."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")


@pytest.fixture
def grinder(tenant, hall, yard, shop):
    """From the hall to the yard, and on to the shop, where it is."""
    asset = create_asset(tenant=tenant, location=shop)
    moved(asset, hall, yard, 9, 8)
    moved(asset, yard, shop, 6, 5)
    written()
    return asset


@contextmanager
def refuses(fault):
    """What is done in it is refused when it ends, as at the end of a transaction."""
    with pytest.raises(IntegrityError, match=f"custody of asset .* is broken: {fault}"), transaction.atomic():
        yield
        written()


def test_a_row_that_begins_before_the_last_ended_is_refused(grinder, shop, yard):
    with refuses("overlap"):
        moved(grinder, shop, yard, 5.5, 4)


def test_a_row_that_begins_elsewhere_than_the_last_ended_is_refused(grinder, hall, shop):
    with refuses("gap"):
        moved(grinder, hall, shop, 4, 3)


def test_an_old_row_that_does_not_fit_between_its_neighbours_is_refused(grinder, yard, hall):
    with refuses("gap"):
        moved(grinder, yard, hall, 7.5, 7)


def test_an_old_round_trip_fits_in_between(grinder, yard, hall):
    moved(grinder, yard, hall, 7.8, 7.6)
    moved(grinder, hall, yard, 7.4, 7.2)
    written()


def test_no_row_is_taken_out_of_a_line_so_that_it_breaks(grinder):
    with refuses("elsewhere"):
        AssetMovement.objects.order_by("dispatched_at").last().delete()
    AssetMovement.objects.order_by("dispatched_at").first().delete()  # an older beginning may be forgotten
    written()


def test_a_changed_row_is_looked_at_on_both_sides(grinder, hall):
    row = AssetMovement.objects.order_by("dispatched_at").first()
    row.received_location = hall
    with refuses("gap"):
        row.save()


def test_nothing_follows_what_is_still_on_its_way(grinder, shop, yard):
    moved(grinder, shop, yard, 4, None, status="in_transit", received_location=None)
    with refuses("overlap"):
        moved(grinder, shop, yard, 3, 2)


def test_an_asset_is_not_put_elsewhere_without_a_movement(tenant, hall, yard, grinder):
    new = create_asset(tenant=tenant, location=hall)
    with refuses("unwritten"):
        Asset.objects.filter(pk=new.pk).update(location=yard)


def test_what_is_moved_by_hand_is_in_the_line_with_its_components(tenant, hall, yard, sender):
    unit = create_asset(tenant=tenant, location=hall)
    part = create_asset(tenant=tenant, parent=unit, name="Part")
    bearing = create_asset(tenant=tenant, parent=part, name="Bearing")

    move_asset(unit, location=yard, by=sender)

    rows = AssetMovement.objects.of_line()
    line = [(row.from_location, row.received_location, row.status, row.dispatched_by) for row in rows]
    assert line == [(hall, yard, "received", sender)] * 3
    own = rows.get(asset=unit)
    assert {row.carried_by for row in rows.filter(asset__in=[part, bearing])} == {own}
    other = create_asset(tenant=tenant, location=hall, name="Other")
    move_asset(part, parent=other, by=sender)
    assert AssetMovement.objects.filter(asset=bearing).count() == 2
    written()
    assert faults(tenant) == []


def test_mounting_at_the_same_place_moves_nothing(tenant, hall):
    unit, part = (create_asset(tenant=tenant, location=hall, name=name) for name in ("Unit", "Part"))

    move_asset(part, parent=unit)

    assert not AssetMovement.objects.exists()


def test_the_command_names_what_is_broken(tenant, hall, yard, shop, grinder, sender):
    out = StringIO()
    call_command("check_custody", tenant=tenant.slug, stdout=out)
    assert "Custody is unbroken: 2 movements." in out.getvalue()
    away = create_asset(tenant=tenant, location=hall, name="Away")
    create_movement(away, yard, by=sender, dispatched=True)
    Asset.objects.filter(pk=away.pk).update(status="in_service")
    standing = create_asset(tenant=tenant, location=hall, name="Standing", status="in_transit")
    moved(grinder, hall, yard, 4, 3)  # what the database would refuse at the end

    with pytest.raises(CommandError, match="4 lines of custody are broken"):
        call_command("check_custody", tenant=tenant.slug, stdout=out)

    told = out.getvalue()
    assert "starts elsewhere than the movement before it ended" in told
    assert "ends elsewhere than the asset is" in told
    assert f"Away ({away.pk}): movement" in told
    assert f"Standing ({standing.pk}): is in transit without a movement" in told
    AssetMovement.objects.filter(
        asset=grinder, from_location=hall, dispatched_at__gt=NOW - timedelta(days=4.5)
    ).delete()


def test_an_unknown_tenant_is_named(tenant):
    with pytest.raises(CommandError, match="There is no tenant nowhere"):
        call_command("check_custody", tenant="nowhere")
