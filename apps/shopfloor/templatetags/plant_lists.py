"""What the pages of jobs and events show of rows whose columns are not fixed."""

from django import template
from django.utils.formats import number_format

from apps.core.sheets.columns import as_text
from apps.shopfloor.models import Priority

register = template.Library()


@register.filter
def cells_of(row, columns):
    """(text as pasted, value as understood, error) for each column of a pasted row."""
    return [
        (as_text(row.cells.get(c.name, "")), _shown(row.values.get(c.attribute)), row.errors.get(c.name))
        for c in columns
    ]


def _shown(value):
    if isinstance(value, str) and value in Priority.values:
        return Priority(value).label
    if isinstance(value, int):
        return number_format(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
