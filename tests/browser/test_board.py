"""The board in real browsers: what one clicks, the others see; by mouse, by key, by thumb, and without JavaScript."""

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import expect

from apps.core.models import RequestKey
from apps.shopfloor import services
from apps.shopfloor.models import Event, EventType, Job, Station, StationAssignment, StopReason

PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}


def tile(page, code):
    return page.locator(f".tile[data-code='{code}']")


def expect_status(page, code, status):
    expect(tile(page, code)).to_have_attribute("data-status", status)


def problems(page) -> list[str]:
    """What axe finds on the page, a line for each."""
    page.emulate_media(reduced_motion="reduce")  # a colour half way to another is no fault
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {node['html'][:160]} {node['failureSummary'][:160]}" for v in found for node in v["nodes"]]


# --- two browsers


def test_one_clicks_the_badge_and_the_other_sees_it_within_a_second(live_page):
    mine, theirs = live_page("supervisor"), live_page("operator")

    tile(mine, "ST-01").locator(".badge").click()

    expect(tile(theirs, "ST-01")).to_have_attribute("data-status", "idle", timeout=1_000)
    expect_status(mine, "ST-01", "idle")
    expect(theirs.get_by_text("1 running · 2 idle")).to_be_visible()


def test_undo_brings_the_status_back_on_every_board(live_page):
    mine, theirs = live_page("operator"), live_page("supervisor")
    tile(mine, "ST-01").locator(".badge").click()
    expect_status(theirs, "ST-01", "idle")

    mine.get_by_role("button", name="Undo").click()

    expect_status(theirs, "ST-01", "running")
    expect_status(mine, "ST-01", "running")


def test_blocked_takes_two_taps_and_shows_reason_and_call(live_page):
    mine, theirs = live_page("operator"), live_page("supervisor")

    tile(mine, "ST-02").get_by_role("link", name="Block").click()
    mine.locator("#sheet").get_by_role("button", name="Machine failure").click()

    expect_status(theirs, "ST-02", "blocked")
    expect(tile(theirs, "ST-02")).to_contain_text("Machine failure")
    tile(theirs, "ST-02").get_by_role("button", name="I come").click()
    expect(tile(mine, "ST-02")).to_contain_text("is coming")


def test_two_stations_of_one_job_show_one_sum(live_page, plant):
    with plant.context():
        services.assign_job(plant.stations["ST-04"], plant.job, by=plant.people["supervisor"], run=True)
    mine, theirs = live_page("operator"), live_page("operator")

    tile(mine, "ST-04").get_by_role("button", name="+1").click()
    tile(theirs, "ST-01").get_by_role("button", name="+1").click()

    for page in (mine, theirs):
        for code in ("ST-01", "ST-04"):
            expect(tile(page, code).locator(".count")).to_have_text("42 / 100")


def test_a_press_on_what_has_moved_says_who_moved_it(live_page, plant):
    page = live_page("operator")
    page.route("**/board/tiles/**", lambda route: route.abort())  # this board has not heard of it yet
    with plant.context():
        services.set_status(plant.stations["ST-01"], "idle", by=plant.people["supervisor"])

    tile(page, "ST-01").locator(".badge").click()

    expect(page.locator("#notices")).to_contain_text(str(plant.people["supervisor"]))
    expect_status(page, "ST-01", "idle")


# --- presses


def test_every_press_of_plus_one_counts_however_quick(live_page):
    page = live_page("operator")

    page.evaluate(
        """() => { for (let i = 0; i < 5; i++) document.querySelector(".tile[data-code='ST-01'] [name=good]").click(); }"""
    )

    expect(tile(page, "ST-01").locator(".count")).to_have_text("45 / 100")


def test_a_press_that_the_network_swallowed_is_tried_again_and_counts_once(live_page, plant):
    page = live_page("operator")
    answers = []

    def swallow(route):
        if answers:
            return route.continue_()
        answers.append(route.fetch().status)  # the server acts, its answer is lost
        route.abort()

    page.route("**/report/", swallow)
    tile(page, "ST-02").get_by_role("button", name="+1").click()
    expect(page.locator("#notices")).to_contain_text("did not answer")
    page.get_by_role("button", name="Try again").click()

    expect(page.locator("#toast")).to_contain_text("+1 good")
    with plant.context():
        assert Event.objects.filter(event_type=EventType.QUANTITY_REPORTED).count() == 1


