"""Put a job on a station, move it, take it off."""

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import BrokenRule, Conflict
from apps.shopfloor import services
from apps.shopfloor.models import Event, EventType, Job, JobStatus, Station, StationAssignment, StationStatus
from tests.factories import create_job, create_person, create_station, create_stop_reason, create_tenant


def on(station):
    return StationAssignment.objects.active().filter(station=station).first()


def test_a_waiting_job_begins_on_a_station(supervisor):
    station, job = create_station(tenant=supervisor.tenant), create_job(tenant=supervisor.tenant)

    fresh = services.assign_job(station, job, by=supervisor, note="mind the edge")

    assignment = on(station)
    event = Event.objects.get(event_type=EventType.JOB_STARTED)
    assert (assignment.job, assignment.qty_done, assignment.notes) == (job, 0, "mind the edge")
    assert Job.objects.get().status == JobStatus.RUNNING
    assert fresh.status == StationStatus.IDLE
    assert fresh.version == station.version + 1
    assert event.payload["qty_before"] == 0


def test_an_idle_station_starts_running_if_asked(supervisor):
    station, job = create_station(tenant=supervisor.tenant), create_job(tenant=supervisor.tenant)

    fresh = services.assign_job(station, job, by=supervisor, run=True)

    started, change = Event.objects.order_by("seq")
    assert fresh.status == StationStatus.RUNNING
    assert change.payload["caused_by"] == str(started.pk)


def test_a_blocked_station_takes_a_job_and_stays_blocked(supervisor):
    station = create_station(tenant=supervisor.tenant, status=StationStatus.BLOCKED)

    fresh = services.assign_job(station, create_job(tenant=supervisor.tenant), by=supervisor, run=True)

    assert fresh.status == StationStatus.BLOCKED


def test_an_occupied_station_is_refused_until_its_job_is_taken_off(supervisor):
    tenant = supervisor.tenant
    station = create_station(tenant=tenant, status=StationStatus.RUNNING)
    first, second = create_job(tenant=tenant, on=station, qty_done=12), create_job(tenant=tenant)

    with pytest.raises(BrokenRule, match="take that off first") as refused:
        services.assign_job(station, second, by=supervisor)
    assert refused.value.code == "occupied"
    assert on(station).job == first

    services.assign_job(station, second, by=supervisor, take_off=True)

    first = Job.objects.with_quantities().get(pk=first.pk)
    assert on(station).job == second
    assert (first.status, first.qty_done) == (JobStatus.WAITING, 12)
    assert Station.objects.get(pk=station.pk).status == StationStatus.RUNNING


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.CANCELLED])
def test_a_job_that_has_ended_is_refused(supervisor, status):
    tenant = supervisor.tenant
    job = create_job(tenant=tenant)
    (services.complete_job if status == "completed" else services.cancel_job)(
        job, by=supervisor, **({"short": "test"} if status == "completed" else {})
    )

    with pytest.raises(BrokenRule, match="reopen it first"):
        services.assign_job(create_station(tenant=tenant), job, by=supervisor)


def test_another_tenants_job_is_refused(supervisor):
    from apps.core.isolation import tenant_context

    other = create_tenant()
    with tenant_context(other):
        job = create_job(tenant=other)

    with pytest.raises((BrokenRule, Job.DoesNotExist, KeyError)):
        services.assign_job(create_station(tenant=supervisor.tenant), job, by=supervisor)


def test_reassigning_keeps_the_quantity_here_and_begins_there_at_nothing(supervisor):
    tenant = supervisor.tenant
    here = create_station(tenant=tenant, status=StationStatus.RUNNING)
    there = create_station(tenant=tenant)
    job = create_job(tenant=tenant, on=here, qty_total=100, qty_done=40)

    here, there = services.reassign_job(here, there, by=supervisor)

    ended = StationAssignment.objects.get(station=here)
    event = Event.objects.get(event_type=EventType.JOB_REASSIGNED)
    assert (ended.qty_done, ended.is_active) == (40, False)
    assert (on(there).job, on(there).qty_done, on(there).started_at) == (job, 0, ended.ended_at)
    assert Job.objects.with_quantities().get().qty_done == 40
    assert Job.objects.get().status == JobStatus.RUNNING
    assert (here.status, there.status) == (StationStatus.IDLE, StationStatus.RUNNING)
    assert {k: event.payload[k] for k in ("from", "to", "qty_carried", "remaining")} == {
        "from": here.code,
        "to": there.code,
        "qty_carried": 40,
        "remaining": 60,
    }


