"""work_orders.csv with wo_tasks.csv; covered_cycles.csv and pm_credits.csv, what orders mean to their schedules."""

from dataclasses import dataclass

from apps.core.numbers import count_from, next_numbers
from apps.core.tables.checking import refuse_doubled
from apps.core.tables.columns import (
    DEFAULT,
    NULL,
    Aside,
    Bad,
    Choice,
    Code,
    Day,
    Flag,
    Json,
    Key,
    Moment,
    Reference,
    ReferenceById,
    Text,
    Whole,
)
from apps.core.tables.table import Table
from apps.maintenance.models import (
    CoveredCycle,
    HoldReason,
    OrderStatus,
    Origin,
    Outcome,
    PmCredit,
    PmSchedule,
    Priority,
    TaskKind,
    TaskResult,
    WorkOrder,
    WorkOrderTask,
)
from apps.maintenance.models.orders import TRIGGERS
from apps.registry.models import Meter

from .schedules import OnMeter, Positive

OPEN = "status not in ('closed', 'cancelled')"


@dataclass(frozen=True)
class Maybe(Choice):
    """A word, or none."""

    empty: str = NULL
    any_case: bool = True

    null = ""

    def dumped(self, column):
        return f"nullif({column}, '')"


@dataclass(frozen=True)
class DocumentNumber(Code):
    """WO-000123; it stands in addresses. Without one, the next of ours."""

    empty: str = NULL
    longest: int = 20

    def parse(self, cell, warn):
        if "/" in cell:
            raise Bad("a number has no slash")
        return super().parse(cell, warn)


class Numbered(Table):
    """Documents of a kind, whose numbers no two have; ours go on behind the highest that was loaded."""

    kind: str

    def check_numbers(self, load):
        refuse_doubled(load, self, "number")
        load.refuse_where(
            self,
            f"""select s.at_line, 'number', s.number, 'the tenant has it with the id ' || t.id from {self.staging} s
                join {self.name} t on t.tenant_id = %(tenant)s and t.number = s.number and t.id <> s.id""",
        )

    def write(self, load):
        if not load.dry_run:
            self._number(load)
        super().write(load)

    def _number(self, load):
        """Those that have none in the file keep what they have, or get the next ones in the order of lines."""
        load.cursor.execute(
            f"""update {self.staging} s set number = t.number from {self.name} t
                where t.tenant_id = %s and t.id = s.id and s.number is null""",
            [load.tenant.pk],
        )
        load.cursor.execute(
            f"""select coalesce(max(substring(number from 4)::int), 0) from {self.staging}
                where number ~ '^{self.kind}-[0-9]{{1,9}}$'"""
        )
        count_from(load.tenant, self.kind, load.cursor.fetchone()[0])
        load.cursor.execute(f"select at_line from {self.staging} where number is null order by at_line")
        lines = [line for (line,) in load.cursor.fetchall()]
        if lines:
            load.cursor.execute(
                f"""update {self.staging} s set number = n.number
                    from unnest(%s::int[], %s::text[]) as n(line, number) where s.at_line = n.line""",
                [lines, next_numbers(load.tenant, self.kind, len(lines))],
            )
            load.given[self.name].add("number")


