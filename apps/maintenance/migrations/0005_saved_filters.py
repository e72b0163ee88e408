"""What people look for again and again, each one's own, under the guards of its tenant."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields
from apps.core.isolation import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0017_document_counters"),
        ("maintenance", "0004_work_and_requests_isolated"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.core.fields.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.TextField(max_length=60, verbose_name="name")),
                ("query", models.TextField(blank=True, default="", max_length=1000, verbose_name="filter")),
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
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "db_table": "saved_filters",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "user", "name"), name="filter_name_once_per_person")
                ],
            },
        ),
        TenantTable("saved_filters", {}),
    ]
