"""Servers of the outside world on this machine: HTTP and HTTPS with an authority of its own."""

import asyncio
import gzip
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from aiohttp import web

from tests.support.certificates import make_certificates

HOST = "api.example"
INSIDE = "127.0.0.3"


@dataclass
class World:
    """Two servers at 127.0.0.1, which counts as public here; 127.0.0.3 stands for the inside."""

    trusted: ssl.SSLContext
    http_port: int = 0
    https_port: int = 0
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    names: dict[str, list[list[str]]] = field(default_factory=dict)
    together: asyncio.Barrier | None = None

    def url(self, path: str, host: str = HOST) -> str:
        return f"https://{host}:{self.https_port}{path}"

    def plain_url(self, path: str, host: str = HOST) -> str:
        return f"http://{host}:{self.http_port}{path}"

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Names of this world: one answer after the other; any other is at 127.0.0.1."""
        answers = self.names.get(host, [[host if host[0].isdigit() else "127.0.0.1"]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def allowed(self, address: IPv4Address | IPv6Address) -> bool:
        return str(address) == "127.0.0.1"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append((request.method, request.path_qs, headers, body))
        name = request.path.strip("/").replace("-", "_")
        answer = getattr(self, f"answer_{name}", None)
        if answer is None:
            return web.json_response({"path": request.path_qs, "method": request.method})
        response: web.StreamResponse = await answer(request, body)
        return response

    async def answer_echo(self, request: web.Request, body: bytes) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        text = body.decode("utf-8", "replace")
        return web.json_response({"method": request.method, "headers": headers, "body": text})

    async def answer_missing(self, request: web.Request, body: bytes) -> web.Response:
        return web.json_response({"why": "gone"}, status=404, reason="Nowhere")

    async def answer_redirect(self, request: web.Request, body: bytes) -> web.Response:
        status = int(request.query.get("status", "302"))
        return web.Response(status=status, headers={"Location": request.query["to"]})

    async def answer_round(self, request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=302, headers={"Location": "/round"})

    async def answer_large(self, request: web.Request, body: bytes) -> web.Response:
        return web.Response(body=b"x" * int(request.query["size"]))

    async def answer_bomb(self, request: web.Request, body: bytes) -> web.Response:
        return web.Response(body=_bomb(), headers={"Content-Encoding": "gzip"})

    async def answer_packed(self, request: web.Request, body: bytes) -> web.Response:
        packed = gzip.compress("中".encode() * 1000)
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    async def answer_broken(self, request: web.Request, body: bytes) -> web.Response:
        return web.Response(body=b"not gzip", headers={"Content-Encoding": "gzip"})

    async def answer_bytes(self, request: web.Request, body: bytes) -> web.Response:
        return web.Response(body=bytes(range(256)), content_type="application/octet-stream")

    async def answer_slow(self, request: web.Request, body: bytes) -> web.Response:
        await asyncio.sleep(float(request.query.get("s", "0.2")))
        return web.json_response({"n": request.query.get("n")})

    async def answer_together(self, request: web.Request, body: bytes) -> web.Response:
        """Answered once ten ask at the same time."""
        self.together = self.together or asyncio.Barrier(10)
        await self.together.wait()
        return web.json_response({"n": request.query.get("n")})

    async def answer_drip(self, request: web.Request, body: bytes) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(0.05)


@cache
def _bomb() -> bytes:
    """64 MiB in 64 KiB."""
    return gzip.compress(bytes(2**26), 9)


@contextmanager
def running_world(folder: Path) -> Iterator[World]:
    """The servers, on a thread of their own."""
    certificates = make_certificates(folder, HOST, "other.example")
    _bomb()
    world = World(certificates.client)
    loop = asyncio.new_event_loop()
    runner = loop.run_until_complete(_start(world, certificates.server))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield world
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(world: World, server: ssl.SSLContext) -> web.AppRunner:
    app = web.Application(client_max_size=2**25)
    app.router.add_route("*", "/{tail:.*}", world.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server).start()
    world.http_port, world.https_port = (address[1] for address in runner.addresses)
    return runner
