"""What a file is and how large, by its first bytes."""

import struct

import pytest

from shared.tasks.port import CannotCollect
from shared.tasks.results import _kind, _size
from tests.support.tasks import png

_EXIF = b"\xff\xe1" + struct.pack(">H", 10) + b"Exif\0\0II"
_TABLE = b"\xff\xc4" + struct.pack(">H", 5) + b"abc"
_FRAME = b"\xff\xc2" + struct.pack(">HBHH", 11, 8, 600, 800) + b"\x01\x11\x00"
JPEG = b"\xff\xd8" + _EXIF + _TABLE + _FRAME


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (png(), ("png", "image/png")),
        (JPEG, ("jpg", "image/jpeg")),
        (b"GIF89a" + struct.pack("<HH", 7, 5), ("gif", "image/gif")),
        (b"RIFF\0\0\0\0WEBPVP8 ", ("webp", "image/webp")),
        (b"\0\0\0\x18ftypisom", ("mp4", "video/mp4")),
    ],
)
def test_a_result_is_known_by_its_bytes(content: bytes, expected: tuple[str, str]) -> None:
    assert _kind(content) == expected


@pytest.mark.parametrize("content", [b"", b"<html>expired</html>", b"RIFF\0\0\0\0WAVE"])
def test_anything_else_is_no_result(content: bytes) -> None:
    with pytest.raises(CannotCollect):
        _kind(content)


@pytest.mark.parametrize(
    ("suffix", "content", "size"),
    [
        ("png", png(40, 30), (40, 30)),
        ("gif", b"GIF89a" + struct.pack("<HH", 7, 5), (7, 5)),
        ("jpg", JPEG, (800, 600)),
        ("jpg", JPEG[:12], (0, 0)),
        ("png", png()[:20], (0, 0)),
        ("mp4", b"\0\0\0\x18ftypisom", (0, 0)),
    ],
)
def test_the_size_stands_in_the_header(suffix: str, content: bytes, size: tuple[int, int]) -> None:
    assert _size(suffix, content) == size
