"""What went into orders: wo_labour.csv, wo_consumables.csv, wo_costs.csv, wo_comments.csv."""

from decimal import Decimal

from apps.core.tables.checking import refuse_doubled
from apps.core.tables.columns import DEFAULT, NULL, Aside, Choice, Key, Moment, Number, ReferenceById, Text, Whole
from apps.core.tables.table import Table
from apps.inventory.services.moving import THREE
from apps.inventory.tables.parts import Quantity
from apps.maintenance.models import Consumable, CostKind, LabourEntry, OrderComment, PartSource, WorkOrderCost


class Labour(Table):
    model = LabourEntry
    columns = [
        Key("id"),
        ReferenceById("work_order_id", to="work_orders"),
        ReferenceById("user_id", to="users"),
        Moment("started_at", NULL),
        Moment("ended_at", NULL),
        Whole("minutes", NULL),
        Number("hourly_rate", DEFAULT, digits=12, places=4, least=0),
        Text("note", NULL, usual=500, longest=0),
        ReferenceById("created_by_id", NULL, to="users"),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.id"
    turn = 8

    def check(self, load):
        load.refuse_where(
            self,
            """select at_line, 'minutes', minutes::text, 'give minutes, or a timer that runs or has both its ends'
               from load_wo_labour where not (
                   (minutes is not null and num_nonnulls(started_at, ended_at) = 0)
                   or (minutes is null and started_at is not null and ended_at is null)
                   or (minutes is not null and ended_at >= started_at)) is true""",
        )
        refuse_doubled(
            load, self, "user_id", key="case when s.minutes is null then s.user_id end", reason="a running timer: "
        )  # fmt: skip


class Consumables(Table):
    """What other systems used has moved no stock here: balances are loaded as they are after it."""

    model = Consumable
    columns = [
        Key("id"),
        Aside("tenant_id"),
        ReferenceById("wo_id", field="work_order_id", to="work_orders"),
        ReferenceById("part_id", to="parts"),
        Quantity("qty_used", least=THREE),
        Number("cost_at_time", digits=14, places=4, least=0),
        Number("value", DEFAULT, digits=20, places=8, least=0, is_exact=True),
        Choice("source", values=tuple(PartSource.values), any_case=True),
        ReferenceById("move_id", NULL, to="stock_moves"),
        ReferenceById("undone_id", NULL, to="stock_moves"),
        ReferenceById("used_by_id", NULL, to="users"),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.id"
    turn = 8

    def derive(self, values, load):
        if values.get("value") is None:
            values["value"] = (values["qty_used"] * values["cost_at_time"]).quantize(Decimal("0.00000001"))
            load.given[self.name].add("value")


class Costs(Table):
    model = WorkOrderCost
    columns = [
        Key("id"),
        ReferenceById("work_order_id", to="work_orders"),
        Choice("kind", values=tuple(CostKind.values), any_case=True),
        Text("supplier", NULL, usual=200),
        Text("reference", NULL, usual=100),
        Number("amount", digits=14, places=2),
        ReferenceById("created_by_id", NULL, to="users"),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.id"
    turn = 8


class Comments(Table):
    model = OrderComment
    columns = [
        Key("id"),
        ReferenceById("work_order_id", to="work_orders"),
        Text("text", NULL, usual=5000, longest=0),
        ReferenceById("user_id", NULL, to="users"),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.id"
    turn = 8
