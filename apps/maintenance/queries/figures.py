"""The figures of maintenance over a period, each with the rows it is made of. None where there is no value: no data is not 0.

MTTR = Σ(down_until − down_from) ÷ corrective events that stopped the asset. MTBF = operating time ÷ those events. PM
compliance = done within due ± grace ÷ due in the period. Source: domain §3, KPIs.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils import timezone

from apps.core.models import User
from apps.core.roles import Role
from apps.maintenance.due import Trigger, is_on_time
from apps.maintenance.models import (
    CoveredCycle,
    OrderStatus,
    Origin,
    Outcome,
    PmCredit,
    WorkOrder,
)
from apps.maintenance.queries.costs import PARTS_OF_COST, with_costs
from apps.registry.ledgers import recent
from apps.registry.meters import ledger
from apps.registry.models import Asset, AssetStatus, Meter, MeterReading

CREW_WEEK = 40 * 60  # minutes that one person works in a week
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A period [start, end), and the asset with its components or the place with all below that is asked about."""

    tenant: object
    start: datetime
    end: datetime
    asset: Asset | None = None
    location: object = None

    @property
    def days(self):
        """The first and the last date of the period, by the tenant's clock."""
        return self.tenant.local(self.start).date(), self.tenant.local(self.end - SECOND).date()

    def assets(self):
        rows = Asset.objects.for_tenant(self.tenant)
        if self.asset:
            return rows.filter(pk__in=self.asset.get_descendants(include_self=True).values("pk"))
        if self.location:
            return rows.filter(location__in=self.location.get_descendants(include_self=True).values("pk"))
        return rows

    def units(self):
        """Those of the assets that run by themselves: a component runs, and stands, with its unit."""
        return (
            Asset.objects.for_tenant(self.tenant).filter(pk=self.asset.pk)
            if self.asset
            else self.assets().filter(parent=None)
        )

    def of(self, rows, path=""):
        """Of rows that are orders, or name one by `path`, those in scope."""
        if self.asset:
            return rows.filter(**{f"{path}asset__in": self.assets().values("pk")})
        if self.location:
            below = self.location.get_descendants(include_self=True).values("pk")
            here = Q(**{f"{path}asset__location__in": below})
            return rows.filter(here | Q(**{f"{path}asset": None, f"{path}location__in": below}))
        return rows


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Corrective orders that were closed with one cause: how many, and what they cost."""

    code: str
    name: str
    count: int
    cost: Decimal


@dataclass(frozen=True, kw_only=True)
class Due:
    """A cycle that fell due in the period: its order, the schedule, the day, and whether it was done in time."""

    order: WorkOrder
    schedule: object
    day: object
    done_on: object
    is_on_time: bool


@dataclass(kw_only=True)
class Figures:
    scope: Scope
    failures: int = 0
    standing: int = 0  # stops that have not ended; they count as failures once they have
    restore_seconds: int = 0
    operating_seconds: int = 0
    backlog_minutes: int = 0
    backlog_orders: int = 0
    without_estimate: int = 0
    crew: int = 0
    planned: int = 0
    closed: int = 0
    due: list[Due] = field(default_factory=list)
    cost: dict = field(default_factory=dict)
    causes: list[Cause] = field(default_factory=list)
    not_coded: int = 0
    without_asset: int = 0

    @property
    def mttr_seconds(self):
        return round(self.restore_seconds / self.failures) if self.failures else None

    @property
    def mtbf_seconds(self):
        return round(self.operating_seconds / self.failures) if self.failures else None

    @property
    def availability(self):
        whole = self.operating_seconds + self.restore_seconds
        return self.operating_seconds / whole if whole else None

    @property
    def pm_due(self):
        return len(self.due)

    @property
    def pm_done_in_window(self):
        return sum(row.is_on_time for row in self.due)

    @property
    def pm_compliance(self):
        return self.pm_done_in_window / self.pm_due if self.pm_due else None

    @property
    def planned_ratio(self):
        return self.planned / self.closed if self.closed else None

    @property
    def crew_weeks(self):
        return self.backlog_minutes / (self.crew * CREW_WEEK) if self.crew else None

    @property
    def total_cost(self):
        return sum(self.cost.values())


def maintenance_figures(tenant, start, end, *, asset=None, location=None) -> Figures:
    """All figures of a period [start, end) of moments, in a number of queries that does not grow with the plant."""
    scope = Scope(tenant=tenant, start=start, end=end, asset=asset, location=location)
    found = Figures(scope=scope)
    stops = list(failures(scope).values_list("down_from", "down_until"))
    found.failures = len(stops)
    found.restore_seconds = sum(round((until - since) / SECOND) for since, until in stops)
    found.standing = _stopped(scope).filter(down_until=None).count()
    found.operating_seconds = operating_seconds(scope)
    found.due = due_cycles(scope)
    backlog = open_orders(scope).aggregate(
        minutes=Sum("estimated_minutes"), orders=Count("pk"), bare=Count("pk", filter=Q(estimated_minutes=None))
    )
    found.backlog_minutes, found.backlog_orders = backlog["minutes"] or 0, backlog["orders"]
    found.without_estimate = backlog["bare"]
    found.crew = User.objects.for_tenant(tenant).filter(role=Role.TECHNICIAN, is_active=True).count()
    closed = closed_orders(scope).aggregate(all=Count("pk"), planned=Count("pk", filter=Q(origin=Origin.PM)))
    found.closed, found.planned = closed["all"], closed["planned"]
    found.cost = {
        name: scope.of(rows.filter(tenant=tenant, created_at__gte=start, created_at__lt=end), "work_order__").aggregate(
            total=Sum(amount)
        )["total"]
        or Decimal(0)
        for name, (rows, amount) in PARTS_OF_COST.items()
    }
    found.causes, found.not_coded, found.without_asset = _causes(scope)
    return found


# -- the rows -----------------------------------------------------------------------------------------------------------


def _stopped(scope):
    orders = WorkOrder.objects.for_tenant(scope.tenant).exclude(status=OrderStatus.CANCELLED).exclude(origin=Origin.PM)
    orders = orders.filter(asset__isnull=False, down_from__gte=scope.start, down_from__lt=scope.end)
    return scope.of(orders)


def failures(scope):
    """Corrective orders whose asset stood from a moment of the period until it ran again."""
    return _stopped(scope).filter(down_until__isnull=False).order_by("-down_from", "-pk")


def open_orders(scope):
    """What is to be done, as of now."""
    return scope.of(WorkOrder.objects.for_tenant(scope.tenant).open()).order_by("due_date", "pk")


def closed_orders(scope):
    """What was done and closed in the period."""
    orders = WorkOrder.objects.for_tenant(scope.tenant).filter(outcome=Outcome.DONE)
    return scope.of(orders.filter(closed_at__gte=scope.start, closed_at__lt=scope.end)).order_by("-closed_at", "-pk")


def corrective_orders(scope):
    """Closed corrective orders of assets, with what they cost; those without an asset are counted elsewhere."""
    return with_costs(closed_orders(scope).exclude(origin=Origin.PM).filter(asset__isnull=False)).select_related(
        "cause"
    )


def _causes(scope) -> tuple[list[Cause], int, int]:
    """The causes, most frequent first; how many orders are not coded, and how many are of no asset."""
    corrective = closed_orders(scope).exclude(origin=Origin.PM).order_by()
    orders = corrective.filter(asset__isnull=False)
    costs: dict = defaultdict(Decimal)
    for rows, amount in PARTS_OF_COST.values():
        summed = (
            rows.filter(tenant=scope.tenant, work_order__in=orders.values("pk")).order_by().values("work_order__cause")
        )
        for key, cost in summed.annotate(total=Sum(amount)).values_list("work_order__cause", "total"):
            costs[key] += cost or 0
    counted = (
        orders.values("cause").annotate(count=Count("pk")).values_list("cause", "cause__code", "cause__name", "count")
    )
    causes = [Cause(code=code, name=name, count=n, cost=costs[key]) for key, code, name, n in counted if key]
    causes.sort(key=lambda cause: (-cause.count, -cause.cost, cause.code))
    bare = sum(n for key, _code, _name, n in counted if not key)
    return causes, bare, corrective.filter(asset=None).count()


def due_cycles(scope) -> list[Due]:
    """Every cycle that fell due in the period, with or without an order of its own, in the order of days.

    A cycle that the order of a longer schedule does counts by itself. A cycle without a due date is due on the day on
    which its meter made the order.
    """
    first, last = scope.days
    dated = Q(due_date__gte=first, due_date__lte=last)
    orders = WorkOrder.objects.for_tenant(scope.tenant).filter(pm_schedule__isnull=False, covered_by=None)
    undated = Q(due_date=None, created_at__gte=scope.start, created_at__lt=scope.end)
    orders = scope.of(orders.filter(dated | undated)).select_related("pm_schedule", "asset")
    cycles = CoveredCycle.objects.for_tenant(scope.tenant).exclude(work_order__status=OrderStatus.CANCELLED)
    undated = Q(due_date=None, work_order__created_at__gte=scope.start, work_order__created_at__lt=scope.end)
    cycles = scope.of(cycles.filter(dated | undated), "work_order__")
    rows = [(order, order.pm_schedule, order) for order in orders]
    rows += [
        (cycle.work_order, cycle.pm_schedule, cycle)
        for cycle in cycles.select_related("pm_schedule", "work_order__asset")
    ]
    credits = _credits(scope.tenant, {order.pk for order, _schedule, _due in rows})
    found = [_due(order, schedule, due, credits.get((order.pk, schedule.pk))) for order, schedule, due in rows]
    return sorted(found, key=lambda row: (row.day, row.order.number))


def _credits(tenant, orders: Iterable) -> dict:
    rows = PmCredit.objects.for_tenant(tenant).filter(work_order__in=orders, withdrawn_at=None)
    return {(row.work_order_id, row.pm_schedule_id): row for row in rows}


def _due(order, schedule, due, credit) -> Due:
    """due: the order, or the covered cycle, which says when it was due."""
    by_meter = due.due_date is None or (order.trigger == Trigger.METER and due is order)
    in_time = credit is not None and is_on_time(
        schedule.plain,
        Trigger.METER if by_meter and due.due_meter is not None else Trigger.DATE,
        due_date=due.due_date,
        due_meter=due.due_meter,
        on=credit.performed_date,
        meter=credit.performed_meter,
    )
    return Due(
        order=order, schedule=schedule, day=due.due_date or order.tenant.local(order.created_at).date(),
        done_on=credit and credit.performed_date, is_on_time=in_time,
    )  # fmt: skip


# -- how long things ran ------------------------------------------------------------------------------------------------


def operating_seconds(scope) -> int:
    """How long the units of the scope ran in the period: by their hour meters; without one, whenever they did not stand.

    The period ends now where it reaches into what is to come.
    """
    end = min(scope.end, timezone.now())
    if end <= scope.start:
        return 0
    units = scope.units().exclude(status=AssetStatus.RETIRED)
    hours = _run_hours(scope, units, end)
    whole = (end - scope.start) / SECOND
    by_clock = whole * units.exclude(pk__in=hours).count() - sum(
        _stood(stops, scope.start, end) for key, stops in _stops(scope, end).items() if key not in hours
    )
    return round(float(sum(hours.values())) * 3600 + by_clock)


def _run_hours(scope, units, end) -> dict:
    """{key of a unit: hours its meter counted}, of the units whose meter was read in the period."""
    read = MeterReading.objects.for_tenant(scope.tenant).filter(
        meter=Meter.RUN_HOURS, read_at__gte=scope.start, read_at__lt=end, asset__in=units.values("pk")
    )
    keys = list(read.order_by().values_list("asset_id", flat=True).distinct())
    found = {}
    for key, kept in recent(scope.tenant.pk, Meter.RUN_HOURS, dict.fromkeys(keys, scope.start)).items():
        points = ledger(kept.entries).points
        within = [point.lifetime for point in points if scope.start <= point.entry.read_at < end]
        if not within:
            continue
        before = [point.lifetime for point in points if point.entry.read_at < scope.start]
        if before:
            first = before[-1]
        else:  # nothing is known from before: a first dial reading is where counting begins, a first delta was run
            first = points[0].lifetime - (points[0].adds if not points[0].entry.is_dial else 0)
        found[key] = max(within[-1] - first, Decimal(0))
    return found


def _stops(scope, end) -> dict:
    """{key of a unit: [(from, until)]} of all stops that reach into the period, those of components with their unit's."""
    orders = WorkOrder.objects.for_tenant(scope.tenant).exclude(status=OrderStatus.CANCELLED).exclude(origin=Origin.PM)
    orders = scope.of(orders.filter(asset__isnull=False, down_from__lt=end))
    orders = orders.filter(Q(down_until=None, closed_at=None) | Q(down_until__gt=scope.start))
    tops = {} if scope.asset else dict(scope.units().values_list("tree_id", "pk"))
    found = defaultdict(list)
    for tree, since, until in orders.values_list("asset__tree_id", "down_from", "down_until"):
        key = scope.asset.pk if scope.asset else tops.get(tree)
        if key:
            found[key].append((since, until or end))
    return found


def _stood(stops, start, end) -> float:
    """Seconds of [start, end) in which at least one of the stops lasted."""
    total, reached = 0.0, start
    for since, until in sorted(stops):
        since, until = max(since, reached), min(until, end)
        if until > since:
            total, reached = total + (until - since) / SECOND, until
    return total
