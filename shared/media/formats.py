"""What the first bytes of a picture or a video tell: its kind and its size."""

import struct
from dataclasses import dataclass

HEAD_BYTES = 512 * 1024
"""So many bytes are enough: only EXIF and colour profiles stand before a JPEG's size."""

_KINDS = (
    (b"\x89PNG\r\n\x1a\n", 0, "png", "image/png"),
    (b"\xff\xd8\xff", 0, "jpg", "image/jpeg"),
    (b"GIF8", 0, "gif", "image/gif"),
    (b"WEBP", 8, "webp", "image/webp"),
    (b"ftyp", 4, "mp4", "video/mp4"),
)
_PNG_HEADER, _GIF_HEADER, _WEBP_HEADER = 24, 10, 30


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file; `width` and `height` in pixels, 0 where its head does not tell them."""

    suffix: str
    content_type: str
    width: int = 0
    height: int = 0


def read_format(content: bytes) -> Format | None:
    """The format of a file by its head, None for one that is neither picture nor video."""
    for magic, offset, suffix, content_type in _KINDS:
        if content.startswith(magic, offset):
            return Format(suffix, content_type, *_size(suffix, content))
    return None


def _size(suffix: str, content: bytes) -> tuple[int, int]:
    if suffix == "png" and len(content) >= _PNG_HEADER:
        return _pair(">II", content, 16)
    if suffix == "gif" and len(content) >= _GIF_HEADER:
        return _pair("<HH", content, 6)
    if suffix == "webp" and len(content) >= _WEBP_HEADER:
        return _webp_size(content)
    return _jpeg_size(content) if suffix == "jpg" else (0, 0)


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """From the frame header (ITU T.81, B.2.2): segment by segment up to the first SOFn."""
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:  # a byte of filling
            place += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = _pair(">HH", content, place + 5)
            return width, height
        (length,) = struct.unpack_from(">H", content, place + 2)
        place += 2 + length
    return 0, 0


def _webp_size(content: bytes) -> tuple[int, int]:
    """By the first chunk (RFC 9649): lossy, lossless or extended."""
    chunk = content[12:16]
    if chunk == b"VP8 ":
        width, height = _pair("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") for at in (24, 27))
        return width + 1, height + 1
    return 0, 0


def _pair(form: str, content: bytes, offset: int) -> tuple[int, int]:
    first, second = struct.unpack_from(form, content, offset)
    return first, second
