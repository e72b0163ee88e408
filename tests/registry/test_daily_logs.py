"""The daily log: hours and fuel of many assets, saved together; what it refuses, asks, books and takes back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.core.errors import BrokenRows, BrokenRule, NotAllowed
from apps.registry import services
from apps.registry.log_days import most_hours
from apps.registry.models import AssetMeter, DailyLog, MeterReading
from apps.registry.services.daily_logs import DIAL, FUEL, HOURS
from tests.factories import create_asset, create_shift, create_tenant


def day(tenant, back=0):
    return tenant.local(timezone.now()).date() - timedelta(days=back)


def save(tenant, by, *rows, back=1, shift="", confirmed=()):
    return services.save_daily_logs(tenant, day(tenant, back), shift, list(rows), by=by, confirmed=confirmed)


def refused(tenant, by, *rows, **kwargs) -> BrokenRows:
    """What save says; nothing of it may be stored."""
    before = list(DailyLog.objects.values()), MeterReading.objects.count()
    with pytest.raises(BrokenRows) as error:
        save(tenant, by, *rows, **kwargs)
    assert (list(DailyLog.objects.values()), MeterReading.objects.count()) == before
    return error.value


def hours_of(asset):
    return AssetMeter.objects.get(asset=asset).current_run_hours


def readings():
    return list(MeterReading.objects.order_by("seq").values_list("kind", "value"))


def row(asset, hours=None, *, dial=None, fuel=None, **more):
    values = {HOURS: hours, DIAL: dial, FUEL: fuel}
    return {"asset": asset} | {name: Decimal(str(v)) for name, v in values.items() if v is not None} | more


def test_hours_and_fuel_are_stored_and_counted_at_the_end_of_the_day(tenant, supervisor):
    asset = create_asset(tenant=tenant)

    (log,) = save(tenant, supervisor, row(asset, 8, fuel="20.5"))

    log.refresh_from_db()
    assert (log.run_hours_added, log.fuel_liters_added, log.supervisor) == (8, Decimal("20.5"), supervisor)
    reading = MeterReading.objects.get()
    assert (reading.kind, reading.value, reading.source, reading.user) == ("delta", 8, "daily_log", supervisor)
    local = tenant.local(reading.read_at)
    assert (local.date(), local.hour, local.minute) == (day(tenant), 0, 0)
    assert reading.daily_log == log
    assert hours_of(asset) == 8


def test_todays_hours_count_from_now(tenant, supervisor):
    save(tenant, supervisor, row(create_asset(tenant=tenant), 0.5), back=0)

    assert timezone.now() - MeterReading.objects.get().read_at < timedelta(minutes=1)


def test_a_dial_reading_is_computed_into_hours(tenant, supervisor):
    asset = create_asset(tenant=tenant)
    save(tenant, supervisor, row(asset, dial=100), back=3)
    save(tenant, supervisor, row(asset, 6), back=2)

    (log,) = save(tenant, supervisor, row(asset, dial="115.5"))

    log.refresh_from_db()
    assert (log.run_hours_added, log.run_hours_reading) == (Decimal("9.5"), Decimal("115.5"))
    assert AssetMeter.objects.get().run_hours_dial == Decimal("115.5")


def test_the_first_dial_reading_tells_no_hours(tenant, supervisor):
    (log,) = save(tenant, supervisor, row(create_asset(tenant=tenant), dial=100))

    log.refresh_from_db()
    assert log.run_hours_added is None


def test_a_dial_that_rolls_over_goes_on_counting(tenant, supervisor):
    asset = create_asset(tenant=tenant, run_hours_rolls_over_at=10_000)
    save(tenant, supervisor, row(asset, dial=9998), back=2)

    (log,) = save(tenant, supervisor, row(asset, dial=4))

    assert log.run_hours_added == 6
    assert hours_of(asset) == 10_004


def test_sent_twice_it_counts_once(tenant, supervisor):
    asset = create_asset(tenant=tenant)
    for _turn in range(2):
        save(tenant, supervisor, row(asset, 8, fuel=20))

    assert readings() == [("delta", 8)]
    assert DailyLog.history.count() == 1


def test_a_correction_takes_the_reading_back_and_posts_another(tenant, supervisor, manager):
    asset = create_asset(tenant=tenant)
    save(tenant, supervisor, row(asset, 8))

    (log,) = save(tenant, manager, row(asset, 6))

    assert [value for kind, value in readings() if kind == "delta"] == [8, 6]
    assert MeterReading.objects.filter(voids__value=8).count() == 1
    assert hours_of(asset) == 6
    assert DailyLog.objects.get().supervisor == manager
    assert DailyLog.history.filter(id=log.pk).count() == 2


def test_hours_may_become_a_dial_reading_and_nothing_again(tenant, supervisor):
    asset = create_asset(tenant=tenant)
    save(tenant, supervisor, row(asset, dial=100), back=2)
    save(tenant, supervisor, row(asset, 8))

    (log,) = save(tenant, supervisor, row(asset, dial=107))
    assert (log.run_hours_added, hours_of(asset)) == (7, 107)

    (log,) = save(tenant, supervisor, {"asset": asset, DIAL: None})
    log.refresh_from_db()
    assert (log.run_hours_added, log.run_hours_reading, hours_of(asset)) == (None, None, 100)


def test_changed_fuel_alone_posts_no_reading(tenant, supervisor):
    asset = create_asset(tenant=tenant)
    save(tenant, supervisor, row(asset, 8, fuel=20))

    save(tenant, supervisor, row(asset, fuel=25))

    assert readings() == [("delta", 8)]
    assert DailyLog.objects.get().fuel_liters_added == 25


def test_a_row_of_nothing_makes_no_log(tenant, supervisor):
    assert save(tenant, supervisor, {"asset": create_asset(tenant=tenant), HOURS: None, FUEL: None}) == [None]
    assert not DailyLog.objects.exists()


def test_all_rows_or_none_with_errors_at_their_cells(tenant, supervisor):
    good, bad, worse = (create_asset(tenant=tenant, name=name) for name in "abc")

    error = refused(tenant, supervisor, row(good, 8), row(bad, 25, fuel=-1), row(worse, -1))

    assert error.code == "rows"
    assert set(error.rows) == {1, 2}
    assert "less than nothing" in error.rows[1][FUEL][0]
    assert "less than nothing" in error.rows[2][HOURS][0]


def test_shifts_of_a_date_together_are_no_more_than_a_day(tenant, supervisor):
    create_shift(tenant=tenant, name="Early")
    asset = create_asset(tenant=tenant)
    save(tenant, supervisor, row(asset, 20))

    error = refused(tenant, supervisor, row(asset, 5), shift="Early")
    assert error.rows == {0: {HOURS: ["With 20 h of its other shifts the day has more than 24 h."]}}

    (log,) = save(tenant, supervisor, row(asset, 4), shift="Early")
    assert log.shift_row_id is not None
    assert sorted(DailyLog.objects.values_list("shift", flat=True)) == ["", "Early"]


def test_the_tenant_says_how_many_hours_a_day_has(tenant, supervisor):
    tenant.settings = {"max_run_hours_per_day": 16}

    assert refused(tenant, supervisor, row(create_asset(tenant=tenant), 17)).rows == {
        0: {HOURS: ["A day has at most 16 h."]}
    }


@pytest.mark.parametrize(("on", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 5, 1), 24)])
def test_a_day_is_as_long_as_it_is_where_the_clocks_change(tenant, on, hours):
    assert most_hours(tenant, on) == hours
    tenant.settings = {"max_run_hours_per_day": 20}
    assert most_hours(tenant, on) == 20


def test_a_dial_reading_after_a_gap_is_not_one_days_hours(tenant, supervisor):
    asset = create_asset(tenant=tenant)
    save(tenant, supervisor, row(asset, dial=100), back=4)

    error = refused(tenant, supervisor, row(asset, dial=150))

    assert "makes 50 h of the day" in error.rows[0][DIAL][0]


def test_a_reading_out_of_its_neighbours_is_told_at_its_cell(tenant, supervisor):
    asset = create_asset(tenant=tenant)
    save(tenant, supervisor, row(asset, dial=100), back=2)

    error = refused(tenant, supervisor, row(asset, dial=90))

    assert "100" in error.rows[0][DIAL][0]


def test_hours_and_reading_in_one_row_are_refused(tenant, supervisor):
    assert DIAL in refused(tenant, supervisor, row(create_asset(tenant=tenant), 8, dial=100)).rows[0]


def test_an_asset_twice_is_refused(tenant, supervisor):
    asset = create_asset(tenant=tenant)

    assert "" in refused(tenant, supervisor, row(asset, 8), row(asset, 7)).rows[1]


def test_retired_assets_are_refused(tenant, supervisor):
    asset = create_asset(tenant=tenant)
    services.retire_asset(asset)

    assert "retired" in refused(tenant, supervisor, row(asset, 8)).rows[0][""][0]


def test_another_tenants_asset_is_refused(tenant, supervisor):
    from apps.core.isolation import tenant_context

    other = create_tenant()
    with tenant_context(other):
        theirs = create_asset(tenant=other)

    with pytest.raises(BrokenRule, match="another tenant"):
        save(tenant, supervisor, row(theirs, 8))


# -- when ---------------------------------------------------------------------------------------------------------------


def test_tomorrow_is_refused_by_the_plants_own_calendar(tenant, supervisor):
    asset = create_asset(tenant=tenant)
    save(tenant, supervisor, row(asset, 0.1), back=0)

    with pytest.raises(BrokenRule, match="is not over"):
        save(tenant, supervisor, row(asset, 8), back=-1)


@pytest.mark.parametrize("back", [4, 5])
def test_what_is_too_old_takes_a_manager_or_agile_mode(tenant, supervisor, manager, back):
    asset = create_asset(tenant=tenant)
    if back == 5:
        with pytest.raises(NotAllowed, match="more than 4 days back"):
            save(tenant, supervisor, row(asset, 8), back=back)
        save(tenant, manager, row(asset, 8), back=back)
        tenant.settings = {"agile_mode": True}
    save(tenant, supervisor, row(asset, 7), back=back)

    assert hours_of(asset) == 7


@pytest.mark.parametrize("on", [date(1, 1, 1), date(1999, 12, 31)])
def test_a_date_of_another_age_is_refused(tenant, manager, on):
    with pytest.raises(BrokenRule, match="another age"):
        services.save_daily_logs(tenant, on, "", [row(create_asset(tenant=tenant), 8)], by=manager)


def test_a_shift_counts_at_its_end(tenant, supervisor):
    from datetime import time

    create_shift(tenant=tenant, name="Night", start=time(22), end=time(6))

    save(tenant, supervisor, row(create_asset(tenant=tenant), 8), shift="Night", back=2)

    local = tenant.local(MeterReading.objects.get().read_at)
    assert (local.date(), local.hour) == (day(tenant, 1), 6)


def test_a_shift_that_is_not_there_is_refused(tenant, supervisor):
    with pytest.raises(BrokenRule, match="no shift “Late”"):
        save(tenant, supervisor, row(create_asset(tenant=tenant), 8), shift="Late")


# -- what is usual ------------------------------------------------------------------------------------------------------


@pytest.fixture
def learnt(tenant, manager):
    """An asset with six days of about 8 h and 2.5 l/h."""
    asset = create_asset(tenant=tenant)
    for back in range(2, 8):
        hours = Decimal("7.5") + Decimal(back) / 10
        save(tenant, manager, row(asset, hours, fuel=hours * Decimal("2.5")), back=back)
    return asset


def test_what_is_far_from_usual_is_asked_once_and_kept_when_confirmed(tenant, supervisor, learnt):
    error = refused(tenant, supervisor, row(learnt, 20))
    assert (error.code, error.unusual) == ("unusual", {0: [HOURS]})
    assert "20.0 h; 8.0 h is usual" in error.rows[0][HOURS][0]

    save(tenant, supervisor, row(learnt, 20), confirmed={(learnt.pk, HOURS)})
    assert MeterReading.objects.latest("seq").is_confirmed

    save(tenant, supervisor, row(learnt, 20, fuel=50))  # not asked again


def test_fuel_is_compared_by_the_hour(tenant, supervisor, learnt):
    save(tenant, supervisor, row(learnt, 8, fuel=20))

    error = refused(tenant, supervisor, row(learnt, 8, fuel=90))
    assert (error.code, error.unusual) == ("unusual", {0: [FUEL]})

    save(tenant, supervisor, row(learnt, 8, fuel=90), confirmed={(learnt.pk, FUEL)})


def test_a_question_beside_an_error_does_not_pass_for_a_question(tenant, supervisor, learnt):
    error = refused(tenant, supervisor, row(learnt, 20), row(create_asset(tenant=tenant, name="b"), 30))

    assert (error.code, error.unusual) == ("rows", {0: [HOURS]})


# -- whose hours count --------------------------------------------------------------------------------------------------


def test_where_the_station_books_hours_the_logs_do_not_count(tenant, supervisor):
    asset = create_asset(tenant=tenant, run_hours_source="station")

    (log,) = save(tenant, supervisor, row(asset, 8, fuel=20))

    assert DailyLog.objects.get() == log
    assert not MeterReading.objects.exists()


def test_what_counted_before_is_taken_back_when_it_is_corrected(tenant, supervisor):
    asset = create_asset(tenant=tenant)
    save(tenant, supervisor, row(asset, 8))
    asset.run_hours_source = "station"
    services.save_asset(asset)

    save(tenant, supervisor, row(asset, 6))

    assert hours_of(asset) is None


# -- two at once --------------------------------------------------------------------------------------------------------


def seen(hours=None, dial=None, fuel=None):
    return {"seen": {HOURS: hours and Decimal(hours), DIAL: dial and Decimal(dial), FUEL: fuel and Decimal(fuel)}}


def test_cells_nobody_touched_keep_what_another_wrote(tenant, supervisor, manager):
    one, two = (create_asset(tenant=tenant, name=name) for name in "ab")
    save(tenant, manager, row(one, 6))

    save(tenant, supervisor, {"asset": one, HOURS: None, DIAL: None, FUEL: None} | seen(), row(two, 7, **seen()))

    assert {log.asset_id: log.run_hours_added for log in DailyLog.objects.all()} == {one.pk: 6, two.pk: 7}


def test_a_cell_that_both_wrote_is_a_conflict_that_names_the_other(tenant, supervisor, manager):
    asset = create_asset(tenant=tenant)
    save(tenant, manager, row(asset, 6))

    error = refused(tenant, supervisor, row(asset, 8, **seen()))

    assert error.code == "conflict"
    assert f"{manager} wrote 6 at" in error.rows[0][HOURS][0]
    save(tenant, supervisor, row(asset, 8, **seen(hours=6)))
    assert hours_of(asset) == 8


def test_the_dial_where_another_wrote_hours_is_a_conflict(tenant, supervisor, manager):
    asset = create_asset(tenant=tenant)
    save(tenant, manager, row(asset, 6))

    error = refused(tenant, supervisor, {"asset": asset, HOURS: None, DIAL: Decimal(100), FUEL: None} | seen())

    assert (error.code, set(error.rows[0])) == ("conflict", {DIAL})


def test_both_writing_the_same_is_no_conflict(tenant, supervisor, manager):
    asset = create_asset(tenant=tenant)
    save(tenant, manager, row(asset, 6))

    save(tenant, supervisor, row(asset, 6, **seen()))

    assert readings() == [("delta", 6)]
