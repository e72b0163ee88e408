"""Schedules: the list, what a schedule's page says, and what managers do to one."""

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Exists, F, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.doing import posted
from apps.core.errors import BrokenRule, Conflict
from apps.core.list_files import list_file, page_from
from apps.core.middleware import on_conflict
from apps.core.roles import EVERYONE, MANAGERS, SUPERVISORS, roles_allowed
from apps.inventory.models import Part
from apps.maintenance import services
from apps.maintenance.models import MAINTAINED, PmSchedule, WorkOrder
from apps.maintenance.queries.schedules import coming, dues
from apps.maintenance.rights import rights_of
from apps.maintenance.schedule_forms import STATES, PartRows, ScheduleForm, SchedulesLookForm, TaskRows, stored_rows
from apps.registry.ledgers import CACHED
from apps.registry.models import Asset, Meter
from apps.registry.queries import all_below, own_places
from apps.registry.search import searched

PAGE, SHOWN, AHEAD = 50, 20, timedelta(days=365)
FILTERS = ("q", "state", "asset", "location")
COLUMNS = [
    "asset", "asset_name", "place", "name", "interval_days", "interval_months", "interval_meter", "meter", "anchor",
    "lead_days", "lead_meter", "done_with", "priority", "estimated_minutes", "last_performed_date",
    "last_performed_meter", "next_due_date", "next_due_meter", "is_active", "id",
]  # fmt: skip


# -- the list -----------------------------------------------------------------------------------------------------------


