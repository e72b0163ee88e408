"""One reader for every import and paste: the bytes of a file, or pasted text, as rows of cells.

What it chose (encoding, separator) it says, so that a person can choose otherwise. It refuses in one sentence.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.sheets import workbooks
from apps.core.sheets.workbooks import Unreadable

MOST_BYTES = 25 * 2**20
MOST_ROWS = 50_000
MOST_COLUMNS = 200
LONGEST_CELL = 16 * 2**20  # of a file for machines; what a column takes is less, and told at its cell
LONGEST_TYPED = 2**20

ENCODINGS = {
    "utf-8": gettext_lazy("UTF-8"),
    "cp1250": gettext_lazy("Windows, Central Europe (1250)"),
    "cp1252": gettext_lazy("Windows, Western Europe (1252)"),
    "utf-16": gettext_lazy("UTF-16"),
}
DELIMITERS = {"\t": gettext_lazy("tab"), ";": gettext_lazy("semicolon"), ",": gettext_lazy("comma")}
MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# The same bytes in the two code pages: what only Central, or only Western Europe writes. (Š Ž š ž have one place in both,
# and tell of the first.)
CENTRAL = set("ąćęłńśźżĄĆĘŁŃŚŹŻčďěňřťůČĎĚŇŘŤŮőűŐŰăşţĂŞŢľĺŕĽĹŔđĐšžŠŽ")
WESTERN = set("àâæèêëìîïñòõøùûåÀÂÆÈÊËÌÎÏÑÒÕØÙÛÅœŒÿãÃ¿¡")


class Row(NamedTuple):
    number: int  # of its line (of its row, in a workbook)
    cells: list


@dataclass
class Grid:
    """The rows that are not empty. encoding, delimiter: as taken; "" where there was nothing to choose."""

    rows: list[Row]
    encoding: str = ""
    delimiter: str = ""
    note: str = ""


def read(content: bytes, *, encoding: str = "", delimiter: str = "") -> Grid:
    """Read a file: XLSX by its first bytes, else text. encoding, delimiter: as a person chose ("": find out).

    Raises Unreadable.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is larger than %d MB; split it.") % (MOST_BYTES // 2**20))
    if content.startswith(b"PK\x03\x04"):
        rows, note = workbooks.read(content)
        return Grid(_bounded(Row(number, cells) for number, cells in rows), note=note)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            _("This is an Excel file of the old kind, or one with a password. Save it as XLSX or CSV, without one.")
        )
    text, encoding = decode(content, encoding)
    grid = read_text(text, delimiter=delimiter)
    grid.encoding = encoding
    return grid


def decode(content: bytes, encoding: str = "") -> tuple[str, str]:
    """The text of a file, and its encoding: the chosen one, that of its mark, UTF-8, or a code page of Windows."""
    found = next((name for mark, name in MARKS.items() if content.startswith(mark)), "")
    if not found and encoding not in ENCODINGS:
        if b"\x00" in content:
            raise Unreadable(_("This is no text: it has NUL bytes. Save it as XLSX, or as CSV in UTF-8."))
        found = "utf-8" if _fits(content, "utf-8") else _code_page(content)
    name = found or encoding
    try:
        text = content.decode("utf-8-sig" if name == "utf-8" else name)
    except UnicodeError:
        raise Unreadable(_("The bytes of this file are not %s; choose another encoding.") % ENCODINGS[name]) from None
    return text, name


def _fits(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeError:
        return False
    return True


def _code_page(content: bytes) -> str:
    if not _fits(content, "cp1252"):
        return "cp1250"
    if not _fits(content, "cp1250"):
        return "cp1252"
    # Signs inside words (³ for ł, ¹ for ą) are no Western text at all.
    odd = len(re.findall(r"\w[³¹£¥¼¾¯ª]\w|\b[£¯¥]\w", content.decode("cp1252")))
    central = sum(letter in CENTRAL for letter in content.decode("cp1250")) + 3 * odd
    western = sum(letter in WESTERN for letter in content.decode("cp1252"))
    return "cp1250" if central > western else "cp1252"


def read_text(text: str, *, delimiter: str = "") -> Grid:
    """Read pasted cells, or the text of a file. Raises Unreadable."""
    text = text.removeprefix("\ufeff")
    if named := re.match(r"sep=([\t;,])\r?\n", text, re.IGNORECASE):  # Excel's own way of saying it
        text, delimiter = text[named.end() :], delimiter or named[1]
    if delimiter not in DELIMITERS:
        delimiter = _delimiter(text)
    rows = []
    for number, cells, trouble in csv_rows(io.StringIO(text, newline=""), delimiter):
        if trouble:
            raise Unreadable(_("Line %(line)d cannot be read: %(why)s.") % {"line": number, "why": trouble})
        rows.append(Row(number, cells))
        if len(rows) > MOST_ROWS + 1:
            break
    return Grid(_bounded(rows), delimiter=delimiter)


def _delimiter(text: str) -> str:
    """What separates the most cells in the first line that has any; tabs, the mark of a paste, before all."""
    first = text.lstrip("\r\n")[:100_000]
    counts = {}
    for sign in DELIMITERS:
        cells = next(csv_rows(io.StringIO(first, newline=""), sign), (1, [], ""))[1]
        counts[sign] = len(cells)
    return "\t" if counts["\t"] > 1 else ";" if counts[";"] >= counts[","] and counts[";"] > 1 else ","


def csv_rows(lines: Iterable[str], delimiter: str = ",") -> Iterator[tuple[int, list[str], str]]:
    """Each row that is not empty: the line it begins on, its cells, and what is wrong with it as a whole, or ""."""
    csv.field_size_limit(LONGEST_CELL)
    # strict: a quote that never ends would swallow the rest.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, [], f"no CSV: {error}"
        else:
            if cells:
                yield line, cells, ""


def is_broken(text: str) -> str:
    """Why no database takes this text, or ""."""
    if "\x00" in text:
        return "a NUL byte"
    if text.isascii():
        return ""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "bytes that are not UTF-8"
    return ""


def _bounded(rows: Iterable[Row]) -> list[Row]:
    """Rows that have something, as long as there are not too many of them, or of their cells."""
    kept = []
    for row in rows:
        cells = row.cells
        while cells and _is_blank(cells[-1]):
            cells.pop()
        if not cells:
            continue
        if len(cells) > MOST_COLUMNS:
            raise Unreadable(
                _("Row %(row)d has %(count)s cells; %(most)d columns are the most.")
                % {"row": row.number, "count": len(cells), "most": MOST_COLUMNS}
            )
        for cell in cells:
            if isinstance(cell, str) and (len(cell) > LONGEST_TYPED or is_broken(cell)):
                why = _("a cell is longer than a megabyte") if len(cell) > LONGEST_TYPED else is_broken(cell)
                raise Unreadable(_("Row %(row)d cannot be read: %(why)s.") % {"row": row.number, "why": why})
        kept.append(row)
        if len(kept) > MOST_ROWS + 1:
            raise Unreadable(_("There are more than %d rows; split the file.") % MOST_ROWS)
    if not kept:
        raise Unreadable(_("There is nothing to read: no cell has anything in it."))
    return kept


def _is_blank(cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
