"""The audit log for admins: its filters, its words, its CSV; an object's own history and how it was."""

import csv
import io
import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog, Tenant, User
from apps.core.services import record_access
from apps.shopfloor import services
from tests.factories import (
    create_asset,
    create_job,
    create_person,
    create_platform_person,
    create_station,
    create_stop_reason,
    create_tenant,
)
from tests.server import behind_the_application


@pytest.fixture
def signed_in(client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def story(admin, supervisor):
    """A station made, blocked and renamed by the supervisor; a job made by the system."""
    tenant = admin.tenant
    reason = create_stop_reason(tenant=tenant, code="belt", name="Belt torn")
    with tenant_context(tenant, user=supervisor, request_id="req-1"):
        station = create_station(tenant=tenant, code="ST-01", name="Cutting")
        services.set_status(station, "blocked", reason=reason, by=supervisor)
        station.refresh_from_db()
        station.name = "Grinding"
        station._change_reason = "typing error"
        station.save()
    job = create_job(tenant=tenant, code="JOB-1", part_name="Mirror")
    return {"station": station, "job": job, "reason": reason}


def text(answer):
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text.split("<main")[1]))


def found(answer):
    return [int(number) for number in re.findall(r'id="a-(\d+)"', answer.text)]


def rows(answer):
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_a_change_is_told_in_words_with_person_reason_and_request(signed_in, story, supervisor):
    page = text(signed_in.get("/audit/"))

    assert "changed Station ST-01" in page and "created Job JOB-1" in page
    assert "Name Cutting → became Grinding" in page
    assert "Status Idle → became Blocked" in page and "Stop reason – → became belt" in page
    assert f"{supervisor.display_name} Reason: typing error Request req-1" in page
    assert "the system" in page


def test_each_object_links_to_its_history(signed_in, story):
    page = signed_in.get("/audit/").text

    assert f'<a href="/audit/stations/{story["station"].pk}/">ST-01</a>' in page


@pytest.mark.parametrize("shown_by", ["/board/", "/stations/{station}/", "/jobs/{job}/"])
def test_admins_find_the_way_there(client, signed_in, story, supervisor, shown_by):
    path = shown_by.format(station=story["station"].pk, job=story["job"].pk)

    assert "/audit/" in signed_in.get(path).text
    client.force_login(supervisor)
    assert "/audit/" not in client.get(path).text


def test_filters_are_in_the_address_and_add_up(signed_in, story, supervisor):
    station = story["station"].pk
    everything = AuditLog.objects.order_by("-id")

    def expect(rows, **look):
        assert found(signed_in.get("/audit/", look)) == [row.pk for row in rows], look

    expect(everything)
    expect(everything.filter(entity_type="stations"), table="stations")
    expect(everything.filter(entity_id=str(station)), table="stations", object=station)
    expect(everything.filter(entity_id=str(station)), object=station)
    expect(everything.filter(user_id=supervisor.pk), person=supervisor.pk)
    expect(everything.filter(user_id=None), person="system")
    expect(everything.filter(action="update"), kind="update")
    expect(everything, day=timezone.localdate().isoformat())
    expect([], day=(timezone.localdate() - timedelta(days=2)).isoformat())
    expect(everything.filter(user_id=supervisor.pk, action="update"), person=supervisor.pk, kind="update")


def test_a_day_is_the_plants_own(signed_in, admin):
    """In Warsaw 2026-03-29 has 23 hours, and begins an hour before midnight in London."""
    for number, moment in enumerate(
        ["2026-03-28T22:59:59Z", "2026-03-28T23:00Z", "2026-03-29T21:59Z", "2026-03-29T22:00Z"]
    ):
        AuditLog.objects.create(
            tenant=admin.tenant, action="export", entity_type=f"t{number}", entity_id="", created_at=moment
        )

    page = text(signed_in.get("/audit/?day=2026-03-29&kind=export"))

    assert [f"t{n}" in page for n in range(4)] == [False, True, True, False]


WRONG = [
    "table=%00",
    "table=none",
    "object=x",
    "person=7",
    "person=00000000-0000-0000-0000-000000000000",
    "kind=%F0%9F%92%A9",
    "day=2026-99-99",
    "day=9999-12-31",
    "day=0001-01-01",
    f"object={'x' * 65}",
]


