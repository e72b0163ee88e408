"""The presses around work orders."""

from datetime import date

from apps.inventory.models import Wallet
from apps.inventory.services import issue_to_wallet
from apps.maintenance import services
from apps.maintenance.models import FailureCode, TaskKind, WorkOrder, WorkOrderTask
from tests import factories
from tests.faults.recipes import asset, of, person, word
from tests.faults.recipes_of_stores import spare


def order(plant, **fields):
    return factories.create_order_of(asset(plant), **fields)


def begun(plant, **fields):
    return order(plant, status="in_progress", by=person(plant), **fields)


def task(plant, **fields):
    row = WorkOrderTask(tenant=plant, work_order=begun(plant), description="Belt tension", **fields)
    row.save()
    return row


def failed(plant):
    row = task(plant)
    return services.record_task(row, "fail", by=person(plant), comment="Worn")


def codes(plant):
    made = {
        kind: FailureCode(tenant=plant, kind=kind, code=word(), name="Seal") for kind in ("problem", "cause", "remedy")
    }
    for code in made.values():
        code.save()
    return {kind: code.pk for kind, code in made.items()}


def press(name, status, other=None, **body):
    """Of an order in a status, with a body."""
    of(f"maintenance:{name}", other=other or {"more": "words"})(
        lambda plant: ([order(plant, status=status, by=person(plant)).number], body)
    )


of("maintenance:order_new", other={"title": "It drips"})(
    lambda plant: {"asset": asset(plant).pk, "title": "It leaks", "origin": "cm", "priority": "high"}
)
press("order_change", "draft", title="It leaks", priority="low")
press("order_approve", "draft")
press("order_start", "ready")
press("order_hold", "in_progress", hold_reason="parts")
press("order_return", "ready", reason="Not now")
press("order_finish", "in_progress")
press("order_cancel", "ready", reason="Not needed")
press("order_task_new", "draft", other={"kind": "text"}, description="Grease", kind="check", meter="run_hours")
press("order_minutes", "in_progress", other={"minutes": "20"}, minutes="15")
press("order_cost", "draft", other={"amount": "20"}, kind="rental", amount="100")
press("order_comment", "draft", other={"text": "Not so"}, text="So")
press("order_timer", "in_progress")


@of("maintenance:order_assign", other={"person": ""})
def order_assign(plant):
    return [order(plant).number], {"person": person(plant, role="technician").pk}


@of("maintenance:order_resume", other={"more": "words"})
def order_resume(plant):
    row = begun(plant)
    services.hold_order(row, "parts", by=person(plant))
    return [row.number], {}


@of("maintenance:order_close", other={"outcome": "not_done"})
def order_close(plant):
    return [begun(plant).number], codes(plant) | {"outcome": "done", "reason": "So"}


@of("maintenance:order_reopen", other={"reason": "Not so"})
def order_reopen(plant):
    row = services.close_order(begun(plant), by=person(plant), outcome="not_done", reason="No power")
    return [row.number], {"reason": "There is power"}


@of("maintenance:task_result", other={"value": "3"})
def task_result(plant):
    row = task(plant, kind=TaskKind.NUMBER)
    return [row.work_order.number, row.pk], {"value": "2"}


@of("maintenance:task_follow_up", other={"next": "/jobs/"})
def task_follow_up(plant):
    row = failed(plant)
    return [row.work_order.number, row.pk], {}


@of("maintenance:task_waive", other={"reason": "Not so"})
def task_waive(plant):
    row = failed(plant)
    return [row.work_order.number, row.pk], {"reason": "It holds"}


@of("maintenance:task_move", other={"step": "-1"})
def task_move(plant):
    row = task(plant)
    services.add_task(row.work_order, "Oil it", by=person(plant))
    return [row.work_order.number, row.pk], {"step": "1"}


@of("maintenance:order_minutes_of", other={"minutes": "20"})
def order_minutes_of(plant):
    return [begun(plant).number], {"minutes": "15", "user": person(plant).pk}


@of("maintenance:labour_stop", other={"minutes": "20"})
def labour_stop(plant):
    entry = services.start_timer(begun(plant), by=person(plant))
    return [entry.work_order.number, entry.pk], {"minutes": "15"}


@of("maintenance:labour_remove", other={"next": "/jobs/"})
def labour_remove(plant):
    entry = services.add_minutes(begun(plant), 15, by=person(plant))
    return [entry.work_order.number, entry.pk], {}


@of("maintenance:order_use", other={"quantity": "1"})
def order_use(plant):
    row, carrier = spare(plant), person(plant, role="technician")
    issue_to_wallet(row, 3, warehouse=row.stored, user=carrier, by=None)
    number = factories.create_order_of(asset(plant), status="in_progress", by=carrier).number
    return [number], {"held": Wallet.objects.get(part=row).pk, "quantity": "2"}


@of("maintenance:order_take", other={"quantity": "1"})
def order_take(plant):
    row = spare(plant)
    return [begun(plant).number], {"part": row.sku, "quantity": "2", "warehouse": row.stored.pk}


@of("maintenance:part_undo", other={"next": "/jobs/"})
def part_undo(plant):
    row, number = spare(plant), begun(plant).number
    used = services.use_part(
        WorkOrder.objects.get(number=number), row, 2, by=person(plant), source="warehouse", warehouse=row.stored
    )
    return [number, used.pk], {}


@of("maintenance:order_need", other={"quantity": "3"})
def order_need(plant):
    return [order(plant).number], {"part": spare(plant).sku, "quantity": "2"}


@of("maintenance:need_release", other={"next": "/jobs/"})
def need_release(plant):
    row = order(plant)
    return [row.number, services.need_part(row, spare(plant), 2, by=person(plant)).pk], {}


@of("maintenance:cost_remove", other={"next": "/jobs/"})
def cost_remove(plant):
    row = order(plant)
    return [row.number, services.book_cost(row, by=person(plant), kind="rental", amount=100).pk], {}


@of("maintenance:orders_assign", other={"person": ""})
def orders_assign(plant):
    return {"order": order(plant).pk, "person": person(plant, role="technician").pk}


of("maintenance:orders_approve", other={"next": "/jobs/"})(lambda plant: {"order": order(plant).pk})
of("maintenance:filter_new", other={"query": "q=x"})(lambda plant: {"name": word(), "query": "assigned_to=me"})
of("maintenance:filter_remove", other={"name": "Not this"})(lambda plant: {"name": word()})

SCHEDULE = {
    "name": "Weekly check", "interval_days": "7", "meter": "run_hours", "anchor": "fixed", "lead_days": "1",
    "lead_meter": "0", "priority": "high", "is_active": "on", "tasks-TOTAL_FORMS": "0", "tasks-INITIAL_FORMS": "0",
    "parts-TOTAL_FORMS": "0", "parts-INITIAL_FORMS": "0",
}  # fmt: skip

of("maintenance:schedule_new", role="manager", other={"name": "Daily check"})(
    lambda plant: SCHEDULE | {"asset": asset(plant).pk}
)
of("maintenance:schedule_change", role="manager", other={"name": "Daily check"})(
    lambda plant: ([factories.create_schedule(asset=asset(plant)).pk], SCHEDULE)
)
of("maintenance:schedule_generate", other={"next": "/jobs/"})(
    lambda plant: ([factories.create_schedule(asset=asset(plant), first_due_date=date(2026, 1, 2)).pk], {})
)
