"""The guards of maintenance's tables."""

from django.db import migrations

from apps.core.isolation import TenantTable

CODES = {f"{kind}_id": "failure_codes" for kind in ("problem", "cause", "remedy")}


class Migration(migrations.Migration):
    dependencies = [("maintenance", "0001_initial")]

    operations = [
        TenantTable("failure_codes", history=True),
        TenantTable("pm_schedules", {"asset_id": "assets", "suppressed_by_schedule_id": "pm_schedules"}, history=True),
        TenantTable(
            "work_orders",
            CODES
            | {"asset_id": "assets", "location_id": "locations", "station_id": "stations"}
            | {"pm_schedule_id": "pm_schedules", "covered_by_id": "work_orders"},
            history=True,
        ),
        TenantTable("covered_cycles", {"work_order_id": "work_orders", "pm_schedule_id": "pm_schedules"}, history=True),
        TenantTable("pm_credits", {"work_order_id": "work_orders", "pm_schedule_id": "pm_schedules"}, history=True),
        TenantTable("wo_tasks", {"wo_id": "work_orders"}, history=True),
    ]
