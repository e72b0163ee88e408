"""An order's page: all of it, or the part of it that an act has changed."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.core.roles import EVERYONE, roles_allowed
from apps.core.rows import rows_from
from apps.inventory.models import Reservation
from apps.maintenance import services
from apps.maintenance.act_forms import MOST_PHOTOS, CloseForm, CommentForm, FinishForm, HoldForm, MinutesForm, UseForm
from apps.maintenance.models import (
    CoveredCycle,
    HoldReason,
    OrderComment,
    OrderStatus,
    ServiceRequest,
    WorkOrder,
    WorkOrderCost,
)
from apps.maintenance.queries import cost_of
from apps.maintenance.queries import orders as queries
from apps.maintenance.rights import rights_of
from apps.registry.models import AssetStatus

SHOWN = (
    "tenant", "asset__location", "location", "station", "assigned_to", "pm_schedule", "service_request__reported_by",
    "follows", "covered_by", "problem", "cause", "remedy", "started_by", "finished_by", "closed_by", "created_by",
    "approved_by",
)  # fmt: skip


def order_or_404(request, number) -> WorkOrder:
    return get_object_or_404(_orders(request), number=number)


def _orders(request):
    rows = WorkOrder.objects.for_tenant(request.tenant).select_related(*SHOWN)
    return rows.annotate(code=F("asset__identity__client_code"))


def _order_with_lists(request, number):
    return get_object_or_404(queries.with_lists(_orders(request), now=timezone.now()), number=number)


@require_GET
@roles_allowed(*EVERYONE)
def order_detail(request, number):
    """All of an order: what is to be done, what was, and what this person can do next."""
    return render(request, "maintenance/order_detail.html", page_of(request, number))


@dataclass(frozen=True)
class Step:
    """What is pressed next: an act's address name, or a part of the page that is opened; its words and icon."""

    act: str
    words: str | Promise
    icon: str = "play"
    opens: str = ""
    asks: bool = False  # its form has to be filled in


def next_step(order, may, person) -> Step | None:
    """The one press that brings an order further; None where this person waits, or nothing is left to do."""
    if not may.works:
        return None
    if order.status == OrderStatus.DRAFT:
        if may.supervises:
            return Step("order_approve", _("Approve"), "check")
        return Step("order_start", _("Begin without approval")) if services.is_emergency(order) else None
    if order.status == OrderStatus.READY:
        is_away = order.asset is not None and order.asset.status == AssetStatus.IN_TRANSIT
        return Step("order_start", _("Start"), asks=is_away)
    if order.status != OrderStatus.IN_PROGRESS:
        return None
    if order.hold_reason and order.hold_reason != HoldReason.REVIEW:
        return Step("order_resume", _("Go on"))
    if services.needs_another(order):
        if order.finished_by_id is None:
            return Step("order_finish", _("Finish"), "check", opens="finish")
        if order.finished_by_id == person.pk:
            return None
    return Step("order_close", _("Close"), "check", opens="close")


def waits_for(order, may, person) -> str | Promise:
    """Why there is nothing to press, in a sentence; empty where there is, or where it is over."""
    if order.status == OrderStatus.DRAFT and not may.supervises:
        return _("It waits for a supervisor, who approves it.")
    if order.hold_reason == HoldReason.REVIEW and order.finished_by_id == person.pk:
        return _("You have finished it; another person closes it.")
    return ""


def page_of(request, number) -> dict:
    """What the whole page shows."""
    order = _order_with_lists(request, number)
    tasks, comments = _tasks(order), rows_from(OrderComment, order.said)
    photos = queries.photos_of(order, *tasks, *comments)
    context = base_of(request, order) | {
        "tasks": _in_sections(tasks, photos), "photos": photos[order.pk],
        "comments": [(row, photos[row.pk]) for row in comments],
        "undone": sum(task.is_mandatory and not task.result for task in tasks),
    }  # fmt: skip
    context |= _money(request, order) | _links(order)
    return context | _forms(request, order, context)


