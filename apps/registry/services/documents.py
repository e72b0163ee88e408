"""An asset's papers and pictures, kept by the upload service."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.models import Attachment
from apps.core.uploads import attach, store_upload
from apps.registry.models import AssetDocument
from apps.registry.services.assets import check_in_service, lock_asset

MOST_PHOTOS = 20


@transaction.atomic
def add_document(asset, file, *, by, **fields) -> AssetDocument:
    """Keep a paper of an asset: a PDF or a picture. fields: title, kind, expires_date. Raises BrokenRule."""
    asset = lock_asset(asset)
    check_in_service(asset)
    kept = store_upload(file, tenant=asset.tenant, by=by, pdf=True)
    title = fields.pop("title", "") or kept.name.rpartition(".")[0]
    document = AssetDocument.objects.create(
        tenant=asset.tenant, asset=asset, file=kept, title=title, created_by=by, **fields
    )
    attach([kept], document)
    return document


@transaction.atomic
def change_document(document, **fields) -> AssetDocument:
    """Change a paper's title, kind or day of expiry; the file stays."""
    document = AssetDocument.objects.locked().get(pk=document.pk)
    for name, value in fields.items():
        setattr(document, name, value)
    document.save()
    return document


@transaction.atomic
def remove_document(document) -> None:
    """Take a paper away, with its file."""
    document = AssetDocument.objects.locked().get(pk=document.pk)
    file = document.file
    document.delete()
    file.delete()


@transaction.atomic
def add_photos(asset, photos, *, by) -> None:
    """Keep pictures of an asset. photos: files as they were sent. Raises BrokenRule."""
    asset = lock_asset(asset)
    check_in_service(asset)
    if not photos:
        raise BrokenRule(_("Choose a photo first."))
    if photos_of(asset).count() + len(photos) > MOST_PHOTOS:
        raise BrokenRule(_("An asset has at most %d photos; remove one first.") % MOST_PHOTOS)
    attach([store_upload(photo, tenant=asset.tenant, by=by) for photo in photos], asset)


@transaction.atomic
def remove_photo(photo) -> None:
    """Take a picture of an asset away."""
    Attachment.objects.locked().get(pk=photo.pk).delete()


def photos_of(asset):
    """An asset's pictures, oldest first."""
    rows = Attachment.objects.for_tenant(asset.tenant_id).filter(entity_type="assets", entity_id=asset.pk)
    return rows.order_by("pk")
