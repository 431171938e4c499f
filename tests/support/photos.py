"""Asking for photos, as JSON and as forms, and what the network of a test answers."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from shared.messaging.webhooks import outbound
from shared.messaging.webhooks.outbound import TooLarge
from shared.net.addresses import UnsafeAddress
from tests.support.http import Answer, Client

PHOTOS, VIDEOS = "/api/v1/photos", "/api/v1/videos"
LINK = "https://pictures.example.com/cat.jpg"
Part = str | bytes


def post_photo(client: Client, *, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
    """POST /api/v1/photos with JSON."""
    body = {"images": [LINK], "prompt": "水彩画", **fields}
    return client.call("POST", PHOTOS, body=body, headers=headers)


def post_form(
    client: Client, images: Sequence[Part], *, headers: dict[str, str] | None = None, **fields: str
) -> Answer:
    """POST /api/v1/photos with a form: bytes are files, texts are links or ids."""
    request = httpx.Request("POST", "http://x", files=[
        *(("images", _part(number, image)) for number, image in enumerate(images)),
        *((name, (None, value)) for name, value in ({"prompt": "水彩画"} | fields).items()),
    ])  # fmt: skip
    sent = {"content-type": request.headers["content-type"], **(headers or {})}
    return client.call("POST", PHOTOS, raw=request.read(), headers=sent)


def _part(number: int, image: Part) -> tuple[str | None, Part]:
    return (f"{number}.bin", image) if isinstance(image, bytes) else (None, image)


class Web:
    """What links lead to; one that is not there cannot be reached."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes | Exception] = {}
        self.asked: list[str] = []

    async def read(self, url: str, *, most_bytes: int, timeout_s: float) -> bytes:
        self.asked.append(url)
        found = self.pages.get(url, UnsafeAddress("unknown_host"))
        if isinstance(found, Exception):
            raise found
        if len(found) > most_bytes:
            raise TooLarge
        return found


def fake_web(patch: pytest.MonkeyPatch) -> Web:
    """The network in place of the real one."""
    web = Web()
    patch.setattr(outbound, "Outbound", SimpleNamespace(from_env=lambda: web))
    return web


def upload_of(client: Client, **fields: Any) -> dict[str, Any]:
    """A prepared upload."""
    body = {"file_type": "jpeg", "file_size": 1_000_000, **fields}
    found: dict[str, Any] = json.loads(client.post(f"{PHOTOS}/uploads", body).text)["data"]
    return found
