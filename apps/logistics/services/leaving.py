"""Movements leave, with all that is mounted in their assets.

Each component has a movement of its own, carried by its unit's, so that the custody of each is one unbroken line. Source:
domain §5.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.hooks import take_off as take_off_stations
from apps.core.hooks import uses_of
from apps.core.moments import entered
from apps.core.uploads import attach
from apps.logistics.models import AssetMovement, GatePass, MovementStatus, Shipment
from apps.logistics.services.arriving import arrive
from apps.logistics.services.passes import checked_pass, next_pass
from apps.logistics.services.steps import (
    aboard,
    add,
    keys_aboard,
    last_moments,
    lock_movements,
    moment_words,
    moving,
    refuse,
    settle_shipments,
    store,
    store_assets,
    tenant_of,
    usual_status,
)
from apps.registry.models import AssetStatus, MeterReading, ReadingSource


@transaction.atomic
def dispatch_movements(
    movements, *, by, gate_pass_ref="", condition="", conditions=None, photos=None, at=None, take_off=False, seen=None
) -> list[AssetMovement]:
    """Have planned movements leave, with all that is mounted in their assets.

    gate_pass_ref: the pass they leave with, unless one was issued for them. condition: of all; conditions: of single
    ones, {key: words}; photos: {key: [Attachment]}. at: when they left; now, if None. take_off: their stations are to
    have no asset any more. In agile mode the pass is numbered by itself, and what is on no shipment arrives at once.
    Returns the fresh movements. Raises Conflict; BrokenRule, naming them: without a pass ("pass_missing"), for what is
    elsewhere, serves at a station ("on_station") or was read after it is said to have left.
    """
    tenant = tenant_of(movements)
    with moving(tenant.pk):
        return depart(
            tenant, lock_movements(movements, seen=seen), by=by, gate_pass_ref=gate_pass_ref, condition=condition,
            conditions=conditions, photos=photos, at=at, take_off=take_off,
        )  # fmt: skip


def depart(tenant, rows, *, by, gate_pass_ref="", condition="", conditions=None, photos=None, at=None, take_off=False):
    """As dispatch_movements, of rows that are locked."""
    is_late, at = at is not None, entered(at)
    units = [row.asset_id for row in rows]
    if take_off:
        take_off_stations(tenant, keys_aboard(tenant, units), by=by)
    travels = aboard(tenant, units)
    for row in rows:
        row.move_to(MovementStatus.IN_TRANSIT)
    refuse(filter(None, (_unfit_to_leave(row, travels[row.asset_id][0]) for row in rows)))
    everything = {asset.pk: asset for unit in travels.values() for asset in unit}
    serving = uses_of(tenant, list(everything))
    refuse(
        (
            _("%(asset)s serves at %(place)s; take it off there first.") % {"asset": everything[key], "place": place}
            for key, place in serving.items()
        ),
        code="on_station",
    )
    if is_late:
        _check_late(tenant, everything, at)
    _give_pass(tenant, rows, gate_pass_ref)
    for row in rows:
        row.dispatched_by, row.dispatched_at = by, at
        row.former_status = usual_status(travels[row.asset_id][0].status)
        row.condition_out = ((conditions or {}).get(row.pk) or condition or row.condition_out).strip()
        attach((photos or {}).get(row.pk, ()), row)
    store(rows, ["status", "dispatched_by", "dispatched_at", "former_status", "condition_out", "gate_pass_ref"])
    add(_of_components(tenant, rows, travels))
    leaving = [asset for asset in everything.values() if asset.status != AssetStatus.RETIRED]
    for asset in leaving:
        asset.status = AssetStatus.IN_TRANSIT
    store_assets(leaving, ["status"], reason=_("dispatched"))
    _depart_shipments(rows, at)
    alone = [row for row in rows if row.shipment_id is None]
    if tenant.rules.agile_mode and alone:
        arrive(tenant, alone, by=by, at=at)
    return rows


def _unfit_to_leave(row, asset) -> str:
    words = {"asset": asset, "place": row.from_location}
    if asset.status == AssetStatus.RETIRED:
        return _("%(asset)s is retired; it moves no more.") % words
    if asset.pk != row.asset_id or asset.parent_id:
        return _("%(asset)s is mounted in a unit; take it out of that first.") % {"asset": row.asset}
    if asset.location_id != row.from_location_id:
        return _("%(asset)s is not at %(place)s any more; cancel this movement and plan another.") % words
    return ""


def _check_late(tenant, assets, at) -> None:
    """What is entered late fits between what is known: the end of the line before, and what was read since."""
    words = {"at": moment_words(tenant, at)}
    refuse(
        _("%(asset)s arrived at %(last)s only; it cannot have left at %(at)s.")
        % (words | {"asset": assets[key], "last": moment_words(tenant, last)})
        for key, last in last_moments(tenant, assets).items()
        if last is not None and last > at
    )
    later = MeterReading.objects.for_tenant(tenant).filter(asset__in=assets, read_at__gt=at, voids=None, voided_by=None)
    on_day = tenant.local(at).date()
    later = later.exclude(source=ReadingSource.DAILY_LOG, daily_log__date__lte=on_day)
    refuse(
        _("A meter of %(asset)s was read since %(at)s; it cannot have left by then.") % (words | {"asset": assets[key]})
        for key in later.order_by("asset_id").values_list("asset_id", flat=True).distinct()
    )


def _give_pass(tenant, rows, gate_pass_ref) -> None:
    """Each row leaves with a pass: its own, the one that is named, or in agile mode the next of ours."""
    named = gate_pass_ref.strip()
    if named:
        refuse(
            _("%(asset)s leaves with %(pass)s already.") % {"asset": row.asset, "pass": row.gate_pass_ref}
            for row in rows
            if row.gate_pass_ref not in ("", named)
        )
    without = [row for row in rows if not row.gate_pass_ref]
    if without and not named and not tenant.rules.agile_mode:
        raise BrokenRule(_("Name the gate pass that it leaves with, or issue one."), code="pass_missing")
    if without:
        number = checked_pass(tenant, rows, named) if named else next_pass(tenant)
        for row in without:
            row.gate_pass_ref = number
    today = tenant.local(timezone.now()).date()
    for issued in GatePass.objects.for_tenant(tenant).filter(number__in={row.gate_pass_ref for row in rows}):
        if issued.revoked_at or issued.valid_until < today:
            raise BrokenRule(_("The gate pass %s is not valid any more; issue another.") % issued)


def _of_components(tenant, rows, travels) -> list[AssetMovement]:
    """A movement of each component, carried by its unit's; it brings back what the unit's does."""
    back = AssetMovement.objects.for_tenant(tenant).outstanding_in([row.returns_id for row in rows if row.returns_id])
    return [
        AssetMovement(
            tenant=tenant, asset=component, from_location_id=row.from_location_id, to_location_id=row.to_location_id,
            status=MovementStatus.IN_TRANSIT, gate_pass_ref=row.gate_pass_ref, returnable=row.returnable,
            expected_return=row.expected_return, returns=back.get((row.returns_id, component.pk)),
            shipment_id=row.shipment_id, carried_by=row, former_status=usual_status(component.status),
            dispatched_by=row.dispatched_by, dispatched_at=row.dispatched_at, created_by=row.dispatched_by,
        )
        for row in rows
        for component in travels[row.asset_id][1:]
    ]  # fmt: skip


def _depart_shipments(rows, at) -> None:
    keys = {row.shipment_id for row in rows if row.shipment_id}
    for shipment in Shipment.objects.filter(pk__in=keys, departed_at=None).order_by("pk").locked():
        shipment.departed_at = at
        shipment.save()
    settle_shipments(keys)
