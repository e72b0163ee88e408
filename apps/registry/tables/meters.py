"""meter_readings.csv and asset_meters.csv: the ledger, and what it comes to.

Ours have both, and the second says what the first comes to. AMMS has no ledger: its figures open one.
"""

from apps.core.tables.append_only import AppendOnly
from apps.core.tables.checking import refuse_doubled
from apps.core.tables.columns import DEFAULT, NULL, Choice, Flag, Key, Moment, Number, ReferenceById, Text
from apps.core.tables.writing import REASON
from apps.registry.ledgers import CACHED
from apps.registry.models import AssetMeter, Meter, MeterReading, ReadingKind, ReadingSource
from apps.registry.services.settling import settle_many

from .identities import OfAsset


class Readings(AppendOnly):
    """In the order of writing. What takes a reading back, and what a reading found, comes after it."""

    model = MeterReading
    there = "the tenant has this reading"
    columns = [
        Key("id"),
        ReferenceById("asset_id", to="assets"),
        Choice("meter", values=tuple(Meter.values)),
        Choice("kind", values=tuple(ReadingKind.values)),
        Number("value", digits=14, places=4),
        Moment("read_at"),
        Choice("source", values=tuple(ReadingSource.values)),
        ReferenceById("user_id", NULL, to="users"),
        ReferenceById("voids_id", NULL, to="meter_readings"),
        ReferenceById("found_by_id", NULL, to="meter_readings"),
        ReferenceById("daily_log_id", NULL, to="daily_logs"),
        Number("rolls_over_at", NULL, digits=14, places=4),
        Text("reason", NULL, usual=500, longest=0),
        Flag("is_confirmed", DEFAULT),
        Moment("created_at", DEFAULT),
    ]
    order = "t.seq"
    turn = 6

    def check(self, load):
        super().check(load)
        load.refuse_where(
            self,
            """select at_line, 'value', value, case when voids_id is null then 'only corrections are negative'
                      else 'what takes a reading back is a correction of 0' end
               from load_meter_readings
               where (value < 0 and kind <> 'correction') or (voids_id is not null and (value <> 0 or kind <> 'correction'))""",
        )
        refuse_doubled(load, self, "voids_id")
        load.refuse_where(
            self,
            """select s.at_line, 'voids_id', s.voids_id, 'taken back already, by ' || t.id
               from load_meter_readings s join meter_readings t on t.tenant_id = %(tenant)s and t.voids_id = s.voids_id
               and t.id <> s.id""",
        )
        self._check_order(load)

    def _check_order(self, load):
        """Nothing refers to what comes later, so that no chain of corrections leads back to itself."""
        places = """
            with named as (select voids_id as id from load_meter_readings union select found_by_id from load_meter_readings
                           union select id from load_meter_readings),
            places as (
                select id, asset_id, meter, read_at, seq as place from meter_readings join named using (id) where tenant_id = %(tenant)s
                union all
                select id, asset_id, meter, read_at, 10 ^ 15 + at_line from load_meter_readings s
                where not exists (select from meter_readings t where t.tenant_id = %(tenant)s and t.id = s.id))"""
        for column in ("voids_id", "found_by_id"):
            load.refuse_where(
                self,
                f"""{places}
                    select s.at_line, '{column}', s.{column}, 'has to come before, and be of the same asset, meter and moment'
                    from load_meter_readings s join places o on o.id = s.id join places p on p.id = s.{column}
                    where p.place >= o.place or (p.asset_id, p.meter, p.read_at) is distinct from (s.asset_id, s.meter, s.read_at)""",
            )
        load.refuse_where(
            self,
            f"""{places}
                select s.at_line, 'found_by_id', s.found_by_id, 'has to come after what it stands for, ' || s.voids_id
                from load_meter_readings s join places f on f.id = s.found_by_id join places v on v.id = s.voids_id
                where f.place <= v.place""",
        )

    def write(self, load):
        report = load.report.files[self.file]
        new = (
            "load_meter_readings s where not exists "
            "(select from meter_readings t where t.tenant_id = %(tenant)s and t.id = s.id)"
        )
        values = {"tenant": load.tenant.pk, "now": load.now}
        load.cursor.execute(f"select count(*), array_agg(distinct s.asset_id) from {new}", values)
        report.created, assets = load.cursor.fetchone()
        report.unchanged = report.read - report.created
        if load.dry_run or not report.created:
            return
        load.noted["metered"].update(assets)
        load.progress.tick(f"{self.file}: writing {report.created:,} readings")
        load.cursor.execute(
            f"""insert into meter_readings (id, tenant_id, asset_id, meter, kind, value, read_at, source, user_id, voids_id,
                       found_by_id, daily_log_id, rolls_over_at, reason, is_confirmed, created_at)
                select s.id, %(tenant)s, s.asset_id, s.meter, s.kind, s.value, s.read_at, s.source, s.user_id, s.voids_id,
                       s.found_by_id, s.daily_log_id, s.rolls_over_at, coalesce(s.reason, ''),
                       coalesce(s.is_confirmed, false), coalesce(s.created_at, %(now)s)
                from {new} order by s.at_line""",
            values,
        )


