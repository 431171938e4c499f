"""Streams go to the real server of chat_stream, everything else to the HTTP API."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from infra.local.gateway.failures import failure
from infra.local.gateway.forwarding import forward

READY_PATH = "/_gateway/ready"
MAX_BODY_BYTES = 6 * 1024 * 1024
_STREAM_PATH = re.compile(r"/api/v1/chat/[^/]+/(messages/[^/]+/)?stream/?")
_CONNECT_SECONDS = 5.0
# A server that ended is started again within seconds.
_RETRY_AFTER_S = "1"
# Below the 75 s after which the emulator closes an idle connection, so that none is reused
# in the moment it is closed.
_IDLE_SECONDS = 30.0


@dataclass(frozen=True)
class Upstreams:
    """Base addresses without a slash at the end."""

    http_api: str
    chat_stream: str

    def of(self, path: str) -> str:
        return self.chat_stream if _STREAM_PATH.fullmatch(path) else self.http_api


_UPSTREAMS = web.AppKey("upstreams", Upstreams)
_SESSION = web.AppKey("session", aiohttp.ClientSession)


def create_gateway(upstreams: Upstreams) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY_BYTES + 1)
    app[_UPSTREAMS] = upstreams
    app.cleanup_ctx.append(_session)
    app.router.add_get(READY_PATH, _ready)
    # `.` leaves out line breaks, which a path may hold encoded.
    app.router.add_route("*", r"/{path:[\s\S]*}", _handle)
    return app


async def _session(app: web.Application) -> AsyncIterator[None]:
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_SECONDS)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, auto_decompress=False
    ) as session:
        app[_SESSION] = session
        yield


async def _ready(_request: web.Request) -> web.Response:
    return web.Response(text="ready")


async def _handle(request: web.Request) -> web.StreamResponse:
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return _too_large(request)
    upstream = request.app[_UPSTREAMS].of(request.path)
    try:
        return await forward(request, request.app[_SESSION], upstream)
    except web.HTTPRequestEntityTooLarge:
        return _too_large(request)
    except aiohttp.ClientError:
        answer = failure(request, 503, "SERVICE_UNAVAILABLE", {})
        answer.headers["Retry-After"] = _RETRY_AFTER_S
        return answer


def _too_large(request: web.Request) -> web.Response:
    details: dict[str, object] = {"limit_bytes": MAX_BODY_BYTES}
    return failure(request, 413, "PAYLOAD_TOO_LARGE", details)
