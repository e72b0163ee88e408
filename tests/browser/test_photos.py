"""Photos in real browsers: from a phone's camera through the note's sheet into everyone's feed."""

import os
import re
from io import BytesIO

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from apps.core.models import Attachment
from apps.shopfloor.models import Event

PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}


def camera_photo(name="IMG_2041.jpg", size=(4032, 3024)):
    """As a phone writes it: twelve megapixels, held upright, with the place where it was taken."""
    noise = Image.frombytes("RGB", (64, 48), os.urandom(64 * 48 * 3)).resize(size)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (52.0, 13.0, 48.0)
    written = BytesIO()
    noise.save(written, "JPEG", quality=80, exif=exif)
    return {"name": name, "mimeType": "image/jpeg", "buffer": written.getvalue()}


def note_sheet(page):
    page.get_by_role("link", name="Note…").click()
    sheet = page.locator("#sheet")
    expect(sheet.get_by_role("heading", name="Note at ST-01")).to_be_visible()
    return sheet


def loaded(image):
    """Whether the browser could draw it."""
    expect(image).to_be_visible()
    image.scroll_into_view_if_needed()
    image.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
    return image


def test_a_photo_from_a_phone_shows_in_the_feed_at_once(open_page, plant):
    station = plant.stations["ST-01"]
    page, feed = open_page("operator", f"/stations/{station.pk}/", **PHONE), open_page("supervisor", "/activity/")
    sheet = note_sheet(page)
    camera = sheet.get_by_label("Take a photo")
    assert camera.get_attribute("capture") == "environment"

    with page.expect_file_chooser() as chooser:
        sheet.get_by_text("Take a photo").tap()
    chooser.value.set_files([camera_photo()])
    expect(sheet.locator(".take canvas")).to_have_count(1)
    sheet.get_by_role("button", name="Write it down").tap()

    expect(page.get_by_text("The note is in the story of ST-01.")).to_be_visible()
    mine = loaded(page.locator("#story .photos img"))
    loaded(feed.locator("#feed .photos img"))
    opened = page.context.new_page()
    opened.goto(page.url.partition("/stations/")[0] + mine.locator("..").get_attribute("href"))
    loaded(opened.locator("img"))
    with plant.context():
        photo = Attachment.objects.get()
    assert (photo.width, photo.height) == (1920, 2560)  # upright


def test_each_tap_of_the_camera_adds_a_photo_and_one_can_be_taken_away(open_page, plant):
    page = open_page("operator", f"/stations/{plant.stations['ST-01'].pk}/", **PHONE)
    sheet = note_sheet(page)
    small = [camera_photo(f"{number}.jpg", (400, 300)) for number in range(6)]

    for taken in (small[0], small[1]):
        sheet.get_by_label("Take a photo").set_input_files([taken])
    expect(sheet.locator(".take canvas")).to_have_count(2)
    sheet.get_by_role("button", name="Remove photo 1").tap()
    expect(sheet.locator(".take canvas")).to_have_count(1)
    sheet.get_by_label("Take a photo").set_input_files(small[2:])
    expect(sheet.locator(".take canvas")).to_have_count(4)
    expect(sheet.get_by_text("Take a photo")).to_be_hidden()  # four go with a note
    sheet.get_by_role("button", name="Write it down").tap()

    expect(page.locator("#story .photos img")).to_have_count(4)
    with plant.context():
        assert sorted(Attachment.objects.values_list("name", flat=True)) == ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]


def test_a_bad_file_is_told_in_the_sheet_and_the_text_is_still_there(open_page, plant):
    page = open_page("operator", f"/stations/{plant.stations['ST-01'].pk}/", **PHONE)
    sheet = note_sheet(page)
    sheet.get_by_label("Note", exact=True).fill("Crack at the corner")
    bad = {"name": "bad.jpg", "mimeType": "image/jpeg", "buffer": b"<svg/>"}

    sheet.get_by_label("Take a photo").set_input_files([bad, camera_photo(size=(400, 300))])
    sheet.get_by_role("button", name="Write it down").tap()
    expect(sheet.get_by_text("“bad.jpg” is not a picture")).to_be_visible()
    expect(sheet.get_by_label("Note", exact=True)).to_have_value("Crack at the corner")
    sheet.get_by_role("button", name="Remove photo 1").tap()
    sheet.get_by_role("button", name="Write it down").tap()

    expect(page.get_by_text("Crack at the corner · 1 photo")).to_be_visible()


def test_too_much_at_once_is_a_sentence_from_the_real_server(open_page, plant):
    page = open_page("operator", f"/stations/{plant.stations['ST-01'].pk}/", **PHONE)
    sheet = note_sheet(page)
    with plant.context():
        before = Event.objects.count()
    # made in the page: a test may not hand over so much
    sheet.get_by_label("Take a photo").evaluate(
        """input => { const all = new DataTransfer(); const large = new Uint8Array(17 << 20);
           for (const name of "abcd") all.items.add(new File([large], name + ".jpg", { type: "image/jpeg" }));
           input.files = all.files; }"""
    )
    sheet.get_by_role("button", name="Write it down").tap()

    expect(sheet.get_by_text("That is too much at once: 61 MB are allowed.")).to_be_visible(timeout=20_000)
    with plant.context():
        assert Event.objects.count() == before


def test_a_photo_sent_into_a_dead_line_goes_when_it_is_tried_again(open_page, plant):
    page = open_page("operator", f"/stations/{plant.stations['ST-01'].pk}/", **PHONE)
    sheet = note_sheet(page)
    two = [camera_photo(f"{number}.jpg", (400, 300)) for number in range(2)]
    sheet.get_by_label("Take a photo").set_input_files(two)
    page.context.set_offline(True)
    sheet.get_by_role("button", name="Write it down").tap()
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.context.set_offline(False)

    again.tap()

    expect(page.get_by_text("The note is in the story of ST-01.")).to_be_visible()
    with plant.context():
        assert Attachment.objects.count() == 2


def test_without_javascript_the_note_is_a_plain_form(open_page, plant):
    page = open_page("operator", f"/stations/{plant.stations['ST-01'].pk}/note/", java_script_enabled=False, **PHONE)

    expect(page.locator("input[type=file]")).to_be_visible()
    page.locator("input[type=file]").set_input_files([camera_photo(size=(400, 300))])
    page.get_by_role("button", name="Write it down").tap()

    expect(page).to_have_url(re.compile("/board/"))
    with plant.context():
        assert Attachment.objects.count() == 1


def test_nothing_stands_in_anyones_way(open_page, plant):
    page = open_page("operator", f"/stations/{plant.stations['ST-01'].pk}/", **PHONE)
    sheet = note_sheet(page)
    sheet.get_by_label("Take a photo").set_input_files([camera_photo(size=(400, 300))])
    expect(sheet.locator(".take canvas")).to_have_count(1)

    page.emulate_media(reduced_motion="reduce")  # a colour half way to another is no fault
    assert Axe().run(page).response["violations"] == []
    for button in (sheet.locator(".take label"), sheet.locator(".take button")):
        box = button.bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
