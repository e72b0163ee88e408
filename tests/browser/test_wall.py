"""The wall display in a real browser: large enough on every screen, live, and back by itself after whatever the network does."""

import re
from functools import partial

import pytest
from playwright.sync_api import expect

from apps.core import terminals
from apps.core.models import Device
from apps.shopfloor import services
from tests.browser.test_board import problems
from tests.factories import create_station, create_wall

SCREENS = [(1920, 1080), (3840, 2160)]
NARROW = (1080, 1920)  # a screen that hangs upright


@pytest.fixture
def open_wall(browser, server, plant):
    """open_wall(**options of the display): its page in a browser where nobody is signed in. Complaints fail the test."""
    contexts, complaints = [], []

    def open_wall(*, size=SCREENS[0], before=None, **options):
        with plant.context():
            token = create_wall(tenant=plant.tenant, **options)
        context = browser.new_context(base_url=server, viewport={"width": size[0], "height": size[1]})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        if before:
            before(page)
        with page.expect_response("**/board/stream/**"):
            page.goto(f"/board/tv/{token}/")
        return page

    yield open_wall
    for context in contexts:
        context.close()
    assert [text for text in complaints if "Failed to load resource" not in text and "net::ERR" not in text] == []


def plate(page, code):
    return page.locator(".plate", has=page.get_by_text(code, exact=True))


def cut(page):
    """Nothing reaches the server, and what is open goes silent: as at night, without a word to the browser."""
    page.route("**/board/**", lambda route: route.abort())


def let_pass(page, seconds):
    """In steps: what is asked meanwhile is answered."""
    for _ in range(seconds):
        page.clock.run_for(1_000)


def fill(plant, count):
    with plant.context():
        for number in range(count - len(plant.stations)):
            create_station(tenant=plant.tenant, code=f"ST-{number + 6:02}", line="Line A")


def sizes(page):
    """In px of the letters: {what: its smallest}."""
    return page.evaluate("""() => Object.fromEntries(["b", "strong", "time", "data"].map((what) => [what,
        Math.min(...[...document.querySelectorAll(`.page:not([hidden]) .plate ${what}`)].map((e) => parseFloat(getComputedStyle(e).fontSize)))]))""")


def clipped(page):
    """What does not fit its tile, or is cut at the right (but small words, that may be)."""
    return page.evaluate("""() => [...document.querySelectorAll(".page:not([hidden]) .plate")].flatMap((plate) => {
        const box = plate.getBoundingClientRect();
        return [...plate.querySelectorAll("b > span, strong > span, time, data, .icon")].filter((e) => {
            const { left, right, top, bottom } = e.getBoundingClientRect();
            return left < box.left || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1;
        }).map((e) => `${e.textContent} of ${plate.textContent}`);
    })""")


@pytest.mark.parametrize("size", [*SCREENS, NARROW])
@pytest.mark.parametrize("stations", [5, 20])
def test_letters_are_large_enough_for_five_metres_and_everything_fits(open_wall, plant, size, stations):
    fill(plant, stations)
    with plant.context():
        services.set_status(plant.stations["ST-05"], "idle", reason=_reason(plant, "setup"), by=None)
        services.call_for(plant.stations["ST-05"], "help", by=plant.people["operator"])
        create_station(tenant=plant.tenant, code="CUTTING-LEFT-17", line="Line C")
    page = open_wall(size=size, lines=["Line A", "Line B"] if stations == 20 else [])
    scale = max(size) / 1920

    assert page.locator(".page:not([hidden]) .plate").count() == (20 if stations == 20 else 6)
    found = sizes(page)
    assert min(found["b"], found["strong"]) >= 66 * scale and min(found["time"], found["data"]) >= 52 * scale
    assert clipped(page) == []
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == list(size)


def _reason(plant, code):
    from apps.shopfloor.models import StopReason

    return StopReason.objects.get(tenant=plant.tenant, code=code)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_every_text_has_a_contrast_of_7(open_wall, plant, theme):
    with plant.context():
        services.set_status(plant.stations["ST-01"], "blocked", reason=_reason(plant, "machine"), by=None)
        services.set_status(plant.stations["ST-03"], "idle", reason=_reason(plant, "setup"), by=None)
    page = open_wall(theme=theme)

    assert problems(page) == []
    assert page.evaluate(CONTRASTS) >= 7


CONTRASTS = """() => {
    const light = (color) => { const [r, g, b] = color.match(/[\\d.]+/g).map((n) => (n /= 255) <= .03928 ? n / 12.92 : ((n + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
    const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!c.endsWith(", 0)")) return c; } };
    return Math.min(...[...document.querySelectorAll("header *, .plate *, .plate svg")].filter((e) => e.checkVisibility()).map((e) => {
        const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x); return (a + .05) / (b + .05); }));
}"""


def test_it_shows_a_change_within_a_second(open_wall, plant):
    page = open_wall()
    expect(plate(page, "ST-01")).to_have_attribute("data-status", "running")

    with plant.context():
        services.set_status(plant.stations["ST-01"], "blocked", reason=_reason(plant, "machine"), by=None)

    expect(plate(page, "ST-01")).to_have_attribute("data-status", "blocked", timeout=1_000)
    assert page.locator(".plate b").first.inner_text() == "ST-01"  # the loudest comes first


def test_pages_turn_by_themselves(open_wall, plant):
    fill(plant, 26)
    page = open_wall(before=lambda page: page.clock.install())
    expect(page.locator(".page:not([hidden]) header")).to_contain_text("1 of 3")

    page.clock.run_for(15_000)
    expect(page.locator(".page:not([hidden]) header")).to_contain_text("2 of 3")
    page.clock.run_for(30_000)
    expect(page.locator(".page:not([hidden]) header")).to_contain_text("1 of 3")


