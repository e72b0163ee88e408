"""Orders through the API: the shapes of the answers, who may, what moves, and what is refused in which words."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.core.models import Attachment
from apps.inventory import services as stores
from apps.inventory.models import Stock
from apps.maintenance import services
from apps.maintenance.models import Consumable, FailureCode, LabourEntry, WorkOrder, WorkOrderCost, WorkOrderTask
from tests.api.client import Program
from tests.api.floor import done, nothing_written, refused
from tests.factories import (
    create_asset,
    create_location,
    create_order_of,
    create_part,
    create_person,
    create_schedule,
    create_station,
    create_stock,
    photo,
)

ORDER = {
    "number", "asset", "location", "station", "title", "description", "status", "origin", "trigger", "priority",
    "assigned_to", "due_date", "due_meter", "planned_start", "planned_end", "estimated_minutes", "is_unapproved",
    "approved_by", "started_at", "started_by", "finished_at", "finished_by", "performed_at", "closed_at", "closed_by",
    "outcome", "hold_reason", "problem", "cause", "remedy", "down_from", "down_until", "pm_schedule", "missed",
    "covered_by", "service_request", "follows", "reason", "tasks", "consumables", "labour_minutes", "cost", "created_by",
    "created_at", "version",
}  # fmt: skip
CODES = {"problem": "leaks", "cause": "worn", "remedy": "replaced"}


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant, location=create_location(tenant=tenant, name="Hall"))


@pytest.fixture
def codes(tenant):
    for kind, code in CODES.items():
        FailureCode.objects.create(tenant=tenant, kind=kind, code=code, name=code.title())


@pytest.fixture
def works(technician):
    return Program(technician)


@pytest.fixture
def leads(supervisor):
    return Program(supervisor)


@pytest.fixture
def begun(asset, technician):
    return create_order_of(asset, by=technician, status="in_progress")


def act(program, order, name, body=None, status=200, **headers):
    return done(program.post(f"work-orders/{order}/{name}/", body, **headers), ORDER, status)


def send_form(program, address, data):
    return program.client.post(f"/api/v1/{address}", data, headers={"Authorization": f"Token {program.text}"})


# --- made and changed ---


def test_an_order_is_made_by_a_technician_and_is_a_draft(works, technician, asset, tenant):
    create_station(tenant=tenant, code="ST-01")
    body = {"asset": str(asset.pk), "station": "ST-01", "title": "Leaks", "origin": "defect", "priority": "high"}

    said = done(works.post("work-orders/", body), ORDER, 201)

    assert said["number"] == "WO-000001" and said["status"] == "draft" and said["version"] == 1
    assert {name: said[name] for name in body} == body
    assert (said["tasks"], said["consumables"], said["labour_minutes"], said["cost"]) == ([], [], 0, "0.00")
    assert said["created_by"] == str(technician.pk)
    assert works.get("work-orders/WO-000001/").json() == said


def test_what_an_order_cannot_be_is_said(works, asset, operator, technician, tenant):
    body = {"asset": str(asset.pk), "title": "Leaks", "origin": "defect"}
    gone = create_person(tenant=tenant, role="technician", is_active=False)
    operates = Program(operator)
    with nothing_written():
        refused(works.post("work-orders/", {"title": "Paint", "origin": "cm"}), 400, "an asset, a place or a station")
        refused(works.post("work-orders/", body | {"status": "ready"}), 400, "not changed here")
        refused(works.post("work-orders/", body | {"origin": "whim"}), 400, "not a valid choice")
        refused(works.post("work-orders/", body | {"down_until": timezone.now().isoformat()}), 400, "before it stood")
        refused(works.post("work-orders/", body | {"assigned_to": str(operator.pk)}), 403, "A supervisor says whose")
        refused(works.post("work-orders/", body | {"assigned_to": str(gone.pk)}), 403)
        refused(operates.post("work-orders/", body), 403, code="not_allowed")
    assert done(works.post("work-orders/", body | {"assigned_to": str(technician.pk)}), ORDER, 201)["assigned_to"]


def test_an_order_is_changed_by_who_made_or_has_it_or_a_supervisor(works, leads, asset, technician, tenant):
    create_order_of(asset, by=None)
    at = "work-orders/WO-000001/"
    refused(works.patch(at, {"title": "Leaks oil"}), 403, "is changed by who made it")
    assert done(leads.patch(at, {"title": "Leaks oil"}), ORDER)["title"] == "Leaks oil"
    act(leads, "WO-000001", "assign", {"user": str(technician.pk)})

    said = done(works.patch(at, {"due_date": "2027-01-31", "priority": "low"}), ORDER)

    assert (said["due_date"], said["priority"]) == ("2027-01-31", "low")
    refused(works.patch(at, {"assigned_to": None}), 403, "A supervisor says whose")
    refused(leads.patch(at, {"asset": str(create_asset(tenant=tenant).pk)}), 400, "stays with what it was made for")
    refused(leads.patch(at, {"origin": "pm"}), 400, "stays with what it was made for")
    assert done(leads.put(at, said), ORDER) == said | {"version": said["version"] + 1}


def test_a_change_rests_on_the_version_that_was_seen(leads, begun):
    at = f"work-orders/{begun}/"
    seen = leads.get(at)
    assert seen["ETag"] == f'"{begun.version}"'
    leads.patch(at, {"title": "Other"})
    now = leads.get(at).json()
    with nothing_written():
        for refusal in (
            leads.patch(at, {"title": "Mine"}, If_Match=seen["ETag"]),
            leads.post(f"{at}hold/", {"reason": "parts"}, If_Match=seen["ETag"]),
            leads.post(f"{at}close/", {"outcome": "not_done", "reason": "x"}, If_Match=seen["ETag"]),
            leads.post(f"{at}time/", {"minutes": 5}, If_Match=seen["ETag"]),
            leads.post(f"{at}costs/", {"kind": "other", "amount": "5"}, If_Match=seen["ETag"]),
        ):
            assert refused(refusal, 409, "has changed meanwhile", code="conflict")["current"] == now
    assert leads.post(f"{at}time/", {"minutes": 5}, If_Match=f'"{now["version"]}"').status_code == 200


# --- its life ---


def test_from_the_draft_to_the_closed_order(works, leads, asset, codes, technician, supervisor):
    create_order_of(asset, by=technician)
    refused(works.post("work-orders/WO-000001/start/"), 400, "cannot become in progress")
    refused(works.post("work-orders/WO-000001/approve/"), 403)
    assert act(leads, "WO-000001", "approve")["status"] == "ready"

    said = act(works, "WO-000001", "start")
    assert (said["status"], said["assigned_to"], said["started_by"]) == ("in_progress", *[str(technician.pk)] * 2)
    assert act(works, "WO-000001", "hold", {"reason": "parts"})["hold_reason"] == "parts"
    assert act(works, "WO-000001", "resume")["hold_reason"] == ""
    assert act(works, "WO-000001", "finish")["finished_by"] == str(technician.pk)
    with nothing_written():
        refused(works.post("work-orders/WO-000001/close/", {"problem": "leaks"}), 400, "cause, remedy", code="codes")
        refused(works.post("work-orders/WO-000001/close/", CODES | {"cause": "leaks"}), 400, "There is no “leaks”")
    said = act(works, "WO-000001", "close", CODES)
    assert {name: said[name] for name in CODES} == CODES
    assert (said["status"], said["outcome"], said["closed_by"]) == ("closed", "done", str(technician.pk))
    again = leads.post("work-orders/WO-000001/close/", CODES)
    refused(again, 400, f"was closed by {technician}", code="closed")
    refused(works.post("work-orders/WO-000001/reopen/", {"reason": "x"}), 403)
    refused(leads.post("work-orders/WO-000001/reopen/"), 400, "required")
    assert act(leads, "WO-000001", "reopen", {"reason": "leaks again"})["status"] == "in_progress"
    assert act(leads, "WO-000001", "close", {"outcome": "not_done", "reason": "sold"})["outcome"] == "not_done"


def test_an_order_is_given_back_and_cancelled(works, leads, asset, begun):
    assert act(works, begun, "return")["status"] == "ready"
    act(works, begun, "start")
    act(works, begun, "time", {"minutes": 15})
    refused(works.post(f"work-orders/{begun}/return/"), 403, "a supervisor gives it back")
    refused(leads.post(f"work-orders/{begun}/return/"), 400, "Say why", code="reason_needed")
    assert act(leads, begun, "return", {"reason": "urgent work"})["reason"] == "urgent work"
    refused(leads.post(f"work-orders/{begun}/cancel/", {"reason": "x"}), 400, code="booked")
    other = create_order_of(asset)
    assert act(leads, other, "cancel", {"reason": "made twice"})["status"] == "cancelled"


def test_a_critical_order_is_closed_by_another_person(works, leads, asset, codes, technician):
    order = create_order_of(asset, by=technician, status="in_progress", priority="critical")

    assert act(works, order, "finish")["hold_reason"] == "review"
    refused(works.post(f"work-orders/{order}/close/", CODES), 403, "another person closes it")
    assert act(leads, order, "close", CODES)["status"] == "closed"


# --- late entries ---


def test_what_a_device_kept_counts_from_when_it_was(works, asset, codes, technician):
    order = create_order_of(asset, by=technician, status="ready")
    begin = timezone.now() - timedelta(hours=5)

    def at(hours):
        return {"occurred_at": (begin + timedelta(hours=hours)).isoformat()}

    assert parse_datetime(act(works, order, "start", at(0))["started_at"]) == begin
    act(works, order, "timer/start", at(0))
    act(works, order, "hold", {"reason": "parts"} | at(1))
    assert LabourEntry.objects.get().minutes == 60
    act(works, order, "resume", at(1.5))
    act(works, order, "timer/start", at(2))
    part = create_part(tenant=order.tenant, sku="6204-2RS")
    stores.issue_to_wallet(part, 1, warehouse=create_stock(part, 1), user=technician, by=None)
    act(works, order, "consume", {"part": "6204-2RS", "qty": "1", "source": "wallet"} | at(2))
    assert Consumable.objects.get().created_at == begin + timedelta(hours=2)
    assert act(works, order, "timer/stop", at(2.5))["labour_minutes"] == 90
    done(works.post(f"work-orders/{order}/comments/", {"text": "x"} | at(3)), {"id", "work_order", "text", "user", "created_at"}, 201)  # fmt: skip
    assert parse_datetime(act(works, order, "finish", at(4))["finished_at"]) == begin + timedelta(hours=4)
    said = act(works, order, "close", CODES | at(4.5))
    assert parse_datetime(said["closed_at"]) == begin + timedelta(hours=4.5)
    assert parse_datetime(said["performed_at"]) == begin + timedelta(hours=4)


@pytest.mark.parametrize(
    "name, body",
    [
        ("hold", {"reason": "parts"}),
        ("finish", {}),
        ("close", {"outcome": "not_done", "reason": "x"}),
        ("time", {"minutes": 5}),
        ("timer/start", {}),
        ("timer/stop", {}),
        ("comments", {"text": "x"}),
        ("approve", {}),
        ("assign", {"user": None}),
        ("resume", {}),
        ("return", {"reason": "x"}),
        ("reopen", {"reason": "x"}),
        ("cancel", {"reason": "x"}),
        ("consume", {"part": "6204-2RS", "qty": "1", "source": "wallet"}),
    ],
)
def test_late_is_within_a_week_and_not_ahead(works, leads, begun, tenant, name, body):
    if name in ("hold", "timer/stop"):
        act(works, begun, "timer/start")
    create_part(tenant=tenant, sku="6204-2RS")
    works = leads if name in ("approve", "assign", "return", "reopen", "cancel") else works
    now, at = timezone.now(), f"work-orders/{begun}/{name}/"
    with nothing_written():
        refused(works.post(at, body | {"occurred_at": (now + timedelta(minutes=5)).isoformat()}), 400, "in the future")
        old = (now - timedelta(days=7, minutes=1)).isoformat()
        refused(works.post(at, body | {"occurred_at": old}), 400, "more than 7 days ago")
        refused(works.post(at, body | {"occurred_at": "yesterday"}), 400, "with its offset")


# --- tasks ---


def task_of(order, **fields):
    return WorkOrderTask.objects.create(tenant=order.tenant, work_order=order, **{"description": "Look"} | fields)


def test_a_task_is_recorded_and_the_order_shows_it(works, begun, technician):
    task = task_of(begun, kind="number", unit="bar", min=5, max=7)

    said = act(works, begun, f"tasks/{task.pk}/result", {"result": "pass", "value": "6.2"})

    (shown,) = said["tasks"]
    assert (shown["result"], shown["value"], shown["min"], shown["max"]) == ("pass", "6.2", 5.0, 7.0)
    assert shown["done_by"] == str(technician.pk)
    refused(
        works.post(f"work-orders/{begun}/tasks/{task.pk}/result/", {"result": "pass", "value": "9"}), 400,
        "Say what is wrong", code="comment_needed",
    )  # fmt: skip
    refused(works.post(f"work-orders/{begun}/tasks/{task.pk}/result/", {"result": "pass", "value": 6}), 400, "string")


def test_a_task_is_put_on_an_order(works, begun):
    body = {"description": "Pressure", "kind": "number", "unit": "bar", "min": 5.5, "max": "7", "is_mandatory": False}

    (task,) = act(works, begun, "tasks", body)["tasks"]

    assert {name: task[name] for name in body} == body | {"max": 7.0}
    with nothing_written():
        refused(works.post(f"work-orders/{begun}/tasks/", body | {"max": 5}), 400, "less than `min`")
        refused(works.post(f"work-orders/{begun}/tasks/", body | {"kind": "song"}), 400, "not a valid choice")


def test_a_failed_task_is_followed_up_or_waived(works, leads, begun):
    first, second = task_of(begun), task_of(begun, position=1)
    for task in (first, second):
        act(works, begun, f"tasks/{task.pk}/result", {"result": "fail", "comment": "cracked"})

    said = act(works, begun, f"tasks/{first.pk}/follow-up", {"title": "Change it", "priority": "high"})

    number = said["tasks"][0]["follow_up"]
    follows = works.get(f"work-orders/{number}/").json()
    assert (follows["title"], follows["priority"], follows["follows"]) == ("Change it", "high", str(begun))
    refused(works.post(f"work-orders/{begun}/tasks/{second.pk}/waive/", {"reason": "x"}), 403)
    assert act(leads, begun, f"tasks/{second.pk}/waive", {"reason": "sold soon"})["tasks"][1]["waiver"] == "sold soon"


def test_a_task_takes_photos(works, begun):
    task = task_of(begun, kind="photo")
    at = f"work-orders/{begun}/tasks/{task.pk}/result/"
    refused(works.post(at, {"result": "pass"}), 400, "Take a photo", code="photo_needed")

    assert done(send_form(works, at, {"result": "pass", "photos": [photo()]}), ORDER)["tasks"][0]["result"] == "pass"
    assert Attachment.objects.get().entity_id == task.pk


@pytest.mark.parametrize("wrong", ["x", "00000000-0000-0000-0000-000000000000", "%00", "1"])
def test_a_task_that_is_none_or_of_another_order_is_not_there(works, asset, begun, wrong):
    other = create_order_of(asset, by=None, status="ready")
    theirs = task_of(other)
    with nothing_written():
        for key in (wrong, theirs.pk):
            refused(works.post(f"work-orders/{begun}/tasks/{key}/result/", {"result": "pass"}), 404)
            refused(works.post(f"work-orders/{begun}/consumables/{key}/undo/"), 404)


# --- time, parts, costs, comments ---


def test_what_goes_into_an_order_adds_up(works, leads, begun, technician, tenant):
    technician.labour_rate = 40
    technician.save()
    part = create_part(tenant=tenant, sku="6204-2RS")
    store = create_stock(part, 10, unit_cost="2.5")
    stores.issue_to_wallet(part, 4, warehouse=store, user=technician, by=None)
    works = Program(technician)

    act(works, begun, "time", {"minutes": 45, "note": "with care"})
    act(works, begun, "consume", {"part": "6204-2RS", "qty": "2", "source": "wallet"})
    act(works, begun, "consume", {"part": "6204-2RS", "qty": "1", "source": "warehouse", "warehouse": str(store.pk)})
    said = act(leads, begun, "costs", {"kind": "contractor", "amount": "-7.25", "supplier": "Cranes Ltd"})

    assert said["labour_minutes"] == 45 and said["cost"] == "30.25"  # 30 + 7.50 − 7.25
    first, second = said["consumables"]
    assert {name: first[name] for name in ("part", "qty_used", "cost_at_time", "source")} == {
        "part": "6204-2RS", "qty_used": "2.000", "cost_at_time": "2.5000", "source": "wallet",
    }  # fmt: skip
    said = act(works, begun, f"consumables/{second['id']}/undo")
    assert said["consumables"] == [first] and said["cost"] == "27.75"
    assert Stock.objects.get().qty_on_hand == 6


def test_parts_are_kept_for_an_order(works, begun, tenant):
    part = create_part(tenant=tenant, sku="6204-2RS")
    store = create_stock(part, 5)

    act(works, begun, "needs", {"part": "6204-2RS", "qty": "3", "warehouse": str(store.pk)})

    (kept,) = works.get(f"reservations/?reference={begun}").json()["results"]
    assert (kept["part"], kept["quantity"]) == ("6204-2RS", "3.000")


def test_what_cannot_be_booked_is_said(works, leads, begun, operator, supervisor, tenant):
    part = create_part(tenant=tenant, sku="6204-2RS")
    store = create_stock(part, 1)
    at, operates = f"work-orders/{begun}", Program(operator)
    used = {"part": "6204-2RS", "qty": "2", "source": "warehouse", "warehouse": str(store.pk)}
    with nothing_written():
        refused(works.post(f"{at}/consume/", used), 400, "Only 1 pcs of 6204-2RS")
        refused(works.post(f"{at}/consume/", used | {"qty": "0"}), 400, "greater than or equal")
        refused(works.post(f"{at}/consume/", {"part": "6204-2RS", "qty": "1", "source": "warehouse"}), 400, "warehouse")
        other = {"part": "6204-2RS", "qty": "1", "source": "wallet", "user": str(supervisor.pk)}
        refused(works.post(f"{at}/consume/", other), 403, "own wallet")
        refused(works.post(f"{at}/time/", {"minutes": 5, "user": str(supervisor.pk)}), 403, "A supervisor books")
        refused(works.post(f"{at}/time/", {"minutes": 1441}), 400, "from 1 to 1440")
        refused(works.post(f"{at}/time/", {"minutes": 0}), 400, "greater than or equal to 1")
        refused(works.post(f"{at}/timer/stop/"), 400, "No time of")
        refused(works.post(f"{at}/costs/", {"kind": "other", "amount": "5"}), 403)
        refused(leads.post(f"{at}/costs/", {"kind": "gift", "amount": "5"}), 400, "not a valid choice")
        refused(works.post(f"{at}/comments/", {}), 400, "Write something")
        refused(operates.post(f"{at}/comments/", {"text": "x"}), 403)


def test_a_supervisor_ends_anothers_time(works, leads, begun, technician):
    act(works, begun, "timer/start")
    body = {"outcome": "not_done", "reason": "sold"}
    refused(leads.post(f"work-orders/{begun}/close/", body), 400, f"The time of {technician}", code="timer")

    assert act(leads, begun, "timer/stop", {"user": str(technician.pk), "minutes": 5})["labour_minutes"] == 5
    act(works, begun, "timer/start")
    assert act(leads, begun, "close", body | {"end_timers_of_others": True})["status"] == "closed"


def test_a_comment_takes_photos(works, begun, technician):
    said = send_form(works, f"work-orders/{begun}/comments/", {"text": "see", "photos": [photo()]}).json()

    assert (said["work_order"], said["text"], said["user"]) == (str(begun), "see", str(technician.pk))
    assert str(Attachment.objects.get().entity_id) == said["id"]


def rows(program, address) -> list:
    answer = program.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_what_went_into_orders_is_listed_and_taken_back(works, leads, begun, asset, technician, supervisor, tenant):
    other = create_order_of(asset, by=supervisor, status="in_progress")
    part = create_part(tenant=tenant, sku="6204-2RS")
    store = create_stock(part, 10)
    used = {"part": "6204-2RS", "qty": "1", "source": "warehouse", "warehouse": str(store.pk)}
    for order in (begun, other):
        act(leads, order, "time", {"minutes": 5, "note": "so"})
        act(leads, order, "costs", {"kind": "other", "amount": "7"})
        act(works, order, "consume", used)
    act(works, begun, "time", {"minutes": 20})
    act(works, begun, "timer/start")
    back = act(works, begun, "consume", used)["consumables"][-1]
    act(works, begun, f"consumables/{back['id']}/undo")

    theirs, own, running = rows(works, f"labour/?work_order={begun}")
    (cost,) = rows(leads, f"costs/?work_order={begun}")
    assert [row["minutes"] for row in (theirs, own, running)] == [5, 20, None] and theirs["note"] == "so"
    assert own["user"] == str(technician.pk) and own["work_order"] == str(begun) and "hourly_rate" not in own
    assert rows(works, "labour/?is_running=true") == [running]
    assert len(rows(works, f"labour/?user={supervisor.pk}")) == 2
    assert [row["is_undone"] for row in rows(works, f"consumables/?work_order={begun}")] == [False, True]
    assert [row["id"] for row in rows(works, "consumables/?is_undone=true&part=6204-2RS")] == [back["id"]]
    assert (cost["amount"], cost["kind"], cost["work_order"]) == ("7.00", "other", str(begun))
    refused(works.get("costs/"), 403)
    with nothing_written():
        refused(works.delete(f"labour/{theirs['id']}/"), 403, "a supervisor takes it back")
        refused(works.delete(f"costs/{cost['id']}/"), 403)
        refused(works.delete(f"labour/{own['id']}/", If_Match='"0"'), 409, "has changed meanwhile")
    assert works.delete(f"labour/{own['id']}/").status_code == 204
    assert leads.delete(f"labour/{theirs['id']}/").status_code == 204
    assert leads.delete(f"costs/{cost['id']}/").status_code == 204
    refused(works.delete(f"labour/{own['id']}/"), 404)
    said = works.get(f"work-orders/{begun}/").json()
    assert said["labour_minutes"] == 0 and WorkOrderCost.objects.filter(work_order=begun).count() == 0


def test_of_an_order_that_is_over_no_time_is_taken_back(works, begun):
    act(works, begun, "time", {"minutes": 20})
    act(works, begun, "close", {"outcome": "not_done", "reason": "sold"})
    (row,) = rows(works, f"labour/?work_order={begun}")

    with nothing_written():
        refused(works.delete(f"labour/{row['id']}/"), 400, "is closed")


def test_the_lists_of_what_went_into_orders_cost_the_same_however_long(leads, begun, tenant):
    part, counts = create_part(tenant=tenant, sku="6204-2RS"), []
    used = {"part": "6204-2RS", "qty": "1", "source": "warehouse", "warehouse": str(create_stock(part, 20).pk)}
    for many in (1, 5):
        for _number in range(many):
            act(leads, begun, "time", {"minutes": 5})
            act(leads, begun, "costs", {"kind": "other", "amount": "7"})
            act(leads, begun, "consume", used)
        for address in ("labour/", "costs/", "consumables/"):
            with CaptureQueriesContext(connection) as asked:
                rows(leads, address)
            counts.append(len(asked))

    assert counts[:3] == counts[3:]


# --- lists ---


def numbers(program, **query):
    address = "work-orders/?" + "&".join(f"{name}={value}" for name, value in query.items())
    answer = program.get(address)
    assert answer.status_code == 200, answer.content
    return sorted(row["number"] for row in answer.json()["results"])


def test_orders_are_found_by_what_they_are(works, asset, begun, technician, tenant):
    today = services.today_of(tenant)
    site = create_location(tenant=tenant, name="Site")
    hall = create_location(tenant=tenant, name="Hall", type="building", parent=site)
    far = create_order_of(create_asset(tenant=tenant, name="Pump", location=hall), priority="critical", due_date=today)
    late = create_order_of(asset, due_date=today - timedelta(days=1), origin="cm")
    station = create_station(tenant=tenant, code="ST-01")
    here = services.create_order(WorkOrder(tenant=tenant, station=station, title="Paint", origin="cm"), by=None)
    schedule = create_schedule(asset=asset, first_due_date=today)
    (due,) = services.generate_orders(tenant).orders
    act(works, begun, "hold", {"reason": "access"})

    assert numbers(works, status="in_progress") == numbers(works, hold_reason="access") == [str(begun)]
    assert numbers(works, assigned_to=technician.pk) == [str(begun)]
    assert numbers(works, location=site.pk) == numbers(works, priority="critical") == [str(far)]
    assert numbers(works, station="ST-01") == numbers(works, search="pain") == [str(here)]
    assert numbers(works, is_overdue="true") == numbers(works, due_before=today) == [str(late)]
    assert numbers(works, is_overdue="false") == sorted(map(str, (begun, far, here, due)))
    assert numbers(works, pm_schedule=schedule.pk) == numbers(works, origin="pm") == [str(due)]
    assert numbers(works, asset=asset.pk) == sorted(map(str, (begun, late, due)))
