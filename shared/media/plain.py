"""Uploaded pictures made plain: upright, a JPEG of moderate size, nothing beside the picture.

Phones write the orientation, the place and the owner's device beside the picture; some services
ignore the first, and nobody needs the others. What was decoded and written anew is nothing but a
picture.
"""

import io
from typing import TYPE_CHECKING

from shared.media.formats import read_format

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

TYPES = ("jpg", "png", "webp")
LEAST_SIDE = 64
MOST_PIXELS = 50_000_000
"""Of an upload; decoded they are 150 MB, which the worker's memory holds twice."""

_PLAIN_SIDE = 2048  # what the services take: 15 MB, 4,096 × 4,096 pixels (docs/85621)
_QUALITY = 92
_PILLOW_NAMES = ("JPEG", "PNG", "WEBP")
_DRAWN_AS_THEY_ARE = ("RGB", "L", "CMYK")  # other modes have a palette or transparent parts


class UnusablePicture(ValueError):
    """Its `reason` is `not_a_picture`, `too_small` or `too_many_pixels`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def check_head(head: bytes) -> None:
    """Refuse by its first bytes what is no usable picture: nothing is decoded yet.

    Raises:
        UnusablePicture: with the reason.
    """
    found = read_format(head)
    if found is None or found.suffix not in TYPES or not found.width:
        raise UnusablePicture("not_a_picture")
    if min(found.width, found.height) < LEAST_SIDE:
        raise UnusablePicture("too_small")
    if found.width * found.height > MOST_PIXELS:
        raise UnusablePicture("too_many_pixels")


def plain_jpeg(content: bytes) -> bytes:
    """The picture as a plain JPEG, no side over 2,048 pixels; of a moving one the first frame.

    Raises:
        UnusablePicture: by its head, or because it cannot be decoded.
    """
    check_head(content)
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=_PILLOW_NAMES) as picture:
            small = picture if picture.mode in _DRAWN_AS_THEY_ARE else picture.convert("RGBA")
            small.thumbnail((_PLAIN_SIDE, _PLAIN_SIDE))
            return _written(ImageOps.exif_transpose(small))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        # What Pillow raises for a broken file depends on where it is broken.
        raise UnusablePicture("not_a_picture") from error


def _written(picture: "PillowImage") -> bytes:
    """The JPEG, what was transparent on white."""
    from PIL import Image

    if picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    held = io.BytesIO()
    picture.convert("RGB").save(held, "JPEG", quality=_QUALITY, exif=b"", icc_profile=None)
    return held.getvalue()
