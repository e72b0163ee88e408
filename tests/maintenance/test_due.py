"""When a schedule is due, by cases out of domain §3, and what never happens whatever was done before."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.maintenance.due import (
    Reading,
    Schedule,
    Standing,
    Trigger,
    begin,
    credit,
    done,
    due_on,
    fires,
    is_on_time,
    missed,
    predicted,
    skip,
)

H = Decimal


def day(text) -> date:
    return date.fromisoformat(text)


def schedule(**how) -> Schedule:
    return Schedule(key="S", **how)


def monthly(**how):
    return schedule(interval_months=1, **how)


def standing(due, *, cycle=1, **how):
    return Standing(cycle=cycle, due_date=day(due), anchor_day=day(due).day, **how)


# --- a first time ---


def test_what_was_never_done_is_due_one_interval_after_it_was_made():
    made = begin(schedule(interval_days=10, interval_meter=H(250)), created_on=day("2026-01-01"), meter=H(1000))

    assert (made.cycle, made.due_date, made.due_meter) == (1, day("2026-01-11"), H(1250))


def test_what_was_never_done_is_due_when_somebody_said():
    made = begin(
        schedule(interval_days=10, interval_meter=H(250)),
        created_on=day("2026-01-01"), meter=H(1000), first_due_date=day("2026-03-31"), first_due_meter=H(1100),
    )  # fmt: skip

    assert (made.due_date, made.due_meter, made.anchor_day) == (day("2026-03-31"), H(1100), 31)


def test_a_leg_that_a_schedule_has_not_is_never_due():
    said = {"created_on": day("2026-01-01"), "first_due_date": day("2026-03-31"), "first_due_meter": H(1100)}

    assert begin(schedule(interval_meter=H(250)), **said).due_date is None
    assert begin(monthly(), **said).due_meter is None


def test_a_meter_leg_without_a_reading_waits_for_one():
    made = begin(schedule(interval_meter=H(250)), created_on=day("2026-01-01"))

    assert made.due_meter is None
    assert fires(schedule(interval_meter=H(250)), made, today=day("2030-01-01"), meter=H(99)) is None
    for is_fixed in (False, True):
        what = schedule(interval_meter=H(250), is_fixed=is_fixed)
        assert done(what, made, on=day("2026-02-01"), meter=H(99)).due_meter == H(349)
        assert done(what, made, on=day("2026-02-01")).due_meter is None


@pytest.mark.parametrize("is_fixed, comes", [(False, "1000"), (True, "1250")])
def test_done_without_a_reading_a_floating_meter_leg_stays_and_a_fixed_one_goes_on(is_fixed, comes):
    what = schedule(interval_meter=H(250), is_fixed=is_fixed)

    after = done(what, Standing(due_meter=H(1000), last_meter=H(750)), on=day("2026-02-01"))

    assert (after.due_meter, after.last_meter) == (H(comes), H(750))


# --- what comes after it was done ---

CASES = [
    # floating counts from when it was done
    (schedule(interval_days=30), "2026-04-01", "2026-03-20", "2026-04-19", 0),
    (schedule(interval_days=30), "2026-04-01", "2026-04-15", "2026-05-15", 0),
    (monthly(), "2026-01-31", "2026-01-31", "2026-02-28", 0),
    (monthly(), "2026-02-28", "2026-02-28", "2026-03-28", 0),
    # fixed counts from when it was due
    (schedule(interval_days=30, is_fixed=True), "2026-04-01", "2026-03-20", "2026-05-01", 0),
    (schedule(interval_days=30, is_fixed=True), "2026-04-01", "2026-04-15", "2026-05-01", 0),
    (schedule(interval_days=30, is_fixed=True), "2026-04-01", "2026-05-01", "2026-05-01", 1),
    (schedule(interval_days=30, is_fixed=True), "2026-04-01", "2026-05-02", "2026-05-31", 1),
    (schedule(interval_days=30, is_fixed=True), "2026-04-01", "2026-05-31", "2026-06-30", 2),
    (monthly(is_fixed=True), "2026-01-31", "2026-01-31", "2026-02-28", 0),
    (monthly(is_fixed=True), "2026-01-31", "2026-05-10", "2026-05-31", 3),
    (schedule(interval_months=12, is_fixed=True), "2024-02-29", "2024-02-29", "2025-02-28", 0),
]


@pytest.mark.parametrize("what, due, on, comes, late", CASES)
def test_when_it_is_due_after_it_was_done(what, due, on, comes, late):
    before = standing(due)
    after = done(what, before, on=day(on))

    assert (after.due_date, after.cycle, after.last_date) == (day(comes), 2, day(on))
    assert missed(what, before, today=day(on)) == late


def test_months_keep_their_day():
    at, seen = standing("2026-01-31"), []
    for _month in range(4):
        at = done(monthly(is_fixed=True), at, on=at.due_date)
        seen.append(at.due_date.isoformat())
    assert seen == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]


METERS = [
    (False, "1000", "1030", "1280"),
    (False, "1000", "960", "1210"),
    (True, "1000", "1030", "1250"),
    (True, "1000", "960", "1250"),
    (True, "1000", "1250", "1250"),
    (True, "1000", "1251", "1500"),
    (True, "1000", "1500", "1750"),
]


@pytest.mark.parametrize("is_fixed, due, at, comes", METERS)
def test_when_a_meter_is_due_after_it_was_done(is_fixed, due, at, comes):
    what = schedule(interval_meter=H(250), is_fixed=is_fixed)

    after = done(what, Standing(due_meter=H(due)), on=day("2026-04-01"), meter=H(at))

    assert (after.due_meter, after.last_meter) == (H(comes), H(at))


def test_doing_it_resets_both_legs_whichever_fired():
    what = schedule(interval_days=365, interval_meter=H(250))

    after = done(what, standing("2026-12-01", due_meter=H(1000)), on=day("2026-03-01"), meter=H(1002))

    assert (after.due_date, after.due_meter) == (day("2027-03-01"), H(1252))


def test_what_is_entered_late_moves_no_due_date_back():
    what = schedule(interval_days=30, interval_meter=H(100))
    at = Standing(due_date=day("2026-05-01"), due_meter=H(600), last_date=day("2026-04-01"), last_meter=H(500))

    after = done(what, at, on=day("2026-03-01"), meter=H(450))

    assert (after.due_date, after.due_meter) == (day("2026-05-01"), H(600))
    assert (after.last_date, after.last_meter) == (day("2026-04-01"), H(500))


@pytest.mark.parametrize("is_fixed", [True, False])
def test_a_cancelled_cycle_is_due_again_an_interval_later(is_fixed):
    what = schedule(interval_months=1, interval_meter=H(100), is_fixed=is_fixed)
    at = standing("2026-01-31", due_meter=H(600), last_date=day("2025-12-31"))

    after = skip(what, at)

    assert (after.due_date, after.due_meter, after.cycle) == (day("2026-02-28"), H(700), 2)
    assert after.last_date == day("2025-12-31")  # not done
    assert skip(what, after, times=-1) == at
    assert skip(what, after).due_date == day("2026-03-31")


# --- whether it is due ---


@pytest.mark.parametrize(
    "today, meter, trigger",
    [
        ("2026-03-24", "0", None),
        ("2026-03-25", "0", Trigger.DATE),
        ("2026-03-24", "979.9", None),
        ("2026-03-24", "980", Trigger.METER),
        ("2026-03-25", "980", Trigger.DATE),
    ],
)
def test_an_order_is_made_when_a_due_value_less_its_lead_is_reached(today, meter, trigger):
    what = schedule(interval_days=30, interval_meter=H(250), lead_days=7, lead_meter=H(20))
    at = standing("2026-04-01", due_meter=H(1000))

    assert fires(what, at, today=day(today), meter=H(meter)) == trigger
    assert at.due_date == day("2026-04-01")  # a lead shifts no due date


def test_a_meter_is_predicted_from_its_last_reading_not_from_today():
    at = Standing(due_meter=H(1000))

    assert predicted(at, Reading(value=H(900), read_on=day("2026-03-01"), daily_use=H(8))) == day("2026-03-13")
    assert predicted(at, Reading(value=H(1004), read_on=day("2026-03-01"), daily_use=H(8))) == day("2026-02-28")
    assert predicted(at, Reading(value=H(900), read_on=day("2026-03-01"))) is None
    assert predicted(at, Reading(value=H(0), read_on=day("2026-03-01"), daily_use=H("0.0001"))) is None  # in no century
    assert predicted(at, None) is None


def test_a_meter_runs_on_as_it_did_from_its_last_reading():
    read = Reading(value=H(900), read_on=day("2026-03-01"), daily_use=H(8))

    assert (read.on(day("2026-03-03")), read.on(day("2026-02-01"))) == (H(916), H(900))
    assert replace(read, daily_use=None).on(day("2026-03-03")) == H(900)


def test_it_is_due_at_whichever_leg_comes_first():
    at = standing("2026-04-01", due_meter=H(1000))

    assert due_on(at, Reading(value=H(900), read_on=day("2026-03-01"), daily_use=H(8))) == day("2026-03-13")
    assert due_on(at, Reading(value=H(100), read_on=day("2026-03-01"), daily_use=H(8))) == day("2026-04-01")
    assert due_on(Standing(due_meter=H(1000)), None) is None


def test_a_meter_counts_what_was_missed_too():
    assert (
        missed(schedule(interval_meter=H(250)), Standing(due_meter=H(1000)), today=day("2026-01-01"), meter=H(1760))
        == 3
    )
    both = schedule(interval_days=7, interval_meter=H(250))
    assert (
        missed(both, standing("2026-01-01", due_meter=H(1000)), today=day("2026-01-15")) == 2
    )  # the meter is not read


# --- grace ---


def test_the_usual_grace_is_a_fifth_of_the_interval_at_most_four_weeks():
    assert schedule(interval_days=30).grace == 6
    assert monthly().grace == 6
    assert schedule(interval_months=3).grace == 18
    assert schedule(interval_months=12).grace == 28
    assert schedule(interval_days=30, grace_days=0).grace == 0
    assert schedule(interval_meter=H(250)).grace_on_meter == H(25)
    assert schedule(interval_meter=H(250), grace_meter=H(0)).grace_on_meter == 0
    assert (schedule(interval_meter=H(250)).grace, monthly().grace_on_meter) == (0, 0)  # a leg that it has not


def test_an_order_is_on_time_by_the_leg_that_fired():
    what = schedule(interval_days=30, interval_meter=H(250))

    assert is_on_time(what, Trigger.DATE, due_date=day("2026-04-01"), on=day("2026-04-07"))
    assert not is_on_time(what, Trigger.DATE, due_date=day("2026-04-01"), on=day("2026-04-08"))
    assert not is_on_time(what, Trigger.DATE, due_date=day("2026-04-01"), on=day("2026-03-25"))
    assert is_on_time(what, Trigger.METER, due_meter=H(1000), meter=H(1025), on=day("2027-01-01"))
    assert not is_on_time(what, Trigger.METER, due_meter=H(1000), meter=H(1026), on=day("2026-04-01"))
    assert not is_on_time(what, Trigger.METER, due_meter=H(1000), on=day("2026-04-01"))


def test_a_credit_moves_no_due_date_back():
    at = standing("2026-06-01", due_meter=H(2000))

    after = credit(schedule(interval_days=30, interval_meter=H(250)), at, on=day("2026-03-01"), meter=H(1000))

    assert (after.cycle, after.due_date, after.due_meter) == (2, day("2026-06-01"), H(2000))
    assert credit(monthly(), at, on=day("2026-03-15")).anchor_day == 1  # nor does the day of the month
    assert credit(schedule(interval_meter=H(250)), at, on=day("2026-06-01"), meter=H(1990)).due_meter == H(2240)


# --- whatever was done ---

schedules = st.builds(
    Schedule,
    key=st.just("S"),
    interval_days=st.none(),
    interval_months=st.integers(1, 24),
    interval_meter=st.none() | st.integers(1, 2000).map(Decimal),
    is_fixed=st.booleans(),
) | st.builds(
    Schedule,
    key=st.just("S"),
    interval_days=st.integers(1, 400),
    interval_meter=st.none() | st.integers(1, 2000).map(Decimal),
    is_fixed=st.booleans(),
)
steps = st.lists(st.tuples(st.sampled_from(["done", "credit", "skip"]), st.integers(0, 500), st.integers(0, 3000)))


@given(what=schedules, begun=st.dates(date(2000, 1, 1), date(2030, 12, 31)), acts=steps)
def test_no_cycle_is_lost_and_no_due_date_goes_back_by_a_credit(what, begun, acts):
    at, today, meter = begin(what, created_on=begun, meter=Decimal(0)), begun, Decimal(0)
    for n, (act, days, hours) in enumerate(acts, 1):
        today, meter, before = today + timedelta(days=days), meter + hours, at
        if act == "skip":
            at = skip(what, at)
            assert skip(what, at, times=-1) == before
        else:
            at = (done if act == "done" else credit)(what, at, on=today, meter=meter)
        assert at.cycle == n + 1
        if act == "credit" or what.is_fixed or act == "skip":
            assert at.due_date >= before.due_date
        if act == "done" and not what.is_fixed:
            assert at.due_date == what.later(today, anchor_day=today.day)
        if act == "done" and what.is_fixed:
            assert at.due_date >= today or at.due_date > before.due_date
        if what.interval_meter and act == "credit":
            assert at.due_meter >= before.due_meter


@given(begun=st.dates(date(2000, 1, 1), date(2030, 12, 31)), months=st.integers(1, 24), count=st.integers(1, 60))
def test_a_grid_of_months_is_that_of_its_first_day(begun, months, count):
    what = schedule(interval_months=months, is_fixed=True)
    at = begin(what, created_on=begun, first_due_date=begun)
    for _cycle in range(count):
        at = done(what, at, on=at.due_date)
    in_months = (at.due_date.year - begun.year) * 12 + at.due_date.month - begun.month
    next_month = (at.due_date.replace(day=1) + timedelta(days=32)).replace(day=1)
    assert in_months == months * count
    assert at.due_date.day == min(begun.day, (next_month - timedelta(days=1)).day)
