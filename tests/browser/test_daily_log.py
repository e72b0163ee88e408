"""The daily log in a browser: by keyboard alone, pasted into, on a phone, in both themes, without scripts."""

from datetime import timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from apps.registry import services
from apps.registry.models import AssetIdentity, DailyLog
from tests.factories import create_asset, create_location

pytestmark = pytest.mark.django_db(transaction=True)
HOURS, DIAL, FUEL = "run_hours_added", "run_hours_reading", "fuel_liters_added"


@pytest.fixture
def pumps(plant):
    with plant.context():
        place = create_location(tenant=plant.tenant, name="North")
        found = [create_asset(tenant=plant.tenant, name=f"Pump {n}", location=place) for n in range(5)]
        for number, asset in enumerate(found):
            AssetIdentity.objects.filter(asset=asset).update(client_code=f"P-{number}")
        day = plant.tenant.local(timezone.now()).date()
        for back in range(1, 8):
            rows = [{"asset": found[0], HOURS: Decimal(8), FUEL: Decimal(20)}, {"asset": found[2], DIAL: Decimal(100)}]
            services.save_daily_logs(
                plant.tenant, day - timedelta(days=back), "", rows[: 2 if back == 2 else 1], by=plant.people["admin"]
            )
    return found


def cell(page, name, asset):
    return page.locator(f"#{name}-{asset.pk}".replace("#", "[id='") + "']")


def focused(page):
    return page.evaluate("document.activeElement.id")


def check(page):
    page.wait_for_timeout(300)  # colours settle
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def logs(plant):
    with plant.context():
        today = plant.tenant.local(timezone.now()).date()
        return {log.asset.name: log for log in DailyLog.objects.filter(date=today).select_related("asset")}


def test_a_day_is_logged_by_keyboard_alone(open_page, plant, pumps):
    page = open_page(path="/daily-log/")
    cell(page, HOURS, pumps[0]).focus()

    page.keyboard.type("7,5")
    page.keyboard.press("Enter")  # down, and sends nothing
    assert focused(page) == f"{HOURS}-{pumps[1].pk}"
    page.keyboard.type("3")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert focused(page) == f"{DIAL}-{pumps[2].pk}"
    page.keyboard.type("104.5")
    expect(cell(page, HOURS, pumps[2])).to_have_attribute("placeholder", "4.5")
    page.keyboard.press("Tab")
    assert focused(page) == f"{FUEL}-{pumps[2].pk}"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == f"{DIAL}-{pumps[1].pk}"
    expect(page.locator("[data-count]")).to_contain_text("3 changed")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#toast")).to_contain_text("3 rows of")
    saved = logs(plant)
    assert (saved["Pump 0"].run_hours_added, saved["Pump 1"].run_hours_added) == (Decimal("7.5"), 3)
    assert (saved["Pump 2"].run_hours_reading, saved["Pump 2"].run_hours_added) == (Decimal("104.5"), Decimal("4.5"))


def test_the_cell_that_is_typed_into_is_never_covered(open_page, plant, pumps):
    with plant.context():
        for n in range(30):
            create_asset(tenant=plant.tenant, name=f"Saw {n:02}", location=pumps[0].location)
    page = open_page(path="/daily-log/", viewport={"width": 1280, "height": 720})
    cell(page, HOURS, pumps[0]).focus()

    for key in ["ArrowDown"] * 30 + ["ArrowUp"] * 30:
        page.keyboard.press(key)
        seen = page.evaluate(
            """() => {
                const {left, top, width, height} = document.activeElement.getBoundingClientRect();
                return document.elementFromPoint(left + width / 2, top + height / 2) === document.activeElement;
            }"""
        )
        assert seen, f"{key}: {focused(page)} is covered"


