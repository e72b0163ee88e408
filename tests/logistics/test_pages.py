"""The pages of logistics: lists, one movement, acts on it, shipments by scanning, handovers, passes, custody, yards."""

import pytest
from django.test import Client
from django.utils import timezone

from apps.logistics import services
from apps.logistics.models import AssetMovement, GatePass, MovementStatus, Shipment, ShipmentStatus, YardCount
from apps.registry.models import Asset, AssetStatus
from tests.factories import create_asset, create_location, create_movement, create_person, photo


@pytest.fixture
def client(supervisor):
    return signed_in(supervisor)


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def yard(tenant):
    return create_location(tenant=tenant, name="Yard")


def crate(tenant, name="Crate", code="", **fields):
    return create_asset(tenant=tenant, name=name, identity={"client_code": code}, **fields)


def text(answer) -> str:
    return answer.content.decode()


# --- movements


def test_assets_are_scanned_one_after_the_other_and_prepared_at_once(tenant, client, yard):
    first, second = crate(tenant, code="C-1"), crate(tenant, code="C-2")
    answer = client.get("/movements/new/", {"code": "c-1"})
    assert f'name="asset" value="{first.pk}"' in text(answer)
    answer = client.get("/movements/new/", {"asset": str(first.pk), "code": f"/q/{second.identity.qr_token}"})
    assert text(answer).count('type="checkbox" name="asset"') == 2

    answer = client.post("/movements/new/", {"asset": [str(first.pk), str(second.pk)], "to_location": str(yard.pk)})

    assert answer.status_code == 302
    rows = AssetMovement.objects.filter(to_location=yard)
    assert {row.asset for row in rows} == {first, second} and {row.status for row in rows} == {MovementStatus.PLANNED}


def test_what_cannot_be_prepared_is_said_on_the_page(tenant, client, yard):
    asset = crate(tenant, location=yard)

    answer = client.post("/movements/new/", {"asset": str(asset.pk), "to_location": str(yard.pk)})

    assert answer.status_code == 422 and "is at Yard already" in text(answer)
    assert "Nothing has the code" in text(client.get("/movements/new/", {"code": "nothing"}))
    asked = client.post(
        "/movements/new/",
        {"asset": str(asset.pk), "to_location": str(create_location(tenant=tenant).pk), "returnable": "on"},
    )
    assert asked.status_code == 422 and "when it is expected back" in text(asked)


def test_an_asset_leaves_with_a_pass_and_another_person_receives_it(tenant, supervisor, client, yard):
    row = create_movement(crate(tenant), yard, by=supervisor)
    answer = client.post(f"/movements/{row.pk}/dispatch/", {"condition": "a scratch", "seen": row.version})
    assert answer.status_code == 422 and "gate pass" in text(answer)

    client.post(f"/movements/{row.pk}/pass/", {"bearer": "Ann"})
    gate_pass = GatePass.objects.get()
    answer = client.post(f"/movements/{row.pk}/dispatch/", {"condition": "a scratch", "photos": [photo()]})
    assert answer.status_code == 302
    page = text(client.get(f"/movements/{row.pk}/"))
    assert gate_pass.number in page and "a scratch" in page and "Show the code to hand it over" in page
    assert f"/movements/{row.pk}/receive/" not in page  # their own
    assert client.post(f"/movements/{row.pk}/receive/").status_code == 403

    other = signed_in(create_person(tenant=tenant, role="supervisor"))
    answer = other.post(f"/movements/{row.pk}/receive/", {"condition": "a dent", "photos": [photo(colour="red")]})

    assert answer.status_code == 302
    row = AssetMovement.objects.get(pk=row.pk)
    assert (row.status, row.condition_in, len(row.photos_in)) == (MovementStatus.RECEIVED, "a dent", 1)
    assert row.asset.location == yard and row.asset.status == AssetStatus.IN_SERVICE
    assert "a dent" in text(other.get(f"/movements/{row.pk}/"))


