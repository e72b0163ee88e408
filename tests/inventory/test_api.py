"""Stock and wallets through the API: the shapes of the answers, who may, and what is refused in which words."""

from decimal import Decimal

import pytest

from apps.inventory import services
from apps.inventory.models import PartUnit, StockMove, Wallet
from tests.api.client import Program
from tests.factories import create_part, create_person, create_stock, create_warehouse


@pytest.fixture
def part(tenant):
    return create_part(tenant=tenant, sku="6204-2RS", min_level=20, max_level=50, lead_days=7)


@pytest.fixture
def store(tenant):
    return create_warehouse(tenant=tenant, name="Main store")


def of(program, address) -> dict:
    answer = program.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def done(program, address, body, status=200) -> dict:
    answer = program.post(address, body)
    assert answer.status_code == status, answer.content
    return answer.json()


def refused(program, address, body, said, status=400):
    before = StockMove.objects.count()
    answer = program.post(address, body)
    assert answer.status_code == status, answer.content
    assert said in str(answer.json())
    assert StockMove.objects.count() == before


def received(store, **changes):
    return {"part": "6204-2RS", "warehouse": str(store.pk), "bin": "A-3", "qty": "12", "unit_cost": "2.5"} | changes


def test_receiving_answers_with_the_stock(part, store, supervisor):
    row = done(Program(supervisor), "stock/receive/", received(store, reference="DN-7", supplier="Bearings Ltd"))

    assert row == {
        "id": row["id"], "part": "6204-2RS", "warehouse": str(store.pk), "bin": "A-3", "qty_on_hand": "12.000",
        "value": "30.00000000", "unit_cost": "2.5000", "reserved": "0.000", "available": "12.000",
    }  # fmt: skip
    assert of(Program(supervisor), f"stock/{row['id']}/") == row


def test_receiving_wants_the_cost_and_known_places(part, store, supervisor):
    program = Program(supervisor)
    refused(program, "stock/receive/", received(store, unit_cost="0"), "say that it was free of charge")
    refused(program, "stock/receive/", received(store, unit_cost=None), "Say what one costs")
    refused(program, "stock/receive/", received(store, qty="1.2345"), "no more than 3 decimal places")
    refused(program, "stock/receive/", received(store, qty="0"), "greater than or equal to 0.001")
    refused(program, "stock/receive/", received(store, qty="-1"), "greater than or equal to 0.001")
    refused(program, "stock/receive/", received(store, unit="box"), "6204-2RS does not come in “box”.")
    refused(program, "stock/receive/", received(store, part="6205"), "There is no “6205”.")
    done(program, "stock/receive/", received(store, unit_cost="0", cost="zero"))
    services.save_unit(PartUnit(tenant=part.tenant, part=part, code="box", factor=12), by=None)
    row = done(program, "stock/receive/", received(store, qty="2", unit="box", unit_cost="30"))
    assert (row["qty_on_hand"], row["value"]) == ("36.000", "60.00000000")


