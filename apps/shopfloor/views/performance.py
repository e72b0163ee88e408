"""The figures of shifts: OEE and what it is made of, hour by hour, why stations stood, and what jobs did."""

from datetime import timedelta
from urllib.parse import urlencode

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.core.list_files import table_file
from apps.core.pdf import as_download
from apps.core.report import report
from apps.core.roles import EVERYONE, roles_allowed
from apps.core.templatetags.figures import hours, percent
from apps.shopfloor.hour_by_hour import bands, hours_of, parts_of, shifts_of
from apps.shopfloor.kpis import Figures, Scope, call_figures, floor_figures, job_figures, stop_sums
from apps.shopfloor.models import CallKind, ShiftKind, Station, StationStatus, StopReason
from apps.shopfloor.performance_forms import BY, PerformanceForm
from apps.shopfloor.timeline import UNKNOWN

MOST_BANDS = 60  # stations: one line each
MOST_ROWS = 300  # on the page; the files have all
WIDTH = 1000  # of a band, and of a bar, in its own units
COLUMNS = [
    "planned_seconds", "excluded_seconds", "no_demand_seconds", "running_seconds", "idle_seconds", "blocked_seconds",
    "unknown_seconds", "stops", "good", "scrap", "ideal_seconds", "availability", "performance", "quality", "oee",
]  # fmt: skip
STATES = ("running", "blocked", "idle", "unknown")


def _asked(request) -> tuple[PerformanceForm, dict, Scope]:
    now = timezone.now()
    form = PerformanceForm(request.GET, tenant=request.tenant, today=request.tenant.local(now).date())
    look = form.look()
    asked = {name: look[name] for name in ("first", "last", "line", "station", "shift")}
    return form, look, Scope(tenant=request.tenant, now=now, **asked)


def _query(look, **other) -> str:
    asked = look | other
    station = asked["station"]
    return urlencode(
        {
            name: value
            for name, value in (asked | {"station": station and station.code}).items()
            if value not in ("", None)
        }
    )


@require_GET
@roles_allowed(*EVERYONE)
def performance(request):
    """Everything about some shifts; of one date also hour by hour."""
    form, look, scope = _asked(request)
    found = floor_figures(scope, look["by"])
    by_kind = floor_figures(scope, "kind")
    names = _reason_names(request.tenant)
    stops = _stops(scope, names)
    context = {
        "form": form, "look": look, "total": found.total, "rows": _rows(found, look["by"])[:MOST_ROWS],
        "number": len(found.rows), "most_rows": MOST_ROWS, "by_name": dict(BY)[look["by"]],
        "kinds": [(ShiftKind(kind).label, figures) for kind, figures in by_kind.rows.items()], "stops": stops,
        "losses": losses(found.total, stops, names), "jobs": job_figures(scope),
        "calls": [(CallKind(row.kind).label, row) for row in call_figures(scope)], "query": _query(look),
        "periods": _periods(scope.tenant.local(scope.now).date(), look), "width": WIDTH,
        "by_links": [(label, _query(look, by=name), name == look["by"]) for name, label in BY],
    }  # fmt: skip
    if look["first"] == look["last"]:
        context |= _day(scope, names)
    return render(request, "shopfloor/performance.html", context)


def _rows(found, by) -> list[tuple]:
    """(name, figures, parts of its bar) of each row."""
    labels = dict(ShiftKind.choices) if by == "kind" else {}
    return [(labels.get(key, key or _("without a job")), row, _bar(row)) for key, row in found.rows.items()]


def _bar(figures: Figures) -> list[tuple[str, float, float]]:
    """(status, x, width) of each status's share of the planned time."""
    parts, at = [], 0.0
    for status in STATES:
        share = getattr(figures, status) / figures.planned * WIDTH if figures.planned else 0
        if share:
            parts.append((status, round(at, 1), round(share, 1)))
        at += share
    return parts


def _reason_names(tenant) -> dict[str, StopReason]:
    return {reason.code: reason for reason in StopReason.objects.for_tenant(tenant)}


