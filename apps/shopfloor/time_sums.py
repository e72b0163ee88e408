"""Time in status of many stations, or of long ranges, added up in the database: to the microsecond what
apps.shopfloor.timeline makes of the same events. What is changed there is changed here; a test compares the two.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from apps.shopfloor.timeline import MOMENT, STATUSES

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Span[K: Hashable]:
    """[start, end) of a station; spans of one station do not overlap. Those of one key are added up together."""

    key: K
    station: UUID
    start: datetime
    end: datetime


@dataclass(frozen=True)
class TimeSum:
    """How long one status with one reason lasted in the spans of a key, and how many such stops (or runs) began there.

    What goes on under another reason, or across a span's edge, has begun once.
    """

    status: str
    reason: str
    time: timedelta
    begun: int


def time_in_status[K: Hashable](tenant, spans: Iterable[Span[K]]) -> dict[K, list[TimeSum]]:
    """By each span's key, the time in each status and reason; their sum is the length of its spans. One query."""
    spans = [span for span in spans if span.start < span.end]
    if not spans:
        return {}
    keys = list(dict.fromkeys(span.key for span in spans))
    number = {key: place for place, key in enumerate(keys)}
    found: dict[K, list[TimeSum]] = {key: [] for key in keys}
    with connection.cursor() as cursor:
        cursor.execute(
            SUMS,
            {
                "tenant": tenant.pk,
                "keys": [number[span.key] for span in spans],
                "stations": [span.station for span in spans],
                "starts": [span.start for span in spans],
                "ends": [span.end for span in spans],
                "reached": list({span.station for span in spans}),
                "since": min(span.start for span in spans) - INSTANT,
                "until": max(span.end for span in spans),
                "statuses": list(STATUSES),
                "moment": MOMENT,
            },
        )
        for key, *told in cursor.fetchall():
            found[keys[key]].append(TimeSum(*told))
    return found


