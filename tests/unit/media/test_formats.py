"""What a file is and how large, by its first bytes."""

import io
import struct

import pytest
from PIL import Image

from shared.media.formats import HEAD_BYTES, Format, read_format
from tests.support.tasks import png

_EXIF = b"\xff\xe1" + struct.pack(">H", 10) + b"Exif\0\0II"
_TABLE = b"\xff\xc4" + struct.pack(">H", 5) + b"abc"
_FRAME = b"\xff\xc2" + struct.pack(">HBHH", 11, 8, 600, 800) + b"\x01\x11\x00"
JPEG = b"\xff\xd8" + _EXIF + _TABLE + b"\xff" + _FRAME


def drawn(form: str, **options: object) -> bytes:
    held = io.BytesIO()
    Image.new("RGBA" if form == "WEBP" else "RGB", (300, 200), (9, 90, 200)).save(
        held, form, **options
    )
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (png(40, 30), Format("png", "image/png", 40, 30)),
        (png()[:20], Format("png", "image/png")),
        (JPEG, Format("jpg", "image/jpeg", 800, 600)),
        (JPEG[:12], Format("jpg", "image/jpeg")),
        (b"GIF89a" + struct.pack("<HH", 7, 5), Format("gif", "image/gif", 7, 5)),
        (b"RIFF\0\0\0\0WEBPVP8 ", Format("webp", "image/webp")),
        (b"RIFF\0\0\0\0WEBPNONE" + bytes(30), Format("webp", "image/webp")),
        (b"\0\0\0\x18ftypisom", Format("mp4", "video/mp4")),
        (drawn("JPEG"), Format("jpg", "image/jpeg", 300, 200)),
        (drawn("WEBP"), Format("webp", "image/webp", 300, 200)),
        (drawn("WEBP", lossless=True), Format("webp", "image/webp", 300, 200)),
        (drawn("WEBP", exif=b"Exif\0\0II"), Format("webp", "image/webp", 300, 200)),
    ],
)
def test_a_file_is_known_by_its_bytes(content: bytes, expected: Format) -> None:
    assert read_format(content) == expected
    assert read_format(content[:HEAD_BYTES]) == expected


def test_a_lossy_webp_without_extras_tells_its_size() -> None:
    held = io.BytesIO()
    Image.new("RGB", (77, 55)).save(held, "WEBP")
    assert held.getvalue()[12:16] == b"VP8 "
    assert read_format(held.getvalue()) == Format("webp", "image/webp", 77, 55)


@pytest.mark.parametrize("content", [b"", b"<html>expired</html>", b"RIFF\0\0\0\0WAVE"])
def test_anything_else_is_neither_picture_nor_video(content: bytes) -> None:
    assert read_format(content) is None
