"""What can be done in maintenance: one function for each thing a person would name."""

from apps.maintenance.services.generation import Generated, generate_orders
from apps.maintenance.services.orders import (
    approve_order,
    assign_order,
    cancel_order,
    close_order,
    create_order,
    finish_order,
    hold_order,
    record_task,
    reopen_order,
    resume_order,
    return_order,
    start_order,
)
from apps.maintenance.services.schedules import save_schedule, today_of

__all__ = [
    "Generated",
    "approve_order",
    "assign_order",
    "cancel_order",
    "close_order",
    "create_order",
    "finish_order",
    "generate_orders",
    "hold_order",
    "record_task",
    "reopen_order",
    "resume_order",
    "return_order",
    "save_schedule",
    "start_order",
    "today_of",
]
