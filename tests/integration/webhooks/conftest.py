"""A receiver of webhooks: a real HTTPS server with a certificate of its own authority."""

import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from shared.messaging.webhooks.outbound import Outbound
from shared.messaging.webhooks.sender import WebhookSender
from tests.support.certificates import make_certificates

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
        """One that calls as `outbound` does."""
        return WebhookSender(self.outbound(host_address), limit_s=limit_s)

    def outbound(self, host_address: str = "127.0.0.1") -> Outbound:
        """One for which every name is this receiver's address, and that address is allowed."""

        async def resolve(host: str, port: int) -> Sequence[str]:
            self.asked.append(host)
            return [host_address]

        return Outbound(resolve=resolve, allowed=lambda _: True, tls=self.trusted)

    def url(self, path: str = "/hook", host: str = HOST) -> str:
        return f"https://{host}:{self.port}{path}"


@pytest_asyncio.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    certificates = make_certificates(tmp_path, HOST)
    made = Receiver(0, certificates.client)

    async def handle(request: web.Request) -> web.StreamResponse:
        made.taken.append((dict(request.headers), await request.read()))
        return made.answer(request)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificates.server).start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


@pytest.fixture(autouse=True)
def aws() -> None:
    """These tests touch no AWS."""
