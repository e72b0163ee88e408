"""How the floor's views answer: a sheet or its page, what an act has changed, and what moved meanwhile."""

import contextlib
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.http import own_address
from apps.shopfloor import queries
from apps.shopfloor.models import Station
from apps.shopfloor.rendering import queue_html, tiles_html
from apps.shopfloor.rights import at_hand, rights_of


def station_or_404(request, pk) -> Station:
    rows = Station.objects.for_tenant(request.tenant).select_related("tenant", "stop_reason")
    return get_object_or_404(at_hand(request, rows), pk=pk)


def read(form) -> dict:
    """What a form says that has no page of its own to be shown on again. Raises BrokenRule with what is wrong."""
    if not form.is_valid():
        raise BrokenRule(" ".join(message for messages in form.errors.values() for message in messages))
    return form.cleaned_data


def sheet(request, template, context, *, status=200):
    """A sheet over the page, or the same as a page of its own without HTMX."""
    context = {"rights": rights_of(request), "template": f"shopfloor/{template}", **context}
    if request.htmx:
        response = render(request, context["template"], context, status=status)
        if status == 422:
            response["HX-Retarget"], response["HX-Reswap"] = "#sheet", "innerHTML"
        return response
    return render(request, "shopfloor/sheet_page.html", context, status=status)


def changed(request, *stations, queue=False, said="", undo=None, keep_sheet=False):
    """The answer to an act: the tiles it changed, the queue if it changed, and a toast.

    Everything comes out of band: what is not on the page is left. Without HTMX, back to the page.
    undo: the event that can be undone.
    """
    if not request.htmx:
        if said:
            messages.success(request, said, extra_tags=str(undo.pk) if undo else "")
        return HttpResponseRedirect(_next(request))
    response = HttpResponse(_fresh(request, stations, queue=queue))
    if said:
        response.write(render_to_string("shopfloor/_said.html", {"sentence": said, "undo": undo and undo.pk}, request))
    if keep_sheet:
        response["HX-Retarget"], response["HX-Reswap"] = "#sheet", "innerHTML"
    return response


def _fresh(request, stations, *, queue=False) -> str:
    keys = {station.pk for station in stations}
    if request.at_terminal:
        keys &= set(at_hand(request, Station.objects.for_tenant(request.tenant)).values_list("pk", flat=True))
    html = tiles_html(request, queries.tiles_of(request.tenant, keys), oob=True)
    if queue:
        html += queue_html(request, queries.queue_of(request.tenant), oob=True)
    return html


def stale(request, conflict):
    """What someone clicked on had moved meanwhile: the fresh tile, and a notice that says who moved it (409)."""
    if not request.htmx:
        context = {"sentence": str(conflict), "back": _next(request)}
        return render(request, "refused.html", context, status=409)
    kwargs = request.resolver_match.kwargs
    current = conflict.current if isinstance(conflict.current, Station) else None
    rows = Station.objects.for_tenant(request.tenant).filter(pk__in={kwargs.get("pk"), current and current.pk} - {None})
    html = _fresh(request, rows, queue=True)
    html += render_to_string("shopfloor/_told.html", {"sentence": str(conflict)}, request)
    return HttpResponse(html, status=409, headers={"HX-Reswap": "none"})


def offer(request, station, job_there, *, what):
    """A job is on already (409): say so, and offer the same act once more with that job taken off first."""
    sentence = _("%(station)s is working on %(job)s.") % {"station": station, "job": job_there.code}
    again = _("Take %(job)s off first") % {"job": job_there.code}
    context = {"sentence": sentence, "again": again, "address": request.path, "what": what | {"take_off": "1"}}
    if not request.htmx:
        return render(request, "shopfloor/occupied.html", context | {"back": _next(request)}, status=409)
    response = render(request, "shopfloor/_occupied.html", context, status=409)
    response["HX-Retarget"], response["HX-Reswap"] = "#notices", "innerHTML"
    return response


MY_LINES = "~"


def look(request) -> queries.Filter:
    """Which part of the floor: from the address, or from the page that the fragment is for, or the person's lines."""
    query = request.GET
    words = query.get("q", "").strip()[:100]
    is_mine = query.get("line", MY_LINES) == MY_LINES
    if is_mine:  # who looks for something looks everywhere
        lines = [] if words else request.user.lines
    else:
        lines = query.getlist("line")
    status = query.get("status", "")
    return queries.Filter(
        lines=() if "" in lines else tuple(lines),
        status=status if status in queries.BADGES else "",
        is_mine=is_mine and bool(lines),
        words=words,
    )


PAGES = (
    "shopfloor:terminal",
    "shopfloor:terminal_station",
    "shopfloor:board",
    "shopfloor:station_detail",
    "shopfloor:job_detail",
    "shopfloor:jobs",
)


def _next(request) -> str:
    """The page to go back to without HTMX: the one asked for, the one the person came from, or the board."""
    if wanted := own_address(request, request.POST.get("next", "")):
        return wanted
    came = urlsplit(request.headers.get("Referer", ""))
    with contextlib.suppress(Resolver404):
        if came.netloc == request.get_host() and resolve(came.path).view_name in PAGES:
            return f"{came.path}?{came.query}" if came.query else came.path
    return reverse("shopfloor:board")
