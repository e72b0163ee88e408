"""Intervals and due values as the pages of schedules show them."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.registry.meter_words import amount

register = template.Library()


@register.filter
def every(schedule) -> str:
    """How often: “every 3 months or 500 h”."""
    found = []
    if schedule.interval_days:
        found.append(ngettext("every day", "every %d days", schedule.interval_days) % _number(schedule.interval_days))
    if schedule.interval_months:
        found.append(
            ngettext("every month", "every %d months", schedule.interval_months) % _number(schedule.interval_months)
        )
    if schedule.interval_meter:
        found.append(_("every %s") % amount(schedule.interval_meter, schedule.meter))
    return _(" or ").join(found)


def _number(number):
    return () if number == 1 else (number,)


@register.filter
def metered(value, schedule) -> str:
    """A value of the schedule's meter, with its unit; nothing for none."""
    return "" if value is None else amount(value, schedule.meter)