def test_reassigning_onto_an_occupied_station_takes_that_job_off_when_asked(supervisor):
    tenant = supervisor.tenant
    here, there = create_station(tenant=tenant), create_station(tenant=tenant)
    moved, there_before = create_job(tenant=tenant, on=here), create_job(tenant=tenant, on=there)

    with pytest.raises(BrokenRule, match="take that off first"):
        services.reassign_job(here, there, by=supervisor)
    services.reassign_job(here, there, by=supervisor, take_off=True)

    assert on(there).job == moved
    assert Job.objects.get(pk=there_before.pk).status == JobStatus.WAITING


def test_taking_off_puts_the_job_back_and_the_station_to_idle(supervisor):
    tenant = supervisor.tenant
    station = create_station(tenant=tenant, status=StationStatus.RUNNING)
    job = create_job(tenant=tenant, on=station, qty_done=7)

    fresh = services.take_off_job(station, by=supervisor)

    paused, change = Event.objects.order_by("seq")
    assert fresh.status == StationStatus.IDLE
    assert (paused.event_type, change.payload["caused_by"]) == (EventType.JOB_PAUSED, str(paused.pk))
    assert Job.objects.with_quantities().get(pk=job.pk).qty_done == 7
    assert Job.objects.get(pk=job.pk).status == JobStatus.WAITING


def test_a_job_that_runs_elsewhere_too_goes_on_there(supervisor):
    tenant = supervisor.tenant
    one, two = create_station(tenant=tenant), create_station(tenant=tenant)
    job = create_job(tenant=tenant, on=one)
    services.assign_job(two, job, by=supervisor)

    services.take_off_job(one, by=supervisor)

    assert Job.objects.get(pk=job.pk).status == JobStatus.RUNNING


def test_a_stale_board_conflicts(supervisor):
    station = create_station(tenant=supervisor.tenant)
    services.assign_job(station, create_job(tenant=supervisor.tenant), by=supervisor)

    with pytest.raises(Conflict):
        services.take_off_job(station, by=supervisor, seen=station.version)


def test_the_database_allows_one_active_job_per_station(tenant):
    station = create_station(tenant=tenant)
    create_job(tenant=tenant, on=station)

    with pytest.raises(IntegrityError, match="one_active_job_per_station"), transaction.atomic():
        create_job(tenant=tenant, on=station)


def test_a_late_entry_lies_after_the_stations_last_event(supervisor):
    from datetime import timedelta

    from django.utils import timezone

    station = create_station(tenant=supervisor.tenant)
    now = timezone.now()
    services.set_status(station, "running", by=supervisor, at=now - timedelta(hours=2))

    with pytest.raises(BrokenRule, match="has an event at"):
        services.set_status(station, "idle", by=supervisor, at=now - timedelta(hours=3))
    with pytest.raises(BrokenRule, match="future"):
        services.set_status(station, "idle", by=supervisor, at=now + timedelta(hours=1))
    with pytest.raises(BrokenRule, match="7 days"):
        services.set_status(
            create_station(tenant=supervisor.tenant), "running", by=supervisor, at=now - timedelta(days=8)
        )

    fresh = services.set_status(station, "idle", by=supervisor, at=now - timedelta(hours=1))
    assert fresh.status_since == now - timedelta(hours=1)


def test_a_reason_of_another_tenant_is_refused(supervisor):
    from apps.core.isolation import tenant_context

    other = create_tenant()
    with tenant_context(other):
        reason = create_stop_reason(tenant=other)
    assert create_person(tenant=other).tenant == other

    with pytest.raises(BrokenRule, match="another tenant"):
        services.set_status(create_station(tenant=supervisor.tenant), "blocked", reason=reason, by=supervisor)


def test_a_move_does_not_take_off_another_job_than_the_person_saw(supervisor):
    tenant = supervisor.tenant
    here, there = create_station(tenant=tenant), create_station(tenant=tenant)
    create_job(tenant=tenant, on=here)
    fresh = services.assign_job(there, create_job(tenant=tenant), by=supervisor)

    with pytest.raises(Conflict):
        services.reassign_job(here, there, take_off=True, to_seen=fresh.version - 1, by=supervisor)
    services.reassign_job(here, there, take_off=True, to_seen=fresh.version, by=supervisor)
