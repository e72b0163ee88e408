"""What stations and jobs rest on: reasons, and which asset served where; and calls. Files of our own making."""

from apps.core.tables.columns import (
    DEFAULT,
    NULL,
    Choice,
    Code,
    Flag,
    Key,
    Moment,
    Number,
    Reference,
    ReferenceById,
    Text,
    Whole,
)
from apps.core.tables.table import Table
from apps.core.tables.writing import update
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
    is_given = True


class ScrapReasons(Table):
    model = ScrapReason
    columns = [Code("id", field="code"), Text("name", usual=120), Flag("is_active", DEFAULT)]
    order = 't.code collate "C"'
    turn = 1
    is_given = True


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
        load.noted["stations"].update(station.pk for station in changed)


class Calls(Table):
    """A dump leaves out platform people: they are no people of the tenant. So an empty person keeps who is known here."""

    model = Call
    columns = [
        Key("id"),
        Reference("station_id", to="stations"),
        Choice("kind", values=tuple(CallKind.values)),
        Choice("status", values=tuple(CallStatus.values)),
        Text("part", NULL, usual=200),
        Number("qty", NULL, digits=14, places=3),
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
