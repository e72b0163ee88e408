"""Movements arrive, or are given up as lost on their way. Source: domain §5."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import NotAllowed
from apps.core.moments import entered, reasoned
from apps.core.uploads import attach
from apps.logistics.models import AssetMovement, MovementStatus
from apps.logistics.services.steps import (
    carried,
    lock_movements,
    moment_words,
    moving,
    refuse,
    same_tenant,
    settle_shipments,
    store,
    store_assets,
    tenant_of,
    usual_status,
)
from apps.logistics.telling import is_back
from apps.registry.models import Asset, AssetStatus
from apps.registry.services import retire_asset


@transaction.atomic
def receive_movements(
    movements, *, by, location=None, condition="", conditions=None, photos=None, at=None, seen=None
) -> list[AssetMovement]:
    """Note that movements have arrived: where they should, or at `location`, which is then recorded as such.

    Their assets are there from now on, as they stood before. at: when; now, if None. The rest as dispatch_movements.
    Raises Conflict; NotAllowed where, outside agile mode, the person dispatched them; BrokenRule for what is not on its
    way.
    """
    tenant = tenant_of(movements)
    same_tenant(movements[0], location)
    with moving(tenant.pk):
        rows = lock_movements(movements, seen=seen)
        return arrive(
            tenant, rows, by=by, location=location, condition=condition, conditions=conditions, photos=photos, at=at
        )  # fmt: skip


def arrive(tenant, rows, *, by, location=None, condition="", conditions=None, photos=None, at=None):
    """As receive_movements, of rows that are locked."""
    at = entered(at)
    check_other_person(tenant, rows, by)
    for row in rows:
        row.move_to(MovementStatus.RECEIVED)
    refuse(
        _("%(asset)s left at %(left)s; it cannot have arrived before.")
        % {"asset": row.asset, "left": moment_words(tenant, row.dispatched_at)}
        for row in rows
        if at < row.dispatched_at
    )
    inside = carried(rows)
    unit = {row.pk: row for row in rows}
    for row in (*rows, *inside):
        carrier = unit[row.carried_by_id or row.pk]
        row.status, row.received_by, row.received_at = MovementStatus.RECEIVED, by, at
        row.received_location = location or carrier.to_location
    for row in rows:
        row.condition_in = ((conditions or {}).get(row.pk) or condition or row.condition_in).strip()
        kept = (photos or {}).get(row.pk, ())
        attach(kept, row)
        row.photos_in = [*row.photos_in, *(photo.pk for photo in kept)]
    fields = ["status", "received_by", "received_at", "received_location", "condition_in", "photos_in"]
    store([*rows, *inside], fields)
    _put_down(tenant, [*rows, *inside])
    settle_shipments([row.shipment_id for row in rows])
    is_back(tenant, [row.returns_id for row in (*rows, *inside)])
    return rows


def check_other_person(tenant, rows, by) -> None:
    """Outside agile mode nobody receives what they sent."""
    if by is not None and not tenant.rules.agile_mode:
        own = [row for row in rows if row.dispatched_by_id == by.pk and row.status == MovementStatus.IN_TRANSIT]
        if own:
            raise NotAllowed(_("You dispatched %s; another person receives it.") % own[0].asset)


def _put_down(tenant, rows) -> None:
    """The assets are where their movements ended, as they stood before."""
    assets = Asset.objects.for_tenant(tenant).filter(pk__in=[row.asset_id for row in rows]).order_by("pk").locked()
    assets = assets.in_bulk()
    for row in rows:
        asset = assets[row.asset_id]
        asset.location_id = row.received_location_id
        if asset.status == AssetStatus.IN_TRANSIT:
            asset.status = usual_status(row.former_status)
    store_assets(list(assets.values()), ["location", "status"], reason=_("received"))


@transaction.atomic
def lose_movements(movements, *, by, reason, at=None, seen=None) -> list[AssetMovement]:
    """Give up what is on its way and will not arrive: its assets are retired, with all that travelled in them.

    Found again, an asset is put back in service, and its line goes on from anywhere. Returns the movements.
    """
    tenant, reason, at = tenant_of(movements), reasoned(reason), entered(at)
    with moving(tenant.pk):
        rows = lock_movements(movements, seen=seen)
        for row in rows:
            row.move_to(MovementStatus.LOST)
        inside = carried(rows)
        for row in (*rows, *inside):
            row.status, row.lost_by, row.reason = MovementStatus.LOST, by, reason
            row.lost_at = max(at, row.dispatched_at)
        store([*rows, *inside], ["status", "lost_by", "lost_at", "reason"], reason=reason)
        for row in sorted(rows, key=lambda row: row.asset_id):
            retire_asset(row.asset, reason=reason)
        settle_shipments([row.shipment_id for row in rows])
    return rows
