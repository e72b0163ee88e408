"""Counts: what is due, starting one, looking at the differences, posting them; files and paper."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.core.csv_export import EXPORTS
from apps.core.csv_export import PAGE as EXPORT_PAGE
from apps.core.errors import BrokenRule
from apps.core.list_files import as_moment, list_file
from apps.core.paging import in_order, newest_first, ranked
from apps.core.pdf import as_download
from apps.core.report import MOST_LINES, report
from apps.core.roles import MANAGERS, SUPERVISORS, Role, roles_allowed
from apps.inventory import queries, services
from apps.inventory.count_forms import CountsLookForm, PlanLookForm, PostForm, ReviewLookForm, StartForm, WhyForm
from apps.inventory.models import CountLine, CountStatus, Stock, StockCount, plain

PAGE = 50
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # what was never counted comes before all else
COUNT_COLUMNS = [
    "warehouse", "bins", "status", "started_at", "started_by", "ended_at", "ended_by", "counted", "note", "reason", "id",
]  # fmt: skip
PLAN_COLUMNS = ["sku", "name", "category", "abc_class", "last_counted", "due_at", "places"]
LINE_COLUMNS = [
    "bin", "sku", "name", "unit", "expected", "counted", "difference", "value", "moved_since", "counted_by",
    "counted_at", "reason",
]  # fmt: skip


# -- counts ---------------------------------------------------------------------------------------------------------------


@require_GET
@roles_allowed(*SUPERVISORS)
def counts(request):
    """All counts, newest first, and a new one."""
    initial = {name: request.GET.get(name, "") for name in ("warehouse", "bins")}
    return _counts_page(request, StartForm(initial=initial, tenant=request.tenant))


@require_POST
@roles_allowed(*SUPERVISORS)
def count_new(request):
    """Start a count, and go counting."""
    form = StartForm(request.POST, tenant=request.tenant)
    if not form.is_valid():
        return _counts_page(request, form)
    said = form.cleaned_data
    count = services.start_count(said["warehouse"], bins=said["bins"], note=said["note"], by=request.user)
    return redirect("inventory:count_enter", pk=count.pk)


def _counts_page(request, form):
    look = _counts_look(request)
    after = request.GET.get("after", "")
    page = newest_first(_counts(request.tenant, look), moment="started_at", tie="id", after=after, size=PAGE)
    context = {
        "rows": page.rows, "form": form, "look": look, "is_filtered": any(look.values()), "next": page.next,
        "is_first": not after, "statuses": [("", _("All")), *CountStatus.choices], "query": _query(look),
        "due": queries.to_count(request.tenant, now=timezone.now()).count(),
    }  # fmt: skip
    return render(request, "inventory/counts.html", context, status=422 if form.errors else 200)


@require_GET
@roles_allowed(*SUPERVISORS)
def counts_file(request, kind):
    look = _counts_look(request)
    return list_file(
        request, kind, name="counts", rows=_counts(request.tenant, look).order_by("-started_at", "-id"),
        columns=COUNT_COLUMNS, cells=lambda rows: [_count_cells(row) for row in rows], filters=("status", "warehouse"),
    )  # fmt: skip


def _counts_look(request):
    return CountsLookForm(request.GET, tenant=request.tenant).look()


def _query(look) -> str:
    return urlencode({name: getattr(value, "pk", value) for name, value in look.items() if value})


def _counts(tenant, look):
    found = StockCount.objects.for_tenant(tenant).select_related("location", "started_by", "ended_by")
    if look["status"]:
        found = found.filter(status=look["status"])
    if look["warehouse"]:
        found = found.filter(location=look["warehouse"])
    return found.annotate(counted=Count("lines"))


def _count_cells(count) -> list:
    return [
        count.location.name, ", ".join(count.bins), count.status, as_moment(count.started_at),
        str(count.started_by or ""), as_moment(count.ended_at), str(count.ended_by or ""), count.counted, count.note,
        count.reason, str(count.pk),
    ]  # fmt: skip


# -- what is due ----------------------------------------------------------------------------------------------------------


@require_GET
@roles_allowed(*SUPERVISORS)
def count_plan(request):
    """Parts whose turn it is, by class: never counted first, then what waits longest."""
    look = PlanLookForm(request.GET).look()
    page = ranked(_plan(request.tenant, look), rank="turn", after=request.GET.get("after", ""), size=PAGE)
    places = _places(request.tenant, page.rows)
    context = {
        "rows": [(part, places.get(part.pk, [])) for part in page.rows], "look": look, "classes": PlanLookForm.CLASSES,
        "every": [(letter.upper(), length.days) for letter, length in queries.COUNT_EVERY.items()],
        "next": page.next, "is_first": not request.GET.get("after"), "is_filtered": any(look.values()),
        "query": _query(look),
    }  # fmt: skip
    return render(request, "inventory/count_plan.html", context)


@require_GET
@roles_allowed(*SUPERVISORS)
def count_plan_file(request, kind):
    look, tenant = PlanLookForm(request.GET).look(), request.tenant
    found = _plan(tenant, look)

    def page(after):
        rows = ranked(found, rank="turn", after=after, size=EXPORT_PAGE)
        places = _places(tenant, rows.rows)
        return [_plan_cells(part, places.get(part.pk, [])) for part in rows.rows], rows.next

    return EXPORTS[kind](
        request, name="to-count", table="parts", asked=look, found=found, columns=PLAN_COLUMNS, page=page
    )


def _plan(tenant, look):
    found = queries.to_count(tenant, now=timezone.now()).annotate(turn=Coalesce("due_at", Value(NEVER)))
    return found.filter(abc_class=look["abc"]) if look["abc"] else found


def _places(tenant, parts) -> dict:
    """{key of a part: the bins that hold it}."""
    found: dict = {}
    rows = Stock.objects.for_tenant(tenant).filter(part__in=parts, qty_on_hand__gt=0).select_related("location")
    for row in rows.order_by("location__name", "bin_location"):
        found.setdefault(row.part_id, []).append(row)
    return found


def _plan_cells(part, places) -> list:
    return [
        part.sku, part.name, part.category, part.abc_class.upper(), as_moment(part.last_counted), as_moment(part.due_at),
        "; ".join(row.place for row in places),
    ]  # fmt: skip


# -- one count ------------------------------------------------------------------------------------------------------------


def count_or_404(request, pk) -> StockCount:
    found = StockCount.objects.for_tenant(request.tenant).select_related("location", "started_by", "ended_by")
    return get_object_or_404(found, pk=pk)


@require_GET
@roles_allowed(*SUPERVISORS)
def count_detail(request, pk):
    """What was found beside the book, or what nobody has counted yet."""
    return _count_page(request, count_or_404(request, pk), PostForm())


@require_POST
@roles_allowed(*MANAGERS)
def count_post(request, pk):
    """Make the book say what was found: each difference by itself, for a reason."""
    count, form = count_or_404(request, pk), PostForm(request.POST)
    if not form.is_valid():
        return _count_page(request, count, form, status=422)
    try:
        services.post_count(count, by=request.user, **form.cleaned_data)
    except BrokenRule as refused:
        form.add_error("reason", str(refused))
        return _count_page(request, count_or_404(request, pk), form, status=409)
    messages.success(request, _("The count of %s is posted: the book says what was found.") % count.location)
    return redirect("inventory:count_detail", pk=count.pk)


@require_POST
@roles_allowed(*SUPERVISORS)
def count_cancel(request, pk):
    """Give a count up; the book stays as it is."""
    count, form = count_or_404(request, pk), WhyForm(request.POST)
    if not form.is_valid():
        return _count_page(request, count, PostForm(), status=422, cancels=form)
    services.cancel_count(count, by=request.user, **form.cleaned_data)
    messages.success(request, _("The count of %s is given up; the book stays as it is.") % count.location)
    return redirect("inventory:counts")


@require_POST
@roles_allowed(*SUPERVISORS)
def line_explain(request, pk):
    """Say why one bin differs."""
    line, form = _line(request, pk), WhyForm(request.POST)
    if not form.is_valid():
        raise BrokenRule(_("That cannot be kept as a reason; write it in 500 letters."))
    services.explain_line(line, by=request.user, **form.cleaned_data)
    messages.success(request, _("The reason for %s is kept.") % line)
    return _back(request, line)


@require_POST
@roles_allowed(*SUPERVISORS)
def line_drop(request, pk):
    """Leave out a bin that was counted by mistake."""
    line = _line(request, pk)
    services.drop_line(line, by=request.user)
    messages.success(request, _("%s is left out of the count.") % line)
    return _back(request, line)


def _line(request, pk):
    rows = CountLine.objects.for_tenant(request.tenant).select_related("count", "part")
    return get_object_or_404(rows, pk=pk)


def _back(request, line):
    query = request.GET.urlencode()
    return redirect(reverse("inventory:count_detail", args=[line.count_id]) + (f"?{query}" if query else ""))


def _lines(count, show):
    lines = count.lines.all() if show == "all" else queries.differing(count)
    return lines.select_related("part", "counted_by", "move")


def _found(count, look) -> tuple:
    """(rows, whether they are stock that nobody has counted yet, and not counted lines)."""
    if look["show"] == "left":
        return queries.left_to_count(count).select_related("part"), True
    return _lines(count, look["show"]), False


def _count_page(request, count, form, *, status=200, cancels=None):
    look = ReviewLookForm(request.GET).look()
    found, is_left = _found(count, look)
    page = in_order(found, field="bin_location", after=request.GET.get("after", ""), size=PAGE)
    context = {
        "count": count, "is_open": count.status == CountStatus.OPEN, "look": look, "shows": ReviewLookForm.SHOWS,
        "is_left": is_left, "rows": page.rows if is_left else queries.review(count, page.rows), "next": page.next,
        "is_first": not request.GET.get("after"), "totals": _totals(count), "form": form,
        "cancels": cancels or WhyForm(auto_id="cancel-%s"),
        "may_post": request.user.is_at_least(Role.MANAGER), "currency": request.tenant.rules.currency,
    }  # fmt: skip
    return render(request, "inventory/count_detail.html", context, status=status)


def _totals(count) -> dict:
    """How much was counted, and what the differences are worth: what is more, and what is missing, never netted."""
    values = [row.value or 0 for row in queries.review(count, _lines(count, ""))]
    return {
        "counted": count.lines.count(), "left": queries.left_to_count(count).count(), "differing": len(values),
        "more": sum(value for value in values if value > 0), "less": sum(value for value in values if value < 0),
    }  # fmt: skip


@require_GET
@roles_allowed(*SUPERVISORS)
def count_file(request, pk, kind):
    """What the page shows: what differs, all that was found, or what nobody has counted yet."""
    count, look = count_or_404(request, pk), ReviewLookForm(request.GET).look()
    found, is_left = _found(count, look)

    def page(after):
        rows = in_order(found, field="bin_location", after=after, size=EXPORT_PAGE)
        if is_left:
            return [_left_cells(stock) for stock in rows.rows], rows.next
        return [_line_cells(row) for row in queries.review(count, rows.rows)], rows.next

    return EXPORTS[kind](
        request, name="count", table=found.model._meta.db_table, asked={"count": str(count.pk)} | look, found=found,
        columns=LINE_COLUMNS, page=page,
    )  # fmt: skip


def _left_cells(stock) -> list:
    part = stock.part
    known = [stock.bin_location, part.sku, part.name, part.unit]  # and no quantity: it has still to be counted, blind
    return known + [None] * (len(LINE_COLUMNS) - len(known))


def _line_cells(row) -> list:
    line = row.line
    return [
        line.bin_location, line.part.sku, line.part.name, line.part.unit, line.qty_expected, line.qty_counted,
        line.variance, row.value, row.moved, str(line.counted_by or ""), as_moment(line.counted_at), line.reason,
    ]  # fmt: skip


@require_GET
@roles_allowed(*SUPERVISORS)
def count_pdf(request, pk):
    """The result on paper, to be signed."""
    count = count_or_404(request, pk)
    lines = _lines(count, "all").order_by("bin_location", "part__sku")[: MOST_LINES + 1]
    head = [_("Bin"), _("Part"), _("In the book"), _("Counted"), _("Difference"), _("Value"), _("Reason")]
    rows = [
        [
            row.line.bin_location, f"{row.line.part.sku} {row.line.part.name}", row.line.part.amount(row.line.qty_expected),
            row.line.part.amount(row.line.qty_counted), plain(row.line.variance) if row.line.variance else "",
            "" if not row.value else f"{row.value:.2f}", row.line.reason,
        ]
        for row in queries.review(count, lines)
    ]  # fmt: skip
    pdf = report(
        request.tenant, _("Count of %s") % count.location, [("", head, rows)], widths=[2, 5, 2, 2, 2, 2, 3],
        numbers=[2, 3, 4, 5], facts=_facts(count), nothing=_("Nothing was counted yet."),
        signs=[_("Counted by"), _("Posted by")],
    )  # fmt: skip
    return as_download(pdf, "count")


@require_GET
@roles_allowed(*SUPERVISORS)
def count_sheet(request, pk):
    """A sheet to count with a pencil: what to look at, bin by bin, and room to write. Blind, too."""
    count = count_or_404(request, pk)
    stock = queries.in_scope(count).filter(part__is_active=True).select_related("part")
    rows = [
        [row.bin_location or "–", row.part.sku, row.part.name, row.part.unit, ""]
        for row in stock.order_by("bin_location", "part__sku")[: MOST_LINES + 1]
    ]
    head = [_("Bin"), _("SKU"), _("Name"), _("Unit"), _("Counted")]
    pdf = report(
        request.tenant, _("Count sheet: %s") % count.location, [("", head, rows)], widths=[2, 3, 5, 1.4, 2.4],
        facts=_facts(count), nothing=_("Nothing is kept there."), signs=[_("Counted by")],
    )  # fmt: skip
    return as_download(pdf, "count-sheet")


def _facts(count):
    yield _("Bins"), ", ".join(count.bins) or _("all")
    yield _("Started"), f"{as_moment(count.started_at)[:16]} {count.started_by or ''}"
    if count.ended_at:
        yield count.get_status_display(), f"{as_moment(count.ended_at)[:16]} {count.ended_by or ''}"
    if count.note:
        yield _("Note"), count.note
    if count.reason:
        yield _("Reason"), count.reason
