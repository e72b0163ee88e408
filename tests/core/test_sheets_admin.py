"""Imports and exports in the admin: what goes out comes back and changes nothing; what comes in is seen before it is done."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog, KeptSheet, User
from apps.inventory.models import Part, PartBarcode, PartOrder
from apps.registry.models import Asset, DailyLog, Location
from apps.shopfloor.models import Event, Job, PerformanceLog, ScrapReason, Shift, Station, StationAsset, StopReason
from tests import sweep
from tests.core.test_admin import address, furnish
from tests.factories import (
    create_asset,
    create_job,
    create_location,
    create_part,
    create_person,
    create_scrap_reason,
    create_station,
    create_tenant,
)
from tests.sweep import client_of, models_of_admin

IMPORTED = [
    StopReason, ScrapReason, Station, StationAsset, Job, PerformanceLog, Location, Asset, DailyLog, User, Shift, Part,
    PartOrder,
]  # fmt: skip


def upload(client, model, content, name="sheet.csv", **more):
    """Send a sheet; the address of its preview."""
    content = content.encode() if isinstance(content, str) else content
    answer = client.post(address(model, "import"), {"file": SimpleUploadedFile(name, content)} | more)
    assert answer.status_code == 302, answer.text[-3000:]
    return answer["Location"]


def preview(client, model, content, **more):
    return client.get(upload(client, model, content, **more))


def say_yes(client, place, **more):
    page = client.get(place, more)
    assert page.context["found"].is_good, errors(page)
    return client.post(place, {"mark": page.context["mark"]} | more)


def imported(client, model, content, name="sheet.csv", **more):
    answer = say_yes(client, upload(client, model, content, name), **more)
    assert answer.status_code == 302, answer.text[-3000:]


def errors(page):
    found = page.context["found"]
    return found.problems + [(row.number, row.errors) for row in found.rows if row.errors]


def exported(client, model, kind, **query):
    answer = client.get(address(model, f"export_{kind}"), query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def counts(page):
    return dict(page.context["found"].counts)


@pytest.fixture
def boss(client, admin):
    client.force_login(admin)
    return client


def test_every_table_that_people_write_can_be_imported():
    assert {table.model for table in models_of_admin().values() if table.sheet} == set(IMPORTED)


# --- out and in again ---


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("model", IMPORTED)
def test_what_is_exported_changes_nothing_when_it_is_imported(boss, admin, model, kind):
    furnish(admin.tenant, 2, by=admin)
    before = sweep.fingerprint()

    page = preview(boss, model, exported(boss, model, kind), name=f"x.{kind}")

    assert counts(page) == {"unchanged": model.objects.filter(tenant=admin.tenant).count()}, errors(page)
    assert say_yes(boss, page.request["PATH_INFO"]).status_code == 302
    after = sweep.fingerprint()
    assert {table for table in before if before[table] != after[table]} <= {"audit_logs", "kept_sheets"}  # the export


NASTY = [
    "=HYPERLINK(\"http://evil.example\")", "'=1", "''", "'\tx", " +1 ", "@x", "1,234", "03/04/25", "007", "TRUE", "null",
    "a\r\nb\nc\rd", "\u202eecalp", "e" + "\u0301" * 50, "\U0001f3ed\ufeff\u200b", "x005F_", "a;b,c\td", 'say "yes"', "#REF", "  ",
    "\ufffe\uffff", "1e308", "9" * 60, "Line > other", "\x01|calc",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_whatever_is_stored_goes_out_and_comes_back(boss, admin, kind):
    """As it may have been loaded: past all forms."""
    tenant = admin.tenant
    for number, text in enumerate(NASTY):
        create_scrap_reason(tenant=tenant, code=f"{number:03}", name=text)
        create_location(tenant=tenant, name=text)
        create_asset(tenant=tenant, name=text, location=Location.objects.latest("id"), category=text)
        create_station(tenant=tenant, code=f"S{number}", name=text, line=text, asset=Asset.objects.latest("id"))
        create_job(tenant=tenant, code=f"J{number}", part_name=text, line_hint=text, cycle_seconds="12.345")
        create_person(tenant=tenant, name=text, staff_number=f"{text[:30]}{number}", lines=[text, "a,b"])
        part = create_part(tenant=tenant, sku=f"P{number}", name=text, category=text, supplier=text, min_level="1.234")
        PartBarcode.objects.create(tenant=tenant, part=part, barcode=text)
        PartOrder.objects.create(tenant=tenant, part=part, quantity="2.5", reference=text, supplier=text)

    for model in (ScrapReason, Location, Asset, Station, Job, User, Part, PartOrder):
        page = preview(boss, model, exported(boss, model, kind), name=f"x.{kind}")
        assert set(counts(page)) == {"unchanged"}, (model, errors(page)[:3], counts(page))


def test_what_was_put_before_a_formula_is_taken_away_again(boss, admin):
    imported(boss, ScrapReason, "code,name\na,'=1+1\nb,'plain\nc,''=1\n")

    assert list(ScrapReason.objects.order_by("code").values_list("name", flat=True)) == ["=1+1", "'plain", "'=1"]


def test_an_export_raises_no_question_of_its_own(boss, admin):
    for number, seconds in enumerate(("12.345", "30", "1000")):
        create_job(tenant=admin.tenant, code=f"J-{number}", cycle_seconds=seconds, qty_total=1234567)

    page = preview(boss, Job, exported(boss, Job, "csv"))

    assert page.context["found"].questions == [] and counts(page) == {"unchanged": 3}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("model", [StopReason, ScrapReason, Location, Asset, Station, Job, User])
def test_one_plants_export_furnishes_another(client, admin, model, kind):
    furnish(admin.tenant, 1, by=admin)
    client.force_login(admin)
    sheets = {table: exported(client, table, kind) for table in (Location, Asset, model)}
    other = create_tenant(name="South plant")
    with tenant_context(other):
        client.force_login(create_person(tenant=other, role="admin"))
        for table, content in sheets.items():
            if table is User:
                continue  # one address is one person, wherever
            content = without_ids(content, kind)
            imported(client, table, content, name=f"x.{kind}")
            mine = table.objects.filter(tenant=other)
            assert mine.count() == len(rows_of(content, kind)) - 1


def rows_of(content, kind):
    if kind == "xlsx":
        return [list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)]
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def without_ids(content, kind):
    """The ids are the other plant's, and name nothing here."""
    rows = rows_of(content, kind)
    if rows[0][0] == "id":
        rows = [row[1:] for row in rows]
    file = io.StringIO()
    csv.writer(file).writerows([["" if cell is None else cell for cell in row] for row in rows])
    return file.getvalue().encode() if kind == "csv" else workbook_of(rows)


