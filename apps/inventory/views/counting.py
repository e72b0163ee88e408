"""Counting, blind: a bin, a part, what is there. What the book says is nowhere on the page, nor in its answers."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import BrokenRule, Conflict
from apps.core.roles import SUPERVISORS, roles_allowed
from apps.inventory import queries, services
from apps.inventory.count_forms import CountedForm
from apps.inventory.models import CountLine, CountStatus, Part
from apps.inventory.services.moving import bin_name
from apps.inventory.views.counts import count_or_404

MOST = 200  # parts, or bins, to choose from; others are scanned


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def count_enter(request, pk):
    """GET asks for the bin, then the part, then the quantity; POST notes it, and asks for the next part of the bin."""
    count = count_or_404(request, pk)
    if request.method == "POST":
        return _note(request, count)
    if "bin" not in request.GET:
        return _page(request, count)
    try:
        bin = bin_name(request.GET["bin"])
        if count.bins and bin not in count.bins:
            raise BrokenRule(_("This count is of %s.") % ", ".join(count.bins))
    except BrokenRule as refused:
        return _page(request, count, problem=str(refused))
    code = request.GET.get("code", "")
    part = queries.find_part(request.tenant, code) if code.strip() else None
    initial = {"part": part, "bin": bin, "again": "again" in request.GET}
    form = CountedForm(initial=initial, tenant=request.tenant) if part else None
    return _page(request, count, bin=bin, code=code, part=part, form=form)


def _note(request, count):
    data = request.POST.copy()
    if "none" in data:  # the button for a place that is empty
        data["quantity"] = "0"
    form = CountedForm(data, tenant=request.tenant)
    asks_again, status = False, 422
    if form.is_valid():
        said = form.cleaned_data
        try:
            line = services.count_bin(
                count, said["part"], said["quantity"], bin=said["bin"], again=said["again"], by=request.user
            )
        except BrokenRule as refused:
            form.add_error("quantity", str(refused))
            status = 409 if isinstance(refused, Conflict) else 422
            asks_again = isinstance(getattr(refused, "current", None), CountLine)
        else:
            words = {"amount": line.part.amount(line.qty_counted), "part": line.part}
            messages.success(request, _("%(amount)s of %(part)s are noted.") % words)
            bin = urlencode({"bin": line.bin_location})
            return redirect(f"{reverse('inventory:count_enter', args=[count.pk])}?{bin}")
    part = form.cleaned_data.get("part")
    bin = form.cleaned_data.get("bin", "")
    return _page(
        request, count, bin=bin, part=part, form=form if part else None, asks_again=asks_again, status=status,
        problem="" if part else _("Which part? Scan it again."),
    )  # fmt: skip


def _page(request, count, *, bin=None, status=200, **context):
    context |= {"count": count, "bin": bin, "is_open": count.status == CountStatus.OPEN}
    if bin is None:
        context["bins"] = _bins(count)
    elif not context.get("part"):
        context["kept"] = _kept(count, bin)
    return render(request, "inventory/count_enter.html", context, status=status)


def _bins(count) -> list:
    """(bin, how many parts of it were counted) of the count's bins."""
    names = count.bins or list(
        queries.in_scope(count).order_by("bin_location").values_list("bin_location", flat=True).distinct()[:MOST]
    )
    counted: dict = {}
    for bin in count.lines.values_list("bin_location", flat=True):
        counted[bin] = counted.get(bin, 0) + 1
    return [(bin, counted.get(bin, 0)) for bin in sorted({*names, *counted})]


def _kept(count, bin) -> list:
    """(part, its line in this count or None) of what was ever kept in a bin, whatever is there now, and what was found."""
    lines = {line.part_id: line for line in count.lines.filter(bin_location=bin).select_related("counted_by")}
    here = queries.in_scope(count).filter(bin_location=bin).values("part")
    parts = Part.objects.for_tenant(count.tenant_id).filter(is_active=True, pk__in=here) | Part.objects.for_tenant(
        count.tenant_id
    ).filter(pk__in=lines)
    return [(part, lines.get(part.pk)) for part in parts.order_by("sku")[:MOST]]
