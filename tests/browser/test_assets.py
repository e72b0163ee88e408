"""The pages of assets in a browser: the tree by keyboard, search, an asset changed, its specs; every width, both themes."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.registry import services
from apps.registry.models import Asset, AssetCategory, AssetSpec
from tests.browser.test_audit_log import expect_no_sideways_scrolling
from tests.browser.test_board import problems
from tests.factories import create_asset, create_location, photo

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}
MOTOR = {
    "type": "object", "required": ["voltage"],
    "properties": {
        "voltage": {"enum": ["220v", "400v"], "title": "Voltage"},
        "rpm": {"type": "integer", "title": "Speed, 1/min", "minimum": 1},
    },
}  # fmt: skip


@pytest.fixture
def hall(plant):
    """A site with a hall; in it a press of two components, and a fan."""
    with plant.context():
        tenant = plant.tenant
        create_location(tenant=tenant, name="A yard", type="yard")
        site = create_location(tenant=tenant, name="North works")
        hall = create_location(tenant=tenant, name="Hall 3", type="building", parent=site)
        AssetCategory.objects.create(tenant=tenant, name="Press", spec_schema=MOTOR)
        ends = timezone.localdate() + timedelta(days=9)
        press = create_asset(
            tenant=tenant, name="Frame press", category="Press", location=hall, identity={"client_code": "P-101"},
            serial_number="SN-7", warranty_end=ends,
        )  # fmt: skip
        services.save_specs(press, {"voltage": "400v", "rpm": 1450, "colour": "blue"})
        services.add_photos(press, [photo()], by=plant.people["admin"])
        for name in ("Motor", "Pump"):
            create_asset(tenant=tenant, name=name, parent=press)
        fan = create_asset(tenant=tenant, name="Fan", location=hall, identity={"client_code": "F-1"})
        services.set_out_of_service(fan, reason="Bearing")
    return hall


@pytest.fixture
def press(plant, hall):
    with plant.context():
        return Asset.objects.get(name="Frame press")


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim()")


def press_keys(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_the_tree_is_opened_and_walked_by_keyboard(open_page, hall):
    page = open_page("operator", "/assets/")
    tree, asked = page.get_by_role("list", name="Places and assets"), []
    page.on("request", lambda request: asked.append(request.url) if "/below/" in request.url else None)
    site = tree.get_by_role("link", name="North works")
    expect(tree.get_by_role("link", name="Hall 3")).to_have_count(0)  # not fetched before it is asked for
    site.focus()

    press_keys(page, "ArrowRight")
    expect(tree.get_by_role("link", name="Hall 3")).to_be_visible()
    expect(tree.get_by_role("button", name="Open North works")).to_have_attribute("aria-expanded", "true")
    press_keys(page, "ArrowDown")
    assert focused(page) == "Hall 3"
    press_keys(page, "ArrowRight")
    expect(tree.get_by_role("link", name="Frame press")).to_be_visible()
    press_keys(page, "ArrowRight")  # opened already: into it
    assert focused(page) == "Fan"
    press_keys(page, "ArrowDown", "ArrowRight")
    expect(tree.get_by_role("link", name="Motor")).to_be_visible()
    press_keys(page, "ArrowDown")
    assert focused(page) == "Motor"
    press_keys(page, "ArrowLeft")
    assert focused(page) == "Frame press"
    press_keys(page, "ArrowLeft")
    expect(tree.get_by_role("link", name="Motor")).to_be_hidden()
    press_keys(page, "ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowUp")
    assert len(asked) == 2  # a branch is fetched once
    press_keys(page, "ArrowDown", "ArrowDown", "ArrowDown", "Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("P-101 Frame press")


def test_the_tree_is_opened_by_a_thumb(open_page, hall):
    page = open_page("operator", "/assets/", **PHONE)
    button = page.get_by_role("button", name="Open North works")
    assert min(button.bounding_box()[side] for side in ("width", "height")) >= 44

    button.tap()
    page.get_by_role("button", name="Open Hall 3").tap()

    expect(page.get_by_role("link", name="Fan")).to_be_visible()
    expect_no_sideways_scrolling(page)


def test_assets_are_found_by_words_and_specs_and_the_address_keeps_the_filters(open_page, hall):
    page = open_page("operator", "/assets/")

    page.get_by_label("Search").fill("press rpm>1400")
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name="Frame press")).to_be_visible()
    expect(page.get_by_role("link", name="Fan")).to_have_count(0)
    assert "q=press" in page.url
    page.get_by_label("Search").fill("")
    page.get_by_label("Status").select_option("Out of service")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("link", name="Fan")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Status")).to_have_value("out_of_service")
    page.get_by_label("Search").fill("no such thing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No asset fits")).to_be_visible()
    page.get_by_role("link", name="Show all assets").click()
    expect(page.get_by_role("link", name="North works")).to_be_visible()


def test_an_asset_is_changed_and_what_somebody_else_changed_is_not_lost(open_page, plant, press):
    page = open_page("admin", f"/assets/{press.pk}/")
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_label("Name").fill("Frame press 2")
    page.get_by_label("Code", exact=True).fill("P-102")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("P-102 Frame press 2")
    page.get_by_role("link", name="Change", exact=True).click()
    with plant.context():
        services.set_out_of_service(Asset.objects.get(pk=press.pk), reason="Belt")
    page.get_by_label("Name").fill("Frame press 3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("main")).to_contain_text("Frame press 2 has changed meanwhile; nothing was done.")
    with plant.context():
        assert Asset.objects.get(pk=press.pk).name == "Frame press 2"


def test_a_component_is_added_to_a_unit_found_as_one_types(open_page, plant, press):
    page = open_page("admin", "/assets/new/")
    page.get_by_label("Name").fill("Gearbox")
    unit = page.get_by_label("Or part of the unit")
    unit.press_sequentially("fram")
    expect(page.locator("#units option")).to_have_attribute("value", "P-101")
    unit.fill("P-101")
    page.get_by_role("button", name="Create the asset").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Gearbox")
    with plant.context():
        assert Asset.objects.get(name="Gearbox").parent == press


def test_specs_are_filled_in_by_the_schema_and_errors_stand_at_their_field(open_page, plant, press):
    page = open_page("admin", f"/assets/{press.pk}/specs/")
    page.get_by_label("Speed, 1/min").fill("0")
    page.get_by_label("Voltage").select_option("220v")
    page.get_by_label("Name 2").fill("mass")
    page.get_by_label("Value 2").fill("410.5")
    page.get_by_role("button", name="Save").click()

    wrong = page.get_by_label("Speed, 1/min")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field", has=wrong)).to_contain_text("1")
    assert problems(page) == []
    wrong.fill("2900")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Frame press")
    with plant.context():
        specs = AssetSpec.objects.get(asset=press).specs
    assert specs == {"voltage": "220v", "rpm": 2900, "colour": "blue", "mass": 410.5}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_page, hall, press, width, scheme):
    size = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    page = open_page("admin", "/assets/?q=nothing", **size)
    for path in (
        None, "/assets/", "/assets/?view=list", f"/assets/{press.pk}/", "/assets/new/", f"/assets/{press.pk}/change/",
        f"/assets/{press.pk}/specs/", f"/assets/{press.pk}/move/", f"/assets/{press.pk}/documents/new/", "/locations/",
        f"/locations/{hall.pk}/", "/locations/new/", f"/locations/{hall.pk}/move/", "/assets/expiring/", "/labels/",
    ):  # fmt: skip
        if path:
            page.goto(path)
        assert problems(page) == [], path
        expect_no_sideways_scrolling(page)
