"""Reordering and counting in real browsers: a blind count on a phone, several parts marked as ordered; readable everywhere."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from apps.inventory import services
from apps.inventory.models import CountLine, PartOrder, Stock
from tests.browser.test_audit_log import expect_no_sideways_scrolling
from tests.browser.test_board import problems
from tests.factories import create_part, create_stock, create_warehouse

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def store(plant):
    """A warehouse with a bearing that is to be reordered, and a seal; a count of it in which the seal differs."""
    with plant.context():
        store = create_warehouse(tenant=plant.tenant, name="Main store")
        bearing = create_part(
            tenant=plant.tenant, sku="6204-2RS", name="Deep groove ball bearing, sealed on both sides", min_level=200,
            max_level=500, supplier="Bearings Ltd", lead_days=7, barcode="4006381", category="bearings",
        )  # fmt: skip
        seal = create_part(tenant=plant.tenant, sku="SEAL-9", name="Seal", min_level=5, unit="m", category="seals")
        create_stock(bearing, Decimal("137.125"), warehouse=store, bin="A-3", unit_cost=3)
        create_stock(seal, 3, warehouse=store, bin="B-1", unit_cost=2)
        services.consume(bearing, 8, warehouse=store, reference="WO-1", by=None)
        store.count = services.start_count(store, by=plant.people["supervisor"])
        services.count_bin(store.count, seal, 2, bin="B-1", by=plant.people["supervisor"])
        services.mark_ordered(bearing, 10, expected_on="2026-01-02", by=plant.people["supervisor"])
    return store


def test_a_bin_is_counted_on_a_phone_without_seeing_the_book(open_page, store, plant):
    page = open_page(path="/stock/counts/", **PHONE)
    page.get_by_role("link", name="Go on counting").first.click()
    page.get_by_role("link", name="A-3").click()
    page.get_by_label("Part").fill("4006381")
    page.get_by_label("Part").press("Enter")
    quantity = page.get_by_label("How much is there, in pcs?")
    expect(quantity).to_be_focused()
    assert "129.125" not in page.content()
    quantity.fill("many")
    page.get_by_role("button", name="Save").click()
    expect(quantity).to_have_attribute("aria-invalid", "true")
    quantity.fill("130")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("130 pcs of 6204-2RS are noted.")).to_be_visible()
    expect(page.get_by_label("Part")).to_be_focused()
    expect(page.get_by_role("link", name="6204-2RS")).to_contain_text("counted")
    page.get_by_role("link", name="Another bin").click()
    page.get_by_role("link", name="B-1").click()
    page.get_by_role("link", name="SEAL-9").click()
    page.get_by_role("button", name="None is there").click()
    expect(page.get_by_text("0 m of SEAL-9 are noted.")).to_be_visible()
    with plant.context():
        assert dict(CountLine.objects.values_list("part__sku", "qty_counted")) == {"6204-2RS": 130, "SEAL-9": 0}


def test_a_manager_looks_at_the_differences_and_posts_them(open_page, store, plant):
    page = open_page("admin", f"/stock/counts/{store.count.pk}/")

    page.get_by_label("Reason for SEAL-9 B-1").fill("cut off")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_label("Reason for SEAL-9 B-1")).to_have_value("cut off")
    page.get_by_role("button", name="Post").click()

    expect(page.get_by_text("The count of Main store is posted")).to_be_visible()
    with plant.context():
        assert Stock.objects.get(bin_location="B-1").qty_on_hand == 2


def test_several_parts_are_marked_as_ordered_by_keyboard(open_page, store, plant):
    page = open_page(path="/parts/reorder/")
    page.get_by_role("link", name="Choose all of this page").click()
    page.get_by_label("Quantity of SEAL-9").fill("x")
    page.get_by_label("Order number").fill("PO-7")
    page.get_by_label("Order number").press("Enter")
    expect(page.get_by_label("Quantity of SEAL-9")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Quantity of SEAL-9").fill("2.5")
    page.get_by_role("button", name="Mark as ordered").click()

    expect(page.get_by_text("2 parts are marked as ordered.")).to_be_visible()
    with plant.context():
        found = PartOrder.objects.filter(reference="PO-7").values_list("part__sku", "quantity")
        assert dict(found) == {"6204-2RS": Decimal("360.875"), "SEAL-9": Decimal("2.5")}


PAGES = [
    "/parts/reorder/?choose=all", "/parts/orders/", "/parts/orders/{order}/", "/stock/counts/", "/stock/counts/due/",
    "/stock/counts/{count}/?show=all", "/stock/counts/{count}/?show=left", "/stock/counts/{count}/count/",
    "/stock/counts/{count}/count/?bin=A-3", "/stock/counts/{count}/count/?bin=A-3&code=6204-2RS", "/stock/reports/",
    "/stock/reports/use/", "/stock/reports/slow/?days=90", "/stock/reports/classes/",
]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_is_readable_at_every_width_in_both_themes(open_page, store, plant, width, theme):
    with plant.context():
        keys = {"count": store.count.pk, "order": PartOrder.objects.get().pk}
    page = open_page("admin", "/parts/reorder/", viewport={"width": width, "height": 900}, color_scheme=theme)
    for path in PAGES:
        page.goto(path.format(**keys))
        for summary in page.locator("main details summary").all():
            summary.click()
        assert (path, problems(page)) == (path, [])
        expect_no_sideways_scrolling(page)
        if width == 360:
            widest = "Math.max(0, ...[...document.querySelectorAll('.table')].map((box) => box.scrollWidth - box.clientWidth))"
            assert (path, page.evaluate(widest)) == (path, 0)