# Every change, correction and span has its place in the row of its station; a place is known by its number, and what
# holds at a moment is the highest number up to it. So the log is sorted once and never compared pair by pair. The log is
# read between two moments for all stations: what one of them does outside its own spans is cut off in the end.
SUMS = """
with spans as materialized (
    select * from unnest(%(keys)s::int[], %(stations)s::uuid[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
        as s (key, station_id, begins, ends)
), reach as materialized (  -- an instant earlier, to see what went on when the first span began
    select station_id, min(begins) - interval '1 microsecond' as since from spans group by station_id
), counted as not materialized (
    select e.* from events_log e
    where e.tenant_id = %(tenant)s
      and coalesce(jsonb_typeof(e.payload -> 'reason'), 'null') in ('null', 'string')
      and not exists (
          select from events_log u
          where u.tenant_id = e.tenant_id and u.event_type = 'reverted' and u.payload ->> 'event' = e.id::text
            and u.station_id = e.station_id)
), changes as not materialized (
    select id, station_id, occurred_at as at, seq, payload ->> 'new_status' as status,
           coalesce(payload ->> 'reason', '') as reason
    from counted where event_type = 'status_change' and payload ->> 'new_status' = any(%(statuses)s)
), before as materialized (  -- what a station's reach begins with
    select r.station_id, r.since, c.at, c.seq, c.status, c.reason
    from reach r cross join lateral (
        select * from changes where station_id = r.station_id and at < r.since order by at desc, seq desc limit 1) c
), known as materialized (
    select *, row_number() over (order by station_id, at, seq) as n
    from (select station_id, at, seq, status, reason
          from changes where station_id = any(%(reached)s) and at >= %(since)s and at < %(until)s
          union all select r.station_id, r.since, 0, b.status, b.reason from reach r left join before b using (station_id)) q
), corrected as (
    select e.station_id, e.seq, m.begins, m.ends, e.payload ->> 'status' as status,
           coalesce(e.payload ->> 'reason', '') as reason, true as is_correction
    from counted e
    cross join lateral (
        select case when e.payload ->> 'from' ~ %(moment)s and pg_input_is_valid(e.payload ->> 'from', 'timestamptz')
                    then (e.payload ->> 'from')::timestamptz end as begins,
               case when e.payload ->> 'to' ~ %(moment)s and pg_input_is_valid(e.payload ->> 'to', 'timestamptz')
                    then (e.payload ->> 'to')::timestamptz end as ends) m
    where e.event_type = 'status_corrected' and e.station_id = any(%(reached)s) and e.occurred_at > %(since)s
      and m.begins < m.ends and m.ends <= e.occurred_at and e.payload ->> 'status' = any(%(statuses)s)
), reclassified as (  -- a stop is the whole row of changes to one status and reason
    select e.station_id, e.seq, begun.at as begins, coalesce(next.at, 'infinity') as ends, x.status,
           coalesce(e.payload ->> 'reason', '') as reason, false as is_correction
    from reach r
    left join before b on b.station_id = r.station_id
    left join lateral (
        select at from changes
        where station_id = b.station_id and (at, seq) < (b.at, b.seq) and (status, reason) <> (b.status, b.reason)
        order by at desc, seq desc limit 1) earlier on true
    join counted e on e.station_id = r.station_id and e.event_type = 'stop_reclassified'
        and e.occurred_at >= coalesce(earlier.at, '-infinity')
    join changes x on x.station_id = e.station_id and x.id::text = e.payload ->> 'event'
        and x.id = case when pg_input_is_valid(e.payload ->> 'event', 'uuid') then (e.payload ->> 'event')::uuid end
    left join lateral (
        select at, seq from changes
        where station_id = x.station_id and (at, seq) < (x.at, x.seq) and (status, reason) <> (x.status, x.reason)
        order by at desc, seq desc limit 1) other on true
    cross join lateral (
        select min(at) as at from changes
        where station_id = x.station_id and (at, seq) <= (x.at, x.seq)
          and (other.at is null or (at, seq) > (other.at, other.seq))) begun
    left join lateral (
        select at from changes
        where station_id = x.station_id and (at, seq) > (x.at, x.seq) and (status, reason) <> (x.status, x.reason)
        order by at, seq limit 1) next on true
    where begun.at <= e.occurred_at
), overlays as materialized (
    select * from corrected union all select * from reclassified
), cuts as (
    select station_id, begins as at from overlays union select station_id, ends from overlays
), covering as materialized (
    select c.at as cut, o.* from cuts c join overlays o on o.station_id = c.station_id and o.begins <= c.at and o.ends > c.at
), corrections as (
    select distinct on (station_id, cut) station_id, cut, seq, status from covering where is_correction
    order by station_id, cut, seq desc
), laid as materialized (  -- the last correction, and the reason that was given to its stop after it
    select *, row_number() over (order by station_id, at) as n
    from (select distinct on (c.station_id, c.at) c.station_id, c.at, v.status, v.reason
          from cuts c
          left join corrections k on k.station_id = c.station_id and k.cut = c.at
          left join covering v on v.station_id = c.station_id and v.cut = c.at
              and v.seq >= coalesce(k.seq, v.seq) and v.status = coalesce(k.status, v.status)
          order by c.station_id, c.at, v.seq desc nulls last) q
), edges as materialized (
    select *, row_number() over (order by station_id, at, key nulls first) as n
    from (select station_id, begins as at, key from spans union all select station_id, ends, null from spans) q
), moments as (
    select station_id, at, lead(at) over w as until, max(known) over w as known, max(laid) over w as laid,
           max(edge) over w as edge
    from (select station_id, at, n as known, null::bigint as laid, null::bigint as edge from known
          union all select station_id, at, null, n, null from laid
          union all select station_id, at, null, null, n from edges) q
    window w as (partition by station_id order by at)
), pieces as (
    select e.key, m.at, m.until, coalesce(l.status, k.status, 'unknown') as status,
           coalesce(case when l.status is null then k.reason else l.reason end, '') as reason,
           lag(coalesce(l.status, k.status, 'unknown')) over (partition by m.station_id order by m.at) as previous
    from moments m
    left join edges e on e.n = m.edge
    left join known k on k.n = m.known
    left join laid l on l.n = m.laid
    where m.until > m.at
)
select key, status, reason, sum(until - at), count(*) filter (where previous is distinct from status)
from pieces where key is not null group by key, status, reason order by key, status, reason
"""