def workbook_of(rows):
    from apps.core.sheets import workbooks

    file = io.BytesIO()
    workbooks.write(file, {"t": rows})
    return file.getvalue()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("model", IMPORTED)
def test_the_template_can_be_imported_as_it_is(boss, admin, model, kind):
    create_station(tenant=admin.tenant, code="S-1")
    create_job(tenant=admin.tenant, code="J-1")
    create_asset(tenant=admin.tenant)
    create_part(tenant=admin.tenant)
    template = boss.get(address(model, f"template_{kind}"))

    page = preview(boss, model, template.content, name=f"t.{kind}")

    assert counts(page) == {"new": 1} and page.context["found"].is_good, errors(page)
    if kind == "xlsx":
        notes = load_workbook(io.BytesIO(template.content)).worksheets[1]
        assert notes.max_row == len(page.context["columns"]) + 1
    imported(boss, model, template.content, name=f"t.{kind}")


def test_an_export_is_what_the_list_shows_and_is_recorded(boss, admin):
    create_scrap_reason(tenant=admin.tenant, code="chip")
    create_scrap_reason(tenant=admin.tenant, code="=cmd")

    rows = rows_of(exported(boss, ScrapReason, "csv", q="cmd"), "csv")

    assert [row[0] for row in rows] == ["code", "'=cmd"]
    entry = AuditLog.objects.get(action="export")
    assert (entry.entity_type, entry.user_id) == ("scrap_reasons", admin.pk)
    assert entry.changes == {"q": "cmd", "rows_at_most": 1}


