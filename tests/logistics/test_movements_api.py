"""Movements, shipments, passes and yard counts for programs, by the services that the pages call."""

import pytest

from apps.logistics.models import AssetMovement
from apps.logistics.services import dispatch_movements, issue_gate_pass, offer_handover, plan_movements
from tests.api.client import Program
from tests.factories import create_asset, create_movement, create_person, photo


@pytest.fixture
def sent_by(tenant, sender):
    return Program(sender)


@pytest.fixture
def taken_by(tenant, taker):
    return Program(taker)


def test_a_movement_from_its_plan_to_its_receipt(tenant, hall, yard, shop, sent_by, taken_by, taker):
    grinder = create_asset(tenant=tenant, location=hall)

    made = sent_by.post(
        "movements/", {"asset": str(grinder.pk), "to_location": str(yard.pk), "notes": "mind the glass"}
    )
    assert (made.status_code, made.json()["status"], made.json()["from_location"]) == (201, "planned", str(hall.pk))
    at = f"movements/{made.json()['id']}/"
    refused = sent_by.post(f"{at}dispatch/", {})
    assert (refused.status_code, refused.json()["code"]) == (400, "pass_missing")
    gone = sent_by.post(f"{at}dispatch/", {"gate_pass_ref": "A-1", "condition": "clean"})
    assert (gone.status_code, gone.json()["status"], gone.json()["condition_out"]) == (200, "in_transit", "clean")
    assert sent_by.post(f"{at}receive/", {}).status_code == 403
    arrived = taken_by.post(f"{at}receive/", {"location": str(shop.pk), "condition": "scratched"})
    assert arrived.json()["received_location"] == str(shop.pk)
    assert arrived.json()["received_by"] == str(taker.pk)
    line = sent_by.get(f"assets/{grinder.pk}/custody/").json()["results"]
    assert [row["id"] for row in line] == [made.json()["id"]]


def test_photos_go_along_as_a_form(tenant, hall, yard, sent_by, taken_by, sender):
    row = create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender)

    answer = sent_by.client.post(
        f"/api/v1/movements/{row.pk}/dispatch/",
        {"gate_pass_ref": "A", "photos": photo()},
        headers={"Authorization": f"Token {sent_by.text}"},
    )

    assert answer.status_code == 200, answer.content
    files = sent_by.get(f"attachments/?entity_id={row.pk}").json()["results"]
    assert [file["entity_type"] for file in files] == ["asset_movements"]


def test_the_condition_of_one_thing_is_noted_with_a_photo(tenant, hall, yard, taken_by, sender):
    row = create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender, dispatched=True)

    answer = taken_by.client.post(
        f"/api/v1/movements/{row.pk}/condition/",
        {"condition": "a dent", "photos": photo()},
        headers={"Authorization": f"Token {taken_by.text}"},
    )

    assert (answer.status_code, answer.json()["condition_in"]) == (200, "a dent")
    assert len(AssetMovement.objects.get().photos_in) == 1
    assert taken_by.post(f"movements/{row.pk}/condition/", {}).status_code == 400


def test_a_stale_press_is_a_conflict(tenant, hall, yard, sent_by, sender):
    row = create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender)
    seen = sent_by.get(f"movements/{row.pk}/")["ETag"]
    changed = sent_by.patch(f"movements/{row.pk}/", {"notes": "soon"})
    assert changed.json()["notes"] == "soon"

    answer = sent_by.post(f"movements/{row.pk}/cancel/", {}, If_Match=seen)

    assert (answer.status_code, answer.json()["current"]["notes"]) == (409, "soon")
    kept = sent_by.patch(f"movements/{row.pk}/", {"asset": str(create_asset(tenant=tenant, location=hall).pk)})
    assert "asset" in kept.json()


def test_a_shipment_names_what_is_missing_and_what_is_none_of_it(tenant, hall, yard, sent_by, taken_by):
    shipment = sent_by.post("shipments/", {"jms_reference": "TRIP-1", "vehicle": "Lorry"}).json()
    at = f"shipments/{shipment['id']}/"
    assets = [create_asset(tenant=tenant, location=hall, name=name) for name in ("One", "Two")]
    rows = [str(row.pk) for row in plan_movements(assets, yard, by=None)]
    loaded = sent_by.post(f"{at}load/", {"movements": rows})
    assert loaded.json()["movements"] == rows
    assert sent_by.get(f"{at}manifest.pdf").status_code == 404
    issued = sent_by.post(f"{at}manifest/", {})
    assert issued.json()["manifest_pdf_url"].startswith("/files/")
    paper = sent_by.get(f"{at}manifest.pdf")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    assert sent_by.post(f"{at}dispatch/", {"gate_pass_ref": "A-7"}).json()["status"] == "in_transit"
    stray = create_asset(tenant=tenant, location=hall, name="Stray")

    answer = taken_by.post(f"{at}receive/", {"movements": rows[:1], "assets": [str(stray.pk)]}).json()

    assert (answer["status"], answer["receipt"]["missing"]) == ("partly_received", rows[1:])
    assert (answer["receipt"]["received"], answer["receipt"]["unexpected"]) == (rows[:1], [str(stray.pk)])
    assert "Still missing: Two." in answer["receipt"]["words"]


