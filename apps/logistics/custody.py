"""The line of each asset: what moves by hand is written into it, what is on its way is told to others, and it is proved.

The rule itself is the database's (migrations/0002_isolation.py); what it finds is told here in words.
"""

from typing import NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.hooks import knows_journeys, told_of_moves, told_of_retired_assets
from apps.logistics.models import MOVED, AssetMovement, MovementStatus
from apps.logistics.models.movements import ENDED
from apps.logistics.services.planning import cancel
from apps.logistics.services.steps import add, refuse
from apps.logistics.telling import is_back
from apps.registry.models import Asset, AssetStatus


@knows_journeys
def journeys(tenant, assets, since, until):
    """When assets were on their way; one step, left and arrived at once, is no journey."""
    rows = AssetMovement.objects.for_tenant(tenant).filter(
        asset__in=list(assets), status__in=MOVED, dispatched_at__lte=until
    )
    rows = rows.annotate(ended=ENDED).filter(Q(ended=None) | Q(ended__gte=since))
    for key, left, arrived in rows.values_list("asset_id", "dispatched_at", "ended"):
        if left != arrived:
            yield key, left, arrived


@told_of_moves
def write_down(assets, former, by, at) -> None:
    """What was moved by hand has left and arrived at once; what is about to leave, or on its way, is not moved so."""
    tenant = assets[0].tenant
    mine = AssetMovement.objects.for_tenant(tenant).filter(asset__in=assets)
    underway = mine.open().select_related("asset", "to_location")
    refuse(
        _("%(asset)s has a movement to %(to)s, which is %(status)s; receive or cancel it first.")
        % {"asset": row.asset, "to": row.to_location, "status": row.get_status_display().lower()}
        for row in underway
    )
    at = at or timezone.now()
    lines = mine.filter(status=MovementStatus.RECEIVED).order_by("asset_id", "-dispatched_at", "-received_at", "-pk")
    ends = dict(lines.distinct("asset_id").values_list("asset_id", "received_location_id"))
    out = {(row.asset_id, row.from_location_id): row for row in mine.outstanding()}
    written: dict = {}
    for asset in assets:  # units before what is mounted in them
        start = former.get(asset.pk, asset.location_id)
        if start == asset.location_id or ends.get(asset.pk) == asset.location_id:
            continue
        written[asset.pk] = AssetMovement(
            tenant=tenant, asset=asset, from_location_id=start, to_location_id=asset.location_id,
            received_location_id=asset.location_id, status=MovementStatus.RECEIVED, dispatched_by=by, dispatched_at=at,
            received_by=by, received_at=at, created_by=by, carried_by=written.get(asset.parent_id),
            returns=out.get((asset.pk, asset.location_id)),
        )  # fmt: skip
    add(_by_unit(written.values()))
    is_back(tenant, [row.returns_id for row in written.values()])


def _by_unit(rows) -> list[AssetMovement]:
    """Each carried by the movement of the outermost unit that moved."""
    rows = list(rows)
    for row in rows:
        if row.carried_by and row.carried_by.carried_by:
            row.carried_by = row.carried_by.carried_by
    return rows


@told_of_retired_assets
def end_movements(assets, reason) -> None:
    """What is retired goes nowhere; what is on its way is received, or given up as lost, first."""
    rows = AssetMovement.objects.for_tenant(assets[0].tenant).open().filter(asset__in=assets)
    rows = list(rows.select_related("asset", "to_location").order_by("pk").locked())
    refuse(
        _("%s is in transit; receive it, or report it lost.") % row.asset
        for row in rows
        if row.status == MovementStatus.IN_TRANSIT
    )
    if rows:
        cancel(rows, reason=reason)


class Fault(NamedTuple):
    """Where the line of an asset breaks: the asset's and the movement's key, and how, in words."""

    asset: object
    movement: object
    words: str


SENTENCES = {
    "overlap": "starts before the movement before it ended",
    "gap": "starts elsewhere than the movement before it ended",
    "elsewhere": "ends elsewhere than the asset is",
}


def faults(tenant) -> list[Fault]:
    """What is wrong with the tenant's custody, and with the statuses of what is on its way."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select a.asset_id, f.movement_id, f.fault
               from (select distinct asset_id from asset_movements where tenant_id = %(tenant)s) a,
                    lateral custody_faults(%(tenant)s, a.asset_id) f
               order by a.asset_id, f.movement_id""",
            {"tenant": tenant.pk},
        )
        found = [Fault(asset, movement, SENTENCES[fault]) for asset, movement, fault in cursor.fetchall()]
    away = AssetMovement.objects.for_tenant(tenant).filter(status=MovementStatus.IN_TRANSIT)
    for row in away.exclude(asset__status__in=(AssetStatus.IN_TRANSIT, AssetStatus.RETIRED)).order_by("pk"):
        found.append(Fault(row.asset_id, row.pk, "is on its way, and the asset is not in transit"))
    standing = Asset.objects.for_tenant(tenant).filter(status=AssetStatus.IN_TRANSIT)
    for key in standing.exclude(pk__in=away.values("asset_id")).order_by("pk").values_list("pk", flat=True):
        found.append(Fault(key, None, "is in transit without a movement"))
    return found
