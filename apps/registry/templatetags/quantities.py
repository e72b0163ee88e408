from decimal import Decimal

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def plainly(value: Decimal | None) -> str:
    """A number without zeros at its end: 1,204.5."""
    if value is None:
        return ""
    places = max(-int(value.normalize().as_tuple().exponent), 0)
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)
