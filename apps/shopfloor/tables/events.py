"""events_log.csv: the log is append-only. A line is new, or there already word for word; else it is refused."""

import uuid

from apps.core.tables.append_only import AppendOnly
from apps.core.tables.columns import DEFAULT, NULL, Json, Key, Moment, Reference, ReferenceById, Text
from apps.shopfloor.models import TIME_EVENTS, Event

INDEXED = 1000  # characters that an index takes for sure


class Events(AppendOnly):
    model = Event
    there = "the tenant's log has this event"
    columns = [
        Key("id", DEFAULT),
        Text("event_type", longest=200),
        Reference("station_id", NULL, to="stations"),
        Reference("job_id", NULL, to="jobs"),
        ReferenceById("user_id", NULL, to="users"),
        Json("payload", DEFAULT),
        Moment("created_at", DEFAULT, "occurred_at"),
    ]
    order = "t.occurred_at, t.seq"
    turn = 2

    def derive(self, values, load):
        """Without an id: one of its own, the same each time the file is read."""
        if values.get("id") is None:
            facts = [str(values.get(name)) for name in self.by_name]
            values["id"] = uuid.uuid5(load.tenant.pk, "\0".join([self.name, *facts]))

    def settle(self, load):
        if "id" not in load.given[self.name]:  # two equal lines are two events
            load.cursor.execute(
                """update load_events_log set id = md5(id || '-' || place)::uuid
                   from (select at_line, row_number() over (partition by id order by at_line) as place from load_events_log) as q
                   where load_events_log.at_line = q.at_line and place > 1"""
            )

    def check(self, load):
        super().check(load)
        load.refuse_where(
            self,
            f"""select at_line, 'payload', payload ->> 'event', 'too long for an event''s id' from load_events_log
                where event_type = 'reverted' and length(payload ->> 'event') > {INDEXED}""",
        )

    def write(self, load):
        report = load.report.files[self.file]
        new = (
            "load_events_log s left join known_stations k on k.key = s.station_id left join known_jobs j "
            "on j.key = s.job_id where not exists (select from events_log e where e.tenant_id = %(tenant)s and e.id = s.id)"
        )
        values = {"tenant": load.tenant.pk, "now": load.now, "counted": list(TIME_EVENTS)}
        load.cursor.execute(
            "select count(*), array_agg(distinct k.id) filter (where s.event_type = any(%(counted)s) and k.id is not null) "
            f"from {new}",
            values,
        )
        report.created, stations = load.cursor.fetchone()
        report.unchanged = report.read - report.created
        load.noted["log_changed"].update(stations or ())
        if load.dry_run or not report.created:
            return
        load.progress.tick(f"{self.file}: writing {report.created:,} events")
        # `seq` counts in this order: equal moments keep the file's.
        load.cursor.execute(
            f"""insert into events_log (id, tenant_id, event_type, station_id, job_id, user_id, payload, occurred_at, created_at)
                select s.id, %(tenant)s, s.event_type, k.id, j.id, s.user_id, coalesce(s.payload, '{{}}'),
                       coalesce(s.created_at, %(now)s), coalesce(s.created_at, %(now)s)
                from {new} order by coalesce(s.created_at, %(now)s), s.at_line""",
            values,
        )
