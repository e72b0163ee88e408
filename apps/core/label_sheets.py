"""Labels with QR codes, as PDF sheets in the common formats; the first sheet may be half used."""

from dataclasses import asdict, dataclass
from io import BytesIO
from itertools import groupby

import segno
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import BrokenRule
from apps.core.pdf import render_pdf

MOST_LABELS = 1000  # on paper, copies included
A4, LETTER = (210.0, 297.0), (215.9, 279.4)
MASK = 3  # of the eight that a code may have; to try them all and take the prettiest would be four times the time


@dataclass(frozen=True)
class Format:
    """A sheet, in millimetres: labels of width × height, the first at left and top, each a step from the one before."""

    key: str
    name: str
    page_width: float
    page_height: float
    across: int
    down: int
    width: float
    height: float
    left: float = 0
    top: float = 0
    step_x: float = 0
    step_y: float = 0

    @property
    def per_page(self) -> int:
        return self.across * self.down

    def __str__(self):
        return str(self.name)


def _sheet(key, name, paper, across, down, width, height, *, step_x=None, step_y=None, left=None, top=None):
    """A format; what is not said follows from a grid in the middle of the sheet, its labels side by side."""
    step_x, step_y = step_x or width, step_y or height
    return Format(
        key, name, *paper, across, down, width, height,
        left=(paper[0] - (across - 1) * step_x - width) / 2 if left is None else left,
        top=(paper[1] - (down - 1) * step_y - height) / 2 if top is None else top,
        step_x=step_x, step_y=step_y,
    )  # fmt: skip


FORMATS = {
    sheet.key: sheet
    for sheet in (
        _sheet("l7160", "Avery L7160: A4, 3 × 7, 63.5 × 38.1 mm", A4, 3, 7, 63.5, 38.1, step_x=66.04),
        _sheet("l7163", "Avery L7163: A4, 2 × 7, 99.1 × 38.1 mm", A4, 2, 7, 99.1, 38.1, step_x=101.64),
        _sheet("l7165", "Avery L7165: A4, 2 × 4, 99.1 × 67.7 mm", A4, 2, 4, 99.1, 67.7, step_x=101.64),
        _sheet("l7651", "Avery L7651: A4, 5 × 13, 38.1 × 21.2 mm", A4, 5, 13, 38.1, 21.2, step_x=40.64),
        _sheet("h4608", "Herma 4608: A4, 4 × 11, 48.3 × 25.4 mm", A4, 4, 11, 48.3, 25.4),
        _sheet("h4464", "Herma 4464: A4, 3 × 8, 70 × 37 mm", A4, 3, 8, 70.0, 37.0),
        _sheet("5160", "Avery 5160: US Letter, 3 × 10, 2⅝ × 1 in", LETTER, 3, 10, 66.675, 25.4, step_x=69.85),
        _sheet("5163", "Avery 5163: US Letter, 2 × 5, 4 × 2 in", LETTER, 2, 5, 101.6, 50.8, step_x=106.3625),
        _sheet("roll62", gettext_lazy("Label printer: 62 × 29 mm, one by one"), (62.0, 29.0), 1, 1, 62.0, 29.0),
    )
}
DEFAULT_FORMAT = "l7160"


@dataclass(frozen=True)
class Label:
    """One label: what its code says (an address), and what stands beside it for people; each may be empty but the first."""

    address: str
    code: str = ""
    name: str = ""
    place: str = ""


def label_sheet(labels, format: str = DEFAULT_FORMAT, start: int = 1, *, copies: int = 1, made_at=None) -> bytes:
    """A PDF of labels, each `copies` times, on sheets of a format (a key of FORMATS); the same bytes for the same moment.

    start: where on the first sheet the first label goes, counted from 1 row by row: the ones before it are used up.
    Raises BrokenRule where there is nothing to print, too much, or no such format or place.
    """
    labels = list(labels)
    sheet = FORMATS.get(format)
    if sheet is None:
        raise BrokenRule(_("There is no format of labels of this name; choose one of the list."))
    if not 1 <= start <= sheet.per_page:
        raise BrokenRule(_("A sheet of this format has the places 1 to %d; start at one of them.") % sheet.per_page)
    if copies < 1 or not labels:
        raise BrokenRule(_("Choose at least one label to print."))
    if len(labels) * copies > MOST_LABELS:
        raise BrokenRule(_("At most %d labels are printed at a time; choose fewer.") % MOST_LABELS)
    data = {
        "format": asdict(sheet) | {"name": str(sheet)},
        "labels": [asdict(label) | {"qr": qr_svg(label.address)} for label in labels],
        "pages": _pages(sheet, start - 1, [number for number in range(len(labels)) for _copy in range(copies)]),
        "language": translation.get_language() or "en",
    }
    return render_pdf("labels", data, made_at=made_at, tagged=False)


def _pages(sheet, start, numbers):
    """Pages of (place on the sheet from 0, number of the label)."""
    placed = enumerate(numbers, start)
    pages = groupby(placed, key=lambda entry: entry[0] // sheet.per_page)
    return [[(at % sheet.per_page, number) for at, number in page] for _number, page in pages]


def qr_svg(address: str) -> str:
    """The QR code of an address as an SVG with its quiet zone, without a size of its own."""
    drawn = BytesIO()
    code = segno.make_qr(address, error="m", mask=MASK)
    code.save(drawn, kind="svg", border=4, xmldecl=False, omitsize=True, svgclass=None, lineclass=None)
    return drawn.getvalue().decode()
