"""What assets are found by: isolated, filled, and kept by triggers whichever way a row is written."""

from django.db import connection, migrations

from apps.core.isolation import TenantTable, platform_context

FUNCTIONS = r"""
create function words_of(variadic texts text[]) returns setof text language sql immutable as $$
    select distinct left(word, 100) from (
        select lower(t) as word from unnest(texts) t
        union all select regexp_split_to_table(lower(t), '\s+') from unnest(texts) t
        union all select regexp_split_to_table(lower(t), '[^[:alnum:]]+') from unnest(texts) t
    ) w where word <> ''
$$;
create function number_of(value jsonb) returns double precision language sql immutable as $$
    select case when jsonb_typeof(value) = 'number' and abs((value #>> '{}')::numeric) < 1e300
                then (value #>> '{}')::numeric::double precision
                when jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^\s*-?\d{1,15}([.,]\d{1,15})?\s*[^\d\s]{0,10}\s*$'
                then replace(substring(value #>> '{}' from '-?\d+(?:[.,]\d+)?'), ',', '.')::double precision end
$$;
"""

WORD = "select '' as name, word as term, null::double precision as number"
# Of each table: its column with the asset's key, the columns that tell whether anything changed, and the terms of a row.
SOURCES = {
    "assets": (
        "id",
        ("name", "serial_number", "manufacturer", "model"),
        f"{WORD} from words_of(r.name, r.serial_number, r.manufacturer, r.model) word",
    ),
    "asset_identities": (
        "asset_id",
        ("client_code", "barcode_manufacturer"),
        f"{WORD} from words_of(r.client_code, r.barcode_manufacturer) word",
    ),
    "asset_specs": (
        "asset_id",
        ("specs",),
        """select left(lower(key), 60) as name, left(lower(value #>> '{}'), 200) as term, number_of(value) as number
           from jsonb_each(case when jsonb_typeof(r.specs) = 'object' then r.specs else '{}' end)
           where jsonb_typeof(value) in ('string', 'number', 'boolean')""",
    ),
}


def inserted(table, rows):
    """The statement that writes the terms of some of a table's rows."""
    key, _columns, terms = SOURCES[table]
    return f"""insert into asset_terms (id, tenant_id, asset_id, source, name, term, number)
               select gen_random_uuid(), r.tenant_id, r.{key}, '{table}', t.name, t.term, t.number
               from {rows} r cross join lateral ({terms}) t"""


def triggers(table):
    """Many new rows at once; a change row by row, and only where the words have changed: the tree renumbers many."""
    key, columns, _terms = SOURCES[table]
    new, old = (f"({', '.join(f'{row}.{column}' for column in columns)})" for row in ("new", "old"))
    return f"""
        create function terms_of_{table}() returns trigger language plpgsql as $$ begin
            if tg_op <> 'INSERT' then
                delete from asset_terms t
                where t.tenant_id = old.tenant_id and t.asset_id = old.{key} and t.source = '{table}';
            end if;
            if tg_op = 'INSERT' then
                {inserted(table, "new_rows")};
            elsif tg_op = 'UPDATE' then
                {inserted(table, "(select new.*)")};
            end if;
            return null;
        end $$;
        create trigger terms_added after insert on {table} referencing new table as new_rows
            for each statement execute function terms_of_{table}();
        create trigger terms_changed after update of {", ".join(columns)} on {table}
            for each row when ({new} is distinct from {old}) execute function terms_of_{table}();
        create trigger terms_gone after delete on {table} for each row execute function terms_of_{table}();
    """


def fill(apps, schema_editor):
    with platform_context(), connection.cursor() as cursor:
        for table in SOURCES:
            cursor.execute(inserted(table, table))


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_terms_of_assets")]

    operations = [
        TenantTable("asset_terms", {"asset_id": "assets"}),
        migrations.RunSQL(FUNCTIONS, "drop function words_of; drop function number_of"),
        migrations.RunPython(fill, migrations.RunPython.noop),
        *(migrations.RunSQL(triggers(table), f"drop function terms_of_{table} cascade") for table in SOURCES),
    ]