def test_a_key_receives_once(part, store, supervisor):
    program = Program(supervisor)
    answers = [program.post("stock/receive/", received(store), Idempotency_Key="k") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3 and StockMove.objects.count() == 1
    assert program.post("stock/receive/", received(store, qty="13"), Idempotency_Key="k").status_code == 422


def test_transferring_and_adjusting(part, store, supervisor, manager):
    other = create_warehouse(tenant=part.tenant)
    create_stock(part, 10, warehouse=store, bin="A-3", unit_cost=2)
    body = {"part": "6204-2RS", "from": str(store.pk), "to": str(other.pk), "qty": "4", "to_bin": "B-1"}
    row = done(Program(supervisor), "stock/transfer/", body)
    assert (row["warehouse"], row["bin"], row["qty_on_hand"], row["value"]) == (
        str(other.pk),
        "B-1",
        "4.000",
        "8.00000000",
    )
    refused(
        Program(supervisor), "stock/transfer/", body | {"qty": "7"},
        "Only 6 pcs of 6204-2RS are in bin A-3 of Main store; 7 were asked for.",
    )  # fmt: skip
    body = {"part": "6204-2RS", "warehouse": str(store.pk), "bin": "A-3", "qty": "-1", "reason": "broken"}
    refused(Program(supervisor), "stock/adjust/", body, "not_allowed", status=403)
    assert done(Program(manager), "stock/adjust/", body)["qty_on_hand"] == "5.000"
    assert done(Program(manager), "stock/adjust/", body | {"qty": "2"})["qty_on_hand"] == "7.000"


def test_counting_is_blind_and_differences_are_posted_by_a_manager(part, store, supervisor, manager):
    create_stock(part, 10, warehouse=store, bin="A-3", unit_cost=2)
    body = {"part": "6204-2RS", "warehouse": str(store.pk), "bin": "A-3", "qty": "9"}
    line = done(Program(supervisor), "stock/count/", body)
    assert set(line) == {"id", "count", "part", "bin", "qty_counted", "counted_by", "counted_at"}
    again = Program(manager).post("stock/count/", body)
    assert again.status_code == 409 and "was counted by" in again.json()["detail"]

    (found,) = of(Program(supervisor), f"stock-count-lines/?count={line['count']}&differs=true")["results"]
    assert (found["qty_expected"], found["qty_counted"], found["variance"]) == ("10.000", "9.000", "-1.000")
    post = f"stock-counts/{line['count']}/post/"
    refused(Program(supervisor), post, {"reason": "stocktaking"}, "not_allowed", status=403)
    refused(Program(manager), post, {}, "a reason is needed")
    assert done(Program(manager), post, {"reason": "stocktaking"})["status"] == "posted"
    assert of(Program(manager), "stock/")["results"][0]["qty_on_hand"] == "9.000"


def test_a_technician_returns_the_own_parts_and_nobody_elses(part, store, technician, supervisor):
    create_stock(part, 10, warehouse=store, unit_cost=2)
    body = {"user": str(technician.pk), "part": "6204-2RS", "qty": "4", "warehouse": str(store.pk)}
    refused(Program(technician), "wallets/issue/", body, "not_allowed", status=403)
    row = done(Program(supervisor), "wallets/issue/", body)
    assert row == {
        "id": row["id"], "user": str(technician.pk), "part": "6204-2RS", "qty_held": "4.000", "value": "8.00000000",
        "unit_cost": "2.0000",
    }  # fmt: skip

    assert done(Program(technician), "wallets/return/", body | {"qty": "1"})["qty_held"] == "3.000"
    other = Program(create_person(tenant=part.tenant, role="technician"))
    refused(other, "wallets/return/", body | {"qty": "1"}, "ask a supervisor", status=403)
    assert done(Program(supervisor), "wallets/return/", body | {"qty": "3"})["unit_cost"] is None


def test_a_handover_is_confirmed_by_its_receiver(part, store, technician, supervisor):
    create_stock(part, 10, warehouse=store)
    services.issue_to_wallet(part, 4, warehouse=store, user=technician, by=None)
    offered = done(
        Program(technician), "handovers/offer/",
        {"part": "6204-2RS", "quantity": "3", "to_user": str(supervisor.pk), "note": "for line 2"}, status=201,
    )  # fmt: skip
    at = f"handovers/{offered['id']}/"
    refused(Program(technician), f"{at}confirm/", {}, "can confirm this", status=403)
    assert done(Program(supervisor), f"{at}confirm/", {})["status"] == "confirmed"
    assert Wallet.objects.get(user=supervisor).qty_held == 3


def test_the_moves_of_a_part_newest_first_in_pages(part, store, supervisor):
    create_stock(part, 10, warehouse=store, bin="A-3")
    services.issue_to_wallet(part, 4, warehouse=store, user=supervisor, by=supervisor, reference="WO-1")
    page = of(Program(supervisor), "parts/6204-2RS/moves/?limit=1")
    (move,) = page["results"]

    assert (move["kind"], move["quantity"], move["reference"]) == ("issue", "4.000", "WO-1")
    assert move["from"] == {"warehouse": str(store.pk), "bin": "A-3", "user": None}
    assert move["to"] == {"warehouse": None, "bin": "", "user": str(supervisor.pk)}
    (first,) = of(Program(supervisor), page["next"])["results"]
    assert (first["kind"], first["from"]) == ("receive", None)


def test_what_to_reorder_of_one_part_and_of_all(part, store, supervisor):
    create_stock(part, 12, warehouse=store)
    services.reserve(part, 3, reference="WO-1", by=None)
    fine = create_part(tenant=part.tenant, sku="FINE", min_level=Decimal(1))
    create_stock(fine, 5, warehouse=store)
    line = of(Program(supervisor), "parts/6204-2RS/reorder/")

    assert (line["available"], line["suggested"], line["is_due"]) == ("9.000", "41.000", True)
    assert of(Program(supervisor), "parts/reorder/")["results"] == [line]
    assert of(Program(supervisor), "parts/FINE/reorder/")["is_due"] is False
    shown = of(Program(supervisor), "parts/6204-2RS/")
    assert (shown["on_hand"], shown["reserved"], shown["available"]) == ("12.000", "3.000", "9.000")


def test_parts_are_the_managers(part, supervisor, manager):
    refused(Program(supervisor), "parts/", {"sku": "S-1", "name": "Seal"}, "not_allowed", status=403)
    assert done(Program(manager), "parts/", {"sku": "S-1", "name": "Seal"}, status=201)["unit"] == "pcs"
    refused(Program(manager), "parts/", {"sku": "S-2", "name": "x", "barcode": "6204-2RS"}, "“6204-2RS” is of 6204-2RS")
    refused(Program(manager), "parts/", {"sku": "S-1", "name": "x"}, "“S-1” is taken")
