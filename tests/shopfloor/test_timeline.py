"""Time in status, as a pure function: a table of cases, and what always holds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.shopfloor.timeline import intervals

DAY = datetime(2026, 3, 29, tzinfo=UTC)  # clocks change in Warsaw this night


def at(minutes):
    return DAY + timedelta(minutes=minutes)


@dataclass
class FakeRow:
    """The five fields of an event that the engine reads."""

    event_type: str
    payload: dict
    occurred_at: datetime
    seq: int
    pk: str = field(default_factory=lambda: str(uuid4()))


def change(minutes, status, seq, reason=None):
    return FakeRow("status_change", {"new_status": status, "reason": reason}, at(minutes), seq)


def told(events, start=0, end=100):
    return [
        (i.status, i.reason, int((i.start - DAY).total_seconds() // 60), int((i.end - DAY).total_seconds() // 60))
        for i in intervals(events, at(start), at(end))
    ]


def test_before_the_first_event_a_station_is_unknown_and_the_open_end_is_the_windows():
    assert told([change(10, "running", 1)]) == [("unknown", "", 0, 10), ("running", "", 10, 100)]


def test_both_edges_are_clipped():
    events = [change(-50, "running", 1), change(50, "idle", 2), change(150, "running", 3)]

    assert told(events) == [("running", "", 0, 50), ("idle", "", 50, 100)]


def test_of_equal_instants_the_later_written_wins():
    events = [change(10, "blocked", 3, "belt"), change(10, "idle", 2), change(0, "running", 1)]

    assert told(events) == [("running", "", 0, 10), ("blocked", "belt", 10, 100)]


def test_a_repeat_starts_nothing():
    events = [change(0, "running", 1), change(30, "running", 2), change(60, "idle", 3)]

    assert told(events) == [("running", "", 0, 60), ("idle", "", 60, 100)]


def test_undone_events_are_dropped():
    wrong = change(40, "blocked", 2, "belt")
    undo = FakeRow("reverted", {"event": wrong.pk}, at(41), 3)

    assert told([change(0, "running", 1), wrong, undo]) == [("running", "", 0, 100)]


def test_a_corrected_period_lies_over_the_log():
    correction = FakeRow(
        "status_corrected",
        {"from": at(20).isoformat(), "to": at(30).isoformat(), "status": "blocked", "reason": "belt"},
        at(90),
        2,
    )

    assert told([change(0, "running", 1), correction]) == [
        ("running", "", 0, 20),
        ("blocked", "belt", 20, 30),
        ("running", "", 30, 100),
    ]


def test_a_correction_before_the_first_event_leaves_the_gap_unknown():
    correction = FakeRow(
        "status_corrected", {"from": at(5).isoformat(), "to": at(10).isoformat(), "status": "idle"}, at(90), 2
    )

    assert told([change(50, "running", 1), correction]) == [
        ("unknown", "", 0, 5),
        ("idle", "", 5, 10),
        ("unknown", "", 10, 50),
        ("running", "", 50, 100),
    ]


def test_a_new_reason_covers_the_whole_stop_and_no_other():
    stop = change(10, "blocked", 1, "belt")
    events = [stop, change(15, "blocked", 2, "belt"), change(20, "blocked", 3, "motor"), change(30, "running", 4)]
    events.append(FakeRow("stop_reclassified", {"event": stop.pk, "reason": "material"}, at(50), 5))

    assert told(events, start=10) == [
        ("blocked", "material", 10, 20),
        ("blocked", "motor", 20, 30),
        ("running", "", 30, 100),
    ]


def test_types_and_statuses_from_elsewhere_do_not_count():
    events = [change(0, "running", 1), change(10, "on fire", 2), FakeRow("weather", {"new_status": "idle"}, at(20), 3)]

    assert told(events) == [("running", "", 0, 100)]


moments = st.integers(-200, 300)
logs = st.lists(st.tuples(moments, st.sampled_from(["running", "idle", "blocked"]), st.booleans()), max_size=12)


def build(log):
    events, seq = [], 0
    for minutes, status, is_undone in log:
        seq += 1
        events.append(change(minutes, status, seq, "belt" if status == "blocked" else None))
        if is_undone:
            seq += 1
            events.append(FakeRow("reverted", {"event": events[-1].pk}, at(minutes), seq))
    return events


@given(log=logs, corrections=st.lists(st.tuples(moments, st.integers(1, 80)), max_size=3), cut=st.integers(1, 99))
def test_the_parts_add_up_to_the_window_and_cutting_it_changes_nothing(log, corrections, cut):
    events = build(log)
    for place, (start, length) in enumerate(corrections):
        span = {"from": at(start).isoformat(), "to": at(start + length).isoformat(), "status": "blocked", "reason": "x"}
        events.append(FakeRow("status_corrected", span, at(400), 1000 + place))

    whole = intervals(events, at(0), at(100))
    halves = intervals(events, at(0), at(cut)) + intervals(events, at(cut), at(100))

    assert sum(i.seconds for i in whole) == 100 * 60
    assert whole[0].start == at(0) and whole[-1].end == at(100)
    assert all(a.end == b.start for a, b in pairwise(whole))
    for status in ("running", "idle", "blocked", "unknown"):
        assert sum(i.seconds for i in whole if i.status == status) == sum(
            i.seconds for i in halves if i.status == status
        )


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_in_which_events_are_given_does_not_matter(order):
    events = build([(0, "running", False), (10, "idle", True), (10, "blocked", False), (60, "running", False)])

    assert told(events[::order]) == [("running", "", 0, 10), ("blocked", "belt", 10, 60), ("running", "", 60, 100)]


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("status_corrected", {}),
        ("status_corrected", {"from": 5, "to": None, "status": "idle"}),
        ("status_corrected", {"from": at(10).isoformat(), "to": at(51).isoformat(), "status": "idle"}),  # not yet past
        ("status_corrected", {"from": "2026-02-30T00:00:00Z", "to": at(5).isoformat(), "status": "idle"}),
        ("status_corrected", {"from": "2026-03-29 00:10", "to": at(20).isoformat(), "status": "idle"}),  # no offset
        ("reverted", {"event": ["x"]}),
        ("stop_reclassified", {"event": {}}),
        ("status_change", {"new_status": ["idle"]}),
        ("status_change", {"new_status": "idle", "reason": {"code": "x"}}),
    ],
)
def test_payloads_that_are_not_as_written_here_do_not_count(kind, payload):
    events = [change(0, "running", 1), FakeRow(kind, payload, at(50), 2)]

    assert told(events) == [("running", "", 0, 100)]


def test_a_reclassification_written_after_a_correction_covers_it_too():
    stop = change(10, "blocked", 1, "belt")
    span = {"from": at(20).isoformat(), "to": at(30).isoformat(), "status": "blocked", "reason": "motor"}
    events = [stop, FakeRow("status_corrected", span, at(50), 2), change(60, "running", 3)]
    events.append(FakeRow("stop_reclassified", {"event": stop.pk, "reason": "material"}, at(70), 4))

    assert told(events, start=10, end=60) == [("blocked", "material", 10, 60)]
