"""The floor's figures: time inside planned time alone, and never a ratio where there is no value."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.shopfloor import services
from apps.shopfloor.demand import union, waiting, without
from apps.shopfloor.kpis import Scope, call_figures, floor_figures, job_figures, stop_sums
from apps.shopfloor.models import Call, ShiftTime, Station
from tests.factories import create_job, create_scrap_reason, create_station, create_stop_reason
from tests.shopfloor.test_roll_up import Floor

HOUR = timedelta(hours=1)


@pytest.fixture
def floor(supervisor):
    return Floor(supervisor.tenant, supervisor)


def figures(floor, by="station", **look):
    scope = {"first": floor.day, "last": floor.day, "now": timezone.now()} | look
    return floor_figures(Scope(tenant=floor.tenant, **scope), by)


def stop(floor, status, begin, reason=None):
    station = Station.objects.get(pk=floor.station.pk)
    services.set_status(station, status, reason=reason, by=floor.supervisor, at=floor.at(begin))


def worked(floor):
    """06:00 on; blocked 08:00–08:30; blocked by plan 09:00–10:00; idle 12:00–13:00; 190 good, 10 scrapped; cycle 60 s."""
    meeting = create_stop_reason(tenant=floor.tenant, code="meeting", group="planned", counts_as="excluded")
    broken = create_stop_reason(tenant=floor.tenant, code="broken")
    floor.work()
    services.report(floor.assignment, good=190, by=floor.supervisor, at=floor.at("07:00"))
    scrap = create_scrap_reason(tenant=floor.tenant)
    services.report(floor.assignment, scrap=10, reason=scrap, by=floor.supervisor, at=floor.at("07:30"))
    stop(floor, "blocked", "08:00", broken)
    stop(floor, "running", "08:30")
    stop(floor, "blocked", "09:00", meeting)
    stop(floor, "running", "10:00")
    stop(floor, "idle", "12:00")
    stop(floor, "running", "13:00")


@pytest.mark.parametrize("is_closed", [True, False])
def test_time_counts_inside_planned_time_alone(floor, is_closed):
    worked(floor)
    if is_closed:
        floor.close(timezone.now())
        assert ShiftTime.objects.filter(shift__log_date=floor.day).exists()

    (found,) = figures(floor).rows.values()

    assert found.planned == 6.5 * HOUR  # eight hours less the break and the planned stop
    assert (found.excluded, found.no_demand) == (HOUR, timedelta())
    assert (found.running, found.blocked, found.idle, found.unknown) == (5 * HOUR, HOUR / 2, HOUR, timedelta())
    assert (found.stops, found.good, found.scrap) == (1, 190, 10)
    assert found.ideal_seconds == 200 * 60
    assert found.availability == 5 / 6.5
    assert found.performance == 200 / 300
    assert found.quality == 0.95
    assert found.oee == pytest.approx(190 / 390)
    assert found.oee == pytest.approx(found.availability * found.performance * found.quality)


def test_what_is_closed_and_what_is_not_add_up_to_the_same(floor):
    worked(floor)
    live = {by: figures(floor, by) for by in ("station", "line", "shift", "kind", "day", "week", "job", "part")}

    floor.close(timezone.now())

    for by, found in live.items():
        assert figures(floor, by) == found, by


def test_without_a_job_that_waits_an_idle_station_has_no_demand(floor):
    """The floor's own job waits until 08:00, and no other."""
    floor.job.created_at = floor.at("05:00")
    floor.job.save()
    services.set_status(floor.station, "running", by=floor.supervisor, at=floor.at("05:00"))
    stop(floor, "idle", "06:00")
    stop(floor, "running", "07:00")
    floor.job.refresh_from_db()
    services.cancel_job(floor.job, by=floor.supervisor, at=floor.at("08:00"))
    stop(floor, "idle", "09:00")
    stop(floor, "running", "10:00")

    (found,) = figures(floor).rows.values()

    assert (found.idle, found.no_demand, found.excluded) == (HOUR, HOUR, HOUR)
    assert found.planned == 6.5 * HOUR


def test_no_data_is_not_nought(floor):
    """No event: unknown. No shift: not scheduled. No cycle: no performance. Nothing made: no quality."""
    (nothing,) = figures(floor).rows.values()
    assert nothing.is_scheduled and not nothing.has_data
    assert nothing.availability is nothing.performance is nothing.quality is nothing.oee is None

    assert figures(floor, first=floor.day, last=floor.day, line="Nowhere").rows == {}
    assert not figures(floor, line="Nowhere").total.is_scheduled

    floor.job.cycle_seconds = None
    floor.job.save()
    floor.work(made=[("07:00", 10)])
    (found,) = figures(floor).rows.values()
    assert found.availability == 1 and found.quality == 1
    assert found.performance is found.oee is found.ideal_seconds is None


def test_totals_are_sums_and_not_means(floor):
    worked(floor)
    other = create_station(tenant=floor.tenant, line=floor.station.line)
    job = create_job(tenant=floor.tenant, qty_total=1000, cycle_seconds=30)
    services.assign_job(other, job, run=True, by=floor.supervisor, at=floor.at("06:00"))
    services.report(other.assignments.get(), good=100, by=floor.supervisor, at=floor.at("07:00"))

    found = figures(floor)

    assert len(found.rows) == 2
    assert found.total.planned == 14 * HOUR
    assert found.total.oee == pytest.approx((190 * 60 + 100 * 30) / (14 * 3600))


