"""Pictures that people send, read with care and drawn anew: pixels stay, everything else in the file is gone.

What is read was made by anybody: its size is known before its pixels are decoded, two are decoded at a time, and what
one may cost is bounded by figures measured with Pillow 13 (tests/core/test_uploads.py measures again).
"""

import contextlib
import logging
import struct
import threading
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from apps.core.errors import BrokenRule

log = logging.getLogger("leanops.uploads")

LONGEST = 2560  # pixels of the long edge: enough to read a type plate
SMALL = 320
WHOLE = 16_000_000  # pixels of a JPEG that are decoded as they are; libjpeg halves, quarters larger ones for next to nothing
WAIT = 5  # seconds for a place among the two: four photos, and the transaction is not yet taken for forgotten
PLACES = threading.BoundedSemaphore(2)

# The readers by name: no other of Pillow's may guess what a file is (EPS starts a program, TIFF and MPO wrap others).
READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
}
# Pixels that take less than 150 MB to decode: a PNG has no small version to read, WEBP keeps four copies, and a JPEG in
# several scans (a progressive one) keeps all its coefficients, 2 bytes for each colour.
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 16_000_000, "WEBP": 7_000_000}
MOST_COEFFICIENTS = 3 * 13_000_000
MOST_SCANS = 100  # each scan of a JPEG walks over all pixels again; cameras write 1, the web about 10
MOST_PROFILE = 64 * 1024  # bytes of a colour profile worth following; cameras' have some hundred

PngImagePlugin.MAX_TEXT_MEMORY = PngImagePlugin.MAX_TEXT_CHUNK  # what texts in a PNG may unpack to, in all

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept: JPEG, upright, in sRGB, with nothing in it but pixels."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int


def redraw(file, kind: str, *, name: str) -> Picture:
    """Read a picture of that kind (of READERS) and draw it anew. name: as the person knows the file.

    Raises BrokenRule, in words, where it has too many pixels or cannot be read to its end.
    """
    if not PLACES.acquire(timeout=WAIT):
        raise BrokenRule(_("Many pictures are being read just now. Nothing was done; press again."))
    try:
        return _redraw(file, kind, name)
    except BrokenRule:
        raise
    except Image.DecompressionBombError:
        raise BrokenRule(_too_many_pixels(kind, name)) from None
    except Exception as error:  # noqa: BLE001 (given nonsense, a reader raises anything: SyntaxError, struct.error, …)
        log.info("a file that is no good %s: %r", kind, error)
        raise BrokenRule(
            _("“%(name)s” is damaged or not complete: it cannot be read as a %(kind)s picture. Take or save it again.")
            % {"name": name, "kind": kind}
        ) from None
    finally:
        PLACES.release()


def _redraw(file, kind, name) -> Picture:
    file.seek(0)
    image = READERS[kind](file)
    width, height = image.size
    if width * height > MOST_PIXELS[kind]:
        raise BrokenRule(_too_many_pixels(kind, name))
    if kind == "JPEG" and _is_costly(image, file):
        raise BrokenRule(
            _("“%s” is too large a picture for a progressive JPEG. Save it as an ordinary one, or smaller.") % name
        )
    if kind == "JPEG":
        scale = max(max(image.size) // LONGEST, 2 if width * height > WHOLE else 1)
        image.draft("RGB", (max(width // scale, 1), max(height // scale, 1)))
    image.load()

    turn, profile = _turn(image), image.info.get("icc_profile")
    image = _opaque(image)
    image.thumbnail((LONGEST, LONGEST))
    image = _in_srgb(image, profile)
    if turn is not None:
        image = image.transpose(turn)
    content = _as_jpeg(image, quality=85)
    size = image.size
    image.thumbnail((SMALL, SMALL))
    return Picture(content, _as_jpeg(image, quality=75), *size)


def _too_many_pixels(kind, name) -> str:
    return _("“%(name)s” has too many pixels: a %(kind)s picture may have %(most)d million. Send a smaller one.") % {
        "name": name,
        "kind": kind,
        "most": MOST_PIXELS[kind] // 1_000_000,
    }


def _is_costly(image, file) -> bool:
    """Whether a JPEG in several scans is too large, or has too many of them. Its reader stands after the first's head."""
    colours = image.layers
    file.seek(-(6 + 2 * colours), 1)
    if file.read(3) == struct.pack(">HB", 6 + 2 * colours, colours) and "progressive" not in image.info:
        return False  # all colours in one scan
    file.seek(0)
    return image.width * image.height * colours > MOST_COEFFICIENTS or file.read().count(b"\xff\xda") > MOST_SCANS


def _turn(image):
    """How to turn the picture upright, by what the camera noted; None where it noted nothing that can be read."""
    with contextlib.suppress(Exception):
        return TURNS.get(image.getexif().get(ORIENTATION))
    return None


def _opaque(image):
    """In colours that can be shrunk and kept; what one can see through is white."""
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value * (1 / 256)).convert("RGB")
    if image.has_transparency_data and image.mode not in ("RGB", "L"):
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image)
        return ground
    return image if image.mode in ("RGB", "CMYK") else image.convert("RGB")


def _in_srgb(image, profile):
    """With the colours its profile means, where that is a small and sound one; else as they are."""
    if profile and len(profile) <= MOST_PROFILE:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return image.convert("RGB")


def _as_jpeg(image, *, quality) -> bytes:
    image.info = {}  # what was in the file would be written again
    written = BytesIO()
    image.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()