def test_with_the_network_cut_it_keeps_the_last_picture_says_how_old_it_is_and_comes_back(open_wall, plant):
    page = open_wall(before=lambda page: page.clock.install())
    cut(page)
    page.evaluate("dispatchEvent(new Event('offline'))")

    page.clock.run_for(12_000)
    expect(page.locator("#state")).to_have_text(re.compile(r"^data from \d\d:\d\d:\d\d · 0 min old$"))
    page.clock.run_for(5 * 3600_000)  # the night
    expect(page.locator("#state")).to_have_text(re.compile(r"· (299|300) min old$"))
    expect(plate(page, "ST-01")).to_be_visible()
    shown = plate(page, "ST-01").locator("time").inner_text()
    assert shown == "0m"  # times stand still
    with plant.context():
        services.set_status(plant.stations["ST-02"], "blocked", reason=_reason(plant, "machine"), by=None)
    page.unroute("**/board/**")
    let_pass(page, 45)

    expect(page.locator("#state")).to_be_hidden()
    expect(plate(page, "ST-02")).to_have_attribute("data-status", "blocked")
    with plant.context():
        services.set_status(plant.stations["ST-02"], "running", by=None)
    expect(plate(page, "ST-02")).to_have_attribute("data-status", "running")  # by the stream again


def test_tries_come_later_and_later(open_wall):
    tries = []
    page = open_wall(before=lambda page: page.clock.install())
    page.on("request", lambda request: tries.append(request.url) if "since=" in request.url else None)
    cut(page)
    page.evaluate("dispatchEvent(new Event('offline')), dispatchEvent(new Event('online'))")
    let_pass(page, 600)

    assert 15 <= len(tries) <= 45  # in ten minutes: every 30 s, a few more at the start


def answer_with(status, route):
    route.fulfill(status=status, body="<h1>Sign in to the network</h1>")


def test_what_a_gateway_answers_in_the_servers_place_is_not_shown(open_wall):
    page = open_wall(before=lambda page: page.clock.install())
    for status in (200, 404, 502):
        page.unroute("**/board/**")
        page.route("**/board/**", partial(answer_with, status))
        page.evaluate("dispatchEvent(new Event('online'))")
        let_pass(page, 15)
        expect(plate(page, "ST-01")).to_be_visible()
        expect(page.locator("#state")).to_contain_text("data from")


def test_without_streams_it_asks_every_few_seconds(open_wall, plant):
    page = open_wall(before=lambda page: page.route("**/board/stream/**", lambda route: route.fulfill(status=502)))
    with plant.context():
        services.set_status(plant.stations["ST-01"], "idle", by=None)

    expect(plate(page, "ST-01")).to_have_attribute("data-status", "idle", timeout=6_000)
    expect(page.locator("#state")).to_be_hidden()


def test_a_revoked_display_goes_dark_at_once(open_wall, plant):
    page = open_wall()
    expect(plate(page, "ST-01")).to_be_visible()

    with plant.context():
        terminals.revoke_device(Device.objects.get(kind="wall"), by=None)

    expect(page.get_by_role("heading", name="This display shows nothing any more")).to_be_visible()
    expect(page.locator(".plate")).to_have_count(0)


def test_it_loads_itself_anew_when_the_server_is_another(open_wall, plant):
    page = open_wall(before=lambda page: page.clock.install())

    def newer(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r'data-build="\w+"', 'data-build="newer"', answer.text()))

    page.route("**/board/tv/**since=**", newer)
    page.clock.run_for(61_000)
    with page.expect_navigation(), plant.context():
        services.set_status(plant.stations["ST-01"], "idle", by=None)

    page.unroute_all(behavior="ignoreErrors")
    expect(plate(page, "ST-01")).to_have_attribute("data-status", "idle")


def test_sound_is_off_until_it_is_switched_on_here(open_wall, plant):
    listen = "window.tones = 0; const start = OscillatorNode.prototype.start; OscillatorNode.prototype.start = function (...given) { window.tones += 1; start.apply(this, given); }"
    page = open_wall(before=lambda page: page.add_init_script(listen))
    button = page.locator("#sound")
    expect(button).to_have_text("Sound off")
    with plant.context():
        services.call_for(plant.stations["ST-01"], "help", by=plant.people["operator"])
    expect(plate(page, "ST-01").locator("[data-call=open]")).to_be_visible()
    assert page.evaluate("tones") == 0

    button.click()
    expect(button).to_have_text("Sound on")
    with plant.context():
        services.call_for(plant.stations["ST-02"], "help", by=plant.people["operator"])

    expect(plate(page, "ST-02").locator("[data-call=open]")).to_be_visible()
    assert page.evaluate("tones") > 0


def test_without_javascript_it_is_a_page_that_loads_itself_anew(browser, server, plant):
    with plant.context():
        token = create_wall(tenant=plant.tenant)
    page = browser.new_context(base_url=server, java_script_enabled=False).new_page()
    page.goto(f"/board/tv/{token}/")

    expect(plate(page, "ST-01")).to_be_visible()
    assert page.locator("meta[http-equiv=refresh]").count() == 1
    page.context.close()


def test_axe_finds_nothing_on_the_page_that_makes_displays(open_page, plant):
    with plant.context():
        create_wall(tenant=plant.tenant)
    page = open_page("supervisor", "/board/tv/")

    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Name of the display").fill("Over the gate")
    page.get_by_role("button", name="show its address").click()
    expect(page.get_by_label("Address")).to_have_value(re.compile(r"/board/tv/[0-9a-f]{32}\.[0-9a-f]{32}\.[\w-]{43}/$"))
    assert problems(page) == []
