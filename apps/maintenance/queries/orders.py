"""What the pages of orders show: the list that filters find, and how an order stands."""

from collections import defaultdict
from datetime import timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, Count, DateField, F, JSONField, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Coalesce, JSONArray, TruncDate, TruncWeek
from django.utils.translation import gettext as _

from apps.core.models import Attachment
from apps.core.rows import rows_in
from apps.inventory.models import Reservation
from apps.maintenance.models import (
    OPEN,
    CoveredCycle,
    FailureKind,
    OrderComment,
    OrderStatus,
    ServiceRequest,
    WorkOrder,
    WorkOrderCost,
)
from apps.registry.models import Asset
from apps.registry.queries import all_below
from apps.registry.search import searched


def listed(tenant):
    """A tenant's orders, with what a row of a list shows."""
    rows = WorkOrder.objects.for_tenant(tenant).select_related("asset__location", "location", "station", "assigned_to")
    return rows.annotate(code=F("asset__identity__client_code"))


def orders_found(tenant, look, *, person, today, own=()):
    """Those that a look finds: the open ones by their due dates, any others newest first.

    look: q, status ("": open), origin, priority, assigned_to (a key, "me", "none"), asset, location (with all below),
    hold (a reason, "any"), overdue. own: places to which the person's pages are narrowed; what is theirs stays.
    """
    found = listed(tenant)
    status = look["status"] or "open"
    if status == "open":
        found = found.filter(status__in=OPEN)
    elif status != "all":
        found = found.filter(status=status)
    for name in ("origin", "priority", "asset"):
        if look[name]:
            found = found.filter(**{name: look[name]})
    if look["location"]:
        found = found.filter(at_places([look["location"]]))
    elif own:
        found = found.filter(at_places(own) | Q(asset=None, location=None) | Q(assigned_to=person))
    found = found.filter(_whose(look["assigned_to"], person), _held(look["hold"]))
    if look["overdue"]:
        found = found.filter(status__in=OPEN, due_date__lt=today)
    if look["q"]:
        found = found.filter(named(tenant, look["q"]))
    is_open = status == "open" or status in OPEN
    return found.order_by("due_date", "id") if is_open else found.order_by("-created_at", "-id")


def at_places(places) -> Q:
    """Orders for what is at these places, or for the places themselves, with all below them."""
    return Q(asset__location__in=all_below(places)) | Q(location__in=all_below(places))


def named(tenant, text: str) -> Q:
    """Orders whose number, title or asset a text finds."""
    assets = searched(Asset.objects.for_tenant(tenant), text, tenant=tenant)
    return Q(number__icontains=text) | Q(title__icontains=text) | Q(asset__in=assets.values("pk"))


def _whose(word, person) -> Q:
    if word == "none":
        return Q(assigned_to=None)
    return Q(assigned_to=person.pk if word == "me" else word) if word else Q()


def _held(word) -> Q:
    if word == "any":
        return ~Q(hold_reason="")
    return Q(hold_reason=word) if word else Q()


def lateness(order, today) -> str:
    """In words, by how much an open order is late, or when it is due; empty without a due date."""
    if order.due_date is None:
        return ""
    days = (order.due_date - today).days
    if not order.is_open or days > 7:
        return ""
    if days < 0:
        return _("late by 1 day") if days == -1 else _("late by %d days") % -days
    return {0: _("today"), 1: _("tomorrow")}.get(days) or _("in %d days") % days


def is_late(order, today) -> bool:
    return order.is_open and order.due_date is not None and order.due_date < today


# -- one order ----------------------------------------------------------------------------------------------------------

USUAL, MOST_USUAL, MOST_LINKS = timedelta(days=30), 6, 50
SHOWN_FILES = ("work_orders", "wo_tasks", "wo_comments")


def photos_of(order, *rows) -> dict:
    """{key: photos, oldest first} of an order and of rows around it; one query."""
    keys = [order.pk, *(row.pk for row in rows)]
    found = defaultdict(list)
    wanted = Attachment.objects.for_tenant(order.tenant_id).filter(entity_type__in=SHOWN_FILES, entity_id__in=keys)
    for file in wanted.order_by("pk"):
        found[file.entity_id].append(file)
    return found


def with_lists(orders, *, now):
    """Orders, each with the short lists that its page shows (`rows_from` reads them): `said` (OrderComment), `kept`
    (Reservation), `booked` (WorkOrderCost), `reported` (ServiceRequest), `does_as_well` (CoveredCycle), and `usual`: the
    keys of (problem, cause, remedy) of repairs lately, those most often given first; none where no code is asked for.
    """
    of_order = {"tenant": OuterRef("tenant"), "work_order": OuterRef("pk")}
    kept = Reservation.objects.filter(tenant=OuterRef("tenant"), reference=OuterRef("number")).order_by("part__sku")
    asks_for_codes = When(pm_schedule=None, status__in=(OrderStatus.READY, OrderStatus.IN_PROGRESS), then=_usual(now))
    return orders.annotate(
        said=rows_in(
            OrderComment.objects.filter(**of_order).order_by("created_at", "pk"),
            "id", "text", "created_at", "user__id", "user__display_name", "user__email",
        ),
        kept=rows_in(
            kept, "id", "quantity", "qty_open", "part__id", "part__sku", "part__name", "part__unit", "warehouse__id",
            "warehouse__name",
        ),
        booked=rows_in(
            WorkOrderCost.objects.filter(**of_order).order_by("created_at", "pk"),
            "id", "kind", "supplier", "reference", "amount",
        ),
        reported=rows_in(
            ServiceRequest.objects.filter(**of_order).order_by("created_at", "pk")[:MOST_LINKS], "number", "created_at"
        ),
        does_as_well=rows_in(
            CoveredCycle.objects.filter(**of_order).order_by("pm_schedule__name"), "pm_schedule__id", "pm_schedule__name"
        ),
        usual=Case(asks_for_codes, default=Value([], output_field=ArrayField(JSONField()))),
    )  # fmt: skip


def _usual(now):
    kinds = [kind.value for kind in FailureKind]
    done = WorkOrder.objects.filter(
        tenant=OuterRef("tenant"), status=OrderStatus.CLOSED, closed_at__gte=now - USUAL,
        **{f"{kind}__is_active": True for kind in kinds},
    ).order_by().values(*kinds)  # fmt: skip
    done = done.annotate(count=Count("pk"), keys=JSONArray(*kinds)).order_by("-count", *kinds)
    return ArraySubquery(done.values("keys")[:MOST_USUAL])


# -- planning -----------------------------------------------------------------------------------------------------------


def weekly_load(tenant, *, today) -> dict:
    """{key of a person (None: nobody): {Monday (None: no day): (orders, minutes, orders without an estimate)}} of open
    orders, by the day on which they are planned, else due; what is late counts for this week."""
    planned = TruncDate("planned_start", tzinfo=tenant.zone)
    rows = WorkOrder.objects.for_tenant(tenant).filter(status__in=OPEN)
    rows = rows.annotate(week=TruncWeek(Coalesce(planned, "due_date"), output_field=DateField())).values_list(
        "assigned_to", "week"
    )
    counted = rows.annotate(
        count=Count("pk"),
        minutes=Coalesce(Sum("estimated_minutes"), 0),
        unknown=Count("pk", filter=Q(estimated_minutes=None)),
    )
    found: dict = defaultdict(lambda: defaultdict(lambda: (0, 0, 0)))
    this_week = today - timedelta(days=today.weekday())
    for person, week, *numbers in counted:
        cell = week and max(week, this_week)
        found[person][cell] = tuple(map(sum, zip(found[person][cell], numbers, strict=True)))
    return found
