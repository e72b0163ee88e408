"""The tables of maintenance: schedules, work orders and their tasks."""

from apps.maintenance.models.orders import (
    CoveredCycle,
    FailureCode,
    FailureKind,
    HoldReason,
    OrderStatus,
    Origin,
    Outcome,
    PmCredit,
    TaskResult,
    WorkOrder,
    WorkOrderTask,
)
from apps.maintenance.models.schedules import Anchor, PmSchedule, Priority, TaskKind

__all__ = [
    "Anchor",
    "CoveredCycle",
    "FailureCode",
    "FailureKind",
    "HoldReason",
    "OrderStatus",
    "Origin",
    "Outcome",
    "PmCredit",
    "PmSchedule",
    "Priority",
    "TaskKind",
    "TaskResult",
    "WorkOrder",
    "WorkOrderTask",
]
