"""Tables for spreadsheets, as CSV or XLSX: sent as they are read, in pages, recorded, and without formulas."""

import csv
import io
from collections.abc import Callable, Iterator
from itertools import chain

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.core.services import record_access
from apps.core.sheets import workbooks
from apps.core.sheets.formulas import harmless

PAGE = 2000
MOST = 1_000_000  # rows of one export, about what a spreadsheet holds
MOST_XLSX = 100_000  # a workbook is made before it is sent


class _Echo:
    def write(self, text):
        return text


def line_of(cells) -> str:
    """A line of CSV, without formulas."""
    return csv.writer(_Echo()).writerow([harmless(cell) for cell in cells])


def csv_export(request, *, name: str, table: str, asked: dict, found, columns: list[str], page: Callable):
    """An answer that streams `name`.csv, recorded as an export of `table` with its filters and its rows at most.

    found: the queryset that is exported. page: `page(after)` returns cells of the rows after a cursor ("" at first),
    and the next cursor ("" at the end).
    """
    _record(request, table, asked, found[:MOST].count())
    lines = _lines(request.tenant, columns, page, translation.get_language())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    return _as_file(response, f"{name}.csv")


def xlsx_export(request, *, name: str, table: str, asked: dict, found, columns: list[str], page: Callable):
    """The same as a workbook, `name`.xlsx. Raises BrokenRule for more rows than one takes."""
    count = found[: MOST_XLSX + 1].count()
    if count > MOST_XLSX:
        raise BrokenRule(
            _("These are more than %d rows, too many for a workbook. Filter them, or take the CSV.") % MOST_XLSX
        )
    _record(request, table, asked, count)
    file = io.BytesIO()
    workbooks.write(file, {name: chain([columns], _pages(page))})
    return _as_file(HttpResponse(file.getvalue(), content_type=workbooks.KIND), f"{name}.xlsx")


EXPORTS = {"csv": csv_export, "xlsx": xlsx_export}


def _record(request, table, asked, rows):
    record_access(
        request.user,
        "export",
        request=request,
        by=request.user,
        entity=table,
        changes=asked | {"rows_at_most": rows},
        tenant=request.tenant,
    )


def _as_file(response, name):
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _pages(page) -> Iterator[list]:
    after, sent = "", 0
    while sent < MOST_XLSX:
        rows, after = page(after)
        yield from rows
        sent += len(rows)
        if not after:
            return


def _lines(tenant, columns, page, language):
    """The request's transaction is over when they are read: each page opens the tenant's own, shortly, so that a slow
    reader holds no snapshot."""
    yield "\ufeff" + line_of(columns)  # spreadsheets take it for something else than UTF-8 without
    after, sent = "", 0
    while sent < MOST:
        with tenant_context(tenant), translation.override(language), timezone.override(tenant.zone):
            rows, after = page(after)
        rows = rows[: MOST - sent]
        sent += len(rows)
        yield "".join(map(line_of, rows))
        if not after:
            return
