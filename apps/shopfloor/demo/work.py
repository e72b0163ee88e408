"""Work on the demo's shop floor, invented from a seed: pure, without a database.

Each station is led through its shifts by a queue of moments. What it does is written down as acts, each one call of a
service of the same name; `load` plays them in order.
"""

import heapq
import random
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from apps.shopfloor.demo.floor import PRIORITIES, Act, Job, Station
from apps.shopfloor.demo.plants import SCRAP_REASONS, Plant

# Nothing older than 7 days can be entered; loading takes a while.
SLACK = timedelta(minutes=30)
# How long before now the ending begins, in which every station is led to what the board shall show.
ENDING = timedelta(minutes=110)
MINUTE = timedelta(minutes=1)
DAY_BEGINS, NIGHT_BEGINS, NIGHT_ENDS = time(6), time(14), time(22)
REPORT_TIME = time(13, 50)

SHORT_REASONS = ("Material used up; the rest comes with the next order.", "Customer takes what is there.")


class Work:
    """The floor: its clock, its people, jobs on stations and what is reported of them."""

    def __init__(self, plant: Plant, now: datetime, seed: int):
        self.plant, self.zone = plant, ZoneInfo(plant.timezone)
        self.now = now.replace(microsecond=0)
        self.start, self.last_free = self.now - timedelta(days=7) + SLACK, self.now - ENDING
        # A miscount later than that could stand above a total that is settled at the end.
        self.last_wrong = self.last_free - timedelta(hours=8)
        self.rng = random.Random(f"{plant.slug} {seed}")  # noqa: S311 (the same demo each time)
        self.moments: list = []
        self.numbers = count()
        self.acts: list[Act] = []
        self.jobs: list[Job] = []
        self.made: list[tuple[datetime, str, str, int]] = []
        self.called: set[str] = set()  # once a week is enough: a second press finds the open call
        self.stops: list[tuple[Station, datetime, datetime, str]] = []
        self.stations = [
            Station(code, line, bool(place.machine), self.rng.uniform(0.92, 1.16))
            for code, line, place in plant.station_codes()
        ]
        self.windows = {line.name: self.working_hours(number) for number, line in enumerate(plant.lines)}

    # --- the clock ---

    def soon(self, at: datetime, do, *args) -> None:
        """Do something at a moment of the week."""
        heapq.heappush(self.moments, (at.replace(microsecond=0), next(self.numbers), do, args))

    def live(self) -> None:
        """Go through the week's moments in order."""
        while self.moments:
            at, _number, do, args = heapq.heappop(self.moments)
            if at <= self.now:
                station = args[:1] if args and isinstance(args[0], Station) else ()
                do(*station, at, *args[len(station) :])

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
            lately = [job.part for job in self.jobs if job.line is line][-2:]
            part = self.rng.choice([part for part in line.parts if part not in lately])
            pieces = self.rng.uniform(24, 66) * 3600 / part.cycle_seconds
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

    def stop_over(self, station, at, stop) -> None:
        if station.stop != stop or station.status == "running":
            return
        if station.job:
            self.run(station, at)
        else:
            self.set_status(station, at, "idle")
            self.next_job_soon(station, at)

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
        # Where others work on it too nobody knows exactly when it is done: not too often.
        done = at + max(timedelta(seconds=missing + 60), MINUTE * (50 if len(station.job.stations) > 1 else 1))
        self.soon(min(done, reports) if reports > at else done, self.look, station, station.check)

    def look(self, station, at, check) -> None:
        still = station.check == check and station.status == "running" and at < self.last_free
        if still and self.report(station, at):
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
        wrong = 0
        if (
            units
            and job.left > units + 12
            and at < self.last_wrong
            and self.shift_of(at) == self.shift_of(at + 4 * MINUTE)
        ):
            wrong = rng.randint(2, 9) if rng.random() < 0.04 else 0
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
        reason = self.rng.choice(SCRAP_REASONS)[0] if scrap else None
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
