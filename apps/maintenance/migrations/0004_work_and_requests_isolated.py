"""The guards of what goes into orders, and of requests."""

from django.db import migrations

from apps.core.isolation import TenantReferences, TenantTable

OF_ORDER = {"work_order_id": "work_orders"}


class Migration(migrations.Migration):
    dependencies = [("maintenance", "0003_work_and_requests")]

    operations = [
        TenantTable(
            "service_requests",
            OF_ORDER | {"asset_id": "assets", "location_id": "locations", "station_id": "stations"},
            history=True,
        ),
        TenantReferences("work_orders", {"service_request_id": "service_requests", "follows_id": "work_orders"}),
        TenantReferences("wo_tasks", {"reading_id": "meter_readings", "follow_up_id": "work_orders"}),
        TenantTable("wo_labour", OF_ORDER, history=True),
        TenantTable("wo_costs", OF_ORDER, history=True),
        TenantTable("wo_comments", OF_ORDER, history=True),
        TenantTable(
            "wo_consumables",
            {"wo_id": "work_orders", "part_id": "parts", "move_id": "stock_moves", "undone_id": "stock_moves"},
            history=True,
        ),
    ]
