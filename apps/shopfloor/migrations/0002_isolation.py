"""The guards of the shop floor's tables."""

from django.db import migrations

from apps.core.isolation import TenantTable, policies

OF_STATION, OF_BOTH = {"station_id": "stations"}, {"station_id": "stations", "job_id": "jobs"}

TOUCH = """
create trigger touch before update of code, name, line, status, stop_reason_id, is_active, asset_id on stations
for each row execute function touch_updated_at()
"""
# No overlap on either side: an asset serves one station at a time, a station has one asset at a time.
ONE_AT_A_TIME = """
alter table station_assets
    add constraint one_asset_at_a_time_per_station exclude using gist
        (uuidrange(station_id, station_id, '[]') with &&, tstzrange("from", "to") with &&),
    add constraint one_station_at_a_time_per_asset exclude using gist
        (uuidrange(asset_id, asset_id, '[]') with &&, tstzrange("from", "to") with &&)
"""


class Migration(migrations.Migration):
    dependencies = [("shopfloor", "0001_initial"), ("registry", "0002_isolation")]

    operations = [
        TenantTable("stop_reasons", history=True),
        TenantTable("scrap_reasons", history=True),
        TenantTable("stations", {"stop_reason_id": "stop_reasons", "asset_id": "assets"}, history=True),
        TenantTable("station_assets", OF_STATION | {"asset_id": "assets"}),
        TenantTable("jobs", history=True),
        TenantTable("station_assignments", OF_BOTH, history=True),
        TenantTable("calls", OF_STATION, history=True),
        TenantTable("events_log", OF_BOTH, append_only=True),
        TenantTable("performance_logs", OF_BOTH, history=True),
        migrations.RunSQL(TOUCH, migrations.RunSQL.noop),
        migrations.RunSQL(ONE_AT_A_TIME, migrations.RunSQL.noop),
        migrations.RunSQL(";\n".join(policies("board_versions")), migrations.RunSQL.noop),
    ]
