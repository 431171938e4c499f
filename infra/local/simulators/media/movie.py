"""Frames as an MP4 that browsers play: AV1, written by libavif through Pillow.

An AVIF sequence is an MP4 in all but name: boxes of ISO 14496-12 around an AV1 track. It differs in
its brand, in a still picture beside the track, and in a track that is a slide show without end.
Those fields are rewritten in place, so that every offset in the file stays right.
"""

import io
from collections.abc import Iterator

from PIL import Image

_BRANDS = (b"isom", b"iso6", b"av01", b"mp41", b"mp42", b"iso2", b"iso8")
_CONTAINERS = {b"moov", b"trak", b"mdia", b"edts"}
_HEAD = 8  # of a box: its size and its type
# Version 1 boxes: version and flags, two moments, and what else stands before the duration.
_MOVIE_DURATION = _HEAD + 4 + 16 + 4
_TRACK_DURATION = _HEAD + 4 + 16 + 8
_HANDLER = _HEAD + 4 + 4
_FLAGS = _HEAD + 1
_SPEED = 9  # of 10: a simulator has no time for beauty
_QUALITY = 60


def as_mp4(frames: list[Image.Image], frame_ms: int) -> bytes:
    """The file of a moving picture: each frame is shown for so long."""
    held = io.BytesIO()
    first, *others = frames
    first.save(
        held, "AVIF", save_all=True, append_images=others, duration=frame_ms, speed=_SPEED,
        quality=_QUALITY,
    )  # fmt: skip
    movie = bytearray(held.getvalue())
    length = (len(frames) * frame_ms).to_bytes(8, "big")  # libavif counts in milliseconds
    for kind, start, size in _boxes(bytes(movie), 0, len(movie)):
        _rewrite(movie, kind, start, size, length)
    return bytes(movie)


def _boxes(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, place and size of every box, those within others too."""
    while start < end:
        size = int.from_bytes(content[start : start + 4], "big")
        kind = content[start + 4 : start + _HEAD]
        yield kind, start, size
        if kind in _CONTAINERS:
            yield from _boxes(content, start + _HEAD, start + size)
        start += size


def _rewrite(movie: bytearray, kind: bytes, start: int, size: int, length: bytes) -> None:
    if kind == b"ftyp":
        compatible = (size - 16) // 4
        brands = (_BRANDS * compatible)[:compatible]
        movie[start + _HEAD : start + size] = b"isom\0\0\2\0" + b"".join(brands)
    elif kind == b"meta":  # the still picture: players pass over what is free
        movie[start + 4 : start + _HEAD] = b"free"
    elif kind == b"hdlr":
        movie[start + _HANDLER : start + _HANDLER + 4] = b"vide"
    elif kind == b"elst":
        movie[start + _FLAGS : start + _FLAGS + 3] = bytes(3)  # not again and again
    elif kind in (b"mvhd", b"tkhd"):
        place = start + (_MOVIE_DURATION if kind == b"mvhd" else _TRACK_DURATION)
        movie[place : place + 8] = length
