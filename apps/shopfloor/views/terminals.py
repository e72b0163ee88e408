"""Shared terminals: pairing and revoking them, the names to tap, the PIN, and the stations it opens."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import pins, throttle
from apps.core import services as core_services
from apps.core import terminals as core_terminals
from apps.core.forms import PinForm
from apps.core.list_files import as_moment, list_file
from apps.core.models import Device, DeviceKind, User
from apps.core.roles import SUPERVISORS, roles_allowed
from apps.core.terminals import on_terminal
from apps.shopfloor import queries, services
from apps.shopfloor.forms import PairForm
from apps.shopfloor.rendering import tiles_html

SHOWN = 30  # names to tap; of more, the others are looked for


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def terminals(request):
    """The paired terminals; and this browser made one, which signs the supervisor out of it."""
    form = PairForm(request.POST or None, tenant=request.tenant, instead_of=request.device)
    if request.method == "POST" and form.is_valid():
        _device, token = services.pair_terminal(
            request.tenant, **form.cleaned_data, by=request.user, instead_of=request.device
        )
        core_services.sign_out(request)
        response = redirect("shopfloor:terminal")
        core_terminals.carry(response, token)
        return response
    chosen = set(form.data.getlist("stations")) if form.is_bound else set()
    stations = [(station, str(station.pk) in chosen) for station in form.fields["stations"].queryset]
    context = {"form": form, "devices": _paired(request.tenant), "stations": stations}
    return render(request, "shopfloor/terminals.html", context, status=422 if form.errors else 200)


@require_GET
@roles_allowed(*SUPERVISORS)
def terminals_file(request, kind):
    columns = ["name", "stations", "paired_by", "paired_at", "last_seen_at"]

    def cells(devices):
        return [
            [one.name, ", ".join(place.station.code for place in one.places.all()), str(one.paired_by)]
            + [as_moment(one.paired_at), as_moment(one.last_seen_at)]
            for one in devices
        ]

    return list_file(request, kind, name="terminals", rows=_paired(request.tenant), columns=columns, cells=cells)


def _paired(tenant):
    devices = (
        Device.objects.for_tenant(tenant).filter(kind=DeviceKind.TERMINAL, revoked_at=None).select_related("paired_by")
    )
    return devices.prefetch_related("places__station")


@require_POST
@roles_allowed(*SUPERVISORS)
def device_revoke(request, pk):
    """Take back the pairing of a terminal or wall display, at once."""
    device = get_object_or_404(Device.objects.for_tenant(request.tenant), pk=pk)
    core_terminals.revoke_device(device, by=request.user)
    if device.kind == DeviceKind.WALL:
        messages.success(request, _("%s shows nothing any more.") % device)
        return redirect("shopfloor:walls")
    messages.success(request, _("%s is no longer a terminal.") % device)
    return redirect("shopfloor:terminals")


@never_cache
@require_GET
@login_not_required
@on_terminal
def terminal(request):
    """The names to tap, above them the terminal's stations to be looked at; for whom the PIN has let in, to be worked at."""
    if request.device is None:
        return render(request, "shopfloor/terminal_unpaired.html")
    stations = set(request.device.places.values_list("station", flat=True))
    tiles = queries.tiles_of(request.tenant, stations)
    if request.at_terminal:
        return render(request, "shopfloor/terminal_stations.html", {"tiles": tiles_html(request, tiles)})
    words, people = pins.found_by(pins.holders(request.tenant), request)
    found = list(people.only("display_name", "staff_number", "lines", "email"))
    wanted = request.GET.get("station", "")
    station = f"?station={wanted}" if wanted in map(str, stations) else ""  # handed over by the one before
    if words and [person.staff_number for person in found] == [words]:
        return redirect(f"{reverse('shopfloor:terminal_pin', args=[found[0].pk])}{station}")
    lines = set(request.device.places.values_list("station__line", flat=True))
    found.sort(key=lambda person: (lines.isdisjoint(person.lines or lines), str(person).casefold()))
    context = {"people": found[:SHOWN], "words": words, "are_more": len(found) > SHOWN}
    context |= {"tiles": tiles, "station": station}
    return render(request, "shopfloor/terminal_names.html", context)


def _station_of(request):
    """The page of the station that was handed over, or of the terminal's only one; "" where the person is to choose."""
    here = [str(pk) for pk in request.device.places.filter(station__is_active=True).values_list("station", flat=True)]
    wanted = request.GET.get("station")
    found = wanted if wanted in here else here[0] if len(here) == 1 else ""
    return found and reverse("shopfloor:terminal_station", args=[found])


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@never_cache
@login_not_required
def terminal_pin(request, pk):
    """One's PIN: right, it opens a session at this terminal; wrong, it is counted.

    A person of another plant, without a PIN or switched off gets the answer of a wrong PIN.
    """
    if request.device is None:
        return redirect("shopfloor:terminal")
    person = pins.holders(request.tenant).select_related("tenant").filter(pk=pk).first()
    form = PinForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "shopfloor/terminal_pin.html", {"form": form, "person": person}, status=status)
    of_device = pins.device_name(request.device.pk)
    # Both are asked, always in this order: the person's tries, and those of all people at this device.
    seconds = [throttle.seconds_left(request, name) for name in (pins.book_name(pk), of_device)]
    if any(seconds):
        return throttle.too_many(request, max(seconds))
    if pins.is_right(person, form.cleaned_data["pin"]):
        throttle.passed(request, pins.book_name(pk))
        core_terminals.sign_in(request, person)
        return redirect(_station_of(request) or "shopfloor:terminal")
    throttle.failed(request, pins.book_name(pk))
    throttle.failed(request, of_device)
    known = User.objects.for_tenant(request.tenant).select_related("tenant").filter(pk=pk).first()
    if known:
        core_terminals.record_wrong_pin(request, known)
    form.add_error("pin", _("That was not the right PIN."))
    response = render(request, "shopfloor/terminal_pin.html", {"form": form, "person": person}, status=422)
    response.keeps_writes = True
    return response
