"""Files made to harm whoever reads them, and the largest honest ones; and what reading each costs in memory.

Run as a program it prints, for each, what became of it and by how many megabytes the process grew: each is made and
read in a process of its own.
"""

import json
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
RGB, PALETTE, RGBA = 2, 3, 6  # a PNG's colour types


# --- made by hand, since no library would


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, *, colour=RGB, bits=8, before=b"") -> bytes:
    """A PNG all of zeros, of any size."""
    samples = {0: 1, RGB: 3, PALETTE: 1, RGBA: 4}[colour]
    line = b"\0" * (1 + (width * samples * bits + 7) // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    palette = chunk(b"PLTE", b"\x80\x40\x20") if colour == PALETTE else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + palette + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def picture(format="JPEG", size=(400, 300), mode="RGB", **options) -> bytes:
    """An honest one: smooth noise, as a photo is, and not one colour."""
    noise = Image.frombytes("RGB", (64, 64), os.urandom(64 * 64 * 3)).resize(size, Image.Resampling.BICUBIC)
    written = BytesIO()
    noise.convert(mode).save(written, format, **options)
    return written.getvalue()


def jpeg_that_says(width, height, **options) -> bytes:
    """A small JPEG whose head says it is large."""
    found = bytearray(picture(**options))
    at = min(place for place in (found.find(b"\xff\xc0"), found.find(b"\xff\xc2")) if place > 0)
    found[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(found)


def in_single_scans() -> bytes:
    """An ordinary JPEG's head over one scan for each colour: all 50 million pixels' coefficients would be kept."""
    found = jpeg_that_says(8000, 6200)
    at = found.index(b"\xff\xda")
    return found[:at] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + found[at + 14 :]


def in_many_scans() -> bytes:
    """A progressive JPEG that says the same a thousand times."""
    found = picture(progressive=True)
    at = found.rindex(b"\xff\xda")
    return found[:at] + found[at:-2] * 1000 + b"\xff\xd9"


def zip_file() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.txt", "x" * 1000)
    return written.getvalue()


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file\n"
TEXT = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 50_000_000, 9))

NO_PICTURE = "is not a picture"
DAMAGED = "is damaged or not complete"
TOO_MANY = "has too many pixels"
SCANS = "too large a picture for a progressive JPEG"

