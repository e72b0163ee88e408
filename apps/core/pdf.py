"""PDFs, set by typst from the templates beside this file. Data goes in as JSON, never into a template's source.

The fonts are those that come with typst (Libertinus Serif, DejaVu Sans Mono: Latin, Greek, Cyrillic); a letter that they
lack is set as a box, whatever the machine has installed: a document looks the same everywhere.
"""

import json
import logging
import subprocess
import sys
import threading
import unicodedata
from datetime import datetime
from pathlib import Path

from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from apps.core import typesetter
from apps.core.errors import BrokenRule

log = logging.getLogger("leanops.pdf")

TEMPLATES = Path(__file__).parent / "typst"
PLACES = threading.BoundedSemaphore(2)  # documents at a time, in each web process
WAIT = 5  # seconds for a place among the two
SECONDS = 20  # for one document: a request is let go of by the database after 30 without a word
MOST = 4 * 1024 * 1024  # characters of data; 1 000 labels have 2.5 million
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def render_pdf(template: str, data: dict, *, made_at: datetime | None = None, tagged: bool = True) -> bytes:
    """A PDF of a template (`apps/core/typst/<template>.typ`), the same bytes for the same data and moment.

    data: what JSON can say; texts are set as they stand, without what cannot be printed (control characters, and those
    that turn the direction of what follows). made_at: the PDF's own date, else now. tagged: readable to a screen reader.
    Raises BrokenRule where too many documents are being made, or the data is more than a document takes.
    """
    text = json.dumps(_printable({"language": translation.get_language() or "en", **data}), ensure_ascii=False)
    if len(text) > MOST:
        raise BrokenRule(_("That is too much for one document. Take fewer at a time."))
    if not PLACES.acquire(timeout=WAIT):
        raise BrokenRule(_("Many documents are being made just now. Nothing was done; press again."))
    try:
        return _set(TEMPLATES / f"{template}.typ", text, made_at or timezone.now(), "tagged" if tagged else "plain")
    finally:
        PLACES.release()


def _set(path, text, moment, tagged) -> bytes:
    command = [sys.executable, "-I", typesetter.__file__, str(path), str(int(moment.timestamp())), tagged]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=SECONDS, env={}, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        log.error("%s was not set: %r %s", path.name, error, (error.stderr or b"").decode(errors="replace")[-2000:])
        raise BrokenRule(_("The document could not be made. Take fewer at a time, or tell your admin.")) from None
    return done.stdout


def heading(tenant, *, at: datetime | None = None) -> dict:
    """What header and footer of a document say: the plant, when it was printed, the page's number."""
    moment = timezone.localtime(at or timezone.now())
    return {
        "plant": tenant.name,
        "printed": _("Printed %s") % f"{moment:%Y-%m-%d %H:%M}",
        "words": {"page": _("Page {page} of {pages}")},
    }


def as_download(content: bytes, name: str) -> HttpResponse:
    """The answer that gives a PDF; `name` is the file's, without its ending."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{name}.pdf")
    return response


def _printable(value):
    if isinstance(value, str):
        return "".join(filter(_is_printed, value))
    if isinstance(value, dict):
        return {str(name): _printable(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(entry) for entry in value]
    return value


def _is_printed(character: str) -> bool:
    return character == "\n" or (unicodedata.category(character) not in ("Cc", "Cs") and character not in TURNING)
