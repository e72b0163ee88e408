"""Time in status, added up in the database: the very seconds that the pure function makes of the same log."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.isolation import tenant_context
from apps.shopfloor.models import TIME_EVENTS, Event
from apps.shopfloor.shift_times import span
from apps.shopfloor.time_sums import Span, time_in_status
from apps.shopfloor.timeline import intervals, station_timeline
from tests.factories import create_station, create_tenant
from tests.shopfloor.test_shift_times import shift

DAY = datetime(2026, 3, 28, tzinfo=UTC)
BEFORE = timedelta(microseconds=1)


def at(minutes):
    return DAY + timedelta(minutes=minutes)


def write(station, event_type, minutes, **payload):
    return Event.objects.create(
        tenant=station.tenant, station=station, event_type=event_type, occurred_at=at(minutes), payload=payload
    )


def change(station, minutes, status, reason=None):
    return write(station, "status_change", minutes, new_status=status, reason=reason)


def correct(station, minutes, start, end, status, reason=None):
    period = {"from": at(start).isoformat(), "to": at(end).isoformat()}
    return write(station, "status_corrected", minutes, status=status, reason=reason, **period)


def undo(event, minutes):
    return write(event.station, "reverted", minutes, event=str(event.pk))


def reclassify(event, minutes, reason):
    return write(event.station, "stop_reclassified", minutes, event=str(event.pk), reason=reason)


def summed(tenant, *spans):
    """{key: {(status, reason): (time, begun)}}"""
    return {
        key: {(told.status, told.reason): (told.time, told.begun) for told in sums}
        for key, sums in time_in_status(tenant, spans).items()
    }


def expected(station, start, end):
    """What the pure function tells, added up."""
    events = list(Event.objects.filter(station=station, event_type__in=TIME_EVENTS))
    time, begun = {}, Counter()
    told = intervals(events, start - BEFORE, end)
    for before, now in pairwise(told if told[0].end <= start else [told[0], *told]):
        key = now.status, now.reason
        time[key] = time.get(key, timedelta()) + now.end - max(now.start, start)
        begun[key] += before.status != now.status and now.start >= start
    return {key: (length, begun[key]) for key, length in time.items()}


minutes = st.integers(0, 30).map(lambda n: n * 10)
statuses = st.sampled_from(
    [("running", None), ("idle", None), ("blocked", "belt"), ("blocked", "motor"), ("odd", None)]
)
acts = st.one_of(
    st.tuples(st.just("change"), minutes, statuses),
    st.tuples(st.just("change"), minutes, statuses),
    st.tuples(st.just("undo"), minutes, st.integers(0, 20)),
    st.tuples(st.just("correct"), st.tuples(minutes, minutes, minutes), statuses),
    st.tuples(st.just("reclassify"), minutes, st.integers(0, 20)),
)


def tell(station, log):
    written = []
    for act, when, what in log:
        if act == "change":
            written.append(change(station, when, *what))
        elif act == "correct":
            written.append(correct(station, *when, *what))
        elif written and act == "undo":
            written.append(undo(written[what % len(written)], when))
        elif written:
            written.append(reclassify(written[what % len(written)], when, "other"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    logs=st.lists(st.lists(acts, max_size=15), min_size=2, max_size=2), cuts=st.sets(minutes, min_size=2, max_size=5)
)
def test_the_database_adds_up_what_the_pure_function_tells(db, logs, cuts):
    marks = sorted(cuts)
    with transaction.atomic():
        tenant = create_tenant()
        with tenant_context(tenant):
            stations = [create_station(tenant=tenant) for _ in logs]
            for station, log in zip(stations, logs, strict=True):
                tell(station, log)
            windows = [(s, at(a), at(b)) for s in stations for a, b in pairwise(marks)]

            found = summed(tenant, *(Span((s.pk, start), s.pk, start, end) for s, start, end in windows))

            for station, start, end in windows:
                assert found[station.pk, start] == expected(station, start, end)
                assert sum((time for time, _ in found[station.pk, start].values()), timedelta()) == end - start
                read = station_timeline(station, start, end)
                events = Event.objects.filter(station=station, event_type__in=TIME_EVENTS)
                assert read == intervals(events, start, end)
        transaction.set_rollback(True)


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/Santiago", "Australia/Lord_Howe"])
@pytest.mark.parametrize(
    ("day", "clocks"), [("2026-03-28", 1), ("2026-04-04", -1), ("2026-10-24", -1), ("2026-09-05", 1)]
)
def test_shifts_in_a_row_over_midnight_and_the_change_of_clocks_hold_all_the_time_there_is(tenant, zone, day, clocks):
    where, date = ZoneInfo(zone), datetime.fromisoformat(day).date()
    evening, night, morning = (shift(hours) for hours in ("14:00-22:00", "22:00-06:00", "06:00-14:00"))
    parts = [span(evening, date, where), span(night, date, where), span(morning, date + timedelta(days=1), where)]
    station = create_station(tenant=tenant)
    for number in range(60):
        status = ("running", "idle", "blocked")[number % 3]
        Event.objects.create(
            tenant=tenant,
            station=station,
            event_type="status_change",
            payload={"new_status": status},
            occurred_at=parts[0][0] + number * timedelta(minutes=33),
        )

    by_part = summed(tenant, *(Span(place, station.pk, *part) for place, part in enumerate(parts)))
    whole = summed(tenant, Span("all", station.pk, parts[0][0], parts[-1][1]))["all"]

    for place, (start, end) in enumerate(parts):
        assert sum((time for time, _ in by_part[place].values()), timedelta()) == end - start
    for key, (time, begun) in whole.items():
        assert sum((part.get(key, (timedelta(), 0))[0] for part in by_part.values()), timedelta()) == time
        assert sum(part.get(key, (timedelta(), 0))[1] for part in by_part.values()) == begun


def test_a_stop_over_a_shifts_edge_is_split_for_time_and_begins_once(tenant):
    station = create_station(tenant=tenant)
    change(station, 0, "running")
    change(station, 50, "blocked", "belt")
    change(station, 110, "running")

    found = summed(tenant, Span("early", station.pk, at(0), at(60)), Span("late", station.pk, at(60), at(120)))

    assert found["early"]["blocked", "belt"] == (timedelta(minutes=10), 1)
    assert found["late"]["blocked", "belt"] == (timedelta(minutes=50), 0)


def test_spans_of_one_key_are_added_up_and_what_lies_between_them_is_left_out(tenant):
    one, two = create_station(tenant=tenant), create_station(tenant=tenant)
    change(one, 0, "running")
    change(two, 0, "idle")

    spans = [
        Span("line", one.pk, at(10), at(20)),
        Span("line", one.pk, at(30), at(40)),
        Span("line", two.pk, at(0), at(5)),
    ]

    assert summed(tenant, *spans)["line"] == {
        ("running", ""): (timedelta(minutes=20), 0),
        ("idle", ""): (timedelta(minutes=5), 1),
    }


def test_any_number_of_stations_is_one_query(tenant, django_assert_num_queries):
    stations = [create_station(tenant=tenant) for _ in range(12)]

    with django_assert_num_queries(1):
        found = time_in_status(tenant, [Span(station.code, station.pk, at(0), at(10)) for station in stations])

    assert all([told.status for told in sums] == ["unknown"] for sums in found.values())


def test_no_span_is_no_time(tenant):
    assert time_in_status(tenant, [Span("none", create_station(tenant=tenant).pk, at(10), at(10))]) == {}
