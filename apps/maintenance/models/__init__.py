"""The tables of maintenance: schedules, work orders with what went into them, and service requests."""

from apps.maintenance.models.filters import SavedFilter
from apps.maintenance.models.orders import (
    OPEN,
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
from apps.maintenance.models.requests import RequestStatus, ServiceRequest
from apps.maintenance.models.schedules import MAINTAINED, Anchor, PmSchedule, Priority, TaskKind
from apps.maintenance.models.work import (
    LONG_TIMER,
    Consumable,
    CostKind,
    LabourEntry,
    OrderComment,
    PartSource,
    WorkOrderCost,
)

__all__ = [
    "LONG_TIMER",
    "MAINTAINED",
    "OPEN",
    "Anchor",
    "Consumable",
    "CostKind",
    "CoveredCycle",
    "FailureCode",
    "FailureKind",
    "HoldReason",
    "LabourEntry",
    "OrderComment",
    "OrderStatus",
    "Origin",
    "Outcome",
    "PartSource",
    "PmCredit",
    "PmSchedule",
    "Priority",
    "RequestStatus",
    "SavedFilter",
    "ServiceRequest",
    "TaskKind",
    "TaskResult",
    "WorkOrder",
    "WorkOrderCost",
    "WorkOrderTask",
]
