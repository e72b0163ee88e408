"""Counting a yard: what should stand there, and what is found by scanning."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.doing import done, posted
from apps.core.list_files import as_moment, list_file, page_from
from apps.core.roles import SUPERVISORS, roles_allowed
from apps.logistics import lists, services
from apps.logistics.models import YardCount, YardCountStatus
from apps.logistics.movement_forms import pressed
from apps.logistics.shipment_forms import YardForm, YardsLookForm
from apps.logistics.views.movements import chosen

PAGE, MOST = 50, 2000
COLUMNS = [
    "place",
    "status",
    "started_at",
    "started_by",
    "ended_at",
    "expected",
    "found",
    "missing",
    "unexpected",
    "note",
]
LINES = ["asset_code", "asset", "verdict", "found_at", "found_by", "stands_at"]


@require_GET
@roles_allowed(*SUPERVISORS)
def yard_counts(request):
    """All counts, the newest first."""
    look = YardsLookForm(request.GET).look()
    pages = page_from(lists.yard_counts(request.tenant, look), after=request.GET.get("after", ""), size=PAGE)
    context = {
        "rows": pages.rows, "look": look, "statuses": YardsLookForm.STATUSES, "next": pages.cursor_after(),
        "is_first": not pages.has_previous,
    }  # fmt: skip
    return render(request, "logistics/yard_counts.html", context)


@require_GET
@roles_allowed(*SUPERVISORS)
def yard_counts_file(request, kind):
    """All that the filters find, in the order of the page."""
    look = YardsLookForm(request.GET).look()
    return list_file(
        request, kind, name="yard-counts", rows=lists.yard_counts(request.tenant, look), columns=COLUMNS,
        cells=lambda found: [_count_cells(row) for row in found], filters=("status",),
    )  # fmt: skip


def _count_cells(row) -> list:
    return [
        str(row.location), row.status, as_moment(row.started_at), str(row.started_by or ""), as_moment(row.ended_at),
        row.expected, row.found, row.expected - row.found, row.unexpected, row.note,
    ]  # fmt: skip


def _count_or_404(request, pk):
    rows = YardCount.objects.for_tenant(request.tenant).select_related("location", "tenant", "started_by", "ended_by")
    return get_object_or_404(rows, pk=pk)


def _lines(count):
    rows = count.lines.select_related("asset__location", "found_by").prefetch_related("asset__identity")
    return rows.order_by("pk")


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def yard_count_new(request):
    """Begin a count of a place."""
    form = YardForm(posted(request), tenant=request.tenant)
    if form.is_bound and (
        row := done(form, lambda form: services.start_yard_count(**form.cleaned_data, by=request.user))
    ):
        return redirect("logistics:yard_count", pk=row.pk)
    context = {
        "form": form, "title": _("Count a yard"), "button": _("Begin"), "back": reverse("logistics:yard_counts"),
    }  # fmt: skip
    return render(request, "logistics/act.html", context, status=422 if form.errors else 200)


@require_GET
@roles_allowed(*SUPERVISORS)
def yard_count(request, pk):
    """What was found, what is missing, and what nobody expected."""
    row = _count_or_404(request, pk)
    lines = list(_lines(row)[:MOST])
    context = {
        "row": row, "is_open": row.status == YardCountStatus.OPEN,
        "missing": [line for line in lines if line.verdict == "missing"],
        "unexpected": [line for line in lines if line.verdict == "unexpected"],
        "found": [line for line in lines if line.verdict == "found"],
    }  # fmt: skip
    return render(request, "logistics/yard_count.html", context)


@require_GET
@roles_allowed(*SUPERVISORS)
def yard_count_file(request, pk, kind):
    """Its lines."""
    row = _count_or_404(request, pk)
    return list_file(
        request, kind, name="yard-count", rows=_lines(row), columns=LINES,
        cells=lambda found: [_line_cells(line) for line in found],
    )  # fmt: skip


def _line_cells(line) -> list:
    return [
        line.asset.identity.client_code, line.asset.name, line.verdict, as_moment(line.found_at),
        str(line.found_by or ""), str(line.asset.location),
    ]  # fmt: skip


@require_POST
@roles_allowed(*SUPERVISORS)
def yard_count_find(request, pk):
    """Note what was scanned as found."""
    row = _count_or_404(request, pk)
    asset = pressed(request)
    line = services.find_in_yard(row, asset, by=request.user)
    words = _("%s was not expected here; it is noted.") if not line.is_expected else _("%s is found.")
    messages.success(request, words % asset)
    return redirect("logistics:yard_count", pk=row.pk)


@require_POST
@roles_allowed(*SUPERVISORS)
def yard_count_unfind(request, pk):
    """Take back a scan that was a mistake."""
    row = _count_or_404(request, pk)
    line = get_object_or_404(row.lines.select_related("count", "asset"), pk=chosen(request, "line"))
    services.unfind(line, by=request.user)
    messages.success(request, _("%s: the scan is taken back.") % line.asset)
    return redirect("logistics:yard_count", pk=row.pk)


@require_POST
@roles_allowed(*SUPERVISORS)
def yard_count_end(request, pk):
    """End it, or give it up."""
    row = services.end_yard_count(_count_or_404(request, pk), by=request.user, cancel="cancel" in request.POST)
    messages.success(request, _("The count has ended."))
    return redirect("logistics:yard_count", pk=row.pk)
