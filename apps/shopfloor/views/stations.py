"""A station's page, and each act on it: GET shows the sheet, POST does it and answers with what it changed."""

from datetime import timedelta

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.errors import BrokenRule
from apps.core.middleware import on_conflict
from apps.core.roles import EVERYONE, SUPERVISORS, roles_allowed
from apps.core.terminals import on_terminal
from apps.shopfloor import queries, services, stories
from apps.shopfloor.forms import (
    NEEDS_NOTE,
    PLANNED,
    AssignForm,
    CallForm,
    CompleteForm,
    CorrectForm,
    NoteForm,
    ReassignForm,
    ReclassifyForm,
    ReportForm,
    SeenForm,
    StatusForm,
)
from apps.shopfloor.models import CallKind, Event, EventType, StationStatus
from apps.shopfloor.rendering import tile_html
from apps.shopfloor.rights import allow, at_hand, may_start, rights_of
from apps.shopfloor.station_page import station_page
from apps.shopfloor.views.answers import changed, offer, read, sheet, stale, station_or_404

act = require_http_methods(["GET", "POST"])
FIRST_REASONS = 12
GOOD_PICKS = (2, 5, 10, 20, 50)
SCRAP_PICKS = (1, 2, 3, 5, 10)


def _tile_or_404(request, pk):
    station = station_or_404(request, pk)
    return station, queries.tile_of(request.tenant, station.pk)


@never_cache
@require_GET
@on_terminal
@roles_allowed(*EVERYONE)
def station_detail(request, pk):
    """The station's tile, its day as a band of colours, its calls, who worked on what, and its story."""
    station = station_or_404(request, pk)
    page = station_page(request.tenant, station)
    html = tile_html(request, page.tile) if page.tile else ""
    feed = [
        (
            event,
            stories.describe(event, reasons=page.reasons),
            stories.icon(event),
            *_undone_and_stop(event, page),
            page.photos.get(event.pk),
        )
        for event in page.events
    ]
    context = {"station": station, "page": page, "tile_html": html, "feed": feed, "rights": rights_of(request)}
    return render(request, "shopfloor/station_detail.html", context)


def _undone_and_stop(event, page):
    is_stop = event.event_type == EventType.STATUS_CHANGE and event.payload.get("new_status") in ("blocked", "idle")
    return str(event.pk) in page.undone, is_stop


@require_GET
@on_terminal
@roles_allowed(*EVERYONE)
def station_menu(request, pk):
    """Everything that can be done at a station."""
    station, tile = _tile_or_404(request, pk)
    return sheet(
        request,
        "_sheet_menu.html",
        {"station": station, "tile": tile, "undo": services.undo_offer(station, request.user)},
    )


@act
@on_terminal
@roles_allowed(*EVERYONE)
@on_conflict(stale)
def station_status(request, pk):
    """Run, idle or block; GET asks for the reason of a stop."""
    station = station_or_404(request, pk)
    form = StatusForm(request.POST or None, tenant=request.tenant)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        station = services.set_status(
            station, data["status"], by=request.user, reason=data["reason"], note=data["note"], seen=data["seen"]
        )
        return changed(request, station, said=_status_words(station), undo=station.act)
    return _reason_sheet(request, station, form)


def _status_words(station):
    words = {"station": station, "status": station.get_status_display().lower(), "reason": station.stop_reason}
    if station.stop_reason:
        return _("%(station)s is %(status)s: %(reason)s.") % words
    return _("%(station)s is %(status)s.") % words


def reasons_to_press(tenant) -> dict:
    """The reasons for a stop, the most used first, as sheets and pages offer them."""
    reasons = queries.stop_reasons(tenant)
    stops = [reason for reason in reasons if reason.group not in PLANNED]
    return {
        "first": stops[:FIRST_REASONS],
        "others": stops[FIRST_REASONS:],
        "planned": [reason for reason in reasons if reason.group in PLANNED],
        "needs_note": NEEDS_NOTE,
    }


def _reason_sheet(request, station, form):
    offered = reasons_to_press(request.tenant)
    chosen = form.data.get("reason") if form.is_bound else None
    reasons = [*offered["first"], *offered["others"], *offered["planned"]]
    context = offered | {
        "station": station,
        "chosen": next((reason for reason in reasons if reason.code == chosen), None),
        "form": form,
        "seen": form.data.get("seen", station.version) if form.is_bound else station.version,
    }
    return sheet(request, "_sheet_status.html", context, status=422 if form.is_bound else 200)


@act
@on_terminal
@roles_allowed(*EVERYONE)
@on_conflict(stale)
def station_report(request, pk):
    """Report good units; corrections and scrap come here too."""
    station = station_or_404(request, pk)
    form = ReportForm(request.POST or None, tenant=request.tenant, station=station)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        data.pop("seen")  # a quantity that moved is no conflict
        assignment = services.report(data.pop("assignment"), by=request.user, **data)
        said = _report_words(assignment.station, data)
        others = assignment.job.assignments.active().select_related("station")
        stations = {assignment.station, *(a.station for a in others)}
        return changed(request, *stations, said=said, undo=assignment.act)
    template = "_sheet_scrap.html" if form.data.get("scrap") else "_sheet_report.html"
    return _report_sheet(request, station, template, form)


