"""The guards of identities, specs, documents, labels, meters and daily logs."""

from django.db import migrations

from apps.core.isolation import TenantTable

TOUCH = "create trigger touch before update on {0} for each row execute function touch_updated_at()"


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_identities_meters_specs_and_logs")]

    operations = [
        TenantTable("asset_identities", {"asset_id": "assets"}, history=True),
        TenantTable("qr_labels", {"asset_id": "assets"}, history=True),
        TenantTable("asset_categories", history=True),
        TenantTable("asset_specs", {"asset_id": "assets"}, history=True),
        TenantTable("asset_documents", {"asset_id": "assets", "file_id": "attachments"}, history=True),
        TenantTable("asset_meters", {"asset_id": "assets"}),
        TenantTable("daily_logs", {"asset_id": "assets", "shift_id": "shifts"}, history=True),
        TenantTable(
            "meter_readings",
            {
                "asset_id": "assets",
                "voids_id": "meter_readings",
                "found_by_id": "meter_readings",
                "daily_log_id": "daily_logs",
            },
            append_only=True,
        ),
        migrations.RunSQL(TOUCH.format("asset_specs"), migrations.RunSQL.noop),
        migrations.RunSQL(TOUCH.format("daily_logs"), migrations.RunSQL.noop),
    ]
