"""The condition of single things, noted by itself: with words and photos, at both ends."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.core.errors import BrokenRule, Conflict
from apps.core.uploads import attachments_of
from apps.logistics import services
from apps.logistics.models import AssetMovement
from tests.factories import create_asset, create_attachment, create_movement


@pytest.fixture
def row(tenant, hall, yard, sender):
    return create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender)


def test_words_and_photos_are_of_the_end_that_comes_next(tenant, row, sender, taker):
    left, arrived, later, last = (create_attachment(tenant=tenant) for _n in range(4))

    services.note_condition(row, by=sender, condition="a scratch", photos=[left])
    services.dispatch_movements([row], by=sender, gate_pass_ref="A")
    services.note_condition(row, by=taker, condition="a dent", photos=[arrived])
    services.receive_movements([row], by=taker, photos={row.pk: [later]})
    services.note_condition(row, by=taker, photos=[last])

    row = AssetMovement.objects.get()
    assert (row.condition_out, row.condition_in) == ("a scratch", "a dent")
    assert row.photos_in == [arrived.pk, later.pk, last.pk]
    assert set(attachments_of([row])[row.pk]) == {left, arrived, later, last}
    assert row.history.count() == row.version


def test_nothing_is_no_condition(row, sender):
    with pytest.raises(BrokenRule, match="Write what it looks like, or take a photo"):
        services.note_condition(row, by=sender, condition=" ")


def test_who_saw_an_older_version_is_told(row, sender):
    services.change_movement(row, by=sender, notes="changed")

    with pytest.raises(Conflict):
        services.note_condition(row, by=sender, condition="wet", seen=row.version)


def test_what_is_over_takes_none_any_more(row, sender, taker):
    services.dispatch_movements([row], by=sender, gate_pass_ref="A")
    services.receive_movements([row], by=taker)
    with time_machine.travel(timezone.now() + timedelta(days=8)), pytest.raises(BrokenRule, match="is over"):
        services.note_condition(row, by=taker, condition="wet")
    assert AssetMovement.objects.get().condition_in == ""


@pytest.mark.parametrize("end", ["cancelled", "lost"])
def test_what_never_arrives_takes_none(row, sender, end):
    if end == "cancelled":
        services.cancel_movements([row], by=sender)
    else:
        services.dispatch_movements([row], by=sender, gate_pass_ref="A")
        services.lose_movements([row], by=sender, reason="stolen")

    with pytest.raises(BrokenRule, match="is over"):
        services.note_condition(row, by=sender, condition="wet")


def test_what_travels_in_a_unit_is_noted_at_that(tenant, row, sender):
    create_asset(tenant=tenant, parent=row.asset, name="Spindle")
    services.dispatch_movements([row], by=sender, gate_pass_ref="A")

    with pytest.raises(BrokenRule, match="travels in"):
        services.note_condition(AssetMovement.objects.get(carried_by=row), by=sender, condition="wet")
