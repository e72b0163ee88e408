"""My work: what a technician has begun, has to do next, and may take."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.core.errors import BrokenRule
from apps.core.middleware import on_conflict, whole_page
from apps.core.roles import roles_allowed
from apps.maintenance import services
from apps.maintenance.models import LONG_TIMER, WorkOrder
from apps.maintenance.queries.work import my_work as gathered
from apps.maintenance.request_forms import PressForm, StopForm
from apps.maintenance.rights import TECHNICIANS


@require_GET
@roles_allowed(*TECHNICIANS)
def my_work(request):
    """The next order first; what runs on top."""
    return _page(request)


def _page(request, *, sentence="", status=200):
    mine = gathered(request.user, request.tenant, today=timezone.localdate())
    ran = timezone.now() - mine.running.started_at if mine.running else None
    context = {"mine": mine, "is_long": bool(ran) and ran.total_seconds() > LONG_TIMER * 60, "sentence": sentence}
    return render(request, "maintenance/my_work.html", context, status=status)


def _stale(request, conflict):
    """It has moved meanwhile: the page as it is now (409)."""
    return _page(request, sentence=str(conflict), status=409)


@require_POST
@roles_allowed(*TECHNICIANS)
@on_conflict(_stale)
def my_work_start(request, number):
    """Begin an order, or go on with it, with the time running; then to its page."""
    order = get_object_or_404(WorkOrder.objects.for_tenant(request.tenant), number=number)
    order = services.begin_work(order, by=request.user, **_pressed(PressForm(request.POST)))
    messages.success(request, _("%s is begun; your time runs.") % order)
    return whole_page(request, reverse("maintenance:order_detail", args=[order.number]))


@require_POST
@roles_allowed(*TECHNICIANS)
def my_work_stop(request):
    """Stop the own time, wherever it runs; stopped already, nothing happens."""
    said = _pressed(StopForm(request.POST))
    said.pop("seen")
    if entry := services.stop_work(request.tenant, by=request.user, **said):
        words = {"minutes": entry.minutes, "order": entry.work_order}
        messages.success(request, _("%(minutes)d min are booked on %(order)s.") % words)
    return whole_page(request, reverse("maintenance:my_work"))


def _pressed(form) -> dict:
    """What a press says, as the services take it. Raises BrokenRule for what cannot be read."""
    if not form.is_valid():
        raise BrokenRule(" ".join(error for errors in form.errors.values() for error in errors))
    said = dict(form.cleaned_data)
    return said | {"at": said.pop("occurred_at")}
