"""What single things look like, noted one by one: before they leave, and when they arrive. Source: domain §5."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.uploads import attach
from apps.logistics.models import AssetMovement, MovementStatus
from apps.logistics.services.steps import lock_movements, store


@transaction.atomic
def note_condition(movement, *, by, condition="", photos=(), seen=None) -> AssetMovement:
    """Note the condition of what is planned as it leaves, of what is on its way as it arrives, and up to a week later.

    condition: in words; those there stay if it is empty. photos: Attachments, added to those there. Returns the movement.
    Raises Conflict; BrokenRule for nothing said, and for what was cancelled or lost, or arrived longer ago.
    """
    (row,) = lock_movements([movement], seen={movement.pk: seen})
    if not condition.strip() and not photos:
        raise BrokenRule(_("Write what it looks like, or take a photo."))
    if not row.takes_condition:
        raise BrokenRule(_("%s is over; its condition is not noted any more.") % row)
    end = "out" if row.status == MovementStatus.PLANNED else "in"
    if condition.strip():
        setattr(row, f"condition_{end}", condition.strip())
    attach(photos, row)
    if end == "in":
        row.photos_in = [*row.photos_in, *(photo.pk for photo in photos)]
    store([row], [f"condition_{end}", "photos_in"])
    return row
