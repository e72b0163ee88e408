"""The list of jobs, a job's page, and what supervisors do there."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.shopfloor import services
from apps.shopfloor.models import Event, EventType, Job, JobStatus, StationAssignment, StationStatus
from tests.factories import create_job, create_station, create_tenant

NEW = {"code": "JOB-1", "part_name": "Mirror", "qty_total": "20", "priority": "high", "line_hint": "Line A"}


def codes(answer):
    return re.findall(r'<td class="code"><a href="/jobs/[^"]+">([^<]+)</a>', answer.text)


def job_url(job, action=""):
    return f"/jobs/{job.pk}/{action}"


def today_of(tenant):
    return tenant.local(timezone.now()).date()


def queries(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_list_shows_each_job_with_its_sum_over_all_stations(client, operator):
    here, there = create_station(tenant=operator.tenant), create_station(tenant=operator.tenant)
    job = create_job(tenant=operator.tenant, code="JOB-7", qty_total=100, on=here, qty_done=35)
    StationAssignment.objects.create(tenant=operator.tenant, station=there, job=job, qty_done=40, qty_scrap=2)
    client.force_login(operator)

    page = client.get("/jobs/").text

    assert "75 / 100" in page and "2 scrap" in page and 'width="75.0%"' in page


def test_the_list_takes_as_many_queries_for_60_jobs_as_for_3(client, supervisor):
    station = create_station(tenant=supervisor.tenant)
    create_job(tenant=supervisor.tenant, on=station)
    create_job(tenant=supervisor.tenant)
    create_job(tenant=supervisor.tenant)
    client.force_login(supervisor)
    queries(client, "/jobs/")

    few = queries(client, "/jobs/")
    for _number in range(57):
        create_job(tenant=supervisor.tenant)

    assert queries(client, "/jobs/") == few <= 9  # 5 beside those of the test's own transaction


def test_late_jobs_are_marked_and_found(client, operator):
    today = today_of(operator.tenant)
    create_job(tenant=operator.tenant, code="LATE", due_date=today - timedelta(days=3))
    create_job(tenant=operator.tenant, code="TODAY", due_date=today)
    create_job(tenant=operator.tenant, code="LATER", due_date=today + timedelta(days=30))
    create_job(tenant=operator.tenant, code="NEVER")
    client.force_login(operator)

    assert client.get("/jobs/").text.count('class="late"') == 1
    for due, found in {"late": ["LATE"], "today": ["TODAY"], "week": ["TODAY"], "none": ["NEVER"]}.items():
        assert codes(client.get("/jobs/", {"due": due})) == found


def test_filters_are_in_the_address(client, operator):
    create_job(tenant=operator.tenant, code="A-1", part_name="Mirror", line_hint="Line A")
    create_job(tenant=operator.tenant, code="B-1", part_name="Sheet", line_hint="Line B", status=JobStatus.CANCELLED)
    client.force_login(operator)

    assert codes(client.get("/jobs/?status=cancelled")) == ["B-1"]
    assert codes(client.get("/jobs/?line=Line+A")) == ["A-1"]
    assert codes(client.get("/jobs/?part=mirr")) == ["A-1"]
    assert codes(client.get("/jobs/?q=b-")) == ["B-1"]
    assert "No job fits" in client.get("/jobs/?q=nothing").text
    assert codes(client.get("/jobs/?status=nonsense&due=never&after=junk")) == ["B-1", "A-1"]


def test_pages_by_key_miss_and_repeat_nothing_when_jobs_come_in_meanwhile(client, operator):
    start = timezone.now() - timedelta(days=1)
    for number in range(120):
        # ties in time too: the key breaks them
        create_job(tenant=operator.tenant, code=f"J-{number:03}", created_at=start + timedelta(seconds=number // 7))
    client.force_login(operator)

    seen, address = [], "/jobs/?q=J-"
    while address:
        page = client.get(address)
        seen += codes(page)
        create_job(tenant=operator.tenant)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = following and "/jobs/" + following[1].replace("&amp;", "&")

    assert sorted(seen) == [f"J-{number:03}" for number in range(120)]
    assert len(seen) == 120


def test_the_empty_list_says_what_to_do(client, supervisor, operator):
    client.force_login(operator)
    assert "A supervisor creates jobs" in client.get("/jobs/").text
    client.force_login(supervisor)
    assert "/jobs/new/" in client.get("/jobs/").text


def test_only_the_tenants_jobs_are_listed(client, operator):
    other = create_tenant()
    with tenant_context(other):
        create_job(tenant=other, code="THEIRS")
    client.force_login(operator)

    assert "THEIRS" not in client.get("/jobs/").text


# --- a job's page ---


def test_a_job_tells_what_was_done_where_and_when(client, operator, supervisor):
    first, second = create_station(tenant=operator.tenant), create_station(tenant=operator.tenant)
    job = create_job(tenant=operator.tenant, qty_total=100)
    services.assign_job(first, job, by=supervisor, note="mind the edge")
    services.report(StationAssignment.objects.get(), by=operator, good=30)
    services.reassign_job(first, second, by=supervisor)
    client.force_login(operator)

    page = client.get(job_url(job)).text

    assert "30<small> / 100" in page and "70 to go" in page
    assert first.code in page and second.code in page and "mind the edge" in page
    assert "moved from" in page
    assert "Actions" not in page  # an operator only looks


def test_a_completed_job_tells_its_lead_time_and_whether_it_was_on_time(client, operator):
    now, today = timezone.now(), today_of(operator.tenant)
    done = {"status": JobStatus.COMPLETED, "completed_at": now, "created_at": now - timedelta(days=2)}
    good = create_job(tenant=operator.tenant, due_date=today, **done)
    late = create_job(tenant=operator.tenant, due_date=today - timedelta(days=1), **done)
    client.force_login(operator)

    assert "2 days" in client.get(job_url(good)).text.replace("\xa0", " ")
    assert "no, late" not in client.get(job_url(good)).text
    assert "no, late" in client.get(job_url(late)).text


def test_a_jobs_page_takes_the_same_queries_however_long_its_story(client, supervisor):
    stations = [create_station(tenant=supervisor.tenant) for _ in range(12)]
    job = create_job(tenant=supervisor.tenant)
    services.assign_job(stations[0], job, by=supervisor)
    client.force_login(supervisor)
    queries(client, job_url(job))

    few = queries(client, job_url(job))
    for station in stations[1:]:
        services.assign_job(station, job, by=supervisor)

    assert queries(client, job_url(job)) == few <= 12


# --- what supervisors do ---


def test_a_new_job_waits_in_the_queue(client, supervisor):
    client.force_login(supervisor)

    answer = client.post("/jobs/new/", NEW)

    job = Job.objects.get()
    assert answer["Location"] == job_url(job)
    assert (job.status, job.priority, job.tenant) == (JobStatus.WAITING, "high", supervisor.tenant)
    assert Event.objects.get().user == supervisor


def test_sent_twice_with_one_key_a_job_is_made_once(client, supervisor):
    client.force_login(supervisor)

    answers = [client.post("/jobs/new/", NEW | {"request_key": "k1"}) for _ in range(2)]

    assert Job.objects.count() == 1
    assert answers[0]["Location"] == answers[1]["Location"]


@pytest.mark.parametrize(
    "wrong",
    [{"code": ""}, {"code": "<b>"}, {"qty_total": "0"}, {"qty_total": "-3"}, {"due_date": "soon"}, {"priority": "x"},
     {"cycle_seconds": "0"}, {"code": "TAKEN"}, {"qty_total": "99999999999"}, {"part_name": "x" * 201}],
)  # fmt: skip
def test_a_wrong_form_comes_back_with_its_errors(client, supervisor, wrong):
    create_job(tenant=supervisor.tenant, code="TAKEN")
    client.force_login(supervisor)

    answer = client.post("/jobs/new/", NEW | wrong)

    assert answer.status_code == 422 and "errorlist" in answer.text
    assert Job.objects.count() == 1


def test_a_copy_begins_with_the_same_data_but_its_own_code(client, supervisor):
    job = create_job(tenant=supervisor.tenant, code="JOB-7", part_name="Bevel 30", qty_total=80)
    client.force_login(supervisor)

    form = client.get(job_url(job, "copy/")).text
    client.post(job_url(job, "copy/"), NEW | {"code": "JOB-8", "part_name": "Bevel 30"})

    assert 'value="Bevel 30"' in form and 'value="80"' in form and 'value="JOB-7"' not in form
    assert set(Job.objects.values_list("code", flat=True)) == {"JOB-7", "JOB-8"}


def test_a_change_tells_what_moved_and_a_stale_one_changes_nothing(client, supervisor):
    job = create_job(tenant=supervisor.tenant, code="JOB-1", part_name="Mirror")
    client.force_login(supervisor)

    client.post(job_url(job, "change/"), NEW | {"seen": job.version})
    stale = client.post(job_url(job, "change/"), NEW | {"qty_total": "99", "seen": job.version})

    assert stale.status_code == 409
    assert Job.objects.get().qty_total == 20
    assert Event.objects.get().payload["qty_total"] == [100, 20]


def test_a_quantity_below_what_is_done_is_refused(client, supervisor):
    station = create_station(tenant=supervisor.tenant)
    job = create_job(tenant=supervisor.tenant, code="JOB-1", on=station, qty_done=50)
    client.force_login(supervisor)

    answer = client.post(job_url(job, "change/"), NEW | {"seen": job.version})

    assert answer.status_code == 409 and "50 of JOB-1 are done" in answer.text
    assert Job.objects.get().qty_total == 100


def test_a_job_is_pinned_and_let_go(client, supervisor):
    job = create_job(tenant=supervisor.tenant)
    client.force_login(supervisor)

    client.post(job_url(job, "rank/"), {"rank": "1"})
    assert Job.objects.get().rank == 1
    assert client.post(job_url(job, "rank/"), {"rank": "x"}).status_code == 409
    assert Job.objects.get().rank == 1
    client.post(job_url(job, "rank/"), {"rank": ""})
    assert Job.objects.get().rank is None


def test_a_job_is_completed_with_its_missing_units_or_short(client, supervisor):
    station = create_station(tenant=supervisor.tenant, status=StationStatus.RUNNING)
    full = create_job(tenant=supervisor.tenant, on=station, qty_done=60)
    client.force_login(supervisor)

    assert client.post(job_url(full, "end/")).status_code == 409
    assert client.post(job_url(full, "end/"), {"missing": "short"}).status_code == 409
    client.post(job_url(full, "end/"), {"missing": "fill"})
    station.refresh_from_db()
    assert (Job.objects.get().status, station.status) == (JobStatus.COMPLETED, StationStatus.IDLE)
    assert StationAssignment.objects.get().qty_done == 100

    short = create_job(tenant=supervisor.tenant)
    client.post(job_url(short, "end/"), {"missing": "short", "reason": "No more glass"})
    assert Event.objects.filter(job=short, event_type=EventType.JOB_COMPLETED).get().payload["short"] == 100


def test_a_job_is_given_up_with_a_reason_and_opened_again(client, supervisor):
    job = create_job(tenant=supervisor.tenant)
    client.force_login(supervisor)

    client.post(job_url(job, "cancel/"), {"reason": ""})
    assert Job.objects.get().status == JobStatus.WAITING
    client.post(job_url(job, "cancel/"), {"reason": "Customer gave up"})
    assert Job.objects.get().status == JobStatus.CANCELLED
    assert client.post(job_url(job, "cancel/"), {"reason": "Again"}).status_code == 409
    client.post(job_url(job, "reopen/"))

    assert Job.objects.get().status == JobStatus.WAITING
    told = Event.objects.filter(event_type=EventType.JOB_CANCELLED).get()
    assert told.payload["reason"] == "Customer gave up"


@pytest.mark.parametrize("act", ["cancel", "reopen", "end"])
@pytest.mark.parametrize("reason", ["a\x00b", "x" * 501])
def test_a_reason_that_cannot_be_kept_is_refused_not_dropped(client, supervisor, act, reason):
    job = create_job(tenant=supervisor.tenant, status="cancelled" if act == "reopen" else "waiting")
    client.force_login(supervisor)

    assert client.post(job_url(job, f"{act}/"), {"reason": reason}).status_code == 409
    assert Job.objects.get().status == job.status