def test_receipt_elsewhere_is_shown_as_such(tenant, supervisor, client, yard):
    row = create_movement(crate(tenant), yard, by=create_person(tenant=tenant, role="supervisor"), dispatched=True)
    dock = create_location(tenant=tenant, name="Dock")

    client.post(f"/movements/{row.pk}/receive/", {"location": str(dock.pk)})

    page = text(client.get(f"/movements/{row.pk}/"))
    assert "Dock" in page and "It was to go to Yard." in page


def test_a_press_that_rests_on_an_older_version_does_nothing(tenant, supervisor, client, yard):
    row = create_movement(crate(tenant), yard, by=supervisor)
    services.change_movement(row, by=supervisor, notes="changed")

    answer = client.post(f"/movements/{row.pk}/cancel/", {"seen": row.version, "reason": "so"})

    assert answer.status_code == 409 and "has changed meanwhile" in text(answer)
    assert AssetMovement.objects.get(pk=row.pk).status == MovementStatus.PLANNED


def test_who_gives_it_signs_on_the_takers_screen(tenant, client, yard):
    row = create_movement(crate(tenant), yard, by=create_person(tenant=tenant, role="supervisor"), dispatched=True)
    answer = client.post(f"/movements/{row.pk}/sign/", {"signer_name": "Ann"})
    assert answer.status_code == 422

    answer = client.post(f"/movements/{row.pk}/sign/", {"signer_name": "Ann", "signature": photo()})

    assert answer.status_code == 302
    signed = AssetMovement.objects.get(pk=row.pk).handovers.get()
    assert signed.signer_name == "Ann"
    page = text(client.get(f"/movements/{row.pk}/"))
    assert "Ann <span" in page and "signed on the screen" in page and str(signed.signature_id) in page
    for address in (f"/assets/{row.asset_id}/custody/box/", f"/assets/{row.asset_id}/custody/"):
        assert "from Ann" in text(client.get(address))


def test_a_code_is_shown_once_and_taken_by_another(tenant, supervisor, client, yard):
    row = create_movement(crate(tenant), yard, by=supervisor, dispatched=True)
    answer = client.post(f"/movements/{row.pk}/hand-over/", {"request_key": "k-1"})
    assert answer.status_code == 200 and "<svg" in text(answer) and "no-store" in answer["Cache-Control"]
    code = text(answer).partition('class="code-text">')[2].partition("<")[0]
    assert "your own code" in text(client.post("/take-over/", {"code": code}))
    assert "opens nothing" in text(
        signed_in(create_person(tenant=tenant, role="manager")).post("/take-over/", {"code": "x"})
    )

    answer = signed_in(create_person(tenant=tenant, role="manager")).post("/take-over/", {"code": code})

    assert answer.status_code == 302
    assert AssetMovement.objects.get(pk=row.pk).status == MovementStatus.RECEIVED


def test_what_is_overdue_stands_in_its_list_and_comes_back(tenant, supervisor, client, yard):
    row = create_movement(
        crate(tenant, "Pump"),
        yard,
        by=create_person(tenant=tenant),
        dispatched=True,
        returnable=True,
        expected_return=tenant.local(timezone.now()).date(),
    )
    services.receive_movements([row], by=supervisor)
    AssetMovement.objects.filter(pk=row.pk).update(expected_return="2026-01-02")
    assert "Pump" in text(client.get("/movements/", {"which": "overdue"}))

    answer = client.post(f"/movements/{row.pk}/return/", {})

    back = AssetMovement.objects.get(returns=row)
    assert answer.status_code == 302 and back.to_location == row.from_location
    assert "Nothing is overdue" not in text(client.get("/movements/", {"which": "overdue"}))  # not yet back
    assert 'class="late"' in text(client.get("/movements/", {"which": "received"}))
    (back,) = services.dispatch_movements([back], by=supervisor, gate_pass_ref="BOOK-1")
    services.receive_movements([back], by=create_person(tenant=tenant))
    assert 'class="late"' not in text(client.get("/movements/", {"which": "received"}))


