import django.db.models.deletion
from django.db import migrations, models

import apps.core.fields
from apps.core.isolation import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0016_notifications_about_a_row"),
    ]

    operations = [
        migrations.CreateModel(
            name="DocumentCounter",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.core.fields.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.TextField()),
                ("last", models.PositiveBigIntegerField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "document_counters",
                "constraints": [models.UniqueConstraint(fields=("tenant", "kind"), name="one_counter_per_kind")],
            },
        ),
        TenantTable("document_counters"),
    ]
