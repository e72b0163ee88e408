"""What the lists of logistics find."""

from django.db.models import Q
from django.utils import timezone

from apps.logistics.models import OPEN, AssetMovement, MovementStatus, Shipment, ShipmentStatus
from apps.registry.queries import all_below


def movements(tenant, look):
    """The movements that people handle, as a look asks, the newest first."""
    rows = AssetMovement.objects.for_tenant(tenant).by_themselves().with_names()
    which = look["which"]
    if which == "":
        rows = rows.filter(status__in=OPEN)
    elif which == "out":
        rows = rows.outstanding()
    elif which == "overdue":
        rows = rows.overdue(timezone.localdate())
    elif which in MovementStatus.values:
        rows = rows.filter(status=which)
    if look["asset"]:
        rows = rows.filter(asset=look["asset"])
    if look["location"]:
        below = all_below([look["location"]])
        rows = rows.filter(Q(from_location__in=below) | Q(to_location__in=below))
    if text := look["q"]:
        rows = rows.filter(
            Q(asset__name__icontains=text)
            | Q(asset__identity__client_code__istartswith=text)
            | Q(gate_pass_ref__istartswith=text)
            | Q(shipment__jms_reference__istartswith=text)
        )
    return rows.order_by("-created_at", "pk")


def shipments(tenant, look):
    """Shipments, as a look asks, the newest first; `of`: how many movements are on each, `arrived` of them."""
    rows = Shipment.objects.for_tenant(tenant).with_counts()
    if look["status"] == "":
        rows = rows.exclude(status__in=(ShipmentStatus.RECEIVED, ShipmentStatus.CANCELLED))
    elif look["status"] in ShipmentStatus.values:
        rows = rows.filter(status=look["status"])
    if text := look["q"]:
        rows = rows.filter(
            Q(jms_reference__icontains=text) | Q(vehicle__icontains=text) | Q(driver_name__icontains=text)
        )
    return rows.order_by("-created_at", "pk")
