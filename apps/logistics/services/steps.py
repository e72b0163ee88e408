"""What every act on movements begins and ends with: its locks, its checks in words, and all that travels along.

The tree of assets is held first: nothing is mounted, taken out or moved by hand meanwhile. Then movements, then assets,
each by key. Everything is done for many at once, in as many statements for five hundred as for one.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.core.errors import BrokenRule, Conflict
from apps.core.trees import tree_guard
from apps.logistics.models import MOVED, AssetMovement, MovementStatus, Shipment, ShipmentStatus
from apps.logistics.models.movements import ENDED
from apps.registry.models import Asset, AssetStatus

BATCH = 500  # rows in one statement
MOST = 1000  # movements in one act
MOST_NAMED = 5


def moving(tenant_id):
    """Hold all that moves in a tenant, until the transaction ends."""
    return tree_guard(Asset, tenant_id)


def tenant_of(rows):
    """Whose rows meet in one act. Raises BrokenRule for none, for too many, and for those of two tenants."""
    if not rows:
        raise BrokenRule(_("Choose what is meant first."))
    if len(rows) > MOST:
        raise BrokenRule(_("These are more than %d at once; take fewer.") % MOST)
    for row in rows:
        same_tenant(rows[0], row)
    return rows[0].tenant


def same_tenant(row, *others) -> None:
    for other in others:
        if other is not None and other.tenant_id != row.tenant_id:
            raise BrokenRule(_("%s belongs to another tenant.") % other)


def lock_movements(movements, *, seen=None) -> list[AssetMovement]:
    """The movements, locked and fresh, in the order in which they were given; those that travel in a unit are refused.

    seen: {key: the version that the person saw}. Raises Conflict.
    """
    keys = list(dict.fromkeys(movement.pk for movement in movements))
    rows = AssetMovement.objects.filter(pk__in=keys, tenant=movements[0].tenant_id)
    rows = rows.select_related("asset").prefetch_related("from_location", "to_location")
    found = rows.order_by("pk").locked().in_bulk()
    locked = [found[key] for key in keys if key in found]
    for row in locked:
        if (seen or {}).get(row.pk) not in (None, row.version):
            raise Conflict(_("%s has changed meanwhile; nothing was done. Look at it again.") % row, current=row)
        if row.carried_by_id:
            words = {"asset": row.asset, "unit": row.carried_by.asset}
            raise BrokenRule(_("%(asset)s travels in %(unit)s; what is done to that is done to it.") % words)
    return locked


def aboard(tenant, units: Iterable) -> dict[object, list[Asset]]:
    """All that goes where a unit goes, locked: {key of a unit: [the unit, its components, …]}. units: keys of assets."""
    trees = Asset.objects.for_tenant(tenant).filter(pk__in=units).values("tree_id")
    by_tree = defaultdict(list)
    for asset in Asset.objects.for_tenant(tenant).filter(tree_id__in=trees).order_by("pk").locked():
        by_tree[asset.tree_id].append(asset)
    units = set(units)
    return {
        asset.pk: sorted(tree, key=lambda row: row.lft)
        for tree in by_tree.values()
        for asset in tree
        if asset.pk in units
    }


def keys_aboard(tenant, units) -> list:
    """The keys of all that goes where these units go; not locked."""
    trees = Asset.objects.for_tenant(tenant).filter(pk__in=units).values("tree_id")
    return list(Asset.objects.for_tenant(tenant).filter(tree_id__in=trees).values_list("pk", flat=True))


def refuse(sentences, *, code="rule") -> None:
    """Raise BrokenRule with what was found, if anything was."""
    if sentences := list(sentences):
        more = len(sentences) - MOST_NAMED
        told = " ".join(sentences[:MOST_NAMED])
        raise BrokenRule(f"{told} {_('And %d more.') % more}" if more > 0 else told, code=code)


def moment_words(tenant, moment) -> str:
    return date_format(tenant.local(moment), "Y-m-d H:i")


def store(rows, fields, *, reason="") -> None:
    """Write changed movements, each a version further."""
    for row in rows:
        row.version += 1
        row._change_reason = reason
    bulk_update_with_history(rows, AssetMovement, [*fields, "version"], batch_size=BATCH)


def add(rows) -> None:
    bulk_create_with_history(rows, AssetMovement, batch_size=BATCH, default_user=None)


def store_assets(assets, fields, *, reason) -> None:
    for asset in assets:
        asset.version += 1
    bulk_update_with_history(
        assets, Asset, [*fields, "version"], batch_size=BATCH, default_change_reason=reason
    )  # fmt: skip


def carried(rows) -> list[AssetMovement]:
    """What travels in these, locked."""
    found = AssetMovement.objects.for_tenant(rows[0].tenant_id).filter(carried_by__in=rows)
    return list(found.filter(status=MovementStatus.IN_TRANSIT).order_by("pk").locked())


def usual_status(status) -> str:
    """What an asset is when it has arrived: as before it left."""
    return AssetStatus.IN_SERVICE if status in ("", AssetStatus.IN_TRANSIT) else status


def settle_shipments(keys) -> None:
    """Have shipments say what their movements come to: the one place where their status is made."""
    keys = {key for key in keys if key}
    if not keys:
        return
    states = defaultdict(set)
    rows = AssetMovement.objects.filter(shipment__in=keys, carried_by=None).values_list("shipment_id", "status")
    for key, status in rows.order_by().distinct():
        states[key].add(status)
    for shipment in Shipment.objects.filter(pk__in=keys).order_by("pk").locked():
        status = status_of(states[shipment.pk], shipment)
        if status != shipment.status:
            shipment.status = status
            shipment.version += 1
            shipment.save()


def status_of(states, shipment) -> str:
    """A shipment's status: of the statuses of its movements. One that has none yet keeps its own."""
    live = states - {MovementStatus.CANCELLED}
    over = live & {MovementStatus.RECEIVED, MovementStatus.LOST}
    if not live:
        return (
            shipment.status if shipment.status == ShipmentStatus.CANCELLED or not states else ShipmentStatus.CANCELLED
        )
    if live == {MovementStatus.PLANNED}:
        return ShipmentStatus.PLANNED
    if live == over:
        return ShipmentStatus.RECEIVED
    return ShipmentStatus.PARTLY_RECEIVED if over else ShipmentStatus.IN_TRANSIT


def last_moments(tenant, assets) -> dict:
    """{key of an asset: when its line ended last} of those that have one."""
    rows = AssetMovement.objects.for_tenant(tenant).filter(asset__in=assets, status__in=MOVED)
    return dict(rows.values("asset_id").annotate(last=Max(ENDED)).values_list("asset_id", "last"))