def _report_words(station, data):
    parts = []
    if data["good"]:
        parts.append(_("%+d good") % data["good"])
    if data["scrap"]:
        parts.append(_("%+d scrap") % data["scrap"])
    return _("%(station)s: %(what)s.") % {"station": station, "what": ", ".join(parts)}


def _report_sheet(request, station, template, form):
    context = {
        "station": station,
        "tile": queries.tile_of(request.tenant, station.pk),
        "reasons": queries.scrap_reasons(request.tenant),
        "form": form,
        "picks": GOOD_PICKS,
        "scrap_picks": SCRAP_PICKS,
    }
    return sheet(request, template, context, status=422 if form.is_bound else 200)


@require_GET
@on_terminal
@roles_allowed(*EVERYONE)
def station_scrap(request, pk):
    """Ask how many units are scrap, and why; they are reported like good ones."""
    station = station_or_404(request, pk)
    form = ReportForm(tenant=request.tenant, station=station)
    return _report_sheet(request, station, "_sheet_scrap.html", form)


@act
@on_terminal
@roles_allowed(*EVERYONE)
@on_conflict(stale)
def station_assign(request, pk):
    """Start a job on a station. Where one is on, offer to take it off first."""
    station, tile = _tile_or_404(request, pk)
    allow(rights_of(request).starts(is_next=True))
    form = AssignForm(request.POST or None, tenant=request.tenant)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        job = data["job"]
        allow(may_start(request, tile, job))
        if tile and tile.job and tile.job.pk != job.pk and not data["take_off"]:
            return offer(request, station, tile.job, what={"job": job.pk, "run": "1", "seen": data["seen"]})
        run = data["run"] or "run" in request.GET
        station = services.assign_job(
            station, job, by=request.user, run=run, take_off=data["take_off"], note=data["note"], seen=data["seen"]
        )
        words = {"job": job, "station": station}
        return changed(request, station, queue=True, said=_("%(job)s is on %(station)s.") % words)
    jobs = queries.open_jobs(request.tenant)
    if wanted := request.GET.get("job"):
        jobs = [job for job in jobs if str(job.pk) == wanted]
    context = {"station": station, "tile": tile, "jobs": jobs, "form": form, "today": queries.today()}
    return sheet(request, "_sheet_assign.html", context, status=422 if form.is_bound else 200)


@act
@roles_allowed(*SUPERVISORS)
@on_conflict(stale)
def station_reassign(request, pk):
    """Move the station's job to another station."""
    station, tile = _tile_or_404(request, pk)
    form = ReassignForm(request.POST or None, tenant=request.tenant)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        there = queries.tile_of(request.tenant, data["to"].pk)
        if there and there.job and tile and tile.job and there.job.pk != tile.job.pk and not data["take_off"]:
            return offer(
                request,
                data["to"],
                there.job,
                what={"to": data["to"].pk, "seen": data["seen"], "to_seen": there.version},
            )
        station, to = services.reassign_job(
            station,
            data["to"],
            by=request.user,
            take_off=data["take_off"],
            seen=data["seen"],
            to_seen=data["to_seen"],
        )
        words = {"station": station, "to": to}
        said = _("The job moved from %(station)s to %(to)s.") % words
        return changed(request, station, to, queue=True, said=said)
    tiles = [other for other in queries.floor(request.tenant).tiles if other.pk != station.pk]
    if wanted := request.GET.get("to"):
        tiles = [other for other in tiles if str(other.pk) == wanted]
    tiles.sort(key=lambda other: (other.line != station.line, other.job is not None))
    context = {"station": station, "tile": tile, "stations": tiles, "form": form}
    return sheet(request, "_sheet_reassign.html", context, status=422 if form.is_bound else 200)


@require_POST
@roles_allowed(*SUPERVISORS)
@on_conflict(stale)
def station_take_off(request, pk):
    """Take the job off; it waits again, its quantity kept."""
    station = station_or_404(request, pk)
    said = read(SeenForm(request.POST, tenant=request.tenant))
    station = services.take_off_job(station, by=request.user, seen=said["seen"])
    return changed(request, station, queue=True, said=_("The job is off %s.") % station)


