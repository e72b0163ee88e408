"""The few tags every page may use."""

from django import template
from django.utils.html import format_html

from apps.core.fields import uuid7

register = template.Library()


@register.simple_tag
def request_key():
    """The hidden field that makes a form act once, however often it is sent."""
    return format_html('<input type="hidden" name="request_key" value="{}">', uuid7().hex)
