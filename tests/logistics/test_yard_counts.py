"""A yard count: expected, found, missing, unexpected; nothing moves by it."""

import pytest

from apps.core.errors import BrokenRule, Conflict
from apps.logistics import services
from apps.registry.models import Asset
from apps.registry.services import retire_asset
from tests.factories import create_asset, create_location, create_movement


@pytest.fixture
def count(tenant, hall, yard, sender):
    row = create_location(tenant=tenant, name="Row 1", type="yard", parent=yard)
    crane = create_asset(tenant=tenant, location=yard, name="Crane")
    create_asset(tenant=tenant, parent=crane, name="Hook")
    create_asset(tenant=tenant, location=row, name="Digger")
    retire_asset(create_asset(tenant=tenant, location=yard, name="Gone"))
    create_movement(create_asset(tenant=tenant, location=yard, name="Away"), hall, by=sender, dispatched=True)
    create_asset(tenant=tenant, location=hall, name="Press")
    return services.start_yard_count(yard, by=sender)


def verdicts(count):
    return {line.asset.name: line.verdict for line in count.lines.select_related("asset")}


def test_what_stands_there_is_expected_and_what_is_scanned_is_found(count, sender):
    assert verdicts(count) == {"Crane": "missing", "Digger": "missing"}

    for name in ("Crane", "Press", "Crane"):
        services.find_in_yard(count, Asset.objects.get(name=name), by=sender)

    assert verdicts(count) == {"Crane": "found", "Digger": "missing", "Press": "unexpected"}
    ended = services.end_yard_count(count, by=sender)
    assert (ended.status, ended.ended_by) == ("closed", sender)
    assert Asset.objects.get(name="Press").location.name == "Hall 1"
    with pytest.raises(Conflict, match="is closed; start another one"):
        services.find_in_yard(count, Asset.objects.get(name="Digger"), by=sender)


def test_a_scan_is_taken_back(count, sender):
    for name in ("Crane", "Press"):
        services.unfind(services.find_in_yard(count, Asset.objects.get(name=name), by=sender), by=sender)

    assert verdicts(count) == {"Crane": "missing", "Digger": "missing"}


def test_one_count_of_a_place_at_a_time_and_none_without_a_scan(count, yard, sender):
    with pytest.raises(Conflict, match="Yard is being counted already"):
        services.start_yard_count(yard, by=sender)
    with pytest.raises(BrokenRule, match="Nothing was found yet"):
        services.end_yard_count(count, by=sender)

    assert services.end_yard_count(count, by=sender, cancel=True).status == "cancelled"
    services.start_yard_count(yard, by=sender)
