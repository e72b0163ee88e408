"""Quantities as the stores' pages show them."""

from django import template

register = template.Library()


@register.filter
def of(quantity, part):
    """A quantity of a part, with its unit: “2.5 kg”; nothing for no quantity."""
    return "" if quantity is None else part.amount(quantity)
