"""Calls for help and their escalation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.errors import BrokenRule
from apps.shopfloor import services
from apps.shopfloor.models import Call, CallStatus, Event, EventType
from tests.factories import create_station


def test_a_second_press_returns_the_open_call(operator):
    station = create_station(tenant=operator.tenant)

    first = services.call_for(station, "material", part="Glass 4 mm", qty=3, by=operator)
    second = services.call_for(station, "material", part="Glass 4 mm", by=operator)
    other = services.call_for(station, "material", part="Silver", by=operator)

    event = Event.objects.filter(event_type=EventType.MATERIAL_REQUEST).order_by("seq").first()
    assert first == second != other
    assert Event.objects.count() == 2
    assert (event.payload["part"], event.payload["call"]) == ("Glass 4 mm", str(first.pk))


def test_a_call_is_acknowledged_then_resolved(operator, technician):
    call = services.call_for(create_station(tenant=operator.tenant), "maintenance", by=operator)

    services.acknowledge_call(call, by=technician)
    call = services.resolve_call(call, by=technician)

    assert (call.status, call.acknowledged_by, call.ended_by) == (CallStatus.RESOLVED, technician, technician)
    assert [e.event_type for e in Event.objects.order_by("seq")] == [
        EventType.MAINTENANCE_REQUEST,
        EventType.CALL_ACKNOWLEDGED,
        EventType.CALL_RESOLVED,
    ]
    with pytest.raises(BrokenRule, match="is resolved"):
        services.cancel_call(call, by=technician)


def test_each_level_is_reached_exactly_once(operator):
    opened = timezone.now() - timedelta(minutes=11)
    call = services.call_for(create_station(tenant=operator.tenant), "help", by=operator, at=opened)

    assert services.escalate_calls(operator.tenant) == 2
    assert services.escalate_calls(operator.tenant) == 0

    levels = [e.payload["level"] for e in Event.objects.filter(event_type=EventType.ESCALATION).order_by("seq")]
    assert levels == [1, 2]  # after 3 and 10 minutes
    assert Call.objects.get(pk=call.pk).level == 2


def test_an_acknowledged_call_climbs_no_more(operator, supervisor):
    opened = timezone.now() - timedelta(minutes=11)
    call = services.call_for(create_station(tenant=operator.tenant), "help", by=operator, at=opened)
    services.acknowledge_call(call, by=supervisor)

    assert services.escalate_calls(operator.tenant) == 0
