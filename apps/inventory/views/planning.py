"""What is to be reordered, and what was ordered: lists, files, the purchase list on paper; mark, change, close."""

from itertools import groupby
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import F, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.csv_export import EXPORTS
from apps.core.csv_export import PAGE as EXPORT_PAGE
from apps.core.errors import BrokenRows, BrokenRule
from apps.core.list_files import as_moment, list_file, page_from
from apps.core.paging import in_order
from apps.core.pdf import as_download
from apps.core.report import MOST_LINES, report
from apps.core.roles import EVERYONE, SUPERVISORS, Role, roles_allowed
from apps.core.sheets.names import as_key
from apps.inventory import queries, services
from apps.inventory.models import Part, PartOrder, plain
from apps.inventory.planning_forms import MarkForm, OrderForm, OrdersLookForm, ReasonForm, ReorderLookForm

PAGE = 50
REORDER_COLUMNS = [
    "sku", "name", "category", "unit", "min_level", "max_level", "lead_days", "mean_daily_use", "days_left", "on_hand",
    "reserved", "available", "ordered", "suggested", "supplier", "barcode",
]  # fmt: skip
ORDER_COLUMNS = [
    "sku", "name", "unit", "quantity", "qty_received", "qty_open", "supplier", "reference", "expected_on", "is_late",
    "ordered_by", "ordered_at", "closed_at", "close_reason",
]  # fmt: skip
ORDER_FILTERS = ("q", "supplier", "state")


# -- what is to be reordered --------------------------------------------------------------------------------------------


@require_GET
@roles_allowed(*EVERYONE)
def reorder(request):
    """Parts below their minimum of what is available, with what to order of them."""
    return _reorder_page(request, MarkForm())


@require_POST
@roles_allowed(*SUPERVISORS)
def reorder_mark(request):
    """The chosen parts were ordered: all of them, or none, with what is wrong beside it."""
    form = MarkForm(request.POST, parts=_chosen(request))
    if not form.parts:
        form.add_error(None, _("Choose the parts that were ordered."))
    elif form.is_valid():
        try:
            made = services.mark_all_ordered(form.lines(), by=request.user, **form.said())
        except BrokenRows as refused:
            for place, errors in refused.rows.items():
                form.add_error(form.cells[form.parts[place].pk], errors["quantity"])
        else:
            words = ngettext(
                "%(count)d part is marked as ordered.", "%(count)d parts are marked as ordered.", len(made)
            )
            messages.success(request, words % {"count": len(made)})
            return redirect(f"{reverse('inventory:reorder')}?{request.GET.urlencode()}".removesuffix("?"))
    return _reorder_page(request, form)


def _chosen(request) -> list:
    """The parts whose boxes were ticked, by SKU."""
    keys = {as_key(text) for text in request.POST.getlist("part")}
    parts = list(Part.objects.for_tenant(request.tenant).filter(pk__in=keys - {None}).order_by("sku"))
    if len(parts) != len(keys):
        raise Http404
    return parts


@require_GET
@roles_allowed(*EVERYONE)
def reorder_file(request, kind):
    """All that the filters find, with the columns of the page and a few more."""
    look = ReorderLookForm(request.GET).look()
    found = _to_reorder(request.tenant, look)

    def page(after):
        rows = in_order(found, field="sku", after=after, size=EXPORT_PAGE)
        return [_reorder_cells(line) for line in _lines(request.tenant, rows.rows)], rows.next

    asked = {name: value for name, value in look.items() if value}
    return EXPORTS[kind](
        request, name="reorder", table="parts", asked=asked, found=found, columns=REORDER_COLUMNS, page=page
    )


@require_GET
@roles_allowed(*EVERYONE)
def reorder_pdf(request):
    """The purchase list on paper: what to order of each part, supplier by supplier."""
    found = _to_reorder(request.tenant, ReorderLookForm(request.GET).look()).order_by("supplier", "sku")
    lines = [line for line in _lines(request.tenant, found[: MOST_LINES + 1]) if line.suggested]
    head = [_("SKU"), _("Name"), _("To order"), _("Available"), _("Minimum"), _("Lead time")]
    sections = [
        (supplier or _("No supplier"), head, [_paper_cells(line) for line in rows])
        for supplier, rows in groupby(lines, key=lambda line: line.part.supplier)
    ]
    pdf = report(
        request.tenant, _("Purchase list"), sections, widths=[4, 6, 3, 3, 3, 2], numbers=[2, 3, 4, 5],
        nothing=_("Nothing has to be ordered."),
    )  # fmt: skip
    return as_download(pdf, "purchase-list")


def _to_reorder(tenant, look):
    found = queries.to_reorder(tenant)
    if look["show"] == "open":
        found = found.filter(min_level__gt=F("available") + F("ordered"))
    for name in ("supplier", "category"):
        if look[name]:
            found = found.filter(**{name: look[name]})
    return found.filter(queries.named(tenant, look["q"]))


def _lines(tenant, parts):
    return queries.reorder_lines(tenant, list(parts), now=timezone.now())


def _reorder_cells(line) -> list:
    part = line.part
    return [
        part.sku, part.name, part.category, part.unit, part.min_level, part.max_level, part.lead_days, line.daily_use,
        line.days_left, part.on_hand, part.reserved, part.available, part.ordered, line.suggested, part.supplier,
        part.barcode,
    ]  # fmt: skip


def _paper_cells(line) -> list:
    part = line.part
    lead = "" if part.lead_days is None else _("%d d") % part.lead_days
    return [
        part.sku, part.name, part.amount(line.suggested), part.amount(part.available), part.amount(part.min_level), lead,
    ]  # fmt: skip


