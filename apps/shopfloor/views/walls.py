"""Wall displays: making and revoking them, and what they show to whoever has the address."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.core import services as core_services
from apps.core.build import build
from apps.core.http import lasting_address
from apps.core.list_files import as_moment, list_file
from apps.core.models import Device, DeviceKind
from apps.core.roles import SUPERVISORS, roles_allowed
from apps.core.terminals import pair_device
from apps.shopfloor.events import board_version
from apps.shopfloor.forms import WallForm
from apps.shopfloor.wall import display_of, wall_of


@never_cache
@require_GET
@login_not_required
def wall(request, token):
    """The screen; with HTMX what it shows alone, 204 while that is what it has.

    A revoked address, and one of another plant than the person's who is signed in here, shows nothing (404).
    """
    display = display_of(token)
    if display is None or display.tenant != request.tenant:
        return render(request, "shopfloor/wall_gone.html", status=404)
    if request.htmx and request.GET.get("since") == f"{build()}-{board_version(display.tenant)}":
        return HttpResponse(status=204)
    context = {"display": display, "token": token, "wall": wall_of(display.tenant, display.lines), "build": build()}
    return render(request, "shopfloor/_wall.html" if request.htmx else "shopfloor/wall.html", context)


@require_http_methods(["GET", "POST"])
@never_cache  # a new address is shown once, and not kept by request keys either
@roles_allowed(*SUPERVISORS)
def walls(request):
    """The wall displays; and a new one, shown by its address, or on this very screen, which is then signed out."""
    form = WallForm(request.POST or None, tenant=request.tenant)
    if request.method == "POST" and form.is_valid():
        display, token = pair_device(request.tenant, kind=DeviceKind.WALL, **form.cleaned_data, by=request.user)
        path = reverse("shopfloor:wall", args=[token])
        if "here" in request.POST:
            core_services.sign_out(request)
            return redirect(path)
        context = {"display": display, "path": path, "address": lasting_address(request, path)}
        return render(request, "shopfloor/wall_made.html", context)
    context = {"form": form, "displays": _displays(request.tenant)}
    return render(request, "shopfloor/walls.html", context, status=422 if form.errors else 200)


@require_GET
@roles_allowed(*SUPERVISORS)
def walls_file(request, kind):
    columns = ["name", "lines", "theme", "made_by", "made_at", "last_seen_at"]

    def cells(displays):
        return [
            [one.name, ", ".join(one.lines), one.theme, str(one.paired_by)]
            + [as_moment(one.paired_at), as_moment(one.last_seen_at)]
            for one in displays
        ]

    return list_file(request, kind, name="walls", rows=_displays(request.tenant), columns=columns, cells=cells)


def _displays(tenant):
    return Device.objects.for_tenant(tenant).filter(kind=DeviceKind.WALL, revoked_at=None).select_related("paired_by")