def _stops(scope, reasons) -> list[dict]:
    """The Pareto: stops by status and reason, each with its share, those until it, and the width of its bar."""
    rows = stop_sums(scope)
    whole = sum((row["time"] for row in rows), timedelta())
    longest = rows[0]["time"] if rows else timedelta()
    until = timedelta()
    for row in rows:
        until += row["time"]
        row |= {
            "name": _stop_name(row["status"], row["reason"], reasons), "seconds": row["time"].total_seconds(),
            "share": row["time"] / whole, "until": until / whole, "width": round(row["time"] / longest * WIDTH, 1),
        }  # fmt: skip
    return rows


def _stop_name(status, reason, reasons) -> str:
    if reason:
        return reasons[reason].name if reason in reasons else reason
    return _("Idle, unexplained") if status == StationStatus.IDLE else _("Blocked, unexplained")


def losses(total: Figures, stops, reasons) -> list[tuple[str, float | None, str]]:
    """(loss, seconds or None, what it is) of planned time: the six big losses, of which LeanOps tells five apart."""
    of_group = {"changeover": 0.0, "minor": 0.0, "idle": 0.0, "breakdown": 0.0}
    for row in stops:
        reason = reasons.get(row["reason"])
        if reason and reason.group == "changeover":
            name = "changeover"
        elif reason and reason.counts_as == "performance":
            name = "minor"
        else:
            name = "breakdown" if row["status"] == StationStatus.BLOCKED else "idle"
        of_group[name] += row["time"].total_seconds()
    known = total.has_cycles
    return [
        (_("Breakdowns"), of_group["breakdown"], _("blocked, but for changeovers and minor stops")),
        (_("Changeovers"), of_group["changeover"], _("stops for reasons of the group changeover")),
        (_("Minor stops"), of_group["minor"], _("stops whose reason counts as lost performance")),
        (_("Idle"), of_group["idle"], _("idle while a job was on or waited for the line")),
        (_("Slower than the cycle time"), total.running.total_seconds() - float(total.ideal) if known else None, _("running − cycle time × units")),
        (_("Scrap"), float(total.ideal - total.ideal_good) if known else None, _("cycle time × scrap")),
    ]  # fmt: skip


def _day(scope, reasons) -> dict:
    """One date: its hours, and the statuses of each station as bands."""
    shifts = shifts_of(scope)
    if not shifts:
        return {"is_day": True}
    rows = hours_of(scope, shifts)
    most = max([1, *(row.good for row in rows), *(row.target or 0 for row in rows)])
    told = [
        {
            "hour": row, "width": round(row.good / most * WIDTH, 1),
            "mark": None if row.target is None else round(row.target / most * WIDTH, 1),
            "worst": [(_stop_name(status, reason, reasons), time.total_seconds() / 60) for status, reason, time in row.worst]
            if row.missed
            else [],
        }
        for row in rows
    ]  # fmt: skip
    stations = Station.objects.for_tenant(scope.tenant).filter(line__in={shift.line for shift in shifts})
    if scope.station:
        stations = stations.filter(pk=scope.station.pk)
    shown = list(stations.order_by("line", "code")[: MOST_BANDS + 1])
    start = min(shift.started_at for shift in shifts)
    end = min(max(shift.ended_at for shift in shifts), scope.now)
    found = bands(scope.tenant, [station.pk for station in shown[:MOST_BANDS]], start, end)
    return {
        "is_day": True, "hours": told, "band_start": start, "band_end": end, "band_words": [*StationStatus.choices, (UNKNOWN, _("not known"))],
        "bands": [
            (
                station,
                [
                    (part, x, width, _stop_name(part.status, part.reason, reasons) if part.status in ("idle", "blocked") else "")
                    for part, x, width in parts_of(found[station.pk], start, end, WIDTH)
                ],
            )
            for station in shown[:MOST_BANDS]
        ],
        "more_bands": len(shown) > MOST_BANDS, "most_bands": MOST_BANDS,
    }  # fmt: skip


