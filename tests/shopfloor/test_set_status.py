"""Run, idle and block a station."""

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import BrokenRule, Conflict
from apps.shopfloor import services
from apps.shopfloor.models import Call, CallStatus, Event, EventType, Station, StationStatus
from tests.factories import create_job, create_station, create_stop_reason


def statuses(station):
    return [
        (e.payload["old_status"], e.payload["new_status"])
        for e in Event.objects.filter(station=station, event_type=EventType.STATUS_CHANGE).order_by("seq")
    ]


def test_a_click_changes_the_status_and_tells_the_log(supervisor):
    station = create_station(tenant=supervisor.tenant)

    fresh = services.set_status(station, StationStatus.RUNNING, by=supervisor)

    event = Event.objects.get(station=station)
    assert fresh.status == Station.objects.get(pk=station.pk).status == StationStatus.RUNNING
    assert event.event_type == EventType.STATUS_CHANGE
    assert event.user == supervisor
    assert event.payload["old_status"] == "idle"
    assert event.payload["new_status"] == "running"
    assert event.payload["reason"] is None
    assert fresh.status_since == event.occurred_at
    assert fresh.version == station.version + 1


def test_the_event_names_the_job_that_is_on(supervisor):
    station = create_station(tenant=supervisor.tenant)
    job = create_job(tenant=supervisor.tenant, on=station)

    services.set_status(station, StationStatus.RUNNING, by=supervisor)

    assert Event.objects.get(event_type=EventType.STATUS_CHANGE).job == job


def test_setting_what_it_has_does_nothing_and_logs_nothing(supervisor):
    station = create_station(tenant=supervisor.tenant, status=StationStatus.BLOCKED)

    fresh = services.set_status(station, StationStatus.BLOCKED, reason=station.stop_reason, by=supervisor)

    assert fresh.version == station.version
    assert not Event.objects.exists()


def test_blocking_needs_a_reason(supervisor):
    station = create_station(tenant=supervisor.tenant)

    with pytest.raises(BrokenRule, match="choose a reason"):
        services.set_status(station, StationStatus.BLOCKED, by=supervisor)

    assert Station.objects.get(pk=station.pk).status == StationStatus.IDLE
    assert not Event.objects.exists()


def test_another_reason_is_another_stop(supervisor):
    tenant = supervisor.tenant
    station = services.set_status(
        create_station(tenant=tenant),
        StationStatus.BLOCKED,
        reason=create_stop_reason(tenant=tenant),
        by=supervisor,
    )

    fresh = services.set_status(
        station, StationStatus.BLOCKED, reason=create_stop_reason(tenant=tenant, code="belt"), by=supervisor
    )

    assert fresh.stop_reason.code == "belt"
    assert fresh.status_since > station.status_since
    assert statuses(station) == [("idle", "blocked"), ("blocked", "blocked")]


def test_a_click_on_what_somebody_else_changed_does_nothing_and_says_who(supervisor, operator):
    station = create_station(tenant=supervisor.tenant)
    services.set_status(station, StationStatus.RUNNING, by=operator)

    with pytest.raises(Conflict, match=operator.display_name) as conflict:
        services.set_status(station, StationStatus.IDLE, by=supervisor, seen=station.version)

    assert conflict.value.current.status == StationStatus.RUNNING
    assert len(statuses(station)) == 1


def test_an_inactive_station_takes_no_status(supervisor):
    station = create_station(tenant=supervisor.tenant, is_active=False)

    with pytest.raises(BrokenRule, match="out of use"):
        services.set_status(station, StationStatus.RUNNING, by=supervisor)


def test_a_reason_that_is_no_longer_in_use_is_refused(supervisor):
    tenant = supervisor.tenant
    reason = create_stop_reason(tenant=tenant, is_active=False)

    with pytest.raises(BrokenRule, match="no longer in use"):
        services.set_status(create_station(tenant=tenant), StationStatus.BLOCKED, reason=reason, by=supervisor)


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("equipment", "maintenance"),
        ("material", "material"),
        ("quality", "quality"),
        ("people", "help"),
        ("downstream", "help"),
        ("planned", None),
        ("no_demand", None),
        ("changeover", None),
    ],
)
def test_blocking_calls_whom_the_reason_says_and_running_again_resolves_it(supervisor, group, kind):
    tenant = supervisor.tenant
    reason = create_stop_reason(tenant=tenant, code=group, group=group)

    station = services.set_status(create_station(tenant=tenant), StationStatus.BLOCKED, reason=reason, by=supervisor)

    assert [call.kind for call in station.calls.open()] == ([kind] if kind else [])

    services.set_status(station, StationStatus.RUNNING, by=supervisor)

    assert not station.calls.open().exists()
    assert Call.objects.filter(status=CallStatus.RESOLVED).count() == (1 if kind else 0)


@pytest.mark.parametrize("fields", [{"status": "blocked"}, {"status": "singing"}])
def test_the_database_refuses_a_block_without_reason_and_unknown_statuses(tenant, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Station.objects.create(tenant=tenant, code="ST-1", name="x", line="A", **fields)
