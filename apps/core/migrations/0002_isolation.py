"""Rights, functions and types that every later table's guards use, and the guards of core's own tables."""

from django.db import migrations

from apps.core.isolation import history_guards, policies, refuse_changes

RIGHTS = """
grant usage on schema public to leanops_platform;
grant select, insert, update, delete on all tables in schema public to leanops_platform;
grant usage, select on all sequences in schema public to leanops_platform;
alter default privileges in schema public grant select, insert, update, delete on tables to leanops_platform;
alter default privileges in schema public grant usage, select on sequences to leanops_platform;
"""

FUNCTIONS = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create function refuse_unguarded_tree_write() returns trigger language plpgsql as $$
begin
    if coalesce(current_setting('app.tree_' || tg_table_name, true), '') <> 'on' then
        raise exception '% is a tree; write it under its guard', tg_table_name using errcode = 'restrict_violation';
    end if;
    return null;
end $$;

create function touch_updated_at() returns trigger language plpgsql as $$
begin
    new.updated_at = now();
    return new;
end $$;

create function fill_history_person() returns trigger language plpgsql as $$
begin
    new.history_user_id = coalesce(new.history_user_id, nullif(current_setting('app.user_id', true), '')::uuid);
    return new;
end $$;

-- A person's name, address and numbers are kept out of the record: only that they changed is told.
create function note_personal_change() returns trigger language plpgsql as $$
declare
    changed text[] := '{}';
begin
    if new.email is distinct from old.email then changed := array_append(changed, 'email'); end if;
    if new.display_name is distinct from old.display_name then changed := array_append(changed, 'display_name'); end if;
    if new.staff_number is distinct from old.staff_number then changed := array_append(changed, 'staff_number'); end if;
    perform set_config('app.personal_change', new.id::text || ':' || array_to_string(changed, ','), true);
    return new;
end $$;

-- One audit row for each history row, with what differs from the row's history before.
create function write_audit_row() returns trigger language plpgsql as $$
declare
    now_row jsonb := to_jsonb(new);
    old_row jsonb;
    found jsonb;
    personal text := coalesce(current_setting('app.personal_change', true), '');
    skip text[] := array['history_id', 'history_date', 'history_change_reason', 'history_type', 'history_user_id',
                         'tenant_id', 'id'];
begin
    if new.history_type <> '+' then
        execute format('select to_jsonb(h) from %I h where id = $1 and history_id < $2 order by history_id desc limit 1',
                       tg_table_name) into old_row using new.id, new.history_id;
    end if;
    select coalesce(jsonb_object_agg(key, case when new.history_type = '-' then jsonb_build_array(value, null)
                                               else jsonb_build_array(old_row -> key, value) end), '{}')
      into found from jsonb_each(now_row)
     where key <> all (skip)
       and (new.history_type = '-' or (old_row is null and value <> 'null') or old_row -> key is distinct from value);
    if personal like new.id::text || ':%' then
        select found || coalesce(jsonb_object_agg(name, '[null, null]'::jsonb), '{}')
          into found from unnest(string_to_array(split_part(personal, ':', 2), ',')) as name where name <> '';
        perform set_config('app.personal_change', '', true);
    end if;
    insert into audit_logs (tenant_id, user_id, action, entity_type, entity_id, changes, reason, request_id, created_at)
    values ((now_row ->> 'tenant_id')::uuid, new.history_user_id,
            case new.history_type when '+' then 'create' when '-' then 'delete' else 'update' end,
            tg_argv[0], new.id::text, found, coalesce(new.history_change_reason, ''),
            coalesce(current_setting('app.request_id', true), ''), now());
    return null;
end $$;

-- gist needs a range to compare equal keys without an extension
create type uuidrange as range (subtype = uuid);
create sequence tree_ids;
"""

OWN_TABLES = [
    *policies("audit_logs"),
    *refuse_changes("audit_logs"),
    "alter table audit_logs alter column id set generated always",
    *policies("request_keys"),
    *history_guards("users"),
    *history_guards("tenants"),
    "alter table tenants add constraint tenant_settings_are_an_object check (jsonb_typeof(settings) = 'object')",
    "create trigger personal before update on users for each row execute function note_personal_change()",
]


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(";\n".join(OWN_TABLES), migrations.RunSQL.noop),
    ]
