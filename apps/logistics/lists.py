"""What the lists of logistics find."""

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.core.uploads import attachments_of
from apps.logistics.models import (
    OPEN,
    AssetMovement,
    Handover,
    MovementStatus,
    Shipment,
    ShipmentStatus,
    YardCount,
    YardCountLine,
)
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


def with_handovers(rows) -> list:
    """These movements of one tenant, each with its `handover`: how it came to who received it; None where nobody gave it.

    What travels in a unit was handed over with it; what travels on a shipment alone, or with others of that shipment.
    """
    rows = list(rows)
    own, shared = {row.carried_by_id or row.pk for row in rows}, {row.shipment_id for row in rows} - {None}
    found: dict = {}
    if rows:
        taken = Handover.objects.for_tenant(rows[0].tenant_id).filter(taken_at__isnull=False)
        taken = taken.filter(Q(movement__in=own) | Q(shipment__in=shared))
        for one in taken.select_related("given_by", "taken_by", "signature"):
            found[one.movement_id or (one.shipment_id, one.taken_at)] = one
    for row in rows:
        row.handover = found.get(row.carried_by_id or row.pk) or found.get((row.shipment_id, row.received_at))
    return rows


def with_photos(rows) -> list:
    """These movements of one tenant, each with its `photos_out` and `photos_at_end`."""
    rows = list(rows)
    found = attachments_of(rows)
    for row in rows:
        row.photos_out = [photo for photo in found[row.pk] if photo.pk not in row.photos_in]
        row.photos_at_end = [photo for photo in found[row.pk] if photo.pk in row.photos_in]
    return rows


def shipments(tenant, look):
    """Shipments, as a look asks, the newest first; `of`: how many movements are on each, `arrived` of them."""
    handled = AssetMovement.objects.for_tenant(tenant).by_themselves().exclude(status=MovementStatus.CANCELLED)
    arrived = handled.filter(status=MovementStatus.RECEIVED)
    rows = Shipment.objects.for_tenant(tenant)
    rows = rows.annotate(of=_number(handled, "shipment"), arrived=_number(arrived, "shipment"))
    if look["status"] == "":
        rows = rows.exclude(status__in=(ShipmentStatus.RECEIVED, ShipmentStatus.CANCELLED))
    elif look["status"] in ShipmentStatus.values:
        rows = rows.filter(status=look["status"])
    if text := look["q"]:
        rows = rows.filter(
            Q(jms_reference__icontains=text) | Q(vehicle__icontains=text) | Q(driver_name__icontains=text)
        )
    return rows.order_by("-created_at", "pk")


def yard_counts(tenant, look):
    """Counts of yards, the newest first; how many assets were `expected` at each, `found` of them, and `unexpected`."""
    lines = YardCountLine.objects.for_tenant(tenant)
    expected = lines.filter(is_expected=True)
    rows = YardCount.objects.for_tenant(tenant).select_related("location", "started_by")
    rows = rows.annotate(
        expected=_number(expected, "count"),
        found=_number(expected.filter(found_at__isnull=False), "count"),
        unexpected=_number(lines.filter(is_expected=False), "count"),
    )
    if look["status"]:
        rows = rows.filter(status=look["status"])
    return rows.order_by("-started_at", "pk")


def _number(rows, of):
    """How many rows belong to each of a list, by their `of`: the database counts for those that a page shows alone."""
    own = rows.filter(**{of: OuterRef("pk")}).order_by().values(of)
    return Coalesce(Subquery(own.annotate(number=Count("pk")).values("number")), 0)
