"""inventory_stock.csv and inventory_wallets.csv: what the ledger comes to. AMMS has no ledger: its figures open one."""

import uuid
from typing import ClassVar

from apps.core.tables.checking import refuse_doubled
from apps.core.tables.columns import DEFAULT, NULL, Aside, Key, Number, ReferenceById
from apps.core.tables.table import Table
from apps.inventory.models import MoveKind, Stock, Wallet
from apps.inventory.models.stock import STORES
from apps.inventory.services.moving import MOST, MOST_VALUE

from .ledger import hold_parts
from .parts import Bin, Quantity

REASON = "opening balance"
# Figures that a file gives for what has no ledger yet, and what all that is there of a part is worth.
USUAL = """
    known as (
        select part_id, qty_on_hand as quantity, value from inventory_stock where tenant_id = %(tenant)s union all
        select part_id, qty_held, value from inventory_wallets where tenant_id = %(tenant)s union all
        select part_id, qty_on_hand, coalesce(value, qty_on_hand * unit_cost) from load_inventory_stock
            where new_id is not null and coalesce(value, unit_cost) is not null union all
        select part_id, qty_held, coalesce(value, qty_held * unit_cost) from load_inventory_wallets
            where new_id is not null and coalesce(value, unit_cost) is not null),
    usual as (
        select part_id, sum(value) as value, sum(quantity) as quantity from known
        where part_id in (select part_id from {staging}) group by part_id having sum(quantity) > 0)"""


class Balances(Table):
    """A place without moves opens with its figure; one that has some keeps what they come to.

    place: the columns that say where, beside the part. quantity: the column of how much.
    """

    place: ClassVar[tuple[str, ...]]
    given_place: ClassVar[str]  # in the staging table
    moved_to: ClassVar[str]  # in the ledger
    opens_at: ClassVar[str]  # warehouse, bin and person, in the ledger, of a first move
    quantity: ClassVar[str]
    turn = 7

    WORTH: ClassVar = [
        Number("value", NULL, digits=20, places=8, least=0, is_exact=True),
        Number("unit_cost", NULL, digits=14, places=4, least=0, is_exact=True, written=False, in_dump=False),
    ]

    def derive(self, values, load):
        """Without an id: one of its own, the same each time the file is read."""
        if values.get("id") is None:
            facts = [str(values.get(name)) for name in ("part_id", *self.place)]
            values["id"] = uuid.uuid5(load.tenant.pk, " ".join([self.name, *facts]))

    def settle(self, load):
        hold_parts(load, self)
        # What is left of the new ids tells places that open from those that have moves, and is the key of the first move.
        load.cursor.execute(
            f"""update {self.staging} s set new_id = null from (
                    select part_id, {self.moved_to} from stock_moves where tenant_id = %s
                    and part_id in (select part_id from {self.staging}) union
                    select part_id, {self.moved_to.replace("to_bin", "coalesce(to_bin, '')")} from load_stock_moves
                ) as moved (part_id, {", ".join(self.place)})
                where (moved.part_id, {", ".join(f"moved.{name}" for name in self.place)}) = (s.part_id, {self.given_place})""",
            [load.tenant.pk],
        )

    @property
    def same_place(self) -> str:
        there = ", ".join(f"t.{name}" for name in self.place)
        return f"t.tenant_id = %(tenant)s and (t.part_id, {there}) = (s.part_id, {self.given_place})"

    def check(self, load):
        refuse_doubled(load, self, "part_id", key=f"(s.part_id, {self.given_place})", reason="of this place: ")
        load.refuse_where(
            self,
            f"""select s.at_line, 'id', s.id, 'in the tenant this is another balance' from {self.staging} s
                join {self.name} t on t.tenant_id = %(tenant)s and t.id = s.id where not ({self.same_place})""",
        )
        worth = f"coalesce(value, {self.quantity} * unit_cost)"
        load.refuse_where(
            self,
            f"""select at_line, 'unit_cost', unit_cost, 'give the value of all or the cost of one, not both'
                from {self.staging} where value is not null and unit_cost is not null union all
                select at_line, 'value', value, 'where there is nothing, nothing is worth anything'
                from {self.staging} where {self.quantity} = 0 and value > 0 union all
                select at_line, '{self.quantity}', {self.quantity}, 'more than one place can keep; check quantity and cost'
                from {self.staging} where {self.quantity} > {MOST} or {worth} > {MOST_VALUE}""",
        )
        load.refuse_where(
            self,
            f"""select s.at_line, 'part_id', s.part_id, 'this part is not in use any more'
                from {self.staging} s left join load_parts f on f.id = s.part_id
                left join parts t on t.tenant_id = %(tenant)s and t.id = s.part_id
                where s.new_id is not null and s.{self.quantity} > 0 and not coalesce(f.is_active, t.is_active, true)""",
        )

    def write(self, load):
        sum_up(load)
        report = load.report.files[self.file]
        load.cursor.execute(
            f"""select count(*) from {self.staging} s where new_id is not null and ({self.quantity} > 0
                or not exists (select from {self.name} t where {self.same_place}))""",
            {"tenant": load.tenant.pk},
        )
        report.created = load.cursor.fetchone()[0]
        report.unchanged = report.read - report.created
        if not load.dry_run:
            self._open(load)

    def _open(self, load) -> None:
        """The first move of each place: its value as given, else at what the part usually costs; and empty bins."""
        place = ", ".join(self.place)
        values = {"tenant": load.tenant.pk, "now": load.now, "kind": MoveKind.ADJUST, "reason": REASON}
        load.cursor.execute(
            f"""with {USUAL.format(staging=self.staging)}, opened as (
                    select s.*, coalesce(s.value, s.{self.quantity} * s.unit_cost) as given,
                           coalesce(usual.value / usual.quantity, last.value / last.quantity, 0) as usual_cost
                    from {self.staging} s left join usual using (part_id)
                    left join lateral (select value, quantity from stock_moves m where m.tenant_id = %(tenant)s
                                       and m.part_id = s.part_id order by seq desc limit 1) as last on usual.part_id is null
                    where s.new_id is not null and s.{self.quantity} > 0),
                priced as (select *, coalesce(given, round({self.quantity} * usual_cost, 8)) as worth from opened)
                insert into stock_moves (id, tenant_id, part_id, kind, quantity, unit_cost, value, cost_known, from_bin,
                       to_location_id, to_bin, to_user_id, reference, supplier, reason, key, created_at)
                select new_id, %(tenant)s, part_id, %(kind)s, {self.quantity}, round(worth / {self.quantity}, 4), worth,
                       case when given > 0 then 'known' when given = 0 then 'zero' else 'unknown' end, '', {self.opens_at},
                       '', '', %(reason)s, '', %(now)s
                from priced order by at_line returning part_id""",
            values,
        )
        load.noted["moved"].update(part for (part,) in load.cursor.fetchall())
        load.cursor.execute(
            f"""insert into {self.name} (id, tenant_id, part_id, {place}, {self.quantity}, value)
                select s.id, %(tenant)s, s.part_id, {self.given_place}, 0, 0 from {self.staging} s
                where new_id is not null and {self.quantity} = 0 on conflict (tenant_id, part_id, {place}) do nothing""",
            values,
        )

    def finish(self, load):
        sum_up(load)
        if self.file not in load.report.files:
            return
        for column in (self.quantity, "value"):
            load.warn_where(
                self,
                f"""select s.at_line, '{column}', s.{column}, 'its moves come to ' || t.{column} || '; kept so'
                    from {self.staging} s join {self.name} t on {self.same_place} where s.{column} <> t.{column}""",
            )