def _periods(today, look) -> list[tuple]:
    """(label, address's query, whether it is the one that is shown) of the usual periods."""
    yesterday = today - timedelta(days=1)
    usual = [
        (_("Today"), today, today),
        (_("Yesterday"), yesterday, yesterday),
        (_("7 days"), today - timedelta(days=6), today),
        (_("30 days"), today - timedelta(days=29), today),
        (_("a year"), today - timedelta(days=364), today),
    ]
    return [
        (label, _query(look, first=first, last=last), (look["first"], look["last"]) == (first, last))
        for label, first, last in usual
    ]


def _cells(figures: Figures) -> list:
    """The figures as cells of COLUMNS; empty where there is no value."""
    cells = []
    for column in COLUMNS:
        is_time = column.endswith("_seconds") and column != "ideal_seconds"
        value = getattr(figures, column.removesuffix("_seconds") if is_time else column)
        cells.append(
            round(value.total_seconds()) if is_time else round(value, 4) if isinstance(value, float) else value
        )
    return ["" if cell is None else cell for cell in cells]


@require_GET
@roles_allowed(*EVERYONE)
def performance_file(request, kind):
    """A row for each of what is asked for, and the total."""
    _form, look, scope = _asked(request)
    found = floor_figures(scope, look["by"])
    rows = [[key or "", *_cells(figures)] for key, figures in found.rows.items()]
    asked = {name: value for name, value in look.items() if value}
    return table_file(
        request, kind, name="performance", table="closed_shifts", asked=asked, columns=[look["by"], *COLUMNS],
        rows=[*rows, ["", *_cells(found.total)]],
    )  # fmt: skip


@require_GET
@roles_allowed(*EVERYONE)
def performance_pdf(request):
    """The shift report."""
    _form, look, scope = _asked(request)
    reasons = _reason_names(request.tenant)
    found, jobs = floor_figures(scope, look["by"]), job_figures(scope)
    stops = _stops(scope, reasons)
    by_name = str(dict(BY)[look["by"]])
    rows = [*((name, figures) for name, figures, _parts in _rows(found, look["by"])), (_("Total"), found.total)]
    sections = [
        (
            _("Figures"), [by_name, _("Good"), _("Scrap"), _("Availability"), _("OEE")],
            [[str(name), str(f.good), str(f.scrap), said(f, f.availability), said(f, f.oee)] for name, f in rows],
        ),
        (
            _("Why stations stood"), [_("Reason"), _("Stops"), _("Time"), _("Share"), _("Up to here")],
            [[s["name"], str(s["stops"]), hours(s["seconds"]), percent(s["share"]), percent(s["until"])] for s in stops],
        ),
    ]  # fmt: skip
    if look["first"] == look["last"]:
        told = _day(scope, reasons).get("hours", [])
        sections.append(
            (
                _("Hour by hour"), [_("Hour"), _("Target"), _("Good"), _("Scrap"), _("What kept from it")],
                [
                    [
                        f"{scope.tenant.local(row['hour'].start):%H:%M}",
                        "–" if row["hour"].target is None else str(round(row["hour"].target)), str(row["hour"].good),
                        str(row["hour"].scrap), ", ".join(f"{name} {round(minutes)} min" for name, minutes in row["worst"]),
                    ]
                    for row in told
                ],
            )
        )  # fmt: skip
    about = look["station"] and look["station"].code or look["line"] or _("the whole plant")
    pdf = report(
        request.tenant, _("Shift report"), sections, widths=[4, 2, 2, 2, 4], numbers=[1, 2, 3],
        facts=[
            (_("Shifts of"), f"{look['first']} – {look['last']}"), (_("Of"), about),
            (_("Jobs completed"), str(jobs.completed)), (_("In time"), percent(jobs.on_time_ratio)),
        ],
        nothing=_("No shift was worked in this time."), signs=[_("Shift leader"), _("Taken over by")],
    )  # fmt: skip
    return as_download(pdf, "shift-report")


def said(figures: Figures, ratio: float | None) -> str:
    """A ratio in words where it has none: not scheduled is not no data."""
    return percent(ratio) if figures.is_scheduled else _("not scheduled")
