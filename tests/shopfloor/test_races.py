"""Several people at once, over real connections: one wins, nothing is lost, nothing is doubled."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from apps.core.isolation import tenant_context
from apps.shopfloor.models import Event, EventType, Job, JobStatus, Station, StationAssignment
from tests.factories import create_job, create_person, create_station, create_tenant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plant():
    return create_tenant()


def at_once(number, act):
    """Run act(n) in `number` threads, each with a connection of its own, started together; their results."""
    barrier = Barrier(number)

    def run(n):
        barrier.wait()
        try:
            return act(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def clients(plant, number, role="supervisor"):
    found = []
    with tenant_context(plant):
        person = create_person(tenant=plant, role=role)
    for _ in range(number):
        client = Client()
        client.force_login(person)
        found.append(client)
    return found


def post(client, station, action, **data):
    return client.post(f"/stations/{station.pk}/{action}/", data, headers={"HX-Request": "true"}).status_code


def test_twenty_complete_one_job_and_one_wins(plant):
    with tenant_context(plant):
        station = create_station(tenant=plant, status="running")
        job = create_job(tenant=plant, on=station, qty_total=10, qty_done=10)
    people = clients(plant, 20)

    codes = at_once(20, lambda n: post(people[n], station, "complete", seen=station.version, job=job.pk))

    assert sorted(codes) == [200] + [409] * 19
    with tenant_context(plant):
        assert Job.objects.get().status == JobStatus.COMPLETED
        assert Event.objects.filter(event_type=EventType.JOB_COMPLETED).count() == 1


def test_twenty_report_one_each_and_all_count(plant):
    with tenant_context(plant):
        station = create_station(tenant=plant, status="running")
        create_job(tenant=plant, on=station, qty_total=100)
        assignment = StationAssignment.objects.get()
    people = clients(plant, 20, role="operator")

    codes = at_once(20, lambda n: post(people[n], station, "report", assignment=assignment.pk, good=1))

    assert codes == [200] * 20
    with tenant_context(plant):
        assert StationAssignment.objects.get().qty_done == 20
        assert Event.objects.count() == 20


def test_two_stations_of_one_job_report_at_once_and_the_sum_is_right(plant):
    with tenant_context(plant):
        stations = [create_station(tenant=plant, status="running") for _ in range(2)]
        job = create_job(tenant=plant, on=stations[0], qty_total=40)
        second = StationAssignment.objects.create(tenant=plant, station=stations[1], job=job)
        assignments = [StationAssignment.objects.get(station=stations[0]), second]
    people = clients(plant, 10, role="operator")

    codes = at_once(10, lambda n: post(people[n], stations[n % 2], "report", assignment=assignments[n % 2].pk, good=5))

    # 42 are allowed (40 and 5 %): eight reports of five fit, two are told what is left
    assert sorted(codes) == [200] * 8 + [409] * 2
    with tenant_context(plant):
        assert Job.objects.with_quantities().get().qty_done == 40


def test_two_reassign_one_job_and_one_wins(plant):
    with tenant_context(plant):
        here, *there = [create_station(tenant=plant, status="idle") for _ in range(3)]
        create_job(tenant=plant, on=here)
    people = clients(plant, 2)

    codes = at_once(2, lambda n: post(people[n], here, "reassign", seen=here.version, to=there[n].pk))

    assert sorted(codes) == [200, 409]
    with tenant_context(plant):
        assert StationAssignment.objects.active().count() == 1
        assert Event.objects.filter(event_type=EventType.JOB_REASSIGNED).count() == 1


def test_fifty_clicks_on_one_badge_and_one_wins(plant):
    with tenant_context(plant):
        station = create_station(tenant=plant)
    people = clients(plant, 50)

    codes = at_once(50, lambda n: post(people[n], station, "status", seen=station.version, status="running"))

    assert sorted(codes) == [200] + [409] * 49
    with tenant_context(plant):
        assert Station.objects.get().version == station.version + 1
        assert Event.objects.count() == 1


def test_one_press_sent_ten_times_counts_once(plant):
    with tenant_context(plant):
        station = create_station(tenant=plant, status="running")
        create_job(tenant=plant, on=station, qty_total=100)
        assignment = StationAssignment.objects.get()
    (client,) = clients(plant, 1, role="operator")
    cookies = client.cookies

    def press(_n):
        twin = Client()
        twin.cookies = cookies
        return post(twin, station, "report", assignment=assignment.pk, good=1, request_key="one-press")

    codes = at_once(10, press)

    assert codes == [200] * 10
    with tenant_context(plant):
        assert StationAssignment.objects.get().qty_done == 1
    assert post(client, station, "report", assignment=assignment.pk, good=2, request_key="one-press") == 422


def test_reassignments_crossing_each_other_never_deadlock_a_person(plant):
    with tenant_context(plant):
        stations = [create_station(tenant=plant) for _ in range(4)]
        for station in stations:
            create_job(tenant=plant, on=station, qty_total=10)
    people = clients(plant, 12)

    def cross(n):
        here, there = stations[n % 4], stations[(n * 7 + 1) % 4]
        return post(people[n], here, "reassign", to=there.pk, take_off="1")

    assert set(at_once(12, cross)) <= {200, 409}
    with tenant_context(plant):
        active = StationAssignment.objects.active()
        assert len({a.station_id for a in active}) == active.count()
