"""How the floor's pages write statuses, lengths of time and due dates."""

from django import template

from apps.shopfloor import rendering

register = template.Library()


@register.filter
def due(day, today):
    """“due tomorrow”, “due 19 Nov, late”."""
    return rendering.due_words(day, today)


@register.filter
def lasted(minutes):
    """“1 h 12 min”."""
    return rendering.lasted(minutes)


@register.filter
def badge_icon(status):
    return rendering.BADGE_ICONS[status]


@register.filter
def badge_word(status):
    return rendering.badge_words()[status]
