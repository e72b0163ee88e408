"""The stores in real browsers: scan, receive, bring back, tick and print; on the phone and on a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from apps.inventory import services
from apps.inventory.models import PartBarcode, PartUnit, Stock, StockMove, Wallet
from tests.factories import create_part, create_person, create_stock

PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def part(plant):
    """Thirteen in A-3, two with the technician, one of which was used."""
    with plant.context():
        plant.people["technician"] = technician = create_person(tenant=plant.tenant, role="technician", name="Ana")
        part = create_part(
            tenant=plant.tenant, sku="6204-2RS-C3-LONG-SKU-OF-A-MAKER", name="Ball bearing 20 × 47 × 14", barcode="400638", min_level=20, category="bearings"
        )  # fmt: skip
        store = create_stock(part, 15, bin="A-3", unit_cost=2)
        services.save_unit(PartUnit(tenant=plant.tenant, part=part, code="box", factor=12), by=None)
        services.save_barcode(PartBarcode(tenant=plant.tenant, part=part, barcode="7990"), by=None)
        services.issue_to_wallet(part, 3, warehouse=store, user=technician, by=technician)
        services.consume(part, 1, user=technician, reference="WO-1", by=technician)
        services.reserve(part, 2, reference="WO-2", by=None)
        services.mark_ordered(part, 24, supplier="Bearings Ltd", reference="PO-1", expected_on="2020-01-01", by=None)
        create_part(tenant=plant.tenant, sku="OLD", name="Seal", is_active=False)
        part.store = store
        return part


def test_a_delivery_is_scanned_and_received_and_the_next_begins_where_the_last_ended(open_page, plant, part):
    page = open_page("supervisor", "/stock/receive/", **PHONE)
    field = page.get_by_label("Scan the part, or type its SKU")
    expect(field).to_be_focused()

    field.fill("400638")
    field.press("Enter")
    expect(page.get_by_label("How many")).to_be_focused()
    page.get_by_label("How many").fill("2")
    page.get_by_label("Of what").select_option("box (12 pcs)")
    page.get_by_label("Not known yet").check()
    page.get_by_label("Delivery note").fill("DN-7")
    page.get_by_role("button", name="Receive it").click()

    done = page.get_by_role("status", name="Done")
    expect(done).to_contain_text("Received: 24 pcs")
    expect(done).to_contain_text("36 pcs")
    page.get_by_label("Scan the part, or type its SKU").fill("7990")
    page.get_by_role("button", name="Choose").click()
    expect(page.get_by_label("Delivery note")).to_have_value("DN-7")


def test_more_than_is_there_is_refused_in_place(open_page, plant, part):
    page = open_page("supervisor", f"/stock/transfer/?part=400638&location={part.store.pk}", **PHONE)

    page.get_by_label("Quantity in pcs").fill("99")
    page.get_by_label("To the warehouse").select_option(str(part.store))
    page.get_by_label("Into the bin").fill("B-1")
    page.get_by_role("button", name="Transfer it").click()

    expect(page.get_by_role("alert")).to_contain_text("Only 12 pcs")
    expect(page.get_by_label("Quantity in pcs")).to_have_value("99")
    with plant.context():
        assert Stock.objects.get(part=part).qty_on_hand == 12


def test_a_technician_brings_back_with_a_thumb_what_was_used(open_page, plant, part):
    page = open_page("technician", f"/parts/{part.pk}/", **PHONE)

    page.get_by_role("link", name="Bring back").click()
    page.get_by_role("button", name="Bring it back").click()

    expect(page.get_by_text("1 pcs of 6204-2RS-C3-LONG-SKU-OF-A-MAKER are back.")).to_be_visible()
    with plant.context():
        assert Wallet.objects.get(part=part).qty_held == 3
        assert StockMove.objects.latest("seq").kind == "unconsume"


def test_what_a_thumb_presses_where_stock_moves_is_large(open_page, part):
    page = open_page("technician", "/stock/return/?part=400638", **PHONE)

    presses = [page.get_by_role("button", name="Return it"), *page.locator("main form.panel :is(input, select)").all()]

    heights = [press.bounding_box()["height"] for press in presses if press.is_visible()]
    assert len(heights) >= 5 and min(heights) >= 56


def test_ticked_parts_go_to_their_labels(open_page, part):
    page = open_page("supervisor", "/parts/")

    page.get_by_label(f"Tick {part}").check()
    page.get_by_role("button", name="Labels of the ticked ones").click()

    expect(page.get_by_text("1 part", exact=True)).to_be_visible()
    page.get_by_role("button", name="Start at label 7", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Print (PDF)").click()
    assert download.value.suggested_filename == "part-labels.pdf"


def test_on_a_phone_what_has_no_room_is_behind_more(open_page, part):
    page = open_page("supervisor", "/parts/", **PHONE)
    main = page.get_by_role("navigation", name="Main")
    expect(main.get_by_role("link")).to_have_count(5)

    main.get_by_role("button", name="More").click()
    page.get_by_role("link", name="Activity").click()

    expect(page.get_by_role("heading", name="Activity")).to_be_visible()


@pytest.mark.parametrize(
    ("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark"), (1920, "light")]
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_page, plant, part, width, scheme):
    with plant.context():
        used = StockMove.objects.get(kind="consume")
    page = open_page("admin", "/parts/", viewport={"width": width, "height": 900}, color_scheme=scheme)
    for path in (
        None, "/parts/?use=all&code=nothing", "/parts/?q=nothing", f"/parts/{part.pk}/", f"/parts/{part.pk}/change/", "/stock/",
        "/stock/receive/", f"/stock/receive/?part=400638&done={used.pk}", "/stock/transfer/?part=400638",
        "/stock/adjust/?part=400638", "/stock/moves/", f"/stock/moves/{used.pk}/undo/", f"/parts/labels/?part={part.pk}",
    ):  # fmt: skip
        if path:
            page.goto(path)
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], node["html"][:150]) for rule in found for node in rule["nodes"]] == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
