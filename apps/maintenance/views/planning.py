"""Orders at a glance: by status, by day, by person."""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.core.fields import sensible_day
from apps.core.hooks import shifts_of_day
from apps.core.models import User
from apps.core.roles import EVERYONE, Role, roles_allowed
from apps.maintenance.models import OrderStatus, Priority
from apps.maintenance.order_forms import OrdersLookForm
from apps.maintenance.queries import orders as queries
from apps.maintenance.queries.schedules import coming_at
from apps.maintenance.rights import TECHNICIANS, rights_of
from apps.maintenance.views.orders import query_of
from apps.registry.queries import own_places

CARDS = 30  # of a column
LATELY = timedelta(days=7)
ON_A_PAGE, ASSETS = 500, 150
WEEKS = 4
USUAL_WEEK = 40 * 60  # minutes


def _look(request):
    """The filters that these pages share with the list, but for the status."""
    form = OrdersLookForm(request.GET, tenant=request.tenant)
    look = form.look() | {"status": "all", "hold": "", "overdue": ""}
    is_wide = "all" in request.GET or look["location"] or look["asset"] or look["assigned_to"]
    own = [] if is_wide else own_places(request.user, request.tenant)
    context = {
        "form": form, "look": look, "own": own, "people": form.fields["assigned_to"].choices,
        "place_field": form["location"], "priorities": Priority.choices, "may": rights_of(request),
        "is_filtered": any(look[name] for name in ("q", "priority", "assigned_to", "location", "asset")),
    }  # fmt: skip
    return look, own, context


@require_GET
@roles_allowed(*EVERYONE)
def order_board(request):
    """A column for each status, the most pressing first; what was closed in the last seven days."""
    look, own, context = _look(request)
    now, today = timezone.now(), timezone.localdate()
    found = queries.orders_found(request.tenant, look, person=request.user, today=today, own=own)
    begun = found.filter(status=OrderStatus.IN_PROGRESS)
    pressing = ("due_date", "id")
    kinds = [
        ("draft", _("Draft"), found.filter(status=OrderStatus.DRAFT).order_by(*pressing), {"status": "draft"}),
        ("ready", _("Ready"), found.filter(status=OrderStatus.READY).order_by(*pressing), {"status": "ready"}),
        ("in_progress", _("In progress"), begun.filter(hold_reason="").order_by(*pressing), {"status": "in_progress"}),
        ("hold", _("On hold"), begun.exclude(hold_reason="").order_by(*pressing), {"hold": "any"}),
        (
            "closed", _("Closed in the last 7 days"),
            found.filter(status=OrderStatus.CLOSED, closed_at__gte=now - LATELY).order_by("-closed_at", "-id"),
            {"status": "closed"},
        ),
    ]  # fmt: skip
    columns = []
    for key, title, rows, asked in kinds:
        cards = list(rows[: CARDS + 1])
        shown = [(order, queries.lateness(order, today), queries.is_late(order, today)) for order in cards[:CARDS]]
        query = query_of(look | {"status": "", "hold": ""} | asked)
        columns.append({"key": key, "title": title, "rows": shown, "is_more": len(cards) > CARDS, "query": query})
    return render(
        request, "maintenance/order_board.html", context | {"columns": columns, "here": request.get_full_path()}
    )


@require_GET
@roles_allowed(*EVERYONE)
def order_calendar(request):
    """What falls due in a month, `?month=2026-12`: orders, and what schedules are foreseen to ask for."""
    look, own, context = _look(request)
    today = timezone.localdate()
    first = _month(request.GET.get("month", "")) or today.replace(day=1)
    last = first + relativedelta(months=1, days=-1)
    found = queries.orders_found(request.tenant, look, person=request.user, today=today, own=own)
    due = found.exclude(status=OrderStatus.CANCELLED).filter(due_date__range=(first, last)).order_by("due_date", "id")
    orders = list(due[: ON_A_PAGE + 1])
    places = [look["location"]] if look["location"] else own
    foreseen, is_too_many = _foreseen(request.tenant, look, places, today, first, last)
    days: dict[date, tuple] = {}
    day = first - timedelta(days=first.weekday())
    while day <= last or day.weekday():
        days[day] = (day, day.month == first.month, [], [])
        day += timedelta(days=1)
    for order in orders[:ON_A_PAGE]:
        days[order.due_date][2].append((order, queries.is_late(order, today)))
    for schedule, one in foreseen:
        days[one.day][3].append((schedule, one))
    cells = list(days.values())
    context |= {
        "weeks": [cells[start : start + 7] for start in range(0, len(cells), 7)], "first": first, "today": today,
        "title": date_format(first, "F Y"), "before": f"{first - timedelta(days=1):%Y-%m}", "after": f"{last + timedelta(days=1):%Y-%m}",
        "is_more": len(orders) > ON_A_PAGE, "is_too_many": is_too_many, "names": [date_format(cell[0], "D") for cell in cells[:7]],
    }  # fmt: skip
    return render(request, "maintenance/order_calendar.html", context)


def _month(text) -> date | None:
    """The first day of a month that an address gives; None where it gives none."""
    try:
        day = parse_date(f"{text}-01")
        if day:
            sensible_day(day)
    except (ValueError, ValidationError):
        return None
    return day


def _foreseen(tenant, look, places, today, first, last) -> tuple[list, bool]:
    """(schedule, occurrence) of a month for which there is no order yet, and whether there are too many to foresee."""
    if last < today or look["q"] or look["priority"] or look["assigned_to"] or last > today + timedelta(days=365):
        return [], False
    found = coming_at(tenant, places=places, asset=look["asset"] or None, today=today, until=last, most=ASSETS)
    if found is None:
        return [], True
    return [(row, one) for row, one in found if one.day >= first and not (row.open_order or row.covering)], False


@require_GET
@roles_allowed(*TECHNICIANS)
def order_load(request):
    """Who has how much to do in the weeks to come, against the hours of a week."""
    tenant, today = request.tenant, timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    weeks = [monday + timedelta(weeks=number) for number in range(WEEKS)]
    load = queries.weekly_load(tenant, today=today)
    people = User.objects.for_tenant(tenant).order_by("display_name", "pk")
    workers = [one for one in people if one.pk in load or (one.is_active and one.role == Role.TECHNICIAN)]
    lengths = {shift.name: (shift.end - shift.start).total_seconds() / 60 for shift in shifts_of_day(tenant, monday)}
    rows = []
    for person in [*workers, None]:
        of_person = load.get(person and person.pk, {})
        hours = [lengths[name] for name in person.shifts if name in lengths] if person else []
        week = round(5 * max(hours)) if hours else USUAL_WEEK
        cells = [(start, _cell(of_person.get(start), week)) for start in weeks]
        later = [numbers for start, numbers in of_person.items() if start and start > weeks[-1]]
        rest = _cell(tuple(map(sum, zip(*later, strict=True))) if later else None, week)
        rows.append((person, week / 60, cells, rest, _cell(of_person.get(None), week)))
    context = {"rows": rows, "weeks": weeks, "may": rights_of(request)}
    return render(request, "maintenance/order_load.html", context)


def _cell(numbers, week) -> dict | None:
    """What a week holds: orders, hours, those without an estimate, and the share of the week in percent."""
    if not numbers or not numbers[0]:
        return None
    count, minutes, unknown = numbers
    return {
        "count": count, "hours": minutes / 60, "unknown": unknown, "percent": min(round(100 * minutes / week), 100),
        "is_over": minutes > week,
    }  # fmt: skip
