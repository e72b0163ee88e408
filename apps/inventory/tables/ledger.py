"""stock_moves.csv: the ledger, append-only and in the order of writing; stock and wallets are its sums."""

from apps.core.tables.append_only import AppendOnly
from apps.core.tables.checking import refuse_doubled
from apps.core.tables.columns import DEFAULT, NULL, Choice, Key, Moment, Number, ReferenceById, Text
from apps.inventory.ledger import COLUMNS, Replay
from apps.inventory.models import CostKnown, MoveKind, StockMove
from apps.inventory.models.stock import NOWHERE, PERSON, STORE, WAYS
from apps.inventory.services.moving import THREE

from .parts import Bin, Quantity

EARLIER = 10**15  # the lines of the file come after all that is there


class Moves(AppendOnly):
    model = StockMove
    there = "the tenant has this move"
    columns = [
        Key("id"),
        ReferenceById("part_id", to="parts"),
        Choice("kind", values=tuple(MoveKind.values)),
        Quantity("quantity", least=THREE),
        Number("unit_cost", digits=14, places=4, least=0, is_exact=True),
        Number("value", digits=20, places=8, least=0, is_exact=True),
        Choice("cost_known", DEFAULT, values=tuple(CostKnown.values)),
        ReferenceById("from_location_id", NULL, to="locations"),
        Bin("from_bin", NULL),
        ReferenceById("from_user_id", NULL, to="users"),
        ReferenceById("to_location_id", NULL, to="locations"),
        Bin("to_bin", NULL),
        ReferenceById("to_user_id", NULL, to="users"),
        Text("reference", NULL, usual=100),
        Text("supplier", NULL, usual=200),
        Text("reason", NULL, usual=500, longest=0),
        ReferenceById("undoes_id", NULL, to="stock_moves"),
        ReferenceById("user_id", NULL, to="users"),
        Text("key", NULL, usual=200),
        Moment("created_at", DEFAULT),
    ]
    order = "t.seq"
    turn = 6

    def settle(self, load):
        hold_parts(load, self)
        # What is left of the new ids tells new moves from those that are there.
        load.cursor.execute(
            "update load_stock_moves s set new_id = null from stock_moves t where t.tenant_id = %s and t.id = s.id",
            [load.tenant.pk],
        )

    def check(self, load):
        super().check(load)
        load.refuse_where(
            self,
            """select at_line, 'unit_cost', unit_cost, 'the value of one is ' || round(value / quantity, 4)
               from load_stock_moves where unit_cost <> round(value / quantity, 4)""",
        )
        refuse_doubled(load, self, "key")
        load.refuse_where(
            self,
            """select s.at_line, 'key', s.key, 'another move came with this key: ' || t.id
               from load_stock_moves s join stock_moves t on t.tenant_id = %(tenant)s and t.key = s.key and t.id <> s.id
               where s.key <> ''""",
        )
        self._check_undone(load)
        self._replay(load)

    def _check_undone(self, load):
        load.refuse_where(
            self,
            """select at_line, 'undoes_id', undoes_id, 'what brings back names the use that it undoes, and nothing else does'
               from load_stock_moves where (kind = 'unconsume') <> (undoes_id is not null)""",
        )
        moves = f"""
            with moves as (
                select id, part_id, kind, quantity, value, undoes_id, seq as place, null as at_line from stock_moves
                where tenant_id = %(tenant)s and part_id in (select part_id from load_stock_moves where undoes_id is not null)
                union all
                select id, part_id, kind, quantity, value, undoes_id, {EARLIER} + at_line, at_line from load_stock_moves
                where new_id is not null)"""
        load.refuse_where(
            self,
            f"""{moves} select b.at_line, 'undoes_id', b.undoes_id, 'has to be a use of the same part, and to come before'
                from moves b join moves u on u.id = b.undoes_id
                where b.at_line is not null and (u.kind <> 'consume' or u.part_id <> b.part_id or u.place >= b.place)""",
        )
        load.refuse_where(
            self,
            f"""{moves}, back as (
                    select *, sum(quantity) over so_far as quantity_back, sum(value) over so_far as value_back
                    from moves where undoes_id is not null window so_far as (partition by undoes_id order by place))
                select b.at_line, 'quantity', b.quantity, 'more is brought back than was used'
                from back b join moves u on u.id = b.undoes_id
                where b.at_line is not null and (b.quantity_back > u.quantity or b.value_back > u.value)""",
        )

    def _replay(self, load) -> None:
        """Do the moves of these parts from nothing: each goes a way of its kind, and takes what is there, at its share."""
        columns = ", ".join(COLUMNS[1:])
        load.cursor.execute(
            f"""select null, {columns}, seq as place from stock_moves
                where tenant_id = %(tenant)s and part_id in (select part_id from load_stock_moves where new_id is not null)
                union all
                select at_line, {columns.replace("from_bin", "coalesce(from_bin, '')").replace("to_bin", "coalesce(to_bin, '')")},
                       {EARLIER} + at_line from load_stock_moves where new_id is not null and not is_refused
                order by place""",
            {"tenant": load.tenant.pk},
        )
        again, bad = Replay(), []
        for line, *move, _place in load.cursor:
            kind, _part, quantity, _value, *places = move
            if line and not _goes_its_way(kind, places):
                bad.append((line, "kind", kind, "goes no way of its kind, from one place to another"))
            bad += [(line, "quantity", quantity, fault) for fault in again.move(*move) if line]
        load.refuse_each(self, bad)

    def write(self, load):
        report = load.report.files[self.file]
        load.cursor.execute(
            "select count(*), array_agg(distinct part_id) from load_stock_moves where new_id is not null"
        )
        report.created, parts = load.cursor.fetchone()
        report.unchanged = report.read - report.created
        if load.dry_run or not report.created:
            return
        load.noted["moved"].update(parts)
        load.progress.tick(f"{self.file}: writing {report.created:,} moves")
        load.cursor.execute(
            """insert into stock_moves (id, tenant_id, part_id, kind, quantity, unit_cost, value, cost_known,
                      from_location_id, from_bin, from_user_id, to_location_id, to_bin, to_user_id, reference, supplier,
                      reason, undoes_id, user_id, key, created_at)
               select id, %s, part_id, kind, quantity, unit_cost, value, coalesce(cost_known, 'known'),
                      from_location_id, coalesce(from_bin, ''), from_user_id, to_location_id, coalesce(to_bin, ''),
                      to_user_id, coalesce(reference, ''), coalesce(supplier, ''), coalesce(reason, ''), undoes_id,
                      user_id, coalesce(key, ''), coalesce(created_at, %s)
               from load_stock_moves where new_id is not null order by at_line""",
            [load.tenant.pk, load.now],
        )


def _goes_its_way(kind, places) -> bool:
    ends = []
    for location, bin, user in (places[:3], places[3:]):
        if location and user or bin and not location:
            return False
        ends.append(STORE if location else PERSON if user else NOWHERE)
    return tuple(ends) in WAYS[kind]


def hold_parts(load, table) -> None:
    """Lock the parts of a file: nothing else of them moves until the load has ended."""
    load.cursor.execute(
        f"""select count(*) from (select id from parts where tenant_id = %s and id in (select part_id from {table.staging})
            order by id for no key update) as held""",
        [load.tenant.pk],
    )
