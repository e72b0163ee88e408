"""Which asset served where is changed by people too: it has a history, which begins with the rows that are there."""

from django.db import migrations

from apps.core.isolation import history_guards

BEGINNING = """
set constraints all immediate;
set local role leanops_platform;
insert into station_assets_history (id, tenant_id, station_id, asset_id, "from", "to", history_date, history_type)
select id, tenant_id, station_id, asset_id, "from", "to", now(), '+' from station_assets order by id;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [("shopfloor", "0010_history_of_served_assets")]
    operations = [
        migrations.RunSQL(";\n".join(history_guards("station_assets")), migrations.RunSQL.noop),
        migrations.RunSQL(BEGINNING, migrations.RunSQL.noop),
    ]
