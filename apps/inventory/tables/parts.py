"""parts.csv: the catalogue; with the barcodes that find a part (part_barcodes.csv) and the units it comes in (part_units.csv)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from apps.core.tables.checking import refuse_doubled
from apps.core.tables.columns import (
    DEFAULT,
    NULL,
    Aside,
    Bad,
    Choice,
    Code,
    Flag,
    Key,
    Moment,
    Number,
    ReferenceById,
    Text,
    Whole,
    checked_code,
)
from apps.core.tables.table import Table
from apps.inventory.models import AbcClass, Part, PartBarcode, PartUnit
from apps.inventory.services.moving import THREE
from apps.inventory.services.parts import RESERVED

SMALL = 32_767  # days


@dataclass(frozen=True)
class Quantity(Number):
    """Of a part: three decimals, and not one more."""

    digits: int = 14
    places: int | None = 3
    is_exact: bool = True


@dataclass(frozen=True)
class Bin(Text):
    """A shelf of a warehouse; empty: none in particular."""

    def parse(self, cell, warn):
        return checked_code(cell)


@dataclass(frozen=True)
class Sku(Code):
    longest: int = 60

    def parse(self, cell, warn):
        if cell.lower() in RESERVED:
            raise Bad("is a word of our addresses; choose another")
        return super().parse(cell, warn)


@dataclass(frozen=True)
class Letter(Choice):
    null: ClassVar[Any] = ""

    def dumped(self, column):
        return f"nullif({column}, '')"


@dataclass(frozen=True)
class Days(Whole):
    def parse(self, cell, warn):
        if (days := super().parse(cell, warn)) > SMALL:
            raise Bad(f"must be at most {SMALL}")
        return days


# Every code that finds a part, as it will be: of files (with their lines) and of the tenant.
CODES = """
    codes(file, at_line, field, part, code) as materialized (
        select 'parts', at_line, 'sku', id, sku from load_parts union all
        select 'parts', at_line, 'barcode', id, barcode from load_parts where barcode <> '' union all
        select 'part_barcodes', at_line, 'barcode', part_id, barcode from load_part_barcodes union all
        select '', null, '', id, sku from parts t where tenant_id = %(tenant)s
            and not exists (select from load_parts s where s.id = t.id) union all
        select '', null, '', id, barcode from parts t where tenant_id = %(tenant)s and barcode <> ''
            and not (%(has_barcodes)s and exists (select from load_parts s where s.id = t.id)) union all
        select '', null, '', part_id, barcode from part_barcodes t where tenant_id = %(tenant)s
            and not exists (select from load_part_barcodes s where s.id = t.id))"""


def refuse_taken(load, table: Table) -> None:
    """A code finds one part: whatever it is, its SKU, its barcode or an alternative one."""
    load.refuse_where(
        table,
        f"""with {CODES} select c.at_line, c.field, c.code, 'finds another part, too: ' || min(o.part::text)
            from codes c join codes o on o.code = c.code and o.part <> c.part
            where c.file = %(file)s group by c.at_line, c.field, c.code""",
        file=table.name,
        has_barcodes="barcode" in load.given["parts"],
    )


class Parts(Table):
    model = Part
    columns = [
        Key("id"),
        Aside("tenant_id"),
        Sku("sku"),
        Text("name", usual=200),
        Text("category", NULL, usual=100),
        Text("unit", DEFAULT, usual=20),
        Quantity("min_level", NULL, least=0),
        Quantity("max_level", NULL, least=0),
        Text("barcode", NULL, usual=120),
        Text("supplier", NULL, usual=200),
        Days("lead_days", NULL),
        Letter("abc_class", NULL, values=tuple(AbcClass.values), any_case=True),
        Flag("is_active", DEFAULT),
        Moment("created_at", DEFAULT),
    ]
    order = 't.sku collate "C"'
    turn = 3

    def check(self, load):
        refuse_doubled(load, self, "sku")
        refuse_taken(load, self)
        least, most = (
            f"s.{name}" if name in load.given[self.name] else f"t.{name}" for name in ("min_level", "max_level")
        )
        there = f"from {self.staging} s join parts t on t.tenant_id = %(tenant)s and t.id = s.id"
        load.refuse_where(
            self,
            f"""select s.at_line, 'max_level', {most}, 'below the minimum, ' || {least}
                {there.replace("join", "left join")} where {most} < {least}""",
        )
        load.refuse_where(
            self,
            f"""select s.at_line, 'unit', s.unit, 'the part was moved in ' || t.unit || '; its unit stays' {there}
                where s.unit <> t.unit
                and exists (select from stock_moves m where m.tenant_id = %(tenant)s and m.part_id = s.id)""",
        )
        rest = " or ".join(
            f"exists (select from {table} r where r.tenant_id = %(tenant)s and r.part_id = s.id and {left})"
            for table, left in (
                ("inventory_stock", "qty_on_hand > 0"),
                ("inventory_wallets", "qty_held > 0"),
                ("reservations", "qty_open > 0"),
                ("part_orders", "qty_open > 0 and closed_at is null"),
            )
        )
        load.refuse_where(
            self,
            f"""select s.at_line, 'is_active', 'f', 'the part is still held, reserved or ordered' {there}
                where not s.is_active and t.is_active and ({rest})""",
        )


class Barcodes(Table):
    model = PartBarcode
    columns = [Key("id"), ReferenceById("part_id", to="parts"), Text("barcode", usual=120)]
    order = 't.barcode collate "C"'

    def check(self, load):
        refuse_doubled(load, self, "barcode")
        refuse_taken(load, self)
        load.refuse_where(
            self,
            """select s.at_line, 'barcode', s.barcode, 'the part has this barcode, with the id ' || t.id
               from load_part_barcodes s join part_barcodes t on t.tenant_id = %(tenant)s and t.barcode = s.barcode
               and t.part_id = s.part_id and t.id <> s.id
               where not exists (select from load_part_barcodes o where o.id = t.id)""",
        )


class Units(Table):
    model = PartUnit
    columns = [
        Key("id"),
        ReferenceById("part_id", to="parts"),
        Code("code", longest=20),
        Quantity("factor", least=THREE),
    ]
    order = 't.part_id, t.code collate "C"'

    def check(self, load):
        refuse_doubled(load, self, "code", key="(s.part_id, s.code)", reason="of this part: ")
        load.refuse_where(
            self,
            """select s.at_line, 'code', s.code, 'the part has this unit, with the id ' || t.id
               from load_part_units s join part_units t on t.tenant_id = %(tenant)s and t.part_id = s.part_id
               and t.code = s.code and t.id <> s.id""",
        )
