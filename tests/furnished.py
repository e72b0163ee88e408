"""A plant with a row in every business table: what the sweeps look at, and look for."""

import secrets
from datetime import timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.core.api.tokens import make_token
from apps.core.audit.models import Seal
from apps.core.fields import uuid7
from apps.core.isolation import platform_context, tenant_context
from apps.core.models import AuditLog, Notification, NotificationMail, RequestKey
from apps.core.numbers import next_numbers
from apps.core.sheets.models import keep
from apps.core.terminals import pair_device
from apps.core.tokens import hashed, text_of
from apps.core.uploads import attach, store_upload
from apps.inventory import services as stores
from apps.inventory.models import PartBarcode, PartUnit, Stock, StockMove, Wallet
from apps.logistics import services as logistics
from apps.logistics.models import AssetMovement, GatePass, Shipment
from apps.maintenance.models import (
    Consumable,
    CoveredCycle,
    FailureCode,
    LabourEntry,
    OrderComment,
    PmCredit,
    PmSchedule,
    SavedFilter,
    ServiceRequest,
    WorkOrder,
    WorkOrderCost,
    WorkOrderTask,
)
from apps.registry.models import (
    AssetCategory,
    AssetDocument,
    AssetSpec,
    DailyLog,
    MeterReading,
    QrLabel,
)
from apps.registry.qr import new_qr_token
from apps.registry.services import post_reading, set_out_of_service
from apps.shopfloor import services
from apps.shopfloor.models import (
    Call,
    ClosedShift,
    Event,
    Job,
    PerformanceLog,
    ShiftTime,
    ShiftUnits,
    Station,
    StationAsset,
    StationAssignment,
    TerminalStation,
)
from apps.shopfloor.telling import tell_of_call
from tests.factories import (
    create_asset,
    create_attachment,
    create_holiday,
    create_job,
    create_location,
    create_part,
    create_person,
    create_scrap_reason,
    create_shift,
    create_station,
    create_stock,
    create_stop_reason,
    create_warehouse,
    create_webhook,
)


