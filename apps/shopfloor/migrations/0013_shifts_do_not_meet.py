"""The guards of exceptions, and the rule that no two shifts are at work at once on one line."""

from django.db import migrations

from apps.core.isolation import TenantTable

# The rule of apps.shopfloor.shift_times.clash. Looked at when the transaction ends, since one shift may make room for
# another in it, and by one transaction of a tenant at a time: of two that come at once the second sees the first.
# What is over stands: an extra shift of before yesterday is in no shift's way.
MEET = """
create function shift_minutes("from" time, "to" time) returns int language sql immutable
    return mod(extract(epoch from "to" - "from")::int / 60 + 1439, 1440) + 1;

create function lines_meet(one text[], other text[]) returns boolean language sql immutable
    return one = '{}' or other = '{}' or one && other;

create function extra_shift_meets(extra shift_exceptions, week shifts) returns boolean language sql stable as $$
    select lines_meet(extra.lines, week.lines) and exists (
        select from generate_series(-1, 1) as n, lateral (select extra.date + n as date) d
        where extract(isodow from d.date)::int = any(week.weekdays)
          and ((d.date = extra.date and extra.name = week.name)
               or tsrange(extra.date + extra.start, extra.date + extra.start + shift_minutes(extra.start, extra."end") * interval '1 minute')
                  && tsrange(d.date + week.start, d.date + week.start + shift_minutes(week.start, week."end") * interval '1 minute'))
          and not exists (  -- a holiday of all lines, or of all that both work on
              select from (
                  select bool_or(lines = '{}') as is_of_all, array_agg(line) as lines
                  from shift_exceptions h left join lateral unnest(h.lines) as line on true
                  where h.tenant_id = extra.tenant_id and h.type = 'holiday' and h.date = d.date) closed
              where closed.is_of_all
                 or (extra.lines <> '{}' or week.lines <> '{}')
                    and (select array_agg(line) from (
                             select unnest(case when extra.lines = '{}' then week.lines else extra.lines end)
                             intersect select unnest(case when week.lines = '{}' then extra.lines else week.lines end)) q (line)
                        ) <@ closed.lines))
$$;

create function refuse_shifts_that_meet() returns trigger language plpgsql as $$
declare
    plant uuid := coalesce(new.tenant_id, old.tenant_id);
    met boolean;
begin
    perform pg_advisory_xact_lock(hashtext('shifts'), hashtext(plant::text));
    if tg_table_name = 'shifts' then
        select exists (
            select from shifts a
            join shifts b on b.tenant_id = a.tenant_id and b.id <> a.id and lines_meet(a.lines, b.lines)
            cross join unnest(a.weekdays) as x cross join unnest(b.weekdays) as y
            cross join lateral (select ((y - x) * 1440 + extract(epoch from b.start - a.start)::int / 60) as later) d
            where a.tenant_id = plant and a.id = new.id
              and ((a.name = b.name and x = y)
                   or mod(d.later + 20160, 10080) < shift_minutes(a.start, a."end")
                   or mod(20160 - d.later, 10080) < shift_minutes(b.start, b."end"))
        ) or exists (
            select from shifts a join shift_exceptions e on e.tenant_id = a.tenant_id
            where a.tenant_id = plant and a.id = new.id and e.type = 'extra' and e.date >= current_date - 1
              and extra_shift_meets(e, a)
        ) into met;
    else
        select exists (
            select from shift_exceptions a
            join shift_exceptions b on b.tenant_id = a.tenant_id and b.id <> a.id and lines_meet(a.lines, b.lines)
            where a.tenant_id = plant and a.id = new.id and a.type = 'extra' and b.type = 'extra'
              and ((a.date = b.date and a.name = b.name)
                   or tsrange(a.date + a.start, a.date + a.start + shift_minutes(a.start, a."end") * interval '1 minute')
                      && tsrange(b.date + b.start, b.date + b.start + shift_minutes(b.start, b."end") * interval '1 minute'))
        ) or exists (  -- this one, or those that lie where a holiday was
            select from shift_exceptions e join shifts a on a.tenant_id = e.tenant_id
            where e.tenant_id = plant and e.type = 'extra' and e.date >= current_date - 1
              and (e.id = new.id or e.date between old.date - 1 and old.date + 1)
              and extra_shift_meets(e, a)
        ) into met;
    end if;
    if met then
        raise exception 'two shifts would be at work at once on a line' using
            errcode = 'exclusion_violation', constraint = 'shifts_do_not_meet', table = tg_table_name;
    end if;
    return null;
end $$;

create constraint trigger shifts_do_not_meet after insert or update on shifts
    deferrable initially deferred for each row execute function refuse_shifts_that_meet();
create constraint trigger shifts_do_not_meet after insert or update or delete on shift_exceptions
    deferrable initially deferred for each row execute function refuse_shifts_that_meet();
"""
NO_MORE = """
drop trigger shifts_do_not_meet on shifts;
drop trigger shifts_do_not_meet on shift_exceptions;
drop function refuse_shifts_that_meet();
drop function extra_shift_meets(shift_exceptions, shifts);
drop function lines_meet(text[], text[]);
drop function shift_minutes(time, time);
"""


class Migration(migrations.Migration):
    dependencies = [("shopfloor", "0012_shift_exceptions")]
    operations = [
        TenantTable("shift_exceptions", history=True),
        migrations.RunSQL(MEET, NO_MORE),
    ]
