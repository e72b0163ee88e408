"""The bell and the inbox in a browser: live, by thumb and by key, without faults that axe finds."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from apps.shopfloor import services
from tests.factories import create_shift

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture
def call(plant):
    def call(code="ST-03", kind="help", **details):
        with plant.context():
            return services.call_for(plant.stations[code], kind, by=plant.people["operator"], **details)

    return call


def test_the_bell_follows_on_an_open_board_and_opening_one_reads_it(live_page, call):
    page = live_page("supervisor")
    bell = page.locator("#bell")
    expect(bell).to_have_attribute("aria-label", "Notifications")

    call("ST-03")
    expect(bell).to_have_attribute("aria-label", "Notifications: 1 unread")
    call("ST-04")
    expect(bell.locator("b")).to_have_text("2")

    bell.click()
    page.get_by_role("link", name="ST-03 calls for help").click()
    page.wait_for_url("**/stations/**")
    expect(page.locator("#bell b")).to_have_text("1")


def test_reading_in_one_tab_quiets_the_bell_in_another(live_page, call):
    call()
    page = live_page("supervisor")
    expect(page.locator("#bell b")).to_have_text("1")
    other = page.context.new_page()
    other.goto("/notifications/")
    other.get_by_role("button", name="Mark all as read").click()

    expect(other.locator("#bell")).to_have_attribute("aria-label", "Notifications")
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Notifications")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_runs_out_of_the_page(open_page, plant, call, viewport, scheme):
    with plant.context():
        create_shift(tenant=plant.tenant, lines=["Line A"])
    for code in ("ST-03", "ST-04"):
        call(code, "material", part="Glass 4 mm, " + "very-long-name" * 8, qty=2)
    page = open_page("supervisor", "/notifications/", viewport=viewport, color_scheme=scheme)
    page.get_by_role("link", name="ST-03").click()
    for address in ("/notifications/", "/settings/notifications/", "/notifications/?kind=none", "/settings/"):
        page.goto(address)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_by_keys_alone(open_page, call):
    call()
    page = open_page("supervisor", "/board/")
    page.locator("#bell").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/notifications/")
    page.get_by_role("link", name="ST-03").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/stations/**")