def furnish(tenant, *, word="plain", code=""):
    """Rows of every table; `word` stands in every text that people wrote, `code` begins all codes. Returns them by kind.

    At `station`, blocked, a job is on and a call is open; `free` is idle; `second` is another free one.
    """
    with tenant_context(tenant):
        person = create_person(tenant=tenant, name=f"{word} person", staff_number=f"{word}-1")
        webhook = create_webhook(tenant=tenant, name=f"{word} chat", text=f"{word} text", kinds=["note"])
        site = create_location(tenant=tenant, name=f"{word} site")
        place = create_location(tenant=tenant, name=f"{word} hall", type="building", parent=site)
        yard = create_location(tenant=tenant, name=f"{word} yard", type="yard", parent=site)
        asset = create_asset(tenant=tenant, name=f"{word} machine", location=place, category=f"{word} kind")
        part = create_asset(tenant=tenant, name=f"{word} component", location=place, parent=asset)
        stopped = create_asset(tenant=tenant, name=f"{word} press", location=place)
        set_out_of_service(stopped, reason=f"{word} reason")
        papers = furnish_asset(asset, person, word=word) | furnish_maintenance(asset, person, word=word, code=code)
        reason = create_stop_reason(tenant=tenant, code=f"{code}machine", name=f"{word} breakdown")
        scrap = create_scrap_reason(tenant=tenant, code=f"{code}scratch", name=f"{word} scratch")
        line = f"{word} line"
        station = create_station(tenant=tenant, code=f"{code}ST-01", name=f"{word} cutting", line=line, asset=asset)
        for about in ("defect", "request"):
            papers[about].station = station
            papers[about].save()
        free = create_station(tenant=tenant, code=f"{code}ST-02", name=f"{word} washing", line=line)
        second = create_station(tenant=tenant, code=f"{code}ST-03", name=f"{word} packing", line=line)
        on = create_job(tenant=tenant, code=f"{code}JOB-1", part_name=f"{word} mirror", on=station, line_hint=line)
        waiting = create_job(tenant=tenant, code=f"{code}JOB-2", part_name=f"{word} door", line_hint=line)
        done = create_job(tenant=tenant, code=f"{code}JOB-3", part_name=f"{word} frame", on=second)
        services.complete_job(done, by=person, short=f"{word} ran out")
        assignment = StationAssignment.objects.get(station=station)
        services.report(assignment, by=person, good=5, scrap=1, reason=scrap, note=f"{word} report")
        services.set_status(station, "blocked", reason=reason, by=person, note=f"{word} stop")
        services.call_for(station, "material", by=person, part=f"{word} glue", qty=2, note=f"{word} call")
        services.add_note(station, f"{word} note", by=person)
        webhook.deliveries.update(status="failed", next_at=None, response_start=f"{word} answer")
        now = timezone.now()
        served = StationAsset.objects.create(
            tenant=tenant, station=free, asset=part, started_at=now - timedelta(days=9), ended_at=now
        )
        log = PerformanceLog.objects.create(tenant=tenant, station=station, job=on, log_date="2026-01-02", shift="day")
        terminal, _token = services.pair_terminal(tenant, name=f"{word} terminal", stations=[free], by=person)
        _display, wall = pair_device(tenant, kind="wall", name=f"{word} wall", lines=[station.line], by=person)
        sheet = keep(b"code,name\nchip,Chip\n", name=f"{word}.csv", table="scrap_reasons", tenant=tenant, person=person)
        token, _text = make_token(person, name=f"{word} script", by=person)
        RequestKey.objects.create(tenant=tenant, principal=str(person.pk), key="k", request_hash="h", status_code=200)
        shift = create_shift(tenant=tenant, name=f"{word} shift", weekdays=range(1, 8))  # whatever day it is
        closed = ClosedShift.objects.create(
            tenant=tenant,
            line=station.line,
            log_date=tenant.local(now).date() - timedelta(days=1),
            shift=shift.name,
            kind="day",
            started_at=now - timedelta(hours=30),
            ended_at=now - timedelta(hours=22),
            closed_at=now,
        )
        of_shift = {"tenant": tenant, "shift": closed, "station": station, "job": on}
        ShiftTime.objects.create(**of_shift, status="running", time=timedelta(hours=7))
        ShiftUnits.objects.create(**of_shift, good=5, scrap=1, cycle_seconds=60)
        holiday = create_holiday(tenant=tenant, name=f"{word} holiday")
        call = Call.objects.get(kind="material")
        tell_of_call(call, level=1, by=None, at=now)
        mail = NotificationMail.objects.create(tenant=tenant, person=person, due_at=now)
        Notification.objects.update(mail=mail)
        with platform_context():  # one chain over all tenants
            blank = {"columns": ["id"], "last": 0, "numbers": [0], "digests": [b"-"], "hash": b""}
            Seal.objects.create(tenant=tenant, table_name="events_log", **blank)
        token, _text = make_token(person, name=f"{word} token", by=person)
        stop = Event.objects.filter(station=station, event_type="status_change").latest("seq")
        colleague = create_person(tenant=tenant, role="operator", name=f"{word} colleague")
        timer = LabourEntry.objects.create(tenant=tenant, work_order=papers["held"], user=colleague, started_at=now)
        return {
            "tenant": tenant,
            "person": person,
            "location": site,
            "place": place,
            "yard": yard,
            "asset": asset,
            "part": part,
            "stopped": stopped,
            "reason": reason,
            "scrap": scrap,
            "station": Station.objects.get(pk=station.pk),
            "free": free,
            "second": second,
            "job": on,
            "waiting": waiting,
            "done": Job.objects.get(pk=done.pk),
            "assignment": assignment,
            "call": call,
            "shift": shift,
            "holiday": holiday,
            "closed": closed,
            "notification": Notification.objects.get(),
            "stop": stop,
            "last": stop,
            "two_hours_ago": tenant.local(now - timedelta(hours=2)),
            "an_hour_ago": tenant.local(now - timedelta(hours=1)),
            "day_before": tenant.local(now).date() - timedelta(days=2),
            "yesterday": tenant.local(now).date() - timedelta(days=1),
            "audit": AuditLog.objects.latest("id"),
            "note": Event.objects.filter(event_type="note").get(),
            "served": served,
            **furnish_stores(tenant, person, colleague, word=word, code=code),
            "log": log,
            "device": terminal,
            "wall": wall,
            "token": token,
            "webhook": webhook,
            "delivery": webhook.deliveries.get(),
            "terminal_station": TerminalStation.objects.get(),
            "colleague": colleague,
            "timer": timer,
            "saved_filter": SavedFilter.objects.create(tenant=tenant, user=person, name=f"{word} filter", query="q=x"),
            "sheet": sheet,
            "file": create_attachment(tenant=tenant, by=person),
            **furnish_logistics(tenant, person, colleague, place, word=word, code=code),
            **papers,
        }


