"""The daily log: a day's grid of many assets, the same of one asset for a phone, and the list of what was logged."""

import datetime
from types import SimpleNamespace

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.api.paging import KeysetPagination
from apps.core.csv_export import EXPORTS
from apps.core.csv_export import PAGE as EXPORT_PAGE
from apps.core.errors import BrokenRows, BrokenRule
from apps.core.hooks import shifts_of_day
from apps.core.list_files import page_from
from apps.core.roles import EVERYONE, SUPERVISORS, roles_allowed
from apps.core.services import place_names
from apps.core.sheets.names import as_key
from apps.core.sheets.questions import questions
from apps.registry import services
from apps.registry.log_cells import confirmed_in, fill, mark_of, paste, read_cells
from apps.registry.log_days import check_day, most_hours, today_of
from apps.registry.log_forms import ALL, GridLookForm, LogFilterForm, SaveForm
from apps.registry.log_grid import assets_of, cell_text, code_of, grid_of, page_of, shown
from apps.registry.models import Asset, DailyLog
from apps.registry.queries import all_below, own_places
from apps.registry.services.daily_logs import FIELDS

LIST_PAGE = 50
COLUMNS = (
    "date", "shift", "code", "asset", "location", *FIELDS, "run_hours_source", "entered_by", "updated_at",
)  # fmt: skip


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def daily_log(request):
    """Every asset of the person's places on a date: seen, written, pasted and saved together."""
    if request.method == "POST":
        return _take(request, _posted(request))
    look = _look(request)
    own = [] if look["is_all"] else own_places(request.user, request.tenant)
    places = [look["location"]] if look["location"] else own
    assets, following = page_of(assets_of(request.tenant, places=places, text=look["q"]), look["after"])
    return _page(request, grid_of(request.tenant, assets, look["date"], look["shift"]), look, following=following)


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def daily_log_asset(request, pk):
    """The same of one asset, with big fields."""
    asset = get_object_or_404(shown(Asset.objects.for_tenant(request.tenant)), pk=pk)
    if request.method == "POST":
        return _take(request, [asset], only=asset)
    look = _look(request)
    return _page(request, grid_of(request.tenant, [asset], look["date"], look["shift"]), look, only=asset)


def _look(request, **more) -> dict:
    """What of the grid the address asks for; more: what is known better."""
    look = GridLookForm(request.GET, tenant=request.tenant).look() | more
    look["date"] = look["date"] or today_of(request.tenant)
    look["is_all"] = request.GET.get("location") == ALL
    return look


def _posted(request) -> list:
    """The assets whose rows were sent, as the grid has them."""
    keys = {as_key(name.removeprefix("seen-")) for name in request.POST if name.startswith("seen-")}
    assets = shown(Asset.objects.for_tenant(request.tenant))
    found = list(assets.filter(pk__in=keys - {None}).order_by("name", "pk"))
    if len(found) != len(keys):
        raise Http404
    return found


def _take(request, assets, *, only=None):
    """Paste into the cells, or save them: all, or none with what is wrong at its place."""
    form = SaveForm(request.POST)
    if not form.is_valid():  # of which day is no guess
        raise BrokenRule(_("The day, or the shift, that was sent cannot be read. Nothing was done; reload the page."))
    said = form.cleaned_data
    rows = grid_of(request.tenant, assets, said["date"], said["shift"])
    fill(rows, request.POST)
    answers = {name.removeprefix("way-"): way for name, way in request.POST.items() if name.startswith("way-")}
    if "paste" in request.POST:
        words = {name: request.POST.get(name, "") for name in ("text", "at", "split")}
        return _page(request, rows, _look(request, **said), only=only, pasted=paste(rows, **words), **words)
    found, sent = read_cells(request.tenant, rows, answers)
    problem = _("Nothing is saved: some cells have to be looked at.")
    if not found.is_asking and not any(row.errors for row in rows):
        try:
            return _save(request, said, rows, sent)
        except BrokenRows as refused:
            problem = str(refused)
            rows = grid_of(request.tenant, assets, said["date"], said["shift"])  # with what came meanwhile
            fill(rows, request.POST)
            _tell(rows, refused)
    look = _look(request, **said)
    return _page(request, rows, look, only=only, problem=problem, asked=questions(found), status=422)


def _tell(rows, refused) -> None:
    """Put what is wrong into its rows."""
    for place, row in enumerate(rows):
        row.errors = refused.rows.get(place, {})
        row.unusual = set(refused.unusual.get(place, ()))
        if row.errors and refused.code == "conflict":  # it is told now: the next save replaces it
            row.seen = row.stored


