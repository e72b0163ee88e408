"""The guards of the inventory's tables."""

from django.db import migrations

from apps.core.isolation import TenantTable

OF_PART = {"part_id": "parts"}
SIDES = {"from_location_id": "locations", "to_location_id": "locations"}


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("registry", "0002_isolation")]

    operations = [
        TenantTable("parts", history=True),
        TenantTable("part_barcodes", OF_PART, history=True),
        TenantTable("part_units", OF_PART, history=True),
        TenantTable("inventory_stock", OF_PART | {"location_id": "locations"}),
        TenantTable("inventory_wallets", OF_PART),
        TenantTable("stock_moves", OF_PART | SIDES | {"undoes_id": "stock_moves"}, append_only=True),
        TenantTable("reservations", OF_PART | {"warehouse_id": "locations"}, history=True),
        TenantTable("part_orders", OF_PART, history=True),
        TenantTable("wallet_handovers", OF_PART | {"move_id": "stock_moves"}, history=True),
        TenantTable("stock_counts", {"location_id": "locations"}, history=True),
        TenantTable(
            "stock_count_lines", OF_PART | {"count_id": "stock_counts", "move_id": "stock_moves"}, history=True
        ),
    ]
