"""Correct a period, change a stop's reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.errors import BrokenRule
from apps.shopfloor import services
from apps.shopfloor.models import Event, EventType, Station, StationAssignment
from apps.shopfloor.timeline import station_timeline
from tests.factories import create_job, create_station, create_stop_reason


@pytest.fixture
def station(supervisor):
    station = create_station(tenant=supervisor.tenant)
    return services.set_status(station, "running", by=supervisor, at=timezone.now() - timedelta(hours=4))


def test_a_period_is_corrected_and_the_rest_stays(station, supervisor):
    start, end = timezone.now() - timedelta(hours=3), timezone.now() - timedelta(hours=2)
    reason = create_stop_reason(tenant=supervisor.tenant)

    services.correct_period(
        station, start=start, end=end, status="blocked", reason=reason, note="forgotten", by=supervisor
    )

    found = station_timeline(station, start - timedelta(minutes=10), timezone.now())
    assert [i.status for i in found] == ["running", "blocked", "running"]
    assert Station.objects.get(pk=station.pk).status_since == end


@pytest.mark.parametrize(
    ("hours", "fields", "sentence"),
    [
        ((1, 2), {}, "begin before"),
        ((3, -1), {}, "end by now"),
        ((24 * 8, 2), {}, "7 days"),
        ((3, 2), {"status": "blocked"}, "choose a reason"),
    ],
)
def test_a_period_that_cannot_be_is_refused(station, supervisor, hours, fields, sentence):
    start, end = (timezone.now() - timedelta(hours=h) for h in hours)

    with pytest.raises(BrokenRule, match=sentence):
        services.correct_period(
            station, **({"start": start, "end": end, "status": "idle", "note": "x"} | fields), by=supervisor
        )
    assert not Event.objects.filter(event_type=EventType.STATUS_CORRECTED).exists()


def test_a_stop_gets_another_reason_and_keeps_its_start(station, supervisor):
    tenant = supervisor.tenant
    stopped = services.set_status(station, "blocked", reason=create_stop_reason(tenant=tenant), by=supervisor)
    began = Event.objects.get(payload__new_status="blocked")

    services.reclassify_stop(began, create_stop_reason(tenant=tenant, code="belt"), by=supervisor)

    fresh = Station.objects.select_related("stop_reason").get(pk=station.pk)
    assert (fresh.stop_reason.code, fresh.status_since) == ("belt", stopped.status_since)
    with pytest.raises(BrokenRule, match="No stop began"):
        services.reclassify_stop(
            Event.objects.get(payload__new_status="running"), create_stop_reason(tenant=tenant), by=supervisor
        )


def test_excluded_stops_are_left_out_of_the_pace(supervisor):
    tenant, now = supervisor.tenant, timezone.now()
    station, job = create_station(tenant=tenant), create_job(tenant=tenant)
    lunch = create_stop_reason(tenant=tenant, code="lunch", group="planned", counts_as="excluded")
    services.assign_job(station, job, run=True, by=supervisor, at=now - timedelta(minutes=90))
    services.set_status(station, "idle", reason=lunch, by=supervisor, at=now - timedelta(minutes=60))
    services.set_status(station, "running", by=supervisor, at=now - timedelta(minutes=30))

    assert StationAssignment.objects.get().excluded_seconds == 30 * 60


def test_a_running_excluded_stop_is_left_to_the_tile(supervisor):
    tenant, now = supervisor.tenant, timezone.now()
    station, job = create_station(tenant=tenant), create_job(tenant=tenant)
    lunch = create_stop_reason(tenant=tenant, code="lunch", group="planned", counts_as="excluded")
    services.assign_job(station, job, run=True, by=supervisor, at=now - timedelta(minutes=60))
    services.set_status(station, "idle", reason=lunch, by=supervisor, at=now - timedelta(minutes=20))

    services.correct_period(
        station,
        start=now - timedelta(minutes=50),
        end=now - timedelta(minutes=45),
        status="idle",
        note="forgotten",
        by=supervisor,
    )

    assert StationAssignment.objects.get().excluded_seconds == 0
