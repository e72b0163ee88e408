"""jobs.csv and station_assignments.csv: what v2 could leave contradicting itself is completed, with a warning."""

import uuid

from apps.core.tables.columns import DEFAULT, NULL, Choice, Code, Day, Flag, Key, Moment, Reference, Text, Whole
from apps.core.tables.table import Table
from apps.shopfloor.models import Job, JobStatus, Priority, StationAssignment


class Jobs(Table):
    model = Job
    columns = [
        Code("id", field="code"),
        Text("part_name", usual=200),
        Whole("qty_total", least=1),
        Day("due_date", NULL),
        Choice("priority", DEFAULT, values=tuple(Priority.values)),
        Choice("status", values=tuple(JobStatus.values)),
        Text("line_hint", NULL, usual=80),
        Moment("created_at", DEFAULT),
        Moment("completed_at", NULL),
    ]
    order = 't.code collate "C"'
    turn = 3

    # When a completed job without `completed_at` was completed: as known here, as the log tells, when its last
    # station ended, when it was made.
    WHEN = """
        select s.at_line, s.status, s.completed_at as given, coalesce(s.completed_at, t.completed_at) as known,
               greatest(f.told, e.told) as told, greatest(fa.ended, a.ended) as ended,
               coalesce(s.created_at, t.created_at, %(now)s) as made
        from load_jobs s left join jobs t on t.tenant_id = %(tenant)s and t.code = s.id
        left join (select job_id, max(created_at) as told from load_events_log where event_type = 'job_completed'
                   group by job_id) f on f.job_id = s.id
        left join (select job_id, max(occurred_at) as told from events_log where tenant_id = %(tenant)s
                   and event_type = 'job_completed' group by job_id) e on e.job_id = t.id
        left join (select job_id, max(ended_at) as ended from load_station_assignments group by job_id) fa
                  on fa.job_id = s.id
        left join (select job_id, max(ended_at) as ended from station_assignments where tenant_id = %(tenant)s
                   group by job_id) a on a.job_id = t.id"""

    def settle(self, load):
        load.given[self.name].add("completed_at")
        values = {"tenant": load.tenant.pk, "now": load.now}
        load.warn_where(
            self,
            f"""select at_line, 'completed_at', given, case
                    when status <> 'completed' then 'the job is ' || status || '; left out'
                    when known is not null then 'completed without it; what is known here is kept'
                    when told is not null then 'completed without it; taken from its job_completed event'
                    when ended is not null then 'completed without it; taken from the end of its last assignment'
                    else 'completed without it; taken from created_at' end
                from ({self.WHEN}) as q
                where (status = 'completed' and given is null) or (status <> 'completed' and given is not null)""",
        )
        load.cursor.execute(
            f"""update load_jobs set completed_at = case when q.status = 'completed'
                then coalesce(q.known, q.told, q.ended, q.made) end from ({self.WHEN}) as q where load_jobs.at_line = q.at_line""",
            values,
        )

    def check(self, load):
        load.warn_where(
            self,
            "select at_line, 'completed_at', completed_at, 'before created_at' from load_jobs where completed_at < created_at",
        )

    def change(self, load, instance, former):
        instance.version += 1
        return ["version"]

    def note(self, load, instances):
        if instances:
            load.noted["lines"].add("")
            working = StationAssignment.objects.active().filter(job__in=[job.pk for job in instances])
            load.noted["stations"].update(working.values_list("station", flat=True))


