"""Daily logs in and out of spreadsheets, in the admin: through the service of the grid."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.registry import services
from apps.registry.models import AssetMeter, DailyLog, MeterReading
from tests.core.test_sheets_admin import errors, exported, imported, preview
from tests.factories import create_asset

HOURS, DIAL = "run_hours_added", "run_hours_reading"


@pytest.fixture
def boss(client, manager):
    client.force_login(manager)
    return client


def days(tenant, *backs):
    today = tenant.local(timezone.now()).date()
    return [today - timedelta(days=back) for back in backs]


def test_days_are_imported_in_their_order_whatever_the_sheets(boss, tenant):
    asset = create_asset(tenant=tenant, name="Pump")
    third, second, first = days(tenant, 1, 2, 3)
    sheet = f"date;asset;meter;fuel\n{third};{asset.pk};116;10\n{first};{asset.pk};100;\n{second};{asset.pk};107,5;20\n"

    imported(boss, DailyLog, sheet)

    assert list(DailyLog.objects.order_by("date").values_list(HOURS, flat=True)) == [
        None,
        Decimal("7.5"),
        Decimal("8.5"),
    ]
    assert AssetMeter.objects.get().run_hours_dial == 116


def test_what_the_service_refuses_is_told_at_its_cell(boss, tenant):
    asset, other = create_asset(tenant=tenant), create_asset(tenant=tenant, name="Other")
    (day,) = days(tenant, 1)
    (tomorrow,) = days(tenant, -1)

    page = preview(
        boss, DailyLog, f"date;asset;hours\n{day};{asset.pk};25\n{day};{other.pk};8\n{tomorrow};{asset.pk};1\n"
    )

    assert [(number, list(wrong)) for number, wrong in errors(page)] == [(2, [HOURS]), (4, ["date"])]
    assert not DailyLog.objects.exists()


def test_an_import_corrects_by_taking_readings_back(boss, tenant, manager):
    asset = create_asset(tenant=tenant)
    (day,) = days(tenant, 1)
    services.save_daily_logs(tenant, day, "", [{"asset": asset, HOURS: Decimal(8)}], by=manager)
    assert "run_hours_added" in exported(boss, DailyLog, "csv").decode()

    imported(boss, DailyLog, f"date;asset;hours\n{day};{asset.pk};6\n")

    assert MeterReading.objects.filter(kind="delta", voided_by=None).get().value == 6
    assert AssetMeter.objects.get().current_run_hours == 6


def test_out_and_in_again_changes_nothing(boss, tenant, manager):
    asset = create_asset(tenant=tenant)
    for day, value in zip(days(tenant, 2, 1), (100, 107), strict=True):
        services.save_daily_logs(tenant, day, "", [{"asset": asset, DIAL: Decimal(value)}], by=manager)

    page = preview(boss, DailyLog, exported(boss, DailyLog, "csv"))

    assert dict(page.context["found"].counts) == {"unchanged": 2}
