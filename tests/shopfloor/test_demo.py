"""The demo plant: its plan is believable and repeatable, what is loaded is whole, and it stays out of real plants."""

import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone

from apps.core.audit.seals import seal_records
from apps.core.audit.verify import verify
from apps.core.isolation import tenant_context
from apps.core.models import Tenant, User
from apps.core.passwords import DEMO_PASSWORD
from apps.core.roles import Role
from apps.registry.models import Asset, Location
from apps.shopfloor.demo.ending import plan_week
from apps.shopfloor.demo.floor import Plan
from apps.shopfloor.demo.load import Player, create_people, create_platform_person, create_stations, is_demo
from apps.shopfloor.demo.plants import NORTH, SOUTH, STOP_REASONS
from apps.shopfloor.management.commands.load_demo import load_plants
from apps.shopfloor.models import (
    Call,
    CallStatus,
    Event,
    EventType,
    Job,
    JobStatus,
    PerformanceLog,
    Station,
    StationAssignment,
    StationStatus,
)
from apps.shopfloor.timeline import UNKNOWN, current_state, station_timeline
from tests.factories import create_person, create_tenant

PLANTS = pytest.mark.parametrize("plant", [NORTH, SOUTH], ids=lambda plant: plant.slug)
# a weekday's noon, a Sunday's small hours, a shift's first minutes, the weekend after a clock change
MOMENTS = pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 4, 11, 20, tzinfo=UTC),
        datetime(2026, 3, 8, 2, 40, tzinfo=UTC),
        datetime(2026, 6, 15, 4, 5, tzinfo=UTC),
        datetime(2026, 10, 25, 13, 0, tzinfo=UTC),
    ],
    ids=str,
)


# --- the plan ---


class Floor:
    """Follows a plan's acts by the rules of the shop floor, without a database."""

    def __init__(self, plan):
        self.totals = {row["code"]: row["qty_total"] for row in plan.jobs}
        self.job, self.status, self.reason = {}, {}, {}  # by station
        self.jobs, self.done = {}, Counter()
        for act in plan.acts:
            getattr(self, act.verb, lambda act: None)(act)

    def create_jobs(self, act):
        self.jobs |= {row["code"]: "waiting" for row in act.details["rows"]}

    def assign_job(self, act):
        assert act.station not in self.job
        assert self.jobs[act.job] in ("waiting", "running")
        self.job[act.station], self.jobs[act.job] = act.job, "running"
        if act.details["run"]:
            self.status[act.station] = "running"

    def set_status(self, act):
        self.status[act.station], self.reason[act.station] = act.details["status"], act.details["reason"]

    def report(self, act):
        assert self.job[act.station] == act.job
        self.done[act.job] += act.details["good"]
        total = self.totals[act.job]
        assert 0 <= self.done[act.job] <= total + max(1, math.ceil(total * 0.05))

    def complete_job(self, act):
        assert self.job[act.station] == act.job
        missing = self.totals[act.job] - self.done[act.job]
        assert missing <= 0 or act.details["fill"] or act.details["short"]
        self.end(act, "completed")

    def cancel_job(self, act):
        self.end(act, "cancelled")

    def end(self, act, status):
        self.jobs[act.job] = status
        for station in [station for station, job in self.job.items() if job == act.job]:
            self.free(station)

    def free(self, station):
        if self.status[station] == "running":
            self.status[station], self.reason[station] = "idle", None
        return self.job.pop(station)

    def reassign_job(self, act):
        to = act.details["to"]
        paused = self.job.pop(to, None)
        assert act.details["take_off"] == bool(paused)
        if paused and paused not in self.job.values():
            self.jobs[paused] = "waiting"
        self.job[to], self.status[to] = self.free(act.station), "running"

    def take_off_job(self, act):
        self.free(act.station)
        if act.job not in self.job.values():
            self.jobs[act.job] = "waiting"

    def reopen_job(self, act):
        self.jobs[act.job] = "waiting"

    def undo(self, act):
        if self.status[act.station] == "blocked":
            self.status[act.station] = "running"


