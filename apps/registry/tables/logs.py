"""daily_logs.csv: what assets ran and burnt on a day. Each log counts once, in a reading of the ledger."""

from apps.core.errors import BrokenRule
from apps.core.tables.checking import refuse_doubled
from apps.core.tables.columns import DEFAULT, NULL, Aside, Day, Key, Moment, Number, ReferenceById, Text
from apps.core.tables.table import Table
from apps.core.tables.writing import REASON
from apps.registry.log_days import FIRST, moment_of, most_hours, today_of
from apps.registry.log_queries import LIVE
from apps.registry.models import Asset, DailyLog, Meter, MeterReading, ReadingKind, ReadingSource
from apps.registry.services.daily_logs import DIAL, HOURS, counts
from apps.registry.services.meter_batches import Posting, post_many


class DailyLogs(Table):
    """New logs are posted as the pages would, unless meter_readings.csv has brought their readings."""

    model = DailyLog
    columns = [
        Key("id"),
        Aside("tenant_id"),
        Day("date"),
        ReferenceById("supervisor_id", NULL, to="users"),
        ReferenceById("asset_id", to="assets"),
        Number("run_hours_added", NULL, digits=14, places=4, least=0),
        Number("fuel_liters_added", NULL, digits=12, places=3, least=0),
        Text("shift", NULL, usual=40, longest=200),
        ReferenceById("shift_id", NULL, "shift_row_id", to="shifts"),
        Number("run_hours_reading", NULL, digits=14, places=4, least=0),
        Moment("created_at", DEFAULT),
    ]
    order = "t.date, t.id"

    def check(self, load):
        refuse_doubled(
            load,
            self,
            "date",
            key="(s.asset_id, s.date, coalesce(s.shift, ''))",
            reason="of this asset, date and shift: ",
        )
        load.refuse_where(
            self,
            """select at_line, 'date', date, case when date < %(first)s then 'of another age' else 'lies in the future' end
               from load_daily_logs where not date between %(first)s and %(today)s""",
            first=FIRST,
            today=today_of(load.tenant),
        )
        load.refuse_where(
            self,
            """select s.at_line, 'id', s.id, 'the tenant has a log of the same asset, date and shift, with the id ' || t.id
               from load_daily_logs s join daily_logs t on t.tenant_id = %(tenant)s and t.asset_id = s.asset_id
               and t.date = s.date and t.shift = coalesce(s.shift, '') and t.id <> s.id""",
        )
        load.refuse_where(
            self,
            """select s.at_line, 'id', s.id, 'in the tenant this is a log of another asset, date or shift'
               from load_daily_logs s join daily_logs t on t.tenant_id = %(tenant)s and t.id = s.id
               where (t.asset_id, t.date, t.shift) is distinct from (s.asset_id, s.date, coalesce(s.shift, ''))""",
        )
        self._check_hours(load)

    def _check_hours(self, load):
        """The shifts of a day together, those that are in the tenant alone too, are no longer than the day."""
        load.cursor.execute(f"select distinct date from {self.staging} where date between %s and %s", [FIRST, load.now])
        days = [day for (day,) in load.cursor.fetchall()]
        load.refuse_where(
            self,
            """with logs as (
                   select at_line, asset_id, date, run_hours_added as hours from load_daily_logs union all
                   select null, asset_id, date, run_hours_added from daily_logs t where tenant_id = %(tenant)s
                   and (asset_id, date) in (select asset_id, date from load_daily_logs)
                   and not exists (select from load_daily_logs s where s.id = t.id)),
               sums as (select *, sum(hours) over (partition by asset_id, date) as whole from logs)
               select at_line, 'run_hours_added', hours, 'the hours of this asset and day come to ' || whole || ', more than ' || most
               from sums join unnest(%(days)s::date[], %(most)s::numeric[]) as d(date, most) using (date)
               where whole > most and at_line is not null and hours > 0""",
            days=days,
            most=[most_hours(load.tenant, day) for day in days],
        )

    def write(self, load):
        # What is left of the new ids tells new logs from those that were there, and is the key of their readings.
        load.cursor.execute(
            """update load_daily_logs s set new_id = null from daily_logs t where t.tenant_id = %s and t.id = s.id""",
            [load.tenant.pk],
        )
        super().write(load)

    def save_changed(self, load, changed, fields):
        super().save_changed(load, changed, fields)
        load.noted["changed_logs"].update(log.pk for log, former in changed if {HOURS, DIAL} & set(former))

    def finish(self, load):
        if self.file not in load.report.files:
            return
        self._post(load)
        self._book_again(load)

    def _book_again(self, load) -> None:
        """Logs that were changed: a reading that says something else is taken back, and another posted."""
        changed = DailyLog.objects.for_tenant(load.tenant).filter(pk__in=load.noted["changed_logs"])
        for log in changed.order_by("asset_id", "date"):
            log.asset = Asset.objects.locked().get(pk=log.asset_id)
            live = MeterReading.objects.for_tenant(load.tenant).filter(daily_log=log, **LIVE)
            former = live.exclude(kind=ReadingKind.CORRECTION).first()
            kind, value = ReadingKind.DELTA, log.run_hours_added
            if log.run_hours_reading is not None:
                kind, value = ReadingKind.READING, log.run_hours_reading
            if not counts(log.asset):
                value = None
            if (former and former.value) == value:  # meter_readings.csv has brought it
                continue
            posting = Posting(
                asset=log.asset, value=value, kind=kind, read_at=_moment(load.tenant, log.date, log.shift), daily_log=log,
                former=former, confirmed=True,
            )  # fmt: skip
            words = {"by": None, "source": ReadingSource.DAILY_LOG, "reason": REASON}
            for refused in post_many(load.tenant, Meter.RUN_HOURS, [posting], **words).values():
                raise refused

    def _post(self, load) -> None:
        load.cursor.execute("select distinct date, coalesce(shift, '') from load_daily_logs where new_id is not null")
        days = [(day, shift, _moment(load.tenant, day, shift)) for day, shift in load.cursor.fetchall()]
        load.cursor.execute(
            """insert into meter_readings (id, tenant_id, asset_id, meter, kind, value, read_at, source, user_id, daily_log_id,
                      rolls_over_at, reason, is_confirmed, created_at)
               select s.new_id, %(tenant)s, s.asset_id, 'run_hours',
                      case when s.run_hours_reading is null then 'delta' else 'reading' end,
                      coalesce(s.run_hours_reading, s.run_hours_added), d.moment, 'daily_log', s.supervisor_id, s.id,
                      case when s.run_hours_reading is not null then a.run_hours_rolls_over_at end, '', false, %(now)s
               from load_daily_logs s join assets a on a.tenant_id = %(tenant)s and a.id = s.asset_id
               and a.run_hours_source = 'daily_log'
               join unnest(%(days)s::date[], %(shifts)s::text[], %(moments)s::timestamptz[]) as d(date, shift, moment)
               on d.date = s.date and d.shift = coalesce(s.shift, '')
               where s.new_id is not null and coalesce(s.run_hours_reading, s.run_hours_added) is not null
                     and not exists (select from meter_readings r where r.tenant_id = %(tenant)s and r.daily_log_id = s.id)
               order by d.moment, s.at_line returning asset_id""",
            {
                "tenant": load.tenant.pk,
                "now": load.now,
                "days": [day for day, _, _ in days],
                "shifts": [shift for _, shift, _ in days],
                "moments": [moment for _, _, moment in days],
            },
        )
        load.noted["metered"].update(asset for (asset,) in load.cursor.fetchall())


def _moment(tenant, day, shift):
    """When a log counts. A shift that is no more, or did not begin yet: at the end of its day."""
    try:
        return moment_of(tenant, day, shift)[0]
    except BrokenRule:
        return moment_of(tenant, day, "")[0]