def furnish_asset(asset, person, *, word):
    """A row in each of the tables around an asset."""
    tenant, now = asset.tenant, timezone.now()
    file = create_attachment(tenant=tenant, by=person)
    photo = create_attachment(tenant=tenant, by=person)
    attach([photo], asset)
    first = uuid7()  # the probes take the row with the lowest key: one that may refer to whatever they please
    log = DailyLog.objects.create(
        tenant=tenant, asset=asset, date="2026-01-02", supervisor=person, run_hours_added=8, fuel_liters_added=20
    )
    reading = MeterReading.objects.create(
        tenant=tenant, asset=asset, meter="run_hours", kind="delta", value=8, read_at=now - timedelta(days=1),
        source="daily_log", user=person, daily_log=log, reason=f"{word} reason",
    )  # fmt: skip
    void = MeterReading.objects.create(
        id=first, tenant=tenant, asset=asset, meter="run_hours", kind="correction", value=0, read_at=reading.read_at,
        source="technician", user=person, voids=reading, found_by=reading,
    )  # fmt: skip
    hours = post_reading(
        asset, "run_hours", 4, kind="delta", read_at=now - timedelta(hours=9), by=person, reason=f"{word} note"
    )
    return {
        "hours": hours,
        "identity": asset.identity,
        "photo": photo,
        "linked_label": QrLabel.objects.create(
            tenant=tenant, token=new_qr_token(tenant.pk), batch=f"{word} batch", asset=asset, linked_by=person,
            linked_at=now,
        ),
        "label": QrLabel.objects.create(
            tenant=tenant, token=new_qr_token(tenant.pk), batch=f"{word} batch", created_by=person
        ),
        "category": AssetCategory.objects.create(tenant=tenant, name=f"{word} kind"),
        "spec": AssetSpec.objects.create(tenant=tenant, asset=asset, specs={"voltage": f"{word} volts"}),
        "document": AssetDocument.objects.create(
            tenant=tenant, asset=asset, file=file, title=f"{word} manual", created_by=person
        ),
        "daily_log": log,
        "reading": reading,
        "void": void,
    }  # fmt: skip


def furnish_maintenance(asset, person, *, word, code) -> dict:
    """A schedule that is done with a longer one, whose order is a draft, and one that is due; an order in each other
    state; a code of each kind; and two requests, of which one waits.

    `begun` is in progress, with all that can be booked; `held` waits, with a task that failed, and was begun without
    approval. `link` is the private one of who reported what is answered.
    """
    tenant, now = asset.tenant, timezone.now()
    codes = {
        kind: FailureCode.objects.create(tenant=tenant, kind=kind, code=f"{code}{kind}", name=f"{word} {kind}")
        for kind in ("problem", "cause", "remedy")
    }
    number = next_numbers(tenant, f"{code}WO")[0]
    long = PmSchedule.objects.create(tenant=tenant, asset=asset, name=f"{word} quarterly", interval_months=3)
    short = PmSchedule.objects.create(
        tenant=tenant, asset=asset, name=f"{word} monthly", interval_months=1, suppressed_by_schedule=long
    )

    compressor = create_asset(tenant=tenant, name=f"{word} compressor", location=asset.location)
    due = PmSchedule.objects.create(
        tenant=tenant, asset=compressor, name=f"{word} weekly", interval_days=7, next_due_date="2026-01-02"
    )

    def order_of(suffix, **fields):
        return WorkOrder.objects.create(
            tenant=tenant, number=f"{number}{suffix}", title=f"{word} order", description=f"{word} words", asset=asset,
            created_by=person, **fields,
        )  # fmt: skip

    first = order_of("-0", origin="cm", location=asset.location, **codes)
    order = order_of("", origin="pm", pm_schedule=long, cycle=1)
    start = {"status": "in_progress", "started_at": now - timedelta(hours=1), "started_by": person}
    held = order_of("-3", origin="defect", **start, hold_reason="parts", is_unapproved=True, **codes)
    begun = order_of("-2", origin="cm", **start, assigned_to=person, **codes)
    secret = secrets.token_urlsafe(32)  # of a private link
    asked = {"tenant": tenant, "asset": asset, "description": f"{word} trouble"}
    answered = ServiceRequest.objects.create(
        **asked, number=f"{code}SR-{number}-2", reporter_name=f"{word} neighbour", status="converted", work_order=first,
        triaged_by=person, triaged_at=now, public_token_hash=hashed(secret),
    )  # fmt: skip
    first.service_request = answered
    first.save()
    return {
        "schedule": short,
        "long_schedule": long,
        "due_schedule": due,
        "order": order,
        "defect": first,
        "ready": order_of("-1", origin="defect", status="ready"),
        "begun": begun,
        "held": held,
        "closed": order_of("-4", origin="cm", status="closed", closed_at=now, closed_by=person, outcome="done", **codes),
        "covered": CoveredCycle.objects.create(tenant=tenant, work_order=order, pm_schedule=short, cycle=1),
        "task": WorkOrderTask.objects.create(tenant=tenant, work_order=order, description=f"{word} task"),
        "step": WorkOrderTask.objects.create(
            tenant=tenant, work_order=begun, description=f"{word} step", is_mandatory=False
        ),
        "failed": WorkOrderTask.objects.create(
            tenant=tenant, work_order=held, description=f"{word} step", result="fail", comment=f"{word} crack",
            done_by=person, done_at=now,
        ),
        "credit": PmCredit.objects.create(
            tenant=tenant, work_order=first, pm_schedule=long, cycle=9, performed_date="2026-01-02"
        ),
        "problem": codes["problem"],
        "cause": codes["cause"],
        "remedy": codes["remedy"],
        **furnish_work(begun, person, word=word, code=code),
        "request": ServiceRequest.objects.create(**asked, number=f"{code}SR-{number}-1", reported_by=person),
        "answered": answered,
        "link": text_of(answered, secret),
    }  # fmt: skip


