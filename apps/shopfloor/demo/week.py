"""A week of that work: shifts, stops, and what happens now and then."""

from datetime import time, timedelta

from apps.shopfloor.demo.floor import Station
from apps.shopfloor.demo.plants import STOP_REASONS
from apps.shopfloor.demo.work import MINUTE, Work
from apps.shopfloor.models import ReasonGroup
from apps.shopfloor.services.calls import CALL_OF_GROUP

ANDON = (3, 10, 15)

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
CANCEL_REASONS = ("Customer cancelled the order.", "Drawing is wrong; a new job follows.")


class Week(Work):
    """The work of a week, up to its ending."""

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
                if at < moment < ends and self.rng.random() < 0.1:
                    self.soon(moment, self.stop_station, station, "break", self.minutes(22, 33))
        moment = at + timedelta(hours=self.rng.expovariate(1 / 22))
        while moment < ends:
            code, _weight, (low, high) = self.rng.choices(STOPS, [weight for _code, weight, _minutes in STOPS])[0]
            self.soon(moment, self.stop_station, station, code, self.minutes(low, high))
            moment += timedelta(hours=self.rng.expovariate(1 / 22))

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
            answered = answered if answered < until - MINUTE and self.rng.random() < 0.85 else None
            self.call_goes_on(station, at, kind, answered, until)

    def call_goes_on(self, station, at, kind, answered, until, part="") -> None:
        """An open call climbs until somebody comes."""
        for minutes in ANDON:
            if at + minutes * MINUTE < (answered or until):
                self.act(at + minutes * MINUTE, "escalate_calls", None)
        if answered:
            by = self.technician(at) if kind == "maintenance" else self.supervisor(at)
            self.act(answered, "acknowledge_call", by, station.code, kind=kind, part=part)

    # --- what happens now and then ---

    def at_work(self, line=None) -> list[Station]:
        return [s for s in self.stations if s.job and s.status == "running" and line in (None, s.line)]

    def write_note(self, at) -> None:
        if stations := self.at_work():
            station = self.rng.choice(stations)
            text, photo = self.rng.choice(list(self.plant.notes.items()))
            self.act(at, "add_note", self.operator(station, at), station.code, text=text, photo=photo)

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
        lines = [line for line in self.plant.lines for _ in range(3 - len(self.waiting(line)))]
        self.create_jobs(at, lines)

    # --- the week ---

    def write_calendar(self) -> None:
        self.soon(self.start, self.create_jobs, [line for line in self.plant.lines for _ in range(7)])
        for station in self.stations:
            for begins, ends in self.windows[station.line.name]:
                begins = begins + self.minutes(1, 9)
                self.soon(begins, self.begin_shift, station, ends if ends < self.now else ends + timedelta(hours=2))
                if ends < self.now:
                    self.soon(ends - self.minutes(1, 6), self.end_shift, station)
        for number, day in enumerate(day for day in self.days() if day.weekday() < 5):
            self.once(day, time(7, 40), self.morning)
            for do in [self.write_note, self.call_for_material] * 2 + [self.reassign] * (1 + number % 2):
                self.once(day, time(self.rng.randint(7, 20), self.rng.randint(0, 59)), do)
            if number % 2:
                self.once(day, time(11, 5), self.cancel, number == 3)
            if number == 4:
                self.once(day, time(9, 20), self.reopen)

    def once(self, day, clock, do, *args) -> None:
        """Let something happen on a day, unless that is before the week or in its ending."""
        moment = self.at_local(day, clock)
        if self.start < moment < self.last_free - 45 * MINUTE:
            self.soon(moment, do, *args)
