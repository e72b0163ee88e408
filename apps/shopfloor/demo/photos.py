"""The photos of the demo's notes, drawn when they are needed: no picture lies in the source."""

import random
from io import BytesIO

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageFilter

SIZE = WIDTH, HEIGHT = 960, 720


def draw_photo(what: str) -> ContentFile:
    """A photo of one of the things below, as a phone would send it; the same each time."""
    image = Image.linear_gradient("L").resize(SIZE).point(lambda value: 70 + value // 2)
    image = Image.merge("RGB", (image, image.point(lambda value: value + 6), image.point(lambda value: value + 14)))
    _DRAW[what](ImageDraw.Draw(image), random.Random(what))  # noqa: S311 (a picture, the same each time)
    written = BytesIO()
    image.filter(ImageFilter.GaussianBlur(1.2)).save(written, "JPEG", quality=80)
    return ContentFile(written.getvalue(), name=f"{what}.jpg")


def _glass(draw, rng):
    draw.polygon([(120, 90), (880, 40), (840, 650), (80, 690)], fill=(178, 205, 206), outline=(96, 130, 132), width=8)
    for _ in range(45):
        x, y, r = rng.randint(180, 780), rng.randint(120, 600), rng.randint(3, 13)
        draw.ellipse([x - r, y - r, x + r, y + r], fill=(214, 232, 232), outline=(120, 150, 152), width=2)


def _wheel(draw, rng):
    draw.ellipse([220, 90, 760, 630], fill=(126, 118, 104), outline=(60, 56, 50), width=10)
    draw.ellipse([420, 290, 560, 430], fill=(196, 196, 200), outline=(60, 60, 64), width=8)


def _boards(draw, rng):
    for number in range(6):
        shade = 190 - 26 * (number % 3) - rng.randint(0, 10)
        top = 60 + number * 100
        draw.rectangle(
            [60, top, 900, top + 88], fill=(shade, shade * 3 // 4, shade // 2), outline=(70, 48, 30), width=4
        )
        for _ in range(7):
            y = top + rng.randint(10, 78)
            draw.line([(70, y), (890, y + rng.randint(-8, 8))], fill=(shade - 25, shade * 3 // 4 - 25, shade // 2 - 15))


def _gauge(draw, rng):
    draw.ellipse([230, 110, 730, 610], fill=(240, 240, 236), outline=(50, 54, 58), width=22)
    for hour in range(11):
        draw.arc([270, 150, 690, 570], 140 + hour * 26, 143 + hour * 26, fill=(40, 44, 48), width=34)
    draw.line([(480, 360), (600, 250)], fill=(170, 30, 36), width=14)
    draw.ellipse([450, 330, 510, 390], fill=(50, 54, 58))


_DRAW = {"glass": _glass, "wheel": _wheel, "boards": _boards, "gauge": _gauge}
