"""Reporting good and scrapped units."""

import pytest

from apps.core.errors import BrokenRule, Conflict
from apps.shopfloor import services
from apps.shopfloor.models import Event, EventType, Job, StationAssignment
from tests.factories import create_job, create_scrap_reason, create_station


@pytest.fixture
def assignment(tenant):
    create_job(tenant=tenant, on=create_station(tenant=tenant), qty_total=100, qty_done=10)
    return StationAssignment.objects.get()


def test_good_units_add_up(assignment, operator):
    services.report(assignment, good=5, by=operator)
    fresh = services.report(assignment, good=1, by=operator)

    event = Event.objects.order_by("seq").last()
    assert fresh.qty_done == 16
    assert (event.event_type, event.payload["good"], event.payload["scrap"]) == (EventType.QUANTITY_REPORTED, 1, 0)
    assert event.job == assignment.job


def test_scrap_needs_a_reason(assignment, operator):
    with pytest.raises(BrokenRule, match="choose a reason"):
        services.report(assignment, scrap=2, by=operator)

    reason = create_scrap_reason(tenant=operator.tenant)
    fresh = services.report(assignment, scrap=2, reason=reason, by=operator)

    assert (fresh.qty_done, fresh.qty_scrap) == (10, 2)
    assert Event.objects.get().payload["reason"] == "scratch"


def test_nothing_is_no_report(assignment, operator):
    with pytest.raises(BrokenRule, match="at least one"):
        services.report(assignment, by=operator)


def test_more_than_the_job_and_its_overrun_is_refused_with_the_figure(assignment, operator, supervisor):
    with pytest.raises(BrokenRule, match="at most 95 more"):  # 100 + 5 % - 10
        services.report(assignment, good=96, by=operator)
    with pytest.raises(BrokenRule, match="at most 95 more"):
        services.report(assignment, good=96, override="pallet was counted twice", by=operator)
    assert not Event.objects.exists()

    services.report(assignment, good=95, by=operator)
    fresh = services.report(assignment, good=3, override="customer takes more", by=supervisor)

    assert fresh.qty_done == 108
    assert Event.objects.order_by("seq").last().payload["override"] == "customer takes more"


def test_a_small_job_may_run_over_by_one(tenant, operator):
    create_job(tenant=tenant, on=create_station(tenant=tenant), qty_total=3)

    services.report(StationAssignment.objects.get(), good=4, by=operator)
    with pytest.raises(BrokenRule, match="at most 0 more"):
        services.report(StationAssignment.objects.get(), good=1, by=operator)


def test_a_correction_never_goes_below_nothing(assignment, operator):
    assert services.report(assignment, good=-10, by=operator).qty_done == 0
    with pytest.raises(BrokenRule, match="no more than that"):
        services.report(assignment, good=-1, by=operator)


def test_a_report_does_not_conflict_because_the_quantity_moved(assignment, operator):
    stale = StationAssignment.objects.get()
    services.report(assignment, good=1, by=operator)

    assert services.report(stale, good=1, by=operator).qty_done == 12


def test_a_report_on_an_ended_assignment_conflicts_but_a_supervisor_may_correct_it(assignment, operator, supervisor):
    services.take_off_job(assignment.station, by=supervisor)

    with pytest.raises(Conflict, match="no longer on"):
        services.report(assignment, good=1, by=operator)
    assert services.report(assignment, good=-2, by=supervisor).qty_done == 8
    assert Job.objects.with_quantities().get().qty_done == 8