def _save(request, said, rows, sent):
    confirmed = confirmed_in(rows, request.POST.getlist("sure"))
    services.save_daily_logs(request.tenant, said["date"], said["shift"], sent, by=request.user, confirmed=confirmed)
    count = sum(any(row["seen"][name] != row[name] for name in FIELDS) for row in sent)
    words = ngettext("%(count)d row of %(day)s is saved.", "%(count)d rows of %(day)s are saved.", count)
    messages.success(request, words % {"count": count, "day": said["date"]} if count else _("There was nothing new."))
    query = request.GET.copy()
    query["date"] = str(said["date"])
    if said["shift"]:
        query["shift"] = said["shift"]
    address = f"{request.path}?{query.urlencode()}"
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _page(request, rows, look, *, only=None, following=None, problem="", asked=(), pasted=None, text="", at="",
          split="", status=200):  # fmt: skip
    tenant, day = request.tenant, look["date"]
    try:
        check_day(tenant, day, by=request.user)
        closed = ""
    except BrokenRule as refused:
        closed = str(refused)
    shifts = list(dict.fromkeys(shift.name for shift in shifts_of_day(tenant, day)))
    if look["shift"] and look["shift"] not in shifts:
        shifts.append(look["shift"])
    context = {
        "look": look, "rows": [_for_template(row) for row in rows], "only": only, "following": following, "problem": problem,
        "questions": asked, "pasted": pasted, "text": text, "at": at, "split": split, "closed": closed, "shifts": shifts,
        "today": today_of(tenant), "before": day - datetime.timedelta(days=1), "next": day + datetime.timedelta(days=1),
        "places": [] if only else place_names(tenant), "most": cell_text(most_hours(tenant, day)),
        "has_stations": any(row.is_of_station for row in rows), "is_filtered": bool(look["q"] or look["location"]), "counts": sum(row.log is not None for row in rows),
    }  # fmt: skip
    return render(request, "registry/daily_log.html", context, status=status)


def _for_template(row) -> SimpleNamespace:
    """A row with its cells for the template."""
    cells = [
        SimpleNamespace(
            name=name,
            id=f"{name}-{row.asset.pk}",
            text=row.texts[name],
            former=cell_text(row.stored[name]),
            errors=row.errors.get(name, []),
            mark=mark_of(row, name, row.texts[name]) if name in row.unusual else "",
        )
        for name in FIELDS
    ]
    hours = row.log.run_hours_added if row.log else None
    return SimpleNamespace(
        row=row,
        cells=cells,
        errors=row.errors.get("", []),
        asset=row.asset,
        computed=cell_text(hours) if row.stored["run_hours_reading"] is not None else "",
        computed_dial=cell_text(row.dial + hours) if row.dial is not None and row.stored["run_hours_added"] else "",
    )


# -- what was logged ----------------------------------------------------------------------------------------------------


@require_GET
@roles_allowed(*EVERYONE)
def daily_logs(request):
    """What was logged, newest first: of an asset, a period, a shift, a place with all below it."""
    look = LogFilterForm(request.GET, tenant=request.tenant).look()
    pages = page_from(_found(request, look), after=request.GET.get("after", ""), size=LIST_PAGE)
    context = {
        "look": look, "rows": pages.rows, "next": pages.cursor_after(), "is_first": not pages.has_previous,
        "is_filtered": any(look.values()), "places": place_names(request.tenant),
    }  # fmt: skip
    return render(request, "registry/daily_log_list.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def daily_logs_file(request, kind):
    """All that the filters find."""
    look = LogFilterForm(request.GET, tenant=request.tenant).look()
    found = _found(request, look)

    def page(after):
        pages = KeysetPagination()
        rows = pages.page_of(found, after=after, size=EXPORT_PAGE)
        return [_cells(row) for row in rows], pages.cursor_after()

    asked = {name: str(value) for name, value in look.items() if value}
    return EXPORTS[kind](
        request, name="daily-logs", table="daily_logs", asked=asked, found=found, columns=list(COLUMNS), page=page
    )


def _found(request, look):
    found = DailyLog.objects.for_tenant(request.tenant)
    if look["asset"]:
        found = found.filter(asset=look["asset"])
    if look["since"]:
        found = found.filter(date__gte=look["since"])
    if look["until"]:
        found = found.filter(date__lte=look["until"])
    if look["shift"]:
        found = found.filter(shift=look["shift"])
    if look["location"]:
        found = found.filter(asset__location__in=all_below([look["location"]]))
    for word in look["q"].split():
        found = found.filter(Q(asset__name__icontains=word) | Q(asset__identity__client_code__icontains=word))
    found = found.select_related("asset__location", "supervisor").prefetch_related("asset__identity")
    return found.order_by("-date", "-id")


def _cells(log) -> list:
    asset = log.asset
    return [
        log.date, log.shift, code_of(asset), asset.name, asset.location.name, log.run_hours_added, log.run_hours_reading, log.fuel_liters_added, asset.run_hours_source,
        str(log.supervisor or ""), log.tenant.local(log.updated_at).isoformat(sep=" ", timespec="seconds"),
    ]  # fmt: skip
