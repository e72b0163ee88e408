"""What can be done in maintenance: one function for each thing a person would name."""

from apps.maintenance.services.generation import Generated, generate_orders
from apps.maintenance.services.labour import add_minutes, remove_labour, start_timer, stop_timer
from apps.maintenance.services.orders import (
    approve_order,
    assign_order,
    cancel_order,
    change_order,
    close_order,
    create_order,
    finish_order,
    hold_order,
    is_emergency,
    reopen_order,
    resume_order,
    return_order,
    start_order,
)
from apps.maintenance.services.parts import (
    book_cost,
    need_part,
    need_part_no_more,
    remove_cost,
    undo_use,
    use_part,
)
from apps.maintenance.services.requests import convert, is_urgent, merge, reject, report, take
from apps.maintenance.services.schedules import save_schedule, set_standing, today_of
from apps.maintenance.services.steps import lock_order, needs_another
from apps.maintenance.services.tasks import add_task, comment, follow_up, record_task, waive

__all__ = [
    "Generated",
    "add_minutes",
    "add_task",
    "approve_order",
    "assign_order",
    "book_cost",
    "cancel_order",
    "change_order",
    "close_order",
    "comment",
    "convert",
    "create_order",
    "finish_order",
    "follow_up",
    "generate_orders",
    "hold_order",
    "is_emergency",
    "is_urgent",
    "lock_order",
    "merge",
    "need_part",
    "need_part_no_more",
    "needs_another",
    "record_task",
    "reject",
    "remove_cost",
    "remove_labour",
    "reopen_order",
    "report",
    "resume_order",
    "return_order",
    "save_schedule",
    "set_standing",
    "start_order",
    "start_timer",
    "stop_timer",
    "take",
    "today_of",
    "undo_use",
    "use_part",
    "waive",
]
