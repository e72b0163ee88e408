"""When something happened that is entered later than it happened."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule

LATEST = timedelta(days=7)  # what happened longer ago is not entered as an act of its own any more


def past(moment):
    """A moment that may be as long ago as one likes, but has been."""
    if moment and moment > timezone.now():
        raise BrokenRule(_("That is in the future."))
    return moment


def entered(at):
    """The moment of an act that is entered late: now, if None; at most seven days back."""
    now = timezone.now()
    if past(at) and at < now - LATEST:
        raise BrokenRule(_("That is more than 7 days ago; nothing can be entered so late."))
    return at or now


def reasoned(reason) -> str:
    """The reason, which must be given."""
    if not reason.strip():
        raise BrokenRule(_("Say why."), code="reason_needed")
    return reason.strip()
