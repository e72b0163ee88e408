"""The table of Django's database cache: counts and used codes that all processes share. Not of any tenant."""

from django.db import migrations

TABLE = """
create table cache (cache_key varchar(255) primary key, value text not null, expires timestamptz not null);
create index cache_expires on cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_isolation")]
    operations = [migrations.RunSQL(TABLE, "drop table cache")]
