"""The managers' admin: every page opens with few queries, one tenant's rows, state changes by services alone."""

import json

import pytest
from django.contrib import admin as django_admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.api.tokens import make_token
from apps.core.isolation import own_context, platform_context, tenant_context
from apps.core.models import ApiToken, Attachment, AuditLog, Device, Tenant, User, Webhook, WebhookDelivery
from apps.core.roles import Role
from apps.core.webhooks.services import send_test
from apps.inventory.models import (
    CountLine,
    Handover,
    Part,
    PartBarcode,
    PartOrder,
    PartUnit,
    Reservation,
    Stock,
    StockCount,
    StockMove,
    Wallet,
)
from apps.logistics.models import AssetMovement, GatePass, Shipment, YardCount, YardCountLine
from apps.logistics.models import Handover as Takeover
from apps.maintenance.models import (
    Consumable,
    CoveredCycle,
    FailureCode,
    LabourEntry,
    OrderComment,
    PmCredit,
    PmSchedule,
    ServiceRequest,
    WorkOrder,
    WorkOrderCost,
    WorkOrderTask,
)
from apps.registry.models import (
    Asset,
    AssetCategory,
    AssetDocument,
    AssetIdentity,
    AssetMeter,
    AssetSpec,
    AssetStatus,
    DailyLog,
    Location,
    MeterReading,
    QrLabel,
)
from apps.registry.services import post_reading
from apps.shopfloor import services
from apps.shopfloor.models import (
    Call,
    Event,
    EventType,
    Job,
    JobStatus,
    PerformanceLog,
    ScrapReason,
    Shift,
    ShiftException,
    Station,
    StationAsset,
    StationAssignment,
    StationStatus,
    StopReason,
    TerminalStation,
)
from tests.factories import (
    PASSWORD,
    create_asset,
    create_attachment,
    create_holiday,
    create_job,
    create_location,
    create_person,
    create_platform_person,
    create_scrap_reason,
    create_shift,
    create_station,
    create_stop_reason,
    create_tenant,
    create_terminal,
    create_webhook,
)
from tests.furnished import furnish_asset, furnish_logistics, furnish_maintenance, furnish_stores

FLOOR = [
    StopReason,
    ScrapReason,
    Shift,
    ShiftException,
    Station,
    StationAsset,
    Job,
    StationAssignment,
    Call,
    Event,
    PerformanceLog,
]
OF_ASSETS = [AssetIdentity, AssetSpec, AssetDocument, QrLabel, DailyLog, MeterReading]
STORES = [Part, PartBarcode, PartUnit]
UPKEEP = [PmSchedule, FailureCode]
ORDERS = [WorkOrder, WorkOrderTask, CoveredCycle, PmCredit, ServiceRequest]
WORK = [LabourEntry, WorkOrderCost, Consumable, OrderComment]
MOVED = [AssetMovement, Shipment, GatePass, Takeover, YardCount, YardCountLine]
LEDGER = [Stock, Wallet, StockMove, Reservation, PartOrder, Handover, StockCount, CountLine]
MANAGERS_MODELS = [
    *FLOOR,
    TerminalStation,
    Location,
    Asset,
    AssetCategory,
    *OF_ASSETS,
    *STORES,
    *LEDGER,
    *UPKEEP,
    *ORDERS,
    *WORK,
    *MOVED,
]
ADMINS_MODELS = [Tenant, User, AuditLog, Device, Attachment, ApiToken, Webhook, WebhookDelivery]
READ_ONLY = {
    StationAssignment, Call, Event, AuditLog, Device, TerminalStation, Attachment, ApiToken, WebhookDelivery, *OF_ASSETS, *LEDGER, *ORDERS, *WORK, *MOVED
}  # fmt: skip


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def furnish(tenant, number, by=None):
    """A row of every kind, `number` times."""
    person = by or create_person(tenant=tenant)
    for _round in range(number):
        location = create_location(tenant=tenant)
        asset = create_asset(tenant=tenant, location=location)
        create_asset(tenant=tenant, parent=asset, name="Spindle")
        station = create_station(tenant=tenant, asset=asset)
        job = create_job(tenant=tenant, on=station)
        services.set_status(station, "blocked", reason=create_stop_reason(tenant=tenant), by=person)
        create_scrap_reason(tenant=tenant)
        StationAsset.objects.create(tenant=tenant, station=station, asset=asset, started_at=timezone.now())
        PerformanceLog.objects.create(
            tenant=tenant,
            station=station,
            job=job,
            log_date="2026-04-03",
            shift="Day",
            units_completed=9,
            target_units=10,
        )
        furnish_asset(asset, person, word=station.code)
        furnish_maintenance(asset, person, word=station.code, code=station.code)
        colleague = create_person(tenant=tenant)
        furnish_stores(tenant, person, colleague, word=station.code, code=station.code)
        furnish_logistics(tenant, person, colleague, location, word=station.code, code=station.code)
        create_shift(tenant=tenant, lines=[station.code])
        create_holiday(tenant=tenant, name=f"Holiday of {station.code}")
        create_terminal(tenant=tenant, stations=[station], by=person)
        create_attachment(tenant=tenant, by=person)
        make_token(person, name="Script", by=person)
        send_test(create_webhook(tenant=tenant), by=person)


