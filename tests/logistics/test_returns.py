"""What is to come back: in parts, late, and who is told until it is there."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from apps.core.errors import BrokenRule
from apps.core.models import Notification
from apps.logistics import services
from apps.logistics.models import AssetMovement
from apps.registry.services import move_asset
from tests.factories import create_asset, create_movement


@pytest.fixture
def today(tenant):
    return tenant.local(timezone.now()).date()


@pytest.fixture
def lent(tenant, hall, shop, sender, taker, today):
    """Two machines at the repair shop, expected back today; the first has a part."""
    one, two = (create_asset(tenant=tenant, location=hall, name=name) for name in ("One", "Two"))
    create_asset(tenant=tenant, parent=one, name="Part")
    rows = services.plan_movements([one, two], shop, by=sender, returnable=True, expected_return=today)
    services.dispatch_movements(rows, by=sender, gate_pass_ref="A")
    services.receive_movements(rows, by=taker)
    return rows


def out():
    return [row.asset.name for row in AssetMovement.objects.outstanding().order_by("asset__name")]


def test_what_comes_back_says_when(tenant, hall, shop, sender, today):
    grinder = create_asset(tenant=tenant, location=hall)
    for day, words in ((None, "Say when"), (today - timedelta(days=1), "a day that is over")):
        with pytest.raises(BrokenRule, match=words):
            services.plan_movements([grinder], shop, by=sender, returnable=True, expected_return=day)


def test_a_pass_may_come_back_in_parts(lent, hall, sender, taker, today):
    assert out() == ["One", "Two"]

    (back,) = services.return_movements(lent[:1], by=sender)
    services.dispatch_movements([back], by=sender, gate_pass_ref="B")

    assert (back.to_location, back.returns, out()) == (hall, lent[0], ["One", "Two"])
    services.receive_movements([back], by=taker)
    assert out() == ["Two"]
    with pytest.raises(BrokenRule, match="One is not to come back, or is back already"):
        services.return_movements(lent, by=sender)


def test_a_part_that_stays_behind_is_missed_by_itself(lent, hall, shop, sender, taker):
    part = AssetMovement.objects.get(asset__name="Part").asset
    move_asset(part, location=shop, by=sender)
    back = services.return_movements(lent[:1], by=sender)
    services.dispatch_movements(back, by=sender, gate_pass_ref="B")
    services.receive_movements(back, by=taker)

    assert out() == ["Part", "Two"]

    move_asset(part, location=hall, by=sender)
    assert out() == ["Two"]


def test_a_movement_back_to_where_it_left_brings_it_back_without_being_called_so(lent, hall, yard, sender, taker):
    elsewhere = create_movement(lent[1].asset, yard, by=sender, dispatched=True)
    services.receive_movements([elsewhere], by=taker)
    assert out() == ["One", "Two"]

    home = create_movement(lent[1].asset, hall, by=sender, dispatched=True)
    services.receive_movements([home], by=taker)

    assert (home.returns, out()) == (lent[1], ["One"])


def test_who_sent_it_and_supervisors_are_told_each_day_until_it_is_back(tenant, lent, sender, taker):
    call_command("tell_of_overdue_returns")
    assert not Notification.objects.exists()
    for days, told in ((1, 4), (1, 4), (2, 8)):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            call_command("tell_of_overdue_returns")
        assert Notification.objects.count() == told
    back = services.return_movements(lent, by=sender)
    services.dispatch_movements(back, by=sender, gate_pass_ref="B")
    services.receive_movements(back, by=taker)

    with time_machine.travel(timezone.now() + timedelta(days=3)):
        call_command("tell_of_overdue_returns")

    assert Notification.objects.count() == 8
    assert not Notification.objects.filter(read_at=None).exists()
