"""Scanning and printing labels in real browsers: by camera where the browser reads codes, by typing everywhere."""

import base64
from io import BytesIO

import pypdfium2
import pytest
import segno
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from apps.registry import services
from apps.registry.models import QrLabel
from tests import chromium
from tests.core.test_pdf import codes_on
from tests.factories import create_asset

PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}

# Chromium on Linux has no reader of codes. In its place, with the same calls, one of zxing's: it gets the camera's frames.
READER = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect(video) {
    const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    return (await window.readFrame(canvas.toDataURL("image/png"))).map((rawValue) => ({ rawValue }));
  }
};
"""


def read_frame(address):
    frame = Image.open(BytesIO(base64.b64decode(address.partition(",")[2])))
    return [code.text for code in zxingcpp.read_barcodes(frame)]


def film_of(text, path):
    """A camera's film in which a QR code is held before it."""
    drawn = BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="png", scale=8, border=4)
    frame = Image.new("L", (640, 480), 160)
    frame.paste(Image.open(drawn).convert("L"), (90, 20))
    colourless = bytes([128]) * (320 * 240 * 2)
    with path.open("wb") as film:
        film.write(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420mpeg2\n")
        for _ in range(10):
            film.write(b"FRAME\n" + frame.tobytes() + colourless)
    return path


@pytest.fixture
def asset(plant):
    with plant.context():
        asset = create_asset(tenant=plant.tenant, name="Double edger", serial_number="SN-7")
        asset.identity.client_code = "P-101"
        asset.identity.save()
        return asset


@pytest.fixture
def filming(browser, open_page, server, tmp_path):
    """filming(text): the page that scans, in a browser whose camera sees a code with this text."""
    opened = []

    def filming(text):
        page = open_page("operator", "/scan/")
        cookies = page.context.cookies()
        camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        film = f"--use-file-for-fake-video-capture={film_of(text, tmp_path / 'film.y4m')}"
        other = browser.browser_type.launch(executable_path=chromium.executable(), args=["--no-sandbox", *camera, film])
        opened.append(other)
        context = other.new_context(base_url=server, permissions=["camera"], **PHONE)
        context.add_cookies(cookies)
        page = context.new_page()
        page.expose_function("readFrame", read_frame)
        page.add_init_script(READER)
        page.goto("/scan/")
        return page

    yield filming
    for other in opened:
        other.close()


def test_the_camera_reads_a_label_and_the_page_opens_it(filming, asset, server):
    page = filming(f"{server}/q/{asset.identity.qr_token}/")

    page.get_by_role("button", name="Use the camera").click()

    expect(page).to_have_url(f"{server}/q/{asset.identity.qr_token}/", timeout=15_000)
    expect(page.get_by_role("heading", name="P-101 Double edger")).to_be_visible()


def test_the_camera_is_closed_by_the_same_button(filming):
    page = filming("no label at all")
    page.evaluate("BarcodeDetector.prototype.detect = async () => []")

    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator("video")).to_be_visible()
    page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    page.get_by_role("button", name="Close the camera").click()

    expect(page.locator("video")).to_be_hidden()
    assert page.evaluate("document.querySelector('video').srcObject") is None


def test_a_browser_that_reads_no_codes_offers_no_camera_and_takes_what_is_typed(open_page, asset):
    page = open_page("operator", "/scan/", **PHONE)

    assert page.evaluate("'BarcodeDetector' in window") is False
    expect(page.get_by_role("button", name="Use the camera")).to_be_hidden()
    field = page.get_by_label("Label, code or barcode")
    expect(field).to_be_focused()
    field.fill("p-101")
    field.press("Enter")

    expect(page.get_by_role("heading", name="P-101 Double edger")).to_be_visible()


def test_without_a_camera_the_page_says_so(open_page, asset):
    page = open_page("operator", "/scan/")
    page.add_init_script(READER)
    page.reload()

    page.get_by_role("button", name="Use the camera").click()

    expect(page.get_by_text("The camera may not be used here.")).to_be_visible()
    expect(page.locator("video")).to_be_hidden()


def test_what_a_thumb_presses_is_large(open_page, asset):
    page = open_page("supervisor", f"/q/{asset.identity.qr_token}/", **PHONE)

    acts = page.get_by_role("navigation", name="What you can do here").get_by_role("link").all()

    assert len(acts) >= 2
    assert all(act.bounding_box()["height"] >= 56 for act in acts)


def test_a_half_used_sheet_is_pressed_where_it_starts(open_page, asset):
    page = open_page("supervisor", f"/labels/?asset={asset.pk}")

    page.get_by_role("button", name="Start at label 7", exact=True).click()
    expect(page.get_by_label("Start at label", exact=True)).to_have_value("7")
    with page.expect_download() as download:
        page.get_by_role("button", name="Print (PDF)").click()

    (sheet,) = pypdfium2.PdfDocument(download.value.path())
    ((address, x, y),) = codes_on(sheet)
    assert address.endswith(f"/q/{asset.identity.qr_token}/")
    assert 7 < x < 7 + 31 and 15 + 2 * 38.1 < y < 15 + 3 * 38.1  # third row, first column
    page.get_by_label("Sheet", exact=True).select_option("l7651")
    assert page.locator("[data-at]").count() == 65
    expect(page.get_by_label("Start at label", exact=True)).to_have_value("1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_page, plant, asset, width, scheme):
    with plant.context():
        batch = services.make_labels(plant.tenant, 3, by=None)
        label = QrLabel.objects.filter(batch=batch).first()
    size = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    page = open_page("admin", "/scan/?code=nothing", **size)
    for path in (
        None, f"/q/{asset.identity.qr_token}/", f"/q/{label.token}/?code=edger", f"/labels/?asset={asset.pk}",
        f"/labels/{batch}/", f"/assets/{asset.pk}/label/",
    ):  # fmt: skip
        if path:
            page.goto(path)
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], node["html"][:150]) for rule in found for node in rule["nodes"]] == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