def queries(client, url):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    assert answer.status_code == 200, f"{url}: {answer.status_code}"
    return len(captured)


def test_all_our_tables_and_no_others_are_in_the_admin():
    ours = {model for model in django_admin.site._registry}
    assert ours == {*MANAGERS_MODELS, *ADMINS_MODELS}


@pytest.mark.parametrize("model", [*MANAGERS_MODELS, *ADMINS_MODELS])
def test_every_list_opens_with_the_same_few_queries(client, admin, model):
    furnish(admin.tenant, 2)
    client.force_login(admin)
    client.get(address(model, "changelist"))

    few = queries(client, address(model, "changelist"))
    furnish(admin.tenant, 8)
    many = queries(client, address(model, "changelist"))

    assert many == few <= 16


@pytest.mark.parametrize("model", [*MANAGERS_MODELS, *ADMINS_MODELS])
def test_every_row_opens_with_few_queries(client, admin, model):
    furnish(admin.tenant, 2)
    client.force_login(admin)
    row = admin.tenant if model is Tenant else model.objects.filter(tenant=admin.tenant).order_by("pk").last()

    assert queries(client, address(model, "change", row.pk)) <= 20
    if hasattr(model, "history"):
        assert queries(client, address(model, "history", row.pk)) <= 16


@pytest.mark.parametrize("model", sorted({*MANAGERS_MODELS, User} - READ_ONLY, key=str))
def test_every_form_for_a_new_row_opens(client, admin, model):
    client.force_login(admin)

    assert queries(client, address(model, "add")) <= 14


@pytest.mark.parametrize("model", [*MANAGERS_MODELS, *ADMINS_MODELS])
def test_search_and_filters_open(client, admin, model):
    furnish(admin.tenant, 1)
    client.force_login(admin)

    assert client.get(address(model, "changelist"), {"q": "ST-01"}).status_code == 200