def test_a_press_cut_off_with_its_database_connection_is_tried_again_and_counts_once(live_page, plant):
    page = live_page("operator")
    with plant.context():
        Job.objects.locked().get(code="JOB-2")  # the press stands in the middle of its transaction
        tile(page, "ST-02").get_by_role("button", name="+1").click()
        cut_off_who_waits()
    expect(page.locator("#notices")).to_contain_text("it is not done twice")
    page.get_by_role("button", name="Try again").click()

    expect(page.locator("#toast")).to_contain_text("+1 good")
    with plant.context():
        assert Event.objects.filter(event_type=EventType.QUANTITY_REPORTED).count() == 1
        assert RequestKey.objects.count() == 1


def cut_off_who_waits():
    waiting = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with connection.cursor() as cursor:
        for _ in range(100):
            cursor.execute(f"select pg_stat_clear_snapshot(), (select count(pg_terminate_backend(pid)) {waiting})")
            if cursor.fetchone()[1]:
                return
            time.sleep(0.05)


def test_more_units_scrap_and_completion_each_from_their_sheet(live_page, plant):
    page = live_page("supervisor")
    sheet = page.locator("#sheet")

    tile(page, "ST-01").get_by_role("link", name="+n").click()
    sheet.get_by_role("button", name="+10", exact=True).click()
    expect(tile(page, "ST-01").locator(".count")).to_have_text("50 / 100")
    expect(sheet).to_be_hidden()

    tile(page, "ST-01").get_by_role("link", name="+n").click()
    sheet.get_by_label("Units").fill("500")
    sheet.get_by_role("button", name="Report good").click()
    expect(sheet).to_contain_text("at most 55 more")
    page.keyboard.press("Escape")

    tile(page, "ST-01").get_by_role("link", name="More").click()
    sheet.get_by_role("link", name="Scrap").click()
    sheet.get_by_role("button", name="Scratch").click()
    expect(tile(page, "ST-01")).to_contain_text("1 scrap")

    tile(page, "ST-01").get_by_role("link", name="Complete").click()
    sheet.get_by_role("button", name="Book 50").click()
    expect(tile(page, "ST-01")).to_contain_text("No job")
    expect_status(page, "ST-01", "idle")
    page.get_by_role("button", name="Undo").click()
    expect(tile(page, "ST-01").locator(".count")).to_have_text("50 / 100")
    expect_status(page, "ST-01", "running")


def test_the_reason_other_asks_for_a_word_in_its_sheet(live_page):
    page = live_page("operator")
    sheet = page.locator("#sheet")
    tile(page, "ST-01").get_by_role("link", name="Block").click()

    sheet.get_by_role("button", name="Other").click()
    sheet.get_by_label("Other: what is it?").fill("A bird in the hall")
    sheet.get_by_role("button", name="Other").click()

    expect_status(page, "ST-01", "blocked")


# --- jobs: drag, and menus for those who cannot


def test_a_job_is_dragged_from_the_queue_onto_a_station(live_page):
    page, other = live_page("supervisor"), live_page("operator")

    page.locator(".card", has_text="JOB-3").drag_to(tile(page, "ST-03"))

    for board in (page, other):
        expect(tile(board, "ST-03")).to_contain_text("JOB-3")
        expect_status(board, "ST-03", "running")
        expect(board.locator(".card", has_text="JOB-3")).to_have_count(0)


def test_a_job_dragged_onto_a_busy_station_asks_before_it_takes_the_other_off(live_page):
    page = live_page("supervisor")

    tile(page, "ST-01").locator(".work").drag_to(tile(page, "ST-02"))
    page.locator("#sheet").get_by_role("button", name="takes JOB-2 off first").click()

    expect(tile(page, "ST-02")).to_contain_text("JOB-1")
    expect(tile(page, "ST-01")).to_contain_text("No job")
    expect(page.locator(".card", has_text="JOB-2")).to_be_visible()


