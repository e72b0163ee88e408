"""Files that people send: judged by what is in them, kept under names nobody can guess, given back with the tenant check.

A file is written before its row. What a rolled-back request has left is an orphan, which `forget_orphans` removes.
"""

import hashlib
import logging
import re
import secrets
import unicodedata
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.models import Attachment, Tenant
from apps.core.pictures import redraw

log = logging.getLogger("leanops.uploads")

LONGEST_NAME = 100
ORPHAN_AFTER = timedelta(days=1)  # no request takes so long


def store_upload(file, *, tenant, by, pdf=False) -> Attachment:
    """Check a file and keep it: a picture drawn anew, with a thumbnail, or a PDF as it is.

    file: what a form or a program has sent; its name and declared type decide nothing. pdf: PDFs are welcome too.
    Returns the Attachment, which belongs to nothing yet (see attach). Raises BrokenRule, in a sentence, for a file that
    is empty, too large, of another kind, or damaged.
    """
    name = clean_name(file.name)
    kind = _kind(file)
    if not file.size:
        raise BrokenRule(_("“%s” is empty; choose it again.") % name)
    if kind == "" or (kind == "PDF" and not pdf):
        allowed = _("a picture (JPEG, PNG or WEBP) or a PDF") if pdf else _("a picture (JPEG, PNG or WEBP)")
        raise BrokenRule(_("“%(name)s” is not %(allowed)s.") % {"name": name, "allowed": allowed})
    most = settings.UPLOAD_PDF_SIZE if kind == "PDF" else settings.UPLOAD_PHOTO_SIZE
    if file.size > most:
        words = {"name": name, "size": -(-file.size // 2**20), "most": most // 2**20}
        raise BrokenRule(_("“%(name)s” is %(size)d MB large; %(most)d MB are allowed. Send a smaller one.") % words)

    token = secrets.token_hex(16)
    folder, stem = f"{tenant.pk.hex}/{token[:2]}/{token[2:]}", PurePosixPath(name).stem
    if kind == "PDF":
        _check_pdf(file, name)
        row = Attachment(content_type="application/pdf", storage_key=f"{folder}.pdf", name=f"{stem}.pdf")
        row.size, row.sha256 = file.size, _digest(file)
        _write({row.storage_key: File(file.file)})
    else:
        picture = redraw(file, kind, name=name)
        row = Attachment(content_type="image/jpeg", storage_key=f"{folder}.jpg", name=f"{stem}.jpg")
        row.width, row.height, row.size = picture.width, picture.height, len(picture.content)
        row.sha256 = hashlib.sha256(picture.content).hexdigest()
        _write(
            {row.storage_key: ContentFile(picture.content), row.thumbnail_key: ContentFile(picture.thumbnail)},
        )
    row.tenant, row.uploaded_by = tenant, by
    row.save()
    return row


def attach(attachments, owner) -> None:
    """Say what files belong to: a row of the same tenant."""
    for attachment in attachments:
        if attachment.tenant_id != owner.tenant_id:
            raise ValueError("An attachment belongs to a row of its own tenant.")
        attachment.entity_type, attachment.entity_id = owner._meta.db_table, owner.pk
        attachment.save()


def copy_uploads(attachments, owner) -> None:
    """Give another row of the same tenant the same files, as files of its own: either may be removed."""
    for former in attachments:
        token = secrets.token_hex(16)
        key = f"{former.tenant_id.hex}/{token[:2]}/{token[2:]}{PurePosixPath(former.storage_key).suffix}"
        row = Attachment(
            tenant_id=former.tenant_id, name=former.name, content_type=former.content_type, size=former.size,
            sha256=former.sha256, width=former.width, height=former.height, storage_key=key,
            uploaded_by_id=former.uploaded_by_id,
        )  # fmt: skip
        files = {row.storage_key: former.storage_key}
        if former.is_picture:
            files[row.thumbnail_key] = former.thumbnail_key
        for new, old in files.items():
            with default_storage.open(old) as content:
                _write({new: content})
        row.save()
        attach([row], owner)


def attachments_of(rows) -> dict:
    """{key of a row: its files, oldest first} of rows of one table and tenant; one query, none for no rows."""
    found = defaultdict(list)
    if rows:
        table, tenant = rows[0]._meta.db_table, rows[0].tenant_id
        wanted = Attachment.objects.for_tenant(tenant).filter(entity_type=table, entity_id__in=[row.pk for row in rows])
        for attachment in wanted.order_by("pk"):
            found[attachment.entity_id].append(attachment)
    return found


def clean_name(name: str) -> str:
    """A file's name as it may be shown: without path and what is not to be seen; "file" if nothing is left."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name or ""))[-1]
    name = "".join(
        c for c in name if not unicodedata.category(c).startswith("C")
    )  # control, direction, half characters
    return " ".join(name[:LONGEST_NAME].split()).strip(". ") or _("file")


def _kind(file) -> str:
    """What a file is by its first bytes: "JPEG", "PNG", "WEBP", "PDF", or "" for anything else."""
    file.seek(0)
    head = file.read(16)
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    return "PDF" if head.startswith(b"%PDF-") else ""


def _check_pdf(file, name) -> None:
    """A PDF ends where it says so: what stops before, or goes on as something else, is none. It is never opened here."""
    file.seek(max(file.size - 2048, 0))
    if not file.read().rstrip(b"\x00\t\n\r ").endswith(b"%%EOF"):
        raise BrokenRule(_("“%s” is not complete: it does not end as a PDF does. Save or send it again.") % name)


def _digest(file) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _write(files) -> None:
    try:
        for key, content in files.items():
            default_storage.save(key, content)
    except OSError:
        log.exception("a file cannot be stored")
        raise BrokenRule(
            _("The server could not store the file; its disk may be full. Nothing was done; tell your admin.")
        ) from None


def forget_orphans(*, older_than=ORPHAN_AFTER) -> int:
    """Remove files that no row names, of the tenants in force, once they are older than any request; returns how many.

    Folders of tenants that this database does not know are left alone: they may be another database's.
    """
    before, forgotten = timezone.now() - older_than, 0
    folders = default_storage.listdir("")[0] if default_storage.exists("") else []
    for tenant in Tenant.objects.filter(pk__in=[folder for folder in folders if re.fullmatch(r"[0-9a-f]{32}", folder)]):
        for part in default_storage.listdir(tenant.pk.hex)[0]:
            folder = f"{tenant.pk.hex}/{part}"
            kept = Attachment.objects.for_tenant(tenant).filter(storage_key__startswith=f"{folder}/")
            named = {key for row in kept for key in (row.storage_key, row.thumbnail_key)}
            for name in default_storage.listdir(folder)[1]:
                key = f"{folder}/{name}"
                if key not in named and _written_at(key) < before:
                    default_storage.delete(key)
                    forgotten += 1
    return forgotten


def _written_at(key) -> datetime:
    return default_storage.get_modified_time(key)
