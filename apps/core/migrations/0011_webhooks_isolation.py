"""Isolation of the webhooks' tables, after the migration that makes their indexes."""

from django.db import migrations

from apps.core.isolation import TenantTable


class Migration(migrations.Migration):
    dependencies = [("core", "0010_webhooks")]
    operations = [
        TenantTable("webhooks", history=True),
        TenantTable("webhook_deliveries", {"webhook_id": "webhooks"}),
    ]