@pytest.mark.parametrize("which", ["", "planned", "out", "overdue", "all", "lost", "rubbish"])
def test_the_list_costs_the_same_however_long_it_is(tenant, supervisor, client, yard, which):
    create_movement(crate(tenant), yard, by=supervisor)
    client.get("/movements/", {"which": which})
    count = queries_of(client, "/movements/", which=which)
    for _n in range(5):
        create_movement(crate(tenant), yard, by=supervisor)

    assert queries_of(client, "/movements/", which=which) == count
    assert count <= 10


def queries_of(client, address, **query) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as found:
        assert client.get(address, query).status_code == 200
    return len(found)


def test_the_file_has_what_the_filters_find(tenant, supervisor, client, yard):
    create_movement(crate(tenant, "Pump", "P-1"), yard, by=supervisor)
    create_movement(crate(tenant, "Fan", "F-1"), create_location(tenant=tenant, name="Hall"), by=supervisor)

    answer = client.get("/movements/csv/", {"location": str(yard.pk)})

    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2 and "P-1" in lines[1] and "F-1" not in "".join(lines)


# --- shipments


def loaded(tenant, supervisor, yard, count=3):
    row = services.save_shipment(Shipment(tenant=tenant, jms_reference="TRIP-1"), by=supervisor)
    rows = [
        create_movement(crate(tenant, f"Crate {n}", f"C-{n}"), yard, by=supervisor, shipment=row) for n in range(count)
    ]
    return row, rows


def test_a_shipment_is_loaded_sent_and_received_by_scanning(tenant, supervisor, client, yard):
    client.post("/shipments/new/", {"jms_reference": "TRIP-7", "vehicle": "Van"})
    row = Shipment.objects.get()
    first, second = (create_movement(crate(tenant, f"Crate {n}", f"C-{n}"), yard, by=supervisor) for n in (1, 2))
    for movement in (first, second):
        assert (
            client.post(f"/shipments/{row.pk}/load/", {"code": movement.asset.identity.client_code}).status_code == 302
        )
    page = text(client.get(f"/shipments/{row.pk}/dispatch/", {"code": "C-1"}))
    assert "1 of 2 scanned" in page and page.count(" checked") == 1
    body = {"movement": [str(first.pk), str(second.pk)], "gate_pass_ref": "BOOK-1"}
    assert client.post(f"/shipments/{row.pk}/dispatch/", body).status_code == 302
    client.post(f"/shipments/{row.pk}/manifest/")
    manifest = client.get(Shipment.objects.get().manifest_pdf_url)
    assert b"".join(manifest.streaming_content).startswith(b"%PDF")

    other, stranger = signed_in(create_person(tenant=tenant, role="supervisor")), crate(tenant, "Stranger", "S-1")
    page = text(other.get(f"/shipments/{row.pk}/receive/", {"movement": str(first.pk), "code": "S-1"}))
    assert "Not of this shipment:" in page and "Stranger" in page
    answer = other.post(
        f"/shipments/{row.pk}/receive/", {"movement": str(first.pk), "unexpected": str(stranger.pk)}, follow=True
    )

    assert Shipment.objects.get().status == ShipmentStatus.PARTLY_RECEIVED
    page = text(answer)
    assert "Still missing: Crate 2." in page and "Not of this shipment: Stranger." in page
    other.post(f"/shipments/{row.pk}/receive/", {"movement": str(second.pk)})
    assert Shipment.objects.get().status == ShipmentStatus.RECEIVED


