"""History from elsewhere, sent by a program."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.roles import Role
from apps.shopfloor.models import Event, StationStatus
from apps.shopfloor.services import set_status
from tests.api.client import Program
from tests.factories import create_person, create_station, create_stop_reason


@pytest.fixture
def manager(tenant):
    return Program(create_person(tenant=tenant, role=Role.MANAGER))


def test_what_happened_elsewhere_is_written_and_read_again(manager, tenant):
    create_station(tenant=tenant, code="ST-01")
    note = {"event_type": "note", "station": "ST-01", "occurred_at": "2026-01-02T03:04:05Z", "payload": {"text": "x"}}

    answer = manager.post("events/", note)

    assert answer.status_code == 201
    assert manager.get("events/?station=ST-01").json()["results"] == [answer.json()]
    assert Event.objects.get(pk=answer.json()["id"]).payload == {"text": "x"}


def test_it_tells_since_when_a_station_stands_as_it_does(manager, tenant):
    reason = create_stop_reason(tenant=tenant)
    station = create_station(tenant=tenant, code="ST-01")
    set_status(station, StationStatus.BLOCKED, by=None, reason=reason)
    now = timezone.now()

    def send(at, status):
        payload = {"old_status": "idle", "new_status": status, "reason": reason.code if status == "blocked" else None}
        at = at.isoformat()
        return manager.post(
            "events/", {"event_type": "status_change", "station": "ST-01", "occurred_at": at, "payload": payload}
        )

    earlier = send(now - timedelta(hours=2), "running")
    refused = send(timezone.now(), "running")  # would leave it running, and it is blocked

    assert earlier.status_code == 201
    assert refused.status_code == 400 and "Change its status instead" in refused.json()["detail"]
    assert Event.objects.filter(event_type="status_change").count() == 2
