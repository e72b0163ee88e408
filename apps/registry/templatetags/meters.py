"""How values of meters are shown."""

from django import template

from apps.registry.services.meters import plain as in_words

register = template.Library()
register.filter("plain", in_words)
