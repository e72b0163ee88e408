"""The board: what it shows, what its fragments answer, and that a busy floor costs no more queries than an empty one."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.shopfloor import services
from apps.shopfloor.models import Event, JobStatus, Station, StationStatus
from tests.factories import (
    create_job,
    create_person,
    create_scrap_reason,
    create_station,
    create_stop_reason,
    create_tenant,
)

HTMX = {"HX-Request": "true"}


def signed_in(person) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(person)
    return client


def board(person, query="") -> str:
    response = signed_in(person).get(f"/board/{query}")
    assert response.status_code == 200
    return response.content.decode()


def tile(html, station) -> str:
    """The station's tile as plain words, its markup taken out."""
    article = re.search(rf'<article[^>]*id="t-{station.pk}".*?</article>', html, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", article.group())) if article else ""


def press(person, station, act, *, htmx=True, **fields):
    headers = HTMX if htmx else {}
    return signed_in(person).post(f"/stations/{station.pk}/{act}/", fields, headers=headers)


# --- what it shows


def test_a_tile_tells_status_job_progress_and_due_date(supervisor):
    now = timezone.now()
    station = create_station(
        tenant=supervisor.tenant, code="ST-01", status=StationStatus.RUNNING, status_since=now - timedelta(minutes=72)
    )
    due = timezone.localdate() - timedelta(days=1)
    create_job(tenant=supervisor.tenant, code="JOB-1", qty_total=240, on=station, qty_done=164, due_date=due)

    words = tile(board(supervisor), station)

    assert "Running" in words and "1 h 12 min" in words
    assert "Mirror 60 × 90" in words and "164 / 240" in words
    assert "JOB-1" in words and "late" in words


def test_stations_stand_under_their_lines_with_counts(supervisor):
    create_station(tenant=supervisor.tenant, line="Line A", status=StationStatus.RUNNING)
    create_station(tenant=supervisor.tenant, line="Line A", status=StationStatus.BLOCKED)
    create_station(tenant=supervisor.tenant, line="Line B")

    html = board(supervisor)

    assert "1 running · 1 blocked" in html
    assert html.index("Line A") < html.index("Line B")


def test_an_inactive_station_is_not_on_the_board(supervisor):
    station = create_station(tenant=supervisor.tenant, is_active=False)

    assert not tile(board(supervisor), station)


def test_idle_with_a_changeover_reason_is_shown_as_changeover(supervisor):
    reason = create_stop_reason(tenant=supervisor.tenant, code="setup", group="changeover", planned_minutes=20)
    station = create_station(tenant=supervisor.tenant, stop_reason=reason)

    html = board(supervisor)

    assert "Changeover" in tile(html, station) and "20 min planned" in tile(html, station)
    assert 'data-status="setup"' in html


def test_a_status_that_no_event_explains_is_since_before_the_first_event(supervisor):
    station = create_station(tenant=supervisor.tenant)

    assert "since before the first event" in tile(board(supervisor), station)


def test_the_plan_leaves_out_excluded_stops_and_is_unknown_without_a_cycle(supervisor):
    now = timezone.now()
    paced, unpaced = (create_station(tenant=supervisor.tenant, code=code) for code in ("ST-01", "ST-02"))
    job = create_job(tenant=supervisor.tenant, on=paced, qty_done=50, cycle_seconds=60)
    create_job(tenant=supervisor.tenant, on=unpaced)
    job.assignments.update(started_at=now - timedelta(minutes=100), excluded_seconds=40 * 60 - 5)

    html = board(supervisor)

    assert "10 behind" in tile(html, paced)  # 100 min - 40 min excluded = 60 planned, 50 done
    assert "behind" not in tile(html, unpaced) and "ahead" not in tile(html, unpaced)


def test_stations_that_share_a_job_show_its_sum_and_each_other(supervisor):
    first, second = (create_station(tenant=supervisor.tenant, code=code) for code in ("ST-01", "ST-02"))
    job = create_job(tenant=supervisor.tenant, on=first, qty_done=40)
    services.assign_job(second, job, by=supervisor)
    services.report(second.assignments.get(), by=supervisor, good=35)

    words = tile(board(supervisor), second)

    assert "75 / 100" in words and "shared with ST-01" in words and "35 here" in words


def test_open_calls_stand_on_the_tile_until_they_are_resolved(supervisor, operator):
    station = create_station(tenant=supervisor.tenant)
    call = services.call_for(station, "material", by=operator, part="Glass 4 mm", qty=20)

    assert "20 × Glass 4 mm" in tile(board(supervisor), station)
    signed_in(supervisor).post(f"/calls/{call.pk}/acknowledge/", headers=HTMX)
    assert f"{supervisor} is coming" in tile(board(supervisor), station)
    signed_in(supervisor).post(f"/calls/{call.pk}/resolve/", headers=HTMX)
    assert "Glass" not in tile(board(supervisor), station)


def test_an_empty_plant_says_what_to_do_next(operator, manager):
    assert "No stations yet" in board(operator) and "Add the first station" not in board(operator)
    assert "Add the first station" in board(manager)


@pytest.mark.django_db(transaction=True)
def test_queries_are_eight_whatever_the_number_of_stations():
    tenant = create_tenant()
    supervisor = create_person(tenant=tenant)
    client = signed_in(supervisor)

    def queries():
        client.get("/board/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/board/").status_code == 200
        return [query["sql"][:80] for query in captured]

    few = queries()
    with tenant_context(tenant):
        for number in range(40):
            station = create_station(tenant=tenant, line=f"Line {number % 3}", status=StationStatus.BLOCKED)
            create_job(tenant=tenant, on=station)
            create_job(tenant=tenant)
            services.call_for(station, "help", by=supervisor)
    many = queries()

    assert len(few) == len(many) == 8, many  # BEGIN, COMMIT, session and person counted


# --- filters


def test_the_filter_by_line_status_and_words_lives_in_the_address(supervisor):
    a = create_station(tenant=supervisor.tenant, code="A-1", line="Line A", status=StationStatus.RUNNING)
    b = create_station(tenant=supervisor.tenant, code="B-1", line="Line B", name="Washer")

    def shown(query):
        html = board(supervisor, query)
        return [station.code for station in (a, b) if tile(html, station)]

    assert shown("?line=Line+A") == ["A-1"]
    assert shown("?status=idle") == ["B-1"]
    assert shown("?q=wash") == ["B-1"]
    assert shown("?line=Line+A&status=idle") == []


def test_the_persons_own_lines_are_the_start_and_all_lines_a_press_away(tenant):
    person = create_person(tenant=tenant, role="operator", lines=["Line B"])
    a, b = (create_station(tenant=tenant, line=line) for line in ("Line A", "Line B"))

    assert tile(board(person), b) and not tile(board(person), a)
    assert tile(board(person, "?line="), a)
    assert "All lines" in board(person)


# --- acts


def test_one_press_on_the_badge_idles_a_running_station_and_offers_undo(operator):
    station = create_station(tenant=operator.tenant, status=StationStatus.RUNNING)

    response = press(operator, station, "status", status="idle", seen=station.version)

    station.refresh_from_db()
    assert station.status == StationStatus.IDLE
    html = response.content.decode()
    assert response.status_code == 200 and "Idle" in tile(html, station)
    event = Event.objects.get(station=station)
    assert f"/events/{event.pk}/undo/" in html


def test_a_reason_alone_blocks_and_a_planned_one_idles(operator):
    station = create_station(tenant=operator.tenant, status=StationStatus.RUNNING)
    machine = create_stop_reason(tenant=operator.tenant)
    cleaning = create_stop_reason(tenant=operator.tenant, code="cleaning", group="planned")

    press(operator, station, "status", reason=machine.code)
    station.refresh_from_db()
    assert (station.status, station.stop_reason) == (StationStatus.BLOCKED, machine)

    press(operator, station, "status", reason=cleaning.code)
    station.refresh_from_db()
    assert (station.status, station.stop_reason) == (StationStatus.IDLE, cleaning)


def test_the_reason_other_asks_for_a_note(operator):
    station = create_station(tenant=operator.tenant, status=StationStatus.RUNNING)
    create_stop_reason(tenant=operator.tenant, code="other")

    response = press(operator, station, "status", reason="other")

    assert response.status_code == 422 and response["HX-Retarget"] == "#sheet"
    assert press(operator, station, "status", reason="other", note="a bird").status_code == 200


def test_reasons_used_most_in_the_last_30_days_come_first(operator):
    station = create_station(tenant=operator.tenant)
    for code in ("aaa", "mmm", "zzz"):
        create_stop_reason(tenant=operator.tenant, code=code)
    services.set_status(station, "blocked", by=operator, reason=create_stop_reason(tenant=operator.tenant, code="zzz"))

    html = signed_in(operator).get(f"/stations/{station.pk}/status/", headers=HTMX).content.decode()

    assert html.index("Zzz") < html.index("Aaa") < html.index("Mmm")


def test_a_stale_press_gets_the_fresh_tile_and_who_moved_it(supervisor, operator):
    station = create_station(tenant=supervisor.tenant, status=StationStatus.RUNNING)
    services.set_status(station, "idle", by=supervisor)

    response = press(operator, station, "status", status="idle", seen=station.version)

    html = response.content.decode()
    assert response.status_code == 409
    assert "Idle" in tile(html, station) and str(supervisor) in html
    assert Event.objects.filter(station=station).count() == 1


def test_good_units_are_added_and_a_pick_is_a_number(operator):
    station = create_station(tenant=operator.tenant)
    job = create_job(tenant=operator.tenant, on=station)
    assignment = job.assignments.get()

    press(operator, station, "report", assignment=assignment.pk, good=1)
    response = press(operator, station, "report", assignment=assignment.pk, good="", pick=5)

    assert "6 / 100" in tile(response.content.decode(), station)


def test_scrap_needs_a_reason_and_counts_apart(operator):
    station = create_station(tenant=operator.tenant)
    assignment = create_job(tenant=operator.tenant, on=station).assignments.get()
    create_scrap_reason(tenant=operator.tenant)

    assert press(operator, station, "report", assignment=assignment.pk, scrap=2).status_code == 409
    press(operator, station, "report", assignment=assignment.pk, scrap=2, reason="scratch")

    assignment.refresh_from_db()
    assert (assignment.qty_done, assignment.qty_scrap) == (0, 2)


def test_an_occupied_station_offers_to_take_its_job_off_first(supervisor):
    station = create_station(tenant=supervisor.tenant, code="ST-01")
    create_job(tenant=supervisor.tenant, code="JOB-1", on=station)
    waiting = create_job(tenant=supervisor.tenant, code="JOB-2")

    response = press(supervisor, station, "assign", job=waiting.pk, run=1)
    assert response.status_code == 409 and "Take JOB-1 off first" in response.content.decode()

    response = press(supervisor, station, "assign", job=waiting.pk, run=1, take_off=1)
    assert response.status_code == 200
    assert station.assignments.get(is_active=True).job == waiting


def test_moving_a_job_answers_with_both_tiles_and_the_queue(supervisor):
    here, there = (create_station(tenant=supervisor.tenant, code=code) for code in ("ST-01", "ST-02"))
    create_job(tenant=supervisor.tenant, code="JOB-1", on=here)

    html = press(supervisor, here, "reassign", to=there.pk).content.decode()

    assert "No job" in tile(html, here) and "JOB-1" in tile(html, there) and 'id="queue"' in html


def test_completing_asks_what_becomes_of_the_missing_units(supervisor):
    station = create_station(tenant=supervisor.tenant, status=StationStatus.RUNNING)
    job = create_job(tenant=supervisor.tenant, on=station, qty_done=40)

    html = signed_in(supervisor).get(f"/stations/{station.pk}/complete/", headers=HTMX).content.decode()
    assert "Book 60 at" in html and "60 short" in html
    press(supervisor, station, "complete", fill=1)

    job.refresh_from_db()
    assert job.status == JobStatus.COMPLETED and job.assignments.get().qty_done == 100


def test_undo_by_its_event_brings_the_tile_back(operator):
    station = create_station(tenant=operator.tenant, status=StationStatus.RUNNING)
    press(operator, station, "status", status="idle")
    event = Event.objects.get(station=station)

    response = signed_in(operator).post(f"/events/{event.pk}/undo/", headers=HTMX)

    assert response.status_code == 200 and "Running" in tile(response.content.decode(), station)


def test_the_queue_is_ranked_by_supervisors(supervisor):
    for code in ("JOB-1", "JOB-2", "JOB-3"):
        create_job(tenant=supervisor.tenant, code=code)
    last = create_job(tenant=supervisor.tenant, code="JOB-4")

    html = signed_in(supervisor).post(f"/queue/{last.pk}/move/", {"to": "up"}, headers=HTMX).content.decode()

    order = re.findall(r"<small>(JOB-\d)", html)
    assert order[:4] == ["JOB-1", "JOB-2", "JOB-4", "JOB-3"]


# --- rights that depend on more than the role


@pytest.mark.django_db
def test_in_agile_mode_an_operator_starts_the_next_job_and_completes_a_reached_one():
    tenant = create_tenant(settings={"agile_mode": True})
    with tenant_context(tenant):
        operator = create_person(tenant=tenant, role="operator")
        station = create_station(tenant=tenant)
        first, second = create_job(tenant=tenant, code="JOB-1"), create_job(tenant=tenant, code="JOB-2")

        assert press(operator, station, "assign", job=second.pk).status_code == 403
        assert press(operator, station, "assign", job=first.pk).status_code == 200
        assert press(operator, station, "complete", fill=1).status_code == 403
        services.report(station.assignments.get(), by=operator, good=100)
        assert press(operator, station, "complete").status_code == 200


def test_buttons_that_would_be_refused_are_not_shown(operator, supervisor):
    station = create_station(tenant=operator.tenant)
    create_job(tenant=operator.tenant, on=station)

    assert "Complete" not in tile(board(operator), station) and "Scrap" in tile(board(operator), station)
    assert "Complete" in tile(board(supervisor), station)
    assert "draggable" not in board(operator)


# --- live fragments


def test_changed_tiles_take_their_places_and_those_out_of_the_filter_go(supervisor):
    running = create_station(tenant=supervisor.tenant, status=StationStatus.RUNNING)
    idle = create_station(tenant=supervisor.tenant)

    html = (
        signed_in(supervisor)
        .get(f"/board/tiles/?id={running.pk}&id={idle.pk}&status=running&queue=1", headers=HTMX)
        .content.decode()
    )

    assert 'hx-swap-oob="true"' in html and tile(html, running)
    assert f'<article id="t-{idle.pk}" hx-swap-oob="delete">' in html
    assert 'id="queue"' in html and "1 running · 1 idle" in html


def test_a_polling_board_gets_nothing_until_something_changed(supervisor):
    station = create_station(tenant=supervisor.tenant)
    client = signed_in(supervisor)
    version = re.search(r'data-version="(\d+)"', client.get("/board/").content.decode()).group(1)

    assert client.get(f"/board/changes/?since={version}", headers=HTMX).status_code == 204
    services.set_status(station, "running", by=supervisor)
    response = client.get(f"/board/changes/?since={version}", headers=HTMX)

    assert response.status_code == 200 and "Running" in tile(response.content.decode(), station)


# --- without JavaScript


def test_without_htmx_an_act_goes_back_to_the_board_and_says_what_it_did(operator):
    station = create_station(tenant=operator.tenant, code="ST-01", status=StationStatus.RUNNING)
    client = signed_in(operator)

    response = client.post(f"/stations/{station.pk}/status/", {"status": "idle"})
    assert (response.status_code, response["Location"]) == (302, "/board/")

    html = client.get("/board/").content.decode()
    assert "ST-01 is idle." in html and "/undo/" in html


@pytest.mark.parametrize(
    "sheet", ["menu", "status", "report", "scrap", "assign", "reassign", "complete", "call", "note", "correct"]
)
def test_every_sheet_is_a_page_too(supervisor, sheet):
    station = create_station(tenant=supervisor.tenant)
    create_job(tenant=supervisor.tenant, on=station)

    html = signed_in(supervisor).get(f"/stations/{station.pk}/{sheet}/").content.decode()

    assert "<html" in html and 'class="sheet-in"' in html


# --- a station's own page


def test_a_stations_page_tells_its_day_its_jobs_and_its_story(supervisor):
    station = create_station(tenant=supervisor.tenant)
    job = create_job(tenant=supervisor.tenant, code="JOB-1")
    services.assign_job(station, job, by=supervisor, run=True)
    services.add_note(station, "Belt squeaks", by=supervisor)

    html = signed_in(supervisor).get(f"/stations/{station.pk}/").content.decode()

    assert "JOB-1 started" in html and "Belt squeaks" in html
    assert '<svg class="band"' in html and "<table" in html


def test_a_supervisor_corrects_a_period_and_gives_a_stop_another_reason(supervisor):
    now = timezone.now()
    station = create_station(tenant=supervisor.tenant)
    other = create_stop_reason(tenant=supervisor.tenant, code="material", group="material")
    reason = create_stop_reason(tenant=supervisor.tenant)
    services.set_status(station, "blocked", by=supervisor, reason=reason, at=now - timedelta(hours=2))
    stop = Event.objects.get(station=station, event_type="status_change")

    client = signed_in(supervisor)
    assert client.post(f"/events/{stop.pk}/reason/", {"reason": "material"}, headers=HTMX).status_code == 200
    assert Station.objects.get(pk=station.pk).stop_reason == other

    local = timezone.localtime(now, supervisor.tenant.zone)
    period = {"start": (local - timedelta(hours=1)).isoformat()[:16], "end": local.isoformat()[:16]}
    response = press(supervisor, station, "correct", status="running", note="It ran", **period)
    assert response.status_code == 200, response.content
    assert Event.objects.filter(station=station, event_type="status_corrected").count() == 1


def test_completing_what_somebody_else_completed_is_a_conflict_that_names_them(supervisor, manager):
    station = create_station(tenant=supervisor.tenant)
    job = create_job(tenant=supervisor.tenant, code="JOB-1", on=station, qty_done=100)
    services.complete_job(job, by=manager, station=station)

    response = press(supervisor, station, "complete", seen=1)

    assert response.status_code == 409 and f"by {manager}" in response.content.decode()


def test_a_report_needs_no_assignment_but_takes_only_the_stations_own(operator):
    here, there = (create_station(tenant=operator.tenant) for _ in "ab")
    create_job(tenant=operator.tenant, on=here)
    other = create_job(tenant=operator.tenant, on=there).assignments.get()

    assert press(operator, here, "report", good=1).status_code == 200
    assert press(operator, here, "report", good=1, assignment=other.pk).status_code == 422
    assert here.assignments.get().qty_done == 1


def test_a_station_page_keeps_its_tile_outside_the_persons_lines(client, tenant):
    person = create_person(tenant=tenant, role="supervisor", lines=["Line A"])
    station = create_station(tenant=tenant, line="Line B", code="ST-77")
    client.force_login(person)

    answer = client.get(f"/board/tiles/?id={station.pk}&alone=1", headers={"HX-Request": "true"}).content.decode()

    assert "ST-77" in answer
    assert "delete" not in answer


def test_a_move_in_the_queue_to_nowhere_is_refused(client, supervisor):
    job = create_job(tenant=supervisor.tenant)
    client.force_login(supervisor)

    assert client.post(f"/queue/{job.pk}/move/", {"to": "sideways"}, headers={"HX-Request": "true"}).status_code == 409


def test_a_name_cannot_call_up_the_forms_token(client, supervisor):
    create_station(tenant=supervisor.tenant, name="=token==key=")
    client.force_login(supervisor)

    assert "=token==key=" in client.get("/board/").content.decode()
