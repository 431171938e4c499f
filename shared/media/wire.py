"""What the services' clients share: one HTTP call, JSON out of its answer, pictures into it."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import httpx

from shared.ai.errors import InvalidProviderAnswer, ProviderTimeout, ProviderUnavailable
from shared.ai.http_client import http_client
from shared.media.formats import read_format

_CONNECT_SECONDS = 5.0
_SHOWN = 200


async def send(
    provider: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    timeout_s: float,
) -> httpx.Response:
    """One call, its answer read to the end, whatever its status.

    Raises:
        ProviderTimeout: it was sent, and no answer came in time.
        ProviderUnavailable: it could not be sent, or its answer was cut.
    """
    timeout = httpx.Timeout(timeout_s, connect=min(_CONNECT_SECONDS, timeout_s))
    try:
        return await http_client().request(
            method, url, content=body, headers=dict(headers), timeout=timeout
        )
    except httpx.ReadTimeout as error:
        raise ProviderTimeout(provider, type(error).__name__) from error
    except (httpx.TransportError, httpx.DecodingError) as error:
        # Time-outs of connecting and sending among them: the request has not arrived.
        detail = f"{type(error).__name__}: {error}"
        raise ProviderUnavailable(provider, detail, reason="connection_failed") from error


def read_object(provider: str, content: bytes) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        InvalidProviderAnswer: it is none.
    """
    try:
        payload = json.loads(content)
    except ValueError as error:
        raise InvalidProviderAnswer(provider, shown(content)) from error
    if not isinstance(payload, dict):
        raise InvalidProviderAnswer(provider, shown(content))
    return payload


def write_object(payload: Mapping[str, Any]) -> bytes:
    """The bytes to sign and send: compact JSON, Chinese unescaped."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def shown(content: bytes) -> str:
    """The start of an answer, for the log."""
    return content[:_SHOWN].decode("utf-8", "replace")


def data_url(picture: bytes) -> str:
    """A picture as `data:image/png;base64,…`."""
    found = read_format(picture)
    return f"data:{found.content_type if found else 'image/jpeg'};base64,{as_base64(picture)}"


def as_base64(picture: bytes) -> str:
    """A picture as base64 text."""
    return base64.b64encode(picture).decode()


def styled(prompt: str, style: str) -> str:
    """The prompt with its style put before it."""
    return f"{style}, {prompt}" if style else prompt
