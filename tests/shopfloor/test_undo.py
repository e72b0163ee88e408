"""Undo, to the original start."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.errors import BrokenRule, Conflict
from apps.shopfloor import services
from apps.shopfloor.models import Event, EventType, Job, JobStatus, Station, StationAssignment, StationStatus
from apps.shopfloor.timeline import station_timeline
from tests.factories import create_job, create_person, create_scrap_reason, create_station, create_stop_reason


@pytest.fixture
def station(supervisor):
    """Running for two hours."""
    station = create_station(tenant=supervisor.tenant)
    return services.set_status(station, "running", by=supervisor, at=timezone.now() - timedelta(hours=2))


def test_undoing_a_status_brings_back_the_original_start(station, operator):
    services.set_status(station, "blocked", reason=create_stop_reason(tenant=operator.tenant), by=operator)

    fresh = services.undo(station, by=operator)

    reverted = Event.objects.get(event_type=EventType.REVERTED)
    assert (fresh.status, fresh.status_since, fresh.stop_reason) == ("running", station.status_since, None)
    assert reverted.payload["event"] == str(Event.objects.get(payload__new_status="blocked").pk)
    assert not station.calls.open().exists()
    found = station_timeline(station, station.status_since, timezone.now())
    assert [interval.status for interval in found] == ["running"]


def test_undoing_the_very_first_change_brings_back_what_the_log_does_not_know(supervisor):
    station = create_station(tenant=supervisor.tenant)
    services.set_status(station, "running", by=supervisor)

    fresh = services.undo(station, by=supervisor)

    assert (fresh.status, fresh.status_since) == (StationStatus.IDLE, None)


def test_undoing_twice_undoes_the_two_last(station, supervisor):
    services.set_status(station, "idle", by=supervisor)
    services.set_status(station, "running", by=supervisor)

    services.undo(station, by=supervisor)
    fresh = services.undo(station, by=supervisor)

    assert (fresh.status, fresh.status_since) == ("running", station.status_since)


def test_only_the_same_person_or_a_supervisor_may_undo(station, operator, supervisor):
    services.set_status(station, "idle", by=operator)
    colleague = create_person(tenant=operator.tenant, role="operator")

    assert services.undo_offer(station, colleague) is None
    with pytest.raises(BrokenRule, match="Only the person"):
        services.undo(station, by=colleague)
    assert services.undo(station, by=supervisor).status == "running"


@pytest.mark.parametrize(
    ("role", "seconds", "allowed"),
    [("operator", 9, 1), ("operator", 11, 0), ("supervisor", 890, 1), ("supervisor", 910, 0)],
)
def test_undo_has_its_time(station, tenant, role, seconds, allowed, time_machine):
    person = create_person(tenant=tenant, role=role)
    services.set_status(station, "idle", by=person)

    time_machine.move_to(timezone.now() + timedelta(seconds=seconds))

    if allowed:
        assert services.undo(station, by=person).status == "running"
    else:
        with pytest.raises(BrokenRule):
            services.undo(station, by=person)


def test_what_was_built_on_is_refused_with_the_reason(station, operator, supervisor):
    tenant = operator.tenant
    services.set_status(station, "idle", by=operator)
    services.assign_job(station, create_job(tenant=tenant), by=supervisor)

    with pytest.raises(BrokenRule, match="moved on since"):
        services.undo(station, by=operator)


def test_the_event_the_person_meant_must_still_be_the_last(station, supervisor):
    services.set_status(station, "idle", by=supervisor)
    meant = services.undo_offer(station, supervisor)
    services.set_status(station, "running", by=supervisor)

    with pytest.raises(Conflict, match="Something else"):
        services.undo(station, by=supervisor, event_id=meant.pk)


def test_undoing_a_report_takes_back_both_quantities(supervisor, operator):
    tenant = supervisor.tenant
    station = create_station(tenant=tenant)
    create_job(tenant=tenant, on=station, qty_done=10)
    assignment = StationAssignment.objects.get()
    services.report(assignment, good=3, scrap=1, reason=create_scrap_reason(tenant=tenant), by=operator)

    services.undo(station, by=operator)

    assignment.refresh_from_db()
    assert (assignment.qty_done, assignment.qty_scrap) == (10, 0)
    with pytest.raises(BrokenRule, match="nothing to undo"):
        services.undo(station, by=operator)


def test_undoing_a_completion_brings_everything_back_for_every_station(supervisor):
    tenant, now = supervisor.tenant, timezone.now()
    one, two = create_station(tenant=tenant), create_station(tenant=tenant)
    job = create_job(tenant=tenant, qty_total=100)
    for place, hours in ((one, 3), (two, 2)):
        services.assign_job(place, job, run=True, by=supervisor, at=now - timedelta(hours=hours))
    services.report(StationAssignment.objects.get(station=one), good=40, by=supervisor)
    services.complete_job(job, station=two, fill=True, by=supervisor)
    assert {s.status for s in Station.objects.all()} == {"idle"}

    services.undo(two, by=supervisor)

    one, two = Station.objects.get(pk=one.pk), Station.objects.get(pk=two.pk)
    job = Job.objects.with_quantities().get()
    assert (job.status, job.completed_at, job.qty_done) == (JobStatus.RUNNING, None, 40)
    assert (one.status, one.status_since) == ("running", now - timedelta(hours=3))
    assert (two.status, two.status_since) == ("running", now - timedelta(hours=2))
    assert StationAssignment.objects.active().count() == 2
    for place in (one, two):
        found = station_timeline(place, now - timedelta(hours=1), timezone.now())
        assert [interval.status for interval in found] == ["running"]


def test_a_completion_whose_station_has_moved_on_stays(supervisor):
    tenant = supervisor.tenant
    station = create_station(tenant=tenant)
    job = create_job(tenant=tenant, on=station, qty_total=5, qty_done=5)
    services.complete_job(job, station=station, by=supervisor)
    services.assign_job(station, create_job(tenant=tenant), by=supervisor)

    with pytest.raises(BrokenRule, match="moved on since"):
        services.undo(station, by=supervisor)
    assert Job.objects.get(pk=job.pk).status == JobStatus.COMPLETED


def test_a_reason_the_log_names_but_the_tenant_lacks_comes_back_as_unspecified(supervisor):
    tenant, now = supervisor.tenant, timezone.now()
    station = create_station(tenant=tenant, status="blocked")
    Event.objects.create(  # as a v2 export tells it
        tenant=tenant,
        station=station,
        event_type="status_change",
        payload={"old_status": "running", "new_status": "blocked", "reason": "gone fishing"},
        occurred_at=now - timedelta(hours=1),
        created_at=now - timedelta(hours=1),
    )
    services.set_status(station, "running", by=supervisor)

    fresh = services.undo(station, by=supervisor)

    assert (fresh.status, fresh.stop_reason.code) == ("blocked", "unspecified")
    assert fresh.status_since == now - timedelta(hours=1)


def test_a_status_no_event_explains_comes_back_however_often(supervisor):
    station = create_station(tenant=supervisor.tenant, status="blocked")
    for _ in range(2):
        services.set_status(station, "running", by=supervisor)

        fresh = services.undo(station, by=supervisor)

        assert (fresh.status, fresh.stop_reason, fresh.status_since) == ("blocked", station.stop_reason, None)


def test_a_completion_gives_an_unexplained_status_back(supervisor):
    station = create_station(tenant=supervisor.tenant, status="running")
    job = create_job(tenant=supervisor.tenant, on=station, qty_total=5, qty_done=5)
    services.complete_job(job, station=station, by=supervisor)

    assert services.undo(station, by=supervisor).status == "running"


def test_a_completion_from_the_jobs_page_can_be_undone_at_its_station(supervisor):
    station = create_station(tenant=supervisor.tenant, status="running")
    job = create_job(tenant=supervisor.tenant, on=station, qty_total=5, qty_done=2)
    services.complete_job(job, fill=True, by=supervisor)

    services.undo(station, by=supervisor)

    job = Job.objects.with_quantities().get()
    assert (job.status, job.qty_done) == (JobStatus.RUNNING, 2)


def test_a_completion_is_not_undone_when_the_job_was_completed_again_elsewhere(supervisor):
    tenant = supervisor.tenant
    one, two = create_station(tenant=tenant), create_station(tenant=tenant)
    job = create_job(tenant=tenant, on=one, qty_total=5, qty_done=5)
    services.complete_job(job, station=one, by=supervisor)
    services.reopen_job(job, by=supervisor)
    services.assign_job(two, job, by=supervisor)
    services.complete_job(job, station=two, by=supervisor)

    with pytest.raises(BrokenRule, match="moved on since"):
        services.undo(one, by=supervisor)


def test_a_completion_is_not_undone_when_another_job_has_arrived(supervisor):
    tenant = supervisor.tenant
    one, two = create_station(tenant=tenant), create_station(tenant=tenant)
    services.complete_job(create_job(tenant=tenant, on=one, qty_total=5, qty_done=5), station=one, by=supervisor)
    create_job(tenant=tenant, on=two)
    services.reassign_job(two, one, by=supervisor)

    with pytest.raises(BrokenRule, match="moved on since"):
        services.undo(one, by=supervisor, event_id=Event.objects.get(event_type=EventType.JOB_COMPLETED).pk)


def test_undoing_a_change_of_reason_leaves_the_acknowledged_call_alone(supervisor, technician):
    tenant = supervisor.tenant
    station = create_station(tenant=tenant)
    services.set_status(station, "blocked", reason=create_stop_reason(tenant=tenant), by=supervisor)
    services.acknowledge_call(station.calls.get(), by=technician)
    services.set_status(station, "blocked", reason=create_stop_reason(tenant=tenant, code="motor"), by=supervisor)

    services.undo(station, by=supervisor)

    assert station.calls.get().status == "acknowledged"


def test_acts_loaded_from_elsewhere_are_not_offered(supervisor):
    station = create_station(tenant=supervisor.tenant)
    for kind in (EventType.STATUS_CHANGE, EventType.QUANTITY_REPORTED, EventType.JOB_COMPLETED):
        Event.objects.create(tenant=supervisor.tenant, station=station, event_type=kind, payload={"who": "knows"})

    assert services.undo_offer(station, supervisor) is None


def test_a_station_out_of_use_gets_no_job_back(supervisor):
    station = create_station(tenant=supervisor.tenant)
    job = create_job(tenant=supervisor.tenant, on=station, qty_total=5, qty_done=5)
    services.complete_job(job, station=station, by=supervisor)
    station = Station.objects.get()
    station.is_active = False
    services.save_station(station, by=supervisor)

    with pytest.raises(BrokenRule, match="out of use"):
        services.undo(station, by=supervisor)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (EventType.QUANTITY_REPORTED, {"good": 1, "scrap": 0, "assignment": "nobody"}),
        (EventType.QUANTITY_REPORTED, {"good": "x", "scrap": 0, "assignment": "01a20070-469a-71fc-8c62-08d63097529e"}),
        (EventType.JOB_COMPLETED, {"assignments": 5, "qty_booked": 1}),
        (EventType.JOB_COMPLETED, {"assignments": ["01a20070-469a-71fc-8c62-08d63097529e"], "qty_booked": 1}),
    ],
)
def test_what_another_system_recorded_is_refused_in_words(supervisor, kind, payload):
    station = create_station(tenant=supervisor.tenant)
    job = create_job(tenant=supervisor.tenant, on=station)
    Event.objects.create(tenant=supervisor.tenant, station=station, job=job, event_type=kind, payload=payload)

    with pytest.raises(BrokenRule, match="recorded elsewhere"):
        services.undo(station, by=supervisor)
