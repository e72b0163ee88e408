from django.db import migrations

from apps.core.isolation import TenantTable


class Migration(migrations.Migration):
    dependencies = [("core", "0012_notifications")]
    operations = [
        TenantTable("notification_mails"),
        TenantTable("notifications", {"mail_id": "notification_mails"}),
    ]
