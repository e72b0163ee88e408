"""Reports of the stores: what stock is worth, what hardly moves, classes, use; each with its table as files and on paper."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Sum
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from apps.core.csv_export import EXPORTS
from apps.core.csv_export import PAGE as EXPORT_PAGE
from apps.core.list_files import as_moment, table_file
from apps.core.models import User
from apps.core.paging import ranked
from apps.core.pdf import as_download
from apps.core.report import MOST_LINES, report
from apps.core.roles import MANAGERS, SUPERVISORS, Role, roles_allowed
from apps.core.sheets.names import as_key
from apps.inventory import queries, services
from apps.inventory.models import AbcClass, Part, plain
from apps.inventory.report_forms import ClassesLookForm, DaysLookForm, UseLookForm, ValueLookForm
from apps.registry.meter_page import bars
from apps.registry.models import Location

PAGE = 50
VALUE_COLUMNS = ["on", "place", "is_wallet", "category", "parts", "value", "currency"]
PART_COLUMNS = ["on", "sku", "name", "unit", "place", "is_wallet", "quantity", "value", "currency"]
SLOW_COLUMNS = ["sku", "name", "category", "unit", "on_hand", "held_value", "currency", "last_used"]
CLASS_COLUMNS = ["sku", "name", "used_value", "currency", "class_now", "class_found"]
USE_COLUMNS = ["sku", "name", "unit", "used", "mean_daily_use", "used_value", "currency", "available", "days_left"]


def _money(request, value) -> str:
    return f"{value:,.2f} {request.tenant.rules.currency}"


def _page(request, name, look, **context):
    context |= {
        "look": look, "query": urlencode({word: value for word, value in look.items() if value}), "current": name,
        "currency": request.tenant.rules.currency, "manages": request.user.is_at_least(Role.MANAGER),
    }  # fmt: skip
    return render(request, f"inventory/report_{name}.html", context)


# -- what stock is worth --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A warehouse or a wallet, with the value of each category, and its share of all (percent)."""

    name: str
    is_wallet: bool
    rows: list
    value: Decimal
    share: float


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_reports(request):
    """What stock was worth at the end of a day, by place and category."""
    look = _on(request)
    rows = queries.stock_value(request.tenant, look["on"])
    categories = Counter()
    for row in rows:
        categories[row.category] += row.value
    total = sum(row.value for row in rows)
    shares = [(name, value, _share(value, total)) for name, value in categories.most_common()]
    return _page(
        request, "value", look, places=_by_place(rows, total), categories=shares, total=total,
        today=timezone.localdate(),
    )  # fmt: skip


def _on(request) -> dict:
    """The day that is asked for; today for none, and for one that has not been."""
    today = timezone.localdate()
    on = ValueLookForm(request.GET).look()["on"]
    return {"on": on if on and on <= today else today}


def _by_place(rows, total) -> list[Place]:
    found = defaultdict(list)
    for row in rows:
        found[row.place].append(row)
    places = []
    for place, of_place in found.items():
        value = sum(row.value for row in of_place)
        places.append(Place(str(place), of_place[0].is_wallet, of_place, value, _share(value, total)))
    return places


def _share(value, total) -> float:
    return round(float(100 * value / total), 1) if total else 0


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_reports_file(request, kind):
    look, currency = _on(request), request.tenant.rules.currency
    rows = [
        [look["on"], str(row.place), row.is_wallet, row.category, row.parts, row.value, currency]
        for row in queries.stock_value(request.tenant, look["on"])
    ]
    return table_file(
        request, kind, name="stock-value", table="stock_moves", asked=look, columns=VALUE_COLUMNS, rows=rows
    )


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_parts_file(request, kind):
    """The same, part by part, with quantities."""
    look, tenant = _on(request), request.tenant
    held = queries.stock_on(tenant, look["on"])
    parts = Part.objects.for_tenant(tenant).in_bulk({row[0] for row in held})
    places = Location.objects.for_tenant(tenant).in_bulk({row[1] for row in held if row[1]})
    people = User.objects.for_tenant(tenant).in_bulk({row[2] for row in held if row[2]})
    rows = [
        [
            look["on"], parts[part].sku, parts[part].name, parts[part].unit,
            str(places[place] if place else people.get(person, "")), place is None, quantity, value,
            tenant.rules.currency,
        ]
        for part, place, person, quantity, value in held
    ]  # fmt: skip
    rows.sort(key=lambda row: (row[1], row[4]))
    return table_file(
        request, kind, name="stock-by-part", table="stock_moves", asked=look, columns=PART_COLUMNS, rows=rows
    )


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_reports_pdf(request):
    look = _on(request)
    rows = queries.stock_value(request.tenant, look["on"])
    total = sum(row.value for row in rows)
    head = [_("Category"), _("Parts"), _("Value")]
    sections = [
        (
            f"{place.name} · {_money(request, place.value)}",
            head,
            [[row.category or "–", str(row.parts), _money(request, row.value)] for row in place.rows],
        )
        for place in _by_place(rows, total)
    ]
    facts = [(_("At the end of"), str(look["on"])), (_("Value of all stock"), _money(request, total))]
    pdf = report(
        request.tenant, _("Value of the stock"), sections, widths=[5, 2, 3], numbers=[1, 2], facts=facts,
        nothing=_("Nothing was in stock."),
    )  # fmt: skip
    return as_download(pdf, "stock-value")


