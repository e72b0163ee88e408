"""Workbooks (XLSX), read with care and written row by row.

A workbook is a ZIP of XML. What it unpacks to is counted before anything is unpacked, and no XML of it may bring
definitions of its own (entities that grow, or that name files).
"""

import datetime
import re
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from io import BytesIO
from itertools import islice
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook

from apps.core.sheets.formulas import harmless

MOST_PARTS = 500
MOST_UNPACKED = 300 * 2**20
MOST_ROWS = 1_048_576  # that a sheet has at all
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767
# What XML cannot say; openpyxl refuses some of it, and writes the rest into files that nobody can open.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class Unreadable(Exception):
    """This is no table that can be read. The message is one sentence for the person."""


def read(content: bytes) -> tuple[Iterator[tuple[int, list]], str]:
    """The rows of the first sheet, with their numbers, and a word where there are more sheets. Raises Unreadable."""
    refused = Unreadable(
        _("This is no XLSX file that can be read. Open it in your spreadsheet and save it as XLSX anew.")
    )
    try:
        _check(content)
        book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # it says what its maker wrote there
    except Unreadable:
        raise
    except Exception as error:  # openpyxl raises whatever the parts of a broken file lead to
        raise refused from error
    note = _("Of %(count)d sheets the first was read: %(name)s.") % {"count": len(book.worksheets), "name": sheet.title}
    return _rows(sheet, refused), note if len(book.worksheets) > 1 else ""


def _rows(sheet, refused):
    try:
        rows = sheet.iter_rows(values_only=True)
        for number, values in enumerate(islice(rows, MOST_ROWS), start=1):
            yield number, [_typed(value) for value in values]
    except Exception as error:
        raise refused from error


def _typed(value):
    """Text as it is; numbers without a needless fraction; a date without a needless time."""
    if value is None:
        return ""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else Decimal(repr(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    if isinstance(value, (str, bool, int, datetime.date)):
        return value
    return str(value)


def _check(content: bytes) -> None:
    with zipfile.ZipFile(BytesIO(content)) as parts:
        entries = parts.infolist()
        if not any(entry.filename == "xl/workbook.xml" for entry in entries):
            raise Unreadable(_("This is a ZIP, and no workbook of Excel. Save your sheet as XLSX or CSV."))
        # What an entry says of its size is also where its reading stops.
        if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            raise Unreadable(_("This workbook unpacks to far more than a table is; save the one sheet as CSV."))
        for entry in entries:
            if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                with parts.open(entry) as part:
                    _check_prolog(part)


class _Begun(Exception):
    """The first element has begun: definitions can only stand before."""


def _check_prolog(part) -> None:
    parser = expat.ParserCreate()

    def begun(*_args):
        raise _Begun

    def refuse(*_args):
        raise Unreadable(_("This workbook brings XML definitions of its own; save it anew in your spreadsheet."))

    parser.StartElementHandler = begun
    parser.StartDoctypeDeclHandler = refuse
    try:
        while piece := part.read(65_536):
            parser.Parse(piece)
    except _Begun:
        return


def writable(text: str) -> str:
    """A text as it comes back from a workbook."""
    return UNWRITABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST_CELL].replace("x005F_", "")


def write(file, sheets: dict[str, Iterable[list]]) -> None:
    """Write sheets, by title, into a file. Cells: None, text, numbers, dates; anything else as its text."""
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title[:31])
        sheet.freeze_panes = "A2"
        for row in rows:
            sheet.append([_cell(value) for value in row])
    book.save(file)


def _cell(value):
    if value is None or isinstance(value, (bool, float, Decimal)):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime) and value.year > 1900:
        return value
    return writable(harmless(str(value)))
