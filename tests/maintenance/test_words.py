"""Why a schedule is or is not due, as its page and the API say it."""

from datetime import date
from decimal import Decimal

import pytest

from apps.maintenance.due import Reading, Schedule, Standing
from apps.maintenance.words import Around, why

H = Decimal
TODAY = date(2026, 4, 1)


def monthly(**how):
    return Schedule(key="monthly", interval_months=1, **how)


def hours(**how):
    return Schedule(key="hours", interval_meter=H(250), **how)


def read(value, daily_use=None):
    return Reading(value=H(value), read_on=date(2026, 3, 31), daily_use=daily_use and H(daily_use))


@pytest.mark.parametrize(
    "due, lead, said",
    [
        (date(2026, 3, 30), 0, "Due since 2026-03-30, 2 days ago."),
        (date(2026, 3, 31), 0, "Due since 2026-03-31, 1 day ago."),
        (TODAY, 0, "Due today."),
        (date(2026, 4, 2), 0, "Due on 2026-04-02, in 1 day."),
        (date(2026, 4, 15), 3, "Due on 2026-04-15, in 14 days."),
        (date(2026, 4, 4), 3, "Due on 2026-04-04, in 3 days. Its order is made 3 days before."),
    ],
)
def test_by_the_date(due, lead, said):
    assert why(monthly(lead_days=lead), Standing(due_date=due), today=TODAY) == said


@pytest.mark.parametrize(
    "due, reading, said",
    [
        (None, None, "A reading is needed: nothing says yet what its meter counts from."),
        (500, None, "Due at 500 h; a reading is needed."),
        (500, read(520), "Due by its meter: it stands at 520 h, and was due at 500 h."),
        (500, read(495), "Its meter stands at 495 h, within 10 h of the 500 h at which it is due."),
        (500, read(420), "Due at 500 h; its meter stands at 420 h. A reading is needed to foresee when."),
        (500, read(420, 8), "Due at 500 h; its meter stands at 420 h and is expected there on 2026-04-10."),
    ],
)
def test_by_the_meter(due, reading, said):
    standing = Standing(due_meter=due and H(due))
    assert why(hours(lead_meter=H(10)), standing, today=TODAY, reading=reading) == said


def test_the_leg_that_fired_is_said_first():
    both = Schedule(key="both", interval_months=1, interval_meter=H(250))
    standing = Standing(due_date=date(2026, 4, 15), due_meter=H(500))

    assert why(both, standing, today=TODAY, reading=read(520)).startswith("Due by its meter")
    assert why(both, standing, today=TODAY, reading=read(420)).startswith("Due on 2026-04-15")


@pytest.mark.parametrize(
    "around, said",
    [
        (Around(is_active=False), "It is out of use: it makes no orders."),
        (Around(is_retired=True), "Its asset is retired: it makes no orders any more."),
        (Around(is_out=True), "Its asset is out of service: until it is back, no orders are made. Due today."),
        (
            Around(is_away=True),
            "Its asset is in transit: an order is made, and can start when it has arrived. Due today.",
        ),
        (Around(order="WO-1"), "WO-1 is open; the next one is made when that is closed. Due today."),
        (Around(covered_by="WO-2"), "WO-2 does its work, too. Due today."),
        (Around(waits_for="Yearly"), "Due today. It is done with “Yearly”, which is due, too: it makes no order."),
    ],
)
def test_what_goes_on_beside(around, said):
    assert why(monthly(), Standing(due_date=TODAY), today=TODAY, around=around) == said
