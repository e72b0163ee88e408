"""The list of a page, page by page and as a file, CSV or XLSX: all that its filters find, in its order."""

from collections.abc import Callable

from django.urls import path
from django.utils import timezone

from apps.core.api.errors import Refused
from apps.core.api.paging import KeysetPagination
from apps.core.csv_export import EXPORTS, PAGE


def page_from(rows, *, after: str, size: int) -> KeysetPagination:
    """The page of a queryset, in the order of stored columns, that a cursor begins: its `rows`, `cursor_after()` and
    whether it `has_previous`. A cursor that somebody changed by hand begins at the start."""
    pages = KeysetPagination()
    try:
        pages.page_of(rows, after=after, size=size)
    except Refused:
        pages.page_of(rows, after="", size=size)
    return pages


def list_file(request, kind: str, *, name: str, rows, columns: list[str], cells: Callable, filters: tuple = ()):
    """The answer that sends a list. rows: a queryset, in the order of stored columns. cells: gives the cells of each of
    some rows. filters: the query's names that `rows` comes of, for the record."""

    def page(after):
        pages = KeysetPagination()
        found = pages.page_of(rows, after=after, size=PAGE)
        return cells(found), pages.cursor_after()

    asked = {word: value for word, value in request.GET.items() if value and word in filters}
    table = rows.model._meta.db_table
    return EXPORTS[kind](request, name=name, table=table, asked=asked, found=rows, columns=columns, page=page)


class _Counted:
    """How many rows are at hand, asked as a queryset is."""

    def __init__(self, number: int):
        self.number = number

    def __getitem__(self, part: slice) -> "_Counted":
        return _Counted(min(self.number, part.stop))

    def count(self) -> int:
        return self.number


def table_file(request, kind: str, *, name: str, table: str, asked: dict, columns: list[str], rows: list):
    """The answer that sends a report: rows of cells that are computed already. table: what they come of, for the record."""
    told = {word: str(value) for word, value in asked.items() if value}
    return EXPORTS[kind](
        request, name=name, table=table, asked=told, found=_Counted(len(rows)), columns=columns,
        page=lambda _after: (rows, ""),
    )  # fmt: skip


def as_moment(at) -> str:
    """A moment as a cell, by the plant's clock."""
    return timezone.localtime(at).isoformat(sep=" ", timespec="seconds") if at else ""


def files(address: str, view, name: str) -> list:
    """The two addresses of a list's file: beneath the list's own, named after it."""
    return [path(f"{address}{kind}/", view, {"kind": kind}, name=f"{name}_{kind}") for kind in EXPORTS]
