"""Logistics in real browsers: sent, received with a signature, scanned off a truck; on the phone and on a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from apps.logistics import services
from apps.logistics.models import AssetMovement, GatePass, Handover, Shipment
from tests.browser.test_photos import PHONE, camera_photo
from tests.factories import create_asset, create_location, create_movement, create_person


@pytest.fixture
def goods(plant):
    """A pump in the hall and three crates of a shipment to the yard; two supervisors."""
    with plant.context():
        plant.people["taker"] = create_person(tenant=plant.tenant, role="supervisor", name="Taker")
        hall, yard = (create_location(tenant=plant.tenant, name=name) for name in ("Hall 7", "Yard"))
        pump, *crates = (
            create_asset(tenant=plant.tenant, name=name, location=hall, identity={"client_code": code})
            for name, code in (("Pump", "P-1"), ("Crate", "C-1"), ("Crate", "C-2-LONG-CODE-OF-THE-CLIENT"), ("Crate", "C-3"))
        )  # fmt: skip
        by = plant.people["supervisor"]
        truck = services.save_shipment(Shipment(tenant=plant.tenant, jms_reference="TRIP-1", vehicle="Van"), by=by)
        plant.loaded = [create_movement(crate, yard, by=by, shipment=truck) for crate in crates]
        plant.pump, plant.yard, plant.truck = pump, yard, truck
    return plant


def dispatched(plant, *rows):
    with plant.context():
        return services.dispatch_movements(list(rows), by=plant.people["supervisor"], gate_pass_ref="BOOK-1")


def sign(page):
    """A stroke across the canvas, as a finger draws it."""
    canvas = page.get_by_role("img", name="Signature")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 90, steps=5)
    page.mouse.up()
    page.wait_for_function("() => document.querySelector('[name=signature]').files.length === 1")


def test_what_was_scanned_leaves_with_a_pass_and_another_receives_it_with_a_signature(open_page, goods):
    page = open_page("supervisor", "/movements/new/", **PHONE)
    field = page.get_by_label("What moves?")
    expect(field).to_be_focused()
    field.fill("p-1")
    field.press("Enter")
    page.get_by_label("Where to").select_option(str(goods.yard.pk))
    page.get_by_role("button", name="Prepare").click()
    page.get_by_role("link", name="Issue a gate pass").click()
    page.get_by_role("button", name="Issue").click()
    page.get_by_role("link", name="Dispatch").click()
    page.get_by_label("Condition").fill("A scratch")
    page.get_by_role("button", name="Dispatch").click()
    expect(page.get_by_role("button", name="Show the code to hand it over")).to_be_visible()
    expect(page.get_by_text("A scratch")).to_be_visible()

    with goods.context():
        row = AssetMovement.objects.get(asset=goods.pump)
        assert GatePass.objects.get().number == row.gate_pass_ref
    page = open_page("taker", f"/movements/{row.pk}/", **PHONE)
    page.get_by_role("link", name="The giver signs here").click()
    page.get_by_label("Name of who gives it").fill("A driver")
    sign(page)
    page.set_viewport_size({"width": 360, "height": 400})  # the keyboard is open
    page.get_by_label("Take a photo").set_input_files([camera_photo(size=(800, 600))])
    page.get_by_role("button", name="Receive").click()

    expect(page.get_by_text("Received", exact=True)).to_be_visible()
    with goods.context():
        row.refresh_from_db()
        assert (row.status, row.received_by) == ("received", goods.people["taker"])
        assert len(row.photos_in) == 1
        handover = Handover.objects.get(movement=row)
        assert (handover.signer_name, handover.signature.is_picture) == ("A driver", True)


def test_a_signature_is_drawn_anew(open_page, goods):
    (row, *_rest) = dispatched(goods, *goods.loaded)
    page = open_page("taker", f"/movements/{row.pk}/sign/", **PHONE)
    sign(page)

    page.get_by_role("button", name="Sign anew").click()

    assert page.evaluate("document.querySelector('[name=signature]').files.length") == 0


def test_a_receipt_without_a_signal_is_kept_and_sent_later(open_page, goods):
    (row, *_rest) = dispatched(goods, *goods.loaded)
    page = open_page("taker", f"/movements/{row.pk}/receive/", **PHONE)
    page.get_by_label("Condition").fill("Wet")
    page.context.set_offline(True)
    page.get_by_role("button", name="Receive").click()
    expect(page.locator("#unsent summary")).to_have_text("1 not sent")

    page.context.set_offline(False)

    expect(page.locator("#unsent")).to_have_count(0)
    with goods.context():
        row.refresh_from_db()
        assert (row.status, row.condition_in) == ("received", "Wet")


def test_a_truck_is_unloaded_by_scanning_and_what_is_missing_is_named(open_page, goods):
    dispatched(goods, *goods.loaded)
    page = open_page("taker", f"/shipments/{goods.truck.pk}/receive/", **PHONE)
    for number, code in enumerate(("C-1", "C-3"), start=1):
        field = page.get_by_label("Scan one after the other")
        expect(field).to_be_focused()
        field.fill(code)
        field.press("Enter")
        expect(page.get_by_role("heading", name=f"{number} of 3 scanned")).to_be_visible()

    page.get_by_role("button", name="Receive").click()

    missing = page.get_by_role("region", name="Still missing")
    expect(missing.get_by_role("listitem")).to_have_count(1)
    with goods.context():
        assert AssetMovement.objects.get(status="in_transit") == goods.loaded[1]


def test_what_a_thumb_presses_is_large(open_page, goods):
    row = goods.loaded[0]
    page = open_page("supervisor", "/movements/", **PHONE)
    for path in (
        "/movements/",
        f"/movements/{row.pk}/",
        f"/movements/{row.pk}/dispatch/",
        f"/shipments/{goods.truck.pk}/",
    ):
        page.goto(path)
        presses = page.locator("main :is(a.button, button, select, summary, label.check, th a, td a, .rows a)").all()
        heights = [press.bounding_box()["height"] for press in presses if press.is_visible()]
        assert heights and min(heights) >= 44, path


@pytest.mark.parametrize(
    ("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark"), (1920, "light")]
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_page, goods, width, scheme):
    with goods.context():
        by = goods.people["supervisor"]
        out = create_movement(
            goods.pump,
            goods.yard,
            by=by,
            returnable=True,
            expected_return=goods.tenant.local(timezone.now()).date(),
            notes="x" * 60,
        )
        gate_pass = services.issue_gate_pass([out], by=by, address=str)
        services.dispatch_movements([out], by=by, condition="Scratched")
        AssetMovement.objects.filter(pk=out.pk).update(expected_return="2020-01-01")
        count = services.start_yard_count(location=goods.yard, note="", by=by)
        services.find_in_yard(count, goods.loaded[0].asset, by=by)
    planned, trip = f"/movements/{goods.loaded[0].pk}/", f"/shipments/{goods.truck.pk}/"
    page = open_page("admin", "/movements/", viewport={"width": width, "height": 900}, color_scheme=scheme)
    for path in (
        None, "/movements/?which=overdue", "/movements/?which=lost", "/movements/new/?code=P-1", planned, f"{planned}dispatch/",
        f"{planned}pass/", f"{planned}change/", f"/movements/{out.pk}/", f"/movements/{out.pk}/receive/",
        f"/movements/{out.pk}/sign/", "/take-over/", "/shipments/", trip, f"{trip}dispatch/", "/yard-counts/",
        f"/yard-counts/{count.pk}/", f"/assets/{goods.pump.pk}/custody/", f"/pass/{gate_pass.token}/",
    ):  # fmt: skip
        if path:
            page.goto(path)
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], node["html"][:150]) for rule in found for node in rule["nodes"]] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
