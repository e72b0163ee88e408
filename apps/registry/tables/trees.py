"""locations.csv and assets.csv: the trees. A row may come before the one it hangs below."""

from decimal import Decimal
from uuid import UUID

from apps.core.hooks import assets_moved
from apps.core.tables.columns import DEFAULT, NULL, Aside, Choice, Day, Flag, Key, Moment, Number, ReferenceById, Text
from apps.core.tables.table import Table
from apps.core.tables.writing import update
from apps.core.trees import LAST, renumber, tree_guard
from apps.registry.models import STEPS, Asset, AssetStatus, Criticality, HoursSource, Location, LocationType

LEAST = Decimal("0.0001")
DEEPEST = 100  # levels; it also ends the walk through a circle


class Tree(Table):
    """Rows are written as they hang, and numbered once at the end.

    tree: a temporary table of the whole tree as it will be: each node's line (if it is in the file), parent, `root` and
    `depth` (neither, where it hangs in a circle or too deep), and its `facts`, columns with rules along the branches.
    """

    order = "t.created_at, t.id"
    facts: dict[str, str]  # column: its default, in SQL

    @property
    def tree(self) -> str:
        return f"tree_{self.name}"

    def settle(self, load):
        parent = "t.parent_id"
        if "parent_id" in load.given[self.name]:
            parent = "case when s.at_line is null then t.parent_id else s.parent_id end"
        facts = "".join(f", coalesce(s.{name}, t.{name}, {default}) as {name}" for name, default in self.facts.items())
        load.cursor.execute(f"drop table if exists pg_temp.{self.tree}")
        load.cursor.execute(
            f"""create temp table {self.tree} on commit drop as
                with recursive nodes as materialized (
                    select id, s.at_line, {parent} as parent_id{facts}
                    from (select distinct on (id) * from {self.staging} where id is not null order by id, at_line) s
                    full join (select * from {self.name} where tenant_id = %s) t using (id)
                ), hanging as (
                    select n.id, n.id as root, 0 as depth from nodes n left join nodes p on p.id = n.parent_id
                    where p.id is null
                    union all
                    select n.id, h.root, h.depth + 1 from nodes n join hanging h on h.id = n.parent_id
                    where h.depth < {DEEPEST}
                ) select n.*, h.root, h.depth from nodes n left join hanging h using (id)""",
            [load.tenant.pk],
        )
        load.cursor.execute(f"analyze {self.tree}")

    def check(self, load):
        load.cursor.execute(f"select id, parent_id from {self.tree} where depth is null order by at_line, id")
        load.refuse_where(
            self,
            f"""select at_line, 'parent_id', parent_id, 'hangs below itself' from {self.tree}
                where id = any(%(circles)s) and at_line is not null""",
            circles=list(_circles(dict(load.cursor.fetchall()))),
        )
        load.refuse_where(
            self,
            f"""select at_line, 'parent_id', parent_id, 'hangs more than {DEEPEST} levels deep'
                from (select coalesce(n.at_line, min(p.at_line) over (partition by p.root)) as at_line, n.parent_id
                      from {self.tree} n join {self.tree} p on p.id = n.parent_id
                      where n.depth is null and p.depth = {DEEPEST}) as q
                where at_line is not null""",
        )

    def start(self, load, instance):
        instance.lft, instance.rght, instance.level, instance.tree_id = LAST, LAST, 0, 0

    def write(self, load):
        with tree_guard(self.model, load.tenant.pk):
            super().write(load)
            if not load.dry_run:
                renumber(self.model, load.tenant.pk)


def _circles(above: dict[UUID, UUID]) -> set[UUID]:
    """Those that hang below themselves. above: the parent of each."""
    found, seen = set(), set()
    for start in list(above):
        node, path = start, dict[UUID, int]()
        while node in above and node not in seen:
            seen.add(node)
            path[node] = len(path)
            node = above[node]
        if node in path:
            found.update(list(path)[path[node] :])
    return found


