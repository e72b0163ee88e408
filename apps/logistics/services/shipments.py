"""Shipments: several movements on one truck, dispatched together and received by what was scanned."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, Conflict
from apps.logistics.models import AssetMovement, MovementStatus, Shipment, ShipmentStatus
from apps.logistics.services.arriving import arrive
from apps.logistics.services.leaving import depart
from apps.logistics.services.planning import cancel, check_loadable
from apps.logistics.services.steps import (
    lock_movements,
    moving,
    refuse,
    same_tenant,
    settle_shipments,
    store,
    tenant_of,
)
from apps.registry.models import Asset


@dataclass
class Receipt:
    """What a receipt came to, by movements; unexpected: what was scanned and is none of the shipment."""

    received: list[AssetMovement] = field(default_factory=list)
    already: list[AssetMovement] = field(default_factory=list)
    missing: list[AssetMovement] = field(default_factory=list)
    unexpected: list[Asset] = field(default_factory=list)

    @property
    def words(self) -> str:
        """In a sentence or a few, for who has scanned."""
        told = [_("%d received.") % len(self.received)]
        for sentence, rows in (
            (_("Still missing: %s."), [row.asset for row in self.missing]),
            (_("Received before: %s."), [row.asset for row in self.already]),
            (_("Not of this shipment: %s."), self.unexpected),
        ):
            if rows:
                told.append(sentence % (", ".join(map(str, rows[:10])) + (" …" if len(rows) > 10 else "")))
        return " ".join(told)


@transaction.atomic
def save_shipment(shipment, *, by, seen=None) -> Shipment:
    """Store a new or changed shipment: reference, driver, vehicle, notes. Returns it.

    Raises Conflict; BrokenRule for a reference that another one has, and for a change of one that is over.
    """
    if not shipment._state.adding:
        former = lock_shipment(shipment, seen=seen)
        refuse_over(former)
        for name in ("status", "departed_at", "manifest_pdf_url", "version"):  # not this form's
            setattr(shipment, name, getattr(former, name))
        shipment.version += 1
    else:
        shipment.created_by = by
    shipment.jms_reference = " ".join(shipment.jms_reference.split())
    taken = Shipment.objects.for_tenant(shipment.tenant_id).filter(jms_reference=shipment.jms_reference)
    if taken.exclude(pk=shipment.pk).exists():
        raise BrokenRule(_("There is a shipment %s already; choose another reference.") % shipment, code="taken")
    shipment.full_clean(exclude=["tenant", "created_by"], validate_constraints=False)
    shipment.save()
    return shipment


@transaction.atomic
def load_movements(shipment, movements, *, by) -> Shipment:
    """Put planned movements on a shipment that has not left. Returns it."""
    tenant = tenant_of(movements)
    same_tenant(movements[0], shipment)
    with moving(tenant.pk):
        rows = lock_movements(movements)
        shipment = lock_shipment(shipment)
        check_loadable(shipment)
        refuse(_("%s has left already.") % row for row in rows if row.status != MovementStatus.PLANNED)
        former = {row.shipment_id for row in rows}
        for row in rows:
            row.shipment = shipment
        store(rows, ["shipment"])
        settle_shipments({*former, shipment.pk})
    return lock_shipment(shipment)


@transaction.atomic
def unload_movements(movements, *, by) -> list[AssetMovement]:
    """Take movements that did not leave off their shipment; they stay planned."""
    tenant = tenant_of(movements)
    with moving(tenant.pk):
        rows = lock_movements(movements)
        refuse(_("%s has left already.") % row for row in rows if row.status != MovementStatus.PLANNED)
        former = {row.shipment_id for row in rows}
        for row in rows:
            row.shipment = None
        store(rows, ["shipment"])
        settle_shipments(former)
    return rows


@transaction.atomic
def dispatch_shipment(
    shipment, *, by, movements=None, gate_pass_ref="", at=None, take_off=False, seen=None, **conditions
) -> Shipment:
    """Have a shipment leave: all that is planned on it, or the `movements` that were scanned; the rest stays planned.

    The rest as dispatch_movements. Returns the fresh shipment. Raises BrokenRule where nothing is on it to leave.
    """
    with moving(shipment.tenant_id):
        planned = AssetMovement.objects.for_tenant(shipment.tenant_id).by_themselves().filter(shipment=shipment)
        planned = planned.filter(status=MovementStatus.PLANNED)
        shipment = lock_shipment(shipment, seen=seen)
        refuse_over(shipment)
        if movements is not None:
            scanned = {movement.pk for movement in movements}
            refuse(_("%s is not on this shipment.") % row for row in movements if row.shipment_id != shipment.pk)
            planned = planned.filter(pk__in=scanned)
        planned = list(planned.order_by("created_at", "pk"))
        if not planned:
            raise BrokenRule(_("Nothing is on %s that could leave.") % shipment)
        tenant, rows = tenant_of(planned), lock_movements(planned)
        depart(
            tenant, rows, by=by, gate_pass_ref=gate_pass_ref, at=at, take_off=take_off, **conditions
        )  # fmt: skip
    return lock_shipment(shipment)


@transaction.atomic
def receive_shipment(
    shipment, *, by, movements=None, assets=(), location=None, at=None, seen=None, **conditions
) -> Receipt:
    """Receive what was scanned of a shipment: movements, and assets by their labels; None and no assets: all of it.

    What is missing stays in transit and is named; so is what came before, and what is none of the shipment. Two gates
    may receive at once: each thing is received at one. Returns a Receipt.
    """
    same_tenant(shipment, location, *(movements or ()), *assets)
    with moving(shipment.tenant_id):
        shipment = lock_shipment(shipment, seen=seen)
        own = AssetMovement.objects.for_tenant(shipment.tenant_id).by_themselves().filter(shipment=shipment)
        own = own.exclude(status__in=(MovementStatus.CANCELLED, MovementStatus.PLANNED))
        own = list(own.select_related("asset").order_by("created_at", "pk"))
        if not own:
            raise BrokenRule(_("%s has not left.") % shipment)
        is_all = movements is None and not assets
        keys, labels = {row.pk for row in movements or ()}, {asset.pk for asset in assets}
        meant = [row for row in own if is_all or row.pk in keys or row.asset_id in labels]
        known, meant_keys = {row.asset_id for row in own}, {row.pk for row in meant}
        mine = {row.pk for row in own}
        receipt = Receipt(
            already=[row for row in meant if row.status != MovementStatus.IN_TRANSIT and not is_all],
            missing=[row for row in own if row.status == MovementStatus.IN_TRANSIT and row.pk not in meant_keys],
            unexpected=[asset for asset in assets if asset.pk not in known]
            + [row.asset for row in movements or () if row.pk not in mine],
        )
        coming = [row for row in meant if row.status == MovementStatus.IN_TRANSIT]
        if coming:
            tenant, rows = tenant_of(coming), lock_movements(coming)
            receipt.received = arrive(tenant, rows, by=by, location=location, at=at, **conditions)
        elif is_all:
            raise BrokenRule(_("Nothing of %s is on its way any more.") % shipment)
    return receipt


@transaction.atomic
def cancel_shipment(shipment, *, by, reason="", seen=None) -> Shipment:
    """Give up a shipment that has not left, with its movements. Returns it."""
    with moving(shipment.tenant_id):
        own = AssetMovement.objects.for_tenant(shipment.tenant_id).filter(shipment=shipment)
        planned = list(own.filter(status=MovementStatus.PLANNED).order_by("pk"))
        rows = lock_movements(planned) if planned else []
        shipment = lock_shipment(shipment, seen=seen)
        refuse_over(shipment)
        if shipment.status != ShipmentStatus.PLANNED:
            raise BrokenRule(_("%s has left; it can only be received.") % shipment)
        if rows:
            cancel(rows, reason=reason)
            shipment = lock_shipment(shipment)
        if shipment.status != ShipmentStatus.CANCELLED:
            shipment.status = ShipmentStatus.CANCELLED
            shipment.version += 1
            shipment._change_reason = reason.strip()
            shipment.save()
    return shipment


def lock_shipment(shipment, *, seen=None) -> Shipment:
    """The shipment, locked and fresh. Raises Conflict where it is not at the version that was seen."""
    shipment = Shipment.objects.locked().select_related("tenant").get(pk=shipment.pk)
    if seen not in (None, shipment.version):
        raise Conflict(_("%s has changed meanwhile; nothing was done. Look at it again.") % shipment, current=shipment)
    return shipment


def refuse_over(shipment) -> None:
    if not shipment.is_open:
        words = {"shipment": shipment, "status": shipment.get_status_display().lower()}
        raise BrokenRule(_("%(shipment)s is %(status)s.") % words)
