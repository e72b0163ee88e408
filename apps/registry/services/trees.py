"""What can be done to places and assets. Moves are services of their own: a stale form must not move back."""

from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.core.errors import BrokenRule
from apps.core.trees import add_nodes, tree_guard
from apps.registry.models import STEPS, Asset, AssetIdentity, AssetStatus, Location
from apps.registry.qr import new_qr_token

BATCH = 1000


def check_type(type, parent):
    """Raise BrokenRule where a place of this type cannot stand below that place."""
    if parent and type in STEPS and parent.type in STEPS and STEPS.index(type) < STEPS.index(parent.type):
        raise BrokenRule(
            _("A %(child)s cannot stand below a %(parent)s.")
            % {"child": Location(type=type).get_type_display().lower(), "parent": parent.get_type_display().lower()}
        )


def check_unit(unit):
    """Raise BrokenRule where nothing can be mounted in this unit."""
    if unit.status == AssetStatus.RETIRED:
        raise BrokenRule(_("%s is retired; nothing can be mounted in it.") % unit)


def check_in_service(asset):
    """Raise BrokenRule where an asset is changed no more."""
    if asset.status == AssetStatus.RETIRED:
        raise BrokenRule(_("%s is retired; it cannot be changed any more.") % asset)


def _check_tenant(row, *others):
    for other in others:
        if other is not None and other.tenant_id != row.tenant_id:
            raise BrokenRule(_("%s belongs to another tenant.") % other)


@transaction.atomic
def save_location(location, *, parent=None):
    """Store a new or changed place; a new one hangs below `parent` (None: a site of its own). Returns it.

    Raises BrokenRule where its type stands above its parent's or below a child's.
    """
    with tree_guard(Location, location.tenant_id):
        if location._state.adding:
            location.parent = parent
        _check_tenant(location, location.parent)
        check_type(location.type, location.parent)
        for child in Location.objects.filter(parent=location):
            check_type(child.type, location)
        location.save()
    return location


@transaction.atomic
def move_location(location, *, parent, position="last-child"):
    """Hang a place, with all below it, elsewhere. Raises BrokenRule for a circle or a type out of order."""
    with tree_guard(Location, location.tenant_id):
        target = parent.parent if parent and position in ("left", "right") else parent
        _check_tenant(location, parent)
        check_type(location.type, target)
        Location.objects.move_node(location, parent, position)
    return location


@transaction.atomic
def save_asset(asset, *, parent=None):
    """Store a new or changed asset; a new component hangs below `parent` and is where its unit is. Returns it.

    Raises BrokenRule for a new component of a retired unit, and for a change of what is retired.
    """
    with tree_guard(Asset, asset.tenant_id):
        if is_new := asset._state.adding:
            asset.parent = parent
            if parent:
                unit = Asset.objects.get(pk=parent.pk)
                check_unit(unit)
                asset.location_id = unit.location_id
        else:  # where it is and hangs is the database's word: a stale form must not move it back, nor revive it
            former = Asset.objects.locked().get(pk=asset.pk)
            check_in_service(former)
            asset.parent_id, asset.location_id = former.parent_id, former.location_id
        _check_tenant(asset, asset.parent, asset.location)
        asset.save()
        if is_new:
            identify(asset).save()
    return asset


def identify(asset, **fields) -> AssetIdentity:
    """The identity of a new asset, with a token for its label; not stored yet."""
    return AssetIdentity(tenant_id=asset.tenant_id, asset=asset, qr_token=new_qr_token(asset.tenant_id), **fields)


@transaction.atomic
def move_asset(asset, *, parent=None, location=None):
    """Mount an asset in another unit (`parent`), or place it on its own at `location`; components come along.

    Raises BrokenRule for a circle, a retired unit, or neither given.
    """
    with tree_guard(Asset, asset.tenant_id):
        asset = Asset.objects.locked().get(pk=asset.pk)
        _check_tenant(asset, parent, location)
        parent = parent and Asset.objects.get(pk=parent.pk)
        if parent is not None:
            check_unit(parent)
        if parent is None and location is None:
            raise BrokenRule(_("Say where %s goes: into a unit, or to a place.") % asset)
        if parent is not None:
            location = parent.location
        if (parent and parent.pk) != asset.parent_id:
            Asset.objects.move_node(asset, parent)
        asset.location = location
        asset.save()
        _take_components_along(asset)
    return asset


def _take_components_along(asset):
    for component in asset.get_descendants().exclude(location_id=asset.location_id).order_by("lft"):
        component.location_id = asset.location_id
        component.save()


@transaction.atomic
def retire_asset(asset, *, reason=""):
    """End an asset's service, with its components. What refers to it stays. Raises BrokenRule if it is retired."""
    with tree_guard(Asset, asset.tenant_id):
        asset = Asset.objects.locked().get(pk=asset.pk)
        if asset.status == AssetStatus.RETIRED:
            raise BrokenRule(_("%s is retired already.") % asset)
        for part in asset.get_descendants(include_self=True).order_by("lft"):
            part.status = AssetStatus.RETIRED
            part._change_reason = reason
            part.save()
    asset.refresh_from_db()
    return asset


@transaction.atomic
def save_many(model, tenant, *, new, changed, fields, reason):
    """Store many new and changed places, or assets, that were checked, under the lock of their tree; with history.

    new: each with its parent's key, after its parent. fields: what differs in `changed`; never where a row hangs.
    """
    with tree_guard(model, tenant.pk):
        if new:
            add_nodes(model, tenant.pk, new, batch_size=BATCH, default_change_reason=reason)
            if model is Asset:
                identities = [identify(asset) for asset in new]
                bulk_create_with_history(identities, AssetIdentity, batch_size=BATCH, default_change_reason=reason)
        if changed and fields:
            bulk_update_with_history(changed, model, fields, batch_size=BATCH, default_change_reason=reason)
