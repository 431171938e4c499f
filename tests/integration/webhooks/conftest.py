"""A receiver of webhooks: a real HTTPS server with a certificate of its own authority."""

import datetime
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.messaging.webhooks.outbound import Outbound
from shared.messaging.webhooks.sender import WebhookSender

HOST = "hooks.example"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Receiver:
    """What came in; `answer` is what comes back."""

    port: int
    trusted: ssl.SSLContext
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[web.Request], web.StreamResponse] = lambda _: web.Response(text="ok")
    asked: list[str] = field(default_factory=list)

    def sender(self, host_address: str = "127.0.0.1", limit_s: float = 5.0) -> WebhookSender:
        """One for which every name is this receiver's address, and that address is allowed."""

        async def resolve(host: str, port: int) -> Sequence[str]:
            self.asked.append(host)
            return [host_address]

        outbound = Outbound(resolve=resolve, allowed=lambda _: True, tls=self.trusted)
        return WebhookSender(outbound, limit_s=limit_s)

    def url(self, path: str = "/hook", host: str = HOST) -> str:
        return f"https://{host}:{self.port}{path}"


@pytest_asyncio.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    authority, server = _contexts(tmp_path)
    made = Receiver(0, authority)

    async def handle(request: web.Request) -> web.StreamResponse:
        made.taken.append((dict(request.headers), await request.read()))
        return made.answer(request)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server).start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


@pytest.fixture(autouse=True)
def aws() -> None:
    """These tests touch no AWS."""


def _contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The client's, that trusts a new authority, and the server's, named by it."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    root = (
        _certificate(issuer, issuer, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    leaf = (
        _certificate(subject, issuer, key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    held = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(held + leaf.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "server.pem")
    client = ssl.create_default_context(cadata=root.public_bytes(pem).decode())
    return client, server


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
        .not_valid_after(now + datetime.timedelta(days=1))
    )
