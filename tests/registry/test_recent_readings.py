"""A post reads a year of a meter's ledger, and what it comes to is what the whole ledger comes to."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.utils import timezone

from apps.core.errors import BrokenRule
from apps.registry import ledgers, services
from apps.registry.ledgers import book_of, recent_of, stored_of
from apps.registry.management.commands.check_meters import faults
from apps.registry.meter_page import meters_of, used_by_day
from apps.registry.meters import ledger, mean_daily_use, opened
from apps.registry.models import DailyLog, MeterReading
from tests.factories import create_asset

DAYS = 20


def act(asset, chance, start):
    """One of all that can be done to an hour meter, somewhere in its days; whether it was done."""
    at = start + timedelta(hours=chance.randrange(DAYS * 24 // 6) * 6)  # often at equal moments
    shown = Decimal(round((at - start) / timedelta(hours=2) + chance.random() * 3, 1)).quantize(Decimal("0.1"))
    live = MeterReading.objects.filter(asset=asset, voids=None, voided_by=None).exclude(kind="correction")
    row = chance.choice(live.order_by("seq")) if live and chance.random() < 0.4 else None
    words = {"by": None, "confirmed": True}
    try:
        if row and row.daily_log_id is None and chance.random() < 0.6:
            services.void_reading(row, by=None, reason="Misread")
        elif row and row.daily_log_id is None:
            services.correct_reading(row, row.value + chance.randrange(3), reason="Misread", **words)
        elif chance.random() < 0.1:
            services.replace_meter(asset, "run_hours", old_value=shown, read_at=at, reason="Broken", **words)
        elif chance.random() < 0.3:
            day = timezone.localdate(at)
            hours = {"run_hours_added": Decimal(chance.randrange(9))}
            services.save_daily_logs(
                asset.tenant, day, "", [{"asset": asset} | hours], by=None, confirmed={0: {"run_hours_added"}}
            )
        else:
            kind, value = chance.choice([("reading", shown), ("delta", Decimal(chance.randrange(5)))])
            services.post_reading(asset, "run_hours", value, kind=kind, read_at=at, **words)
    except BrokenRule:
        return False
    return True


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_posted_taken_back_and_corrected_a_part_tells_what_the_whole_would(tenant, monkeypatch, seed):
    monkeypatch.setattr(ledgers, "YEAR", timedelta(days=2))
    chance, done = Random(seed), 0
    start = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS + 1)
    asset = create_asset(tenant=tenant, run_hours_rolls_over_at=200 if seed % 2 else None)

    for _n in range(60):
        done += act(asset, chance, start)
        assert list(faults(tenant)) == []
        since = start + timedelta(hours=chance.randrange(DAYS * 24 // 6) * 6)
        assert recent_of(asset, "run_hours", since).entries == tuple(
            opened(stored_of(asset, "run_hours").entries, since)
        )

    assert done > 20
    assert DailyLog.objects.exists() and MeterReading.objects.filter(kind="correction", voids=None).exists()


def test_a_post_reads_no_more_of_a_ledger_that_has_grown_old(tenant):
    asset = create_asset(tenant=tenant)
    begun = timezone.now() - timedelta(days=3000)
    for years, days in enumerate(range(0, 2900, 290)):
        read = {"asset": asset, "tenant": tenant, "meter": "run_hours", "source": "api"}
        rows = [
            MeterReading(kind="delta", value=1, read_at=begun + timedelta(days=days, hours=n), **read)
            for n in range(1, 40)
        ]
        rows.append(MeterReading(kind="reading", value=39 * (years + 1), read_at=rows[-1].read_at, **read))
        MeterReading.objects.bulk_create(rows)
    services.settle_meters(asset, "run_hours")

    services.post_reading(asset, "run_hours", 500, by=None)

    assert len(recent_of(asset, "run_hours", timezone.now() - ledgers.YEAR).entries) <= 82
    assert asset.meter.current_run_hours == book_of(asset, "run_hours").lifetime == 500
    assert list(faults(tenant)) == []


def test_the_page_shows_of_a_part_what_the_whole_would(tenant):
    asset, now = create_asset(tenant=tenant), timezone.now()
    for days in range(900, 0, -20):
        services.post_reading(
            asset, "run_hours", 9000 - 7 * days, read_at=now - timedelta(days=days), by=None, confirmed=True
        )
        services.post_reading(
            asset, "run_hours", 3, kind="delta", read_at=now - timedelta(days=days - 3), by=None, confirmed=True
        )
    for days in (800, 790):
        services.post_reading(asset, "odometer", 9000 - 7 * days, read_at=now - timedelta(days=days), by=None)
    hours, distance = meters_of(asset)
    whole = book_of(asset, "run_hours")
    used = used_by_day(whole.points)

    assert (hours.lifetime, hours.dial, hours.per_day) == (whole.lifetime, whole.dial, mean_daily_use(whole.points))
    assert hours.last_at == whole.points[-1].entry.read_at
    assert {bar.start: bar.used for bar in hours.days if bar.used} == {
        day: used[day] for bar in hours.days if used[day := bar.start]
    }
    assert sum(bar.used for bar in hours.months) == sum(n for day, n in used.items() if day >= hours.months[0].start)
    assert distance.per_day == mean_daily_use(ledger(stored_of(asset, "odometer").entries).points) == 7
