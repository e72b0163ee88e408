"""The event log as a feed and as CSV."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog
from apps.shopfloor import services
from apps.shopfloor.models import Event, EventType
from tests.factories import create_job, create_person, create_station, create_stop_reason, create_tenant


def note(tenant, text, at=None, **fields):
    return Event.objects.create(
        tenant=tenant, event_type=EventType.NOTE, payload={"note": text}, occurred_at=at or timezone.now(), **fields
    )


def notes(answer):
    return re.findall(r"<p>(?:<b>[^<]+</b> )?(n-[^<]+)</p>", answer.text)


def rows(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def signed_in(client, operator):
    client.force_login(operator)
    return client


def test_the_feed_tells_what_happened_newest_first(signed_in, supervisor):
    station = create_station(tenant=supervisor.tenant, code="ST-01")
    reason = create_stop_reason(tenant=supervisor.tenant, code="belt", name="Belt torn")
    services.set_status(station, "running", by=supervisor)
    services.set_status(station, "blocked", reason=reason, by=supervisor)

    page = signed_in.get("/activity/").text

    assert page.index("Belt torn") < page.index("Running")
    assert "ST-01" in page and supervisor.display_name in page


@pytest.fixture
def story(operator, supervisor):
    tenant = operator.tenant
    here, there = create_station(tenant=tenant, code="ST-01"), create_station(tenant=tenant, code="ST-02")
    job = create_job(tenant=tenant, code="JOB-1")
    now = timezone.now()
    note(tenant, "n-1", now - timedelta(days=9), station=here, job=job, user=operator)
    note(tenant, "n-2", now - timedelta(hours=1), station=there, user=supervisor)
    Event.objects.create(tenant=tenant, event_type="camera_alarm", payload={"zone": "<b>7</b>"}, occurred_at=now)
    return {"here": here, "there": there, "job": job, "old": now - timedelta(days=9)}


def test_filters_are_in_the_address(signed_in, story, supervisor):
    def found(**look):
        return notes(signed_in.get("/activity/", look))

    assert found() == ["n-2", "n-1"]
    assert found(station=story["here"].pk) == ["n-1"]
    assert found(job="job-1") == ["n-1"]
    assert found(person=supervisor.pk) == ["n-2"]
    assert found(kind="note") == ["n-2", "n-1"]
    assert found(day=supervisor.tenant.local(story["old"]).date().isoformat()) == ["n-1"]
    assert found(job="JOB-1", person=supervisor.pk) == []


@pytest.mark.parametrize("look", ["station=x", "day=2026-99-99", "job=NONE", "person=7", "kind=%00", "day=9999-12-31"])
def test_what_cannot_be_found_finds_nothing(signed_in, story, look):
    answer = signed_in.get(f"/activity/?{look}")

    assert answer.status_code == 200
    assert "Nothing happened that fits" in answer.text


def test_a_kind_from_elsewhere_is_shown_with_its_details_as_text(signed_in, story):
    page = signed_in.get("/activity/?kind=camera_alarm").text

    assert "camera_alarm" in page and "&lt;b&gt;7&lt;/b&gt;" in page and "<b>7</b>" not in page


def test_a_payload_of_any_shape_is_shown(signed_in, operator):
    for payload in ([1, 2], "text", 7, None or {}, {"note": ["n"]}):
        Event.objects.create(tenant=operator.tenant, event_type="note", payload=payload)
        Event.objects.create(tenant=operator.tenant, event_type="elsewhere", payload=payload)

    assert signed_in.get("/activity/").status_code == 200
    assert len(rows(signed_in.get("/activity.csv"))) == 10


def test_a_day_is_the_tenants_own(signed_in, operator):
    # Warsaw is two hours ahead in summer: 22:30 UTC is the next day there.
    note(operator.tenant, "n-late", datetime(2026, 6, 1, 22, 30, tzinfo=UTC))

    assert notes(signed_in.get("/activity/?day=2026-06-02")) == ["n-late"]
    assert notes(signed_in.get("/activity/?day=2026-06-01")) == []


def test_pages_by_key_miss_and_repeat_nothing_when_events_come_in_meanwhile(signed_in, operator):
    now = timezone.now()
    for number in range(130):
        note(operator.tenant, f"n-{number:03}", now - timedelta(seconds=number // 9))

    seen, address = [], "/activity/?kind=note"
    while address:
        page = signed_in.get(address)
        seen += notes(page)
        note(operator.tenant, "later")
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = following and following[1].replace("&amp;", "&")

    assert sorted(seen) == [f"n-{number:03}" for number in range(130)] and len(seen) == 130


def test_the_first_page_reads_itself_again_as_a_fragment(signed_in, story):
    page = signed_in.get("/activity/?kind=note").text
    older = signed_in.get("/activity/?kind=note&after=2020-01-01T00:00:00%2B00:00~9").text
    fragment = signed_in.get("/activity/?kind=note", headers={"HX-Request": "true", "HX-Target": "feed"}).text

    assert 'hx-get="/activity/?kind=note"' in page
    assert "hx-get" not in older.split('id="feed"')[1].split(">")[0]
    assert fragment.lstrip().startswith('<section id="feed"') and "<html" not in fragment


def test_the_feed_takes_as_many_queries_for_many_events_as_for_few(signed_in, story, supervisor):
    def queries(url):
        with CaptureQueriesContext(connection) as captured:
            assert signed_in.get(url).status_code == 200
        return len(captured)

    queries("/activity/")
    few = queries("/activity/")
    for number in range(45):
        station = create_station(tenant=supervisor.tenant)
        person = create_person(tenant=supervisor.tenant)
        note(supervisor.tenant, f"n-{number}", station=station, user=person, job=create_job(tenant=supervisor.tenant))

    assert queries("/activity/") == few <= 12


def test_each_filter_is_an_index_read(operator):
    tenant = operator.tenant
    station, job = create_station(tenant=tenant), create_job(tenant=tenant)
    Event.objects.bulk_create(
        Event(
            tenant=tenant,
            event_type=EventType.NOTE if n % 50 else "rare",
            station=station if not n % 20 else None,
            job=job if not n % 20 else None,
            user=operator if not n % 20 else None,
            payload={},
            occurred_at=timezone.now() - timedelta(minutes=n),
        )
        for n in range(6000)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze events_log")
    from apps.shopfloor.views.activity import _events

    base = {"station": None, "job": None, "person": None, "kind": "", "day": None, "broken": False}
    day = timezone.localdate()
    for look in ({}, {"station": station}, {"job": job}, {"person": operator}, {"kind": "rare"}, {"day": day}):
        plan = _events(tenant, base | look).order_by("-occurred_at", "-seq")[:51].explain()
        assert "Seq Scan on events_log" not in plan, (look, plan)
        assert re.search(r"Index( Only)? Scan( Backward)? using events_", plan), (look, plan)


def test_csv_has_all_that_the_filters_find(signed_in, story, operator):
    found = rows(signed_in.get("/activity.csv?kind=note"))

    assert [row["description"] for row in found] == ["n-2", "n-1"]
    assert found[1]["station"] == "ST-01" and found[1]["job"] == "JOB-1"
    assert found[1]["person"] == operator.display_name
    assert found[1]["occurred_at"].endswith(("+01:00", "+02:00"))
    assert rows(signed_in.get("/activity.csv?job=NONE")) == []
    export = AuditLog.objects.filter(action="export").first()
    assert (export.entity_type, export.user_id, export.changes) == (
        "events_log",
        operator.pk,
        {"kind": "note", "rows_at_most": 2},
    )


def test_csv_neutralises_formulas(signed_in, operator):
    note(operator.tenant, '=HYPERLINK("http://evil.example")')
    note(operator.tenant, " @SUM(A1)")

    said = [row["description"] for row in rows(signed_in.get("/activity.csv"))]

    assert said == ["' @SUM(A1)", '\'=HYPERLINK("http://evil.example")']


def test_csv_reads_on_by_pages(signed_in, operator, monkeypatch):
    monkeypatch.setattr("apps.shopfloor.views.activity.CSV_PAGE", 7)
    for number in range(30):
        note(operator.tenant, f"n-{number}")

    assert len(rows(signed_in.get("/activity.csv"))) == 30


@pytest.mark.django_db(transaction=True)
def test_csv_is_read_after_the_request_with_the_tenants_own_eyes(client):
    tenants = [create_tenant(), create_tenant()]
    for tenant in tenants:
        with tenant_context(tenant):
            note(tenant, tenant.slug)
    person = create_person(tenant=tenants[0])
    client.force_login(person)

    assert [row["description"] for row in rows(client.get("/activity.csv"))] == [tenants[0].slug]


def test_an_export_by_the_platform_stands_in_the_tenants_record(client, tenant):
    from tests.factories import create_platform_person

    client.force_login(create_platform_person())
    client.post("/platform/", {"tenant": tenant.pk})

    client.get("/activity.csv")

    assert AuditLog.objects.get(action="export").tenant == tenant


def test_moments_of_any_age_are_shown(client, supervisor):
    Event.objects.create(
        tenant=supervisor.tenant,
        event_type="status_corrected",
        payload={"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z", "status": "idle"},
    )
    client.force_login(supervisor)

    assert client.get("/activity/").status_code == 200
