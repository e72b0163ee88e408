"""A part's pictures, kept by the upload service."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.models import Attachment
from apps.core.uploads import attach, store_upload
from apps.inventory.services.moving import hold

MOST_PHOTOS = 8


@transaction.atomic
def add_photos(part, photos, *, by) -> None:
    """Keep pictures of a part. photos: files as they were sent. Raises BrokenRule for none, too many, and no pictures."""
    part = hold(part)
    if not photos:
        raise BrokenRule(_("Choose a photo first."))
    if photos_of(part).count() + len(photos) > MOST_PHOTOS:
        raise BrokenRule(_("A part has at most %d photos; remove one first.") % MOST_PHOTOS)
    attach([store_upload(photo, tenant=part.tenant, by=by) for photo in photos], part)


@transaction.atomic
def remove_photo(photo) -> None:
    """Take a picture of a part away."""
    Attachment.objects.locked().get(pk=photo.pk).delete()


def photos_of(part):
    """A part's pictures, oldest first."""
    rows = Attachment.objects.for_tenant(part.tenant_id).filter(entity_type="parts", entity_id=part.pk)
    return rows.order_by("pk")
