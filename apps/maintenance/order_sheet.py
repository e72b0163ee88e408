"""Orders on paper: job sheets, each with a QR code that opens the order's page."""

from collections import defaultdict

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.http import lasting_address
from apps.core.label_sheets import qr_svg
from apps.core.pdf import heading, render_pdf
from apps.inventory.models import Reservation
from apps.maintenance.models import TaskKind, WorkOrderTask

MOST, BLANK_ROWS = 50, 4


def job_sheets(request, orders) -> bytes:
    """The PDF, one sheet after another. orders: with their asset and place."""
    tasks, needs = defaultdict(list), defaultdict(list)
    for task in (
        WorkOrderTask.objects.for_tenant(request.tenant).filter(work_order__in=orders).order_by("position", "pk")
    ):
        tasks[task.work_order_id].append(task)
    rows = Reservation.objects.for_tenant(request.tenant).filter(reference__in=[order.number for order in orders])
    for row in rows.select_related("part", "warehouse").order_by("part__sku"):
        needs[row.reference].append(row)
    head = heading(request.tenant)
    words = {
        "tasks": _("Tasks"), "parts": _("Parts reserved"), "time": _("Time and parts used"), "notes": _("Notes"),
    }  # fmt: skip
    sheets = [_sheet(request, order, tasks[order.pk], needs[order.number]) for order in orders]
    title = orders[0].number if len(orders) == 1 else _("Job sheets")
    return render_pdf("job_sheet", head | {"words": head["words"] | words, "title": title, "sheets": sheets})


def _sheet(request, order, tasks, needs) -> dict:
    address = lasting_address(request, reverse("maintenance:order_detail", args=[order.number]))
    blank = [_("Who"), _("Day"), _("From"), _("To"), _("Part"), _("Quantity")]
    return {
        "number": order.number, "subtitle": order.title, "qr": qr_svg(address), "facts": list(_facts(order)),
        "description": order.description, "must": _("* mandatory") if any(task.is_mandatory for task in tasks) else "",
        "tasks": {
            "columns": ["", _("What is to be done"), _("Range"), _("Result"), _("Name")], "numbers": [], "widths": [1, 9, 4, 4, 3],
            "rows": [[str(place), _task(task), _range(task), _result(task), ""] for place, task in enumerate(tasks, 1)],
        },
        "parts": {
            "columns": [_("SKU"), _("Name"), _("Quantity"), _("Warehouse")], "numbers": [2],
            "rows": [[row.part.sku, row.part.name, row.part.amount(row.quantity), str(row.warehouse or "")] for row in needs],
        },
        "blank": {"columns": blank, "rows": [[""] * len(blank)] * BLANK_ROWS},
    }  # fmt: skip


def _facts(order):
    if order.asset:
        code = f"{order.code} " if order.code else ""
        yield _("Asset"), f"{code}{order.asset}"
    if place := order.location or (order.asset and order.asset.location):
        yield _("Place"), str(place)
    if order.station:
        yield _("Station"), str(order.station)
    yield _("Status"), order.get_status_display()
    yield _("Priority"), order.get_priority_display()
    yield _("Due"), f"{order.due_date:%Y-%m-%d}" if order.due_date else _("no due date")
    yield _("Whose"), str(order.assigned_to or _("nobody's"))
    if order.estimated_minutes:
        yield _("Estimated"), _("%d min") % order.estimated_minutes


def _task(task) -> str:
    return f"{task.description} *" if task.is_mandatory else task.description


def _range(task) -> str:
    if task.min is None and task.max is None:
        return task.unit
    low, high = ("…" if value is None else f"{value.normalize():f}" for value in (task.min, task.max))
    return f"{low} – {high} {task.unit}".strip()


def _result(task) -> str:
    """What is known already; else the boxes to tick, or a line to write on."""
    if task.result:
        return f"{task.get_result_display()} {task.value}".strip()
    return _("pass / fail") if task.kind == TaskKind.CHECK else ""