class Assignments(Table):
    model = StationAssignment
    columns = [
        Key("id", DEFAULT),
        Reference("station_id", to="stations"),
        Reference("job_id", to="jobs"),
        Whole("qty_done", DEFAULT),
        Flag("is_active", DEFAULT),
        Moment("started_at", DEFAULT),
        Moment("ended_at", NULL),
        Text("notes", NULL, usual=2000, longest=0),
    ]
    order = "t.started_at, t.id"
    # What ends makes room first: one assignment of a station is active.
    passes = ("not s.is_active", "s.is_active")

    FACTS = """
        select s.at_line, s.is_active as given_active, s.started_at as given_start, s.ended_at as given_end,
               t.started_at as known_start, t.ended_at as known_end, j.completed_at,
               coalesce(s.is_active, t.is_active, s.ended_at is null) as active,
               coalesce(s.started_at, t.started_at, s.ended_at, %(now)s) as start,
               lead(s.started_at) over (partition by s.station_id order by s.started_at, s.at_line) as next_start
        from load_station_assignments s left join station_assignments t on t.tenant_id = %(tenant)s and t.id = s.id
        left join (select id as code, completed_at from load_jobs union all
                   select k.key, o.completed_at from jobs o join known_jobs k on k.id = o.id
                   where not exists (select from load_jobs f where f.id = k.key)) j on j.code = s.job_id"""

    def derive(self, values, load):
        """Without an id: one of its own, the same each time the file is read."""
        if values.get("id") is None:
            facts = [str(values.get(name)) for name in ("station_id", "job_id", "started_at")]
            values["id"] = uuid.uuid5(load.tenant.pk, " ".join([self.name, *facts]))

    def settle(self, load):
        load.given[self.name] |= {"id", "is_active", "started_at", "ended_at"}
        values = {"tenant": load.tenant.pk, "now": load.now}
        load.warn_where(
            self,
            f"""select at_line, 'ended_at', given_end, 'the assignment is active; left out' from ({self.FACTS}) as q
                where active and given_end is not null
                union all
                select at_line, 'ended_at', given_end, case
                    when known_end is not null then 'ended without it; what is known here is kept'
                    when completed_at >= start then 'ended without it; taken from the completion of its job'
                    when next_start is not null then 'ended without it; taken from the next start at its station'
                    else 'ended without it; taken from its start' end from ({self.FACTS}) as q
                where not active and given_end is null
                union all
                select at_line, 'started_at', given_start, 'without it; taken from ' || case
                    when known_start is not null then 'what is known here'
                    when given_end is not null then 'ended_at' else 'the moment of this load' end
                from ({self.FACTS}) as q where given_start is null""",
        )
        load.cursor.execute(
            f"""update load_station_assignments s set is_active = q.active, started_at = q.start,
                    ended_at = case when not q.active then coalesce(q.given_end, q.known_end,
                        case when q.completed_at >= q.start then q.completed_at end, q.next_start, q.start) end
                from ({self.FACTS}) as q where s.at_line = q.at_line""",
            values,
        )

    def check(self, load):
        load.refuse_where(
            self,
            "select at_line, 'ended_at', ended_at, 'before it started' from load_station_assignments where ended_at < started_at",
        )
        load.refuse_where(
            self,
            """select at_line, 'station_id', station_id, 'line ' || first || ' is active at this station; only one can be'
               from (select *, min(at_line) over (partition by station_id) as first from load_station_assignments
                     where is_active and not is_refused) as q where at_line > first""",
        )
        load.refuse_where(
            self,
            """select s.at_line, 'station_id', s.station_id, 'the tenant has an active assignment of this station, with the id '
                      || t.id || '; end it first'
               from load_station_assignments s join known_stations k on k.key = s.station_id
               join station_assignments t on t.tenant_id = %(tenant)s and t.station_id = k.id and t.is_active
               where s.is_active and not s.is_refused and t.id <> s.id
                     and not exists (select from load_station_assignments f where f.id = t.id)""",
        )
        self._warn(load)

    def _warn(self, load):
        load.warn_where(
            self,
            """select s.at_line, 'job_id', s.job_id, 'is ' || j.status || ', and has this active assignment; kept so'
               from load_station_assignments s join (
                   select id as code, status from load_jobs union all
                   select k.key, t.status from jobs t join known_jobs k on k.id = t.id
                   where not exists (select from load_jobs f where f.id = k.key)) j on j.code = s.job_id
               where s.is_active and j.status <> 'running'""",
        )
        load.warn_where(
            self,
            """select s.at_line, 'station_id', s.station_id, 'is out of use, and has this active assignment; kept so'
               from load_station_assignments s join (
                   select id as code, is_active from load_stations where is_active is not null union all
                   select k.key, t.is_active from stations t join known_stations k on k.id = t.id
                   where not exists (select from load_stations f where f.id = k.key and f.is_active is not null)) k
                   on k.code = s.station_id
               where s.is_active and not k.is_active""",
        )
        load.warn_where(
            self,
            """select max(s.at_line), 'qty_done', sum(s.done), s.job_id || ' has ' || sum(s.done) || ' done of ' || max(j.total)
               from (select at_line, job_id, coalesce(qty_done, 0) as done from load_station_assignments union all
                     select null, k.key, t.qty_done from station_assignments t join known_jobs k on k.id = t.job_id
                     where t.tenant_id = %(tenant)s
                     and not exists (select from load_station_assignments f where f.id = t.id)) s
               join (select id as code, qty_total as total from load_jobs union all
                     select k.key, t.qty_total from jobs t join known_jobs k on k.id = t.id
                     where not exists (select from load_jobs f where f.id = k.key)) j on j.code = s.job_id
               group by s.job_id having sum(s.done) > max(j.total) and max(s.at_line) is not null""",
        )

    def note(self, load, instances):
        load.noted["stations"].update(assignment.station_id for assignment in instances)
