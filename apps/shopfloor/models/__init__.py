"""The shop floor's tables: stations, the jobs they run, who worked on what, calls for help, what happened when."""

from apps.shopfloor.models.calls import Call, CallKind, CallQuerySet, CallStatus
from apps.shopfloor.models.events import TIME_EVENTS, Event, EventQuerySet, EventType
from apps.shopfloor.models.figures import ShiftTime, ShiftUnits
from apps.shopfloor.models.jobs import AssignmentQuerySet, Job, JobQuerySet, JobStatus, Priority, StationAssignment
from apps.shopfloor.models.reasons import CountsAs, ReasonGroup, ScrapReason, StopReason
from apps.shopfloor.models.records import BoardVersion, ClosedShift, PerformanceLog, Source
from apps.shopfloor.models.shifts import ExceptionType, Shift, ShiftException, ShiftKind
from apps.shopfloor.models.stations import Station, StationAsset, StationStatus
from apps.shopfloor.models.terminals import TerminalStation

__all__ = [
    "TIME_EVENTS",
    "AssignmentQuerySet",
    "BoardVersion",
    "Call",
    "CallKind",
    "CallQuerySet",
    "CallStatus",
    "ClosedShift",
    "CountsAs",
    "Event",
    "EventQuerySet",
    "EventType",
    "ExceptionType",
    "Job",
    "JobQuerySet",
    "JobStatus",
    "PerformanceLog",
    "Priority",
    "ReasonGroup",
    "ScrapReason",
    "Shift",
    "ShiftException",
    "ShiftKind",
    "ShiftTime",
    "ShiftUnits",
    "Source",
    "Station",
    "StationAsset",
    "StationAssignment",
    "StationStatus",
    "StopReason",
    "TerminalStation",
]
