"""Where schedules stand today, and what of them falls due: the engine's answers for rows of the database."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date as Day
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery

from apps.maintenance.due import Reading, Trigger, fires, missed, predicted
from apps.maintenance.models import MAINTAINED, CoveredCycle, OrderStatus, PmSchedule, WorkOrder
from apps.maintenance.planning import Item, Occurrence, OpenOrder, forecast, plan
from apps.maintenance.readings import readings_of
from apps.maintenance.words import Around, why
from apps.registry.models import AssetStatus
from apps.registry.queries import all_below


@dataclass(frozen=True, kw_only=True)
class WhenDue:
    """What a schedule is due by. date, meter: when. predicted_date: when the meter is expected there.

    trigger: the leg that is reached, less its lead; None: neither is. is_due: that an order is made today, unless one is
    open. missed: occurrences after the one that is due which have passed, too. why: all that in words.
    """

    date: Day | None
    meter: Decimal | None
    predicted_date: Day | None
    trigger: Trigger | None
    is_due: bool
    missed: int
    why: str


def _with_open_orders(rows):
    """Schedules with `open_order` and `covering`, the numbers of their own open order and of the one that covers them."""
    own = WorkOrder.objects.open().filter(tenant_id=OuterRef("tenant_id"), pm_schedule=OuterRef("pk"))
    covers = CoveredCycle.objects.filter(tenant_id=OuterRef("tenant_id"), pm_schedule=OuterRef("pk"), is_open=True)
    begun = own.filter(status=OrderStatus.IN_PROGRESS)
    return rows.annotate(
        open_order=Subquery(own.values("number")[:1]),
        is_begun=Exists(begun),
        covering=Subquery(covers.values("work_order__number")[:1]),
        asset_status=F("asset__status"),
    )


def dues(tenant, schedules, *, today) -> dict[object, WhenDue]:
    """{key: WhenDue} of schedules of a tenant; a few statements however many they are, none for none."""
    if not schedules:
        return {}
    siblings = _of_assets(tenant, {row.asset_id for row in schedules})
    readings = readings_of(tenant, _meters(row for rows in siblings.values() for row in rows))
    found = {}
    for asset, rows in siblings.items():
        items = [_item(row) for row in rows]
        of_asset = {meter: reading for (key, meter), reading in readings.items() if key == asset}
        made = plan(items, today=today, readings=of_asset)
        waits = made.waits | {other.key: issue.item for issue in made.issues for other in issue.covers}
        found |= {row.pk: _due(row, today, of_asset.get(row.meter), waits.get(row.pk), rows) for row in rows}
    return {row.pk: found[row.pk] for row in schedules}


def coming(schedule, *, today, until) -> list[Occurrence]:
    """What falls due of a schedule from today to a day, with what other schedules of its asset do along with it."""
    rows = _of_assets(schedule.tenant, {schedule.asset_id})
    return [one for row, one in _foreseen(schedule.tenant, rows, today, until) if row.pk == schedule.pk]


def coming_at(tenant, *, places, asset=None, today, until, most) -> list[tuple[Any, Occurrence]] | None:
    """What falls due of all schedules in use, asset by asset; None where these are more assets than `most`.

    places: Locations, with all below them; none: all. asset: of this one alone. The schedules carry their `asset`, and
    `open_order` and `covering` (numbers).
    """
    rows = PmSchedule.objects.for_tenant(tenant).filter(is_active=True, asset__status__in=MAINTAINED)
    rows = rows.filter(Q(issue_date__lte=until) | Q(next_due_meter__isnull=False))
    if asset:
        rows = rows.filter(asset=asset)
    if places:
        rows = rows.filter(asset__location__in=all_below(places))
    keys = list(rows.order_by("asset_id").values_list("asset_id", flat=True).distinct()[: most + 1])
    return None if len(keys) > most else _foreseen(tenant, _of_assets(tenant, keys), today, until)


def _foreseen(tenant, rows_of_assets, today, until) -> list[tuple[Any, Occurrence]]:
    """(row, occurrence) of the schedules of some assets, by day within each."""
    readings = readings_of(tenant, _meters(row for rows in rows_of_assets.values() for row in rows))
    found = []
    for asset, rows in rows_of_assets.items():
        of_asset = {meter: reading for (key, meter), reading in readings.items() if key == asset}
        by_number = {row.open_order: row.pk for row in rows if row.open_order}
        items = [replace(item, covered_by=by_number.get(item.covered_by)) for item in map(_item, rows)]
        by_key = {row.pk: row for row in rows}
        found += [(by_key[one.key], one) for one in forecast(items, today=today, until=until, readings=of_asset)]
    return found


def _of_assets(tenant, keys) -> dict:
    rows = defaultdict(list)
    for row in (
        _with_open_orders(PmSchedule.objects.for_tenant(tenant).filter(asset__in=keys))
        .select_related("asset")
        .order_by("pk")
    ):
        rows[row.asset_id].append(row)
    return rows


def _meters(rows) -> set[tuple]:
    return {(row.asset_id, row.meter) for row in rows if row.interval_meter}


def _item(row) -> Item:
    return Item(
        schedule=row.plain,
        standing=row.standing,
        order=OpenOrder(key=row.open_order, is_started=row.is_begun) if row.open_order else None,
        covered_by=row.covering,
        is_paused=not row.is_active or row.asset_status not in MAINTAINED,
    )


def _due(row, today, reading: Reading | None, above, rows) -> WhenDue:
    plain, standing, meter = row.plain, row.standing, reading and reading.value
    trigger = fires(plain, standing, today=today, meter=meter)
    names = {other.pk: other.name for other in rows}
    around = Around(
        is_active=row.is_active,
        is_retired=row.asset_status == AssetStatus.RETIRED,
        is_out=row.asset_status == AssetStatus.OUT_OF_SERVICE,
        is_away=row.asset_status == AssetStatus.IN_TRANSIT,
        order=row.open_order or "",
        covered_by=row.covering or "",
        waits_for=names[above.key] if above else "",
    )
    return WhenDue(
        date=standing.due_date,
        meter=standing.due_meter,
        predicted_date=predicted(standing, reading),
        trigger=trigger,
        is_due=trigger is not None and not _item(row).is_paused,
        missed=missed(plain, standing, today=today, meter=meter),
        why=why(plain, standing, today=today, reading=reading, around=around),
    )