# -- what hardly moves ----------------------------------------------------------------------------------------------------


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_slow(request):
    """Parts of which something is held and nothing was used for long, the dearest first."""
    look = DaysLookForm(request.GET).look()
    found = _slow(request.tenant, look)
    page = ranked(found, rank="held_value", after=request.GET.get("after", ""), size=PAGE, falling=True)
    return _page(
        request, "slow", look, rows=page.rows, next=page.next, is_first=not request.GET.get("after"),
        choices=DaysLookForm.CHOICES, total=found.aggregate(total=Sum("held_value"))["total"] or 0,
    )  # fmt: skip


def _slow(tenant, look):
    since = timezone.now() - timedelta(days=int(look["days"]))
    return queries.with_levels(queries.slow_movers(tenant, since=since))


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_slow_file(request, kind):
    look, currency = DaysLookForm(request.GET).look(), request.tenant.rules.currency
    found = _slow(request.tenant, look)

    def page(after):
        rows = ranked(found, rank="held_value", after=after, size=EXPORT_PAGE, falling=True)
        return [_slow_cells(part, currency) for part in rows.rows], rows.next

    return EXPORTS[kind](
        request, name="slow-movers", table="parts", asked=look, found=found, columns=SLOW_COLUMNS, page=page
    )


def _slow_cells(part, currency) -> list:
    return [
        part.sku, part.name, part.category, part.unit, part.on_hand, part.held_value, currency, as_moment(part.last_used),
    ]  # fmt: skip


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_slow_pdf(request):
    look = DaysLookForm(request.GET).look()
    parts = _slow(request.tenant, look).order_by("-held_value", "pk")[: MOST_LINES + 1]
    rows = [
        [part.sku, part.name, part.amount(part.on_hand), _money(request, part.held_value), _day(part.last_used)]
        for part in parts
    ]
    head = [_("SKU"), _("Name"), _("On hand"), _("Value"), _("Last used")]
    pdf = report(
        request.tenant, _("Slow movers"), [("", head, rows)], widths=[4, 6, 3, 3, 3], numbers=[2, 3],
        facts=[(_("Not used for"), _("%s days") % look["days"])], nothing=_("Everything in stock was used since."),
    )  # fmt: skip
    return as_download(pdf, "slow-movers")


def _day(moment) -> str:
    return date_format(timezone.localdate(moment), "Y-m-d") if moment else _("never")


# -- classes --------------------------------------------------------------------------------------------------------------


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_classes(request):
    """The class of each part by the value that a year used of it, beside the one it has."""
    look = ClassesLookForm(request.GET).look()
    all_rows = queries.classed(request.tenant, now=timezone.now())
    stored = _stored(request.tenant)
    rows, following = _slice(_shown(all_rows, stored, look), request.GET.get("after", ""))
    parts = queries.parts_by_key(request.tenant, [row.part for row in rows])
    total = sum(max(row.value, 0) for row in all_rows)
    return _page(
        request, "classes", look, rows=[(parts[row.part], row) for row in rows if row.part in parts], next=following,
        is_first=not request.GET.get("after"), shows=ClassesLookForm.SHOWS,
        classes=[_class(letter, all_rows, total) for letter in AbcClass.values],
        changed=sum(stored[row.part] != row.found for row in all_rows),
    )  # fmt: skip


def _stored(tenant) -> dict:
    return dict(Part.objects.for_tenant(tenant).values_list("pk", "abc_class"))


def _shown(rows, stored, look) -> list:
    show = look["show"]
    if show == "changed":
        return [row for row in rows if stored[row.part] != row.found]
    return [row for row in rows if row.found == show] if show else rows


def _class(letter, rows, total) -> tuple:
    """(class, number of its parts, what was used of them, its share of all in percent)."""
    own = [row for row in rows if row.found == letter]
    value = sum(row.value for row in own)
    return letter.upper(), len(own), value, _share(value, total)