def test_the_condition_of_single_things_is_noted_and_seen_from_their_shipment(tenant, supervisor, client, yard):
    row, (first, _second) = loaded(tenant, supervisor, yard, 2)
    for state, words in (("dispatch", "a scratch"), ("receive", "a dent")):
        scanned = f"/shipments/{row.pk}/{state}/?movement={first.pk}"
        address = f"/movements/{first.pk}/condition/"
        assert address in text(client.get(scanned))
        form = text(client.get(address, headers={"referer": f"http://testserver{scanned}"}))
        assert f'name="next" value="{scanned}"' in form

        body = {"condition": words, "photos": [photo()], "next": scanned}
        assert client.post(address, body)["Location"] == scanned

        page = text(client.get(scanned))
        assert words in page and "1 of 2 scanned" in page
        if state == "dispatch":
            services.dispatch_shipment(row, by=supervisor, gate_pass_ref="BOOK-1")
    page = text(client.get(f"/shipments/{row.pk}/"))
    assert "left: a scratch" in page and "arrived: a dent" in page and page.count("<img") == 2
    technician = signed_in(create_person(tenant=tenant, role="technician"))
    assert "/condition/" not in text(technician.get(f"/shipments/{row.pk}/"))


def test_after_a_condition_nobody_is_led_elsewhere(tenant, supervisor, client, yard):
    row = create_movement(crate(tenant), yard, by=supervisor)
    for address in ("https://elsewhere.example/", "/", ""):
        answer = client.post(f"/movements/{row.pk}/condition/", {"condition": "dry", "next": address})
        assert answer["Location"] == f"/movements/{row.pk}/"
    assert "dry" in text(client.get(f"/movements/{row.pk}/"))


def test_nothing_leaves_unless_it_was_scanned(tenant, supervisor, client, yard):
    row, _rows = loaded(tenant, supervisor, yard)

    answer = client.post(f"/shipments/{row.pk}/dispatch/", {"gate_pass_ref": "BOOK-1"})

    assert answer.status_code == 422 and "Scan or tick what is meant first." in text(answer)


def test_what_is_not_planned_cannot_be_loaded(tenant, supervisor, client, yard):
    row, _rows = loaded(tenant, supervisor, yard, 1)
    crate(tenant, code="Z-1")

    answer = client.post(f"/shipments/{row.pk}/load/", {"code": "Z-1"})

    assert answer.status_code in (400, 409, 422) and "not planned to move" in text(answer)


def test_a_movement_is_taken_off_and_a_shipment_given_up(tenant, supervisor, client, yard):
    row, (first, second) = loaded(tenant, supervisor, yard, 2)
    client.post(f"/shipments/{row.pk}/unload/", {"movement": str(first.pk)})
    assert AssetMovement.objects.get(pk=first.pk).shipment is None

    client.post(f"/shipments/{row.pk}/cancel/", {"reason": "rain"})

    assert Shipment.objects.get().status == ShipmentStatus.CANCELLED
    assert AssetMovement.objects.get(pk=second.pk).status == MovementStatus.CANCELLED


def test_the_pages_of_shipments_cost_the_same_however_much_there_is(tenant, supervisor, client, yard):
    row, _rows = loaded(tenant, supervisor, yard, 1)
    one = [
        queries_of(client, address)
        for address in ("/shipments/", f"/shipments/{row.pk}/", f"/shipments/{row.pk}/dispatch/")
    ]
    for n in range(4):
        create_movement(crate(tenant, f"More {n}"), yard, by=supervisor, shipment=row)
        services.save_shipment(Shipment(tenant=tenant, jms_reference=f"T-{n}"), by=supervisor)

    many = [
        queries_of(client, address)
        for address in ("/shipments/", f"/shipments/{row.pk}/", f"/shipments/{row.pk}/dispatch/")
    ]
    assert many == one and max(many) <= 12
    page = text(client.get("/shipments/"))
    assert "0 of 5" in page


def test_who_handed_over_a_part_of_a_shipment_stands_at_that_part(tenant, supervisor, client, yard):
    row, (first, second) = loaded(tenant, supervisor, yard, 2)
    services.dispatch_shipment(row, by=supervisor, gate_pass_ref="BOOK-1")
    _offer, code = services.offer_handover(row, by=supervisor)
    taker = create_person(tenant=tenant, role="supervisor", name="Tom Taker")
    services.take_over(tenant, code, by=taker, movements=[first])
    services.receive_shipment(row, by=taker)

    assert "the code was scanned" in text(client.get(f"/shipments/{row.pk}/"))
    assert "with the shipment" in text(client.get(f"/movements/{first.pk}/"))
    assert "Handed over" not in text(client.get(f"/movements/{second.pk}/"))