def base_of(request, order) -> dict:
    """What each part of the page needs to know."""
    may, today = rights_of(request), timezone.localdate()
    return {
        "order": order, "may": may, "step": next_step(order, may, request.user),
        "waits": waits_for(order, may, request.user), "is_begun": order.status == OrderStatus.IN_PROGRESS,
        # What is begun without signal is worked on without signal: the phone shows these as soon as it has kept the start.
        "is_workable": may.works and order.status in (OrderStatus.READY, OrderStatus.IN_PROGRESS),
        "needs_another": services.needs_another(order), "late": queries.lateness(order, today),
        "is_late": queries.is_late(order, today), "most_photos": MOST_PHOTOS,
    }  # fmt: skip


def _in_sections(tasks, photos) -> list[tuple]:
    """(task, its photos, the steps that it can be moved by within its section)."""
    found = []
    for above, task, below in zip([None, *tasks], tasks, [*tasks[1:], None], strict=False):
        steps = [step for step, row in ((-1, above), (1, below)) if row and row.section == task.section]
        found.append((task, photos[task.pk], steps))
    return found


def _tasks(order) -> list:
    rows = order.tasks.select_related("done_by", "follow_up", "waived_by").order_by("position", "pk")
    for task in (tasks := list(rows)):
        task.work_order = order
    return tasks


def _money(request, order) -> dict:
    """Time, parts and other costs; what they come to is for supervisors."""
    labour = list(order.labour.select_related("user").order_by("created_at", "pk"))
    used = list(order.consumables.select_related("part", "used_by").order_by("created_at", "pk"))
    found = {
        "labour": labour, "used": used, "minutes": sum(row.minutes or 0 for row in labour),
        "timer": next((row for row in labour if row.is_running and row.user_id == request.user.pk), None),
        "needs": rows_from(Reservation, order.kept),
    }  # fmt: skip
    if rights_of(request).supervises:
        found["costs"] = rows_from(WorkOrderCost, order.booked)
        found["cost"] = cost_of(labour, used, found["costs"])
    return found


def _links(order) -> dict:
    """The orders and requests that this one has to do with."""
    return {
        "requests": rows_from(ServiceRequest, order.reported), "covered": rows_from(CoveredCycle, order.does_as_well)
    }  # fmt: skip


def _forms(request, order, context) -> dict:
    """The forms that a phone needs at hand where there is no signal."""
    if not context["is_workable"]:
        return {"comment_form": CommentForm(order=order, request=request)} if context["may"].works else {}
    kinds = {
        "hold_form": HoldForm, "minutes_form": MinutesForm, "use_form": UseForm, "finish_form": FinishForm,
        "close_form": CloseForm, "comment_form": CommentForm,
    }  # fmt: skip
    found = {name: form(order=order, request=request) for name, form in kinds.items()}
    known = {str(code.pk): code for code in found["close_form"].codes}
    return found | {"usual": [tuple(known[key] for key in keys) for keys in order.usual]}


# -- parts of it --------------------------------------------------------------------------------------------------------


def fresh(request, order, part, row, *, said) -> HttpResponse:
    """What an act has changed, for HTMX: a part of the page, how the order stands, and a toast."""
    if part == "task":
        order = order_or_404(request, order.number)
        task = next(task for task in _tasks(order) if task.pk == row.pk)
        context = base_of(request, order) | {"task": task, "task_photos": queries.photos_of(order, task)[task.pk]}
        undone = order.tasks.filter(is_mandatory=True, result="").count()
        html = render_to_string("maintenance/_task.html", context, request)
        html += render_to_string("maintenance/_state.html", context | {"undone": undone, "oob": True}, request)
    else:
        html = render_to_string("maintenance/_order.html", page_of(request, order.number), request)
    html += render_to_string("maintenance/_said.html", {"sentence": said}, request)
    return HttpResponse(html)


def moved_meanwhile(request, conflict):
    """What the person acted on had moved: the order as it is now, and who moved it (409)."""
    context = page_of(request, request.resolver_match.kwargs["number"])
    if not request.htmx:
        messages.error(request, str(conflict))
        return render(request, "maintenance/order_detail.html", context, status=409)
    html = render_to_string("maintenance/_order.html", context, request)
    html += render_to_string("maintenance/_told.html", {"sentence": str(conflict)}, request)
    return HttpResponse(html, status=409, headers={"HX-Retarget": "#order", "HX-Reswap": "outerHTML"})
