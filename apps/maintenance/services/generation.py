"""Makes the orders that schedules are due for: nightly, on demand, and right after a reading.

An asset is the unit: its row is the lock of its schedules and their orders. Twice at once makes each order once.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import batched

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from apps.core.hooks import told_of_readings
from apps.core.numbers import next_numbers
from apps.inventory import services as stores
from apps.inventory.models import Reservation
from apps.maintenance.due import Reading
from apps.maintenance.models import (
    MAINTAINED,
    CoveredCycle,
    OrderStatus,
    Origin,
    Outcome,
    PmSchedule,
    WorkOrder,
    WorkOrderTask,
)
from apps.maintenance.planning import Cover, Issue, Item, OpenOrder, plan
from apps.maintenance.readings import reading_of
from apps.maintenance.services.schedules import today_of
from apps.registry.ledgers import CACHED
from apps.registry.models import Asset, AssetMeter, Meter

log = logging.getLogger("leanops.maintenance")

BATCH = 200  # assets in a transaction: memory stays flat, and nobody waits long for one


@dataclass
class Generated:
    """orders: made. covered: (schedule, order) of cycles that are done with the order of a longer schedule."""

    orders: list[WorkOrder] = field(default_factory=list)
    covered: list[tuple[PmSchedule, WorkOrder]] = field(default_factory=list)


def generate_orders(tenant, *, as_of=None, assets=None, by=None) -> Generated:
    """Make an order for each schedule that is due and has none. Safe to run twice at once, and to be stopped anywhere.

    as_of: a date that is taken as today; None: the tenant's date. assets: keys; None: all. Returns what was made.
    Source: domain §3, rules 4 to 6.
    """
    found = Generated()
    for made in generate_in_batches(tenant, as_of=as_of, assets=assets, by=by):
        found.orders += made.orders
        found.covered += made.covered
    return found


def generate_in_batches(tenant, *, as_of=None, assets=None, by=None) -> Iterator[Generated]:
    """The same, which gives what was made a batch at a time: of many, nothing is kept."""
    as_of = as_of or today_of(tenant)
    for keys in batched(_due_assets(tenant, as_of, assets), BATCH):
        found = Generated()
        with transaction.atomic():
            _generate(tenant, keys, as_of, by, found)
        yield found


def due_schedules(tenant, as_of):
    """Schedules in use, of assets that are maintained, that have come to what they are due at, less their lead."""
    due = Q(issue_date__lte=as_of)
    for meter in Meter:
        lifetime = F(f"asset__meter__{CACHED[meter][0]}")
        due |= Q(meter=meter, next_due_meter__lte=lifetime + F("lead_meter"))
    return PmSchedule.objects.for_tenant(tenant).filter(due, is_active=True, asset__status__in=MAINTAINED)


def _due_assets(tenant, as_of, assets) -> list:
    """Keys of assets that have a schedule to be looked at, in the order in which they are locked."""
    rows = due_schedules(tenant, as_of)
    if assets is not None:
        rows = rows.filter(asset__in=assets)
    own = WorkOrder.objects.open().filter(tenant_id=OuterRef("tenant_id"), pm_schedule=OuterRef("pk"))
    covers = CoveredCycle.objects.filter(tenant_id=OuterRef("tenant_id"), pm_schedule=OuterRef("pk"), is_open=True)
    rows = rows.exclude(Exists(own)).exclude(Exists(covers))
    return list(rows.order_by("asset_id").values_list("asset_id", flat=True).distinct())


def _generate(tenant, keys, as_of, by, found) -> None:
    locked = Asset.objects.for_tenant(tenant).filter(pk__in=keys, status__in=MAINTAINED)
    assets = locked.select_related("tenant").order_by("pk").locked().in_bulk()
    meters = {row.asset_id: row for row in AssetMeter.objects.for_tenant(tenant).filter(asset__in=assets)}
    schedules = {row.pk: row for row in PmSchedule.objects.for_tenant(tenant).filter(asset__in=assets)}
    orders = {
        row.pm_schedule_id: row for row in WorkOrder.objects.for_tenant(tenant).open().filter(pm_schedule__in=schedules)
    }
    cycles = CoveredCycle.objects.for_tenant(tenant).filter(pm_schedule__in=schedules, is_open=True)
    covers = {row.pm_schedule_id: row for row in cycles}
    of_asset: dict = {key: [] for key in assets}
    for row in schedules.values():
        order = orders.get(row.pk)
        of_asset[row.asset_id].append(
            Item(
                schedule=row.plain,
                standing=row.standing,
                order=order and OpenOrder(key=order.pk, is_started=order.status == OrderStatus.IN_PROGRESS),
                covered_by=covers[row.pk].work_order_id if row.pk in covers else None,
                is_paused=not row.is_active,
            )
        )
    issues: list[Issue] = []
    late: list[Cover] = []
    for key, items in of_asset.items():
        made = plan(items, today=as_of, readings=_readings(assets[key], meters.get(key), items))
        issues += made.issues
        late += made.covers
    _write(tenant, issues, late, schedules, orders, covers, by, found)


def _readings(asset, row, items) -> dict[str, Reading]:
    """What the asset's meters say. Their use matters where one schedule may wait for another: that reads the ledger."""
    needs_use = any(item.schedule.suppressed_by for item in items)
    found = {}
    for meter in {item.schedule.meter for item in items if item.schedule.interval_meter}:
        value = row and getattr(row, CACHED[meter][0])
        if value is not None:
            found[meter] = (needs_use and reading_of(asset, meter)) or Reading(
                value=value, read_on=asset.tenant.local(row.last_updated_at).date()
            )
    return found


