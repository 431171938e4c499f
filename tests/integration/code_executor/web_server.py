"""Servers of the outside world on this machine: HTTP and HTTPS with an authority of its own."""

import asyncio
import datetime
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
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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
    trusted, server = _contexts(folder)
    _bomb()
    world = World(trusted)
    loop = asyncio.new_event_loop()
    runner = loop.run_until_complete(_start(world, server))
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
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server).start()
    world.http_port, world.https_port = (address[1] for address in runner.addresses)
    return runner


def _contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The client's, that trusts a new authority, and the server's, named by it."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    basic = x509.BasicConstraints(ca=True, path_length=0)
    root = _certificate(issuer, issuer, authority_key.public_key()).add_extension(basic, True)
    names = x509.SubjectAlternativeName([x509.DNSName(HOST), x509.DNSName("other.example")])
    leaf = _certificate(subject, issuer, key.public_key()).add_extension(names, False)
    pem = serialization.Encoding.PEM
    signed = [made.sign(authority_key, hashes.SHA256()).public_bytes(pem) for made in (root, leaf)]
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = folder / "server.pem"
    chain.write_bytes(signed[1] + private)
    trusted = ssl.create_default_context(cadata=signed[0].decode())
    # What Python 3.13 asks for by default has parts that this short-lived authority leaves out.
    trusted.verify_flags &= ~ssl.VERIFY_X509_STRICT
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return trusted, server


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
    )