class Orders(Numbered):
    model = WorkOrder
    kind = "WO"
    columns = [
        Key("id"),
        Aside("tenant_id"),
        DocumentNumber("number"),
        ReferenceById("asset_id", NULL, to="assets"),
        ReferenceById("location_id", NULL, to="locations"),
        Reference("station_id", NULL, to="stations"),
        Text("title", DEFAULT, usual=200),
        Text("description", NULL, usual=5000, longest=0),
        Choice("status", values=tuple(OrderStatus.values), any_case=True),
        Choice("origin", values=tuple(Origin.values), any_case=True),
        Choice("trigger", DEFAULT, values=tuple(value for value, _word in TRIGGERS)),
        Choice("priority", DEFAULT, values=tuple(Priority.values), any_case=True),
        ReferenceById("assigned_to_id", NULL, to="users"),
        Day("due_date", NULL),
        OnMeter("due_meter", NULL),
        Moment("planned_start", NULL, is_planned=True),
        Moment("planned_end", NULL, is_planned=True),
        Whole("estimated_minutes", NULL),
        ReferenceById("approved_by_id", NULL, to="users"),
        Flag("is_unapproved", DEFAULT),
        Moment("started_at", NULL),
        ReferenceById("started_by_id", NULL, to="users"),
        Moment("finished_at", NULL),
        ReferenceById("finished_by_id", NULL, to="users"),
        Moment("performed_at", NULL),
        Moment("closed_at", NULL),
        ReferenceById("closed_by_id", NULL, to="users"),
        Maybe("outcome", values=tuple(Outcome.values)),
        Maybe("hold_reason", values=tuple(HoldReason.values)),
        ReferenceById("problem_id", NULL, to="failure_codes"),
        ReferenceById("cause_id", NULL, to="failure_codes"),
        ReferenceById("remedy_id", NULL, to="failure_codes"),
        Moment("down_from", NULL),
        Moment("down_until", NULL),
        ReferenceById("pm_schedule_id", NULL, to="pm_schedules"),
        Positive("cycle", NULL),
        Whole("missed", DEFAULT),
        ReferenceById("covered_by_id", NULL, to="work_orders"),
        ReferenceById("service_request_id", NULL, to="service_requests"),
        ReferenceById("follows_id", NULL, to="work_orders"),
        Text("reason", NULL, usual=500, longest=0),
        ReferenceById("created_by_id", NULL, to="users"),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.number"
    turn = 7

    def derive(self, values, load):
        """What other systems leave out: a title, and when and how a closed order ended."""
        values["title"] = values.get("title") or "Work order"
        if values.get("status") == OrderStatus.CLOSED:
            values["outcome"] = values.get("outcome") or Outcome.DONE
            past = ("finished_at", "performed_at", "started_at", "created_at")
            if values.get("closed_at") is None:
                values["closed_at"] = next((values[n] for n in past if values.get(n) is not None), load.now)
            load.given[self.name] |= {"outcome", "closed_at"}
        load.given[self.name].add("title")

    def check(self, load):
        self.check_numbers(load)
        load.refuse_where(
            self,
            """select at_line, 'asset_id', '', 'is for nothing: name an asset, a place or a station' from load_work_orders
               where num_nonnulls(asset_id, location_id, station_id) = 0 union all
               select at_line, 'asset_id', '', 'an order of a schedule names its asset' from load_work_orders
               where pm_schedule_id is not null and asset_id is null union all
               select at_line, 'outcome', outcome, 'only a closed order has an outcome' from load_work_orders
               where status <> 'closed' and outcome is not null union all
               select at_line, 'closed_at', closed_at::text, 'only a closed order was closed' from load_work_orders
               where status <> 'closed' and closed_at is not null union all
               select at_line, 'hold_reason', hold_reason, 'only an order in progress is on hold' from load_work_orders
               where status <> 'in_progress' and hold_reason is not null union all
               select at_line, 'down_until', down_until::text, 'it cannot run again before it stood' from load_work_orders
               where down_until is not null and (down_from is null or down_until < down_from)""",
        )
        refuse_doubled(
            load, self, "cycle", key="case when s.cycle is not null then (s.pm_schedule_id, s.cycle)::text end",
            reason="of this schedule: ",
        )  # fmt: skip
        refuse_doubled(
            load, self, "pm_schedule_id", key=f"case when s.{OPEN} then s.pm_schedule_id end",
            reason="an open order of this schedule: ",
        )  # fmt: skip
        load.refuse_where(
            self,
            f"""select s.at_line, 'pm_schedule_id', s.pm_schedule_id, 'the tenant has an order of it: ' || t.number
                from load_work_orders s join work_orders t on t.tenant_id = %(tenant)s
                and t.pm_schedule_id = s.pm_schedule_id and t.id <> s.id
                and (t.cycle = s.cycle or (t.{OPEN} and s.{OPEN}))
                where not exists (select from load_work_orders n where n.id = t.id)""",
        )

    def write(self, load):
        if not load.dry_run:
            self.cycles = dict(PmSchedule.objects.for_tenant(load.tenant).values_list("pk", "cycle"))
        super().write(load)

    def start(self, load, instance):
        if instance.pm_schedule_id and instance.cycle is None and instance.is_open:
            instance.cycle = self.cycles[instance.pm_schedule_id]


class Tasks(Table):
    model = WorkOrderTask
    columns = [
        Key("id"),
        Aside("tenant_id"),
        ReferenceById("wo_id", field="work_order_id", to="work_orders"),
        Whole("position", DEFAULT),
        Text("section", NULL, usual=200),
        Text("description", usual=500, longest=0),
        Flag("is_mandatory", DEFAULT),
        Choice("kind", DEFAULT, values=tuple(TaskKind.values)),
        Text("unit", NULL, usual=20),
        OnMeter("min", NULL),
        OnMeter("max", NULL),
        Choice("meter", DEFAULT, values=tuple(Meter.values)),
        Maybe("result", values=tuple(TaskResult.values)),
        Text("value", NULL, usual=2000, longest=0),
        Text("comment", NULL, usual=2000, longest=0),
        ReferenceById("done_by_id", NULL, to="users"),
        Moment("done_at", NULL),
        ReferenceById("reading_id", NULL, to="meter_readings"),
        ReferenceById("follow_up_id", NULL, to="work_orders"),
        ReferenceById("waived_by_id", NULL, to="users"),
        Text("waiver", NULL, usual=500, longest=0),
    ]
    order = "t.wo_id, t.position, t.id"
    turn = 8

    def derive(self, values, load):
        if values.get("result") and values.get("done_at") is None:
            values["done_at"] = load.now
            load.given[self.name].add("done_at")

    def check(self, load):
        load.refuse_where(
            self,
            """select at_line, 'done_at', done_at::text, 'what was not done has no moment' from load_wo_tasks
               where result is null and done_at is not null union all
               select at_line, 'max', max::text, 'is below the least' from load_wo_tasks where max < min""",
        )


class Covers(Table):
    model = CoveredCycle
    columns = [
        Key("id"),
        ReferenceById("work_order_id", to="work_orders"),
        ReferenceById("pm_schedule_id", to="pm_schedules"),
        Positive("cycle"),
        Day("due_date", NULL),
        OnMeter("due_meter", NULL),
        Flag("is_open", DEFAULT),
    ]
    order = "t.work_order_id, t.id"
    turn = 8

    def check(self, load):
        refuse_doubled(
            load, self, "pm_schedule_id", key="case when s.is_open then s.pm_schedule_id end", reason="open: "
        )  # fmt: skip


class Credits(Table):
    model = PmCredit
    columns = [
        Key("id"),
        ReferenceById("work_order_id", to="work_orders"),
        ReferenceById("pm_schedule_id", to="pm_schedules"),
        Positive("cycle"),
        Day("performed_date"),
        OnMeter("performed_meter", NULL),
        Json("before", DEFAULT),
        Moment("withdrawn_at", NULL),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.id"
    turn = 8

    def check(self, load):
        refuse_doubled(
            load, self, "cycle", key="case when s.withdrawn_at is null then (s.pm_schedule_id, s.cycle)::text end",
            reason="of this schedule: ",
        )  # fmt: skip
