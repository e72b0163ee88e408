"""A technician's own work, in the order in which it is done."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, IntegerField, Q, Value, When

from apps.maintenance.models import OPEN, LabourEntry, OrderStatus, Priority, RequestStatus, ServiceRequest, WorkOrder
from apps.maintenance.queries.requests import ABOUT, CODE, URGENCIES, reports
from apps.maintenance.services import is_emergency, running_timer
from apps.registry.models import AssetStatus
from apps.registry.queries import all_below, own_places

STANDS = Q(asset__status=AssetStatus.OUT_OF_SERVICE) | Q(station__status="blocked")  # as services.steps.stands
MOST = 30  # of each kind: what comes after is on the list of all orders


@dataclass
class Mine:
    """running: the own time that runs. begun: own orders; next: those to come, each with whether it may begin now; free:
    ready ones of nobody. urgent: requests that may be taken."""

    today: date
    running: LabourEntry | None
    begun: list[WorkOrder]
    next: list[tuple[WorkOrder, bool]]
    free: list[WorkOrder]
    urgent: list[ServiceRequest]

    def __bool__(self):
        return bool(self.running or self.begun or self.next or self.free or self.urgent)


def my_work(person, tenant, *, today) -> Mine:
    """What a person has begun, has to do and may take: critical first, then by the day it is due, then by priority."""
    rows = _in_order(tenant)
    own = list(rows.filter(assigned_to=person, status__in=OPEN)[: 2 * MOST])
    running = running_timer(tenant, person)
    begun = [order for order in own if order.status == OrderStatus.IN_PROGRESS]
    return Mine(
        today=today,
        running=running,
        begun=[order for order in begun if not running or order.pk != running.work_order_id],
        next=[(order, _may_begin(order)) for order in own if order.status != OrderStatus.IN_PROGRESS][:MOST],
        free=list(rows.filter(_near(person, tenant), assigned_to=None, status=OrderStatus.READY)[:MOST]),
        urgent=list(_urgent(tenant)[:MOST]),
    )


def _in_order(tenant):
    ranks = [When(priority=priority, then=Value(rank)) for rank, priority in enumerate(URGENCIES)]
    rows = WorkOrder.objects.for_tenant(tenant).select_related(*ABOUT).annotate(code=CODE)
    rank = Case(*ranks, default=Value(len(URGENCIES)), output_field=IntegerField())
    is_critical = Case(When(priority=Priority.CRITICAL, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.alias(rank=rank, first=is_critical).order_by("first", F("due_date").asc(nulls_last=True), "rank", "id")


def _near(person, tenant) -> Q:
    """What is at the places that the person's pages are narrowed to, and what has no place of its own."""
    places = own_places(person, tenant)
    if not places:
        return Q()
    below = all_below(places)
    return Q(asset__location__in=below) | Q(location__in=below) | Q(asset=None, location=None)


def _may_begin(order) -> bool:
    return order.status == OrderStatus.READY or is_emergency(order)


def _urgent(tenant):
    """Requests that wait, where something stands or is critical."""
    urgent = Q(urgency=Priority.CRITICAL) | Q(is_down=True) | STANDS
    rows = reports(tenant).filter(urgent, status=RequestStatus.PENDING)
    return rows.order_by("created_at", "id")
