"""Django makes a table's indexes at the end of its migration, after the guards that drop the spare ones."""

from django.db import migrations

from apps.core.isolation import history_without_spare_indexes


class Migration(migrations.Migration):
    dependencies = [("shopfloor", "0004_terminals")]
    operations = [
        migrations.RunSQL(history_without_spare_indexes("terminal_stations_history"), migrations.RunSQL.noop),
    ]