@require_GET
@roles_allowed(*EVERYONE)
def schedules(request):
    """Schedules by when they are due, what is late first; or those that the address asks for."""
    form, look, own = _look(request)
    today = timezone.localdate()
    pages = page_from(_found(request.tenant, look, today, own), after=request.GET.get("after", ""), size=PAGE)
    due = dues(request.tenant, pages.rows, today=today)
    context = {
        "rows": [(row, due[row.pk]) for row in pages.rows], "look": look, "states": STATES, "own": own,
        "place_field": form["location"], "is_filtered": any(look.values()), "query": _query(look), "today": today,
        "next": pages.cursor_after(), "is_first": not pages.has_previous, "may": rights_of(request),
    }  # fmt: skip
    return render(request, "maintenance/schedule_list.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def schedules_file(request, kind):
    """All schedules that the filters find, in the order of the page."""
    _form, look, own = _look(request)
    return list_file(
        request, kind, name="schedules", rows=_found(request.tenant, look, timezone.localdate(), own), columns=COLUMNS,
        cells=lambda rows: [_cells(row) for row in rows], filters=FILTERS,
    )  # fmt: skip


def _look(request):
    form = SchedulesLookForm(request.GET, tenant=request.tenant)
    look = form.look()
    is_wide = "all" in request.GET or look["location"] or look["asset"]
    return form, look, [] if is_wide else own_places(request.user, request.tenant)


def _query(look) -> str:
    return urlencode({name: getattr(value, "pk", value) for name, value in look.items() if value})


def _found(tenant, look, today, own):
    found = PmSchedule.objects.for_tenant(tenant).select_related("asset__location", "suppressed_by_schedule")
    found = found.annotate(code=F("asset__identity__client_code"))
    if look["state"] != "all":
        found = found.filter(is_active=look["state"] != "off")
    if look["state"] == "due":
        found = found.filter(_is_due(today), asset__status__in=MAINTAINED)
    if look["state"] == "open":
        open_orders = WorkOrder.objects.open().filter(tenant_id=OuterRef("tenant_id"), pm_schedule=OuterRef("pk"))
        found = found.filter(Exists(open_orders))
    if look["asset"]:
        found = found.filter(asset=look["asset"])
    if places := [look["location"]] if look["location"] else own:
        found = found.filter(asset__location__in=all_below(places))
    if look["q"]:
        assets = searched(Asset.objects.for_tenant(tenant), look["q"], tenant=tenant)
        found = found.filter(Q(name__icontains=look["q"]) | Q(asset__in=assets.values("pk")))
    return found.order_by("next_due_date", "id")


def _is_due(today) -> Q:
    """Those whose order is made by today: the date, less its lead, or the meter, less its lead, is reached."""
    due = Q(issue_date__lte=today)
    for meter in Meter:
        lifetime = F(f"asset__meter__{CACHED[meter][0]}")
        due |= Q(meter=meter, next_due_meter__lte=lifetime + F("lead_meter"))
    return due


def _cells(row) -> list:
    above = row.suppressed_by_schedule
    return [
        row.code or "", row.asset.name, row.asset.location.name, row.name, row.interval_days, row.interval_months,
        row.interval_meter, row.meter if row.interval_meter else "", row.anchor, row.lead_days, row.lead_meter,
        above.name if above else "", row.priority, row.estimated_minutes, row.last_performed_date,
        row.last_performed_meter, row.next_due_date, row.next_due_meter, row.is_active, str(row.pk),
    ]  # fmt: skip


# -- one schedule -------------------------------------------------------------------------------------------------------


def schedule_or_404(request, pk) -> PmSchedule:
    rows = PmSchedule.objects.for_tenant(request.tenant).select_related(
        "tenant", "asset__location", "suppressed_by_schedule"
    )
    return get_object_or_404(rows.annotate(code=F("asset__identity__client_code")), pk=pk)


@require_GET
@roles_allowed(*EVERYONE)
def schedule_detail(request, pk):
    """Why it is or is not due, what did it last, and what is to come in a year."""
    return _page(request, schedule_or_404(request, pk))


def _page(request, row, *, status=200):
    tenant, today = request.tenant, timezone.localdate()
    names = dict(PmSchedule.objects.for_tenant(tenant).filter(asset=row.asset_id).values_list("pk", "name"))
    parts = {
        part.sku: part for part in Part.objects.for_tenant(tenant).filter(sku__in=[need["sku"] for need in row.parts])
    }
    orders = (
        WorkOrder.objects.for_tenant(tenant)
        .filter(pm_schedule=row)
        .select_related("asset", "assigned_to", "covered_by")
    )
    credits = row.credits.for_tenant(tenant).select_related("work_order")
    context = {
        "row": row, "due": dues(tenant, [row], today=today)[row.pk], "may": rights_of(request),
        "suppresses": list(row.suppresses.for_tenant(tenant).order_by("name", "pk")),
        "credits": list(credits.order_by("-performed_date", "-created_at")[:SHOWN]),
        "orders": list(orders.order_by("-created_at", "-pk")[:SHOWN]), "is_out": row.asset.status not in MAINTAINED,
        "parts": [(need, parts.get(need["sku"])) for need in row.parts],
        "coming": [(one, names.get(one.covered_by, "")) for one in coming(row, today=today, until=today + AHEAD)],
    }  # fmt: skip
    return render(request, "maintenance/schedule_detail.html", context, status=status)


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def schedule_new(request):
    """A new schedule; the address may say of which asset: `?asset=` (a code or key)."""
    asset = request.GET.get("asset", "").replace("\x00", "")[:60]
    row = PmSchedule(tenant=request.tenant)
    form = ScheduleForm(posted(request), instance=row, initial={"asset": asset} if asset else {})
    return _form(request, row, form, title=_("New schedule"), button=_("Create the schedule"), said=_("%s is there."))


def moved_meanwhile(request, conflict):
    """What was changed had changed meanwhile: the schedule as it is now (409)."""
    messages.error(request, str(conflict))
    return _page(request, schedule_or_404(request, request.resolver_match.kwargs["pk"]), status=409)


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
@on_conflict(moved_meanwhile)
def schedule_change(request, pk):
    row = schedule_or_404(request, pk)
    form = ScheduleForm(posted(request), instance=row)
    return _form(request, row, form, title=_("Change %s") % row, button=_("Save"), said=_("%s is changed."))


def _form(request, row, form, *, title, button, said):
    is_new = row._state.adding
    tasks = TaskRows(posted(request), prefix="tasks", initial=row.tasks)
    needs = PartRows(posted(request), prefix="parts", initial=row.parts, form_kwargs={"tenant": request.tenant})
    asks_for_rows = request.method == "POST" and any(press in request.POST for press in ("more", "up", "down"))
    if request.method == "POST" and not asks_for_rows and all([form.is_valid(), tasks.is_valid(), needs.is_valid()]):
        if is_new:
            row.asset = form.cleaned_data["asset"]
        row.tasks, row.parts = stored_rows(tasks), stored_rows(needs)
        try:
            services.save_schedule(row, by=request.user, seen=form.cleaned_data["seen"])
        except Conflict:
            raise
        except BrokenRule as refused:
            form.add_error("suppressed_by_schedule" if refused.code == "suppression" else None, str(refused))
        else:
            messages.success(request, said % row)
            return redirect("maintenance:schedule_detail", pk=row.pk)
    is_wrong = request.method == "POST" and not asks_for_rows
    context = {
        "form": form, "tasks": _as_asked(tasks, request) if asks_for_rows else tasks,
        "needs": _as_asked(needs, request) if asks_for_rows else needs, "title": title, "button": button,
        "row": None if is_new else row,
    }  # fmt: skip
    return render(request, "maintenance/schedule_form.html", context, status=422 if is_wrong else 200)


def _as_asked(rows, request):
    """The same rows as they were typed: with more empty ones, or with one of them a place up or down."""
    typed = [{name: form[name].value() for name in form.fields} for form in rows.forms]
    names = [form.prefix for form in rows.forms]
    for press, step in (("up", -1), ("down", 1)):
        if (name := request.POST.get(press)) in names and 0 <= (there := names.index(name) + step) < len(typed):
            typed.insert(there, typed.pop(names.index(name)))
    found = type(rows)(prefix=rows.prefix, initial=typed, form_kwargs=rows.form_kwargs)
    found.extra = found.extra if "more" in request.POST else 0
    return found


@require_POST
@roles_allowed(*SUPERVISORS)
def schedule_generate(request, pk):
    """Make the orders that the schedules of its asset are due for, now."""
    row = schedule_or_404(request, pk)
    made = services.generate_orders(request.tenant, assets=[row.asset_id], by=request.user)
    if made.orders or made.covered:
        words = ngettext(
            "%(count)d order is made: %(orders)s.", "%(count)d orders are made: %(orders)s.", len(made.orders)
        )
        told = {"count": len(made.orders), "orders": ", ".join(order.number for order in made.orders) or "–"}
        messages.success(request, words % told)
    else:
        messages.success(request, _("Nothing is due at %s that has no order yet.") % row.asset)
    return redirect("maintenance:schedule_detail", pk=row.pk)
