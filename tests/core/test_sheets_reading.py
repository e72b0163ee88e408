"""Files and pastes become rows of cells, whatever wrote them; what cannot be read is refused in one sentence."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import Workbook

from apps.core.sheets import reading, workbooks
from apps.core.sheets.formulas import harmless
from apps.core.sheets.reading import Unreadable, read, read_text
from apps.core.sheets.ways import date_readings, decided, is_doubtful, number_readings

POLISH = "Zażółć gęślą jaźń – łączność"
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy"
GERMAN = "Größe ändern: Öl für Übergänge"
FRENCH = "Pièce façonnée à l’atelier, « très » sûre"


def cells(content, **options):
    return [row.cells for row in read(content, **options).rows]


def workbook(rows) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_dialect_in_every_encoding_is_the_same_table(sign, encoding, end):
    rows = [["code", "name", "note"], ["007", POLISH, 'a "quoted" word'], ["8", "two\nlines", f"with {sign} inside"]]
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=sign, lineterminator=end).writerows(rows)

    found = read(file.getvalue().encode(encoding))

    assert [row.cells for row in found.rows] == rows
    assert found.delimiter == sign and found.encoding == encoding.removesuffix("-sig")


@pytest.mark.parametrize(
    ("text", "encoding"), [(POLISH, "cp1250"), (CZECH, "cp1250"), (GERMAN, "cp1252"), (FRENCH, "cp1252")]
)
def test_the_code_page_is_found_said_and_can_be_chosen(text, encoding):
    content = f"code;name\n1;{text}\n".encode(encoding)

    found = read(content)

    assert found.encoding == encoding and found.rows[1].cells[1] == text
    other = {"cp1250": "cp1252", "cp1252": "cp1250"}[encoding]
    try:
        assert read(content, encoding=other).encoding == other
    except Unreadable as refused:
        assert "choose another encoding" in str(refused)


def test_empty_lines_and_cells_behind_are_left_out_and_lines_keep_their_numbers():
    found = read_text("code,name,,\n\n1,a,,\n , ,\n2,b\n")

    assert [tuple(row) for row in found.rows] == [(1, ["code", "name"]), (3, ["1", "a"]), (5, ["2", "b"])]


def test_excels_own_line_names_the_separator():
    assert cells(b"sep=;\ncode;a,b\n1;2,5\n") == [["code", "a,b"], ["1", "2,5"]]


def test_a_person_can_say_what_separates():
    assert cells(b"a;b,c\n1;2,3\n", delimiter=",") == [["a;b", "c"], ["1;2", "3"]]


def test_cells_of_workbooks_keep_what_they_are():
    content = workbook([["code", "n", "d", "t"], ["007", 12.5, date(2026, 4, 3), True], [7, 1200.0, None, "x"]])

    assert cells(content)[1:] == [["007", Decimal("12.5"), date(2026, 4, 3), True], [7, 1200, "", "x"]]


def test_a_workbook_of_several_sheets_says_which_was_read():
    book, file = Workbook(), io.BytesIO()
    book.active.append(["code"])
    book.create_sheet("Notes")
    book.save(file)

    assert "Of 2 sheets the first was read" in read(file.getvalue()).note


# --- refused ---


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "<workbook/>")
        with parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(40):
                part.write(b" " * 10_000_000)
    return file.getvalue()


def zip_of(parts: dict) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return file.getvalue()


def with_part(name: str, text: str | bytes) -> bytes:
    """A good workbook, in which one part says something else."""
    with zipfile.ZipFile(io.BytesIO(workbook([["a"], ["b"]]))) as good:
        return zip_of({entry.filename: good.read(entry) for entry in good.infolist()} | {name: text})


ENTITY = '<!DOCTYPE w [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
SHEET = "xl/worksheets/sheet1.xml"
HOSTILE = {
    "nothing": (b"", "nothing to read"),
    "blanks": (b" , ,\n\t\n", "nothing to read"),
    "NUL bytes": (b"code\n1\x002\n", "NUL"),
    "a NUL in UTF-16": ("code\n1\x002\n".encode("utf-16"), "NUL"),
    "a quote that never ends": (b'code,name\n1,"a\n2,b\n', "Line 2"),
    "a quote in the middle": (b'code,name\n1,"a"b\n', "Line 2"),
    "a hundred thousand columns": (b"," .join([b"x"] * 100_000), "columns are the most"),
    "too many rows": (b"x\n" * (reading.MOST_ROWS + 5), "split the file"),
    "a cell of two megabytes": (b"x" * 2_000_000 + b"\n", "megabyte"),
    "a zip bomb": (bomb(), "unpacks to far more"),
    "an entity": (with_part(SHEET, f"<?xml version='1.0'?>{ENTITY}<worksheet>&e;</worksheet>"), "definitions"),
    "an entity behind a long remark": (with_part("xl/styles.xml", f"<!--{'x' * 99_999}-->{ENTITY}<a/>"), "definitions"),
    "an entity in UTF-16": (with_part(SHEET, f"<?xml version='1.0'?>{ENTITY}<a/>".encode("utf-16")), "definitions"),
    "a ZIP of something else": (zip_of({"mimetype": "text"}), "no workbook"),
    "no ZIP": (b"PK\x03\x04rubbish", "no XLSX"),
    "half a workbook": (workbook([["a"], ["b"]])[:-500], "no XLSX"),
    "broken XML": (with_part(SHEET, "<worksheet><sheetData><row>"), "no XLSX"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "old kind"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "NUL"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_table_is_refused_in_a_sentence(what):
    content, words = HOSTILE[what]

    with pytest.raises(Unreadable, match=words):
        read(content)


@pytest.mark.parametrize("claimed", ["A1:XFD1048576", "A1", "Z9"])
def test_what_a_workbook_says_of_its_size_decides_nothing(claimed):
    text = (
        f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="{claimed}"/>'
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>code</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>name</t></is></c></row></sheetData></worksheet>'
    )

    assert cells(with_part(SHEET, text)) == [["code", "name"]]


def test_a_file_of_too_many_bytes_is_not_looked_at():
    with pytest.raises(Unreadable, match="larger than"):
        read(b"x" * (reading.MOST_BYTES + 1))


# --- numbers and dates ---

NUMBERS = {
    "1200": {"1200"}, "-5": {"-5"}, "1 200": {"1200"}, "1\u00a0200,5": {"1200.5"}, "1'200.5": {"1200.5"},
    "1.234,5": {"1234.5"}, "1,234.5": {"1234.5"}, "12,5": {"12.5"}, "12.5": {"12.5"}, "1,234,567": {"1234567"},
    "0,234": {"0.234"}, "1234,567": {"1234.567"}, "240,00": {"240"}, ",5": {"0.5"}, "1,23,456": {"123456"},
    "1,234": {"1234", "1.234"}, "1.234": {"1234", "1.234"}, "-1,234": {"-1234", "-1.234"},
    "": set(), "many": set(), "1.2.3": set(), "1,234,56": set(), "1e5": set(), "NaN": set(), "1 2": set(),
    "\u0661\u0662": set(), "--1": set(), "1,234.567,8": set(),
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_what_it_can_be(text):
    found = set(number_readings(text).values())

    assert found == {Decimal(value) for value in NUMBERS[text]}


DATES = {
    "2026-04-03": {"2026-04-03"}, "2026/4/3": {"2026-04-03"}, "31/12/25": {"2025-12-31"}, "12/31/25": {"2025-12-31"},
    "03.04.2026": {"2026-04-03"}, "05/05/2026": {"2026-05-05"}, "3-Apr-26": {"2026-04-03"}, "3 April 2026": {"2026-04-03"},
    "03/04/25": {"2025-04-03", "2025-03-04"}, "04.03.26": {"2026-03-04", "2026-04-03"}, "3-4-2026": {"2026-04-03", "2026-03-04"},
    "2026-02-30": set(), "20/20/2026": set(), "46115": set(), "tomorrow": set(), "3 Foo 2026": set(), "0000-01-01": set(),
}  # fmt: skip


@pytest.mark.parametrize("text", DATES)
def test_a_date_is_what_it_can_be(text):
    assert {day.isoformat() for day in date_readings(text).values()} == DATES[text]


@pytest.mark.parametrize(
    ("column", "way"),
    [
        (["1,234", "1.234,5"], ","),
        (["1,234", "12.5"], "."),
        (["1,234", "5"], ""),
        (["1,234", "12,5", "12.5"], ""),
    ],
)
def test_one_cell_that_is_plain_decides_its_column(column, way):
    readings = [number_readings(cell) for cell in column]

    assert any(is_doubtful(seen) for seen in readings)
    assert decided(readings) == way


def test_text_comes_back_from_a_workbook_as_is_said():
    texts = ["a\r\nb\rc", "\x01\x1f\ufffe", "=1+1", "'", " x ", "_x0041_", "x" * 40_000, "\U0001f3ed"]
    file = io.BytesIO()

    workbooks.write(file, {"t": [["head"], *([text] for text in texts)]})

    assert [row[0] for row in cells(file.getvalue())[1:]] == [workbooks.writable(harmless(text)) for text in texts]