class Locations(Tree):
    model = Location
    columns = [
        Key("id"),
        Aside("tenant_id"),
        ReferenceById("parent_id", NULL, to="locations"),
        Text("name", usual=200),
        Choice("type", DEFAULT, values=tuple(LocationType.values), any_case=True),
        Flag("is_active", DEFAULT),
        Moment("created_at", DEFAULT),
    ]
    turn = 1
    facts = {"type": f"'{LocationType.AREA}'"}

    def check(self, load):
        super().check(load)
        load.refuse_where(
            self,
            f"""select n.at_line, 'type', n.type, 'cannot stand below a ' || p.type
                from {self.tree} n join {self.tree} p on p.id = n.parent_id
                where n.at_line is not null and array_position(%(steps)s, n.type) < array_position(%(steps)s, p.type)
                union all
                select p.at_line, 'type', p.type, 'cannot stand above the ' || n.type || ' that hangs below it here'
                from {self.tree} n join {self.tree} p on p.id = n.parent_id
                where n.at_line is null and p.at_line is not null
                      and array_position(%(steps)s, n.type) < array_position(%(steps)s, p.type)""",
            steps=[str(step) for step in STEPS],
        )


class Assets(Tree):
    """A component is where its unit is, whatever the file says."""

    model = Asset
    columns = [
        Key("id"),
        Aside("tenant_id"),
        ReferenceById("parent_id", NULL, to="assets"),
        ReferenceById("location_id", DEFAULT, to="locations"),
        Text("name", usual=200),
        Text("category", NULL, usual=100),
        Choice("criticality", DEFAULT, values=tuple(Criticality.values), any_case=True),
        Choice("status", DEFAULT, values=tuple(AssetStatus.values), any_case=True),
        Text("manufacturer", NULL, usual=120),
        Text("model", NULL, usual=120),
        Text("serial_number", NULL, usual=120),
        Day("purchase_date", NULL),
        Number("purchase_cost", NULL, digits=14, places=2, least=0),
        Day("warranty_end", NULL),
        Text("notes", NULL, usual=2000, longest=0),
        Choice("run_hours_source", DEFAULT, values=tuple(HoursSource.values)),
        Number("run_hours_rolls_over_at", NULL, digits=14, places=4, least=LEAST),
        Number("odometer_rolls_over_at", NULL, digits=14, places=4, least=LEAST),
        Moment("created_at", DEFAULT),
    ]
    turn = 2
    facts = {"location_id": "null"}

    def settle(self, load):
        super().settle(load)
        load.given[self.name].add("location_id")
        strays = (
            f"from {self.tree} n join {self.tree} r on r.id = n.root where n.id = s.id and n.depth > 0 "
            "and s.location_id is distinct from r.location_id"
        )
        load.warn_where(
            self,
            f"""select s.at_line, 'location_id', s.location_id, 'a component is where its unit is; taken from there'
                from {self.staging} s, lateral (select {strays}) as q where s.location_id is not null""",
        )
        load.cursor.execute(f"update {self.staging} s set location_id = r.location_id {strays}")

    def check(self, load):
        super().check(load)
        load.refuse_where(
            self,
            f"""select at_line, 'location_id', '', 'may be empty for a component only'
                from {self.tree} where at_line is not null and depth = 0 and location_id is null""",
        )

    def change(self, load, instance, former):
        instance.version += 1
        return ["version"]

    def save_changed(self, load, changed, fields):
        load.noted["moved_assets"].update(
            (instance.pk, former["location_id"]) for instance, former in changed if "location_id" in former
        )
        super().save_changed(load, changed, fields)

    def write(self, load):
        super().write(load)
        if not load.dry_run:
            self._follow_units(load)

    def finish(self, load):
        """Custody says that they moved, unless a file that came along has said it."""
        former = dict(load.noted["moved_assets"])
        moved = Asset.objects.for_tenant(load.tenant).filter(pk__in=former).order_by("tree_id", "lft")
        if former:
            assets_moved(list(moved), former, at=load.now)

    def _follow_units(self, load) -> None:
        """Components that are not in the file, and whose unit moved."""
        load.cursor.execute(
            f"""select t.id, r.location_id from {self.tree} n join {self.tree} r on r.id = n.root
                join assets t on t.id = n.id where n.at_line is null and t.location_id <> r.location_id"""
        )
        moved = dict(load.cursor.fetchall())
        components = list(Asset.objects.filter(pk__in=moved))
        load.noted["moved_assets"].update((component.pk, component.location_id) for component in components)
        for component in components:
            component.location_id = moved[component.pk]
            component.version += 1
        update(Asset, components, {"location", "version"})