def paste(page, target, text):
    target.focus()
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def test_a_block_of_a_spreadsheet_is_pasted_asked_about_and_saved(open_page, plant, pumps):
    page = open_page(path="/daily-log/")
    cell(page, HOURS, pumps[4]).fill("2")
    paste(page, cell(page, HOURS, pumps[1]), "P-3\t1,5\t\t1,234\nP-4\t\t\t2,345")

    expect(page.get_by_text("3 cells are filled in")).to_be_visible()
    expect(cell(page, HOURS, pumps[3])).to_have_value("1,5")
    expect(cell(page, HOURS, pumps[4])).to_have_value("2")  # what was typed stays
    assert focused(page) == f"{HOURS}-{pumps[1].pk}"
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("how is “1,234” meant?")).to_be_visible()
    check(page)
    page.get_by_role("radio", name="with a decimal comma").check()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator("#toast")).to_contain_text("2 rows of")
    saved = logs(plant)
    assert (saved["Pump 3"].fuel_liters_added, saved["Pump 4"].fuel_liters_added) == (
        Decimal("1.234"),
        Decimal("2.345"),
    )


def test_numbers_alone_go_down_from_their_cell(open_page, plant, pumps):
    page = open_page(path="/daily-log/")
    paste(page, cell(page, DIAL, pumps[2]), "104,5\t20\n3\t4")

    expect(cell(page, DIAL, pumps[2])).to_have_value("104,5")
    expect(cell(page, FUEL, pumps[2])).to_have_value("20")
    expect(cell(page, DIAL, pumps[3])).to_have_value("3")


def test_errors_stand_in_place_and_an_unusual_value_is_confirmed(open_page, plant, pumps):
    page = open_page(path="/daily-log/")
    cell(page, HOURS, pumps[0]).fill("2")
    expect(cell(page, HOURS, pumps[0])).to_have_class("is-far is-changed")
    cell(page, HOURS, pumps[1]).fill("30")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("A day has at most 24 h.", exact=True)).to_be_visible()
    expect(page.get_by_text("Really? That is 2.0 h; 8.0 h is usual here.")).to_be_visible()
    expect(cell(page, HOURS, pumps[1])).to_have_value("30")
    check(page)
    cell(page, HOURS, pumps[1]).fill("3")
    page.get_by_label("Yes, it is right").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toast")).to_contain_text("2 rows of")


def test_unsaved_cells_are_not_left_unawares(open_page, pumps):
    page = open_page(path="/daily-log/")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    cell(page, HOURS, pumps[0]).click()
    page.keyboard.type("2")
    page.get_by_role("link", name="The day before").click()
    page.wait_for_timeout(300)

    assert asked == ["beforeunload"]
    assert "date=" not in page.url
    page.keyboard.press("Escape")
    cell(page, HOURS, pumps[0]).fill("")
    page.get_by_role("link", name="The day before").click()
    page.wait_for_url("**/daily-log/?date=*")
    assert asked == ["beforeunload"]


def test_without_scripts_it_is_a_plain_form(open_page, plant, pumps):
    page = open_page(path="/daily-log/", java_script_enabled=False)
    cell(page, HOURS, pumps[0]).fill("7,5")
    page.get_by_text("Paste from a spreadsheet").click()
    page.get_by_label("Cells").fill("P-1;3")
    page.get_by_role("button", name="Fill in").click()
    expect(cell(page, HOURS, pumps[1])).to_have_value("3")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator("#toast")).to_contain_text("2 rows of")


def test_on_paper_it_says_of_which_day_it_is(open_page, plant, pumps):
    page = open_page(path="/daily-log/")
    with plant.context():
        today = plant.tenant.local(timezone.now()).date()
    expect(page.locator("p", has_text=str(today))).to_be_hidden()
    page.emulate_media(media="print")

    expect(page.locator("p", has_text=str(today))).to_be_visible()
    expect(page.get_by_label("Date")).to_be_hidden()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_it_is_usable_at_every_width(open_page, pumps, scheme, width, tmp_path):
    page = open_page(path="/daily-log/", color_scheme=scheme, viewport={"width": width, "height": 900})
    check(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    box = cell(page, HOURS, pumps[0]).bounding_box()
    if width == 360:
        assert box["height"] >= 44
    else:
        assert 24 <= page.locator(f"[id='row-{pumps[0].pk}']").bounding_box()["height"] <= 32
    for path in (f"/daily-log/{pumps[0].pk}/", "/daily-logs/"):
        page.goto(path)
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
