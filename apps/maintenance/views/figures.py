"""The figures of maintenance: each number with its formula and its rows, for a period and a part of the plant."""

from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from apps.core.list_files import as_moment, list_file, table_file
from apps.core.pdf import as_download
from apps.core.report import report
from apps.core.roles import SUPERVISORS, roles_allowed
from apps.maintenance.figure_forms import FiguresForm
from apps.maintenance.queries import (
    Scope,
    closed_orders,
    corrective_orders,
    due_cycles,
    failures,
    maintenance_figures,
    open_orders,
    with_costs,
)
from apps.registry.place_field import path_of

MOST_ROWS = 100  # on the page; the file has all
# What a figure is made of, and what that is called.
ROWS = {
    "failures": gettext_lazy("Failures"),
    "due": gettext_lazy("What fell due"),
    "open": gettext_lazy("Open orders"),
    "closed": gettext_lazy("Orders done"),
    "causes": gettext_lazy("Corrective orders"),
}
FIGURE_COLUMNS = ["figure", "value", "unit", "formula"]
ORDER_COLUMNS = [
    "number", "title", "asset", "origin", "status", "due_date", "closed_at", "down_from", "down_until", "stood_seconds",
    "problem", "cause", "remedy", "labour_cost", "parts_cost", "other_cost", "cost",
]  # fmt: skip
DUE_COLUMNS = ["schedule", "asset", "due_date", "number", "status", "done_on", "on_time"]


def _asked(request) -> tuple[FiguresForm, dict]:
    form = FiguresForm(request.GET, tenant=request.tenant, today=timezone.localdate())
    return form, form.look()


def _moments(look) -> tuple[datetime, datetime]:
    """From the first midnight up to, and without, the one after the last day."""
    zone = timezone.get_current_timezone()
    return (
        datetime.combine(look["first"], time(), zone),
        datetime.combine(look["last"] + timedelta(days=1), time(), zone),
    )


def _figures(request, look):
    start, end = _moments(look)
    return maintenance_figures(request.tenant, start, end, asset=look["asset"], location=look["location"])


def _scope(request, look) -> Scope:
    start, end = _moments(look)
    return Scope(tenant=request.tenant, start=start, end=end, asset=look["asset"], location=look["location"])


def _query(look) -> dict:
    asked = {"first": look["first"], "last": look["last"]}
    return asked | {name: look[name].pk for name in ("asset", "location") if look[name]}


@require_GET
@roles_allowed(*SUPERVISORS)
def figures(request):
    """All figures, and the rows of the one that is opened."""
    form, look = _asked(request)
    opened = request.GET.get("rows", "")
    opened = opened if opened in ROWS else "causes"
    found = _figures(request, look)
    by_cost = sorted(found.causes, key=lambda cause: (-cause.cost, cause.code))
    total, rows = _rows(found, opened)
    return render(
        request,
        "maintenance/figures.html",
        {
            "form": form, "look": look, "found": found, "opened": opened, "rows": rows, "total": total,
            "most": MOST_ROWS, "rows_title": ROWS[opened],
            "causes_lists": [(_("Causes by number"), found.causes[:10]), (_("Causes by cost"), by_cost[:10])],
            "rows_csv": reverse(f"maintenance:figures_{opened}_csv"),
            "rows_xlsx": reverse(f"maintenance:figures_{opened}_xlsx"), "query": urlencode(_query(look)),
            "currency": request.tenant.rules.currency, "periods": _periods(timezone.localdate(), look),
            "place": path_of(look["location"]) if look["location"] else "",
        },
    )  # fmt: skip


def _periods(today, look) -> list[tuple]:
    """(label, address's query, whether it is the one that is shown) of the usual periods."""
    found = []
    for days, label in ((30, _("30 days")), (90, _("90 days")), (365, _("a year")), (3650, _("10 years"))):
        first = today - timedelta(days=days - 1)
        query = urlencode(_query(look | {"first": first, "last": today}))
        found.append((label, query, (look["first"], look["last"]) == (first, today)))
    return found


def _rows(found, opened) -> tuple[int, list]:
    """How many rows a figure is made of, and the first of them."""
    if opened == "due":
        return len(found.due), found.due[:MOST_ROWS]
    rows = _orders(found.scope, opened)
    first = list(rows[:MOST_ROWS])
    for order in first:
        order.stood_seconds = _stood(order)
    return rows.count(), first


def _orders(scope, opened):
    found = {"failures": failures, "open": open_orders, "closed": closed_orders, "causes": corrective_orders}[opened](
        scope
    )
    found = found if opened == "causes" else with_costs(found)
    return found.select_related("asset", "problem", "cause", "remedy")