class StockRows(Balances):
    model = Stock
    columns = [
        Key("id", DEFAULT),
        Aside("tenant_id"),
        ReferenceById("part_id", to="parts"),
        ReferenceById("location_id", to="locations"),
        Bin("bin_location", NULL),
        Quantity("qty_on_hand", least=0),
        *Balances.WORTH,
    ]
    place = ("location_id", "bin_location")
    given_place = "s.location_id, coalesce(s.bin_location, '')"
    moved_to = "to_location_id, to_bin"
    opens_at = "location_id, coalesce(bin_location, ''), null"
    quantity = "qty_on_hand"
    order = 't.part_id, t.location_id, t.bin_location collate "C"'

    def check(self, load):
        super().check(load)
        load.refuse_where(
            self,
            """select s.at_line, 'location_id', s.location_id, case
                   when coalesce(f.type, t.type, 'area') <> all(%(stores)s)
                   then 'is no warehouse, but a place of the type ' || coalesce(f.type, t.type, 'area')
                   else 'is a place that is not in use any more' end
               from load_inventory_stock s left join load_locations f on f.id = s.location_id
               left join locations t on t.tenant_id = %(tenant)s and t.id = s.location_id
               where s.new_id is not null and coalesce(f.id, t.id) is not null
               and (coalesce(f.type, t.type, 'area') <> all(%(stores)s) or not coalesce(f.is_active, t.is_active, true))""",
            stores=list(STORES),
        )


class Wallets(Balances):
    """People who have left may still carry something: it is listed until it is returned, handed over or written off."""

    model = Wallet
    columns = [
        Key("id", DEFAULT),
        Aside("tenant_id"),
        ReferenceById("user_id", to="users"),
        ReferenceById("part_id", to="parts"),
        Quantity("qty_held", least=0),
        *Balances.WORTH,
    ]
    place = ("user_id",)
    given_place = "s.user_id"
    moved_to = "to_user_id"
    opens_at = "null, '', user_id"
    quantity = "qty_held"
    order = "t.user_id, t.part_id"


# The sums of one kind of place, from both ends of the moves.
SUM_UP = """
    insert into {table} (id, tenant_id, part_id, {place}, {quantity}, value)
    select coalesce(s.id, gen_random_uuid()), %(tenant)s, part_id, {place}, moved.quantity, moved.value
    from (select part_id, {place}, sum(quantity) as quantity, sum(value) as value from (
            select part_id, {to}, quantity, value from stock_moves
            where tenant_id = %(tenant)s and part_id = any(%(parts)s) and {there_to} is not null union all
            select part_id, {gone}, -quantity, -value from stock_moves
            where tenant_id = %(tenant)s and part_id = any(%(parts)s) and {there_from} is not null
        ) as ends (part_id, {place}, quantity, value) group by part_id, {place}) as moved
    left join (select s.id, s.part_id, {given} from load_{table} s) as s (id, part_id, {place}) using (part_id, {place})
    on conflict (tenant_id, part_id, {place}) do update set {quantity} = excluded.{quantity}, value = excluded.value"""


def sum_up(load) -> None:
    """Bring the balances of parts that were moved up to date."""
    if not (parts := list(load.noted.pop("moved", ()))):
        return
    load.progress.tick(f"Adding up the moves of {len(parts):,} parts")
    for table in (StockRows, Wallets):
        there = table.place[0]
        load.cursor.execute(
            SUM_UP.format(
                table=table.model._meta.db_table,
                place=", ".join(table.place),
                given=table.given_place,
                quantity=table.quantity,
                to=table.moved_to,
                gone=table.moved_to.replace("to_", "from_"),
                there_to=f"to_{there}",
                there_from=f"from_{there}",
            ),
            {"tenant": load.tenant.pk, "parts": parts},
        )