def test_a_pass_is_issued_for_several_shown_and_revoked(tenant, hall, yard, sent_by, sender):
    assets = [create_asset(tenant=tenant, location=hall, name=name) for name in ("One", "Two")]
    rows = [str(row.pk) for row in plan_movements(assets, yard, by=sender)]
    assert sent_by.get(f"movements/{rows[0]}/gate-pass.pdf").status_code == 404

    issued = sent_by.post("gate-passes/issue/", {"movements": rows, "bearer": "A driver"})

    assert (issued.status_code, issued.json()["number"]) == (201, "GP-000001")
    assert "token" not in issued.json()
    paper = sent_by.get(f"movements/{rows[1]}/gate-pass.pdf")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    gone = sent_by.post(f"gate-passes/{issued.json()['id']}/revoke/", {"reason": "wrong lorry"})
    assert gone.json()["revoked_at"]
    assert AssetMovement.objects.exclude(gate_pass_ref="").count() == 0


def test_what_is_lent_is_listed_and_brought_back(tenant, hall, shop, sent_by, taken_by, sender):
    grinder = create_asset(tenant=tenant, location=hall)
    body = {"asset": str(grinder.pk), "to_location": str(shop.pk), "returnable": True}
    assert "detail" in sent_by.post("movements/", body).json()
    made = sent_by.post("movements/", body | {"expected_return": "2099-01-02"}).json()
    sent_by.post(f"movements/{made['id']}/dispatch/", {"gate_pass_ref": "A"})
    taken_by.post(f"movements/{made['id']}/receive/", {})

    assert [row["id"] for row in sent_by.get("movements/?is_outstanding=true").json()["results"]] == [made["id"]]
    back = sent_by.post(f"movements/{made['id']}/return/", {})

    assert (back.status_code, back.json()["returns"], back.json()["to_location"]) == (201, made["id"], str(hall.pk))


def test_a_code_hands_over_once(tenant, hall, yard, sent_by, taken_by, sender, taker):
    row = create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender, dispatched=True)
    code = sent_by.post(f"movements/{row.pk}/hand-over/", {}).json()["code"]

    answer = taken_by.post("movements/take-over/", {"code": code})

    assert (answer.status_code, answer.json()["received"]) == (200, [str(row.pk)])
    assert taken_by.post("movements/take-over/", {"code": code}).json()["code"] == "code"
    (told,) = sent_by.get(f"custody-handovers/?movement={row.pk}").json()["results"]
    assert (told["given_by"], told["taken_by"], told["signature"]) == (str(sender.pk), str(taker.pk), None)
    assert told["taken_at"] and code.rpartition(".")[2] not in str(told)


def test_a_yard_is_counted(tenant, yard, hall, sent_by):
    create_asset(tenant=tenant, location=yard, name="Crane")
    press = create_asset(tenant=tenant, location=hall, name="Press")
    count = sent_by.post("yard-counts/", {"location": str(yard.pk)}).json()
    at = f"yard-counts/{count['id']}/"

    assert sent_by.post(f"{at}find/", {"asset": str(press.pk)}).json()["verdict"] == "unexpected"

    lines = sent_by.get(f"{at}lines/").json()["results"]
    assert sorted(line["verdict"] for line in lines) == ["missing", "unexpected"]
    assert sent_by.post(f"{at}close/", {}).json()["status"] == "closed"


@pytest.mark.parametrize("address", ["movements/", "shipments/", "gate-passes/", "custody-handovers/"])
def test_lists_cost_the_same_with_few_rows_and_many(tenant, hall, yard, sent_by, sender, taker, address, django_assert_max_num_queries):  # fmt: skip
    def add(count):
        assets = [create_asset(tenant=tenant, location=hall, name=f"M{number}") for number in range(count)]
        rows = plan_movements(assets, yard, by=sender)
        issue_gate_pass(rows, by=sender, address=str)
        for row in dispatch_movements(rows, by=sender):
            offer_handover(row, by=sender)
        sent_by.post("shipments/", {"jms_reference": f"T-{count}"})

    def asked():
        with django_assert_max_num_queries(100) as queries:
            assert sent_by.get(address).status_code == 200
        return len(queries)

    add(1)
    few = asked()
    add(5)
    assert asked() == few


def test_technicians_look_and_do_not_move(tenant, hall, yard, sender):
    row = create_movement(create_asset(tenant=tenant, location=hall), yard, by=sender)
    technician = Program(create_person(tenant=tenant, role="technician"))

    assert technician.get(f"movements/{row.pk}/").status_code == 200
    assert technician.post(f"movements/{row.pk}/cancel/", {}).status_code == 403