@require_GET
@roles_allowed(*SUPERVISORS)
def figures_file(request, kind):
    """Every number, with its formula."""
    _form, look = _asked(request)
    rows = [list(line) for line in _lines(request, _figures(request, look))]
    return table_file(
        request, kind, name="maintenance-figures", table="work_orders", asked=_query(look), columns=FIGURE_COLUMNS,
        rows=rows,
    )  # fmt: skip


def _lines(request, found) -> list[tuple]:
    """(name, value or "", unit, formula) of every figure: where there is no value, none is written."""
    currency = request.tenant.rules.currency
    numbers = [
        (_("Failures"), found.failures, "", _("corrective orders whose asset stood and runs again")),
        (_("Mean time to repair (MTTR)"), found.mttr_seconds, "s", _("time they stood ÷ failures")),
        (_("Mean time between failures (MTBF)"), found.mtbf_seconds, "s", _("operating time ÷ failures")),
        (_("Operating time"), found.operating_seconds, "s", _("hours of the meters; else the period less the stops")),
        (_("Availability"), _rounded(found.availability), "", _("operating time ÷ (operating time + time stood)")),
        (_("Maintenance due"), found.pm_due, "", _("cycles that fell due, those of covered schedules too")),
        (_("Done in time"), found.pm_done_in_window, "", _("done within due ± grace")),
        (_("Compliance"), _rounded(found.pm_compliance), "", _("done in time ÷ due")),
        (_("Backlog"), found.backlog_minutes, "min", _("minutes of work in open orders")),
        (_("Backlog in crew-weeks"), _rounded(found.crew_weeks), "", _("backlog ÷ (technicians × 40 h)")),
        (_("Planned share"), _rounded(found.planned_ratio), "", _("preventive ÷ all orders done")),
        *(
            (label, found.cost[name], currency, _("what was booked in the period"))
            for name, label in (("labour", _("Labour")), ("parts", _("Parts")), ("other", _("Other costs")))
        ),
        (_("Cost"), found.total_cost, currency, _("labour + parts + other")),
        (_("Not coded"), found.not_coded, "", _("corrective orders without a cause")),
        (_("Without an asset"), found.without_asset, "", _("corrective orders of a place or station alone")),
    ]
    return [(name, "" if value is None else value, unit, formula) for name, value, unit, formula in numbers]


def _rounded(ratio):
    return None if ratio is None else round(ratio, 4)


@require_GET
@roles_allowed(*SUPERVISORS)
def figure_rows_file(request, rows, kind):
    """The rows of one figure."""
    _form, look = _asked(request)
    scope = _scope(request, look)
    if rows == "due":
        cells = [
            [
                str(due.schedule), str(due.order.asset), due.day, due.order.number, due.order.get_status_display(),
                due.done_on, due.is_on_time,
            ]
            for due in due_cycles(scope)
        ]  # fmt: skip
        return table_file(
            request, kind, name="maintenance-due", table="work_orders", asked=_query(look), columns=DUE_COLUMNS,
            rows=cells,
        )  # fmt: skip
    found = _orders(scope, rows).order_by("id")
    return list_file(
        request, kind, name=f"maintenance-{rows}", rows=found, columns=ORDER_COLUMNS,
        cells=lambda orders: [_order_cells(order) for order in orders],
        filters=("first", "last", "asset", "location"),
    )  # fmt: skip


def _stood(order):
    return round((order.down_until - order.down_from).total_seconds()) if order.down_until else None


def _order_cells(order) -> list:
    return [
        order.number, order.title, str(order.asset or ""), order.get_origin_display(), order.get_status_display(),
        order.due_date, as_moment(order.closed_at), as_moment(order.down_from), as_moment(order.down_until), _stood(order),
        str(order.problem or ""), str(order.cause or ""), str(order.remedy or ""), order.labour_cost,
        order.parts_cost, order.other_cost, order.cost,
    ]  # fmt: skip


@require_GET
@roles_allowed(*SUPERVISORS)
def figures_pdf(request):
    _form, look = _asked(request)
    found, currency = _figures(request, look), request.tenant.rules.currency
    numbers = [
        [name, f"{value} {unit}".strip() if value != "" else _("no data"), formula]
        for name, value, unit, formula in _lines(request, found)
    ]
    causes = [[str(cause.name), str(cause.count), f"{cause.cost:,.2f} {currency}"] for cause in found.causes]
    about = str(look["asset"] or look["location"] or _("the whole plant"))
    pdf = report(
        request.tenant,
        _("Figures of maintenance"),
        [
            (_("Figures"), [_("Figure"), _("Value"), _("How it is made")], numbers),
            (_("Causes of failures"), [_("Cause"), _("Orders"), _("Cost")], causes),
        ],
        widths=[5, 3, 6],
        numbers=[1],
        facts=[(_("Period"), f"{look['first']} – {look['last']}"), (_("Of"), about)],
    )
    return as_download(pdf, "maintenance-figures")