@PLANTS
def test_the_same_seed_and_moment_make_the_same_plan(plant):
    now = datetime(2026, 3, 4, 11, 20, tzinfo=UTC)

    assert plan_week(plant, now, 1) == plan_week(plant, now, 1)
    assert plan_week(plant, now, 1) != plan_week(plant, now, 2)


@PLANTS
@MOMENTS
def test_the_board_shows_a_good_mix_whenever_it_is_loaded(plant, now):
    floor = Floor(plan_week(plant, now))

    assert Counter(floor.status.values()) == {"running": 15, "idle": 6, "blocked": 3}
    assert len(floor.job) == 23  # one has no job
    assert [floor.reason[station] for station, status in floor.status.items() if status == "idle"].count(
        "changeover"
    ) == 1


@PLANTS
@MOMENTS
def test_the_week_is_believable(plant, now):
    plan = plan_week(plant, now)
    floor = Floor(plan)
    today = now.astimezone(plan_zone(plant)).date()
    rows = {row["code"]: row for row in plan.jobs}
    running = [code for code, status in floor.jobs.items() if status == "running"]
    moments = [act.at for act in plan.acts if act.at]

    assert moments == sorted(moments)
    assert now - timedelta(days=7) < moments[0] <= moments[-1] <= now
    assert 40 <= len(plan.jobs) <= 65
    assert set(floor.jobs.values()) == {"waiting", "running", "completed", "cancelled"}
    assert sum(rows[code]["due_date"] < today for code in running) == 1
    assert any(0.94 < floor.done[code] / rows[code]["qty_total"] < 1 for code in running)
    assert any(row["rank"] for row in plan.jobs)
    assert {"reassign_job", "add_note", "undo", "correct_period", "call_for"} <= {act.verb for act in plan.acts}


@PLANTS
def test_performance_logs_are_the_sums_of_the_reports(plant):
    now = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # in the night shift of one, the day shift of the other
    plan = plan_week(plant, now)

    floor = Floor(replace(plan, acts=[act for act in plan.acts if act.at and act.at < shift_began(plant, now)]))

    made = Counter(floor.done)
    for act in plan.acts:
        if act.verb == "complete_job" and act.details["fill"] and act.at < shift_began(plant, now):
            made[act.job] = floor.totals[act.job]
    logged = Counter()
    for log in plan.logs:
        logged[log.job] += log.units
    assert +logged == +made
    assert len({log.log_date for log in plan.logs}) >= 5


def plan_zone(plant):
    return Tenant(timezone=plant.timezone).zone


def shift_began(plant, now):
    local = now.astimezone(plan_zone(plant))
    return local.replace(hour=6 if local.hour < 14 else 14, minute=0)


# --- what is loaded: one line of one plant, for the time it takes ---


def part_of(plan, line):
    """The acts and logs of one line: jobs do not leave it."""
    stations = {code for code, its_line, _place in NORTH.station_codes() if its_line is line}
    rows = [row for row in plan.jobs if row["line_hint"] == line.name]
    jobs = {row["code"] for row in rows}
    acts = []
    for act in plan.acts:
        if act.verb == "create_jobs":
            act = replace(act, details={"rows": [row for row in act.details["rows"] if row["code"] in jobs]})
        if act.station in stations or act.job in jobs or act.verb in ("create_jobs", "escalate_calls"):
            acts.append(act)
    return Plan(rows, acts, [log for log in plan.logs if log.station in stations])


