"""An import in the admin, in a browser: sent, asked, seen, done; light and dark, and nothing for axe or the policy."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from apps.shopfloor.models import ScrapReason, StopReason

pytestmark = pytest.mark.django_db(transaction=True)
SHEET = "code;name;group;planned_minutes\nmachine;Machine broken;equipment;1,000\njam;Paper jam;material;2,000\n"


def check(page):
    page.wait_for_timeout(300)  # colours settle
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_manager_imports_a_sheet(open_page, plant, scheme, tmp_path):
    page = open_page(
        "admin", "/admin/shopfloor/stopreason/", color_scheme=scheme, viewport={"width": 1280, "height": 900}
    )
    page.get_by_role("link", name="Import").click()
    check(page)
    (tmp_path / "reasons.csv").write_text(SHEET)
    page.get_by_label("File").set_input_files(tmp_path / "reasons.csv")
    page.get_by_role("button", name="Preview").click()

    expect(page.get_by_text("how is “1,000” meant?")).to_be_visible()
    check(page)
    page.get_by_role("radio", name="with a decimal point").check()
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_role("heading", name="Changed: 1")).to_be_visible()
    expect(page.get_by_role("heading", name="New: 1")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.get_by_text("Imported: 1 new, 1 changed, 0 unchanged.")).to_be_visible()
    with plant.context():
        assert dict(StopReason.objects.filter(code__in=["machine", "jam"]).values_list("name", "planned_minutes")) == {
            "Machine broken": 1000,
            "Paper jam": 2000,
        }


def test_what_is_wrong_is_shown_at_its_cell(open_page, plant):
    page = open_page("admin", "/admin/shopfloor/scrapreason/import/")
    page.get_by_label("Or cells").fill("code\tname\tis_active\nchip\tChip\tperhaps\n")
    page.get_by_role("button", name="Preview").click()

    expect(page.get_by_text("is neither yes nor no")).to_be_visible()
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)
    check(page)
    with plant.context():
        assert not ScrapReason.objects.filter(code="chip").exists()


def test_a_list_is_downloaded_as_it_is_filtered(open_page):
    page = open_page("admin", "/jobs/?q=JOB-3")

    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()

    assert download.value.suggested_filename == "jobs.xlsx"
