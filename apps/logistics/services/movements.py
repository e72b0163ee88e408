"""The life of a movement: planned, dispatched, received or lost, cancelled before it leaves; and brought back.

What is mounted in a unit travels in it: each component has a movement of its own, carried by its unit's, so that the
custody of each is one unbroken line. Source: domain §5.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, NotAllowed
from apps.core.hooks import take_off as take_off_stations
from apps.core.hooks import uses_of
from apps.core.moments import entered, reasoned
from apps.core.numbers import next_numbers
from apps.core.uploads import attach
from apps.logistics.models import AssetMovement, GatePass, MovementStatus, Shipment, ShipmentStatus
from apps.logistics.services.steps import (
    aboard,
    add,
    carried,
    keys_aboard,
    last_moments,
    lock_movements,
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
from apps.registry.models import Asset, AssetStatus, MeterReading, ReadingSource
from apps.registry.services import retire_asset

OWN_PASSES = "GP"  # the kind of number that passes of ours have
LONGEST_PASS = 40


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


# -- leaving ------------------------------------------------------------------------------------------------------------


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
    words = {"at": _words(tenant, at)}
    refuse(
        _("%(asset)s arrived at %(last)s only; it cannot have left at %(at)s.")
        % (words | {"asset": assets[key], "last": _words(tenant, last)})
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


def _words(tenant, moment) -> str:
    return date_format(tenant.local(moment), "Y-m-d H:i")


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


def next_pass(tenant) -> str:
    return next_numbers(tenant, OWN_PASSES)[0]


def checked_pass(tenant, rows, number) -> str:
    """A pass that somebody named. Several assets may share one, if they leave together or on one shipment."""
    number = " ".join(number.split())
    if len(number) > LONGEST_PASS:
        raise BrokenRule(_("The number of a pass has at most %d characters.") % LONGEST_PASS)
    own = {row.pk for row in rows if row.gate_pass_ref == number}
    used = (
        AssetMovement.objects.for_tenant(tenant).filter(gate_pass_ref=number).exclude(status=MovementStatus.CANCELLED)
    )
    shipments = {row.shipment_id for row in rows}
    if not own and number.startswith(f"{OWN_PASSES}-"):
        raise BrokenRule(_("%s is no number of yours: passes of ours get theirs when they are issued.") % number)
    if None in shipments or len(shipments) > 1:
        used = used.exclude(pk__in=own)
    else:
        used = used.exclude(shipment__in=shipments)
    if other := used.select_related("asset").first():
        raise BrokenRule(_("%(pass)s is the pass of %(other)s.") % {"pass": number, "other": other}, code="pass_taken")
    return number


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


# -- arriving -----------------------------------------------------------------------------------------------------------


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
        % {"asset": row.asset, "left": _words(tenant, row.dispatched_at)}
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
        row.condition_in = ((conditions or {}).get(row.pk) or condition).strip()
        kept = (photos or {}).get(row.pk, ())
        attach(kept, row)
        row.photos_in = [photo.pk for photo in kept]
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


# -- ending otherwise ---------------------------------------------------------------------------------------------------


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
