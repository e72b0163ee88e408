"""How figures are shown: no data is said, and never a 0."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def hours(seconds) -> str:
    """Seconds as hours with one decimal."""
    return _("no data") if seconds is None else _("%s h") % number_format(round(seconds / 3600, 1), 1, use_l10n=True)


@register.filter
def minutes(seconds) -> str:
    """Seconds as minutes with one decimal."""
    told = "" if seconds in (None, "") else number_format(round(seconds / 60, 1), 1, use_l10n=True)
    return _("%s min") % told if told else _("no data")


@register.filter
def percent(ratio) -> str:
    """A ratio from 0 to 1."""
    return _("no data") if ratio is None else f"{number_format(round(100 * ratio, 1), 1, use_l10n=True)} %"