def test_what_is_loaded_is_whole(db):
    now = timezone.now()
    tenant = Tenant(name=NORTH.name, slug="north", timezone=NORTH.timezone)
    plan = part_of(plan_week(NORTH, now), NORTH.lines[2])
    create_platform_person()
    with tenant_context(tenant):
        tenant.save()
        people = create_people(NORTH, tenant)
        create_stations(NORTH, tenant, by=people["manager"], since=now - timedelta(days=7))

        Player(tenant, people).play(plan)

        each_login_works(tenant)
        there_are_24_stations_on_3_lines_with_their_machines(tenant)
        every_event_says_what_it_has_to(tenant)
        time_in_status_adds_up_to_the_window_and_ends_where_the_station_is(tenant)
        no_job_stands_above_its_limit(tenant)
        open_calls_belong_to_blocked_stations(tenant)
        quantities_are_the_sums_of_the_reports(tenant)
        performance_logs_are_marked_as_the_demos(tenant, plan)
        assert is_demo(tenant)
    seal_records()
    assert verify().problems == []


def line_of(tenant):
    return Station.objects.for_tenant(tenant).filter(line=NORTH.lines[2].name)


def each_login_works(tenant):
    for role in Role.values:
        person = authenticate(email=f"{role}@north.example", username=f"{role}@north.example", password=DEMO_PASSWORD)
        assert person and person.role == role
        assert person.tenant == tenant
    assert authenticate(username="platform@example.com", password=DEMO_PASSWORD).is_superuser
    assert User.objects.filter(tenant=tenant, email=None, role=Role.OPERATOR).exclude(staff_number="").count() == 5


def there_are_24_stations_on_3_lines_with_their_machines(tenant):
    stations = Station.objects.for_tenant(tenant)

    assert [station.code for station in stations.order_by("code")] == [f"ST-{n:02}" for n in range(1, 25)]
    assert Counter(stations.values_list("line", flat=True)) == {line.name: 8 for line in NORTH.lines}
    assert stations.filter(asset=None).count() < 4
    assert all(station.assets_served.get().asset == station.asset for station in stations.exclude(asset=None))
    assert Location.objects.for_tenant(tenant).filter(parent=None).count() == 1
    assert Asset.objects.for_tenant(tenant).exclude(parent=None).exists()


KEYS = {
    EventType.STATUS_CHANGE: {"old_status", "new_status", "reason", "old_reason", "note"},
    EventType.QUANTITY_REPORTED: {"good", "scrap", "reason", "assignment"},
    EventType.JOB_CREATED: {"qty_total", "part"},
    EventType.JOB_STARTED: {"qty_before"},
    EventType.JOB_COMPLETED: {"qty_booked", "short", "assignments"},
    EventType.JOB_REASSIGNED: {"from", "to", "qty_carried", "remaining"},
    EventType.JOB_PAUSED: {"qty_done"},
    EventType.CALL_ACKNOWLEDGED: {"call", "kind"},
    EventType.CALL_RESOLVED: {"call", "kind"},
    EventType.ESCALATION: {"call", "kind", "level"},
    EventType.NOTE: {"note"},
    EventType.REVERTED: {"event", "undone"},
}


def every_event_says_what_it_has_to(tenant):
    reasons = {code for code, *_rest in STOP_REASONS}
    calls = {str(pk) for pk in Call.objects.for_tenant(tenant).values_list("pk", flat=True)}

    for event in Event.objects.for_tenant(tenant):
        assert event.event_type in EventType.values
        assert KEYS.get(event.event_type, set()) <= set(event.payload)
        assert event.payload.get("call") is None or event.payload["call"] in calls
        if event.event_type == EventType.STATUS_CHANGE:
            assert {event.payload["reason"], event.payload["old_reason"]} <= reasons | {None}
            assert (event.payload["new_status"] == "blocked") <= bool(event.payload["reason"])
        if event.event_type not in (EventType.ESCALATION, EventType.STATUS_CHANGE):
            assert event.user


