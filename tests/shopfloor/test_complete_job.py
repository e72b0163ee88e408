"""Mark a job complete; reopen, cancel, change it."""

import pytest
from django.utils import timezone

from apps.core.errors import BrokenRule, Conflict
from apps.core.models import AuditLog
from apps.shopfloor import services
from apps.shopfloor.models import Event, EventType, Job, JobStatus, Station, StationAssignment, StationStatus
from tests.factories import create_job, create_station


@pytest.fixture
def shared(supervisor):
    """A job of 100 on two stations, with 40 and 35 done."""
    tenant = supervisor.tenant
    one = create_station(tenant=tenant, status=StationStatus.RUNNING)
    two = create_station(tenant=tenant, status=StationStatus.BLOCKED)
    job = create_job(tenant=tenant, on=one, qty_total=100, qty_done=40)
    StationAssignment.objects.create(tenant=tenant, station=two, job=job, qty_done=35)
    return job, one, two


def test_completing_books_what_is_missing_on_the_station_clicked(supervisor, shared):
    job, one, two = shared

    services.complete_job(job, station=one, fill=True, by=supervisor, seen=one.version)

    job = Job.objects.with_quantities().get()
    completed, change = Event.objects.order_by("seq")
    assert (job.status, job.qty_done) == (JobStatus.COMPLETED, 100)
    assert job.completed_at == completed.occurred_at
    assert StationAssignment.objects.get(station=one).qty_done == 65
    assert StationAssignment.objects.get(station=two).qty_done == 35
    assert not StationAssignment.objects.active().exists()
    assert (completed.payload["qty_booked"], completed.payload["short"]) == (25, 0)
    assert change.payload["caused_by"] == str(completed.pk)
    assert Station.objects.get(pk=one.pk).status == StationStatus.IDLE
    assert Station.objects.get(pk=two.pk).status == StationStatus.BLOCKED


def test_completing_asks_what_becomes_of_missing_units(supervisor, shared):
    job, one, _two = shared

    with pytest.raises(BrokenRule, match="misses 25 of 100"):
        services.complete_job(job, station=one, by=supervisor)

    assert Job.objects.get().status == JobStatus.RUNNING
    assert not Event.objects.exists()


def test_a_job_may_end_short_with_a_reason(supervisor, shared):
    job, one, _two = shared

    services.complete_job(job, station=one, short="glass ran out", by=supervisor)

    event = Event.objects.get(event_type=EventType.JOB_COMPLETED)
    assert Job.objects.with_quantities().get().qty_done == 75
    assert (event.payload["short"], event.payload["reason"]) == (25, "glass ran out")


def test_the_second_to_complete_is_told_who_did(supervisor, operator, shared):
    job, one, two = shared
    services.complete_job(job, station=one, fill=True, by=operator)

    with pytest.raises(Conflict, match=operator.display_name):
        services.complete_job(job, station=two, fill=True, by=supervisor)


def test_completing_from_a_station_that_has_moved_on_conflicts(supervisor, shared):
    job, one, _two = shared
    services.take_off_job(one, by=supervisor)

    with pytest.raises(Conflict, match="no longer on"):
        services.complete_job(job, station=one, fill=True, by=supervisor)


def test_completing_from_the_jobs_page_books_where_it_ran_last(supervisor):
    tenant = supervisor.tenant
    station = create_station(tenant=tenant)
    job = create_job(tenant=tenant, on=station, qty_total=10, qty_done=4)
    services.take_off_job(station, by=supervisor)

    services.complete_job(job, fill=True, by=supervisor)

    assert StationAssignment.objects.get().qty_done == 10


def test_a_job_that_never_ran_can_only_end_short(supervisor):
    job = create_job(tenant=supervisor.tenant)

    with pytest.raises(BrokenRule, match="never ran"):
        services.complete_job(job, fill=True, by=supervisor)
    assert services.complete_job(job, short="made elsewhere", by=supervisor).status == JobStatus.COMPLETED


def test_reopening_puts_it_back_with_what_was_made(supervisor, shared):
    job, one, _two = shared
    services.complete_job(job, station=one, fill=True, by=supervisor)

    services.reopen_job(job, by=supervisor, reason="customer wants ten more")

    job = Job.objects.with_quantities().get()
    assert (job.status, job.completed_at, job.qty_done) == (JobStatus.WAITING, None, 100)


def test_cancelling_frees_the_stations_and_keeps_what_was_made(supervisor, shared):
    job, one, two = shared

    services.cancel_job(job, by=supervisor, reason="order withdrawn")

    assert Job.objects.with_quantities().get().qty_done == 75
    assert not StationAssignment.objects.active().exists()
    assert Station.objects.get(pk=one.pk).status == StationStatus.IDLE
    assert Station.objects.get(pk=two.pk).status == StationStatus.BLOCKED
    with pytest.raises(Conflict):
        services.cancel_job(job, by=supervisor)