def test_menus_do_what_dragging_does(live_page):
    page = live_page("supervisor")
    sheet = page.locator("#sheet")

    tile(page, "ST-01").get_by_role("link", name="More").click()
    sheet.get_by_role("link", name="Move JOB-1").click()
    sheet.get_by_role("button", name="ST-05").click()
    expect(tile(page, "ST-05")).to_contain_text("JOB-1")

    page.locator(".card", has_text="JOB-4").click()
    sheet.get_by_role("button", name="ST-04").click()
    expect(tile(page, "ST-04")).to_contain_text("JOB-4")

    tile(page, "ST-04").get_by_role("link", name="More").click()
    sheet.get_by_role("button", name="Take JOB-4 off").click()
    expect(page.locator(".card", has_text="JOB-4")).to_be_visible()

    tile(page, "ST-03").get_by_role("button", name="Start JOB-3").click()
    expect_status(page, "ST-03", "running")


# --- keys


def test_the_board_is_worked_by_keys_alone(live_page):
    page = live_page("supervisor")

    def press(*keys):
        for key in keys:
            page.keyboard.press(key)

    tile(page, "ST-01").focus()
    press("ArrowRight")
    expect(tile(page, "ST-02")).to_be_focused()
    press("i")
    expect_status(page, "ST-02", "idle")
    expect(tile(page, "ST-02")).to_be_focused()
    press("r")
    expect_status(page, "ST-02", "running")
    press("u")
    expect_status(page, "ST-02", "idle")
    press("b")
    expect(page.locator("#sheet")).to_contain_text("Why does ST-02 stand?")
    press("Escape")
    expect(tile(page, "ST-02")).to_be_focused()
    press("+")
    expect(tile(page, "ST-02").locator(".count")).to_have_text("1 / 100")
    press("?")
    expect(page.locator("#keys")).to_be_visible()
    press("Escape", "/")
    page.keyboard.type("pack")
    expect(page.locator(".tile")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=pack"))


def test_keyboard_focus_stays_on_the_pressed_button_after_its_tile_was_replaced(live_page):
    page = live_page("operator")
    button = tile(page, "ST-01").get_by_role("button", name="+1")
    button.focus()

    page.keyboard.press("Enter")
    expect(tile(page, "ST-01").locator(".count")).to_have_text("41 / 100")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")

    expect(tile(page, "ST-01").locator(".count")).to_have_text("42 / 100")


# --- lines that drop


def test_a_lost_connection_is_said_after_ten_seconds_and_heals_by_itself(live_page, plant):
    page = live_page("operator")
    page.clock.install()

    page.context.set_offline(True)
    page.clock.fast_forward(12_000)
    expect(page.locator(".stale-banner")).to_contain_text("connection")
    expect(page.locator("#live")).to_contain_text("data from")
    with plant.context():
        services.set_status(plant.stations["ST-01"], "idle", by=None)
    page.context.set_offline(False)
    page.clock.fast_forward(3_000)

    expect_status(page, "ST-01", "idle")
    expect(page.locator(".stale-banner")).to_have_count(0)


def test_without_streams_the_board_asks_by_itself(open_page, plant):
    page = open_page("operator", path="/healthz")
    page.add_init_script("delete window.EventSource")
    page.goto("/board/")
    expect_status(page, "ST-01", "running")

    with plant.context():
        services.set_status(plant.stations["ST-01"], "idle", by=None)

    expect(tile(page, "ST-01")).to_have_attribute("data-status", "idle", timeout=8_000)


# --- without JavaScript


def test_everything_works_as_plain_forms(open_page, plant):
    page = open_page("supervisor", java_script_enabled=False)

    tile(page, "ST-01").locator(".badge").click()
    expect_status(page, "ST-01", "idle")
    page.get_by_role("button", name="Undo").click()
    expect_status(page, "ST-01", "running")

    tile(page, "ST-01").get_by_role("button", name="+1").click()
    expect(tile(page, "ST-01").locator(".count")).to_have_text("41 / 100")
    tile(page, "ST-01").get_by_role("link", name="+n").click()
    page.get_by_role("button", name="+5", exact=True).click()
    expect(tile(page, "ST-01").locator(".count")).to_have_text("46 / 100")

    tile(page, "ST-01").get_by_role("link", name="Block").click()
    page.get_by_role("button", name="Machine failure").click()
    expect_status(page, "ST-01", "blocked")
    tile(page, "ST-03").get_by_role("button", name="Start JOB-3").click()
    expect_status(page, "ST-03", "running")

    tile(page, "ST-03").get_by_role("link", name="More").click()
    page.get_by_role("link", name="Move JOB-3").click()
    page.get_by_role("button", name="ST-04").click()
    expect(tile(page, "ST-04")).to_contain_text("JOB-3")
    tile(page, "ST-04").get_by_role("link", name="Complete").click()
    page.get_by_role("button", name="Book 100").click()
    expect(tile(page, "ST-04")).to_contain_text("No job")

    page.locator("#line").select_option("Line B")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".tile")).to_have_count(2)


