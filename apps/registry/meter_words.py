"""Values of meters, and what corrections say, as people read them."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.registry.models import UNITS, ReadingKind


def amount(value, meter) -> str:
    """A value as people read it, with its unit: 1,204.5 h."""
    return f"{plain(value)} {UNITS[meter]}"


def plain(value) -> str:
    """A value with the decimals that it has: 1,204.5."""
    places = max(-value.normalize().as_tuple().exponent, 0)
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


def found_in_words(row) -> str:
    """What a correction says: the logs said 8.4 h more than the meter, or less."""
    if row.kind != ReadingKind.CORRECTION or row.voids_id:
        return ""
    said = _("Logs said %s less than the meter.") if row.value > 0 else _("Logs said %s more than the meter.")
    return said % amount(abs(row.value), row.meter)
