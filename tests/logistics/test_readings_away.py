"""What was on its way ran nothing that anybody read: meters and daily logs, on time and late."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from apps.core.errors import BrokenRows, BrokenRule
from apps.logistics import services
from apps.maintenance.services import start_order
from apps.registry.models import Asset
from apps.registry.services import post_reading, save_daily_logs
from tests.factories import create_asset, create_movement, create_order_of

NOW = timezone.now().replace(hour=10, minute=0)


@pytest.fixture
def away(tenant, hall, yard, sender, taker):
    """A machine that left three days ago and arrived yesterday, with a component."""
    unit = create_asset(tenant=tenant, location=hall)
    create_asset(tenant=tenant, parent=unit, name="Part")
    row = create_movement(unit, yard, by=sender)
    with time_machine.travel(NOW - timedelta(days=3), tick=False):
        services.dispatch_movements([row], by=sender, gate_pass_ref="A")
    with time_machine.travel(NOW - timedelta(days=1), tick=False):
        services.receive_movements([row], by=taker)
    return unit


@pytest.mark.parametrize(
    ("days", "is_taken"), [(3.1, True), (3, True), (2.9, False), (1.1, False), (1, True), (0.9, True)]
)
def test_no_reading_of_a_moment_on_the_way_is_taken_not_even_late(tenant, away, sender, days, is_taken):
    def post():
        return post_reading(away, "run_hours", 5, by=sender, read_at=NOW - timedelta(days=days))

    with time_machine.travel(NOW, tick=False):
        if is_taken:
            assert post().value == 5
        else:
            with pytest.raises(BrokenRule, match=r"was in transit from .* to .*; take a reading from before or after"):
                post()


def test_a_component_is_read_no_more_than_its_unit(tenant, away, sender):
    with time_machine.travel(NOW, tick=False), pytest.raises(BrokenRule, match="was in transit"):
        post_reading(Asset.objects.get(name="Part"), "run_hours", 5, by=sender, read_at=NOW - timedelta(days=2))


@pytest.mark.parametrize(("days", "is_taken"), [(4, True), (3, True), (2, False), (1, True)])
def test_daily_logs_of_both_ends_are_taken_and_of_whole_days_between_not(tenant, away, sender, days, is_taken):
    date = tenant.local(NOW - timedelta(days=days)).date()
    rows = [{"asset": away, "run_hours_added": Decimal(2)}]

    with time_machine.travel(NOW, tick=False):
        if is_taken:
            assert save_daily_logs(tenant, date, "", rows, by=sender)[0].run_hours_added == 2
        else:
            with pytest.raises(BrokenRows) as refused:
                save_daily_logs(tenant, date, "", rows, by=sender)
            assert refused.value.rows[0][""] == [f"{away} was in transit all this day; there is nothing to log."]


def test_what_was_read_since_did_not_leave_before(tenant, hall, yard, sender):
    grinder = create_asset(tenant=tenant, location=hall)
    row = create_movement(grinder, yard, by=sender)
    post_reading(grinder, "run_hours", 5, by=sender, read_at=timezone.now() - timedelta(hours=2))

    with pytest.raises(BrokenRule, match="A meter of Edge grinder was read since"):
        services.dispatch_movements([row], by=sender, gate_pass_ref="A", at=timezone.now() - timedelta(hours=3))

    services.dispatch_movements([row], by=sender, gate_pass_ref="A", at=timezone.now() - timedelta(hours=1))
    with pytest.raises(BrokenRule, match="is in transit since"):
        post_reading(grinder, "run_hours", 6, by=sender)


@pytest.mark.parametrize(("days", "is_taken"), [(4, True), (2, False), (0.5, True)])
def test_a_start_that_is_told_later_counts_at_its_moment(away, sender, days, is_taken):
    order = create_order_of(away, origin="pm", status="ready", by=sender)

    with time_machine.travel(NOW, tick=False):
        at = NOW - timedelta(days=days)
        if is_taken:
            assert start_order(order, by=sender, at=at).started_at == at
        else:
            with pytest.raises(BrokenRule, match="in transit"):
                start_order(order, by=sender, at=at)


def test_what_began_before_its_asset_left_may_be_told_while_it_is_away(tenant, hall, yard, sender):
    row = create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender, dispatched=True)
    order = create_order_of(row.asset, origin="pm", status="ready", by=sender)
    with pytest.raises(BrokenRule, match="in transit"):
        start_order(order, by=sender)

    assert start_order(order, by=sender, at=row.dispatched_at - timedelta(hours=1)).status == "in_progress"