def test_no_export_shows_how_people_sign_in(boss, admin):
    person = create_person(tenant=admin.tenant, password="a-plant-password")
    User.objects.filter(pk=person.pk).update(pin_hash="md5$secret")

    heading, *rows = rows_of(exported(boss, User, "csv"), "csv")

    assert not {"password", "pin_hash", "theme"} & set(heading)
    assert "md5" not in str(rows)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_list_of_the_admin_can_be_exported(plants, client, kind):
    client = client_of("admin", plants[0]["tenant"])
    for table in models_of_admin().values():
        with CaptureQueriesContext(connection) as few:
            heading, *rows = rows_of(exported(client, table.model, kind), kind)
        assert len(rows) >= 1 and len(heading) >= 2, table.model
        assert len(few) <= 30
        assert "SECRET" not in str(rows)


# --- in ---

CHIPS = "code,name,is_active\nchip,Chipped,true\nbent,Bent,no\n"


def test_a_preview_shows_what_would_change_and_changes_nothing(boss, admin):
    create_scrap_reason(tenant=admin.tenant, code="chip", name="Chip")
    create_scrap_reason(tenant=admin.tenant, code="bow", name="Bow")
    place = upload(boss, ScrapReason, CHIPS + "bow,Bow,1\n")
    before = sweep.fingerprint()

    page = boss.get(place)

    assert sweep.fingerprint() == before
    assert counts(page) == {"new": 1, "changed": 1, "unchanged": 1}
    assert "<del>Chip</del> <ins>Chipped</ins>" in page.text


def test_a_preview_asks_the_services_and_leaves_nothing(boss, admin):
    create_station(tenant=admin.tenant, code="ST-1")
    create_job(tenant=admin.tenant, code="J-1")
    before = None
    for model, content in (
        (Station, "code,name,line\nST-1,Washing,B\nST-2,New,B\n"),
        (Job, "code,part_name,qty_total\nJ-1,Door,7\nJ-2,Door,7\n"),
        (User, "email,display_name,role\nnew@example.com,New,operator\n"),
    ):
        place = upload(boss, model, content)
        before = sweep.fingerprint()

        assert boss.get(place).context["found"].is_good
        assert sweep.fingerprint() == before, model


def test_then_it_is_done_with_history_by_the_person(boss, admin):
    create_scrap_reason(tenant=admin.tenant, code="chip", name="Chip")

    imported(boss, ScrapReason, CHIPS)

    assert dict(ScrapReason.objects.values_list("code", "name")) == {"chip": "Chipped", "bent": "Bent"}
    entries = AuditLog.objects.filter(entity_type="scrap_reasons", reason="import").order_by("id")
    assert {(entry.action, entry.user_id) for entry in entries} == {("create", admin.pk), ("update", admin.pk)}
    assert entries.get(action="update").changes == {"name": ["Chip", "Chipped"]}
    assert not KeptSheet.objects.exists()


def test_errors_are_told_by_row_and_column_and_none_is_written(boss, admin):
    content = "code,name,is_active\nchip,Chipped,true\n<b>,Bent,true\nbow,,perhaps\nchip,Again,true\n"

    page = preview(boss, ScrapReason, content)

    found = {row.number: set(row.errors) for row in page.context["found"].rows if row.errors}
    assert found == {3: {"code"}, 4: {"name", "is_active"}, 5: {"code"}}
    assert "Line 2 has this one too" in page.text and "4 cells have to be put right" in page.text
    answer = boss.post(page.request["PATH_INFO"], {"mark": page.context["mark"]})
    assert answer.status_code == 409
    assert not ScrapReason.objects.exists()


