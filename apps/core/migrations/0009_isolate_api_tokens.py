from django.db import migrations

from apps.core.isolation import TenantTable


class Migration(migrations.Migration):
    dependencies = [("core", "0008_api_tokens")]

    operations = [TenantTable("api_tokens", history=True)]
