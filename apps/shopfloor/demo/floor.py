"""What the demo's week is told with: acts, jobs, stations. Pure: no model, no database."""

from dataclasses import dataclass, field
from datetime import date, datetime

from apps.shopfloor.demo.plants import Line, Part

PRIORITIES = ("low", "normal", "high", "urgent")


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
