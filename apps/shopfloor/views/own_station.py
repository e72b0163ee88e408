"""One station full-screen: at a shared terminal after the PIN, and as *My station* for who is signed in."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.core import services as core_services
from apps.core.roles import EVERYONE, roles_allowed
from apps.core.terminals import on_terminal
from apps.shopfloor import queries, services
from apps.shopfloor.forms import HandOverForm
from apps.shopfloor.models import CallKind, Event, EventType, Station
from apps.shopfloor.rendering import tile_html
from apps.shopfloor.views.answers import sheet, station_or_404
from apps.shopfloor.views.stations import reasons_to_press


@never_cache
@require_GET
@on_terminal
@roles_allowed(*EVERYONE)
def terminal_station(request, pk):
    """All that an operator does at a station, each a press or two away."""
    station = station_or_404(request, pk)
    if not request.at_terminal and request.session.get("station") != str(pk):
        request.session["station"] = str(pk)  # where *My station* leads from now on
    tile = queries.tile_of(request.tenant, station.pk)
    context = {
        "station": station,
        "tile_html": tile_html(request, tile) if tile else "",
        "kinds": CallKind.choices,
        "note": _last_note(station),
        **reasons_to_press(request.tenant),
    }
    return render(request, "shopfloor/terminal_station.html", context)


def _last_note(station):
    notes = Event.objects.for_tenant(station.tenant_id).filter(station=station, event_type=EventType.NOTE)
    return notes.select_related("user").order_by("-occurred_at", "-seq").first()


@require_http_methods(["GET", "POST"])
@on_terminal
@roles_allowed(*EVERYONE)
def terminal_hand_over(request, pk):
    """Leave the station to the next one, with a word if there is one: the names come back, and lead to this station."""
    station = station_or_404(request, pk)
    form = HandOverForm(request.POST or None, tenant=request.tenant)
    if request.method != "POST" or not form.is_valid():
        return sheet(
            request, "_sheet_hand_over.html", {"station": station, "form": form}, status=422 if form.errors else 200
        )
    if text := form.cleaned_data["text"]:
        services.add_note(station, text, by=request.user)
    core_services.sign_out(request)
    if request.device is None:
        return redirect("core:sign_in")
    return redirect(f"{reverse('shopfloor:terminal')}?station={station.pk}")


@never_cache
@require_GET
@roles_allowed(*EVERYONE)
def my_station(request):
    """The station that somebody signed in has come to last, or the choice of one: those of the own lines first."""
    rows = Station.objects.for_tenant(request.tenant).filter(is_active=True)
    last = request.session.get("station")
    if "choose" not in request.GET and last and rows.filter(pk=last).exists():
        return redirect("shopfloor:terminal_station", last)
    lines = request.user.lines
    stations = sorted(rows, key=lambda station: (station.line not in lines, station.line, station.code))
    return render(request, "shopfloor/my_station.html", {"stations": stations})