def furnish_work(order, person, *, word, code) -> dict:
    """What went into an order: time, parts, of which one came back, a cost, and a comment."""
    tenant = order.tenant
    belt = create_part(tenant=tenant, sku=f"{code}BELT", name=f"{word} belt")
    store = create_stock(belt, 9, warehouse=create_warehouse(tenant=tenant, name=f"{word} shelf"))

    def used(undone=False):
        move = stores.consume(belt, 2, warehouse=store, reference=order.number, by=person)
        return Consumable.objects.create(
            tenant=tenant, work_order=order, part=belt, qty_used=move.quantity, value=move.value,
            cost_at_time=move.unit_cost, source="warehouse", move=move, used_by=person,
            undone=stores.unconsume(move, by=person) if undone else None,
        )  # fmt: skip

    return {
        "consumable": used(),
        "undone": used(undone=True),
        "belt": belt,
        "shelf": store,
        "labour": LabourEntry.objects.create(
            tenant=tenant, work_order=order, user=person, minutes=30, hourly_rate=40, note=f"{word} note",
            created_by=person,
        ),
        "cost": WorkOrderCost.objects.create(
            tenant=tenant, work_order=order, kind="contractor", supplier=f"{word} crane", reference=f"{word} bill",
            amount=250, created_by=person,
        ),
        "need": stores.reserve(belt, 3, reference=order.number, by=person),
        "comment": OrderComment.objects.create(
            tenant=tenant, work_order=order, text=f"{word} comment", user=person
        ),
    }  # fmt: skip


