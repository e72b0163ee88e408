"""locations.csv and assets.csv: the trees."""

from apps.core.tables.columns import DEFAULT, NULL, Choice, Flag, Key, Moment, ReferenceById, Text
from apps.core.tables.table import Table
from apps.core.trees import LAST, renumber, tree_guard
from apps.registry.models import Asset, AssetStatus, Criticality, Location, LocationType


class Tree(Table):
    """Rows are written as they hang, and numbered once at the end. A circle has no number, and refuses the load."""

    order = "t.created_at, t.id"

    def start(self, load, instance):
        instance.lft, instance.rght, instance.level, instance.tree_id = LAST, LAST, 0, 0

    def write(self, load):
        with tree_guard(self.model, load.tenant.pk):
            super().write(load)
            if not load.dry_run:
                renumber(self.model, load.tenant.pk)

    def check(self, load):
        load.refuse_where(
            self,
            f"""with recursive above as (
                    select s.at_line, s.id, s.parent_id, array[s.id] as path from {self.staging} s where s.parent_id is not null
                    union all
                    select a.at_line, a.id, s.parent_id, a.path || s.id from above a
                    join {self.staging} s on s.id = a.parent_id where not s.id = any(a.path))
                select distinct on (at_line) at_line, 'parent_id', parent_id, 'hangs below itself' from above
                where parent_id = id order by at_line""",
        )


class Locations(Tree):
    model = Location
    columns = [
        Key("id"),
        ReferenceById("parent_id", NULL, to="locations"),
        Text("name", usual=200),
        Choice("type", DEFAULT, values=tuple(LocationType.values)),
        Flag("is_active", DEFAULT),
        Moment("created_at", DEFAULT),
    ]
    turn = 1


class Assets(Tree):
    model = Asset
    columns = [
        Key("id"),
        ReferenceById("parent_id", NULL, to="assets"),
        ReferenceById("location_id", to="locations"),
        Text("name", usual=200),
        Text("category", NULL, usual=100),
        Choice("criticality", DEFAULT, values=tuple(Criticality.values)),
        Choice("status", DEFAULT, values=tuple(AssetStatus.values)),
        Moment("created_at", DEFAULT),
    ]
    turn = 2


TABLES = (Locations(), Assets())
