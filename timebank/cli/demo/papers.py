"""Papers and photos of the demo, drawn on the spot: invoices, agreements, pictures of places."""

import io
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = Path(__file__).parent.parent.parent / "static" / "fonts" / "NotoSansSC-subset.ttf"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=70)
    return out.getvalue()


def paper(title: str, lines: list[str], *, seal: str) -> bytes:
    """Return a sheet with a title, lines and a red seal, as a scanner would give it."""
    image = Image.new("RGB", (620, 420), "#fbfaf6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((16, 16, 603, 403), outline="#8a4b2a", width=2)
    draw.text((310, 52), title, font=_font(30), fill="#3a2a1a", anchor="mm")
    for number, line in enumerate(lines):
        top = 96 + number * 38
        draw.text((48, top), line, font=_font(20), fill="#22303c")
        draw.line((44, top + 32, 576, top + 32), fill="#d8cfc0")
    draw.ellipse((450, 282, 570, 396), outline="#b3202c", width=4)
    draw.text((510, 339), seal, font=_font(17), fill="#b3202c", anchor="mm")
    return _jpeg(image)


def place_photo(place: str, what: str, *, is_after: bool, hue: int) -> bytes:
    """Return a picture of a stairwell with a caption, before or after the work."""
    sky, wall = (200 + hue % 40, 212, 222), (172 + hue % 30, 160, 146)
    image = Image.new("RGB", (640, 480), sky)
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 300), (640, 260), (640, 480), (0, 480)], fill=(128, 132, 128))
    draw.rectangle((90, 70, 560, 330), fill=wall, outline=(96, 90, 82), width=3)
    for column in range(5):
        for row in range(2):
            left, top = 120 + column * 86, 96 + row * 84
            draw.rectangle((left, top, left + 54, top + 54), fill=(96, 122, 146))
    if not is_after:
        for number in range(4):
            left = 180 + number * 66 + hue % 17
            draw.rectangle((left, 330 - number % 3 * 16, left + 58, 396), fill=(166, 124, 78))
    draw.rectangle((0, 424, 640, 480), fill=(22, 74, 138))
    caption = f"{place}  {what}（{'后' if is_after else '前'}）"
    draw.text((20, 452), caption, font=_font(22), fill="white", anchor="lm")
    return _jpeg(image)
