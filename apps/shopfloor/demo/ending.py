"""How the demo's week ends: the last two hours lead to the board that a visitor sees first."""

import math
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from apps.shopfloor.demo.floor import Act, Log, Plan
from apps.shopfloor.demo.plants import Line, Plant
from apps.shopfloor.demo.week import Week
from apps.shopfloor.demo.work import DAY_BEGINS, MINUTE, NIGHT_BEGINS

# The stations that stand at the end: reason, and for how many minutes. The others run.
STANDING = [
    ("material", 4),
    ("machine", 17),
    ("quality", 41),
    (None, 3),
    ("cleaning", 9),
    ("operator", 14),
    ("other", 26),
]
UNANSWERED = "material"  # its call is open, and nobody has come yet
IDLE = (None, "cleaning", "operator", "other")
# Shorter stops in between, so that not all run since the same time: reason, minutes ago, minutes it lasted.
SHORT_STOPS = [
    ("spindle", 95, 26),
    ("minor", 78, 6),
    ("break", 64, 27),
    ("downstream", 52, 11),
    ("material", 45, 8),
    ("quality", 33, 9),
    (None, 20, 5),
    ("minor", 12, 4),
]


def plan_week(plant: Plant, now: datetime, seed: int = 1) -> Plan:
    """The week that ends at `now`. The same plant, moment and seed make the same plan."""
    return Ending(plant, now, seed).plan()


