"""The board, its live fragments, and the queue."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.errors import BrokenRule
from apps.core.middleware import on_conflict
from apps.core.roles import EVERYONE, SUPERVISORS, roles_allowed
from apps.core.terminals import on_terminal
from apps.shopfloor import queries, services
from apps.shopfloor.events import board_version
from apps.shopfloor.forms import QueueMoveForm
from apps.shopfloor.models import Job, Station
from apps.shopfloor.rendering import queue_html, tiles_html
from apps.shopfloor.rights import at_hand, rights_of
from apps.shopfloor.views.answers import changed, look, sheet, stale


@never_cache
@require_GET
@on_terminal
@roles_allowed(*EVERYONE)
def board(request):
    """The floor by lines, the queue beside it. With HTMX the floor alone, as a changed filter shows it."""
    if request.at_terminal:
        return redirect("shopfloor:terminal")
    context = _floor(request)
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "shopfloor/_floor.html", context)
    return render(request, "shopfloor/board.html", context)


def _floor(request):
    floor = queries.floor(request.tenant, look(request))
    return {
        "floor": floor,
        "queue": queue_html(request, floor.queue),
        "lines": [(line, tiles_html(request, line.tiles)) for line in floor.lines],
        "badges": [(badge, queries.BADGE_WORDS[badge], floor.counts[badge]) for badge in queries.BADGES],
        "mine": request.user.lines,
    }


@require_GET
@on_terminal
@roles_allowed(*EVERYONE)
def board_tiles(request):
    """The tiles named by `id`, each to take its place in the page, with the counts, and the queue if asked for.

    A tile that the page's filter no longer shows is taken away; whoever gets one it has no place for reads the whole
    floor again.
    """
    wanted = set(request.GET.getlist("id"))
    if request.at_terminal:
        stations = at_hand(request, Station.objects.for_tenant(request.tenant))
        wanted &= {str(pk) for pk in stations.values_list("pk", flat=True)}
    floor = queries.floor(request.tenant, queries.Filter() if "alone" in request.GET else look(request))
    shown = [tile for tile in floor.tiles if str(tile.pk) in wanted]
    context = {
        "floor": floor,
        "gone": sorted(wanted - {str(tile.pk) for tile in shown}),
        "tiles": tiles_html(request, shown, oob=True),
        "queue": queue_html(request, floor.queue, oob=True)
        if "queue" in request.GET and not request.at_terminal
        else "",
        "alone": "alone" in request.GET,  # on a station's own page
    }
    return render(request, "shopfloor/_changed_tiles.html", context)


@require_GET
@on_terminal
@roles_allowed(*EVERYONE)
def board_changes(request):
    """For boards without a stream: 204 while the board's version is the one they have, else the floor."""
    if request.GET.get("since") == str(board_version(request.tenant)):
        return HttpResponse(status=204)
    if request.at_terminal:
        return HttpResponse()  # something changed: the page asks for its own tiles
    return render(request, "shopfloor/_floor.html", _floor(request))


@require_GET
@roles_allowed(*EVERYONE)
def queue(request):
    """The waiting jobs in order: a part of the board, where they stand for who asks for them as a page."""
    if not request.htmx:
        return redirect("shopfloor:board")
    return HttpResponse(queue_html(request, queries.queue_of(request.tenant)))


@require_http_methods(["GET"])
@roles_allowed(*EVERYONE)
def queue_job(request, pk):
    """What can be done with a waiting job: start it on a station, move it in the queue."""
    job = get_object_or_404(Job.objects.for_tenant(request.tenant).with_quantities(), pk=pk)
    return sheet(request, "_sheet_queue_job.html", _queue_job(request, job))


def _queue_job(request, job):
    tiles = list(queries.floor(request.tenant).tiles)
    fitting = sorted(tiles, key=lambda tile: (tile.job is not None, job.line_hint not in ("", tile.line)))
    return {"job": job, "stations": fitting, "today": queries.today()}


@require_POST
@roles_allowed(*SUPERVISORS)
@on_conflict(stale)
def queue_move(request, pk):
    """Move a waiting job up, down or to the top: it and those before it are ranked as they then stand."""
    form = QueueMoveForm(request.POST)
    job = get_object_or_404(Job.objects.for_tenant(request.tenant), pk=pk)
    if not form.is_valid():
        raise BrokenRule(_("Say where in the queue: up, down or to the top."))
    services.move_in_queue(job, form.cleaned_data["to"], by=request.user)
    answer = changed(request, queue=True, keep_sheet=True, said=_("%s moved in the queue.") % job)
    if request.htmx:
        job = Job.objects.for_tenant(request.tenant).with_quantities().get(pk=pk)
        context = _queue_job(request, job) | {"rights": rights_of(request)}
        answer.write(render_to_string("shopfloor/_sheet_queue_job.html", context, request))
    return answer