# --- thumbs, eyes


def test_on_a_phone_nothing_overflows_and_every_action_is_big_enough_for_gloves(live_page):
    page = live_page("supervisor", **PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") == 360
    small = page.evaluate(
        """() => [...document.querySelectorAll(".tile button, .tile a.button, .tools input:not([type=radio]), .card")]
            .map((e) => [e.textContent.trim().slice(0, 20), e.getBoundingClientRect().height])
            .filter(([_, height]) => height < 54)"""
    )
    assert small == []
    tile(page, "ST-02").get_by_role("link", name="Block").tap()
    page.locator("#sheet").get_by_role("button", name="No material").tap()
    expect_status(page, "ST-02", "blocked")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(live_page, plant, scheme):
    with plant.context():
        services.call_for(plant.stations["ST-01"], "material", by=plant.people["operator"], part="Glass", qty=20)
        machine, setup = (StopReason.objects.for_tenant(plant.tenant).get(code=code) for code in ("machine", "setup"))
        services.set_status(plant.stations["ST-02"], "blocked", by=None, reason=machine)
        services.set_status(plant.stations["ST-03"], "idle", by=None, reason=setup)
    page = live_page("supervisor", color_scheme=scheme, reduced_motion="reduce")
    tile(page, "ST-01").locator(".badge").click()
    expect(page.locator("#toast")).to_contain_text("ST-01 is idle")
    assert problems(page) == []

    for link in ("More", "Block", "+n", "Complete"):
        tile(page, "ST-01").get_by_role("link", name=link).click()
        expect(page.locator("#sheet .sheet-in h2")).to_be_visible()
        page.wait_for_timeout(250)
        assert problems(page) == []
        page.keyboard.press("Escape")

    page.goto(f"/stations/{plant.stations['ST-02'].pk}/")
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    assert problems(page) == []


def test_the_station_page_follows_what_happens_there(live_page, plant):
    station = plant.stations["ST-01"]
    page = live_page("operator", path=f"/stations/{station.pk}/")

    with plant.context():
        services.report(StationAssignment.objects.get(station=station), by=plant.people["supervisor"], good=7)

    expect(page.locator(".feed")).to_contain_text("7 good on JOB-1")
    expect(tile(page, "ST-01").locator(".count")).to_have_text("47 / 100")


def test_the_answer_to_a_click_is_there_within_300_ms(live_page, plant):
    page = live_page("operator")
    took = []
    for status in ("idle", "running", "idle", "running"):
        start = time.monotonic()
        tile(page, "ST-01").locator(".badge").click()
        expect_status(page, "ST-01", status)
        took.append(time.monotonic() - start)

    assert min(took) < 1.0, took  # a shared machine; the bench tells the true figures
    with plant.context():
        assert Station.objects.get(code="ST-01").status == "running"
