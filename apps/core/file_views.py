"""Files as they are given back: to their own tenant, never as anything that a browser would run."""

import logging

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from apps.core.hooks import is_shown_at
from apps.core.models import Attachment
from apps.core.roles import EVERYONE, roles_allowed
from apps.core.terminals import on_terminal

log = logging.getLogger("leanops.uploads")

HEADERS = {
    "Cache-Control": f"private, max-age={24 * 3600}, immutable",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@require_safe
@on_terminal
@roles_allowed(*EVERYONE)
def file(request, pk):
    """A picture to look at, a PDF to download."""
    attachment = _found(request, Attachment.objects.all(), pk)
    return served(request, attachment, attachment.storage_key)


@require_safe
@on_terminal
@roles_allowed(*EVERYONE)
def file_thumbnail(request, pk):
    """A picture, small."""
    attachment = _found(request, Attachment.objects.exclude(width=None), pk)
    return served(request, attachment, attachment.thumbnail_key)


def _found(request, rows, pk):
    attachment = get_object_or_404(rows.for_tenant(request.tenant), pk=pk)
    if request.at_terminal and not is_shown_at(request.device, attachment):
        raise Http404
    return attachment


def served(request, attachment, key):
    kind = "small" if key == attachment.thumbnail_key else "whole"
    etag = f'"{attachment.sha256}-{kind}"'
    response = get_conditional_response(request, etag=etag) or _opened(attachment, key)
    response["ETag"] = etag
    for header, value in HEADERS.items():
        response[header] = value
    return response


def _opened(attachment, key):
    try:
        content = default_storage.open(key)
    except FileNotFoundError:
        log.error("the file %s of attachment %s is not where it was put", key, attachment.pk)
        raise Http404 from None
    return FileResponse(
        content,
        as_attachment=not attachment.is_picture,
        filename=attachment.name,
        content_type=attachment.content_type,
    )