def test_changing_a_job_tells_what_changed_and_keeps_what_is_done(supervisor, shared):
    job, _one, _two = shared

    with pytest.raises(BrokenRule, match="75 of"):
        services.change_job(job, qty_total=74, by=supervisor)
    fresh = services.change_job(job, qty_total=80, priority="high", by=supervisor, seen=job.version)

    event = Event.objects.get(event_type=EventType.JOB_CHANGED)
    assert (fresh.qty_total, fresh.version) == (80, job.version + 1)
    assert event.payload == {"qty_total": [100, 80], "priority": ["normal", "high"]}
    with pytest.raises(Conflict):
        services.change_job(job, qty_total=90, by=supervisor, seen=job.version)


def test_a_code_is_taken_once(supervisor):
    fields = {"part_name": "Mirror", "qty_total": 5}
    services.create_job(supervisor.tenant, code="JOB-1", by=supervisor, **fields)

    with pytest.raises(BrokenRule, match="JOB-1"):
        services.create_jobs(supervisor.tenant, [{"code": "JOB-2"} | fields, {"code": "JOB-1"} | fields], by=supervisor)
    assert Job.objects.count() == 1


def test_the_queue_is_ordered_by_rank_priority_due_date_and_age(supervisor):
    from datetime import date

    tenant = supervisor.tenant
    create_job(tenant=tenant, code="old")
    create_job(tenant=tenant, code="due late", due_date=date(2030, 2, 1))
    create_job(tenant=tenant, code="due soon", due_date=date(2030, 1, 1))
    create_job(tenant=tenant, code="urgent", priority="urgent")
    create_job(tenant=tenant, code="low", priority="low")
    create_job(tenant=tenant, code="pinned second", rank=2, priority="low")
    create_job(tenant=tenant, code="pinned first", rank=1)

    assert [job.code for job in Job.objects.for_tenant(tenant).waiting().in_queue_order()] == [
        "pinned first",
        "pinned second",
        "urgent",
        "due soon",
        "due late",
        "old",
        "low",
    ]


def test_reopening_what_v2_completed_without_freeing_its_station_frees_it(supervisor):

    station = create_station(tenant=supervisor.tenant, status="running")
    job = create_job(tenant=supervisor.tenant, on=station)
    job.status, job.completed_at = JobStatus.COMPLETED, timezone.now()
    job.save()

    services.reopen_job(job, by=supervisor)

    assert Station.objects.get().status == "idle"
    assert not StationAssignment.objects.active().exists()


def test_moving_in_the_queue_ranks_it_and_those_before(supervisor):
    tenant = supervisor.tenant
    first, second, third = (create_job(tenant=tenant, code=f"JOB-{n}") for n in (1, 2, 3))

    services.move_in_queue(third, "up", by=supervisor)
    assert list(Job.objects.waiting().in_queue_order()) == [first, third, second]
    services.move_in_queue(second, "top", by=supervisor)
    assert list(Job.objects.waiting().in_queue_order()) == [second, first, third]

    services.assign_job(create_station(tenant=tenant), first, by=supervisor)
    with pytest.raises(BrokenRule, match="no longer waits"):
        services.move_in_queue(first, "down", by=supervisor)


def test_no_more_is_booked_than_the_person_was_told(supervisor):
    station = create_station(tenant=supervisor.tenant)
    job = create_job(tenant=supervisor.tenant, on=station, qty_total=100, qty_done=95)
    services.change_job(job, qty_total=1000, by=supervisor)

    with pytest.raises(Conflict, match="misses 905"):
        services.complete_job(job, station=station, fill=True, missing=5, by=supervisor)
    assert Job.objects.with_quantities().get().qty_done == 95


@pytest.mark.parametrize("act", ["cancel_job", "reopen_job"])
def test_a_job_that_changed_meanwhile_is_not_ended_or_reopened(supervisor, act):
    job = create_job(tenant=supervisor.tenant)
    services.change_job(job, qty_total=7, by=supervisor)

    with pytest.raises(Conflict):
        getattr(services, act)(job, seen=job.version, by=supervisor)


@pytest.mark.parametrize("act", ["cancel", "reopen", "complete", "report"])
def test_why_a_job_ended_came_back_or_went_over_stands_in_the_audit_log(supervisor, shared, act):
    job, one, _two = shared
    if act == "reopen":
        services.cancel_job(job, by=supervisor)
    acts = {
        "cancel": lambda why: services.cancel_job(job, by=supervisor, reason=why),
        "reopen": lambda why: services.reopen_job(job, by=supervisor, reason=why),
        "complete": lambda why: services.complete_job(job, by=supervisor, short=why),
        "report": lambda why: services.report(one.assignments.get(), by=supervisor, good=900, override=why),
    }

    acts[act](" the customer says so ")

    table = "station_assignments" if act == "report" else "jobs"
    assert AuditLog.objects.filter(entity_type=table).latest("id").reason == "the customer says so"
