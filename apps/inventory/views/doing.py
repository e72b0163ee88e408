"""What the stores' forms have in common."""

from django.db import transaction

from apps.core.api.errors import Refused
from apps.core.api.paging import KeysetPagination
from apps.core.errors import BrokenRule
from apps.core.paging import Page


def posted(request):
    """What a form was sent, also where that is nothing; None where it is only looked at."""
    return request.POST if request.method == "POST" else None


def done(form, act):
    """What a service made of a valid form; None where the form, or the service, refuses: then the form says why."""
    if not form.is_valid():
        return None
    try:
        with transaction.atomic():
            return act(form)
    except BrokenRule as refused:
        form.add_error(None, str(refused))
    return None


def page_of(queryset, *, after: str, size: int) -> Page:
    """A page of a queryset by its own order, of stored columns; a cursor that cannot be read begins at the start."""
    pages = KeysetPagination()
    try:
        rows = pages.page_of(queryset, after=after, size=size)
    except Refused:
        rows = pages.page_of(queryset, after="", size=size)
    return Page(rows, pages.cursor_after())
