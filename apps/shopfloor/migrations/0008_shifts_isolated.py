from django.db import migrations

from apps.core.isolation import TenantTable


class Migration(migrations.Migration):
    dependencies = [("shopfloor", "0007_shifts")]
    operations = [TenantTable("shifts", history=True)]
