"""What the shop floor can do: one function for each thing a person would name."""

from apps.shopfloor.services.calls import (
    acknowledge_call,
    call_for,
    cancel_call,
    escalate_calls,
    resolve_call,
)
from apps.shopfloor.services.history import add_history
from apps.shopfloor.services.jobs import (
    cancel_job,
    change_job,
    complete_job,
    create_job,
    create_jobs,
    move_in_queue,
    reopen_job,
)
from apps.shopfloor.services.quantities import report
from apps.shopfloor.services.rollup import (
    close_shift,
    revise_closed_shifts,
    roll_up,
    save_performance_log,
    shifts_to_close,
)
from apps.shopfloor.services.shifts import remove_shift_exception, save_shift, save_shift_exception
from apps.shopfloor.services.stations import (
    add_note,
    correct_period,
    reclassify_stop,
    save_station,
    set_status,
)
from apps.shopfloor.services.terminals import pair_terminal
from apps.shopfloor.services.undo import undo, undo_offer
from apps.shopfloor.services.work import assign_job, reassign_job, take_off_job

__all__ = [
    "acknowledge_call",
    "add_history",
    "add_note",
    "assign_job",
    "call_for",
    "cancel_call",
    "cancel_job",
    "change_job",
    "close_shift",
    "complete_job",
    "correct_period",
    "create_job",
    "create_jobs",
    "escalate_calls",
    "move_in_queue",
    "pair_terminal",
    "reassign_job",
    "reclassify_stop",
    "remove_shift_exception",
    "reopen_job",
    "report",
    "resolve_call",
    "revise_closed_shifts",
    "roll_up",
    "save_performance_log",
    "save_shift",
    "save_shift_exception",
    "save_station",
    "set_status",
    "shifts_to_close",
    "take_off_job",
    "undo",
    "undo_offer",
]
