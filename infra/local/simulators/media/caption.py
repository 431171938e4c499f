"""Words under a picture: the prompt in Chinese or English, and what made it."""

import re
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_FONT = Path(__file__).parent / "fonts" / "NotoSansSC-Medium.woff2"
_PIECE = re.compile(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]{1,40}\s*|\s+")
_MOST_LINES = 3
_DARK, _WHITE, _GREY = (8, 10, 22), (255, 255, 255), (205, 212, 228)


def with_caption(picture: Image.Image, prompt: str, told: str) -> Image.Image:
    """The picture with a veil below, the prompt on it in up to three lines, then a small one."""
    size = max(12, min(picture.size) // 26)
    font, small = font_of(size), font_of(max(10, size * 5 // 9))
    margin = size
    lines = wrapped(prompt, font, picture.width - 2 * margin)
    height = round(len(lines) * size * 1.45 + size * 2.2)
    veil = Image.new("RGB", (picture.width, height), _DARK)
    below = picture.crop((0, picture.height - height, picture.width, picture.height))
    picture.paste(Image.blend(below, veil, 0.55), (0, picture.height - height))
    pen = ImageDraw.Draw(picture)
    y = picture.height - height + size * 0.4
    for line in lines:
        pen.text((margin, y), line, font=font, fill=_WHITE)
        y += size * 1.45
    pen.text((margin, y + size * 0.2), told, font=small, fill=_GREY)
    return picture


def wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Lines that fit: Chinese is broken anywhere, other words between them; the rest is cut."""
    lines = [""]
    for piece in _PIECE.findall(" ".join(text.split())):
        if lines[-1] and font.getlength(lines[-1] + piece.rstrip()) > width:
            if len(lines) == _MOST_LINES:
                return [*lines[:-1], lines[-1][:-1] + "…"]
            lines.append("")
        lines[-1] += piece
    return lines


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont:
    """The font in that size (pixels)."""
    return ImageFont.truetype(_FONT, size)
