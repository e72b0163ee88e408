"""Tables as CSV for spreadsheets: sent as they are read, in pages, recorded, and without formulas."""

import csv
import re
from collections.abc import Callable

from django.http import StreamingHttpResponse
from django.utils import timezone, translation

from apps.core.isolation import tenant_context
from apps.core.services import record_access

PAGE = 2000
MOST = 1_000_000  # rows of one export, about what a spreadsheet holds


class _Echo:
    def write(self, text):
        return text


def csv_export(request, *, name: str, table: str, asked: dict, found, columns: list[str], page: Callable):
    """An answer that streams `name`.csv, recorded as an export of `table` with its filters and its rows at most.

    found: the queryset that is exported. page: `page(after)` returns cells of the rows after a cursor ("" at first),
    and the next cursor ("" at the end).
    """
    changes = asked | {"rows_at_most": found[:MOST].count()}
    record_access(
        request.user, "export", request=request, by=request.user, entity=table, changes=changes, tenant=request.tenant
    )
    lines = _lines(request.tenant, columns, page, translation.get_language())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _lines(tenant, columns, page, language):
    """The request's transaction is over when they are read: each page opens the tenant's own, shortly, so that a slow
    reader holds no snapshot."""
    write = csv.writer(_Echo()).writerow
    yield "\ufeff" + write(columns)  # spreadsheets take it for something else than UTF-8 without
    after, sent = "", 0
    while sent < MOST:
        with tenant_context(tenant), translation.override(language), timezone.override(tenant.zone):
            rows, after = page(after)
        rows = rows[: MOST - sent]
        sent += len(rows)
        yield "".join(write([harmless(cell) for cell in row]) for row in rows)
        if not after:
            return


# What spreadsheets take for a formula, after whatever they pass over; the wide signs of Japanese keyboards too.
FORMULA = re.compile(r"[\W_]*?[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def harmless(cell):
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell
