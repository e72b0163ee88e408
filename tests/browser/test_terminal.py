"""The shared terminal on a touch screen: tap the name, type the PIN, work, done."""

import pytest
from playwright.sync_api import expect

from apps.core import pins
from apps.core.models import User
from tests.browser.test_board import expect_status, problems, tile
from tests.factories import create_person, create_terminal

PIN = "4711"
TOUCH = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}


@pytest.fixture
def at_terminal(browser, server, plant, settings):
    """A browser paired as a terminal of ST-01 and ST-02, at the names; what it complains about fails the test."""
    settings.PASSWORD_HASHERS = ["apps.core.passwords.PlantArgon2PasswordHasher"]  # the server reads no other
    with plant.context():
        stations = [plant.stations["ST-01"], plant.stations["ST-02"]]
        token = create_terminal(tenant=plant.tenant, name="By the saw", stations=stations)
        for name in ("Ana Kowalczyk", "Jon Bielak"):
            pins.set_pin(create_person(tenant=plant.tenant, role="operator", name=name), PIN, by=None)
    contexts, complaints = [], []

    def at_terminal(**options):
        context = browser.new_context(base_url=server, **(TOUCH | options))
        contexts.append(context)
        context.add_cookies([{"name": "leanops_device", "value": token, "url": server}])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto("/terminal/")
        return page

    yield at_terminal
    for context in contexts:
        context.close()
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def type_pin(page, pin):
    for digit in pin:
        page.get_by_role("button", name=digit, exact=True).tap()


def choose(page, name="Ana Kowalczyk"):
    page.get_by_role("link", name=name).tap()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def come_in(page):
    choose(page)
    type_pin(page, PIN)
    expect(page.get_by_role("heading", name="By the saw")).to_be_visible()


def test_tap_the_name_type_the_pin_work_and_done(at_terminal):
    page = at_terminal()

    come_in(page)
    tile(page, "ST-01").get_by_role("button", name="+1").tap()
    expect(tile(page, "ST-01").locator(".count")).to_have_text("41 / 100")
    tile(page, "ST-02").locator(".badge").tap()
    expect_status(page, "ST-02", "idle")
    page.get_by_role("button", name="Sign out").tap()

    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()


def test_a_wrong_pin_is_said_and_the_next_try_counts(at_terminal):
    page = at_terminal()
    choose(page, "Jon Bielak")

    type_pin(page, "9753")
    expect(page.get_by_role("alert")).to_have_text("That was not the right PIN.")
    type_pin(page, PIN)

    expect(page.get_by_text("Jon Bielak")).to_be_visible()


def test_the_terminal_is_live(at_terminal, open_page):
    page, board = at_terminal(), open_page("supervisor")
    come_in(page)
    expect(page.locator("#live")).to_have_attribute("data-state", "live")

    tile(board, "ST-01").locator(".badge").click()

    expect_status(page, "ST-01", "idle")


def test_nobody_presses_and_the_names_come_back(at_terminal):
    page = at_terminal()
    page.clock.install()
    come_in(page)

    page.clock.fast_forward("04:59")
    page.get_by_role("heading", name="By the saw").tap()
    page.clock.fast_forward("04:59")
    expect(page.get_by_role("heading", name="By the saw")).to_be_visible()
    page.clock.fast_forward("00:02")

    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()


def test_it_works_without_javascript(at_terminal):
    page = at_terminal(java_script_enabled=False)
    choose(page)
    expect(page.get_by_role("button", name="1", exact=True)).to_be_hidden()

    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Go on").tap()
    tile(page, "ST-01").get_by_role("button", name="+1").tap()

    expect(tile(page, "ST-01").locator(".count")).to_have_text("41 / 100")


def test_what_is_tapped_is_big_enough_for_gloves(at_terminal):
    page = at_terminal()

    assert page.get_by_role("link", name="Ana Kowalczyk").bounding_box()["height"] >= 64
    choose(page)
    assert min(button.bounding_box()["height"] for button in page.locator(".pin-pad button").all()) >= 64
    bottom = page.get_by_role("button", name="0", exact=True).bounding_box()
    assert bottom["y"] + bottom["height"] <= TOUCH["viewport"]["height"]  # no scrolling for a digit


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1024, 1280])
def test_axe_finds_nothing(at_terminal, scheme, width):
    page = at_terminal(viewport={"width": width, "height": 768}, color_scheme=scheme)

    assert problems(page) == []
    choose(page)
    assert problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    type_pin(page, PIN)
    expect(page.get_by_role("heading", name="By the saw")).to_be_visible()
    assert problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", ["/terminals/", "/people/pins/", "/people/leavers/", "/settings/pin/"])
def test_axe_finds_nothing_on_the_supervisors_pages(open_page, at_terminal, path):
    page = open_page("supervisor", path)

    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_station_full_screen_is_worked_and_handed_over(at_terminal, plant):
    page = at_terminal()
    expect(page.locator("#locked")).to_contain_text("ST-01")
    come_in(page)
    page.goto(f"/terminal/{plant.stations['ST-01'].pk}/")

    page.get_by_role("button", name="Machine failure").tap()
    expect_status(page, "ST-01", "blocked")
    page.get_by_role("button", name="Quality").tap()
    expect(tile(page, "ST-01").locator(".call").filter(has_text="Quality")).to_be_visible()
    page.get_by_role("link", name="Hand over").tap()
    page.get_by_label("What should the next one know?").fill("The blade is new.")
    page.get_by_role("button", name="Hand over").tap()
    page.get_by_role("link", name="Jon Bielak").tap()
    type_pin(page, PIN)

    expect(page.get_by_text("The blade is new.")).to_be_visible()
    expect(page.get_by_text("Jon Bielak")).to_be_visible()
    expect_status(page, "ST-01", "blocked")


def test_nobody_presses_at_a_station_and_it_can_only_be_looked_at(at_terminal, plant):
    page = at_terminal()
    page.clock.install()
    come_in(page)
    page.goto(f"/terminal/{plant.stations['ST-01'].pk}/")

    page.clock.fast_forward("05:01")

    expect(page.locator("#locked")).to_contain_text("ST-01")
    expect(page.locator("#locked").get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("width", [360, 1024, 1366, 1920])
def test_the_page_of_a_station_is_for_gloves_and_axe_finds_nothing(open_page, plant, width):
    with plant.context():
        User.objects.filter(pk=plant.people["operator"].pk).update(display_name="Aleksandra Wiśniewska-Kowalczyk")
    page = open_page("operator", f"/terminal/{plant.stations['ST-01'].pk}/", viewport={"width": width, "height": 768})

    assert problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    buttons = page.locator(".own-station :is(.choice, .badge, .stop, .acts > *)").all()
    assert min(button.bounding_box()["height"] for button in buttons) >= 64
