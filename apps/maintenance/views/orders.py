"""Orders: the list that filters find, as a page and as a file; a new order, and what an order says."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.doing import done, posted
from apps.core.list_files import as_moment, list_file, page_from
from apps.core.middleware import on_conflict
from apps.core.models import Tenant, User
from apps.core.roles import EVERYONE, SUPERVISORS, roles_allowed
from apps.core.rows import rows_from, rows_in
from apps.maintenance import services
from apps.maintenance.models import HoldReason, Origin, Priority, SavedFilter, WorkOrder
from apps.maintenance.order_forms import FILTERS, STATUSES, NewOrderForm, OrderForm, OrdersLookForm, workers
from apps.maintenance.queries import orders as queries
from apps.maintenance.rights import TECHNICIANS, rights_of
from apps.maintenance.views.order_page import moved_meanwhile, order_or_404
from apps.registry.queries import own_places

PAGE = 50
COLUMNS = [
    "number", "title", "status", "hold_reason", "origin", "trigger", "priority", "asset", "asset_name", "place", "station",
    "assigned_to", "due_date", "due_meter", "planned_start", "planned_end", "estimated_minutes", "started_at",
    "finished_at", "performed_at", "closed_at", "outcome", "created_at",
]  # fmt: skip


@require_GET
@roles_allowed(*EVERYONE)
def orders(request):
    """The open orders by their due dates; or those that the address asks for."""
    people, saved = _people_and_filters(request)
    form, look, own = _look(request, people)
    today = timezone.localdate()
    found = queries.orders_found(request.tenant, look, person=request.user, today=today, own=own)
    pages = page_from(found, after=request.GET.get("after", ""), size=PAGE)
    context = {
        "rows": [(order, queries.lateness(order, today), queries.is_late(order, today)) for order in pages.rows],
        "form": form, "look": look, "is_filtered": any(look.values()), "own": own, "statuses": STATUSES,
        "origins": Origin.choices, "priorities": Priority.choices, "holds": HoldReason.choices,
        "people": form.fields["assigned_to"].choices, "workers": form.fields["assigned_to"].choices[3:], "place_field": form["location"], "query": query_of(look),
        "saved": saved, "here": request.get_full_path(), "chooses_all": "choose" in request.GET,
        "next": pages.cursor_after(), "is_first": not pages.has_previous, "may": rights_of(request),
    }  # fmt: skip
    return render(request, "maintenance/order_list.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def orders_file(request, kind):
    """All orders that the filters find, in the order of the page."""
    _form, look, own = _look(request)
    found = queries.orders_found(request.tenant, look, person=request.user, today=timezone.localdate(), own=own)
    return list_file(
        request, kind, name="work-orders", rows=found, columns=COLUMNS,
        cells=lambda rows: [_cells(order) for order in rows], filters=FILTERS,
    )  # fmt: skip


def _people_and_filters(request):
    """The short lists above the orders: who may be given work, and the person's own filters; one query."""
    own = SavedFilter.objects.for_tenant(request.tenant).filter(user=request.user).order_by("name", "pk")
    people = rows_in(workers(request.tenant), "id", "display_name", "email")
    row = Tenant.objects.annotate(people=people, own=rows_in(own, "name", "query")).get(pk=request.tenant.pk)
    return rows_from(User, row.people), rows_from(SavedFilter, row.own)


def _look(request, people=None):
    """The form, what it asks for, and the places to which the person's list is narrowed."""
    form = OrdersLookForm(request.GET, tenant=request.tenant, people=people)
    look = form.look()
    is_wide = "all" in request.GET or look["location"] or look["asset"] or look["assigned_to"]
    return form, look, [] if is_wide else own_places(request.user, request.tenant)


def query_of(look) -> str:
    """What a look asks for, as an address has it."""
    return urlencode({name: getattr(value, "pk", value) for name, value in look.items() if value})


def _cells(order) -> list:
    return [
        order.number, order.title, order.status, order.hold_reason, order.origin, order.trigger, order.priority,
        order.code or "", order.asset.name if order.asset else "",
        str(order.location or (order.asset and order.asset.location) or ""), order.station.code if order.station else "",
        str(order.assigned_to or ""), order.due_date, order.due_meter, as_moment(order.planned_start),
        as_moment(order.planned_end), order.estimated_minutes, as_moment(order.started_at), as_moment(order.finished_at),
        as_moment(order.performed_at), as_moment(order.closed_at), order.outcome, as_moment(order.created_at),
    ]  # fmt: skip


@require_http_methods(["GET", "POST"])
@roles_allowed(*TECHNICIANS)
def order_new(request):
    """A new order; the address may say what for: `?asset=` (a code or key), `?location=`, `?station=`, `?title=`."""
    may, start = (
        rights_of(request),
        {name: request.GET.get(name, "")[:200] for name in ("asset", "location", "station", "title")},
    )
    form = NewOrderForm(
        posted(request), tenant=request.tenant, may_assign=may.supervises, instance=WorkOrder(tenant=request.tenant),
        initial={name: text for name, text in start.items() if text and "\x00" not in text},
    )  # fmt: skip
    if request.method == "POST":
        order = done(form, lambda form: services.create_order(form.order(request.tenant), by=request.user))
        if order:
            messages.success(request, _("%s is there.") % order)
            return redirect("maintenance:order_detail", number=order.number)
    context = {"form": form, "title": _("New work order"), "button": _("Create the order")}
    return render(request, "maintenance/order_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
@on_conflict(moved_meanwhile)
def order_change(request, number):
    """Another title, description, priority, due or planned date, downtime."""
    order = order_or_404(request, number)
    form = OrderForm(posted(request), instance=order)
    if request.method == "POST" and form.is_valid():
        services.change_order(order, by=request.user, seen=form.cleaned_data["seen"], **form.told)
        messages.success(request, _("%s is changed.") % number)
        return redirect("maintenance:order_detail", number=number)
    context = {"form": form, "title": _("Change %s") % number, "button": _("Save"), "order": order}
    return render(request, "maintenance/order_form.html", context, status=422 if form.errors else 200)
