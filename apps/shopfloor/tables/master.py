"""What stations and jobs rest on: reasons, places, assets, which asset served where; and calls. Files of our own making."""

from apps.core.trees import LAST, renumber, tree_guard
from apps.registry.models import Asset, AssetStatus, Criticality, Location, LocationType
from apps.shopfloor.models import (
    Call,
    CallKind,
    CallStatus,
    CountsAs,
    ReasonGroup,
    ScrapReason,
    Station,
    StationAsset,
    StopReason,
)

from .columns import DEFAULT, NULL, Choice, Code, Flag, Key, Moment, Number, Reference, ReferenceById, Text, Whole
from .table import Table
from .writing import update


class StopReasons(Table):
    model = StopReason
    columns = [
        Code("id", field="code"),
        Text("name", usual=120),
        Choice("group", values=tuple(ReasonGroup.values)),
        Choice("counts_as", DEFAULT, values=tuple(CountsAs.values)),
        Whole("planned_minutes", NULL),
        Flag("is_active", DEFAULT),
    ]
    order = 't.code collate "C"'
    turn = 1


class ScrapReasons(Table):
    model = ScrapReason
    columns = [Code("id", field="code"), Text("name", usual=120), Flag("is_active", DEFAULT)]
    order = 't.code collate "C"'
    turn = 1


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


class StationAssets(Table):
    """Which asset served where; the open one is the station's."""

    model = StationAsset
    columns = [
        Key("id"),
        Reference("station_id", to="stations"),
        ReferenceById("asset_id", to="assets"),
        Moment("from", field="started_at"),
        Moment("to", NULL, "ended_at"),
    ]
    order = 't."from", t.id'

    def check(self, load):
        load.refuse_where(
            self, """select at_line, 'to', "to", 'not after it began' from load_station_assets where "to" <= "from" """
        )
        for side in ("station_id", "asset_id"):
            load.refuse_where(
                self,
                f"""select s.at_line, '{side}', s.{side}, 'line ' || o.at_line || ' has it in this time'
                    from load_station_assets s join load_station_assets o on o.{side} = s.{side} and o.at_line < s.at_line
                    where tstzrange(s."from", s."to") && tstzrange(o."from", o."to")""",
            )

    def note(self, load, instances):
        serving = {row.station_id: row.asset_id for row in instances if row.ended_at is None}
        stations = list(Station.objects.for_tenant(load.tenant).filter(pk__in=serving).order_by("pk"))
        changed = [station for station in stations if station.asset_id != serving[station.pk]]
        for station in changed:
            station.asset_id = serving[station.pk]
        update(Station, changed, {"asset"})
        load.stations.update(station.pk for station in changed)


class Calls(Table):
    """A dump leaves out platform people: they are no people of the tenant. So an empty person keeps who is known here."""

    model = Call
    columns = [
        Key("id"),
        Reference("station_id", to="stations"),
        Choice("kind", values=tuple(CallKind.values)),
        Choice("status", values=tuple(CallStatus.values)),
        Text("part", NULL, usual=200),
        Number("qty", NULL),
        Text("note", NULL, usual=2000, longest=0),
        Whole("level", DEFAULT),
        Flag("is_from_stop", DEFAULT),
        ReferenceById("opened_by", DEFAULT, "opened_by_id", to="users"),
        Moment("opened_at"),
        ReferenceById("acknowledged_by", DEFAULT, "acknowledged_by_id", to="users"),
        Moment("acknowledged_at", NULL),
        ReferenceById("ended_by", DEFAULT, "ended_by_id", to="users"),
        Moment("ended_at", NULL),
    ]
    order = "t.opened_at, t.id"
