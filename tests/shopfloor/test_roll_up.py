"""Shifts that are over: forgotten stations, what was made, and what late entries change."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from io import StringIO
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.shopfloor import services
from apps.shopfloor.models import ClosedShift, Event, PerformanceLog, Shift, Station
from apps.shopfloor.services.rollup import add_up
from apps.shopfloor.tasks import close_shifts_of
from apps.shopfloor.timeline import station_timeline
from tests.factories import (
    create_job,
    create_person,
    create_shift,
    create_station,
    create_stop_reason,
    create_tenant,
)

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
MINUTE = timedelta(minutes=1)


class Floor:
    """A station with a shift of yesterday, 06:00 to 14:00, with a break from 10:00 to 10:30."""

    def __init__(self, tenant, supervisor, **job):
        self.tenant, self.supervisor = tenant, supervisor
        self.day = tenant.local(timezone.now()).date() - timedelta(days=1)
        create_shift(tenant=tenant, weekdays=EVERY_DAY, breaks=[{"start": "10:00", "end": "10:30"}])
        self.station = create_station(tenant=tenant)
        self.job = create_job(tenant=tenant, qty_total=1000, **({"cycle_seconds": 60} | job))

    def at(self, clock, day=0):
        clock = time.fromisoformat(clock)
        return datetime.combine(self.day + timedelta(days=day), clock, self.tenant.zone)

    def work(self, begin="06:00", made=()):
        services.assign_job(self.station, self.job, run=True, by=self.supervisor, at=self.at(begin))
        for clock, good in made:
            self.report(good, clock)

    def report(self, good, clock):
        services.report(self.assignment, good=good, by=self.supervisor, at=self.at(clock))

    @property
    def assignment(self):
        return self.station.assignments.latest("started_at")

    def close(self, now=None):
        """Closes what is over, as the worker does."""
        now = now or self.at("14:03")
        closed = [services.close_shift(shift, now=now) for shift in services.shifts_to_close(self.tenant, now=now)]
        return sum(closed)

    def logs(self):
        logs = PerformanceLog.objects.filter(log_date=self.day, shift="Early")
        return list(logs.values_list("units_completed", "target_units", "source", "is_revised"))


@pytest.fixture
def floor(supervisor):
    return Floor(supervisor.tenant, supervisor)


def test_a_shift_that_is_over_is_added_up_once(floor):
    floor.work(made=[("07:00", 40), ("13:59", 350)])

    assert floor.close() == 8  # of the days before, too
    assert floor.close() == 0

    assert floor.logs() == [(390, 450, "rolled_up", False)]  # eight hours less half an hour, at one a minute
    assert PerformanceLog.objects.count() == 1


def test_what_is_reported_at_the_very_end_is_the_next_shifts(floor):
    floor.work(made=[("13:59", 5), ("14:00", 7)])

    floor.close()

    assert floor.logs()[0][0] == 5


def test_undone_reports_do_not_count(floor):
    floor.work(made=[("08:00", 100), ("09:00", 11)])
    services.undo(floor.station, by=floor.supervisor)

    floor.close()

    assert floor.logs() == [(100, 450, "rolled_up", False)]


def test_what_a_completion_books_counts(floor):
    floor.work(made=[("08:00", 100)])
    services.complete_job(floor.job, station=floor.station, fill=True, by=floor.supervisor, at=floor.at("12:00"))

    floor.close()

    assert floor.logs() == [(1000, 330, "rolled_up", False)]  # on the station for six hours, less the break


def test_excluded_stops_lower_the_target(floor):
    lunch = create_stop_reason(tenant=floor.tenant, code="clean", group="planned", counts_as="excluded")
    torn = create_stop_reason(tenant=floor.tenant, code="torn")
    floor.work()
    for status, reason, clock in [("idle", lunch, "10:15"), ("blocked", torn, "11:00"), ("running", None, "12:00")]:
        services.set_status(floor.station, status, reason=reason, by=floor.supervisor, at=floor.at(clock))
    floor.report(1, "13:00")

    floor.close()

    assert floor.logs() == [(1, 420, "rolled_up", False)]  # half of the stop was a break anyway


def test_without_a_cycle_time_there_is_no_target(supervisor):
    floor = Floor(supervisor.tenant, supervisor, cycle_seconds=None)
    floor.work(made=[("08:00", 3)])

    floor.close()

    assert floor.logs() == [(3, None, "rolled_up", False)]


def test_rows_that_a_person_entered_stay(floor):
    floor.work(made=[("08:00", 3)])
    floor.close()
    log = PerformanceLog.objects.get()
    log.units_completed = 77
    services.save_performance_log(log, by=floor.supervisor)

    services.roll_up(floor.tenant, floor.day, "Early", by=floor.supervisor)

    assert floor.logs() == [(77, 450, "manual", False)]


# --- revised ---


def test_a_late_entry_revises_a_closed_shift_and_no_other(floor):
    create_shift(tenant=floor.tenant, name="Late", start=time(14), end=time(22), weekdays=EVERY_DAY)
    floor.work(made=[("08:00", 3)])
    floor.close()
    assert services.revise_closed_shifts(floor.tenant, now=timezone.now()) == 0
    services.report(floor.assignment, good=4, by=floor.supervisor, at=floor.at("13:00"))

    assert services.revise_closed_shifts(floor.tenant, now=timezone.now()) == 1
    assert services.revise_closed_shifts(floor.tenant, now=timezone.now()) == 0

    assert floor.logs() == [(7, 450, "rolled_up", True)]
    assert [shift.log_date for shift in ClosedShift.objects.filter(is_revised=True)] == [floor.day]


def test_a_corrected_period_and_a_new_reason_revise_the_target(floor):
    clean = create_stop_reason(tenant=floor.tenant, code="clean", group="planned", counts_as="excluded")
    torn = create_stop_reason(tenant=floor.tenant, code="torn")
    floor.work(made=[("08:00", 3)])
    services.set_status(floor.station, "blocked", reason=torn, by=floor.supervisor, at=floor.at("12:00"))
    services.set_status(floor.station, "running", by=floor.supervisor, at=floor.at("12:10"))
    floor.report(1, "13:45")
    floor.close()
    stop = Event.objects.get(payload__new_status="blocked")

    services.reclassify_stop(stop, clean, by=floor.supervisor)
    services.revise_closed_shifts(floor.tenant, now=timezone.now())
    assert floor.logs() == [(4, 440, "rolled_up", True)]

    services.correct_period(
        floor.station, start=floor.at("09:00"), end=floor.at("09:20"), status="idle", reason=clean, by=floor.supervisor
    )
    services.revise_closed_shifts(floor.tenant, now=timezone.now())
    assert floor.logs() == [(4, 420, "rolled_up", True)]


def test_a_closed_shift_stays_as_it_was_when_the_weeks_shifts_change(floor):
    floor.work(made=[("08:00", 3)])
    floor.close()
    early = Shift.objects.get()
    early.name, early.start, early.end, early.breaks = "Dawn", time(5), time(13), []
    services.save_shift(early, by=floor.supervisor)

    assert floor.close() == 0
    services.roll_up(floor.tenant, floor.day, "Early", by=floor.supervisor)

    assert floor.logs() == [(3, 450, "rolled_up", False)]
    assert PerformanceLog.objects.count() == 1


# --- forgotten stations ---


def status(floor):
    station = Station.objects.select_related("stop_reason").get(pk=floor.station.pk)
    return station.status, station.stop_reason and station.stop_reason.code, station.status_since


def test_a_forgotten_station_is_idle_from_the_shifts_end_on(floor):
    floor.work(made=[("13:29", 3)])

    floor.close(now=floor.at("14:03"))

    assert status(floor) == ("idle", "no-shift", floor.at("14:00"))
    event = Event.objects.latest("seq")
    assert (event.event_type, event.user_id, event.occurred_at) == ("status_change", None, floor.at("14:00"))
    told = station_timeline(floor.station, floor.at("13:00"), floor.at("15:00"))
    assert [(part.status, part.seconds) for part in told] == [("running", 3600), ("idle", 3600)]


@pytest.mark.parametrize("clock", ["13:31", "14:02"])
def test_where_somebody_reports_they_are_at_work(floor, clock):
    floor.work(made=[(clock, 3)])

    floor.close(now=floor.at("14:05"))

    assert status(floor)[0] == "running"


def test_where_another_shift_follows_nobody_is_forgotten(floor):
    create_shift(tenant=floor.tenant, name="Late", start=time(14), end=time(22), weekdays=EVERY_DAY)
    floor.work()

    floor.close(now=floor.at("14:05"))
    assert status(floor)[0] == "running"
    floor.close(now=floor.at("22:05"))

    assert status(floor) == ("idle", "no-shift", floor.at("22:00"))


def test_a_supervisor_takes_it_back_and_it_is_not_done_again(floor):
    floor.work()
    floor.close(now=floor.at("14:05"))

    services.undo(floor.station, by=floor.supervisor)
    floor.close(now=floor.at("14:10"))

    assert status(floor) == ("running", None, floor.at("06:00"))


# --- on demand ---


def test_on_demand_a_shift_is_added_up_while_it_runs_and_is_not_revised_at_its_end(floor):
    floor.work(made=[("07:00", 40)])

    services.roll_up(floor.tenant, floor.day, "Early", by=floor.supervisor, now=floor.at("08:00"))
    assert floor.logs() == [(40, 120, "rolled_up", False)]
    floor.close()

    assert floor.logs() == [(40, 450, "rolled_up", False)]


def test_on_demand_there_must_be_such_a_shift(floor):
    with pytest.raises(BrokenRule, match="no shift “Late”"):
        services.roll_up(floor.tenant, floor.day, "Late", by=None)
    with pytest.raises(BrokenRule, match="has not begun"):
        services.roll_up(floor.tenant, floor.day + timedelta(days=3), "Early", by=None)


def test_the_queries_do_not_grow_with_the_stations(floor):
    def cost(stations):
        for _ in range(stations):
            job, station = create_job(tenant=floor.tenant, cycle_seconds=60), create_station(tenant=floor.tenant)
            services.assign_job(station, job, run=True, by=floor.supervisor, at=floor.at("06:00"))
            services.report(station.assignments.get(), good=5, by=floor.supervisor, at=floor.at("07:00"))
        PerformanceLog.objects.all().delete()
        shift = next(
            s for s in services.shifts_to_close(floor.tenant, now=floor.at("14:03")) if s.log_date == floor.day
        )
        with CaptureQueriesContext(connection) as captured:
            assert add_up(shift, until=shift.ended_at)
        return len(captured)

    assert cost(2) == cost(10)


# --- with real transactions ---


@pytest.fixture
def plant():
    tenant = create_tenant(slug="north")
    with tenant_context(tenant):
        floor = Floor(tenant, create_person(tenant=tenant))
        floor.work(made=[("07:00", 40)])
    return floor


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_one_closes_each_shift(plant):
    barrier = Barrier(4)

    def work(_):
        try:
            barrier.wait()
            return close_shifts_of(plant.tenant)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        closed = sum(pool.map(work, range(4)))

    with tenant_context(plant.tenant):
        assert closed == ClosedShift.objects.count() >= 7
        assert PerformanceLog.objects.get(log_date=plant.day).units_completed == 40


@pytest.mark.django_db(transaction=True)
def test_the_command_closes_or_adds_up_one(plant):
    def said(**options):
        out = StringIO()
        call_command("roll_up_shifts", stdout=out, **options)
        return out.getvalue()

    assert "shifts closed or revised" in said()
    assert said(tenant="north") == "north: 0 shifts closed or revised.\n"
    assert said(tenant="north", date=plant.day, shift="Early") == "north: 1 performance logs.\n"
    for wrong in ({"tenant": "south"}, {"date": plant.day}, {"date": plant.day, "shift": "Late"}):
        with pytest.raises(CommandError):
            said(**wrong)
