"""Documents and sheets of labels: read back from the PDF, as a printer and a phone would see them."""

import re
from datetime import UTC, datetime

import pypdfium2
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import pdf
from apps.core.errors import BrokenRule
from apps.core.label_sheets import FORMATS, MOST_LABELS, Label, label_sheet
from apps.core.pdf import heading, render_pdf

MOMENT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
SCALE = 300 / 72
MM = 300 / 25.4
HOSTILE = [
    "#set page(width: 1mm)", "*bold* _italic_ `raw` $x^2$", '#read("/etc/passwd")', "#import sys", "\\", "\\u{41}", "<label> @ref",
    '"#panic()"', "// no comment", "= Heading", "- item", "#{", "]", '"}', "{{ data }}", "https://example.com",
]  # fmt: skip


def labels(count, **fields):
    return [Label(f"https://plant.example/q/{number:070}/", code=f"P-{number}", **fields) for number in range(count)]


def pages_of(content):
    return list(pypdfium2.PdfDocument(content))


def words_on(page) -> str:
    return page.get_textpage().get_text_range().replace("\u200b", "").replace("\r\n", " ")


def codes_on(page):
    """(text, x, y) of the middle of every QR code of a page, in millimetres from its upper left corner."""
    found = []
    for code in zxingcpp.read_barcodes(page.render(scale=SCALE).to_pil(), formats=zxingcpp.BarcodeFormat.QRCode):
        at = code.position
        corners = [at.top_left, at.top_right, at.bottom_left, at.bottom_right]
        found.append((code.text, sum(c.x for c in corners) / 4 / MM, sum(c.y for c in corners) / 4 / MM))
    return found


def card(**more):
    table = {"columns": ["Station", "Good"], "numbers": [1], "rows": [["ST-01", "5"]]}
    words = {"page": "Page {page} of {pages}", "done": "Done", "blank": "To fill in", "notes": "Notes"}
    code = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1h-1z"/></svg>'
    return {
        "plant": "North", "printed": "Printed today", "words": words, "title": "JOB-1", "subtitle": "Mirror", "qr": code,
        "facts": [["Due", "2026-12-24"]], "done": table, "blank": table,
    } | more  # fmt: skip


# --- labels ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", FORMATS.values(), ids=FORMATS)
def test_each_label_is_at_its_place_and_its_code_can_be_read(sheet):
    count = min(sheet.per_page, 30) + 1
    start = min(2, sheet.per_page)

    pages = pages_of(label_sheet(labels(count, name="Edge grinder", place="Hall 2"), sheet.key, start))

    assert len(pages) == -(-(start - 1 + count) // sheet.per_page)
    for page in pages:
        assert [round(size / 72 * 25.4, 1) for size in page.get_size()] == [sheet.page_width, sheet.page_height]
    found = {text: (number, x, y) for number, page in enumerate(pages) for text, x, y in codes_on(page)}
    assert set(found) == {label.address for label in labels(count)}
    pad = min(2, sheet.height * 0.07)
    side = min(sheet.height - 2 * pad, sheet.width * 0.48, 40)
    expected = (pad + side / 2, sheet.height / 2)  # at the label's left, in the middle of its height
    for number, label in enumerate(labels(count)):
        page, at = divmod(start - 1 + number, sheet.per_page)
        assert found[label.address][0] == page
        assert _offset(sheet, found[label.address], at=at) == pytest.approx(expected, abs=0.5)


def _offset(sheet, found, *, at):
    """Where in its label a code is: from the corner that the sheet's maker says."""
    _page, x, y = found
    return x - sheet.left - at % sheet.across * sheet.step_x, y - sheet.top - at // sheet.across * sheet.step_y


def test_the_makers_measures_are_kept():
    """As Avery and Herma give them, to a tenth of a millimetre."""
    measures = {
        key: (sheet.left, sheet.top, sheet.step_x, sheet.step_y, sheet.per_page) for key, sheet in FORMATS.items()
    }

    assert measures["l7160"] == pytest.approx((7.2, 15.1, 66.0, 38.1, 21), abs=0.1)
    assert measures["l7163"] == pytest.approx((4.65, 15.1, 101.6, 38.1, 14), abs=0.1)
    assert measures["l7165"] == pytest.approx((4.65, 13.1, 101.6, 67.7, 8), abs=0.1)
    assert measures["l7651"] == pytest.approx((4.7, 10.7, 40.6, 21.2, 65), abs=0.1)
    assert measures["h4608"] == pytest.approx((8.4, 8.8, 48.3, 25.4, 44), abs=0.1)
    assert measures["h4464"] == pytest.approx((0, 0.5, 70, 37, 24), abs=0.1)
    assert measures["5160"] == pytest.approx((4.76, 12.7, 69.85, 25.4, 30), abs=0.1)
    assert measures["5163"] == pytest.approx((3.97, 12.7, 106.36, 50.8, 10), abs=0.1)


def test_a_label_says_code_name_and_place():
    (page,) = pages_of(label_sheet([Label("https://p.example/q/x/", "P-101", "Pumpe für Öl", "Łódź › Hall 2")]))

    assert words_on(page) == "P-101 Pumpe für Öl Łódź › Hall 2"


def test_a_text_that_is_too_long_ends_with_an_ellipsis_inside_its_label():
    long = Label("https://p.example/q/x/", "C" * 60, "Double edging machine " * 9, "A very long room name " * 9)
    for key, sheet in FORMATS.items():
        page = pages_of(label_sheet([long], key))[0]
        texts = page.get_textpage()
        right = max(texts.get_charbox(number)[2] for number in range(texts.count_chars()))
        assert words_on(page).count("…") >= 2
        assert right / 72 * 25.4 <= sheet.left + sheet.width


def test_copies_stand_side_by_side():
    (page,) = pages_of(label_sheet(labels(2), copies=3))

    assert [text[-3:-1] for text, _x, _y in sorted(codes_on(page), key=lambda code: (round(code[2]), code[1]))] == [
        "00", "00", "00", "01", "01", "01",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"format": "a0"}, "no format"),
        ({"start": 0}, "places 1 to 21"),
        ({"start": 22}, "places 1 to 21"),
        ({"labels": []}, "at least one"),
        ({"copies": 0}, "at least one"),
        ({"copies": MOST_LABELS + 1}, f"At most {MOST_LABELS}"),
    ],
)
def test_what_cannot_be_printed_is_refused_in_words(wrong, sentence):
    with pytest.raises(BrokenRule, match=sentence):
        label_sheet(**({"labels": labels(1)} | wrong))