def _slice(rows, after) -> tuple[list, str]:
    """A page of rows that are all computed already; after: the key of the last part of the page before."""
    key = as_key(after)
    start = next((place + 1 for place, row in enumerate(rows) if row.part == key), 0) if key else 0
    page = rows[start : start + PAGE]
    return page, str(page[-1].part) if len(rows) > start + PAGE else ""


@require_POST
@roles_allowed(*MANAGERS)
def classes_set(request):
    """Store the classes that were found."""
    found = queries.abc_classes(request.tenant, now=timezone.now())
    reason = _("classes by the use of a year")
    count = services.set_classes(request.tenant, found, by=request.user, reason=reason)
    words = ngettext("%(count)d part has another class now.", "%(count)d parts have another class now.", count)
    messages.success(request, words % {"count": count} if count else _("Every part has its class already."))
    return redirect("inventory:stock_classes")


def _class_rows(request, look) -> list:
    tenant = request.tenant
    rows = _shown(queries.classed(tenant, now=timezone.now()), _stored(tenant), look)
    parts = queries.parts_by_key(tenant, [row.part for row in rows])
    return [(parts[row.part], row) for row in rows]


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_classes_file(request, kind):
    look, currency = ClassesLookForm(request.GET).look(), request.tenant.rules.currency
    rows = [
        [part.sku, part.name, row.value, currency, part.abc_class.upper(), row.found.upper()]
        for part, row in _class_rows(request, look)
    ]
    return table_file(request, kind, name="abc-classes", table="parts", asked=look, columns=CLASS_COLUMNS, rows=rows)


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_classes_pdf(request):
    look = ClassesLookForm(request.GET).look()
    rows = [
        [part.sku, part.name, _money(request, row.value), part.abc_class.upper(), row.found.upper()]
        for part, row in _class_rows(request, look)[: MOST_LINES + 1]
    ]
    head = [_("SKU"), _("Name"), _("Used in a year"), _("Class now"), _("Class found")]
    pdf = report(
        request.tenant, _("ABC classes"), [("", head, rows)], widths=[4, 6, 3, 2, 2], numbers=[2],
        nothing=_("There are no parts."),
    )  # fmt: skip
    return as_download(pdf, "abc-classes")


# -- use ------------------------------------------------------------------------------------------------------------------


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_use(request):
    """What orders used of each part, a day on average, and how long what is available lasts."""
    look, now = UseLookForm(request.GET).look(), timezone.now()
    days = int(look["days"])
    all_rows = queries.used_in(request.tenant, days, now=now)
    rows, following = _slice(all_rows, request.GET.get("after", ""))
    months = queries.used_by_month(request.tenant, now=now)
    return _page(
        request, "use", look, rows=_used(request.tenant, rows, days), next=following,
        is_first=not request.GET.get("after"), choices=UseLookForm.CHOICES, months=bars(list(months), months),
        total=sum(row.value for row in all_rows),
    )  # fmt: skip


def _used(tenant, rows, days) -> list:
    """(part with its levels, row, mean daily use, for how many days it lasts or None) of some rows."""
    parts = queries.with_levels(Part.objects.for_tenant(tenant)).in_bulk([row.part for row in rows])
    found = []
    for row in rows:
        daily = row.quantity / days
        part = parts[row.part]
        found.append((part, row, daily.quantize(Decimal("0.001")), int(max(part.available, 0) / daily)))
    return found


def _all_used(request, look) -> list:
    days = int(look["days"])
    return _used(request.tenant, queries.used_in(request.tenant, days, now=timezone.now()), days)


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_use_file(request, kind):
    look, currency = UseLookForm(request.GET).look(), request.tenant.rules.currency
    rows = [
        [part.sku, part.name, part.unit, row.quantity, daily, row.value, currency, part.available, left]
        for part, row, daily, left in _all_used(request, look)
    ]
    return table_file(request, kind, name="use", table="stock_moves", asked=look, columns=USE_COLUMNS, rows=rows)


@require_GET
@roles_allowed(*SUPERVISORS)
def stock_use_pdf(request):
    look = UseLookForm(request.GET).look()
    rows = [
        [part.sku, part.name, part.amount(row.quantity), plain(daily), _money(request, row.value), _("%d d") % left]
        for part, row, daily, left in _all_used(request, look)[: MOST_LINES + 1]
    ]
    head = [_("SKU"), _("Name"), _("Used"), _("A day"), _("Value"), _("Lasts")]
    pdf = report(
        request.tenant, _("Use of parts"), [("", head, rows)], widths=[4, 6, 3, 2, 3, 2], numbers=[2, 3, 4, 5],
        facts=[(_("In the last"), _("%s days") % look["days"])], nothing=_("Nothing was used."),
    )  # fmt: skip
    return as_download(pdf, "use")
