"""Django makes a table's indexes at the end of its migration, after the guards that drop the spare ones."""

from django.db import migrations

from apps.core.isolation import history_without_spare_indexes


class Migration(migrations.Migration):
    dependencies = [("core", "0006_attachments")]
    operations = [
        migrations.RunSQL(history_without_spare_indexes(f"{table}_history"), migrations.RunSQL.noop)
        for table in ("devices", "attachments")
    ]