@act
@on_terminal
@roles_allowed(*EVERYONE)
@on_conflict(stale)
def station_complete(request, pk):
    """Complete the station's job; GET says what is missing."""
    station, tile = _tile_or_404(request, pk)
    job = tile.job if tile else None
    allow(rights_of(request).completes(done=job.done if job else 0, total=job.total if job else 0))
    form = CompleteForm(request.POST or None, tenant=request.tenant)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        job = data.pop("job") or _job_here(station)
        others = [a.station for a in job.assignments.active().select_related("station")]
        done = services.complete_job(job, by=request.user, station=station, **data)
        said = _("%s is complete.") % done
        return changed(request, *others, queue=True, said=said, undo=done.act)
    short = [_("Material ran out"), _("Customer needs fewer"), _("Too much scrap"), _("Rest in another job")]
    context = {"station": station, "tile": tile, "form": form, "short_reasons": short}
    return sheet(request, "_sheet_complete.html", context, status=422 if form.is_bound else 200)


def _job_here(station):
    """The job that is on, or was on last: if it has ended meanwhile, completing it says who ended it."""
    last = station.assignments.select_related("job").order_by("-is_active", "-started_at").first()
    if last is None:
        raise BrokenRule(_("%s has no job.") % station)
    return last.job


@act
@on_terminal
@roles_allowed(*EVERYONE)
def station_call(request, pk):
    """Call for material, maintenance, quality or help."""
    station = station_or_404(request, pk)
    form = CallForm(request.POST or None, tenant=request.tenant)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        data.pop("seen")
        call = services.call_for(station, data.pop("kind"), by=request.user, **data)
        words = {"station": station, "kind": call.get_kind_display().lower()}
        return changed(request, station, said=_("%(station)s calls for %(kind)s.") % words)
    kind = request.GET.get("kind") or form.data.get("kind")
    context = {"station": station, "form": form, "kinds": CallKind.choices, "kind": kind}
    return sheet(request, "_sheet_call.html", context, status=422 if form.is_bound else 200)


@act
@on_terminal
@roles_allowed(*EVERYONE)
def station_note(request, pk):
    """Write a note into the station's story."""
    station = station_or_404(request, pk)
    form = NoteForm(request.POST or None, request.FILES or None, tenant=request.tenant)
    if request.method == "POST" and form.is_valid():
        services.add_note(station, form.cleaned_data["text"], by=request.user, photos=form.cleaned_data["photos"])
        return changed(request, station, said=_("The note is in the story of %s.") % station)
    return sheet(request, "_sheet_note.html", {"station": station, "form": form}, status=422 if form.is_bound else 200)


@require_POST
@on_terminal
@roles_allowed(*EVERYONE)
@on_conflict(stale)
def station_undo(request, pk):
    """Undo the last status change, report or completion at a station."""
    station = services.undo(station_or_404(request, pk), by=request.user, event_id=request.POST.get("event") or None)
    return _undone(request, station)


@require_POST
@on_terminal
@roles_allowed(*EVERYONE)
@on_conflict(stale)
def event_undo(request, pk):
    """Undo one act, if it is still the last at its station."""
    event = _event_of_station(request, pk)
    station = services.undo(event.station, by=request.user, event_id=event.pk)
    return _undone(request, station)


def _event_of_station(request, pk):
    events = Event.objects.for_tenant(request.tenant).select_related("station__tenant")
    return get_object_or_404(at_hand(request, events, station="station"), pk=pk, station__isnull=False)


def _undone(request, station):
    reverted = (
        station.events.filter(event_type=EventType.REVERTED, payload__caused_by__isnull=True).order_by("-seq").first()
    )
    undone = Event.objects.for_tenant(request.tenant).select_related("job").get(pk=reverted.payload["event"])
    others = queries.stations_of_jobs(request.tenant, [undone.job_id])
    said = _("Undone at %(station)s: %(what)s.") % {"station": station, "what": stories.describe(undone)}
    return changed(request, station, *others, queue=True, said=said)


@act
@roles_allowed(*SUPERVISORS)
@on_conflict(stale)
def station_correct(request, pk):
    """Say what the station's status really was in a period."""
    station = station_or_404(request, pk)
    now = timezone.localtime().replace(second=0, microsecond=0)
    initial = {"start": now - timedelta(hours=1), "end": now, "status": StationStatus.RUNNING}
    form = CorrectForm(request.POST or None, tenant=request.tenant, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        data.pop("seen")
        station = services.correct_period(station, by=request.user, **data)
        return changed(request, station, said=_("The period is corrected at %s.") % station)
    status = 422 if form.is_bound else 200
    return sheet(request, "_sheet_correct.html", {"station": station, "form": form}, status=status)


@act
@roles_allowed(*SUPERVISORS)
@on_conflict(stale)
def stop_reason(request, pk):
    """Give a whole stop another reason."""
    event = _event_of_station(request, pk)
    form = ReclassifyForm(request.POST or None, tenant=request.tenant)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        station = services.reclassify_stop(event, data["reason"], by=request.user, note=data["note"])
        said = _("The stop has another reason.")
        return changed(request, station, said=said)
    reasons = queries.stop_reasons(request.tenant)
    context = {"station": event.station, "event": event, "reasons": reasons, "form": form}
    return sheet(request, "_sheet_reclassify.html", context, status=422 if form.is_bound else 200)