def _reorder_page(request, form):
    look = ReorderLookForm(request.GET).look()
    page = in_order(_to_reorder(request.tenant, look), field="sku", after=request.GET.get("after", ""), size=PAGE)
    due = queries.to_reorder(request.tenant)
    chosen = {part.pk for part in form.parts}
    lines = _lines(request.tenant, page.rows)
    shown = {line.part.pk for line in lines}
    context = {
        "rows": [(line, _cell(form, line), line.part.pk in chosen) for line in lines],
        "elsewhere": [(part, form[name].errors) for part, name in zip(form.parts, form.cells.values(), strict=True)
                      if part.pk not in shown and form[name].errors],
        "form": form, "look": look, "is_filtered": any(look.values()), "shows": ReorderLookForm.SHOWS,
        "suppliers": _words(due, "supplier"), "categories": _words(due, "category"),
        "next": page.next, "is_first": not request.GET.get("after"), "chooses_all": "choose" in request.GET,
        "may_order": request.user.is_at_least(Role.SUPERVISOR),
        "late": queries.late_orders(request.tenant, timezone.localdate()).count(),
    }  # fmt: skip
    return render(request, "inventory/reorder.html", context, status=422 if form.errors else 200)


def _cell(form, line):
    """The quantity of a line as it was typed, else as it is suggested, and what is wrong with it."""
    name = form.cells.get(line.part.pk)
    return {
        "value": form[name].value() if name else plain(line.suggested) if line.suggested else "",
        "errors": form[name].errors if name else [],
    }


def _words(parts, field) -> list:
    return list(parts.exclude(**{field: ""}).order_by(field).values_list(field, flat=True).distinct())


# -- what was ordered ---------------------------------------------------------------------------------------------------


@require_GET
@roles_allowed(*EVERYONE)
def part_orders(request):
    """Orders to suppliers: what is late first, then by the day it is expected."""
    look, today = OrdersLookForm(request.GET).look(), timezone.localdate()
    found = _ordered(request.tenant, look, today)
    pages = page_from(found, after=request.GET.get("after", ""), size=PAGE)
    context = {
        "rows": [(order, order.is_late(today)) for order in pages.rows], "look": look, "states": OrdersLookForm.STATES,
        "is_filtered": any(look.values()), "next": pages.cursor_after(), "is_first": not pages.has_previous,
        "may_change": request.user.is_at_least(Role.SUPERVISOR), "query": _query(look),
    }  # fmt: skip
    return render(request, "inventory/part_orders.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def part_orders_file(request, kind):
    """All orders that the filters find, in the order of the page."""
    look, today = OrdersLookForm(request.GET).look(), timezone.localdate()
    return list_file(
        request, kind, name="part-orders", rows=_ordered(request.tenant, look, today), columns=ORDER_COLUMNS,
        cells=lambda orders: [_order_cells(order, today) for order in orders], filters=ORDER_FILTERS,
    )  # fmt: skip


def _query(look) -> str:
    return urlencode({name: value for name, value in look.items() if value})


def _ordered(tenant, look, today):
    found = PartOrder.objects.for_tenant(tenant).select_related("part", "ordered_by")
    is_over = Q(qty_open=0) | Q(closed_at__isnull=False)
    found = {
        "late": found.open().filter(expected_on__lt=today),
        "closed": found.filter(is_over),
        "all": found,
    }.get(look["state"], found.open())
    if look["supplier"]:
        found = found.filter(supplier__icontains=look["supplier"])
    if look["q"]:
        found = found.filter(queries.named(tenant, look["q"], "part__") | Q(reference__icontains=look["q"]))
    return found.order_by("-id") if look["state"] in ("closed", "all") else found.order_by("expected_on", "id")


def _order_cells(order, today) -> list:
    return [
        order.part.sku, order.part.name, order.part.unit, order.quantity, order.qty_received, order.qty_open,
        order.supplier, order.reference, order.expected_on, order.is_late(today), str(order.ordered_by or ""),
        as_moment(order.ordered_at), as_moment(order.closed_at), order.close_reason,
    ]  # fmt: skip


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def order_change(request, pk):
    """One order: another quantity, day, supplier or number."""
    order = _order(request, pk)
    form = OrderForm(request.POST if request.method == "POST" else None, initial=_initial(order))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_order(order, by=request.user, **form.cleaned_data)
        except BrokenRule as refused:
            form.add_error("quantity", str(refused))
        else:
            messages.success(request, _("The order of %s is changed.") % order.part)
            return redirect("inventory:part_orders")
    return _order_page(request, order, form, ReasonForm())


@require_POST
@roles_allowed(*SUPERVISORS)
def order_close(request, pk):
    """Expect no more of it, for a reason."""
    order, why = _order(request, pk), ReasonForm(request.POST)
    if not why.is_valid():
        return _order_page(request, order, OrderForm(initial=_initial(order)), why)
    services.close_order(order, by=request.user, **why.cleaned_data)
    messages.success(request, _("The order of %s is closed.") % order.part)
    return redirect("inventory:part_orders")


def _order(request, pk):
    return get_object_or_404(PartOrder.objects.for_tenant(request.tenant).select_related("part", "ordered_by"), pk=pk)


def _initial(order) -> dict:
    told = {name: getattr(order, name) for name in ("supplier", "reference", "expected_on")}
    return {"quantity": plain(order.quantity), **told}


def _order_page(request, order, form, why):
    context = {"order": order, "form": form, "why": why, "is_late": order.is_late(timezone.localdate())}
    return render(request, "inventory/order.html", context, status=422 if form.errors or why.errors else 200)
