"""What a child asks for, taken as what a stranger says."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[^\0\r\n]*")
_REDIRECTS = {"follow", "error", "manual"}
# They belong to the connection, not to the caller (Fetch Standard, 2.2.2); Host is the URL's.
_FORBIDDEN = {
    "accept-encoding", "connection", "content-length", "expect", "host", "http2-settings",
    "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
}  # fmt: skip
_HEADERS = 100
_HEADER_CHARACTERS = 32_768


class BadOperation(ValueError):
    """A child sent what its JavaScript never sends."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """A request to send."""

    id: int
    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    redirect: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Cancel:
    """A request that nobody waits for any more."""

    id: int


def read_operation(line: bytes) -> Fetch | Cancel:
    """The operation of a frame.

    Raises:
        BadOperation: it is none.
    """
    try:
        data = json.loads(line)
        if data["op"] == "cancel":
            return Cancel(int(data["id"]))
        return _fetch(data)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise BadOperation from error


def _fetch(data: Any) -> Fetch:
    headers = tuple(
        (name, value)
        for name, value in data["headers"]
        if name.lower() not in _FORBIDDEN and not name.lower().startswith("sec-")
    )
    size = sum(len(name) + len(value) for name, value in headers)
    fetch = Fetch(
        id=int(data["id"]),
        url=str(data["url"]),
        method=str(data["method"]),
        headers=headers,
        redirect=str(data["redirect"]),
        body=None if data["body"] is None else base64.b64decode(data["body"], validate=True),
    )
    if fetch.redirect not in _REDIRECTS or not _TOKEN.fullmatch(fetch.method):
        raise BadOperation
    if len(headers) > _HEADERS or size > _HEADER_CHARACTERS:
        raise BadOperation
    if not all(_TOKEN.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers):
        raise BadOperation
    return fetch
