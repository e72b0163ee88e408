"""Assets: make, change, move, take out of service, retire, delete; each raises the version that forms compare."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from apps.core.errors import BrokenRule, Conflict
from apps.core.hooks import assets_moved, assets_retired, journeys_of
from apps.core.trees import tree_guard
from apps.registry.models import Asset, AssetIdentity, AssetMeter, AssetSpec, AssetStatus, AssetTerm
from apps.registry.services.trees import check_tenant, identify, refuse_referred

PARTS = (AssetIdentity, AssetSpec, AssetMeter, AssetTerm)  # go with their asset
BATCH = 200  # of a unit's components, in one statement


def check_unit(unit):
    """Raise BrokenRule where nothing can be mounted in this unit."""
    if unit.status == AssetStatus.RETIRED:
        raise BrokenRule(_("%s is retired; nothing can be mounted in it.") % unit)
    if unit.status == AssetStatus.IN_TRANSIT:
        raise BrokenRule(_("%s is in transit; mount it when that has arrived.") % unit)


def check_in_service(asset):
    """Raise BrokenRule where an asset is changed no more."""
    if asset.status == AssetStatus.RETIRED:
        raise BrokenRule(_("%s is retired; it cannot be changed any more.") % asset)


def lock_asset(asset, *, seen=None) -> Asset:
    """The asset, locked and fresh. Raises Conflict where it is not at the version that was seen."""
    asset = Asset.objects.locked().get(pk=asset.pk)
    if seen not in (None, asset.version):
        raise Conflict(_("%s has changed meanwhile; nothing was done. Look at it again.") % asset, current=asset)
    return asset


def raise_version(asset) -> None:
    """Something around an asset has changed: whoever looks at it has seen another one."""
    Asset.objects.filter(pk=asset.pk).update(version=F("version") + 1)  # no part of its history


@transaction.atomic
def save_asset(asset, *, parent=None, identity=None, seen=None):
    """Store a new or changed asset with its identity; a new component hangs below `parent` and is where its unit is.

    identity: {"client_code", "barcode_manufacturer"}, those that are given. seen: the version that the person saw.
    Returns the asset. Raises Conflict; BrokenRule for a new component of a retired unit, for a change of what is
    retired, and for a code that another asset has.
    """
    with tree_guard(Asset, asset.tenant_id):
        if is_new := asset._state.adding:
            asset.parent = parent
            if parent:
                unit = Asset.objects.get(pk=parent.pk)
                check_unit(unit)
                asset.location_id = unit.location_id
        else:  # where it is, hangs and how it stands is the database's word: a stale form must not move or revive it
            former = lock_asset(asset, seen=seen)
            check_in_service(former)
            asset.parent_id, asset.location_id, asset.status = former.parent_id, former.location_id, former.status
            asset.version = former.version
        check_tenant(asset, asset.parent, asset.location)
        _refuse_code_taken(asset, (identity or {}).get("client_code"))
        if is_new:
            asset.save()
            asset.identity = identify(asset, **identity or {})
            asset.identity.save()
        elif _differs(asset, former) | _save_identity(asset, identity or {}):
            asset.version += 1
            asset.save()
    return asset


def _differs(asset, former) -> bool:
    fields = [f.attname for f in Asset._meta.concrete_fields if f.name not in ("updated_at", "version")]
    tree = {"lft", "rght", "tree_id", "level"}
    return any(getattr(asset, name) != getattr(former, name) for name in fields if name not in tree)


def _save_identity(asset, fields) -> bool:
    """Store what differs; whether anything did."""
    row = AssetIdentity.objects.locked().filter(asset=asset).first() or identify(asset)
    differs = {name: value for name, value in fields.items() if getattr(row, name) != value}
    if differs or row._state.adding:
        for name, value in differs.items():
            setattr(row, name, value)
        row.save()
        asset.identity = row
    return bool(differs)


def _refuse_code_taken(asset, code) -> None:
    if code:
        others = AssetIdentity.objects.for_tenant(asset.tenant_id).filter(client_code=code).exclude(asset=asset)
        if other := others.select_related("asset").first():
            raise BrokenRule(
                _("%(asset)s has the code %(code)s already; choose another.") % {"asset": other.asset, "code": code},
                code="code_taken",
            )


@transaction.atomic
def move_asset(asset, *, parent=None, location=None, by=None, seen=None):
    """Mount an asset in another unit (`parent`), or place it on its own at `location`; components come along.

    by: the User who moved it, or None for the system; custody says so. Raises Conflict; BrokenRule for a circle, a
    retired asset or unit, one that is in transit or about to leave, or neither given.
    """
    with tree_guard(Asset, asset.tenant_id):
        asset = lock_asset(asset, seen=seen)
        check_in_service(asset)
        check_tenant(asset, parent, location)
        parent = parent and Asset.objects.get(pk=parent.pk)
        if parent is not None:
            check_unit(parent)
        if parent is None and location is None:
            raise BrokenRule(_("Say where %s goes: into a unit, or to a place.") % asset)
        if parent is not None:
            location = parent.location
        former = dict(asset.get_descendants(include_self=True).values_list("pk", "location_id"))
        if (parent and parent.pk) != asset.parent_id:
            Asset.objects.move_node(asset, parent)
        elif asset.location_id == location.pk:
            return asset
        asset.location = location
        asset.version += 1
        asset.save()
        along = _take_components_along(asset)
        assets_moved([asset, *along], former, by=by)
    return asset


def _take_components_along(asset) -> list[Asset]:
    elsewhere = asset.get_descendants().exclude(location_id=asset.location_id)
    return _change_all(elsewhere, "location_id", asset.location_id)


def _change_all(assets, name, value, *, reason="") -> list[Asset]:
    """Give many assets of a tree one value, each with its history, in as many statements for ten as for two hundred."""
    rows = list(assets.order_by("lft"))
    for row in rows:
        setattr(row, name, value)
        row.version += 1
    if rows:
        fields = [name.removesuffix("_id"), "version"]
        bulk_update_with_history(rows, Asset, fields, batch_size=BATCH, default_change_reason=reason)
    return rows


@transaction.atomic
def set_out_of_service(asset, *, reason, seen=None):
    """Take an asset out of service, for a reason. Raises Conflict; BrokenRule where it is not in service."""
    return _set_status(asset, AssetStatus.OUT_OF_SERVICE, reason=reason, seen=seen)


@transaction.atomic
def set_in_service(asset, *, reason="", seen=None):
    """Put an asset back in service; a retired one too, for a reason: its components stay as they are.

    Raises Conflict; BrokenRule for a component of a retired unit.
    """
    return _set_status(asset, AssetStatus.IN_SERVICE, reason=reason, seen=seen)


def _set_status(asset, status, *, reason, seen):
    with tree_guard(Asset, asset.tenant_id):
        asset = lock_asset(asset, seen=seen)
        if not reason.strip() and (status == AssetStatus.OUT_OF_SERVICE or asset.status == AssetStatus.RETIRED):
            raise BrokenRule(_("Say why."), code="reason_missing")
        if asset.parent_id:
            check_unit(asset.parent)
        _refuse_away(asset)
        asset.move_to(status)
        asset.version += 1
        asset._change_reason = reason.strip()
        asset.save()
    return asset


def _refuse_away(asset) -> None:
    now = timezone.now()
    if asset.status == AssetStatus.IN_TRANSIT and journeys_of(asset.tenant_id, [asset.pk], now, now):
        raise BrokenRule(_("%s is in transit; it has its status back when it is received.") % asset)


@transaction.atomic
def retire_asset(asset, *, reason="", seen=None):
    """End an asset's service, with its components. What refers to it stays. Raises BrokenRule if it is retired."""
    with tree_guard(Asset, asset.tenant_id):
        asset = lock_asset(asset, seen=seen)
        asset.move_to(AssetStatus.RETIRED)
        serving = asset.get_descendants(include_self=True).exclude(status=AssetStatus.RETIRED)
        ended = list(serving)
        _change_all(serving, "status", AssetStatus.RETIRED, reason=reason)
        assets_retired(ended, reason=reason)
    asset.refresh_from_db()
    return asset


@transaction.atomic
def delete_asset(asset):
    """Delete an asset that nothing refers to, with its identity and specs. Raises BrokenRule, which says what does."""
    with tree_guard(Asset, asset.tenant_id):
        asset = lock_asset(asset)
        refuse_referred(asset, but=PARTS, instead=_("Retire it instead."))
        for model in PARTS:
            for row in model.objects.for_tenant(asset.tenant_id).filter(asset=asset):
                row.delete()
        asset.delete()