def test_who_brings_a_shipment_signs_for_what_was_scanned(tenant, client, yard):
    row, (first, second) = loaded(tenant, create_person(tenant=tenant, role="supervisor"), yard, 2)
    services.dispatch_shipment(row, by=row.created_by, gate_pass_ref="BOOK-1")
    assert f"/shipments/{row.pk}/sign/" in text(client.get(f"/shipments/{row.pk}/"))
    body = {"movement": str(first.pk), "signer_name": "Ann"}
    assert client.post(f"/shipments/{row.pk}/sign/", body).status_code == 422  # without a signature

    answer = client.post(f"/shipments/{row.pk}/sign/", body | {"signature": photo()}, follow=True)

    page = text(answer)
    assert "Still missing: Crate 1." in page and "Signature of Ann" in page
    assert row.handovers.get().signer_name == "Ann"
    assert "Signature of Ann" in text(client.get(f"/movements/{first.pk}/"))
    assert "Signature of Ann" not in text(client.get(f"/movements/{second.pk}/"))


# --- passes, custody


def test_a_scanned_pass_shows_anybody_whether_it_is_valid_and_nothing_else(tenant, supervisor, client, yard):
    row = create_movement(crate(tenant, "Pump"), yard, by=supervisor, notes="SECRET words")
    client.post(f"/movements/{row.pk}/pass/", {"bearer": "SECRET Ann", "vehicle": "SECRET van"})
    gate_pass = GatePass.objects.get()

    answer = Client().get(f"/pass/{gate_pass.token}/")

    page = text(answer)
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
    assert gate_pass.number in page and "Pump" in page and 'data-valid="yes"' in page and "SECRET" not in page
    client.post(f"/movements/{row.pk}/revoke/", {"reason": "wrong"})
    assert 'data-valid="no"' in text(Client().get(f"/pass/{gate_pass.token}/"))
    assert Client().get(f"/pass/{gate_pass.token}x/").status_code in (302, 404)


def test_the_line_of_an_asset_is_on_its_page_and_on_paper(tenant, supervisor, client, yard):
    asset = crate(tenant, "Pump", "P-1")
    row = create_movement(asset, yard, by=supervisor, dispatched=True)
    services.receive_movements([row], by=create_person(tenant=tenant))

    assert f"/assets/{asset.pk}/custody/box/" in text(client.get(f"/assets/{asset.pk}/"))
    for address in (f"/assets/{asset.pk}/custody/box/", f"/assets/{asset.pk}/custody/"):
        assert "Yard" in text(client.get(address))
    assert client.get(f"/assets/{asset.pk}/custody.pdf").content.startswith(b"%PDF")


def test_a_scanned_label_offers_what_comes_next(tenant, supervisor, client, yard):
    asset = crate(tenant)
    label = f"/q/{asset.identity.qr_token}/"
    assert f"/movements/new/?asset={asset.pk}" in text(client.get(label))
    row = create_movement(asset, yard, by=supervisor)
    assert f"/movements/{row.pk}/dispatch/" in text(client.get(label))
    services.dispatch_movements([row], by=supervisor, gate_pass_ref="BOOK-1")
    assert f"/movements/{row.pk}/receive/" in text(client.get(label))


