"""Write what the demo's plants did and have to do in maintenance: schedules, four months of orders, and what waits."""

import random
from datetime import datetime, time, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from apps.core.numbers import count_from, next_numbers
from apps.inventory.models import MoveKind, Reservation, StockMove
from apps.maintenance import services
from apps.maintenance.demo.kinds import FAULTS, HOURS, MONTHLY, QUARTERLY, REPORTS, YEARLY
from apps.maintenance.models import (
    Consumable,
    FailureCode,
    LabourEntry,
    OrderStatus,
    Origin,
    Outcome,
    PartSource,
    PmCredit,
    PmSchedule,
    Priority,
    RequestStatus,
    ServiceRequest,
    WorkOrder,
    WorkOrderCost,
)
from apps.maintenance.starting import give_codes
from apps.registry.models import Asset, AssetMeter, AssetStatus, LocationType

REASON = "demo plant"
RATE = Decimal(48)
NOON = time(12)


def maintain(tenant, *, people, now, seed: int) -> None:
    """Fill a tenant's maintenance; its stores, whose moves name the orders, are there. people: by key."""
    rng = random.Random(f"{seed} {tenant.slug} maintenance")  # noqa: S311 (a demo, the same each time)
    give_codes(tenant)
    assets = Asset.objects.for_tenant(tenant).filter(parent=None, status=AssetStatus.IN_SERVICE)
    assets = list(assets.select_related("location", "tenant").order_by("tree_id", "lft"))
    technicians = [person for person in people.values() if person.role == "technician"]
    _schedules(tenant, assets, now, rng)
    _past(tenant, assets, people["supervisor"], technicians, now, rng)
    _planned(tenant, assets, people["supervisor"], technicians, now, rng)
    _performed(tenant, people["supervisor"], technicians, rng)
    services.generate_orders(tenant)
    _waiting(tenant, assets, people, technicians)


def _schedules(tenant, assets, now, rng) -> None:
    """Monthly and quarterly checks of every machine, every 500 hours where hours are counted, a yearly inspection."""
    today = tenant.local(now).date()
    hours = {row.asset_id: row.current_run_hours for row in AssetMeter.objects.for_tenant(tenant)}
    long, short = [], []
    for number, asset in enumerate(assets):
        common = {"tenant": tenant, "asset": asset, "created_at": now - timedelta(days=400)}
        if asset.location.type == LocationType.YARD:
            long.append(
                PmSchedule(
                    **common, name="Yearly inspection", interval_months=12, anchor="fixed", lead_days=14, tasks=YEARLY,
                    first_due_date=today + timedelta(days=rng.randrange(-3, 300)), estimated_minutes=60, priority="high",
                )
            )  # fmt: skip
            continue
        done = today - timedelta(days=rng.randrange(4, 97))
        quarterly = PmSchedule(
            **common, name="Quarterly service", interval_months=3, lead_days=3, tasks=QUARTERLY, estimated_minutes=90,
            last_performed_date=done,
        )  # fmt: skip
        long.append(quarterly)
        short.append(
            PmSchedule(
                **common, name="Monthly check", interval_months=1, tasks=MONTHLY, estimated_minutes=30,
                last_performed_date=_monthly(done, today, is_late=number % 5 == 4),
                suppressed_by_schedule=quarterly,
            )
        )  # fmt: skip
        if number % 3 == 0 and hours.get(asset.pk):
            long.append(
                PmSchedule(
                    **common, name="Oil change", interval_meter=500, lead_meter=20, tasks=HOURS, estimated_minutes=120,
                    first_due_meter=hours[asset.pk] + rng.randrange(-10, 400),
                )
            )  # fmt: skip
    for rows in (long, short):
        for row in rows:
            cycle = 2 if row.last_performed_date else 1
            services.set_standing(row, tenant, lifetime=hours.get(row.asset_id), cycle=cycle)
        bulk_create_with_history(rows, PmSchedule, batch_size=500, default_change_reason=REASON)