def test_a_window_cuts_shifts_whether_they_are_closed_or_not(floor):
    worked(floor)
    window = {"first": floor.day - timedelta(days=1), "within": (floor.at("08:00"), floor.at("09:30"))}
    live = figures(floor, **window)

    floor.close(timezone.now())

    assert figures(floor, **window) == live
    (found,) = live.rows.values()
    assert (found.blocked, found.running, found.excluded) == (HOUR / 2, HOUR / 2, HOUR / 2)
    assert (found.good, found.stops) == (0, 1)
    whole = {"first": floor.day - timedelta(days=1), "within": (floor.at("05:00"), floor.at("15:00"))}
    assert figures(floor, **whole).total == figures(floor).total


def test_stops_are_told_by_reason_the_longest_first(floor):
    worked(floor)

    def told():
        return stop_sums(Scope(tenant=floor.tenant, first=floor.day, last=floor.day, now=timezone.now()))

    stops = told()

    assert [(row["status"], row["reason"], row["time"], row["stops"]) for row in stops] == [
        ("idle", "", HOUR, 1),
        ("blocked", "broken", HOUR / 2, 1),
    ]
    floor.close(timezone.now())
    assert told() == stops


def test_a_correction_of_a_closed_shift_changes_its_figures_and_marks_it(floor):
    worked(floor)
    floor.close(timezone.now())
    before = figures(floor).total
    services.correct_period(
        floor.station, start=floor.at("12:00"), end=floor.at("13:00"), status="running", by=floor.supervisor, note="so"
    )

    services.revise_closed_shifts(floor.tenant, now=timezone.now() + timedelta(minutes=2))

    after = figures(floor).total
    assert (before.running, after.running) == (5 * HOUR, 6 * HOUR)


def test_what_jobs_did(floor):
    """Lead times of 1, 2 and 3 h; one is late, one has no due date; one is open and late."""
    made = {"tenant": floor.tenant, "cycle_seconds": 1}
    for hours, due in ((1, floor.day), (2, floor.day - timedelta(days=1)), (3, None)):
        job = create_job(**made, due_date=due, created_at=floor.at("06:00"), qty_total=1)
        services.assign_job(
            floor.station, job, run=True, by=floor.supervisor, at=floor.at("06:00") + (hours - 1) * HOUR
        )
        services.complete_job(
            job, station=floor.station, fill=True, by=floor.supervisor, at=floor.at("06:00") + hours * HOUR
        )
        floor.station.refresh_from_db()
    create_job(**made, due_date=floor.day - timedelta(days=3))
    scope = Scope(tenant=floor.tenant, first=floor.day, last=floor.day, now=timezone.now())

    found = job_figures(scope)

    assert (found.completed, found.on_time, found.due, found.on_time_ratio, found.open_late) == (3, 1, 2, 0.5, 1)
    assert (found.lead_time_mean_seconds, found.lead_time_median_seconds) == (7200, 7200)
    assert found.lead_time_p90_seconds == round(2.8 * 3600)


def test_the_queries_do_not_grow_with_the_stations(floor):
    worked(floor)

    def count():
        with CaptureQueriesContext(connection) as asked:
            figures(floor)
        return len(asked)

    few = count()
    for _number in range(5):
        create_station(tenant=floor.tenant, line=f"Line {_number}")

    assert count() == few <= 15


def test_stretches_less_others():
    assert union([(3, 5), (1, 2), (4, 8), (2, 2)]) == [(1, 2), (3, 8)]
    assert without([(0, 10)], [(8, 12), (2, 3), (3, 4)]) == [(0, 2), (4, 8)]
    assert without([(0, 1), (5, 6)], [(0, 9)]) == []
    assert waiting(0, [(4, True), (6, False), (7, False)], [(1, 2)], 9) == [(0, 1), (2, 4), (6, 9)]


def test_how_long_callers_waited(floor):
    """Two for material, of which one was acknowledged after 10 min and resolved after 30; one was cancelled."""
    at = floor.at("08:00")
    made = {"tenant": floor.tenant, "station": floor.station, "opened_at": at}
    came = {"acknowledged_at": at + timedelta(minutes=10), "ended_at": at + timedelta(minutes=30), "level": 1}
    Call.objects.create(**made, kind="material", status="resolved", **came)
    Call.objects.create(**made, kind="material", status="cancelled", ended_at=at + HOUR)
    Call.objects.create(**made, kind="help")
    Call.objects.create(**made | {"opened_at": at - timedelta(days=1)}, kind="quality")
    scope = {"tenant": floor.tenant, "first": floor.day, "last": floor.day, "now": timezone.now()}

    material, help_ = call_figures(Scope(**scope))

    assert (material.kind, material.number, material.acknowledged, material.resolved) == ("material", 2, 1, 1)
    assert (material.until_acknowledged, material.until_resolved) == (timedelta(minutes=10), timedelta(minutes=30))
    assert (material.escalated, help_.number, help_.until_acknowledged) == (1, 1, None)
    assert call_figures(Scope(**scope, line="Nowhere")) == []
