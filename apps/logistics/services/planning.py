"""Before a movement leaves: it is prepared, also to bring something back, changed, or given up. Source: domain §5."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.logistics.models import AssetMovement, MovementStatus, Shipment, ShipmentStatus
from apps.logistics.services.passes import checked_pass
from apps.logistics.services.steps import (
    add,
    lock_movements,
    moving,
    refuse,
    same_tenant,
    settle_shipments,
    store,
    tenant_of,
)
from apps.registry.models import Asset, AssetStatus


@transaction.atomic
def plan_movements(
    assets, to_location, *, by, shipment=None, returnable=False, expected_return=None, gate_pass_ref="", notes=""
) -> list[AssetMovement]:
    """Prepare assets to go somewhere; nothing moves yet. Returns their movements, in the order of assets.

    expected_return: the day, where they come back. One that goes back to where it came from brings back what was
    returnable. Raises BrokenRule, naming them, for assets that are retired, there already, about to leave, or mounted
    in a unit; and for a shipment that has left.
    """
    tenant = tenant_of(assets)
    same_tenant(assets[0], to_location, shipment)
    with moving(tenant.pk):
        return _plan(
            tenant, [(asset.pk, to_location, None) for asset in assets], by=by, shipment=shipment, returnable=returnable,
            expected_return=expected_return, gate_pass_ref=gate_pass_ref, notes=notes,
        )  # fmt: skip


@transaction.atomic
def return_movements(movements, *, by, to_location=None, shipment=None, notes="") -> list[AssetMovement]:
    """Prepare what is returnable to come back: to where it left, or to `to_location`. Returns the movements back.

    Some of a pass may come back now, and others later. Raises BrokenRule for what is back already, or not returnable.
    """
    tenant = tenant_of(movements)
    same_tenant(movements[0], to_location, shipment)
    with moving(tenant.pk):
        rows = lock_movements(movements)
        out = set(
            AssetMovement.objects.for_tenant(tenant)
            .outstanding()
            .filter(pk__in=[row.pk for row in rows])
            .values_list("pk", flat=True)
        )
        refuse(_("%s is not to come back, or is back already.") % row.asset for row in rows if row.pk not in out)
        items = [(row.asset_id, to_location or row.from_location, row) for row in rows]
        return _plan(tenant, items, by=by, shipment=shipment, notes=notes)


def _plan(tenant, items, *, by, shipment, notes, returnable=False, expected_return=None, gate_pass_ref=""):
    """items: (key of an asset, where it goes, what it returns or None)."""
    _check_plan(tenant, {place for _key, place, _returns in items}, shipment, returnable, expected_return)
    assets = Asset.objects.for_tenant(tenant).select_related("location").filter(pk__in=[key for key, *_rest in items])
    assets = assets.order_by("pk").locked().in_bulk()
    open_rows = AssetMovement.objects.for_tenant(tenant).open().select_related("to_location").filter(asset__in=assets)
    underway = {row.asset_id: row for row in open_rows}
    refuse(filter(None, (_unfit(assets[key], place, underway.get(key)) for key, place, _returns in items)))
    out = (
        AssetMovement.objects.for_tenant(tenant).outstanding().filter(asset__in=assets, status=MovementStatus.RECEIVED)
    )
    out = {(row.asset_id, row.from_location_id): row for row in out.order_by("pk")}
    rows = [
        AssetMovement(
            tenant=tenant, asset=assets[key], from_location=assets[key].location, to_location=place, shipment=shipment,
            returnable=returnable, expected_return=expected_return if returnable else None,
            returns=returns or out.get((key, place.pk)), notes=notes.strip(), created_by=by,
        )
        for key, place, returns in items
    ]  # fmt: skip
    if gate_pass_ref.strip():
        number = checked_pass(tenant, rows, gate_pass_ref)
        for row in rows:
            row.gate_pass_ref = number
    add(rows)
    settle_shipments([row.shipment_id for row in rows])
    return rows


def _check_plan(tenant, places, shipment, returnable, expected_return) -> None:
    for place in places:
        if not place.is_active:
            raise BrokenRule(_("%s is not in use any more; choose another place.") % place)
    if shipment is not None:
        check_loadable(Shipment.objects.locked().get(pk=shipment.pk))
    if returnable:
        check_expected(tenant, expected_return)


def check_loadable(shipment) -> None:
    if shipment.status != ShipmentStatus.PLANNED or shipment.departed_at:
        raise BrokenRule(_("%s has left, or was cancelled; nothing is put on it any more.") % shipment)


def check_expected(tenant, day) -> None:
    if day is None:
        raise BrokenRule(_("Say when it is expected back."), code="expected_return")
    if day < tenant.local(timezone.now()).date():
        raise BrokenRule(_("It cannot be expected back on a day that is over."), code="expected_return")


def _unfit(asset, place, underway) -> str:
    """Why an asset cannot be prepared to go there; "" where it can."""
    words = {"asset": asset, "place": place}
    if asset.status == AssetStatus.RETIRED:
        return _("%(asset)s is retired; it moves no more.") % words
    if asset.parent_id:
        return _("%(asset)s is mounted in a unit; take it out of that first.") % words
    if underway:
        words |= {"to": underway.to_location, "status": underway.get_status_display().lower()}
        return _("%(asset)s has a movement to %(to)s already, which is %(status)s.") % words
    if asset.location_id == place.pk:
        return _("%(asset)s is at %(place)s already.") % words
    return ""


@transaction.atomic
def change_movement(movement, *, by, seen=None, **fields) -> AssetMovement:
    """Change what a movement says: to_location, returnable, shipment, condition_out and notes as long as it is planned;
    expected_return until it is back.

    Raises Conflict; BrokenRule for what cannot be changed any more.
    """
    with moving(movement.tenant_id):
        (row,) = lock_movements([movement], seen=seen and {movement.pk: seen})
        if row.status != MovementStatus.PLANNED:
            is_out = AssetMovement.objects.for_tenant(row.tenant_id).outstanding().filter(pk=row.pk).exists()
            if not is_out or fields.keys() - {"expected_return"}:
                raise BrokenRule(_("%(row)s is %(status)s.") % {"row": row, "status": row.get_status_display().lower()})
        former = row.shipment_id
        for name, value in fields.items():
            setattr(row, name, value)
        same_tenant(row, row.to_location, row.shipment)
        if row.to_location_id == row.from_location_id:
            raise BrokenRule(_("%(asset)s is at %(place)s already.") % {"asset": row.asset, "place": row.to_location})
        if row.status == MovementStatus.PLANNED:
            moved_to = row.shipment if row.shipment_id != former else None
            _check_plan(row.tenant, {row.to_location}, moved_to, row.returnable, row.expected_return)
        elif row.returnable:
            check_expected(row.tenant, row.expected_return)
        if not row.returnable:
            row.expected_return = None
        store([row], ["to_location", "returnable", "expected_return", "condition_out", "notes", "shipment"])
        settle_shipments([former, row.shipment_id])
    return row


@transaction.atomic
def cancel_movements(movements, *, by, reason="", seen=None) -> list[AssetMovement]:
    """Give up movements that have not left. Returns them. Raises BrokenRule for what has."""
    tenant = tenant_of(movements)
    with moving(tenant.pk):
        return cancel(lock_movements(movements, seen=seen), reason=reason)


def cancel(rows, *, reason):
    """As cancel_movements, of rows that are locked."""
    for row in rows:
        row.move_to(MovementStatus.CANCELLED)
        row.reason = reason.strip()
    store(rows, ["status", "reason"], reason=reason.strip())
    settle_shipments([row.shipment_id for row in rows])
    return rows
