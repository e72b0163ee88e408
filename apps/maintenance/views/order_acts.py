"""What is done to an order: each act has an address of its own, a form, and the service that does it.

GET shows the act's form, over the page or as a page; POST does it, and answers with what it changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import BrokenRule, Conflict, NotAllowed
from apps.core.http import own_address
from apps.core.middleware import on_conflict, refusal
from apps.core.request_keys import key_of
from apps.core.roles import SUPERVISORS, Role, roles_allowed
from apps.inventory.models import Reservation
from apps.maintenance import act_forms as forms
from apps.maintenance import services
from apps.maintenance.rights import TECHNICIANS
from apps.maintenance.views.order_page import fresh, moved_meanwhile, order_or_404

ROWS: dict[str, Callable] = {
    "tasks": lambda order: order.tasks,
    "time": lambda order: order.labour,
    "parts": lambda order: order.consumables,
    "costs": lambda order: order.costs,
    "needs": lambda order: Reservation.objects.for_tenant(order.tenant_id).filter(reference=order.number),
}


@dataclass(frozen=True)
class Act:
    """title: of its form; button: what is pressed; part: of the page that it changes; danger: not to be taken back."""

    name: str
    title: str | Promise
    button: str | Promise
    part: str
    is_danger: bool


addresses: list = []


def act(
    slug,
    form=forms.SeenForm,
    *,
    title,
    button=None,
    roles=TECHNICIANS,
    rows="",
    said="",
    part="order",
    danger=False,
    owner="",
):
    """Make a view of a function that does something to an order, by a valid form; it returns what `said` is filled with.

    slug: the end of its address. rows: the kind of row of the order that it is about, of ROWS. owner: the row's field
    that says whose it is; another's is for supervisors.
    """

    def decorate(function):
        this = Act(function.__name__, title, button or title, part, danger)

        @require_http_methods(["GET", "POST"])
        @roles_allowed(*roles)
        @on_conflict(moved_meanwhile)
        @wraps(function)
        def view(request, number, row=None):
            order = order_or_404(request, number)
            row = row and get_object_or_404(ROWS[rows](order).all(), pk=row)
            if row and rows == "tasks":
                row.work_order = order
            if owner and getattr(row, owner) != request.user.pk and not request.user.is_at_least(Role.SUPERVISOR):
                raise NotAllowed(_("That is another person's; a supervisor may do it."))
            is_posted = request.method == "POST"
            sent = (request.POST, request.FILES) if is_posted else ()
            start = {name: request.GET[name][:500] for name in form.starts if name in request.GET}
            typed = form(*sent, order=order, request=request, row=row, initial=start)
            if not is_posted or not typed.is_valid():
                return _ask(request, this, typed)
            try:
                with transaction.atomic():
                    words = function(typed)
            except (Conflict, NotAllowed):
                raise
            except BrokenRule as refused:
                return _ask(request, this, typed, refused)
            return _done(request, this, typed, str(said) if words is None else str(said) % words)

        kind = f"{rows}/<uuid:row>/" if rows else ""
        addresses.append(path(f"work-orders/<str:number>/{kind}{slug}/", view, name=function.__name__))
        return view

    return decorate


def _ask(request, this, form, refused=None):
    """The form of an act; with what is wrong, where it was sent. A press on the page is told above it."""
    if refused:
        form.add_error(None, str(refused))
        form.asks = form.cleaned_data["value"] if refused.code == "unusual" and "sure" in form.fields else ""
    context = {
        "act": this,
        "form": form,
        "order": form.order,
        "row": form.row,
        "to": request.path,
        "back": _next(request),
    }
    if not request.htmx:
        template = "maintenance/order_act.html"
    elif not form.is_bound:
        template = "maintenance/_act.html"
    elif form.asks:
        again = {
            name: value
            for name, value in form.data.items()
            if name not in ("csrfmiddlewaretoken", "request_key", "sure")
        }
        sentence = form.non_field_errors()[0]
        response = render(
            request, "maintenance/_asks.html", context | {"sentence": sentence, "again": again}, status=409
        )
        response["HX-Retarget"], response["HX-Reswap"] = "#notices", "innerHTML"
        return response
    else:
        return refusal(request, _in_words(form), 409 if refused else 422, code=refused.code if refused else "")
    status = 200 if not form.is_bound else 409 if refused else 422
    return render(request, template, context, status=status)


def _in_words(form) -> str:
    """What is wrong with a form, each with the name of its field."""
    found = []
    for name, errors in form.errors.items():
        label = "" if name == "__all__" or form.fields[name].label is None else f"{form.fields[name].label}: "
        found += [f"{label}{error}" for error in errors]
    return " ".join(found)


def _done(request, this, form, said):
    if request.htmx:
        return fresh(request, form.order, this.part, form.row, said=said)
    messages.success(request, said)
    return HttpResponseRedirect(_next(request) or reverse("maintenance:order_detail", args=[form.order.number]))


def _next(request) -> str:
    """The page to go back to, where the press, or the address of its form, names one of ours."""
    return own_address(request, request.POST.get("next", "") or request.GET.get("next", ""))


# -- its life -----------------------------------------------------------------------------------------------------------


@act("approve", title=_("Approve"), roles=SUPERVISORS, said=_("%s is approved."))
def order_approve(form):
    """A draft may be started; what was begun in an emergency is confirmed."""
    return services.approve_order(form.order, by=form.person, **form.told)


@act("assign", forms.AssignForm, title=_("Assign"), roles=SUPERVISORS, said=_("%(order)s is given to %(person)s."))
def order_assign(form):
    order = services.assign_order(form.order, by=form.person, **form.told)
    return {"order": order, "person": order.assigned_to or _("nobody")}


@act("start", forms.StartForm, title=_("Start"), said=_("%s is in progress."))
def order_start(form):
    return services.start_order(form.order, by=form.person, **form.told)


@act("hold", forms.HoldForm, title=_("Put it on hold"), said=_("%s is on hold."))
def order_hold(form):
    return services.hold_order(form.order, by=form.person, **form.told)


@act("resume", forms.ResumeForm, title=_("Go on"), said=_("%s goes on."))
def order_resume(form):
    return services.resume_order(form.order, by=form.person, **form.told)


@act("return", forms.ReturnForm, title=_("Give it back"), said=_("%s is given back."))
def order_return(form):
    return services.return_order(form.order, by=form.person, **form.told)


@act("finish", forms.FinishForm, title=_("Finish"), said=_("%s is finished."))
def order_finish(form):
    return services.finish_order(form.order, by=form.person, **form.told)


@act("close", forms.CloseForm, title=_("Close"), said=_("%s is closed."))
def order_close(form):
    return services.close_order(form.order, by=form.person, **form.told)


@act("reopen", forms.ReasonForm, title=_("Open it again"), roles=SUPERVISORS, said=_("%s is in progress again."))
def order_reopen(form):
    return services.reopen_order(form.order, by=form.person, **form.told)


@act("cancel", forms.ReasonForm, title=_("Cancel it"), roles=SUPERVISORS, said=_("%s is cancelled."), danger=True)
def order_cancel(form):
    return services.cancel_order(form.order, by=form.person, **form.told)


# -- its tasks ----------------------------------------------------------------------------------------------------------


@act(
    "result", forms.ResultForm, title=_("Result"), button=_("Save"), rows="tasks", said=_("“%s” is noted."), part="task"
)
def task_result(form):
    """What a task came to."""
    return services.record_task(form.row, by=form.person, photos=form.stored_photos(), **form.told)


@act("follow-up", forms.ActForm, title=_("Follow-up order"), rows="tasks", said=_("%s follows."), part="task")
def task_follow_up(form):
    """An order for what a task found broken."""
    return services.follow_up(form.row, by=form.person)


@act(
    "waive",
    forms.WaiveForm,
    title=_("It may stay so"),
    roles=SUPERVISORS,
    rows="tasks",
    said=_("“%s” may stay so."),
    part="task",
)
def task_waive(form):
    return services.waive(form.row, by=form.person, **form.told)


@act("move", forms.MoveForm, title=_("Move it"), roles=SUPERVISORS, rows="tasks", said=_("“%s” is moved."))
def task_move(form):
    services.move_task(form.row, by=form.person, **form.told)
    return form.row


@act("add-task", forms.TaskForm, title=_("Add a task"), said=_("“%s” is to be done, too."))
def order_task_new(form):
    told = form.told
    return services.add_task(form.order, told.pop("description"), by=form.person, **told)


# -- time, parts, costs, words ------------------------------------------------------------------------------------------


@act("timer", forms.DatedForm, title=_("Start my time"), said=_("Your time runs on %s."))
def order_timer(form):
    return services.start_timer(form.order, by=form.person, **form.told).work_order


@act("stop", forms.StopForm, title=_("Stop the time"), rows="time", owner="user_id", said=_("%d minutes are booked."))
def labour_stop(form):
    return services.stop_timer(form.row, by=form.person, **form.told).minutes


@act("minutes", forms.MinutesForm, title=_("Enter minutes"), said=_("%d minutes are booked."))
def order_minutes(form):
    return services.add_minutes(form.order, by=form.person, **form.told).minutes


@act(
    "minutes-of",
    forms.OthersMinutesForm,
    title=_("Enter somebody's minutes"),
    roles=SUPERVISORS,
    said=_("%d minutes are booked."),
)
def order_minutes_of(form):
    return services.add_minutes(form.order, by=form.person, **form.told).minutes


@act(
    "remove",
    forms.ActForm,
    title=_("Take it back"),
    rows="time",
    owner="user_id",
    said=_("The time is taken back."),
    danger=True,
)
def labour_remove(form):
    services.remove_labour(form.row, by=form.person)


@act("use", forms.UseForm, title=_("Use a part"), said=_("%s used."))
def order_use(form):
    """From the own wallet."""
    return services.use_part(form.order, by=form.person, source="wallet", key=key_of(form.request), **form.told)


@act("take", forms.TakeForm, title=_("Take from a warehouse"), button=_("Use it"), said=_("%s used."))
def order_take(form):
    return services.use_part(form.order, by=form.person, source="warehouse", key=key_of(form.request), **form.told)


@act("undo", forms.ActForm, title=_("Bring it back"), rows="parts", owner="used_by_id", said=_("%s came back."))
def part_undo(form):
    return services.undo_use(form.row, by=form.person, key=key_of(form.request))


@act("need", forms.NeedForm, title=_("Reserve a part"), said=_("%s is reserved."))
def order_need(form):
    told = form.told
    return services.need_part(form.order, told.pop("part"), told.pop("quantity"), by=form.person, **told).part


@act("release", forms.ActForm, title=_("Reserve it no more"), rows="needs", said=_("%s is not reserved any more."))
def need_release(form):
    services.need_part_no_more(form.order, form.row.part, by=form.person)
    return form.row.part


@act("cost", forms.CostForm, title=_("Book a cost"), roles=SUPERVISORS, said=_("%s is booked."))
def order_cost(form):
    return services.book_cost(form.order, by=form.person, **form.told)


@act(
    "remove",
    forms.ActForm,
    title=_("Take it back"),
    roles=SUPERVISORS,
    rows="costs",
    said=_("The cost is taken back."),
    danger=True,
)
def cost_remove(form):
    services.remove_cost(form.row, by=form.person)


@act("comment", forms.CommentForm, title=_("Write a comment"), button=_("Write"), said=_("Your comment is there."))
def order_comment(form):
    services.comment(form.order, by=form.person, photos=form.stored_photos(), **form.told)