def _monthly(since, today, *, is_late):
    """When a check was done last that began with a quarterly service and is done with the next one, or one month earlier."""
    months = max(relativedelta(today, since).months - is_late, 0)
    return since + relativedelta(months=months)


def _past(tenant, assets, supervisor, technicians, now, rng) -> None:
    """An order for each that the stores gave parts to: closed about when they were used, with its time and parts."""
    codes = {(code.kind, code.code): code for code in FailureCode.objects.for_tenant(tenant)}
    moves = StockMove.objects.for_tenant(tenant).filter(kind=MoveKind.CONSUME).select_related("part").order_by("seq")
    undone = {move.undoes_id: move for move in StockMove.objects.for_tenant(tenant).filter(kind=MoveKind.UNCONSUME)}
    orders: dict[str, WorkOrder] = {}
    labour, parts, costs = [], [], []
    for move in moves:
        order = orders.get(move.reference)
        if order is None:
            asset, technician = rng.choice(assets), move.from_user or rng.choice(technicians)
            title, problem, cause, remedy, stood, minutes = rng.choice(FAULTS)
            end = min(move.created_at + timedelta(minutes=rng.randint(10, 40)), now)
            start = end - timedelta(minutes=minutes)
            down = end - timedelta(minutes=stood + rng.randint(0, 30)) if stood else None
            order = orders[move.reference] = WorkOrder(
                tenant=tenant, number=move.reference, asset=asset, title=title, origin=Origin.DEFECT,
                status=OrderStatus.CLOSED, outcome=Outcome.DONE, priority=rng.choice(["normal", "normal", "high"]),
                assigned_to=technician, created_by=supervisor, created_at=(down or start) - timedelta(minutes=5),
                started_at=start, started_by=technician, finished_at=end, finished_by=technician, performed_at=end,
                closed_at=end, closed_by=technician, due_date=tenant.local(end).date(), problem=codes["problem", problem],
                cause=codes["cause", cause], remedy=codes["remedy", remedy], down_from=down,
                down_until=end if down else None,
            )  # fmt: skip
            labour.append(
                LabourEntry(
                    tenant=tenant, work_order=order, user=technician, started_at=start, ended_at=end, minutes=minutes,
                    hourly_rate=RATE, created_by=technician, created_at=start,
                )
            )  # fmt: skip
            if rng.random() < 0.06:
                costs.append(
                    WorkOrderCost(
                        tenant=tenant, work_order=order, kind="contractor", supplier="Elektro Nowak",
                        reference=f"RE-{rng.randrange(10_000)}", amount=rng.randrange(120, 900), created_by=supervisor,
                        created_at=end,
                    )
                )  # fmt: skip
        back = undone.get(move.pk)
        if back and back.quantity < move.quantity:
            back = None  # a part of it came back: the order keeps the rest, as a whole it would be too kind
        parts.append(
            Consumable(
                tenant=tenant, work_order=order, part=move.part, qty_used=move.quantity, cost_at_time=move.unit_cost,
                value=move.value, source=PartSource.WALLET if move.from_user_id else PartSource.WAREHOUSE, move=move,
                undone=back, used_by=order.assigned_to, created_at=move.created_at,
            )
        )  # fmt: skip
    for rows, model in (
        (list(orders.values()), WorkOrder),
        (labour, LabourEntry),
        (parts, Consumable),
        (costs, WorkOrderCost),
    ):
        bulk_create_with_history(rows, model, batch_size=500, default_change_reason=REASON)
    count_from(tenant, "WO", max((int(number[3:]) for number in orders), default=0))


