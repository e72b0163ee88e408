"""How values of meters are shown."""

from django import template

from apps.registry.meter_words import plain as in_words

register = template.Library()
register.filter("plain", in_words)