def test_what_changed_between_preview_and_yes_is_shown_again(boss, admin):
    chip = create_scrap_reason(tenant=admin.tenant, code="chip", name="Chip")
    place = upload(boss, ScrapReason, CHIPS)
    mark = boss.get(place).context["mark"]
    chip.name = "Flake"
    chip.save()

    answer = boss.post(place, {"mark": mark})

    assert answer.status_code == 409 and "has changed meanwhile" in answer.text and "<del>Flake</del>" in answer.text
    assert ScrapReason.objects.count() == 1
    assert say_yes(boss, place).status_code == 302


def test_a_sheet_is_imported_once(boss, admin):
    place = upload(boss, ScrapReason, CHIPS)
    mark = boss.get(place).context["mark"]

    assert boss.post(place, {"mark": mark}).status_code == 302
    again = boss.post(place, {"mark": mark})

    assert again.status_code == 404 and "imported already" in again.text
    assert ScrapReason.objects.count() == 2


def test_a_sheet_is_its_senders_alone(client, admin):
    client.force_login(admin)
    place = upload(client, ScrapReason, CHIPS)

    client.force_login(create_person(tenant=admin.tenant, role="admin"))
    assert client.get(place).status_code == 404
    client.force_login(admin)
    assert client.get(place.replace("scrapreason", "stopreason")).status_code == 404
    KeptSheet.objects.update(created_at=timezone.now() - timezone.timedelta(days=2))
    assert client.get(place).status_code == 404


def test_managers_import_the_floor_and_not_the_people(client, manager):
    client.force_login(manager)

    assert client.get(address(ScrapReason, "import")).status_code == 200
    assert client.get(address(User, "import")).status_code == 403
    assert client.get(address(User, "export_csv")).status_code == 403


def test_cells_may_be_pasted(boss, admin):
    answer = boss.post(address(ScrapReason, "import"), {"text": "Code\tName\nchip\tChipped\n"})

    assert counts(boss.get(answer["Location"])) == {"new": 1}


@pytest.mark.parametrize("sent", [{}, {"text": "  "}, {"text": "a\tb"}])
def test_what_is_not_sent_or_not_known_is_told(boss, sent):
    answer = boss.post(address(ScrapReason, "import"), sent)

    if answer.status_code == 302:
        answer = boss.get(answer["Location"])
        assert "is no column here" in answer.text
    else:
        assert answer.status_code == 422 and "one of the two" in answer.text


def test_a_file_that_is_no_table_is_told_at_its_field(boss):
    file = SimpleUploadedFile("x.xlsx", b"PK\x03\x04rubbish")

    answer = boss.post(address(ScrapReason, "import"), {"file": file})

    assert answer.status_code == 422 and "no XLSX file" in answer.text


def test_another_tenants_codes_and_ids_mean_nothing(client, admin):
    other = create_tenant(name="South plant")
    with tenant_context(other):
        theirs = create_station(tenant=other, code="ST-77", asset=create_asset(tenant=other, name="Their saw"))
        theirs_at = create_location(tenant=other, name="Their hall")
    client.force_login(admin)
    log = "log_date,shift,station,units_completed\n2026-01-02,day,ST-77,5\n"

    assert "There is no station" in preview(client, PerformanceLog, log).text
    page = preview(client, Station, "code,name,line,asset\nST-77,Mine,A,Their saw\n")
    assert "There is no asset" in page.text
    page = preview(client, Location, f"id,name\n{theirs_at.pk},Mine\n")
    assert "No row here has this id" in page.text
    page = preview(client, Asset, f"parent,name\n{theirs.asset_id},Mine\n")
    assert "There is no asset" in page.text
    imported(client, Station, "code,name,line\nST-77,Mine,A\n")  # a code is the tenant's own
    with tenant_context(other):
        theirs.refresh_from_db()
        assert theirs.name == "Cutting"