def _planned(tenant, assets, supervisor, technicians, now, rng) -> None:
    """The orders for which the stores keep parts, which have the next numbers: one is begun, one waits for its parts."""
    kept = Reservation.objects.for_tenant(tenant).values("reference").distinct().count()
    for number in range(kept):
        technician = technicians[number % len(technicians)]
        order = WorkOrder(
            tenant=tenant, asset=rng.choice(assets), title=FAULTS[number % len(FAULTS)][0], origin=Origin.CM,
            priority=Priority.HIGH if number == 0 else Priority.NORMAL, estimated_minutes=60, assigned_to=technician,
            due_date=tenant.local(now).date() + timedelta(days=number - 1),
        )  # fmt: skip
        order = services.create_order(order, by=supervisor)
        if order.status == OrderStatus.DRAFT:
            order = services.approve_order(order, by=supervisor)
        if number < 2:
            order = services.start_order(order, by=technician)
        if number == 0:
            services.start_timer(order, by=technician)
        elif number == 1:
            services.hold_order(order, "parts", by=technician)


def _performed(tenant, supervisor, technicians, rng) -> None:
    """The orders by which schedules were done last: most in time, some late, and what they credited."""
    done = PmSchedule.objects.for_tenant(tenant).filter(last_performed_date__isnull=False).select_related("asset")
    done = list(done.order_by("last_performed_date", "pk"))
    orders, credits, labour = [], [], []
    for schedule, number in zip(done, next_numbers(tenant, "WO", len(done)), strict=True):
        technician, end = rng.choice(technicians), datetime.combine(schedule.last_performed_date, NOON, tenant.zone)
        due = schedule.last_performed_date - timedelta(days=rng.choice([0, 0, 0, 1, 2, 2, 14]))
        start = end - timedelta(minutes=schedule.estimated_minutes)
        order = WorkOrder(
            tenant=tenant, number=number, asset=schedule.asset, title=schedule.name, origin=Origin.PM, trigger="date",
            status=OrderStatus.CLOSED, outcome=Outcome.DONE, pm_schedule=schedule, cycle=1, due_date=due,
            assigned_to=technician, approved_by=supervisor, created_at=start - timedelta(days=1), started_at=start,
            started_by=technician, finished_at=end, finished_by=technician, performed_at=end, closed_at=end,
            closed_by=technician, estimated_minutes=schedule.estimated_minutes,
        )  # fmt: skip
        orders.append(order)
        before = {"cycle": 1, "anchor_day": due.day, "due_date": str(due), "due_meter": None}
        credits.append(
            PmCredit(
                tenant=tenant, work_order=order, pm_schedule=schedule, cycle=1, created_at=end,
                performed_date=schedule.last_performed_date, before=before | {"last_date": None, "last_meter": None},
            )
        )  # fmt: skip
        labour.append(
            LabourEntry(
                tenant=tenant, work_order=order, user=technician, minutes=schedule.estimated_minutes, hourly_rate=RATE,
                created_by=technician, created_at=end,
            )
        )  # fmt: skip
    for rows, model in ((orders, WorkOrder), (credits, PmCredit), (labour, LabourEntry)):
        bulk_create_with_history(rows, model, batch_size=500, default_change_reason=REASON)


def _waiting(tenant, assets, people, technicians) -> None:
    """What fell due, some of it approved and given to somebody; and reports, one of them answered."""
    supervisor = people["supervisor"]
    ready = (
        WorkOrder.objects.for_tenant(tenant)
        .open()
        .filter(origin=Origin.PM, assigned_to=None)
        .order_by("due_date", "pk")
    )
    for number, order in enumerate(ready[:12]):
        if number % 3 == 0:
            continue  # waits for its approval
        order = services.approve_order(order, by=supervisor) if order.status == OrderStatus.DRAFT else order
        if number % 3 == 1:
            services.assign_order(order, technicians[number % len(technicians)], by=supervisor)
    operators = [person for person in people.values() if person.role == "operator"]
    for number, (text, urgency, is_down) in enumerate(REPORTS):
        request = ServiceRequest(
            tenant=tenant, asset=assets[(number * 3) % len(assets)], description=text, urgency=urgency, is_down=is_down,
            created_at=timezone.now() - timedelta(minutes=25 * (number + 1)),
        )  # fmt: skip
        request = services.report(request, by=operators[number % len(operators)])
        if number == 2 and request.status == RequestStatus.PENDING:
            services.reject(request, by=supervisor, reason="The lamp is changed with the others on Friday.")
