"""What the pages of jobs and events show of rows whose columns are not fixed."""

from django import template
from django.utils.formats import number_format

from apps.shopfloor.job_forms import NAMES
from apps.shopfloor.models import Job, Priority

register = template.Library()


@register.filter
def column_words(name):
    """A column of the paste in the person's words."""
    return Job._meta.get_field(name).verbose_name if name in NAMES else name


@register.filter
def cells_of(row, columns):
    """(text as pasted, value as understood, error) for each column of a pasted row."""
    return [(row.cells.get(name, ""), _shown(row.values.get(name)), row.errors.get(name)) for name in columns]


def _shown(value):
    if isinstance(value, str) and value in Priority.values:
        return Priority(value).label
    if isinstance(value, int):
        return number_format(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