def test_scanned_papers_lead_to_what_they_are_of(tenant, supervisor, client, yard):
    row, (movement,) = loaded(tenant, supervisor, yard, 1)
    services.issue_gate_pass([movement], by=supervisor, address=str)
    gate_pass = GatePass.objects.get()
    for code in (gate_pass.number, f"https://plant.example/pass/{gate_pass.token}/"):
        assert client.get("/scan/", {"code": code})["Location"] == f"/movements/{movement.pk}/"
    for code in ("TRIP-1", f"https://plant.example/shipments/{row.pk}/"):
        assert client.get("/scan/", {"code": code})["Location"] == f"/shipments/{row.pk}/"
    assert client.get("/scan/", {"code": "/shipments/" + "-" * 36 + "/"}).status_code == 200


# --- yard counts


def test_a_yard_is_counted_by_scanning(tenant, client, yard):
    there, gone = crate(tenant, "There", "C-1", location=yard), crate(tenant, "Gone", "C-2", location=yard)
    stranger = crate(tenant, "Stranger", "S-1")
    client.post("/yard-counts/new/", {"location": str(yard.pk)})
    row = YardCount.objects.get()
    client.post(f"/yard-counts/{row.pk}/find/", {"code": "C-1"})
    said = client.post(f"/yard-counts/{row.pk}/find/", {"code": f"/q/{stranger.identity.qr_token}"}, follow=True)
    assert "was not expected here" in text(said)

    client.post(f"/yard-counts/{row.pk}/end/")

    lines = {line.asset: line.verdict for line in row.lines.all()}
    assert lines == {there: "found", gone: "missing", stranger: "unexpected"}
    page = text(client.get(f"/yard-counts/{row.pk}/"))
    assert "Missing" in page and "End the count" not in page
    assert Asset.objects.get(pk=stranger.pk).location == stranger.location  # a count moves nothing


def test_the_pages_of_counts_cost_the_same_however_much_there_is(tenant, client, supervisor, yard):
    crate(tenant, location=yard)
    row = services.start_yard_count(yard, by=supervisor)
    one = [queries_of(client, address) for address in ("/yard-counts/", f"/yard-counts/{row.pk}/")]
    for n in range(4):
        services.find_in_yard(row, crate(tenant, f"More {n}"), by=supervisor)
        services.start_yard_count(create_location(tenant=tenant, name=f"Y {n}"), by=supervisor)

    assert [queries_of(client, address) for address in ("/yard-counts/", f"/yard-counts/{row.pk}/")] == one


def test_technicians_look_and_supervisors_move(tenant, technician, supervisor, yard):
    row = create_movement(crate(tenant), yard, by=supervisor)
    page = text(signed_in(technician).get(f"/movements/{row.pk}/"))
    assert f"/movements/{row.pk}/dispatch/" not in page and "Cancel the movement" not in page
    assert "Move assets" not in text(signed_in(technician).get("/movements/"))


def test_one_pass_is_issued_for_all_of_a_shipment_that_has_none(tenant, supervisor, client, yard):
    row, movements = loaded(tenant, supervisor, yard, 2)
    assert "Issue a gate pass for all that has none" in text(client.get(f"/shipments/{row.pk}/"))

    answer = client.post(f"/shipments/{row.pk}/pass/", {"bearer": "Ann"}, follow=True)

    gate_pass = GatePass.objects.get()
    assert {AssetMovement.objects.get(pk=one.pk).gate_pass_ref for one in movements} == {gate_pass.number}
    assert f"Gate pass {gate_pass} (PDF)" in text(answer) and "for all that has none" not in text(answer)
    again = client.post(f"/shipments/{row.pk}/pass/", {})
    assert again.status_code == 422 and "Choose what is meant first." in text(again)


def test_in_agile_mode_assets_are_there_in_one_step(tenant, client, yard):
    tenant.settings = {**tenant.settings, "agile_mode": True}
    tenant.save()
    asset = crate(tenant)

    client.post("/movements/new/", {"asset": str(asset.pk), "to_location": str(yard.pk)})

    row = AssetMovement.objects.get()
    assert (row.status, row.received_location, row.gate_pass_ref) == (MovementStatus.RECEIVED, yard, "GP-000001")
    assert Asset.objects.get(pk=asset.pk).location == yard