@pytest.mark.parametrize("look", WRONG)
def test_what_cannot_be_found_finds_nothing(signed_in, story, look):
    answer = signed_in.get(f"/audit/?{look}")

    assert answer.status_code == 200
    assert "Nothing is recorded that fits." in answer.text


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "%00", "1.5", "٣"])
def test_a_page_that_is_none_is_answered(signed_in, story, after):
    assert signed_in.get(f"/audit/?after={after}").status_code == 200
    assert signed_in.get(f"/audit/stations/{story['station'].pk}/?after={after}").status_code == 200


def test_pages_by_key_show_each_entry_once(signed_in, admin, monkeypatch):
    monkeypatch.setattr("apps.core.audit.views.PAGE", 7)
    for _ in range(12):
        create_job(tenant=admin.tenant)
    address, seen = "/audit/?table=jobs", []

    while address:
        page = signed_in.get(address)
        create_job(tenant=admin.tenant)  # what comes in meanwhile shifts nothing
        seen += found(page)
        following = re.search(r'rel="next" href="([^"]+)"', page.text) or re.search(
            r'href="([^"]+)" rel="next"', page.text
        )
        address = following and following[1].replace("&amp;", "&")

    assert len(seen) == len(set(seen)) == 12
    assert seen == sorted(seen, reverse=True)


def test_the_page_takes_as_many_queries_for_many_entries_as_for_few(signed_in, story, supervisor):
    def queries(path):
        with CaptureQueriesContext(connection) as captured:
            assert signed_in.get(path).status_code == 200
        return len(captured)

    own = f"/audit/stations/{story['station'].pk}/?at=2030-01-01T00:00"
    create_asset(tenant=supervisor.tenant)
    for path in ("/audit/", own):
        queries(path)
    few = queries("/audit/"), queries(own)
    for number in range(15):
        person = create_person(tenant=supervisor.tenant)
        with tenant_context(supervisor.tenant, user=person):
            services.assign_job(
                create_station(tenant=supervisor.tenant, asset=create_asset(tenant=supervisor.tenant)),
                create_job(tenant=supervisor.tenant),
                by=person,
            )
            story["station"].name = f"Name {number}"
            story["station"].save()

    many = queries("/audit/"), queries(own)
    # one more at most: the table of assignments is named now
    assert many[0] <= few[0] + 1 <= 18 and many[1] == few[1] <= 16


