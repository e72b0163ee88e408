from django.db import migrations

from apps.core.isolation import TenantTable


class Migration(migrations.Migration):
    dependencies = [("shopfloor", "0016_shift_figures")]
    operations = [
        TenantTable("shift_times", {"shift_id": "closed_shifts", "station_id": "stations", "job_id": "jobs"}),
        TenantTable("shift_units", {"shift_id": "closed_shifts", "station_id": "stations", "job_id": "jobs"}),
    ]
