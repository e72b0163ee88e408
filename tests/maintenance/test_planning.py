"""Which schedules make an order, which are covered, and that the preview is what then happens day by day."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.maintenance.due import Reading, Schedule, Standing, Trigger, begin, credit, done, due_on
from apps.maintenance.planning import Item, OpenOrder, circle, forecast, is_longer, plan

H = Decimal
TODAY = date(2026, 4, 1)
RUNS = {"run_hours": Reading(value=H(900), read_on=TODAY, daily_use=H(10))}


def item(key, due=None, *, meter=None, order=None, covered_by=None, is_paused=False, **how):
    at = Standing(due_date=due, due_meter=meter, anchor_day=due.day if due else 1)
    return Item(schedule=Schedule(key=key, **how), standing=at, order=order, covered_by=covered_by, is_paused=is_paused)


def monthly(due=TODAY, **how):
    return item("monthly", due, interval_months=1, suppressed_by="quarterly", **how)


def quarterly(due=TODAY, **how):
    return item("quarterly", due, interval_months=3, suppressed_by="yearly", **how)


def yearly(due=TODAY, **how):
    return item("yearly", due, interval_months=12, **how)


def issued(*items, today=TODAY, readings=RUNS):
    made = plan(items, today=today, readings=readings)
    return {issue.item.key: sorted(other.key for other in issue.covers) for issue in made.issues}


# --- generation ---


def test_what_is_due_makes_an_order():
    assert issued(monthly()) == {"monthly": []}
    assert issued(monthly(TODAY + timedelta(days=1))) == {}


def test_at_most_one_open_order():
    assert issued(monthly(order=OpenOrder(key=1))) == {}


@pytest.mark.parametrize("how", [{"is_paused": True}, {"covered_by": 7}])
def test_what_is_paused_or_covered_makes_none(how):
    assert issued(monthly(**how)) == {}


def test_occurrences_missed_meanwhile_are_counted_on_the_order():
    (issue,) = plan([item("weekly", TODAY - timedelta(days=15), interval_days=7)], today=TODAY, readings={}).issues

    assert (issue.trigger, issue.missed) == (Trigger.DATE, 2)
    (issue,) = plan([item("100 h", meter=H(690), interval_meter=H(100))], today=TODAY, readings=RUNS).issues
    assert (issue.trigger, issue.missed) == (Trigger.METER, 2)


def test_a_meter_makes_an_order():
    by_meter = item("250 h", meter=H(905), interval_meter=H(250), lead_meter=H(5))

    (issue,) = plan([by_meter], today=TODAY, readings=RUNS).issues

    assert issue.trigger == Trigger.METER
    assert issued(by_meter, readings={}) == {}


# --- suppression ---


@pytest.mark.parametrize(
    "longer, shorter, answer",
    [
        ({"interval_months": 3}, {"interval_months": 1}, True),
        ({"interval_days": 90}, {"interval_months": 3}, False),
        ({"interval_months": 3}, {"interval_days": 90}, True),
        ({"interval_months": 1}, {"interval_months": 1}, False),
        ({"interval_months": 3, "interval_meter": H(500)}, {"interval_months": 1, "interval_meter": H(500)}, True),
        ({"interval_months": 3, "interval_meter": H(100)}, {"interval_months": 1, "interval_meter": H(500)}, False),
        ({"interval_meter": H(500)}, {"interval_months": 1, "interval_meter": H(100)}, True),
        ({"interval_months": 3, "interval_meter": H(500)}, {"interval_months": 1}, False),
        ({"interval_meter": H(500), "meter": "odometer"}, {"interval_meter": H(100)}, False),
        ({"interval_months": 3}, {"interval_months": 1, "interval_meter": H(100), "meter": "odometer"}, True),
    ],
)
def test_only_a_longer_schedule_suppresses(longer, shorter, answer):
    assert is_longer(Schedule(key="B", **longer), Schedule(key="S", **shorter)) is answer


def test_circles_are_seen():
    ring = {key: Schedule(key=key, interval_days=1, suppressed_by=by) for key, by in ("ab", "bc", "ca")}

    assert circle(ring["a"], ring) == ["a", "b", "c"]
    assert circle(ring["a"], ring | {"c": Schedule(key="c", interval_days=1)}) == []
    assert circle(ring["a"], {"a": ring["a"]}) == []


def test_the_longer_order_covers_the_shorter_ones_through_a_chain():
    assert issued(monthly(), quarterly(), yearly()) == {"yearly": ["monthly", "quarterly"]}
    assert issued(monthly(covered_by="WO-1"), quarterly()) == {"quarterly": []}  # it is done with another one


def test_what_is_near_one_that_is_covered_today_is_covered_with_it():
    near, far = TODAY + timedelta(days=6), TODAY + timedelta(days=24)

    assert issued(monthly(), quarterly(near), yearly(far, lead_days=24)) == {"yearly": ["monthly", "quarterly"]}


def test_what_is_overdue_together_is_done_together():
    late = TODAY - timedelta(days=2)

    assert issued(monthly(late), quarterly(late)) == {"quarterly": ["monthly"]}


def test_what_is_due_elsewhen_is_not_covered():
    later = TODAY + timedelta(days=40)

    assert issued(monthly(), quarterly(later)) == {"monthly": []}
    assert issued(monthly(later), quarterly()) == {"quarterly": []}


def test_within_its_lead_or_grace_the_shorter_waits_for_the_longer():
    near, far = TODAY + timedelta(days=6), TODAY + timedelta(days=7)

    assert issued(monthly(), quarterly(near)) == {}
    assert issued(monthly(), quarterly(far)) == {"monthly": []}
    assert issued(monthly(TODAY + timedelta(days=10), lead_days=10), quarterly(far)) == {}
    made = plan([monthly(), quarterly(near)], today=TODAY, readings={})
    assert made.waits["monthly"].key == "quarterly"


def test_a_cycle_due_while_the_longer_order_is_open_joins_it():
    made = plan([monthly(), quarterly(order=OpenOrder(key="WO-1"))], today=TODAY, readings={})

    assert made.issues == [] and [(c.item.key, c.order) for c in made.covers] == [("monthly", "WO-1")]


def test_a_cycle_joins_the_order_that_covers_the_one_above_it():
    made = plan(
        [monthly(), quarterly(covered_by="WO-1"), yearly(order=OpenOrder(key="WO-1"))], today=TODAY, readings={}
    )
    both = plan([monthly(), quarterly(), yearly(order=OpenOrder(key="WO-1"))], today=TODAY, readings={})

    assert [(c.item.key, c.order) for c in made.covers] == [("monthly", "WO-1")]
    assert [(c.item.key, c.order) for c in both.covers] == [("quarterly", "WO-1"), ("monthly", "WO-1")]


def test_an_order_that_somebody_started_stays():
    started, waiting = OpenOrder(key=1, is_started=True), OpenOrder(key=1)

    assert issued(monthly(order=started), quarterly()) == {"quarterly": []}
    assert issued(monthly(order=waiting), quarterly()) == {"quarterly": ["monthly"]}


def test_what_an_order_covers_goes_along_when_that_order_is_covered():
    soon = TODAY + timedelta(days=3)
    items = [monthly(covered_by="quarterly"), quarterly(soon, order=OpenOrder(key="quarterly")), yearly()]

    assert issued(*items) == {"yearly": ["monthly", "quarterly"]}
    seen = forecast(items, today=TODAY, until=soon, readings={})
    assert len(seen) == 3
    assert {(one.key, one.covered_by) for one in seen} == {
        ("yearly", None),
        ("quarterly", "yearly"),
        ("monthly", "yearly"),
    }


def test_a_paused_schedule_suppresses_nobody_but_the_one_above_it_does():
    assert issued(monthly(), quarterly(is_paused=True)) == {"monthly": []}
    assert issued(monthly(), quarterly(is_paused=True), yearly()) == {"yearly": ["monthly"]}


def test_meters_suppress_by_meter():
    small = item("250 h", meter=H(900), interval_meter=H(250), suppressed_by="1000 h")
    large = item("1000 h", meter=H(925), interval_meter=H(1000))

    assert issued(small, large) == {}
    assert issued(small, replace(large, standing=Standing(due_meter=H("925.1")))) == {"250 h": []}


def test_meters_of_which_nobody_knows_the_use_are_due_today_once_they_are_there():
    unknown = {"run_hours": Reading(value=H(900), read_on=TODAY)}
    small = item("250 h", meter=H(900), interval_meter=H(250), suppressed_by="1000 h")

    assert issued(small, item("1000 h", meter=H(500), interval_meter=H(1000)), readings=unknown) == {
        "1000 h": ["250 h"]
    }
    assert issued(small, item("1000 h", meter=H(1900), interval_meter=H(1000)), readings=unknown) == {"250 h": []}
    later = replace(small, standing=Standing(due_meter=H(1100)))
    assert issued(later, item("1000 h", meter=H(500), interval_meter=H(1000)), readings=unknown) == {"1000 h": []}


def test_meters_that_come_together_suppress_only_where_the_meter_is_what_is_due():
    legs = {"interval_days": 30, "interval_meter": H(250), "grace_days": 0}
    small = item("small", TODAY, meter=H(1000), suppressed_by="large", **legs)
    large = item("large", TODAY + timedelta(days=90), meter=H(1020), interval_days=365, interval_meter=H(1000))

    assert issued(small, large) == {"small": []}
    assert issued(small, large, readings={}) == {"small": []}
    read = replace(small, standing=replace(small.standing, due_meter=H(900)))
    assert issued(read, item("large", TODAY, interval_days=365)) == {"large": ["small"]}


def test_nobody_waits_for_a_meter_that_stands_still():
    """It was to be there on 30 March; the readings stopped ten days before."""
    still = {"run_hours": Reading(value=H(995), read_on=date(2026, 3, 20), daily_use=H("0.5"))}
    large = item("1000 h", meter=H(1000), interval_meter=H(1000))
    small = item("monthly", date(2026, 3, 30), interval_months=1, suppressed_by="1000 h")

    assert issued(small, large, today=date(2026, 3, 30), readings=still) == {}
    assert issued(small, large, today=date(2026, 3, 31), readings=still) == {"monthly": []}
    for how in ({"order": OpenOrder(key="WO-1")}, {"covered_by": "WO-1"}):  # but for its order
        made = plan([small, replace(large, **how)], today=date(2026, 3, 31), readings=still)
        assert [cover.order for cover in made.covers] == ["WO-1"]


# --- what comes next ---


def test_monthly_suppressed_by_quarterly_makes_eight_and_four_a_year():
    start = date(2026, 1, 31)
    for is_fixed in (True, False):
        items = [
            item("monthly", date(2026, 2, 28), interval_months=1, suppressed_by="quarterly", is_fixed=is_fixed),
            item("quarterly", date(2026, 4, 30), interval_months=3, is_fixed=is_fixed),
        ]
        items = [replace(one, standing=replace(one.standing, anchor_day=31)) for one in items]
        seen = forecast(items, today=start, until=date(2027, 1, 31), readings={})

        orders = Counter(one.key for one in seen if one.covered_by is None)
        assert orders == {"monthly": 8, "quarterly": 4}
        assert sum(one.covered_by == "quarterly" for one in seen) == 4


def test_a_meter_leg_is_foreseen_by_its_use():
    seen = forecast(
        [item("250 h", meter=H(1000), interval_meter=H(250))],
        today=TODAY, until=TODAY + timedelta(days=40), readings=RUNS,
    )  # fmt: skip

    assert [(one.day, one.trigger) for one in seen] == [
        (TODAY + timedelta(days=10), Trigger.METER),
        (TODAY + timedelta(days=35), Trigger.METER),
    ]


def test_a_shorter_order_that_is_covered_before_it_began_is_foreseen_once():
    items = [
        item("monthly", TODAY + timedelta(days=3), interval_months=1, lead_days=7, suppressed_by="quarterly"),
        item("quarterly", TODAY + timedelta(days=12), interval_months=3),
    ]
    seen = forecast(items, today=TODAY, until=TODAY + timedelta(days=20), readings={})

    assert [(one.key, one.covered_by) for one in seen].count(("monthly", None)) <= 1


@pytest.mark.parametrize("due, done_on, covered_by", [(3, 3, "quarterly"), (-3, 0, "quarterly"), (3, 3, None)])
def test_an_open_order_and_what_it_covers_or_what_joins_it_are_foreseen_on_its_day(due, done_on, covered_by):
    end = TODAY + timedelta(days=done_on)
    items = [
        monthly(TODAY, covered_by=covered_by),
        quarterly(TODAY + timedelta(days=due), order=OpenOrder(key="WO-1")),
    ]

    seen = forecast(items, today=TODAY, until=TODAY + timedelta(days=10), readings={})

    assert {(one.key, one.day, one.covered_by) for one in seen} == {
        ("quarterly", end, None),
        ("monthly", end, "quarterly"),
    }


def test_an_open_order_of_which_nobody_knows_when_it_is_due_is_foreseen_today():
    by_meter = item("250 h", meter=H(1000), interval_meter=H(250), order=OpenOrder(key="WO-1"))

    assert [one.day for one in forecast([by_meter], today=TODAY, until=TODAY, readings={})] == [TODAY]


kinds = st.fixed_dictionaries(
    {
        "interval_months": st.integers(1, 6) | st.none(),
        "interval_meter": st.none() | st.integers(50, 800).map(Decimal),
        "is_fixed": st.booleans(),
        "lead_days": st.integers(0, 10),
        "lead_meter": st.integers(0, 20).map(Decimal),
    }
).filter(lambda kind: kind["interval_months"] or kind["interval_meter"])


def chain(kinds):
    """Schedules of one asset, each suppressed by the next one if that is longer."""
    made = [Schedule(key=n, **kind) for n, kind in enumerate(kinds)]
    return [
        replace(one, suppressed_by=other.key) if other and is_longer(other, one) else one
        for one, other in zip(made, [*made[1:], None], strict=True)
    ]


@settings(max_examples=60, deadline=None)
@given(kinds=st.lists(kinds, min_size=1, max_size=4), use=st.integers(0, 24), days=st.integers(1, 200))
def test_generation_day_by_day_makes_what_was_foreseen(kinds, use, days):
    """An order is made once, at most one is open, no cycle is lost, a credit moves nothing back."""
    start = {"run_hours": Reading(value=H(100), read_on=TODAY, daily_use=H(use) or None)}
    items = {
        schedule.key: Item(schedule=schedule, standing=begin(schedule, created_on=TODAY, meter=H(100)))
        for schedule in chain(kinds)
    }
    foreseen = forecast(items.values(), today=TODAY, until=TODAY + timedelta(days=days), readings=start)
    happened, orders, made = [], {}, set()
    n = 0
    while n <= days:
        today = TODAY + timedelta(days=n)
        readings = {"run_hours": replace(start["run_hours"], value=H(100 + use * n), read_on=today)}
        for number in [number for number, (_key, end) in orders.items() if end <= today]:
            key, _end = orders.pop(number)
            happened.append((today, key, None))
            for one in list(items.values()):
                how = {"on": today, "meter": readings["run_hours"].value}
                if one.key == key:
                    at = done(one.schedule, one.standing, **how)
                elif one.covered_by == number:
                    happened.append((today, one.key, key))
                    at = credit(one.schedule, one.standing, **how)
                    assert at.due_date is None or at.due_date >= one.standing.due_date
                else:
                    continue
                assert at.cycle == one.standing.cycle + 1
                items[one.key] = replace(one, standing=at, order=None, covered_by=None)
        first = plan(items.values(), today=today, readings=readings)
        for issue in first.issues:
            key, cycle = issue.item.key, issue.item.standing.cycle
            assert (key, cycle) not in made
            made.add((key, cycle))
            number = f"WO-{len(made)}"
            orders[number] = key, max(today, due_on(issue.item.standing, readings["run_hours"]) or today)
            items[key] = replace(items[key], order=OpenOrder(key=number))
            for other in issue.covers:
                if other.order:
                    del orders[other.order.key]
                items[other.key] = replace(items[other.key], order=None, covered_by=number)
        for cover in first.covers:
            items[cover.item.key] = replace(items[cover.item.key], covered_by=cover.order)
        again = plan(items.values(), today=today, readings=readings)
        assert again.issues == [] and again.covers == []
        assert all(one.covered_by is None or one.covered_by in orders for one in items.values())
        if all(end > today for _key, end in orders.values()):
            n += 1
    assert Counter((one.day, one.key, one.covered_by) for one in foreseen) == Counter(happened)
