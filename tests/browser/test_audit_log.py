"""The audit log in a real browser: found from the menu, filtered, one object's history, on a phone and on a wall."""

import pytest
from playwright.sync_api import expect

from apps.core.models import AuditLog
from tests.browser.test_board import PHONE, problems

WIDTHS = {
    "phone": PHONE,
    "desk": {"viewport": {"width": 1280, "height": 900}},
    "wall": {"viewport": {"width": 1920, "height": 1080}},
}


def many(plant):
    """Thousands of entries, of all kinds; one with much in it."""
    with plant.context():
        station, person = plant.stations["ST-01"], plant.people["supervisor"]
        station.name = "A very long name of a station that nobody would ever choose " * 4
        station._change_reason = "Because"
        station.save()
        AuditLog.objects.bulk_create(
            AuditLog(
                tenant=plant.tenant,
                user_id=person.pk,
                action=("update", "login", "export", "delete")[n % 4],
                entity_type="stations",
                entity_id=str(station.pk),
                changes={"name": ["x" * 500, None]} if n % 4 == 0 else {},
                request_id="0123456789abcdef" * 2,
            )
            for n in range(3000)
        )


def expect_no_sideways_scrolling(page):
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_an_admin_goes_from_the_menu_to_an_object_as_it_was(open_page, plant):
    with plant.context():
        station = plant.stations["ST-05"]
        station.name = "Packing and shipping"
        station.save()
    page = open_page("admin")

    page.get_by_role("button", name="menu").click()
    page.get_by_role("link", name="Audit log").click()
    page.get_by_label("Table").select_option("Stations")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name="ST-05").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ST-05")
    page.get_by_role("link", name="as it was then").last.click()

    then = page.locator("#then")
    expect(then).to_contain_text("it was as the system had left it")
    expect(then.locator("dl")).to_contain_text("Packing")
    expect(then.locator("dl")).not_to_contain_text("shipping")
    page.get_by_label("Moment").fill("2020-01-01T00:00:00")
    page.get_by_role("button", name="Show").click()
    expect(then).to_contain_text("On 2020-01-01 00:00:00 it did not exist yet.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_page, plant, width, scheme):
    page = open_page("admin", path="/audit/?kind=export", color_scheme=scheme, **WIDTHS[width])
    expect(page.get_by_text("Nothing is recorded that fits.")).to_be_visible()
    assert problems(page) == []

    page.goto("/audit/")
    expect(page.locator(".record li").first).to_be_visible()
    assert problems(page) == []

    many(plant)
    for path in ("/audit/", f"/audit/stations/{plant.stations['ST-01'].pk}/?at=2100-01-01T00:00"):
        page.goto(path)
        expect(page.locator(".record li")).to_have_count(50)
        assert problems(page) == []
        expect_no_sideways_scrolling(page)


def test_the_csv_is_downloaded_with_the_filters(open_page, plant):
    page = open_page("admin", path="/audit/?table=jobs")

    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()

    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert download.value.suggested_filename == "audit.csv"
    assert len(lines) > 4 and all(",jobs," in line for line in lines[1:])