# --- what could be two things ---


def test_a_number_that_could_be_two_is_asked_once_for_its_column(boss, admin):
    reasons = "code;name;group;planned_minutes\na;A;people;1,000\nb;B;people;2,000\n"
    place = upload(boss, StopReason, reasons)

    asked = boss.get(place)
    assert asked.text.count("how is “1,000” meant?") == 1 and not asked.context["found"].is_good
    assert boss.post(place, {"mark": asked.context["mark"]}).status_code == 409
    thousands = boss.get(place, {"way-planned_minutes": "."})
    assert thousands.context["found"].is_good
    say_yes(boss, place, **{"way-planned_minutes": "."})

    assert set(StopReason.objects.values_list("planned_minutes", flat=True)) == {1000, 2000}


def test_one_cell_decides_and_nothing_is_asked(boss, admin):
    imported(boss, Job, "code;part_name;qty_total;due_date\nJ-1;Mirror;1.200;03/04/26\nJ-2;Mirror;1.234.567;31/12/26\n")

    assert list(Job.objects.order_by("code").values_list("qty_total", "due_date")) == [
        (1200, timezone.datetime(2026, 4, 3).date()),
        (1234567, timezone.datetime(2026, 12, 31).date()),
    ]


def test_a_date_that_could_be_two_is_asked(boss, admin):
    place = upload(boss, Job, "code;part_name;qty_total;due_date\nJ-1;Mirror;5;03/04/26\n")

    assert "how is “03/04/26” meant?" in boss.get(place).text
    say_yes(boss, place, **{"way-due_date": "mdy"})

    assert Job.objects.get().due_date.isoformat() == "2026-03-04"


def test_the_code_page_is_said_and_can_be_changed(boss, admin):
    place = upload(boss, ScrapReason, "code;name\nx;Für Öl\n".encode("cp1252"))

    page = boss.get(place)
    assert '<option value="cp1252" selected>' in page.text and "Für Öl" in page.text
    say_yes(boss, place, encoding="cp1250")

    assert ScrapReason.objects.get().name == "Für Öl".encode("cp1252").decode("cp1250")


# --- through the services ---


def test_jobs_are_made_and_changed_with_events_and_their_state_is_left(boss, admin):
    job = create_job(tenant=admin.tenant, code="J-1", qty_total=10)

    imported(boss, Job, "code,part_name,qty_total,status\nJ-1,Mirror,30,completed\n007,Door,5,\n")

    job.refresh_from_db()
    assert (job.qty_total, job.status, job.version) == (30, "waiting", 2)
    kinds = Event.objects.order_by("seq").values_list("event_type", "job__code", "user")
    assert list(kinds) == [("job_created", "007", admin.pk), ("job_changed", "J-1", admin.pk)]


def test_what_a_rule_refuses_is_told_in_the_preview(boss, admin):
    station = create_station(tenant=admin.tenant, code="ST-1")
    create_job(tenant=admin.tenant, code="J-1", qty_total=100, on=station, qty_done=50)

    page = preview(boss, Job, "code,qty_total\nJ-1,20\n")
    assert "quantity cannot be less" in page.text and not page.context["found"].is_good
    page = preview(boss, Station, "code,name,is_active\nST-1,Cutting,no\n")
    assert "take it off before the station goes out of use" in page.text
    assert not Event.objects.exists()


def test_stations_go_through_their_service(boss, admin):
    asset = create_asset(tenant=admin.tenant, name="Saw")
    station = create_station(tenant=admin.tenant, code="ST-1")

    imported(boss, Station, "code,name,line,asset,status\nST-1,Cutting,Line B,Saw,running\nST-2,New,Line B,,\n")

    station.refresh_from_db()
    assert (station.line, station.asset, station.status, station.version) == ("Line B", asset, "idle", 2)
    assert StationAsset.objects.get(ended_at=None).asset == asset


