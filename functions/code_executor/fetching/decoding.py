"""A response's body within its limit, as sent and as decoded."""

import zlib
from collections.abc import AsyncIterator

ACCEPTED = "gzip, deflate"
_GZIP, _ZLIB, _RAW = 31, 15, -15


class TooLarge(Exception):
    """The body has more bytes than it may have."""


class Undecodable(Exception):
    """The body is not of the encoding that its header names."""


async def read_body(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> bytes:
    """All of a body; a bomb is cut where the limit is, not where it ends.

    Args:
        encoding: the header Content-Encoding; one that was not asked for is left as it is.

    Raises:
        TooLarge, Undecodable: there is no body.
    """
    decoder = _decoder(encoding.strip().lower())
    parts: list[bytes] = []
    received = decoded = 0
    async for chunk in chunks:
        received += len(chunk)
        part = chunk if decoder is None else decoder.decode(chunk, limit + 1 - decoded)
        parts.append(part)
        decoded += len(part)
        if received > limit or decoded > limit:
            raise TooLarge
    return b"".join(parts)


def _decoder(encoding: str) -> "_Inflater | None":
    if encoding in ("gzip", "x-gzip"):
        return _Inflater(_GZIP)
    return _Inflater(_ZLIB) if encoding == "deflate" else None


class _Inflater:
    def __init__(self, window: int) -> None:
        self._window = window
        self._inflate = zlib.decompressobj(window)
        self._started = False

    def decode(self, chunk: bytes, most: int) -> bytes:
        """At most `most` bytes of what the chunk holds; the caller stops at its limit."""
        try:
            return self._take(chunk, most)
        except zlib.error as error:
            if self._started or self._window != _ZLIB:
                raise Undecodable from error
        # Some servers send deflate without zlib's head (RFC 9110, 8.4.1.2).
        self._inflate = zlib.decompressobj(_RAW)
        try:
            return self._take(chunk, most)
        except zlib.error as error:
            raise Undecodable from error

    def _take(self, chunk: bytes, most: int) -> bytes:
        part = self._inflate.decompress(chunk, most)
        self._started = True
        return part
