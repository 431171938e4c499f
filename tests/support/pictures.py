"""Real pictures, made in memory."""

import io
from typing import Any

from PIL import Image


def picture(width: int = 400, height: int = 300, form: str = "JPEG", **options: Any) -> bytes:
    """A file of that size and kind: a gradient, so that it has something to compress."""
    across = Image.linear_gradient("L").resize((width, height))
    held = io.BytesIO()
    Image.merge("RGB", (across, across.rotate(180), across)).save(held, form, **options)
    return held.getvalue()
