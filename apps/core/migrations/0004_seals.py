"""Each audit row says which history row it was made from; seals over the record, chained by the database."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from apps.core.isolation import history_without_spare_indexes, policies, refuse_changes

# The rows there are get the number of their history row: the nth of an object is the nth of its history.
LINK = """
alter table audit_logs disable trigger append_only;
set local role leanops_platform;
do $$ declare history text;
begin
    for history in select relname from pg_class where relkind = 'r' and relname like '%\\_history'
                      and relnamespace = 'public'::regnamespace
    loop
        execute format('update audit_logs a set history_row = h.history_id
            from (select history_id, id::text, row_number() over (partition by id order by history_id) as nth from %I) h
            join (select id, entity_id, row_number() over (partition by entity_id order by id) as nth from audit_logs
                  where entity_type = %L and action in (''create'', ''update'', ''delete'')) o
              on o.entity_id = h.id and o.nth = h.nth
            where a.id = o.id', history, left(history, -length('_history')));
    end loop;
end $$;
reset role;
alter table audit_logs enable trigger append_only;
"""

# In an installation there is already; those made later have it from history_guards.
SPARE_INDEXES = f"""
do $all$ declare history text; begin
    for history in select relname from pg_class where relkind = 'r' and relname like '%\\_history'
                      and relnamespace = 'public'::regnamespace
    loop
        execute replace($each${history_without_spare_indexes("-table-")}$each$, '-table-', history);
    end loop;
end $all$;
"""

FUNCTIONS = """
-- What differs between a history row and the one before: {column: [old, new]}.
create function history_changes(kind text, before jsonb, after jsonb) returns jsonb language sql immutable as $$
    select coalesce(jsonb_object_agg(key, case when kind = '-' then jsonb_build_array(value, null)
                                               else jsonb_build_array(before -> key, value) end), '{}')
      from jsonb_each(after)
     where key <> all ('{history_id,history_date,history_change_reason,history_type,history_user_id,tenant_id,id}')
       and (kind = '-' or before -> key is distinct from value)
$$;

-- One audit row for each history row, with what differs from the row's history before.
create or replace function write_audit_row() returns trigger language plpgsql as $$
declare
    now_row jsonb := to_jsonb(new);
    tenant uuid := (now_row ->> 'tenant_id')::uuid;
    old_row jsonb;
    found jsonb;
    personal text := coalesce(current_setting('app.personal_change', true), '');
begin
    if new.history_type <> '+' then
        -- the tenant is named, so that the index is used by the platform's role too
        execute format('select to_jsonb(h) from %I h where %s and id = $1 and history_id < $2
                        order by history_id desc limit 1', tg_table_name,
                       case when tenant is null then 'tenant_id is null' else 'tenant_id = $3' end)
           into old_row using new.id, new.history_id, tenant;
    end if;
    found := history_changes(new.history_type, old_row, now_row);
    if personal like new.id::text || ':%' then
        select found || coalesce(jsonb_object_agg(name, '[null, null]'::jsonb), '{}')
          into found from unnest(string_to_array(split_part(personal, ':', 2), ',')) as name where name <> '';
        perform set_config('app.personal_change', '', true);
    end if;
    insert into audit_logs (tenant_id, user_id, action, entity_type, entity_id, changes, reason, request_id, created_at,
                            history_row)
    values (tenant, new.history_user_id,
            case new.history_type when '+' then 'create' when '-' then 'delete' else 'update' end,
            tg_argv[0], new.id::text, found, coalesce(new.history_change_reason, ''),
            coalesce(current_setting('app.request_id', true), ''), now(), new.history_id);
    return null;
end $$;

-- What a seal proves: the seal before it, what it covers, and the digest of each row.
create function seal_hash(seal seals, previous bytea) returns bytea language sql stable as $$
    select sha256(
        previous
        || convert_to(jsonb_build_array(seal.number, seal.tenant_id, seal.table_name, seal.columns, seal.last,
                                        seal.numbers, extract(epoch from seal.sealed_at))::text, 'UTF8')
        || (select string_agg(digest, '' order by place) from unnest(seal.digests) with ordinality as d (digest, place)))
$$;

create function chain_seal() returns trigger language plpgsql as $$
declare
    before seals;
begin
    select * into before from seals order by number desc limit 1;
    new.number = coalesce(before.number, 0) + 1;
    new.hash = seal_hash(new, coalesce(before.hash, ''));
    return new;
end $$;
create trigger chain before insert on seals for each row execute function chain_seal();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_cache")]

    operations = [
        migrations.AddField("auditlog", "history_row", models.BigIntegerField(null=True)),
        migrations.RunSQL(LINK, migrations.RunSQL.noop),
        migrations.RunSQL(SPARE_INDEXES, migrations.RunSQL.noop),
        migrations.AddIndex("auditlog", models.Index(fields=["tenant", "created_at", "id"], name="audit_logs_day")),
        migrations.AddIndex(
            "auditlog",
            models.Index(
                fields=["tenant", "action", "-id"], name="audit_logs_kind", condition=~models.Q(action="update")
            ),
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("table_name", models.TextField()),
                ("columns", django.contrib.postgres.fields.ArrayField(base_field=models.TextField())),
                ("last", models.BigIntegerField(help_text="the highest of its numbers")),
                ("numbers", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField())),
                ("digests", django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField())),
                ("hash", models.BinaryField()),
                ("sealed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "seals",
                "verbose_name": "seal",
                "verbose_name_plural": "seals",
                "indexes": [models.Index(fields=["tenant", "table_name", "-last"], name="seals_last")],
            },
        ),
        migrations.RunSQL(";\n".join([*policies("seals"), *refuse_changes("seals")]), migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
    ]