class Ending(Week):
    """A week that ends in a good mix: 15 run, 3 blocked, 1 in changeover, 4 idle, 1 without a job."""

    def plan(self) -> Plan:
        self.write_calendar()
        self.soon(self.last_free, self.gather)
        self.live()
        self.act_at_last()
        self.settle()
        acts = [self.filled_in(act) for act in sorted(self.acts, key=lambda act: act.at or self.now + MINUTE)]
        return Plan([job.row() for job in self.jobs], acts, self.logs())

    def ago(self, minutes) -> datetime:
        return self.now - timedelta(seconds=round(minutes * 60 + self.rng.randint(0, 40)))

    # --- the last two hours ---

    def gather(self, at) -> None:
        """Everybody is at work; then each station goes where it shall be."""
        self.create_jobs(at, [line for line in self.plant.lines for _ in range(3 - len(self.waiting(line)))])
        for station in self.stations:
            station.stop += 1
            station.check += 1
            if not station.job:
                self.put_to_work(station, at)
            elif station.status != "running":
                self.set_status(station, at, "running")
        free = list(self.stations)
        self.rng.shuffle(free)
        ripe = sorted(free, key=lambda s: (not self.can_finish(s.job), s.job.hours_left))
        self.changeover, self.jobless = ripe[:2]
        free.remove(self.changeover)
        free.remove(self.jobless)
        blocked_lines: list[Line] = []
        for reason, minutes in STANDING:
            elsewhere = [s for s in free if reason in IDLE or s.line not in blocked_lines] or free
            station = next((s for s in elsewhere if reason != "machine" or s.has_machine), elsewhere[0])
            free.remove(station)
            blocked_lines += [] if reason in IDLE else [station.line]
            self.soon(self.ago(minutes), self.stand, station, reason)
        for station, (reason, minutes, lasts) in zip(free, SHORT_STOPS, strict=False):
            self.soon(self.ago(minutes), self.begin_stop, station, reason, self.ago(minutes - lasts))
        self.running = free
        self.soon(self.ago(12), self.finish, self.changeover)
        self.soon(self.ago(19), self.finish, self.jobless)
        for station in free:
            self.soon(self.ago(self.rng.randint(3, 14)), self.report_at_last, station)

    def put_to_work(self, station, at) -> None:
        shared = self.shareable(station.line) or [j for j in self.jobs if j.line is station.line and j.stations]
        queue = self.waiting(station.line)
        job = queue[0] if queue and (len(queue) > 2 or not shared) else self.rng.choice(shared)
        self.assign(station, job, at, run=True)

    def report_at_last(self, station, at) -> None:
        if station.status == "running":
            self.report(station, at, spare=3)

    def stand(self, station, at, reason) -> None:
        self.report(station, at, spare=3)
        if reason in IDLE:
            self.set_status(station, at, "idle", reason)
            return
        self.set_status(station, at, "blocked", reason)
        kind = "maintenance" if reason == "machine" else reason
        answered = None if reason == UNANSWERED else at + self.minutes(1.5, 2.8)
        self.call_goes_on(station, at, kind, answered, self.now)

    def can_finish(self, job) -> bool:
        return len(job.stations) == 1 and job.done > 20

    def finish(self, station, at) -> None:
        """The job of this station is done, or goes on elsewhere; one then gets ready for the next."""
        job = station.job
        self.report(station, at, spare=1)
        if self.can_finish(job):
            job.total = job.done
            self.complete(job, at, station)
        else:
            self.act(at, "take_off_job", self.supervisor(at), station.code, job.code)
            self.leave_paused(station, job, at)
        if station is self.changeover:
            self.soon(self.ago(11), self.change_over, station)

    def next_job_soon(self, station, at) -> None:
        if at < self.last_free:
            super().next_job_soon(station, at)

    def change_over(self, station, at) -> None:
        self.assign(station, self.waiting(station.line)[0], at, run=False)
        self.set_status(station, at, "idle", "changeover")

    # --- what is done now, as the history is written: undone, corrected, changed ---

    def act_at_last(self) -> None:
        supervisor = self.supervisor(self.now)
        counted, pressed, corrected, explained = self.running[-4:]
        by = self.operator(counted, self.now)
        self.kept = {counted.job.code}
        counted.job.total = max(counted.job.total, counted.job.done + 30)
        self.act(self.ago(2), "report", by, counted.code, counted.job.code, good=11, scrap=0, reason=None, note="")
        self.act(None, "undo", supervisor, counted.code)
        by = self.operator(pressed, self.now)
        self.act(self.ago(1), "set_status", by, pressed.code, status="blocked", reason="downstream", note="")
        self.act(None, "undo", supervisor, pressed.code)
        text, photo = next((text, photo) for text, photo in self.plant.notes.items() if photo)
        by = self.operator(explained, self.now)
        self.act(self.ago(5), "add_note", by, explained.code, text=text, photo=photo)
        old = [stop for stop in self.stops if stop[2] < self.now - timedelta(hours=20)]
        blocked = [stop for stop in old if stop[3] in ("material", "downstream", "operator")]
        if blocked:
            station, begins, ends, _code = next((s for s in blocked if s[0] is corrected), blocked[-1])
            details = {"start": begins, "end": ends, "status": "blocked", "reason": "machine"}
            note = "The feed belt had stopped; noted from the repair slip."
            self.act(None, "correct_period", supervisor, station.code, **details, note=note)
        if unnamed := [stop for stop in old if stop[3] in ("unspecified", "minor")]:
            station, begins, _ends, _code = next((s for s in unnamed if s[0] is explained), unnamed[-1])
            self.act(
                None, "reclassify_stop", supervisor, station.code, begun=begins, reason="spindle", note="Tool worn."
            )
        if waiting := [job for job in self.jobs if job.status == "waiting" and job.priority == "normal"]:
            self.act(None, "change_job", supervisor, job=waiting[-1].code, priority="high")

    # --- totals and days that suit what happened ---

    def settle(self) -> None:
        """Quantities and due dates as they were ordered: most in time, one late, a few nearly done, one a little over."""
        today, rng = self.local(self.now).date(), self.rng
        for job in self.jobs:
            if job.status == "completed":
                done_on = self.local(job.completed_at).date()
                job.due = done_on + timedelta(days=rng.choice((-1, -2) if rng.random() < 0.14 else (0, 0, 1, 1, 2, 3)))
                job.due = max(job.due, self.local(job.created_at).date())
        running = sorted((j for j in self.jobs if j.status == "running"), key=lambda job: -job.done / job.total)
        shapes = [1.02, 1.03, 1.05, 0.99]  # of what is done; the last is over its total, by two
        for job, shape in zip([j for j in running if j.code not in self.kept and j.done > 60], shapes, strict=False):
            job.total = job.done - 2 if shape < 1 else math.ceil(job.done * shape / 5) * 5
        days = [-1, 0, 0, 1, 1, 1]
        for number, job in enumerate(running[2:] + running[:2]):
            job.due = today + timedelta(days=days[number] if number < len(days) else rng.randint(2, 8))
        waiting = [job for job in self.jobs if job.status == "waiting"]
        for number, job in enumerate(waiting):
            job.due = max(job.due, today + timedelta(days=rng.randint(0, 4))) if number % 5 else None
        for rank, job in enumerate([job for job in waiting if job.priority in ("normal", "high")][1:3], 1):
            job.rank = rank

    def filled_in(self, act: Act) -> Act:
        """The act with the jobs as they were settled."""
        if act.verb == "create_jobs":
            rows = {job.code: job.row() for job in self.jobs}
            act.details["rows"] = [rows[code] for code in act.details.pop("jobs")]
        return act

    # --- performance logs ---

    def logs(self) -> list[Log]:
        """What each station made of each job in each shift that is over, against what its time there allowed."""
        made: Counter = Counter()
        for at, code, job_code, units in self.made:
            made[code, job_code, *self.shift_of(at)] += units
        found = []
        for station in self.stations:
            for (job, day, shift), seconds in self.planned_seconds(station).items():
                units, target = made[station.code, job.code, day, shift], round(seconds / job.part.cycle_seconds)
                if units > 0 or target > 5:
                    found.append(Log(station.code, job.code, day, shift, max(units, 0), target))
        return found

    def planned_seconds(self, station) -> Counter:
        """Seconds of the line's working hours that the station had each job, by (job, date, shift), of shifts over."""
        found: Counter = Counter()
        for begins, ends in self.windows[station.line.name]:
            edges = [self.at_local(day, clock) for day in self.days() for clock in (DAY_BEGINS, NIGHT_BEGINS)]
            edges = [begins, *sorted(edge for edge in edges if begins < edge < ends), ends]
            for part_begins, part_ends in pairwise(edges):
                shift = self.shift_of(part_begins)
                if shift == self.shift_of(self.now):
                    continue
                for job, since, until in station.spans:
                    overlap = min(part_ends, until or self.now) - max(part_begins, since)
                    found[job, *shift] += max(overlap.total_seconds(), 0)
        return found
