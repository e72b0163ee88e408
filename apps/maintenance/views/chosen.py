"""What is done to several orders at once, and what a person's list looks for again and again."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from apps.core.errors import BrokenRule
from apps.core.http import own_address
from apps.core.pdf import as_download
from apps.core.roles import EVERYONE, SUPERVISORS, roles_allowed
from apps.core.sheets.names import as_key
from apps.maintenance import services
from apps.maintenance.models import SavedFilter
from apps.maintenance.order_forms import ChosenAssignForm, SavedFilterForm
from apps.maintenance.order_sheet import MOST, job_sheets
from apps.maintenance.queries.orders import listed
from apps.maintenance.views.order_page import order_or_404


def _chosen(request, sent) -> list:
    """The orders whose boxes were ticked, in the order in which they are locked."""
    keys = {as_key(text) for text in sent.getlist("order")}
    if not keys:
        raise BrokenRule(_("Choose orders first."))
    if len(keys) > MOST:
        raise BrokenRule(_("At most %d orders at once.") % MOST)
    orders = list(listed(request.tenant).filter(pk__in=keys - {None}).order_by("asset_id", "pk"))
    if len(orders) != len(keys):
        raise Http404
    return orders


def _back(request):
    return redirect(own_address(request, request.POST.get("next", "")) or "maintenance:orders")


@require_POST
@roles_allowed(*SUPERVISORS)
def orders_assign(request):
    """Give the chosen orders to somebody, all or none."""
    form = ChosenAssignForm(request.POST, tenant=request.tenant)
    if not form.is_valid():
        raise BrokenRule(_("Choose who does them."))
    orders, person = _chosen(request, request.POST), form.cleaned_data["person"]
    with transaction.atomic():
        for order in orders:
            services.assign_order(order, person, by=request.user)
    words = ngettext(
        "%(count)d order is given to %(person)s.", "%(count)d orders are given to %(person)s.", len(orders)
    )
    messages.success(request, words % {"count": len(orders), "person": person})
    return _back(request)


@require_POST
@roles_allowed(*SUPERVISORS)
def orders_approve(request):
    """Approve the chosen orders, all or none."""
    orders = _chosen(request, request.POST)
    with transaction.atomic():
        for order in orders:
            services.approve_order(order, by=request.user)
    messages.success(request, ngettext("%d order is approved.", "%d orders are approved.", len(orders)) % len(orders))
    return _back(request)


@require_GET
@roles_allowed(*EVERYONE)
def orders_sheets(request):
    """The job sheets of the chosen orders, in one PDF: `?order=` for each."""
    return as_download(job_sheets(request, _chosen(request, request.GET)), "job-sheets")


@require_GET
@roles_allowed(*EVERYONE)
def order_sheet(request, number):
    """An order's job sheet as a PDF."""
    order = order_or_404(request, number)
    return as_download(job_sheets(request, [order]), order.number)


@require_POST
@roles_allowed(*EVERYONE)
def filter_new(request):
    """Keep what the list looks for, under a name of one's own; the same name again replaces it."""
    form = SavedFilterForm(request.POST)
    if not form.is_valid():
        raise BrokenRule(_("Give it a name of up to 60 letters."))
    said = form.cleaned_data
    own = SavedFilter.objects.for_tenant(request.tenant).filter(user=request.user)
    if own.exclude(name=said["name"]).count() >= SavedFilter.MOST:
        raise BrokenRule(_("You keep %d filters; remove one first.") % SavedFilter.MOST)
    SavedFilter.objects.update_or_create(
        tenant=request.tenant, user=request.user, name=said["name"], defaults={"query": said["query"]}
    )
    messages.success(request, _("“%s” stands above the list.") % said["name"])
    return redirect(f"{reverse('maintenance:orders')}?{said['query']}")


@require_POST
@roles_allowed(*EVERYONE)
def filter_remove(request):
    """Keep a filter of one's own no more, by its name; nothing happens where there is none."""
    form = SavedFilterForm(request.POST)
    if not form.is_valid():
        raise BrokenRule(_("Say which filter."))
    name = form.cleaned_data["name"]
    SavedFilter.objects.for_tenant(request.tenant).filter(user=request.user, name=name).delete()
    messages.success(request, _("“%s” is gone.") % name)
    return redirect("maintenance:orders")