class Meters(OfAsset):
    """What an asset's meters have come to. A meter that was never read here opens with it; any other has its readings."""

    model = AssetMeter
    columns = [
        *OfAsset.columns,
        Number("current_run_hours", NULL, digits=14, places=4, least=0),
        Number("current_odometer", NULL, digits=14, places=4, least=0),
        Moment("last_updated_at", NULL),
    ]
    turn = 7

    def write(self, load):
        """The ledger writes it, in the end."""
        report = load.report.files[self.file]
        load.cursor.execute(
            """select count(*) from load_asset_meters s
               where coalesce(s.current_run_hours, s.current_odometer) is not null
                     and not exists (select from asset_meters t where t.tenant_id = %s and t.asset_id = s.asset_id)""",
            [load.tenant.pk],
        )
        report.created = load.cursor.fetchone()[0]
        report.unchanged = report.read - report.created

    def finish(self, load):
        is_there = self.file in load.report.files
        if is_there:
            for meter, (column, _) in CACHED.items():
                self._open(load, meter, column)
        if load.noted["metered"]:
            load.progress.tick(f"{self.file}: counting {len(load.noted['metered']):,} assets' readings")
            settle_many(load.tenant, load.noted["metered"])
        if is_there:
            for column, _ in CACHED.values():
                load.warn_where(
                    self,
                    f"""select s.at_line, '{column}', s.{column}, 'its readings come to '
                               || coalesce(t.{column}::text, 'nothing') || '; kept so'
                        from load_asset_meters s left join asset_meters t on t.tenant_id = %(tenant)s and t.asset_id = s.asset_id
                        where s.{column} is distinct from t.{column} and s.{column} is not null""",
                )

    def _open(self, load, meter, column) -> None:
        """A dial reading before the first daily log, so that with the logs it comes to the figure of its moment.

        Where the logs alone come to more, the figure is a reading at its moment: the rest is its correction.
        """
        load.cursor.execute(
            f"""with known as (
                    select distinct asset_id from meter_readings r where tenant_id = %(tenant)s and meter = %(meter)s
                    and asset_id in (select asset_id from load_asset_meters where {column} is not null)
                    and not exists (select from load_daily_logs l where l.new_id = r.id)),
                figures as (
                    select asset_id, {column} as shown, coalesce(last_updated_at, %(now)s) as moment
                    from load_asset_meters where {column} is not null and asset_id not in (select asset_id from known)),
                logged as (
                    select f.asset_id, min(l.date)::timestamp at time zone %(zone)s as first,
                           sum(r.value) filter (where l.date <= (f.moment at time zone %(zone)s)::date) as hours
                    from figures f join meter_readings r on r.tenant_id = %(tenant)s and r.asset_id = f.asset_id
                    and r.meter = %(meter)s join load_daily_logs l on l.new_id = r.id group by f.asset_id),
                opened as (
                    select f.asset_id, f.shown, f.moment, l.first, coalesce(l.hours, 0) as hours
                    from figures f left join logged l using (asset_id))
                insert into meter_readings (id, tenant_id, asset_id, meter, kind, value, read_at, source, reason, is_confirmed,
                       created_at)
                select gen_random_uuid(), %(tenant)s, asset_id, %(meter)s, 'reading',
                       case when hours <= shown then shown - hours else shown end,
                       case when hours <= shown then least(first, moment) else moment end,
                       'api', %(reason)s, false, %(now)s
                from opened order by asset_id returning asset_id""",
            {
                "tenant": load.tenant.pk,
                "meter": meter,
                "zone": load.tenant.timezone,
                "now": load.now,
                "reason": REASON,
            },
        )
        load.noted["metered"].update(asset for (asset,) in load.cursor.fetchall())