@pytest.mark.parametrize("model", MANAGERS_MODELS)
def test_managers_see_the_floor(client, manager, model):
    client.force_login(manager)

    assert client.get(address(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", ADMINS_MODELS)
def test_managers_see_no_people_settings_or_audit_log(client, manager, model):
    client.force_login(manager)

    assert client.get(address(model, "changelist")).status_code == 403
    assert "core" not in client.get("/admin/").text.replace("core:", "").lower().split("admin/core")[1:]


def test_the_index_keeps_no_log_of_its_own(client, manager):
    client.force_login(manager)

    page = client.get("/admin/").text
    client.post(address(ScrapReason, "add"), {"code": "scratch", "name": "Scratch", "is_active": "on"})

    assert "Recent actions" not in page
    assert ScrapReason.objects.get().tenant == manager.tenant
    assert not LogEntry.objects.exists()
    assert AuditLog.objects.filter(entity_type="scrap_reasons", action="create", user_id=manager.pk).exists()


def test_strangers_and_platform_people_are_sent_on(client, tenant):
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/sign-in/?next=/admin/"
    client.force_login(create_platform_person())
    assert client.get("/admin/")["Location"] == "/platform/"


# --- one tenant's rows ---


@pytest.fixture
def theirs(tenant):
    other = create_tenant(name="South plant")
    with tenant_context(other):
        furnish(other, 1)
        rows = {model: model.objects.filter(tenant=other).last() for model in [*MANAGERS_MODELS, User]}
    return rows | {Tenant: other}


def test_another_tenants_rows_are_not_there(client, admin, theirs):
    client.force_login(admin)
    for model, row in theirs.items():
        for page in ("change", "delete", "history"):
            answer = client.get(address(model, page, row.pk))
            assert answer.status_code == (403 if model in (Tenant, User) and page == "delete" else 404) or (
                answer.status_code == 404
            ), f"{model.__name__} {page}: {answer.status_code}"
        assert str(row.pk) not in client.get(address(model, "changelist")).text
    for page in ("move",):
        assert client.get(address(Asset, page, theirs[Asset].pk)).status_code == 404
    assert client.get(address(User, "one_time_password", theirs[User].pk)).status_code == 404
    assert client.post(address(User, "one_time_password", theirs[User].pk)).status_code == 404


def test_what_is_no_key_is_not_there(client, manager):
    client.force_login(manager)

    for page in ("change", "history", "delete"):
        assert client.get(f"/admin/shopfloor/station/nonsense/{page}/").status_code == 404
    assert client.get("/admin/shopfloor/nothing/").status_code == 404


def test_another_tenants_rows_cannot_be_chosen(client, manager, theirs):
    client.force_login(manager)
    data = {"code": "ST-90", "name": "Washer", "line": "Line A", "is_active": "on", "asset": theirs[Asset].pk}

    answer = client.post(address(Station, "add"), data)

    assert answer.status_code == 422 and "errorlist" in answer.text
    assert not Station.objects.filter(code="ST-90").exists()


def test_autocomplete_finds_the_tenants_own_rows(client, manager, theirs):
    create_asset(tenant=manager.tenant, name="Edge grinder 7")
    client.force_login(manager)
    ask = {"app_label": "shopfloor", "model_name": "station", "field_name": "asset", "term": "grinder"}

    found = json.loads(client.get("/admin/autocomplete/", ask).text)["results"]
    of_tenants = client.get("/admin/autocomplete/", ask | {"field_name": "tenant"})
    of_people = client.get("/admin/autocomplete/", ask | {"model_name": "call", "field_name": "opened_by"})

    assert [row["text"] for row in found] == ["Edge grinder 7"]
    assert of_tenants.status_code == of_people.status_code == 403


def test_filters_offer_the_tenants_own_rows(client, manager, theirs):
    create_station(tenant=manager.tenant, line="Our line")
    client.force_login(manager)

    assert theirs[Station].code not in client.get(address(Event, "changelist")).text
    page = client.get(address(Station, "changelist")).text
    assert "Our line" in page and "Line A" not in page


def test_bulk_actions_reach_no_other_tenant(client, manager, theirs):
    station = theirs[Station]
    client.force_login(manager)

    client.post(address(Station, "changelist"), {"action": "idle", "_selected_action": [station.pk]})

    with tenant_context(station.tenant):
        station.refresh_from_db()
        assert station.status == StationStatus.BLOCKED


# --- stations ---


def act(client, model, action, rows, **data):
    chosen = [row.pk for row in rows]
    return client.post(
        address(model, "changelist"), {"action": action, "_selected_action": chosen, **data}, follow=True
    )


def test_a_station_is_made_and_changed_but_its_status_is_not(client, manager):
    client.force_login(manager)
    data = {"code": "ST-90", "name": "Washer", "line": "Line A", "is_active": "on"}

    client.post(address(Station, "add"), data | {"status": "running"})
    station = Station.objects.get(code="ST-90")
    client.post(address(Station, "change", station.pk), data | {"name": "Dryer", "status": "blocked", "version": "99"})

    station.refresh_from_db()
    assert (station.name, station.status, station.tenant) == ("Dryer", StationStatus.IDLE, manager.tenant)
    assert not Event.objects.exists()


def test_a_taken_code_is_told_beside_the_form(client, manager):
    create_station(tenant=manager.tenant, code="ST-90")
    client.force_login(manager)

    answer = client.post(address(Station, "add"), {"code": "ST-90", "name": "Washer", "line": "A", "is_active": "on"})

    assert answer.status_code == 422 and "already exists" in answer.text


def test_a_station_with_a_job_stays_in_use(client, manager):
    station = create_station(tenant=manager.tenant)
    create_job(tenant=manager.tenant, on=station)
    client.force_login(manager)

    data = {"code": station.code, "name": "Washer", "line": "Line A"}
    answer = client.post(address(Station, "change", station.pk), data)

    assert answer.status_code == 409 and "take it off" in answer.text
    station.refresh_from_db()
    assert station.is_active


def test_chosen_stations_run_and_stop_through_the_services(client, manager):
    stations = [create_station(tenant=manager.tenant) for _ in range(2)]
    client.force_login(manager)

    assert "2 stations are running" in act(client, Station, "run", stations).text
    assert set(Station.objects.values_list("status", flat=True)) == {StationStatus.RUNNING}
    act(client, Station, "idle", stations)

    assert Event.objects.filter(event_type=EventType.STATUS_CHANGE, user=manager).count() == 4


def test_a_stations_own_page_has_the_same_actions(client, manager):
    station = create_station(tenant=manager.tenant)
    client.force_login(manager)

    client.post(
        address(Station, "change", station.pk),
        {"CHANGE_FORM-action": "run", "CHANGE_FORM-select_across": "0", "_selected_action": station.pk, "index": "0"},
    )

    station.refresh_from_db()
    assert station.status == StationStatus.RUNNING


def test_blocking_asks_for_the_reason(client, manager):
    station, reason = create_station(tenant=manager.tenant), create_stop_reason(tenant=manager.tenant)
    client.force_login(manager)

    asked = act(client, Station, "block", [station])
    assert station.code in asked.text and reason.name in asked.text
    assert not Event.objects.exists()
    assert act(client, Station, "block", [station], apply="1").status_code == 422
    act(client, Station, "block", [station], apply="1", reason=reason.pk, note="belt")

    station.refresh_from_db()
    assert (station.status, station.stop_reason) == (StationStatus.BLOCKED, reason)
    assert Call.objects.count() == 1


def test_what_a_rule_refuses_is_told_and_the_rest_is_done(client, manager):
    busy, free = create_station(tenant=manager.tenant), create_station(tenant=manager.tenant)
    create_job(tenant=manager.tenant, on=busy)
    client.force_login(manager)

    page = act(client, Station, "take_off", [busy, free]).text

    assert f"{free.code} has no job" in page and "1 stations have no job" in page
    assert not StationAssignment.objects.active().exists()


# --- jobs ---

JOB = {"code": "JOB-1", "part_name": "Mirror", "qty_total": "20", "priority": "high", "line_hint": "Line A"}


def test_a_job_is_made_and_changed_with_events(client, manager):
    client.force_login(manager)

    client.post(address(Job, "add"), JOB | {"status": "completed"})
    job = Job.objects.get()
    client.post(address(Job, "change", job.pk), JOB | {"qty_total": "30", "seen": job.version})

    job.refresh_from_db()
    assert (job.status, job.qty_total) == (JobStatus.WAITING, 30)
    kinds = Event.objects.order_by("seq").values_list("event_type", "payload__qty_total", "user")
    assert list(kinds) == [("job_created", 20, manager.pk), ("job_changed", [20, 30], manager.pk)]


def test_a_stale_form_changes_nothing(client, manager):
    job = create_job(tenant=manager.tenant, code="JOB-1", part_name="Mirror")
    client.force_login(manager)
    services.change_job(job, by=manager, qty_total=50)

    answer = client.post(address(Job, "change", job.pk), JOB | {"qty_total": "30", "seen": job.version})

    assert answer.status_code == 409
    assert Job.objects.get().qty_total == 50


def test_chosen_jobs_are_completed_cancelled_and_reopened(client, manager):
    station = create_station(tenant=manager.tenant)
    job = create_job(tenant=manager.tenant, on=station)
    client.force_login(manager)

    assert "misses 100" in act(client, Job, "complete", [job], apply="1").text
    act(client, Job, "complete", [job], apply="1", short="Material is gone")
    assert Job.objects.get().status == JobStatus.COMPLETED
    act(client, Job, "reopen", [job])
    assert Job.objects.get().status == JobStatus.WAITING
    assert act(client, Job, "cancel", [job], apply="1").status_code == 422
    act(client, Job, "cancel", [job], apply="1", reason="Customer gave up")

    assert Job.objects.get().status == JobStatus.CANCELLED
    assert client.get(address(Job, "delete", job.pk)).status_code == 403


# --- deleting ---


def test_only_what_nothing_refers_to_is_deleted(client, manager):
    free, used = create_station(tenant=manager.tenant), create_station(tenant=manager.tenant)
    create_job(tenant=manager.tenant, on=used)
    client.force_login(manager)

    refused = client.post(address(Station, "delete", used.pk), {"post": "yes"}).text
    client.post(address(Station, "delete", free.pk), {"post": "yes"})
    both = act(client, Station, "delete_selected", [used], post="yes").text

    assert "assignments refer to it" in refused and "assignments refer to it" in both
    assert list(Station.objects.all()) == [used]


def test_the_floors_record_is_only_read(client, manager):
    furnish(manager.tenant, 1)
    client.force_login(manager)
    for model in READ_ONLY - {AuditLog}:
        row = model.objects.last()
        assert client.get(address(model, "add")).status_code == 403
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert client.post(address(model, "change", row.pk), {"notes": "x"}).status_code == 403


def test_a_former_state_cannot_be_put_back_past_the_services(client, manager):
    station = create_station(tenant=manager.tenant)
    client.force_login(manager)
    record = station.history.first()

    old = f"/admin/shopfloor/station/{station.pk}/history/{record.pk}/"
    answer = client.post(old, {"status": "running"}, follow=True)

    assert answer.status_code == 404


# --- places and assets ---


def test_places_are_made_moved_by_drag_and_by_form(client, manager):
    site = create_location(tenant=manager.tenant, name="Plant 1")
    other = create_location(tenant=manager.tenant, name="Plant 2")
    client.force_login(manager)

    client.post(address(Location, "add"), {"parent": site.pk, "name": "Hall", "type": "building", "is_active": "on"})
    hall = Location.objects.get(name="Hall")
    assert hall.parent == site
    drag = {"cmd": "move_node", "position": "last-child", "cut_item": hall.pk, "pasted_on": other.pk}
    assert client.post(address(Location, "changelist"), drag).status_code == 200
    assert Location.objects.get(name="Hall").parent == other
    client.post(address(Location, "move", hall.pk), {"parent": site.pk})
    assert Location.objects.get(name="Hall").parent == site

    circle = {"cmd": "move_node", "position": "last-child", "cut_item": site.pk, "pasted_on": hall.pk}
    assert client.post(address(Location, "changelist"), circle).status_code == 409
    assert Location.objects.get(name="Plant 1").parent is None


def test_a_stale_form_moves_nothing(client, manager):
    site, other = create_location(tenant=manager.tenant), create_location(tenant=manager.tenant, name="Plant 2")
    hall = create_location(tenant=manager.tenant, name="Hall", type="building", parent=site)
    client.force_login(manager)

    data = {"parent": other.pk, "name": "Hall 2", "type": "building", "is_active": "on"}
    client.post(address(Location, "change", hall.pk), data)

    hall = Location.objects.get(pk=hall.pk)
    assert (hall.name, hall.parent) == ("Hall 2", site)


def test_an_asset_is_made_mounted_and_retired(client, manager):
    place = create_location(tenant=manager.tenant)
    unit = create_asset(tenant=manager.tenant, name="Grinder", location=place)
    client.force_login(manager)
    data = {
        "name": "Spindle",
        "criticality": "b",
        "category": "",
        "run_hours_source": "daily_log",
        "client_code": "S-1",
    }

    assert client.post(address(Asset, "add"), data).status_code == 422  # neither place nor unit
    client.post(address(Asset, "add"), data | {"location": place.pk})
    spindle = Asset.objects.get(name="Spindle")
    assert spindle.identity.client_code == "S-1"
    assert client.post(address(Asset, "add"), data | {"location": place.pk}).status_code == 422  # the code is taken
    act(client, Asset, "take_out_of_service", [spindle], apply="1", reason="Loose")
    assert Asset.objects.get(name="Spindle").status == AssetStatus.OUT_OF_SERVICE
    act(client, Asset, "put_in_service", [spindle], apply="1", reason="Fixed")
    client.post(address(Asset, "move", spindle.pk), {"parent": unit.pk, "location": ""})
    assert Asset.objects.get(name="Spindle").parent == unit
    assert client.post(address(Asset, "move", spindle.pk), {}).status_code == 422
    act(client, Asset, "retire", [unit], apply="1", reason="Worn out")

    assert set(Asset.objects.values_list("status", flat=True)) == {AssetStatus.RETIRED}


def test_a_reading_is_taken_back_for_a_reason(client, manager):
    asset = create_asset(tenant=manager.tenant)
    reading = post_reading(asset, "run_hours", 4200, by=manager)
    client.force_login(manager)

    assert "Reason" in act(client, MeterReading, "take_back", [reading]).content.decode()
    act(client, MeterReading, "take_back", [reading], apply="1", reason="Misread")
    assert MeterReading.objects.get(voids=reading).reason == "Misread"
    assert AssetMeter.objects.get(asset=asset).current_run_hours is None
    told = act(client, MeterReading, "take_back", [reading], apply="1", reason="Again")
    assert "taken back already" in told.content.decode()


def test_a_token_is_revoked(client, admin):
    token, _text = make_token(admin, name="Script", by=admin)
    client.force_login(admin)

    act(client, ApiToken, "revoke", [token])

    assert ApiToken.objects.get(pk=token.pk).revoked_at


def test_a_place_in_use_is_not_deleted(client, manager):
    place = create_location(tenant=manager.tenant)
    create_asset(tenant=manager.tenant, location=place)
    client.force_login(manager)

    assert "assets refer to it" in client.post(address(Location, "delete", place.pk), {"post": "yes"}).text
    assert Location.objects.exists()


def test_one_asset_serves_one_station_at_a_time(client, manager):
    first, second = create_station(tenant=manager.tenant), create_station(tenant=manager.tenant)
    asset = create_asset(tenant=manager.tenant)
    StationAsset.objects.create(tenant=manager.tenant, station=first, asset=asset, started_at=timezone.now())
    client.force_login(manager)

    data = {"station": second.pk, "asset": asset.pk, "started_at_0": "2026-01-01", "started_at_1": "08:00"}
    answer = client.post(address(StationAsset, "add"), data)

    assert answer.status_code == 422 and "is taken in this time" in answer.text


# --- people ---

PERSON = {"display_name": "Ana", "email": "ana@north.example", "role": "operator", "is_active": "on"}


def test_an_admin_makes_a_person_and_gives_a_one_time_password(client, admin):
    client.force_login(admin)

    made = client.post(address(User, "add"), PERSON | {"is_superuser": "on", "password": "x"})
    ana = User.objects.get(email="ana@north.example")
    assert made["Location"] == address(User, "one_time_password", ana.pk)
    assert (ana.tenant, ana.is_superuser, ana.has_usable_password()) == (admin.tenant, False, False)
    shown = client.post(made["Location"])

    word = shown.text.split("<code>")[1].split("</code>")[0]
    ana = User.objects.get(pk=ana.pk)
    assert ana.check_password(word) and ana.must_change_password
    assert shown["Cache-Control"].startswith("max-age=0")
    assert word not in client.get(made["Location"]).text


def test_no_password_hash_is_shown(client, admin):
    ana = create_person(tenant=admin.tenant, password=PASSWORD)
    client.force_login(admin)

    pages = client.get(address(User, "change", ana.pk)).text + client.get(address(User, "history", ana.pk)).text

    assert ana.password not in pages


def test_a_person_needs_an_address_or_a_number(client, admin):
    client.force_login(admin)

    assert client.post(address(User, "add"), PERSON | {"email": ""}).status_code == 422
    assert client.post(address(User, "add"), PERSON | {"email": "", "staff_number": "17"}).status_code == 302
    assert client.post(address(User, "add"), PERSON | {"email": admin.email.upper()}).status_code == 422


def test_an_admin_does_not_lock_the_door_from_inside(client, admin):
    client.force_login(admin)
    mine = {"display_name": "Me", "email": admin.email, "role": "manager", "is_active": "on"}

    assert client.post(address(User, "change", admin.pk), mine).status_code == 409
    page = act(client, User, "deactivate", [admin]).text

    assert "another admin can" in page
    assert User.objects.get(pk=admin.pk).is_active and User.objects.get(pk=admin.pk).role == Role.ADMIN


def test_deactivating_signs_out_and_keeps_the_password_hidden_fields(client, admin):
    ana = create_person(tenant=admin.tenant, password=PASSWORD, theme="dark")
    client.force_login(admin)

    assert "1 people can no longer sign in" in act(client, User, "deactivate", [ana]).text

    ana = User.objects.get(pk=ana.pk)
    assert (ana.is_active, ana.theme, ana.check_password(PASSWORD)) == (False, "dark", True)


# --- tenants ---


def rules(**changed):
    return {
        "rule_currency": "EUR", "rule_overrun_percent": "5", "rule_undo_seconds": "10", "rule_andon_minutes": "0, 3, 10",
        "rule_max_run_hours_per_day": "24", "rule_daily_log_days": "4", "rule_defect_on_machine_block": "offer",
        "rule_labour_rate": "0",
    } | changed  # fmt: skip


def test_an_admin_changes_the_own_tenants_rules(client, admin):
    client.force_login(admin)
    tenant = admin.tenant
    data = {"name": "North", "timezone": "Europe/Lisbon", "slug": "other"}

    client.post(address(Tenant, "change", tenant.pk), data | rules(rule_agile_mode="on"))

    fresh = Tenant.objects.get(pk=tenant.pk)
    assert (fresh.name, fresh.timezone, fresh.slug) == ("North", "Europe/Lisbon", tenant.slug)
    assert fresh.settings == {"agile_mode": True, "andon_minutes": [0, 3, 10]}
    assert AuditLog.objects.filter(entity_type="tenants", action="update", user_id=admin.pk).exists()
    assert client.get(address(Tenant, "add")).status_code == 403


@pytest.mark.parametrize("wrong", [{"rule_andon_minutes": "10, 3"}, {"rule_currency": "eu"}, {"timezone": "Mars/Base"}])
def test_a_wrong_rule_is_refused(client, admin, wrong):
    client.force_login(admin)
    data = {"name": "North", "timezone": "Europe/Lisbon"} | rules() | wrong

    assert client.post(address(Tenant, "change", admin.tenant.pk), data).status_code == 422
    assert Tenant.objects.get(pk=admin.tenant.pk).name != "North"


def test_a_platform_person_sees_all_tenants_and_adds_one(client, tenant):
    other = create_tenant(name="South plant")
    client.force_login(create_platform_person())
    client.post("/platform/", {"tenant": tenant.pk})

    page = client.get(address(Tenant, "changelist")).text
    client.post(address(Tenant, "add"), {"name": "West", "slug": "west", "timezone": "UTC"} | rules())
    client.post(address(Tenant, "change", other.pk), {"name": "S", "slug": "south-2", "timezone": "UTC"} | rules())

    assert tenant.name in page and "South plant" in page
    assert Tenant.objects.filter(slug="west").exists()
    assert Tenant.objects.get(pk=other.pk).name == "S"
    with platform_context():
        assert AuditLog.objects.filter(entity_type="tenants", tenant=other, action="update").exists()


def test_the_audit_log_is_searched_by_person(client, admin):
    ana = create_person(tenant=admin.tenant, name="Ana Silva")
    with tenant_context(admin.tenant, user=ana):
        create_scrap_reason(tenant=admin.tenant)
    with own_context(admin):
        client.force_login(admin)

    page = client.get(address(AuditLog, "changelist"), {"q": "silva"}).text

    assert "Ana Silva" in page and "scrap_reasons" in page
    assert 'class="field-person">the system' not in page


def test_a_key_that_is_none_is_answered_with_a_sentence(client, admin):
    station = create_station(tenant=admin.tenant)
    client.force_login(admin)

    action = client.post(address(Station, "changelist"), {"action": "run", "_selected_action": "x"})
    initial = client.get(address(Station, "add"), {"asset": "x"})

    assert (action.status_code, initial.status_code) == (400, 400)
    assert "cannot be read" in action.text
    assert client.get(address(Station, "change", station.pk), {"_to_field": ""}).status_code == 200


@pytest.mark.parametrize("source", ["x", "shopfloor.nothing", "nothing.at.all", " ", "shopfloor.Station"])
def test_a_row_made_in_a_window_of_a_form_that_is_none_is_made(client, manager, source):
    client.force_login(manager)
    data = {"code": "chip", "name": "Chip", "is_active": "on", "_popup": "1", "_source_model": source}

    answer = client.post(address(ScrapReason, "add"), data)

    assert answer.status_code == 200 and ScrapReason.objects.filter(code="chip").exists()


@pytest.mark.parametrize("row", [True, False])
def test_nothing_is_copied_under_a_new_key_and_asking_for_it_breaks_nothing(client, manager, row):
    asset = create_asset(tenant=manager.tenant)
    client.force_login(manager)
    place = address(Asset, "change", asset.pk) if row else address(Asset, "add")

    answer = client.post(place, {"name": "", "_saveasnew": "1"})

    assert answer.status_code == 422
    assert Asset.objects.count() == 1


def test_an_asset_made_by_mistake_is_deleted_with_its_parts(client, manager):
    asset = create_asset(tenant=manager.tenant, identity={"client_code": "X-1"})
    client.force_login(manager)

    client.post(address(Asset, "delete", asset.pk), {"post": "yes"})

    assert not Asset.objects.exists() and not AssetIdentity.objects.exists()


def test_what_is_never_null_may_be_emptied(client, admin):
    kind = AssetCategory.objects.create(tenant=admin.tenant, name="Lathe", spec_schema={"type": "object"})
    client.force_login(admin)

    answer = client.post(address(AssetCategory, "change", kind.pk), {"name": "Lathe", "spec_schema": ""})

    kind.refresh_from_db()
    assert (answer.status_code, kind.spec_schema) == (302, {})


def test_no_list_is_filtered_by_what_json_holds(client, manager):
    client.force_login(manager)

    assert client.get(address(PmCredit, "changelist"), {"before": "\0"}).status_code == 400
