from django.db import migrations

from apps.core.isolation import TenantTable


class Migration(migrations.Migration):
    dependencies = [("shopfloor", "0014_closed_shifts")]
    operations = [TenantTable("closed_shifts")]