def time_in_status_adds_up_to_the_window_and_ends_where_the_station_is(tenant):
    now = timezone.now()
    for station in line_of(tenant):
        intervals = station_timeline(station, now - timedelta(days=7), now)

        assert sum(i.seconds for i in intervals) == pytest.approx(7 * 24 * 3600, abs=1e-3)
        assert UNKNOWN not in {i.status for i in intervals[1:]}
        status, reason, since = current_state(station, now)
        assert status == station.status
        assert reason == (station.stop_reason.code if station.stop_reason else "")
        assert since == station.status_since


def no_job_stands_above_its_limit(tenant):
    for job in Job.objects.for_tenant(tenant).with_quantities():
        assert job.qty_done <= job.qty_limit(tenant.rules)
        if job.status == JobStatus.COMPLETED:
            assert job.qty_done <= job.qty_total


def open_calls_belong_to_blocked_stations(tenant):
    blocked = set(line_of(tenant).filter(status=StationStatus.BLOCKED))

    calls = Call.objects.for_tenant(tenant).open()
    assert {call.station for call in calls} == blocked
    assert all(call.is_from_stop for call in calls)
    assert not calls.filter(status=CallStatus.ACKNOWLEDGED, acknowledged_by=None).exists()


def quantities_are_the_sums_of_the_reports(tenant):
    undone = Event.objects.for_tenant(tenant).filter(event_type=EventType.REVERTED)
    undone = {event.payload["event"] for event in undone}
    told = Counter()
    for event in Event.objects.for_tenant(tenant).exclude(pk__in=undone):
        if event.event_type == EventType.QUANTITY_REPORTED:
            told[event.job_id] += event.payload["good"]
        if event.event_type == EventType.JOB_COMPLETED:
            told[event.job_id] += event.payload["qty_booked"]

    made = StationAssignment.objects.for_tenant(tenant).values_list("job").annotate(Sum("qty_done"))
    assert +told == +Counter(dict(made))


def performance_logs_are_marked_as_the_demos(tenant, plan):
    logs = PerformanceLog.objects.for_tenant(tenant)

    assert logs.count() == len(plan.logs) > 20
    assert all(log.history.get().history_change_reason == "demo plant" for log in logs[:5])


# --- where it may be loaded ---


def test_it_is_refused_beside_a_real_tenant(db):
    create_tenant(slug="acme")

    with pytest.raises(CommandError, match="acme"):
        call_command("load_demo")

    assert Tenant.objects.count() == 1
    assert not User.objects.exists()


def test_a_real_tenant_that_is_called_north_is_no_demo(db):
    tenant = create_tenant(slug="north")
    create_person(tenant=tenant, role=Role.ADMIN, email="boss@north-mirrors.com")

    with pytest.raises(CommandError, match="north"):
        call_command("load_demo")


def test_a_second_run_does_nothing(db, capsys):
    for slug in ("north", "south"):
        create_person(tenant=create_tenant(slug=slug), role=Role.ADMIN, email=f"admin@{slug}.example")
    create_platform_person()

    call_command("load_demo")

    assert "here already" in capsys.readouterr().out
    assert User.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_where_one_plant_cannot_be_loaded_neither_is():
    broken = replace(SOUTH, timezone="Nowhere")

    with pytest.raises(Exception, match="Nothing was written|Nowhere"):
        load_plants([broken, NORTH], now=timezone.now(), seed=1, say=lambda text: None)

    assert not Tenant.objects.exists()


# --- its password ---


@pytest.mark.parametrize("password", [DEMO_PASSWORD, "Demo-Plant-1", f" {DEMO_PASSWORD} "])
def test_nobody_else_may_choose_the_demos_password(password):
    for person in (None, User(email="jo@acme.com"), User(email=None), User(email="north.example@acme.com")):
        with pytest.raises(ValidationError, match="demo plant"):
            validate_password(password, user=person)


def test_the_demos_own_people_may():
    for email in ("operator@north.example", "admin@south.example", "platform@example.com"):
        validate_password(DEMO_PASSWORD, user=User(email=email, display_name="Jon"))
