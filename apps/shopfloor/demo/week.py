"""A week on the demo's shop floor, invented from a seed: pure, without a database.

Each station is led through its shifts by a queue of moments. What it does is written down as acts, each one call of a
service of the same name; `load` plays them in order.
"""

import heapq
import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from apps.shopfloor.demo.plants import STOP_REASONS, Line, Part, Plant
from apps.shopfloor.models import ReasonGroup
from apps.shopfloor.services.calls import CALL_OF_GROUP

# Nothing older than 7 days can be entered; loading takes a while.
SLACK = timedelta(minutes=30)
# How long before now the ending begins, in which every station is led to what the board shall show.
ENDING = timedelta(minutes=110)
MINUTE = timedelta(minutes=1)
DAY_BEGINS, NIGHT_BEGINS, NIGHT_ENDS = time(6), time(14), time(22)
REPORT_TIME = time(13, 50)
ANDON = (3, 10, 15)
PRIORITIES = ("low", "normal", "high", "urgent")

# reason (None: nobody said), how often, minutes
STOPS = [
    ("machine", 16, (18, 75)),
    ("spindle", 8, (25, 60)),
    ("material", 20, (8, 35)),
    ("downstream", 12, (6, 22)),
    ("quality", 9, (8, 25)),
    ("operator", 6, (6, 20)),
    ("minor", 9, (3, 8)),
    ("unspecified", 5, (5, 15)),
    ("cleaning", 9, (12, 22)),
    (None, 6, (5, 14)),
]
GROUP_OF = {code: group for code, _name, group, _counts_as, _minutes in STOP_REASONS}
IDLE_GROUPS = {ReasonGroup.CHANGEOVER, ReasonGroup.PLANNED, ReasonGroup.NO_DEMAND}
SHORT_REASONS = ("Material used up; the rest comes with the next order.", "Customer takes what is there.")
CANCEL_REASONS = ("Customer cancelled the order.", "Drawing is wrong; a new job follows.")


@dataclass(frozen=True)
class Act:
    """One call of a service. by: a person's key, or None for the system; at None: at the moment it is played."""

    at: datetime | None
    verb: str
    by: str | None
    station: str = ""
    job: str = ""
    details: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Log:
    """A row of performance_logs."""

    station: str
    job: str
    log_date: date
    shift: str
    units: int
    target: int


@dataclass(eq=False)
class Job:
    code: str
    line: Line
    part: Part
    total: int
    priority: str
    created_at: datetime
    due: date | None
    rank: int | None = None
    status: str = "waiting"
    done: int = 0
    completed_at: datetime | None = None
    stations: list = field(default_factory=list)

    @property
    def left(self) -> int:
        return self.total - self.done

    @property
    def hours_left(self) -> float:
        return self.left * self.part.cycle_seconds / 3600

    def queue_place(self):
        return -PRIORITIES.index(self.priority), self.due or date.max, self.created_at, self.code

    def row(self) -> dict:
        """What create_jobs is given."""
        return {
            "code": self.code,
            "part_name": self.part.name,
            "qty_total": self.total,
            "due_date": self.due,
            "priority": self.priority,
            "line_hint": self.line.name,
            "rank": self.rank,
            "cycle_seconds": self.part.cycle_seconds,
        }


@dataclass(eq=False)
class Station:
    code: str
    line: Line
    has_machine: bool
    speed: float
    status: str = "idle"
    job: Job | None = None
    seconds: float = 0  # run, and not reported yet
    counted: datetime | None = None  # up to when `seconds` counts
    shift_ends: datetime | None = None  # None: not at work
    stop: int = 0  # numbers the stops, and the moments to look at the quantity: an outdated one is passed over
    check: int = 0
    spans: list = field(default_factory=list)  # [job, from, to] of its assignments


@dataclass(frozen=True)
class Plan:
    """A week: the acts in order, and the performance logs that their reports add up to."""

    jobs: list[dict]
    acts: list[Act]
    logs: list[Log]


def plan_week(plant: Plant, now: datetime, seed: int = 1) -> Plan:
    """The week that ends at `now`. The same plant, moment and seed make the same plan."""
    from apps.shopfloor.demo.ending import Ending

    return Ending(plant, now, seed).plan()


