"""The queue of what was reported, and the answers: an order, a refusal, an order that is there already."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.core.errors import BrokenRule
from apps.core.http import own_address
from apps.core.middleware import on_conflict
from apps.core.paging import ranked
from apps.core.roles import SUPERVISORS, roles_allowed
from apps.maintenance import services
from apps.maintenance.models import WorkOrder
from apps.maintenance.queries import requests as queries
from apps.maintenance.request_forms import ConvertForm, MergeForm, RejectForm, SeenForm, workers
from apps.maintenance.rights import TECHNICIANS
from apps.maintenance.views.requests import acts_of, detail_page, request_or_404

PAGE = 20
MOST_UNCONFIRMED = 50


@require_GET
@roles_allowed(*SUPERVISORS)
def triage(request):
    """What waits for an answer, the most urgent and oldest first; and what was begun without approval."""
    after = request.GET.get("after", "")
    page = ranked(queries.queue(request.tenant), rank="rank", after=after, size=PAGE)
    people = list(workers(request.tenant)) if page.rows else []
    context = {
        "rows": [
            (found, acts_of(request, found.request, people=people, orders=found.orders))
            for found in queries.waiting(page.rows)
        ],
        "unconfirmed": queries.unconfirmed(request.tenant)[:MOST_UNCONFIRMED] if not after else [],
        "next": page.next,
        "is_first": not after,
    }
    return render(request, "maintenance/triage.html", context)


def _stale(request, conflict):
    """Somebody was faster: the request as it is now, and why nothing was done (409)."""
    row = request_or_404(request, request.resolver_match.kwargs["number"])
    return detail_page(request, row, sentence=str(conflict), status=409)


def _done(request, row, said):
    messages.success(request, said)
    after = own_address(request, request.POST.get("next", ""))
    return redirect(after or reverse("maintenance:request_detail", args=[row.number]))


@require_POST
@roles_allowed(*SUPERVISORS)
@on_conflict(_stale)
def request_convert(request, number):
    """Make an order of it."""
    row = request_or_404(request, number)
    form = ConvertForm(request.POST, tenant=request.tenant)
    if not form.is_valid():
        return detail_page(request, row, forms={"convert": form}, status=422)
    row = services.convert(row, by=request.user, **form.cleaned_data)
    return _done(request, row, _("%(request)s is %(order)s now.") % {"request": row, "order": row.work_order})


@require_POST
@roles_allowed(*SUPERVISORS)
@on_conflict(_stale)
def request_reject(request, number):
    """Say why nothing is done about it."""
    row, form = request_or_404(request, number), RejectForm(request.POST)
    if not form.is_valid():
        return detail_page(request, row, forms={"reject": form}, status=422)
    row = services.reject(row, by=request.user, **form.cleaned_data)
    return _done(request, row, _("%s is rejected.") % row)


@require_POST
@roles_allowed(*SUPERVISORS)
@on_conflict(_stale)
def request_merge(request, number):
    """Put it to an order that is open already."""
    row = request_or_404(request, number)
    form = MergeForm(request.POST, orders=queries.open_orders_about(row))
    if not form.is_valid():
        return detail_page(request, row, forms={"merge": form}, status=422)
    said = form.cleaned_data
    row = services.merge(row, said["work_order"], by=request.user, seen=said["seen"])
    return _done(request, row, _("%(request)s belongs to %(order)s now.") % {"request": row, "order": row.work_order})


@require_POST
@roles_allowed(*TECHNICIANS)
@on_conflict(_stale)
def request_take(request, number):
    """Begin at once, in an emergency; a supervisor confirms it later."""
    row, form = request_or_404(request, number), SeenForm(request.POST)
    if not form.is_valid():
        return detail_page(request, row, status=422)
    row = services.take(row, by=request.user, **form.cleaned_data)
    return _done(request, row, _("%(order)s is yours, and begun.") % {"order": row.work_order})


@require_POST
@roles_allowed(*SUPERVISORS)
def order_confirm(request, number):
    """Confirm an order that was begun without approval."""
    rows = WorkOrder.objects.for_tenant(request.tenant).filter(is_unapproved=True)
    order = get_object_or_404(rows, number=number)
    form = SeenForm(request.POST)
    if not form.is_valid():
        raise BrokenRule(_("What was sent cannot be read. Nothing was done; reload the page."))
    services.approve_order(order, by=request.user, **form.cleaned_data)
    messages.success(request, _("%s is confirmed.") % order)
    return redirect("maintenance:triage")
