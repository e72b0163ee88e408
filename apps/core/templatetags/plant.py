"""The few tags every page may use."""

from django import template
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.html import format_html

from apps.core.fields import uuid7
from apps.core.roles import EVERYONE

register = template.Library()


@register.simple_tag
def request_key():
    """The hidden field that makes a form act once, however often it is sent."""
    return format_html('<input type="hidden" name="request_key" value="{}">', uuid7().hex)


@register.simple_tag(takes_context=True)
def address_for(context, name):
    """The address called so, where there is one and this person may open it; else nothing."""
    try:
        address = reverse(name)
    except NoReverseMatch:
        return ""
    person = context["request"].user
    may = person.is_superuser or person.role in getattr(resolve(address).func, "roles", EVERYONE)
    return address if may else ""