def _write(tenant, issues, late, schedules, orders, covers, by, found) -> None:
    numbers = next_numbers(tenant, "WO", len(issues)) if issues else []
    status = OrderStatus.READY if tenant.rules.agile_mode else OrderStatus.DRAFT
    made: dict = {}
    for issue, number in zip(issues, numbers, strict=True):
        row = schedules[issue.item.key]
        made[row.pk] = WorkOrder(
            tenant=tenant, number=number, asset_id=row.asset_id, title=row.name, status=status, origin=Origin.PM,
            trigger=issue.trigger.value, priority=row.priority, due_date=row.next_due_date,
            due_meter=row.next_due_meter, estimated_minutes=row.estimated_minutes, pm_schedule=row, cycle=row.cycle,
            missed=issue.missed, created_by=by,
        )  # fmt: skip
    bulk_create_with_history(list(made.values()), WorkOrder, default_user=None)
    tasks, cycles, moved, ended = [], [], [], []
    for issue in issues:
        row, order = schedules[issue.item.key], made[issue.item.key]
        tasks += tasks_of(row, order)
        for item in issue.covers:
            if item.covered_by is None:
                cycles.append(_covered(schedules[item.key], order))
            else:
                moved.append(_moved(covers[item.key], schedules[item.key], order))
            if item.order:
                _close_covered(orders[item.key], order)
                ended.append(orders[item.key].number)
        found.orders.append(order)
    there = {row.pk: row for row in WorkOrder.objects.for_tenant(tenant).filter(pk__in={cover.order for cover in late})}
    cycles += [_covered(schedules[cover.item.key], there[cover.order]) for cover in late]
    bulk_create_with_history(cycles, CoveredCycle, default_user=None)
    bulk_create_with_history(tasks, WorkOrderTask, default_user=None)
    cycles += moved
    bulk_create_with_history(_sections(tenant, cycles), WorkOrderTask, default_user=None)
    needs = [(schedules[key], order) for key, order in made.items()]
    _reserve(tenant, [*needs, *((cycle.pm_schedule, cycle.work_order) for cycle in cycles)], ended, by)
    found.covered += [(cycle.pm_schedule, cycle.work_order) for cycle in cycles]


def tasks_of(schedule, order, *, after=0, but=()) -> list[WorkOrderTask]:
    """A schedule's tasks as those of an order, without the descriptions that are there already."""
    return [
        WorkOrderTask(
            tenant_id=order.tenant_id, work_order=order, position=after + place,
            section=schedule.name if order.pm_schedule_id != schedule.pk else "",
            **{"is_mandatory": True} | {name: value for name, value in task.items() if value is not None},
        )
        for place, task in enumerate(schedule.tasks, 1)
        if task["description"] not in but
    ]  # fmt: skip


def _sections(tenant, cycles) -> list[WorkOrderTask]:
    """The tasks of covered schedules, which join the longer one's order: those that it lacks. One query for all."""
    there = defaultdict(dict)
    rows = WorkOrderTask.objects.for_tenant(tenant).filter(work_order__in={cycle.work_order_id for cycle in cycles})
    for order, words, position in rows.values_list("work_order_id", "description", "position"):
        there[order][words] = position
    new = []
    for cycle in cycles:
        known = there[cycle.work_order_id]
        after = max(known.values(), default=0)
        section = tasks_of(cycle.pm_schedule, cycle.work_order, after=after, but=known)
        known.update({task.description: task.position for task in section})
        new += section
    return new


def _reserve(tenant, needs, ended, by) -> None:
    """Keep the schedules' parts for their orders; of two schedules of one order that need a part, the longer one's.

    ended: numbers of orders that nobody started, and that are done with others now.
    """
    wanted: dict = {}
    for schedule, order in needs:
        for part in schedule.parts:
            wanted.setdefault((order.number, part["sku"]), Decimal(str(part["quantity"])))
    for row in Reservation.objects.for_tenant(tenant).filter(reference__in=ended) if ended else ():
        row.delete()
    if not wanted:
        return
    gone = stores.reserve_many(tenant, wanted, by=by)
    if gone:  # it was there when the schedule was saved
        log.warning("%s: not kept for orders, as they are not in use: %s", tenant.slug, ", ".join(gone))


@told_of_readings
def generate_after_readings(assets, meter) -> None:
    """What meters have come to may make an order due at once. The assets are locked."""
    tenant = assets[0].tenant
    generate_orders(tenant, assets=[asset.pk for asset in assets])


def _covered(schedule, order) -> CoveredCycle:
    return CoveredCycle(
        tenant_id=order.tenant_id, work_order=order, pm_schedule=schedule, cycle=schedule.cycle,
        due_date=schedule.next_due_date, due_meter=schedule.next_due_meter,
    )  # fmt: skip


def _moved(cover, schedule, order) -> CoveredCycle:
    """A cycle whose order ends, as one that nobody started, goes along to the order that does that one's work."""
    cover.pm_schedule, cover.work_order = schedule, order
    cover.save()
    return cover


def _close_covered(order, by_order) -> None:
    """An order that nobody started ends when a longer one does its work."""
    # (Not by MOVES: nobody closes it, it never began.)
    order.status, order.outcome, order.covered_by = OrderStatus.CLOSED, Outcome.NOT_DONE, by_order
    order.closed_at = timezone.now()
    order.reason = _("Covered by %s.") % by_order
    order.version += 1
    order.save()
