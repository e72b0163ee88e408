"""Files of our own: what is reserved, ordered, offered from one wallet to another, and counted."""

from dataclasses import dataclass
from typing import Any, ClassVar

from apps.core.tables.checking import refuse_doubled
from apps.core.tables.columns import DEFAULT, NULL, Choice, Day, Key, Moment, ReferenceById, Text
from apps.core.tables.table import Table
from apps.inventory.models import (
    CountLine,
    CountStatus,
    Handover,
    HandoverStatus,
    PartOrder,
    Reservation,
    StockCount,
)
from apps.inventory.services.moving import THREE

from .parts import Bin, Quantity


def refuse_taken_key(load, table: Table) -> None:
    """A request key stands for one row."""
    refuse_doubled(load, table, "key")
    load.refuse_where(
        table,
        f"""select s.at_line, 'key', s.key, 'another row came with this key: ' || t.id from {table.staging} s
            join {table.name} t on t.tenant_id = %(tenant)s and t.key = s.key and t.id <> s.id where s.key <> ''""",
    )


class Reservations(Table):
    model = Reservation
    columns = [
        Key("id"),
        ReferenceById("part_id", to="parts"),
        Text("reference", usual=100),
        ReferenceById("warehouse_id", NULL, to="locations"),
        Quantity("quantity", least=THREE),
        Quantity("qty_taken", DEFAULT, least=0),
        ReferenceById("reserved_by", DEFAULT, "reserved_by_id", to="users"),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.id"

    def check(self, load):
        refuse_doubled(load, self, "reference", key="(s.part_id, s.reference)", reason="of this part: ")
        load.refuse_where(
            self,
            """select s.at_line, 'reference', s.reference, 'the part is reserved for it, with the id ' || t.id
               from load_reservations s join reservations t on t.tenant_id = %(tenant)s and t.part_id = s.part_id
               and t.reference = s.reference and t.id <> s.id""",
        )


class Orders(Table):
    model = PartOrder
    columns = [
        Key("id"),
        ReferenceById("part_id", to="parts"),
        Quantity("quantity", least=THREE),
        Quantity("qty_received", DEFAULT, least=0),
        Text("supplier", NULL, usual=200),
        Text("reference", NULL, usual=100),
        Day("expected_on", NULL),
        ReferenceById("ordered_by", DEFAULT, "ordered_by_id", to="users"),
        Moment("ordered_at", DEFAULT),
        Moment("closed_at", NULL),
        Text("close_reason", NULL, usual=500, longest=0),
        Text("key", NULL, usual=200),
    ]
    order = "t.ordered_at, t.id"

    def check(self, load):
        refuse_taken_key(load, self)


class Handovers(Table):
    model = Handover
    columns = [
        Key("id"),
        ReferenceById("part_id", to="parts"),
        Quantity("quantity", least=THREE),
        ReferenceById("from_user_id", to="users"),
        ReferenceById("to_user_id", to="users"),
        Text("note", NULL, usual=500, longest=0),
        Choice("status", values=tuple(HandoverStatus.values)),
        ReferenceById("created_by", DEFAULT, "created_by_id", to="users"),
        Moment("created_at", DEFAULT),
        Moment("ended_at", NULL),
        ReferenceById("move_id", NULL, to="stock_moves"),
        Text("key", NULL, usual=200),
    ]
    order = "t.created_at, t.id"
    turn = 8

    def check(self, load):
        refuse_taken_key(load, self)
        load.refuse_where(
            self,
            """select at_line, 'to_user_id', to_user_id, 'hands it to themselves' from load_wallet_handovers
               where from_user_id = to_user_id union all
               select at_line, 'move_id', move_id, 'what was confirmed names its move, and nothing else does'
               from load_wallet_handovers where (status = 'confirmed') <> (move_id is not null)""",
        )


class Counts(Table):
    model = StockCount
    columns = [
        Key("id"),
        ReferenceById("location_id", to="locations"),
        Text("note", NULL, usual=500, longest=0),
        Choice("status", values=tuple(CountStatus.values)),
        Text("reason", NULL, usual=500, longest=0),
        ReferenceById("started_by", DEFAULT, "started_by_id", to="users"),
        Moment("started_at", DEFAULT),
        ReferenceById("ended_by", DEFAULT, "ended_by_id", to="users"),
        Moment("ended_at", NULL),
    ]
    order = "t.started_at, t.id"

    def check(self, load):
        load.refuse_where(
            self,
            """select at_line, 'ended_at', ended_at, 'a count is open, or has a moment when it ended'
               from load_stock_counts where (status = 'open') <> (ended_at is null)""",
        )


@dataclass(frozen=True)
class SeenMove(Key):
    """The last move of the part when it was counted: in a file by its id, in the table by its place in the ledger."""

    sql: ClassVar[str] = "text"
    null: ClassVar[Any] = 0

    def stored(self, value):
        return int(value)

    def dumped(self, column):
        return f"(select id::text from stock_moves where tenant_id = t.tenant_id and seq = {column})"


class CountLines(Table):
    model = CountLine
    columns = [
        Key("id"),
        ReferenceById("count_id", to="stock_counts"),
        ReferenceById("part_id", to="parts"),
        Bin("bin_location", NULL),
        Quantity("qty_counted", least=0),
        Quantity("qty_expected", least=0),
        SeenMove("seen_move_id", NULL, "seen_seq"),
        ReferenceById("counted_by", DEFAULT, "counted_by_id", to="users"),
        Moment("counted_at", DEFAULT),
        Text("reason", NULL, usual=500, longest=0),
        ReferenceById("move_id", NULL, to="stock_moves"),
    ]
    order = "t.counted_at, t.id"
    turn = 8

    def check(self, load):
        key = "(s.count_id, s.part_id, coalesce(s.bin_location, ''))"
        refuse_doubled(load, self, "part_id", key=key, reason="of this count and bin: ")
        load.refuse_where(
            self,
            f"""select s.at_line, 'part_id', s.part_id, 'the count has this bin, with the id ' || t.id
                from load_stock_count_lines s join stock_count_lines t on t.tenant_id = %(tenant)s
                and (t.count_id, t.part_id, t.bin_location) = {key} and t.id <> s.id""",
        )
        load.refuse_where(
            self,
            """select at_line, 'seen_move_id', seen_move_id, 'neither in stock_moves.csv nor in the tenant'
               from load_stock_count_lines s where seen_move_id is not null
               and not exists (select from load_stock_moves m where m.id = s.seen_move_id::uuid)
               and not exists (select from stock_moves m where m.tenant_id = %(tenant)s and m.id = s.seen_move_id::uuid)""",
        )

    def write(self, load):
        load.cursor.execute(
            """update load_stock_count_lines s set seen_move_id = coalesce((select seq::text from stock_moves m
               where m.tenant_id = %s and m.id = s.seen_move_id::uuid), '0') where seen_move_id is not null""",
            [load.tenant.pk],
        )
        super().write(load)
