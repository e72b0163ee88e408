"""performance_logs.csv: one log of a station, job, date and shift."""

from apps.core.tables.columns import DEFAULT, NULL, Day, Key, Moment, Number, Reference, Text, Whole
from apps.core.tables.table import Table
from apps.shopfloor.models import PerformanceLog


class PerformanceLogs(Table):
    """One log of a station, job, date and shift; `efficiency` is computed, whatever the file says."""

    model = PerformanceLog
    columns = [
        Key("id", DEFAULT),
        Reference("station_id", to="stations"),
        Reference("job_id", NULL, to="jobs"),
        Day("log_date"),
        Text("shift", NULL, usual=40, longest=200),
        Whole("mirrors_completed", DEFAULT, "units_completed"),
        Whole("target_units", NULL),
        Number("efficiency", NULL, written=False),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.id"

    SAME = (
        "k.id = t.station_id and j.id is not distinct from t.job_id and t.log_date = s.log_date "
        "and t.shift = coalesce(s.shift, '')"
    )
    THERE = (
        "load_performance_logs s join known_stations k on k.key = s.station_id left join known_jobs j "
        f"on j.key = s.job_id join performance_logs t on t.tenant_id = %(tenant)s and {SAME}"
    )

    def settle(self, load):
        """Without ids, a log is known by its station, job, date and shift."""
        load.given[self.name].add("id")
        load.cursor.execute(
            f"update load_performance_logs set id = q.id from (select s.at_line, t.id from {self.THERE}) as q "
            "where load_performance_logs.at_line = q.at_line and load_performance_logs.id is null",
            {"tenant": load.tenant.pk},
        )
        load.cursor.execute("update load_performance_logs set id = new_id where id is null and not is_refused")

    def check(self, load):
        load.refuse_where(
            self,
            """select at_line, 'station_id', station_id, 'line ' || first || ' is of the same station, job, date and shift'
               from (select *, min(at_line) over (partition by station_id, job_id, log_date, coalesce(shift, '')) as first
                     from load_performance_logs where not is_refused) as q where at_line > first""",
        )
        load.refuse_where(
            self,
            "select s.at_line, 'id', s.id, 'the tenant has a log of the same station, job, date and shift, with the id ' "
            f"|| t.id from {self.THERE} where t.id <> s.id",
        )
        load.warn_where(
            self,
            """select at_line, 'efficiency', efficiency, coalesce('differs from what is computed: ' || computed,
                      'there is no target, so there is none')
               from (select *, round(100.0 * coalesce(mirrors_completed, 0) / nullif(target_units, 0), 2) as computed
                     from load_performance_logs) as q
               where efficiency is not null and efficiency is distinct from computed""",
        )
