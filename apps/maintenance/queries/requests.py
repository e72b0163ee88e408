"""What was reported: the list, the queue of the triage, and what is known already of something."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Case, F, IntegerField, Q, Value, When

from apps.core.uploads import attachments_of
from apps.maintenance.models import Priority, RequestStatus, ServiceRequest, WorkOrder

MOST_SHOWN = 4
CODE = F("asset__identity__client_code")
URGENCIES = [Priority.CRITICAL, Priority.HIGH, Priority.NORMAL, Priority.LOW]
ABOUT = ("asset", "location", "station")


def reports(tenant):
    """A tenant's requests, with what their rows show."""
    rows = ServiceRequest.objects.for_tenant(tenant).select_related(*ABOUT, "reported_by", "work_order")
    return rows.annotate(code=CODE)


def found(tenant, person, look):
    """The requests that the filters of the list leave, newest first. look: a RequestsLookForm's."""
    rows = reports(tenant)
    if look["whose"] == "mine":
        rows = rows.filter(reported_by=person)
    for name in ("status", "urgency"):
        if look[name]:
            rows = rows.filter(**{name: look[name]})
    if place := look["location"]:
        below = place.get_descendants(include_self=True)
        rows = rows.filter(Q(location__in=below) | Q(asset__location__in=below))
    if text := look["q"]:
        named = Q(number__icontains=text) | Q(description__icontains=text) | Q(asset__name__icontains=text)
        rows = rows.filter(named | Q(asset__identity__client_code__icontains=text) | Q(station__code__icontains=text))
    return rows.order_by("-created_at", "-id")


def queue(tenant):
    """What waits for a supervisor, each with its `rank`: the most urgent have the lowest, their keys the oldest first."""
    ranks = [When(urgency=urgency, then=Value(rank)) for rank, urgency in enumerate(URGENCIES)]
    rank = Case(*ranks, default=Value(len(URGENCIES)), output_field=IntegerField())
    return reports(tenant).filter(status=RequestStatus.PENDING).annotate(rank=rank)


def unconfirmed(tenant):
    """Orders that were begun in an emergency, until a supervisor confirms them; the oldest first."""
    rows = WorkOrder.objects.for_tenant(tenant).filter(is_unapproved=True)
    return rows.select_related(*ABOUT, "started_by").annotate(code=CODE).order_by("created_at", "pk")


def is_about(subject) -> Q:
    """Rows of requests or orders about the same thing. subject: {"asset": …, "station": …, "location": …}, one or more.

    What is reported at a station is about its machine, too.
    """
    asked = {name: row for name, row in subject.items() if row}
    if "asset" in asked or "station" in asked:
        asked.pop("location", None)  # the place of a machine has other machines
    about = Q()
    for name, row in asked.items():
        about |= Q(**{name: row})
    if (station := asked.get("station")) and station.asset_id:
        about |= Q(asset=station.asset_id)
    if asset := asked.get("asset"):
        about |= Q(station__asset=asset)
    return about


@dataclass
class Known:
    """What is known already of something: requests that wait, orders that are open."""

    requests: list = field(default_factory=list)
    orders: list = field(default_factory=list)

    def __bool__(self):
        return bool(self.requests or self.orders)


def known_of(tenant, subject) -> Known:
    """What nobody has to report again."""
    if not subject:
        return Known()
    about = is_about(subject)
    waiting = reports(tenant).filter(about, status=RequestStatus.PENDING).order_by("-created_at", "-id")
    orders = WorkOrder.objects.for_tenant(tenant).open().filter(about).order_by("-created_at", "-id")
    return Known(list(waiting[:MOST_SHOWN]), list(orders[:MOST_SHOWN]))


def open_orders_about(request):
    """The open orders that a request may be put to."""
    about = is_about({"asset": request.asset, "station": request.station, "location": request.location})
    return WorkOrder.objects.for_tenant(request.tenant_id).open().filter(about).order_by("-created_at", "-id")


@dataclass
class Waiting:
    """A request of the queue, with its photos and the orders that it may be put to."""

    request: ServiceRequest
    photos: list
    orders: list


def waiting(requests) -> list[Waiting]:
    """The requests with what the triage shows of each; so many queries, however many they are."""
    if not requests:
        return []
    photos, orders = attachments_of(requests), _orders_by_subject(requests)
    return [
        Waiting(row, photos[row.pk], list({order.pk: order for key in _keys(row) for order in orders[key]}.values()))
        for row in requests
    ]


def _keys(request) -> list:
    """What an order has to be about, that this request may be put to it: as is_about, in keys."""
    keys = [key for key in (request.asset_id, request.station_id) if key]
    if request.station_id and request.station.asset_id:
        keys.append(request.station.asset_id)
    return keys or [request.location_id]


def _orders_by_subject(requests) -> dict:
    keys = {key for row in requests for key in _keys(row)}
    about = Q(asset__in=keys) | Q(station__in=keys) | Q(location__in=keys) | Q(station__asset__in=keys)
    rows = WorkOrder.objects.for_tenant(requests[0].tenant_id).open().filter(about).select_related("station")
    found = defaultdict(list)
    for order in rows.order_by("-created_at", "-id"):
        machine = order.station.asset_id if order.station_id else None
        for key in {order.asset_id, order.station_id, machine} - {None} or {order.location_id}:
            found[key].append(order)
    return found
