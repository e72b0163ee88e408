"""The wallet on a phone, in a real browser: what I carry, ask for more, hand over and confirm, by thumb and by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from apps.inventory import services
from apps.inventory.models import Wallet
from tests.browser.test_audit_log import expect_no_sideways_scrolling
from tests.browser.test_board import problems
from tests.factories import create_part, create_person, create_stock, create_warehouse

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True}
LONG = "Deep groove ball bearing, sealed on both sides, greased for life, 20 × 47 × 14 mm"


@pytest.fixture
def wallets(plant):
    """Two technicians: one carries five parts, the other is to take one of them."""
    with plant.context():
        ann, bob = (
            create_person(tenant=plant.tenant, role="technician", name=name) for name in ("Ann Lis", "Bob Wrona")
        )
        plant.people |= {"ann": ann, "bob": bob}
        store = create_warehouse(tenant=plant.tenant, name="Main store")
        parts = [
            create_part(tenant=plant.tenant, sku=f"P-{number}", name=LONG if number == 1 else f"Seal {number}")
            for number in range(1, 6)
        ]
        for part in parts:
            create_stock(part, 20, warehouse=store, unit_cost=3, bin="A-1")
            services.issue_to_wallet(part, 4, warehouse=store, user=ann, by=None)
        services.hand_over(parts[1], 1, giver=ann, receiver=bob, by=ann, note="for the washer")
    return parts


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_the_pages_are_readable_at_every_width_in_both_themes(open_page, wallets, plant, width, theme):
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": theme}
    part = f"/wallets/{plant.people['ann'].pk}/{wallets[0].pk}/"
    for role, path in (
        ("ann", "/wallets/"),
        ("bob", "/wallets/"),
        ("supervisor", "/wallets/"),
        ("ann", part),
        ("admin", part),
    ):
        page = open_page(role, path, **options)
        for summary in page.locator("main summary").all():
            summary.click()
        expect_no_sideways_scrolling(page)
        assert problems(page) == [], (role, path)


def test_every_action_on_the_phone_is_big_enough_for_gloves(open_page, wallets, plant):
    for role, path in (
        ("ann", "/wallets/"),
        ("bob", "/wallets/"),
        ("ann", f"/wallets/{plant.people['ann'].pk}/{wallets[0].pk}/"),
    ):
        page = open_page(role, path, **PHONE)
        for summary in page.locator("main summary").all():
            summary.click()
        for act in page.locator(
            "main :is(button, .button, summary, .carried a, input:not([type=hidden]), select)"
        ).all():
            if act.is_visible():
                assert act.bounding_box()["height"] >= 56, act.inner_text()


def test_parts_change_hands_when_the_other_confirms(open_page, wallets, plant):
    page = open_page("ann", "/wallets/", **PHONE)
    page.get_by_label("Scan a part").fill("P-1")
    page.get_by_label("Scan a part").press("Enter")
    page.get_by_text("Hand over", exact=True).first.click()
    form = page.locator("form[action$='hand-over/']")
    form.get_by_label("Quantity in pcs").fill("3")
    form.get_by_label("To").select_option(label="Bob Wrona")
    form.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("Bob Wrona is asked to confirm 3 pcs of P-1")).to_be_visible()

    page = open_page("bob", "/notifications/", **PHONE)
    page.get_by_text("Ann Lis hands you 3 pcs of P-1").click()
    offer = page.locator(".offered li", has_text="P-1")
    offer.get_by_role("button", name="I have them").click()

    expect(page.get_by_text("3 pcs of P-1 are in your wallet now.")).to_be_visible()
    expect(page.locator(".carried li", has_text="P-1")).to_contain_text("3 pcs")
    with plant.context():
        assert Wallet.objects.get(user=plant.people["bob"]).qty_held == 3


def test_the_store_is_asked_with_a_press_and_its_supervisor_led_to_where_it_is_issued(open_page, wallets, plant):
    page = open_page("ann", f"/wallets/{plant.people['ann'].pk}/{wallets[0].pk}/", **PHONE)
    page.get_by_text("Ask the store", exact=True).first.click()
    form = page.locator("form[action$='ask/']")
    form.get_by_label("Quantity in pcs").fill("2")
    form.get_by_role("button", name="Ask the store").click()
    expect(page.get_by_text("The store is asked for 2 pcs of P-1: 1 person is told.")).to_be_visible()

    page = open_page("supervisor", "/notifications/")
    page.get_by_text("Ann Lis asks the store for 2 pcs of P-1").click()

    expect(page).to_have_url(re.compile(r"/stock/issue/\?part=P-1"))
