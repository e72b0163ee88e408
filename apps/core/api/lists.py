"""A list as CSV: all that its filters find, in the list's own order and columns."""

import json

from apps.core.api.paging import KeysetPagination
from apps.core.csv_export import PAGE, csv_export


def as_csv(view, rows):
    """The answer that streams a resource's rows; it is recorded as an export, and holds no formulas."""
    request = view.request._request
    shape = view.get_serializer()
    columns = [name for name, field in shape.fields.items() if not field.write_only]
    asked = {name: value for name, value in request.GET.items() if name not in ("limit", "cursor")}

    def page(after):
        pages = KeysetPagination()
        found = pages.page_of(rows, after=after, size=PAGE)
        shown = view.get_serializer(found, many=True).data
        return [[as_cell(view.in_csv(row)[name]) for name in columns] for row in shown], pages.cursor_after()

    return csv_export(
        request,
        name=request.path.rstrip("/").rpartition("/")[2],
        table=view.model._meta.db_table,
        asked=asked,
        found=rows,
        columns=columns,
        page=page,
    )


def as_cell(value):
    """A value of a row as CSV has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else value