# --- documents ---------------------------------------------------------------------------------------------------------


def test_a_document_has_its_plant_above_and_its_pages_below():
    rows = [[f"ST-{number:03}", str(number)] for number in range(90)]

    pages = pages_of(render_pdf("job_card", card(done=card()["done"] | {"rows": rows})))

    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert "North" in words_on(page)
        assert f"Page {number} of {len(pages)}" in words_on(page)
        assert "Printed today" in words_on(page)


def test_the_same_data_and_moment_make_the_same_bytes():
    assert render_pdf("job_card", card(), made_at=MOMENT) == render_pdf("job_card", card(), made_at=MOMENT)
    assert label_sheet(labels(3), made_at=MOMENT) == label_sheet(labels(3), made_at=MOMENT)
    assert pypdfium2.PdfDocument(render_pdf("job_card", card(), made_at=MOMENT)).get_metadata_value("CreationDate") == (
        "D:20260102030400Z"
    )


def test_only_fonts_that_come_with_typst_are_in_it():
    """Whatever the machine has installed: its Armenian and Georgian letters are not taken."""
    content = render_pdf("job_card", card(subtitle="Łódź Ωμέγα Журнал Հայաստան საქართველო ┌┐"))

    names = {name.decode().partition("-")[0] for name in re.findall(rb"/BaseFont ?/[A-Z]{6}\+([\w-]+)", content)}
    assert names and names <= {"LibertinusSerif", "DejaVuSansMono", "NewCMMath", "NewCM10"}


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_the_data_is_text(text):
    content = render_pdf("job_card", card(title=text, subtitle=text, facts=[[text, text]], plant=text, printed=text))

    (page,) = pages_of(content)
    assert "".join(words_on(page).split()).count("".join(text.split())) >= 5
    (page,) = pages_of(label_sheet([Label("https://p.example/q/x/", text, text, text)], "l7165"))
    assert "".join(words_on(page).split()) == "".join(text.split()) * 3


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200), st.text(alphabet="#$*_`\\\"'()[]{}<>@=-/ab1 \n\x00\u202e\ud800", max_size=200))
def test_no_text_breaks_a_document(one, other):
    pages = pages_of(render_pdf("job_card", card(title=one, subtitle=other, facts=[[one, other]], plant=other)))
    assert "Page 1 of" in words_on(pages[0])
    (page,) = pages_of(label_sheet([Label("https://p.example/q/x/", one, other, one)]))
    assert [text for text, _x, _y in codes_on(page)] == ["https://p.example/q/x/"]


def test_what_cannot_be_printed_is_left_out():
    (page,) = pages_of(label_sheet([Label("https://p.example/q/x/", "P\x00-\x1b1", "a\u202eb\ud800c")]))

    assert words_on(page) == "P-1 abc"


def test_more_data_than_a_document_takes_is_refused(monkeypatch):
    monkeypatch.setattr(pdf, "MOST", 5000)

    with pytest.raises(BrokenRule, match="too much"):
        render_pdf("job_card", card(subtitle="x" * 5000))


def test_two_documents_at_a_time_and_the_third_is_told(monkeypatch):
    monkeypatch.setattr(pdf, "WAIT", 0.05)
    with pdf.PLACES:
        assert render_pdf("job_card", card())
        with pdf.PLACES, pytest.raises(BrokenRule, match="just now"):
            render_pdf("job_card", card())
    assert render_pdf("job_card", card())


@pytest.mark.parametrize(
    "source",
    [
        "#let kept = range(400000000)",  # all the memory there is
        "#for one in range(100000) { for other in range(100000) { let kept = one } }",  # for ever
        '#import "/../../../etc/passwd"',
        '#import "@preview/cetz:0.3.0"',  # from the internet
        "#panic()",
    ],
)
def test_a_document_that_goes_wrong_is_told_in_words_and_ends(source, monkeypatch, tmp_path):
    (tmp_path / "wrong.typ").write_text(source)
    monkeypatch.setattr(pdf, "TEMPLATES", tmp_path)
    monkeypatch.setattr(pdf, "SECONDS", 3)

    with pytest.raises(BrokenRule, match="could not be made"):
        render_pdf("wrong", {})

    assert pdf.PLACES.acquire(timeout=0) and pdf.PLACES.acquire(timeout=0)
    pdf.PLACES.release(2)


def test_the_most_labels_fit_into_the_bounds():
    pages = pages_of(label_sheet(labels(MOST_LABELS, name="Edge grinder", place="Hall 2"), "l7651"))

    assert len(pages) == -(-MOST_LABELS // 65)


def test_the_heading_is_in_the_plants_time(tenant):
    said = heading(tenant, at=MOMENT)

    assert said["plant"] == tenant.name
    assert said["words"]["page"] == "Page {page} of {pages}"
    assert said["printed"].startswith("Printed 2026-01-02 0")
