"""shipments.csv and asset_movements.csv: custody as it was, one unbroken line for each asset."""

from datetime import timedelta

from apps.core.numbers import count_from
from apps.core.tables.checking import refuse_doubled
from apps.core.tables.columns import DEFAULT, NULL, Aside, Choice, Day, Flag, Key, Moment, ReferenceById, Text
from apps.core.tables.table import Table
from apps.core.tables.writing import update
from apps.logistics.models import OPEN, AssetMovement, MovementStatus, Shipment, ShipmentStatus
from apps.logistics.services.passes import OWN_PASSES
from apps.logistics.services.steps import settle_shipments, usual_status
from apps.registry.models import Asset, AssetStatus

MOVED = "('in_transit', 'received', 'lost')"


class Shipments(Table):
    model = Shipment
    columns = [
        Key("id"),
        Aside("tenant_id"),
        Text("jms_reference", usual=60),
        Text("driver_name", NULL, usual=120),
        Text("vehicle", NULL, usual=120),
        Moment("departed_at", NULL),
        Choice("status", DEFAULT, values=tuple(ShipmentStatus.values), any_case=True),
        Text("manifest_pdf_url", NULL, usual=300),
        Text("notes", NULL, usual=2000, longest=0),
        ReferenceById("created_by_id", NULL, to="users"),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.id"
    turn = 6

    def check(self, load):
        refuse_doubled(load, self, "jms_reference")
        load.refuse_where(
            self,
            """select s.at_line, 'jms_reference', s.jms_reference, 'the tenant has it with the id ' || t.id
               from load_shipments s join shipments t
               on t.tenant_id = %(tenant)s and t.jms_reference = s.jms_reference and t.id <> s.id""",
        )


class Movements(Table):
    """What other systems leave out: without moments, the order of the file's lines is that of the moves."""

    model = AssetMovement
    columns = [
        Key("id"),
        Aside("tenant_id"),
        ReferenceById("asset_id", to="assets"),
        ReferenceById("from_location_id", to="locations"),
        ReferenceById("to_location_id", to="locations"),
        Choice("status", values=tuple(MovementStatus.values), any_case=True),
        Text("gate_pass_ref", NULL, usual=40),
        Flag("returnable", DEFAULT),
        Day("expected_return", NULL),
        ReferenceById("returns_id", NULL, to="asset_movements"),
        ReferenceById("shipment_id", NULL, to="shipments"),
        ReferenceById("carried_by_id", NULL, to="asset_movements"),
        Choice("former_status", DEFAULT, values=tuple(AssetStatus.values)),
        ReferenceById("dispatched_by_id", NULL, to="users"),
        Moment("dispatched_at", NULL),
        ReferenceById("received_by_id", NULL, to="users"),
        Moment("received_at", NULL),
        ReferenceById("received_location_id", NULL, to="locations"),
        ReferenceById("lost_by_id", NULL, to="users"),
        Moment("lost_at", NULL),
        Text("condition_out", NULL, usual=500, longest=0),
        Text("condition_in", NULL, usual=500, longest=0),
        Text("reason", NULL, usual=500, longest=0),
        Text("notes", NULL, usual=2000, longest=0),
        ReferenceById("created_by_id", NULL, to="users"),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.id"
    turn = 7

    def derive(self, values, load):
        status = values.get("status")
        load.noted["movement_lines"].add(values["id"])
        if status in (MovementStatus.IN_TRANSIT, MovementStatus.RECEIVED, MovementStatus.LOST):
            step = timedelta(microseconds=len(load.noted["movement_lines"]))
            guess = values.get("created_at") or load.now - timedelta(hours=1) + step
            values["dispatched_at"] = values.get("dispatched_at") or guess
            if status == MovementStatus.RECEIVED:
                values["received_at"] = values.get("received_at") or values["dispatched_at"]
                values["received_location_id"] = values.get("received_location_id") or values["to_location_id"]
            if status == MovementStatus.LOST:
                values["lost_at"] = values.get("lost_at") or values["dispatched_at"]
        load.given[self.name] |= {"dispatched_at", "received_at", "received_location_id", "lost_at"}

    def check(self, load):
        load.refuse_where(
            self,
            f"""select at_line, 'to_location_id', to_location_id::text, 'is where it comes from' from load_asset_movements
                where from_location_id = to_location_id union all
                select at_line, 'expected_return', '', 'what comes back says when' from load_asset_movements
                where returnable and expected_return is null union all
                select at_line, 'dispatched_at', dispatched_at::text, 'what is ' || status || ' has not left'
                from load_asset_movements where status not in {MOVED} and dispatched_at is not null union all
                select at_line, 'received_at', coalesce(received_at, lost_at)::text, 'what is ' || status || ' has another end'
                from load_asset_movements where (status <> 'received' and num_nonnulls(received_at, received_location_id) > 0)
                   or (status <> 'lost' and lost_at is not null) union all
                select at_line, 'received_at', coalesce(received_at, lost_at)::text, 'is before it left'
                from load_asset_movements where coalesce(received_at, lost_at) < dispatched_at union all
                select at_line, 'carried_by_id', carried_by_id::text, 'travels in itself' from load_asset_movements
                where carried_by_id = id""",
        )
        is_open = f"s.status in {tuple(map(str, OPEN))}"
        refuse_doubled(
            load, self, "asset_id", key=f"case when {is_open} then s.asset_id end", reason="an open movement: "
        )
        load.refuse_where(
            self,
            f"""select s.at_line, 'asset_id', s.asset_id::text, 'the tenant has an open movement of it: ' || t.id
                from load_asset_movements s join asset_movements t
                on t.tenant_id = %(tenant)s and t.asset_id = s.asset_id and t.id <> s.id
                and t.status in {tuple(map(str, OPEN))} where {is_open}
                and not exists (select from load_asset_movements n where n.id = t.id)""",
        )
        self._check_custody(load)
        self._warn_of_acts_on_the_way(load)

    def _warn_of_acts_on_the_way(self, load):
        """What nobody may do while an asset is on its way: read a meter, log a whole day, begin a preventive order."""
        load.warn_where(
            self,
            """with journeys as (
                   select at_line, asset_id, dispatched_at, coalesce(received_at, lost_at, 'infinity') as ended_at
                   from load_asset_movements where dispatched_at is not null
               ), acts as (
                   select asset_id, read_at as at, 'a meter was read' as act from load_meter_readings s
                   where source <> 'daily_log' and voids_id is null
                       and not exists (select from load_meter_readings v where v.voids_id = s.id)
                   union select t.asset_id, t.read_at, 'a meter was read' from meter_readings t
                   where t.tenant_id = %(tenant)s and t.asset_id in (select asset_id from journeys)
                       and t.source <> 'daily_log' and t.voids_id is null
                       and not exists (select from meter_readings v where v.tenant_id = %(tenant)s and v.voids_id = t.id)
                   union select asset_id, started_at, 'a preventive order was begun' from load_work_orders where origin = 'pm'
                   union select asset_id, started_at, 'a preventive order was begun' from work_orders
                   where tenant_id = %(tenant)s and asset_id in (select asset_id from journeys) and origin = 'pm'
               ), days as (
                   select asset_id, date from load_daily_logs
                   union select asset_id, date from daily_logs
                   where tenant_id = %(tenant)s and asset_id in (select asset_id from journeys)
               )
               select at_line, 'dispatched_at', dispatched_at::text, 'it was on its way when ' || act || ', at ' || at
               from journeys join acts using (asset_id) where at > dispatched_at and at < ended_at
               union all
               select at_line, 'dispatched_at', dispatched_at::text, 'it was on its way all of the logged day ' || date
               from journeys join days using (asset_id)
               where date > (dispatched_at at time zone %(zone)s)::date and date < (ended_at at time zone %(zone)s)::date""",
            zone=load.tenant.timezone,
        )

    def _check_custody(self, load):
        """Each line as it will be, with what the tenant has of it; a break is told at the file's line beside it."""
        load.refuse_where(
            self,
            f"""with rows as (
                    select id, at_line, asset_id, status, from_location_id, received_location_id, dispatched_at,
                           coalesce(received_at, lost_at) as ended_at
                    from load_asset_movements where status in {MOVED} and not is_refused
                    union all
                    select t.id, null, t.asset_id, t.status, t.from_location_id, t.received_location_id, t.dispatched_at,
                           coalesce(t.received_at, t.lost_at)
                    from asset_movements t where t.tenant_id = %(tenant)s and t.status in {MOVED}
                        and t.asset_id in (select asset_id from load_asset_movements)
                        and not exists (select from load_asset_movements s where s.id = t.id)
                ), line as (
                    select *, lag(at_line) over place as line_before, lag(id) over place as before,
                           lag(status) over place as status_before, lag(ended_at) over place as ended_before,
                           lag(received_location_id) over place as place_before, lead(id) over place as after
                    from rows window place as (partition by asset_id order by dispatched_at, ended_at nulls last, id)
                )
                select coalesce(at_line, line_before), 'dispatched_at', dispatched_at::text,
                       'the movement before, ' || before || ', ' || coalesce('ended at ' || ended_before, 'is on its way')
                from line where before is not null and (ended_before is null or dispatched_at < ended_before)
                    and coalesce(at_line, line_before) is not null
                union all
                select coalesce(at_line, line_before), 'from_location_id', from_location_id::text,
                       'the movement before, ' || before || ', ended at ' || place_before
                from line where status_before = 'received' and from_location_id <> place_before
                    and coalesce(at_line, line_before) is not null
                union all
                select l.at_line, case l.status when 'received' then 'received_location_id' else 'from_location_id' end,
                       case l.status when 'received' then l.received_location_id else l.from_location_id end::text,
                       'the line ends here, and the asset is at ' || q.location_id
                from line l left join load_assets s on s.id = l.asset_id
                left join assets a on a.tenant_id = %(tenant)s and a.id = l.asset_id,
                lateral (select coalesce(s.location_id, a.location_id) as location_id) q
                where l.after is null and l.at_line is not null and q.location_id <> case l.status
                    when 'received' then l.received_location_id when 'in_transit' then l.from_location_id
                    else q.location_id end""",
        )

    def change(self, load, instance, former):
        instance.version += 1
        return ["version"]

    def note(self, load, instances):
        load.noted["moved_shipments"].update(row.shipment_id for row in instances)

    def finish(self, load):
        """Shipments say what their movements come to, what is on its way is in transit, and passes go on being numbered."""
        if not load.noted["movement_lines"]:
            return
        settle_shipments(load.noted["moved_shipments"])
        away = AssetMovement.objects.for_tenant(load.tenant).filter(status=MovementStatus.IN_TRANSIT)
        away = away.exclude(asset__status__in=(AssetStatus.IN_TRANSIT, AssetStatus.RETIRED)).select_related("asset")
        rows, assets = list(away.order_by("asset_id")), []
        for row in rows:
            row.former_status, row.asset.status = usual_status(row.asset.status), AssetStatus.IN_TRANSIT
            row.version += 1
            row.asset.version += 1
            assets.append(row.asset)
        update(AssetMovement, rows, {"former_status", "version"})
        update(Asset, assets, {"status", "version"})
        load.cursor.execute(
            """select coalesce(max(substring(gate_pass_ref from 4)::int), 0) from asset_movements
               where tenant_id = %s and gate_pass_ref ~ %s""",
            [load.tenant.pk, f"^{OWN_PASSES}-[0-9]{{1,9}}$"],
        )
        count_from(load.tenant, OWN_PASSES, load.cursor.fetchone()[0])