def test_trees_grow_and_stay_whole(boss, admin):
    hall = create_location(tenant=admin.tenant, name="Plant 1")
    content = (
        "parent,name,type\nPlant 1,Hall 1,building\nPlant 1 > Hall 1,Room 7,room\n,Plant 2,site\nPlant 2,Yard,yard\n"
    )
    imported(boss, Location, content)
    assets = "parent,location,name\n,Plant 1 > Hall 1,Saw\nSaw,,Blade\nSaw > Blade,,Tooth\n"
    imported(boss, Asset, assets)

    from apps.core.trees import tree_faults

    assert tree_faults(Location) == tree_faults(Asset) == []
    assert Location.objects.get(name="Room 7").get_ancestors().first() == hall
    assert {asset.location.name for asset in Asset.objects.all()} == {"Hall 1"}
    page = preview(boss, Asset, assets)
    assert counts(page) == {"unchanged": 3}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("parent,name\nNowhere,Saw\n", "There is no asset “Nowhere”"),
        ("parent,location,name\n,,Saw\n", "Say where it stands"),
        ("parent,location,name\nUnit,Plant 2,Saw\n", "A component is where its unit is"),
        ("parent,location,name\nOld,,Saw\n", "is retired"),
        ("id,name,location\n{unit},Unit,Plant 2\n", "moved on its own page"),
        ("parent,location,name\n,Plant 1,Twin\n", "More than one is called so"),
        ("name,status,location\nUnit,retired,Plant 1\n", "not imported"),
    ],
)
def test_what_cannot_be_with_assets_is_told(boss, admin, content, words):
    place = create_location(tenant=admin.tenant, name="Plant 1")
    create_location(tenant=admin.tenant, name="Plant 2")
    unit = create_asset(tenant=admin.tenant, name="Unit", location=place)
    create_asset(tenant=admin.tenant, name="Old", location=place, status="retired")
    for _ in range(2):
        create_asset(tenant=admin.tenant, name="Twin", location=place)

    assert words in preview(boss, Asset, content.format(unit=unit.pk)).text


def test_a_place_stands_below_no_smaller_one(boss, admin):
    create_location(tenant=admin.tenant, name="Room", type="room")

    page = preview(boss, Location, "parent,name,type\nRoom,Site,site\n")

    assert "cannot stand below" in page.text


def test_people_come_in_by_admins_and_cannot_sign_in_yet(boss, admin):
    known = create_person(tenant=admin.tenant, email="known@example.com", name="Known")
    elsewhere = create_tenant(name="South")
    with tenant_context(elsewhere):
        create_person(tenant=elsewhere, email="taken@example.com")

    imported(
        boss,
        User,
        'email,display_name,role,lines\nKNOWN@example.com,Known,manager,"Line A, Line B"\nnew@example.com,New,operator,\n',
    )

    known.refresh_from_db()
    assert (known.email, known.role, known.lines) == ("KNOWN@example.com", "manager", ["Line A", "Line B"])
    assert not User.objects.get(email="new@example.com").has_usable_password()
    page = preview(boss, User, "email,display_name,role\ntaken@example.com,X,operator\n,Y,operator\n")
    assert "is taken" in page.text and "Enter an e-mail address" in page.text
    page = preview(boss, User, f"email,role\n{admin.email},operator\n")
    assert "You cannot take your own admin rights" in page.text
    assert "is no column here" in preview(boss, User, "email,password\nx@example.com,secret\n").text