class Week:
    """The floor while its week is invented."""

    def __init__(self, plant: Plant, now: datetime, seed: int):
        self.plant, self.zone = plant, ZoneInfo(plant.timezone)
        self.now = now.replace(microsecond=0)
        self.start, self.last_free = self.now - timedelta(days=7) + SLACK, self.now - ENDING
        self.rng = random.Random(f"{plant.slug} {seed}")
        self.moments: list = []
        self.numbers = count()
        self.acts: list[Act] = []
        self.jobs: list[Job] = []
        self.made: list[tuple[datetime, str, str, int]] = []
        self.called: set[str] = set()  # once a week is enough: a second press finds the open call
        self.stops: list[tuple[Station, datetime, datetime, str]] = []
        self.stations = [
            Station(code, line, bool(place.machine), self.rng.uniform(0.86, 1.04))
            for code, line, place in plant.station_codes()
        ]
        self.windows = {line.name: self.working_hours(number) for number, line in enumerate(plant.lines)}

    # --- the clock ---

    def soon(self, at: datetime, do, *args) -> None:
        """Do something at a moment of the week."""
        heapq.heappush(self.moments, (at.replace(microsecond=0), next(self.numbers), do, args))

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def at_local(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(self.now.tzinfo)

    def days(self) -> list[date]:
        first, last = self.local(self.start).date(), self.local(self.now).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def minutes(self, low, high) -> timedelta:
        return timedelta(seconds=self.rng.randint(int(low * 60), int(high * 60)))

    def working_hours(self, line_number) -> list[tuple[datetime, datetime]]:
        """Two shifts on weekdays, one on the last line and on Saturday; whenever `now` is, people are at work."""
        found = []
        for day in self.days():
            if day.weekday() < 5 or (day.weekday() == 5 and line_number == 0):
                ends = NIGHT_ENDS if day.weekday() < 5 and line_number < 2 else NIGHT_BEGINS
                found.append((self.at_local(day, DAY_BEGINS), self.at_local(day, ends)))
        found = [(max(a, self.start), b) for a, b in found if b - MINUTE * 60 > self.start and a < self.now]
        today = self.now - timedelta(hours=4)
        earlier = [(a, b) for a, b in found if b < today - MINUTE * 30]
        begins = [a for a, b in found if b >= today - MINUTE * 30]
        return [*earlier, (min([today, *begins]), self.now)]

    def shift_of(self, at: datetime) -> tuple[date, str]:
        local = self.local(at)
        if local.time() < DAY_BEGINS:
            return local.date() - timedelta(days=1), "night"
        return local.date(), "day" if local.time() < NIGHT_BEGINS else "night"

    # --- who ---

    def _on_shift(self, role: str, at: datetime) -> str:
        keys = [key for key, its_role, _name in self.plant.people if its_role == role]
        return keys[0 if self.shift_of(at)[1] == "day" else 1]

    def supervisor(self, at) -> str:
        return self._on_shift("supervisor", at)

    def technician(self, at) -> str:
        return self._on_shift("technician", at)

    def operator(self, station, at) -> str:
        keys = [key for key, role, _name in self.plant.people if role == "operator"]
        return keys[self.plant.lines.index(station.line) * 2 + (self.shift_of(at)[1] != "day")]

    def starter(self, station, at) -> str:
        """Who starts and completes jobs: in agile plants the operator, now and then."""
        agile = self.plant.settings.get("agile_mode") and self.rng.random() < 0.5
        return self.operator(station, at) if agile else self.supervisor(at)

    # --- acts ---

    def act(self, at, verb, by, station="", job="", **details) -> None:
        self.acts.append(Act(at, verb, by, station, job, details))

    def create_jobs(self, at, lines) -> None:
        """Put new jobs into the queue, one for each of `lines`."""
        batch = []
        for line in lines:
            part = self.rng.choice(line.parts)
            pieces = self.rng.uniform(22, 62) * 3600 / part.cycle_seconds
            step = 20 if pieces > 150 else 6
            job = Job(
                code=f"JOB-{1001 + len(self.jobs)}",
                line=line,
                part=part,
                total=max(round(pieces / step), 1) * step,
                priority=self.rng.choices(PRIORITIES, (8, 66, 20, 6))[0],
                created_at=at,
                due=self.local(at).date() + timedelta(days=self.rng.randint(2, 9)),
            )
            self.jobs.append(job)
            batch.append(job)
        if batch:
            by = "manager" if self.rng.random() < 0.4 else self.supervisor(at)
            self.act(at, "create_jobs", by, jobs=[job.code for job in batch])

    def set_status(self, station, at, status, reason=None, by=None, note="") -> None:
        self.count_run(station, at)
        station.status, station.counted = status, at
        by = by or self.operator(station, at)
        self.act(at, "set_status", by, station.code, status=status, reason=reason, note=note)

    def count_run(self, station, at) -> None:
        if station.status == "running" and station.job:
            station.seconds += (at - station.counted).total_seconds()
        station.counted = at

    def run(self, station, at, by=None) -> None:
        self.set_status(station, at, "running", by=by)
        self.look_soon(station, at)

    # --- jobs on stations ---

    def waiting(self, line) -> list[Job]:
        return sorted((j for j in self.jobs if j.status == "waiting" and j.line is line), key=Job.queue_place)

    def shareable(self, line) -> list[Job]:
        return [j for j in self.jobs if j.line is line and 1 <= len(j.stations) < 3 and j.hours_left > 9]

    def pick(self, station, at) -> None:
        """A station without a job gets the next one, or joins others on theirs."""
        if not station.shift_ends or station.job or station.status != "idle" or at > station.shift_ends - 30 * MINUTE:
            return
        queue, shared = self.waiting(station.line), self.shareable(station.line)
        joins = shared and (not queue or self.rng.random() < 0.3)
        if not joins and not queue:
            self.soon(at + self.minutes(60, 120), self.pick, station)
            return
        job = self.rng.choice(shared) if joins else queue[0]
        if not joins and self.rng.random() < 0.4 and at < self.last_free - 30 * MINUTE:
            self.assign(station, job, at, run=False)
            self.set_status(station, at, "idle", "changeover")
            station.stop += 1
            self.soon(at + self.minutes(8, 25), self.stop_over, station, station.stop)
        else:
            self.assign(station, job, at, run=True)

    def assign(self, station, job, at, *, run, by=None) -> None:
        by = by or self.starter(station, at)
        note = "Urgent: goes out on Friday." if job.priority == "urgent" else ""
        self.act(at, "assign_job", by, station.code, job.code, run=run, note=note)
        self.put_on(station, job, at)
        if run:
            station.status, station.counted = "running", at
            self.look_soon(station, at)

    def put_on(self, station, job, at) -> None:
        job.status, station.job, station.seconds, station.counted = "running", job, 0, at
        job.stations.append(station)
        station.spans.append([job, at, None])

    def leave(self, station, at) -> None:
        """The station's assignment ends; if it ran, it is idle."""
        station.job.stations.remove(station)
        station.spans[-1][2] = at
        station.job, station.seconds, station.check = None, 0, station.check + 1
        if station.status == "running":
            station.status = "idle"

    def next_job_soon(self, station, at) -> None:
        self.soon(at + self.minutes(3, 18), self.pick, station)

    # --- quantities ---

    def pace(self, station) -> float:
        """Seconds for one good unit."""
        return station.job.part.cycle_seconds / station.speed

    def look_soon(self, station, at) -> None:
        """Look at the quantity at the next time of reporting, or when the job should be done."""
        if not station.job:
            return
        station.check += 1
        local = self.local(at)
        number = self.stations.index(station)
        reports = self.at_local(local.date(), REPORT_TIME) - number * MINUTE / 2
        missing = station.job.left * self.pace(station) / len(station.job.stations) - station.seconds
        done = at + timedelta(seconds=max(missing, 0) + 60)
        self.soon(min(done, reports) if reports > at else done, self.look, station, station.check)

    def look(self, station, at, check) -> None:
        if station.check == check and station.status == "running" and at < self.last_free:
            if self.report(station, at):
                self.look_soon(station, at)

    def report(self, station, at, *, spare=0) -> bool:
        """Report what was made since the last time; complete the job when all is there. Returns whether it goes on.

        spare: so many units must be left to do.
        """
        self.count_run(station, at)
        job, rng = station.job, self.rng
        units = max(min(int(station.seconds / self.pace(station)), job.left - spare), 0)
        station.seconds = max(station.seconds - units * self.pace(station), 0)
        if units and units == job.left and rng.random() < 0.25:
            self.complete(job, at, station, fill=units)
            return False
        scrap = rng.randint(1, 3) if rng.random() < 0.14 else 0
        wrong = rng.randint(2, 9) if units and rng.random() < 0.015 and job.left > units + 12 else 0
        self.book(station, at, units + wrong, scrap)
        if wrong:
            self.soon(at + self.minutes(1, 3), self.book, station, -wrong, 0, job, "Counted twice.")
        if job.left == 0:
            self.complete(job, at, station)
            return False
        if not spare and 0 < job.left < 0.05 * job.total and len(job.stations) == 1 and rng.random() < 0.4:
            self.complete(job, at, station, short=rng.choice(SHORT_REASONS))
            return False
        return True

    def book(self, station, at, good, scrap, job=None, note="") -> None:
        """Report units; a late correction is left out when the job has gone meanwhile."""
        if not (good or scrap) or (job and job is not station.job):
            return
        job = job or station.job
        job.done += good
        self.made.append((at, station.code, job.code, good))
        reason = self.rng.choice(("scratch", "chipped-edge", "stain", "size", "broken", "setup")) if scrap else None
        by = self.operator(station, at)
        self.act(at, "report", by, station.code, job.code, good=good, scrap=scrap, reason=reason, note=note)

    def complete(self, job, at, station, *, fill=0, short="") -> None:
        by = self.starter(station, at)
        self.act(at, "complete_job", by, station.code, job.code, fill=bool(fill), short=short)
        if fill:
            job.done += fill
            self.made.append((at, station.code, job.code, fill))
        job.status, job.completed_at = "completed", at
        for other in list(job.stations):
            self.leave(other, at)
            self.next_job_soon(other, at)

    # --- shifts and stops ---

    def begin_shift(self, station, at, ends) -> None:
        station.shift_ends = ends
        if station.job:
            self.run(station, at)
        else:
            self.pick(station, at)
        for day in self.days():
            for clock in (time(11, 40), time(18, 40)):
                moment = self.at_local(day, clock) + self.minutes(0, 40)
                if at < moment < ends and self.rng.random() < 0.13:
                    self.soon(moment, self.stop_station, station, "break", self.minutes(22, 33))
        moment = at + timedelta(hours=self.rng.expovariate(1 / 18))
        while moment < ends:
            code, _weight, (low, high) = self.rng.choices(STOPS, [weight for _code, weight, _minutes in STOPS])[0]
            self.soon(moment, self.stop_station, station, code, self.minutes(low, high))
            moment += timedelta(hours=self.rng.expovariate(1 / 18))

    def end_shift(self, station, at) -> None:
        if station.job and not self.report(station, at):
            station.shift_ends = None
            return
        if station.status == "running":
            self.set_status(station, at, "idle", "no-shift")
        station.shift_ends, station.check = None, station.check + 1

    def stop_station(self, station, at, code, lasts) -> None:
        """Stop a running station for a while, where that fits into its shift."""
        until = min(at + lasts, station.shift_ends - 8 * MINUTE) if station.shift_ends else at
        if station.status == "running" and station.job and until > at + MINUTE and until < self.last_free:
            self.begin_stop(station, at, code, until)

    def begin_stop(self, station, at, code, until) -> None:
        idle = code is None or GROUP_OF[code] in IDLE_GROUPS
        self.set_status(station, at, "idle" if idle else "blocked", code)
        station.stop += 1
        station.check += 1
        self.stops.append((station, at, until, code))
        self.soon(until, self.stop_over, station, station.stop)
        if not idle and (kind := CALL_OF_GROUP.get(GROUP_OF[code])):
            answered = at + self.minutes(0.7, self.rng.choice((2.5, 2.8, 12 if kind == "maintenance" else 5)))
            answered = answered if answered < until - MINUTE and self.rng.random() < 0.9 else None
            self.call_goes_on(station, at, kind, answered, until)

    def call_goes_on(self, station, at, kind, answered, until, part="") -> None:
        """An open call climbs until somebody comes."""
        for minutes in ANDON:
            if at + minutes * MINUTE < (answered or until):
                self.act(at + minutes * MINUTE, "escalate_calls", None)
        if answered:
            by = self.technician(at) if kind == "maintenance" else self.supervisor(at)
            self.act(answered, "acknowledge_call", by, station.code, kind=kind, part=part)

    def stop_over(self, station, at, stop) -> None:
        if station.stop != stop or station.status == "running":
            return
        if station.job:
            self.run(station, at)
        else:
            self.set_status(station, at, "idle")
            self.next_job_soon(station, at)

    # --- what happens now and then ---

    def at_work(self, line=None) -> list[Station]:
        return [s for s in self.stations if s.job and s.status == "running" and line in (None, s.line)]

    def write_note(self, at) -> None:
        if stations := self.at_work():
            station = self.rng.choice(stations)
            self.act(at, "add_note", self.operator(station, at), station.code, text=self.rng.choice(self.plant.notes))

    def call_for_material(self, at) -> None:
        if stations := [s for s in self.at_work() if s.code not in self.called]:
            station, part = self.rng.choice(stations), self.rng.choice(self.plant.materials)
            self.called.add(station.code)
            qty = self.rng.choice((1, 2, 5, 10, 20))
            self.act(at, "call_for", self.operator(station, at), station.code, kind="material", part=part, qty=qty)
            self.call_goes_on(station, at, "material", at + self.minutes(0.5, 2.8), at, part=part)
            by = self.operator(station, at)
            self.act(at + self.minutes(8, 30), "resolve_call", by, station.code, kind="material", part=part)

    def reassign(self, at) -> None:
        """Move a job to a station that stands without one, or whose own job can wait."""
        sources = [s for s in self.at_work() if len(s.job.stations) == 1 and s.job.hours_left > 4]
        self.rng.shuffle(sources)
        for source in sources:
            there = [s for s in self.stations if s.line is source.line and s.shift_ends and s is not source]
            free = [s for s in there if not s.job and s.status == "idle"]
            busy = [s for s in self.at_work(source.line) if s in there and s.job.hours_left > 2]
            if target := next(iter(free or busy), None):
                return self.move_job(source, target, at)

    def move_job(self, source, target, at) -> None:
        self.report(source, at, spare=1)
        occupied = target.job is not None
        if occupied:
            self.report(target, at, spare=1)
            paused = target.job
            self.leave_paused(target, paused, at)
        job = source.job
        by = self.supervisor(at)
        self.act(at, "reassign_job", by, source.code, job.code, to=target.code, take_off=occupied)
        self.leave(source, at)
        self.put_on(target, job, at)
        target.status = "running"
        self.look_soon(target, at)
        self.next_job_soon(source, at)

    def leave_paused(self, station, job, at) -> None:
        self.leave(station, at)
        if not job.stations:
            job.status = "waiting"

    def cancel(self, at, running=False) -> None:
        stations = [s for s in self.at_work() if len(s.job.stations) == 1] if running else []
        jobs = [s.job for s in stations] or [j for line in self.plant.lines for j in self.waiting(line)]
        if not jobs:
            return
        job = self.rng.choice(jobs)
        for station in list(job.stations):
            self.report(station, at, spare=1)
            self.leave(station, at)
            self.next_job_soon(station, at)
        job.status = "cancelled"
        self.act(at, "cancel_job", self.supervisor(at), job=job.code, reason=self.rng.choice(CANCEL_REASONS))

    def reopen(self, at) -> None:
        if job := next((j for j in self.jobs if j.status == "cancelled" and not j.done), None):
            job.status = "waiting"
            self.act(at, "reopen_job", "manager", job=job.code, reason="Customer wants them after all.")

    def morning(self, at) -> None:
        """New orders come in where the queue runs low."""
        lines = [line for line in self.plant.lines for _ in range(4 - len(self.waiting(line)))]
        self.create_jobs(at, lines)

    # --- the week ---

    def write_calendar(self) -> None:
        self.soon(self.start, self.create_jobs, [line for line in self.plant.lines for _ in range(8)])
        for station in self.stations:
            for begins, ends in self.windows[station.line.name]:
                begins = begins + self.minutes(1, 9)
                self.soon(begins, self.begin_shift, station, ends if ends < self.now else ends + timedelta(hours=2))
                if ends < self.now:
                    self.soon(ends - self.minutes(1, 6), self.end_shift, station)
        for number, day in enumerate(self.days()):
            if day.weekday() > 4:
                continue
            for clock, do, *args in (
                (time(7, 40), self.morning),
                *((time(self.rng.randint(7, 20), self.rng.randint(0, 59)), self.write_note) for _ in range(2)),
                *((time(self.rng.randint(7, 20), self.rng.randint(0, 59)), self.call_for_material) for _ in range(2)),
                *((time(self.rng.randint(8, 20), self.rng.randint(0, 59)), self.reassign) for _ in range(1 + number % 2)),
                *([(time(11, 5), self.cancel, number % 4 == 3)] if number % 2 else []),
                *([(time(9, 20), self.reopen)] if number == 4 else []),
            ):
                moment = self.at_local(day, clock)
                if self.start < moment < self.last_free - 45 * MINUTE:
                    self.soon(moment, do, *args)

    def live(self) -> None:
        """Go through the week's moments in order."""
        while self.moments:
            at, _number, do, args = heapq.heappop(self.moments)
            if at <= self.now:
                station = args[:1] if args and isinstance(args[0], Station) else ()
                do(*station, at, *args[len(station) :])
