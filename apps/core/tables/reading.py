"""A CSV file as rows of cells with their line numbers: byte order mark, line ends, quotes, broken bytes."""

from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

from apps.core.sheets.reading import csv_rows, is_broken

__all__ = ["is_broken", "problem", "rows"]
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def rows(path: Path) -> Iterator[tuple[int, list[str], str]]:
    """Each row, the header too: the line it begins on, its cells, and what is wrong with it as a whole, or "".

    Bytes that are no UTF-8 come as lone surrogates (see `is_broken`). Empty lines are left out. Raises OSError.
    """
    with path.open("rb") as file:
        if file.peek(2)[:2] in UTF16:
            yield 1, [], "the file is UTF-16; export it as UTF-8"
            return
        # newline="": line ends inside quotes belong to the value.
        yield from csv_rows(TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline=""))


def problem(cells: list[str], header: list[str]) -> str:
    """What is wrong with a row as a whole, or ""."""
    if cells == header:
        return "the header again; were two exports joined?"
    if len(cells) != len(header):
        return f"{len(cells)} cells, where the header has {len(header)}"
    return ""
