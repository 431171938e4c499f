"""The pictures a job starts from, as the services take them: links, `data:` URLs, base64.

Links to this machine are read, as the services read any; those to others are not, since a
simulator works without a network: such a job is drawn from its words alone.
"""

import base64
import io
import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp

from infra.local.simulators.media.painting import read_picture

_SECONDS = 10.0
_KEPT_SIDE = 1024


async def read_originals(sources: Sequence[str]) -> tuple[bytes, ...]:
    """The pictures as JPEGs of moderate size.

    Raises:
        ValueError: one is not there or is no picture.
    """
    found = [await _read(source) for source in sources]
    return tuple(_small(content) for content in found if content is not None)


async def _read(source: str) -> bytes | None:
    if source.startswith(("http://", "https://")):
        return await _fetch(source) if _is_here(source) else None
    return base64.b64decode(source.partition("base64,")[2] or source, validate=True)


async def _fetch(url: str) -> bytes:
    limit = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit, raise_for_status=True) as session,
            session.get(url) as answer,
        ):
            return await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ValueError(f"image download failed: {type(error).__name__}") from error


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _small(content: bytes) -> bytes:
    picture = read_picture(content)
    picture.thumbnail((_KEPT_SIDE, _KEPT_SIDE))
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=90)
    return held.getvalue()