_REFUSED = {
    "bomb-7kB.png": (lambda: png(8000, 7000, colour=PALETTE, bits=1), TOO_MANY),
    "20000x20000.png": (lambda: png(20_000, 20_000, colour=0, bits=1), TOO_MANY),
    "65535x65535.jpg": (lambda: jpeg_that_says(65_500, 65_500), TOO_MANY),
    "16383x16383.webp": (
        lambda: b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xfe\x3f\0\xfe\x3f\0VP8 \0\0\0\0" + b"\0" * 64,
        f"{TOO_MANY}|{DAMAGED}",
    ),
    "large-progressive.jpg": (lambda: jpeg_that_says(8000, 6200, progressive=True), SCANS),
    "single-scans.jpg": (in_single_scans, SCANS),
    "many-scans.jpg": (in_many_scans, SCANS),
    "no-pixels.png": (lambda: png(0, 10), f"{TOO_MANY}|{DAMAGED}"),
    "no-pixels.jpg": (lambda: jpeg_that_says(0, 10), DAMAGED),
    "text-bomb.png": (lambda: png(10, 10, before=TEXT), DAMAGED),
    "text-bombs.png": (
        lambda: png(10, 10, before=chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 1_000_000)) * 200),
        DAMAGED,
    ),
    "truncated.jpg": (lambda: picture()[:-2000], DAMAGED),
    "truncated.png": (lambda: picture("PNG")[:-2000], DAMAGED),
    "truncated.webp": (lambda: picture("WEBP")[:-2000], DAMAGED),
    "head-only.jpg": (lambda: b"\xff\xd8\xff\xe0", DAMAGED),
    "drawing.svg": (lambda: SVG, NO_PICTURE),
    "drawing.jpg": (lambda: SVG, NO_PICTURE),
    "drawing.eps": (lambda: EPS, NO_PICTURE),
    "eps.png": (lambda: EPS, NO_PICTURE),
    "eps-behind-a-head.jpg": (lambda: b"\xff\xd8\xff" + EPS, DAMAGED),
    "archive.jpg": (zip_file, NO_PICTURE),
    "page.png": (lambda: b"<!doctype html><script>alert(1)</script>", NO_PICTURE),
    "page-behind-a-head.png": (lambda: b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", DAMAGED),
    "gif-and-script.gif": (lambda: b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)//", NO_PICTURE),
    "pdf-and-jpeg.jpg": (lambda: b"%PDF-1.4\n" + picture(), NO_PICTURE),
    "tiff.jpg": (lambda: picture("TIFF"), NO_PICTURE),
    "empty.jpg": (lambda: b"", "is empty"),
}
REFUSED = {name: make for name, (make, _) in _REFUSED.items()}
SENTENCES = {name: sentence for name, (_, sentence) in _REFUSED.items()}
HONEST = {
    "50-megapixels.jpg": lambda: picture(size=(8160, 6120), quality=70),
    "twice-too-large-cmyk.jpg": lambda: picture(size=(5118, 5118), mode="CMYK", quality=60),
    "just-not-halved.jpg": lambda: picture(size=(4000, 4000), quality=80, subsampling=0),
    "wide.jpg": lambda: picture(size=(65_000, 760), quality=70),
    "largest-progressive.jpg": lambda: picture(size=(3600, 3600), quality=70, progressive=True, subsampling=0),
    "largest.png": lambda: png(4000, 4000),
    "largest-clear.png": lambda: png(4000, 4000, colour=RGBA),
    "largest-palette.png": lambda: png(4000, 4000, colour=PALETTE, before=chunk(b"tRNS", b"\x80")),
    "largest-16-bit.png": lambda: png(4000, 4000, colour=RGBA, bits=16),
    "largest.webp": lambda: picture("WEBP", size=(2640, 2640), quality=70, method=0),
    "largest-lossless.webp": lambda: picture("WEBP", size=(2640, 2640), mode="RGBA", lossless=True, method=0),
}


# --- what it costs


def measure() -> dict[str, tuple[str, float]]:
    """{name: (what became of it, megabytes the process grew by)} of all of them."""
    command = [sys.executable, "-m", "tests.hostile_files"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {name: tuple(found) for name, found in json.loads(done.stdout).items()}


def _of_this_process(field) -> float:
    words = Path("/proc/self/status").read_text().split()
    return int(words[words.index(f"{field}:") + 1]) / 1024


def _read(path) -> tuple[str, float]:
    """In a fresh process: what reading comes to, and how much memory it took at the most."""
    from django.core.files import File

    from apps.core import uploads
    from apps.core.errors import BrokenRule
    from apps.core.pictures import READERS, redraw

    Path("/proc/self/clear_refs").write_text("5")  # the highest mark begins anew
    before = _of_this_process("VmRSS")
    with path.open("rb") as opened:
        file = File(opened)
        kind = uploads._kind(file)
        try:
            found = redraw(file, kind, name=path.name) if kind in READERS else None
            answer = f"kept {found.width} × {found.height}" if found else "refused by its kind"
        except BrokenRule as refusal:
            answer = f"refused: {refusal}"
    return answer, _of_this_process("VmHWM") - before


def _in_a_fork(function):
    receive, send = os.pipe()
    if os.fork() == 0:
        os.write(send, json.dumps(function()).encode())
        os._exit(0)
    os.close(send)
    with open(receive) as answer:
        text = answer.read()
    os.wait()
    return json.loads(text)


def _measure_all():
    import tempfile

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, make in {**REFUSED, **HONEST}.items():
            path = Path(folder) / name
            _in_a_fork(lambda make=make, path=path: path.write_bytes(make()))
            results[name] = _in_a_fork(lambda path=path: _read(path))
            path.unlink()
    print(json.dumps(results))


if __name__ == "__main__":
    _measure_all()
