"""Find what was begun without approval without reading all orders: the triage asks for it each time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("maintenance", "0005_saved_filters")]

    operations = [
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                fields=["tenant", "created_at", "id"],
                condition=models.Q(is_unapproved=True),
                name="work_orders_unapproved",
            ),
        ),
    ]
