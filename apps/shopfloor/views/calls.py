"""Calls for material, maintenance, quality and help: somebody comes, it is done, it was not needed."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core.roles import EVERYONE, roles_allowed
from apps.core.terminals import on_terminal
from apps.shopfloor import services
from apps.shopfloor.models import Call
from apps.shopfloor.rights import at_hand
from apps.shopfloor.views.answers import changed


def _call(request, pk):
    rows = Call.objects.for_tenant(request.tenant).select_related("station__tenant")
    return get_object_or_404(at_hand(request, rows, station="station"), pk=pk)


@require_POST
@on_terminal
@roles_allowed(*EVERYONE)
def call_acknowledge(request, pk):
    call = services.acknowledge_call(_call(request, pk), by=request.user)
    return changed(request, call.station, said=_("%s: you are coming.") % call)


@require_POST
@on_terminal
@roles_allowed(*EVERYONE)
def call_resolve(request, pk):
    call = services.resolve_call(_call(request, pk), by=request.user)
    return changed(request, call.station, said=_("%s: done.") % call)


@require_POST
@on_terminal
@roles_allowed(*EVERYONE)
def call_cancel(request, pk):
    call = services.cancel_call(_call(request, pk), by=request.user)
    return changed(request, call.station, said=_("%s: cancelled.") % call)