def test_each_filter_is_an_index_read(admin):
    tenant = admin.tenant
    AuditLog.objects.bulk_create(
        AuditLog(
            tenant=tenant,
            user_id=admin.pk if not n % 50 else uuid.uuid4(),
            action="update" if n % 50 else "delete",
            entity_type="stations",
            entity_id=str(uuid.uuid4()),
            created_at=timezone.now() - timedelta(minutes=6000 - n),
        )
        for n in range(6000)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze audit_logs")
    from apps.core.audit.views import _rows

    base = {"table": "", "object": "", "person": "", "kind": "", "day": None, "broken": False}
    key = AuditLog.objects.order_by("id")[9].entity_id
    day = timezone.localdate() - timedelta(days=2)
    for look in ({}, {"object": key}, {"person": admin.pk}, {"kind": "delete"}, {"kind": "update"}, {"day": day}):
        plan = _rows(tenant, base | look)[:51].explain()
        assert "Seq Scan on audit_logs" not in plan, (look, plan)
        assert re.search(r"using audit_logs_|on audit_logs_", plan), (look, plan)


def test_people_are_shown_by_todays_name_and_the_erased_by_id(signed_in, admin, story, supervisor):
    stranger = uuid.uuid4()
    with tenant_context(admin.tenant):
        User.objects.filter(pk=supervisor.pk).update(display_name="Ana Nowak")
        AuditLog.objects.create(
            tenant=admin.tenant, user_id=stranger, action="login", entity_type="users", entity_id=str(stranger)
        )

    page = text(signed_in.get("/audit/"))

    assert "Ana Nowak" in page and "signed in Person " + str(stranger) in page
    assert found(signed_in.get(f"/audit/?person={stranger}")) != []


def test_a_change_of_name_or_address_is_told_without_values(signed_in, supervisor):
    supervisor.display_name, supervisor.email = "Ana Nowak", "nowak@example.com"
    supervisor.save()

    page = text(signed_in.get("/audit/?table=users&kind=update"))

    assert "Display name changed; what it was and is, is not recorded" in page.replace(
        "Name changed", "Display name changed"
    )
    assert "nowak@" not in page


def test_what_was_written_is_shown_literally(signed_in, admin):
    station = create_station(tenant=admin.tenant, name="<script>alert(1)</script>{{ x }}")
    station._change_reason = "<img src=x>"
    station.save()

    page = signed_in.get("/audit/").text

    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page and "<img src=x>" not in page
    assert "&lt;script&gt;" in signed_in.get(f"/audit/stations/{station.pk}/?at=2030-01-01T00:00").text


def test_kinds_and_tables_from_elsewhere_are_shown_as_they_are(signed_in, admin):
    AuditLog.objects.create(
        tenant=admin.tenant, action="pin_reset", entity_type="gadgets", entity_id="7", changes=["odd", {"a": None}]
    )
    AuditLog.objects.create(
        tenant=admin.tenant,
        action="update",
        entity_type="stations",
        entity_id="no id",
        changes={"gone": [1, {"a": "b"}], "created_at": ["nonsense", "0001-01-01T00:00:00Z"], "asset_id": [5, "x"]},
    )

    page = text(signed_in.get("/audit/"))

    assert "pin reset gadgets 7" in page and "nonsense" in page


def test_csv_has_all_that_the_filters_find_and_is_recorded(signed_in, admin, story, monkeypatch):
    monkeypatch.setattr("apps.core.audit.views.CSV_PAGE", 2)

    told = rows(signed_in.get("/audit/csv/?table=stations"))

    assert [row["action"] for row in told] == ["update", "update", "create"]
    assert told[0]["changes"] == '{"name": ["Cutting", "Grinding"]}' and told[0]["reason"] == "typing error"
    assert told[0]["created_at"].endswith(("+01:00", "+02:00")) and told[0]["request_id"] == "req-1"
    export = AuditLog.objects.get(action="export")
    assert (export.entity_type, export.user_id, export.tenant) == ("audit_logs", admin.pk, admin.tenant)
    assert export.changes == {"table": "stations", "rows_at_most": 3}
    assert "exported Audit log" in text(signed_in.get("/audit/?kind=export"))


def test_csv_neutralises_formulas(signed_in, admin):
    station = create_station(tenant=admin.tenant)
    station._change_reason = '=HYPERLINK("http://evil.example")'
    station.save()

    assert rows(signed_in.get("/audit/csv/?kind=update"))[0]["reason"] == '\'=HYPERLINK("http://evil.example")'


def test_csv_ends_where_a_spreadsheet_does(signed_in, story, monkeypatch):
    monkeypatch.setattr("apps.core.csv_export.MOST", 2)

    assert len(rows(signed_in.get("/audit/csv/"))) == 2
    assert AuditLog.objects.get(action="export").changes == {"rows_at_most": 2}


def test_platform_people_read_the_chosen_tenants(client, tenant, story):
    client.force_login(create_platform_person())
    client.post("/platform/", {"tenant": tenant.pk})

    assert "changed Station ST-01" in text(client.get("/audit/"))


# --- one object


def history(client, row, **look):
    return client.get(f"/audit/{row._meta.db_table}/{row.pk}/", look)


def test_all_versions_of_an_object_newest_first(signed_in, story):
    page = text(history(signed_in, story["station"]))

    assert page.index("Grinding") < page.index("Blocked") < page.index("created")
    assert "ST-01 Station: history" in page and "JOB-1" not in page


@pytest.mark.django_db(transaction=True)
def test_an_object_is_shown_as_it_was_at_a_moment_of_the_plants_clock(client):
    tenant = create_tenant(timezone="Europe/Warsaw")
    with tenant_context(tenant):
        admin = create_person(tenant=tenant, role="admin")
        reason = create_stop_reason(tenant=tenant, code="belt")
    with tenant_context(tenant, user=admin):
        station = create_station(tenant=tenant, name="Cutting")
    with tenant_context(tenant, user=admin):
        station.name, station.status, station.stop_reason = "Grinding", "blocked", reason
        station.save()
    with tenant_context(tenant, user=admin):
        key = station.pk
        station.delete()
        station.pk = key
    moments = ["2026-07-01 06:00:00+00", "2026-07-02 06:00:00+00", "2026-07-03 06:00:00+00"]
    with behind_the_application() as superuser:  # three days in July, when Warsaw is two hours ahead
        for action, moment in zip(["create", "update", "delete"], moments, strict=True):
            superuser.execute(
                "update audit_logs set created_at = %s where action = %s and entity_id = %s", [moment, action, str(key)]
            )
    client.force_login(admin)

    def then(at):
        return text(history(client, station, at=at)).split("As it was on …")[1].split("Friday, 2026-07-03")[0]

    assert "On 2026-07-01 07:59:59 it did not exist yet." in then("2026-07-01T07:59:59")
    first = then("2026-07-01T08:00")
    assert "Name Cutting Line Line A Status Idle" in first and f"it was as {admin} had left it" in first
    second = then("2026-07-02T23:00")
    assert "Name Grinding Line Line A Status Blocked" in second and "Stop reason belt" in second
    assert "Name Grinding" in then("2026-07-03T05:59:59Z")
    assert f"it was deleted: {admin} deleted it on 2026-07-03 08:00:00" in then("2026-07-03T08:00")


def test_each_version_links_to_the_whole_row(signed_in, story):
    page = history(signed_in, story["station"]).text
    oldest = re.findall(r"\?version=(\d+)#then", page)[-1]

    assert "Name Cutting Line Line A Status Idle" in text(history(signed_in, story["station"], version=oldest))


@pytest.mark.parametrize(
    "at", ["x", "2026-02-31T10:00", "0001-01-01T00:00", "9999-12-31T23:59", "2026-03-29T02:30", "\x00"]
)
def test_a_moment_that_is_none_is_told(signed_in, story, at):
    """In Warsaw, 02:30 on 2026-03-29 does not exist."""
    answer = history(signed_in, story["station"], at=at)

    assert answer.status_code == 200
    assert "This is no moment on the plant’s clock" in answer.text


@pytest.mark.parametrize("version", ["x", "0", "9" * 30, "-1", "\x00"])
def test_a_version_that_is_none_shows_none(signed_in, story, version):
    assert "it was as" not in text(history(signed_in, story["station"], version=version))


def test_every_recorded_table_has_histories(signed_in, admin):
    from tests.core.test_audit_sweep import RECIPES, store

    for table, recipe in RECIPES.items():
        row = store(recipe.make(admin.tenant))
        answer = history(signed_in, row, at="2030-01-01T00:00")
        assert answer.status_code == 200, table
        assert "it was as" in text(answer), table


@pytest.mark.parametrize(
    "path",
    [
        "stations/{missing}",
        "none/{station}",
        "events_log/{event}",
        "audit_logs/{station}",
        "stations_history/{station}",
        "jobs/{station}",
        "stations/x",
        "stations/{theirs}",
        "tenants/{other}",
        "users/{their_person}",
        "users/{platform}",
    ],
)
def test_what_is_not_there_for_the_tenant_is_not_found(signed_in, story, path):
    other = create_tenant()
    with tenant_context(other):
        theirs, person = create_station(tenant=other), create_person(tenant=other)
    event = story["station"].events.first()
    keys = {"missing": uuid.uuid4(), "station": story["station"].pk, "event": event.pk, "theirs": theirs.pk}
    keys |= {"other": other.pk, "their_person": person.pk, "platform": create_platform_person().pk}

    assert signed_in.get(f"/audit/{path.format(**keys)}/").status_code == 404


def test_another_tenants_entries_are_not_shown(signed_in, story):
    other = create_tenant(name="South")
    with tenant_context(other):
        create_station(tenant=other, code="ZZ-9")

    assert "ZZ-9" not in signed_in.get("/audit/").text
    assert not any("ZZ-9" in str(row) for row in rows(signed_in.get("/audit/csv/")))


def test_a_failed_sign_in_is_told_of_whom(client, admin, rf):
    request = rf.get("/")
    request.id = "r-9"
    record_access(admin, "login_failed", request=request)
    client.force_login(admin)

    assert f"sign-in failed Person {admin} the system Request r-9" in text(client.get("/audit/?kind=login_failed"))
    assert Tenant.objects.count() == 1
