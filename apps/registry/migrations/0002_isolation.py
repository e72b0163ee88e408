"""The guards of the registry's tables."""

from django.db import migrations

from apps.core.trees import TreeTable

TOUCH = "create trigger touch before update on {0} for each row execute function touch_updated_at()"


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial"), ("core", "0002_isolation")]

    operations = [
        TreeTable("locations", {"parent_id": "locations"}, history=True),
        TreeTable("assets", {"parent_id": "assets", "location_id": "locations"}, history=True),
        migrations.RunSQL(TOUCH.format("locations"), migrations.RunSQL.noop),
        migrations.RunSQL(TOUCH.format("assets"), migrations.RunSQL.noop),
    ]
