"""A CSV file as rows of cells with their line numbers: byte order mark, line ends, quotes, broken bytes."""

import csv
from collections.abc import Iterator
from io import BufferedReader, TextIOWrapper
from pathlib import Path

LONGEST_CELL = 16 * 1024 * 1024
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def rows(path: Path) -> Iterator[tuple[int, list[str], str]]:
    """Each row, the header too: the line it begins on, its cells, and what is wrong with it as a whole, or "".

    Bytes that are no UTF-8 come as lone surrogates (see `is_broken`). Empty lines are left out. Raises OSError.
    """
    csv.field_size_limit(LONGEST_CELL)
    with path.open("rb") as file:
        if file.peek(2)[:2] in UTF16:
            yield 1, [], "the file is UTF-16; export it as UTF-8"
            return
        yield from _parsed(file)


def _parsed(file: BufferedReader) -> Iterator[tuple[int, list[str], str]]:
    # newline="": line ends inside quotes belong to the value. strict: a quote that never ends would swallow the rest.
    reader = csv.reader(TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline=""), strict=True)
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


def problem(cells: list[str], header: list[str]) -> str:
    """What is wrong with a row as a whole, or ""."""
    if cells == header:
        return "the header again; were two exports joined?"
    if len(cells) != len(header):
        return f"{len(cells)} cells, where the header has {len(header)}"
    return ""


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