def test_shifts_that_meet_are_refused_and_others_are_stored(boss, admin):
    imported(boss, Shift, "name;start;end;weekdays;lines;breaks\nEarly;6:00;14:00;mon,tue;A;09:30-09:45\n")

    early = Shift.objects.get()
    assert (early.weekdays, early.lines, early.breaks) == ([1, 2], ["A"], [{"start": "09:30", "end": "09:45"}])
    late = "name;start;end;weekdays;lines\nLate;13:00;22:00;2;A\n"
    assert "meets “Early”" in preview(boss, Shift, late).text
    wrong = preview(
        boss, Shift, "name;start;end;weekdays;lines;breaks\nEarly;6h;14:00;8;A;\nLate;14:00;22:00;2;A;9-10\n"
    )
    found = {row.number: set(row.errors) for row in wrong.context["found"].rows}
    assert found == {2: {"start", "weekdays"}, 3: {"breaks"}}


# --- few questions ---


@pytest.mark.parametrize("model", [ScrapReason, Job, Asset, PerformanceLog])
def test_rows_cost_no_questions_of_their_own(boss, admin, model):
    create_station(tenant=admin.tenant, code="ST-1")
    create_location(tenant=admin.tenant, name="Plant 1")
    line = {
        ScrapReason: ("code,name", "{n},Name {n}"),
        Job: ("code,part_name,qty_total", "{n},Part,5"),
        Asset: ("location,name", "Plant 1,Asset {n}"),
        PerformanceLog: ("log_date,shift,station", "2026-01-02,{n},ST-1"),
    }[model]

    def cost(rows):
        content = "\n".join([line[0], *(line[1].format(n=f"{rows}-{n}") for n in range(rows))])
        place = upload(boss, model, content)
        with CaptureQueriesContext(connection) as shown:
            page = boss.get(place)
        with CaptureQueriesContext(connection) as done:
            assert boss.post(place, {"mark": page.context["mark"]}).status_code == 302
        boss.get(address(model, "changelist"))  # says what was imported
        return len(shown), len(done)

    few, many = cost(3), cost(300)

    assert few == many
    assert max(many) <= 60


# --- lists ---


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_of_jobs_goes_out_as_it_is_filtered(client, operator, kind):
    for code, part in (("007", "Mirror"), ("J-2", "Door"), ("J-3", "=Mirror")):
        create_job(tenant=operator.tenant, code=code, part_name=part)
    client.force_login(operator)

    answer = client.get(f"/jobs.{kind}", {"part": "mirror"})
    heading, *rows = rows_of(b"".join(answer.streaming_content) if answer.streaming else answer.content, kind)

    assert heading[:3] == ["code", "part_name", "qty_total"]
    assert [row[:2] for row in rows] == [["J-3", "'=Mirror"], ["007", "Mirror"]]
    assert AuditLog.objects.get(action="export").changes == {"part": "mirror", "rows_at_most": 2}


def test_a_workbook_takes_so_many_rows_and_no_more(client, operator, monkeypatch):
    monkeypatch.setattr("apps.core.csv_export.MOST_XLSX", 2)
    for _ in range(3):
        create_job(tenant=operator.tenant)
    client.force_login(operator)

    answer = client.get("/jobs.xlsx")

    assert answer.status_code == 409 and "take the CSV" in answer.text
    assert not AuditLog.objects.filter(action="export").exists()


@pytest.mark.parametrize("place", ["/jobs", "/activity"])
def test_a_longer_list_costs_no_more_questions(client, supervisor, place):
    station = create_station(tenant=supervisor.tenant)
    client.force_login(supervisor)

    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"{place}.xlsx").status_code == 200
        return len(asked)

    create_job(tenant=supervisor.tenant)
    Event.objects.create(tenant=supervisor.tenant, event_type="note", station=station, payload={"note": "x"})
    few = cost()
    for _ in range(30):
        job = create_job(tenant=supervisor.tenant)
        Event.objects.create(tenant=supervisor.tenant, event_type="note", station=station, job=job, payload={})
    assert cost() == few