def furnish_logistics(tenant, person, colleague, place, *, word, code) -> dict:
    """A movement of each kind, each of a crate of its own: `leaving` is planned, with its pass, on a shipment; `away` is
    on its way on another, with its component, and offered to be taken; `lent` is late back; a yard being counted.

    `person` sent what is on its way: somebody else receives it.
    """
    dock = create_location(tenant=tenant, name=f"{word} dock", type="yard", parent=place)
    crates = (create_asset(tenant=tenant, name=f"{word} crate {n}", location=place) for n in range(10))
    conditions = {"condition_out": f"{word} scratch", "notes": f"{word} words"}

    def planned(to=dock, **fields):
        (row,) = logistics.plan_movements([next(crates)], to, by=colleague, **fields)
        for name, value in conditions.items():
            setattr(row, name, value)
        row.save()
        return row

    def shipment(number):
        row = Shipment(
            tenant=tenant, jms_reference=f"{code}TRIP-{number}", driver_name=f"{word} driver", vehicle=f"{word} lorry",
            notes=f"{word} words",
        )  # fmt: skip
        return logistics.save_shipment(row, by=person)

    truck, lorry, empty, laden = (shipment(number) for number in range(1, 5))
    planned(shipment=laden)
    leaving, loose, loaded = planned(shipment=truck), planned(), planned(shipment=lorry)
    create_asset(tenant=tenant, name=f"{word} lid", parent=loaded.asset)
    today = tenant.local(timezone.now()).date()
    lent = planned(returnable=True, expected_return=today)
    gate_pass = GatePass.objects.create(
        tenant=tenant, number=f"{code}PASS-1", token=new_qr_token(tenant.pk), bearer=f"{word} driver",
        vehicle=f"{word} lorry", valid_until=today + timedelta(days=7), issued_by=person,
        file=create_attachment(tenant=tenant, by=person),
    )  # fmt: skip
    leaving.gate_pass_ref = gate_pass.number
    leaving.save()
    (lent,) = logistics.dispatch_movements([lent], by=colleague, gate_pass_ref=f"{code}PASS-2")
    logistics.receive_movements([lent], by=person, condition=f"{word} dent")
    lorry = logistics.dispatch_shipment(lorry, by=colleague, gate_pass_ref=f"{code}PASS-3")
    (alone,) = logistics.dispatch_movements([planned()], by=colleague, gate_pass_ref=f"{code}PASS-4")
    lent = AssetMovement.objects.get(pk=lent.pk)
    lent.expected_return = today - timedelta(days=2)
    lent.save()
    lorry.manifest_pdf_url = "/files/manifest/"
    lorry.save()
    paper = SimpleUploadedFile(f"{word}.pdf", b"%PDF-1.4\n%%EOF\n")
    attach([store_upload(paper, tenant=tenant, by=person, pdf=True)], lorry)
    logistics.offer_handover(alone, by=colleague)
    offer, offer_code = logistics.offer_handover(lorry, by=colleague)
    create_asset(tenant=tenant, name=f"{word} digger", location=dock)
    count = logistics.start_yard_count(dock, by=person, note=f"{word} note")
    rows, crate = AssetMovement.objects.for_tenant(tenant), next(crates)
    return {
        "loose_code": loose.asset.identity.qr_token, "crate_code": crate.identity.qr_token,
        "leaving": rows.get(pk=leaving.pk), "loose": rows.get(pk=loose.pk), "away": rows.get(pk=loaded.pk),
        "alone": alone, "lent": lent, "truck": Shipment.objects.get(pk=truck.pk), "lorry": lorry,
        "empty": empty, "laden": laden, "dock": dock, "gate_pass": gate_pass, "offer": offer, "offer_code": offer_code, "yard_count": count,
        "yard_line": logistics.find_in_yard(count, next(crates), by=person), "crate": crate,
    }  # fmt: skip


def furnish_stores(tenant, person, colleague, *, word, code) -> dict:
    """A part in the bin of a warehouse and in wallets; some of it used, reserved, ordered, offered and counted."""
    store, van = (create_warehouse(tenant=tenant, name=f"{word} {name}") for name in ("store", "van"))
    spare = create_part(
        tenant=tenant, sku=f"{code}6204-2RS", name=f"{word} bearing", category=f"{word} bearings", supplier=f"{word} shop",
        barcode=f"{code}400638", min_level=20, max_level=50,
    )  # fmt: skip
    unit = stores.save_unit(PartUnit(tenant=tenant, part=spare, code="box", factor=12), by=person)
    free_unit = stores.save_unit(PartUnit(tenant=tenant, part=spare, code="drum", factor=200), by=person)
    picture = create_attachment(tenant=tenant, by=person)
    attach([picture], spare)
    other_code = stores.save_barcode(PartBarcode(tenant=tenant, part=spare, barcode=f"{code}990"), by=person)
    create_stock(spare, 13, warehouse=store, bin="A-3", unit_cost=2)
    stores.issue_to_wallet(spare, 4, warehouse=store, user=person, by=person)
    used = stores.consume(spare, 1, warehouse=store, reference=f"{word} order", by=person)
    stores.unconsume(used, quantity=Decimal("0.5"), by=person)
    stores.confirm_handover(stores.hand_over(spare, 1, giver=person, receiver=colleague, by=person), by=colleague)
    order = stores.mark_ordered(spare, 12, reference=f"{word} purchase", by=person)
    count = stores.start_count(store, note=f"{word} count", by=person)
    return {
        "store": store,
        "van": van,
        "spare": spare,
        "spare_unit": unit,
        "spare_code": other_code,
        "free_unit": free_unit,
        "spare_photo": picture,
        "stock": Stock.objects.get(part=spare),
        "wallet": Wallet.objects.get(part=spare, user=person),
        "move": StockMove.objects.get(pk=used.pk),
        "reservation": stores.reserve(spare, 3, reference=f"{word} plan", by=person),
        "purchase": order,
        "handover": stores.hand_over(spare, 1, giver=person, receiver=colleague, note=f"{word} note", by=person),
        "count": count,
        "line": stores.count_bin(count, spare, 9, bin="A-3", by=person),
    }
