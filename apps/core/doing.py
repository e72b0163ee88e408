"""What forms on pages have in common: what they were sent, and doing it."""

from django.db import transaction

from apps.core.errors import BrokenRule


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
